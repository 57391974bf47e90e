"""Help in publishing: the way to all of it, and the check before a post is published, "Huutaisitko torilla?" (R112–R119).

Nothing is kept: there is no record and no line of the journal, and what the post says is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Text
from handlers.cited import of_guideline, rules
from handlers.effects import Effect, OpenForm, Reply, Whisper
from handlers.events import Asked, Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.phrases import phrase
from handlers.teams import serves

POINTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "square": of_guideline("own-profile/market-square", "own-profile/discretion"),
    "facts": of_guideline("own-profile/facts", "who/role-own-face"),
    "material": of_guideline(
        "organisation/right-of-use", "organisation/photo-permission", "organisation/guardian-permission"
    ),
    "secret": of_guideline("organisation/confidential", "organisation/personal-data"),
    "tone": of_guideline("organisation/tone"),
    "unfinished": of_guideline("organisation/unfinished", "own-profile/internal"),
})  # fmt: skip
"""What is asked, and the guideline's passages that each question stands on: R112 and R115; R22 and R113; R92–R94;
R86–R87; R103; R88 and R119. "Yes" is right in each."""
PASSAGES = tuple(passage for passages in POINTS.values() for passage in passages)
"""The guideline's passages that the check cites."""

START = (
    "julkaiseminen", "apua julkaisemiseen", "julkaisuapu", "publicering", "hjälp med publicering", "publishing",
    "help with publishing",
)  # fmt: skip
CHECK = (
    "tarkista julkaisu", "tarkista julkaisuni", "itsearviointi", "huutaisinko torilla", "huutaisitko torilla",
    "kontrollera inlägget", "kontrollera inlägg", "självkoll", "skulle jag ropa det på torget", "check post",
    "check my post", "self-check", "selfcheck", "would i shout it",
)  # fmt: skip
ANSWERED = re.compile(r"(?:itsearviointi|tarkista julkaisu|självkoll|self-?check)[ :]+(?P<answers>\S+(?:[ ,]+\S+){5})")
YES = ("k", "kyllä", "kylla", "j", "ja", "y", "yes")
NO = ("e", "ei", "n", "nej", "no")


def understands(event: Asked) -> bool:
    """Whether the words ask for help in publishing, for the check, or answer it at once."""
    words = phrase(event.text)
    return words in (*START, *CHECK) or bool(_answers(words))


def decide(record: None, event: Event, facts: Facts) -> tuple[None, list[Effect]]:
    """The card of all help in publishing, the check's form, and what it says."""
    match event:
        case Asked(text=text):
            return record, [Reply(_of_words(phrase(text), facts))]
        case Pressed(action="selfcheck/start"):
            return record, [Reply(_start(facts))]
        case Pressed(action="selfcheck/check"):
            return record, [OpenForm(_form())]
        case Submitted(form="selfcheck/check", values=values):
            # What was left open is worth a look too: nothing is refused, so that no answer is kept for another try.
            return record, [Reply(_result([name for name in POINTS if values.get(name) != "yes"], facts))]
        case _:
            return record, [Whisper(_start(facts))]


def _of_words(words: str, facts: Facts) -> Card:
    if answers := _answers(words):
        return _result([name for name, answer in zip(POINTS, answers, strict=True) if answer in NO], facts)
    return _start(facts) if words in START else Card("selfcheck/questions", (Text("body"), Buttons((_CHECK,))))


def _answers(words: str) -> list[str]:
    """Six answers, yes or no, as they were written after the command's name; empty where the words are none."""
    found = ANSWERED.fullmatch(words)
    answers = re.split(r"[ ,]+", found["answers"]) if found else []
    return answers if all(a in YES + NO for a in answers) else []


_CHECK = Button("selfcheck/check", style="primary")


def _start(facts: Facts) -> Card:
    """All help in publishing; the communications team's report is offered to the team."""
    daily = (_CHECK, Button("replies/start"), Button("permits/photo"), Button("permits/guardian"))
    learning = (Button("training/start"), Button("versions/show"))
    report = (Button("training/report"),) if serves(facts) else ()
    return Card("selfcheck/start", (Text("body"), Buttons(daily), Text("learning"), Buttons((*learning, *report))))


def _form() -> Form:
    fields = tuple(Field(name, "choice", options=("yes", "no")) for name in POINTS)
    return Form("selfcheck/check", "", fields)


def _result(points: list[str], facts: Facts) -> Card:
    """What to look at, each with the guideline's own sentences; or that nothing stands against it."""
    parts: list[Part] = [Text("points" if points else "clear")]
    number = 1
    for point in points or ["square"]:
        quotes = rules(POINTS[point], facts, number)
        parts += [*([Text(f"point_{point}")] if points else []), *quotes]
        number += len(quotes)
    permits = (Button("permits/photo"), Button("permits/guardian")) if "material" in points else ()
    again = (Button("selfcheck/check"), Button("home/ask")) if points else ()
    parts += [Buttons((*permits, *again))] if points else []
    return Card("selfcheck/result", (*parts, Note("unstored")), {"open_points": len(points)})
