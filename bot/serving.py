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

import click
import structlog

from bot.health import Health
from bot.notifying import ALIVE, READY, STOPPING, notify
from bot.platforms import Unreachable
from bot.platforms.listening import Listener
from bot.settings import Settings
from bot.wiring import SERVICES, Assembly, Service, assemble, web_service
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
    services = {name: SERVICES[name](settings, made) for name in made.bot.platforms}
    _serve(made, services, settings, watched=True)


def serve_page(settings: Settings, guide: Guide, port: int, *, demo: bool) -> None:
    """Serve the page alone, until the process is told to end. Raises `StoreError`, `OSError`; a demo is not watched."""
    made = assemble(settings, ["web"], demo=demo, guide=guide)
    _serve(made, {"web": web_service(settings, made, port, demo=demo)}, settings, watched=not demo)


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
