"""The command line: every command, in the groups of `bot/commands/`."""

from __future__ import annotations

import click

from bot.commands.database import backup, drill, move, restore
from bot.commands.exporting import export
from bot.commands.generated import manifest, picture, teams_package
from bot.commands.guideline import ask, index
from bot.commands.importing import import_
from bot.commands.privacy import person, retention
from bot.commands.service import doctor, serve, try_
from bot.logs import begin_logging

COMMANDS = (
    try_, serve, doctor,
    ask, index,
    manifest, teams_package, picture,
    export, import_,
    backup, restore, drill, move,
    retention, person,
)  # fmt: skip


@click.group()
def main() -> None:
    """Someopas: the social-media guideline assistant."""
    begin_logging()


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
