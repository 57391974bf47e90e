"""A process to be killed: it files incidents in three threads, sends and escalates, on a platform that fails at random.

What was begun and what was acknowledged is written to files, a line each, so that whoever kills it knows what it owes.
Started as `python -m tests.killed FOLDER MINUTES SEED`: the clock begins so many minutes after the start of all.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from datetime import timedelta
from pathlib import Path

from bot.app import Bot
from bot.auditor import Auditor
from bot.directory import Directory, read_people
from bot.platforms import Abilities, Unreachable
from bot.rendering import CardShown, Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Submitted
from knowledge.guide import Guide
from tests.fakes import MONDAY, FakeClock, FakePlatform

REPORTERS = ("employee", "librarian", "informatician")
EACH = 8
"""Reports of each in one life of the process; what is left of it sends and escalates."""


class Lines:
    """A file of lines. They outlive the process that is killed, which is all that is asked of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def add(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())

    def all(self) -> list[str]:
        return self.path.read_text("utf-8").splitlines()


class Failing(FakePlatform):
    """Takes a message, or fails: each at random; what it took stands in a file."""

    def __init__(self, sent: Lines, chance: random.Random, share: float) -> None:
        super().__init__(name="fake", abilities=Abilities(whispers=True))
        self.lines, self.chance, self.share = sent, chance, share

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        self._take("update", conversation, card, "", message=message)

    def _take(
        self,
        kind: str,
        conversation: str,
        card: CardShown,
        key: str,
        person: str = "",  # noqa: ARG002 - its base tells to whom a whisper went
        message: str = "",
    ) -> str:
        if self.chance.random() < self.share:
            raise Unreachable("at random")
        if line := self.line(kind, conversation, card, key):
            self.lines.add(line)
        return message or f"m{self.chance.getrandbits(60)}"

    def line(self, kind: str, conversation: str, card: CardShown, key: str) -> str:  # noqa: ARG002 - for who needs the key
        """What is written of a message that was taken."""
        return f"{conversation} {card.name} {kind}"


def made(folder: Path, clock: FakeClock, chance: random.Random, share: float) -> tuple[Bot, Sender]:
    """A bot on the folder's database."""
    store = SqliteStore(folder / "s.db")
    if not store.people():
        store.replace_people(read_people(DEMO_PEOPLE))
    platform = Failing(Lines(folder / "sent"), chance, share)
    bot = Bot(store, Directory(store), Guide.load(None), clock, FinnishWorkingTime(), {"fake": platform})
    bot.begin()
    return bot, Sender(bot, Renderer())


def report_of(key: str, person: str) -> Submitted:
    """A report that bears its own key in its words."""
    values = {"text": f"Jotain outoa. ({key})", "kind": "other", "route": "both"}
    return Submitted(key, person, f"fake:dm:{person}", "", "incidents/report", values)


def main() -> None:
    folder, minutes, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    clock = FakeClock(MONDAY + timedelta(minutes=minutes))
    bot, sender = made(folder, clock, chance, 0.3)
    begun, acknowledged = Lines(folder / "begun"), Lines(folder / "acknowledged")

    def deliver(key: str, person: str) -> None:
        bot.handle(report_of(key, person))
        acknowledged.add(key)

    def file(person: str) -> None:
        for number in range(EACH):
            key = f"report-{seed}-{person}-{number}"
            begun.add(f"{key} {person}")
            deliver(key, person)

    owed = dict(line.split() for line in begun.all())
    for key in set(owed) - set(acknowledged.all()):
        deliver(key, owed[key])  # a platform delivers again what was not acknowledged
    for person in REPORTERS:
        threading.Thread(target=file, args=(person,), daemon=True).start()
    auditor = Auditor(bot, clock)
    print("ready", flush=True)  # noqa: T201 - whoever kills it waits for this
    while True:
        sender.run_once()
        auditor.look()
        clock.move(minutes=1)


if __name__ == "__main__":
    main()
