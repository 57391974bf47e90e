"""What is kept of people and for how long: what grew old is taken out, and all that is about somebody is found.

Its SQL is the one that both stores understand; a store's `Unit` gives it `run`, inside its open transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.storage import Entry, StoreError
from handlers.retention import SOMEBODY

REMOVED = "Removed"
"""The journal's line that tells of which earlier lines words were taken out, each with the seal of what is left."""
TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "records": (("key",), ("status", "person", "data", "updated_at")),
    "journal": (("id",), ("at", "person", "event", "record", "before", "after")),
    "outbox": (
        ("id",), ("conversation", "kind", "record", "slot", "person", "card", "made_at", "sent_at", "error", "door"),
    ),
    "chat": (("id",), ("conversation", "author", "text", "card", "only_for", "at")),
    "accounts": (("id",), ("name", "email", "language", "standing", "checked_at", "supervisor")),
    "ways": (("id",), ("data", "at")),
    "people": (
        ("id",), ("name", "email", "unit", "department", "supervisor", "roles", "deputy_for", "away", "deputy"),
    ),
    "languages": (("person",), ("language",)),
    "homes": (("person",), ()),
    "events": (("key",), ("at", "answer")),
    "timers": (("record", "name"), ("due",)),
    "small_values": (("name",), ("value",)),
}  # fmt: skip
"""Every table that may hold something about a person: what names a row of it, and its other columns."""
MOVABLE = frozenset(TABLES) - {"journal", "people"}
"""Where rows are changed or removed; the journal is amended, and the directory comes from a file."""
LIVES = "exists (select 1 from timers where timers.record = outbox.record)"
OLD_MESSAGE = f"sent_at < ? and card != '' and record not like ? and (record = '' or not {LIVES})"
LET_BE = "card = '', door = '', dismissed_at = dead_at"
AGED: Mapping[str, tuple[str, str, str]] = {
    # The incidents' own messages are emptied with them, which a legal hold stops.
    "messages": ("outbox", OLD_MESSAGE, "card = '', door = ''"),
    "letters": (
        "outbox",
        "dead_at < ? and card != '' and record not like ?",
        LET_BE,
    ),
    # What was said of a record that tells of nobody any more would tell of whom it was.
    "left": (
        "outbox",
        "sent_at < ? and exists (select 1 from records where records.key = outbox.record and records.person like ?)",
        "",
    ),
    "chat": ("chat", "at < ? and key not like ?", ""),
    "events": ("events", "at < ? and key not like ?", ""),
    "accounts": ("accounts", "standing = 'gone' and checked_at < ? and id not like ?", ""),
    "files": ("ways", "at < ? and data like ?", ""),
}
"""What ages by itself: its table, what is old of it, and what is set (else the row is removed)."""
PATTERNS = {"messages": "incidents/%", "letters": "incidents/%", "left": f"{SOMEBODY}%", "files": '{"address":%'}
"""What the second mark of `AGED` stands for; else nothing is like it."""


@dataclass(frozen=True)
class Amended:
    """What is left of a journal's line."""

    record: str
    person: str
    before: str
    after: str


