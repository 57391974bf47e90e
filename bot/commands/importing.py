"""People and accounts taken in from a file, all rows or none: the group `import`."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from bot.clock import SystemClock
from bot.commands.opening import fail, open_store, read_settings
from bot.directory import Directory, read_people
from bot.register import import_accounts
from bot.tables import ImportFailed


@click.group("import")
def import_() -> None:
    """Take in people or accounts from a file."""


@import_.command("people")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def people(file: Path) -> None:
    """Replace the directory by a CSV or XLSX file: all rows or none."""
    try:
        taken = read_people(file)
    except ImportFailed as failure:
        _refuse(failure)
    store = open_store(read_settings())
    store.replace_people(taken)
    store.close()
    click.echo(f"{len(taken)} people imported.")


@import_.command("accounts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def accounts(file: Path) -> None:
    """Take the accounts of a CSV or XLSX file into the register: all rows or none. The people come first."""
    store = open_store(read_settings())
    try:
        taken = import_accounts(file, store, Directory(store), SystemClock().now())
    except ImportFailed as failure:
        _refuse(failure)
    finally:
        store.close()
    click.echo(f"{taken.new} accounts are new, {taken.changed} were brought up to date.")


def _refuse(failure: ImportFailed) -> NoReturn:
    fail("Nothing was imported.\n" + "\n".join(failure.problems))
