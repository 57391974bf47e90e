"""What people wrote, made fit to be kept and shown."""

from __future__ import annotations

import re

INVISIBLE = re.compile(
    r"[\ud800-\udfff\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def printable(text: str) -> str:
    """What a person wrote without what would turn it round, hide in it or not be text at all."""
    return INVISIBLE.sub("", text)
