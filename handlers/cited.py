"""The guideline's own sentences on a card, each with its place and version."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.cards import Part, Quote
from handlers.facts import Facts
from knowledge.answers import Citation

DOCUMENT = "tuusula"


def of_guideline(*anchors: str) -> tuple[str, ...]:
    """The ids of the common guideline's passages by their anchors (`section/name`)."""
    return tuple(f"{DOCUMENT}/{anchor}" for anchor in anchors)


def rules(passages: Sequence[str], facts: Facts, first: int = 1) -> list[Part]:
    """A quote of each passage that is known, numbered from `first`: its own words, without its paragraph's."""
    return quoted([facts.passages[p] for p in passages if p in facts.passages], first)


def quoted(cited: Sequence[Citation], first: int = 1) -> list[Part]:
    """A quote of each of these passages, numbered from `first`."""
    return [rule(c, number) for number, c in enumerate(cited, start=first)]


def rule(c: Citation, number: int = 1) -> Quote:
    """The quote of one passage."""
    return Quote(c.focus, c.focus, c.title, " › ".join(c.heading[1:]), c.version, c.id, number, c.department or "")
