"""Serving and its check: `try`, `serve`, `doctor`, with what each platform is checked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.commands.opening import fail, load_guide, read_settings
from bot.doctor import online_problems as incident_problems
from bot.doctor import problems
from bot.platforms import Refused
from bot.platforms.slack import checks as slack
from bot.platforms.teams import checks as teams
from bot.platforms.web import checks as web
from bot.serving import serve_page, serve_platforms
from bot.settings import Settings
from bot.storage import StoreError
from bot.wiring import BUILDERS

CHECKS: dict[str, Callable[[Settings], list[str]]] = {
    "slack": slack.missing_tokens, "teams": teams.missing, "web": web.missing,
}  # fmt: skip
"""What must be set for each platform."""
ONLINE: dict[str, Callable[[Settings], list[str]]] = {"slack": slack.online_problems, "teams": teams.online_problems}
"""What each platform is asked by `doctor --online`; the web asks nobody."""
REACHED = {"slack": slack.unreachable, "teams": teams.unreachable}
"""Which of some people each platform does not reach."""


@click.command("try")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port on 127.0.0.1 (default 8765).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of the database.")
def try_(port: int | None, data: Path | None) -> None:
    """Serve the page with the demo organisation on 127.0.0.1."""
    settings = read_settings()
    settings = settings.model_copy(update={"data": data or settings.data / "demo"})
    with _told():
        serve_page(settings, load_guide(settings), port if port is not None else settings.port, demo=True)


@click.command()
def serve() -> None:
    """Serve the platforms that are configured (SOMEOPAS_PLATFORMS), until the process is told to end."""
    settings = read_settings()
    if _unknown(settings) or not settings.platforms:
        known = ", ".join(f'"{name}"' for name in BUILDERS)
        fail(f"Set SOMEOPAS_PLATFORMS to a list of {known}, for example '[\"slack\"]'.")
    if found := [p for name in settings.platforms for p in CHECKS[name](settings)]:
        fail("\n".join(found))
    with _told():
        if settings.platforms == ["web"]:
            serve_page(settings, load_guide(settings), settings.port, demo=False)
        else:
            serve_platforms(settings, load_guide(settings))


@click.command()
@click.option("--online", is_flag=True, help="Ask the platforms too.")
def doctor(online: bool) -> None:
    """Say what is missing or wrong, one line each."""
    settings = read_settings()
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


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence why it cannot be served."""
    try:
        yield
    except StoreError as problem:
        fail(str(problem))
    except (OSError, Refused) as problem:
        fail(f"It cannot be served: {problem}. `someopas doctor --online` says more.")


def _unknown(settings: Settings) -> list[str]:
    return sorted(set(settings.platforms) - set(BUILDERS))
