"""What is taken out of people's words before others read them in a list: what tells who somebody is."""

from __future__ import annotations

import re

MASK = "[…]"
PERSONAL = re.compile(
    r"""
    \b\d{6}[-–+YXWVUABCDEF]\d{3}[0-9A-Z]\b      # a personal identity code, with the separators of 2023
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+             # an e-mail address
    | (?<!\w)(?:\+\s?358\s?(?:\(0\))?|0)(?:[\s./–-]?\d){6,12}\b  # a telephone number
    """,
    re.VERBOSE | re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text on one line without personal identity codes, e-mail addresses and telephone numbers."""
    return PERSONAL.sub(MASK, " ".join(text.split()))
