"""The web page's server: what a browser sends becomes an event, what the bot says becomes HTML.

By itself it has no sign-in: whoever reaches the page chooses whom to be. It therefore listens on loopback alone, and
answers only requests that name it as their host and come from its own pages. Elsewhere it stands behind `signing_in.py`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import uuid4

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.agenda import agenda_page
from bot.app import Bot, Handled
from bot.clock import MovedClock
from bot.evidence import EvidenceStore, TooLarge
from bot.permits import permit_page
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.signing_in import WHO
from bot.register import public_list
from bot.rendering import LANGUAGES, Renderer, moment
from bot.sender import Sender
from bot.text import printable
from handlers.cards import Field as Asking
from handlers.cards import Form, files_as, files_in
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Asked, Attachment, Event, Pressed, Submitted
from handlers.facts import TEAMS, Person
from handlers.meetings import records_meetings, waiting
from knowledge.document import Document, Piece, plain

HERE = Path(__file__).parent
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""The names that loopback has."""
LONGEST_BODY = 1_000_000
"""Bytes of a request that are read; a text of 100,000 characters fits."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
AGENDA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""The agenda carries its own style, so that it is whole as a file too; it runs nothing and loads nothing."""
EVIDENCE_POLICY = "sandbox; default-src 'none'"
"""A file of a case may be the attack itself: it is a download, and would run nothing even if it were shown."""
FILE_NAME = 200
"""Characters of a file's name that are kept."""
SEPARATORS = re.compile(r"[/\\]")
JUMPS = {"4h": timedelta(hours=4), "1d": timedelta(days=1), "7d": timedelta(days=7)}
log = structlog.get_logger()


class _Number(IntegerConvertor):
    """The number of a record in a path: one with thousands of digits is none, and Python would not read it."""

    regex = "[0-9]{1,9}"


register_url_convertor("number", _Number())


