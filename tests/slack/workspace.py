"""A whole Slack on this machine, for the tests: starts local-slack, and does in it what people do in Slack.

local-slack listens on every interface and checks no token, so it runs only in a network namespace of its own:
`unshare -n sh -c 'ip link set lo up && exec .venv/bin/python -m pytest -m slack'`.

Where it is not like Slack (0.1.8), and a test has to know:
- A failed acknowledgement looks like a good one: after 5 s of silence, and at an HTTP error, a submitted modal closes as
  if accepted. `submit_view` and `complaints()` tell.
- Nothing is delivered twice, and what happens while a Socket Mode app is not `connected()` is lost to it.
- There is one stack of modals, for all people together; `views.update` gives the view a new id.
- A click on Home or in a modal arrives like one in a message: no `view`, an empty `channel`, no state of the inputs. One
  in an ephemeral message is marked `is_ephemeral: false`.
- It invents no block_id: an input without one of its own is lost from `view.state.values`. A select that was left alone
  is `selected_option: null`, whatever its type.
- What answers a slash command or `respond()` is for everybody unless it says `"response_type": "ephemeral"`; in Slack it
  is the reverse. By HTTP a plain text as the answer is not shown at all.
- Ephemeral messages stand among `messages()`, marked `subtype: ephemeral` and `ephemeral_to: <user>`.
- Events carry `team_id` and `event_id` outside, no `team` inside; a private channel's `channel_type` is `channel`. People
  have an e-mail address and no locale, no `is_restricted`. What a bot posts comes back to no bot as an event.
- The answer to an unknown method is `unknown_method` with HTTP 200, and not in `complaints()`. There are no shortcuts and
  no `block_suggestion`.
- It reuses connections: Bolt's own development server loses one request in seven; uvicorn loses none.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

BINARY = Path(__file__).parent / "node_modules/local-slack-linux-x64/bin/local-slack"
HOST = "127.0.0.1"
TICK = 0.02
Json = dict[str, Any]
Found = TypeVar("Found")
browse = build_opener(ProxyHandler({})).open


@dataclass(frozen=True)
class App:
    """An app of the workspace: in Socket Mode, or by signed HTTP where it has a `request_url`."""

    id: str
    bot: str
    name: str
    request_url: str | None = None

    @property
    def bot_token(self) -> str:
        """The token that its Web API calls carry."""
        return f"xoxb-{self.name}"

    @property
    def app_token(self) -> str:
        """The token that opens its socket."""
        return f"xapp-{self.name}"

    @property
    def signing_secret(self) -> str:
        """The secret that its HTTP requests are signed with."""
        return f"secret-of-{self.name}"


@dataclass(frozen=True)
class Person:
    """Somebody in the workspace."""

    id: str
    name: str
    real_name: str
    email: str


@dataclass(frozen=True)
class Channel:
    """A channel; a bot hears only those that it is a member of."""

    id: str
    name: str
    members: tuple[str, ...]
    private: bool = False


@dataclass(frozen=True)
class Config:
    """The workspace as it starts."""

    apps: tuple[App, ...]
    people: tuple[Person, ...]
    channels: tuple[Channel, ...] = ()
    team: str = "T01TEST"

    def as_json(self) -> Json:
        """The settings file of local-slack."""
        return {
            "workspace": {"name": "Acme Test", "domain": "acme-test", "teamId": self.team},
            "apps": [app_settings(app) for app in self.apps],
            "users": [
                {"id": person.id, "name": person.name, "real_name": person.real_name, "email": person.email}
                for person in self.people
            ],
            "channels": [
                {"id": channel.id, "name": channel.name, "members": channel.members, "is_private": channel.private}
                for channel in self.channels
            ],
        }


def app_settings(app: App) -> Json:
    """One app in the settings file of local-slack."""
    by = {"mode": "events", "requestUrl": app.request_url} if app.request_url else {"mode": "socket"}
    return {
        "appId": app.id,
        "botUserId": app.bot,
        "botName": app.name,
        "botToken": app.bot_token,
        "appToken": app.app_token,
        "signingSecret": app.signing_secret,
        **by,
    }


@dataclass
class Workspace:
    """A running workspace: what people do in it, and what they see."""

    address: str
    ui: ClientConnection
    frames: list[Json] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)

    @property
    def api(self) -> str:
        """The address for `base_url` of a Web API client."""
        return f"{self.address}/api/"

    # What people do. Each call returns when the app has acknowledged it, or after 5 s without an answer.

    def message(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> str:
        """Write a message; `<@bot>` in it mentions a bot. Returns its ts."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        said = self.control("message", {"channel": channel, "user": user, "text": text, **thread})
        return str(said["message"]["ts"])

    def command(self, channel: str, user: str, command: str, text: str, app: App) -> None:
        """Give a slash command."""
        body = {"channel": channel, "user": user, "command": command, "text": text, "appId": app.id}
        self.control("command", body)

    def interact(self, channel: str, ts: str, user: str, action: Mapping[str, Any]) -> None:
        """Use an element of a message.

        `action` holds type, action_id, block_id, and value or selected_option; a feedback button is
        `{"type": "feedback_buttons", "action_id": …, "block_id": …, "value": …}`.
        """
        self.control("interact", {"channel": channel, "messageTs": ts, "user": user, "action": dict(action)})

    def open_home(self, user: str, app: App) -> None:
        """Open an app's Home tab."""
        self.control("open-home", {"user": user, "appId": app.id})

    def direct(self, user: str, app: App) -> str:
        """The id of the conversation between a person and an app's bot, opened where there is none."""
        opened = self.request("api/conversations.open", {"users": user}, {"Authorization": f"Bearer {app.bot_token}"})
        return str(opened["channel"]["id"])

    def submit_view(self, user: str, values: Mapping[str, Any], seconds: float = 4) -> Json:
        """Submit the topmost modal; returns the frame that answers it.

        `values` is `{block_id: {action_id: {"type": "plain_text_input", "value": …}}}`, with the key that Slack gives to
        the element's type (`selected_option`, `selected_user`, `selected_date` …). The answer is `view` with the stack
        that is left, `view_errors` with the errors by block_id, or the `log` of an HTTP error. `seconds` is less than the
        5 s after which local-slack takes silence for consent.
        """
        before = len(self.frames)
        self.send({"t": "view_submit", "user": user, "values": dict(values)})
        return self.wait_for(lambda: next(filter(is_answer, self.frames[before:]), None), seconds)

    def close_view(self, user: str) -> None:
        """Close the modals; an app hears of it where the topmost has `notify_on_close`."""
        self.send({"t": "view_close", "user": user})

    def click_home(self, user: str, app: App, action: Mapping[str, Any]) -> None:
        """Use an element of an app's Home, or of an open modal of that app."""
        self.send({"t": "block_action", "user": user, "appId": app.id, "action": dict(action)})

    # What they see.

    def messages(self, channel: str) -> list[Json]:
        """The messages of a channel or conversation, oldest first, ephemeral ones too."""
        found: list[Json] = self.control(f"messages/{channel}")["messages"]
        return found

    def view(self) -> Json | None:
        """The modal that is on top."""
        stack = next((stack for frame in reversed(self.frames) if (stack := modals(frame)) is not None), [])
        return stack[-1] if stack else None

    def home(self, user: str, app: App) -> Json | None:
        """The newest Home of a person."""
        return next((frame["view"] for frame in reversed(self.frames) if is_home(frame, user, app)), None)

    def log(self) -> list[Json]:
        """The last thousand envelopes, acknowledgements and Web API calls, oldest first."""
        found: list[Json] = self.control("log")["log"]
        return found

    def complaints(self) -> list[str]:
        """What went wrong between Slack and the apps: refused calls, HTTP errors, events that reached nobody."""
        return [f"{entry['summary']} {entry.get('detail') or ''}".strip() for entry in self.log() if is_complaint(entry)]

    def state(self) -> Json:
        """The workspace, its apps, people and channels."""
        return self.control("state")

    def connected(self, app: App) -> bool:
        """Whether a Socket Mode app has a socket; what happens before is lost to it."""
        return next((status for frame in reversed(self.frames) if (status := socket_of(frame, app)) is not None), False)

    def wait_for(self, predicate: Callable[[], Found | None], seconds: float = 5) -> Found:
        """The first true value of a condition, which is asked again until then; an AssertionError when time is up."""
        end = time.monotonic() + seconds
        while not (found := predicate()):
            assert time.monotonic() < end, f"did not happen within {seconds} s; complaints: {self.complaints()}"
            self.changed.wait(TICK)
            self.changed.clear()
        return found

    # How.

    def control(self, path: str, body: Json | None = None) -> Json:
        """A call of the control interface."""
        return self.request(f"_control/{path}", body)

    def request(self, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None) -> Json:
        """A JSON request; a POST where there is a body."""
        data = json.dumps(body).encode() if body is not None else None
        wanted = Request(f"{self.address}/{path}", data, {"Content-Type": "application/json", **(headers or {})})
        with browse(wanted, timeout=15) as answer:
            found: Json = json.load(answer)
        return found

    def send(self, frame: Json) -> None:
        """A frame to the page's websocket."""
        self.ui.send(json.dumps(frame))

    def listen(self) -> None:
        """Collect the page's frames until the connection ends."""
        try:
            for raw in self.ui:
                self.frames.append(json.loads(raw))
                self.changed.set()
        except ConnectionClosed:
            return


