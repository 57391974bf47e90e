"""The words that do what a button of the register does: `rekisteri [haku]` · `onko virallinen osoite` · `tili 12` ·
`vahvista 12` · `salasana vaihdettu 12` · `päivitetty 12` · `vastattu 12` · `tauko 12 [viikkoja]` · `ylläpitäjät 12` ·
`nimeä 12 sijainen: nimi` · `poista 12: nimi` · `kieltäydyn tilistä 12` · `tulokset 12: …` · `jatka tiliä 12: pvm` ·
`vakinaista 12` · `sulje tili 12: syy` · `merkitse tili 12 1` · `siirrä vuoro 12: nimi` · `otan vuoron 12` ·
`en ehdi vuoroa 12` · `tilin historia 12` · `ilmoita tili: osoite; nimi; yksikkö` · `myöhässä` · `julkaisulista`,
in three languages. An account's number is 12, or r12 where it came of request 12.
"""

from __future__ import annotations

import re

from handlers.events import Asked, Event, form_of, press_of
from handlers.phrases import numbered, written

NUMBER = r"#?(r?\d{1,18})"
PRESSED = {
    "register/show": r"(?:näytä )?tili|(?:visa )?konto|(?:show )?account|ylläpitäjät|administratörer|administrators"
    r"|tilin tiedot|kontouppgifter|account details",
    "register/confirm": r"vahvista(?: tili)?|bekräfta(?: konto)?|confirm(?: account)?",
    "register/password": r"salasana vaihdettu|lösenordet bytt|password changed",
    "register/posted": r"päivitetty|uppdaterat|updated",
    "register/answered": r"vastattu|besvarat|answered",
    "register/keep": r"vakinaista|gör permanent|make permanent",
    "register/checklist": r"tilin tarkistuslista|kontots checklista|account checklist",
    "register/decline": r"kieltäydyn tilistä|en ota tiliä|jag avböjer konto|i decline account",
    "register/take_turn": r"otan vuoron|jag tar turen|i take the turn",
    "register/refuse_turn": r"en ehdi vuoroa|jag hinner inte|i cannot take the turn",
    "register/history": r"tilin historia|kontots historik|account history",
}
"""Words that press a button of the account whose number follows."""
SUBMITTED = {
    ("register/results", "result"): r"tulokset|resultat|results",
    ("register/extend", "date"): r"jatka tiliä|förläng konto|extend account",
    ("register/end", "text"): r"(?:sulje|päätä) tili|(?:stäng|avsluta) konto|(?:close|end) account",
    ("register/hand_over", "taker"): r"siirrä vuoro|överlämna turen|hand over the turn",
}
"""Words that send a form of the account whose number follows, with its text after a colon."""
PARTS = {
    "updater": r"päivittäjä|vastuullinen päivittäjä|uppdaterare|updater",
    "main": r"päävastuu|huvudansvarig|main",
    "substitute": r"sijainen|vikarie|ersättare|substitute",
    "admins": r"ylläpitäjä|administratör|administrator",
    "producers": r"sisällöntuottaja|innehållsproducent|producer",
}
NAME = re.compile(rf"(?:nimeä|utse|name) {NUMBER} (?P<part>{'|'.join(PARTS.values())})\s*:\s*(?P<who>.+)", re.IGNORECASE)
REMOVE = re.compile(rf"(?:poista|ta bort|remove) {NUMBER}\s*:\s*(?P<who>.+)", re.IGNORECASE)
PAUSE = re.compile(rf"(?:tauko|paus|pause) {NUMBER}(?: (?P<weeks>\d{{1,2}})(?: ?\w+)?)?", re.IGNORECASE)
TICK = re.compile(rf"(?:merkitse tili|märk konto|markera konto|mark account) {NUMBER} (?P<point>\w+)", re.IGNORECASE)
REPORT = re.compile(r"(?:ilmoita tili|anmäl konto|report account)(?:\s*:\s*(?P<rest>.+))?", re.IGNORECASE | re.DOTALL)
LIST = re.compile(
    r"(?:rekisteri|luettelo|tilirekisteri|register|kontoregister|förteckning|account register)(?: (?P<words>.+))?",
    re.IGNORECASE,
)
CHECK = re.compile(
    r"(?:onko(?: tämä)?(?: tili)? virallinen|virallinen|är (?:det här )?kontot officiellt|officiellt|"
    r"is (?:this )?(?:account )?official|official)\s*[:?]?\s*(?P<words>\S+)\s*\??",
    re.IGNORECASE,
)
OVERDUE = re.compile(r"myöhässä(?: olevat)?|försenade?|overdue", re.IGNORECASE)
PUBLISHED = {
    "published/show": r"julkaisulista|publiceringslista|publishing list",
    "published/done": r"lista julkaistu|listan publicerad|list published",
}
REPORTED = ("address", "name", "owner", "mailbox")
"""What typed words report of an account, in this order, with semicolons between."""


def typed(event: Asked) -> Event | None:
    """The press or the form that the words stand for, None where they are none of the register's."""
    words = event.text.strip().rstrip(".!")
    return _of_an_account(event, words) or _of_the_register(event, words)


def _of_an_account(event: Asked, words: str) -> Event | None:
    if pressed := numbered(words, PRESSED, NUMBER):
        action, number = pressed
        return press_of(event, _key(number), action)
    if submitted := written(event.text.strip(), SUBMITTED, NUMBER):
        (form, field), number, text = submitted
        return form_of(event, _key(number), form, {field: text})
    if found := NAME.fullmatch(words):
        part = next(p for p, pattern in PARTS.items() if re.fullmatch(pattern, found["part"], re.IGNORECASE))
        return form_of(event, _key(found[1]), "register/part", {"part": part, "who": _who(event, found["who"])})
    if found := REMOVE.fullmatch(words):
        return form_of(event, _key(found[1]), "register/part", {"part": "", "who": _who(event, found["who"])})
    if found := PAUSE.fullmatch(words):
        return press_of(event, _key(found[1]), "register/pause", found["weeks"] or "3")
    if found := TICK.fullmatch(words):
        return press_of(event, _key(found[1]), "register/tick", found["point"])
    return None


def _of_the_register(event: Asked, words: str) -> Event | None:
    if found := REPORT.fullmatch(words):
        if not found["rest"]:
            return press_of(event, "", "register/report")
        told = [part.strip() for part in found["rest"].split(";")]
        return form_of(event, "", "register/report", dict(zip(REPORTED, told, strict=False)))
    for action, pattern in PUBLISHED.items():
        if re.fullmatch(pattern, words, re.IGNORECASE):
            return press_of(event, "", action)
    if OVERDUE.fullmatch(words):
        return press_of(event, "", "register/overdue")
    if found := CHECK.fullmatch(words):
        return press_of(event, "", "register/check", found["words"])
    if found := LIST.fullmatch(words):
        return press_of(event, "", "register/list", found["words"] or "")
    return None


def _who(event: Asked, words: str) -> str:
    """Whom the words mean: a person who is mentioned, else what is written."""
    return event.named[0] if event.named else words.strip()


def _key(number: str) -> str:
    return f"register/{number.casefold()}"
