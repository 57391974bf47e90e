"""How Slack reaches the bot: over a websocket that the bot opens (Socket Mode), or by signed HTTP requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette.handler import to_starlette_response
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clock import Clock
from bot.platforms import Refused, Unreachable
from bot.platforms.listening import Listener, body_of
from bot.platforms.slack.web_api import client_of

PATH = "/slack/events"
LONGEST_BODY = 1_000_000
"""Bytes of a request; Slack's own stay far below."""
AT_ONCE = 20
"""Envelopes of the websocket that are worked on at the same time."""
PING = 0.8
"""Seconds between two pings, and between two looks at the connection: after four unanswered ones it is made anew."""
GRACE = 4.0
"""Seconds that what is under way has at the end."""
log = structlog.get_logger()


class SocketService:
    """Socket Mode: no address to be reached at is needed. The client reconnects by itself.

    Its end lets what is under way be acknowledged first. What comes meanwhile is not taken, and Slack delivers it again.
    """

    told = "Someopas serves Slack."

    def __init__(self, app: App, app_token: str, address: str) -> None:
        quiet = logging.getLogger("someopas.socket")
        quiet.setLevel(logging.CRITICAL)
        # Its own client: the handler would open the socket with the bot's token otherwise.
        self._handler = SocketModeHandler(
            app, app_token, logger=quiet, web_client=client_of(app_token, address), concurrency=AT_ONCE,
            ping_interval=PING,
        )  # fmt: skip

        self._handler.client.on_close_listeners.append(self._closed)
        self._under_way = 0
        self._ending = False
        self._changed = threading.Condition()
        listeners: list[Any] = self._handler.client.socket_mode_request_listeners
        listeners[:] = [self._take]

    def _closed(self, code: int, reason: str | None = None) -> None:
        log.warning("the connection to Slack was closed", code=code, reason=reason)

    def start(self) -> None:
        """Connect. Raises `Unreachable` where Slack does not answer, `Refused` where it does not take the token."""
        try:
            self._handler.connect()  # type: ignore[no-untyped-call]  # Bolt's handlers are not annotated
        except SlackApiError as problem:
            raise Refused(f"apps.connections.open: {problem.response.get('error', '')}") from problem
        except (SlackClientError, OSError) as problem:
            raise Unreachable(f"apps.connections.open: {type(problem).__name__}") from problem
        log.info("connected to Slack", mode="socket")

    def connected(self) -> bool:
        """Whether the websocket is open."""
        return bool(self._handler.client.is_connected())

    def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        with self._changed:
            if self._ending:
                return
            self._under_way += 1
            self._changed.notify_all()
        try:
            self._handler.handle(client, request)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Take nothing more, see what is under way acknowledged, for four seconds at the most, and disconnect."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._under_way, GRACE)
        self._handler.close()  # type: ignore[no-untyped-call]  # not annotated either


class HttpService(Listener):
    """Signed HTTP: `POST /slack/events`, behind a proxy that ends TLS."""

    told = "Someopas serves Slack."

    def __init__(self, app: App, signing_secret: str, clock: Clock, host: str, port: int) -> None:
        self.asgi = signed_app(app, signing_secret, clock)
        super().__init__(self.asgi, host, port, "slack-http")


class _Now(SignatureClock):
    """Our clock for the verifier of the SDK."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now().timestamp()


def signed_app(app: App, signing_secret: str, clock: Clock) -> Starlette:
    """The ASGI application: what Slack did not sign in the last five minutes gets 401, and nothing of it is logged.

    docs.slack.dev/authentication/verifying-requests-from-slack
    """
    verifier = SignatureVerifier(signing_secret, _Now(clock))

    async def receive(request: Request) -> Response:
        try:
            body = await body_of(request, LONGEST_BODY)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        if not is_signed(verifier, body, request.headers):
            log.warning("request without a valid signature refused", bytes=len(body))
            return Response(status_code=401)
        try:
            bolt_request = BoltRequest(body=body.decode(), query=str(request.query_params), headers=dict(request.headers))
        except (ValueError, AttributeError, TypeError):
            return Response(status_code=400)  # signed, but no object, or none of the form that Bolt reads ids from
        if not isinstance(bolt_request.body, dict):
            return Response(status_code=400)
        # Bolt works until the commit: in a thread, so that others are answered meanwhile.
        return to_starlette_response(await run_in_threadpool(app.dispatch, bolt_request))

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


def is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, Any]) -> bool:
    """Whether Slack signed this body within five minutes of now; headers of any form are judged, none raises."""
    stamp = str(headers.get("x-slack-request-timestamp", ""))
    signature = str(headers.get("x-slack-signature", ""))
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and signature.isascii()):
        return False
    with suppress(UnicodeDecodeError):
        return bool(verifier.is_valid(body.decode(), stamp, signature))
    return False
