"""Incidents through the whole bot: from frightened words to their erasing, and all that can come between (R145–R148)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.evidence import EvidenceStore
from bot.platforms import Unreachable
from bot.rendering import CardShown, Renderer, unmarked
from bot.storage import Account as PlatformAccount
from bot.views import Views
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Asked, Attachment, Commented, Elapsed, Event, Flagged, Joined, Opened, Pressed, Submitted
from handlers.facts import Person
from handlers.incidents.plan import MONTHS, Plan
from handlers.incidents.record import Clock, Kind, Record, Route, Severity, Status
from knowledge.guide import Guide
from tests.accounts import imports, kept_text, words, writes
from tests.conftest import World, buttons_of, errors, make_world
from tests.fakes import MONDAY
from tests.incidents import (
    ABOVE,
    ACCOUNT,
    ADMINISTRATOR,
    COLLEAGUE,
    DEPUTY,
    EMPLOYEE,
    GUEST,
    IT_DEPUTY,
    IT_MANAGER,
    KEY,
    OFFICIAL,
    SPECIALIST,
    SUPERVISOR,
    VICTIM,
    case,
    enters,
    got,
    has_timer,
    keeps,
    of,
    reported,
    resolved,
    taken,
    with_plan,
)

TEAM = "fake:team:communications"
MANAGER, MUNICIPAL_SECRETARY = "communications-manager", "municipal-secretary"
IDENTITY_CODE, CARD_NUMBER, PASSWORD = "131052-308T", "4111 1111 1111 1111", "Kesakuu2026!"
SECRET = f"henkilötunnus {IDENTITY_CODE}, kortti {CARD_NUMBER}, salasana: {PASSWORD}"
SECRETS = (IDENTITY_CODE, CARD_NUMBER, PASSWORD)
BYTES = b"\x89PNG kuvakaappaus" * 50
SHA = hashlib.sha256(BYTES).hexdigest()
LINK = "https://pahis.example.net/kirjaudu"
PERSONAL = (Kind.THREAT, Kind.HARASSMENT)


@pytest.fixture
def world(lossless: World) -> World:
    return lossless


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


def to(world: World, since: int = 0, name: str = "") -> Counter[str]:
    """How many messages everybody was sent, by person (a team by its conversation)."""
    return Counter(
        s.conversation.partition("#")[0].removeprefix("fake:dm:") for s in world.platform.sent[since:]
        if s.kind != "update" and name in ("", s.card.name)
    )  # fmt: skip


def new(world: World) -> int:
    return len(world.platform.sent)


def said(world: World, person: str, name: str = "", since: int = 0) -> str:
    return "\n".join(words(s) for s in got(world, person, name, since))


def shown(world: World, person: str, name: str) -> str:
    """What the newest message of a name says now, as it was changed last."""
    where = world.platform.direct(person)
    posts = [s for s in world.platform.sent if s.conversation.startswith(where) and s.card.name == name]
    return words([s for s in posts if s.message == posts[-1].message][-1])


# ── a story for each kind ───────────────────────────────────────────────────────────────────────────────────────────

TOLD_IN_WORDS = {
    Kind.IDENTITY_THEFT: "Joku esiintyy minuna Facebookissa ja on tehnyt valeprofiilin",
    Kind.PHISHING: "Sain kalasteluviestin ja klikkasin linkkiä",
    Kind.MALWARE: "Latasin ohjelman ja koneessa on haittaohjelma",
    Kind.THREAT: "Minua uhattiin väkivallalla kirjaston Facebookissa",
    Kind.HARASSMENT: "Minua häiritään ja solvataan viesteillä",
    Kind.ACCOUNT_TAKEOVER: "Kirjaston Instagram-tili on kaapattu",
}


@pytest.mark.parametrize("kind", TOLD_IN_WORDS)
def test_r145_from_words_to_resolved(world: World, kind: Kind) -> None:
    world.asks(EMPLOYEE, TOLD_IN_WORDS[kind])
    assert of(world).kind is kind
    assert of(world).status is Status.DRAFT
    offer = world.last(EMPLOYEE)
    assert offer.card.name == "incidents/offer"
    [aid] = [p for p in offer.card.parts if p.kind == "words" and "muu neuvo" in p.markdown]
    lines = [line for line in aid.markdown.splitlines() if line.startswith("- ")]
    assert 1 <= len(lines) <= 5
    assert all(("muu neuvo: " in line) != ("(ohje" in line) for line in map(unmarked, lines)), "each tells its source"
    assert to(world) == {EMPLOYEE: 1}, "nobody hears of what is not reported"
    told = new(world)
    world.presses(EMPLOYEE, "incidents/report", KEY, "both")
    assert to(world, told) == {EMPLOYEE: 1, IT_MANAGER: 1, SUPERVISOR: 1}
    assert ("Ota yhteyttä työntekijääsi nyt" in said(world, SUPERVISOR)) == (kind in PERSONAL)
    for person in (IT_MANAGER, SUPERVISOR):
        assert "Poikkeama 1" in said(world, person) or "poikkeama 1" in said(world, person)
        assert TOLD_IN_WORDS[kind] not in said(world, person)
        assert "Työntekijä, kirjasto" not in said(world, person)
    world.clock.move(minutes=4)
    told = new(world)
    world.presses(IT_MANAGER, "incidents/take", KEY)
    assert to(world, told) == {EMPLOYEE: 1, IT_MANAGER: 1, SUPERVISOR: 1}
    assert "Tietohallintopäällikkö, 23.11.2026 klo 10.04" in said(world, EMPLOYEE, since=told)
    assert not has_timer(world, KEY, "escalate")
    told = new(world)
    world.submits(IT_MANAGER, "incidents/resolve", KEY, text="Asia on hoidettu.")
    assert "Asia on hoidettu." in said(world, EMPLOYEE, since=told)
    assert "Asia on hoidettu." in shown(world, EMPLOYEE, "incidents/state")
    assert of(world).status is Status.RESOLVED
    assert has_timer(world, KEY, "escalate", "silent", "review", "erase") == ["review", "erase"]
    world.submits(IT_MANAGER, "incidents/review", KEY, cause="Kiire", lessons="Pysähdy", actions="Koulutus")
    assert of(world).status is Status.REVIEWED


@pytest.mark.parametrize("kind", Kind)
def test_r145_from_a_form_to_resolved(world: World, kind: Kind) -> None:
    opened = world.presses(EMPLOYEE, "incidents/choose", "", kind.value).immediate
    assert isinstance(opened, OpenForm)
    mandatory = [f.name for f in opened.form.fields if f.required]
    assert mandatory == ["text", "kind"], "only what happened; a kind is chosen already"
    key = reported(world, kind=kind.value)
    assert to(world, name="incidents/alert") == {IT_MANAGER: 1}
    assert to(world, name="incidents/supervisor") == {SUPERVISOR: 1}
    world.presses(IT_DEPUTY, "incidents/take", key)
    assert of(world, key).holder == IT_DEPUTY
    world.submits(IT_DEPUTY, "incidents/resolve", key, text="Valmis.")
    told = new(world)
    world.submits(EMPLOYEE, "incidents/reopen", key, text="Se jatkuu.")
    assert of(world, key).status is Status.REPORTED
    assert to(world, told, "incidents/alert") == {IT_MANAGER: 1, IT_DEPUTY: 1}
    world.presses(IT_MANAGER, "incidents/take", key)
    world.submits(IT_MANAGER, "incidents/resolve", key, text="Nyt valmis.")
    assert of(world, key).outcome == "Nyt valmis."


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.UNKNOWN])
def test_r145_who_does_not_know_what_it_is_reports_all_the_same(world: World, kind: Kind) -> None:
    assert of(world, reported(world, kind=kind.value)).kind is kind
    world.asks(EMPLOYEE, "ilmoita jotain outoa tapahtui")
    assert of(world, "incidents/2").kind is Kind.UNKNOWN
    assert of(world, "incidents/2").status is Status.REPORTED


def test_r145_more_words_and_a_typed_yes_report_an_offer(world: World) -> None:
    world.asks(EMPLOYEE, TOLD_IN_WORDS[Kind.PHISHING])
    writes(world, EMPLOYEE, world.last(EMPLOYEE), f"Osoite oli {LINK}")
    assert "hxxps://pahis[.]example[.]net/kirjaudu" in of(world).text
    world.asks(EMPLOYEE, "ilmoita")
    assert of(world).status is Status.REPORTED


def test_r145_a_dropped_offer_is_forgotten_and_a_form_that_was_still_open_reports(world: World) -> None:
    world.asks(EMPLOYEE, TOLD_IN_WORDS[Kind.PHISHING])
    world.presses(EMPLOYEE, "incidents/form", KEY)
    world.presses(EMPLOYEE, "incidents/drop", KEY)
    assert of(world).status is Status.FORGOTTEN
    world.submits(EMPLOYEE, "incidents/report", f"{KEY}@draft", text="", kind="phishing", route="both")
    assert of(world).status is Status.FORGOTTEN
    world.submits(EMPLOYEE, "incidents/report", f"{KEY}@draft", text="Sittenkin.", kind="phishing", route="both")
    assert of(world).status is Status.REPORTED
    assert to(world, name="incidents/alert") == {IT_MANAGER: 1}
    assert has_timer(world, KEY, "escalate", "forget") == ["escalate"]


def test_a_form_that_comes_after_the_report_is_given_back(world: World) -> None:
    world.asks(EMPLOYEE, TOLD_IN_WORDS[Kind.PHISHING])
    world.presses(EMPLOYEE, "incidents/report", KEY, "both")
    told = new(world)
    world.submits(EMPLOYEE, "incidents/report", f"{KEY}@draft", text="Pitkä kertomus.", kind="phishing", route="both")
    assert "Pitkä kertomus." in said(world, EMPLOYEE, since=told)
    assert len(world.store.records("incidents")) == 1


def test_a_message_that_was_chosen_fills_the_form(world: World) -> None:
    where = world.platform.direct(EMPLOYEE)
    event = Flagged(
        "f1", EMPLOYEE, where, text=f"Voitit palkinnon! {LINK}", link="https://tuusula.slack.com/archives/C1/p1"
    )
    opened = world.bot.handle(event).immediate
    assert isinstance(opened, OpenForm)
    values = {f.name: f.value for f in opened.form.fields}
    assert values["text"] == "Voitit palkinnon! hxxps://pahis[.]example[.]net/kirjaudu"
    assert values["link"].startswith("hxxps://tuusula[.]slack[.]com")
    world.submits(EMPLOYEE, "incidents/report", opened.form.record, **values)
    assert of(world).status is Status.REPORTED
    assert of(world).text.count("hxxps://") == 2


# ── routing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SETTINGS: dict[str, dict[str, Any]] = {
    "present": {},
    "away": {"supervisor": {"away": True}},
    "away without a deputy": {"supervisor": {"away": True, "deputy": ""}},
    "away, the reporter stands in": {"supervisor": {"away": True, "deputy": EMPLOYEE}},
    "missing": {"employee": {"supervisor": ""}, "librarian": {"supervisor": ""}},
    "is the victim": {"employee": {"supervisor": VICTIM}, "librarian": {"supervisor": ""}},
    "is the IT manager": {"employee": {"supervisor": IT_MANAGER}, "librarian": {"supervisor": IT_MANAGER}},
}
ACTING = {
    "present": SUPERVISOR, "away": DEPUTY, "away without a deputy": SUPERVISOR,
    "away, the reporter stands in": SUPERVISOR, "missing": "", "is the victim": VICTIM, "is the IT manager": IT_MANAGER,
}  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("behalf", [False, True])
@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("kind", [Kind.PHISHING, Kind.THREAT])
def test_r145_r146_r147_who_is_told_what(world: World, kind: Kind, route: Route, behalf: bool, setting: str) -> None:
    imports(world, **SETTINGS[setting])
    concerned = {"concerned": VICTIM} if behalf else {}
    handled = world.submits(
        EMPLOYEE, "incidents/report", "", text="Jotain tapahtui.", kind=kind.value, route=route.value, **concerned
    )
    if kind in PERSONAL and route is Route.IT_MANAGER:
        assert errors(handled) == {"route": "not_left"}, "R147 leaves no choice"
        assert world.store.records("incidents") == []
        return
    record = of(world)
    acting = "" if setting == "is the victim" and behalf else ACTING[setting]
    supervisor = acting if route in (Route.BOTH, Route.TOLD) else ""
    hidden = route is Route.NOT_SUPERVISOR and setting == "is the IT manager"
    having = IT_DEPUTY if hidden else IT_MANAGER
    assert to(world, name="incidents/alert") == {having: 1}
    assert to(world, name="incidents/supervisor") == ({supervisor: 1} if supervisor else {})
    assert to(world, name="incidents/note") == ({VICTIM: 1} if behalf else {})
    assert to(world, name="incidents/state") == {EMPLOYEE: 1}
    assert set(to(world)) == {EMPLOYEE, having} | ({supervisor} if supervisor else set()) | (
        {VICTIM} if behalf else set()
    )
    duties = [d.details for d in record.history if d.move == "duty"]
    assert duties == ([{"to": supervisor, "rule": "R146"}] if supervisor else [])
    if supervisor:
        assert ("Ota yhteyttä työntekijääsi nyt" in said(world, supervisor)) == (kind in PERSONAL)
        assert ("kertoo jo ilmoittaneensa" in said(world, supervisor)) == (route is Route.TOLD)
    if route is Route.NOT_SUPERVISOR:
        named = {"missing": set(), "is the victim": {VICTIM} - ({VICTIM} if behalf else set())}
        usual = {IT_MANAGER} if setting == "is the IT manager" else {SUPERVISOR}
        assert set(record.excluded) == named.get(setting, usual)
    assert has_timer(world, KEY, "escalate")


def test_r147_a_threat_that_was_written_is_never_kept_from_the_supervisor(world: World) -> None:
    world.asks(EMPLOYEE, TOLD_IN_WORDS[Kind.THREAT])
    world.presses(EMPLOYEE, "incidents/report", KEY, "it_manager")
    assert to(world, name="incidents/supervisor") == {SUPERVISOR: 1}


@pytest.mark.parametrize("person", ["nobody.such@example.org", "kirjasto"])
def test_whom_it_concerns_must_be_one_person(world: World, person: str) -> None:
    handled = world.submits(EMPLOYEE, "incidents/report", "", text="x1", kind="other", route="both", concerned=person)
    assert errors(handled) == {"concerned": "unknown_person" if "@" in person else "several"}


def test_on_behalf_of_oneself_is_ones_own_report(world: World) -> None:
    reported(world, concerned=EMPLOYEE)
    assert of(world).concerned == ""
    assert to(world, name="incidents/note") == {}


@pytest.mark.parametrize("reporter", [GUEST, OFFICIAL, "director", IT_MANAGER, ADMINISTRATOR])
def test_r145_everybody_may_report_also_who_has_no_supervisor(world: World, reporter: str) -> None:
    world.bot.directory.keep(PlatformAccount(GUEST, "Vieras", "", "sv", "guest", MONDAY))
    key = reported(world, reporter)
    assert of(world, key).status is Status.REPORTED
    assert got(world, IT_MANAGER, "incidents/alert")
    assert len(got(world, reporter, "incidents/state")) == 1
    world.submits(reporter, "incidents/write", key, text="Vielä yksi asia.")
    assert of(world, key).messages[-1].text == "Vielä yksi asia."


def test_a_stranger_is_turned_away_with_the_emergency_number_and_keeps_nothing(world: World) -> None:
    world.bot.directory.keep(PlatformAccount("slack:UX", "Muukalainen", "", "fi", "stranger", MONDAY))
    world.submits("slack:UX", "incidents/report", "", text="Hei.", kind="other", route="both")
    assert world.store.records("incidents") == []
    assert set(to(world)) == {"slack:UX"}


def test_somebody_who_was_never_met_makes_no_report(world: World) -> None:
    world.submits("slack:U404", "incidents/report", "", text="Hei.", kind="other", route="both")
    assert world.store.records("incidents") == []
    assert "112" in said(world, "slack:U404")


# ── the municipality's own account ──────────────────────────────────────────────────────────────────────────────────


def test_an_own_account_is_protected_and_nobody_learns_more_than_they_need(world: World) -> None:
    enters(world)
    key = reported(world, text="Salainen kertomus.", kind="account_takeover", account=ACCOUNT.key)
    assert to(world, name="incidents/protect") == {TEAM: 1, VICTIM: 1, COLLEAGUE: 1}
    for person in (VICTIM, COLLEAGUE):
        assert "Älä kirjaudu tilille" in said(world, person)
        assert "Salainen" not in said(world, person)
        assert "Työntekijä, kirjasto" not in said(world, person)
    assert "Salainen" not in words(world.platform.to(TEAM)[-1])
    told = new(world)
    writes(world, VICTIM, got(world, VICTIM)[-1], "Olin jo kirjautuneena.")
    assert of(world, key).messages == ()
    assert to(world, told) == {VICTIM: 1}, "who may not write in the case is told so"


def test_the_account_is_guessed_from_its_name_or_its_address(world: World) -> None:
    enters(world)
    for text in ("Kirjaston kuulumiset on kaapattu", "Tili www.instagram.com/kirjastonkuulumiset on kaapattu"):
        world.asks(EMPLOYEE, f"ilmoita {text}")
    assert of(world, "incidents/1").account == ACCOUNT.key
    assert of(world, "incidents/2").account == ACCOUNT.key
    world.asks(EMPLOYEE, "Sometili www.instagram.com/kirjastonkuulumiset on kaapattu")
    world.presses(EMPLOYEE, "incidents/report", "incidents/3", "both")
    assert of(world, "incidents/3").account == ACCOUNT.key


@pytest.mark.parametrize("kind", PERSONAL)
def test_r148_what_is_against_a_person_is_not_made_known_by_a_guess(world: World, kind: Kind) -> None:
    enters(world)
    world.asks(EMPLOYEE, f"{TOLD_IN_WORDS[kind]} tilillä Kirjaston kuulumiset")
    assert of(world).kind is kind
    opened = world.presses(EMPLOYEE, "incidents/form", KEY).immediate
    assert isinstance(opened, OpenForm)
    assert {f.name: f.value for f in opened.form.fields}["account"] == ACCOUNT.key, "in the form it can be seen"
    world.presses(EMPLOYEE, "incidents/report", KEY, "not_supervisor")
    assert set(to(world)) == {EMPLOYEE, IT_MANAGER}


def test_an_account_beyond_what_a_list_holds_can_be_reported_and_handled(world: World) -> None:
    for number in range(95):
        enters(world, replace(ACCOUNT, key=f"register/r{number + 100}", name=f"Tili {number:03}", address=""))
    enters(world, replace(ACCOUNT, key="register/r999", name="Öljyvahinko-tili"))
    world.asks(EMPLOYEE, "Öljyvahinko-tili on kaapattu")
    opened = world.presses(EMPLOYEE, "incidents/form", KEY).immediate
    assert isinstance(opened, OpenForm)
    values = {f.name: f.value for f in opened.form.fields}
    assert values["account"] == "register/r999"
    assert all(f.value in f.options for f in opened.form.fields if f.type == "choice")
    assert all(len(f.options) <= 100 for f in opened.form.fields)
    world.submits(EMPLOYEE, "incidents/report", opened.form.record, **values)
    assert of(world).account == "register/r999"
    world.presses(IT_MANAGER, "incidents/take", KEY)
    world.asks(IT_MANAGER, "vakavuus 1: matala")
    assert of(world).severity is Severity.LOW


def test_r148_whoever_is_part_of_it_hears_nothing_on_any_way(world: World) -> None:
    """The supervisor leads communications and can log in to the account: to the closing they get nothing."""
    enters(world, replace(ACCOUNT, admins=(MANAGER, SPECIALIST, VICTIM)))
    for person in (MANAGER, ADMINISTRATOR, IT_MANAGER):
        world.bot.handle(Opened(f"h{person}", person, world.platform.direct(person)))
    key = reported(world, SPECIALIST, route="not_supervisor", kind="harassment", account=ACCOUNT.key, text="Vaikea asia.")
    assert of(world, key).excluded == (MANAGER,)
    for _ in range(8):
        world.waits(minutes=15)
    world.presses(IT_MANAGER, "incidents/take", key)
    world.submits(IT_MANAGER, "incidents/write", key, text="Kerro lisää.")
    refused = world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", added=MANAGER)
    assert errors(refused) == {"added": "excluded"}
    refused = world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", offered=MANAGER)
    assert errors(refused) == {"offered": "excluded"}
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", account="none")
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", account=ACCOUNT.key)
    world.submits(IT_MANAGER, "incidents/resolve", key, text="Sovittu.")
    world.submits(SPECIALIST, "incidents/reopen", key, text="Ei sovittu.")
    for _ in range(8):
        world.waits(minutes=15)
    assert got(world, MANAGER) == []
    assert world.platform.to(TEAM) == [], "their team's channel is read by them too"
    assert VICTIM in to(world, name="incidents/protect")
    world.presses(MANAGER, "incidents/list", "", "")
    world.asks(MANAGER, "omat")
    assert "Sinulle näkyviä poikkeamia ei ole" in said(world, MANAGER)
    assert all(b.record != key for s in got(world, MANAGER) for b in _buttons(s.card))
    assert all(b.record != key for b in _buttons(world.platform.homes[MANAGER]))
    assert any(b.record == key for b in _buttons(world.platform.homes[IT_MANAGER]))


def _buttons(card: CardShown) -> list[Any]:
    return [b.button for part in card.parts if part.kind == "buttons" for b in part.buttons]


def test_r148_an_excluded_it_manager_is_climbed_past(world: World) -> None:
    imports(world, employee={"supervisor": IT_MANAGER})
    key = reported(world, route="not_supervisor")
    for _ in range(6):
        world.waits(minutes=15)
    assert got(world, IT_MANAGER) == []
    assert set(of(world, key).told) == {IT_DEPUTY, ABOVE}
    world.presses(IT_MANAGER, "incidents/take", key)
    world.presses(IT_MANAGER, "incidents/list", "", "")
    assert of(world, key).status is Status.REPORTED
    assert "Sinulle näkyviä" in words(world.last(IT_MANAGER))


def test_r148_who_was_added_by_mistake_and_is_excluded_is_not_told_the_outcome(world: World) -> None:
    keeps(world, case(Status.TAKEN, excluded=(SUPERVISOR,), supervisor="", added=(SUPERVISOR, COLLEAGUE)))
    world.submits(IT_MANAGER, "incidents/resolve", KEY, text="Sovittu.")
    assert got(world, SUPERVISOR) == []
    assert "Sovittu." in said(world, COLLEAGUE)


# ── nobody takes it ─────────────────────────────────────────────────────────────────────────────────────────────────

PERIODS = {Severity.HIGH: 10, Severity.NORMAL: 15, Severity.LOW: 60}
TIMES = {
    "on a working day": MONDAY,
    "at night": datetime(2026, 11, 28, 22, 30, tzinfo=UTC),
    "on Christmas Eve": datetime(2026, 12, 24, 16, 0, tzinfo=UTC),
}


def lies(world: World, severity: Severity = Severity.NORMAL) -> str:
    """A report that nobody has taken, of this haste."""
    key = reported(world, kind="malware" if severity is Severity.HIGH else "phishing")
    if severity is Severity.LOW:
        world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", severity="low")
    return key


def alerted(world: World, minutes: int) -> dict[int, set[str]]:
    """Who is alerted in which of the next minutes."""
    found: dict[int, set[str]] = {}
    for minute in range(1, minutes + 1):
        before = new(world)
        world.waits(minutes=1)
        people = to(world, before, "incidents/alert")
        assert not people or set(people.values()) == {1}, "one message a person and round"
        found |= {minute: set(people)} if people else {}
    return found


@pytest.mark.parametrize("when", TIMES)
@pytest.mark.parametrize("severity", Severity)
def test_r146_it_climbs_day_and_night_until_a_named_person_has_it(world: World, severity: Severity, when: str) -> None:
    world.clock.at = TIMES[when]
    key, every = lies(world, severity), PERIODS[severity]
    everybody = {IT_MANAGER, IT_DEPUTY, ABOVE}
    assert alerted(world, 4 * every) == {
        every: {IT_MANAGER, IT_DEPUTY}, 2 * every: everybody, 3 * every: everybody, 4 * every: everybody,
    }  # fmt: skip
    assert "ei ole vielä otettu" in said(world, EMPLOYEE, "incidents/note")
    assert len(got(world, EMPLOYEE, "incidents/note")) == 2, "the reporter hears of each new person, not of each round"
    world.presses(ABOVE, "incidents/take", key)
    assert of(world, key).holder == ABOVE
    assert alerted(world, 2 * every if severity is not Severity.LOW else every) == {}


@pytest.mark.parametrize("when", TIMES)
def test_out_of_hours_the_reporter_is_told_what_happens_and_whom_to_call(world: World, when: str) -> None:
    town = with_plan(world, Plan(call="ICT-päivystys 09 123"))
    town.clock.at = TIMES[when]
    reported(town)
    state = said(town, EMPLOYEE, "incidents/state")
    assert ("Nyt ei ole työaika" in state) == (when != "on a working day")
    assert ("ICT-päivystys 09 123" in state) == (when != "on a working day")
    assert "vien sitä eteenpäin" in state
    assert to(town, name="incidents/alert") == {IT_MANAGER: 1}, "and yet it went at once"


def test_r146_an_it_manager_who_is_away_hears_of_it_in_the_second_round(world: World) -> None:
    imports(world, it_manager={"away": True})
    reported(world)
    assert to(world, name="incidents/alert") == {IT_DEPUTY: 1}
    assert alerted(world, 45) == {15: {IT_DEPUTY, IT_MANAGER}, 30: (top := {IT_DEPUTY, IT_MANAGER, ABOVE}), 45: top}


def test_r146_with_nobody_above_it_is_said_again_and_again(world: World) -> None:
    imports(world, it_manager={"supervisor": ""}, director={"deputy_for": frozenset()})
    reported(world)
    assert alerted(world, 60) == {m: {IT_MANAGER} for m in (15, 30, 45, 60)}
    assert of(world).last("escalate").details == {"value": "2", "times": "4"}  # type: ignore[union-attr]


def test_r146_after_two_days_of_downtime_it_fires_at_once_and_says_that_it_is_late(
    world: World, tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    reported(world)
    world.clock.move(days=2)
    world.store.close()
    again = make_world(tmp_path / "x.db", lexical_guide, renderer, world.clock)
    again.platform.sent = list(world.platform.sent)
    before = new(again)
    again.sender.run_once()
    assert to(again, before, "incidents/alert") == {IT_MANAGER: 1, IT_DEPUTY: 1}
    for person in (IT_MANAGER, IT_DEPUTY, EMPLOYEE):
        assert "myöhässä" in said(again, person, since=before)
    before = new(again)
    again.waits(minutes=15)
    assert to(again, before, "incidents/alert")
    assert "myöhässä" not in said(again, IT_MANAGER, since=before)
    world.store, world.platform = again.store, again.platform


def test_six_hours_without_the_platform_bring_no_flood(world: World) -> None:
    world.platform.failures = [Unreachable("down")] * 100_000
    key = reported(world)
    for _ in range(36):
        world.waits(minutes=10)
    assert of(world, key).level == 2
    world.platform.failures = []
    for _ in range(3):
        world.waits(minutes=4)
    assert got(world, EMPLOYEE, "incidents/state")
    for person in (IT_MANAGER, IT_DEPUTY, ABOVE):
        alerts = got(world, person, "incidents/alert")
        assert 1 <= len(alerts) <= 3, (person, len(alerts))
    world.presses(IT_MANAGER, "incidents/take", key)
    assert of(world, key).status is Status.TAKEN


def test_who_looks_at_the_kind_does_not_put_the_climbing_off(world: World) -> None:
    reported(world)
    world.waits(minutes=14)
    world.submits(IT_DEPUTY, "incidents/manage", f"{KEY}@typed", kind="other")
    before = new(world)
    world.waits(minutes=1)
    assert to(world, before, "incidents/alert") == {IT_MANAGER: 1, IT_DEPUTY: 1}


SILENCE = {
    (Severity.HIGH, "taken"): (MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=4)),
    (Severity.NORMAL, "taken"): (MONDAY + timedelta(hours=4), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
    (Severity.LOW, "taken"): (datetime(2026, 11, 25, 8, 0, tzinfo=UTC), datetime(2026, 11, 27, 8, 0, tzinfo=UTC)),
    (Severity.HIGH, "waiting"): (datetime(2026, 11, 25, 8, 0, tzinfo=UTC), datetime(2026, 11, 27, 8, 0, tzinfo=UTC)),
    (Severity.NORMAL, "contained"): (MONDAY + timedelta(hours=4), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
}
"""When its holder is reminded, and when it goes up: working hours are 8–16 in Helsinki, of the urgent every hour."""


@pytest.mark.parametrize(("severity", "state"), SILENCE)
def test_r146_who_has_it_and_is_silent_is_reminded_and_then_it_goes_up(
    world: World, severity: Severity, state: str
) -> None:
    reminded, up = SILENCE[severity, state]
    key = taken(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", severity=severity.value, state=state)
    before = new(world)
    world.clock.at = reminded - timedelta(seconds=1)
    world.sender.run_once()
    assert to(world, before) == {}
    world.waits(seconds=1)
    assert to(world, before) == {IT_MANAGER: 1}
    assert "odottaa sinua" in said(world, IT_MANAGER, since=before)
    before = new(world)
    world.clock.at = up - timedelta(seconds=1)
    world.sender.run_once()
    assert to(world, before) == {}
    world.waits(seconds=1)
    assert to(world, before) == {IT_MANAGER: 1, IT_DEPUTY: 1}
    world.presses(IT_DEPUTY, "incidents/take", key)
    assert of(world, key).holder == IT_DEPUTY, "who may not take over what somebody has may when it is silent"


DEEDS: dict[str, Callable[[World], Any]] = {
    "writes": lambda w: w.submits(IT_MANAGER, "incidents/write", KEY, text="Selvitän."),
    "changes the state": lambda w: w.submits(IT_MANAGER, "incidents/manage", f"{KEY}@typed", state="contained"),
    "starts a clock": lambda w: w.submits(IT_MANAGER, "incidents/clock", f"{KEY}@gdpr", day="2026-11-23", time="9:00"),
    "decides about the law": lambda w: w.presses(IT_MANAGER, "incidents/noticed", KEY, "nis2"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_of_the_holders_ends_the_silence(world: World, deed: str) -> None:
    taken(world)
    world.submits(IT_MANAGER, "incidents/clock", f"{KEY}@nis2", day="2026-11-23", time="9:00")
    world.waits(hours=4)
    assert of(world).stale
    world.clock.move(minutes=1)
    DEEDS[deed](world)
    assert not of(world).stale
    before = new(world)
    world.clock.at = datetime(2026, 11, 24, 8, 0, 30, tzinfo=UTC)
    world.sender.run_once()
    assert "odottaa sinua" not in said(world, IT_MANAGER, since=before)
    assert to(world, before, "incidents/alert") == {}


@pytest.mark.parametrize("who", [EMPLOYEE, SUPERVISOR, IT_DEPUTY])
def test_the_words_of_others_do_not_end_the_holders_silence(world: World, who: str) -> None:
    taken(world)
    world.waits(hours=4)
    world.submits(who, "incidents/write", KEY, text="Miten käy?")
    assert of(world).stale


def test_the_silence_of_a_holder_who_is_gone_is_told_to_the_it_manager(world: World) -> None:
    key = taken(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", offered=COLLEAGUE)
    world.presses(COLLEAGUE, "incidents/take", key)
    imports(world, informatician=None)
    before = new(world)
    world.waits(hours=4)
    assert to(world, before) == {IT_MANAGER: 1, IT_DEPUTY: 1}


# ── handing over ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_case_that_is_offered_stays_until_it_is_taken(world: World) -> None:
    key = taken(world)
    before = new(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", offered=COLLEAGUE)
    assert to(world, before) == {COLLEAGUE: 1, IT_MANAGER: 1}
    assert of(world, key).holder == IT_MANAGER
    assert "incidents/take" in buttons_of(world.last(COLLEAGUE))
    before = new(world)
    world.presses(COLLEAGUE, "incidents/take", key)
    assert of(world, key).holder == COLLEAGUE
    assert of(world, key).offered == ""
    assert to(world, before) == {COLLEAGUE: 1, IT_MANAGER: 1, EMPLOYEE: 1, SUPERVISOR: 1}
    assert "käsittelijä vaihtui" in said(world, IT_MANAGER, since=before)


@pytest.mark.parametrize("severity", Severity)
def test_an_offer_that_nobody_answers_ends_and_its_holder_is_told(world: World, severity: Severity) -> None:
    key = taken(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", severity=severity.value, offered=COLLEAGUE)
    before = new(world)
    world.waits(minutes=PERIODS[severity] - 1)
    assert to(world, before) == {}
    world.waits(minutes=1)
    assert to(world, before) == {IT_MANAGER: 1}
    assert "Pyydetty henkilö ei ottanut" in said(world, IT_MANAGER, since=before)
    [offer] = got(world, COLLEAGUE, "incidents/alert")
    last = [s for s in world.platform.sent if s.message == offer.message][-1]
    assert "incidents/take" not in buttons_of(last), "the button is gone from who was asked"
    world.presses(COLLEAGUE, "incidents/take", key)
    assert of(world, key).holder == IT_MANAGER


@pytest.mark.parametrize(("written", "found"), [
    ("Apulaisesihenkilö, kirjasto", {DEPUTY}),
    ("Kirjastonhoitaja, kirjasto\nInformaatikko, kirjasto", {VICTIM, COLLEAGUE}),
    ("Kirjastonhoitaja, kirjasto; Informaatikko, kirjasto", {VICTIM, COLLEAGUE}),
    ("librarian,informatician", {VICTIM, COLLEAGUE}),
    ("kirjastonhoitaja@example.org, informaatikko@example.org", {VICTIM, COLLEAGUE}),
    ("Viestintäpäällikkö", {MANAGER}),
    ("", set()),
])  # fmt: skip
def test_people_whose_names_hold_commas_can_be_added(world: World, written: str, found: set[str]) -> None:
    key = taken(world)
    before = new(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", added=written)
    assert set(of(world, key).added) == found
    assert set(to(world, before, "incidents/note")) == found


def test_who_was_added_hears_how_it_goes_on(world: World) -> None:
    key = taken(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", added=COLLEAGUE)
    before = new(world)
    world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", state="contained")
    assert to(world, before) == {IT_MANAGER: 1, EMPLOYEE: 1, SUPERVISOR: 1, COLLEAGUE: 1}
    world.submits(COLLEAGUE, "incidents/write", key, text="Autan.")
    assert of(world, key).messages[-1].person == COLLEAGUE


@pytest.mark.parametrize(("written", "problem"), [("kirjasto", "several"), ("Ei Ketään", "unknown_person"),
                                                  ("librarian,nobody", "unknown_person"), (",", "")])  # fmt: skip
def test_nobody_is_added_by_half_a_name(world: World, written: str, problem: str) -> None:
    key = taken(world)
    handled = world.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", added=written)
    assert not problem or errors(handled) == {"added": problem}
    assert of(world, key).added == ()


# ── who cannot be reached ───────────────────────────────────────────────────────────────────────────────────────────


def unreachable(world: World, *people: str) -> None:
    world.platform.refuses |= {world.platform.direct(p) for p in people}


def test_r146_an_it_manager_who_is_not_reached_is_passed_by_at_once(world: World) -> None:
    unreachable(world, IT_MANAGER)
    key = reported(world)
    assert to(world, name="incidents/alert") == {IT_DEPUTY: 1}
    assert len(got(world, ADMINISTRATOR, "incidents/unheld")) == 1
    assert "kaikkia ei tavoitettu" in said(world, EMPLOYEE, "incidents/note")
    assert of(world, key).fallback
    assert "Toimialueen johtaja" in shown(world, EMPLOYEE, "incidents/state")


def test_r146_when_nobody_is_reached_everybody_is_tried_again(world: World) -> None:
    unreachable(world, IT_MANAGER, IT_DEPUTY, ABOVE, ADMINISTRATOR)
    key = reported(world)
    assert to(world, name="incidents/alert") == {}
    world.waits(minutes=15)
    assert has_timer(world, key, "escalate")
    world.platform.refuses -= {world.platform.direct(IT_MANAGER)}
    world.waits(minutes=15)
    assert to(world, name="incidents/alert") == {IT_MANAGER: 1}
    world.presses(IT_MANAGER, "incidents/take", key)
    assert of(world, key).holder == IT_MANAGER


def test_r147_two_supervisors_who_stand_in_for_one_another_and_are_not_reached(world: World) -> None:
    imports(world, deputy_supervisor={"deputy": SUPERVISOR})
    unreachable(world, SUPERVISOR, DEPUTY)
    reported(world, kind="threat")
    assert to(world, name="incidents/supervisor") == {"director": 1}, "it goes on above them"
    assert of(world).supervisor == "director"
    assert len([d for d in of(world).history if d.move == "unreached"]) == 2


def test_r147_the_deputy_is_told_of_a_threat_when_the_supervisor_is_not_reached(world: World) -> None:
    unreachable(world, SUPERVISOR)
    reported(world, kind="threat")
    assert to(world, name="incidents/supervisor") == {DEPUTY: 1}
    world.presses(DEPUTY, "incidents/show", KEY)
    assert world.last(DEPUTY).card.name == "incidents/case"


def test_a_reporter_who_is_not_reached_loses_no_report(world: World) -> None:
    unreachable(world, EMPLOYEE)
    reported(world)
    assert to(world, name="incidents/alert") == {IT_MANAGER: 1}


# ── no IT manager ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fallback", [(), ("viestintapaallikko@example.org",), ("ei.ole@example.org",)])
@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("deputies", [True, False])
@pytest.mark.parametrize("manager", [True, False])
def test_r146_somebody_always_has_it_to_take(
    world: World, manager: bool, deputies: bool, above: bool, fallback: tuple[str, ...]
) -> None:
    town = with_plan(world, Plan(fallback=fallback))
    imports(
        town,
        it_manager={"roles": frozenset({"it_manager"} if manager else ()), "supervisor": ABOVE if above else ""},
        director={"deputy_for": frozenset({"it_manager"} if deputies else ())},
    )
    key = reported(town)
    known = fallback == ("viestintapaallikko@example.org",)
    other = MANAGER if known else ADMINISTRATOR
    first = IT_MANAGER if manager else IT_DEPUTY if deputies else other
    assert to(town, name="incidents/alert") == {first: 1}
    assert of(town, key).fallback == (not manager and not deputies)
    assert bool(got(town, ADMINISTRATOR, "incidents/unheld")) == (not manager and not deputies)
    assert ("Pääkäyttäjä on saanut tiedon" in said(town, EMPLOYEE)) == (not manager and not deputies)
    for _ in range(4):
        town.waits(minutes=15)
    reached = {IT_MANAGER} if manager else set()
    reached |= {IT_DEPUTY} if deputies else set()
    reached |= {ABOVE} if manager and above else set()
    reached |= {MANAGER} if known else set()
    assert set(of(town, key).told) == (reached or {ADMINISTRATOR})
    assert has_timer(town, key, "escalate")
    town.presses(first, "incidents/take", key)
    assert of(town, key).holder == first


def test_a_municipality_without_anybody_keeps_the_report_and_finds_who_comes(world: World) -> None:
    imports(world, it_manager=None, administrator=None, director={"deputy_for": frozenset()})
    key = reported(world)
    assert of(world, key).told == ()
    assert has_timer(world, key, "escalate")
    people = [replace(p, deputy_for=frozenset({"it_manager"})) if p.id == IT_DEPUTY else p for p in world.store.people()]
    world.store.replace_people(people)
    world.bot.directory.refresh()
    before = new(world)
    world.waits(minutes=15)
    assert to(world, before, "incidents/alert") == {IT_DEPUTY: 1}


# ── waves ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PHISHED = f"Tuli viesti, jossa pyydettiin kirjautumaan: {LINK}"


def crowd(world: World, many: int) -> list[str]:
    """People of the library, so many."""
    people = [
        Person(f"clerk-{n}", f"Virkailija {n}", f"virkailija{n}@example.org", supervisor=SUPERVISOR) for n in range(many)
    ]
    world.store.replace_people([*world.store.people(), *people])
    world.bot.directory.refresh()
    return [p.id for p in people]


def test_fifty_reports_of_one_link_are_one_case_and_no_flood(world: World) -> None:
    people = crowd(world, 50)
    spoken: list[datetime] = []
    for person in people:
        before = new(world)
        reported(world, person, text=PHISHED)
        assert to(world, before)[person] == 1, "each reporter is answered, once"
        spoken += [world.clock.now()] * to(world, before, "incidents/note")[IT_MANAGER]
        before = new(world)
        world.waits(seconds=30)
        spoken += [world.clock.now()] * to(world, before, "incidents/note")[IT_MANAGER]
    world.waits(minutes=5)
    assert all(later - sooner >= timedelta(minutes=5) for sooner, later in pairwise(spoken)), spoken
    assert 5 <= len(spoken) <= 6, "at once, then each five minutes"
    assert "50 ilmoitusta" in words(got(world, IT_MANAGER, "incidents/note")[-1])
    assert len(of(world).twins) == 49
    assert all(of(world, f"incidents/{n}").status is Status.JOINED for n in range(2, 51))
    world.presses(IT_MANAGER, "incidents/take", KEY)
    world.presses(IT_MANAGER, "incidents/show", KEY)
    assert "Samasta asiasta 50 ilmoitusta" in words(world.last(IT_MANAGER))
    before = new(world)
    world.submits(IT_MANAGER, "incidents/resolve", KEY, text="Sivu on suljettu.")
    for number, person in enumerate(people, 1):
        assert "Sivu on suljettu." in said(world, person, since=before)
        assert f"Poikkeama {number} on ratkaistu" in said(world, person, since=before)
    assert to(world, before, "incidents/outcome") == dict.fromkeys((*people, SUPERVISOR), 1)


def test_r146_a_joined_report_goes_to_its_own_supervisor_and_the_duty_is_recorded(world: World) -> None:
    reported(world, MUNICIPAL_SECRETARY, text=PHISHED)
    reported(world, text=PHISHED)
    assert of(world, "incidents/2").leader == KEY
    assert to(world, name="incidents/supervisor") == {MANAGER: 1, SUPERVISOR: 1}
    assert [d.details["to"] for d in of(world, "incidents/2").history if d.move == "duty"] == [SUPERVISOR]


@pytest.mark.parametrize("values", [
    {"kind": "threat"}, {"kind": "harassment"}, {"route": "not_supervisor"}, {"concerned": VICTIM},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_r148_what_is_private_or_hidden_is_nobodys_wave(world: World, values: dict[str, str], first: bool) -> None:
    private, usual = {"text": PHISHED, **values}, {"text": PHISHED}
    reported(world, **(private if first else usual))
    reported(world, COLLEAGUE, **(usual if first else private))
    joined = of(world, "incidents/2").status is Status.JOINED
    assert joined == (first and "concerned" in values), "of two, neither shows the other's reporter anything"
    assert to(world, name="incidents/alert")[IT_MANAGER] == (1 if joined else 2)


def test_two_things_on_the_municipalitys_own_account_are_two_cases(world: World) -> None:
    enters(world)
    reported(world, text="Tilille www.instagram.com/kirjastonkuulumiset tuli outo kommentti.")
    reported(
        world, COLLEAGUE, text="Tili https://www.instagram.com/kirjastonkuulumiset/ on kaapattu.", kind="account_takeover"
    )
    assert of(world, "incidents/2").status is Status.REPORTED
    assert of(world, "incidents/1").marks == ()


def test_a_wave_ends_after_three_days_and_when_its_case_is_closed(world: World) -> None:
    resolved(world, text=PHISHED)
    assert of(world, reported(world, COLLEAGUE, text=PHISHED)).status is Status.REPORTED
    world.clock.move(hours=72)
    assert of(world, reported(world, VICTIM, text=PHISHED)).status is Status.JOINED
    world.clock.move(seconds=1)
    assert of(world, reported(world, SPECIALIST, text=PHISHED)).status is Status.REPORTED


def test_r145_a_report_that_comes_between_is_not_lost_when_its_leader_was_just_closed(world: World) -> None:
    key = resolved(world)
    keeps(world, case(Status.JOINED, key="incidents/2", leader=key, reporter=COLLEAGUE))
    before = new(world)
    world.bot.handle(Joined("j1", COLLEAGUE, "", key, "incidents/2", COLLEAGUE))
    world.sender.run_once()
    assert of(world, key).status is Status.REPORTED
    assert has_timer(world, key, "escalate", "erase", "review") == ["escalate"]
    assert to(world, before, "incidents/alert") == {IT_MANAGER: 1}


def test_r148_the_words_of_a_joined_reporter_reach_the_holder_only(world: World) -> None:
    taken(world, text=PHISHED)
    second = reported(world, MUNICIPAL_SECRETARY, text=PHISHED)
    before = new(world)
    world.submits(MUNICIPAL_SECRETARY, "incidents/write", second, text="Annoin tunnukseni.")
    assert to(world, before) == {MUNICIPAL_SECRETARY: 1, IT_MANAGER: 1, MANAGER: 1}, "its own supervisor sees it as well"
    assert "Annoin tunnukseni." in said(world, IT_MANAGER, since=before)
    for person in (EMPLOYEE, SUPERVISOR):
        world.presses(person, "incidents/show", KEY)
        card = words(world.last(person))
        assert "Annoin tunnukseni." not in card
        assert "Kunnan johtoryhmän sihteeri" not in card
        page = Views(world.bot, world.sender._renderer).case(person, 1)
        assert page
        assert "Annoin tunnukseni." not in page
        assert "Kunnan johtoryhmän sihteeri" not in page
    world.presses(IT_MANAGER, "incidents/show", KEY)
    assert "Annoin tunnukseni." in words(world.last(IT_MANAGER))
    world.presses(MUNICIPAL_SECRETARY, "incidents/show", KEY)
    assert world.last(MUNICIPAL_SECRETARY).card.name == "incidents/refused"


def test_a_joined_reporter_opens_the_closed_case_again(world: World) -> None:
    taken(world, text=PHISHED)
    second = reported(world, COLLEAGUE, text=PHISHED)
    world.submits(IT_MANAGER, "incidents/resolve", KEY, text="Suljettu.")
    before = new(world)
    world.asks(COLLEAGUE, f"avaa uudelleen {second.rpartition('/')[2]}: Se tuli taas.")
    assert of(world).status is Status.REPORTED
    assert to(world, before, "incidents/alert") == {IT_MANAGER: 1}
    assert to(world, before)[COLLEAGUE] == 1


def test_a_report_that_joined_wrongly_is_split_off_and_owes_nothing_to_the_other(world: World) -> None:
    taken(world, text=PHISHED)
    second, third = reported(world, COLLEAGUE, text=PHISHED), reported(world, VICTIM, text=PHISHED)
    world.submits(COLLEAGUE, "incidents/write", second, text="Minulla on toinen asia.")
    before = new(world)
    world.presses(IT_MANAGER, "incidents/split", second)
    assert of(world, second).status is Status.REPORTED
    assert of(world, second).leader == ""
    assert has_timer(world, second, "escalate", "erase")[0] == "escalate"
    assert to(world, before, "incidents/alert") == {IT_MANAGER: 1}
    assert to(world, before)[COLLEAGUE] == 1
    assert [t.key for t in of(world).twins] == [third]
    assert of(world).messages == ()
    assert len([d for d in of(world, second).history if d.move == "duty"]) == 1
    before = new(world)
    world.submits(IT_MANAGER, "incidents/resolve", KEY, text="Sivu on suljettu.")
    assert to(world, before)[COLLEAGUE] == 0, "the other case's outcome is not theirs"
    assert "Sivu on suljettu." in said(world, VICTIM, since=before)
    before = new(world)
    world.submits(COLLEAGUE, "incidents/write", second, text="Kuuluuko mitään?")
    assert of(world).status is Status.RESOLVED
    for _ in range(3):
        world.waits(minutes=15)
    assert set(of(world, second).told) == {IT_MANAGER, IT_DEPUTY, ABOVE}


def test_words_for_an_erased_leader_are_not_kept_in_it(world: World) -> None:
    keeps(world, Record(KEY, "", "", "fi", MONDAY, status=Status.ERASED))
    keeps(world, case(Status.JOINED, key="incidents/2", reporter=COLLEAGUE, leader=KEY))
    world.submits(COLLEAGUE, "incidents/write", "incidents/2", text="Vielä tämä.")
    assert of(world).messages == ()
    assert of(world).history == ()


# ── keeping and erasing ─────────────────────────────────────────────────────────────────────────────────────────────

KEPT = {"text": "Aurinkokello", "outcome": "Mansikkamaa", "message": "Hiihtolatu", "reopen": "Kanootti",
        "cause": "Juhannus", "lessons": "Riihitonttu", "actions": "Kesäkeitto", "reason": "Lumilapio",
        "file": "vaapukka.png"}  # fmt: skip


def lived(world: World, kind: Kind = Kind.PHISHING) -> str:
    """A case with something in every place that words can be in, closed and reviewed."""
    world.platform.files["fake:F1"] = BYTES
    files = json.dumps([{"source": "fake:F1", "name": KEPT["file"], "size": 9}])
    key = reported(world, text=f"{KEPT['text']} {LINK}", kind=kind.value, files=files)
    world.presses(IT_MANAGER, "incidents/take", key)
    world.submits(EMPLOYEE, "incidents/write", key, text=KEPT["message"])
    world.submits(IT_MANAGER, "incidents/resolve", key, text=KEPT["outcome"])
    world.submits(EMPLOYEE, "incidents/reopen", key, text=KEPT["reopen"])
    world.presses(IT_MANAGER, "incidents/take", key)
    world.submits(IT_MANAGER, "incidents/clock", f"{key}@gdpr", day="2026-11-23", time="9:00")
    world.submits(IT_MANAGER, "incidents/unneeded", f"{key}@gdpr", text=KEPT["reason"])
    for person in (EMPLOYEE, IT_MANAGER):
        world.presses(person, "incidents/show", key)
    world.submits(IT_MANAGER, "incidents/resolve", key, text=KEPT["outcome"])
    review = {name: KEPT[name] for name in ("cause", "lessons", "actions")}
    world.submits(IT_MANAGER, "incidents/review", key, **review)
    return key


def is_left(world: World) -> set[str]:
    """What of it is left anywhere in the database."""
    kept = kept_text(world)
    return {name for name, text in {**KEPT, "link": "pahis"}.items() if text in kept}


@pytest.mark.parametrize(("kind", "months"), [*((kind, MONTHS) for kind in Kind), (Kind.THREAT, 6)])
def test_r85_after_its_time_nothing_that_was_written_is_left(
    world: World, folder: EvidenceStore, kind: Kind, months: int
) -> None:
    town = with_plan(world, Plan(retention={} if months == MONTHS else {kind.value: months}), folder)
    key = lived(town, kind)
    assert is_left(town) == {*KEPT, "link"}
    assert folder.path(SHA).exists()
    erased = datetime(2028, 11, 23, 8, 0, tzinfo=UTC) if months == MONTHS else datetime(2027, 5, 23, 8, 0, tzinfo=UTC)
    town.clock.at = erased - timedelta(seconds=1)
    town.sender.run_once()
    assert of(town, key).status is Status.REVIEWED
    town.waits(seconds=1)
    assert of(town, key).status is Status.ERASED
    assert is_left(town) == set()
    assert not folder.path(SHA).exists()
    assert of(town, key).kind is kind, "the figures still count it"
    assert "tiedot on poistettu" in shown(town, EMPLOYEE, "incidents/told")
    for person in (EMPLOYEE, IT_MANAGER):
        town.presses(person, "incidents/show", key)
        assert town.last(person).card.name == "incidents/refused"
    with town.store.unit() as unit:
        assert not any(unit.due(key, name) for name in ("erase", "review", "gdpr", "silent", "escalate", "count", "care"))


def test_a_legal_hold_keeps_it_and_its_end_lets_it_go(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, Plan(retention={"phishing": 1}), folder)
    key = lived(town)
    town.asks(IT_MANAGER, "säilytä 1: esitutkinta")
    town.waits(days=120)
    assert of(town, key).status is Status.REVIEWED
    assert of(town, key).hold == "esitutkinta"
    town.submits(IT_MANAGER, "incidents/manage", f"{key}@typed", hold="")
    town.waits(days=31)
    assert of(town, key).status is Status.ERASED
    assert is_left(town) == set()


def test_a_joined_report_is_erased_as_well(world: World) -> None:
    town = with_plan(world, Plan(retention={"phishing": 2}))
    taken(town, text=PHISHED)
    second = reported(town, COLLEAGUE, text=f"{PHISHED} {KEPT['text']}")
    town.waits(days=62)
    assert of(town, second).status is Status.JOINED, "as long as the case that leads it goes on"
    town.submits(IT_MANAGER, "incidents/resolve", "incidents/1", text="Valmis.")
    town.submits(IT_MANAGER, "incidents/manage", "incidents/1@typed", hold="esitutkinta")
    town.waits(days=31)
    assert of(town, second).status is Status.JOINED, "its leader is held"
    town.submits(IT_MANAGER, "incidents/manage", "incidents/1@typed", hold="")
    town.waits(days=31)
    assert of(town, second).status is Status.ERASED
    assert KEPT["text"] not in kept_text(town)


def test_a_draft_is_forgotten_after_a_day_with_its_files(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    town.platform.files["fake:F1"] = BYTES
    where = town.platform.direct(EMPLOYEE)
    file = Attachment("fake:F1", KEPT["file"])
    town.bot.handle(Asked("a1", EMPLOYEE, where, text=f"Klikkasin outoa linkkiä, {KEPT['text']} {LINK}", files=(file,)))
    town.sender.run_once()
    assert of(town).status is Status.DRAFT
    assert folder.path(SHA).exists()
    town.waits(hours=24, seconds=-1)
    assert of(town).status is Status.DRAFT
    town.waits(seconds=1)
    assert of(town).status is Status.FORGOTTEN
    assert is_left(town) == set()
    assert not folder.path(SHA).exists()
    before = new(town)
    writes(town, EMPLOYEE, got(town, EMPLOYEE)[0], "Vielä tämä.")
    assert to(town, before) == {EMPLOYEE: 1}, "who writes below what is forgotten is told so"


def test_a_file_that_comes_when_its_case_is_gone_is_not_kept(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    town.platform.files["fake:F1"] = BYTES
    town.platform.failures = [Unreachable("slow")]
    where = town.platform.direct(EMPLOYEE)
    town.bot.handle(Asked("a1", EMPLOYEE, where, text="Klikkasin outoa linkkiä", files=(Attachment("fake:F1", "a"),)))
    town.bot.handle(Pressed("p1", EMPLOYEE, where, KEY, "incidents/drop"))
    town.waits(minutes=5)
    assert of(town).status is Status.FORGOTTEN
    assert not folder.path(SHA).exists()


# ── the clocks of the law ───────────────────────────────────────────────────────────────────────────────────────────


def clocked(world: World, law: str = "gdpr", day: str = "2026-11-23", time: str = "10:00") -> str:
    key = taken(world)
    world.submits(IT_MANAGER, "incidents/clock", f"{key}@{law}", day=day, time=time)
    return key


@pytest.mark.parametrize(("law", "hours"), [
    ("gdpr", (48, 66, 72, 96, 120)),
    ("nis2", (18, 24, 48, 66, 72, 96, 120)),
])  # fmt: skip
def test_the_holder_is_reminded_before_at_and_after_the_deadline_until_they_decided(
    world: World, law: str, hours: tuple[int, ...]
) -> None:
    key = clocked(world, law, time="9:59")
    found = []
    for minute in range(-1, 121 * 60):
        world.clock.at = MONDAY + timedelta(minutes=minute)
        due = [t for t in world.store.due_timers(world.clock.now()) if t.name == law]
        if due:
            before = new(world)
            world.sender.run_once()
            assert "Tämä on lakia, ei someohjetta" in said(world, IT_MANAGER, since=before)
            found.append(minute + 1)
    assert found == [h * 60 for h in hours]
    assert "Määräaika päättyi" in said(world, IT_MANAGER)
    for notice in range(1, len(of(world, key).clock(law).hours) + 1):  # type: ignore[union-attr]
        assert has_timer(world, key, law), "each deadline has a notice of its own"
        world.presses(IT_MANAGER, "incidents/noticed", key, law)
        assert of(world, key).clock(law).made == notice  # type: ignore[union-attr]
    assert not has_timer(world, key, law)
    assert of(world, key).clock(law).outcome == "done"  # type: ignore[union-attr]
    before = new(world)
    world.presses(IT_MANAGER, "incidents/noticed", key, law)
    assert "on jo kirjattu" in said(world, IT_MANAGER, since=before)


def test_across_the_change_of_the_clocks_there_are_seventy_two_hours(world: World) -> None:
    world.clock.at = datetime(2026, 3, 27, 10, 0, tzinfo=UTC)
    key = clocked(world, day="2026-03-27", time="12.00")
    assert of(world, key).clock("gdpr").deadlines == (datetime(2026, 3, 30, 10, 0, tzinfo=UTC),)  # type: ignore[union-attr]
    assert "30.3.2026 klo 13.00" in said(world, IT_MANAGER, "incidents/law")
    assert "jäljellä 72 tuntia" in said(world, IT_MANAGER, "incidents/law")


def test_a_reminder_of_the_law_that_is_late_says_so(world: World) -> None:
    clocked(world)
    before = new(world)
    world.waits(hours=75)
    assert "Tämä muistutus on myöhässä" in said(world, IT_MANAGER, since=before)


@pytest.mark.parametrize(("day", "time", "field"), [
    ("2026-11-23", "10:01", "day"), ("2026-11-24", "0:00", "day"), ("9999-12-31", "23:59", "day"),
    ("2026-11-23", "25:00", "time"), ("2026-11-23", "x:yz", "time"), ("0001-01-01", "0:00", "time"),
    ("23.11.", "9:00", "day"),
    ("", "9:00", "day"), ("2026-11-23", "", "time"), ("2026-11-23", "09:00:00", "time"),
])  # fmt: skip
def test_a_clock_is_started_with_a_real_moment_of_the_past(world: World, day: str, time: str, field: str) -> None:
    key = taken(world)
    assert set(errors(world.submits(IT_MANAGER, "incidents/clock", f"{key}@gdpr", day=day, time=time))) == {field}
    assert of(world, key).clocks == ()


def test_each_law_has_one_clock_and_a_joined_report_none(world: World) -> None:
    key = clocked(world)
    world.submits(IT_MANAGER, "incidents/clock", f"{key}@gdpr", day="2026-11-22", time="10:00")
    world.submits(IT_MANAGER, "incidents/clock", f"{key}@moon", day="2026-11-22", time="10:00")
    assert [(c.law, c.aware_at) for c in of(world, key).clocks] == [("gdpr", MONDAY)]
    keeps(world, case(Status.JOINED, key="incidents/2"))
    world.submits(IT_MANAGER, "incidents/clock", "incidents/2@gdpr", day="2026-11-22", time="10:00")
    assert of(world, "incidents/2").clocks == ()


def test_that_no_notice_is_needed_wants_a_reason_and_the_draft_is_filled_in(world: World) -> None:
    town = with_plan(world, Plan(protection_officer="tietosuoja@tuusula.fi"))
    key = clocked(town)
    town.presses(IT_MANAGER, "incidents/notice", key, "gdpr")
    draft = words(town.last(IT_MANAGER))
    for part in ("Tuusulan kunta", "tietosuoja@tuusula.fi", "Klikkasin outoa linkkiä.", "33 artikla"):
        assert part in draft
    assert set(errors(town.submits(IT_MANAGER, "incidents/unneeded", f"{key}@gdpr", text=" "))) == {"text"}
    town.submits(IT_MANAGER, "incidents/unneeded", f"{key}@gdpr", text="Riskiä ei ole.")
    clock = of(town, key).clock("gdpr")
    assert clock
    assert (clock.outcome, clock.reason, clock.decided_by) == ("not_needed", "Riskiä ei ole.", IT_MANAGER)


def test_a_deadline_is_not_told_to_somebody_on_leave_alone(world: World) -> None:
    clocked(world)
    imports(world, it_manager={"away": True})
    before = new(world)
    world.clock.move(hours=48)
    world.sender.run_once()
    assert "lain määräaika" in said(world, IT_MANAGER, since=before)
    assert "lain määräaika" in said(world, IT_DEPUTY, since=before)


def test_a_deadline_of_a_case_that_nobody_has_goes_to_those_who_were_given_it(world: World) -> None:
    key = clocked(world)
    world.submits(IT_MANAGER, "incidents/resolve", key, text="Valmis.")
    world.submits(EMPLOYEE, "incidents/reopen", key, text="Ei ole.")
    before = new(world)
    world.waits(hours=48)
    assert "lain määräaika" in said(world, IT_MANAGER, "incidents/note", since=before)


# ── evidence ────────────────────────────────────────────────────────────────────────────────────────────────────────


def told_with(world: World, *files: Attachment, key: str = "a1", person: str = EMPLOYEE) -> None:
    where = world.platform.direct(person)
    world.bot.handle(Asked(key, person, where, text="ilmoita klikkasin outoa linkkiä", files=files))
    world.sender.run_once()


def test_a_file_is_put_by_with_its_checksum_and_shown_to_who_may_see_it(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    town.platform.files["fake:F1"] = BYTES
    told_with(town, Attachment("fake:F1", "kuva.png"))
    [file] = of(town).evidence
    assert (file.sha256, file.size, file.lost) == (SHA, len(BYTES), False)
    town.presses(IT_MANAGER, "incidents/show", KEY)
    assert SHA in words(town.last(IT_MANAGER))
    assert Views(town.bot, town.sender._renderer).file_name(IT_MANAGER, 1, SHA) == "kuva.png"
    assert Views(town.bot, town.sender._renderer).file_name(COLLEAGUE, 1, SHA) == ""


@pytest.mark.parametrize(("name", "checksum"), [(SHA, SHA), ("z" * 64, ""), (SHA.upper(), ""), ("a" * 63, ""), ("", "")])
def test_what_lies_on_our_own_page_has_its_checksum_and_nothing_else_passes_for_one(
    world: World, folder: EvidenceStore, name: str, checksum: str
) -> None:
    town = with_plan(world, None, folder)
    files = json.dumps([{"source": f"web:{name}", "name": "kuva.png", "size": 9}])
    key = reported(town, files=files)
    assert [e.sha256 for e in of(town, key).evidence] == [checksum]


def test_a_file_that_cannot_be_had_is_told_to_who_sent_it(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    told_with(town, Attachment("fake:gone", "kuva.png"))
    assert of(town).evidence[0].lost
    assert "kuva.png ei saatu talteen" in said(town, EMPLOYEE, "incidents/note")


def test_the_same_picture_in_two_cases_stays_until_both_are_erased(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, Plan(retention={"phishing": 1, "malware": 2}), folder)
    town.platform.files["fake:F1"] = town.platform.files["fake:F2"] = BYTES
    for number, kind in ((1, "phishing"), (2, "malware")):
        files = json.dumps([{"source": f"fake:F{number}", "name": "a.png", "size": 0}])
        resolved(town, kind=kind, files=files)
    town.waits(days=32)
    assert [of(town, f"incidents/{n}").status for n in (1, 2)] == [Status.ERASED, Status.RESOLVED]
    assert folder.path(SHA).exists()
    town.waits(days=32)
    assert of(town, "incidents/2").status is Status.ERASED
    assert not folder.path(SHA).exists()


def test_a_file_alone_belongs_to_what_was_told_last_and_the_same_one_counts_once(
    world: World, folder: EvidenceStore
) -> None:
    town = with_plan(world, None, folder)
    town.platform.files["fake:F1"] = BYTES
    told_with(town)
    where = town.platform.direct(EMPLOYEE)
    for key in ("f1", "f2"):
        before = new(town)
        town.bot.handle(Asked(key, EMPLOYEE, where, text="", files=(Attachment("fake:F1", "kuva.png"),)))
        town.sender.run_once()
        assert to(town, before)[EMPLOYEE] == 1
    assert [e.sha256 for e in of(town).evidence] == [SHA]


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FORMS: dict[str, tuple[str, Status, dict[str, str]]] = {
    "report": (EMPLOYEE, Status.DRAFT, {"text": SECRET, "kind": "phishing", "route": "both", "link": SECRET}),
    "report with an error": (
        EMPLOYEE,
        Status.DRAFT,
        {"text": SECRET, "kind": "phishing", "route": "both", "concerned": SECRET, "link": SECRET},
    ),
    "write": (EMPLOYEE, Status.TAKEN, {"text": SECRET}),
    "write too much": (EMPLOYEE, Status.TAKEN, {"text": SECRET + " a" * 2000}),
    "write too late": (EMPLOYEE, Status.RESOLVED, {"text": SECRET}),
    "manage": (IT_MANAGER, Status.TAKEN, {"hold": SECRET[:300]}),
    "manage with an error": (IT_MANAGER, Status.TAKEN, {"hold": SECRET, "added": SECRET, "offered": SECRET}),
    "resolve": (IT_MANAGER, Status.TAKEN, {"text": SECRET}),
    "resolve too much": (IT_MANAGER, Status.TAKEN, {"text": SECRET + " a" * 2000}),
    "resolve too late": (IT_MANAGER, Status.RESOLVED, {"text": SECRET}),
    "reopen": (EMPLOYEE, Status.RESOLVED, {"text": SECRET}),
    "reopen too late": (EMPLOYEE, Status.REPORTED, {"text": SECRET}),
    "review": (IT_MANAGER, Status.RESOLVED, {"cause": SECRET, "lessons": SECRET, "actions": SECRET}),
    "review too much": (
        IT_MANAGER,
        Status.RESOLVED,
        {"cause": SECRET + " a" * 2000, "lessons": SECRET, "actions": SECRET},
    ),
    "review too late": (IT_MANAGER, Status.TAKEN, {"cause": SECRET}),
    "clock": (IT_MANAGER, Status.TAKEN, {"day": SECRET, "time": SECRET}),
    "unneeded": (IT_MANAGER, Status.TAKEN, {"text": SECRET}),
    "unneeded too much": (IT_MANAGER, Status.TAKEN, {"text": SECRET + " a" * 2000}),
}
"""Every form with a secret in every field that takes words: the form, who sends it, and the state of the case."""


@pytest.mark.parametrize("name", FORMS)
def test_r86_r139_no_field_of_a_form_lets_a_secret_into_the_database(world: World, name: str) -> None:
    person, status, values = FORMS[name]
    keeps(world, case(status, clocks=(Clock("gdpr", MONDAY, (72,), IT_MANAGER),) if "unneeded" in name else ()))
    form = name.split()[0]
    record = f"{KEY}@draft" if form == "report" else f"{KEY}@gdpr" if form in ("clock", "unneeded") else KEY
    handled = world.submits(person, f"incidents/{form}", record, **values)
    assert not [s for s in SECRETS if s in kept_text(world)]
    if "error" in name or "too much" in name:
        assert isinstance(handled.immediate, FieldErrors)
        assert "[…]" in str(handled.immediate.form)


def test_r86_r139_no_words_and_no_file_name_let_a_secret_into_the_database(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    where = town.platform.direct(EMPLOYEE)
    file = Attachment("fake:F1", f"{IDENTITY_CODE}.png")
    events = [
        Asked("s1", EMPLOYEE, where, text=f"Klikkasin outoa linkkiä, {SECRET}", files=(file,)),
        Asked("s2", EMPLOYEE, where, text=f"ilmoita klikkasin outoa linkkiä, {SECRET}", files=(file,)),
        Flagged("s3", EMPLOYEE, where, text=SECRET, link=LINK, files=(file,)),
        Commented("s4", EMPLOYEE, where, "incidents/1", SECRET, "offer", files=(file,)),
        Commented("s5", EMPLOYEE, where, "incidents/2", SECRET, "state", files=(file,)),
        Pressed("s6", EMPLOYEE, where, "", "incidents/list", SECRET),
        Pressed("s7", EMPLOYEE, where, "incidents/1", "incidents/form"),
        Pressed("s8", EMPLOYEE, where, "", "incidents/begin", SECRET[:20]),
    ]
    for event in events:
        town.bot.handle(event)
    town.sender.run_once()
    assert not [s for s in SECRETS if s in kept_text(town)]
    assert "niitä ei tallenneta" in said(town, EMPLOYEE)
    assert of(town, "incidents/1").veiled


def test_only_what_had_a_secret_is_said_to_have_had_one(world: World) -> None:
    key = taken(world)
    long = "Pitkä kertomus. " * 300
    for text, secret in ((long, False), (SECRET, True), ("Hei.", False)):
        before = new(world)
        world.bot.handle(Commented(f"c{len(text)}", EMPLOYEE, world.platform.direct(EMPLOYEE), key, text, "state"))
        world.sender.run_once()
        assert ("Poistin siitä" in said(world, EMPLOYEE, since=before)) == secret


# ── each deed once, and one answer to each ──────────────────────────────────────────────────────────────────────────

DEEDS_OF_PEOPLE: dict[str, tuple[str, Status, str, str, dict[str, str]]] = {
    "report": (EMPLOYEE, Status.DRAFT, "incidents/report", "both", {}),
    "straight": (EMPLOYEE, Status.DRAFT, "incidents/report", "it_manager", {}),
    "form": (EMPLOYEE, Status.DRAFT, "incidents/report@draft", "", {"text": "Jotain.", "kind": "other", "route": "both"}),
    "drop": (EMPLOYEE, Status.DRAFT, "incidents/drop", "", {}),
    "new form": (
        EMPLOYEE,
        Status.RESOLVED,
        "incidents/report@new",
        "",
        {"text": "Jotain.", "kind": "other", "route": "told"},
    ),
    "start": (EMPLOYEE, Status.RESOLVED, "incidents/begin", "", {}),
    "choose": (EMPLOYEE, Status.DRAFT, "incidents/choose", "threat", {}),
    "show": (EMPLOYEE, Status.TAKEN, "incidents/show", "", {}),
    "show joined": (EMPLOYEE, Status.JOINED, "incidents/show", "", {}),
    "show to a supervisor": (SUPERVISOR, Status.TAKEN, "incidents/show", "", {}),
    "show to nobody": (COLLEAGUE, Status.TAKEN, "incidents/show", "", {}),
    "list": (EMPLOYEE, Status.TAKEN, "incidents/list", "", {}),
    "take": (IT_MANAGER, Status.REPORTED, "incidents/take", "", {}),
    "take twice": (IT_MANAGER, Status.TAKEN, "incidents/take", "", {}),
    "take what another has": (IT_DEPUTY, Status.TAKEN, "incidents/take", "", {}),
    "take what is not one's": (COLLEAGUE, Status.REPORTED, "incidents/take", "", {}),
    "write": (EMPLOYEE, Status.TAKEN, "incidents/write", "", {"text": "Lisää."}),
    "write as the holder": (IT_MANAGER, Status.TAKEN, "incidents/write", "", {"text": "Lisää."}),
    "write nothing": (EMPLOYEE, Status.TAKEN, "incidents/write", "", {"text": " "}),
    "write too late": (EMPLOYEE, Status.RESOLVED, "incidents/write", "", {"text": "Lisää."}),
    "write in a joined one": (EMPLOYEE, Status.JOINED, "incidents/write", "", {"text": "Lisää."}),
    "open a form": (IT_MANAGER, Status.TAKEN, "incidents/manage", "", {}),
    "manage": (IT_MANAGER, Status.TAKEN, "incidents/manage", "", {"severity": "high", "state": "waiting"}),
    "manage nothing": (IT_MANAGER, Status.TAKEN, "incidents/manage", "", {"severity": "normal"}),
    "hand over": (IT_MANAGER, Status.TAKEN, "incidents/manage", "", {"offered": COLLEAGUE}),
    "add": (IT_MANAGER, Status.TAKEN, "incidents/manage", "", {"added": COLLEAGUE}),
    "resolve": (IT_MANAGER, Status.TAKEN, "incidents/resolve", "", {"text": "Valmis."}),
    "resolve for the holder": (IT_DEPUTY, Status.TAKEN, "incidents/resolve", "", {"text": "Valmis."}),
    "resolve too soon": (IT_MANAGER, Status.REPORTED, "incidents/resolve", "", {"text": "Valmis."}),
    "reopen": (EMPLOYEE, Status.RESOLVED, "incidents/reopen", "", {"text": "Ei ole."}),
    "reopen as who had it": (IT_MANAGER, Status.RESOLVED, "incidents/reopen", "", {"text": "Ei ole."}),
    "review": (IT_MANAGER, Status.RESOLVED, "incidents/review", "", {"cause": "Kiire."}),
    "the law": (IT_MANAGER, Status.TAKEN, "incidents/law", "", {}),
    "a clock": (IT_MANAGER, Status.TAKEN, "incidents/clock@gdpr", "", {"day": "2026-11-23", "time": "9:00"}),
    "a notice": (IT_MANAGER, Status.TAKEN, "incidents/notice", "gdpr", {}),
    "noticed": (IT_MANAGER, Status.TAKEN, "incidents/noticed", "nis2", {}),
    "not needed": (IT_MANAGER, Status.TAKEN, "incidents/unneeded@nis2", "", {"text": "Riskiä ei ole."}),
    "split": (IT_DEPUTY, Status.JOINED, "incidents/split", "", {}),
    "figures": (IT_MANAGER, Status.TAKEN, "incidents/figures", "", {}),
    "figures for nobody": (EMPLOYEE, Status.TAKEN, "incidents/figures", "", {}),
    "what no card knows": (IT_MANAGER, Status.TAKEN, "incidents/dance", "", {}),
}
"""What people do: who, the case's state, the press or the form (`@` what follows the key), its value or values."""


