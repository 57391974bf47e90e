"""Departments' own guidelines, for tests: a text, records in every status, and the ways to them in a world."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter

from handlers.accounts.chain import CHAIN
from handlers.accounts.record import Comment, Deed
from handlers.facts import Facts
from handlers.overlays.record import Record, Status
from tests.accounts import DECISION, EMPLOYEE, MUNICIPAL_SECRETARY, SECRETARY, SPECIALIST
from tests.accounts import facts as facts_of
from tests.conftest import World
from tests.fakes import MONDAY

KEY = "overlays/1"
DEPARTMENT, OTHERS = "Kasvu ja ympäristö", "Konsernipalvelut"
TITLE = "Päiväkotien ja ruokapalvelujen someohje"
TEXT = """# Kuvat ja videot
Päiväkodissa kuvat julkaistaan vasta, kun ryhmän varhaiskasvatuksen opettaja on katsonut ne läpi.

Lapsen etunimeä ei kirjoiteta kuvan yhteyteen. Ryhmän nimen voi mainita.

Vanhempainillassa otettuja kuvia ei julkaista lainkaan.

Kuvat poistetaan päiväkodin tililtä, kun lapsi siirtyy esikouluun.

# Retket ja tapahtumat
Retkestä kerrotaan vasta, kun ryhmä on palannut takaisin päiväkotiin.

Juhlien alussa pyydetään huoltajia olemaan jakamatta videoita muista kuin omasta lapsestaan.

# Yhteydenpito huoltajiin
Huoltajien viesteihin lapsen asioista vastataan vain Wilmassa, ei Instagramin yksityisviesteissä.

Sairastapauksista ja täistä tiedotetaan Wilmassa.

# Ruokapalvelut
Viikon ruokalista julkaistaan maanantaisin keittiön Facebook-sivulla.

Allergioita koskevat kysymykset ohjataan ravitsemussuunnittelijalle.

Ruoan hävikistä kerrotaan kerran kuussa: montako kiloa jäi syömättä.

# Työvuorot
Tiliä päivittää kerrallaan yksi ryhmä. Vuoro vaihtuu kuun ensimmäisenä maanantaina.

Tablettia, jolla tiliä hoidetaan, säilytetään johtajan huoneen lukitussa kaapissa."""
DRAFT = {"title": TITLE, "department": DEPARTMENT, "basis": "work", "text": TEXT}
RECORDS = TypeAdapter(Record)
MENU = "Viikon ruokalista julkaistaan maanantaisin keittiön Facebook-sivulla."
ASKED = "koska ruokalista laitetaan faceen"
WAY = {
    Status.RETURNED: (SECRETARY, "return", "Kerro myös retkistä."),
    Status.REJECTED: (SECRETARY, "reject", "Kunnan ohje riittää."),
    Status.WITHDRAWN: (EMPLOYEE, "withdraw", ""),
    Status.REPLACED: ("", "replace", ""),
    Status.REPEALED: (SPECIALIST, "repeal", "Toiminta päättyi."),
}


def filled(status: Status, **changes: object) -> Record:
    """A guideline that came to a status as guidelines do: with its history, and who was told."""
    history = () if status in (Status.DRAFT, Status.FORGOTTEN) else (Deed(MONDAY, EMPLOYEE, "send"),)
    if status in (Status.ACCEPTED, Status.REPLACED, Status.REPEALED):
        details = {"date": "2026-11-20", "section": "45"}
        history = (*history, Deed(MONDAY, MUNICIPAL_SECRETARY, "conclude", "", "municipal_team", details=details))
    if status in WAY:
        history = (*history, Deed(MONDAY, *WAY[status]))
    record = Record(
        KEY, EMPLOYEE, "fake:dm:employee", "fi", MONDAY, MONDAY, MONDAY, CHAIN, 1, status, TITLE, DEPARTMENT, "work",
        "" if status is Status.FORGOTTEN else TEXT, round=1 if history else 0,
        told=(SECRETARY,) if status is Status.PROPOSED else (), informed=(SECRETARY,) if history else (),
        history=history, comments=(Comment(MONDAY, SECRETARY, "Hyvä ajatus!"),) if history else (),
        accepted_on="2026-11-20" if len(history) > 1 and history[1].move == "conclude" else "",
    )  # fmt: skip
    return replace(record, **changes)  # type: ignore[arg-type]


def facts(person: str, *overlays: Record, now: datetime = MONDAY, **more: object) -> Facts:
    """The facts of an event on departments' guidelines."""
    return facts_of(person, now, overlays=overlays, **more)


def overlay(world: World, key: str = KEY) -> Record:
    """The guideline as it is kept."""
    kept = world.store.record(key)
    assert kept is not None
    return RECORDS.validate_json(kept.data)


def drafted(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A draft, and its key. A text longer than a form's field is added in parts."""
    before = {k.key for k in world.store.records("overlays")}
    values = {**DRAFT, **changes}
    world.submits(person, "overlays/draft", "overlays/new", **values)
    (key,) = {k.key for k in world.store.records("overlays")} - before
    return key


def sent(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A guideline before the department's management team."""
    key = drafted(world, person, **changes)
    world.presses(person, "overlays/send", key)
    return key


def decided(world: World, key: str, by: str, **changes: str) -> None:
    """A body's decision, recorded."""
    values = {n: DECISION[n] for n in ("outcome", "date", "section", "text")}
    world.submits(by, "overlays/decide", f"{key}@{overlay(world, key).moment}", **{**values, **changes})


def accepted(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A guideline that both bodies accepted."""
    return concluded(world, sent(world, person, **changes))


def concluded(world: World, key: str) -> str:
    """The same guideline after both bodies accepted it."""
    decided(world, key, SECRETARY)
    decided(world, key, MUNICIPAL_SECRETARY, section="7")
    return key
