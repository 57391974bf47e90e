"""What the words of all flows have in common: how a command is compared, and a record's number that follows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

COMMAND = re.compile(r"^/?someopas\s+", re.IGNORECASE)
NUMBER = r"#?(\d{1,18})"
"""A record's number; no longer than a database's."""
Name = TypeVar("Name")


def phrase(text: str) -> str:
    """The words as commands are compared: folded, single spaces, without the bot's own command and end marks."""
    return " ".join(COMMAND.sub("", text.strip()).casefold().split()).strip(" .!?")


def numbered(words: str, known: Mapping[Name, str], number: str = NUMBER) -> tuple[Name, str] | None:
    """Of the known words (patterns by name) those that these are, and the number after them; None where they are none."""
    for name, pattern in known.items():
        if found := re.fullmatch(rf"(?:{pattern}) {number}", words, re.IGNORECASE):
            return name, found[1]
    return None


def written(words: str, known: Mapping[Name, str], number: str = NUMBER) -> tuple[Name, str, str] | None:
    """The same of words that go on after a colon: their name, the number, and what is written."""
    for name, pattern in known.items():
        if found := re.fullmatch(rf"(?:{pattern}) {number}\s*:\s*(.+)", words, re.IGNORECASE | re.DOTALL):
            return name, found[1], found[2]
    return None
