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
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

SECRET = "bench-signing-secret"
PATH = "/slack/events"
WARM = 20
"""Requests before those that are timed: the first ones load what is loaded once."""
NUMBERS = itertools.count(1)

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
BOT = """
import sys
from pathlib import Path
from bot.app import Bot
from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.service import HttpService
from bot.platforms.slack.web_api import client_of
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.dense import load_model
from knowledge.guide import Guide
from tests.slack.fake import FakeSlack, serving
from tests.slack.world import USERS

store, clock, renderer = SqliteStore(Path(sys.argv[3]) / "bench.db"), SystemClock(), Renderer()
store.replace_people(read_people(DEMO_PEOPLE))
directory = Directory(store)
with serving(FakeSlack(dict(USERS))) as slack:
    client = client_of("xoxb-1", f"{slack.address}api/")
    platform = SlackPlatform(client, SlackPeople(client, directory, clock), {})
    guide = Guide.load(load_model() if sys.argv[4] == "dense" else None)
    bot = Bot(store, directory, guide, clock, FinnishWorkingTime(), {"slack": platform})
    sender = Sender(bot, renderer)
    sender.start()
    service = HttpService(SlackApp(bot, platform, renderer).bolt, sys.argv[1], clock, "127.0.0.1", int(sys.argv[2]))
    service.start()
    sys.stdin.read()
"""


def print_slack(questions: Sequence[str], modes: Sequence[str]) -> None:
    """Milliseconds to the acknowledgement, in one run: the bare Bolt app before and after, the bot between."""
    print("\n| acknowledgement through signed HTTP | requests | p50 ms | p99 ms | most ms |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        _row("a Bolt app that only echoes", [ECHO, SECRET], questions)
        for mode in modes:
            data = Path(folder) / mode
            data.mkdir()
            title = "Someopas, with the dense model" if mode == "dense" else "Someopas, characters alone"
            _row(title, [BOT, SECRET, str(data), mode], questions)
        _row("a Bolt app that only echoes, again", [ECHO, SECRET], questions)


def _row(title: str, program: Sequence[str], questions: Sequence[str]) -> None:
    with _serving(program) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        taken = [_acknowledged(connection, q) for q in [*questions[:WARM], *questions]][WARM:]
    told = np.percentile(np.array(taken) * 1000, [50, 99, 100])
    print(f"| {title} | {len(taken)} | {told[0]:.1f} | {told[1]:.1f} | {told[2]:.1f} |", flush=True)


@contextmanager
def _serving(program: Sequence[str]) -> Iterator[int]:
    port = _free_port()
    code, secret, *rest = program
    command = [sys.executable, "-c", code, secret, str(port), *rest]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
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


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _acknowledged(connection: http.client.HTTPConnection, question: str) -> float:
    body = json.dumps(_message(question))
    begun = time.perf_counter()
    connection.request("POST", PATH, body.encode(), _signed(body))
    response = connection.getresponse()
    response.read()
    seconds = time.perf_counter() - begun
    if response.status != 200:
        raise SystemExit(f"{response.status} in place of 200")
    return seconds


def _message(question: str) -> Mapping[str, object]:
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


def _signed(body: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}",
    }  # fmt: skip
