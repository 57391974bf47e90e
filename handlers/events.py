"""What happened. Platforms make these from their payloads; `decide` of a flow takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """Common to all: `key` is unique to the delivery (a second arrival has the same one).

    `person` is the directory's id of who acted, "" for the clock; `conversation` is where, as the platform's own id
    with its prefix (`web:…`); `record` is the key of the record that it concerns, "" for none yet.
    """

    key: str
    person: str
    conversation: str
    record: str = ""


@dataclass(frozen=True)
class Asked(Event):
    """A person wrote something."""

    text: str = ""


@dataclass(frozen=True)
class Pressed(Event):
    """A person pressed the button `flow/action` of a card."""

    action: str = ""
    value: str = ""


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
