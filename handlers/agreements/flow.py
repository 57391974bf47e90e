"""What an employee agrees with their supervisor about social media (R19, R27–R34, R75, R80–R81, R137–R138).

The table of its life is `record.TRANSITIONS`; whose turn it is and who may see it is `rights`. Only the two see it, and
whoever stands in for the supervisor.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.agreements import cards, deciding, writing
from handlers.agreements.forms import approve_form, text_form
from handlers.agreements.names import ask as ask_names
from handlers.agreements.record import Move, Record
from handlers.agreements.rights import is_own, sees
from handlers.cards import Card
from handlers.effects import Effect, Notify, OpenForm, Reply, Whisper
from handlers.events import Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts
from handlers.teams import serves

__all__ = ["Record", "begins", "decide", "journalled", "key_of"]


def key_of(record: str) -> str:
    """The agreement's key; a form adds `@` and the round, or the kind of a new one, that it was opened for."""
    return record.partition("@")[0]


def begins(event: Event) -> bool:
    """Whether the event makes a new agreement."""
    return isinstance(event, Submitted) and event.form == "agreements/send" and event.record.startswith("agreements/new")


def journalled(record: Record) -> Record:
    """What the journal keeps of it: who did what and when, and nothing that was written."""
    return replace(
        record, answers={}, terms={}, content={}, comments=(), history=tuple(replace(d, text="") for d in record.history)
    )  # fmt: skip


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on an agreement; see the module for its life."""
    if isinstance(event, Submitted) and (begins(event) or record is None):
        return writing.send_new(event, facts) if event.form == "agreements/send" else (None, [cards.gone()])
    if isinstance(event, Pressed) and (shown := _of_lists(event, facts)):
        return record, shown
    if record is None:
        return None, [] if isinstance(event, Elapsed | Undelivered | Commented) else [cards.gone()]
    match event:
        case Elapsed():
            return deciding.look_again(record, facts)
        case Undelivered():
            return deciding.undelivered(record, event, facts)
        case Commented():
            if sees(record, facts):
                return writing.comment(record, event, facts)
            # In a thread that others see people talk with one another; in one's own somebody waits for an answer.
            return record, [] if facts.public else [cards.gone()]
        case Pressed():
            return _pressed(record, event, facts)
        case Submitted():
            return _submitted(record, event, facts)
        case _:
            return record, [cards.gone()]


def _of_lists(event: Pressed, facts: Facts) -> list[Effect]:
    """What is no single agreement's; empty where it is one's."""
    match event.action:
        case "agreements/choose":
            return [Reply(cards.choose_card(facts))]
        case "agreements/begin":
            return writing.begin(event, facts)
        case "agreements/mine":
            return _privately(cards.mine_card(facts), facts)
        case "agreements/people":
            return _privately(cards.people_card(facts), facts)
        case "agreements/counts":
            return [Reply(cards.counts_card(facts)) if serves(facts) else cards.refused(None, facts, "not_counts")]
        case "agreements/ask_names":
            return ask_names(event, facts)
        case _:
            return []


OWN = {
    "agreements/change": writing.change,
    "agreements/continue": writing.go_on,
    "agreements/withdraw": writing.withdraw,
    "agreements/end": writing.end,
}
"""What each of these buttons does; to end an agreement is the supervisor's too."""


def _pressed(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    seen = event.value
    match event.action:
        case action if action in OWN:
            return OWN[action](record, event, facts)
        case "agreements/confirm":
            return deciding.confirm(record, event, seen, facts)
        case "agreements/approve":
            opened: list[Effect] = [OpenForm(approve_form(record, {}))]
            return record, deciding.stands(record, Move.APPROVE, seen, facts) or opened
        case "agreements/return" | "agreements/decline" as action:
            move = Move(action.partition("/")[2])
            opened = [OpenForm(text_form(record, move.value))]
            return record, deciding.stands(record, move, seen, facts) or opened
        case _ if not sees(record, facts):
            return record, [cards.gone()]
        case "agreements/show":
            return record, _shown(record, facts)
        case "agreements/comment":
            return record, [OpenForm(text_form(record, "comment"))]
        case _:
            return record, [cards.gone()]


def _submitted(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    match event.form:
        case "agreements/send":
            return writing.send_again(record, event, facts)
        case "agreements/approve":
            return deciding.approve(record, event, facts)
        case "agreements/return" | "agreements/decline" as form:
            return deciding.answer(record, event, facts, Move(form.partition("/")[2]))
        case "agreements/end":
            return writing.end(record, event, facts)
        case "agreements/comment" if sees(record, facts):
            return writing.comment(record, event, facts)
        case _:
            return record, [cards.gone()]


def _shown(record: Record, facts: Facts) -> list[Effect]:
    """The page, kept up to date from then on; before others only where its reader is alone."""
    slot = "own" if is_own(record, facts) else f"decider:{facts.person.id if facts.person else ''}"
    card = cards.page_for(record, facts)
    return [Reply(card, slot=slot)] if not facts.public else _privately(card, facts)


def _privately(card: Card, facts: Facts) -> list[Effect]:
    """What is between two people is not shown where others look on, not even as a whisper that stays on the screen."""
    if not facts.public or facts.person is None:
        return [Reply(card)]
    return [Whisper(cards.elsewhere_card()), Notify(card, person=facts.person.id)]
