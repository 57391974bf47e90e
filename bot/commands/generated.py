"""What is generated from the code: the apps for Slack and Teams (`manifest`, `teams-package`), the docs' diagrams."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.commands.opening import fail, read_settings
from bot.picture import LIVES, state_picture
from bot.platforms.slack.manifest import as_yaml
from bot.platforms.slack.manifest import manifest as slack_manifest
from bot.platforms.teams import package as app_package
from bot.rendering import Renderer
from knowledge.document import LANGUAGES


@click.command()
@click.option("--address", default="", help="The public address of /slack/events, for signed HTTP.")
@click.option("--json", "to_json", is_flag=True, help="JSON in place of YAML.")
def manifest(address: str, to_json: bool) -> None:
    """Print the manifest of the Slack app, to create it from."""
    told = slack_manifest(address)
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if to_json else as_yaml(told), nl=to_json)


@click.command("teams-package")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP file.")
@click.option(
    "--website", default="https://www.tuusula.fi", show_default=True, help="Who publishes the app, for its page in Teams."
)
def teams_package(file: Path, website: str) -> None:
    """Write the app of Microsoft Teams, to upload it to the organisation's catalogue."""
    settings = read_settings()
    made_of = (settings.teams_client_id, settings.municipality, website)
    if found := app_package.problems(*made_of):
        fail("\n".join(found))
    file.write_bytes(app_package.package(*made_of, Renderer()))
    click.echo(f"The app of {settings.teams_client_id} written to {file}.")


@click.command()
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", help="The language of its words.")
@click.option("--of", "flow", type=click.Choice(list(LIVES)), default="accounts", help="Whose life is drawn.")
def picture(language: str, flow: str) -> None:
    """Print the life of a request or of an incident as a Mermaid diagram, for the folder docs."""
    click.echo(state_picture(Renderer(), language, flow), nl=False)