class Keeping:
    """The part of a `Unit` that finds, changes and removes by age and by person."""

    def run(self, sql: str, *values: object) -> tuple[list[Any], int]:
        """Run a statement, with a question mark for each value: its rows, and how many it touched."""
        raise NotImplementedError

    def open_journal(self) -> None:
        """Let lines of the journal be amended until `close_journal`, in this transaction alone."""
        raise NotImplementedError

    def close_journal(self) -> None:
        """Let no line of the journal be changed."""
        raise NotImplementedError

    def write_journal(self, entry: Entry) -> None:
        """Add a line to the journal; see `Unit.write_journal`."""
        raise NotImplementedError

    def aged(self, kind: str, before: str) -> int:
        """How many of a kind of `AGED` are older than a stamp."""
        table, condition, _ = AGED[kind]
        rows, _ = self.run(f"select count(*) from {table} where {condition}", before, PATTERNS.get(kind, ""))  # noqa: S608 - constants
        return int(rows[0][0])

    def shed(self, kind: str, before: str) -> int:
        """Empty or remove what is older than a stamp of a kind of `AGED`; how many there were."""
        table, condition, sets = AGED[kind]
        deed = f"update {table} set {sets}" if sets else f"delete from {table}"  # noqa: S608 - constants
        _, touched = self.run(f"{deed} where {condition}", before, PATTERNS.get(kind, ""))
        return touched

    def rows(self, table: str, where: str = "", *values: object) -> Iterator[dict[str, Any]]:
        """The rows of a table of `TABLES`, each by its columns' names, in the order of what names them."""
        keys, others = TABLES[table]
        names = (*keys, *others)
        condition = f" where {where}" if where else ""
        found, _ = self.run(f"select {', '.join(names)} from {table}{condition} order by {', '.join(keys)}", *values)  # noqa: S608 - constants
        return (dict(zip(names, row, strict=True)) for row in found)

    def lines_of(self, record: str, events: Collection[str]) -> int:
        """How many lines of the journal tell of some events of a record."""
        marks = ", ".join("?" * len(events))
        rows, _ = self.run(f"select count(*) from journal where record = ? and event in ({marks})", record, *events)  # noqa: S608 - marks
        return int(rows[0][0])

    def old_lines(self, records: str, before: str) -> Iterator[dict[str, Any]]:
        """The journal's lines, of records like a pattern, that are older than a stamp and still tell of somebody."""
        words = "at < ? and record like ? and event not in (?, ?) and (before != '' or after != '' or person != '')"
        return self.rows("journal", words, before, records, REMOVED, "Purged")

    def change(self, table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change columns of a row that `rows` gave, its name too."""
        keys = _movable(table)
        sets, marks = ", ".join(f"{name} = ?" for name in values), " and ".join(f"{name} = ?" for name in keys)
        self.run(f"update {table} set {sets} where {marks}", *values.values(), *(row[k] for k in keys))  # noqa: S608 - constants

    def remove(self, table: str, row: Mapping[str, Any]) -> None:
        """Remove a row that `rows` gave."""
        keys = _movable(table)
        self.run(f"delete from {table} where {' and '.join(f'{k} = ?' for k in keys)}", *(row[k] for k in keys))  # noqa: S608 - constants

    def amend_journal(self, lines: Mapping[int, Amended], now: datetime, record: str) -> None:
        """Take words out of lines of the journal, and tell of it in a line of its own, which seals what is left.

        The lines keep their hashes, so that the chain goes on over them: see `verified`.
        """
        seals: dict[str, str] = {}
        if not lines:
            return
        self.open_journal()
        for number, left in lines.items():
            self.run(
                "update journal set record = ?, person = ?, before = ?, after = ? where id = ?",
                left.record, left.person, left.before, left.after, number,
            )  # fmt: skip
            [(at, event, kept)] = self.run("select at, event, hash from journal where id = ?", number)[0]
            seals[str(number)] = seal(number, at, left.person, event, left.record, left.before, left.after, kept)
        self.close_journal()
        self.write_journal(Entry(now, "", REMOVED, record, "", json.dumps(seals)))


def seal(*line: object) -> str:
    """What pins a line from which words were taken."""
    return hashlib.sha256(json.dumps(line, ensure_ascii=False).encode()).hexdigest()[:32]


def verified(rows: Iterable[Any]) -> Iterator[Entry]:
    """The entries of a journal's rows (at, person, event, record, before, after, hash, id), the chain checked.

    A line that is not what its hash says must be one from which words were taken, as a later line of the chain tells
    with its seal; the last seal counts. Raises `StoreError` where it is not.
    """
    previous, changed, told = "", dict[int, str](), dict[int, str]()
    for at, person, event, record, before, after, kept, number in rows:
        entry = Entry(datetime.fromisoformat(at), person, event, record, before, after)
        if chained(previous, entry) != kept:
            changed[number] = seal(number, at, person, event, record, before, after, kept)
        elif event == REMOVED:
            told |= {int(line): left for line, left in json.loads(after).items()}
        previous = kept
        yield entry
    for number, left in sorted(changed.items()):
        if told.get(number) != left:
            raise StoreError(f"Line {number} of the journal was changed after it was written.")


def chained(previous: str, entry: Entry) -> str:
    """The hash of a journal's line, chained to the one before it."""
    line = (previous, stamp(entry.at), entry.person, entry.event, entry.record, entry.before, entry.after)
    return hashlib.sha256(json.dumps(line, ensure_ascii=False).encode()).hexdigest()


def stamp(moment: datetime) -> str:
    """UTC in one fixed form, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _movable(table: str) -> tuple[str, ...]:
    if table not in MOVABLE:
        raise ValueError(f"{table} is not changed row by row")
    return TABLES[table][0]
