"""A question as it is kept, and the table of its life.

```
asked ── to communications ──▶ waiting ── take ──▶ taken ── answer ──▶ replied
                                  └────────── answer ───────────────────▲
```
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

LONGEST = 3000
"""Characters of a question that are kept, and fit a field of a form."""


class Status(StrEnum):
    """Where a question stands: only a hand-off leads on from `asked`."""

    ASKED = "asked"
    WAITING = "waiting"
    TAKEN = "taken"
    REPLIED = "replied"


@dataclass(frozen=True)
class Draft:
    """What a person of the team wrote in the thread of the card, not yet sent to the asker."""

    id: str
    person: str
    text: str


@dataclass(frozen=True)
class Record:
    """A question as it is kept.

    `cited` are the passages that answered or were suggested, `near` the next ones, `chosen` the one that was opened;
    `curated` is the key of the communications team's earlier answer that was shown, `curated_near` of those that were
    offered; `idea` tells that it is one for the municipality's own accounts. `thread` is where others may go on from it.
    `sent_text` is what the asker chose to send on, `named` whether with their name; `remark` is what they wrote of the
    answer beside finding it helpful or not.
    """

    asker: str
    conversation: str
    text: str
    language: str
    intent: str
    outcome: str
    cited: tuple[str, ...]
    asked_at: datetime
    incident_type: str = ""
    key: str = ""
    version: int = 0
    status: Status = Status.ASKED
    thread: str = ""
    near: tuple[str, ...] = ()
    curated: str = ""
    curated_near: tuple[str, ...] = ()
    shared: bool = False
    helpful: str = ""
    remark: str = ""
    chosen: str = ""
    drafts: tuple[Draft, ...] = ()
    named: bool = True
    sent_text: str = ""
    sent_at: datetime | None = None
    chased: int = 0
    taken_by: str = ""
    taken_at: datetime | None = None
    reply: str = ""
    replied_by: str = ""
    replied_at: datetime | None = None
    idea: bool = False

    @property
    def person(self) -> str:
        """Whose record it is."""
        return self.asker


TRANSITIONS = MappingProxyType({
    (Status.ASKED, "send"): Status.WAITING,
    (Status.WAITING, "take"): Status.TAKEN,
    (Status.WAITING, "reply"): Status.REPLIED,
    (Status.TAKEN, "reply"): Status.REPLIED,
})  # fmt: skip
"""Every legal move; all else is refused with words."""


def may_move(record: Record, move: str) -> bool:
    """Whether the table allows the move."""
    return (record.status, move) in TRANSITIONS
