"""A bot that is killed again and again: at random moments, and at numbered points of its own way of an event.

Questions are asked, handed on and taken by two people at once; every event may come twice. What was begun and what was
acknowledged stands in files, so that whoever looks afterwards knows what is owed. Started as
`python -m tests.killed_often FOLDER KILLS SEED`: it loads what is slow to load once and forks the processes to be killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.rendering import CardShown, Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked, Event, Pressed, Submitted
from knowledge.guide import Guide
from tests.fakes import MONDAY, FakeClock
from tests.killed import Failing, Lines

ASKERS = ("employee", "librarian", "informatician", "supervisor")
TAKERS = ("communications-specialist", "communications-manager")
EACH = 600
"""Acknowledged events of a life that is killed at a random moment, at the most."""
OFTEN = 100
"""How often a life comes to its point, at the most, before it ends there."""
POINTS = (
    "begun", "seen", "new_key", "save", "write_journal", "send", "remind", "keep_answer", "decided", "committed", "taken",
    "marked",
)  # fmt: skip
"""Where a process may be killed by itself: within a transaction, before and after its commit, before and after it is kept
that the platform took a message."""
LINE = 25
"""About how many characters a line of what was acknowledged has."""
PATIENCE = 20.0
"""Seconds after which a life that did not come to its point is ended all the same."""


class Points:
    """Counts how often each point was reached, and kills this process at one of them."""

    def __init__(self, at: str, times: int) -> None:
        self._at, self._left, self._lock = at, times, threading.Lock()

    def reach(self, point: str) -> None:
        with self._lock:
            self._left -= point == self._at
            if point == self._at and self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class WatchedUnit:
    """A unit of the store; after each of its steps comes a point."""

    def __init__(self, unit: Any, points: Points) -> None:
        self._unit, self._points = unit, points

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._unit, name)

        def stepped(*args: Any, **more: Any) -> Any:
            done = step(*args, **more)
            self._points.reach(name)
            return done

        return stepped


class WatchedStore:
    """The store, with its points."""

    def __init__(self, store: SqliteStore, points: Points) -> None:
        self._store, self._points = store, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def unit(self) -> Iterator[WatchedUnit]:
        with self._store.unit() as unit:
            self._points.reach("begun")
            yield WatchedUnit(unit, self._points)
            self._points.reach("decided")
        self._points.reach("committed")

    def mark_sent(self, message: int, platform_id: str, at: datetime) -> None:
        self._points.reach("taken")
        self._store.mark_sent(message, platform_id, at)
        self._points.reach("marked")


class Taking(Failing):
    """What it took stands in the file by its key in the outbox; a change of a card has none."""

    def line(self, kind: str, conversation: str, card: CardShown, key: str) -> str:  # noqa: ARG002 - its base's form
        """The key."""
        return key


def made(
    folder: Path, guide: Guide, clock: FakeClock, chance: random.Random, share: float, points: Points | None = None
) -> tuple[Bot, Sender]:
    """A bot on the folder's database."""
    store: Any = SqliteStore(folder / "s.db")
    if not store.people():
        store.replace_people(read_people(DEMO_PEOPLE))
    if points:
        store = WatchedStore(store, points)
    platform = Taking(Lines(folder / "sent"), chance, share)
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), {"fake": platform})
    bot.begin()
    return bot, Sender(bot, Renderer())


def event_of(line: str) -> Event:
    """The event of a line in the file of what was begun: its key, who acts, what is done, and the record."""
    key, person, deed, record = line.split(" ")
    where = f"fake:dm:{person}"
    match deed:
        case "ask":
            return Asked(key, person, where, text=f"Miten some-tili suljetaan? ({key})")
        case "open":
            return Pressed(key, person, where, record, "questions/send")
        case "send":
            values = {"text": f"Miten some-tili suljetaan? ({key})", "named": "no"}
            return Submitted(key, person, where, record, "questions/send", values)
        case _:
            return Pressed(key, person, where, record, "questions/take")


class Life:
    """One life of the bot: clients deliver, the sender sends, until it is killed."""

    def __init__(self, folder: Path, guide: Guide, number: int, points: Points) -> None:
        self.chance = random.Random(number)
        self.clock = FakeClock(MONDAY + timedelta(seconds=number))
        self.number = number
        self.bot, self.sender = made(folder, guide, self.clock, self.chance, 0.05, points)
        self.begun, self.acknowledged = Lines(folder / "begun"), Lines(folder / "acknowledged")
        self.rounds = 0

    def live(self) -> None:
        settled = set(self.acknowledged.all())
        for line in self.begun.all():  # a platform delivers again what was not acknowledged
            if line.split(" ")[0] not in settled:
                self.deliver(line)
        for person in ASKERS:
            threading.Thread(target=self.asks, args=(person,), daemon=True).start()
        while True:
            self.sender.run_once()
            self.rounds += 1
            self.clock.move(seconds=2)
            time.sleep(0.001)

    def deliver(self, line: str) -> None:
        event = event_of(line)
        self.bot.handle(event)
        if hash(line) % 8 == 0:
            self.bot.handle(event)  # it came twice
        self.acknowledged.add(event.key)

    def does(self, key: str, person: str, deed: str, record: str) -> None:
        line = f"{key} {person} {deed} {record}"
        self.begun.add(line)
        self.deliver(line)

    def asks(self, person: str) -> None:
        """One question after another, each handed on and taken by two at once, and the next when this one is sent."""
        with ThreadPoolExecutor(len(TAKERS)) as takers:
            for count in range(1_000_000):
                key, sent = f"{self.number}-{person}-{count}", self.rounds
                self.does(f"{key}-ask", person, "ask", "")
                kept = self.bot.store.newest_in("questions", f"fake:dm:{person}", person)
                assert kept
                self.does(f"{key}-open", person, "open", kept.key)
                self.does(f"{key}-send", person, "send", kept.key)
                for taken in [
                    takers.submit(self.does, f"{key}-take-{who}", who, "take", kept.key)
                    for who in self.chance.sample(TAKERS, len(TAKERS))
                ]:
                    taken.result()
                while self.rounds < sent + 2:
                    time.sleep(0.001)


def killed_once(folder: Path, guide: Guide, number: int, chance: random.Random) -> None:
    """Fork a life and kill it: each second one at a random moment, the others at a point, by themselves."""
    size = lambda: (folder / "acknowledged").stat().st_size if (folder / "acknowledged").exists() else 0  # noqa: E731
    at = POINTS[number // 2 % len(POINTS)] if number % 2 else ""
    until = size() + chance.randint(1, EACH) * LINE
    child = os.fork()
    if child == 0:
        Life(folder, guide, number, Points(at, chance.randint(1, OFTEN))).live()
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and (at or size() < until):
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main() -> None:
    folder, kills, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    guide = Guide.load(None)
    for number in range(kills):
        killed_once(folder, guide, number, chance)


if __name__ == "__main__":
    main()
