"""An incident as it is kept, and the table of its life. Knows no facts, so that facts can hold incidents.

```
draft ─report─▶ reported ─take─▶ taken ⇄ waiting ⇄ contained ─resolve─▶ resolved ─review─▶ reviewed
  └────join───▶ joined (one of a wave: another report leads)
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Status(StrEnum):
    """Where an incident stands."""

    DRAFT = "draft"
    REPORTED = "reported"
    TAKEN = "taken"
    WAITING = "waiting"
    CONTAINED = "contained"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"
    JOINED = "joined"
    FORGOTTEN = "forgotten"
    ERASED = "erased"


class Move(StrEnum):
    """What leads from one status to another."""

    REPORT = "report"
    JOIN = "join"
    FORGET = "forget"
    TAKE = "take"
    OFFER = "offer"
    INVESTIGATE = "investigate"
    WAIT = "wait"
    CONTAIN = "contain"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    REVIEW = "review"
    SPLIT = "split"
    ERASE = "erase"


class Kind(StrEnum):
    """What is reported (R145, R147): a suspicion is enough, and "unknown" is an answer."""

    IDENTITY_THEFT = "identity_theft"
    PHISHING = "phishing"
    MALWARE = "malware"
    THREAT = "threat"
    HARASSMENT = "harassment"
    ACCOUNT_TAKEOVER = "account_takeover"
    OTHER = "other"
    UNKNOWN = "unknown"


class Route(StrEnum):
    """Whom the reporter wants to know of it; the IT manager always does (A6).

    `both`: the supervisor is told as well; `told`: the reporter told them already; `it_manager`: straight to the IT
    manager, as R145 allows; `not_supervisor`: the supervisor is part of the matter, and never sees it.
    """

    BOTH = "both"
    TOLD = "told"
    IT_MANAGER = "it_manager"
    NOT_SUPERVISOR = "not_supervisor"


class Severity(StrEnum):
    """How much haste there is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


HELD = frozenset({Status.TAKEN, Status.WAITING, Status.CONTAINED})
"""A named person has it."""
OPEN = HELD | {Status.REPORTED}
"""Somebody has it, or is to have it."""
ENDED = frozenset({Status.RESOLVED, Status.REVIEWED})
"""It is over, and can be opened again."""
PERSONAL = frozenset({Kind.THREAT, Kind.HARASSMENT})
"""Against a person: the supervisor is paged at once (R147), and no two of them are one wave."""

TRANSITIONS: Mapping[tuple[Status, Move], Status] = MappingProxyType({
    (Status.DRAFT, Move.REPORT): Status.REPORTED,
    (Status.DRAFT, Move.JOIN): Status.JOINED,
    (Status.DRAFT, Move.FORGET): Status.FORGOTTEN,
    (Status.REPORTED, Move.TAKE): Status.TAKEN,
    **{(held, Move.TAKE): held for held in HELD},
    **{(held, Move.OFFER): held for held in HELD},
    **{(held, Move.INVESTIGATE): Status.TAKEN for held in HELD},
    **{(held, Move.WAIT): Status.WAITING for held in HELD},
    **{(held, Move.CONTAIN): Status.CONTAINED for held in HELD},
    **{(held, Move.RESOLVE): Status.RESOLVED for held in HELD},
    (Status.RESOLVED, Move.REOPEN): Status.REPORTED,
    (Status.REVIEWED, Move.REOPEN): Status.REPORTED,
    (Status.RESOLVED, Move.REVIEW): Status.REVIEWED,
    (Status.JOINED, Move.SPLIT): Status.REPORTED,
    (Status.JOINED, Move.ERASE): Status.ERASED,
    (Status.RESOLVED, Move.ERASE): Status.ERASED,
    (Status.REVIEWED, Move.ERASE): Status.ERASED,
})  # fmt: skip
"""Every legal move; all else is refused. Who takes a held incident takes it over: offered, silent, or as IT manager."""


@dataclass(frozen=True)
class Evidence:
    """A file that belongs to the case: put by once it has its SHA-256, which is "" while it is fetched; never opened.

    `source` is its place on the platform, `size` in bytes; `lost` tells that it could not be had.
    """

    source: str
    name: str
    person: str
    at: datetime
    size: int = 0
    sha256: str = ""
    lost: bool = False


