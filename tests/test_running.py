"""Running it: health, figures and the log of a process that serves; its end; what systemd is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
import structlog
from starlette.testclient import TestClient

from bot.auditor import Auditor
from bot.health import LONGEST, LOST, Health
from bot.metrics import Metrics
from bot.notifying import notify
from bot.platforms import NotLetIn, Unreachable
from bot.rendering import Renderer
from bot.storage import Message
from handlers.events import Asked, Elapsed, Left
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.fakes import MONDAY
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'
TOKEN = "chat.postMessage: invalid_auth"


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "x.db", lexical_guide, renderer)
    yield made
    made.store.close()


class Line:
    """A platform's connection, there or not."""

    is_there = True

    def connected(self) -> bool:
        return self.is_there


class Watched:
    """A world that is looked after, as `serve` has it looked after."""

    def __init__(self, world: World) -> None:
        self.world, self.line, self.auditor = world, Line(), Auditor(world.bot, world.clock)
        self.metrics = Metrics(world.store, world.clock)
        world.bot.observe, world.sender.observe = self.metrics.event, self.metrics.send
        workers = {"sender": world.sender, "auditor": self.auditor}
        world.sender.beat = self.auditor.beat = monotonic()
        self.health = Health(
            world.store, world.clock, self.metrics, workers, {"slack": self.line}, world.sender.troubles
        )  # fmt: skip
        self.client = TestClient(self.health.app())

    def get(self, path: str) -> tuple[int, list[str]]:
        answer = self.client.get(path)
        return answer.status_code, answer.json()["wrong"]

    def figures(self) -> dict[str, float]:
        lines = [line for line in self.client.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture
def watched(world: World) -> Watched:
    return Watched(world)


def waits(world: World, *conversations: str) -> None:
    with world.store.unit() as unit:
        for conversation in conversations:
            unit.send(Message(conversation, "post", CARD, "fi"), world.clock.now())


# ── health ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_process_whose_workers_go_round_lives_and_is_ready(watched: Watched) -> None:
    assert watched.get("/healthz") == (200, [])
    assert watched.get("/readyz") == (200, [])


@pytest.mark.parametrize("name", ["sender", "auditor"])
def test_a_worker_that_stands_still_is_named(watched: Watched, name: str) -> None:
    worker = watched.world.sender if name == "sender" else watched.auditor
    worker.beat -= LONGEST + 1
    status, wrong = watched.get("/healthz")
    assert status == 503
    assert [w.split(":")[0] for w in wrong] == [name]
    assert watched.get("/readyz")[0] == 503


def test_a_worker_that_was_never_begun_does_not_live(watched: Watched) -> None:
    watched.world.sender.beat = 0.0
    assert watched.get("/healthz")[0] == 503


def test_a_database_that_cannot_be_written_is_not_ready(watched: Watched) -> None:
    watched.world.store._db.execute("pragma query_only = on")
    status, wrong = watched.get("/readyz")
    assert status == 503
    assert wrong == ["database: it cannot be written (OperationalError)"]
    watched.world.store._db.execute("pragma query_only = off")
    assert watched.get("/readyz") == (200, []), "it recovers by itself"


def test_a_platform_that_is_away_for_a_minute_is_named_and_one_that_is_away_for_a_moment_is_not(watched: Watched) -> None:
    watched.line.is_there = False
    assert watched.get("/readyz") == (200, [])
    watched.health._heard["slack"] -= LOST
    assert watched.get("/readyz") == (503, ["slack: not connected"])
    watched.line.is_there = True
    assert watched.get("/readyz") == (200, [])


def test_a_token_that_is_not_taken_is_named_until_a_message_is_sent_again(watched: Watched) -> None:
    world = watched.world
    waits(world, "fake:dm:employee")
    world.platform.failures = [NotLetIn(TOKEN)]
    world.sender.run_once()
    assert watched.get("/readyz") == (503, [f"fake: {TOKEN}"])
    assert world.store.backlog().waiting == 1, "what waits is kept until the token is mended"
    world.waits(minutes=11)
    assert watched.get("/readyz") == (200, [])


def test_timers_that_do_not_fire_are_not_ready(watched: Watched) -> None:
    with watched.world.store.unit() as unit:
        unit.remind("accounts/1", "remind", MONDAY - timedelta(minutes=4))
    assert watched.get("/readyz") == (503, ["timers: 1 should have fired"])


def test_a_process_that_ends_takes_nothing_more(watched: Watched) -> None:
    watched.health.ending = True
    assert watched.get("/readyz") == (503, ["the process ends"])
    assert watched.get("/healthz") == (200, [])


# ── figures and the log ─────────────────────────────────────────────────────────────────────────────────────────────


def test_events_are_counted_by_platform_type_and_outcome_a_second_delivery_apart(watched: Watched) -> None:
    bot = watched.world.bot
    asked = Asked("k1", "employee", "web:dm:employee", text="apua")
    for _ in range(3):
        bot.handle(asked)
    watched.world.store.close()
    with pytest.raises(Exception, match="closed"):
        bot.handle(Asked("k2", "employee", "web:dm:employee", text="apua"))
    counted = watched.metrics._events
    assert [counted.labels("web", "Asked", o)._value.get() for o in ("handled", "again", "failed")] == [1, 2, 1]


def test_the_figures_tell_of_the_outbox_the_timers_and_the_journal(watched: Watched) -> None:
    world = watched.world
    before = watched.figures()["someopas_journal_lines"]
    waits(world, "fake:dm:employee", "fake:dm:director")
    world.platform.refuses = {"fake:dm:director"}
    world.platform.failures = [Unreachable("later")]
    world.sender.run_once()
    world.clock.move(seconds=1)
    figures = watched.figures()
    assert figures["someopas_outbox_dead"] >= 1
    assert figures["someopas_outbox_waiting"] == 1
    assert figures["someopas_outbox_oldest_seconds"] == 1
    assert figures['someopas_sends_total{kind="post",outcome="later",platform="other"}'] == 1
    assert figures["someopas_timers_overdue"] == 0
    world.asks("employee", "Kuinka usein salasanat pitää vaihtaa?")
    assert watched.figures()["someopas_journal_lines"] > before


def test_no_figure_tells_who_anybody_is_or_what_they_wrote(watched: Watched) -> None:
    world = watched.world
    person = world.store.people()[0]
    world.asks(person.id, "salaisuus")
    world.bot.handle(Asked("k9", person.id, f"{person.email}:dm:x", text="salaisuus"))
    page = watched.client.get("/metrics").text
    assert all(secret not in page for secret in (person.id, person.email, person.name, "salaisuus"))
    assert 'platform="other"' in page, "a label is never what somebody else wrote"


def test_each_event_leaves_a_line_with_its_id_flow_outcome_and_time_and_no_word_of_it(watched: Watched) -> None:
    with structlog.testing.capture_logs() as lines:
        watched.world.bot.handle(Asked("Ev1", "employee", "fake:dm:employee", text="Kuinka usein salasanat vaihdetaan?"))
    [line] = [line for line in lines if line["event"] == "event"]
    assert (line["id"], line["kind"], line["flow"], line["outcome"]) == ("Ev1", "Asked", "questions", "handled")
    assert line["ms"] > 0
    assert set(line) == {"event", "log_level", "id", "kind", "platform", "flow", "outcome", "ms"}


@pytest.mark.parametrize(
    "event",
    [
        Left("left:matti@example.org:2026", "", "", who="x"),
        Left("left:employee:2026", "", "", who="employee"),
        Elapsed("timer:matti@example.org", "", "", "reminders/1", "round"),
        Asked("web:employee:1", "employee", "web:dm:employee", text="apua"),
    ],
)
def test_an_id_in_which_somebody_stands_is_told_as_a_digest(watched: Watched, event: Left) -> None:
    with structlog.testing.capture_logs() as lines:
        watched.metrics.event(event, "", "handled", 0.1)
    assert len(lines[0]["id"]) == 16
    assert "employee" not in lines[0]["id"]


# ── systemd ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_at_its_socket(tmp_path: Path, abstract: bool) -> None:
    address = f"@someopas-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{address[1:]}" if abstract else address)
        manager.settimeout(5)
        notify(address, "READY=1")
        assert manager.recv(100) == b"READY=1"


