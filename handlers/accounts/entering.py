"""From what somebody entered to the value that is kept: options by their words, people by any name, days as ISO 8601."""

from __future__ import annotations

from handlers.accounts.checks import day
from handlers.accounts.steps import Asking
from handlers.facts import Facts
from handlers.masking import secret_in

WORDS_FOR = {
    "kyllä": "yes", "joo": "yes", "ja": "yes", "ei": "no", "nej": "no",
    "viikoittain": "weekly", "varje vecka": "weekly", "päivittäin": "daily", "dagligen": "daily", "harvemmin": "less",
    "mer sällan": "less", "less often": "less", "tidsbundet": "fixed", "fixed-term": "fixed", "permanent": "permanent",
    "permanent konto": "permanent", "annan": "other", "annan kanal": "other", "muu kanava": "other", "blogg": "blog",
    "ei, organisaation nimellä": "no", "joka päivä": "daily", "joka viikko": "weekly",
    "x": "twitter", "pysyvä": "permanent", "määräaikainen": "fixed", "muu": "other", "blogi": "blog",
}  # fmt: skip
"""Common words for options, in three languages."""


def entered(asking: Asking, raw: str, facts: Facts) -> tuple[str, str]:
    """What is kept of what was entered, and the name of what is wrong with it, "" for nothing."""
    text = raw.strip()
    if secret_in(text):
        return "", f"secret_{secret_in(text)}"
    if not any(c.isalnum() for c in text):
        return "", "missing" if asking.required else ""
    match asking.type:
        case "choice":
            chosen = _option(asking, text)
            return chosen, "" if chosen else "not_an_option"
        case "many":
            several = [_option(asking, part) for part in text.replace(";", ",").split(",")]
            return ",".join(dict.fromkeys(several)), "" if all(several) else "not_an_option"
        case "person":
            return _person(text, facts)
        case "people":
            return _people(text, facts)
        case "date":
            found = day(text, facts.today)
            return (found.isoformat(), "") if found else ("", "not_a_date")
        case _:
            return (text, "") if len(text) <= asking.longest else (text[: asking.longest], "too_long")


def _option(asking: Asking, text: str) -> str:
    """The option that was written: by its place, its name, or a common word for it."""
    word = text.strip().casefold().rstrip(".")
    if word.isdecimal():
        return asking.options[int(word) - 1] if 0 < int(word) <= len(asking.options) else ""
    word = WORDS_FOR.get(word, word)
    return word if word in asking.options else ""


def _person(text: str, facts: Facts) -> tuple[str, str]:
    found = facts.people.find(text)
    if len(found) == 1:
        return found[0].id, ""
    return "", "ambiguous_person" if found else "unknown_person"


def _people(text: str, facts: Facts) -> tuple[str, str]:
    ids: list[str] = []
    for part in _parts(text, facts):
        person, problem = _person(part, facts)
        if problem:
            return ",".join(ids), problem
        ids.append(person)
    return ",".join(dict.fromkeys(ids)), ""


def _parts(text: str, facts: Facts) -> list[str]:
    """People apart: a line each, or between commas unless the line is somebody's name that has a comma in it."""
    parts: list[str] = []
    for line in text.replace(";", "\n").splitlines():
        whole = line.strip()
        parts += [whole] if facts.people.find(whole) else [p.strip() for p in whole.split(",")]
    return [p for p in parts if p]
