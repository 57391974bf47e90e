"""A burst, and a look at much: 1,000 events in ten seconds through signed HTTP, and the auditor's look at a million rows.

The requests of the burst have each a moment of their own, whether or not earlier ones were answered, and are sent by
threads that each keep a connection. What is timed is from that moment, at which the event happened, to the end of the
200, at which it is on disk: where all connections wait for an answer, the wait for one of them counts too.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Queue

import numpy as np

from bench.slack import PATH, TITLES, WARM, acknowledged, bot_serving, message, signed
from bot.auditor import STUCK
from bot.storage.keeping import stamp
from bot.storage.sqlite import SqliteStore
from handlers.incidents.record import HELD, Status
from tests.fakes import MONDAY

EVENTS, SECONDS, CONNECTIONS = 1000, 10.0, 64
ROWS, OPEN = 1_000_000, 200
"""Rows of each large table, and how many cases of them are open."""


def print_burst(questions: Sequence[str], modes: Sequence[str]) -> None:
    """Milliseconds to the acknowledgement of each event of a burst, and the memory of the bot's process at its most."""
    print("\n| burst: 1,000 events in 10 s | p50 ms | p99 ms | most ms | not acknowledged | MB at most |")
    print("|---|---|---|---|---|---|")
    for mode in modes:
        taken, failed, memory = burst(questions, mode)
        told = np.percentile(np.array(taken) * 1000, [50, 99, 100])
        print(f"| {TITLES[mode]} | {told[0]:.0f} | {told[1]:.0f} | {told[2]:.0f} | {failed} | {memory:.0f} |", flush=True)


def burst(questions: Sequence[str], mode: str) -> tuple[list[float], int, float]:
    """Seconds of each acknowledgement, how many events got none, and megabytes at most."""
    with bot_serving(mode) as (port, process):
        warm = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for question in questions[:WARM]:
            acknowledged(warm, question)
        bodies = [json.dumps(message(q)) for q in itertools.islice(itertools.cycle(questions), EVENTS)]
        taken, failed = _sent(port, bodies)
        status = Path(f"/proc/{process}/status").read_text("utf-8")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return taken, failed, int(peak.split()[1]) / 1024


def _sent(port: int, bodies: Sequence[str]) -> tuple[list[float], int]:
    """Send each body at its moment."""
    queue: Queue[tuple[float, str] | None] = Queue()
    taken: list[float] = []
    failed: list[float] = []

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (due := queue.get()) is not None:
            moment, body = due
            connection.request("POST", PATH, body.encode(), signed(body))
            answer = connection.getresponse()
            answer.read()
            (taken if answer.status == 200 else failed).append(time.perf_counter() - moment)

    senders = [threading.Thread(target=send, daemon=True) for _ in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    begun = time.perf_counter()
    for number, body in enumerate(bodies):
        moment = begun + number * SECONDS / len(bodies)
        time.sleep(max(0.0, moment - time.perf_counter()))
        queue.put((moment, body))
    for _ in senders:
        queue.put(None)
    for sender in senders:
        sender.join()
    return taken, len(failed)


def print_auditor() -> None:
    """Milliseconds of the auditor's questions to a database of a million cases, messages and timers."""
    print("\n| the auditor, at 1,000,000 rows | ms, the middle of 20 | ms at most |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "much.db")
        _fill(store)
        held = tuple(sorted(HELD))
        asked = {
            "cases that nothing would wake": lambda: store.unattended("incidents", (Status.REPORTED,), held),
            "timers that did not fire": lambda: store.overdue(MONDAY - STUCK),
            "how long messages wait": store.waiting_since,
        }
        whole = np.zeros(20)
        for title, ask in asked.items():
            times = np.array([_timed(ask) for _ in range(20)])
            whole += times
            print(f"| {title} | {np.median(times):.1f} | {times.max():.1f} |", flush=True)
        print(f"| all of a look | {np.median(whole):.1f} | {whole.max():.1f} |")
        assert len(store.unattended("incidents", (Status.REPORTED,), held)) == OPEN // 2
        store.close()


def _timed(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def _fill(store: SqliteStore) -> None:
    """Cases of which the last ones are open, half of them with a timer; messages that were sent but the last ones."""
    at, data = stamp(MONDAY), json.dumps({"holder": "it-manager", "text": "x" * 200})
    status = lambda n: "taken" if n > ROWS - OPEN else "resolved"  # noqa: E731
    with store._transaction():
        store._db.conn.executemany(
            "insert into records values (?, 'incidents', ?, 'p', 3, ?, ?)",
            ((f"incidents/{n}", status(n), data, at) for n in range(1, ROWS + 1)),
        )
        store._db.conn.executemany(
            "insert into timers values (?, ?, '2099-01-01T00:00:00.000000Z')",
            ((f"incidents/{n}", "erase" if n <= ROWS - OPEN // 2 else "silent") for n in range(1, ROWS + 1)),
        )
        store._db.conn.executemany(
            """insert into outbox
                (conversation, kind, record, slot, person, target, card, language, due, made_at, sent_at)
                values (?, 'post', '', '', '', 0, '{}', 'fi', ?, ?, ?)""",
            ((f"slack:D{n % 5000}", at, at, at if n <= ROWS - OPEN else None) for n in range(1, ROWS + 1)),
        )


if __name__ == "__main__":
    lines = (Path(__file__).parent / "unseen" / "qa.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    print_burst(asked, sys.argv[1:] or ["lexical"])
    print_auditor()
