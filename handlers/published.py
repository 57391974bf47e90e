"""What stands on the municipality's own list of accounts, and how the register has drifted from it (R37, R71, R149)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from handlers.cards import Button, Buttons, Card, Text
from handlers.effects import Effect, Reply, Whisper
from handlers.events import Event, Pressed
from handlers.register.record import Record as Account
from handlers.register.record import Status

if TYPE_CHECKING:  # facts hold what was published, so that this module comes before them
    from handlers.facts import Facts

KEY = "published/list"
LISTED = frozenset({Status.OFFICIAL})
"""Only verified accounts belong on the list."""
SHOWN = 20
Change = Literal["new", "gone", "changed"]


@dataclass(frozen=True)
class Line:
    """An account on the list: its words there."""

    name: str
    channel: str
    address: str
    owner: str


@dataclass(frozen=True)
class Difference:
    """Where list and register differ: `new` in the register, `gone` from it, or `changed` since."""

    change: Change
    line: Line


@dataclass(frozen=True)
class Record:
    """The list as it was published last, by the accounts' keys; `at` is None where nobody has said that it was."""

    key: str = KEY
    at: datetime | None = None
    by: str = ""
    lines: Mapping[str, Line] = field(default_factory=dict)
    version: int = 0
    status: str = "kept"
    person: str = ""

    def difference(self, register: Iterable[Account]) -> tuple[Difference, ...]:
        """What is to be changed on the list."""
        now = lines_of(register)
        fresh = [Difference("new", now[k]) for k in now if k not in self.lines]
        gone = [Difference("gone", self.lines[k]) for k in self.lines if k not in now]
        changed = [Difference("changed", now[k]) for k in now if k in self.lines and now[k] != self.lines[k]]
        return (*fresh, *changed, *gone)

    def differs(self, register: Iterable[Account]) -> bool:
        """Whether the list is to be brought up to date."""
        return bool(self.difference(register))


def lines_of(register: Iterable[Account]) -> dict[str, Line]:
    """The list as the register would have it now."""
    return {a.key: Line(a.name, a.channel, a.address, a.owner) for a in register if a.status in LISTED}


def key_of(record: str) -> str:  # noqa: ARG001 - there is one list, whatever the event was about
    """The key of the one record of this flow."""
    return KEY


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Show the communications team how the list has drifted, and remember that it was published."""
    if facts.person is None or not facts.person.in_team("communications"):
        return record, [Whisper(Card("published/refused", (Text("body"),)))]
    before = record or Record()
    match event:
        case Pressed(action="published/show"):
            return record, [Reply(card(before, facts.register))]
        case Pressed(action="published/done"):
            if record is not None and not before.differs(facts.register):
                return record, [Reply(card(before, facts.register))]
            done = replace(before, at=facts.now, by=event.person, lines=lines_of(facts.register))
            return done, [Reply(Card("published/done", (Text("body"),), {"count": len(done.lines)}))]
        case _:
            return record, [Whisper(Card("published/refused", (Text("body"),)))]


def card(record: Record, register: Sequence[Account]) -> Card:
    """The changes to make on the list, and the button that says they were made."""
    found = record.difference(register)
    changes = [
        {"change": d.change, "name": d.line.name, "channel": d.line.channel, "address": d.line.address}
        for d in found[:SHOWN]
    ]  # fmt: skip
    done = Buttons((Button("published/done", style="primary"),))
    parts = (Text("body"), *((done,) if found else ()))
    data = {
        "changes": changes, "rest": len(found[SHOWN:]), "count": len(found),
        "at": record.at.isoformat() if record.at else "",
    }  # fmt: skip
    return Card("published/list", parts, data)
