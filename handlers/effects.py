"""What is wished. `decide` returns these; they are kept with the record, and carried out after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from handlers.cards import Card, Form


@dataclass(frozen=True)
class Reply:
    """Show the card in the conversation where it happened, or in the one named.

    `slot` names the message so that a later `Replace` finds it; `language` is the answer's own, "" the person's.
    """

    card: Card
    slot: str = ""
    conversation: str = ""
    language: str = ""


@dataclass(frozen=True)
class Whisper:
    """Show the card to the person alone, where they are looking."""

    card: Card


@dataclass(frozen=True)
class Notify:
    """Send the card to a person, or to a team's channel."""

    card: Card
    person: str = ""
    team: str = ""
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


Effect: TypeAlias = Reply | Whisper | Notify | Replace | OpenForm | FieldErrors | Remind | Forget | SetLanguage
