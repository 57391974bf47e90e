"""Every button has words that do the same, so that a screen reader, a phone or a broken card stops nobody.

`näytä 2` · `viestinnän vastaus 1` · `kysy viestinnältä` (`… nimellä`) · `jaa` · `auttoi`, `ei auttanut` · `ota 17` ·
`vastaa 17: …` · `lisää tietämykseen 17: kysymys` · `muuta vastausta 17: …` · `poista tietämyksestä 17` ·
`palauta tietämykseen 17` · `ajan tasalla 17` · `lähetä uudelleen 17` · `kuittaa 17`, in three languages. What the bot
itself understands (`apua`, `omat`, `kieli`) is in `home`; requests, agreements, incidents, departments' guidelines and
the register have a module `typed` of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from handlers import preferences
from handlers.accounts.typed import Draft, typed
from handlers.agreements import typed as agreements
from handlers.events import Asked, Event, Pressed, Submitted, form_of, press_of
from handlers.incidents import typed as incidents
from handlers.overlays import typed as overlays
from handlers.phrases import numbered, written
from handlers.register import typed as register

SHOW = re.compile(r"(?:näytä|nayta|visa|show)(?: kohta| punkt| rule| number)? (\d)", re.IGNORECASE)
CURATED = re.compile(r"(?:viestinnän vastaus|kommunikationens svar|(?:the )?team(?:[’']s)? answer) (\d)", re.IGNORECASE)
SEND = re.compile(
    r"(?:kysy viestinnältä|kysy viestinnalta|lähetä viestintään|fråga kommunikationen|skicka till kommunikationen|"
    r"(?:ask|send to) (?:the )?communications(?: team)?)"
    r"(?: (?P<named>nimellä|med namn|with my name)| (?:ilman nimeä|utan namn|without my name))?",
    re.IGNORECASE,
)
SHARE = re.compile(r"(?:jaa|jaa kanavalle|dela|dela i kanalen|share|share in (?:the )?channel)", re.IGNORECASE)
HELPFUL = re.compile(
    r"(?P<no>ei auttanut?|(?:det )?hjälpte inte|(?:it )?(?:did not|didn[’']t) help)|"
    r"auttoi|(?:det )?hjälpte|(?:it )?helped",
    re.IGNORECASE,
)
NUMBERED = {
    "questions/take": r"otan?(?: tämän)?|ta|jag tar(?: den här)?|(?:i[’']ll |i will )?take(?: this)?",
    "curated/retire": r"poista (?:tietämyksestä|vastauspankista)|ta bort ur svarsbanken|remove from (?:the )?answer bank",
    "curated/restore": r"palauta (?:tietämykseen|vastauspankkiin)|återställ till svarsbanken"
    r"|restore to (?:the )?answer bank",
    "curated/confirm": r"(?:on )?ajan tasalla|stämmer(?: fortfarande)?|still (?:correct|right)",
    "home/again": r"lähetä uudelleen|skicka igen|send again",
    "home/dismiss": r"kuittaa|kvittera|dismiss",
}
"""Words that press a button of the record whose number follows."""
WRITTEN = {
    ("questions/reply", "text"): r"vastaa|svara|answer",
    ("curated/edit", "question"): r"lisää (?:tietämykseen|vastauspankkiin)|lägg till i svarsbanken"
    r"|add to (?:the )?answer bank",
    ("curated/edit", "answer"): r"muuta vastausta|muokkaa(?: vastausta)?|ändra svaret|redigera|change answer|edit",
}
"""Words that send a form of the record whose number follows, with the field's value after a colon."""
COMMANDS = {
    "new_account": ("tili", "sometili", "konto", "account"),
    "incident": ("ilmoita", "anmäl", "anmal", "report"),
    "register_lookup": ("rekisteri", "luettelo", "register", "förteckning"),
}
"""Words that stand for an intent: alone, or for a report with what happened after them."""
BUTTONS = {"home/new_account": "new_account"}


@dataclass(frozen=True)
class Last:
    """The asker's newest question in the conversation: what words without a number speak of."""

    record: str
    text: str
    cited: tuple[str, ...]
    curated: tuple[str, ...] = ()


def meant(event: Event, last: Last | None, draft: Draft | None = None, offered: str = "") -> Event:
    """The event that this one stands for: words for a press or a form, a press or a form for a question.

    `draft` is the person's open request, `offered` the key of the incident that they were offered to report.
    """
    match event:
        case Asked():
            own = preferences.typed(event) or register.typed(event) if event.addressed else None
            own = own or agreements.typed(event)
            return (
                incidents.typed(event, offered)
                or overlays.typed(event)
                or typed(event, draft)
                or own
                or _typed(event, last)
            )
        case Pressed(action="home/prompt", value=text) if text.strip():
            return _asked(event, text)
        case Pressed(action=action) if action in BUTTONS:
            return _asked(event, "", BUTTONS[action])
        case Submitted(form="home/ask", values=values) if any(c.isalnum() for c in values.get("text", "")):
            return _asked(event, values["text"])
        case _:
            return event


def _typed(event: Asked, last: Last | None) -> Event:
    if not event.addressed:
        return event  # "Jaa." among people is an "oh, I see", and shares nothing
    words = event.text.strip().rstrip(".!")
    if pressed := numbered(words, NUMBERED):
        action, number = pressed
        is_letter = action.startswith("home/")
        return press_of(event, "" if is_letter else f"questions/{number}", action, number if is_letter else "")
    if submitted := written(event.text.strip(), WRITTEN):
        (form, field), number, text = submitted
        return form_of(event, f"questions/{number}", form, {field: text})
    if wish := _wish(event, words):
        return wish
    return _of_last(event, words, last) if last else event


def _wish(event: Asked, words: str) -> Asked | None:
    first, _, rest = words.partition(" ")
    intent = next((name for name, known in COMMANDS.items() if first.casefold() in known), "")
    if event.intent or not intent or (rest and intent != "incident"):
        return None
    return replace(event, text=rest, intent=intent)


def _of_last(event: Asked, words: str, last: Last) -> Event:
    for pattern, action, offered in (
        (SHOW, "questions/show", last.cited), (CURATED, "questions/curated", last.curated)
    ):  # fmt: skip
        if found := pattern.fullmatch(words):
            chosen = offered[int(found[1]) - 1 :][:1] if int(found[1]) else ()
            return press_of(event, last.record, action, *chosen) if chosen else event
    if found := SEND.fullmatch(words):
        named = "yes" if found["named"] else "no"
        return form_of(event, last.record, "questions/send", {"text": last.text, "named": named})
    if SHARE.fullmatch(words):
        return press_of(event, last.record, "questions/share")
    if found := HELPFUL.fullmatch(words):
        return press_of(event, last.record, "questions/feedback", "no" if found["no"] else "yes")
    return event


def _asked(event: Event, text: str, intent: str = "") -> Asked:
    return Asked(
        event.key, event.person, event.conversation, text=text, intent=intent,
        thread=event.thread, door=event.door, window=event.window,
    )  # fmt: skip
