"""Slack as far as the bot sees it: a Web API, response URLs and a websocket for Socket Mode, on loopback.

It keeps what it was told and checks what Slack checks and no emulator does: messages, modals and home views inside Block
Kit's limits, one use of a trigger, five uses of a response URL, who is in which channel. `faults` are answered first, one
for each call: a status, headers and a body, or "lost" for an answer that never comes though the message was taken;
`pages` are what a proxy says in Slack's place. `files` are the files that the bot may see, by id: their bytes, or the
status, headers and body with which Slack answers for them; `asked_for` keeps with which token each was asked for.
Where it is not `strict` it does not look into messages, which takes longer than all else that it does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.platforms.listening import Listening
from tests.slack.check import check

TEAM, BOT, BOT_ID = "T111", "W999", "B999"
CHANNEL, ELSEWHERE = "C111", "C404"
"""A channel that the bot is in, and one that it is not in."""
Json = dict[str, Any]


@dataclass
class Call:
    """A call of the Web API, or an answer through a response URL (method `respond`)."""

    method: str
    body: Json


@dataclass
class FakeSlack:
    """The state. `users` are user objects by id, or an `error` where Slack cannot tell of them.

    A person's conversation with the bot is D and the rest of their id.
    """

    users: dict[str, Json]
    members: dict[str, set[str]] = field(default_factory=lambda: {CHANNEL: {BOT}, "CCOMMS": {BOT}})
    calls: list[Call] = field(default_factory=list)
    faults: list[tuple[int, Mapping[str, str], Json] | str] = field(default_factory=list)
    pages: list[tuple[int, bytes]] = field(default_factory=list)
    files: dict[str, bytes | tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    asked_for: list[tuple[str, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    doors: dict[str, int] = field(default_factory=dict)
    acks: list[Json] = field(default_factory=list)
    scopes: str = ""
    strict: bool = True
    address: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    sockets: list[WebSocket] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/api/{method}", self.api, methods=["GET", "POST"]),
            Route("/respond/{door}", self.respond, methods=["POST"]),
            Route("/files/{file}", self.file),
            WebSocketRoute("/socket", self.socket),
        ])  # fmt: skip

    async def api(self, request: Request) -> Response:
        method = request.path_params["method"]
        body = await arguments(request)
        if self.pages and method.startswith("chat."):
            status, page = self.pages.pop(0)
            return Response(page, status_code=status, headers={"location": "/login"} if status == 302 else None)
        fault = self.faults.pop(0) if self.faults and not method.startswith(("auth.", "users.", "assistant.")) else None
        if isinstance(fault, tuple):
            status, headers, told = fault
            return JSONResponse(told, status_code=status, headers=dict(headers))
        answer = self.answer(method, body)
        self.note(Call(method, body))
        if fault == "lost":
            return Response(status_code=504)
        return JSONResponse(answer, headers={"x-oauth-scopes": self.scopes} if self.scopes else {})

    async def respond(self, request: Request) -> Response:
        door, body = request.path_params["door"], await request.json()
        self.doors[door] = self.doors.get(door, 0) + 1
        if self.doors[door] > 5:
            return Response("used_url", status_code=404)
        self.note(Call("respond", {**body, "door": door}))
        return Response("ok")

    async def file(self, request: Request) -> Response:
        name = request.path_params["file"]
        self.asked_for.append((name, request.headers.get("authorization", "")))
        match self.files[name]:
            case bytes(content):
                headers = {"content-disposition": f'attachment; filename="{name}"'}
                return Response(content, media_type="application/octet-stream", headers=headers)
            case (status, headers, content):
                return Response(content, status_code=status, headers=dict(headers))

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        self.loop = asyncio.get_running_loop()
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A111"}})
        with self.arrived:
            self.sockets.append(socket)
            self.arrived.notify_all()
        try:
            while True:
                ack = await socket.receive_json()
                with self.arrived:
                    self.acks.append(ack)
                    self.arrived.notify_all()
        except (WebSocketDisconnect, RuntimeError):
            with self.arrived:
                self.sockets.remove(socket)
                self.arrived.notify_all()

    def send(self, envelope: Json) -> None:
        """Send an envelope to the one connection."""
        assert self.loop
        asyncio.run_coroutine_threadsafe(self.sockets[-1].send_json(envelope), self.loop).result(5)

    def hand_out(self, envelope: Json, turn: int, seconds: float) -> bool:
        """Send an envelope to one of the connections, by turns; whether it was acknowledged in time.

        Who is cut off meanwhile has not acknowledged it.
        """
        with self.arrived:
            if not self.sockets:
                return False
            socket = self.sockets[turn % len(self.sockets)]
        assert self.loop
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):  # it has gone at this very moment
            asyncio.run_coroutine_threadsafe(socket.send_json(envelope), self.loop).result(seconds)
        name = envelope["envelope_id"]
        acked = lambda: any(ack.get("envelope_id") == name for ack in reversed(self.acks))  # noqa: E731
        with self.arrived:
            self.arrived.wait_for(lambda: acked() or socket not in self.sockets, seconds)
            return acked()

    def hang_up(self, frame: Json) -> None:
        """Tell the connection to renew itself."""
        self.send(frame)

    def wait(self, seen: Any, seconds: float = 8) -> None:
        """Wait until `seen()` holds, at most so long."""
        with self.arrived:
            assert self.arrived.wait_for(seen, seconds), "it did not happen"

    def note(self, call: Call) -> None:
        with self.arrived:
            self.calls.append(call)
            self.arrived.notify_all()

    def answer(self, method: str, body: Json) -> Json:  # noqa: C901 - a line for each method
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": BOT, "bot_id": BOT_ID, "enterprise_id": "E111"}
            case "users.info":
                user = self.users.get(str(body.get("user")), {"error": "user_not_found"})
                return {"ok": False, **user} if "error" in user else {"ok": True, "user": user}
            case "users.lookupByEmail":
                found = [u for u in self.users.values() if u["profile"].get("email") == body["email"]]
                return {"ok": True, "user": found[0]} if found else {"ok": False, "error": "users_not_found"}
            case "conversations.open":
                gone = self.users.get(str(body["users"]), {}).get("deleted")
                channel = {"id": f"D{str(body['users'])[1:]}"}
                return {"ok": False, "error": "user_disabled"} if gone else {"ok": True, "channel": channel}
            case "conversations.info":
                known = body["channel"] in self.members
                return {"ok": True, "channel": {"id": body["channel"], "name": "viestinta", "is_member": known}}
            case "files.info":
                return self.tell_file(str(body["file"]))
            case "chat.getPermalink":
                there = BOT in self.members.get(str(body["channel"]), ())
                link = permalink(str(body["channel"]), str(body["message_ts"]))
                return {"ok": True, "permalink": link} if there else {"ok": False, "error": "channel_not_found"}
            case "chat.postMessage" | "chat.postEphemeral" | "chat.update":
                return self.take_message(method, body)
            case "views.open" | "views.push" | "views.update" | "views.publish":
                return self.take_view(method, body)
            case "apps.connections.open":
                return {"ok": True, "url": self.address.replace("http", "ws") + "socket"}
            case "assistant.threads.setStatus" | "assistant.threads.setSuggestedPrompts" | "apps.manifest.validate":
                return {"ok": True}
            case _:
                return {"ok": False, "error": "unknown_method"}

    def tell_file(self, name: str) -> Json:
        if name not in self.files:
            return {"ok": False, "error": "file_not_found"}
        place = self.places.get(name, f"{self.address}files/{name}")
        return {"ok": True, "file": {"id": name, "url_private_download": place}}

    def take_message(self, method: str, body: Json) -> Json:
        channel = str(body["channel"])
        if channel in self.refused:
            return {"ok": False, "error": "cannot_dm_bot"}
        own = channel in {f"D{uid[1:]}" for uid in self.users}
        if not own and BOT not in self.members.get(channel, ()):
            return {"ok": False, "error": "not_in_channel" if channel in self.members else "channel_not_found"}
        unchecked = "blocks" not in body or not self.strict
        if errors := [] if unchecked else check("message", {k: body[k] for k in ("text", "blocks") if k in body}):
            return {"ok": False, "error": "invalid_blocks", "errors": errors}
        if method == "chat.update":
            return {"ok": True, "channel": channel, "ts": body["ts"]}
        stamp = f"17.{next(self.numbers)}"
        body["stamp"] = stamp
        return {"ok": True, "message_ts": stamp, "channel": channel, "ts": stamp}

    def take_view(self, method: str, body: Json) -> Json:
        view = body["view"]
        if errors := check("home" if method == "views.publish" else "modal", view):
            return {"ok": False, "error": "invalid_arguments", "errors": errors}
        trigger = str(body.get("trigger_id", ""))
        if method in ("views.open", "views.push") and trigger in self.used:
            return {"ok": False, "error": "exchanged_trigger_id"}
        self.used.add(trigger)
        return {"ok": True, "view": {"id": f"V{next(self.numbers)}"}}

    def told(self, *methods: str) -> list[Json]:
        """The bodies of the calls of these methods, in order."""
        return [c.body for c in self.calls if c.method in methods]


def permalink(channel: str, stamp: str) -> str:
    """The address of a message."""
    return f"https://tuusula.slack.com/archives/{channel}/p{stamp.replace('.', '')}"


async def arguments(request: Request) -> Json:
    """The arguments of a call: parameters, a form, or JSON."""
    raw = (await request.body()).decode()
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(json.loads(raw or "{}"))
    return {**dict(request.query_params), **{name: values[0] for name, values in parse_qs(raw).items()}}


@contextmanager
def serving(slack: FakeSlack) -> Iterator[FakeSlack]:
    """Serve it on a free port of loopback."""
    server = Listening(
        uvicorn.Config(slack.app(), host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio")
    )  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.listening.wait(timeout=30)
    [listening] = server.servers
    slack.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    try:
        yield slack
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def user(uid: str, email: str, name: str = "Työntekijä", **more: Any) -> Json:
    """A user object."""
    profile = {"real_name": name, "email": email}
    return {"id": uid, "team_id": TEAM, "name": name, "locale": "fi-FI", "profile": profile, **more}
