"""The words that are commands to the bot itself, in three languages, and the one that was meant by a word."""

from __future__ import annotations

from difflib import get_close_matches

LANGUAGE_WORDS = {
    "suomi": "fi", "suomeksi": "fi", "finska": "fi", "på finska": "fi", "finnish": "fi", "fi": "fi",
    "ruotsi": "sv", "ruotsiksi": "sv", "svenska": "sv", "på svenska": "sv", "swedish": "sv", "sv": "sv",
    "englanti": "en", "englanniksi": "en", "engelska": "en", "på engelska": "en", "english": "en", "en": "en",
}  # fmt: skip
LANGUAGE_COMMANDS = ("kieli", "språk", "sprak", "language")
OWN_COMMANDS = ("omat", "omat kysymykset", "mina", "mina frågor", "egna", "egna frågor", "mine", "my questions")
HELP_COMMANDS = ("apua", "ohje", "ohjeet", "komennot", "help", "commands", "hjälp", "hjalp", "kommandon", "?")
COMMANDS = {
    "fi": ("apua", "kieli", "omat", "tili", "ilmoita", "rekisteri"),
    "sv": ("hjälp", "språk", "mina", "konto", "anmäl", "register"),
    "en": ("help", "language", "mine", "account", "report", "register"),
}
"""The words that are offered to whoever wrote one that is not known, in the same order in each language."""
MISTYPED, ALIKE = 0.8, 0.6
"""How near a word is to a command that was meant by it, and to one that may have been."""


def is_command(text: str) -> bool:
    """Whether the words are a command to the bot itself."""
    return command_of(text) is not None


def command_of(text: str) -> tuple[str, str] | None:
    """The command ("language", "own", "help") and its argument, a language's code or ""; None where it is none."""
    words = text.casefold().strip(" .!").removeprefix("/someopas").strip()
    first, _, rest = words.partition(" ")
    if first in LANGUAGE_COMMANDS and (not rest or rest in LANGUAGE_WORDS):
        return "language", LANGUAGE_WORDS.get(rest, "")
    if words in OWN_COMMANDS:
        return "own", ""
    if words in HELP_COMMANDS:
        return "help", ""
    return None


def near_commands(text: str, near: float) -> list[int]:
    """The places in `COMMANDS` of the words that are as near as this (0–1) to the text, the nearest first."""
    places = {c: i for words in COMMANDS.values() for i, c in enumerate(words)}
    return list(dict.fromkeys(places[c] for c in get_close_matches(text.strip().casefold(), places, n=2, cutoff=near)))
