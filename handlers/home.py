"""The bot itself: welcome, help, language, the home view with what waits and one's own questions. Keeps no record."""

from __future__ import annotations

from difflib import get_close_matches

from handlers.accounts.cards import data_of
from handlers.accounts.record import DECIDING
from handlers.accounts.record import Record as Request
from handlers.accounts.turns import acts_for, turn
from handlers.agreements.cards import data_of as data_of_agreement
from handlers.agreements.cards import decides_now
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Said, Text, excerpt
from handlers.effects import Effect, FieldErrors, Letter, OpenForm, Post, RefreshHome, Reply, SetLanguage, Whisper
from handlers.events import Asked, Commented, Event, Installed, Opened, Pressed, Submitted
from handlers.facts import Facts, Role
from handlers.incidents.data import data_of as data_of_case
from handlers.incidents.record import Status as CaseStatus
from handlers.incidents.rights import sees
from handlers.management import may_see
from handlers.meetings import records_meetings
from handlers.register.upkeep import DUTIES, dues
from handlers.teams import serves
from knowledge.answers import Intent, Outcome
from knowledge.document import LANGUAGES

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
STARTERS = 4
"""Slack shows at most four suggested prompts, and the guideline asks four questions of its own (R4–R7)."""
MISTYPED, ALIKE = 0.8, 0.6
"""How near a word is to a command that was meant by it, and to one that may have been."""
REPORT = Button("incidents/begin", style="danger")
"""The way from every screen to a report of an incident (R145)."""
SHOWN = 5
"""Questions and dead letters of a home view, of each kind."""


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words are for the bot itself: a command word, a greeting, a cry for help, one unknown word."""
    if event.intent:
        return False
    for_itself = _command(event.text) is not None or _intent(facts) in (Intent.GREETING, Intent.HELP, Intent.STATUS)
    return event.addressed and (for_itself or _is_unknown_word(event, facts))


def decide(  # noqa: C901 - the table of the flow: a line for each event it knows
    record: None, event: Event, facts: Facts
) -> tuple[None, list[Effect]]:
    """Answer with a card of the bot's own; the record stays None."""
    if facts.person and facts.person.standing == "stranger":
        return record, _stranger(event)
    match event:
        case Asked(text=text) if command := _command(text):
            return record, _commanded(command, event, facts)
        case Asked():
            return record, [Reply(_by_intent(event, facts))]
        case Opened():
            return record, [RefreshHome(event.person, opened=True)]
        case Installed() if facts.public:
            return record, [Post(Card("home/installed", (Text("body"),)), event.conversation)]
        case Installed():
            return record, [Reply(welcome(facts))]
        case Pressed(action="home/language", value=code):
            return record, _language(code, event)
        case Pressed(action="home/own"):
            return record, [Reply(own_card(facts))]
        case Pressed(action="home/start"):
            return record, [Reply(welcome(facts))]
        case Pressed(action="home/ask"):
            return record, [OpenForm(ask_form(""))]
        case Submitted(form="home/ask"):
            return record, [FieldErrors(ask_form(""), {"text": "missing"})]
        case Pressed(action="home/again" | "home/dismiss" as action, value=number) if _is_administrator(facts):
            return record, _letter(number, event, facts, again=action == "home/again")
        case _:
            return record, [Whisper(Card("home/unknown", (Text("body"),)))]


def welcome(facts: Facts) -> Card:
    """The first card: what the bot does, with the guideline's own four questions to start from (R4–R7)."""
    prompts = tuple(Button("home/prompt", value=text, style="prompt") for text in facts.starters[:STARTERS])
    return Card(
        "home/welcome",
        (Text("body"), Buttons(prompts), Buttons((REPORT,))),
        {"name": facts.person.name if facts.person else ""},
    )


def home_card(facts: Facts) -> Card:
    """A person's home view: what can be done, what waits for them, their own questions, language."""
    if facts.person and facts.person.standing == "stranger":
        return Card("home/stranger", (Text("body"),))
    actions = Buttons((
        Button("home/ask", style="primary"), Button("home/new_account"), Button("selfcheck/start"),
        Button("agreements/choose"), REPORT,
    ))  # fmt: skip
    register = Buttons((Button("register/list"), Button("register/check")))
    parts = (
        Text("greeting"), actions, register, *_cases(facts), *_agreements(facts), *_requests(facts), *_accounts(facts),
        *_waiting(facts), Text("own"), *_tools(facts), *_letters(facts),
    )  # fmt: skip
    ending = (Text("language"), _language_buttons(), Note("privacy"))
    return Card("home/home", (*parts, *ending), _data(facts))


