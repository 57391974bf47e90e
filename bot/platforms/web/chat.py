"""The embedded chat: the page itself, the messages of a conversation, and the stream that tells when one changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from bot.app import Bot
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.responses import page
from bot.platforms.web.signing_in import WHO
from bot.platforms.web.visitors import Visitors, language_of
from bot.rendering import Renderer, moment
from handlers.facts import Person
from handlers.management import may_see
from handlers.meetings import records_meetings
from knowledge.document import LANGUAGES

STREAM = 600.0
"""Seconds after which a stream of changes ends and is asked for anew, by somebody who is still signed in."""


class Chat:
    """Shows conversations. `moves` tells whether the clock is the demo's own, and is shown."""

    def __init__(
        self,
        bot: Bot,
        platform: WebPlatform,
        renderer: Renderer,
        visitors: Visitors,
        html: Environment,
        *,
        moves: bool,
    ) -> None:
        self._bot = bot
        self._platform = platform
        self._renderer = renderer
        self._visitors = visitors
        self._html = html
        self._moves = moves
        self._waiting: set[asyncio.Queue[str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        platform.changed = self._changed

    async def page(self, request: Request) -> Response:
        """The page of the person in `?as=`, or of the first one."""
        person = self._visitors.of(request)
        if person is None:
            return HTMLResponse("The directory is empty: import the people first.", status_code=503)
        language = language_of(person)
        html = self._html.get_template("page.html").render(
            person=person,
            people=[] if WHO in request.scope else self._bot.directory.everybody,
            conversations=self._visitors.conversations(person),
            languages=LANGUAGES,
            language=language,
            t=self._renderer.labels(language),
            starters=self._bot.guide.starters(language),
            document=self._bot.guide.documents[0],
            agenda=records_meetings(person, self._bot.municipality.chain),
            figures=may_see(person, self._bot.municipality.management),
            clock=self._clock(person),
        )
        return page(html)

    async def messages(self, request: Request) -> Response:
        """The last messages of a conversation as HTML, for whoever may see it."""
        person = self._visitors.of(request)
        conversation = request.query_params.get("conversation", "")
        if person is None or not self._visitors.may(person, conversation):
            return JSONResponse({"messages": []}, status_code=404)
        shown = await run_in_threadpool(self._shown, conversation, person)
        return JSONResponse({"messages": shown, "clock": self._clock(person)})

    def _shown(self, conversation: str, person: Person) -> list[dict[str, Any]]:
        language = language_of(person)
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
                    author=self._visitors.name(said.author),
                    time=moment(said.at.isoformat(), language),
                ),
            }
            for said, card in self._platform.messages(conversation, person.id)
        ]

    def _clock(self, person: Person) -> str:
        """The demo's time; "" where the clock is the machine's own, which people have before them."""
        return self._visitors.time(person) if self._moves else ""

    async def changes(self, request: Request) -> Response:
        """A stream (server-sent events) of the conversations that changed."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        person = self._visitors.of(request) if WHO in request.scope else None

        async def stream() -> AsyncIterator[str]:
            self._waiting.add(queue)
            until = asyncio.get_running_loop().time() + STREAM
            try:
                yield "retry: 1000\n\n"
                while not await request.is_disconnected() and asyncio.get_running_loop().time() < until:
                    try:
                        changed = await asyncio.wait_for(queue.get(), 15)
                        if person is None or self._visitors.may(person, changed):
                            yield f"data: {json.dumps(changed)}\n\n"
                    except TimeoutError:
                        yield ": still here\n\n"
            finally:
                self._waiting.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def _changed(self, conversation: str) -> None:
        if self._loop:
            for queue in tuple(self._waiting):
                self._loop.call_soon_threadsafe(queue.put_nowait, conversation)
