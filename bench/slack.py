"""How soon Slack gets its acknowledgement: a question through signed HTTP, against a Bolt app that only echoes.

Both are served by the same uvicorn in processes of their own; the requests are signed, sent one after the other over one
kept connection, and timed from the sending to the end of the 200. The bot answers when the question, its answer, the
journal and the message to send are on disk; the echo has nothing to keep.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bot.wiring import DEMO_PEOPLE
from tests.ports import free_port
from tests.slack.fake import FakeSlack
from tests.slack.world import serve_settings

SECRET = "bench-signing-secret"
PATH = "/slack/events"
WARM = 20
"""Requests before those that are timed: the first ones load what is loaded once."""
NUMBERS = itertools.count(1)
TITLES = {"dense": "with the dense model", "lexical": "characters alone"}

ECHO = """
import sys
from slack_bolt import App
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
import uvicorn

app = App(signing_secret=sys.argv[1], process_before_response=True, authorize=lambda: AuthorizeResult(
    enterprise_id=None, team_id="T111", bot_token="xoxb-1", bot_id="B999", bot_user_id="W999"))

@app.command("/someopas")
def echo(ack, command):
    ack(command["text"])

@app.event("app_mention")
def heard(event):
    pass

handler = SlackRequestHandler(app)

async def receive(request: Request):
    return await handler.handle(request)

serve = uvicorn.Server(uvicorn.Config(
    Starlette(routes=[Route("/slack/events", receive, methods=["POST"])]), host="127.0.0.1", port=int(sys.argv[2]),
    log_level="error"))
serve.run()
"""
SLACK = """
import sys
from tests.ports import free_port
from tests.slack.fake import FakeSlack, serving
from tests.slack.world import USERS

with serving(FakeSlack(dict(USERS))) as slack:
    print(slack.address, flush=True)
    sys.stdin.read()
"""


def print_slack(questions: Sequence[str], modes: Sequence[str]) -> None:
    """Milliseconds to the acknowledgement, in one run: the bare Bolt app before and after, the bot between."""
    print("\n| acknowledgement through signed HTTP | requests | p50 ms | p99 ms | most ms |\n|---|---|---|---|---|")
    with _echoing() as port:
        _row("a Bolt app that only echoes", port, questions)
    for mode in modes:
        with bot_serving(mode) as (port, _):
            _row(f"Someopas, {TITLES[mode]}", port, questions)
    with _echoing() as port:
        _row("a Bolt app that only echoes, again", port, questions)


def _row(title: str, port: int, questions: Sequence[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = [acknowledged(connection, q) for q in [*questions[:WARM], *questions]][WARM:]
    told = np.percentile(np.array(taken) * 1000, [50, 99, 100])
    print(f"| {title} | {len(taken)} | {told[0]:.1f} | {told[1]:.1f} | {told[2]:.1f} |", flush=True)


@contextmanager
def _echoing() -> Iterator[int]:
    port = free_port()
    with _running([sys.executable, "-c", ECHO, SECRET, str(port)]):
        _wait(port)
        yield port


@contextmanager
def bot_serving(mode: str) -> Iterator[tuple[int, int]]:
    """The port and the process of a `someopas serve` over signed HTTP; a stand-in for Slack is a process of its own."""
    with tempfile.TemporaryDirectory() as folder, _running([sys.executable, "-c", SLACK], told=subprocess.PIPE) as slack:
        assert slack.stdout
        port, address = free_port(), slack.stdout.readline().strip()
        settings = {
            **os.environ, **serve_settings(Path(folder), FakeSlack({}, address=address)),
            "SOMEOPAS_DENSE": str(int(mode == "dense")), "SOMEOPAS_SLACK_MODE": "http",
            "SOMEOPAS_SLACK_SIGNING_SECRET": SECRET, "SOMEOPAS_SLACK_PORT": str(port),
        }  # fmt: skip
        bot = [sys.executable, "-m", "bot"]
        subprocess.run([*bot, "import", "people", str(DEMO_PEOPLE)], env=settings, check=True, stdout=subprocess.DEVNULL)
        with _running([*bot, "serve"], settings) as process:
            _wait(port)
            yield port, process.pid


@contextmanager
def _running(
    command: Sequence[str], settings: Mapping[str, str] | None = None, told: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=told, stderr=subprocess.DEVNULL, env=settings, text=True
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on {port}")


def acknowledged(connection: http.client.HTTPConnection, question: str) -> float:
    """Seconds from the sending of a question to the end of the 200."""
    body = json.dumps(message(question))
    begun = time.perf_counter()
    connection.request("POST", PATH, body.encode(), signed(body))
    response = connection.getresponse()
    response.read()
    seconds = time.perf_counter() - begun
    if response.status != 200:
        raise SystemExit(f"{response.status} in place of 200")
    return seconds


def message(question: str) -> Mapping[str, object]:
    """A question in a channel, by mention: what most people do, and what needs no call before the acknowledgement."""
    number = next(NUMBERS)
    event = {
        "type": "app_mention", "user": "UEMP", "text": f"<@W999> {question}", "ts": f"{number}.5", "channel": "C111",
        "event_ts": f"{number}.5",
    }  # fmt: skip
    return {
        "type": "event_callback", "team_id": "T111", "api_app_id": "A111", "event_id": f"Ev{number}", "event": event,
        "authorizations": [{"team_id": "T111", "user_id": "W999", "is_bot": True}],
    }  # fmt: skip


def signed(body: str) -> dict[str, str]:
    """The headers with which Slack would send it."""
    stamp = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}",
    }  # fmt: skip
