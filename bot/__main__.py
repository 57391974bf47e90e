"""The command line: what each command takes, says and fails with."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NoReturn

import click
from pydantic import BaseModel
from pydantic_settings import SettingsError

from bot.asking import Asking, as_json, as_text
from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.doctor import online_problems as incident_problems
from bot.doctor import problems
from bot.evidence import EvidenceStore
from bot.export import FORMATS, question_rows
from bot.logs import begin_logging
from bot.persons import Kept, about, counted, erase, traces_of
from bot.picture import LIVES, state_picture
from bot.platforms import Refused
from bot.platforms.slack.checks import missing_tokens, online_problems, unreachable
from bot.platforms.slack.manifest import as_yaml
from bot.platforms.slack.manifest import manifest as slack_manifest
from bot.platforms.teams import checks as teams
from bot.platforms.teams import package as app_package
from bot.platforms.web.checks import missing as page_missing
from bot.register import COLUMNS, account_rows, import_accounts, public_list
from bot.rendering import LANGUAGES, Renderer
from bot.restoring import back_up, drill, hold, restore, restore_problems, settle_held
from bot.retention import as_text as retention_text
from bot.serving import serve_page, serve_platforms
from bot.settings import Settings
from bot.storage import Store, StoreError
from bot.storage.opening import move_to_postgres, store_of
from bot.tables import ImportFailed
from bot.training import COLUMNS as TRAINING_COLUMNS
from bot.training import common_version, completion_rows
from bot.wiring import BUILDERS, agenda_of, build_guide, case_of, retention_of
from knowledge.document import ContentError
from knowledge.guide import INTENTS, Guide
from knowledge.text import clean

CHECKS: dict[str, Callable[[Settings], list[str]]] = {
    "slack": missing_tokens, "teams": teams.missing, "web": page_missing,
}  # fmt: skip
"""What must be set for each platform."""
ONLINE: dict[str, Callable[[Settings], list[str]]] = {"slack": online_problems, "teams": teams.online_problems}
"""What each platform is asked by `doctor --online`; the web asks nobody."""
REACHED = {"slack": unreachable, "teams": teams.unreachable}
"""Which of some people each platform does not reach."""


class _Line(BaseModel):
    """A line of `ask --batch`."""

    id: str | int | None = None
    question: str
    context: str | None = None
    language: Literal["fi", "sv", "en"] | None = None


@click.group()
def main() -> None:
    """Someopas: the social-media guideline assistant."""
    begin_logging()


@main.command("try")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port on 127.0.0.1 (default 8765).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of the database.")
def try_it(port: int | None, data: Path | None) -> None:
    """Serve the page with the demo organisation on 127.0.0.1."""
    settings = _settings()
    settings = settings.model_copy(update={"data": data or settings.data / "demo"})
    with _told():
        serve_page(settings, _guide(settings), port if port is not None else settings.port, demo=True)


@main.command()
def serve() -> None:
    """Serve the platforms that are configured (SOMEOPAS_PLATFORMS), until the process is told to end."""
    settings = _settings()
    if _unknown(settings) or not settings.platforms:
        known = ", ".join(f'"{name}"' for name in BUILDERS)
        _fail(f"Set SOMEOPAS_PLATFORMS to a list of {known}, for example '[\"slack\"]'.")
    if found := [p for name in settings.platforms for p in CHECKS[name](settings)]:
        _fail("\n".join(found))
    with _told():
        if settings.platforms == ["web"]:
            serve_page(settings, _guide(settings), settings.port, demo=False)
        else:
            serve_platforms(settings, _guide(settings))


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
    settings = _settings()
    found = problems(settings)
    if online and not settings.platforms:
        found.append("platforms: SOMEOPAS_PLATFORMS is empty, so `serve` would serve nothing. Set it to '[\"slack\"]'.")
    found += [f"platforms: there is no platform “{n}” (known: {', '.join(BUILDERS)})." for n in _unknown(settings)]
    if online:
        found += [p for name in settings.platforms if name in ONLINE for p in ONLINE[name](settings)]
        found += incident_problems(settings, *(REACHED[name] for name in settings.platforms if name in REACHED))
    for problem in found:
        click.echo(problem)
    if found:
        sys.exit(1)
    click.echo("All is well.")


@main.command()
@click.option("--address", default="", help="The public address of /slack/events, for signed HTTP.")
@click.option("--json", "to_json", is_flag=True, help="JSON in place of YAML.")
def manifest(address: str, to_json: bool) -> None:
    """Print the manifest of the Slack app, to create it from."""
    told = slack_manifest(address)
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if to_json else as_yaml(told), nl=to_json)


@main.command("teams-package")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP file.")
@click.option(
    "--website", default="https://www.tuusula.fi", show_default=True, help="Who publishes the app, for its page in Teams."
)
def teams_package(file: Path, website: str) -> None:
    """Write the app of Microsoft Teams, to upload it to the organisation's catalogue."""
    settings = _settings()
    made_of = (settings.teams_client_id, settings.municipality, website)
    if found := app_package.problems(*made_of):
        _fail("\n".join(found))
    file.write_bytes(app_package.package(*made_of, Renderer()))
    click.echo(f"The app of {settings.teams_client_id} written to {file}.")


