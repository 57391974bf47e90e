"""All that a decision may look at besides the record and the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from knowledge.answers import Answer


class Role:
    """The roles that the guideline names, and the team that bears the communications ones."""

    COMMUNICATIONS_MANAGER = "communications_manager"
    COMMUNICATIONS_SPECIALIST = "communications_specialist"
    IT_MANAGER = "it_manager"
    DEPARTMENT_SECRETARY = "department_secretary"
    MUNICIPAL_SECRETARY = "municipal_secretary"
    ADMINISTRATOR = "administrator"
    ELECTED_OFFICIAL = "elected_official"
    ALL = (
        COMMUNICATIONS_MANAGER,
        COMMUNICATIONS_SPECIALIST,
        IT_MANAGER,
        DEPARTMENT_SECRETARY,
        MUNICIPAL_SECRETARY,
        ADMINISTRATOR,
        ELECTED_OFFICIAL,
    )


TEAMS: Mapping[str, tuple[str, ...]] = {
    "communications": (Role.COMMUNICATIONS_MANAGER, Role.COMMUNICATIONS_SPECIALIST),
}
"""Teams that have a channel of their own, and the roles whose bearers belong to them."""


@dataclass(frozen=True)
class Person:
    """Somebody in the directory; `supervisor` is the id of theirs, `language` their own choice or ""."""

    id: str
    name: str
    email: str
    unit: str = ""
    department: str = ""
    supervisor: str = ""
    roles: frozenset[str] = frozenset()
    deputy_for: frozenset[str] = frozenset()
    away: bool = False
    language: str = ""

    def in_team(self, team: str) -> bool:
        """Whether the person bears, or deputises, one of the team's roles."""
        return bool((self.roles | self.deputy_for) & set(TEAMS[team]))


class People(Protocol):
    """Who is who."""

    def person(self, person_id: str) -> Person | None:
        """The person of this id, or None."""
        ...

    def bearers(self, role: str) -> tuple[Person, ...]:
        """Who bears the role now: the deputy where the holder is away; empty where nobody is known."""
        ...


class WorkingTime(Protocol):
    """The municipality's working hours."""

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """The moment (UTC) at which `worked` of working time has passed since `start`."""
        ...


@dataclass(frozen=True)
class Question:
    """A question of the person's, as the list of their own questions shows it."""

    record: str
    text: str
    status: str
    asked_at: str
    taken_by: str = ""


@dataclass(frozen=True)
class Facts:
    """`answer` is set when a person asked something; `own` are the person's questions to the communications team."""

    now: datetime
    person: Person | None
    language: str
    people: People
    working_time: WorkingTime
    answer: Answer | None = None
    own: tuple[Question, ...] = ()
    starters: tuple[str, ...] = ()
