"""How a refusal is said: why it cannot be done, and what was written given back, without what must not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from handlers.cards import Card, Form, Part, Said, Text
from handlers.effects import Whisper
from handlers.masking import secret_in, veiled


def refusal(name: str, data: Mapping[str, object], *blocks: str, unsent: str = "") -> Whisper:
    """The card `name` with these blocks, and `unsent` given back without what must not be kept."""
    parts: list[Part] = [Text(block) for block in blocks]
    parts += [Said(veiled(unsent), "unsent")] if unsent else []
    return Whisper(Card(name, tuple(parts), data))


def secrets_in(values: Mapping[str, str]) -> dict[str, str]:
    """An error for each field in which something stands that must not be kept."""
    return {name: f"secret_{secret}" for name, text in values.items() if (secret := secret_in(text))}


def cleaned(form: Form) -> Form:
    """The form given back without what must not be kept anywhere."""
    return replace(form, fields=tuple(replace(f, value="") if secret_in(f.value) else f for f in form.fields))
