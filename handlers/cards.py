"""What is shown, without words and without a platform: a card names its template and lists its parts in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Data: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class Text:
    """The block `name` of the card's template; `data` goes before the card's own, for one line of several alike."""

    name: str
    data: Data = field(default_factory=dict)
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Note:
    """The block `name` of the card's template, shown small: a source, a date, an explanation."""

    name: str
    data: Data = field(default_factory=dict)
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class Quote:
    """A verbatim paragraph of a guideline: `focus` is the part of `text` that is meant, `link` the passage's id."""

    text: str
    focus: str
    title: str
    heading: str
    version: str
    link: str
    number: int
    department: str = ""
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True)
class Said:
    """What a person wrote, word for word; `label` names a block that says whose words these are."""

    text: str
    label: str
    data: Data = field(default_factory=dict)
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class Byline:
    """A short label with a person's name in the place of its `#`, shown small above what they did."""

    label: str
    name: str
    kind: Literal["byline"] = "byline"


@dataclass(frozen=True)
class Button:
    """`action` is `flow/name`, and also names the label; `value` comes back with the press. One style per row is primary.

    A `prompt` button asks the text `value` as if the person had written it.
    """

    action: str
    record: str = ""
    value: str = ""
    style: Literal["default", "primary", "danger", "prompt"] = "default"


@dataclass(frozen=True)
class Buttons:
    """A row of buttons."""

    buttons: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True)
class Feedback:
    """Helpful or not: comes back as a press of `action` with the value "yes" or "no"."""

    action: str
    record: str
    kind: Literal["feedback"] = "feedback"


Part: TypeAlias = Text | Note | Quote | Said | Byline | Buttons | Feedback


@dataclass(frozen=True)
class Card:
    """`name` is the path of its template (`questions/answered`); `data` is what its words need, as JSON types."""

    name: str
    parts: tuple[Part, ...]
    data: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """A field of a form: `text` (one line), `long` (several) or `choice`; `options` name labels of the form."""

    name: str
    type: Literal["text", "long", "choice"]
    value: str = ""
    options: tuple[str, ...] = ()
    required: bool = True
    longest: int = 3000


@dataclass(frozen=True)
class Form:
    """A form of the template `name`, whose blocks hold the title, the labels and the button's word."""

    name: str
    record: str
    fields: tuple[Field, ...]
    data: Data = field(default_factory=dict)


def excerpt(text: str, most: int = 400) -> str:
    """The beginning of a text, for a list that must leave room for the others."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def errors_of(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values of a form, as the name of an error block by field; empty where all is well."""
    errors = {}
    for asked in form.fields:
        value = values.get(asked.name, "").strip()
        empty = not any(c.isalnum() for c in value)
        if (asked.options and value not in asked.options) or (asked.required and empty):
            errors[asked.name] = "missing"
        elif len(value) > asked.longest:
            errors[asked.name] = "too_long"
    return errors