def own_card(facts: Facts) -> Card:
    """The same in a conversation: what waits for the person, and their own questions."""
    parts = (
        *_cases(facts), *_agreements(facts), *_requests(facts), *_accounts(facts), *_waiting(facts), Text("own"),
        Buttons((REPORT,)), *_tools(facts), *_letters(facts),
    )  # fmt: skip
    return Card("home/home", parts, _data(facts))


def ask_form(text: str) -> Form:
    """A question in a window, for where there is no line to write on."""
    return Form("home/ask", "", (Field("text", "long", text),))


def dead_letter_card(receiver: str, reason: str) -> Card:
    """What the administrators are told when a message cannot be delivered."""
    return Card("home/dead_letter", (Text("body"), Note("reason")), {"receiver": receiver, "reason": reason})


def slow_down_card() -> Card:
    """What somebody is told who asks more than is answered in a minute; reports of incidents are always taken."""
    return Card("home/slow_down", (Text("body"), Buttons((REPORT,))))


def unknown_word_card(word: str, near: list[str], commands: list[str]) -> Card:
    """A word that is not known, those that are near it, and all that are."""
    return Card("home/unknown_word", (Text("body"),), {"word": word, "near": near, "commands": commands})


def _waiting(facts: Facts) -> list[Part]:
    if not serves(facts):
        return []
    parts: list[Part] = [Text("waiting")]
    for q in facts.waiting[:SHOWN]:
        number = q.record.partition("/")[2]
        item = {"number": number, "asker": q.asker, "sent_at": q.sent_at, "handler": q.handler}
        take = () if q.handler else (Button("questions/take", q.record, style="primary"),)
        parts += [Said(excerpt(q.text), "waiting_item", item), Buttons((*take, Button("questions/reply", q.record)))]
    return parts


def _cases(facts: Facts) -> list[Part]:
    """Incidents: for the IT manager those that are open, for others those that they reported."""
    cases = [c for c in facts.cases if c.status is not CaseStatus.DRAFT and sees(c, facts.person, facts)]
    parts: list[Part] = [Text("cases")] if cases else []
    for case in reversed(cases[-SHOWN:]):
        parts += [Text("case_item", data_of_case(case, facts)), Buttons((Button("incidents/show", case.key),))]
    return parts


def _requests(facts: Facts) -> list[Part]:
    """Requests for accounts: those that wait for the person, then their own."""
    person = facts.person
    if person is None:
        return []
    own = [r for r in facts.requests if person.bears(r.requester)]
    mine = [r for r in facts.requests if r not in own and _waits_for(r, facts)]
    parts: list[Part] = []
    for title, requests in (("requests_waiting", mine), ("requests_own", own)):
        parts += [Text(title, {"count": len(requests)})] if requests else []
        for r in requests[:SHOWN]:
            parts += [Text("request_item", data_of(r, facts)), Buttons((Button("accounts/show", r.key),))]
    return parts


def _agreements(facts: Facts) -> list[Part]:
    """Agreements that wait for the person (R19, R34)."""
    mine = [a for a in facts.agreements if decides_now(a, facts)]
    parts: list[Part] = [Text("agreements", {"count": len(mine)})] if mine else []
    for a in mine[:SHOWN]:
        parts += [Text("agreement_item", data_of_agreement(a, facts)), Buttons((Button("agreements/show", a.key),))]
    return parts


def _accounts(facts: Facts) -> list[Part]:
    """The accounts in which the person has a part, what waits to be done first."""
    person = facts.person
    mine = [a for a in facts.register if a.living and person and any(person.bears(p) for p in a.people)]
    due = {a.key: [d.name for d in dues(a, facts) if d.name in DUTIES] for a in mine}
    parts: list[Part] = [Text("accounts", {"count": len(mine)})] if mine else []
    for a in sorted(mine, key=lambda a: not due[a.key])[:SHOWN]:
        item = {"title": a.name, "number": a.number, "due": due[a.key]}
        parts += [Text("account_item", item), Buttons((Button("register/show", a.key),))]
    return parts


def _waits_for(request: Request, facts: Facts) -> bool:
    person = facts.person
    unanswered = person is not None and any(person.bears(p) and not a.answer for p, a in request.agreements.items())
    if request.status in DECIDING:
        return acts_for(request, person, facts) is not None or unanswered
    return person is not None and person.id in {p.id for p in turn(request, facts).acting}


def _tools(facts: Facts) -> list[Part]:
    buttons = (Button("meetings/agenda"),) if records_meetings(facts.person, facts.chain) else ()
    if serves(facts):
        buttons = (Button("curated/list"), Button("digest/show"), *buttons)
    buttons = (*buttons, Button("management/show")) if may_see(facts.person, facts.management) else buttons
    return [Buttons(buttons)] if buttons else []