@main.command()
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", help="The language of its words.")
@click.option("--of", "flow", type=click.Choice(list(LIVES)), default="accounts", help="Whose life is drawn.")
def picture(language: str, flow: str) -> None:
    """Print the life of a request or of an incident as a Mermaid diagram, for the folder docs."""
    click.echo(state_picture(Renderer(), language, flow), nl=False)


@main.group()
def export() -> None:
    """Write what is kept to a file."""


@export.command("questions")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="csv", help="The file's format.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="The first day (UTC).")
@click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file (else printed)."
)
def export_questions(form: str, since: datetime | None, file: Path | None) -> None:
    """What was asked, without names: for the communications team's own figures."""
    store = _store(_settings(), exclusive=False)
    rows = question_rows(store, since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC))
    written = FORMATS[form](rows)
    store.close()
    if file:
        file.write_bytes(written)
        click.echo(f"{len(rows)} questions written to {file}.")
    else:
        sys.stdout.buffer.write(written)


@export.command("agenda")
@click.argument("body")
@click.option("--department", default="", help="Only what this department's team decides.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The page's language (else the setting's).")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The HTML file.")
def export_agenda(body: str, department: str, language: str | None, file: Path) -> None:
    """The agenda pack of a body of the chain (department_team, municipal_team): a printable page."""
    settings = _settings()
    if body not in (known := [b.id for b in settings.chain]):
        _fail(f"There is no body “{body}” in the chain (known: {', '.join(known)}).")
    store = _store(settings, exclusive=False)
    count, html = agenda_of(settings, store, body, department, language or settings.language)
    store.close()
    file.write_text(html, encoding="utf-8")
    click.echo(f"{count} requests written to {file}.")


@export.command("accounts")
@click.option("--format", "form", type=click.Choice([*FORMATS, "html"]), default="csv", help="The file's format.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The page's language (else the setting's).")
@click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file (else printed)."
)
def export_accounts(form: str, language: str | None, file: Path | None) -> None:
    """The register as a table; as HTML the verified accounts alone, for the municipality's own site (R37)."""
    settings = _settings()
    store = _store(settings, exclusive=False)
    rows = account_rows(store, Directory(store))
    if form == "html":
        written = public_list(store, Renderer(), language or settings.language, SystemClock().now()).encode()
    else:
        written = FORMATS[form](rows, COLUMNS)
    store.close()
    if file:
        file.write_bytes(written)
        click.echo(f"{len(rows)} accounts in the register; written to {file}.")
    else:
        sys.stdout.buffer.write(written)


@export.command("training")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="csv", help="The file's format.")
@click.option(
    "--to", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file (else printed)."
)
def export_training(form: str, file: Path | None) -> None:
    """How many have read the guideline and done its quiz, by unit: never of fewer than five people (R120)."""
    settings = _settings()
    store = _store(settings, exclusive=False)
    rows = completion_rows(store, Directory(store), common_version(settings.guidelines))
    store.close()
    written = FORMATS[form](rows, TRAINING_COLUMNS)
    if file:
        file.write_bytes(written)
        click.echo(f"{len(rows)} groups written to {file}.")
    else:
        sys.stdout.buffer.write(written)


@export.command("incident")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The page's language (else the setting's).")
@click.option(
    "--files", "folder", type=click.Path(file_okay=False, path_type=Path), default=None, help="A folder for its files."
)
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The HTML file.")
def export_incident(number: int, language: str | None, folder: Path | None, file: Path) -> None:
    """A case as one document, and its files beside it by their checksums: for the IT manager and the authorities."""
    settings = _settings()
    store = _store(settings, exclusive=False)
    html, checksums = case_of(settings, store, number, language or settings.language)
    store.close()
    if not html:
        _fail(f"There is no incident {number}, or it was not reported, or it has been erased.")
    file.write_text(html, encoding="utf-8")
    click.echo(f"Incident {number} written to {file}.")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        evidence = EvidenceStore(settings.evidence)
        for sha256 in checksums:
            # Under its checksum and without an ending: nothing opens it by a double click.
            shutil.copyfile(evidence.path(sha256), folder / sha256)
        click.echo(f"{len(checksums)} files written to {folder}; do not open them on a machine that matters.")


@main.group("import")
def import_() -> None:
    """Take in people or accounts from a file."""


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


