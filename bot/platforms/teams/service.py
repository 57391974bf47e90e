"""How Teams reaches the bot: by HTTP, `POST /api/messages`, behind a proxy that ends TLS. The HTTP adapter of our own.

In this order: who sent it is proved, before anything of it is believed, kept or acknowledged; its tenant is one of
ours; it is handled, and answered when that is on disk, or within the time that its client waits. A second delivery
finds its key used (`Bot.handle`) and is answered as the first one was.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.failures import noted
from bot.platforms import Unreachable
from bot.platforms.listening import Listener, body_of
from bot.platforms.teams.activities import Payload, part
from bot.platforms.teams.app import Answer, TeamsApp
from bot.platforms.teams.connector import Connector, Forged

PATH = "/api/messages"
LONGEST_BODY = 1_000_000
"""Bytes of an activity; Teams' own stay far below."""
DEADLINES = {"invoke": 5.0, "message": 12.0}
"""Seconds after which an answer is given: a client shows an error after ten, Teams delivers again after fifteen."""
CHANNEL = "msteams"
log = structlog.get_logger()


class Edge:
    """The ASGI application. `tenants` are those whose people may use the bot; `deadlines` are seconds by type."""

    def __init__(
        self, app: TeamsApp, connector: Connector, tenants: Sequence[str], deadlines: Mapping[str, float] = DEADLINES
    ) -> None:
        self._app = app
        self._connector = connector
        self._tenants = frozenset(tenants)
        self._deadlines = deadlines
        self._late: set[asyncio.Task[None]] = set()
        self.asgi = Starlette(routes=[Route(PATH, self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        try:
            body = await body_of(request, LONGEST_BODY)
            activity = None if body is None else _parsed(body)
        except (ClientDisconnect, ValueError, RecursionError):
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        if not isinstance(activity, dict):
            return Response(status_code=400)
        refused = await run_in_threadpool(self._refused, activity, request.headers.get("authorization", ""))
        return Response(status_code=refused) if refused else await self._answered(activity)

    def _refused(self, activity: Payload, authorization: str) -> int:
        """The status with which an activity is turned away, 0 for one of a tenant of ours by the Bot Connector's hand."""
        scheme, _, bearer = authorization.partition(" ")
        try:
            service = str(activity.get("serviceUrl") or "")
            self._connector.check(bearer.strip() if scheme.casefold() == "bearer" else "", service)
        except Forged as problem:
            log.warning("activity refused", reason=str(problem)[:120])
            return 401
        except Unreachable as problem:
            log.error("activity could not be proved", reason=str(problem))
            return 503
        tenant = tenant_of(activity)
        if activity.get("channelId") != CHANNEL or not tenant or tenant not in self._tenants:
            log.warning("activity of another tenant or channel refused")
            return 403
        return 0

    async def _answered(self, activity: Payload) -> Response:
        work = asyncio.ensure_future(run_in_threadpool(self._app.receive, activity))
        is_invoke = activity.get("type") == "invoke"
        try:
            deadline = self._deadlines["invoke" if is_invoke else "message"]
            answer = await asyncio.wait_for(asyncio.shield(work), deadline)
        except TimeoutError:
            self._follow(work, activity)
            # A message is not acknowledged before it is on disk: Teams delivers it again, and its key is known then.
            return JSONResponse(self._app.busy(activity)) if is_invoke else Response(status_code=503)
        except Exception as problem:  # noqa: BLE001 - nothing was kept: Teams is to deliver again
            noted(problem, "request failed", kind="activity")
            return Response(status_code=500)
        return _response(answer)

    def _follow(self, work: asyncio.Future[Answer], activity: Payload) -> None:
        """See late work to its end: what it was to show at once is made good by a sentence."""
        task = asyncio.ensure_future(self._made_good(work, activity))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _made_good(self, work: asyncio.Future[Answer], activity: Payload) -> None:
        try:
            answer = await work
            if answer.shows:
                await run_in_threadpool(self._app.late, activity)
        except Exception as problem:  # noqa: BLE001 - the outermost loop of late work
            noted(problem, "late work failed", kind="activity")


class TeamsService(Listener):
    """Serves an edge on a host and a port."""

    told = "Someopas serves Teams."

    def __init__(self, edge: Edge, connector: Connector, host: str, port: int) -> None:
        super().__init__(edge.asgi, host, port, "teams-http")
        self._connector = connector

    def stop(self) -> None:
        """Answer what is under way and end."""
        super().stop()
        self._connector.close()


def tenant_of(activity: Mapping[str, Any]) -> str:
    """The tenant that an activity comes from: the Connector's token does not tell it."""
    tenant = part(part(activity, "channelData"), "tenant").get("id")
    return str(tenant or part(activity, "conversation").get("tenantId") or "")


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status)
    return JSONResponse(answer.body, status_code=answer.status)


def _parsed(body: bytes) -> object:
    """What the body says. Half a character (a lone surrogate) can be kept and sent nowhere: "?" stands for it."""
    return json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))
