"""Microsoft's side, by its own SDK: tokens and their check, calls of the Bot Connector and of Graph.

No other module knows the SDK. Every way to fail is put into one of two words: try again later, or never. The SDK's router
is not used: its strict models answer payloads with 500 that Microsoft documents (an automatic refresh, a button without
data), and what arrives is to be acknowledged by our own rules (`service.py`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import warnings
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import jwt

from bot.platforms import NotLetIn, Refused, Unreachable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the SDK warns of its own experiments where it is imported
    from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment
    from microsoft_teams.apps import App, TokenValidator
    from microsoft_teams.common import ClientOptions

if TYPE_CHECKING:
    from microsoft_teams.apps.http.adapter import HttpMethod, HttpRouteHandler

TIMEOUT = 10
"""Seconds that a call may take: a slow one is tried again."""
SOON = 2
"""Seconds for a call that an answer waits for, of the five that it may take."""
PASSING = frozenset({401, 407, 408, 409, 412, 429})
"""Statuses that go over by themselves, or that the administrator mends (401, 407): what waits is kept until then."""
GRAPH = "https://graph.microsoft.com/v1.0/"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
NO_KEYS = (
    jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, json.JSONDecodeError, UnicodeDecodeError, HTTPException, OSError,
)  # fmt: skip
"""What is raised where Microsoft's keys did not come, or a proxy's page came in their place."""
NO_TOKEN = (jwt.PyJWTError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What is raised of a token that is none, or of which a part is of an odd type."""
Json = Mapping[str, Any]
T = TypeVar("T")


class Gone(Refused):
    """There is no such conversation, message or member."""


class Blocked(Refused):
    """The bot may not write there: it is not installed, or the person blocked it."""


class Forged(RuntimeError):
    """The request does not come from the Bot Connector, or is not for this bot."""


@dataclass(frozen=True)
class Identity:
    """Who the bot is in Entra. Without a secret it is a user-assigned managed identity. `token` stands in for both.

    `tenant` is the organisation's own; the bot is registered for it alone (single tenant).
    """

    client: str
    tenant: str
    secret: str = ""
    token: Callable[..., str] | None = None


class _NoServer:
    """The SDK's adapter for HTTP: the bot has a server of its own, so that the SDK is to make none."""

    def register_route(self, method: HttpMethod, path: str, handler: HttpRouteHandler) -> None:
        """Nothing: what arrives is read by `TeamsApp`."""

    def serve_static(self, path: str, directory: str) -> None:
        """Nothing."""

    async def start(self, port: int) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """Nothing."""


