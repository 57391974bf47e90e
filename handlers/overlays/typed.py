"""Words that press the buttons of departments' guidelines and send their forms, in three languages.

`oma ohje` · `ohjeet` · `uusi ohje: nimi` (the text in the lines after it) · `ohje 3`, `ohje 3 sivu 2` ·
`lisää osa 3: …` · `muuta osaa 3 2: …` · `ohjeen nimi 3: …` · `ohjeen toimialue 3: …` ·
`ohjeen peruste 3: toiminnan luonne` · `lähetä ohje 3` · `muokkaa ohjetta 3` · `peru ohje 3` · `kommentoi ohjetta 3: …` ·
`ohjepäätös 3: hyväksytty 1.12.2026 § 45` · `ohita ohjeen vaihe 3: …` · `uusi versio ohjeesta 3` · `kumoa ohje 3: …`.
"""

from __future__ import annotations

import re

from handlers.accounts.typed import decision
from handlers.events import Asked, Event, form_of, press_of
from handlers.phrases import NUMBER, numbered, written

COMMANDS = {
    "overlays/start": r"oma ohje|toimialueen (?:oma )?ohje|(?:en )?egen anvisning|sektorns (?:egna )?anvisning"
    r"|(?:our )?own guideline|department(?:[’']s)? (?:own )?guideline",
    "overlays/list": r"ohjeet|toimialueen ohjeet|anvisningar|sektorns anvisningar|guidelines|department guidelines",
}
"""Words that are all that was written."""
PRESSED = {
    "overlays/show": r"(?:näytä )?ohje|(?:visa )?anvisning(?:en)?|(?:show )?guideline",
    "overlays/send": r"lähetä ohje|skicka anvisning(?:en)?|send guideline",
    "overlays/take_back": r"muokkaa ohjetta|ändra anvisning(?:en)?|edit guideline",
    "overlays/withdraw": r"peru(?:uta)? ohje|återta anvisning(?:en)?|withdraw guideline",
}
"""Words that press a button of the guideline whose number follows."""
RENEW = re.compile(
    rf"(?:uusi versio ohjeesta|ny version av anvisning(?:en)?|new version of guideline) {NUMBER}", re.IGNORECASE
)  # fmt: skip
PAGE = re.compile(rf"(?:ohje|anvisning|guideline) {NUMBER} (?:sivu|sida|page) (\d{{1,3}})", re.IGNORECASE)
SUBMITTED = {
    ("overlays/comment", "text"): r"kommentoi ohjetta|kommentera anvisning(?:en)?|comment on guideline",
    ("overlays/repeal", "text"): r"kumoa ohje|upphäv anvisning(?:en)?|repeal guideline",
    ("overlays/skip", "text"): r"ohita ohjeen vaihe|hoppa över anvisningens steg|skip guideline stage",
    ("overlays/edit", "title"): r"ohjeen nimi|anvisningens namn|guideline title",
    ("overlays/edit", "department"): r"ohjeen toimialue|anvisningens sektor|guideline department",
}
"""Words that send a form of the guideline whose number follows, with the field's value after a colon."""
BEGIN = r"uusi ohje|ehdota ohjetta|ny anvisning|new guideline"
NEW = re.compile(rf"(?:{BEGIN})\s*:\s*(?P<title>[^\n]+)(?P<text>.*)", re.I | re.S)
ADD = re.compile(rf"(?:lisää osa|lägg till del|add part) {NUMBER}\s*:\s*(.+)", re.I | re.S)
PART = re.compile(rf"(?:muuta osaa|ändra del|change part) {NUMBER} (\d{{1,3}})\s*:\s*(.*)", re.I | re.S)
DECIDE = re.compile(rf"(?:ohjepäätös|anvisningsbeslut|guideline decision) {NUMBER}\s*:\s*(.+)", re.I | re.S)
BASIS = re.compile(rf"(?:ohjeen peruste|anvisningens grund|guideline basis) {NUMBER}\s*:\s*(.+)", re.I)
BASES = {
    "guideline": r"kunnan ohje\w*|kommunens anvisning\w*|(?:the )?(?:municipality[’']s|common) guideline",
    "work": r"toiminnan luon\w+|verksamhetens karaktär|(?:the )?(?:nature of the )?work",
}


def typed(event: Asked) -> Event | None:
    """The press or the form that the words stand for, None where they stand for none."""
    if not event.addressed:
        return None
    words = event.text.strip()
    return _pressed(event, words.rstrip(".!")) or _submitted(event, words)


def _pressed(event: Asked, words: str) -> Event | None:
    for action, pattern in COMMANDS.items():
        if re.fullmatch(pattern, words, re.IGNORECASE):
            return press_of(event, "", action)
    if pressed := numbered(words, PRESSED):
        action, number = pressed
        return press_of(event, f"overlays/{number}", action)
    if found := RENEW.fullmatch(words):
        return press_of(event, "", "overlays/renew", f"overlays/{found[1]}")
    if found := PAGE.fullmatch(words):
        return press_of(event, f"overlays/{found[1]}", "overlays/more", found[2])
    return None


def _submitted(event: Asked, words: str) -> Event | None:
    if submitted := written(words, SUBMITTED):
        (form, field), number, text = submitted
        return form_of(event, f"overlays/{number}", form, {field: text})
    if found := NEW.fullmatch(words):
        return form_of(event, "overlays/new", "overlays/draft", {"title": found["title"].strip(), "text": found["text"]})
    if found := ADD.fullmatch(words):
        return form_of(event, f"overlays/{found[1]}@new", "overlays/part", {"text": found[2]})
    if found := PART.fullmatch(words):
        return form_of(event, f"overlays/{found[1]}@{found[2]}", "overlays/part", {"text": found[3]})
    if found := DECIDE.fullmatch(words):
        return form_of(event, f"overlays/{found[1]}", "overlays/decide", decision(found[2]))
    if found := BASIS.fullmatch(words):
        basis = next((b for b, p in BASES.items() if re.fullmatch(p, found[2].strip(" ."), re.IGNORECASE)), "?")
        return form_of(event, f"overlays/{found[1]}", "overlays/edit", {"basis": basis})
    return None