def modals(frame: Json) -> list[Json] | None:
    """The stack of modals that a frame tells, if it tells one."""
    match frame:
        case {"t": "view", "stack": stack} | {"t": "init", "state": {"modalStack": stack}}:
            return list(stack)
        case _:
            return None


def is_home(frame: Json, user: str, app: App) -> bool:
    """Whether a frame brings an app's Home of a person."""
    return (frame["t"], frame.get("user"), frame.get("appId")) == ("home", user, app.id)


def socket_of(frame: Json, app: App) -> bool | None:
    """What a frame says about an app's socket, if it says anything."""
    match frame:
        case {"t": "socket_status", "appId": app.id, "connected": connected}:
            return bool(connected)
        case {"t": "init", "state": {"apps": apps}}:
            return any(known["appId"] == app.id and known["connected"] for known in apps)
        case _:
            return None


def is_answer(frame: Json) -> bool:
    """Whether a frame can be what a submitted modal leads to."""
    return frame["t"] in {"view", "view_errors"} or (frame["t"] == "log" and is_complaint(frame["entry"]))


def is_complaint(entry: Json) -> bool:
    """Whether a log entry tells of something that failed."""
    summary = str(entry["summary"])
    return entry["direction"] == "internal" or (summary.startswith("HTTP ") and not summary.startswith("HTTP 2"))


