"""The words that do what a button of a case does: `ilmoita 12` · `poikkeama 12` · `otan poikkeaman 12` · `viesti 12: …` ·
`ratkaistu 12: …` · `avaa uudelleen 12: …` · `käsittely 12` · `asiakirja 12` · `luovuta 12: …` ·
`lisää tapaukseen 12: …` · `vakavuus 12: …` · `tila 12: …` · `arvio 12: …` · `erota 12` · `henkilötietoja 12` ·
`ilmoitus tehty 12` · `ei ilmoitusta 12: syy` · `poikkeamat [sana]` · `poikkeamien luvut`, in three languages.
"""

from __future__ import annotations

import re

from handlers.cards import files_as
from handlers.events import Asked, Event, form_of, press_of
from handlers.incidents.record import Severity, Status
from handlers.phrases import NUMBER, numbered, written

PRESSED = {
    "incidents/report": r"ilmoita(?: poikkeama)?|lähetä ilmoitus|anmäl(?: incident)?|report(?: incident)?",
    "incidents/show": r"(?:näytä )?(?:poikkeama|tapaus)|(?:visa )?(?:incident|ärende)|(?:show )?(?:incident|case)",
    "incidents/take": r"otan? (?:poikkeaman?|tapau(?:ksen|s))|(?:jag )?tar? (?:incident|ärende)|take (?:incident|case)",
    "incidents/manage": r"käsittely|hantera|manage",
    "incidents/document": r"asiakirja|dokument|document",
    "incidents/law": r"määräajat|tidsfrister|deadlines",
    "incidents/split": r"erota|skilj|split",
    "incidents/drop": r"älä ilmoita|anmäl inte|do not report",
}
"""Words that press a button of the case whose number follows."""
CLOCKS = {
    ("incidents/clock", "gdpr"): r"henkilötietoja|personuppgifter|personal data",
    ("incidents/clock", "nis2"): r"nis2",
    ("incidents/notice", "gdpr"): r"ilmoitusluonnos|utkast till anmälan|draft notice",
    ("incidents/notice", "nis2"): r"nis2[- ]luonnos|nis2[- ]utkast|nis2 draft",
    ("incidents/noticed", "gdpr"): r"ilmoitus tehty|anmälan gjord|notice made",
    ("incidents/noticed", "nis2"): r"nis2[- ]ilmoitus tehty|nis2[- ]anmälan gjord|nis2 notice made",
}
SUBMITTED = {
    "incidents/write": r"viesti|meddelande|message",
    "incidents/resolve": r"ratkaistu|löst|resolved",
    "incidents/reopen": r"avaa uudelleen|öppna igen|reopen",
}
"""Words that send a form of the case whose number follows, with its text after a colon."""
MANAGED = {
    "offered": r"luovuta|överlåt|hand over",
    "added": r"lisää tapaukseen|lägg till i ärende|add to case",
    "severity": r"vakavuus|allvar|severity",
    "state": r"tila|läge|state",
    "hold": r"säilytä|spara|keep",
}
"""Words that change one thing of a case."""
SEVERITIES = {
    Severity.LOW: r"matala|pieni|låg|low",
    Severity.NORMAL: r"tavallinen|normaali|normal",
    Severity.HIGH: r"korkea|suuri|kiireellinen|hög|high|urgent",
}
STATES = {
    Status.TAKEN: r"tutkitaan|selvitetään|utreds|investigating",
    Status.WAITING: r"odottaa|väntar|waiting",
    Status.CONTAINED: r"rajattu|begränsad|contained",
}
REVIEW = re.compile(rf"(?:arvio|utvärdering|review) {NUMBER}\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
UNNEEDED = re.compile(
    rf"(?:ei|ingen|no) (?P<law>nis2[- ]?)?(?:ilmoitusta|anmälan|notice) {NUMBER}\s*:\s*(?P<why>.+)", re.I | re.S
)
LIST = re.compile(
    r"(?:poikkeamat|tapaukset|incidenter|incidents)(?: (?P<words>[^?\s]{1,40}(?: [^?\s]{1,40}){0,2}))?", re.IGNORECASE
)
FIGURES = re.compile(r"poikkeamien luvut|incidentstatistik|incident figures", re.IGNORECASE)
BEGIN = re.compile(
    r"(?:ilmoita )?(?:tietoturva)?poikkeama(?:sta)?|tietoturvailmoitus|(?:anmäl )?(?:en )?(?:säkerhets)?incident"
    r"|(?:report )?(?:an? )?(?:security )?incident", re.IGNORECASE
)  # fmt: skip
"""The words for the form of a report: they are what its button says too, and tell nothing of what happened."""
REPORT_IT = re.compile(r"(?:kyllä,? )?ilmoita|(?:ja,? )?anmäl|(?:yes,? )?report(?: it)?", re.IGNORECASE)


def typed(event: Asked, draft: str) -> Event | None:
    """The press or the form that the words stand for, None where they stand for none. `draft` is the key of what the
    person was offered to report a moment ago, "" for nothing.
    """
    words = event.text.strip()
    short = words.rstrip(".!")
    if not event.addressed:
        return None
    if draft and REPORT_IT.fullmatch(short):
        return press_of(event, draft, "incidents/report", "both")
    if pressed := numbered(short, PRESSED):
        action, number = pressed
        return press_of(event, f"incidents/{number}", action, "both" if action == "incidents/report" else "")
    if of_the_law := numbered(short, CLOCKS):
        (action, law), number = of_the_law
        return press_of(event, f"incidents/{number}", action, law)
    return _written(event, words) or _of_lists(event, short)


def _written(event: Asked, words: str) -> Event | None:
    if submitted := written(words, SUBMITTED):
        form, number, text = submitted
        return form_of(event, f"incidents/{number}", form, {"text": text, "files": files_as(event.files)})
    if managed := written(words, MANAGED):
        field, number, text = managed
        value = _code(field, text.strip().rstrip(".!"), event)
        return form_of(event, f"incidents/{number}@typed", "incidents/manage", {field: value})
    if found := REVIEW.fullmatch(words):
        return form_of(event, f"incidents/{found[1]}", "incidents/review", {"cause": found[2]})
    if found := UNNEEDED.fullmatch(words):
        law = "nis2" if found["law"] else "gdpr"
        return form_of(event, f"incidents/{found[2]}@{law}", "incidents/unneeded", {"text": found["why"]})
    return None


def _code(field: str, words: str, event: Asked) -> str:
    """The value that the words stand for: of people whom a message names, their accounts."""
    if field in ("offered", "added") and event.named:
        return ",".join(event.named)
    known: dict[str, str] = {}
    if field == "severity":
        known = {code.value: pattern for code, pattern in SEVERITIES.items()}
    elif field == "state":
        known = {code.value: pattern for code, pattern in STATES.items()}
    return next((code for code, pattern in known.items() if re.fullmatch(pattern, words, re.IGNORECASE)), words)


def _of_lists(event: Asked, short: str) -> Event | None:
    if FIGURES.fullmatch(short):
        return press_of(event, "", "incidents/figures")
    if found := LIST.fullmatch(short):
        return press_of(event, "", "incidents/list", found["words"] or "")
    return press_of(event, "", "incidents/begin") if BEGIN.fullmatch(short) else None
