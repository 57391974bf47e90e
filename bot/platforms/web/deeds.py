"""What people do on the page – ask, press, send a form, move the demo's clock – as events, and what comes of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.app import Bot
from bot.clock import MovedClock
from bot.deciding import Handled
from bot.platforms.listening import body_of
from bot.platforms.web.files import Files
from bot.platforms.web.forms import Forms
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.responses import stranger
from bot.platforms.web.signing_in import WHO
from bot.platforms.web.visitors import Visitors
from bot.sender import Sender
from bot.text import printable
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Asked, Event, Pressed, Submitted
from handlers.facts import Person

LONGEST_BODY = 1_000_000
"""Bytes of a request that are read; a text of 100,000 characters fits."""
JUMPS = {"4h": timedelta(hours=4), "1d": timedelta(days=1), "7d": timedelta(days=7)}
log = structlog.get_logger()


class Body(BaseModel):
    """What every request of the page says: who acts, in which conversation, under which key."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=8, max_length=80)
    person: str
    conversation: str


class Asking(Body):
    """Words."""

    text: str = Field(max_length=100_000)


class Pressing(Body):
    """A button."""

    action: str
    record: str = ""
    value: str = ""


class Submitting(Body):
    """A form."""

    form: str
    record: str
    values: dict[str, str]


class Moving(Body):
    """A wish to have time pass, in the demo."""

    jump: Literal["4h", "1d", "7d"]


Shape = TypeVar("Shape", bound=Body)


class Deeds:
    """Makes events of what people do, and has them handled. `clock` is None where it is the machine's own."""

    def __init__(
        self,
        bot: Bot,
        platform: WebPlatform,
        sender: Sender,
        clock: MovedClock | None,
        visitors: Visitors,
        files: Files,
        forms: Forms,
    ) -> None:
        self._bot = bot
        self._platform = platform
        self._sender = sender
        self._clock = clock
        self._visitors = visitors
        self._files = files
        self._forms = forms

    def guarded(
        self, shape: type[Shape], endpoint: Callable[[Person, Shape], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Only what the page itself sends: JSON, from its own origin, by somebody of the directory, where they may be."""

        async def guarded(request: Request) -> Response:
            if refusal := stranger(request, "application/json"):
                return refusal
            try:
                body = shape.model_validate_json(await body_of(request, LONGEST_BODY) or b"")
            except ClientDisconnect:
                return Response(status_code=400)
            except ValueError as problem:
                log.info("request refused", reason=type(problem).__name__)
                return JSONResponse({"error": self._visitors.label("web.too_long", None)}, status_code=422)
            person = self._visitors.person(body.person, strict=True)
            if request.scope.get(WHO, body.person) != body.person:
                return JSONResponse({"error": "somebody else signed in"}, status_code=403)
            if person is None or not self._visitors.may(person, body.conversation):
                return JSONResponse({"error": "nobody by that name is here"}, status_code=403)
            return await endpoint(person, body)

        return guarded

    async def ask(self, person: Person, said: Asking) -> Response:
        """A person wrote something."""
        text = printable(said.text)
        if not text.strip():
            return JSONResponse({"error": self._visitors.label("web.empty", person)}, status_code=422)
        await run_in_threadpool(self._platform.hear, said.conversation, person.id, text[:4000], said.key)
        return await self._handled(Asked(_key(person, said), person.id, said.conversation, text=text))

    async def press(self, person: Person, p: Pressing) -> Response:
        """A person pressed a button."""
        return await self._handled(Pressed(_key(person, p), person.id, p.conversation, p.record, p.action, p.value))

    async def submit(self, person: Person, s: Submitting) -> Response:
        """A person sent a form."""
        values = {name: self._files.own(person, printable(value)) for name, value in s.values.items()}
        return await self._handled(Submitted(_key(person, s), person.id, s.conversation, s.record, s.form, values))

    async def move_clock(self, person: Person, wish: Moving) -> Response:
        """Move the demo's clock forward, so that what falls due later is seen now."""
        if self._clock is None:
            return JSONResponse({"error": "this clock is the machine's own"}, status_code=404)
        await run_in_threadpool(self._move, self._clock, JUMPS[wish.jump])
        self._sender.wake()
        return JSONResponse({"clock": self._visitors.time(person)})

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
        html = self._forms.html(handled.immediate.form, handled.language, errors)
        return JSONResponse({"form": html, "errors": bool(errors)})


def _key(person: Person, body: Body) -> str:
    """The event's key: a person's own, so that nobody can take an answer by repeating somebody else's."""
    return f"web:{person.id}:{body.key}"
