"""A card and a language → words. Templates are folders, a language each: `languages/fi/questions/answered.md.j2`.

Words are Markdown of the smallest kind (bold, lists, paragraphs, links written in the templates). What people or the
guideline wrote goes through variables, whose every Markdown mark is escaped here, once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.clock import HELSINKI
from handlers.cards import Button, Buttons, Byline, Card, Feedback, Field, FieldType, Form, Note, Quote, Said, Text
from knowledge.document import LANGUAGES

FOLDER = Path(__file__).parent / "languages"
MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&^$:/@\"'=%?;,])")
MOMENTS = {
    "fi": "{d}.{m}.{y} klo {h}.{min:02}",
    "sv": "{d}.{m}.{y} kl. {h}.{min:02}",
    "en": "{d} {mon} {y} at {h}:{min:02}",
}
DAYS = {"fi": "{d}.{m}.{y}", "sv": "{d}.{m}.{y}", "en": "{d} {mon} {y}"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Words:
    """Markdown; `small` for notes."""

    markdown: str
    small: bool = False
    kind: Literal["words"] = "words"


@dataclass(frozen=True)
class QuoteShown:
    """A quote with the words around it; `link` is the passage's id."""

    before: str
    focus: str
    after: str
    source: str
    link: str
    open_label: str
    number: int
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True)
class SaidShown:
    """A person's own words under a label, never taken for Markdown."""

    label: str
    text: str
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class ButtonShown:
    """A button with its words."""

    label: str
    button: Button


@dataclass(frozen=True)
class ButtonsShown:
    """A row of buttons."""

    buttons: tuple[ButtonShown, ...]
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True)
class FeedbackShown:
    """The question whether an answer helped, with its two words."""

    question: str
    yes: str
    no: str
    action: str
    record: str
    kind: Literal["feedback"] = "feedback"


PartShown: TypeAlias = Words | QuoteShown | SaidShown | ButtonsShown | FeedbackShown


@dataclass(frozen=True)
class CardShown:
    """A card in a language; `plain` says the same without marks, for notifications and screen readers."""

    name: str
    language: str
    parts: tuple[PartShown, ...]

    @property
    def plain(self) -> str:
        """The words of the card, unmarked."""
        return "\n".join(unmarked(p.markdown) for p in self.parts if isinstance(p, Words) and not p.small)


@dataclass(frozen=True)
class FieldShown:
    """A field of a form with its label, help, option labels and error."""

    name: str
    type: FieldType
    label: str
    help: str
    value: str
    options: tuple[tuple[str, str], ...]
    required: bool
    longest: int
    error: str


@dataclass(frozen=True)
class FormShown:
    """A form in a language."""

    name: str
    record: str
    language: str
    title: str
    intro: str
    submit: str
    cancel: str
    fields: tuple[FieldShown, ...]


