"""Text as search sees it: folded, without marks, and cut to a sane length."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 1000
"""Characters of a question that are looked at: the rest of a long paste adds noise, not meaning."""

UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
WORD = re.compile(r"\w+")
COMBINING = re.compile(r"[\u0300-\u036f]")
_UNFOLDED = str.maketrans({"ø": "o", "æ": "a", "ß": "s"})


def clean(text: str) -> str:
    """The text without control characters (NUL would end it in the dense model), white space folded, cut to LONGEST."""
    composed = unicodedata.normalize("NFKC", UNPRINTED.sub(" ", text[: 4 * LONGEST]))
    spaced = " ".join(composed.split())[:LONGEST]
    # The dense model takes a shouted word for another one.
    return spaced.lower() if spaced.isupper() else spaced


def fold(text: str) -> str:
    """Lower case without diacritics, words parted by one space: people type "paivitys" for "päivitys"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_UNFOLDED)
    return " ".join(WORD.findall(COMBINING.sub("", decomposed)))
