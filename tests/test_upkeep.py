"""What `doctor` says of the machine: the age of the backup, the port of health, the clock."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.clock import SystemClock
from bot.platforms.listening import Listener
from bot.platforms.slack.web_api import client_of, date_of
from bot.platforms.teams.connector import Connector
from bot.settings import Settings
from bot.upkeep import OLD, skewed, upkeep_problems
from tests import ports
from tests.fakes import MONDAY
from tests.slack.fake import FakeSlack


def settings(folder: Path, **more: object) -> Settings:
    return Settings(_env_file=None, data=folder, platforms=["web"], **{"health_port": 0, **more})  # type: ignore[call-arg,arg-type]


def test_a_backup_is_spoken_of_when_it_is_old_and_only_where_there_ever_was_one(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert upkeep_problems(made) == []
    made.backed_up.touch()
    assert upkeep_problems(made) == []
    old = SystemClock().now().timestamp() - OLD.total_seconds() - 60
    os.utime(made.backed_up, (old, old))
    [problem] = upkeep_problems(made)
    assert problem.startswith("backup: the last one is 2 days old")


@contextmanager
def answering(body: object) -> Iterator[int]:
    listener = Listener(Starlette(routes=[Route("/healthz", lambda _: JSONResponse(body))]), "127.0.0.1", 0, "test")
    listener.start()
    yield listener.port
    listener.stop()


def test_a_port_of_health_that_another_program_has_is_named_and_the_bots_own_is_not(tmp_path: Path) -> None:
    with answering({"alive": True, "wrong": []}) as port:
        assert upkeep_problems(settings(tmp_path, health_port=port)) == []
    with answering({"status": "another"}) as port:
        [problem] = upkeep_problems(settings(tmp_path, health_port=port))
        assert f"another program has 127.0.0.1:{port}" in problem
    assert upkeep_problems(settings(tmp_path, health_port=port)) == [], "it is free"


def test_a_program_that_speaks_no_http_has_the_port_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            for _ in range(2):
                with other.accept()[0] as connection:
                    connection.sendall(b"SSH-2.0\r\n")

        threading.Thread(target=answer, daemon=True).start()
        [problem] = upkeep_problems(settings(tmp_path, health_port=other.getsockname()[1]))
    assert "another program" in problem


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_health_that_others_can_see_is_named(tmp_path: Path, host: str, free_port: int) -> None:
    [problem] = upkeep_problems(settings(tmp_path, health_host=host, health_port=free_port))
    assert "SOMEOPAS_HEALTH_HOST" in problem


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.mark.parametrize(("seconds", "said"), [(0, ""), (30, ""), (-30, ""), (31, "31 s ahead of"), (-40, "40 s behind")])
def test_a_clock_that_is_more_than_half_a_minute_wrong_is_named(seconds: int, said: str) -> None:
    found = skewed(format_datetime(MONDAY - timedelta(seconds=seconds), usegmt=True), MONDAY, "Slack")
    assert ([said in f for f in found]) == ([True] if said else [])


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 08:00:00 GMT"])
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    assert skewed(date, MONDAY, "Slack") == []


def test_both_platforms_tell_the_time(fake: FakeSlack, connector: Connector) -> None:
    for date in (date_of(client_of("xoxb-1", f"{fake.address}api/")), connector.date()):
        assert date.endswith("GMT")
        assert skewed(date, SystemClock().now(), "it") == []
