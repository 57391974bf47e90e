"""How people reach the page: by HTTP on loopback, or wherever they sign in."""

from __future__ import annotations

from bot.platforms.listening import Listener
from bot.platforms.web.server import Page
from bot.platforms.web.signing_in import SigningIn


class PageService(Listener):
    """Serves the page on a port, to who has signed in; without `signing_in` on loopback alone, whatever the host."""

    def __init__(self, page: Page, signing_in: SigningIn | None, host: str, port: int) -> None:
        app = signing_in.guarding(page.app()) if signing_in else page.app()
        # Windows that are open wait for news without end: they are let go after a second.
        super().__init__(app, host if signing_in else "127.0.0.1", port, "page", grace=1)

    @property
    def told(self) -> str:
        """What is said when it is served: where."""
        return f"Someopas: http://127.0.0.1:{self.port}"
