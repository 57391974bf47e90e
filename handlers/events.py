"""What happened. Platforms make these from their payloads; `decide` of a flow takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """Common to all: `key` is unique to the delivery (a second arrival has the same one).

    `person` is the directory's id of who acted, "" for the clock; `conversation` is where, as the platform's own id
    with its prefix (`web:…`); `record` is the key of the record that it concerns, "" for none yet. `thread` is the
    conversation in which others may go on from what was written, "" where there is none. `door` is the platform's own
    way back to the person, good for a short time. `window` tells that they look at a form or a home view, where no
    message can appear; `spoken` that they wrote words for a press or a form, and look at no card that it could change.
    """

    key: str
    person: str
    conversation: str
    record: str = ""
    thread: str = field(default="", kw_only=True)
    door: str = field(default="", kw_only=True)
    window: bool = field(default=False, kw_only=True)
    spoken: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Attachment:
    """A file that somebody sent: `source` is its place on the platform (`slack:F1`), `size` in bytes, 0 if not told."""

    source: str
    name: str
    size: int = 0


@dataclass(frozen=True)
class Asked(Event):
    """A person wrote something.

    `addressed` is False where they wrote in a thread without naming the bot; `intent` is what a command of its own name
    asks for (`new_account`, `incident`), "" where the words decide. `named` are the accounts (`slack:U2`) of the people
    whom the words mention, in order, without the bot. `below` is the platform's id of the message that they answer by
    quoting it, "" for none.
    """

    text: str = ""
    addressed: bool = field(default=True, kw_only=True)
    intent: str = field(default="", kw_only=True)
    named: tuple[str, ...] = field(default=(), kw_only=True)
    below: str = field(default="", kw_only=True)
    files: tuple[Attachment, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Commented(Event):
    """A person wrote in the thread of the record's message `slot`, without naming the bot."""

    text: str = ""
    slot: str = ""
    files: tuple[Attachment, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Flagged(Event):
    """A person chose to report a message: its words, its address, who wrote it ("" for unknown), and its files."""

    text: str = ""
    link: str = ""
    author: str = ""
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Installed(Event):
    """The bot was added to a conversation: a person's own, or one of several."""


@dataclass(frozen=True)
class Opened(Event):
    """A person opened their home view."""


@dataclass(frozen=True)
class Pressed(Event):
    """A person pressed the button `flow/action` of a card; `said` is what the platform let them write with it."""

    action: str = ""
    value: str = ""
    said: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Submitted(Event):
    """A person sent the form `flow/name` with these values, by field."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Elapsed(Event):
    """A timer of the record fell due at `due` (UTC); `late` tells that it was to fire more than a minute ago."""

    timer: str = ""
    due: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class Undelivered(Event):
    """A message of the record's `slot` to the person `receiver` was given up."""

    receiver: str = ""
    slot: str = ""


@dataclass(frozen=True)
class Secured(Event):
    """The file `source` of the record was put by, with its SHA-256 and its size in bytes; `sha256` is "" if it failed."""

    source: str = ""
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True)
class Unattended(Event):
    """The auditor found that nobody holds the record and no timer wakes it."""


@dataclass(frozen=True)
class Joined(Event):
    """Another report of the same wave, `other`, was joined to the record; or, `said`, its `reporter` wrote `text` in it
    or handed in `files`.
    """

    other: str = ""
    reporter: str = ""
    text: str = ""
    files: tuple[Attachment, ...] = ()
    said: bool = False


@dataclass(frozen=True)
class Left(Event):
    """The person `who` is in the directory no more, or deactivated: of the account `record`, or of all where it is "".

    `quiet` tells that the morning's message speaks of it anyhow.
    """

    who: str = ""
    quiet: bool = False


@dataclass(frozen=True)
class Entered(Event):
    """A request's account goes into the register, or what the register knows of it changed: JSON types, by name."""

    account: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Consented(Event):
    """A person of the record's account consents to posting under their own name (R77), or, not `given`, takes it back."""

    given: bool = True


def press_of(words: Asked, record: str, action: str, value: str = "") -> Pressed:
    """The press that a person's words stand for."""
    return Pressed(
        words.key, words.person, words.conversation, record, action, value,
        thread=words.thread, door=words.door, spoken=True,
    )  # fmt: skip


def form_of(words: Asked, record: str, form: str, values: Mapping[str, str]) -> Submitted:
    """The form that a person's words stand for."""
    return Submitted(
        words.key, words.person, words.conversation, record, form, values,
        thread=words.thread, door=words.door, spoken=True,
    )  # fmt: skip
