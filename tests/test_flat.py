"""What an event and the workers ask of the store costs the same, however much was ever kept: no table is read whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.storage import Entry, Message
from bot.storage.sqlite import SqliteStore
from tests.fakes import MONDAY

FEW = ("outbox_waiting", "outbox_in_order", "outbox_due", "outbox_dead")
"""Indexes of the few rows that wait or were given up: all of one may be read."""
LAST = "select hash from journal order by id desc limit 1"
"""The last line of the journal: the plan calls it a scan, and it ends at the first row."""
SMALL = ("timers", "homes", "small_values", "people", "languages")
"""Tables that do not grow with what was ever done."""
OLD = MONDAY - timedelta(days=7)
LOOKS: dict[str, Callable[[SqliteStore], object]] = {
    "record": lambda s: s.record("questions/1"),
    "records of a flow": lambda s: s.records("training", limit=10),
    "records of a person": lambda s: s.records("questions", "p1", limit=10),
    "records of a person by status": lambda s: s.records("questions", "p1", ("waiting", "taken"), limit=10),
    "records by status": lambda s: s.records("questions", statuses=("waiting", "taken"), limit=10),
    "records_since": lambda s: s.records_since("questions", OLD),
    "newest_in": lambda s: s.newest_in("questions", "web:dm:p1", "p1"),
    "post_of": lambda s: s.post_of("m1"),
    "shown": lambda s: s.shown("m1"),
    "outgoing": lambda s: s.outgoing(1),
    "answer_of": lambda s: s.answer_of("e1"),
    "way": lambda s: s.way("teams:p1"),
    "unattended": lambda s: s.unattended("incidents", ("reported",), ("taken",)),
    "overdue": lambda s: s.overdue(MONDAY),
    "due_timers": lambda s: s.due_timers(MONDAY),
    "due_messages": lambda s: s.due_messages(MONDAY),
    "next_due": lambda s: s.next_due(MONDAY),
    "dead_letters": lambda s: s.dead_letters(),
    "waiting_since": lambda s: s.waiting_since(),
    "superseded": lambda s: s.superseded(1),
    "backlog": lambda s: s.backlog(),
    "lines_of": lambda s: lines_of(s),
    "a unit of work": lambda s: unit_of_work(s),
}


def lines_of(store: SqliteStore) -> int:
    with store.unit() as unit:
        return unit.lines_of("questions/1", ("Asked", "Pressed"))


def unit_of_work(store: SqliteStore) -> None:
    with store.unit() as unit:
        unit.seen("e1", MONDAY)
        unit.keep_answer("e1", "{}")
        unit.load("questions/1")
        key = unit.new_key("questions")
        unit.save(key, "asked", "p1", "{}", 0, MONDAY)
        unit.save(key, "waiting", "p1", "{}", 1, MONDAY)
        unit.write_journal(Entry(MONDAY, "p1", "Asked", key, "", "{}"))
        unit.remind(key, "chase", MONDAY)
        unit.send(Message("web:dm:p1", "post", "{}", "fi", key, "answer"), MONDAY, renews=True)
        unit.send(Message("web:dm:p1", "update", "{}", "fi", key, "answer", target=1), MONDAY)
        unit.copies(key, "answer")
        unit.due(key, "chase")
        unit.forget(key, "chase")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "x.db")
    unit_of_work(made)
    yield made
    made.close()


def plan(store: SqliteStore, look: Callable[[SqliteStore], object]) -> set[str]:
    """The steps of the plans of all that a look asks."""
    statements: list[str] = []
    connection = store._db.conn
    connection.set_trace_callback(statements.append)
    look(store)
    connection.set_trace_callback(None)
    read = [s for s in statements if s.split()[0].lower() in ("select", "insert", "update", "delete") and s != LAST]
    assert read
    return {row[3] for statement in read for row in connection.execute(f"explain query plan {statement}")}


def scans(store: SqliteStore, look: Callable[[SqliteStore], object]) -> list[str]:
    """The steps that read all of a table or of an index."""
    return sorted(
        step for step in plan(store, look)
        if step.startswith("SCAN") and step.split()[1] not in (*SMALL, "CONSTANT")
        and not any(index in step for index in FEW) and not step.startswith("SCAN (")
    )  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_reads_no_whole_table(store: SqliteStore, name: str) -> None:
    assert scans(store, LOOKS[name]) == []


def test_the_newest_of_a_conversation_is_found_without_reading_all_that_its_person_ever_said(store: SqliteStore) -> None:
    steps = [step for step in plan(store, LOOKS["newest_in"]) if "INDEX" in step]
    assert [step for step in steps if "person" in step] == [
        "SEARCH records USING COVERING INDEX records_of_conversation (flow=? AND <expr>=? AND person=?)"
    ]


def test_a_look_that_reads_a_whole_table_would_be_found(store: SqliteStore) -> None:
    assert scans(store, lambda s: s._rows("select * from records where data = 'x'")) == ["SCAN records"]


@pytest.mark.parametrize("name", ["records of a flow", "records of a person", "records of a person by status"])
def test_the_newest_are_read_in_their_order_and_not_sorted(store: SqliteStore, name: str) -> None:
    steps = plan(store, LOOKS[name])
    assert [step for step in steps if "TEMP B-TREE" in step] == []
    assert [step for step in steps if "records_by_" in step] == sorted(steps)