def _letters(facts: Facts) -> list[Part]:
    """Messages that could not be delivered, for an administrator."""
    parts: list[Part] = [Text("dead")] if facts.dead_letters else []
    for letter in facts.dead_letters[:SHOWN]:
        item = {"receiver": letter.receiver, "at": letter.at}
        again, dismiss = (Button(f"home/{name}", value=str(letter.id)) for name in ("again", "dismiss"))
        parts += [Said(letter.reason, "dead_item", item), Buttons((again, dismiss))]
    return parts


def _data(facts: Facts) -> dict[str, object]:
    names = ("title", "status", "since", "turn", "body", "requester", "count", "kind", "holder", "review")
    empty = dict.fromkeys(names, "")
    own = [{"text": q.text, "status": q.status, "sent_at": q.sent_at, "handler": q.handler} for q in facts.own]
    return {
        **empty,
        "name": facts.person.name if facts.person else "",
        "questions": own,
        "waiting_count": len(facts.waiting),
        "dead_count": len(facts.dead_letters),
        **dict.fromkeys(("number", "asker", "sent_at", "handler", "receiver", "at"), ""),
        "due": [],
    }


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
            return [Reply(Card("home/languages", (Text("body"), _language_buttons())))]
        case ("own", _):
            return [Reply(own_card(facts))]
        case _:
            return [Reply(_help(facts))]


def _by_intent(event: Asked, facts: Facts) -> Card:
    match _intent(facts):
        case Intent.STATUS:
            return own_card(facts)
        case Intent.HELP:
            return _help(facts)
        case _ if _is_unknown_word(event, facts):
            return _unknown_word(event.text, facts.language)
        case _:
            return welcome(facts)


def _help(facts: Facts) -> Card:
    guest = bool(facts.person and facts.person.standing == "guest")
    buttons = Buttons((
        Button("home/start"), Button("home/own"), Button("selfcheck/start"), Button("overlays/list"), REPORT,
    ))  # fmt: skip
    return Card("home/help", (Text("body"), buttons), {"guest": guest})


def _is_unknown_word(event: Asked, facts: Facts) -> bool:
    """One word that neither the bot nor the guideline knows: rather a mistyped command than a question."""
    answer = facts.answer
    if answer is None or facts.curated or len(event.text.split()) != 1 or answer.reason in ("empty", "crisis"):
        return False
    if _near_commands(event.text, MISTYPED):
        return answer.outcome is not Outcome.ANSWERED
    found = answer.topic or answer.reason == "thanks" or answer.outcome not in (Outcome.SILENT, Outcome.DECLINED)
    return not found


def _near_commands(text: str, near: float) -> list[int]:
    """The places in `COMMANDS` of the words that are as near as this (0–1) to the text, the nearest first."""
    places = {c: i for words in COMMANDS.values() for i, c in enumerate(words)}
    return list(dict.fromkeys(places[c] for c in get_close_matches(text.strip().casefold(), places, n=2, cutoff=near)))


def _unknown_word(text: str, language: str) -> Card:
    near = [COMMANDS[language][place] for place in _near_commands(text, ALIKE)]
    return unknown_word_card(text.strip()[:40], near, list(COMMANDS[language]))


def _language(code: str, event: Event) -> list[Effect]:
    if code not in LANGUAGE_WORDS.values():
        return [Whisper(Card("home/languages", (Text("body"), _language_buttons())))]
    return [SetLanguage(code), *_told_in(event)]


def _told_in(event: Event) -> list[Effect]:
    """The language that was set, said; and the home view in it."""
    told = [] if event.window else [Reply(Card("home/language_set", (Text("body"),)))]
    return [*told, RefreshHome(event.person)]


def _language_buttons() -> Buttons:
    return Buttons(tuple(Button("home/language", value=code) for code in LANGUAGES))


def _letter(number: str, event: Event, facts: Facts, *, again: bool) -> list[Effect]:
    if number not in {str(letter.id) for letter in facts.dead_letters}:
        return [Whisper(Card("home/letter", (Text("unknown"),)))]
    # In a window the view itself changes; elsewhere a sentence says so.
    told = [] if event.window else [Reply(Card("home/letter", (Text("again" if again else "dismissed"),)))]
    return [Letter(int(number), again=again), *told]


def _is_administrator(facts: Facts) -> bool:
    return bool(facts.person and Role.ADMINISTRATOR in facts.person.roles | facts.person.deputy_for)


def is_command(text: str) -> bool:
    """Whether the words are a command to the bot itself."""
    return _command(text) is not None


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
