"""An account as it is kept, and the table of its life. Knows no facts, so that facts can hold accounts.

```
open ─verify─▶ official ─end─▶ closing ─close─▶ closed
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from handlers.register.addresses import place_of


class Status(StrEnum):
    """Where an account stands: verified (R70–R72) or not, on its way out, or gone."""

    OPEN = "open"
    OFFICIAL = "official"
    CLOSING = "closing"
    CLOSED = "closed"


class Move(StrEnum):
    """What leads from one status to another."""

    VERIFY = "verify"
    END = "end"
    KEEP = "keep"
    RESTORE = "restore"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[Status, Move], Status] = MappingProxyType({
    (Status.OPEN, Move.VERIFY): Status.OFFICIAL,
    (Status.OPEN, Move.END): Status.CLOSING,
    (Status.OFFICIAL, Move.END): Status.CLOSING,
    (Status.CLOSING, Move.KEEP): Status.OPEN,
    (Status.CLOSING, Move.RESTORE): Status.OFFICIAL,
    (Status.CLOSING, Move.CLOSE): Status.CLOSED,
})  # fmt: skip
"""Every legal move. An account that stays after all is restored where it was official, else kept."""
LIVING = frozenset({Status.OPEN, Status.OFFICIAL, Status.CLOSING})
"""The account is there."""
VERIFYING = ("keeper", "unit_link", "list_link", "back_link")
"""The four points that make an account official (R70–R72)."""
CLOSING = ("followers", "archive", "handed", "list_removed")
"""The points of an account's end. The guideline is silent on it (list B, B1): they are the communications team's."""
OF_COMMUNICATIONS = ("list_link", "list_removed")
"""The points about the municipality's own list, which the communications team ticks (R71)."""
RHYTHMS: Mapping[str, timedelta] = MappingProxyType(
    {"daily": timedelta(days=3), "weekly": timedelta(days=7), "less": timedelta(days=31)}
)
"""How long an account may be quiet by its promised rhythm; weekly is the guideline's own (R57)."""
KEPT = 100
"""Deeds of a history that stay with the account; the journal keeps all."""
PEOPLE = ("updater", "main", "substitute", "admins", "producers")
"""The parts that people have in an account."""


@dataclass(frozen=True)
class Deed:
    """What somebody did about an account, "" for the clock; `text` is what was said with it or what it was about."""

    at: datetime
    person: str
    move: str
    text: str = ""


@dataclass(frozen=True)
class Tick:
    """A point that was ticked."""

    person: str
    at: datetime


@dataclass(frozen=True)
class Result:
    """How the goals were met, in the order of the goals, as it was told on a day (R66)."""

    at: datetime
    person: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    """The turn to answer on the account, handed over to a person (R107): `answer` is "" until they said."""

    at: datetime
    giver: str
    taker: str
    text: str = ""
    answer: Literal["", "yes", "no"] = ""


@dataclass(frozen=True)
class Record:
    """An account: `request` is the key of the request that it came from, people are ids of the directory.

    `named_at` is when the communications manager was told who may post in the organisation's name (R25), `own_names` who
    agreed to post under their own (R77). `answer_days` is the promised time to answer (R100), `password_months` how
    often the password is changed (R141). `confirmed_at`, `password_at`, `posted_at` and `answered_at` are when its people
    said so last; until the day `paused_until` nobody is nudged. `review` is the day on which a trial is looked at again,
    `ends` the planned last day (ISO 8601). `left` are people in it who have left the house, `forced_at` when the password
    was to be changed for it, `ended_at` when its closing began. An `umbrella` account is the municipality's common one,
    which the communications team keeps (R38, R74). `names` are its people's, for when the directory knows them no more.
    """

    key: str
    status: Status
    name: str
    channel: str
    address: str
    owner: str
    department: str
    request: str
    updater: str
    substitute: str
    admins: tuple[str, ...]
    producers: tuple[str, ...]
    mailbox: str
    rhythm: str
    opened_at: datetime | None
    named_at: datetime | None
    main: str = ""
    own_names: tuple[str, ...] = ()
    official_at: datetime | None = None
    review: str = ""
    ends: str = ""
    version: int = 0
    purpose: str = ""
    goals: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    plan: str = ""
    answer_days: int = 2
    password_months: int = 3
    entered_at: datetime | None = None
    confirmed_at: datetime | None = None
    password_at: datetime | None = None
    posted_at: datetime | None = None
    answered_at: datetime | None = None
    paused_until: str = ""
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    closing: Mapping[str, Tick] = field(default_factory=dict)
    results: tuple[Result, ...] = ()
    turn: Turn | None = None
    left: tuple[str, ...] = ()
    forced_at: datetime | None = None
    ended_at: datetime | None = None
    umbrella: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Deed, ...] = ()

    @property
    def person(self) -> str:
        """Who is responsible for it."""
        return self.updater

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return self.key.rpartition("/")[2]

    @property
    def handle(self) -> str:
        """Its name on its service, without the @; "" where the address tells none."""
        return place_of(self.address, self.channel).name

    @property
    def living(self) -> bool:
        """Whether the account is there."""
        return self.status in LIVING

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has a part in it, each once, who is responsible first."""
        named = (self.main, self.updater, self.substitute, *self.admins, *self.producers)
        return tuple(dict.fromkeys(p for p in named if p))

    @property
    def begun(self) -> datetime | None:
        """When it began for the register: when it was opened, else when it came in."""
        return self.opened_at or self.entered_at

    def parts(self, person: str) -> tuple[str, ...]:
        """The parts that a person has in it."""
        return tuple(p for p in PEOPLE if person in _people(getattr(self, p)))


def _people(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def may_move(record: Record, move: Move) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS


def key_of(record: str) -> str:
    """The key in the register of a request's key: a number of its own kind, apart from accounts that had no request.

    A form adds `@` and what it was opened for.
    """
    flow, _, number = record.partition("@")[0].partition("/")
    return f"register/r{number}" if flow == "accounts" else record.partition("@")[0]


def months_after(day: date, months: int) -> date:
    """The day so many months later; of a longer month its last day that the later one has."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"{day} and {months} months is no day")
