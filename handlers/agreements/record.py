"""An agreement as it is kept, and the table of its life. Knows no facts, so that facts can hold agreements.

```
sent ─approve─▶ agreed ─continue─▶ renewing ─approve─▶ agreed ─end─▶ ended
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from handlers.accounts.record import Comment, Deed


class Kind(StrEnum):
    """What is agreed on: use in working time (R19), one's own name (R29), a profile for work (R30), a leader's (R80)."""

    WORKING_TIME = "working_time"
    OWN_NAME = "own_name"
    WORK_PROFILE = "work_profile"
    LEADER = "leader"


class Status(StrEnum):
    """Where an agreement stands."""

    SENT = "sent"
    RETURNED = "returned"
    AGREED = "agreed"
    RENEWING = "renewing"
    CHANGING = "changing"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Move(StrEnum):
    """What leads from one status to another."""

    SEND = "send"
    APPROVE = "approve"
    RETURN = "return"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CONTINUE = "continue"
    END = "end"


TRANSITIONS: Mapping[tuple[Status, Move], Status] = MappingProxyType({
    (Status.SENT, Move.SEND): Status.SENT,
    (Status.SENT, Move.APPROVE): Status.AGREED,
    (Status.SENT, Move.RETURN): Status.RETURNED,
    (Status.SENT, Move.DECLINE): Status.DECLINED,
    (Status.SENT, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Move.SEND): Status.SENT,
    (Status.RETURNED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.DECLINED, Move.SEND): Status.SENT,
    (Status.AGREED, Move.SEND): Status.CHANGING,
    (Status.AGREED, Move.CONTINUE): Status.RENEWING,
    (Status.AGREED, Move.END): Status.ENDED,
    (Status.RENEWING, Move.SEND): Status.CHANGING,
    (Status.RENEWING, Move.APPROVE): Status.AGREED,
    (Status.RENEWING, Move.RETURN): Status.AGREED,
    (Status.RENEWING, Move.DECLINE): Status.ENDED,
    (Status.RENEWING, Move.WITHDRAW): Status.AGREED,
    (Status.RENEWING, Move.END): Status.ENDED,
    (Status.CHANGING, Move.SEND): Status.CHANGING,
    (Status.CHANGING, Move.APPROVE): Status.AGREED,
    (Status.CHANGING, Move.RETURN): Status.AGREED,
    (Status.CHANGING, Move.DECLINE): Status.AGREED,
    (Status.CHANGING, Move.WITHDRAW): Status.AGREED,
    (Status.CHANGING, Move.END): Status.ENDED,
})  # fmt: skip
"""Every legal move; else it is refused. What is agreed stays in force until a change of it is approved."""
DECIDING = frozenset({Status.SENT, Status.RENEWING, Status.CHANGING})
"""The supervisor's turn."""
IN_FORCE = frozenset({Status.AGREED, Status.RENEWING, Status.CHANGING})
"""The agreement is one."""
OPEN = DECIDING | IN_FORCE | {Status.RETURNED}
"""Not over."""
OF_THE_REQUESTER = frozenset({Move.SEND, Move.WITHDRAW, Move.CONTINUE})
OF_THE_SUPERVISOR = frozenset({Move.APPROVE, Move.RETURN, Move.DECLINE})
"""Whose a move is; to end an agreement is both's."""


@dataclass(frozen=True)
class Record:
    """An agreement between `requester` and whoever is their supervisor.

    `answers` is what is proposed, by the field's name, `terms` what is in force ({} before anything was), `content` what
    the supervisor wrote into it (`hours`, `led`, `conditions`). `review` is the day (ISO 8601) on which the agreement in
    force is looked at again. `round` counts what was put before the supervisor: cards of earlier rounds decide nothing.
    `since` is when the turn began, `told` who has been given it, `informed` who ever was, `unreached` who could not be.
    """

    key: str
    requester: str
    kind: Kind
    conversation: str
    made_at: datetime
    since: datetime
    status: Status = Status.SENT
    version: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, str] = field(default_factory=dict)
    agreed_at: datetime | None = None
    agreed_by: str = ""
    review: str = ""
    round: int = 0
    told: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    history: tuple[Deed, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.requester

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return self.key.rpartition("/")[2]

    def last(self, *moves: Move) -> Deed | None:
        """The newest deed of these moves."""
        return next((d for d in reversed(self.history) if d.move in moves), None)


def may_move(record: Record, move: Move) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS
