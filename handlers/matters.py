"""What people are reminded of: each flow tells what is due, and the morning's round puts it into one message a person."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.cards import Button, Text

EVERY = 2
"""Working days between two reminders of the same matter, where its flow says nothing else."""


@dataclass(frozen=True)
class Matter:
    """Something that waits: `id` is the same for as long as it is the same thing, and names its record and what is due.

    It waits for `person` (an id of the directory) or for the team `team`. `text` is a block of the template
    `reminders/daily`, `buttons` are what can be done about it at once; `every` counts working days between two reminders.
    A `nudge` helps along what was promised, and may be muted; all else is somebody's duty.
    """

    id: str
    text: Text
    person: str = ""
    team: str = ""
    buttons: tuple[Button, ...] = ()
    every: int = EVERY
    nudge: bool = False
