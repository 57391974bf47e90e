"""What a command begins with – the settings, the store, the guide – and how it ends in a sentence where one is wrong."""

from __future__ import annotations

import sys
from typing import NoReturn

import click
from pydantic_settings import SettingsError

from bot.settings import Settings
from bot.storage import Store, StoreError
from bot.storage.opening import store_of
from bot.wiring import build_guide
from knowledge.document import ContentError
from knowledge.guide import Guide


def fail(message: str) -> NoReturn:
    """Say why, on the standard error, and end with 1."""
    click.echo(message, err=True)
    sys.exit(1)


def read_settings() -> Settings:
    """The settings as they are now."""
    try:
        return Settings()
    except SettingsError as problem:
        fail(f"A setting is wrong: {problem}. SOMEOPAS_PLATFORMS is to be a list, for example '[\"slack\"]'.")
    except ValueError as problem:  # pydantic's own, and a folder of secrets that is not there
        fail(f"A setting is wrong: {problem}")


def open_store(settings: Settings, *, exclusive: bool = True) -> Store:
    """The store that is set; one that is not `exclusive` may be open in the process that serves, too."""
    try:
        return store_of(settings, exclusive=exclusive)
    except StoreError as problem:
        fail(str(problem))


def load_guide(settings: Settings) -> Guide:
    """The guideline, ready to be asked."""
    try:
        return build_guide(settings)
    except ContentError as problem:
        fail(str(problem))