@import_.command("accounts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_accounts_(file: Path) -> None:
    """Take the accounts of a CSV or XLSX file into the register: all rows or none. The people come first."""
    store = _store(_settings())
    try:
        taken = import_accounts(file, store, Directory(store), SystemClock().now())
    except ImportFailed as failure:
        _fail("Nothing was imported.\n" + "\n".join(failure.problems))
    finally:
        store.close()
    click.echo(f"{taken.new} accounts are new, {taken.changed} were brought up to date.")


@main.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a whole copy of the database and the files of evidence, also while they are in use: one tar file."""
    settings = _settings()
    store = _store(settings, exclusive=False)
    try:
        counts = back_up(store, EvidenceStore(settings.evidence), file, SystemClock().now())
    except (OSError, StoreError) as problem:
        _fail(str(problem))
    finally:
        store.close()
    settings.backed_up.touch()
    click.echo(f"Backed up to {file}: {_listed(counts)}.")


@main.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--release", is_flag=True, help="Send what a restore holds back.")
@click.option("--drop", is_flag=True, help="Let be what a restore holds back.")
@click.option("--hold", "holds", is_flag=True, help="Hold back what waits, after a restore by other means.")
def restore_(file: Path | None, release: bool, drop: bool, holds: bool) -> None:
    """Put a backup in the place of a database that is not there; or decide on what waited in it."""
    if [file is not None, release, drop, holds].count(True) != 1:
        _fail("Give a backup's FILE, or --release, --drop or --hold.")
    settings = _settings()
    if file is None:
        _decide_on_held(settings, holds=holds, again=release)
        return
    if found := restore(file, settings.database, EvidenceStore(settings.evidence), SystemClock().now()):
        _fail("\n".join(found))
    store = _store(settings, exclusive=False)
    click.echo(f"Restored to {settings.database}.")
    for line in restore_problems(store):
        click.echo(line)
    store.close()


def _decide_on_held(settings: Settings, *, holds: bool, again: bool) -> None:
    store = _store(settings, exclusive=holds)
    now = SystemClock().now()
    number = hold(store, now) if holds else settle_held(store, now, again=again)
    store.close()
    click.echo(f"{number} messages {'are held' if holds else 'are sent now' if again else 'were let be'}.")


@main.command("drill")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def drill_(file: Path | None) -> None:
    """Restore a backup, or one that is made for it, into a folder that is thrown away, and say whether it is whole."""
    settings, now = _settings(), SystemClock().now()
    with TemporaryDirectory(prefix="someopas-") as folder:
        if file is None:
            file = Path(folder) / "backup.tar"
            store = _store(settings, exclusive=False)
            try:
                back_up(store, EvidenceStore(settings.evidence), file, now)
            except (OSError, StoreError) as problem:
                _fail(str(problem))
            finally:
                store.close()
        found = drill(file, now)
    if found.problems:
        _fail("\n".join(found.problems))
    click.echo(f"Restored in {found.seconds:.1f} s: {_listed(found.counts)}. Nothing would be sent.")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in counts.items())


@main.command()
def retention() -> None:
    """Say what the last night took out of the database, and what the next one will."""
    settings = _settings()
    store = _store(settings, exclusive=False)
    clock = SystemClock()
    click.echo(retention_text(retention_of(settings, store, Directory(store), clock).report()))
    store.close()


@main.group()
def person() -> None:
    """What is kept about one person: their id, or their e-mail address."""


@person.command("export")
@click.argument("who")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The JSON file.")
def export_person(who: str, file: Path) -> None:
    """Write all that is kept about somebody to a file that nobody but you may read."""
    store = _store(_settings(), exclusive=False)
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
    store = _store(_settings())
    directory = Directory(store)
    traces = traces_of(who, store, directory)
    if not yes:
        click.confirm(f"Erase {', '.join(sorted(traces.ids | traces.words))} for good?", abort=True)
    try:
        done = erase(traces, store, directory, SystemClock().now(), f"erased-{secrets.token_hex(4)}")
    except Kept as problem:
        _fail(str(problem))
    finally:
        store.close()
    click.echo(f"Erased: {counted(done)}. Backups that were made before still hold it.")


@main.command("move")
@click.option("--to", "target", type=click.Choice(["postgres"]), required=True, help="Where everything goes.")
def move_(target: str) -> None:
    """Copy all of the database's file into the empty PostgreSQL of SOMEOPAS_POSTGRES, while the bot is stopped."""
    settings = _settings()
    try:
        counts = move_to_postgres(settings)
    except StoreError as problem:
        _fail(str(problem))
    click.echo(f"Moved to {target}: {_listed(counts)}. The file {settings.database} stays as it was: put it away.")


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


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence why it cannot be served."""
    try:
        yield
    except StoreError as problem:
        _fail(str(problem))
    except (OSError, Refused) as problem:
        _fail(f"It cannot be served: {problem}. `someopas doctor --online` says more.")


def _unknown(settings: Settings) -> list[str]:
    return sorted(set(settings.platforms) - set(BUILDERS))


def _store(settings: Settings, *, exclusive: bool = True) -> Store:
    try:
        return store_of(settings, exclusive=exclusive)
    except StoreError as problem:
        _fail(str(problem))


def _settings() -> Settings:
    try:
        return Settings()
    except SettingsError as problem:
        _fail(f"A setting is wrong: {problem}. SOMEOPAS_PLATFORMS is to be a list, for example '[\"slack\"]'.")
    except ValueError as problem:  # pydantic's own, and a folder of secrets that is not there
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