def deed_of(name: str, world: World, key: str) -> Event:
    person, status, action, value, values = DEEDS_OF_PEOPLE[name]
    keeps(world, case(status, clocks=(Clock("nis2", MONDAY, (24, 72), IT_MANAGER),)))
    action, _, more = action.partition("@")
    record = "" if action in ("incidents/begin", "incidents/list", "incidents/figures") or more == "new" else KEY
    record = f"{record}@{more}" if more not in ("", "new") else record
    where = world.platform.direct(person)
    if values:
        return Submitted(key, person, where, record, action, values)
    return Pressed(key, person, where, record, action, value)


@pytest.mark.parametrize("name", DEEDS_OF_PEOPLE)
def test_each_deed_has_one_visible_answer_and_a_second_delivery_changes_nothing(world: World, name: str) -> None:
    event = deed_of(name, world, "twice")
    handled = world.bot.handle(event)
    world.sender.run_once()
    visible = to(world)[event.person] + (handled.immediate is not None)
    assert visible == 1, [s.card.name for s in got(world, event.person)]
    before, count = kept_text(world, "records", "journal", "timers", "outbox"), new(world)
    again = world.bot.handle(event)
    world.sender.run_once()
    assert again.immediate == handled.immediate
    assert new(world) == count
    assert kept_text(world, "records", "journal", "timers", "outbox") == before


