"""What is kept about people, and for how long: `retention`, and `person export` and `person erase` (docs/privacy.md)."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click

from bot.clock import SystemClock
from bot.commands.opening import fail, open_store, read_settings
from bot.directory import Directory
from bot.persons import Kept, about, counted, erase, traces_of
from bot.retention import as_text
from bot.wiring import retention_of


@click.command()
def retention() -> None:
    """Say what the last night took out of the database, and what the next one will."""
    settings = read_settings()
    store = open_store(settings, exclusive=False)
    clock = SystemClock()
    click.echo(as_text(retention_of(settings, store, Directory(store), clock).report()))
    store.close()


@click.group()
def person() -> None:
    """What is kept about one person: their id, or their e-mail address."""


@person.command("export")
@click.argument("who")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The JSON file.")
def export_person(who: str, file: Path) -> None:
    """Write all that is kept about somebody to a file that nobody but you may read."""
    store = open_store(read_settings(), exclusive=False)
    found = about(traces_of(who, store, Directory(store)), store, SystemClock().now())
    store.close()
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    rows = counted({table: len(rows) for table, rows in found.items() if table not in ("at", "ids", "words")})
    click.echo(f"Written to {file}: {rows}. It may tell of others too: read it before you hand it over.")


@person.command("erase")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
def erase_person(who: str, yes: bool) -> None:
    """Make all that is kept about somebody nobody's, while the bot is stopped. It cannot be undone."""
    store = open_store(read_settings())
    directory = Directory(store)
    traces = traces_of(who, store, directory)
    if not yes:
        click.confirm(f"Erase {', '.join(sorted(traces.ids | traces.words))} for good?", abort=True)
    try:
        done = erase(traces, store, directory, SystemClock().now(), f"erased-{secrets.token_hex(4)}")
    except Kept as problem:
        fail(str(problem))
    finally:
        store.close()
    click.echo(f"Erased: {counted(done)}. Backups that were made before still hold it.")
