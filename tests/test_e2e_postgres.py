"""Three processes on one PostgreSQL, events delivered to any of them and more than once, one killed at random moments."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.directory import read_people
from bot.storage.postgres import PostgresStore
from bot.wiring import DEMO_PEOPLE
from tests.killed_several import FIRED, WAITS, fired_once, hands, not_kept_once, until
from tests.postgres import Cluster

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).parent.parent
PROCESSES = 3
EVENTS = 3000
KILLS = 12
REPORTS = 0.05
"""Of the events, how many are reports of incidents, each of which has a timer."""
TWICE = 0.15
AT_ONCE = 40
"""Events that are delivered and not acknowledged yet."""
PEOPLE = tuple(p.id for p in read_people(DEMO_PEOPLE))


@dataclass
class One:
    """A process, and what was delivered to it."""

    name: str
    process: subprocess.Popen[str]
    delivered: set[str] = field(default_factory=set)

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@dataclass
class Crowd:
    """The processes, and a platform that delivers to any of them what was not acknowledged."""

    address: str
    folder: Path
    chance: random.Random
    store: PostgresStore
    alive: list[One] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)
    started: int = 0
    killed: list[str] = field(default_factory=list)

    def start(self) -> One:
        self.started += 1
        name = f"p{self.started}"
        command = [sys.executable, "-m", "tests.several", self.address, str(self.folder), name, str(self.started)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        one = One(name, process)
        self.alive.append(one)
        return one

    def ready(self, *those: One) -> None:
        for one in those:
            assert one.process.stdout is not None
            assert one.process.stdout.readline() == "ready\n"

    def deliver(self, key: str) -> None:
        one = self.chance.choice(self.alive)
        one.delivered.add(key)
        one.tell(self.events[key])

    def acknowledged(self) -> list[str]:
        return lines(self.folder / "acknowledged")

    def kill(self) -> None:
        """Kill one, start another, and deliver again what the dead one owed."""
        one = self.chance.choice(self.alive)
        self.strike(one)
        # What another has acknowledged meanwhile is delivered again too: that must do no harm.
        for key in sorted(one.delivered - set(self.acknowledged())):
            self.deliver(key)
        self.ready(self.start())

    def strike(self, one: One) -> None:
        self.alive.remove(one)
        one.process.kill()
        one.process.communicate()
        self.killed.append(one.name)

    def until(self, done: Callable[[], object]) -> None:
        """Wait until `done()`, while every process is alive."""
        until(done, self.look, lambda: lines(self.folder / "failures")[-3:])

    def look(self) -> None:
        assert all(one.process.poll() is None for one in self.alive), "a process ended by itself"


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


@pytest.fixture
def crowd(cluster: Cluster, tmp_path: Path):
    address = cluster.database()
    store = PostgresStore(address)
    store.replace_people(read_people(DEMO_PEOPLE))
    made = Crowd(address, tmp_path, random.Random(20261129), store)
    made.ready(*[made.start() for _ in range(PROCESSES)])
    yield made
    for one in made.alive:
        one.process.kill()
        one.process.communicate()
    store.close()


def test_each_event_is_handled_once_each_message_sent_once_and_one_leads_while_processes_are_killed(crowd: Crowd) -> None:
    chance, store = crowd.chance, crowd.store
    kills = set(chance.sample(range(100, EVENTS), KILLS))
    for number in range(EVENTS):
        key, kind = f"e{number}", "report" if chance.random() < REPORTS else "asked"
        crowd.events[key] = f"{kind} {key} {chance.choice(PEOPLE)}"
        crowd.deliver(key)
        if chance.random() < TWICE:
            crowd.deliver(chance.choice([key, f"e{chance.randrange(number + 1)}"]))
        if number in kills:
            crowd.kill()
        if number % 10 == 0:
            crowd.until(lambda sent=number: len(set(crowd.acknowledged())) > sent - AT_ONCE)
    crowd.until(lambda: set(crowd.acknowledged()) == set(crowd.events))

    # Every event once, whoever and however many handled it.
    assert not_kept_once(store, crowd.events) == {}
    assert len(list(store.journal())) >= EVENTS  # and its chain of hashes holds

    # The leader dies: another leads, and every timer fires once.
    leader = lines(crowd.folder / "led")[-1]
    [dead] = [one for one in crowd.alive if one.name == leader]
    crowd.strike(dead)
    reports = [key for key, line in crowd.events.items() if line.startswith("report")]
    for one in crowd.alive:
        one.tell("clock 16")
    crowd.until(lambda: len(store._rows(FIRED)) >= len(reports))
    # Awaited, as it is written down in the round after the one in which the lead was won and the timers fired.
    crowd.until(lambda: lines(crowd.folder / "led")[-1] != leader)
    crowd.until(lambda: not store._rows(f"select 1 from outbox where {WAITS}"))
    assert fired_once(store, len(reports))

    # The lead changed hands only when who had it was killed.
    assert hands(lines(crowd.folder / "led"), crowd.killed) > 1

    # Each message reached the platform, and none more than twice: those which a killed process had under way.
    sent = Counter(line.split()[0] for line in lines(crowd.folder / "sent") if line.startswith("outbox:"))
    owed = {f"outbox:{row[0]}" for row in store._rows("select id from outbox where kind in ('post', 'whisper', 'reply')")}
    assert owed <= set(sent)
    assert max(sent.values()) <= 2
    assert len([key for key, times in sent.items() if times == 2]) <= len(crowd.killed)
    failures = lines(crowd.folder / "failures")
    assert failures == [], failures[:3]


def test_a_hundred_clicks_on_one_card_in_three_processes_decide_once(crowd: Crowd) -> None:
    crowd.events["one"] = "report one employee"
    for _ in range(100):
        crowd.deliver("one")
    crowd.until(lambda: crowd.acknowledged().count("one") == 100)
    assert len(crowd.store.records("incidents")) == 1
