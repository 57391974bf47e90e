"""Words that are a command of their own only where they are all that was written."""

from __future__ import annotations

import re

COMMAND = re.compile(r"^/?someopas\s+", re.IGNORECASE)


def phrase(text: str) -> str:
    """The words as commands are compared: folded, single spaces, without the bot's own command and end marks."""
    return " ".join(COMMAND.sub("", text.strip()).casefold().split()).strip(" .!?")
