"""A reply to negative feedback, put together in the guideline's order: thanks, cause, remedy, regret (R102, R105).

Nothing is kept. A box that argues back is refused with the guideline's rule (R106), and a threat is not answered but
reported (R104, R147).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Text, errors_of
from handlers.cited import of_guideline, rules
from handlers.effects import Effect, FieldErrors, OpenForm, Reply, Whisper
from handlers.events import Asked, Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.phrases import phrase
from handlers.refusals import cleaned, secrets_in

UNSTORED = True
"""What a refused form of this flow holds is not kept, not even for a second delivery."""
BOXES = ("thanks", "cause", "remedy", "regret")
"""The four parts in the guideline's order (R105)."""
SIGNATURE = ("title", "first_name")
"""Who answers: "tiedottaja Johanna" (R102)."""
NEGATIVE, ARGUING, REMOVE, THREATS, SIGNED, ELSEWHERE = of_guideline(
    "organisation/negative", "organisation/no-arguments", "organisation/remove", "security/threats",
    "organisation/signature", "organisation/answer-questions",
)  # fmt: skip
PASSAGES = (NEGATIVE, ARGUING, REMOVE, THREATS, SIGNED, ELSEWHERE)
"""The guideline's passages that the scaffold cites."""
LONGEST = 600
"""Characters of a box: what is longer is no longer read below a post."""