@dataclass(frozen=True)
class Deed:
    """What was done: a line of the case's timeline. `text` is what was written with it, `details` codes by name."""

    at: datetime
    person: str
    move: str
    text: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """What somebody wrote in the case's thread."""

    at: datetime
    person: str
    text: str


@dataclass(frozen=True)
class Twin:
    """Another report of the same wave."""

    key: str
    reporter: str
    at: datetime


@dataclass(frozen=True)
class Clock:
    """A deadline of the law (GDPR art. 33; NIS2): `aware_at` is when the municipality knew, `hours` how long there is.

    `made` counts the notices that were made; `outcome` is what a person decided: "" while one is due, `done`, or
    `not_needed` with its `reason`.
    """

    law: Literal["gdpr", "nis2"]
    aware_at: datetime
    hours: tuple[int, ...]
    set_by: str
    outcome: Literal["", "done", "not_needed"] = ""
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    made: int = 0

    @property
    def pending(self) -> tuple[datetime, ...]:
        """The deadlines whose notices have not been made (UTC)."""
        return self.deadlines[self.made :]

    @property
    def deadlines(self) -> tuple[datetime, ...]:
        """When notices are due (UTC)."""
        return tuple(self.aware_at + timedelta(hours=hours) for hours in self.hours)


@dataclass(frozen=True)
class Record:
    """A reported incident.

    `text` is what happened, without secrets and with its links defanged; `marks` are the links and senders by which
    reports of one wave are known. `concerned` is whom it happened to, where that is not the reporter. `account` is the
    key in the register of the municipality's own account.

    `told` are those who were given it to take, `level` how high it has climbed; `supervisor` is who was told of it as
    one, `cared` that they opened it; `excluded` never see it. `added` may see it and write; `holder` has it, `offered` is
    asked to take it over; `touched_at` is the holder's last deed, `stale` tells that it went silent. `twins` are the
    reports that joined it, `leader` the case that it joined itself. `hold` keeps it from being erased, with its reason.
    """

    key: str
    reporter: str
    conversation: str
    language: str
    made_at: datetime
    version: int = 0
    status: Status = Status.DRAFT
    thread: str = ""
    kind: Kind = Kind.UNKNOWN
    text: str = ""
    veiled: bool = False
    marks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    concerned: str = ""
    route: Route = Route.BOTH
    excluded: tuple[str, ...] = ()
    account: str = ""
    severity: Severity = Severity.NORMAL
    reported_at: datetime | None = None
    told: tuple[str, ...] = ()
    level: int = 0
    fallback: bool = False
    unreached: tuple[str, ...] = ()
    supervisor: str = ""
    cared: bool = False
    added: tuple[str, ...] = ()
    holder: str = ""
    offered: str = ""
    taken_at: datetime | None = None
    touched_at: datetime | None = None
    stale: bool = False
    messages: tuple[Message, ...] = ()
    history: tuple[Deed, ...] = ()
    outcome: str = ""
    resolved_at: datetime | None = None
    review: Mapping[str, str] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    hold: str = ""
    leader: str = ""
    twins: tuple[Twin, ...] = ()
    counted_at: datetime | None = None

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.reporter

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return self.key.rpartition("/")[2]

    def clock(self, law: str) -> Clock | None:
        """The clock of a law, None where it is not switched on."""
        return next((c for c in self.clocks if c.law == law), None)

    def last(self, *moves: str) -> Deed | None:
        """The newest deed of these moves."""
        return next((d for d in reversed(self.history) if d.move in moves), None)


def may_move(record: Record, move: Move) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS


def stripped(record: Record) -> Record:
    """The case without anything that was written or handed in: what the journal keeps, and what erasing leaves of it."""
    return replace(
        record,
        text="", marks=(), outcome="", messages=(), conversation="", thread="",
        evidence=tuple(replace(e, name="", source="") for e in record.evidence),
        history=tuple(replace(d, text="") for d in record.history),
        review=dict.fromkeys(record.review, ""),
        clocks=tuple(replace(c, reason="") for c in record.clocks),
        hold="hold" if record.hold else "",
    )  # fmt: skip
