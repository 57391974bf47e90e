"""What is opened beside the chat, to be read, printed or handed on: each a page that is whole in itself."""

from __future__ import annotations

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.app import Bot
from bot.pages.agenda import agenda_page
from bot.pages.permit import permit_page
from bot.platforms.web.guideline import blocks
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.responses import document, not_found, page
from bot.platforms.web.visitors import Visitors, language_of
from bot.register import public_list
from bot.rendering import Renderer
from bot.views import Views
from handlers.events import Pressed
from handlers.meetings import waiting
from knowledge.document import LANGUAGES


class Documents:
    """The documents, for whoever may see each; 404 for who may not."""

    def __init__(
        self, bot: Bot, platform: WebPlatform, renderer: Renderer, visitors: Visitors, views: Views, html: Environment
    ) -> None:
        self._bot = bot
        self._platform = platform
        self._renderer = renderer
        self._visitors = visitors
        self._html = html
        self._views = views

    async def guideline(self, request: Request) -> Response:
        """A whole guideline, each passage under its anchor."""
        wanted = request.path_params["document"]
        person = self._visitors.of(request, strict=True)
        # A department's own that was accepted is for its people alone (R9).
        found = self._bot.guide.whole(wanted, person.department if person else "")
        if found is None:
            return not_found()
        return page(self._html.get_template("guideline.html").render(document=found, blocks=blocks(found)))

    async def agenda(self, request: Request) -> Response:
        """The printable agenda of the meetings whose secretary the person is."""
        person = self._visitors.of(request, strict=True)
        if person is None:
            return not_found()
        facts = self._bot.facts(Pressed("", person.id, self._platform.direct(person.id), "", "meetings/agenda"))
        return document(agenda_page(waiting(facts), facts, self._renderer, language_of(person)))

    async def figures(self, request: Request) -> Response:
        """Management's figures, for whoever may see them."""
        person = self._visitors.of(request, strict=True)
        return document(await run_in_threadpool(self._views.figures, person.id) if person else "")

    async def permit(self, request: Request) -> Response:
        """A permission to print (`kuva`, `huoltaja`), in the language of `?language=`, else in the person's."""
        person = self._visitors.of(request)
        wanted = request.query_params.get("language", "")
        language = wanted if wanted in LANGUAGES else language_of(person)
        facts = self._bot.facts(Pressed("", person.id if person else "", "", "", "permits/photo"))
        return document(permit_page(str(request.path_params["kind"]), facts, self._renderer, language))

    async def accounts(self, request: Request) -> Response:
        """The verified accounts as the municipality's own site may show them (R37); nobody is named on it."""
        language = language_of(self._visitors.of(request))
        now = self._bot.clock.now()
        return document(await run_in_threadpool(public_list, self._bot.store, self._renderer, language, now))

    async def case(self, request: Request) -> Response:
        """A case with all that is known of it, for whoever handles it."""
        person, number = self._visitors.of(request, strict=True), int(request.path_params["number"])
        if person is None:
            return not_found()
        files_at = f"/todiste/{number}"
        return document(await run_in_threadpool(self._views.case, person.id, number, files_at))

    async def agreement(self, request: Request) -> Response:
        """An agreement as one page to print, for the two whose it is."""
        person, number = self._visitors.of(request, strict=True), int(request.path_params["number"])
        if person is None:
            return not_found()
        return document(await run_in_threadpool(self._views.agreement, person.id, number))
