"""What of the requests waits, for the morning's message: who decides, then the deputy and the level above too (A3)."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.accounts import cards
from handlers.accounts.record import DECIDING, Record, Status
from handlers.accounts.turns import FIRST, climbed, reminded
from handlers.cards import Button, Text
from handlers.facts import Facts
from handlers.matters import Matter
from handlers.teams import COMMUNICATIONS


def due(facts: Facts) -> Iterator[Matter]:
    """The requests that have waited for two working days and more, each for everybody who is reminded of it now.

    A draft has its own notice. Consent to one's name is never asked twice (R77).
    """
    for request in facts.requests:
        if request.status is Status.DRAFT or climbed(request, facts) < FIRST:
            continue
        people, team = reminded(request, facts)
        yield from (_matter(request, "turn", facts, person=p.id) for p in people)
        yield from (_matter(request, "named", facts, person=p) for p in _unanswered(request))
        if team:
            yield _matter(request, "turn", facts, team=COMMUNICATIONS)


def _matter(request: Record, why: str, facts: Facts, *, person: str = "", team: str = "") -> Matter:
    text = Text(why, {**cards.data_of(request, facts), "days": climbed(request, facts)})
    name = f"{request.key}@{request.round}.{request.stage}.{request.status.value}"
    return Matter(name, text, person, team, (Button("accounts/show", request.key),))


def _unanswered(request: Record) -> list[str]:
    """Named people who have not said whether they take their part."""
    if request.status not in DECIDING:
        return []
    return [person for person, agreement in request.agreements.items() if not agreement.answer]
