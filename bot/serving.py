"""Serving: the platforms that are wished, begun together and ended together.

The end, on SIGTERM or SIGINT, takes ten seconds at the most: the workers finish what is under way, what arrives is
answered until then, everything else waits on disk, and the process ends with status 0.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import click
import structlog

from bot.clock import MovedClock
from bot.health import Health
from bot.notifying import ALIVE, READY, STOPPING, notify
from bot.platforms import Unreachable
from bot.platforms.listening import Listener
from bot.platforms.web.checks import signs_in
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.provider import Provider
from bot.platforms.web.server import HOSTS, Page
from bot.platforms.web.signing_in import BACK, SigningIn
from bot.settings import Settings
from bot.wiring import SERVICES, Assembly, Service, assemble
from knowledge.guide import Guide

AGAIN = 10.0
"""Seconds after which a platform that did not answer is tried again, and systemd is told that the bot lives."""
LONGEST_STOP = 5.0
"""Seconds that are waited for each half of the end: the workers, then the platforms."""
M_ARENA_MAX, ARENAS = -8, 2
"""mallopt(3): a heap for each of forty threads costs a hundred megabytes that no other thread can use again."""
log = structlog.get_logger()


def serve_platforms(settings: Settings, guide: Guide) -> None:
    """Serve the platforms that are wished, until the process is told to end.

    Raises `StoreError`, `OSError` where a port is taken, `Refused` where a platform does not take the token.
    """
    made = assemble(settings, settings.platforms, demo=False, guide=guide)
    services = {name: SERVICES[name](settings, made) for name in made.bot.platforms if name in SERVICES}
    if "web" in settings.platforms:
        services["web"] = PageService(made, settings, settings.port)
    _serve(made, services, settings, watched=True)


def serve_page(settings: Settings, guide: Guide, port: int, *, demo: bool) -> None:
    """Serve the page alone, until the process is told to end. Raises `StoreError`, `OSError`; a demo is not watched."""
    made = assemble(settings, ["web"], demo=demo, guide=guide)
    _serve(made, {"web": PageService(made, settings, port, demo=demo)}, settings, watched=not demo)


def _serve(made: Assembly, services: Mapping[str, Service], settings: Settings, *, watched: bool) -> None:
    _share_heaps()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    health = Health(
        made.store, made.clock, made.metrics, {"sender": made.sender, "auditor": made.auditor}, services,
        made.sender.troubles,
    )  # fmt: skip
    pages = _health_pages(health, settings) if watched and settings.health_port else None
    made.sender.start()
    made.auditor.start()
    try:
        waiting = dict(services)
        _connect(waiting)
        notify(settings.notify_socket, READY)
        while not ended.wait(AGAIN):
            _connect(waiting)
            if not health.lives():
                notify(settings.notify_socket, ALIVE)
    finally:
        health.ending = True
        notify(settings.notify_socket, STOPPING)
        _stop([made.sender.stop, made.auditor.stop])
        _stop([service.stop for service in services.values()])
        if pages:
            pages.stop()
        made.store.close()
        log.info("ended")


def _share_heaps() -> None:
    """Have all threads share a few heaps, where the C library is glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def _connect(waiting: dict[str, Service]) -> None:
    """Begin to serve what is waiting; a platform that does not answer goes on waiting, and holds up no other."""
    for name, service in list(waiting.items()):
        try:
            service.start()
        except Unreachable as problem:
            click.echo(f"{name.capitalize()} does not answer yet ({problem}).", err=True)
        else:
            click.echo(service.told, err=True)
            del waiting[name]


def _stop(steps: Iterable[Callable[[], None]]) -> None:
    """Take some steps at the same time, and wait for them no longer than `LONGEST_STOP` seconds."""
    threads = [threading.Thread(target=step, name="ending", daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_STOP)


def _health_pages(health: Health, settings: Settings) -> Listener | None:
    """The pages of who watches over the machine. People are served also where their port is taken."""
    pages = Listener(health.app(), settings.health_host, settings.health_port, "health")
    try:
        pages.start()
    except OSError as problem:
        log.warning("nobody can look after the bot", reason=str(problem))
        return None
    return pages


def signing_in_of(settings: Settings, made: Assembly) -> SigningIn | None:
    """How people sign in to the page, None where they do not: on this machine alone."""
    if not signs_in(settings):
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    back = settings.web_address.rstrip("/") + BACK
    provider = Provider(settings.oidc_issuer, settings.oidc_client_id, secret, back)
    return SigningIn(provider, secret, made.bot.directory, made.clock, made.renderer.label, made.store)


class PageService:
    """The page in a thread of its own: on loopback, or wherever people sign in."""

    def __init__(self, made: Assembly, settings: Settings, port: int, *, demo: bool = False) -> None:
        platform = made.bot.platforms["web"]
        assert isinstance(platform, WebPlatform)  # noqa: S101 - it was asked for by this name
        clock = made.clock if isinstance(made.clock, MovedClock) else None
        signing_in = None if demo else signing_in_of(settings, made)
        hosts = (*HOSTS, urlsplit(settings.web_address).hostname or "") if signing_in else HOSTS
        page = Page(made.bot, platform, made.renderer, made.sender, clock, made.evidence, hosts)
        app = signing_in.guarding(page.app()) if signing_in else page.app()
        # Windows that are open wait for news without end: they are let go after a second.
        self._listener = Listener(app, settings.web_host if signing_in else "127.0.0.1", port, "page", grace=1)

    @property
    def told(self) -> str:
        """What is said when it is served: where."""
        return f"Someopas: http://127.0.0.1:{self._listener.port}"

    def start(self) -> None:
        """Listen, and return when it does. Raises `OSError` where the port is taken."""
        self._listener.start()

    def connected(self) -> bool:
        """Whether it is served."""
        return self._listener.listens

    def stop(self) -> None:
        """Answer what is under way and end."""
        self._listener.stop()
