"""The hand-off to the communications team: sent on, taken, answered, and said again until it is.

The team answers with the form, or by writing in the thread of the question's card: what is written there is kept as a
draft, and goes to the asker only when its writer says so, since colleagues also talk there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from handlers import unreached
from handlers.cards import Field, Form, Said, errors_of
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Remind, Reply, Tell, Whisper
from handlers.events import Commented, Elapsed, Event, Submitted, Undelivered
from handlers.facts import Facts, Role
from handlers.masking import secret_in
from handlers.questions import cards
from handlers.questions.answering import is_asker
from handlers.questions.record import LONGEST, Draft, Record, Status, may_move
from handlers.teams import COMMUNICATIONS, serves
from knowledge.answers import Intent, Outcome

FIRST_CHASE = timedelta(hours=4)
"""Working time until an untaken question is said again in the communications channel."""
NEXT_CHASE = timedelta(hours=16)
"""Working time (two days) from the sending until the communications manager is told, and between later reminders."""
NOW = timedelta()
"""No working time: the present moment in working hours, else the beginning of the next ones."""
IDEA = "questions/idea"
DRAFTS = 20
"""Unsent messages of a card's thread that are kept for their writers to send."""


def open_send(record: Record, facts: Facts) -> Effect:
    """The form with which a question goes on to the communications team."""
    if refusal := _may_not_send(record, facts):
        return refusal
    if not may_move(record, "send"):
        return Whisper(cards.state_card(record, facts))
    return OpenForm(_send_form(record, record.text, "yes"))


def _send_form(record: Record, text: str, named: str) -> Form:
    fields = (
        Field("text", "long", text),
        Field("named", "choice", named, options=("yes", "no")),
    )
    return Form("questions/send", record.key, fields)


def _may_not_send(record: Record, facts: Facts) -> Effect | None:
    return _may_not_hand_on(facts) if is_asker(record, facts) else cards.refused("not_your_question", facts)


def _may_not_hand_on(facts: Facts) -> Effect | None:
    if facts.person is None or facts.person.standing != "member":
        return cards.refused("guest", facts)
    return None


