"""Signing in to the page where it is served to more than this machine: without it nothing but its own files is given.

Who signed in is in a cookie that only we can make, for eight hours: it holds an id of the directory, which is looked up
at each request, so that who leaves the house is out at once. A request is then its person's whatever it claims.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Refused, Unreachable
from bot.platforms.web.provider import Begun, Provider
from handlers.facts import Person

SESSION, SIGNING = "__Host-someopas", "__Host-someopas-signing"
LASTS, BEGUN_LASTS = timedelta(hours=8), timedelta(minutes=10)
IN, BACK, OUT = "/kirjaudu", "/kirjaudu/paluu", "/kirjaudu/ulos"
OPEN = ("/static/",)
"""What is given to anybody: the page's own style and code, in which there is nobody."""
WHO = "someopas.person"
"""Under which name a request's scope holds who signed in."""
log = structlog.get_logger()
Label = Callable[[str, str], str]
Answer = TypeVar("Answer", bound=Response)


class Seal:
    """Signs what a cookie holds, so that nobody else can make one. Two purposes have two keys."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)

    def sealed(self, content: Mapping[str, Any]) -> str:
        """The content as a cookie's value."""
        body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        return f"{body}.{hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()}"

    def opened(self, value: str, now: float) -> Mapping[str, Any]:
        """What a cookie's value holds, {} for one that is not ours or whose time is over."""
        body, _, sign = value.partition(".")
        right = hmac.new(self._key, body.encode(errors="replace"), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(sign.encode(errors="replace"), right.encode()):
            return {}
        content: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body))
        return content if now < content["until"] else {}


class SigningIn:
    """The pages of signing in, and the guard before all others. `label` gives a word of a language."""

    def __init__(self, provider: Provider, secret: str, directory: Directory, clock: Clock, label: Label) -> None:
        self._provider = provider
        self._directory = directory
        self._clock = clock
        self._label = label
        self._session = Seal(secret, "someopas session 1")
        self._signing = Seal(secret, "someopas signing in 1")

    def guarding(self, app: ASGIApp) -> ASGIApp:
        """The application behind the guard."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                if scope["type"] == "lifespan":
                    await app(scope, receive, send)
                return  # nothing else is served
            request = Request(scope, receive)
            own = {IN: self.begin, BACK: self.come_back, OUT: self.sign_out}.get(scope["path"])
            if own:
                await (await own(request))(scope, receive, send)
                return
            person = self.person(request)
            if person is None and not scope["path"].startswith(OPEN):
                await _turned_away(request)(scope, receive, send)
                return
            await app(_as(scope, person) if person else scope, receive, send)

        return guarded

    def person(self, request: Request) -> Person | None:
        """Who signed in, None for nobody, or for somebody who is in the directory no more."""
        content = self._session.opened(_cookie(request, SESSION), self._clock.now().timestamp())
        return self._in_directory(str(content.get("person", "")), "") if content else None

    async def begin(self, request: Request) -> Response:
        """Send somebody to the provider."""
        begun = Begun.fresh()
        try:
            address = await run_in_threadpool(self._provider.address, begun)
        except (Refused, Unreachable) as problem:
            return self._failed(request, problem)
        response = RedirectResponse(address, status_code=303)
        until = (self._clock.now() + BEGUN_LASTS).timestamp()
        _set(response, SIGNING, self._signing.sealed({**asdict(begun), "until": until}), BEGUN_LASTS)
        return _plain(response)

    async def come_back(self, request: Request) -> Response:
        """Let in who comes back from the provider, if they are in the directory."""
        now = self._clock.now()
        kept = dict(self._signing.opened(_cookie(request, SIGNING), now.timestamp()))
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        try:
            if not kept or not code or not hmac.compare_digest(state.encode(), str(kept["state"]).encode()):
                raise Refused("the sign-in was not begun here")
            begun = Begun(kept["state"], kept["nonce"], kept["verifier"])
            email = await run_in_threadpool(self._provider.email, code, begun, now)
        except (Refused, Unreachable) as problem:
            return self._failed(request, problem)
        person = self._in_directory("", email)
        if person is None:
            log.warning("signed in, but in no directory")
            return self._said(request, "web.unknown_person", 403)
        response = RedirectResponse("/", status_code=303)
        until = (now + LASTS).timestamp()
        _set(response, SESSION, self._session.sealed({"person": person.id, "until": until}), LASTS)
        _set(response, SIGNING, "", timedelta())
        return _plain(response)

    async def sign_out(self, request: Request) -> Response:
        """End the session; only from our own page, as a browser gives the cookie to no post of another site's."""
        if request.method != "POST" or self.person(request) is None:
            return Response(status_code=403)
        response = self._said(request, "web.signed_out", 200)
        _set(response, SESSION, "", timedelta())
        return response

    def _in_directory(self, person_id: str, email: str) -> Person | None:
        found = (p for p in self._directory.everybody if p.id == person_id or (email and p.email.casefold() == email))
        return next(found, None)

    def _failed(self, request: Request, problem: Exception) -> Response:
        log.warning("signing in failed", reason=str(problem))
        return self._said(request, "web.sign_in_failed", 503 if isinstance(problem, Unreachable) else 403)

    def _said(self, request: Request, label: str, status: int) -> HTMLResponse:
        """A sentence, with the way to sign in."""
        wished = request.headers.get("accept-language", "")[:2]
        language = wished if wished in ("fi", "sv", "en") else "fi"
        words, again = self._label(label, language), self._label("web.sign_in", language)
        html = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Someopas</title><p>{words}</p>'
        return _plain(HTMLResponse(f'{html}<p><a href="{IN}">{again}</a></p>', status_code=status))


def _turned_away(request: Request) -> Response:
    """To the sign-in for who opens a page; for all else a 401 without a word."""
    if request.method == "GET" and request.url.path == "/":
        return _plain(RedirectResponse(IN, status_code=303))
    return Response(status_code=401)


def _as(scope: Scope, person: Person) -> Scope:
    """The request as its person's own: whatever `as` it names is theirs."""
    query = [(k, v) for k, v in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) if k != "as"]
    return {**scope, "query_string": urlencode([*query, ("as", person.id)]).encode(), WHO: person.id}


def _cookie(request: Request, name: str) -> str:
    return request.cookies.get(name, "")


def _set(response: Response, name: str, value: str, lasts: timedelta) -> None:
    response.set_cookie(
        name, value, max_age=int(lasts.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )  # fmt: skip


def _plain(response: Answer) -> Answer:
    """The response, kept nowhere, and telling no other site where somebody comes from."""
    response.headers.update({
        "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    })  # fmt: skip
    return response
