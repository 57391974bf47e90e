"""The worker at work: a slow message holds up its own lane alone, a stop waits for what is under way and no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.lanes import AT_ONCE
from bot.platforms import Unreachable
from bot.rendering import CardShown, Renderer
from bot.sender import PORTION, Sender
from bot.storage import Message
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.conftest import World
from tests.fakes import MONDAY, FakeClock, FakePlatform

LONG_ENOUGH = 20
"""Seconds within which something that is awaited happens, or the test fails."""
CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'


@dataclass
class SlowPlatform(FakePlatform):
    """A platform on which what is posted to `slow` conversations is not taken before `go` is set."""

    slow: set[str] = field(default_factory=set)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    taken: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go: threading.Event = field(default_factory=threading.Event)

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:
        if conversation in self.slow:
            self.begun.release()
            assert self.go.wait(LONG_ENOUGH)
        message = super().post(conversation, card, key, door)
        self.taken.release()
        return message


@dataclass
class Working:
    """A sender at work on a store of its own."""

    sender: Sender
    store: SqliteStore
    platform: SlowPlatform

    def send(self, *conversations: str) -> None:
        with self.store.unit() as unit:
            for conversation in conversations:
                unit.send(Message(conversation, "post", CARD, "fi"), MONDAY)
        self.sender.wake()


@pytest.fixture
def working(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[Working]:
    store, platform = SqliteStore(tmp_path / "s.db"), SlowPlatform()
    store.replace_people(read_people(DEMO_PEOPLE))
    bot = Bot(store, Directory(store), lexical_guide, FakeClock(), FinnishWorkingTime(), {"fake": platform})
    sender = Sender(bot, renderer)
    sender.start()
    yield Working(sender, store, platform)
    platform.go.set()
    sender.stop()
    store.close()


def test_a_slow_message_holds_up_its_own_conversation_alone(working: Working) -> None:
    working.platform.slow = {"fake:dm:employee"}
    working.send("fake:dm:employee", "fake:dm:employee")
    assert working.platform.begun.acquire(timeout=LONG_ENOUGH)
    working.send("fake:dm:director")
    assert working.platform.taken.acquire(timeout=LONG_ENOUGH)
    assert [s.conversation for s in working.platform.sent] == ["fake:dm:director"]
    working.platform.go.set()
    assert working.platform.taken.acquire(timeout=LONG_ENOUGH)
    assert working.platform.taken.acquire(timeout=LONG_ENOUGH)
    assert len(working.platform.to("fake:dm:employee")) == 2


def test_a_stop_waits_for_what_is_under_way_and_the_rest_waits_on_disk(working: Working) -> None:
    many = [f"fake:dm:{number}" for number in range(40)]
    working.platform.slow = set(many)
    working.send(*many)
    for _ in range(AT_ONCE):
        assert working.platform.begun.acquire(timeout=LONG_ENOUGH)
    stopping = threading.Thread(target=working.sender.stop)
    stopping.start()
    working.platform.go.set()
    stopping.join(LONG_ENOUGH)
    assert not stopping.is_alive()
    assert len(working.platform.sent) == AT_ONCE
    assert len(working.store.due_messages(MONDAY)) == 40 - AT_ONCE


def test_the_first_free_lane_is_found_behind_however_many_that_are_not(world: World) -> None:
    """All that waits first is for lanes that must rest a second after what they just had."""
    world.platform.abilities = replace(world.platform.abilities, pace=timedelta(seconds=1))
    crowd = [f"fake:dm:{number}" for number in range(3 * PORTION)]
    with world.store.unit() as unit:
        for conversation in (*crowd, *crowd):
            unit.send(Message(conversation, "post", CARD, "fi"), world.clock.now())
    world.sender.run_once()
    with world.store.unit() as unit:
        unit.send(Message("fake:dm:employee", "post", CARD, "fi"), world.clock.now())
    world.sender.run_once()
    assert [s.conversation for s in world.platform.sent] == [*crowd, "fake:dm:employee"]


@pytest.mark.parametrize("seconds", [3_600.0, 1e18])
def test_who_asks_to_be_spared_for_ever_is_asked_again_after_ten_minutes(world: World, seconds: float) -> None:
    world.platform.failures = [Unreachable("slower", seconds)]
    with world.store.unit() as unit:
        for _ in range(2):
            unit.send(Message("fake:dm:employee", "post", CARD, "fi"), world.clock.now())
    world.sender.run_once()
    assert world.platform.sent == []
    world.clock.move(minutes=9)
    world.sender.run_once()
    assert world.platform.sent == []
    world.clock.move(minutes=1)
    world.sender.run_once()
    assert len(world.platform.sent) == 2


def test_a_message_that_cannot_be_made_sends_nothing_else_twice(working: Working) -> None:
    working.platform.slow = {"fake:dm:employee"}
    working.send("fake:dm:employee")
    assert working.platform.begun.acquire(timeout=LONG_ENOUGH)
    broken = Message("fake:dm:director", "post", "no card", "fi")
    with working.store.unit() as unit:
        unit.send(broken, MONDAY)
    working.send("fake:dm:supervisor")
    assert working.platform.taken.acquire(timeout=LONG_ENOUGH)
    working.platform.go.set()
    assert working.platform.taken.acquire(timeout=LONG_ENOUGH)
    assert [len(working.platform.to(f"fake:dm:{who}")) for who in ("employee", "supervisor")] == [1, 1]
