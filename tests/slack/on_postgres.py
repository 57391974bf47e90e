"""Several `someopas serve` on one PostgreSQL, reached as Slack reaches them, killed one after another and started again.

People ask, and now and then report an incident, each the next thing when the last one was answered. Slack delivers by its
own rules (docs.slack.dev/apis/events-api, docs.slack.dev/apis/events-api/using-socket-mode): what is not acknowledged
within three seconds comes again, three times at the most, to whichever process is next.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.directory import read_people
from bot.lanes import AT_ONCE
from bot.platforms.slack.service import PATH
from bot.storage.keeping import stamp
from bot.storage.postgres import LEADING, LEASE, PostgresStore
from bot.wiring import DEMO_PEOPLE
from handlers.facts import Person
from tests.killed_several import FIRED, PATIENCE, WAITS, fired_once, hands, not_kept_once, until
from tests.ports import free_port
from tests.slack.fake import FakeSlack, Json, user
from tests.slack.test_transport import SECRET, envelope, signed
from tests.slack.world import event_body, message_body, serve_settings

ROOT = Path(__file__).parents[2]
RETRIES, IN_TIME = 3, 3.0
"""How often Slack delivers again what was not acknowledged, and the seconds that it waits."""
ASKERS = 12
TWICE, LATER = 0.15, 0.05
"""Of the events, how many are sent to two processes at once, and how many once more after they were acknowledged."""
REPORTS = 40
"""Each so-many-eth event is a report, which has a timer."""
AFTER = timedelta(seconds=10)
"""The age at which a taken message is its taker's no more: a living one has sent it long before, as this Slack answers at
once. (In service it is `LEASE`, which nobody waits for here.)"""
LIBRARY = "a library's line"
DEMO = read_people(DEMO_PEOPLE)


def asker(number: int) -> Person:
    return Person(
        f"asker-{number}", f"Työntekijä {number}", f"tyontekija-{number}@example.org", "Kirjasto", supervisor="supervisor"
    )


PEOPLE = [*DEMO, *(asker(number) for number in range(ASKERS))]
ACCOUNTS = {f"U{number}": p for number, p in enumerate(PEOPLE, start=100)}
"""The people by their accounts in Slack."""


class Way(Protocol):
    """How Slack delivers: `settings` are those of the process at a place, `deliver` tells whether it was acknowledged."""

    def settings(self, place: int) -> dict[str, str]: ...

    def deliver(self, body: Json, turn: int, attempt: int) -> bool: ...


class Signed:
    """Signed requests, by turns to each place. `refusals` are the answers that were not 200."""

    def __init__(self, places: int) -> None:
        self.ports = [free_port() for _ in range(places)]
        self.refusals: list[int] = []

    def settings(self, place: int) -> dict[str, str]:
        return {
            "SOMEOPAS_SLACK_MODE": "http", "SOMEOPAS_SLACK_SIGNING_SECRET": SECRET,
            "SOMEOPAS_SLACK_PORT": str(self.ports[place]),
        }  # fmt: skip

    def deliver(self, body: Json, turn: int, attempt: int) -> bool:
        raw = json.dumps(body)
        headers = signed(raw, time.time())
        if attempt:
            headers |= {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": "http_timeout"}
        port = self.ports[turn % len(self.ports)]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=IN_TIME)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("POST", PATH, raw, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.refusals.append(answer.status)
            return answer.status == 200
        return False


class Sockets:
    """Socket Mode: an envelope goes to any one of the connections that there are."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._numbers = itertools.count(1)

    def settings(self, place: int) -> dict[str, str]:  # noqa: ARG002 - each process opens a connection of its own
        return {"SOMEOPAS_SLACK_MODE": "socket", "SOMEOPAS_SLACK_APP_TOKEN": "xapp-1"}

    def deliver(self, body: Json, turn: int, attempt: int) -> bool:
        more = {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        return self._slack.hand_out(envelope(next(self._numbers), body, **more), turn, IN_TIME)


class Process:
    """`someopas serve`, with what it has said so far."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.serves = threading.Event()
        self.said: list[str] = []
        command = [sys.executable, "-m", "bot", "serve"]
        self.running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.running.stderr
        with self.running.stderr as lines:
            for line in lines:
                self.said.append(line)
                if "serves Slack" in line:
                    self.serves.set()

    def kill(self) -> None:
        self.running.kill()
        self.running.wait()
        self._reader.join()


@dataclass
class House:
    """The processes, their database, and the Slack that delivers to them."""

    address: str
    folder: Path
    slack: FakeSlack
    store: PostgresStore
    way: Way
    chance: random.Random
    places: list[Process] = field(default_factory=list)
    killed: list[Process] = field(default_factory=list)
    led: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    reports: set[str] = field(default_factory=set)
    twice: int = 0
    again: int = 0
    elapsed: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    turns: Iterator[int] = field(default_factory=lambda: itertools.count())
    going: list[Future[None]] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2 * ASKERS))

    # ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def environment(self, place: int, name: str) -> dict[str, str]:
        address = f"{self.address}&application_name={name}"
        of_slack = {**serve_settings(self.folder / f"place{place}", self.slack), **self.way.settings(place)}
        return {**os.environ, **of_slack, "SOMEOPAS_POSTGRES": address}

    def start(self, place: int) -> Process:
        name = f"p{len(self.killed) + len(self.places) + 1}"
        return Process(name, self.environment(place, name))

    def open(self, places: int) -> None:
        for place in range(places):
            self.places.append(self.start(place))
        self.until(lambda: all(p.serves.is_set() for p in self.places))

    def kill(self, place: int) -> None:
        """Kill the process of a place while people go on, start another, and wait until it serves."""
        self.places[place].kill()
        self.killed.append(self.places[place])
        self.places[place] = self.start(place)
        self.until(self.places[place].serves.is_set)

    def close(self) -> None:
        self.ending.set()
        for process in self.places:
            process.kill()
        self.pool.shutdown()
        self.store.close()

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def until(self, done: Callable[[], object]) -> None:
        until(done, self.look, self.wrong)

    def look(self) -> None:
        """Note who leads, and have time pass for messages that a dead process had taken and for timers of reports."""
        assert all(p.running.poll() is None for p in self.places), self.wrong()
        for ended in (one for one in self.going if one.done()):
            ended.result()
        leaders = self.store._rows(
            """select application_name from pg_locks join pg_stat_activity using (pid)
                where locktype = 'advisory' and objid = %s and granted and datname = current_database()""",
            LEADING,
        )
        assert len(leaders) <= 1
        self.led += [name for (name,) in leaders]
        self.store._rows(
            f"update outbox set taken_until = null where {WAITS} and taken_until < clock_timestamp() + %s", LEASE - AFTER
        )
        self._let_elapse()

    def _let_elapse(self) -> None:
        """The timer of each report whose alerts have gone out falls due."""
        timers = self.store._rows(
            f"""select record, name, due from timers where record like 'incidents/%%' and not record = any(%s)
                and not exists (select 1 from outbox where outbox.record = timers.record and {WAITS})""",
            sorted(self.elapsed),
        )
        for record, name, due in timers:
            self.store._rows(
                "update timers set due = %s where record = %s and name = %s and due = %s",
                stamp(datetime.now(UTC)), record, name, due,
            )  # fmt: skip
            self.elapsed.add(record)

    def wrong(self) -> list[str]:
        """The failures in the processes' logs; what a library says of a call is told by what became of it."""
        said = [(p.name, line) for p in (*self.killed, *self.places) for line in p.said]
        return [f"{name}: {line}" for name, line in said if '"level": "error"' in line and LIBRARY not in line]

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def delivered(self, body: Json, turn: int) -> bool:
        """Deliver by Slack's rules, beginning at a place."""
        for attempt in range(1 + RETRIES):
            self.again += bool(attempt)
            if self.way.deliver(body, turn + attempt, attempt):
                return True
        return False

    def says(self, account: str) -> None:
        """Somebody asks or reports something that bears the event's key; Slack delivers it, some of it more than once."""
        number, turn = next(self.numbers), next(self.turns)
        key, reports = f"e{number}", number % REPORTS == 0
        text = f"ilmoita Jotain outoa tapahtui. ({key})" if reports else f"Kuka päättää uudesta tilistä? ({key})"
        body, extra = message_body(account, text), self.chance.random()
        at_once = self.pool.submit(self.delivered, body, turn + 1) if extra < TWICE else None
        taken = [self.delivered(body, turn), *([at_once.result()] if at_once else [])]
        if TWICE < extra < TWICE + LATER:
            taken.append(self.delivered(body, turn + 1))
        self.twice += len(taken) - 1
        (self.acknowledged if all(taken) else self.given_up).append(key)
        if reports:
            self.reports.add(key)

    def live(self, account: str) -> None:
        """One thing after another: the next when there was an answer to the last."""
        read, calls = len(self.slack.calls), self.slack.calls
        while not self.ending.is_set():
            self.says(account)

            def answered() -> bool:
                nonlocal read
                while read < len(calls):
                    read += 1
                    if calls[read - 1].method == "chat.postMessage" and calls[read - 1].body["channel"] == own(account):
                        return True
                return False

            self.slack.wait(answered, PATIENCE)

    def is_lived_in(self, kills: int, between: int) -> None:
        """People go on while the processes are killed in rotation, after so many more acknowledged events each."""
        askers = [account for account, person in ACCOUNTS.items() if person not in DEMO]
        self.going = [self.pool.submit(self.live, account) for account in askers]
        for number in range(kills):
            enough = len(self.acknowledged) + between
            self.until(lambda most=enough: len(self.acknowledged) >= most)
            self.kill(number % len(self.places))
        self.ending.set()
        self.until(lambda: self.is_quiet() and all(one.done() for one in self.going))

    def is_quiet(self) -> bool:
        """Whether everything was sent and every timer fired; somebody looks, which wakes each process."""
        for turn in range(len(self.places)):
            home = {"type": "app_home_opened", "user": "U100", "channel": own("U100"), "tab": "home"}
            self.way.deliver(event_body(home), turn, 0)
        waits = self.store._rows(f"select 1 from outbox where kind != 'home' and {WAITS}")
        return not waits and len(self.store._rows(FIRED)) >= len(self.reports)

    # ── afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────

    def looked_at(self) -> dict[str, int]:
        """Nothing is lost and nothing came twice; gives the figures."""
        assert self.given_up == []
        assert not_kept_once(self.store, self.acknowledged) == {}
        handled = self.store._rows("select count(*) from journal where event = 'Asked'")[0][0]
        assert handled == len(self.acknowledged)
        lines = len(list(self.store.journal()))  # raises where its chain of hashes does not hold
        assert fired_once(self.store, len(self.reports))
        turns = hands(self.led, [p.name for p in self.killed])
        return {
            "acknowledged": len(self.acknowledged), "sent twice": self.twice, "delivered again": self.again,
            "kills": len(self.killed), "journal": lines, "timers": len(self.reports), "hands": turns,
            "messages": len(self.slack.told("chat.postMessage")), "messages again": self.sent_again(),
        }  # fmt: skip

    def sent_again(self) -> int:
        """How many messages came once more: of what a killed process had under way, each once at the most."""
        posts = {f"{body['channel']}:{body['stamp']}": looks(body) for body in self.slack.told("chat.postMessage")}
        kept = self.store._rows("select message from outbox where kind in ('post', 'reply') and sent_at is not null")
        known = [name.removeprefix("slack:") for (name,) in kept]
        assert len(known) == len(set(known))
        assert set(known) <= set(posts), "each is there in Slack"
        once = Counter(posts[name] for name in known)
        more = Counter(posts.values()) - once
        assert max(more.values(), default=0) <= 1
        assert set(more) <= set(once), "what came once more is a message that was kept"
        assert more.total() <= AT_ONCE * len(self.killed)
        return more.total()

    def doctor(self) -> str:
        """What `someopas doctor` says of the database."""
        command = [sys.executable, "-m", "bot", "doctor"]
        told = subprocess.run(
            command, cwd=ROOT, env=self.environment(0, "doctor"), capture_output=True, text=True, timeout=PATIENCE
        )  # fmt: skip
        return told.stdout


def own(account: str) -> str:
    """The channel of somebody and the bot alone."""
    return f"D{account[1:]}"


def looks(body: Json) -> str:
    """What tells one message from another: where it stands, and all that it shows."""
    return json.dumps([body[name] for name in ("channel", "text", "blocks")])


def house_of(address: str, folder: Path, slack: FakeSlack, way: Way, seed: int) -> House:
    """The house on an empty database, with its people; no process runs yet."""
    store = PostgresStore(address)
    store.replace_people(PEOPLE)
    return House(address, folder, slack, store, way, random.Random(seed))


def slack_of() -> FakeSlack:
    """A Slack in which all of them have an account."""
    users = {account: user(account, person.email, person.name) for account, person in ACCOUNTS.items()}
    return FakeSlack(users, strict=False)