class Renderer:
    """Renders cards and forms. Raises `jinja2.UndefinedError` where a template asks for what the card does not give."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._environments = {code: self._environment(code) for code in LANGUAGES}
        self._labels = {code: tomllib.loads((folder / code / "labels.toml").read_text("utf-8")) for code in LANGUAGES}
        self._template = cache(self._load)

    def card(self, card: Card, language: str) -> CardShown:
        """The card in a language."""
        shown = (self._part(card, part, language) for part in card.parts)
        return CardShown(card.name, language, tuple(p for p in shown if not isinstance(p, Words) or p.markdown))

    def form(self, form: Form, language: str, errors: Mapping[str, str] | None = None) -> FormShown:
        """The form in a language, with the errors' words at their fields."""

        def words(block: str) -> str:
            return unmarked(self._block(form.name, block, form.data, language))

        fields = tuple(self._field(form, asked, language, (errors or {}).get(asked.name, "")) for asked in form.fields)
        return FormShown(
            form.name, form.record, language, words("title"), words("intro"), words("submit"),
            self.label("cancel", language), fields,
        )  # fmt: skip

    def label(self, name: str, language: str) -> str:
        """A short label of the language's `labels.toml`, by its dotted name."""
        return str(self._labels[language][name])

    def labels(self, language: str) -> Mapping[str, str]:
        """Every short label of a language."""
        return self._labels[language]

    def _field(self, form: Form, asked: Field, language: str, error: str) -> FieldShown:
        data, prefix = {**form.data, **asked.data}, asked.words or asked.name

        def words(block: str) -> str:
            return unmarked(self._block(form.name, block, data, language))

        return FieldShown(
            name=asked.name,
            type=asked.type,
            label=words(f"{prefix}_label"),
            help=words(f"{prefix}_help"),
            value=asked.value,
            options=tuple((o, asked.names[o] if o in asked.names else words(f"{prefix}_{o}")) for o in asked.options),
            required=asked.required,
            longest=asked.longest,
            error=words(f"error_{error}") if error else "",
        )

    def _part(self, card: Card, part: object, language: str) -> PartShown:
        match part:
            case Text(name=block, data=own):
                return Words(self._block(card.name, block, {**card.data, **own}, language))
            case Note(name=block, data=own):
                return Words(self._block(card.name, block, {**card.data, **own}, language), small=True)
            case Quote():
                return self._quote(part, language)
            case Said(text=text, label=block, data=own):
                return SaidShown(unmarked(self._block(card.name, block, {**card.data, **own}, language)), text)
            case Byline(label=name, name=person):
                return Words(self.label(name, language).replace("#", str(escaped(person))), small=True)
            case Buttons(buttons=buttons):
                return ButtonsShown(
                    tuple(ButtonShown(self._button(card, b, i, language), b) for i, b in enumerate(buttons, 1))
                )
            case Feedback(action=action, record=record):
                asked, yes, no = (self.label(f"{action}.{w}", language) for w in ("question", "yes", "no"))
                return FeedbackShown(asked, yes, no, action, record)
        raise TypeError(f"{card.name}: {part!r} is no part of a card")

    def _button(self, card: Card, button: Button, number: int, language: str) -> str:
        if button.words:
            return f"{number}. {unmarked(self._block(card.name, button.words, card.data, language))}"
        if button.style == "prompt":
            return button.value
        specific = f"{button.action}.{button.value}"
        labels = self._labels[language]
        return str(labels[specific] if specific in labels else labels[button.action]).replace("#", str(number))

    def _quote(self, quote: Quote, language: str) -> QuoteShown:
        before, focus, after = quote.text.partition(quote.focus)
        place = f"{quote.title} › {quote.heading}" if quote.heading else quote.title
        version = self.label("quote.version", language).replace("#", quote.version)
        source = f"{place} · {version}"
        if quote.department:
            source = f"{quote.department} · {source}"
        return QuoteShown(before, focus, after, source, quote.link, self.label("quote.open", language), quote.number)

    def _block(self, name: str, block: str, data: Mapping[str, object], language: str) -> str:
        template = self._template(name, language)
        if block not in template.blocks:
            raise KeyError(f"languages/{language}/{name}.md.j2 has no block {block}")
        context = template.new_context(dict(data))
        return tidy("".join(template.blocks[block](context)))

    def _load(self, name: str, language: str) -> Template:
        return self._environments[language].get_template(f"{name}.md.j2")

    def _environment(self, language: str) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self._folder / language),
            undefined=StrictUndefined,
            autoescape=False,
            finalize=escaped,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["day"] = lambda stamp: moment(str(stamp), language, DAYS)
        environment.filters["date"] = lambda stamp: day(str(stamp), language)
        environment.filters["word"] = lambda code, kind: self._labels[language].get(f"word.{kind}.{code}", code)
        environment.filters["moment"] = lambda stamp: moment(str(stamp), language)
        return environment


def escaped(value: object) -> object:
    """A variable's text with every Markdown mark escaped, on one line."""
    return MARKS.sub(r"\\\1", " ".join(value.split())) if isinstance(value, str) else value


def unmarked(markdown: str) -> str:
    """Markdown of the smallest kind as plain text."""
    without_bold = re.sub(r"(?<!\\)\*\*", "", markdown)
    return re.sub(r"\\(.)", r"\1", without_bold)


def tidy(text: str) -> str:
    """Without empty lines at the ends, and never two of them in a row."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.strip().splitlines()))


def day(stamp: str, language: str) -> str:
    """A day (ISO 8601, without a time) as the language writes it; what is no day stays as it is."""
    try:
        on = date.fromisoformat(stamp)
    except ValueError:
        return stamp
    return DAYS[language].format(d=on.day, m=on.month, y=on.year, mon=MONTHS[on.month - 1])


def moment(stamp: str, language: str, forms: Mapping[str, str] = MOMENTS) -> str:
    """A moment (ISO 8601) in Helsinki's time, as the language writes it in full or as a day (`DAYS`); "" stays ""."""
    if not stamp:
        return ""
    at = datetime.fromisoformat(stamp).astimezone(HELSINKI)
    return forms[language].format(
        d=at.day, m=at.month, y=at.year, h=at.hour, min=at.minute, mon=MONTHS[at.month - 1]
    )  # fmt: skip
