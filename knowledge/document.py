"""A guideline as content: verbatim text, cut into paragraphs and passages with stable ids.

A *passage* is the smallest thing that is cited: one rule, one to three sentences. A *paragraph* is the list item or
paragraph that holds it, and is what is quoted: a rule without the sentence beside it misleads (R18 without R19).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

LANGUAGES = ("fi", "sv", "en")


class Audience(StrEnum):
    """Whom a rule speaks to."""

    EVERYONE = "everyone"
    ORGANISATION = "organisation"
    OWN_PROFILE = "own_profile"
    OFFICIAL = "official"
    SECURITY = "security"


class Strength(StrEnum):
    """How strong the guideline's own wording is: "tulee" must, "on syytä" should, "voi" may."""

    MUST = "must"
    MUST_NOT = "must_not"
    SHOULD = "should"
    MAY = "may"
    FACT = "fact"


class ContentError(ValueError):
    """The content of a guideline is broken; the message names the place and what to do."""


@dataclass(frozen=True)
class Passage:
    """One rule of a guideline.

    `id` is `document/section/name`; `text` is verbatim, with the source's `**` for bold. `short` and `note` map a
    language to the short answer and to the editor's note, which is not the guideline's. A connective passage (a list's
    opening, a bare heading) has no short answer and never answers.
    """

    id: str
    text: str
    audience: Audience = Audience.EVERYONE
    strength: Strength = Strength.FACT
    duties: tuple[str, ...] = ()
    flow: str | None = None
    short: Mapping[str, str] = field(default_factory=dict)
    note: Mapping[str, str] = field(default_factory=dict)
    connective: bool = False

    @property
    def anchor(self) -> str:
        """The id as it stands in the guideline's text: `section/name`."""
        return self.id.split("/", 1)[1]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or list item of the source, whole, under its heading path (outermost first)."""

    text: str
    heading: tuple[str, ...]
    passages: tuple[Passage, ...]

    @property
    def plain(self) -> str:
        """The text without the marks of bold: what is quoted."""
        return plain(self.text)


@dataclass(frozen=True)
class SilentTopic:
    """A topic that the guideline does not speak of: its name by language, the ids of the nearest related passages."""

    id: str
    name: Mapping[str, str]
    related: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """Passages that must be read together: whenever one of them answers, or only when `lead` does."""

    passages: tuple[str, ...]
    lead: str | None = None

    def goes_with(self, passage: str) -> bool:
        """Whether an answer by this passage brings the others along."""
        return passage == self.lead if self.lead else passage in self.passages


@dataclass(frozen=True)
class Piece:
    """A stretch of the source in order; `kind` is heading, passage or layout (white space and list marks)."""

    kind: str
    text: str
    anchor: str | None = None


@dataclass(frozen=True)
class Document:
    """A guideline, read.

    An overlay has a `department`: it adds to the common guideline and is cited apart (R9). `together` are groups of
    passages that must be read together; `on_top` names, by audience, the passage that its rules stand on (R11, R108).
    `flows` are the passages to cite where an intent opens a flow. `officials_section` is the heading under which
    elected officials find what applies to them. `starters` are the questions to begin from, by language.
    """

    id: str
    title: str
    version: str
    department: str | None
    paragraphs: tuple[Paragraph, ...]
    pieces: tuple[Piece, ...]
    corrections: tuple[tuple[str, str], ...]
    together: tuple[Together, ...]
    on_top: Mapping[Audience, str]
    flows: Mapping[str, tuple[str, ...]]
    officials_section: str
    starters: tuple[Mapping[str, str], ...]
    silent: tuple[SilentTopic, ...]
    folder: Path

    @cached_property
    def passages(self) -> Mapping[str, Passage]:
        """Every passage by id, in the order of the source."""
        return {p.id: p for paragraph in self.paragraphs for p in paragraph.passages}

    @cached_property
    def paragraph_of(self) -> Mapping[str, Paragraph]:
        """The paragraph that holds each passage, by the passage's id."""
        return {p.id: paragraph for paragraph in self.paragraphs for p in paragraph.passages}

    @property
    def source(self) -> str:
        """The source, character for character."""
        return "".join(piece.text for piece in self.pieces)

    def corrected(self, text: str) -> str:
        """The text with known misprints mended: what is searched, never what is shown (A11, A12)."""
        for written, intended in self.corrections:
            text = text.replace(written, intended)
        return text


def plain(text: str) -> str:
    """The guideline's text without the marks of bold."""
    return text.replace("**", "")
