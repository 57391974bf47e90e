"""The web page's server: which address leads to what. A browser's deeds become events, the bot's words become HTML.

By itself it has no sign-in: whoever reaches the page chooses whom to be. It therefore listens on loopback alone, and
answers only requests that name it as their host and come from its own pages. Elsewhere it stands behind `signing_in.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.app import Bot
from bot.clock import MovedClock
from bot.evidence import EvidenceStore
from bot.platforms.web.chat import Chat
from bot.platforms.web.deeds import Asking, Deeds, Moving, Pressing, Submitting
from bot.platforms.web.documents import Documents
from bot.platforms.web.files import Files
from bot.platforms.web.forms import Forms, templates
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.visitors import Visitors
from bot.rendering import Renderer
from bot.sender import Sender
from bot.views import Views

STATIC = Path(__file__).parent / "static"
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""The names that loopback has."""
log = structlog.get_logger()


class _Number(IntegerConvertor):
    """The number of a record in a path: one with thousands of digits is none, and Python would not read it."""

    regex = "[0-9]{1,9}"


register_url_convertor("number", _Number())


class Page:
    """The page and its requests. Everything it needs is handed in; without `evidence` it takes and gives no files.

    `hosts` are the names by which it is asked for. Where people sign in (`signing_in.py`), the guard before it says whose
    a request is. `clock` is the demo's, None where the clock is the machine's own.
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
        html, views = templates(), Views(bot, renderer)
        self._hosts = hosts
        self._visitors = Visitors(bot, platform, renderer)
        self.files = Files(bot.store, views, self._visitors, evidence)
        self._chat = Chat(bot, platform, renderer, self._visitors, html, moves=clock is not None)
        self._documents = Documents(bot, platform, renderer, self._visitors, views, html)
        self.forms = Forms(bot.directory, renderer, html)
        self._deeds = Deeds(bot, platform, sender, clock, self._visitors, self.files, self.forms)

    def app(self) -> Starlette:
        """The application, for the names of `hosts`."""
        chat, documents, deeds = self._chat, self._documents, self._deeds
        routes = [
            Route("/", chat.page),
            Route("/messages", chat.messages),
            Route("/changes", chat.changes),
            Route("/ask", deeds.guarded(Asking, deeds.ask), methods=["POST"]),
            Route("/press", deeds.guarded(Pressing, deeds.press), methods=["POST"]),
            Route("/submit", deeds.guarded(Submitting, deeds.submit), methods=["POST"]),
            Route("/clock", deeds.guarded(Moving, deeds.move_clock), methods=["POST"]),
            Route("/files", self.files.take, methods=["POST"]),
            Route("/todiste/{number:number}/{sha256}", self.files.give),
            Route("/ohje/{document}", documents.guideline),
            Route("/asialista", documents.agenda),
            Route("/tilit", documents.accounts),
            Route("/luvut", documents.figures),
            Route("/tapaus/{number:number}", documents.case),
            Route("/lupa/{kind}", documents.permit),
            Route("/sopimus/{number:number}", documents.agreement),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(self._hosts))],
            exception_handlers={Exception: self._failed},
        )

    async def _failed(self, request: Request, problem: Exception) -> Response:
        incident = uuid4().hex[:8]
        log.error("request failed", path=request.url.path, incident=incident, exc_info=problem)
        person = self._visitors.of(request)
        text = self._visitors.label("failed", person).replace("#", incident) if person else incident
        return JSONResponse({"error": text}, status_code=500)
