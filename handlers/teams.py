"""The communications team: whether somebody belongs to it, and whom to turn to where they do not."""

from __future__ import annotations

from handlers.facts import Facts, Role

COMMUNICATIONS = "communications"


def serves(facts: Facts) -> bool:
    """Whether who acts is of the communications team, or deputises for somebody of it."""
    return facts.person is not None and facts.person.in_team(COMMUNICATIONS)


def managers(facts: Facts) -> list[str]:
    """The names of who leads the team now."""
    return [p.name for p in facts.people.bearers(Role.COMMUNICATIONS_MANAGER)]
