"""What is kept, written to a file: the group `export`. It reads beside the process that serves, and changes nothing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.clock import SystemClock
from bot.commands.opening import fail, open_store, read_settings
from bot.directory import Directory
from bot.evidence import EvidenceStore
from bot.export import FORMATS, question_rows
from bot.register import COLUMNS, account_rows, public_list
from bot.rendering import Renderer
from bot.training import COLUMNS as TRAINING_COLUMNS
from bot.training import common_version, completion_rows
from bot.wiring import agenda_of, case_of
from knowledge.document import LANGUAGES

Command = TypeVar("Command", bound=Callable[..., Any])
TO_FILE = click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file (else printed)."
)
TO_PAGE = click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The HTML file."
)
IN_LANGUAGE = click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help="The page's language (else the setting's)."
)


def in_format(*formats: str) -> Callable[[Command], Command]:
    """The option that chooses among the formats of a table."""
    return click.option("--format", "form", type=click.Choice(formats), default="csv", help="The file's format.")


@click.group()
def export() -> None:
    """Write what is kept to a file."""


@export.command("questions")
@in_format(*FORMATS)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="The first day (UTC).")
@TO_FILE
def questions(form: str, since: datetime | None, file: Path | None) -> None:
    """What was asked, without names: for the communications team's own figures."""
    store = open_store(read_settings(), exclusive=False)
    rows = question_rows(store, since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC))
    written = FORMATS[form](rows)
    store.close()
    _hand_out(written, file, f"{len(rows)} questions written to {file}.")


@export.command("agenda")
@click.argument("body")
@click.option("--department", default="", help="Only what this department's team decides.")
@IN_LANGUAGE
@TO_PAGE
def agenda(body: str, department: str, language: str | None, file: Path) -> None:
    """The agenda pack of a body of the chain (department_team, municipal_team): a printable page."""
    settings = read_settings()
    if body not in (known := [b.id for b in settings.chain]):
        fail(f"There is no body “{body}” in the chain (known: {', '.join(known)}).")
    store = open_store(settings, exclusive=False)
    count, html = agenda_of(settings, store, body, department, language or settings.language)
    store.close()
    file.write_text(html, encoding="utf-8")
    click.echo(f"{count} requests written to {file}.")


@export.command("accounts")
@in_format(*FORMATS, "html")
@IN_LANGUAGE
@TO_FILE
def accounts(form: str, language: str | None, file: Path | None) -> None:
    """The register as a table; as HTML the verified accounts alone, for the municipality's own site (R37)."""
    settings = read_settings()
    store = open_store(settings, exclusive=False)
    rows = account_rows(store, Directory(store))
    if form == "html":
        written = public_list(store, Renderer(), language or settings.language, SystemClock().now()).encode()
    else:
        written = FORMATS[form](rows, COLUMNS)
    store.close()
    _hand_out(written, file, f"{len(rows)} accounts in the register; written to {file}.")


@export.command("training")
@in_format(*FORMATS)
@TO_FILE
def training(form: str, file: Path | None) -> None:
    """How many have read the guideline and done its quiz, by unit: never of fewer than five people (R120)."""
    settings = read_settings()
    store = open_store(settings, exclusive=False)
    rows = completion_rows(store, Directory(store), common_version(settings.guidelines))
    store.close()
    _hand_out(FORMATS[form](rows, TRAINING_COLUMNS), file, f"{len(rows)} groups written to {file}.")


@export.command("incident")
@click.argument("number", type=click.IntRange(min=1))
@IN_LANGUAGE
@click.option(
    "--files", "folder", type=click.Path(file_okay=False, path_type=Path), default=None, help="A folder for its files."
)
@TO_PAGE
def incident(number: int, language: str | None, folder: Path | None, file: Path) -> None:
    """A case as one document, and its files beside it by their checksums: for the IT manager and the authorities."""
    settings = read_settings()
    store = open_store(settings, exclusive=False)
    html, checksums = case_of(settings, store, number, language or settings.language)
    store.close()
    if not html:
        fail(f"There is no incident {number}, or it was not reported, or it has been erased.")
    file.write_text(html, encoding="utf-8")
    click.echo(f"Incident {number} written to {file}.")
    if folder:
        _copy_files(checksums, EvidenceStore(settings.evidence), folder)


def _copy_files(checksums: Sequence[str], evidence: EvidenceStore, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for sha256 in checksums:
        # Under its checksum and without an ending: nothing opens it by a double click.
        shutil.copyfile(evidence.path(sha256), folder / sha256)
    click.echo(f"{len(checksums)} files written to {folder}; do not open them on a machine that matters.")


def _hand_out(written: bytes, file: Path | None, told: str) -> None:
    """Write to a file and say so, or to the standard output alone."""
    if file:
        file.write_bytes(written)
        click.echo(told)
    else:
        sys.stdout.buffer.write(written)
