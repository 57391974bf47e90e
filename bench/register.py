"""A large municipality's register: 10,000 accounts and 40,000 people; how soon a search answers and a morning is told.

Everything is real but the chat platform: the store is a file, every event is committed to it. A search is timed from the
event to its return, which is after the commit; the morning's round until all its messages are in the outbox.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory
from bot.platforms.web.platform import WebPlatform
from bot.storage.sqlite import SqliteStore
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked, Elapsed, Event, Pressed
from handlers.facts import Person, Role
from handlers.register.record import Record, Status
from handlers.reminders import KEY, TIMER
from knowledge.guide import Guide

ACCOUNTS, PEOPLE, UNITS = 10_000, 40_000, 800
DEPARTMENTS = ("Kasvu ja ympäristö", "Konsernipalvelut", "Sosiaali- ja terveyspalvelut", "Tekniikka", "Vapaa-aika")
SERVICES = ("facebook", "instagram", "twitter", "youtube")
RECORDS = TypeAdapter(Record)


def print_register() -> None:
    """Print the figures as a Markdown table."""
    with tempfile.TemporaryDirectory() as folder:
        world = _World(Path(folder))
        print("| the register: 10,000 accounts, 40,000 people | median | worst |")
        print("|---|---|---|")
        for name, events in world.searches().items():
            spent = [_spent(world.bot.handle, event) * 1000 for event in events]
            print(f"| {name} | {np.median(spent):.0f} ms | {max(spent):.0f} ms |")
        seconds, messages = world.morning()
        print(f"| the morning's round, {messages} messages | {seconds:.1f} s | |")
        print(f"| the management's figures | {_spent(world.bot.handle, world.figures()):.1f} s | |")
        world.store.close()


class _World:
    """The bot of a large municipality, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore(folder / "bench.db")
        self.clock = MovedClock(timedelta())
        self.store.replace_people(list(_people()))
        with self.store.unit() as unit:
            for account in _accounts(self.clock):
                data = RECORDS.dump_json(account).decode()
                unit.save(account.key, account.status, account.updater, data, 0, self.clock.now())
        platform = WebPlatform(self.store, self.clock)
        guide = Guide.load(None)
        self.bot = Bot(
            self.store, Directory(self.store), guide, self.clock, FinnishWorkingTime(), {"web": platform}
        )  # fmt: skip
        self.bot.begin()

    def searches(self) -> dict[str, list[Asked | Pressed]]:
        """Events by what is looked for, twenty of each; the first of all fills what is kept in memory."""
        where = "web:dm:p7"
        self.bot.handle(Pressed("warm", "p7", where, "", "register/list", "kirjasto"))

        def asked(name: str, texts: Iterable[str]) -> list[Asked | Pressed]:
            return [Asked(f"{name}{n}", "p7", where, text=text) for n, text in enumerate(texts)]

        return {
            "search by unit": asked("unit", (f"rekisteri yksikkö {n}" for n in range(20))),
            "search by unit and platform": asked("both", (f"rekisteri yksikkö {n} instagram" for n in range(20))),
            "search by person": asked("person", (f"rekisteri henkilo{n}@example.org" for n in range(20))),
            "is this account official": asked("look", (f"onko virallinen instagram.com/tiIi{n}" for n in range(20))),
        }

    def figures(self) -> Pressed:
        """The communications manager's look at the quarter."""
        return Pressed("figures", "p1", "web:dm:p1", "", "management/show")

    def morning(self) -> tuple[float, int]:
        """Seconds of a morning's round in which half of the accounts have something due, and its messages."""
        now = self.clock.now()
        [timer] = [t for t in self.store.due_timers(now + timedelta(days=7)) if t.record == KEY]
        self.clock.offset += timer.due - now
        before = {m.content.conversation for m in self.store.due_messages(self.clock.now())}
        spent = _spent(self.bot.handle, Elapsed("morning", "", "", KEY, TIMER, due=timer.due))
        return spent, len({m.content.conversation for m in self.store.due_messages(self.clock.now())} - before)


def _people() -> Iterable[Person]:
    for n in range(PEOPLE):
        unit = n % UNITS
        roles = frozenset({Role.COMMUNICATIONS_MANAGER}) if n == 1 else frozenset()
        yield Person(
            f"p{n}", f"Henkilö {n}", f"henkilo{n}@example.org", f"Yksikkö {unit}", DEPARTMENTS[unit % 5],
            f"p{unit}" if n != unit else "", roles,
        )  # fmt: skip


def _accounts(clock: MovedClock) -> Iterable[Record]:
    """Every second account has its password overdue, every tenth somebody who has left."""
    now = clock.now()
    for n in range(ACCOUNTS):
        unit = n % UNITS
        people = [f"p{UNITS + (3 * n + k) % (PEOPLE - UNITS)}" for k in range(3)]
        changed = now - timedelta(days=200 if n % 2 else 10)
        gone = (f"gone{n}",) if n % 10 == 0 else ()
        yield Record(
            f"register/{n + 1}", Status.OFFICIAL, f"Yksikkö {unit} tili {n}", SERVICES[n % 4],
            f"www.{SERVICES[n % 4]}.com/tili{n}", f"Yksikkö {unit}", DEPARTMENTS[unit % 5], "", people[0], people[1],
            (*people[:2], *gone), (people[2],), "", "weekly", now, now, entered_at=now, confirmed_at=now,
            password_at=changed, posted_at=now, answered_at=now,
        )  # fmt: skip


def _spent(deed: Callable[[Event], object], event: Event) -> float:
    """Seconds that a deed takes."""
    begun = time.perf_counter()
    deed(event)
    return time.perf_counter() - begun


if __name__ == "__main__":
    print_register()
