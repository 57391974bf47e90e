"""The outbox under Slack's limits: a message to each of many people, by a clock that is moved, not waited for.

Slack takes about one message a second in a conversation, and of an app some hundreds a minute in all; what is over it is
answered by 429 with `Retry-After`. The stand-in takes five a second in all. The sender keeps a lane for each conversation
and spares the one that was asked to wait, so that here nearly every message meets the limit once: the worst case.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory
from bot.platforms import Abilities, Unreachable
from bot.rendering import CardShown, Renderer
from bot.sender import Sender
from bot.storage import Message
from bot.storage.sqlite import SqliteStore
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakePlatform

PEOPLE = (2_000, 10_000)
A_SECOND = 5
CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'


@dataclass
class Limited(FakePlatform):
    """Takes so many messages a second and tells the others to come again after one."""

    clock: MovedClock = field(default_factory=MovedClock)
    taken: dict[int, int] = field(default_factory=dict)
    refused: int = 0

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:
        second = int(self.clock.now().timestamp())
        if self.taken.get(second, 0) >= A_SECOND:
            self.refused += 1
            raise Unreachable("chat.postMessage: ratelimited", 1.0)
        self.taken[second] = self.taken.get(second, 0) + 1
        return super().post(conversation, card, key, door)


def print_outbox() -> None:
    """How long it takes by the moved clock, how often it met the limit, and what it costs of our own time."""
    print("\n| a message to each of | Slack takes | all are told after | 429 met | our own time |\n|---|---|---|---|---|")
    for people in PEOPLE:
        told, refused, spent = _tell(people)
        print(
            f"| {people:,} people | {A_SECOND} a second | {told.total_seconds() / 60:.1f} min | {refused:,} "
            f"| {spent:.0f} s |",
            flush=True,
        )


def _tell(people: int) -> tuple[timedelta, int, float]:
    """After what time all are told, how often the limit was met, and our own seconds."""
    clock = _Still()
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "outbox.db")
        platform = Limited(abilities=Abilities(whispers=True, pace=timedelta(seconds=1)), clock=clock)
        bot = Bot(store, Directory(store), Guide.load(None), clock, FinnishWorkingTime(), {"fake": platform})
        sender = Sender(bot, Renderer())
        with store.unit() as unit:
            for n in range(people):
                unit.send(Message(f"fake:dm:p{n}", "post", CARD, "fi"), clock.now())
        begun, at = time.perf_counter(), clock.now()
        while store.waiting_since():
            sender.run_once()
            clock.offset += timedelta(seconds=1)
        spent, told = time.perf_counter() - begun, clock.now() - at
        store.close()
    assert _each_once([s.conversation for s in platform.sent], people)
    return told, platform.refused, spent


class _Still(MovedClock):
    """A clock that stands still but for its offset."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = super().now()

    def now(self):  # type: ignore[no-untyped-def]  # as its parent's
        """The beginning and what was moved since."""
        return self._begun + self.offset


def _each_once(told: Sequence[str], people: int) -> bool:
    return len(told) == len(set(told)) == people


if __name__ == "__main__":
    print_outbox()
