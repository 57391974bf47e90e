"""What durability costs: a unit of work of ours against SQLite's own commits, both on the disk before they return.

A unit is what one event keeps: its key, a record, a line of the journal in the chain, a timer and a message. The bare
commits are one row, and the same five rows without anything of ours. All write to one folder with `synchronous=FULL`; the
disk is shared, so that each is told with what the others took at the same time: rounds alternate.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.storage import Entry, Message
from bot.storage.sqlite import SqliteStore, sqlite3

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DATA = '{"text": "' + "Kuinka usein salasanat pitää vaihtaa? " * 12 + '"}'
"""Half a kilobyte, as a question's record is."""
ROUNDS, EACH = 5, 200
WRITERS = 8
DISK = "/var/tmp"
"""A disk, where /tmp may be memory."""
TABLES = (
    "create table events (key text primary key, at text)",
    "create table records (key text primary key, data text)",
    "create table journal (id integer primary key, before text, after text, hash text)",
    "create table timers (record text primary key, due text)",
    "create table outbox (id integer primary key, card text, due text)",
)


def print_commits() -> None:
    """Commits in a second and milliseconds of each, in rounds that alternate; then several writers at once."""
    print("\n| durable commits, one writer | a second (median of rounds) | p50 ms | p99 ms |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        kinds = _kinds(Path(folder))
        taken: dict[str, list[list[float]]] = {name: [] for name in kinds}
        for _ in range(ROUNDS):
            for name, (commit, _) in kinds.items():
                taken[name].append([_spent(commit) for _ in range(EACH)])
        for name, rounds in taken.items():
            p50, p99 = np.percentile(np.array(rounds) * 1000, [50, 99])
            print(f"| {name} | {np.median([EACH / sum(r) for r in rounds]):.0f} | {p50:.2f} | {p99:.2f} |")
        print(f"\n| {WRITERS} threads at once | a second | p50 ms | p99 ms | most ms |\n|---|---|---|---|---|")
        commit, _ = kinds["a unit of work of ours"]
        _print_contended("a unit of work of ours", commit)
        for _, ended in kinds.values():
            ended()


def _print_contended(name: str, commit: Callable[[], None]) -> None:
    spent: list[float] = []

    def work() -> None:
        spent.extend([_spent(commit) for _ in range(EACH)])

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    p50, p99, most = np.percentile(np.array(spent) * 1000, [50, 99, 100])
    print(f"| {name} | {len(spent) / seconds:.0f} | {p50:.1f} | {p99:.1f} | {most:.1f} |")


def _kinds(folder: Path) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    store, numbers, lock = SqliteStore(folder / "ours.db"), iter(range(10**9)), threading.Lock()

    def unit() -> None:
        with lock:
            n = next(numbers)
        with store.unit() as one:
            one.seen(f"Ev{n}", NOW)
            one.save(f"questions/{n}", "asked", "p1", DATA, 0, NOW)
            one.write_journal(Entry(NOW, "p1", "Asked", f"questions/{n}", "", DATA))
            one.remind(f"questions/{n}", "chase", NOW)
            one.send(Message("slack:D1", "post", DATA, "fi"), NOW)

    raw = _raw(folder / "raw.db")

    def one_row() -> None:
        raw.execute("insert into journal (before, after, hash) values ('', ?, '')", (DATA,))

    def five_rows() -> None:
        n = next(numbers)
        raw.execute("begin immediate")
        raw.execute("insert into events values (?, '')", (f"Ev{n}",))
        raw.execute("insert into records values (?, ?)", (f"questions/{n}", DATA))
        raw.execute("insert into journal (before, after, hash) values ('', ?, '')", (DATA,))
        raw.execute("insert into timers values (?, '')", (f"questions/{n}",))
        raw.execute("insert into outbox (card, due) values (?, '')", (DATA,))
        raw.execute("commit")

    return {
        "SQLite alone, one row": (one_row, raw.close), "SQLite alone, five rows": (five_rows, lambda: None),
        "a unit of work of ours": (unit, store.close),
    }  # fmt: skip


def _raw(path: Path) -> Any:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("pragma journal_mode = wal", "pragma synchronous = full", *TABLES):
        connection.execute(statement)
    return connection


def _spent(deed: Callable[[], None]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print_commits()
