"""The bot itself: welcome, help, one's own questions, language. Keeps no record."""

from __future__ import annotations

from handlers.cards import Button, Buttons, Card, Text
from handlers.effects import Effect, Reply, SetLanguage, Whisper
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts
from knowledge.answers import Intent

LANGUAGE_WORDS = {
    "suomi": "fi", "suomeksi": "fi", "finska": "fi", "finnish": "fi", "fi": "fi",
    "ruotsi": "sv", "ruotsiksi": "sv", "svenska": "sv", "swedish": "sv", "sv": "sv",
    "englanti": "en", "englanniksi": "en", "engelska": "en", "english": "en", "en": "en",
}  # fmt: skip
LANGUAGE_COMMANDS = ("kieli", "språk", "sprak", "language")
OWN_COMMANDS = ("omat", "omat kysymykset", "egna", "mina frågor", "mine", "my questions")
HELP_COMMANDS = ("apua", "ohje", "help", "hjälp", "hjalp", "?")
STARTERS = 4
"""Slack shows at most four suggested prompts, and the guideline asks four questions of its own (R4–R7)."""


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words are for the bot itself: a command word, a greeting, a cry for help, "my questions"."""
    return _command(event.text) is not None or _intent(facts) in (Intent.GREETING, Intent.HELP, Intent.STATUS)


def decide(record: None, event: Event, facts: Facts) -> tuple[None, list[Effect]]:
    """Answer with a card of the bot's own; the record stays None."""
    match event:
        case Asked(text=text):
            return record, _asked(_command(text) or _by_intent(facts), facts)
        case Pressed(action="home/language", value=code):
            return record, _language(code)
        case Pressed(action="home/own"):
            return record, [Reply(_own(facts))]
        case Pressed(action="home/start"):
            return record, [Reply(welcome(facts))]
        case _:
            return record, [Whisper(Card("home/unknown", (Text("body"),)))]


def welcome(facts: Facts) -> Card:
    """The first card: what the bot does, with the guideline's own four questions to start from (R4–R7)."""
    prompts = tuple(Button("home/prompt", value=text, style="prompt") for text in facts.starters[:STARTERS])
    return Card("home/welcome", (Text("body"), Buttons(prompts)), {"name": facts.person.name if facts.person else ""})


def _asked(command: tuple[str, str], facts: Facts) -> list[Effect]:
    match command:
        case ("language", code) if code:
            return _language(code)
        case ("language", _):
            return [Reply(Card("home/languages", (Text("body"), _language_buttons())))]
        case ("own", _):
            return [Reply(_own(facts))]
        case ("help", _):
            return [Reply(Card("home/help", (Text("body"), _help_buttons())))]
        case _:
            return [Reply(welcome(facts))]


def _language(code: str) -> list[Effect]:
    if code not in LANGUAGE_WORDS.values():
        return [Whisper(Card("home/languages", (Text("body"), _language_buttons())))]
    return [SetLanguage(code), Reply(Card("home/language_set", (Text("body"),)))]


def _language_buttons() -> Buttons:
    return Buttons(tuple(Button("home/language", value=code) for code in ("fi", "sv", "en")))


def _help_buttons() -> Buttons:
    return Buttons((Button("home/start"), Button("home/own")))


def _own(facts: Facts) -> Card:
    rows = [
        {
            "record": q.record,
            "text": q.text,
            "status": q.status,
            "asked_at": q.asked_at,
            "taken_by": q.taken_by,
        }
        for q in facts.own
    ]
    return Card("home/own", (Text("body"),), {"questions": rows})


def _command(text: str) -> tuple[str, str] | None:
    words = text.casefold().strip(" .!").removeprefix("/someopas").strip()
    first, _, rest = words.partition(" ")
    if first in LANGUAGE_COMMANDS and (not rest or rest in LANGUAGE_WORDS):
        return "language", LANGUAGE_WORDS.get(rest, "")
    if words in OWN_COMMANDS:
        return "own", ""
    if words in HELP_COMMANDS:
        return "help", ""
    return None


def _intent(facts: Facts) -> Intent | None:
    return facts.answer.intent if facts.answer else None


def _by_intent(facts: Facts) -> tuple[str, str]:
    match _intent(facts):
        case Intent.STATUS:
            return "own", ""
        case Intent.HELP:
            return "help", ""
        case _:
            return "start", ""
