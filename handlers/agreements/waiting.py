"""What of the agreements waits, for the morning's message; silence decides nothing (A3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.agreements import cards
from handlers.agreements.record import DECIDING, Record, Status
from handlers.agreements.rights import climbed, reminded
from handlers.cards import Button, Text
from handlers.facts import Facts
from handlers.matters import Matter

BEFORE = timedelta(days=14)
"""How long before the review date the employee is asked how to go on."""
WEEK = 5
"""Working days between two reminders of what is the employee's own."""


def due(facts: Facts) -> Iterator[Matter]:
    """The turns that have waited for two working days, and the reviews that are near, of all agreements in `facts`.

    Nobody is ever reminded of having no agreement or profile (A8).
    """
    for record in facts.agreements:
        if record.status in DECIDING:
            yield from (_turn(record, p.id, facts) for p in reminded(record, facts))
        elif record.status is Status.RETURNED:
            yield from (_own(record, p.id, "agreement_returned", facts) for p in reminded(record, facts))
        elif record.status is Status.AGREED and _is_near(record, facts):
            yield _own(record, record.requester, "agreement_review", facts)


def _turn(record: Record, person: str, facts: Facts) -> Matter:
    text = Text("agreement_turn", _data(record, facts))
    return Matter(_name(record), text, person, buttons=(Button("agreements/show", record.key),))


def _own(record: Record, person: str, why: str, facts: Facts) -> Matter:
    show = Button("agreements/show", record.key)
    buttons = cards.review_buttons(record) if why == "agreement_review" else (show,)
    return Matter(_name(record), Text(why, _data(record, facts)), person, buttons=buttons, every=WEEK)


def _name(record: Record) -> str:
    return f"{record.key}@{record.round}.{record.status.value}"


def _data(record: Record, facts: Facts) -> dict[str, object]:
    data = cards.data_of(record, facts)
    kept = ("number", "kind", "requester", "turn", "status", "review", "past_review")
    return {**{name: data[name] for name in kept}, "days": climbed(record, facts)}


def _is_near(record: Record, facts: Facts) -> bool:
    return bool(record.review) and record.review <= (facts.today + BEFORE).isoformat()