@pytest.mark.parametrize("name", DEEDS_OF_PEOPLE)
def test_in_a_channel_others_see_nothing_of_a_case(world: World, name: str) -> None:
    event = replace(deed_of(name, world, "public"), conversation="fake:team:hall")
    world.bot.handle(event)
    world.sender.run_once()
    assert [s for s in world.platform.to("fake:team:hall") if s.kind != "whisper" or s.person != event.person] == []
    assert "pahis" not in "".join(words(s) for s in world.platform.to("fake:team:hall"))


@pytest.mark.parametrize(
    "timer", ["escalate", "silent", "offer", "count", "care", "gdpr", "review", "erase", "forget", "x"]
)
def test_a_timer_of_any_name_in_any_state_harms_nothing_and_fires_once(world: World, timer: str) -> None:
    ends = {(Status.DRAFT, "forget"): Status.FORGOTTEN} | {
        (status, "erase"): Status.ERASED for status in (Status.JOINED, Status.RESOLVED, Status.REVIEWED)
    }
    for number, status in enumerate(Status, 1):
        key = keeps(world, case(status, key=f"incidents/{number}")).key
        event = Elapsed(f"t{number}", "", "", key, timer)
        world.bot.handle(event)
        world.sender.run_once()
        before, count = of(world, key), new(world)
        world.bot.handle(event)
        world.sender.run_once()
        assert of(world, key) == before
        assert new(world) == count
        assert before.status is ends.get((status, timer), status)


