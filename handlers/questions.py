"""A question about the guideline, its answer, and the hand-off to the communications team.

```
asked ── to communications ──▶ waiting ── take ──▶ taken ── answer ──▶ replied
                                  └────────── answer ───────────────────▲
```
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from handlers.answering import SUGGESTIONS, answer_card, answered_card
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Said, Text, errors_of
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Remind, Replace, Reply, Whisper
from handlers.events import Asked, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts, Person, Role

COMMUNICATIONS = "communications"
FIRST_CHASE = timedelta(hours=4)
"""Working time until an untaken question is said again in the communications channel."""
NEXT_CHASE = timedelta(hours=16)
"""Working time (two days) until the communications manager is told, and between the reminders after that."""
LONGEST = 3000
"""Characters of a question that are kept, and fit a field of a form."""


class Status(StrEnum):
    """Where a question stands: only a hand-off leads on from `asked`."""

    ASKED = "asked"
    WAITING = "waiting"
    TAKEN = "taken"
    REPLIED = "replied"


@dataclass(frozen=True)
class Record:
    """A question as it is kept.

    `cited` are the passages that answered or were suggested, `chosen` the suggestion that the asker opened; `sent_text`
    is what they chose to send on, `named` whether with their name.
    """

    asker: str
    conversation: str
    text: str
    language: str
    intent: str
    outcome: str
    cited: tuple[str, ...]
    asked_at: datetime
    key: str = ""
    version: int = 0
    status: Status = Status.ASKED
    helpful: str = ""
    chosen: str = ""
    named: bool = True
    sent_text: str = ""
    sent_at: datetime | None = None
    chased: int = 0
    taken_by: str = ""
    taken_at: datetime | None = None
    reply: str = ""
    replied_by: str = ""
    replied_at: datetime | None = None


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
        case _ if record is None:
            return None, [Whisper(Card("questions/gone", (Text("body"),)))]
        case Pressed(action="questions/show", value=passage):
            return _shown(record, event, passage, facts)
        case Pressed(action="questions/feedback", value=value):
            return _feedback(record, event, value, facts)
        case Pressed(action="questions/send"):
            return record, [_opening(record, event, facts)]
        case Submitted(form="questions/send"):
            return _send(record, event, facts)
        case Pressed(action="questions/take"):
            return _take(record, event, facts)
        case Pressed(action="questions/reply"):
            return record, [_replying(record, facts)]
        case Submitted(form="questions/reply"):
            return _reply(record, event, facts)
        case Elapsed(timer="chase"):
            return _chase(record, event, facts)
        case _:
            return record, [Whisper(Card("questions/gone", (Text("body"),)))]


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _asked(event: Asked, facts: Facts) -> tuple[Record | None, list[Effect]]:
    answer = facts.answer
    if answer is None or answer.reason == "empty":
        return None, [Reply(Card("questions/empty", (Text("body"),)))]
    record = Record(
        asker=event.person,
        conversation=event.conversation,
        text=event.text[:LONGEST],
        language=answer.language,
        intent=answer.intent,
        outcome=answer.outcome,
        cited=tuple(c.id for c in answer.cited or answer.related[:SUGGESTIONS]),
        asked_at=facts.now,
        key=event.record,
    )
    return record, [Reply(answer_card(answer, event.record, facts), slot="answer", language=answer.language)]


def _shown(record: Record, event: Event, passage: str, facts: Facts) -> tuple[Record, list[Effect]]:
    answer = facts.answer
    if event.person != record.asker:
        return record, [_refusal("not_your_question", facts)]
    if answer is None or not answer.cited or passage not in record.cited:
        return record, [Whisper(Card("questions/gone", (Text("body"),)))]
    return replace(record, chosen=passage), [Reply(answered_card(answer, record.key, facts))]


def _feedback(record: Record, event: Event, value: str, facts: Facts) -> tuple[Record, list[Effect]]:
    if event.person != record.asker or value not in ("yes", "no"):
        return record, [_refusal("not_your_question", facts)]
    thanks: list[Part] = [Text("thanks")]
    if value == "no" and record.status is Status.ASKED:
        thanks = [Text("sorry"), Buttons((Button("questions/send", record.key, style="primary"),))]
    return replace(record, helpful=value), [Whisper(Card("questions/feedback", tuple(thanks)))]


# ── the hand-off to the communications team ─────────────────────────────────────────────────────────────────────────


def _opening(record: Record, event: Event, facts: Facts) -> Effect:
    if event.person != record.asker:
        return _refusal("not_your_question", facts)
    if (record.status, "send") not in TRANSITIONS:
        return Whisper(_state_card(record, facts))
    return OpenForm(_send_form(record, record.text, "yes"))


def _send_form(record: Record, text: str, named: str) -> Form:
    fields = (
        Field("text", "long", text),
        Field("named", "choice", named, options=("yes", "no")),
    )
    return Form("questions/send", record.key, fields)


def _send(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    if event.person != record.asker:
        return record, [_refusal("not_your_question", facts)]
    if (record.status, "send") not in TRANSITIONS:
        return record, [Whisper(_state_card(record, facts))]
    text, named = event.values.get("text", "").strip(), event.values.get("named", "")
    form = _send_form(record, text, named)
    if errors := errors_of(form, event.values):
        return record, [FieldErrors(form, errors)]
    sent = replace(
        record,
        status=Status.WAITING,
        sent_text=text,
        sent_at=facts.now,
        named=named == "yes",
    )
    return sent, [
        Notify(_team_card(sent, facts), team=COMMUNICATIONS, slot="team"),
        Reply(_state_card(sent, facts), slot="state", conversation=sent.conversation, language=sent.language),
        Remind("chase", facts.working_time.after(facts.now, FIRST_CHASE)),
    ]


def _take(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _not_communications(facts):
        return record, [refusal]
    if (record.status, "take") not in TRANSITIONS:
        return record, [Whisper(_late_card(record, facts)), *_refreshed(record, facts)]
    taken = replace(record, status=Status.TAKEN, taken_by=event.person, taken_at=facts.now)
    return taken, [
        *_refreshed(taken, facts),
        Remind("chase", facts.working_time.after(facts.now, NEXT_CHASE)),
    ]


def _replying(record: Record, facts: Facts) -> Effect:
    if refusal := _not_communications(facts):
        return refusal
    if (record.status, "reply") not in TRANSITIONS:
        return Whisper(_late_card(record, facts))
    return OpenForm(_reply_form(record, ""))


def _reply_form(record: Record, text: str) -> Form:
    return Form("questions/reply", record.key, (Field("text", "long", text),), {"question": record.sent_text})


def _reply(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    if refusal := _not_communications(facts):
        return record, [refusal]
    text = event.values.get("text", "").strip()
    if (record.status, "reply") not in TRANSITIONS:
        late = _late_card(record, facts)
        unsent = replace(late, parts=(*late.parts, Said(text, "unsent"))) if text else late
        return record, [Whisper(unsent), *_refreshed(record, facts)]
    form = _reply_form(record, text)
    if errors := errors_of(form, event.values):
        return record, [FieldErrors(form, errors)]
    replied = replace(record, status=Status.REPLIED, reply=text, replied_by=event.person, replied_at=facts.now)
    card = Card(
        "questions/replied", (Text("body"), Said(record.sent_text, "question"), Said(text, "reply"), Note("who")),
        _state(replied, facts),
    )  # fmt: skip
    return replied, [
        Reply(card, conversation=record.conversation, language=record.language),
        *_refreshed(replied, facts),
        Forget("chase"),
    ]


def _chase(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """Say again that a question waits: first in the channel, then to the communications manager too, until answered."""
    if record.status not in (Status.WAITING, Status.TAKEN):
        return record, []
    chased = replace(record, chased=record.chased + 1)
    card = Card(
        "questions/still_waiting", (Text("body"), Said(record.sent_text, "question"), _team_buttons(record)),
        _state(record, facts) | {"late": event.late},
    )  # fmt: skip
    effects: list[Effect] = []
    if record.status is Status.TAKEN:
        effects.append(Notify(card, person=record.taken_by))
    else:
        effects.append(Notify(card, team=COMMUNICATIONS))
    if chased.chased > 1:
        effects += [Notify(card, person=p.id) for p in facts.people.bearers(Role.COMMUNICATIONS_MANAGER)]
    return chased, [*effects, Remind("chase", facts.working_time.after(facts.now, NEXT_CHASE))]


def _refreshed(record: Record, facts: Facts) -> list[Effect]:
    return [Replace("team", _team_card(record, facts)), Replace("state", _state_card(record, facts))]


def _team_card(record: Record, facts: Facts) -> Card:
    parts: list[Part] = [Text("body"), Said(record.sent_text, "question"), Text("state")]
    if record.reply:
        parts.append(Said(record.reply, "reply"))
    buttons = _team_buttons(record)
    return Card("questions/team", (*parts, buttons) if buttons.buttons else tuple(parts), _state(record, facts))


def _team_buttons(record: Record) -> Buttons:
    take = Button("questions/take", record.key, style="primary")
    reply = Button("questions/reply", record.key)
    match record.status:
        case Status.WAITING:
            return Buttons((take, reply))
        case Status.TAKEN:
            return Buttons((replace(reply, style="primary"),))
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
    if facts.person and facts.person.in_team(COMMUNICATIONS):
        return None
    return _refusal("not_communications", facts)


def _refusal(reason: str, facts: Facts) -> Whisper:
    managers = [p.name for p in facts.people.bearers(Role.COMMUNICATIONS_MANAGER)]
    return Whisper(Card("questions/refused", (Text(reason),), {"managers": managers}))
