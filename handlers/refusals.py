"""How a refusal is said: why it cannot be done, and what was written given back."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.cards import Card, Part, Said, Text
from handlers.effects import Whisper
from handlers.masking import veiled


def refusal(name: str, data: Mapping[str, object], *blocks: str, unsent: str = "") -> Whisper:
    """The card `name` with these blocks, and `unsent` given back without what must not be kept."""
    parts: list[Part] = [Text(block) for block in blocks]
    parts += [Said(veiled(unsent), "unsent")] if unsent else []
    return Whisper(Card(name, tuple(parts), data))
