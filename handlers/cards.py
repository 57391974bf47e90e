"""What is shown, without words and without a platform: a card names its template and lists its parts in order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from handlers.events import Attachment

Data: TypeAlias = Mapping[str, object]
FieldType = Literal["text", "long", "choice", "many", "person", "people", "date", "files"]


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

    A `prompt` button asks the text `value` as if the person had written it. `words` names a block of the card's template
    that holds the label, where one action stands for many options; they are numbered by their place.
    """

    action: str
    record: str = ""
    value: str = ""
    style: Literal["default", "primary", "danger", "prompt"] = "default"
    words: str = ""


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
    """A field of a form. Its labels are the blocks `{words}_label`, `{words}_help` and, of an option, `{words}_{option}`.

    `words` is the field's name where it is ""; `data` goes before the form's own, for one field of several alike. The
    value by `type`: `text` is one line, `long` several; `choice` is one of `options`, `many` any of them with commas
    between; `date` is YYYY-MM-DD. `person` is the directory's id of one, `people` ids with commas between; what comes
    back is whatever tells who is meant (id, account, e-mail address or name), of several also in lines. `files` is what
    `files_in` reads. `names` are the labels of options that are no words of ours: of accounts, of people.
    """

    name: str
    type: FieldType
    value: str = ""
    options: tuple[str, ...] = ()
    required: bool = True
    longest: int = 3000
    words: str = ""
    data: Data = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


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


def rows(buttons: Sequence[Button]) -> tuple[Buttons, ...]:
    """Buttons in rows of five, which every platform takes."""
    return tuple(Buttons(tuple(buttons[i : i + 5])) for i in range(0, len(buttons), 5))


def stamp(moment: datetime | None) -> str:
    """A moment (UTC) as a card's data: ISO 8601, "" for none."""
    return moment.isoformat() if moment else ""


def errors_of(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values of a form, as the name of an error block by field; empty where all is well."""
    errors = {}
    for asked in form.fields:
        value = values.get(asked.name, "").strip()
        empty = not any(c.isalnum() for c in value)
        if (asked.required and empty) or not _is_offered(asked, value):
            errors[asked.name] = "missing"
        elif len(value) > asked.longest:
            errors[asked.name] = "too_long"
        elif asked.type == "date" and value and not is_date(value):
            errors[asked.name] = "not_a_date"
    return errors


def files_in(value: str) -> tuple[Attachment, ...]:
    """The files of a field's value: a JSON list of `source`, `name` and `size`; what is none is left out."""
    try:
        told = json.loads(value or "[]")
    except (ValueError, RecursionError):
        return ()
    found = []
    for one in told if isinstance(told, list) else []:
        match one:
            case {"source": str(source), "name": str(name), "size": int(size)} if source:
                found.append(Attachment(source, name, size))
    return tuple(found)


def files_as(files: Sequence[Attachment]) -> str:
    """Files as the value of a field."""
    return json.dumps([{"source": f.source, "name": f.name, "size": f.size} for f in files], ensure_ascii=False)


def is_date(text: str) -> bool:
    """Whether it is a day of the calendar, as ISO 8601 writes it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_offered(asked: Field, value: str) -> bool:
    if asked.type == "many":
        return all(chosen in asked.options for chosen in value.split(",") if value)
    return not asked.options or value in asked.options
