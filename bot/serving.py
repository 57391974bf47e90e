"""Serving: the platforms that are wished, begun together and ended together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from socket import socket

import click
import uvicorn

from bot.clock import MovedClock
from bot.platforms import Unreachable
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.settings import Settings
from bot.wiring import SERVICES, Assembly, Service, assemble
from knowledge.guide import Guide


def serve_platforms(settings: Settings, guide: Guide) -> None:
    """Serve the platforms that are wished, until the process is told to end.

    Raises `StoreError`, `OSError` where a port is taken, `Refused` where a platform does not take the token.
    """
    made = assemble(settings, settings.platforms, demo=False, guide=guide)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    services = {name: SERVICES[name](settings, made) for name in made.bot.platforms if name in SERVICES}
    page = _page_server(settings.port, made) if "web" in settings.platforms else None
    made.sender.start()
    made.auditor.start()
    try:
        if page:
            threading.Thread(target=page.run, name="page", daemon=True).start()
        _connect(services, ended)
        ended.wait()
    finally:
        for service in services.values():
            service.stop()
        made.auditor.stop()
        made.sender.stop()
        made.store.close()


def _connect(services: Mapping[str, Service], ended: threading.Event) -> None:
    """Begin to serve; a platform that does not answer is tried again every ten seconds, and holds up no other."""
    waiting = dict(services)
    while waiting and not ended.is_set():
        for name, service in list(waiting.items()):
            try:
                service.start()
            except Unreachable as problem:
                click.echo(f"{name.capitalize()} does not answer yet ({problem}).", err=True)
            else:
                click.echo(f"Someopas serves {name.capitalize()}.", err=True)
                del waiting[name]
        if waiting:
            ended.wait(10)


def serve_page(settings: Settings, guide: Guide, port: int, *, demo: bool) -> None:
    """Serve the page alone, until the process is told to end. Raises `StoreError`."""
    made = assemble(settings, ["web"], demo=demo, guide=guide)
    made.sender.start()
    made.auditor.start()
    try:
        _page_server(port, made).run()
    finally:
        made.auditor.stop()
        made.sender.stop()
        made.store.close()


def _page_server(port: int, made: Assembly) -> uvicorn.Server:
    platform = made.bot.platforms["web"]
    assert isinstance(platform, WebPlatform)  # noqa: S101 - it was asked for by this name
    clock = made.clock if isinstance(made.clock, MovedClock) else None
    page = Page(made.bot, platform, made.renderer, made.sender, clock, made.evidence)
    return _Announced(
        uvicorn.Config(page.app(), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
    )  # fmt: skip


class _Announced(uvicorn.Server):
    """Says where it is served once it is, and not before."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to listen, then say where."""
        await super().startup(sockets)
        if self.started:
            [server] = self.servers
            click.echo(f"Someopas: http://127.0.0.1:{server.sockets[0].getsockname()[1]}", err=True)
