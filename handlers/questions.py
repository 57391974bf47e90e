"""A question about the guideline, its answer, and the hand-off to the communications team.

```
asked ── to communications ──▶ waiting ── take ──▶ taken ── answer ──▶ replied
                                  └────────── answer ───────────────────▲
```

The team answers with the form, or by writing in the thread of the question's card: what is written there is kept as a
draft, and goes to the asker only when its writer says so, since colleagues also talk there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from handlers import unreached
from handlers.answering import (
    SUGGESTIONS,
    answer_card,
    answered_card,
    curated_card,
    curated_shown,
    near_card,
    shared_card,
)
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Said, Text, errors_of
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Post, Remind, Replace, Reply, Tell, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts, Person, Role
from handlers.masking import secret_in, veiled
from handlers.teams import COMMUNICATIONS, managers, serves
from knowledge.answers import Answer, Intent, Outcome

FIRST_CHASE = timedelta(hours=4)
"""Working time until an untaken question is said again in the communications channel."""
NEXT_CHASE = timedelta(hours=16)
"""Working time (two days) from the sending until the communications manager is told, and between later reminders."""
NOW = timedelta()
"""No working time: the present moment in working hours, else the beginning of the next ones."""
LONGEST = 3000
LONGEST_REMARK = 1000
"""Characters of a question that are kept, and fit a field of a form."""
IDEA = "questions/idea"
DRAFTS = 20
"""Unsent messages of a card's thread that are kept for their writers to send."""
MATTERS = (Intent.QUESTION, Intent.NEW_ACCOUNT, Intent.INCIDENT, Intent.REGISTER_LOOKUP, Intent.EXPERT_PROFILE)
"""What words in a thread may want without naming the bot; greetings and thanks there are for people."""


class Status(StrEnum):
    """Where a question stands: only a hand-off leads on from `asked`."""

    ASKED = "asked"
    WAITING = "waiting"
    TAKEN = "taken"
    REPLIED = "replied"


@dataclass(frozen=True)
class Draft:
    """What a person of the team wrote in the thread of the card, not yet sent to the asker."""

    id: str
    person: str
    text: str


@dataclass(frozen=True)
class Record:
    """A question as it is kept.

    `cited` are the passages that answered or were suggested, `near` the next ones, `chosen` the one that was opened;
    `curated` is the key of the communications team's earlier answer that was shown, `curated_near` of those that were
    offered; `idea` tells that it is one for the municipality's own accounts. `thread` is where others may go on from it.
    `sent_text` is what the asker chose to send on, `named` whether with their name; `remark` is what they wrote of the
    answer beside finding it helpful or not.
    """

    asker: str
    conversation: str
    text: str
    language: str
    intent: str
    outcome: str
    cited: tuple[str, ...]
    asked_at: datetime
    incident_type: str = ""
    key: str = ""
    version: int = 0
    status: Status = Status.ASKED
    thread: str = ""
    near: tuple[str, ...] = ()
    curated: str = ""
    curated_near: tuple[str, ...] = ()
    shared: bool = False
    helpful: str = ""
    remark: str = ""
    chosen: str = ""
    drafts: tuple[Draft, ...] = ()
    named: bool = True
    sent_text: str = ""
    sent_at: datetime | None = None
    chased: int = 0
    taken_by: str = ""
    taken_at: datetime | None = None
    reply: str = ""
    replied_by: str = ""
    replied_at: datetime | None = None
    idea: bool = False

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.asker


def begins(event: Event) -> bool:
    """Whether the event makes a new question: asked, or an idea for the umbrella accounts."""
    return isinstance(event, Asked) or (isinstance(event, Submitted) and event.form == IDEA)


TRANSITIONS = MappingProxyType({
    (Status.ASKED, "send"): Status.WAITING,
    (Status.WAITING, "take"): Status.TAKEN,
    (Status.WAITING, "reply"): Status.REPLIED,
    (Status.TAKEN, "reply"): Status.REPLIED,
})  # fmt: skip
"""Every legal move; all else is refused with words."""


