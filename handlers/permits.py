"""Ready texts that ask people for permission: to be photographed or filmed, and a guardian's for a child (R93–R94)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.cited import of_guideline, rules
from handlers.effects import Effect, Reply, Whisper
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts
from handlers.phrases import phrase
from knowledge.document import LANGUAGES

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "photo": of_guideline("organisation/photo-permission"),
    "guardian": of_guideline("organisation/guardian-permission", "organisation/photo-permission"),
})  # fmt: skip
"""Each kind of permission with the guideline's passages that it stands on (R93, R94)."""
PASSAGES = KINDS["guardian"]
"""The guideline's passages that the texts cite."""
WORDS = {
    "photo": (
        "kuvauslupa", "kuvausluvat", "kuvauslupapohja", "lupa kuvaamiseen", "fototillstånd", "fotograferingstillstånd",
        "tillstånd att fotografera", "photo permission", "photo permit",
    ),
    "guardian": (
        "huoltajan lupa", "huoltajien luvat", "huoltajan kuvauslupa", "lupa huoltajalta", "vårdnadshavarens tillstånd",
        "vårdnadshavares tillstånd", "guardian permission", "guardian's permission", "guardian’s permission",
    ),
}  # fmt: skip


def understands(event: Asked) -> bool:
    """Whether the words ask for one of the texts."""
    return any(phrase(event.text) in words for words in WORDS.values())


def decide(record: None, event: Event, facts: Facts) -> tuple[None, list[Effect]]:
    """The text of a permission, in the person's language or in the one that was chosen."""
    match event:
        case Asked(text=text):
            kind = next((kind for kind, words in WORDS.items() if phrase(text) in words), "photo")
            return record, [Reply(card(kind, facts))]
        case Pressed(action="permits/photo" | "permits/guardian" as action, value=language):
            kind = action.partition("/")[2]
            known = language if language in LANGUAGES else ""
            return record, [Reply(card(kind, facts, known or facts.language), language=known)]
        case _:
            return record, [Whisper(card("photo", facts))]


def card(kind: str, facts: Facts, language: str = "") -> Card:
    """The text to copy, whose wording it is, the guideline's rule, and the ways to other languages and the other kind."""
    shown = language or facts.language
    other = "guardian" if kind == "photo" else "photo"
    others = tuple(Button(f"permits/{kind}", value=code) for code in LANGUAGES if code != shown)
    parts: tuple[Part, ...] = (
        Text("head"), Text("text"), Note("whose"), *rules(KINDS[kind], facts),
        Note("page"), Buttons((*others, Button(f"permits/{other}"))),
    )  # fmt: skip
    return Card(f"permits/{kind}", parts, {"permit_for": facts.municipality})
