"""Signing in to the page where it is served to more than this machine: without it nothing but its own files is given.

Who signed in is in a cookie that only we can make, for eight hours: it holds an id of the directory, which is looked up
at each request, so that who leaves the house is out at once. A request is then its person's whatever it claims. Signing
out ends all that was begun before it, also a cookie that somebody else took.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode
from uuid import uuid4

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Refused, Unreachable
from bot.platforms.web.provider import Begun, Provider
from bot.storage import Store
from handlers.facts import Person

SESSION, SIGNING = "__Host-someopas", "__Host-someopas-signing"
LASTS, BEGUN_LASTS = timedelta(hours=8), timedelta(minutes=10)
IN, BACK, OUT = "/kirjaudu", "/kirjaudu/paluu", "/kirjaudu/ulos"
TO, ANOTHER = "minne", "toinen"
"""What the sign-in may be asked: to which page of ours it is to lead, and that another account is to be chosen."""
PLACE = re.compile(r"/(?:[\w%~.,:=&?+-][\w%~.,:=&?+/-]{0,400})?", re.ASCII)
"""A page of ours as an address without a host: nothing of this form leads anywhere else."""
OWN_SIGNING = re.compile(rf"{SIGNING}-[0-9a-f]{{8}}")
MOST_BEGUN = 5
"""Sign-ins that one browser may have under way: as many windows of it as ask at the same time."""
AT_ONCE = 8
"""Questions to the provider at the same time: while it is slow, they take not all threads that the page has."""
OPEN = ("/static/",)
"""What is given to anybody: the page's own style and code, in which there is nobody."""
WHO = "someopas.person"
"""Under which name a request's scope holds who signed in."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
TLS_ALONE = "max-age=31536000"
"""A browser that came once by https comes by nothing else for a year (RFC 6797); said over plain http, it is nothing."""
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

    def __init__(
        self, provider: Provider, secret: str, directory: Directory, clock: Clock, label: Label, store: Store
    ) -> None:
        self._provider = provider
        self._directory = directory
        self._clock = clock
        self._label = label
        self._store = store
        self._session = Seal(secret, "someopas session 1")
        self._signing = Seal(secret, "someopas signing in 1")
        self._at_once = asyncio.Semaphore(AT_ONCE)
        pages = FileSystemLoader(Path(__file__).parent / "templates")
        self._page = Environment(loader=pages, autoescape=True, undefined=StrictUndefined).get_template("sign_in.html")

    def guarding(self, app: ASGIApp) -> ASGIApp:
        """The application behind the guard."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                if scope["type"] == "lifespan":
                    await app(scope, receive, send)
                return  # nothing else is served
            request, send = Request(scope, receive), _by_tls(send)
            own = {IN: self.begin, BACK: self.come_back, OUT: self.sign_out}.get(scope["path"])
            if own:
                await (await own(request))(scope, receive, send)
                return
            if scope["path"].startswith(OPEN):
                await app(scope, receive, send)
                return
            person = await self.person(request)
            if person is None:
                await _turned_away(request)(scope, receive, send)
                return
            await app(_as(scope, person), receive, send)

        return ServerErrorMiddleware(guarded, handler=self._broken)

    async def person(self, request: Request) -> Person | None:
        """Who signed in; None for nobody, for somebody who is in the directory no more, and who signed out since."""
        content = self._session.opened(_cookie(request, SESSION), self._clock.now().timestamp())
        person = self._in_directory(str(content.get("person", "")), "") if content else None
        ended = await run_in_threadpool(self._store.get, _ended(person)) if person else None
        return person if float(content.get("since", 0)) >= float(ended or 0) else None

    async def begin(self, request: Request) -> Response:
        """Send somebody to the provider, and remember to which page they wished to come."""
        begun, place = Begun.fresh(), request.query_params.get(TO, "")
        try:
            async with self._at_once:
                another = ANOTHER in request.query_params
                address = await run_in_threadpool(self._provider.address, begun, another=another)
        except (Refused, Unreachable) as problem:
            return self._failed(request, problem)
        response = RedirectResponse(address, status_code=303)
        now = self._clock.now()
        kept = {**asdict(begun), "to": place if _is_ours(place) else "/", "until": (now + BEGUN_LASTS).timestamp()}
        _set(response, _signing(begun.state), self._signing.sealed(kept), BEGUN_LASTS)
        for name in self._over(request, now):
            _set(response, name, "", timedelta())
        return _plain(response)

    async def come_back(self, request: Request) -> Response:
        """Let in who comes back from the provider, if they are in the directory."""
        now = self._clock.now()
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        kept = dict(self._signing.opened(_cookie(request, _signing(state)), now.timestamp()))
        try:
            if not kept or not code or not hmac.compare_digest(state.encode(), str(kept["state"]).encode()):
                raise Refused("the sign-in was not begun here")
            begun = Begun(kept["state"], kept["nonce"], kept["verifier"])
            async with self._at_once:
                issuer = request.query_params.get("iss", "")
                email = await run_in_threadpool(self._provider.email, code, begun, now, issuer)
        except (Refused, Unreachable) as problem:
            return self._failed(request, problem)
        person = self._in_directory("", email)
        if person is None:
            log.warning("signed in, but in no directory")
            return self._said(request, "web.unknown_person", "web.sign_in_other", 403)
        response = RedirectResponse(kept["to"], status_code=303)
        since, until = now.timestamp(), (now + LASTS).timestamp()
        _set(response, SESSION, self._session.sealed({"person": person.id, "since": since, "until": until}), LASTS)
        _set(response, _signing(state), "", timedelta())
        return _plain(response)

    async def sign_out(self, request: Request) -> Response:
        """End all sessions of who asks it by the page's own button.

        A browser gives the cookie to no post of another site's, and tells where one of a neighbour's comes from.
        """
        from_elsewhere = request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
        person = None if request.method != "POST" or from_elsewhere else await self.person(request)
        if person is None:
            return Response(status_code=403)
        await run_in_threadpool(self._store.put, _ended(person), str(self._clock.now().timestamp()))
        response = self._said(request, "web.signed_out", "web.sign_in", 200)
        _set(response, SESSION, "", timedelta())
        return response

    def _over(self, request: Request, now: datetime) -> list[str]:
        """The cookies of sign-ins that are not ours, or too late, or too many: a browser's header has an end."""
        begun = [name for name in request.cookies if OWN_SIGNING.fullmatch(name)]
        good = [name for name in begun if self._signing.opened(_cookie(request, name), now.timestamp())]
        return [name for name in begun if name not in good[-MOST_BEGUN + 1 :]]

    def _in_directory(self, person_id: str, email: str) -> Person | None:
        found = (p for p in self._directory.everybody if p.id == person_id or (email and p.email.casefold() == email))
        return next(found, None)

    def _failed(self, request: Request, problem: Exception) -> Response:
        log.warning("signing in failed", reason=str(problem))
        status = 503 if isinstance(problem, Unreachable) else 403
        return self._said(request, "web.sign_in_failed", "web.sign_in_again", status)

    async def _broken(self, request: Request, problem: Exception) -> Response:
        incident = uuid4().hex[:8]
        log.error("the guard of the page failed", path=request.url.path, incident=incident, exc_info=problem)
        return self._said(request, "failed", "web.sign_in_again", 500, incident)

    def _said(self, request: Request, label: str, way: str, status: int, incident: str = "") -> HTMLResponse:
        """A sentence, with the way to sign in; whoever reads it may be another than who signed in before."""
        wished = request.headers.get("accept-language", "")[:2].casefold()
        language = wished if wished in ("fi", "sv", "en") else "fi"
        words, way = self._label(label, language).replace("#", incident), self._label(way, language)
        tagline = self._label("web.tagline", language)
        html = self._page.render(language=language, words=words, way=way, tagline=tagline, at=f"{IN}?{ANOTHER}=1")
        return _plain(HTMLResponse(html, status_code=status))


def _turned_away(request: Request) -> Response:
    """To the sign-in for who opens a page, and from there back to it; for all else a 401 without a word."""
    if request.method != "GET" or not (request.url.path == "/" or "text/html" in request.headers.get("accept", "")):
        return Response(status_code=401)
    place = quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    wish = "" if place == "/" or not _is_ours(place) else f"?{TO}={quote(place, safe='')}"
    return _plain(RedirectResponse(IN + wish, status_code=303))


def _is_ours(place: str) -> bool:
    """Whether an address is one of the page's own, and not the sign-in itself."""
    return bool(PLACE.fullmatch(place)) and not place.startswith(IN)


def _signing(state: str) -> str:
    """The name of a sign-in's cookie: each has its own, so that several windows may sign in at the same time."""
    return f"{SIGNING}-{hashlib.sha256(state.encode()).hexdigest()[:8]}"


def _ended(person: Person) -> str:
    """The name under which the store keeps when somebody signed out last."""
    return f"signed_out:{person.id}"


def _by_tls(send: Send) -> Send:
    """Answers that tell the browser to come by https alone."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Strict-Transport-Security"] = TLS_ALONE
        await send(message)

    return sending


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
        "Content-Security-Policy": POLICY,
    })  # fmt: skip
    return response