def decide(  # noqa: C901 - the table of the flow: a line for each event it knows
    record: Record | None, event: Event, facts: Facts
) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a question; see the module for its life."""
    match event:
        case Asked():
            return _asked(event, facts)
        case Pressed(action="questions/idea"):
            return None, [_may_not_hand_on(facts) or OpenForm(_idea_form(event.record, ""))]
        case Submitted(form="questions/idea"):
            return _idea(event, facts)
        case _ if record is None:
            return None, [] if isinstance(event, Undelivered) else [Whisper(Card("questions/gone", (Text("body"),)))]
        case Pressed(action="questions/show", value=passage):
            return _shown(record, passage, facts)
        case Pressed(action="questions/curated"):
            return _curated(record, facts)
        case Pressed(action="questions/feedback", value=value):
            return _feedback(record, value, veiled(event.said)[:LONGEST_REMARK], facts)
        case Pressed(action="questions/share"):
            return _share(record, facts)
        case Commented(slot="team" | "chase"):
            return _comment(record, event, facts)
        case Pressed(action="questions/confirm", value=draft):
            return _confirm(record, event, draft, facts)
        case Pressed(action="questions/send"):
            return record, [_opening(record, facts)]
        case Submitted(form="questions/send"):
            return _send(record, event, facts)
        case Pressed(action="questions/take"):
            return _take(record, event, facts)
        case Pressed(action="questions/reply", value=draft):
            return record, [_replying(record, event, draft, facts)]
        case Submitted(form="questions/reply", values=values):
            return _reply(record, event, values.get("text", "").strip(), facts)
        case Elapsed(timer="chase"):
            return _chase(record, event, facts)
        case Undelivered():
            return record, _unreached(record, event, facts)
        case _:
            return record, [Whisper(Card("questions/gone", (Text("body"),)))]


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _asked(event: Asked, facts: Facts) -> tuple[Record | None, list[Effect]]:
    answer = facts.answer
    if not event.addressed and not _is_for_us(facts):
        return None, []
    if answer is None or answer.reason == "empty":
        return None, [Reply(Card("questions/empty", (Text("body"),)))]
    record = Record(
        asker=event.person,
        conversation=event.conversation,
        text=veiled(event.text)[:LONGEST],
        language=answer.language,
        intent=answer.intent,
        outcome=answer.outcome,
        cited=tuple(c.id for c in answer.cited or answer.related[:SUGGESTIONS]),
        near=_near(answer),
        curated=shown.id if (shown := curated_shown(answer, facts)) else "",
        curated_near=tuple(c.id for c in facts.curated_near),
        asked_at=facts.now,
        incident_type=answer.incident_type or "",
        key=event.record,
        thread=event.thread,
    )
    return record, [Reply(answer_card(answer, event.record, facts), slot="answer", language=answer.language)]


def _asked_by(record: Record, facts: Facts) -> bool:
    return facts.person is not None and facts.person.bears(record.asker)


def _is_for_us(facts: Facts) -> bool:
    """Whether words in a thread that did not name the bot ask something of it, and are no talk among people."""
    answer = facts.answer
    if answer is None or answer.intent not in MATTERS or answer.outcome is Outcome.DECLINED:
        return False
    return facts.follow_up or answer.outcome is not Outcome.SILENT or answer.topic is not None


def _near(answer: Answer) -> tuple[str, ...]:
    """The passages that come next after those that answered: offered where the answer did not help."""
    cited = {c.id for c in answer.cited}
    beyond = [c.id for c in answer.related if c.id not in cited]
    return tuple(beyond[:SUGGESTIONS] if answer.outcome is not Outcome.SUGGESTED else beyond[SUGGESTIONS:])


def _shown(record: Record, passage: str, facts: Facts) -> tuple[Record, list[Effect]]:
    answer = facts.answer
    if not _asked_by(record, facts):
        return record, [_refusal("not_your_question", facts)]
    if answer is None or not answer.cited or passage not in (*record.cited, *record.near):
        return record, [Whisper(Card("questions/gone", (Text("body"),)))]
    return replace(record, chosen=passage), [Reply(answered_card(answer, record.key, facts), language=record.language)]


def _curated(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    if not _asked_by(record, facts):
        return record, [_refusal("not_your_question", facts)]
    if facts.curated is None:
        return record, [Whisper(Card("questions/gone", (Text("body"),)))]
    card = curated_card(facts.curated.curated, record.key, facts)
    return replace(record, curated=facts.curated.curated.id), [Reply(card, language=record.language)]


def _share(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    if not _asked_by(record, facts):
        return record, [_refusal("not_your_question", facts)]
    if facts.answer is None or record.shared or not facts.public:
        return record, [Whisper(Card("questions/share", (Text("shared" if record.shared else "alone"),)))]
    card = shared_card(facts.answer, facts)
    return replace(record, shared=True), [Post(card, record.thread or record.conversation, record.language)]


def _feedback(record: Record, value: str, remark: str, facts: Facts) -> tuple[Record, list[Effect]]:
    if not _asked_by(record, facts) or value not in ("yes", "no"):
        return record, [_refusal("not_your_question", facts)]
    rated = replace(record, helpful=value, remark=remark or record.remark)
    if value == "yes" or facts.answer is None:
        return rated, [Whisper(Card("questions/feedback", (Text("thanks"),)))]
    may_send = (record.status, "send") in TRANSITIONS
    return rated, [Reply(near_card(facts.answer, record.key, facts, may_send=may_send), language=record.language)]


# ── the hand-off to the communications team ─────────────────────────────────────────────────────────────────────────


def _opening(record: Record, facts: Facts) -> Effect:
    if refusal := _may_not_send(record, facts):
        return refusal
    if (record.status, "send") not in TRANSITIONS:
        return Whisper(_state_card(record, facts))
    return OpenForm(_send_form(record, record.text, "yes"))


def _send_form(record: Record, text: str, named: str) -> Form:
    fields = (
        Field("text", "long", text),
        Field("named", "choice", named, options=("yes", "no")),
    )
    return Form("questions/send", record.key, fields)


def _may_not_send(record: Record, facts: Facts) -> Effect | None:
    return _may_not_hand_on(facts) if _asked_by(record, facts) else _refusal("not_your_question", facts)


def _may_not_hand_on(facts: Facts) -> Effect | None:
    if facts.person is None or facts.person.standing != "member":
        return _refusal("guest", facts)
    return None


def _send(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _may_not_send(record, facts):
        return record, [refusal]
    if (record.status, "send") not in TRANSITIONS:
        return record, [Whisper(_state_card(record, facts))]
    text, named = event.values.get("text", "").strip(), event.values.get("named", "")
    form = _send_form(record, text, named)
    if errors := errors_of(form, event.values):
        return record, [FieldErrors(form, errors)]
    return _sent(record, text, facts, named=named == "yes")


def _sent(record: Record, text: str, facts: Facts, *, named: bool) -> tuple[Record, list[Effect]]:
    sent = replace(record, status=Status.WAITING, sent_text=text, sent_at=facts.now, named=named)
    return sent, [
        Notify(_team_card(sent, facts), team=COMMUNICATIONS, slot="team"),
        Tell(_state_card(sent, facts), sent.asker, sent.conversation, slot="state", language=sent.language),
        Remind("chase", facts.working_time.after(facts.now, FIRST_CHASE)),
    ]


def _idea_form(record: str, text: str) -> Form:
    return Form(IDEA, "", (Field("text", "long", text),), {"record": record})


def _idea(event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """An idea for the municipality's own accounts instead of a new one goes to the communications team (R73–R74)."""
    if refusal := _may_not_hand_on(facts):
        return None, [refusal]
    text = event.values.get("text", "").strip()
    errors = errors_of(form := _idea_form("", text), event.values)
    if secret := secret_in(text):
        form, errors = _idea_form("", ""), {"text": f"secret_{secret}"}
    if errors:
        return None, [FieldErrors(form, errors)]
    sent = Record(
        asker=event.person, conversation=event.conversation, text=text, language=facts.language,
        intent=Intent.NEW_ACCOUNT, outcome=Outcome.FLOW, cited=(), asked_at=facts.now, key=event.record, idea=True,
    )  # fmt: skip
    return _sent(sent, text, facts, named=True)


