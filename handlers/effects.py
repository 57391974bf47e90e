"""What is wished. `decide` returns these; they are kept with the record, and carried out after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from handlers.cards import Card, Form
from handlers.events import Attachment, Event


@dataclass(frozen=True)
class Reply:
    """Show the card to who acted, where they acted; in a conversation with others only they see it.

    `slot` names the message; `language` is the answer's own, "" the person's.
    """

    card: Card
    slot: str = ""
    language: str = ""


@dataclass(frozen=True)
class Post:
    """Show the card to everybody in the conversation."""

    card: Card
    conversation: str
    language: str = ""


@dataclass(frozen=True)
class Tell:
    """Tell a person something of theirs that is to last: in `conversation` if it is theirs alone.

    Where others are in it too, the card goes to the person's own conversation, and is whispered where they asked as
    well. `slot` names the lasting message so that a later `Replace` finds it.
    """

    card: Card
    person: str
    conversation: str
    slot: str = ""
    language: str = ""


@dataclass(frozen=True)
class Whisper:
    """Show the card to the person alone, where they are looking."""

    card: Card


@dataclass(frozen=True)
class Notify:
    """Send the card to a person, to a team's channel, or into a conversation with others.

    With `renews` it takes the place of an earlier one of the same slot that still waits to be sent.
    """

    card: Card
    person: str = ""
    team: str = ""
    slot: str = ""
    conversation: str = ""
    renews: bool = False


@dataclass(frozen=True)
class Follow:
    """Show the card below the newest copy of the record's message `below` in each of these people's own conversations."""

    card: Card
    people: tuple[str, ...]
    below: str
    slot: str = ""


@dataclass(frozen=True)
class Replace:
    """Bring every copy of the record's message `slot` up to date."""

    slot: str
    card: Card


@dataclass(frozen=True)
class OpenForm:
    """Open a form before the person; the immediate answer to a press."""

    form: Form


@dataclass(frozen=True)
class FieldErrors:
    """Keep the form open with a message at each field: the name of an error block of the form's template."""

    form: Form
    errors: Mapping[str, str]


@dataclass(frozen=True)
class ShowCard:
    """Show the card in the window in which the person acts: what a reply becomes where no message can appear."""

    card: Card
    language: str = ""


@dataclass(frozen=True)
class RefreshHome:
    """Bring the person's home view up to date; `opened` remembers that they have one."""

    person: str
    opened: bool = False


@dataclass(frozen=True)
class Letter:
    """Try a message that was given up `again`, or let it be and speak of it no more."""

    id: int
    again: bool


@dataclass(frozen=True)
class Remind:
    """Wake the record's flow at `at` (UTC) with the timer `timer`; a second wish of the same name moves it."""

    timer: str
    at: datetime


@dataclass(frozen=True)
class Forget:
    """Take the record's timer back."""

    timer: str


@dataclass(frozen=True)
class SetLanguage:
    """Speak this language to the person from now on."""

    language: str


@dataclass(frozen=True)
class Fetch:
    """Put a file by that lies on the platform; the flow gets a `Secured` when it is done or given up."""

    attachment: Attachment


@dataclass(frozen=True)
class Denied:
    """Write into the journal that who acted was refused this."""

    action: str


@dataclass(frozen=True)
class Purge:
    """Take off the disk what the messages of the record said, and its files by their SHA-256."""

    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pass:
    """Hand an event of one's own making on to the flow of its record, in the same transaction."""

    event: Event


Effect: TypeAlias = (
    Reply
    | Post
    | Tell
    | Whisper
    | Notify
    | Follow
    | Replace
    | OpenForm
    | FieldErrors
    | ShowCard
    | RefreshHome
    | Letter
    | Remind
    | Forget
    | SetLanguage
    | Fetch
    | Denied
    | Purge
    | Pass
)