class _Body(BaseModel):
    """What every request of the page says: who acts, in which conversation, under which key."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=8, max_length=80)
    person: str
    conversation: str


class _Asking(_Body):
    text: str = Field(max_length=100_000)


class _Pressing(_Body):
    action: str
    record: str = ""
    value: str = ""


class _Submitting(_Body):
    form: str
    record: str
    values: dict[str, str]


class _Moving(_Body):
    jump: Literal["4h", "1d", "7d"]


Body = TypeVar("Body", bound=_Body)


class Page:
    """The page and its requests. Everything it needs is handed in; without `evidence` it takes and gives no files.

    `hosts` are the names by which it is asked for. Where people sign in (`signing_in.py`), the guard before it says whose
    a request is.
    """

    def __init__(
        self,
        bot: Bot,
        platform: WebPlatform,
        renderer: Renderer,
        sender: Sender,
        clock: MovedClock | None,
        evidence: EvidenceStore | None = None,
        hosts: Sequence[str] = HOSTS,
    ) -> None:
        self._bot = bot
        self._hosts = hosts
        self._evidence = evidence
        self._platform = platform
        self._renderer = renderer
        self._sender = sender
        self._clock = clock
        self._waiting: set[asyncio.Queue[str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        rules = ["emphasis", "list", "escape", "newline", "link", "autolink"]
        self._markdown = MarkdownIt("zero", {"breaks": True}).enable(rules)  # a line is a line, as in a chat
        self._html = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._html.filters["words"] = lambda text: Markup(self._markdown.render(text))  # noqa: S704 - markdown-it escapes HTML
        self._html.filters["bold"] = bold
        self._html.filters["files"] = lambda value: [(f.name, files_as([f])) for f in files_in(value)]
        platform.changed = self._changed

    def app(self) -> Starlette:
        """The application, for the host names that loopback has."""
        routes = [
            Route("/", self.page),
            Route("/ohje/{document}", self.guideline),
            Route("/asialista", self.agenda),
            Route("/tilit", self.accounts),
            Route("/luvut", self.figures),
            Route("/tapaus/{number:number}", self.case),
            Route("/lupa/{kind}", self.permit),
            Route("/sopimus/{number:number}", self.agreement),
            Route("/todiste/{number:number}/{sha256}", self.evidence),
            Route("/messages", self.messages),
            Route("/changes", self.changes),
            Route("/ask", self._guarded(_Asking, self.ask), methods=["POST"]),
            Route("/press", self._guarded(_Pressing, self.press), methods=["POST"]),
            Route("/submit", self._guarded(_Submitting, self.submit), methods=["POST"]),
            Route("/files", self.take_file, methods=["POST"]),
            Route("/clock", self._guarded(_Moving, self.move_clock), methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(self._hosts))],
            exception_handlers={Exception: self._failed},
        )

    async def page(self, request: Request) -> Response:
        """The page of the person in `?as=`, or of the first one."""
        person = self._person(request.query_params.get("as", ""))
        if person is None:
            return HTMLResponse("The directory is empty: import the people first.", status_code=503)
        language = person.language or "fi"
        html = self._html.get_template("page.html").render(
            person=person,
            people=[] if WHO in request.scope else self._bot.directory.everybody,
            conversations=self._conversations(person),
            languages=LANGUAGES,
            language=language,
            t=self._renderer.labels(language),
            starters=self._bot.guide.starters(language),
            document=self._bot.guide.documents[0],
            agenda=records_meetings(person, self._bot.municipality.chain),
            figures=self._bot.sees_figures(person),
            clock=self._time(language) if self._clock else "",
        )
        return _page(html)

    async def guideline(self, request: Request) -> Response:
        """A whole guideline, each passage under its anchor."""
        wanted = request.path_params["document"]
        person = self._person(request.query_params.get("as", ""), strict=True)
        # A department's own that was accepted is for its people alone (R9).
        document = self._bot.guide.whole(wanted, person.department if person else "")
        if document is None:
            return HTMLResponse("404", status_code=404)
        html = self._html.get_template("guideline.html").render(document=document, blocks=blocks(document))
        return _page(html)

    async def agenda(self, request: Request) -> Response:
        """The printable agenda of the meetings whose secretary the person is."""
        person = self._person(request.query_params.get("as", ""), strict=True)
        if person is None:
            return HTMLResponse("404", status_code=404)
        facts = self._bot.facts(Pressed("", person.id, self._platform.direct(person.id), "", "meetings/agenda"))
        html = agenda_page(waiting(facts), facts, self._renderer, person.language or "fi")
        return _page(html, AGENDA_POLICY)

    async def figures(self, request: Request) -> Response:
        """Management's figures, for whoever may see them."""
        person = self._person(request.query_params.get("as", ""), strict=True)
        html = await run_in_threadpool(self._bot.figures_page, person.id, self._renderer) if person else ""
        return _page(html, AGENDA_POLICY) if html else HTMLResponse("404", status_code=404)

    async def permit(self, request: Request) -> Response:
        """A permission to print (`kuva`, `huoltaja`), in the language of `?language=`, else in the person's."""
        person = self._person(request.query_params.get("as", ""))
        wanted = request.query_params.get("language", "")
        language = wanted if wanted in LANGUAGES else (person.language if person else "") or "fi"
        facts = self._bot.facts(Pressed("", person.id if person else "", "", "", "permits/photo"))
        html = permit_page(str(request.path_params["kind"]), facts, self._renderer, language)
        return _page(html, AGENDA_POLICY) if html else HTMLResponse("404", status_code=404)

    async def accounts(self, request: Request) -> Response:
        """The verified accounts as the municipality's own site may show them (R37); nobody is named on it."""
        person = self._person(request.query_params.get("as", ""))
        language = (person.language if person else "") or "fi"
        now = self._bot.clock.now()
        html = await run_in_threadpool(public_list, self._bot.store, self._renderer, language, now)
        return _page(html, AGENDA_POLICY)

    async def case(self, request: Request) -> Response:
        """A case with all that is known of it, for whoever handles it."""
        person = self._person(request.query_params.get("as", ""), strict=True)
        number = int(request.path_params["number"])
        files_at = f"/todiste/{number}"
        html = await run_in_threadpool(self._bot.case_page, person.id, number, self._renderer, files_at) if person else ""
        return _page(html, AGENDA_POLICY) if html else HTMLResponse("404", status_code=404)

    async def agreement(self, request: Request) -> Response:
        """An agreement as one page to print, for the two whose it is."""
        person = self._person(request.query_params.get("as", ""), strict=True)
        number = int(request.path_params["number"])
        html = await run_in_threadpool(self._bot.agreement_page, person.id, number, self._renderer) if person else ""
        return _page(html, AGENDA_POLICY) if html else HTMLResponse("404", status_code=404)

    async def evidence(self, request: Request) -> Response:
        """A file of a case as it was put by, to be saved and not shown; 404 for whoever may not have it."""
        person = self._person(request.query_params.get("as", ""), strict=True)
        number, sha256 = int(request.path_params["number"]), str(request.path_params["sha256"])
        name = await run_in_threadpool(self._bot.may_see_file, person.id, number, sha256) if person else ""
        path = self._evidence.path(sha256) if name and self._evidence else None
        if path is None or not path.is_file():
            return HTMLResponse("404", status_code=404)
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=_file_name(name),
            content_disposition_type="attachment",
            headers={
                "Content-Security-Policy": EVIDENCE_POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            },
        )

    async def messages(self, request: Request) -> Response:
        """The last messages of a conversation as HTML, for whoever may see it."""
        person = self._person(request.query_params.get("as", ""))
        conversation = request.query_params.get("conversation", "")
        if person is None or not self._may(person, conversation):
            return JSONResponse({"messages": []}, status_code=404)
        shown = await run_in_threadpool(self._shown, conversation, person)
        return JSONResponse({"messages": shown, "clock": self._time(person.language or "fi") if self._clock else ""})

    def _shown(self, conversation: str, person: Person) -> list[dict[str, Any]]:
        language = person.language or "fi"
        template = self._html.get_template("message.html")
        return [
            {
                "id": said.id,
                "stamp": (said.edited_at or said.at).isoformat(),
                "html": template.render(
                    said=said,
                    card=card,
                    own=said.author == person.id,
                    t=self._renderer.labels(language),
                    author=self._name(said.author),
                    time=moment(said.at.isoformat(), language),
                ),
            }
            for said, card in self._platform.messages(conversation, person.id)
        ]

    async def changes(self, request: Request) -> Response:
        """A stream (server-sent events) of the conversations that changed."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        person = self._person(request.query_params.get("as", "")) if WHO in request.scope else None

        async def stream() -> AsyncIterator[str]:
            self._waiting.add(queue)
            try:
                yield "retry: 1000\n\n"
                while not await request.is_disconnected():
                    try:
                        changed = await asyncio.wait_for(queue.get(), 15)
                        if person is None or self._may(person, changed):
                            yield f"data: {json.dumps(changed)}\n\n"
                    except TimeoutError:
                        yield ": still here\n\n"
            finally:
                self._waiting.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def ask(self, person: Person, said: _Asking) -> Response:
        """A person wrote something."""
        text = printable(said.text)
        if not text.strip():
            return JSONResponse({"error": self._label("web.empty", person)}, status_code=422)
        await run_in_threadpool(self._platform.hear, said.conversation, person.id, text[:4000], said.key)
        return await self._handled(Asked(_key(person, said), person.id, said.conversation, text=text))

    async def press(self, person: Person, p: _Pressing) -> Response:
        """A person pressed a button."""
        return await self._handled(Pressed(_key(person, p), person.id, p.conversation, p.record, p.action, p.value))

    async def submit(self, person: Person, s: _Submitting) -> Response:
        """A person sent a form."""
        values = {name: self._own_files(person, printable(value)) for name, value in s.values.items()}
        return await self._handled(Submitted(_key(person, s), person.id, s.conversation, s.record, s.form, values))

    async def take_file(self, request: Request) -> Response:
        """Put a file of a form by before the form is sent, in parts as it comes; the body is the file and nothing else.

        Sent again after a lost answer it is the same file: its bytes are its name.
        """
        asked = request.query_params
        person = self._person(asked.get("as", ""), strict=True)
        if refusal := self._stranger(request, "application/octet-stream"):
            return refusal
        if person is None or self._evidence is None or not self._may(person, asked.get("conversation", "")):
            return JSONResponse({"error": "nobody by that name is here"}, status_code=403)
        told = request.headers.get("content-length", "")
        try:
            if told.isdecimal() and int(told) > self._evidence.largest:
                raise TooLarge(told)
            chunks = _in_thread(request, asyncio.get_running_loop())
            sha256, size = await run_in_threadpool(self._evidence.keep, chunks)
        except TooLarge:
            return JSONResponse({"error": self._label("web.file_too_large", person)}, status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)  # half a file, and nobody there who would read this
        file = Attachment(f"web:{sha256}", _file_name(asked.get("name", "")) or sha256[:12], size)
        await run_in_threadpool(self._bot.store.put, _sent_by(person, file.source), file.name)
        return JSONResponse({"source": file.source, "name": file.name, "size": file.size})

    def _own_files(self, person: Person, value: str) -> str:
        """A field's files without those that this person has not sent: a form must not name somebody else's."""
        files = files_in(value)
        if not files:
            return value
        return files_as([f for f in files if self._bot.store.get(_sent_by(person, f.source))])

    async def move_clock(self, person: Person, wish: _Moving) -> Response:
        """Move the demo's clock forward, so that what falls due later is seen now."""
        if self._clock is None:
            return JSONResponse({"error": "this clock is the machine's own"}, status_code=404)
        await run_in_threadpool(self._move, self._clock, JUMPS[wish.jump])
        self._sender.wake()
        return JSONResponse({"clock": self._time(person.language or "fi")})

    def _move(self, clock: MovedClock, jump: timedelta) -> None:
        """Let the time pass: what falls due on the way fires at its own moment, as if nobody had hurried."""
        until = clock.now() + jump
        while (due := self._bot.store.next_timer()) and due <= until:
            clock.offset += max(due - clock.now(), timedelta())
            self._sender.fire_due()
            self._sender.settle()
        clock.offset += max(until - clock.now(), timedelta())
        self._bot.store.put("clock_offset", str(clock.offset.total_seconds()))

    async def _handled(self, event: Event) -> Response:
        handled: Handled = await run_in_threadpool(self._bot.handle, event)
        if not isinstance(handled.immediate, OpenForm | FieldErrors):
            return JSONResponse({"ok": True})
        errors = handled.immediate.errors if isinstance(handled.immediate, FieldErrors) else {}
        html = self.form(handled.immediate.form, handled.language, errors)
        return JSONResponse({"form": html, "errors": bool(errors)})

    def form(self, form: Form, language: str, errors: Mapping[str, str]) -> str:
        """A form as HTML. People stand in it by their names, by their e-mail addresses where names are alike."""
        everybody = self._bot.directory.everybody
        times = Counter(p.name for p in everybody)
        names = {p.id: p.name if times[p.name] == 1 else p.email for p in everybody}
        named = replace(form, fields=tuple(self._named(asked, names) for asked in form.fields))
        choosing = any(asked.type == "person" for asked in form.fields)
        return self._html.get_template("form.html").render(
            form=self._renderer.form(named, language, errors),
            people=[(names[p.id], p.email) for p in everybody] if choosing else [],
        )

    def _named(self, asked: Asking, names: Mapping[str, str]) -> Asking:
        """A field for people with names in the place of ids, one a line; what somebody wrote stays as they wrote it."""
        if asked.type not in ("person", "people"):
            return asked
        ids = asked.value.split(",") if asked.type == "people" else [asked.value]
        people = [self._bot.directory.person(one) for one in ids]
        if not any(people):
            return asked
        shown = (names.get(one, person.name if person else one) for one, person in zip(ids, people, strict=True))
        return replace(asked, value="\n".join(shown))

    def _guarded(
        self, shape: type[Body], endpoint: Callable[[Person, Body], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Only what the page itself sends: JSON, from its own origin, by somebody of the directory, where they may be."""

        async def guarded(request: Request) -> Response:
            if refusal := self._stranger(request, "application/json"):
                return refusal
            try:
                body = shape.model_validate_json(await _read(request))
            except ValueError as problem:
                log.info("request refused", reason=type(problem).__name__)
                return JSONResponse({"error": self._renderer.label("web.too_long", "fi")}, status_code=422)
            person = self._person(body.person, strict=True)
            if request.scope.get(WHO, body.person) != body.person:
                return JSONResponse({"error": "somebody else signed in"}, status_code=403)
            if person is None or not self._may(person, body.conversation):
                return JSONResponse({"error": "nobody by that name is here"}, status_code=403)
            return await endpoint(person, body)

        return guarded

    def _stranger(self, request: Request, expected: str) -> Response | None:
        """The refusal of what another site sent, or a plain form of one; neither has our origin and our kind of body."""
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            return JSONResponse({"error": "another site sent this"}, status_code=403)
        if not request.headers.get("content-type", "").startswith(expected):
            return JSONResponse({"error": f"{expected} is expected"}, status_code=415)
        return None

    async def _failed(self, request: Request, problem: Exception) -> Response:
        incident = uuid4().hex[:8]
        log.error("request failed", path=request.url.path, incident=incident, exc_info=problem)
        person = self._person(request.query_params.get("as", ""))
        text = self._label("failed", person).replace("#", incident) if person else incident
        return JSONResponse({"error": text}, status_code=500)

    def _changed(self, conversation: str) -> None:
        if self._loop:
            for queue in tuple(self._waiting):
                self._loop.call_soon_threadsafe(queue.put_nowait, conversation)

    def _person(self, person_id: str, *, strict: bool = False) -> Person | None:
        everybody = self._bot.directory.everybody
        found = self._bot.directory.person(person_id)
        return found if found or strict or not everybody else everybody[0]

    def _may(self, person: Person, conversation: str) -> bool:
        return conversation in {c["id"] for c in self._conversations(person)}

    def _conversations(self, person: Person) -> list[dict[str, str]]:
        own = [{"id": self._platform.direct(person.id), "name": "Someopas", "kind": "direct"}]
        teams = [
            {"id": self._platform.channel(team), "name": self._label(f"team.{team}", person), "kind": "team"}
            for team in TEAMS
            if person.in_team(team)
        ]
        return own + teams

    def _label(self, name: str, person: Person | None) -> str:
        return self._renderer.label(name, (person.language if person else "") or "fi")

    def _name(self, person_id: str) -> str:
        person = self._bot.directory.person(person_id)
        return person.name if person else "Someopas"

    def _time(self, language: str) -> str:
        return moment(self._bot.clock.now().isoformat(), language)


@dataclass(frozen=True)
class Stretch:
    """A part of a guideline's line: the passage `anchor`, or its continuation after a break of the source."""

    anchor: str
    text: str
    continued: bool = False


def blocks(document: Document) -> list[tuple[str, list[Stretch]]]:
    """A guideline's lines in order, each as heading, item or text."""
    lines: list[tuple[str, list[Stretch]]] = []
    kind, line, last = "text", list[Stretch](), ""
    for piece in (*document.pieces, Piece("layout", "\n")):
        if piece.kind == "layout" and "\n" not in piece.text:
            kind = "item"
        elif piece.kind == "layout":
            if line:
                lines.append((kind, line))
            kind, line = "text", []
        elif piece.kind == "heading":
            kind, line = "heading", [Stretch("", piece.text)]
        else:
            line.append(Stretch(piece.anchor or last, piece.text, continued=piece.anchor is None))
            last = piece.anchor or last
    return lines


def bold(text: str) -> Markup:
    """The guideline's `**` as HTML; all else escaped."""
    parts = [
        Markup("<b>{}</b>").format(p) if i % 2 else Markup("{}").format(plain(p)) for i, p in enumerate(text.split("**"))
    ]
    return Markup("").join(parts)


def _key(person: Person, body: _Body) -> str:
    """The event's key: a person's own, so that nobody can take an answer by repeating somebody else's."""
    return f"web:{person.id}:{body.key}"


def _sent_by(person: Person, source: str) -> str:
    """The name under which the store remembers that a person sent a file."""
    return f"file:{person.id}:{source}"


def _file_name(name: str) -> str:
    """A file's name without what would be a path in it."""
    return SEPARATORS.sub("_", " ".join(printable(name).split()))[:FILE_NAME].strip()


def _in_thread(request: Request, loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """The parts of a request's body for a thread of its own, each asked of the loop when it is wanted."""
    stream = request.stream()

    async def following() -> bytes | None:
        return await anext(stream, None)

    while (part := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        yield part


async def _read(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise ValueError("too long")
    return body


def _page(html: str, policy: str = POLICY) -> HTMLResponse:
    return HTMLResponse(
        html,
        headers={
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )
