"""Words that press a request's buttons and send its forms, in three languages, and the answers of a conversation.

`aloita` · `jatka 17` · `lähetä pyyntö 17` · `pyyntö 17` · `muokkaa pyyntöä 17` · `peru pyyntö 17` · `kommentti 17: …` ·
`esitä 17: miten johdetaan` · `palauta 17: mitä puuttuu` · `hylkää 17: perustelu` · `hyväksyn 17`, `kieltäydyn 17` ·
`suostun 17`, `en suostu 17` · `päätös 17: hyväksytty 1.12.2026 § 45, resurssit varmistettu` · `avattu 17: osoite` ·
`merkitse 17 2` · `idea: …`. While a question is asked: `ohita`, `edellinen`, `tauko`, `kohta 3`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from handlers.accounts.cards import POINTS
from handlers.accounts.checks import day
from handlers.accounts.steps import asking_of
from handlers.events import Asked, Event, form_of, press_of
from handlers.phrases import NUMBER, numbered, written

PRESSED = {
    "accounts/resume": r"jatka(?: pyyntöä)?|fortsätt(?: begäran)?|(?:continue|resume)(?: request)?",
    "accounts/show": r"(?:näytä )?pyyntö|(?:visa )?begäran|(?:show )?request|hyväksy|godkänn|approve|tila|status",
    "accounts/send": r"lähetä pyyntö|skicka begäran|send request",
    "accounts/take_back": r"muokkaa pyyntöä|ändra begäran|edit request",
    "accounts/withdraw": r"peru(?:uta)? pyyntö|återta begäran|withdraw(?: request)?",
    "accounts/accept": r"hyväksyn|jag tar uppdraget|i accept",
    "accounts/decline": r"kieltäydyn|jag avböjer|i decline",
    "accounts/consent": r"suostun|jag samtycker|i consent",
    "accounts/checklist": r"tarkistuslista|checklista|checklist",
}
"""Words that press a button of the request whose number follows."""
REFUSE = re.compile(rf"(?:en suostu|jag samtycker inte|i do not consent) {NUMBER}", re.I)
"""Words that refuse a consent (R77). The number goes nowhere: nothing is to tell what somebody refused."""
SUBMITTED = {
    ("accounts/comment", "text"): r"kommentti|kommentoi|kommentar|kommentera|comment",
    ("accounts/return", "text"): r"palauta|återsänd|return",
    ("accounts/reject", "text"): r"hylkää|avslå|reject",
    ("accounts/open", "address"): r"avattu|öppnat|opened",
    ("accounts/skip", "text"): r"ohita vaihe|hoppa över steg|skip stage",
}
"""Words that send a form of the request whose number follows, with the field's value after a colon."""
HOURS = r"(?P<hours>\d+(?:[.,]\d+)?) ?(?:h|t|tuntia|timmar|hours)"
PROPOSE = re.compile(rf"(?:esitä|föreslå|propose) {NUMBER}(?:,? {HOURS})?\s*:\s*(?P<led>.+)", re.I | re.S)
DECIDE = re.compile(rf"(?:päätös|beslut|decision) {NUMBER}\s*:\s*(?P<rest>.+)", re.I | re.S)
TICK = re.compile(rf"(?:merkitse|märk|markera|tick|mark) {NUMBER} (?P<point>\w+)", re.I)
IDEA = re.compile(r"(?:idea|idé)\s*:\s*(?P<text>.+)", re.I | re.S)
BEGIN = re.compile(r"aloita|(?:uusi pyyntö)|börja|ny begäran|begin|new request", re.I)
OUTCOMES = {
    "approved": r"hyväksy\w*|godkän\w*|approved?",
    "rejected": r"hylä\w*|hylkä\w*|avsl\w*|reject\w*",
    "returned": r"palaut\w*|återsän\w*|return\w*",
    "postponed": r"siirr\w*|pöydä\w*|uppskj\w*|bordlag\w*|postpon\w*",
}
SECURED = re.compile(r"resurssit varmistettu|resurserna säkrade|resources secured", re.I)
POLICY = re.compile(r"linjau\w*|riktlinje\w*|policy", re.I)
SECTION = re.compile(r"§\s*([\w/.-]+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{2,4}")
WHILE_ASKED = {
    "accounts/skip_field": r"ohita|hoppa över|skip",
    "accounts/back": r"edellinen|takaisin|föregående|tillbaka|back",
    "accounts/pause": r"tauko|keskeytä|lopeta|paus|avbryt|pause|stop",
    "accounts/show": r"yhteenveto|sammandrag|summary",
}
STEP = re.compile(r"(?:kohta|punkt|point|step) (\d)", re.I)


