"""What `__main__` builds: the real things, each made once and handed on as plain arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from bot.app import Bot
from bot.clock import Clock, MovedClock, SystemClock
from bot.directory import Directory, read_people
from bot.platforms import PLATFORMS, Platform
from bot.platforms.web.platform import WebPlatform
from bot.rendering import Renderer
from bot.sender import Sender
from bot.settings import Settings
from bot.storage import Store
from bot.storage.sqlite import SqliteStore
from bot.working_time import FinnishWorkingTime
from knowledge.dense import load_model
from knowledge.guide import Guide

DEMO_PEOPLE = Path(__file__).parent / "demo" / "people.csv"
BUILDERS: dict[str, Callable[[Store, Clock], Platform]] = {"web": WebPlatform}
"""How each platform of `PLATFORMS` is made."""


@dataclass(frozen=True)
class Assembly:
    """A whole bot, ready to run."""

    bot: Bot
    sender: Sender
    renderer: Renderer
    store: Store
    clock: Clock


def build_guide(settings: Settings) -> Guide:
    """The guide, with the dense model where it is installed and wanted."""
    model = load_model() if settings.dense else None
    guide = Guide.load(model, settings.guidelines)
    if guide.vectors and guide.vectors.made:
        structlog.get_logger().warning("vectors were made at start: run `someopas index`", made=guide.vectors.made)
    return guide


def assemble(settings: Settings, platforms: Sequence[str], *, demo: bool, guide: Guide) -> Assembly:
    """Build a bot on the platforms named. The demo has its own people and a clock that can be moved."""
    store = SqliteStore(settings.database)
    clock: Clock = SystemClock()
    if demo:
        clock = MovedClock(timedelta(seconds=float(store.get("clock_offset") or 0)))
        if not store.people():
            store.replace_people(read_people(DEMO_PEOPLE))
    served = {name: BUILDERS[name](store, clock) for name in PLATFORMS if name in platforms}
    renderer = Renderer()
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), served, settings.language)
    return Assembly(bot, Sender(bot, renderer), renderer, store, clock)
