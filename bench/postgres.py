"""What PostgreSQL costs and carries: a unit of work of ours against raw commits, one writer, eight, and three processes.

The server is started for it, with its own settings but for the number of connections: `fsync` is on, and each commit is
on disk before it returns. Processes and server share the machine's cores: a server of its own would give more.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg

from bench.commits import DATA, DISK, EACH, NOW, ROUNDS, WRITERS
from bot.app import Bot
from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.platforms import Platform
from bot.storage import Entry, Message, Store
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked
from knowledge.guide import Guide
from tests.fakes import FakePlatform
from tests.postgres import Cluster, programs, started

PROCESSES = 3
OF_EACH = 1500
QUESTIONS = 300
TABLE = "create table rows (key text primary key, data text not null)"
PRIVATE = threading.local()


def print_postgres() -> None:
    """The figures as tables; nothing where no PostgreSQL is installed."""
    if programs() is None:
        return
    with started() as cluster:
        _print_commits(cluster)
        _print_processes(cluster)
        _print_events(cluster)


def unit_of(store: PostgresStore, name: str) -> Callable[[], None]:
    """What one event keeps: its key, a record, a line of the journal, a timer and a message."""
    numbers = itertools.count(1)

    def unit() -> None:
        with store.unit() as one:
            one.seen(f"{name}-{threading.get_ident()}-{next(numbers)}", NOW)
            key = one.new_key("questions")
            one.save(key, "asked", "p1", DATA, 0, NOW)
            one.write_journal(Entry(NOW, "p1", "Asked", key, "", DATA))
            one.remind(key, "chase", NOW)
            one.send(Message("slack:D1", "post", DATA, "fi"), NOW)

    return unit


def raw_of(address: str) -> Callable[[], None]:
    """A row and its commit, each thread on a connection of its own."""
    numbers = itertools.count(1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(TABLE)

    def commit() -> None:
        if not hasattr(PRIVATE, "connection"):
            PRIVATE.connection = psycopg.connect(address, autocommit=True)
        PRIVATE.connection.execute("insert into rows values (%s, %s)", (f"r{next(numbers)}", DATA))

    return commit


def _print_commits(cluster: Cluster) -> None:
    raw = raw_of(cluster.database())
    with closing(PostgresStore(cluster.database())) as store:
        kinds = {"PostgreSQL alone, one row": raw, "a unit of work of ours": unit_of(store, "b")}
        for writers in (1, WRITERS):
            print(f"\n| PostgreSQL, {writers} at once | a second | p50 ms | p99 ms | most ms |\n|---|---|---|---|---|")
            taken: dict[str, list[list[float]]] = {name: [] for name in kinds}
            for _ in range(ROUNDS):  # rounds alternate: others share the disk
                for name, commit in kinds.items():
                    taken[name].append(_spent(commit, writers))
            for name, rounds in taken.items():
                spent = np.array([s for r in rounds for s in r]) * 1000
                p50, p99, most = np.percentile(spent, [50, 99, 100])
                speed = np.median([writers * len(r) / sum(r) for r in rounds])
                print(f"| {name} | {speed:.0f} | {p50:.2f} | {p99:.2f} | {most:.1f} |")


def _spent(commit: Callable[[], None], writers: int) -> list[float]:
    spent: list[float] = []

    def work() -> None:
        for _ in range(EACH):
            begun = time.perf_counter()
            commit()
            spent.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spent


def _print_processes(cluster: Cluster) -> None:
    """Units of work of several processes on one database, one thread each; begun together."""
    print("\n| processes on one PostgreSQL | units of work a second | p99 ms |\n|---|---|---|")
    for count in (1, PROCESSES):
        address = cluster.database()
        with closing(PostgresStore(address)) as store:
            store.replace_people(read_people(DEMO_PEOPLE))
            Directory(store)
        command = [sys.executable, "-m", "bench.postgres", address]
        those = [
            subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for n in range(count)
        ]
        for one in those:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        told = [one.communicate("go\n")[0] for one in those]
        seconds = time.perf_counter() - begun
        p99 = max(float(t) for t in told)
        print(f"| {count} | {count * OF_EACH / seconds:.0f} | {p99:.1f} |")


def _print_events(cluster: Cluster) -> None:
    """A whole question: its search, its decision, its commit; one after the other, on either store by turns."""
    print("\n| one question, handled | p50 ms | p99 ms |\n|---|---|---|")
    guide, taken = Guide.load(None), dict[str, list[float]]()
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        stores: dict[str, Store] = {
            "on SQLite": SqliteStore(Path(folder) / "s.db"), "on PostgreSQL": PostgresStore(cluster.database())
        }  # fmt: skip
        bots = {}
        for name, store in stores.items():
            store.replace_people(read_people(DEMO_PEOPLE))
            platforms: dict[str, Platform] = {"fake": FakePlatform()}
            bots[name] = Bot(store, Directory(store), guide, SystemClock(), FinnishWorkingTime(), platforms)
        for number, name in itertools.product(range(QUESTIONS), bots):
            event = Asked(f"q{number}", "employee", f"fake:dm:{number}", text="Kuka päättää uudesta tilistä?")
            begun = time.perf_counter()
            bots[name].handle(event)
            taken.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        for store in stores.values():
            store.close()
    for name, spent in taken.items():
        print(f"| {name} | {np.percentile(spent, 50):.1f} | {np.percentile(spent, 99):.1f} |")


def work(address: str, name: str) -> None:
    """One of several processes: it does its units when it is told to, and says how long the slowest hundredth took."""
    with closing(PostgresStore(address)) as store:
        unit, spent = unit_of(store, name), []
        unit()
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(OF_EACH):
            begun = time.perf_counter()
            unit()
            spent.append((time.perf_counter() - begun) * 1000)
    print(np.percentile(spent, 99))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(*sys.argv[1:])
    else:
        print_postgres()
