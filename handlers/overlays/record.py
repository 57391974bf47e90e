"""A department's own guideline as it is kept, and the table of its life. Knows no facts, so that facts can hold records.

```
draft ─send─▶ proposed ─approve─▶ proposed ─conclude─▶ accepted ─replace─▶ replaced
                                                              └─repeal─▶ repealed
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from handlers.accounts.record import Body, Comment, Deed
from handlers.accounts.record import Record as Request
from handlers.accounts.record import Status as RequestStatus
from knowledge.proposed import Cut, Proposed, cuts, pieces_of

LONGEST, PART = 20_000, 3_000
"""Characters of a guideline, and of a stretch of it that is written at a time: Slack's field takes no more."""


class Status(StrEnum):
    """Where a guideline stands. Only an accepted one is cited."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    REPEALED = "repealed"
    FORGOTTEN = "forgotten"


class Move(StrEnum):
    """What leads from one status to another. Those of deciding are called as those of a request are."""

    SEND = "send"
    APPROVE = "approve"
    CONCLUDE = "conclude"
    POSTPONE = "postpone"
    RETURN = "return"
    REJECT = "reject"
    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    REPEAL = "repeal"


TRANSITIONS: Mapping[tuple[Status, Move], Status] = MappingProxyType({
    (Status.DRAFT, Move.SEND): Status.PROPOSED,
    (Status.DRAFT, Move.WITHDRAW): Status.FORGOTTEN,
    (Status.PROPOSED, Move.APPROVE): Status.PROPOSED,
    (Status.PROPOSED, Move.CONCLUDE): Status.ACCEPTED,
    (Status.PROPOSED, Move.POSTPONE): Status.PROPOSED,
    (Status.PROPOSED, Move.RETURN): Status.RETURNED,
    (Status.PROPOSED, Move.REJECT): Status.REJECTED,
    (Status.PROPOSED, Move.TAKE_BACK): Status.RETURNED,
    (Status.PROPOSED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.RETURNED, Move.SEND): Status.PROPOSED,
    (Status.RETURNED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.ACCEPTED, Move.REPLACE): Status.REPLACED,
    (Status.ACCEPTED, Move.REPEAL): Status.REPEALED,
})  # fmt: skip
"""Every legal move (R10); else it is refused. `approve` leads to the next body, `conclude` past the last."""
FILLING = frozenset({Status.DRAFT, Status.RETURNED})
"""The proposer writes."""
BASES = ("guideline", "work")
"""What R9 lets a guideline of one's own rest on: this guideline, or what the work demands."""
KEPT = (Status.DRAFT, Status.PROPOSED, Status.RETURNED, Status.ACCEPTED)
"""What lists and reminders look at."""
_AS_REQUEST = {Status.PROPOSED: RequestStatus.PROPOSED, Status.DRAFT: RequestStatus.DRAFT,
               Status.RETURNED: RequestStatus.RETURNED}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A department's own guideline.

    `basis` is one of `BASES`, "" while it is not chosen. `round` counts how often it was sent, `stage` is the place in
    `chain`, `since` when the turn began, `told` who has been given it, `informed` who ever was. `replaces` is the key of
    the accepted one whose newer version this is, `replaced_by` that of the one that took its place. `accepted_on` is the
    day of the last body's acceptance (ISO 8601): its version.
    """

    key: str
    proposer: str
    conversation: str
    language: str
    made_at: datetime
    changed_at: datetime
    since: datetime
    chain: tuple[Body, ...]
    version: int = 0
    status: Status = Status.DRAFT
    title: str = ""
    department: str = ""
    basis: str = ""
    text: str = ""
    round: int = 0
    stage: int = 0
    told: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    history: tuple[Deed, ...] = ()
    comments: tuple[Comment, ...] = ()
    replaces: str = ""
    replaced_by: str = ""
    accepted_on: str = ""

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.proposer

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return self.key.rpartition("/")[2]

    @property
    def moment(self) -> str:
        """The round and the stage: what a decider's card is of."""
        return f"{self.round}.{self.stage}"

    @property
    def body(self) -> Body | None:
        """The body whose turn it is."""
        return self.chain[self.stage] if self.status is Status.PROPOSED and self.stage < len(self.chain) else None

    @property
    def parts(self) -> tuple[str, ...]:
        """The text in stretches that a form can hold."""
        return pieces_of(self.text, PART)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The text as the passages that will be cited."""
        return cuts(self.text)

    @property
    def proposed(self) -> Proposed:
        """The guideline as the guide takes it, its version still as ISO 8601."""
        return Proposed(self.number, self.title, self.department, self.accepted_on, self.text)

    @property
    def request(self) -> Request:
        """The same to those who decide by the rules for requests for accounts (R10 names the bodies of R40)."""
        return Request(
            self.key, self.proposer, self.conversation, self.language, self.made_at, self.changed_at, self.since,
            self.chain, self.version, _AS_REQUEST.get(self.status, RequestStatus.REJECTED),
            answers={"name": self.title, "department": self.department}, round=self.round, stage=self.stage,
            told=self.told, informed=self.informed, unreached=self.unreached, history=self.history,
        )  # fmt: skip

    def last(self, *moves: str) -> Deed | None:
        """The newest deed of these moves."""
        return next((d for d in reversed(self.history) if d.move in moves), None)


def may_move(record: Record, move: Move) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS
