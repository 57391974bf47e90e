"""The database as a whole: `backup`, `restore`, `drill`, and `move` to another store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bot import restoring
from bot.clock import SystemClock
from bot.commands.opening import fail, open_store, read_settings
from bot.evidence import EvidenceStore
from bot.settings import Settings
from bot.storage import StoreError
from bot.storage.opening import move_to_postgres


@click.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a whole copy of the database and the files of evidence, also while they are in use: one tar file."""
    settings = read_settings()
    counts = _backed_up(settings, file, SystemClock().now())
    settings.backed_up.touch()
    click.echo(f"Backed up to {file}: {_listed(counts)}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--release", is_flag=True, help="Send what a restore holds back.")
@click.option("--drop", is_flag=True, help="Let be what a restore holds back.")
@click.option("--hold", "holds", is_flag=True, help="Hold back what waits, after a restore by other means.")
def restore(file: Path | None, release: bool, drop: bool, holds: bool) -> None:
    """Put a backup in the place of a database that is not there; or decide on what waited in it."""
    if [file is not None, release, drop, holds].count(True) != 1:
        fail("Give a backup's FILE, or --release, --drop or --hold.")
    settings = read_settings()
    if file is None:
        _decide_on_held(settings, holds=holds, again=release)
        return
    if found := restoring.restore(file, settings.database, EvidenceStore(settings.evidence), SystemClock().now()):
        fail("\n".join(found))
    store = open_store(settings, exclusive=False)
    click.echo(f"Restored to {settings.database}.")
    for line in restoring.restore_problems(store):
        click.echo(line)
    store.close()


def _decide_on_held(settings: Settings, *, holds: bool, again: bool) -> None:
    store = open_store(settings, exclusive=holds)
    now = SystemClock().now()
    number = restoring.hold(store, now) if holds else restoring.settle_held(store, now, again=again)
    store.close()
    click.echo(f"{number} messages {'are held' if holds else 'are sent now' if again else 'were let be'}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def drill(file: Path | None) -> None:
    """Restore a backup, or one that is made for it, into a folder that is thrown away, and say whether it is whole."""
    settings, now = read_settings(), SystemClock().now()
    with TemporaryDirectory(prefix="someopas-") as folder:
        if file is None:
            file = Path(folder) / "backup.tar"
            _backed_up(settings, file, now)
        found = restoring.drill(file, now)
    if found.problems:
        fail("\n".join(found.problems))
    click.echo(f"Restored in {found.seconds:.1f} s: {_listed(found.counts)}. Nothing would be sent.")


@click.command()
@click.option("--to", "target", type=click.Choice(["postgres"]), required=True, help="Where everything goes.")
def move(target: str) -> None:
    """Copy all of the database's file into the empty PostgreSQL of SOMEOPAS_POSTGRES, while the bot is stopped."""
    settings = read_settings()
    try:
        counts = move_to_postgres(settings)
    except StoreError as problem:
        fail(str(problem))
    click.echo(f"Moved to {target}: {_listed(counts)}. The file {settings.database} stays as it was: put it away.")


def _backed_up(settings: Settings, file: Path, now: datetime) -> Mapping[str, int]:
    """Back up to a file; gives how much of each kind."""
    store = open_store(settings, exclusive=False)
    try:
        return restoring.back_up(store, EvidenceStore(settings.evidence), file, now)
    except (OSError, StoreError) as problem:
        fail(str(problem))
    finally:
        store.close()


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in counts.items())
