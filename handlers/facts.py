"""All that a decision may look at besides the record and the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol
from zoneinfo import ZoneInfo

from handlers.accounts.record import Body, Record
from handlers.agreements.record import Record as Agreement
from handlers.incidents.plan import Plan
from handlers.incidents.record import Record as Incident
from handlers.overlays.record import Record as Overlay
from handlers.preferences import Record as Preferences
from handlers.published import Record as Published
from handlers.register.record import Record as Account
from knowledge.answers import Answer, Citation
from knowledge.curated import Curated, Match
from knowledge.quiz import Item

if TYPE_CHECKING:  # these look at facts themselves
    from handlers.management import Figures
    from handlers.training import Record as Training
    from handlers.versions import Edition
    from handlers.versions import Record as Version


HELSINKI = ZoneInfo("Europe/Helsinki")


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
    """Somebody in the directory, or with an account on a platform.

    `supervisor` is the id of theirs, `language` their own choice, else their platform's, else "". `standing` is what
    the platform says of them: a guest of the municipality's workspace, or a stranger from another organisation's;
    `accounts` are their accounts on platforms. `deputy` is the id of who stands in for them as a supervisor.
    """

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
    standing: Literal["member", "guest", "stranger"] = "member"
    accounts: frozenset[str] = frozenset()
    deputy: str = ""

    def bears(self, person_id: str) -> bool:
        """Whether the id is this person's, or was before they were in the directory: then it was their account's."""
        return person_id == self.id or person_id in self.accounts

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

    def holders(self, role: str, department: str = "") -> tuple[Person, ...]:
        """Whose role it is, here or away; of one department where one is given."""
        ...

    def deputies(self, role: str, department: str = "") -> tuple[Person, ...]:
        """Who stands in for the role's bearers; of the department where it has somebody, else of any."""
        ...

    def find(self, text: str) -> tuple[Person, ...]:
        """Whom the text means: an id, an account's id, an e-mail address, a whole name or a part of one."""
        ...

    def named(self, beginning: str) -> frozenset[str]:
        """The ids of the people in whose name a word begins so (small letters)."""
        ...

    def has_left(self, person_id: str) -> bool:
        """Whether the person is in the directory no more, or deactivated on every platform that knew them."""
        ...


class WorkingTime(Protocol):
    """The municipality's working hours."""

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """The moment (UTC) at which `worked` of working time has passed since `start`."""
        ...

    def next_week(self, now: datetime) -> datetime:
        """An hour into the first working day of the week after `now`'s (UTC)."""
        ...

    def next_morning(self, now: datetime) -> datetime:
        """An hour into the first working day after `now`'s day (UTC)."""
        ...

    def days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie between the two: begun ones after the day of `start`, up to the day of `end`."""
        ...


@dataclass(frozen=True)
class Question:
    """A question to the communications team as lists and other flows see it; moments are ISO 8601.

    `asker` is "" where they did not want to be named, `handler` who took or answered it, by name.
    """

    record: str
    text: str
    status: str
    sent_at: str
    language: str = "fi"
    asker: str = ""
    handler: str = ""
    reply: str = ""


@dataclass(frozen=True)
class Digest:
    """What was asked between two moments: questions by what became of them, each as its words and how often."""

    since: str
    until: str
    asked: int
    silent: tuple[tuple[str, int], ...] = ()
    suggested: tuple[tuple[str, int], ...] = ()
    unhelpful: tuple[tuple[str, int], ...] = ()
    passages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be delivered: to whom or where, why, and when (ISO 8601) it was given up."""

    id: int
    receiver: str
    reason: str
    at: str


@dataclass(frozen=True)
class Facts:
    """`answer` is set when a person asked something, `curated` when the communications team has answered the same, else
    `curated_near` holds answers of theirs that may be meant.

    `public` tells that others see the conversation, `follow_up` that the words go on from what was said before. `own` are
    the person's questions to the communications team, `waiting` those that wait for the team, for whom belongs to it;
    `question` is the one that the event is about. `curated_answers` are those that the team keeps, `digest` is a week's
    questions, `dead_letters` are what could not be delivered, `starters` the guideline's questions to begin from.

    `passages` are the guideline's passages that the request for an account opens its steps with, by id; `chain` the
    bodies that decide on it, `municipality`, `domains`, `addresses` and `departments` what is known of the municipality:
    its name, its e-mail domains, its people's own addresses; `today` is the day there. `unit_accounts` are those that the
    person's unit has, `requests` the requests that are somebody's turn, `source` the one that is copied.

    `agreements` are the person's own and those of the people whom they lead, for the clock all that something is due of.

    `published` is the list of accounts as it was published last, `preferences` are people's wishes about reminders.

    `guideline` is the common guideline's present version, `quiz` the questions on it, `versions` what is kept of each
    guideline and how it changed. `training` is what people have read and done, `everybody` the directory: both for the
    report on training, and `training` for the clock.

    `plan` is what is settled for incidents, `register` the municipality's accounts, by name, `open_cases` the incidents
    that somebody has or is to have. `cases` are those of a list, of which some may not be the person's to see; `words`
    are the person's own that a report goes on from.

    `management` are the e-mail addresses of who gets the quarterly digest besides the communications team, `figures` its
    numbers, for whoever may see them.

    `overlays` are departments' own guidelines that are written, decided on or in force, of which some may not be the
    person's to see.
    """

    now: datetime
    person: Person | None
    language: str
    people: People
    working_time: WorkingTime
    answer: Answer | None = None
    curated: Match | None = None
    curated_near: tuple[Curated, ...] = ()
    public: bool = False
    follow_up: bool = False
    own: tuple[Question, ...] = ()
    waiting: tuple[Question, ...] = ()
    question: Question | None = None
    curated_answers: tuple[Curated, ...] = ()
    digest: Digest | None = None
    dead_letters: tuple[DeadLetter, ...] = ()
    starters: tuple[str, ...] = ()
    passages: Mapping[str, Citation] = field(default_factory=dict)
    chain: tuple[Body, ...] = ()
    municipality: str = ""
    domains: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    departments: tuple[str, ...] = ()
    unit_accounts: tuple[Account, ...] = ()
    requests: tuple[Record, ...] = ()
    source: Record | None = None
    today: date = date.min
    plan: Plan = field(default_factory=Plan)
    register: tuple[Account, ...] = ()
    published: Published | None = None
    preferences: Mapping[str, Preferences] = field(default_factory=dict)
    open_cases: tuple[Incident, ...] = ()
    cases: tuple[Incident, ...] = ()
    words: str = ""
    overlays: tuple[Overlay, ...] = ()
    guideline: Edition | None = None
    quiz: tuple[Item, ...] = ()
    versions: tuple[Version, ...] = ()
    training: tuple[Training, ...] = ()
    everybody: tuple[Person, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    management: tuple[str, ...] = ()
    figures: Figures | None = None


def name_of(person_id: str, facts: Facts) -> str:
    """A person's name; of somebody whom the directory does not know, or not any more, their id."""
    person = facts.people.person(person_id) if person_id else None
    return person.name if person else person_id
