"""Microsoft's side as far as the bot sees it: the Bot Connector, Graph and the keys of tokens, on loopback.

It keeps what it was told, gives messages ids, and checks what Teams checks: the card, the fields of a message, who is in
which conversation. `faults` are answered first, one for each call that sends: a status, headers and a body, or "lost" for
an answer that never comes though the message was taken. `blocked` are conversations in which nothing may be written.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.platforms.listening import Listening
from tests.teams.check import check

CLIENT = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"
BOT = f"28:{CLIENT}"
COMMS, CHANNEL, GROUP = "19:comms@thread.tacv2", "19:channel@thread.tacv2", "19:group@thread.v2"
KIND = "application/vnd.microsoft.card.adaptive"
MESSAGE = {"type", "text", "textFormat", "summary", "attachments", "entities", "channelData", "from"}
"""The fields of a message that the bot sends."""
Json = dict[str, Any]


@dataclass
class Posted:
    """A message as Teams keeps it: in which conversation, under which id, as it was changed last."""

    conversation: str
    id: str
    activity: Json
    changes: int = 0

    @property
    def card(self) -> Json:
        attached = self.activity.get("attachments") or [{}]
        return dict(attached[0].get("content") or {})


@dataclass
class FakeTeams:
    """The state. `members` are what Teams tells of people, by their id for this bot; `managers` what Graph tells."""

    members: dict[str, Json] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    posted: list[Posted] = field(default_factory=list)
    begun: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: list[tuple[int, Mapping[str, str], Json] | str] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    managers: dict[str, Json] = field(default_factory=dict)
    files: dict[str, bytes | tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    keys: list[Json] = field(default_factory=list)
    silent: bool = False
    address: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_000_001))

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/v3/conversations", self.begin, methods=["POST"]),
            Route("/v3/conversations/{conversation}/activities", self.post, methods=["POST"]),
            Route("/v3/conversations/{conversation}/activities/{number}", self.put, methods=["PUT"]),
            Route("/v3/conversations/{conversation}/members/{member}", self.member),
            Route("/files/{name}", self.file),
            Route("/graph/users/{user}/manager", self.manager),
            Route("/graph/users/{user}", self.user),
            Route("/keys", self.tell_keys),
        ])  # fmt: skip

    async def begin(self, request: Request) -> Response:
        if refused := self.fault():
            return refused
        body = await request.json()
        self.begun.append(body)
        member = body["members"][0]["id"]
        known = next((m for m in self.members.values() if member in (m["id"], m["aadObjectId"])), None)
        if known is None or f"chat-{known['id'][3:]}" in self.blocked:
            return told(403, "ForbiddenOperationException")
        return JSONResponse({"id": f"chat-{known['id'][3:]}"})

    async def post(self, request: Request) -> Response:
        conversation, activity = request.path_params["conversation"], await request.json()
        if refused := self.fault() or self.refusal(conversation, activity):
            return refused
        number = str(next(self.numbers))
        self.posted.append(Posted(conversation, number, activity))
        if self.faults and self.faults[0] == "lost":
            self.faults.pop(0)
            return Response(status_code=504)
        return JSONResponse({"id": number}, status_code=201)

    async def put(self, request: Request) -> Response:
        conversation, activity = request.path_params["conversation"], await request.json()
        if refused := self.fault() or self.refusal(conversation, activity):
            return refused
        found = [p for p in self.posted if p.id == request.path_params["number"]]
        if not found:
            return told(404, "ActivityNotFoundInConversation")
        found[0].activity, found[0].changes = activity, found[0].changes + 1
        return JSONResponse({"id": found[0].id})

    async def member(self, request: Request) -> Response:
        self.asked.append(request.path_params["member"])
        if self.silent:
            return Response(status_code=503)
        if request.path_params["conversation"] in self.elsewhere:
            return told(403, "BotNotInConversationRoster")
        found = self.members.get(request.path_params["member"])
        return JSONResponse(found) if found else told(404, "MemberNotFoundInConversation")

    async def file(self, request: Request) -> Response:
        self.asked.append(f"{request.path_params['name']} {request.headers.get('authorization', '')}")
        found = self.files.get(request.path_params["name"], (404, {}, b""))
        if isinstance(found, bytes):
            return Response(found, media_type="application/octet-stream")
        status, headers, content = found
        return Response(content, status, dict(headers))

    async def manager(self, request: Request) -> Response:
        found = self.managers.get(request.path_params["user"])
        return JSONResponse(found) if found else JSONResponse({"error": {"code": "Request_ResourceNotFound"}}, 404)

    async def user(self, request: Request) -> Response:
        found = self.graph_user(request.path_params["user"])
        return JSONResponse(found) if found else JSONResponse({"error": {"code": "Request_ResourceNotFound"}}, 404)

    def graph_user(self, name: str) -> Json | None:
        """A user of the organisation, by e-mail address."""
        found = [m for m in self.members.values() if m["email"] == name and m["tenantId"] == TENANT]
        return {"id": found[0]["aadObjectId"], "displayName": found[0]["name"], "mail": name} if found else None

    async def tell_keys(self, request: Request) -> Response:  # noqa: ARG002 - every request is told the same
        return JSONResponse({"keys": self.keys})

    def fault(self) -> Response | None:
        fault = self.faults[0] if self.faults else None
        if not isinstance(fault, tuple):
            return None
        self.faults.pop(0)
        status, headers, body = fault
        return JSONResponse(body, status_code=status, headers=dict(headers))

    def refusal(self, conversation: str, activity: Json) -> Response | None:
        """What Teams does not take: a conversation in which the bot may not write, a message or a card that is none."""
        if conversation.partition(";")[0] in self.blocked:
            return told(403, "MessageWritesBlocked")
        problems = [f"{name}: no field of a message" for name in set(activity) - MESSAGE]
        cards = [a["content"] for a in activity.get("attachments", []) if a.get("contentType") == KIND]
        problems += [problem for card in cards for problem in check(card)]
        if not activity.get("text") and not cards:
            problems.append("nothing to show")
        return told(400, "BadArgument", "; ".join(problems)) if problems else None

    def of(self, conversation: str) -> list[Posted]:
        """What was posted into a conversation, its threads included."""
        return [p for p in self.posted if p.conversation.partition(";")[0] == conversation]


def told(status: int, code: str, message: str = "") -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def member(name: str, email: str, shown: str, **more: Any) -> Json:
    """What Teams tells of a member of a conversation."""
    return {
        "id": f"29:{name}", "aadObjectId": f"aad-{name}", "name": shown, "email": email, "userPrincipalName": email,
        "tenantId": TENANT, "userRole": "user", **more,
    }  # fmt: skip


def text_of(card: Json) -> str:
    """All the words of a card, as a reader sees them, its buttons included."""
    found: list[str] = []

    def read(node: object) -> None:
        if isinstance(node, list):
            for one in node:
                read(one)
        elif isinstance(node, dict):
            if node.get("type") in ("TextBlock", "TextRun", "RichTextBlock") and "text" in node:
                found.append(str(node["text"]))
            found.extend(str(node[name]) for name in ("title", "label", "value") if isinstance(node.get(name), str))
            for name in ("body", "items", "inlines", "actions", "columns", "choices", "rows", "cells"):
                read(node.get(name))

    read(card)
    return "\n".join(found)


def actions_of(card: Json) -> list[Json]:
    """The buttons of a card, in order."""
    found: list[Json] = []

    def read(node: object) -> None:
        if isinstance(node, list):
            for one in node:
                read(one)
        elif isinstance(node, dict):
            if str(node.get("type", "")).startswith("Action.") and "title" in node:
                found.append(node)
            for name in ("body", "items", "actions", "columns"):
                read(node.get(name))

    read(card)
    return found


def inputs_of(card: Json) -> dict[str, str]:
    """The inputs of a card by id, each with what it is filled with."""
    found: dict[str, str] = {}

    def read(node: object) -> None:
        if isinstance(node, list):
            for one in node:
                read(one)
        elif isinstance(node, dict):
            if str(node.get("type", "")).startswith("Input."):
                found[node["id"]] = str(node.get("value", ""))
            for name in ("body", "items", "columns"):
                read(node.get(name))

    read(card)
    return found


@contextmanager
def serving(teams: FakeTeams) -> Iterator[FakeTeams]:
    """Serve it on a free port of loopback."""
    server = Listening(uvicorn.Config(teams.app(), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.listening.wait(timeout=30)
    [listening] = server.servers
    teams.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    try:
        yield teams
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def as_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
