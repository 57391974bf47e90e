"""Who sees a case and who may do what with it: each role × case × action (R85, R145–R148); a refusal is journalled."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.storage import Account
from bot.views import Views
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Commented
from handlers.incidents.record import Kind, Record, Route, Status
from tests.accounts import words
from tests.conftest import World
from tests.fakes import MONDAY
from tests.incidents import (
    ABOVE,
    ADMINISTRATOR,
    COLLEAGUE,
    DEPUTY,
    EMPLOYEE,
    GUEST,
    IT_DEPUTY,
    IT_MANAGER,
    KEY,
    OFFICIAL,
    SHA256,
    SPECIALIST,
    SUPERVISOR,
    VICTIM,
    WRITTEN,
    case,
    keeps,
    of,
)

ROLES = (EMPLOYEE, VICTIM, COLLEAGUE, SUPERVISOR, DEPUTY, IT_MANAGER, IT_DEPUTY, ABOVE, SPECIALIST, ADMINISTRATOR,
         OFFICIAL, GUEST)  # fmt: skip
MANAGERS = {IT_MANAGER, IT_DEPUTY}
USUAL = {EMPLOYEE, SUPERVISOR, *MANAGERS}
CASES: Mapping[str, tuple[Record, set[str], set[str]]] = {
    "draft": (case(Status.DRAFT), {EMPLOYEE}, set()),
    "reported": (case(), USUAL, MANAGERS),
    "taken": (case(Status.TAKEN), USUAL, MANAGERS),
    "waiting": (case(Status.WAITING), USUAL, MANAGERS),
    "resolved": (case(Status.RESOLVED), USUAL, MANAGERS),
    "reviewed": (case(Status.REVIEWED), USUAL, MANAGERS),
    "joined": (case(Status.JOINED), USUAL, MANAGERS),
    "straight to the IT manager": (case(route=Route.IT_MANAGER, supervisor=""), {EMPLOYEE, *MANAGERS}, MANAGERS),
    "the supervisor is part of it": (
        case(route=Route.NOT_SUPERVISOR, supervisor="", excluded=(SUPERVISOR,)), {EMPLOYEE, *MANAGERS}, MANAGERS,
    ),
    "the excluded was added by mistake": (
        case(excluded=(SUPERVISOR,), added=(SUPERVISOR,)), {EMPLOYEE, *MANAGERS}, MANAGERS,
    ),
    "the IT manager is part of it": (case(excluded=(IT_MANAGER,), told=(IT_DEPUTY,)), USUAL - {IT_MANAGER}, {IT_DEPUTY}),
    "on behalf of somebody": (case(kind=Kind.THREAT, concerned=VICTIM), {*USUAL, VICTIM}, MANAGERS),
    "climbed": (case(told=(IT_MANAGER, IT_DEPUTY, ABOVE), level=2), {*USUAL, ABOVE}, {*MANAGERS, ABOVE}),
    "fallback": (case(told=(ADMINISTRATOR,), fallback=True), {*USUAL, ADMINISTRATOR}, {*MANAGERS, ADMINISTRATOR}),
    "somebody was added": (case(Status.TAKEN, added=(SPECIALIST,)), {*USUAL, SPECIALIST}, MANAGERS),
    "handed to somebody": (case(Status.TAKEN, holder=ADMINISTRATOR), {*USUAL, ADMINISTRATOR}, {*MANAGERS, ADMINISTRATOR}),
    "offered to somebody": (case(Status.TAKEN, offered=COLLEAGUE), {*USUAL, COLLEAGUE}, {*MANAGERS, COLLEAGUE}),
    "erased": (case(Status.ERASED, reporter="", text=""), set(), set()),
}  # fmt: skip
"""Each case with who sees it and who handles it; everybody else of the roles does neither."""
ROWS = [(name, role) for name in CASES for role in ROLES]


def refused_to(world: World, person: str) -> list[str]:
    return [e.event for e in world.store.journal() if e.person == person and e.event.startswith("Refused ")]


@pytest.fixture
def office(world: World) -> World:
    """A world with a guest of the workspace."""
    world.bot.directory.keep(Account(GUEST, "Vieras", "", "fi", "guest", MONDAY))
    return world


@pytest.mark.parametrize(("name", "role"), ROWS)
def test_r148_only_those_whom_it_concerns_see_a_case(office: World, name: str, role: str) -> None:
    record, seers, _ = CASES[name]
    keeps(office, record)
    office.presses(role, "incidents/show", KEY)
    said = "\n".join(str(s.card) for s in office.platform.sent)
    assert (("pahis" in said) and "incidents/refused" not in said) == (role in seers)
    assert bool(refused_to(office, role)) == (role not in seers)
    page = Views(office.bot, office.sender._renderer).case(role, 1)
    assert bool(page) == (role in seers and record.status is not Status.DRAFT)
    assert bool(Views(office.bot, office.sender._renderer).file_name(role, 1, SHA256)) == (role in seers)


@pytest.mark.parametrize(("name", "role"), ROWS)
def test_r148_only_those_who_see_a_case_write_in_it(office: World, name: str, role: str) -> None:
    record, seers, _ = CASES[name]
    keeps(office, record)
    before = of(office)
    office.submits(role, "incidents/write", KEY, text="Lisätieto")
    writable = record.status in (Status.REPORTED, Status.TAKEN, Status.WAITING, Status.JOINED)
    assert (of(office).messages != before.messages) == (role in seers and writable)
    where = f"{office.platform.direct(role)}"
    office.bot.handle(Commented(f"c{next(office.keys)}", role, where, KEY, "Toinen", "case"))
    told = [m.text for m in of(office).messages]
    assert ("Toinen" in told) == (role in seers and writable)


ACTIONS: Mapping[str, Mapping[str, str]] = {
    "incidents/take": {},
    "incidents/manage": {"kind": "phishing", "severity": "high", "hold": ""},
    "incidents/resolve": {"text": "Valmis."},
    "incidents/reopen": {"text": "Ei ole kunnossa."},
    "incidents/review": {"cause": "Huijaus oli taitava.", "lessons": "", "actions": ""},
    "incidents/split": {},
    "incidents/clock@gdpr": {"day": "2026-11-23", "time": "9:00"},
    "incidents/unneeded@gdpr": {"text": "Riskiä ei ole."},
}
"""What a handler may do: the presses and the forms, with values that nothing is wrong with."""


@pytest.mark.parametrize(("name", "role"), ROWS)
def test_r146_only_handlers_decide_on_a_case_and_each_refusal_is_journalled(office: World, name: str, role: str) -> None:
    record, _, handlers = CASES[name]
    keeps(office, record)
    for action, values in ACTIONS.items():
        form, _, law = action.partition("@")
        before, count = of(office), len(refused_to(office, role))
        if values:
            office.submits(role, form, f"{KEY}@{law}" if law else KEY, **values)
        else:
            office.presses(role, form, KEY)
        living = record.status not in (Status.DRAFT, Status.ERASED)
        may = role in handlers or (form == "incidents/reopen" and role == EMPLOYEE and living)
        changed = of(office) != before
        drafting = record.status is Status.DRAFT and role == EMPLOYEE
        assert may or not changed, (action, role)
        assert (len(refused_to(office, role)) > count) == (not may and not drafting), (action, role)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["reported", "taken", "resolved"])
def test_a_form_opens_only_for_who_may_send_it(office: World, name: str, role: str) -> None:
    record, seers, handlers = CASES[name]
    keeps(office, record)
    for action in ("manage", "resolve", "review", "reopen", "write"):
        shown = office.presses(role, f"incidents/{action}", KEY).immediate
        may = role in (seers if action == "write" else {*handlers, EMPLOYEE} if action == "reopen" else handlers)
        assert not isinstance(shown, OpenForm) or may, (action, role)
        assert not isinstance(shown, FieldErrors)


@pytest.mark.parametrize("role", ROLES)
def test_the_figures_are_the_it_managers_and_hold_no_name_and_no_word(office: World, role: str) -> None:
    keeps(office, case(Status.TAKEN))
    office.presses(role, "incidents/figures", "")
    said = words(office.last(role))
    assert ("11/2026" in said) == (role in MANAGERS)
    assert "Työntekijä" not in said
    assert "pahis" not in said


@pytest.mark.parametrize("role", ROLES)
def test_the_list_holds_ones_own_and_searches_no_others(office: World, role: str) -> None:
    keeps(office, case(Status.TAKEN))
    keeps(office, case(key="incidents/2", reporter=COLLEAGUE, supervisor="", route=Route.IT_MANAGER))
    office.presses(role, "incidents/list", "", "")
    shown = {b.button.record for p in office.last(role).card.parts if p.kind == "buttons" for b in p.buttons} - {""}
    expected = {KEY} if role in (EMPLOYEE, SUPERVISOR) else {"incidents/2"} if role == COLLEAGUE else set()
    assert shown == ({KEY, "incidents/2"} if role in MANAGERS else expected)
    office.presses(role, "incidents/list", "", "pahis.example")
    found = {b.button.record for p in office.last(role).card.parts if p.kind == "buttons" for b in p.buttons} - {""}
    assert found == shown


def test_a_case_that_is_not_there_is_refused_as_one_that_is_not_theirs(office: World) -> None:
    keeps(office, case(route=Route.IT_MANAGER, supervisor=""))
    office.presses(COLLEAGUE, "incidents/show", KEY)
    theirs = office.last(COLLEAGUE).card
    office.presses(COLLEAGUE, "incidents/show", "incidents/999")
    assert office.last(COLLEAGUE).card == theirs


def test_a_forged_number_makes_no_case(office: World) -> None:
    for record in ("incidents/500", "incidents/500@draft", "questions/3", "accounts/1"):
        office.submits(EMPLOYEE, "incidents/report", record, text="Jotain outoa", kind="other", route="both")
    assert office.store.record("incidents/500") is None
    assert len(office.store.records("incidents")) == 3  # the forged draft's key makes none; the others are new reports


def test_what_was_written_stands_in_no_journal_and_in_no_notification(office: World) -> None:
    office.submits(
        EMPLOYEE, "incidents/report", "", text=WRITTEN, kind="phishing", route="both", link="pahis.example.net/b"
    )
    office.presses(IT_MANAGER, "incidents/take", KEY)
    office.submits(IT_MANAGER, "incidents/write", KEY, text="Vaihdoitko salasanan?")
    office.submits(IT_MANAGER, "incidents/resolve", KEY, text="Lopputulos on tämä.")
    journal = "\n".join(f"{e.before}{e.after}" for e in office.store.journal())
    for text in ("pahis", "annoin tunnukseni", "Vaihdoitko", "Lopputulos on"):
        assert text not in journal
    told = [
        s for s in office.platform.sent if s.card.name in ("incidents/alert", "incidents/supervisor", "incidents/note")
    ]
    assert told
    assert not any("pahis" in str(s.card) or "tunnukseni" in str(s.card) for s in told)
    assert {s.conversation.partition("#")[0] for s in office.platform.sent} == {
        office.platform.direct(p) for p in (EMPLOYEE, SUPERVISOR, IT_MANAGER)
    }