@contextmanager
def workspace(port: int, config: Config) -> Iterator[Workspace]:
    """A workspace on a free port, ended when it is no longer needed."""
    assert BINARY.exists(), "local-slack is missing: npm ci --ignore-scripts --prefix tests/slack"
    assert isolated(), (
        f"local-slack listens on every interface, so it needs a network of its own: see {Path(__file__).name}"
    )
    with TemporaryDirectory() as folder, running(port, config, Path(folder)) as address:
        with connect(f"ws://{HOST}:{port}/ui", max_size=None, proxy=None) as ui:
            here = Workspace(address, ui)
            listener = threading.Thread(target=here.listen, daemon=True)
            listener.start()
            here.wait_for(lambda: here.frames)
            yield here
        listener.join(timeout=5)


@contextmanager
def running(port: int, config: Config, folder: Path) -> Iterator[str]:
    """The process of local-slack, from the moment it answers."""
    settings, output = folder / "workspace.json", folder / "output"
    settings.write_text(json.dumps(config.as_json()), encoding="utf-8")
    arguments = [
        "--config",
        str(settings),
        "--port",
        str(port),
        "--base-host",
        HOST,
        "--files-dir",
        str(folder / "files"),
    ]
    with output.open("wb") as sink:
        process = subprocess.Popen([str(BINARY), *arguments], env=environment(), stdout=sink, stderr=subprocess.STDOUT)
    address = f"http://{HOST}:{port}"
    try:
        await_answer(process, address, output)
        yield address
    finally:
        end(process)


def environment() -> dict[str, str]:
    """The environment without proxies: everything here is on the loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def await_answer(process: subprocess.Popen[bytes], address: str, output: Path, seconds: float = 15) -> None:
    """Return when local-slack answers."""
    limit = time.monotonic() + seconds
    while not answers(address):
        assert time.monotonic() < limit, f"local-slack does not answer: {output.read_text(errors='replace')}"
        with suppress(subprocess.TimeoutExpired):
            process.wait(TICK)
            raise AssertionError(f"local-slack ended: {output.read_text(errors='replace')}")


def answers(address: str) -> bool:
    """Whether somebody answers at an address."""
    try:
        with browse(f"{address}/_control/state", timeout=2):
            return True
    except (HTTPError, URLError, OSError):
        return False


def end(process: subprocess.Popen[bytes], seconds: float = 5) -> None:
    """End a process that was started here: by SIGTERM, by force where it takes longer than that."""
    process.terminate()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=5)


def isolated() -> bool:
    """Whether this process is in a network without a way out: the kernel's table of routes holds its heading alone."""
    return len(Path("/proc/net/route").read_text(encoding="ascii").splitlines()) <= 1
