"""What of departments' guidelines waits, for the morning's message: by the rules for requests (A3)."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.accounts.turns import FIRST, climbed, reminded
from handlers.cards import Button, Text
from handlers.facts import Facts
from handlers.matters import Matter
from handlers.overlays import cards
from handlers.overlays.record import Record, Status
from handlers.teams import COMMUNICATIONS


def due(facts: Facts) -> Iterator[Matter]:
    """What waits for a body's decision, and what was returned to its proposer, from the second working day on.

    The deputies are reminded from the fourth day, the next level and the communications team from the sixth (A3).
    """
    for record in facts.overlays:
        if record.status not in (Status.PROPOSED, Status.RETURNED) or climbed(record.request, facts) < FIRST:
            continue
        people, team = reminded(record.request, facts)
        yield from (_matter(record, facts, person=p.id) for p in people)
        if team and record.status is Status.PROPOSED:
            yield _matter(record, facts, team=COMMUNICATIONS)


def _matter(record: Record, facts: Facts, *, person: str = "", team: str = "") -> Matter:
    data = cards.data_of(record, facts) | {"days": climbed(record.request, facts)}
    decide = (Button("overlays/decide", record.key, record.moment),) if person and record.body else ()
    name = f"{record.key}@{record.moment}.{record.status.value}"
    buttons = (*decide, Button("overlays/show", record.key))
    return Matter(name, Text("overlay", data), person, team, buttons)