class Connector:
    """Calls the Bot Connector and Graph from any thread. `cloud` tells where tokens and their keys are had."""

    def __init__(self, identity: Identity, cloud: CloudEnvironment = PUBLIC, graph: str = GRAPH) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own parts that will go
            self._app = App(
                http_server_adapter=_NoServer(), client_id=identity.client, client_secret=identity.secret or None,
                tenant_id=identity.tenant, token=identity.token, cloud=cloud, client=ClientOptions(timeout=TIMEOUT),
            )  # fmt: skip
        self._graph = graph
        self._metadata = cloud.openid_metadata_url
        self._tenant = identity.tenant
        self._validator = TokenValidator.for_service(identity.client, cloud=cloud)
        self._validator._jwks_client.timeout = SOON  # all that arrives waits for it; the SDK would wait for half a minute
        # It logs what a stranger wrote into a token, line breaks and all; `Forged` says why one was turned away.
        logging.getLogger("microsoft_teams.apps.auth.token_validator").setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="teams-connector", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; what is under way is cut off."""
        self._run(self._app.api.http.http.aclose(), TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def check(self, bearer: str, service: str) -> None:
        """Raise `Forged` unless the token was signed for this bot and this service address, and is in force.

        Raises `Unreachable` where Microsoft's keys cannot be had. The service's own tokens alone are taken:
        learn.microsoft.com, Bot Connector authentication.
        """
        if not bearer or not service:
            raise Forged("no token, or no service address")
        try:
            asyncio.run(self._validator.validate_token(bearer, service))
        except NO_KEYS as problem:
            raise Unreachable(f"keys: {type(problem).__name__}") from problem
        except NO_TOKEN as problem:
            raise Forged(f"{type(problem).__name__}: {problem}") from problem

    def call(self, method: str, service: str, path: str, body: Json | None = None, *, timeout: float = TIMEOUT) -> Json:
        """Call `v3/conversations/…` of the Bot Connector at a service address. Raises `Refused`, `Unreachable`."""
        return self._ask(method, f"{service.rstrip('/')}/{path}", timeout, json=body)

    def fetch(self, address: str) -> bytes:
        """The bytes at an address of the Connector's own, asked for with the bot's token. Raises as `call`."""
        return self._answer("GET", address, TIMEOUT).content

    def graph(self, path: str, *, timeout: float = TIMEOUT) -> Json:
        """Ask Microsoft Graph. Raises `Refused` (`Gone` where there is none), `Unreachable`."""
        return self._ask("GET", f"{self._graph}{path}", timeout, token=self._graph_token)

    def token(self) -> None:
        """Have a token, to see that one is given. Raises `Refused`, `Unreachable`."""
        try:
            self._run(self._app.token_provider.get_app_token(None, self._tenant), TIMEOUT)
        except ValueError as problem:
            raise Refused(str(problem)[:200]) from problem
        except OSError as problem:
            raise Unreachable(type(problem).__name__) from problem

    def date(self) -> str:
        """The moment that Microsoft's answer bears in its header, "" where it does not answer."""
        try:
            return str(httpx.get(self._metadata, timeout=SOON).headers.get("date", ""))
        except httpx.HTTPError:
            return ""

    async def _graph_token(self) -> str:
        return str(await self._app.token_provider.get_app_token(GRAPH_SCOPE, self._tenant))

    def _ask(self, method: str, address: str, timeout: float, **more: Any) -> Json:
        answer = self._answer(method, address, timeout, **more)
        try:
            told = json.loads(answer.content) if answer.content else {}  # the SDK's own would take a page for nothing
        except ValueError as problem:
            raise Unreachable(f"{method}: an answer that is no JSON") from problem
        return told if isinstance(told, dict) else {}

    def _answer(self, method: str, address: str, timeout: float, **more: Any) -> httpx.Response:
        what = f"{method} {address.rpartition('/v3/')[2].partition('?')[0]}"
        try:
            return self._run(self._app.api.http.request(method, address, **more), timeout)
        except httpx.HTTPStatusError as problem:
            raise failure(what, problem.response) from problem
        except (httpx.HTTPError, Late, OSError) as problem:
            raise Unreachable(f"{what}: {type(problem).__name__}") from problem
        except (httpx.InvalidURL, UnicodeError) as problem:
            raise Refused(f"{what}: no address") from problem
        except ValueError as problem:  # the SDK's word for a token that was not given
            raise NotLetIn(f"{what}: {str(problem)[:200]}") from problem

    def _run(self, work: Coroutine[Any, Any, T], timeout: float) -> T:
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError as problem:  # the loop has ended, and what is still to be sent is sent after the next start
            work.close()
            raise Unreachable("the connection was closed") from problem
        try:
            return future.result(timeout)
        except Late:
            future.cancel()
            raise


def failure(what: str, response: httpx.Response) -> Refused | Unreachable:
    """What a refusing answer means (learn.microsoft.com, bots: status codes, rate limits)."""
    status, code = response.status_code, _code(response)
    text = f"{what}: {status} {code}".strip()
    if status < 400 or status in PASSING or status >= 500:  # a redirect is a proxy's: the Connector sends none
        wish = response.headers.get("retry-after", "")
        kind = NotLetIn if status == 401 else Unreachable
        return kind(text, float(wish) if wish.isdecimal() else None)
    if status == 403:
        return Blocked(text)
    return Gone(text) if status == 404 else Refused(text)


def segment(identifier: str) -> str:
    """An id as a part of an address."""
    return quote(identifier, safe="")


def _code(response: httpx.Response) -> str:
    """The name of the error, of the forms in which the Connector tells it."""
    try:
        told = response.json()
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    error = told.get("error")
    if isinstance(error, Mapping):
        return str(error.get("code") or "")[:80]
    return str(told.get("errorCode") or error or "")[:80]