ODD = ("", "x" * 20_000, "\x00\ufffd\u202e😱", "incidents/999", "a,b;c\n\n,", "2026-02-30", "[1, {}]")
FIELDS = ("text", "kind", "link", "files", "account", "concerned", "route", "severity", "state", "offered", "added",
          "hold", "cause", "lessons", "actions", "day", "time")  # fmt: skip
ANY_FORM = ("report", "write", "manage", "resolve", "reopen", "review", "clock", "unneeded", "dance")
ANY_PRESS = ("begin", "choose", "show", "take", "manage", "law", "clock", "notice", "noticed", "unneeded", "split",
             "list", "figures", "report", "form", "document", "dance")  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda o: repr(o)[:20])
@pytest.mark.parametrize(("status", "person"), [
    (Status.DRAFT, EMPLOYEE), (Status.REPORTED, IT_MANAGER), (Status.TAKEN, IT_MANAGER), (Status.RESOLVED, IT_MANAGER),
    (Status.JOINED, IT_MANAGER), (Status.ERASED, EMPLOYEE), (Status.TAKEN, "nobody.at.all"),
])  # fmt: skip
def test_odd_values_break_nothing_and_lose_no_case(world: World, status: Status, person: str, odd: str) -> None:
    keeps(world, case(status))
    where = world.platform.direct(person)
    for form in ANY_FORM:
        for record in (KEY, f"{KEY}@{odd[:50]}"):
            world.bot.handle(
                Submitted(f"{form}{record}", person, where, record, f"incidents/{form}", dict.fromkeys(FIELDS, odd))
            )
    for action in ANY_PRESS:
        for record in (KEY, odd[:50]):
            world.bot.handle(Pressed(f"{action}{record}{odd}", person, where, record, f"incidents/{action}", odd))
    world.sender.run_once()
    record_ = of(world)
    assert record_.status is not Status.REPORTED or status is Status.REPORTED or has_timer(world, KEY, "escalate")
    assert record_.holder or record_.status not in (Status.TAKEN, Status.WAITING, Status.CONTAINED)
    assert all(k.key == KEY or "@" not in k.key for k in world.store.records("incidents", limit=1000))


# ── lists, figures, the document ────────────────────────────────────────────────────────────────────────────────────


def listed(world: World, person: str, words_: str = "") -> list[str]:
    world.presses(person, "incidents/list", "", words_)
    return [b.record for b in _buttons(world.last(person).card) if b.action == "incidents/show"]


def test_the_list_has_the_open_ones_first_and_finds_by_words_number_link_and_name(world: World) -> None:
    resolved(world, text="Ensimmäinen asia.")
    world.clock.move(minutes=1)
    reported(world, COLLEAGUE, text=f"Toinen asia {LINK}", kind="malware")
    world.clock.move(minutes=1)
    reported(world, VICTIM, text="Kolmas asia.")
    assert listed(world, IT_MANAGER) == ["incidents/3", "incidents/2", "incidents/1"]
    for wanted, found in {
        "KOLMAS": ["incidents/3"], "pahis.example.net": ["incidents/2"], "malware": ["incidents/2"],
        "informaatikko": ["incidents/2"], "asia.": ["incidents/3", "incidents/1"],
        "Salasana vaihdettiin": ["incidents/1"], "ei löydy": [], " toinen ": ["incidents/2"],
    }.items():  # fmt: skip
        assert listed(world, IT_MANAGER, wanted) == found, wanted
    assert listed(world, COLLEAGUE) == ["incidents/2"]
    assert listed(world, COLLEAGUE, "kolmas") == []
    assert "Rajaa kirjoittamalla" not in words(world.last(COLLEAGUE))


def test_a_long_list_shows_ten_and_says_how_many_there_are(world: World) -> None:
    for _ in range(12):
        reported(world, COLLEAGUE)
    assert len(listed(world, IT_MANAGER)) == 10
    assert "(12)" in words(world.last(IT_MANAGER))


def test_the_figures_count_by_month_and_kind_without_names_and_outlive_erasing(world: World) -> None:
    town = with_plan(world, Plan(retention={"phishing": 1}))
    key = reported(town, text="Salainen.")
    town.clock.move(minutes=6)
    town.presses(IT_MANAGER, "incidents/take", key)
    town.submits(IT_MANAGER, "incidents/resolve", key, text="Valmis.")
    reported(town, COLLEAGUE, text="Toinen.", kind="threat")
    town.asks(EMPLOYEE, TOLD_IN_WORDS[Kind.PHISHING])
    town.clock.at = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
    town.sender.run_once()
    assert of(town, key).status is Status.ERASED
    reported(town, VICTIM, text="Kolmas.")
    town.presses(IT_MANAGER, "incidents/figures", "")
    figures = words(town.last(IT_MANAGER))
    assert "11/2026: 2" in figures
    assert "1/2027: 1" in figures
    assert "6 minuutissa" in figures
    for name in ("kirjasto", "Informaatikko", "Tietohallintopäällikkö", "Salainen", "Toinen"):
        assert name not in figures
    town.clock.at = datetime(2027, 12, 1, 8, 0, tzinfo=UTC)
    town.presses(IT_MANAGER, "incidents/figures", "")
    assert "11/2026" not in words(town.last(IT_MANAGER)), "the last twelve months"


def test_the_document_has_all_that_was_said_and_done(world: World, folder: EvidenceStore) -> None:
    town = with_plan(world, None, folder)
    lived(town)
    for number in range(12):
        town.submits(EMPLOYEE, "incidents/reopen", KEY, text=f"Kerta {number}.")
        town.presses(IT_MANAGER, "incidents/take", KEY)
        town.submits(IT_MANAGER, "incidents/resolve", KEY, text="Taas valmis.")
    page = Views(town.bot, town.sender._renderer).case(IT_MANAGER, 1)
    for text in (
        KEPT["message"],
        KEPT["cause"],
        KEPT["file"],
        SHA,
        "Kerta 0.",
        "Kerta 11.",
        "hxxps://pahis[.]example[.]net",
    ):
        assert text in page, text
    assert "https://pahis" not in page
    assert Views(town.bot, town.sender._renderer).case(COLLEAGUE, 1) == ""
    assert Views(town.bot, town.sender._renderer).case(IT_MANAGER, 99) == ""
    assert "Exported" in {e.event for e in town.store.journal()}


# ── words for every button, in three languages ──────────────────────────────────────────────────────────────────────

WORDS_FOR: dict[str, tuple[Status, str, tuple[str, ...], Callable[[Record], bool] | str]] = {
    "report": (Status.DRAFT, EMPLOYEE, ("ilmoita 1", "anmäl 1", "report 1"), lambda r: r.status is Status.REPORTED),
    "drop": (
        Status.DRAFT,
        EMPLOYEE,
        ("älä ilmoita 1", "anmäl inte 1", "do not report 1"),
        lambda r: r.status is Status.FORGOTTEN,
    ),
    "show": (
        Status.TAKEN,
        EMPLOYEE,
        ("poikkeama 1", "näytä tapaus #1", "visa incident 1", "ärende 1", "show case 1.", "incident 1"),
        "incidents/case",
    ),
    "take": (
        Status.REPORTED,
        IT_MANAGER,
        (
            "otan poikkeaman 1",
            "Otan tapauksen 1!",
            "ota poikkeama 1",
            "ota tapaus 1",
            "jag tar incident 1",
            "ta ärende 1",
            "take case 1",
        ),
        lambda r: r.holder == IT_MANAGER,
    ),
    "law": (Status.TAKEN, IT_MANAGER, ("määräajat 1", "tidsfrister 1", "deadlines 1"), "incidents/law"),
    "split": (Status.JOINED, IT_DEPUTY, ("erota 1", "skilj 1", "split 1"), lambda r: r.status is Status.REPORTED),
    "notice": (
        Status.TAKEN,
        IT_MANAGER,
        (
            "ilmoitusluonnos 1",
            "utkast till anmälan 1",
            "draft notice 1",
            "nis2-luonnos 1",
            "nis2-utkast 1",
            "nis2 draft 1",
        ),
        "incidents/notice",
    ),
    "noticed": (
        Status.TAKEN,
        IT_MANAGER,
        ("ilmoitus tehty 1", "anmälan gjord 1", "notice made 1"),
        lambda r: r.clocks[0].outcome == "done",
    ),
    "noticed of nis2": (
        Status.TAKEN,
        IT_MANAGER,
        ("nis2-ilmoitus tehty 1", "nis2-anmälan gjord 1", "nis2 notice made 1"),
        lambda r: r.clocks[1].outcome == "done",
    ),
    "not needed": (
        Status.TAKEN,
        IT_MANAGER,
        ("ei ilmoitusta 1: Riskiä ei ole.", "ingen anmälan 1: Ingen risk.", "no notice 1: No risk."),
        lambda r: r.clocks[0].outcome == "not_needed",
    ),
    "not needed of nis2": (
        Status.TAKEN,
        IT_MANAGER,
        ("ei nis2-ilmoitusta 1: Ei kuulu.", "ingen nis2-anmälan 1: Nej.", "no nis2 notice 1: No."),
        lambda r: r.clocks[1].outcome == "not_needed",
    ),
    "write": (
        Status.TAKEN,
        EMPLOYEE,
        ("viesti 1: Hei.", "meddelande 1: Hei.", "message 1: Hei."),
        lambda r: r.messages[-1].text == "Hei.",
    ),
    "resolve": (
        Status.TAKEN,
        IT_MANAGER,
        ("ratkaistu 1: Ok.", "löst 1: Ok.", "resolved 1: Ok."),
        lambda r: r.outcome == "Ok.",
    ),
    "reopen": (
        Status.RESOLVED,
        EMPLOYEE,
        ("avaa uudelleen 1: Ei.", "öppna igen 1: Nej.", "reopen 1: No."),
        lambda r: r.status is Status.REPORTED,
    ),
    "review": (
        Status.RESOLVED,
        IT_MANAGER,
        ("arvio 1: Kiire.", "utvärdering 1: Kiire.", "review 1: Kiire."),
        lambda r: r.review["cause"] == "Kiire.",
    ),
    "hand over": (
        Status.TAKEN,
        IT_MANAGER,
        ("luovuta 1: Informaatikko, kirjasto", "överlåt 1: informaatikko@example.org", "hand over 1: informatician"),
        lambda r: r.offered == COLLEAGUE,
    ),
    "add": (
        Status.TAKEN,
        IT_MANAGER,
        (
            "lisää tapaukseen 1: Informaatikko, kirjasto",
            "lägg till i ärende 1: informatician",
            "add to case 1: informaatikko@example.org",
        ),
        lambda r: r.added == (COLLEAGUE,),
    ),
    "haste": (
        Status.TAKEN,
        IT_MANAGER,
        ("vakavuus 1: kiireellinen", "allvar 1: hög", "severity 1: urgent", "vakavuus 1: high"),
        lambda r: r.severity is Severity.HIGH,
    ),
    "little haste": (
        Status.TAKEN,
        IT_MANAGER,
        ("vakavuus 1: matala", "allvar 1: låg", "severity 1: low."),
        lambda r: r.severity is Severity.LOW,
    ),
    "state": (
        Status.TAKEN,
        IT_MANAGER,
        ("tila 1: odottaa", "läge 1: väntar", "state 1: waiting"),
        lambda r: r.status is Status.WAITING,
    ),
    "contained": (
        Status.TAKEN,
        IT_MANAGER,
        ("tila 1: rajattu", "läge 1: begränsad", "state 1: contained"),
        lambda r: r.status is Status.CONTAINED,
    ),
    "going on": (
        Status.WAITING,
        IT_MANAGER,
        ("tila 1: tutkitaan", "läge 1: utreds", "state 1: investigating"),
        lambda r: r.status is Status.TAKEN,
    ),
    "hold": (
        Status.TAKEN,
        IT_MANAGER,
        ("säilytä 1: esitutkinta", "spara 1: esitutkinta", "keep 1: esitutkinta"),
        lambda r: r.hold == "esitutkinta",
    ),
    "list": (
        Status.TAKEN,
        EMPLOYEE,
        ("poikkeamat", "tapaukset outoa", "incidenter", "incidents outoa"),
        "incidents/list",
    ),
    "figures": (
        Status.TAKEN,
        IT_MANAGER,
        ("poikkeamien luvut", "incidentstatistik", "incident figures"),
        "incidents/figures",
    ),
    "begin": (
        Status.TAKEN,
        EMPLOYEE,
        (
            "poikkeama",
            "ilmoita",
            "tietoturvailmoitus",
            "incident",
            "anmäl",
            "report",
            "Ilmoita poikkeamasta",
            "ilmoita tietoturvapoikkeamasta.",
            "Anmäl incident",
            "Report an incident",
            "report a security incident",
        ),
        "incidents/start",
    ),
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, (_, _, texts, _) in WORDS_FOR.items() for text in texts]
)
def test_words_do_what_a_button_does(world: World, name: str, text: str) -> None:
    status, person, _, done = WORDS_FOR[name]
    made = MONDAY - timedelta(hours=1)
    clocks = tuple(Clock(law, made, (72,), IT_MANAGER) for law in ("gdpr", "nis2"))
    keeps(world, case(status, clocks=clocks, made_at=made))
    before = new(world)
    world.clock.move(minutes=31)
    world.asks(person, text)
    assert to(world, before)[person] == 1
    if isinstance(done, str):
        assert world.last(person).card.name == done
    else:
        assert done(of(world)), of(world)


