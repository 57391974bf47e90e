"""SIGTERM in the middle of a rush: the process ends in time with 0, and every acknowledged event is on disk."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.directory import read_people
from bot.platforms.slack.service import PATH
from bot.records import QUESTIONS
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from tests.ports import free_port
from tests.slack.fake import BOT, CHANNEL, TEAM, FakeSlack
from tests.slack.test_transport import SECRET, signed
from tests.slack.world import serve_settings

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
RUSH, BEFORE = 100, 15
"""Events that are under way at once, and acknowledgements after which the process is told to end."""
IN_TIME = 10
"""Seconds in which it ends."""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def serving(tmp_path: Path, port: int, fake: FakeSlack) -> Iterator[subprocess.Popen[str]]:
    """`someopas serve` with signed HTTP and the page; what it says is read as it comes."""
    store = SqliteStore(tmp_path / "someopas.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    store.close()
    environment = {
        **os.environ, **serve_settings(tmp_path, fake), "SOMEOPAS_PLATFORMS": '["slack", "web"]', "SOMEOPAS_PORT": "0",
        "SOMEOPAS_SLACK_MODE": "http", "SOMEOPAS_SLACK_SIGNING_SECRET": SECRET, "SOMEOPAS_SLACK_PORT": str(port),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert any("serves Slack" in line for line in process.stderr)
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        yield process
        process.kill()
        reader.join(30)


def question(number: int) -> str:
    event = {
        "type": "app_mention", "user": "UEMP", "text": f"<@{BOT}> Miten some-tili suljetaan? ({number})",
        "ts": f"{number}.5", "channel": CHANNEL, "event_ts": f"{number}.5",
    }  # fmt: skip
    return json.dumps({
        "type": "event_callback", "team_id": TEAM, "api_app_id": "A111", "event_id": f"Ev{number}", "event": event,
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
    })  # fmt: skip


def delivered(port: int, number: int) -> bool:
    """Whether an event was acknowledged; a connection that ends is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        body = question(number)
        connection.request("POST", PATH, body, signed(body, time.time()))
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    return False


def test_what_was_acknowledged_before_and_during_the_end_is_kept_and_the_rest_comes_again(
    serving: subprocess.Popen[str], port: int, tmp_path: Path
) -> None:
    acknowledged: list[int] = []
    enough = threading.Event()

    def deliver(number: int) -> None:
        if delivered(port, number):
            acknowledged.append(number)
            if len(acknowledged) >= BEFORE:
                enough.set()

    rush = [threading.Thread(target=deliver, args=(number,), daemon=True) for number in range(RUSH)]
    for one in rush:
        one.start()
    assert enough.wait(60)
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(timeout=IN_TIME) == 0
    for one in rush:
        one.join(30)
    store = SqliteStore(tmp_path / "someopas.db")
    texts = [QUESTIONS.validate_json(k.data).text for k in store.records("questions", limit=1000)]
    store.close()
    kept = {int(text.rpartition("(")[2].rstrip(")")) for text in texts}
    assert set(acknowledged) <= kept
    assert len(texts) == len(kept), "none twice"
    assert len(acknowledged) >= BEFORE