def send(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The question goes to the team, as its asker words it now."""
    if refusal := _may_not_send(record, facts):
        return record, [refusal]
    if not may_move(record, "send"):
        return record, [Whisper(cards.state_card(record, facts))]
    text, named = event.values.get("text", "").strip(), event.values.get("named", "")
    form = _send_form(record, text, named)
    if errors := errors_of(form, event.values):
        return record, [FieldErrors(form, errors)]
    return _sent(record, text, facts, named=named == "yes")


def _sent(record: Record, text: str, facts: Facts, *, named: bool) -> tuple[Record, list[Effect]]:
    sent = replace(record, status=Status.WAITING, sent_text=text, sent_at=facts.now, named=named)
    return sent, [
        Notify(cards.team_card(sent, facts), team=COMMUNICATIONS, slot="team"),
        Tell(cards.state_card(sent, facts), sent.asker, sent.conversation, slot="state", language=sent.language),
        Remind("chase", facts.working_time.after(facts.now, FIRST_CHASE)),
    ]


def open_idea(record: str, facts: Facts) -> Effect:
    """The form of an idea for the municipality's own accounts; `record` is what it was opened from."""
    return _may_not_hand_on(facts) or OpenForm(_idea_form(record, ""))


def _idea_form(record: str, text: str) -> Form:
    return Form(IDEA, "", (Field("text", "long", text),), {"record": record})


def idea(event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
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


# ── the team ────────────────────────────────────────────────────────────────────────────────────────────────────────


def take(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Somebody of the team has it."""
    if refusal := _not_communications(facts):
        return record, [refusal]
    if not may_move(record, "take"):
        return record, [Whisper(cards.late_card(record, facts)), *cards.refreshed(record, facts)]
    taken = replace(record, status=Status.TAKEN, taken_by=event.person, taken_at=facts.now)
    due = facts.working_time.after(facts.now, NEXT_CHASE)
    return taken, [*_to_writer(taken, event, facts), *cards.refreshed(taken, facts), Remind("chase", due)]


def comment(record: Record, event: Commented, facts: Facts) -> tuple[Record, list[Effect]]:
    """Words in the thread of the team's card: kept, and their writer is asked whether they are the answer."""
    if not may_move(record, "reply") or not any(c.isalnum() for c in event.text):
        return record, []
    if refusal := _not_communications(facts):
        return record, [refusal]
    draft = Draft(event.key, event.person, event.text.strip()[:LONGEST])
    kept = replace(record, drafts=(*record.drafts, draft)[-DRAFTS:])
    return kept, [Whisper(cards.draft_card(record, draft, facts))]


def confirm(record: Record, event: Event, draft_id: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """What was written in the thread goes to the asker: its own writer says so."""
    if refusal := _not_communications(facts):
        return record, [refusal]
    draft = _draft(record, event, draft_id)
    if draft is None:
        return record, [cards.gone()]
    return reply(record, event, draft.text, facts)


def _draft(record: Record, event: Event, draft_id: str) -> Draft | None:
    """The person's own draft of this id."""
    return next((d for d in record.drafts if d.id == draft_id and d.person == event.person), None)


def open_reply(record: Record, event: Event, draft_id: str, facts: Facts) -> Effect:
    """The form of the answer, with the draft that was written in the thread."""
    if refusal := _not_communications(facts):
        return refusal
    if not may_move(record, "reply"):
        return Whisper(cards.late_card(record, facts))
    draft = _draft(record, event, draft_id)
    return OpenForm(_reply_form(record, draft.text if draft else ""))


def _reply_form(record: Record, text: str) -> Form:
    return Form("questions/reply", record.key, (Field("text", "long", text),), {"question": record.sent_text})


def reply(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """The team's answer, to the asker; for who comes too late, what they wrote given back."""
    if refusal := _not_communications(facts):
        return record, [refusal]
    if not may_move(record, "reply"):
        late = cards.late_card(record, facts)
        unsent = replace(late, parts=(*late.parts, Said(text, "unsent"))) if text else late
        return record, [Whisper(unsent), *cards.refreshed(record, facts)]
    form = _reply_form(record, text)
    if errors := errors_of(form, {"text": text}):
        return record, [FieldErrors(form, errors)]
    replied = replace(
        record, status=Status.REPLIED, reply=text, replied_by=event.person, replied_at=facts.now, drafts=()
    )  # fmt: skip
    return replied, [
        Tell(cards.replied_card(replied, facts), record.asker, record.conversation, language=record.language),
        *_to_writer(replied, event, facts),
        *cards.refreshed(replied, facts),
        Forget("chase"),
    ]


def _not_communications(facts: Facts) -> Effect | None:
    return None if serves(facts) else cards.refused("not_communications", facts)


def chase(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """Say again that a question waits: first in the channel, then to the communications manager too, until answered.

    Only in working time: what fell due while the program was down waits for the morning.
    """
    if record.status not in (Status.WAITING, Status.TAKEN):
        return record, []
    if (morning := facts.working_time.after(facts.now, NOW)) > facts.now:
        return record, [Remind("chase", morning)]
    chased = replace(record, chased=record.chased + 1)
    card = cards.still_waiting_card(record, facts, late=event.late)
    effects: list[Effect] = []
    taker = facts.people.person(record.taken_by) if record.status is Status.TAKEN else None
    if taker and taker.in_team(COMMUNICATIONS) and not taker.away:
        effects.append(Notify(card, person=taker.id, slot="chase"))
    else:
        effects.append(Notify(card, team=COMMUNICATIONS, slot="chase"))
    if facts.working_time.after(record.sent_at or facts.now, NEXT_CHASE) <= facts.now:
        effects += [Notify(card, person=p.id, slot="chase") for p in facts.people.bearers(Role.COMMUNICATIONS_MANAGER)]
    return chased, [*effects, Remind("chase", _next_chase(chased, facts))]


def undelivered(record: Record, event: Undelivered, facts: Facts) -> list[Effect]:
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
    return [Reply(cards.team_card(record, facts))] if event.spoken else []
