"""A department's own guideline as its people wrote it (R9): from plain text to passages, and to a `Document`.

A line that begins with `# ` is a heading. An empty line parts two passages, and lines that stand together stay together,
so that a list keeps the sentence that leads to it. What is longer than `LONGEST` is cut between lines, sentences
or words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.document import LANGUAGES, Document, Paragraph, Passage, Piece, plain

LONGEST = 900
"""Characters of a passage: longer ones are no quote any more, and find nothing well."""
SHORT = 200
HEADING = re.compile(r"#+\s+(\S.*)")
SENTENCE = re.compile(r"(?<=[.!?…:;])\s+")
PREFIX = "oma-"
"""How the ids of these documents begin: no guideline of a folder has such a name."""


@dataclass(frozen=True)
class Cut:
    """A passage of a text: the heading that it stands under, "" for none, and its words with their line breaks."""

    heading: str
    text: str


@dataclass(frozen=True)
class Proposed:
    """A guideline of a department, accepted: `version` is the day of the last acceptance, as it is shown."""

    number: str
    title: str
    department: str
    version: str
    text: str


def cuts(text: str) -> tuple[Cut, ...]:
    """The text as passages, in order. Every word of it stands in a passage or in the heading above one."""
    found: list[Cut] = []
    heading, used, block = "", True, list[str]()
    for line in (*text.splitlines(), ""):
        opened = HEADING.fullmatch(line.strip())
        if line.strip() and not opened:
            block.append(" ".join(line.split()))
            continue
        found += [Cut(heading, part) for part in _fitting("\n".join(block))]
        used, block = used or bool(block), []
        if opened:
            # A heading with nothing under it is kept as a passage: what somebody wrote is never lost.
            found += [] if used else [Cut("", part) for part in _fitting(heading)]
            heading, used = " ".join(opened[1].split()), False
    return (*found, *([] if used else [Cut("", part) for part in _fitting(heading)]))


def document(proposed: Proposed) -> Document:
    """The guideline as the guide takes it. It has no question bank: it is found by its own words (`knowledge.own`)."""
    name = f"{PREFIX}{proposed.number}"
    paragraphs: list[Paragraph] = []
    pieces = [Piece("heading", proposed.title), Piece("layout", "\n")]
    before, section, place = "", 1, 0
    for cut in cuts(proposed.text):
        if cut.heading != before:
            pieces += [Piece("heading", cut.heading), Piece("layout", "\n")] if cut.heading else []
            before, section, place = cut.heading, section + bool(paragraphs), 0
        place += 1
        passage = Passage(f"{name}/{section}/{place}", cut.text, short=dict.fromkeys(LANGUAGES, _short(cut.text)))
        under = (proposed.title, cut.heading) if cut.heading else (proposed.title,)
        paragraphs.append(Paragraph(cut.text, under, (passage,)))
        pieces += [Piece("passage", cut.text, passage.anchor), Piece("layout", "\n")]
    return Document(
        id=name, title=proposed.title, version=proposed.version, department=proposed.department,
        paragraphs=tuple(paragraphs), pieces=tuple(pieces), corrections=(), together=(), on_top={}, flows={},
        officials_section="", starters=(), silent=(), folder=Path(),
    )  # fmt: skip


def pieces_of(text: str, longest: int) -> tuple[str, ...]:
    """The text in stretches of at most so many characters, cut where a passage ends, else a line, a sentence, a word."""
    return tuple(_parted(text.strip(), longest, ("\n\n", "\n"))) if text.strip() else ()


def _short(text: str) -> str:
    """The passage's own beginning in quotes: nobody has written a short answer to it, nor translated it."""
    words = plain(" ".join(text.split()))
    return f"”{words if len(words) <= SHORT else words[:SHORT].rsplit(' ', 1)[0] + '…'}”"


def _fitting(block: str) -> Iterator[str]:
    """A block whole, or cut to fit; an empty one gives nothing."""
    if block:
        yield from _parted(block, LONGEST, ("\n",))


def _parted(text: str, longest: int, ends: tuple[str, ...]) -> Iterator[str]:
    while len(text) > longest:
        at = _end(text[: longest + 1], ends)
        yield text[:at].rstrip()
        text = text[at:].lstrip()
    if text:
        yield text


def _end(text: str, ends: tuple[str, ...]) -> int:
    """Where a text that is too long by a character is to be cut: as late as may be, at the best kind of end there is."""
    least = len(text) // 3
    for end in ends:
        if (at := text.rfind(end)) > least:
            return at
    sentences = [found.start() for found in SENTENCE.finditer(text)]
    spaces = [found.start() for found in re.finditer(r"\s", text)]
    late = [at for at in sentences if at > least] or [at for at in spaces if at > 0]
    return max(late, default=len(text) - 1)
