"""A request as it is kept, and the table of its life. Knows no facts, so that facts can hold requests.

```
draft ─send─▶ sent ─propose─▶ proposed ─conclude─▶ approved ─open─▶ opened ─verify─▶ official
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Status(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    OFFICIAL = "official"
    FORGOTTEN = "forgotten"


class Move(StrEnum):
    """What leads from one status to another."""

    SEND = "send"
    PROPOSE = "propose"
    RETURN = "return"
    REJECT = "reject"
    TAKE_BACK = "take_back"
    APPROVE = "approve"
    CONCLUDE = "conclude"
    POSTPONE = "postpone"
    WITHDRAW = "withdraw"
    OPEN = "open"
    VERIFY = "verify"
    FORGET = "forget"


TRANSITIONS: Mapping[tuple[Status, Move], Status] = MappingProxyType({
    (Status.DRAFT, Move.SEND): Status.SENT,
    (Status.DRAFT, Move.FORGET): Status.FORGOTTEN,
    (Status.DRAFT, Move.WITHDRAW): Status.FORGOTTEN,
    (Status.SENT, Move.PROPOSE): Status.PROPOSED,
    (Status.SENT, Move.CONCLUDE): Status.APPROVED,
    (Status.SENT, Move.RETURN): Status.RETURNED,
    (Status.SENT, Move.REJECT): Status.REJECTED,
    (Status.SENT, Move.TAKE_BACK): Status.RETURNED,
    (Status.SENT, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Move.SEND): Status.SENT,
    (Status.RETURNED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.PROPOSED, Move.APPROVE): Status.PROPOSED,
    (Status.PROPOSED, Move.POSTPONE): Status.PROPOSED,
    (Status.PROPOSED, Move.CONCLUDE): Status.APPROVED,
    (Status.PROPOSED, Move.RETURN): Status.RETURNED,
    (Status.PROPOSED, Move.REJECT): Status.REJECTED,
    (Status.PROPOSED, Move.TAKE_BACK): Status.RETURNED,
    (Status.PROPOSED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.APPROVED, Move.OPEN): Status.OPENED,
    (Status.APPROVED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.OPENED, Move.VERIFY): Status.OFFICIAL,
})  # fmt: skip
"""Every legal move (R40, R59); else it is refused. `approve` leads to the next body, `conclude` past the last."""
FILLING = frozenset({Status.DRAFT, Status.RETURNED})
"""The requester writes."""
DECIDING = frozenset({Status.SENT, Status.PROPOSED})
"""Others decide."""
LIVING = frozenset({Status.APPROVED, Status.OPENED, Status.OFFICIAL})
"""The account may be, or is."""
OPEN = FILLING | DECIDING | {Status.APPROVED, Status.OPENED}
"""Somebody's turn."""


@dataclass(frozen=True)
class Body:
    """A body that decides after the supervisor: `secretary` is the role whose bearer records what it decided.

    `names` is what it is called, by language; `by_department` tells that each department has its own; `skipped_by` is
    the role that may let a request pass it by, with a reason that the communications team gets; "" for nobody (A1).
    """

    id: str
    names: Mapping[str, str]
    secretary: str
    by_department: bool = False
    skipped_by: str = ""


@dataclass(frozen=True)
class Deed:
    """What somebody did: a line of the request's own history.

    `on_behalf` is whose turn it was where a deputy acted; `details` hold what the deed carried (`date`, `section`,
    `hours`, `led`), by name.
    """

    at: datetime
    person: str
    move: str
    text: str = ""
    body: str = ""
    on_behalf: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Comment:
    """What somebody wrote about the request, kept with it."""

    at: datetime
    person: str
    text: str


@dataclass(frozen=True)
class Agreement:
    """Whether a named person takes the `parts` they were asked about (R50, R56): `answer` is "" until they said."""

    asked_at: datetime
    answer: Literal["", "yes", "no"] = ""
    at: datetime | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tick:
    """A point of the go-live checklist, ticked."""

    person: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """A request for a new account.

    `answers` are the fields of the nine steps by name, `reasons` why a warning was passed, by the warning's name. `round`
    counts how often it was sent: cards of earlier rounds decide nothing. `stage` is the place in `chain`, `since` when
    the turn began, `told` who has been given it, `informed` who ever was. `asking` is the field that is asked in the
    conversation, "" for none; `asking_why` the warning whose reason is asked, `queue` fields that are to be asked again.
    `own_names` are those who agreed to post under their own names: who refused is kept nowhere (R77).
    """

    key: str
    requester: str
    conversation: str
    language: str
    made_at: datetime
    changed_at: datetime
    since: datetime
    chain: tuple[Body, ...]
    version: int = 0
    status: Status = Status.DRAFT
    thread: str = ""
    asking: str = ""
    asking_why: str = ""
    queue: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    round: int = 0
    stage: int = 0
    told: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    own_names: tuple[str, ...] = ()
    own_names_asked: tuple[str, ...] = ()
    history: tuple[Deed, ...] = ()
    comments: tuple[Comment, ...] = ()
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    address: str = ""
    opened_at: datetime | None = None
    official_at: datetime | None = None
    named_at: datetime | None = None

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.requester

    @property
    def moment(self) -> str:
        """The round and the stage: what a decider's card is of."""
        return f"{self.round}.{self.stage}"

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return self.key.rpartition("/")[2]

    @property
    def body(self) -> Body | None:
        """The body whose turn it is, None where it is nobody's of the chain."""
        return self.chain[self.stage] if self.status is Status.PROPOSED and self.stage < len(self.chain) else None

    def answer(self, name: str) -> str:
        """What was answered to a field, "" for nothing yet."""
        return self.answers.get(name, "")

    def last(self, *moves: Move) -> Deed | None:
        """The newest deed of these moves."""
        return next((d for d in reversed(self.history) if d.move in moves), None)


def may_move(record: Record, move: Move) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS
