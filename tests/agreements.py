"""Agreements, for tests: complete answers of each kind, records by hand, and the ways to every status in a world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from handlers.accounts.record import Comment, Deed
from handlers.agreements.record import IN_FORCE, Kind, Record, Status
from handlers.effects import FieldErrors
from tests.accounts import EMPLOYEE, SUPERVISOR
from tests.conftest import World
from tests.fakes import MONDAY

KEY = "agreements/1"
REVIEW = "2027-11-23"
WORK_MAIL, UNIT_MAIL = "etunimi.sukunimi@tuusula.fi", "kirjasto@tuusula.fi"
COMMON = {"channels": "Facebook, LinkedIn", "purpose": "Vastaan asiakkaiden kysymyksiin.", "review": REVIEW}
APART = {"apart": "Vastaan vain työaikana."}
COMPLETE: Mapping[Kind, Mapping[str, str]] = {
    Kind.WORKING_TIME: {**COMMON, "hours": "2", **APART},
    Kind.OWN_NAME: {
        **COMMON, "profile": "expert", "address": "@asiantuntija", "email": WORK_MAIL, "hours": "", **APART,
    },
    Kind.WORK_PROFILE: {
        **COMMON, "distance": "Etäisyys ei haittaa.", **APART, "views": "Asiakkaat löytävät minut.", "address": "",
        "email": "", "why": "", "hours": "1,5",
    },
    Kind.LEADER: {**COMMON, "address": "", "email": "", "why": "", "hours": "", **APART},
}  # fmt: skip
"""An answer to everything that each kind asks, which nothing can be said against."""
CONTENT = {"hours": "2", "led": "Käymme läpi kuukausipalaverissa.", "conditions": "Ei iltaisin."}
RECORDS: TypeAdapter[Record] = TypeAdapter(Record)
HISTORY = {
    Status.RETURNED: (SUPERVISOR, "return"), Status.DECLINED: (SUPERVISOR, "decline"),
    Status.WITHDRAWN: (EMPLOYEE, "withdraw"), Status.ENDED: (EMPLOYEE, "end"),
}  # fmt: skip


def filled(status: Status, kind: Kind = Kind.WORKING_TIME, **changes: object) -> Record:
    """An agreement that came to a status as agreements do."""
    answers = dict(COMPLETE[kind])
    history = (Deed(MONDAY, EMPLOYEE, "send"),)
    record = Record(
        KEY, EMPLOYEE, kind, "fake:dm:employee", MONDAY, MONDAY, status, 1, answers, round=1, told=(SUPERVISOR,),
        informed=(SUPERVISOR,), history=history, comments=(Comment(MONDAY, SUPERVISOR, "Hyvä ajatus!"),),
    )  # fmt: skip
    if status in IN_FORCE or status is Status.ENDED:
        record = replace(
            record, terms=answers, content=CONTENT, agreed_at=MONDAY, agreed_by=SUPERVISOR, review=REVIEW,
            history=(*history, Deed(MONDAY, SUPERVISOR, "approve")),
        )  # fmt: skip
    if status in HISTORY:
        record = replace(record, history=(*record.history, Deed(MONDAY, *HISTORY[status], "Kerro tarkemmin.")))
    if status is Status.CHANGING:
        record = replace(record, answers={**answers, "hours": "3"})
    return replace(record, **changes)  # type: ignore[arg-type]


# ── a world ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def agreement(world: World, key: str = KEY) -> Record:
    """The agreement as it is kept."""
    kept = world.store.record(key)
    assert kept is not None
    return RECORDS.validate_json(kept.data)


def status(world: World, key: str = KEY) -> Status:
    return agreement(world, key).status


def sent(world: World, kind: Kind = Kind.WORKING_TIME, person: str = EMPLOYEE, **changes: str) -> str:
    """An agreement before the supervisor."""
    handled = world.submits(person, "agreements/send", f"agreements/new@{kind}", **{**COMPLETE[kind], **changes})
    assert not isinstance(handled.immediate, FieldErrors), handled.immediate
    kept = world.store.records("agreements", person, limit=1)
    return kept[0].key


def agreed(world: World, kind: Kind = Kind.WORKING_TIME, person: str = EMPLOYEE, **changes: str) -> str:
    """An agreement in force."""
    key = sent(world, kind, person, **changes)
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@1", **CONTENT)
    assert status(world, key) is Status.AGREED
    return key
