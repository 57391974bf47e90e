"""Who decides on a request after the supervisor: the guideline's own chain, or another municipality's."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.accounts.record import Body
from handlers.facts import Role

CHAIN = (
    Body(
        "department_team",
        {"fi": "toimialueen johtoryhmä", "sv": "sektorns ledningsgrupp", "en": "department management team"},
        Role.DEPARTMENT_SECRETARY,
        by_department=True,
    ),
    Body(
        "municipal_team",
        {"fi": "kunnan johtoryhmä", "sv": "kommunens ledningsgrupp", "en": "municipal management team"},
        Role.MUNICIPAL_SECRETARY,
    ),
)
"""R40, R59: the department's management team, then the municipality's."""


@dataclass(frozen=True)
class Municipality:
    """What differs between municipalities: the name, the domains of its e-mail, the bodies that decide.

    `old_years` is after how many years its guideline is old (R1), `management` the e-mail addresses of who gets the
    quarterly digest besides the communications team (R41).
    """

    name: str = "Tuusulan kunta"
    domains: tuple[str, ...] = ("tuusula.fi",)
    chain: tuple[Body, ...] = CHAIN
    old_years: int = 5
    management: tuple[str, ...] = ()
