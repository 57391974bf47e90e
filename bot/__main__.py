"""The command line, and the only place where real things are built."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from socket import socket
from typing import Literal, NoReturn

import click
import structlog
import uvicorn
from pydantic import BaseModel, ValidationError

from bot.asking import Asking, as_json, as_text
from bot.clock import MovedClock
from bot.directory import ImportFailed, read_people
from bot.doctor import problems
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import LANGUAGES, Renderer
from bot.settings import Settings
from bot.storage import StoreError
from bot.storage.sqlite import SqliteStore
from bot.wiring import Assembly, assemble, build_guide
from knowledge.document import ContentError
from knowledge.guide import INTENTS, Guide
from knowledge.text import clean


class _Line(BaseModel):
    """A line of `ask --batch`."""

    id: str | int | None = None
    question: str
    context: str | None = None
    language: Literal["fi", "sv", "en"] | None = None


@click.group()
def main() -> None:
    """Someopas: the social-media guideline assistant."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@main.command("try")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port on 127.0.0.1 (default 8765).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of the database.")
def try_it(port: int | None, data: Path | None) -> None:
    """Serve the page with the demo organisation on 127.0.0.1."""
    settings = _settings()
    settings = settings.model_copy(update={"data": data or settings.data / "demo"})
    _serve_page(settings, port if port is not None else settings.port, demo=True)


@main.command()
def serve() -> None:
    """Serve the platforms that are configured (SOMEOPAS_PLATFORMS)."""
    settings = _settings()
    if settings.platforms != ["web"]:
        _fail("No platform is configured. Set SOMEOPAS_PLATFORMS='[\"web\"]'; Slack and Teams are not built yet.")
    _serve_page(settings, settings.port, demo=False)


@main.command()
@click.argument("question", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The answer's language; else guessed.")
@click.option("--context", default=None, help="The question before this one.")
@click.option("--json", "to_json", is_flag=True, help="Print the whole answer as JSON.")
@click.option("--batch", is_flag=True, help="Read questions as JSON lines, write answers as JSON lines.")
def ask(question: str | None, language: str | None, context: str | None, to_json: bool, batch: bool) -> None:
    """Ask the guideline."""
    if batch == (question is not None):
        _fail("Give a question, or --batch with questions on the standard input.")
    settings = _settings()
    asking = Asking(_guide(settings), Renderer(), settings.language)
    if batch:
        _batch(asking)
        return
    answer, card = asking.ask(question or "", context, language)
    if to_json:
        click.echo(json.dumps(dict(as_json(question or "", answer, card)), ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(card))


@main.command()
@click.option("--online", is_flag=True, help="Ask the platforms too.")
def doctor(online: bool) -> None:
    """Say what is missing or wrong, one line each."""
    found = problems(_settings())
    if online:
        click.echo("online: the web page asks nobody, and no other platform is configured.")
    for problem in found:
        click.echo(problem)
    if found:
        sys.exit(1)
    click.echo("All is well.")


@main.group("import")
def import_() -> None:
    """Take in people from a file."""


@import_.command("people")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_people(file: Path) -> None:
    """Replace the directory by a CSV or XLSX file: all rows or none."""
    try:
        people = read_people(file)
    except ImportFailed as failure:
        _fail("Nothing was imported.\n" + "\n".join(failure.problems))
    store = _store(_settings())
    store.replace_people(people)
    store.close()
    click.echo(f"{len(people)} people imported.")


@main.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a whole copy of the database, also while it is in use."""
    if file.exists():
        _fail(f"{file} is there already; choose a new name.")
    store = _store(_settings(), exclusive=False)
    store.back_up(str(file))
    store.close()
    click.echo(f"Backed up to {file}.")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in the place of a database that is not there."""
    settings = _settings()
    if settings.database.exists():
        _fail(f"{settings.database} is there: move it away first, so that nothing is lost.")
    settings.data.mkdir(parents=True, exist_ok=True)
    candidate = settings.database.with_suffix(".restoring")
    candidate.write_bytes(file.read_bytes())
    try:
        store = SqliteStore(candidate)
        found = store.problems()
        store.close()
    except StoreError as problem:
        found = [str(problem)]
    if found:
        candidate.unlink()
        _fail("\n".join(found))
    candidate.replace(settings.database)
    click.echo(f"Restored to {settings.database}.")


@main.command()
def index() -> None:
    """Make what a quick start needs of the content: the dense model's vectors and the fitted maps."""
    settings = _settings()
    guide = _guide(settings)
    if guide.vectors is None:
        _fail("The dense model is not installed or not wanted: there is nothing to make.")
    written = guide.passage_texts()
    for document in guide.documents:
        mine = f"{document.id}/"
        texts = [s.text for s in guide.samples if s.label.startswith(mine)] + [
            t for label, t in written if label.startswith(mine)
        ]
        guide.vectors.keep(document.folder / "vectors.npz", map(clean, texts))
    documents = {d.id for d in guide.documents}
    rest = [clean(s.text) for s in guide.samples if s.label.split("/", 1)[0] not in documents]
    guide.vectors.keep(INTENTS / "vectors.npz", rest)
    guide.keep_maps()
    Guide.load(None, settings.guidelines).keep_maps()
    click.echo(f"{guide.vectors.made} vectors made, {len(guide.samples) + len(written)} kept.")


def _batch(asking: Asking) -> None:
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            asked = _Line.model_validate_json(line)
        except ValueError:
            _fail(f'line {number} is not an object such as {{"id": 1, "question": "…", "context": null}}')
        answer, card = asking.ask(asked.question, asked.context, asked.language)
        result = {"id": asked.id, **as_json(asked.question, answer, card)}
        click.echo(json.dumps(result, ensure_ascii=False))


def _serve_page(settings: Settings, port: int, *, demo: bool) -> None:
    try:
        made: Assembly = assemble(settings, ["web"], demo=demo, guide=_guide(settings))
    except StoreError as problem:
        _fail(str(problem))
    platform = made.bot.platforms["web"]
    assert isinstance(platform, WebPlatform)  # noqa: S101 - it was asked for by this name
    clock = made.clock if isinstance(made.clock, MovedClock) else None
    page = Page(made.bot, platform, made.renderer, made.sender, clock)
    made.sender.start()
    config = uvicorn.Config(
        page.app(), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
    )  # fmt: skip
    try:
        _Announced(config).run()
    finally:
        made.sender.stop()
        made.store.close()


class _Announced(uvicorn.Server):
    """Says where it is served once it is, and not before."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to listen, then say where."""
        await super().startup(sockets)
        if self.started:
            [server] = self.servers
            click.echo(f"Someopas: http://127.0.0.1:{server.sockets[0].getsockname()[1]}", err=True)


def _store(settings: Settings, *, exclusive: bool = True) -> SqliteStore:
    try:
        return SqliteStore(settings.database, exclusive=exclusive)
    except StoreError as problem:
        _fail(str(problem))


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as problem:
        _fail(f"A setting is wrong: {problem}")


def _guide(settings: Settings) -> Guide:
    try:
        return build_guide(settings)
    except ContentError as problem:
        _fail(str(problem))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