COMMANDS = (
    "vastauspohja", "vastaus palautteeseen", "vastaa palautteeseen", "kielteinen palaute", "negatiivinen palaute",
    "svarsmall", "svara på respons", "negativ respons", "reply template", "reply to feedback", "negative feedback",
)  # fmt: skip
WRITTEN = re.compile(r"(?:vastauspohja|svarsmall|reply template)\s*:\s*(?P<boxes>.+)", re.IGNORECASE | re.DOTALL)
REBUTTAL = re.compile(
    r"""\b(?:
    olet(?:te)?\ (?:täysin\ |aivan\ |ihan\ )?väärässä | väitteesi\ on | valehtel\w* | väännät | jankut\w*
    | et(?:te)?\ (?:selvästikään\ |näköjään\ |taida\ |vain\ )*(?:ymmärtä\w+|ymmärrä|tiedä|tajua|viitsi)
    | oma\w*\ (?:syysi|syynne|vikasi|vikanne) | syytä\ itseäsi | turha(?:a|an)?\ (?:valit\w+|kiti\w+|vinku\w+)
    | älä(?:kää)?\ (?:valita|valittako|väitä|väittäkö) | lopeta(?:kaa)?\ (?:valittami|väittämi)\w+
    | ota(?:\ ensin|\ itse)?\ selvää | opettele\ lukemaan | hölynpöly\w* | höpöhöpö | pötyä | soopaa | naurettav\w+
    | typer\w* | tyhmä\w* | idioot\w+ | trolli\w*
    | (?:du|ni)\ har\ (?:helt\ )?fel | (?:du|ni)\ ljuger | (?:du|ni)\ (?:förstår|fattar|vet)\ (?:inte|ingenting)
    | (?:ditt|ert)\ eget\ fel | skyll\ dig\ själv | sluta\ (?:klaga|gnälla|påstå) | nonsens | struntprat | löjlig\w*
    | dumheter | idiot\w* | ta\ reda\ på\ fakta
    | you(?:['’]re|\ are)\ (?:simply\ |just\ |completely\ |totally\ )?(?:wrong|mistaken|lying|a\ liar) | you\ lie
    | you\ (?:clearly\ |obviously\ )?(?:don['’]?t|do\ not|didn['’]?t|did\ not)\ (?:even\ )?(?:understand|know|get\ it)
    | your\ own\ fault | nonsense | ridiculous | stupid | stop\ (?:complaining|whining) | get\ your\ facts
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""How arguing back reads, in three languages: about the writer, not about the matter. What is right in the matter may be
said: telling the cause is the guideline's own second step."""


def understands(event: Asked) -> bool:
    """Whether the words ask for the scaffold, or fill it in at once."""
    return phrase(event.text) in COMMANDS or bool(WRITTEN.fullmatch(event.text.strip()))


def decide(record: None, event: Event, facts: Facts) -> tuple[None, list[Effect]]:
    """What comes before an answer, the form with four boxes, and the ready text."""
    match event:
        case Asked(text=text) if written := WRITTEN.fullmatch(text.strip()):
            return record, [_composed(_boxes(written["boxes"]), facts, spoken=True)]
        case Asked() | Pressed(action="replies/start"):
            return record, [Reply(_start(facts))]
        case Pressed(action="replies/compose"):
            return record, [OpenForm(_form({}, facts))]
        case Submitted(form="replies/compose", values=values):
            return record, [_composed({name: value.strip() for name, value in values.items()}, facts)]
        case _:
            return record, [Whisper(_start(facts))]


def is_rebuttal(text: str) -> bool:
    """Whether the words argue with who wrote the feedback (R106)."""
    return bool(REBUTTAL.search(" ".join(text.split())))


def _boxes(words: str) -> dict[str, str]:
    """The boxes as they were written at once: four parts and the signature, with bars or lines between."""
    parts = [part.strip() for part in re.split(r"[|\n]", words) if part.strip()]
    title, _, name = (parts[4] if len(parts) > 4 else "").rpartition(" ")
    return {**dict(zip(BOXES, parts, strict=False)), "title": title, "first_name": name, "channel": "no"}


def _form(values: Mapping[str, str], facts: Facts) -> Form:
    boxes = (Field(name, "long", values.get(name, ""), longest=LONGEST) for name in BOXES)
    signature = (Field(name, "text", values.get(name, ""), longest=60) for name in SIGNATURE)
    channel = Field("channel", "choice", values.get("channel") or "no", options=("no", "yes"))
    return Form("replies/compose", "", (*boxes, *signature, channel), _rule(facts))


def _rule(facts: Facts) -> dict[str, object]:
    """The rule against arguing, in the guideline's words and in the person's language."""
    cited = facts.passages.get(ARGUING)
    meaning = cited.short.get(facts.language, "") if cited and facts.language != "fi" else ""
    return {"argument_rule": cited.focus if cited else "", "argument_meaning": meaning}


def _composed(values: Mapping[str, str], facts: Facts, *, spoken: bool = False) -> Effect:
    form = _form(values, facts)
    given = {field.name: values.get(field.name, field.value) for field in form.fields}
    errors = errors_of(form, given)
    errors |= {name: "argument" for name in BOXES if is_rebuttal(given[name])} | secrets_in(given)
    if errors and spoken:
        # Who wrote the boxes as words is told what is wrong with them, and how they are written.
        problems = tuple(Text(f"error_{error}") for error in dict.fromkeys(errors.values()))
        return Reply(Card("replies/compose", (*problems, Text("written"), *_compose()), _rule(facts)))
    if errors:
        return FieldErrors(cleaned(form), errors)
    return Reply(_ready(given, facts))


def _compose() -> tuple[Part, ...]:
    return (Buttons((Button("replies/compose", style="primary"), Button("incidents/begin"))),)


def _start(facts: Facts) -> Card:
    """What the guideline says of negative feedback, and first of all what is not answered but reported."""
    quotes = rules((NEGATIVE, ARGUING, REMOVE, THREATS), facts)
    return Card("replies/start", (Text("body"), *_compose(), *quotes, Note("written")))


def _ready(values: Mapping[str, str], facts: Facts) -> Card:
    data: dict[str, object] = {f"reply_{name}": values[name] for name in (*BOXES, *SIGNATURE)}
    quotes = rules((SIGNED, *([ELSEWHERE] if values["channel"] == "yes" else [])), facts)
    buttons = Buttons((Button("replies/compose"), Button("incidents/begin")))
    parts = (Text("head"), Text("text"), Note("check"), *quotes, buttons)
    return Card("replies/ready", parts, data | {"channel_told": values["channel"] == "yes"})
