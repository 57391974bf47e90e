"""What a hundred, ten thousand and a million records cost: an event, a home view, and each look into the store.

The records are copies of one real question, over two years and ten thousand people, each with its line of the journal,
its event and its three messages that were sent; every thousandth waits for the communications team. What is looked for is
the same at each size, so that a look that reads all that was ever kept shows.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from bot.app import Bot
from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.platforms.web.platform import WebPlatform
from bot.storage import Entry
from bot.storage.keeping import chained, stamp
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked
from handlers.questions.record import Record
from knowledge.guide import Guide

SIZES = (100, 10_000, 1_000_000)
PEOPLE = 10_000
DISK = "/var/tmp"
"""A disk, where /tmp may be memory."""
TIMES = 15
RECORDS = TypeAdapter(Record)
SPECIALIST = "communications-specialist"


def print_scale(sizes: tuple[int, ...] = SIZES) -> None:
    """Median milliseconds at each size, a row for each look."""
    guide = Guide.load(None)
    columns: list[dict[str, float]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=DISK) as folder:
            columns.append(_measured(Path(folder), size, guide))
    print(f"\n| records kept | {' | '.join(f'{size:,}' for size in sizes)} |\n|{'---|' * (len(sizes) + 1)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(f'{column[name]:.2f} ms' for column in columns)} |", flush=True)


def _measured(folder: Path, size: int, guide: Guide) -> dict[str, float]:
    store, clock = SqliteStore(folder / "scale.db"), SystemClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = WebPlatform(store, clock)
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), {"web": platform})
    bot.begin()
    numbers = iter(range(10**9))

    def asks(person: str, text: str) -> None:
        bot.handle(Asked(f"b{next(numbers)}", person, f"web:dm:{person}", text=text))

    asks("employee", "Kuinka usein salasanat pitää vaihtaa?")
    [kept] = store.records("questions")
    _fill(store, RECORDS.validate_json(kept.data), size)
    for message in store.due_messages(clock.now()):
        store.mark_sent(message.id, "1", clock.now())
    now, old = clock.now(), clock.now() - timedelta(days=7)
    looks: dict[str, Callable[[], object]] = {
        "a question, answered and on disk": lambda: asks("employee", "Kuinka usein salasanat pitää vaihtaa?"),
        "a question's follow-up": lambda: asks("employee", "entä mistä sen löytää?"),
        "“omat” of the communications team": lambda: asks(SPECIALIST, "omat"),
        "home view": lambda: bot.home(SPECIALIST),
        "record": lambda: store.record("questions/50"),
        "records of a person": lambda: store.records("questions", person="p7", limit=20),
        "records by status": lambda: store.records("questions", statuses=("waiting",), limit=20),
        "records since a week": lambda: store.records_since("incidents", old),
        "newest of a conversation": lambda: store.newest_in("questions", "web:dm:p7", "p7"),
        "post_of": lambda: store.post_of("m150"),
        "shown": lambda: store.shown("m150"),
        "outgoing": lambda: store.outgoing(50),
        "answer_of": lambda: store.answer_of("e50"),
        "unattended": lambda: store.unattended("incidents", ("reported",), ("taken",)),
        "overdue": lambda: store.overdue(now),
        "due_timers": lambda: store.due_timers(now),
        "due_messages": lambda: store.due_messages(now),
        "next_due": lambda: store.next_due(now),
        "dead_letters": store.dead_letters,
        "waiting_since": store.waiting_since,
        "superseded": lambda: store.superseded(50),
        "backlog (of /metrics)": store.backlog,
    }
    try:
        return {name: _median(look) for name, look in looks.items()}
    finally:
        store.close()


def _median(look: Callable[[], object]) -> float:
    look()
    spent = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        look()
        spent.append((time.perf_counter() - begun) * 1000)
    return float(np.median(spent))


def _fill(store: SqliteStore, question: Record, size: int) -> None:
    """Put copies of a question behind the store's back, as a million events would have left them."""
    begun = SystemClock().now() - timedelta(days=730)
    step = timedelta(days=700) / size
    with store.unit():
        db = store._db
        [last] = db.execute("select hash from journal order by id desc limit 1").fetchone()
        db.conn.executemany(
            "insert into records values (?, 'questions', ?, ?, 1, ?, ?)", _records(question, size, begun, step)
        )
        db.conn.executemany("insert into events (key, at) values (?, ?)", ((f"e{n}", "") for n in range(size)))
        db.conn.executemany(
            "insert into journal (at, person, event, record, before, after, hash) values (?, ?, ?, ?, '', ?, ?)",
            _lines(last, size, begun, step),
        )
        db.conn.executemany(
            """insert into outbox (conversation, kind, record, slot, person, target, card, language, due, made_at,
                sent_at, message) values (?, 'post', ?, 'answer', '', 0, '{}', 'fi', '2025', '2025', '2025', ?)""",
            ((f"web:dm:p{n % PEOPLE}", f"questions/c{n // 3}", f"m{n}") for n in range(3 * size)),
        )
    db.conn.execute("pragma optimize")


def _records(question: Record, size: int, begun: object, step: timedelta) -> Iterator[tuple[str, str, str, str, str]]:
    for n in range(size):
        person, at = f"p{n % PEOPLE}", begun + n * step  # type: ignore[operator]
        status = "waiting" if n % 1000 == 999 else str(question.status)
        made = replace(question, key=f"questions/c{n}", asker=person, conversation=f"web:dm:{person}", asked_at=at)
        yield made.key, status, person, RECORDS.dump_json(made).decode(), stamp(at)


def _lines(last: str, size: int, begun: object, step: timedelta) -> Iterator[tuple[str, ...]]:
    for n in range(size):
        entry = Entry(begun + n * step, f"p{n % PEOPLE}", "Asked", f"questions/c{n}", "", '{"text": "?"}')  # type: ignore[operator]
        last = chained(last, entry)
        yield stamp(entry.at), entry.person, entry.event, entry.record, entry.after, last


if __name__ == "__main__":
    print_scale()
