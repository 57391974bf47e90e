"""One of several processes on a PostgreSQL: it handles what it is told, sends, leads or waits to, until it is killed.

Started as `python -m tests.several ADDRESS FOLDER NAME SEED`. Its input: a line for each event, `asked KEY PERSON` or
`report KEY PERSON`; `clock MINUTES` moves its time. What was acknowledged, sent and led goes to files of the folder.
"""

from __future__ import annotations

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from bot.app import Bot
from bot.auditor import Auditor
from bot.clock import MovedClock
from bot.directory import Directory
from bot.platforms import Abilities, Unreachable
from bot.rendering import CardShown, Renderer
from bot.sender import Sender
from bot.storage.postgres import PostgresStore
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked, Event
from knowledge.guide import Guide
from tests.fakes import FakePlatform
from tests.killed import Lines, report_of

LEASE = timedelta(seconds=2)
THREADS = 3
SHARE = 0.02
"""Of the messages, how many the platform does not take at first."""
ROUND = 0.05
"""Seconds between two rounds of work."""


class Recording(FakePlatform):
    """Takes a message, or fails; what it took stands in a file."""

    def __init__(self, sent: Lines, chance: random.Random) -> None:
        super().__init__(name="fake", abilities=Abilities(whispers=True))
        self.lines, self.chance = sent, chance

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        self._take("update", conversation, card, "-", message=message)

    def _take(
        self, kind: str, conversation: str, card: CardShown, key: str, person: str = "", message: str = ""  # noqa: ARG002 - the form of its base
    ) -> str:  # fmt: skip
        if self.chance.random() < SHARE:
            raise Unreachable("at random")
        self.lines.add(f"{key} {kind} {card.name}")
        return message or f"m{self.chance.getrandbits(60)}"


def event_of(kind: str, key: str, person: str) -> Event:
    """An event that bears its own key in its words."""
    if kind == "report":
        return report_of(key, person)
    return Asked(key, person, f"fake:dm:{person}", text=f"Kuka päättää uudesta tilistä? ({key})")


def main() -> None:
    address, folder, name, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    store, clock = PostgresStore(address, lease=LEASE), MovedClock()
    platform = Recording(Lines(folder / "sent"), random.Random(seed))
    bot = Bot(store, Directory(store), Guide.load(None), clock, FinnishWorkingTime(), {"fake": platform})
    sender, auditor = Sender(bot, Renderer()), Auditor(bot, clock)
    acknowledged, led = Lines(folder / "acknowledged"), Lines(folder / "led")
    ended = threading.Event()
    pool = ThreadPoolExecutor(THREADS)

    def deliver(kind: str, key: str, person: str) -> None:
        try:
            bot.handle(event_of(kind, key, person))
        except Exception as problem:
            Lines(folder / "failures").add(f"{name} {key} {type(problem).__name__} {problem}")
            raise
        acknowledged.add(key)

    def listen() -> None:
        for line in sys.stdin:
            what, *rest = line.split()
            if what == "clock":
                clock.offset = timedelta(minutes=int(rest[0]))
            else:
                pool.submit(deliver, what, *rest)
        pool.shutdown()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    print("ready", flush=True)  # noqa: T201 - whoever kills it waits for this
    while not ended.wait(ROUND):
        if store.leads():
            led.add(name)
        sender.run_once()
        auditor.look()
    store.close()


if __name__ == "__main__":
    main()
