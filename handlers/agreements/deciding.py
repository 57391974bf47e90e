"""The supervisor's side: approved with content, given back, not now; handed over when the turn moves (R19, R34, R81)."""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts.deciding import seen_of
from handlers.accounts.record import Deed
from handlers.agreements import cards
from handlers.agreements.forms import approve_errors, approve_form, text_form
from handlers.agreements.record import DECIDING, TRANSITIONS, Move, Record, Status, may_move
from handlers.agreements.rights import acts_for, had_turn, is_own, sees, turn
from handlers.cards import Card, Text, errors_of
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, RefreshHome
from handlers.events import Event, Submitted, Undelivered
from handlers.facts import Facts, Role
from handlers.refusals import cleaned, secrets_in


def moved(record: Record, event: Event, facts: Facts, move: Move, text: str = "") -> Record:
    """The record after a move, which must be a legal one; the turn begins anew."""
    behalf = "" if is_own(record, facts) else acts_for(record, facts) or ""
    deed = Deed(facts.now, event.person, move, text, on_behalf=behalf)
    return replace(
        record, status=TRANSITIONS[record.status, move], since=facts.now, told=(), unreached=(),
        history=(*record.history, deed),
    )  # fmt: skip


def stands(record: Record, move: Move, seen: str, facts: Facts, unsent: str = "") -> list[Effect]:
    """What stands in the way of the supervisor's move: not theirs, too late, or seen as it was before; else empty."""
    if not sees(record, facts):
        return cards.late(record, facts, unsent) if had_turn(record, facts) else [cards.gone()]
    if is_own(record, facts):
        return [cards.refused(record, facts, "own", unsent)]
    if not may_move(record, move) or (seen.isdecimal() and int(seen) != record.round):
        return cards.late(record, facts, unsent)
    return []


def approve(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Agreed, with what the supervisor wrote into it: the hours, how it is led, conditions."""
    values = {"hours": record.answers.get("hours", ""), **event.values} if event.spoken else dict(event.values)
    if trouble := stands(record, Move.APPROVE, seen_of(event), facts, values.get("led", "")):
        return record, trouble
    form = approve_form(record, values)
    if errors := approve_errors(form, values):
        return record, [FieldErrors(cleaned(form), errors)]
    content = {f.name: values.get(f.name, "").strip() for f in form.fields}
    return _agreed(replace(record, content=content), event, facts)


def confirm(record: Record, event: Event, seen: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """An agreement goes on as it is, in one press; where there is more to say than yes, the form is opened."""
    if trouble := stands(record, Move.APPROVE, seen, facts):
        return record, trouble
    if record.status is Status.RENEWING:
        return _agreed(record, event, facts)
    if event.spoken:
        return record, [cards.refused(record, facts, "needs_content")]
    return record, [OpenForm(approve_form(record, {}))]


def _agreed(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    agreed = moved(record, event, facts, Move.APPROVE)
    agreed = replace(
        agreed, terms=record.answers, review=record.answers.get("review", ""), agreed_at=facts.now,
        agreed_by=event.person,
    )  # fmt: skip
    return agreed, _done(agreed, facts, "approved")


def answer(record: Record, event: Submitted, facts: Facts, move: Move) -> tuple[Record, list[Effect]]:
    """Given back with what is missing, or not now with a reason. What was in force stays so."""
    text = event.values.get("text", "").strip()
    if trouble := stands(record, move, seen_of(event), facts, text):
        return record, trouble
    form = text_form(record, move.value, text)
    if errors := errors_of(form, event.values) | secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), errors)]
    answered = moved(record, event, facts, move, text)
    if record.status in (Status.RENEWING, Status.CHANGING):
        answered = replace(answered, answers=record.terms)
    return answered, _done(answered, facts, "returned" if move is Move.RETURN else "declined")


def _done(record: Record, facts: Facts, what: str) -> list[Effect]:
    return [
        *cards.refreshed(record, facts),
        Notify(cards.state_card(record, facts, what), person=record.requester, slot="state"),
        RefreshHome(record.requester),
        cards.told(record, facts, what),
    ]


# ── handing over ────────────────────────────────────────────────────────────────────────────────────────────────────


def hand_over(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Give the agreement to whose turn it is and who has not got it; where nobody is known, say so to who can mend it."""
    if record.status not in DECIDING:
        return record, []
    acting = turn(record, facts).acting
    new = [p for p in acting if p.id not in record.told]
    effects: list[Effect] = [Notify(cards.decider_card(record, facts), person=p.id, slot=f"decider:{p.id}") for p in new]
    effects += [RefreshHome(p.id) for p in new]
    if not acting:
        # What is to be agreed is none of the administrators' business: they learn who lacks a supervisor.
        card = Card("agreements/nobody", (Text("body"),), {"requester": cards.data_of(record, facts)["requester"]})
        effects += [Notify(card, person=p.id) for p in facts.people.bearers(Role.ADMINISTRATOR)]
    told = (*record.told, *(p.id for p in new))
    return replace(record, told=told, informed=tuple(dict.fromkeys((*record.informed, *told)))), effects


def look_again(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Whose turn it is may have changed since it was given: people come, leave and go away."""
    acting = turn(record, facts).acting
    if record.status not in DECIDING or not acting or all(p.id in record.told for p in acting):
        return record, []
    handed, effects = hand_over(record, facts)
    moved_on = Notify(cards.state_card(handed, facts, "moved"), person=record.requester, slot="state")
    return handed, [*effects, *cards.refreshed(handed, facts), moved_on]


def undelivered(record: Record, event: Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """The supervisor could not be reached: the turn moves, and the requester knows."""
    if event.slot != f"decider:{event.receiver}" or event.receiver not in record.told:
        return record, []
    return look_again(replace(record, unreached=(*record.unreached, event.receiver)), facts)