@pytest.mark.parametrize("text", ["käsittely 1", "henkilötietoja 1", "nis2 1", "hantera 1", "personuppgifter 1",
                                  "manage 1", "personal data 1"])  # fmt: skip
def test_words_that_open_a_form_open_it(world: World, text: str) -> None:
    keeps(world, case(Status.TAKEN))
    assert isinstance(world.asks(IT_MANAGER, text).immediate, OpenForm)


@pytest.mark.parametrize("text", ["ratkaistu 1: ", "vakavuus 1: sininen", "tila 1: hukassa", "luovuta 1: Ei Ketään"])
def test_words_that_are_wrong_are_answered_in_words(world: World, text: str) -> None:
    keeps(world, case(Status.TAKEN))
    handled = world.asks(IT_MANAGER, text)
    assert handled.immediate is None
    assert to(world) == {IT_MANAGER: 1}
    assert of(world) == case(Status.TAKEN)


@pytest.mark.parametrize("text", ["otan poikkeaman 1", "ratkaistu 1: Valmis.", "poikkeamien luvut",
                                  "avaa uudelleen 1: Ei.", "säilytä 1: x", "poikkeama 1", "viesti 1: Hei."])  # fmt: skip
def test_r148_words_open_nothing_that_a_button_would_not(world: World, text: str) -> None:
    keeps(world, case(Status.TAKEN))
    world.asks(COLLEAGUE, text)
    assert world.last(COLLEAGUE).card.name == "incidents/refused"
    assert of(world) == case(Status.TAKEN)
    assert "Refused" in [e.event.split()[0] for e in world.store.journal()][-1]


# ── each in their own language ──────────────────────────────────────────────────────────────────────────────────────


def test_everybody_reads_it_in_their_own_language(world: World) -> None:
    for person, code in ((EMPLOYEE, "svenska"), (IT_MANAGER, "english"), (COLLEAGUE, "svenska")):
        world.asks(person, f"kieli {code}")
    before = new(world)
    key = reported(world, kind="threat", concerned=COLLEAGUE)
    for _ in range(2):
        world.waits(minutes=10)
    world.presses(IT_MANAGER, "incidents/take", key)
    world.submits(IT_MANAGER, "incidents/write", key, text="Hello.")
    world.submits(EMPLOYEE, "incidents/write", key, text="Hej.")
    world.submits(IT_MANAGER, "incidents/resolve", key, text="Done.")
    languages: dict[str, set[str]] = {}
    for sent in world.platform.sent[before:]:
        languages.setdefault(sent.conversation.partition("#")[0].removeprefix("fake:dm:"), set()).add(sent.card.language)
    assert languages == {
        EMPLOYEE: {"sv"}, IT_MANAGER: {"en"}, COLLEAGUE: {"sv"}, SUPERVISOR: {"fi"}, IT_DEPUTY: {"fi"}, ABOVE: {"fi"},
    }  # fmt: skip


def test_the_one_who_splits_a_report_does_not_change_its_reporters_language(world: World) -> None:
    world.asks(COLLEAGUE, "kieli svenska")
    reported(world, text=PHISHED)
    second = reported(world, COLLEAGUE, text=PHISHED)
    world.presses(IT_MANAGER, "incidents/split", second)
    assert {s.card.language for s in got(world, COLLEAGUE, "incidents/state")} == {"sv"}