def test_a_manager_that_is_not_there_is_no_reason_to_stop(tmp_path: Path) -> None:
    notify(str(tmp_path / "nothing"), "READY=1")
    notify("", "READY=1")


# ── a process ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Process:
    """`someopas serve` with the page, looked after at a port and by a stand-in for systemd."""

    def __init__(self, folder: Path) -> None:
        self.port, self.health = free_port(), free_port()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.settimeout(60)
        environment = {
            **os.environ, "SOMEOPAS_DATA": str(folder), "SOMEOPAS_DENSE": "0", "SOMEOPAS_PLATFORMS": '["web"]',
            "SOMEOPAS_PORT": str(self.port), "SOMEOPAS_HEALTH_PORT": str(self.health),
            "NOTIFY_SOCKET": str(folder / "notify"),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health}{path}", timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.manager.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    yield made
    made.end()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_that_it_is_ready_is_looked_after_and_ends_with_0(process: Process, number: signal.Signals) -> None:
    assert process.manager.recv(100) == b"READY=1"
    assert process.get("/healthz")[0] == 200
    assert process.get("/readyz") == (200, json.dumps({"ready": True, "wrong": []}, separators=(",", ":")).encode())
    assert b"someopas_journal_lines" in process.get("/metrics")[1]
    with socket.create_connection(("127.0.0.1", process.port), timeout=10) as window:
        window.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")  # a window that waits for news
        process.process.send_signal(number)
        _, said = process.process.communicate(timeout=30)
    assert process.process.returncode == 0, said
    assert "Traceback" not in said
    told = {process.manager.recv(100)}
    assert told == {b"STOPPING=1"}
    assert json.loads(said.splitlines()[-1])["event"] == "ended", "the database was closed in order"


@pytest.mark.slow
def test_people_are_served_also_where_the_port_of_health_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {
            **os.environ, "SOMEOPAS_DATA": str(tmp_path), "SOMEOPAS_DENSE": "0", "SOMEOPAS_PLATFORMS": '["web"]',
            "SOMEOPAS_PORT": "0", "SOMEOPAS_HEALTH_PORT": str(taken.getsockname()[1]),
        }  # fmt: skip
        command = [sys.executable, "-m", "bot", "serve"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
            said = []
            timer = threading.Timer(60, process.kill)
            timer.start()
            for line in process.stderr or ():
                said.append(line)
                if "Someopas: http" in line:
                    break
            process.terminate()
            assert process.wait(30) == 0, said
            timer.cancel()
    assert any("nobody can look after the bot" in line for line in said)