def _take(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _not_communications(facts):
        return record, [refusal]
    if (record.status, "take") not in TRANSITIONS:
        return record, [Whisper(_late_card(record, facts)), *_refreshed(record, facts)]
    taken = replace(record, status=Status.TAKEN, taken_by=event.person, taken_at=facts.now)
    due = facts.working_time.after(facts.now, NEXT_CHASE)
    return taken, [*_to_writer(taken, event, facts), *_refreshed(taken, facts), Remind("chase", due)]


def _comment(record: Record, event: Commented, facts: Facts) -> tuple[Record, list[Effect]]:
    """Words in the thread of the team's card: kept, and their writer is asked whether they are the answer."""
    if (record.status, "reply") not in TRANSITIONS or not any(c.isalnum() for c in event.text):
        return record, []
    if refusal := _not_communications(facts):
        return record, [refusal]
    draft = Draft(event.key, event.person, event.text.strip()[:LONGEST])
    send, edit = Button("questions/confirm", record.key, draft.id, style="primary"), _editing(record, draft)
    buttons = Buttons((send, edit))
    card = Card("questions/draft", (Text("body"), Said(draft.text, "reply"), buttons), _state(record, facts))
    return replace(record, drafts=(*record.drafts, draft)[-DRAFTS:]), [Whisper(card)]


def _confirm(record: Record, event: Event, draft_id: str, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _not_communications(facts):
        return record, [refusal]
    draft = _draft(record, event, draft_id)
    if draft is None:
        return record, [Whisper(Card("questions/gone", (Text("body"),)))]
    return _reply(record, event, draft.text, facts)


def _editing(record: Record, draft: Draft) -> Button:
    return Button("questions/reply", record.key, draft.id)


def _draft(record: Record, event: Event, draft_id: str) -> Draft | None:
    """The person's own draft of this id."""
    return next((d for d in record.drafts if d.id == draft_id and d.person == event.person), None)


def _replying(record: Record, event: Event, draft_id: str, facts: Facts) -> Effect:
    if refusal := _not_communications(facts):
        return refusal
    if (record.status, "reply") not in TRANSITIONS:
        return Whisper(_late_card(record, facts))
    draft = _draft(record, event, draft_id)
    return OpenForm(_reply_form(record, draft.text if draft else ""))


def _reply_form(record: Record, text: str) -> Form:
    return Form("questions/reply", record.key, (Field("text", "long", text),), {"question": record.sent_text})


def _reply(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _not_communications(facts):
        return record, [refusal]
    if (record.status, "reply") not in TRANSITIONS:
        late = _late_card(record, facts)
        unsent = replace(late, parts=(*late.parts, Said(text, "unsent"))) if text else late
        return record, [Whisper(unsent), *_refreshed(record, facts)]
    form = _reply_form(record, text)
    if errors := errors_of(form, {"text": text}):
        return record, [FieldErrors(form, errors)]
    replied = replace(
        record, status=Status.REPLIED, reply=text, replied_by=event.person, replied_at=facts.now, drafts=()
    )  # fmt: skip
    card = Card(
        "questions/replied", (Text("body"), Said(record.sent_text, "question"), Said(text, "reply"), Note("who")),
        _state(replied, facts),
    )  # fmt: skip
    return replied, [
        Tell(card, record.asker, record.conversation, language=record.language),
        *_to_writer(replied, event, facts),
        *_refreshed(replied, facts),
        Forget("chase"),
    ]


def _chase(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """Say again that a question waits: first in the channel, then to the communications manager too, until answered.

    Only in working time: what fell due while the program was down waits for the morning.
    """
    if record.status not in (Status.WAITING, Status.TAKEN):
        return record, []
    if (morning := facts.working_time.after(facts.now, NOW)) > facts.now:
        return record, [Remind("chase", morning)]
    chased = replace(record, chased=record.chased + 1)
    card = Card(
        "questions/still_waiting", (Text("body"), Said(record.sent_text, "question"), _team_buttons(record)),
        _state(record, facts) | {"late": event.late},
    )  # fmt: skip
    effects: list[Effect] = []
    taker = facts.people.person(record.taken_by) if record.status is Status.TAKEN else None
    if taker and taker.in_team(COMMUNICATIONS) and not taker.away:
        effects.append(Notify(card, person=taker.id, slot="chase"))
    else:
        effects.append(Notify(card, team=COMMUNICATIONS, slot="chase"))
    if facts.working_time.after(record.sent_at or facts.now, NEXT_CHASE) <= facts.now:
        effects += [Notify(card, person=p.id, slot="chase") for p in facts.people.bearers(Role.COMMUNICATIONS_MANAGER)]
    return chased, [*effects, Remind("chase", _next_chase(chased, facts))]


def _unreached(record: Record, event: Undelivered, facts: Facts) -> list[Effect]:
    """A reply that did not reach the asker: the team knows, and no more of who that is than the asker wished."""
    if record.status is not Status.REPLIED or event.receiver != record.asker:
        return []
    return [*unreached.told(event, facts, "reply", number=record.key.partition("/")[2], named=record.named)]


def _next_chase(record: Record, facts: Facts) -> datetime:
    """Two working days after the sending, which is when the manager is told; later every two working days."""
    told_to_the_manager = facts.working_time.after(record.sent_at or facts.now, NEXT_CHASE)
    return told_to_the_manager if told_to_the_manager > facts.now else facts.working_time.after(facts.now, NEXT_CHASE)


def _to_writer(record: Record, event: Event, facts: Facts) -> list[Effect]:
    """The card as it is now, for who wrote words where others press its button."""
    return [Reply(_team_card(record, facts))] if event.spoken else []


def _refreshed(record: Record, facts: Facts) -> list[Effect]:
    team = _team_card(record, facts)
    return [Replace("team", team), Replace("chase", team), Replace("state", _state_card(record, facts))]


def _team_card(record: Record, facts: Facts) -> Card:
    parts: list[Part] = [Text("body"), Said(record.sent_text, "question"), Text("state")]
    if record.reply:
        parts.append(Said(record.reply, "reply"))
    buttons = _team_buttons(record)
    return Card("questions/team", (*parts, buttons) if buttons.buttons else tuple(parts), _state(record, facts))


def _team_buttons(record: Record) -> Buttons:
    take = Button("questions/take", record.key, style="primary")
    reply = Button("questions/reply", record.key)
    keep = Button("curated/add", record.key)
    match record.status:
        case Status.WAITING:
            return Buttons((take, reply))
        case Status.TAKEN:
            return Buttons((replace(reply, style="primary"),))
        case Status.REPLIED:
            return Buttons((keep,))
        case _:
            return Buttons(())


def _state_card(record: Record, facts: Facts) -> Card:
    return Card("questions/state", (Text("body"), Said(record.sent_text, "question")), _state(record, facts))


def _late_card(record: Record, facts: Facts) -> Card:
    return Card("questions/late", (Text("body"),), _state(record, facts))


def _state(record: Record, facts: Facts) -> dict[str, object]:
    """What the words about a hand-off need; the asker's name only where they agreed to it."""
    return {
        "status": record.status.value,
        "idea": record.idea,
        "number": record.key.rpartition("/")[2],
        "asker": _name(record.asker, facts) if record.named else "",
        "sent_at": _stamp(record.sent_at),
        "taken_by": _name(record.taken_by, facts),
        "taken_at": _stamp(record.taken_at),
        "replied_by": _name(record.replied_by, facts),
        "replied_at": _stamp(record.replied_at),
    }


def _name(person_id: str, facts: Facts) -> str:
    person: Person | None = facts.people.person(person_id) if person_id else None
    return person.name if person else person_id


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _not_communications(facts: Facts) -> Effect | None:
    if serves(facts):
        return None
    return _refusal("not_communications", facts)


def _refusal(reason: str, facts: Facts) -> Whisper:
    return Whisper(Card("questions/refused", (Text(reason),), {"managers": managers(facts)}))