@dataclass(frozen=True)
class Draft:
    """A request that its writer has open in the conversation; `asking` is the field that is asked now, or ""."""

    record: str
    asking: str = ""


def typed(event: Asked, draft: Draft | None) -> Event | None:
    """The press or the form that the words stand for, None where they stand for none."""
    words = event.text.strip()
    if event.addressed and (found := _numbered(event, words)):
        return found
    if draft and (found := _of_draft(event, words, draft)):
        return found
    if event.addressed and BEGIN.fullmatch(words.rstrip(".!")):
        return press_of(event, "", "accounts/begin", "talk")
    if event.addressed and (idea := IDEA.fullmatch(words)):
        return form_of(event, "", "questions/idea", {"text": idea["text"]})
    return None


def _numbered(event: Asked, words: str) -> Event | None:
    short = words.rstrip(".!")
    if pressed := numbered(short, PRESSED):
        action, number = pressed
        return press_of(event, f"accounts/{number}", action)
    if REFUSE.fullmatch(short):
        return press_of(event, "", "consents/refuse")
    if submitted := written(words, SUBMITTED):
        (form, field), number, text = submitted
        return form_of(event, f"accounts/{number}", form, {field: text})
    if found := PROPOSE.fullmatch(words):
        # Who writes how it is led says with the same words that time and a substitute are there; the reply repeats it.
        content = {"reserved": "yes", "substitute": "yes", "tasks": "weekly", "led": found["led"]}
        return form_of(event, f"accounts/{found[1]}", "accounts/propose", content | {"hours": found["hours"] or ""})
    if found := DECIDE.fullmatch(words):
        return form_of(event, f"accounts/{found[1]}", "accounts/decide", decision(found["rest"]))
    if found := TICK.fullmatch(short):
        point = found["point"]
        named = POINTS[int(point) - 1] if point.isdecimal() and 0 < int(point) <= len(POINTS) else point
        return press_of(event, f"accounts/{found[1]}", "accounts/tick", named)
    return None


def decision(words: str) -> dict[str, str]:
    """A body's decision as written on one line: outcome, day, section, that the resources are secured, the rest."""
    outcome = next((o for o, p in OUTCOMES.items() if re.match(rf"(?:{p})\b", words.strip(), re.IGNORECASE)), "")
    on, section = DAY.search(words), SECTION.search(words)
    when = day(on[0], date.min) if on else None
    rest = words.partition(";")[2].strip()
    return {
        "outcome": outcome,
        "manner": "policy" if POLICY.search(words) else "decision",
        "date": when.isoformat() if when else "",
        "section": section[1].rstrip(",.;") if section else "",
        "secured": "yes" if SECURED.search(words) else "no",
        "text": rest,
    }


def _of_draft(event: Asked, words: str, draft: Draft) -> Event | None:
    short = words.rstrip(".!")
    if not draft.asking:
        action = next((a for a in ("accounts/resume", "accounts/send", "accounts/withdraw")
                       if event.addressed and re.fullmatch(PRESSED[a], short, re.IGNORECASE)), "")  # fmt: skip
        return press_of(event, draft.record, action) if action else None
    for action, pattern in WHILE_ASKED.items():
        if re.fullmatch(pattern, short, re.IGNORECASE):
            value = draft.asking if action == "accounts/skip_field" else ""
            return press_of(event, draft.record, action, value)
    if found := STEP.fullmatch(short):
        return press_of(event, draft.record, "accounts/change", found[1])
    if words.endswith("?") or not words:
        return None  # a question in between is for the guideline; what is asked waits
    named = ",".join(event.named) if event.named and _asks_for_people(draft.asking) else words
    return form_of(event, draft.record, "accounts/answer", {"answer": f"{draft.asking}:{named}"})


def _asks_for_people(name: str) -> bool:
    found = asking_of(name, {})
    return found is not None and found[1].type in ("person", "people")
