"""The words that do what a button of an agreement does: `sopimus` · `sometyöaika`, `oma nimi`, `työprofiili`,
`johtajan profiili` · `sovi sometyöaika: kanavat; tarkoitus; 2 h; työn ja vapaa-ajan erottaminen` · `sopimus 17` ·
`muuta sopimusta 17: …` · `jatketaan sopimusta 17` · `peru sopimus 17` · `päätä sopimus 17: …` · `hyväksy sopimus 17: …` ·
`vahvista sopimus 17` · `täydennettävä sopimus 17: …` · `ei sovita 17: …` · `kommentoi sopimusta 17: …` ·
`omat sopimukset` · `väkeni sopimukset` · `sopimusten luvut` · `suostumukset` · `suostun tilille r17` ·
`peru suostumus r17` · `en suostu omaan nimeen` · `kysy suostumukset r17`, in three languages.
"""

from __future__ import annotations

import re
from datetime import date

from handlers.accounts.checks import day, hours
from handlers.accounts.opening import ADDRESS
from handlers.accounts.typed import REFUSE
from handlers.agreements.forms import TEXTS
from handlers.agreements.record import Kind
from handlers.events import Asked, Event, form_of, press_of
from handlers.phrases import NUMBER, numbered, written

ACCOUNT = r"#?(r?\d{1,18})"
AGREEMENT = r"(?:sopimus(?:ta|ksen)?|avtal(?:et)?|överenskommelsen?|agreement)"
KINDS = {
    Kind.WORKING_TIME: r"some ?työaika|some työajalla|sociala medier på arbetstid|arbetstid|social media in working time"
    r"|working time",
    Kind.OWN_NAME: r"oma nimi|omalla nimellä|eget namn|own name",
    Kind.WORK_PROFILE: r"(?:työ|virka)profiili|(?:arbets|tjänste)profil|work profile|office profile",
    Kind.LEADER: r"johtajan profiili|johtajaprofiili|chefsprofil|ledarprofil|leader[’']?s? profile",
}
ALONE = {
    "agreements/choose": r"sovi|sopimus|sovi some-?käytöstä|kom överens|avtala|avtal|överenskommelse|agree|agreement",
    "agreements/mine": r"(?:omat )?sopimukset|mina avtal|mina överenskommelser|my agreements",
    "agreements/people": r"väkeni sopimukset|mina medarbetares avtal|my people[’']?s agreements",
    "agreements/counts": r"sopimusten luvut|avtal i siffror|agreement figures",
    "consents/list": r"(?:omat )?suostumukset|(?:mina )?samtycken|(?:my )?consents",
    "consents/refuse": r"en suostu omaan nimeen|inte mitt namn|not my name",
}
"""Words that press a button of no single agreement."""
PRESSED = {
    "agreements/show": rf"(?:näytä |visa |show )?{AGREEMENT}",
    "agreements/change": rf"(?:muuta|muokkaa|ändra|change|edit) {AGREEMENT}",
    "agreements/continue": rf"(?:jatketaan|jatka|fortsätt|continue) {AGREEMENT}",
    "agreements/withdraw": rf"(?:peru|återta|withdraw) {AGREEMENT}",
    "agreements/end": rf"(?:päätä|lopeta|avsluta|end) {AGREEMENT}",
    "agreements/confirm": rf"(?:vahvista|hyväksy|bekräfta|godkänn|confirm|approve) {AGREEMENT}",
}
"""Words that press a button of the agreement whose number follows."""
WRITTEN = {
    "agreements/end": PRESSED["agreements/end"],
    "agreements/return": rf"(?:täydennettävä|täydennä|palauta|komplettera|återsänd|return) {AGREEMENT}",
    "agreements/decline": r"ei sovita(?: sopimusta)?|vi avtalar inte|(?:avtala inte|not agreed|do not agree)",
    "agreements/comment": rf"(?:kommentti|kommentoi|kommentar|kommentera|comment)(?: on)? {AGREEMENT}",
}
"""Words that send a form of the agreement whose number follows, with its text after a colon."""
CONSENTS = {
    "consents/give": r"suostun tilille|jag samtycker på konto|i consent on account",
    "consents/withdraw": r"peru suostumus|återta samtycke|withdraw consent",
    "agreements/ask_names": r"kysy suostumukset|fråga samtycken|ask consents",
}
"""Words about an account of the register, whose number (`r17`) follows."""
NEW = re.compile(r"(?:sovi|avtala|agree(?: on)?) (?P<kind>[^:]+):(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
CHANGED = re.compile(rf"{PRESSED['agreements/change']} {NUMBER}\s*:(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
APPROVED = re.compile(
    rf"(?:hyväksy|godkänn|approve) {AGREEMENT} {NUMBER}\s*:(?P<rest>.+)", re.IGNORECASE | re.DOTALL
)  # fmt: skip
EXPERT = {
    "expert": r"(?:asiantuntija|expert)\w*",
    "private": r"(?:yksityi|privat|private)\w*",
}


def typed(event: Asked) -> Event | None:
    """The press or the form that the words stand for, None where they stand for none."""
    if not event.addressed:
        return None
    words = event.text.strip()
    return _alone(event, words.rstrip(".!")) or _numbered(event, words) or _filled(event, words)


def refuses(words: str) -> bool:
    """Whether the words refuse a consent, so that they are kept nowhere (R77)."""
    short = words.strip().rstrip(".!")
    alone = re.fullmatch(ALONE["consents/refuse"], short, re.IGNORECASE)
    return bool(alone or REFUSE.fullmatch(short))


def _alone(event: Asked, short: str) -> Event | None:
    for action, pattern in ALONE.items():
        if re.fullmatch(pattern, short, re.IGNORECASE):
            return press_of(event, "", action)
    kind = _kind(short)
    return press_of(event, "", "agreements/begin", kind) if kind else None


def _numbered(event: Asked, words: str) -> Event | None:
    short = words.rstrip(".!")
    if pressed := numbered(short, PRESSED):
        action, number = pressed
        return press_of(event, f"agreements/{number}", action)
    if submitted := written(words, WRITTEN):
        form, number, text = submitted
        return form_of(event, f"agreements/{number}", form, {"text": text})
    if consented := numbered(short, CONSENTS, ACCOUNT):
        action, account = consented[0], f"register/{consented[1].lower()}"
        is_question = action == "agreements/ask_names"
        return press_of(event, "" if is_question else f"consents/{account}", action, account if is_question else "")
    return None


def _filled(event: Asked, words: str) -> Event | None:
    if found := APPROVED.fullmatch(words):
        return form_of(event, f"agreements/{found[1]}", "agreements/approve", _content(found["rest"]))
    if found := CHANGED.fullmatch(words):
        return form_of(event, f"agreements/{found[1]}", "agreements/send", fields(None, found["rest"]))
    if (found := NEW.fullmatch(words)) and (kind := _kind(found["kind"].strip())):
        return form_of(
            event, f"agreements/new@{kind}", "agreements/send", {"kind": kind.value} | fields(kind, found["rest"])
        )
    return None


def _kind(words: str) -> Kind | None:
    return next((k for k, pattern in KINDS.items() if re.fullmatch(pattern, words, re.IGNORECASE)), None)


def _content(rest: str) -> dict[str, str]:
    """The supervisor's content on one line: how it is led; hours; conditions."""
    parts = [part.strip() for part in rest.split(";") if part.strip()]
    timed = next((p for p in parts[1:] if hours(p) is not None), "")
    texts = [p for p in parts if p != timed]
    content = {"led": texts[0] if texts else "", "conditions": "; ".join(texts[1:])}
    return content | ({"hours": timed} if timed else {})


def fields(kind: Kind | None, rest: str) -> dict[str, str]:
    """A form's values on one line, parts between semicolons: what has a form of its own by it, the texts in their order.

    Of a change (`kind` is None) only what tells by itself what it is; the first text is its purpose.
    """
    values: dict[str, str] = {}
    texts = list(TEXTS[kind]) if kind else ["purpose"]
    for part in (p.strip() for p in rest.split(";")):
        name = _named(part)
        name = name if name and name not in values else texts.pop(0) if texts and part else ""
        if name:
            values[name] = _value(name, part)
    return values


def _named(part: str) -> str:
    """The field that the part tells by itself, "" for a text."""
    if "@" in part and " " not in part and not part.startswith("@"):
        return "email"
    if re.search(r"\d", part) and hours(part) is not None:
        return "hours"
    if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}", part):
        return "review"
    if ADDRESS.fullmatch(part) and re.search(r"[./@]", part):
        return "address"
    return "profile" if any(re.fullmatch(p, part, re.IGNORECASE) for p in EXPERT.values()) else ""


def _value(name: str, part: str) -> str:
    if name == "review" and (on := day(part, date.min)):
        return on.isoformat()
    if name == "profile":
        return next(code for code, p in EXPERT.items() if re.fullmatch(p, part, re.IGNORECASE))
    return part
