"""The bot itself: what it answers to a command, a greeting or an unknown word, and to the buttons of its own cards."""

from __future__ import annotations

from handlers.cards import Card, Text
from handlers.effects import Effect, FieldErrors, Letter, OpenForm, Post, RefreshHome, Reply, SetLanguage, Whisper
from handlers.events import Asked, Commented, Event, Installed, Opened, Pressed, Submitted
from handlers.facts import Facts, Role
from handlers.home import cards
from handlers.home.typed import ALIKE, COMMANDS, LANGUAGE_WORDS, MISTYPED, command_of, near_commands
from knowledge.answers import Intent, Outcome


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words are for the bot itself: a command word, a greeting, a cry for help, one unknown word."""
    if event.intent:
        return False
    for_itself = command_of(event.text) is not None or _intent(facts) in (Intent.GREETING, Intent.HELP, Intent.STATUS)
    return event.addressed and (for_itself or _is_unknown_word(event, facts))


def decide(  # noqa: C901 - the table of the flow: a line for each event it knows
    record: None, event: Event, facts: Facts
) -> tuple[None, list[Effect]]:
    """Answer with a card of the bot's own; the record stays None."""
    if facts.person and facts.person.standing == "stranger":
        return record, _stranger(event)
    match event:
        case Asked(text=text) if command := command_of(text):
            return record, _commanded(command, event, facts)
        case Asked():
            return record, [Reply(_by_intent(event, facts))]
        case Opened():
            return record, [RefreshHome(event.person, opened=True)]
        case Installed() if facts.public:
            return record, [Post(Card("home/installed", (Text("body"),)), event.conversation)]
        case Installed():
            return record, [Reply(cards.welcome(facts))]
        case Pressed(action="home/language", value=code):
            return record, _language(code, event)
        case Pressed(action="home/own"):
            return record, [Reply(cards.own_card(facts))]
        case Pressed(action="home/start"):
            return record, [Reply(cards.welcome(facts))]
        case Pressed(action="home/ask"):
            return record, [OpenForm(cards.ask_form(""))]
        case Submitted(form="home/ask"):
            return record, [FieldErrors(cards.ask_form(""), {"text": "missing"})]
        case Pressed(action="home/again" | "home/dismiss" as action, value=number) if _is_administrator(facts):
            return record, _letter(number, event, facts, again=action == "home/again")
        case _:
            return record, [Whisper(Card("home/unknown", (Text("body"),)))]


def _stranger(event: Event) -> list[Effect]:
    if isinstance(event, Opened):
        return [RefreshHome(event.person, opened=True)]
    if isinstance(event, Commented) or (isinstance(event, Asked) and not event.addressed):
        return []  # they talk with people, not with the bot
    return [Whisper(Card("home/stranger", (Text("body"),)))]


def _commanded(command: tuple[str, str], event: Event, facts: Facts) -> list[Effect]:
    match command:
        case ("language", code) if code:
            return [SetLanguage(code), *_told_in(event)]
        case ("language", _):
            return [Reply(Card("home/languages", (Text("body"), cards.language_buttons())))]
        case ("own", _):
            return [Reply(cards.own_card(facts))]
        case _:
            return [Reply(cards.help_card(facts))]


def _by_intent(event: Asked, facts: Facts) -> Card:
    match _intent(facts):
        case Intent.STATUS:
            return cards.own_card(facts)
        case Intent.HELP:
            return cards.help_card(facts)
        case _ if _is_unknown_word(event, facts):
            return _unknown_word(event.text, facts.language)
        case _:
            return cards.welcome(facts)


def _is_unknown_word(event: Asked, facts: Facts) -> bool:
    """One word that neither the bot nor the guideline knows: rather a mistyped command than a question."""
    answer = facts.answer
    if answer is None or facts.curated or len(event.text.split()) != 1 or answer.reason in ("empty", "crisis"):
        return False
    if near_commands(event.text, MISTYPED):
        return answer.outcome is not Outcome.ANSWERED
    found = answer.topic or answer.reason == "thanks" or answer.outcome not in (Outcome.SILENT, Outcome.DECLINED)
    return not found


def _unknown_word(text: str, language: str) -> Card:
    near = [COMMANDS[language][place] for place in near_commands(text, ALIKE)]
    return cards.unknown_word_card(text.strip()[:40], near, list(COMMANDS[language]))


def _language(code: str, event: Event) -> list[Effect]:
    if code not in LANGUAGE_WORDS.values():
        return [Whisper(Card("home/languages", (Text("body"), cards.language_buttons())))]
    return [SetLanguage(code), *_told_in(event)]


def _told_in(event: Event) -> list[Effect]:
    """The language that was set, said; and the home view in it."""
    told = [] if event.window else [Reply(Card("home/language_set", (Text("body"),)))]
    return [*told, RefreshHome(event.person)]


def _letter(number: str, event: Event, facts: Facts, *, again: bool) -> list[Effect]:
    if number not in {str(letter.id) for letter in facts.dead_letters}:
        return [Whisper(Card("home/letter", (Text("unknown"),)))]
    # In a window the view itself changes; elsewhere a sentence says so.
    told = [] if event.window else [Reply(Card("home/letter", (Text("again" if again else "dismissed"),)))]
    return [Letter(int(number), again=again), *told]


def _is_administrator(facts: Facts) -> bool:
    return bool(facts.person and Role.ADMINISTRATOR in facts.person.roles | facts.person.deputy_for)


def _intent(facts: Facts) -> Intent | None:
    return facts.answer.intent if facts.answer else None
