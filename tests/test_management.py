"""Management's view: the quarterly digest and the page of figures, right in every number and without any name (R41)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import HELSINKI, SystemClock
from bot.directory import Directory
from bot.figures import figures_of
from bot.platforms.slack import blocks
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.settings import Settings
from bot.storage import Account as Met
from bot.views import Views
from bot.working_time import FinnishWorkingTime
from handlers.accounts.chain import Municipality
from handlers.accounts.record import Deed as RequestDeed
from handlers.accounts.record import Status as RequestStatus
from handlers.agreements.record import Status as AgreementStatus
from handlers.events import Pressed
from handlers.facts import Person
from handlers.incidents.record import Deed as CaseDeed
from handlers.incidents.record import Kind
from handlers.incidents.record import Status as CaseStatus
from handlers.management import FEW, KEY, NONE, UNTOLD, Figures, Quarter, Row, next_round, protected
from handlers.management import Record as Round
from handlers.register.record import Deed, Status
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests import accounts as requests
from tests import agreements, incidents
from tests.conftest import World, buttons_of, make_world
from tests.fakes import MONDAY, FakeClock, Sent
from tests.register import (
    ACCOUNT,
    ACCOUNTS,
    DIRECTOR,
    EMPLOYEE,
    INFORMATICIAN,
    IT_MANAGER,
    LIBRARIAN,
    MANAGER,
    SPECIALIST,
    SUPERVISOR,
    TEAM,
    enters,
    runs,
)
from tests.slack.check import check

GROWTH, GROUP, COUNCIL = "Kasvu ja ympäristö", "Konsernipalvelut", "Luottamustoimet"
MUNICIPAL_MANAGER = "municipal-manager"
NAMED = "Kunnanjohtaja@Example.org"
"""The municipal manager's address, with capitals as somebody may set it."""
ROUNDS = TypeAdapter(Round)
WISHES = {"fi": "johdon kooste", "sv": "ledningens sammandrag", "en": "management digest"}
SPEAK = {"fi": "kieli suomi", "sv": "kieli ruotsi", "en": "kieli englanti"}


@pytest.fixture
def small(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = managed(make_world(tmp_path / "s.db", lexical_guide, renderer), NAMED)
    yield made
    made.store.close()


def managed(world: World, *addresses: str) -> World:
    """The same world in a municipality whose management gets the digest."""
    bot = Bot(world.store, Directory(world.store), world.bot.guide, world.clock, FinnishWorkingTime(),
              world.bot.platforms, municipality=Municipality(management=addresses))  # fmt: skip
    return replace(world, bot=bot, sender=Sender(bot, world.sender._renderer))


def days(count: int) -> datetime:
    """So many days before the test's Monday, 23 November 2026."""
    return MONDAY - timedelta(days=count)


def filled(world: World) -> None:
    """A few records of every kind, whose numbers are counted by hand in the tests."""
    enters(world, key="register/1", name="Kirjasto <b>1</b>", opened_at=days(600))
    # Of this quarter, quiet, unconfirmed, with an old password, and one administrator alone.
    stale = {"confirmed_at": days(300), "password_at": days(200), "posted_at": days(90), "substitute": ""}
    enters(world, key="register/2", address="x.com/2", status=Status.OPEN, opened_at=days(40), official_at=None,
           admins=(LIBRARIAN,), goals=(), **stale)  # fmt: skip
    # Of the other department: followed up too late, and soon at its end; a common one; one that was closed.
    enters(world, key="register/3", address="x.com/3", department="konsernipalvelut", opened_at=days(400),
           official_at=days(390), ends="2026-12-01", goals=("Näkyvyys",), updater=SPECIALIST,
           admins=(SPECIALIST, MANAGER), substitute=MANAGER)  # fmt: skip
    enters(world, key="register/4", address="x.com/4", department="", umbrella=True, opened_at=None, official_at=None,
           entered_at=days(100), goals=())  # fmt: skip
    enters(world, key="register/5", address="x.com/5", department=GROUP, status=Status.CLOSED, opened_at=days(500),
           history=(Deed(days(20), SPECIALIST, "close"),))  # fmt: skip
    for key, status, sent, decided in (
        ("accounts/1", RequestStatus.SENT, days(10), None), ("accounts/2", RequestStatus.APPROVED, days(100), days(30)),
        ("accounts/3", RequestStatus.REJECTED, days(120), days(80)), ("accounts/4", RequestStatus.DRAFT, None, None),
    ):  # fmt: skip
        outcome = "conclude" if status is RequestStatus.APPROVED else "reject"
        history = [RequestDeed(sent, EMPLOYEE, "send")] if sent else []
        history += [RequestDeed(decided, SUPERVISOR, outcome)] if decided else []
        record = requests.filled(status, key=key, made_at=sent or days(5), history=tuple(history))
        kept(world, record.key, record.status, record.person, requests.REQUESTS.dump_json(record).decode())
    reports = (
        *((EMPLOYEE, Kind.PHISHING, days(n), 10 * n) for n in (1, 2, 3)), (IT_MANAGER, Kind.MALWARE, days(4), 0),
        (EMPLOYEE, Kind.THREAT, days(5), 5), (LIBRARIAN, Kind.HARASSMENT, days(6), 0),
        (EMPLOYEE, Kind.PHISHING, days(70), 60), (LIBRARIAN, Kind.OTHER, days(800), 1),
    )  # fmt: skip
    for number, (reporter, kind, at, minutes) in enumerate(reports, start=1):
        taken = (CaseDeed(at + timedelta(minutes=minutes), IT_MANAGER, "take"),) if minutes else ()
        incidents.keeps(world, incidents.case(
            CaseStatus.TAKEN if taken else CaseStatus.REPORTED, key=f"incidents/{number}", reporter=reporter, kind=kind,
            reported_at=at, history=(CaseDeed(at, reporter, "report"), *taken),
        ))  # fmt: skip
    for number, status in enumerate((*[AgreementStatus.AGREED] * 3, AgreementStatus.RENEWING, AgreementStatus.SENT), 1):
        record = agreements.filled(status, key=f"agreements/{number}")
        kept(world, record.key, record.status, record.person, agreements.RECORDS.dump_json(record).decode())
    for reader in (EMPLOYEE, DIRECTOR, MANAGER):
        world.asks(reader, "luin ohjeen")


def kept(world: World, key: str, status: str, person: str, data: str) -> None:
    with world.store.unit() as unit:
        unit.save(key, status, person, data, 0, world.clock.now())


def figures(world: World, quarter: Quarter | None = None) -> Figures:
    facts = world.bot.facts(Pressed("", MANAGER, "", "", "management/show"))
    return figures_of(world.store, facts, quarter or Quarter(2026, 4), world.bot.directory.everybody)


def by_name(found: Figures) -> Mapping[str, Row]:
    return {row.name: row for row in found.departments}


def digests(world: World, where: str = TEAM) -> list[Sent]:
    return [s for s in world.platform.to(where) if s.card.name == "management/digest"]


def pages(world: World, renderer: Renderer) -> TestClient:
    platform = WebPlatform(world.store, SystemClock())
    page = Page(world.bot, platform, renderer, world.sender, None)
    return TestClient(page.app(), base_url="http://127.0.0.1")


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r41_the_figures_of_a_small_world_are_those_that_are_counted_by_hand(small: World) -> None:
    filled(small)
    found = figures(small)
    rows = by_name(found)
    assert rows[GROWTH] == Row(
        GROWTH, accounts=2, official=1, new=1, quiet=1, confirm=1, password=1, thin=1, results=1, sent=1, approved=1,
        waiting=1, incidents=3, minutes=20, agreements=4, read=29,
    )  # fmt: skip
    assert rows[GROUP] == Row(
        GROUP, accounts=1, official=1, closed=1, results=1, ending=1, incidents=FEW, agreements=FEW, read=17,
    )  # fmt: skip
    assert rows[""] == Row("", accounts=1, official=1, incidents=FEW, agreements=FEW)
    assert found.total == Row(
        accounts=4, official=3, new=1, closed=1, quiet=1, confirm=1, password=1, thin=1, results=2, ending=1, sent=1,
        approved=1, waiting=1, incidents=6, minutes=15, agreements=4, read=23,
    )  # fmt: skip
    assert (found.kinds, found.personal) == ((("phishing", 3), ("malware", 1)), 2)
    assert (found.confirmed, found.changed) == (67, 75)


def test_r41_earlier_quarters_are_counted_from_the_records_own_dates(small: World) -> None:
    filled(small)
    periods = {p.quarter.name: p for p in figures(small).periods}
    assert list(periods) == ["2025-4", "2026-1", "2026-2", "2026-3", "2026-4"]
    third, last, first = periods["2026-3"], periods["2026-4"], periods["2025-4"]
    assert (third.accounts, third.new, third.closed, third.sent, third.rejected) == (4, 1, 0, 2, 1)
    assert (third.incidents, third.minutes) == (1, 60)
    assert (last.accounts, last.new, last.closed, last.approved, last.incidents) == (4, 1, 1, 1, 6)
    assert (first.accounts, first.new, first.incidents, first.minutes) == (3, 1, 0, NONE)


def test_r41_a_department_without_anything_has_a_row_of_noughts_and_an_empty_house_a_digest(small: World) -> None:
    assert by_name(figures(small))[COUNCIL] == Row(COUNCIL, incidents=FEW, agreements=FEW)
    small.asks(MANAGER, "johdon kooste")
    told = small.last(MANAGER).card.plain
    assert "Sometilejä on nyt 0" in told
    assert f"{COUNCIL}: tilejä 0, virallisia 0. Poikkeamia: alle 3." in told
    assert "Aiemmat neljännekset" not in told


def test_r41_threats_and_harassment_are_in_no_departments_figures(small: World) -> None:
    for number, kind in enumerate((Kind.THREAT, Kind.HARASSMENT, Kind.THREAT, Kind.THREAT), start=1):
        incidents.keeps(small, incidents.case(key=f"incidents/{number}", kind=kind, reported_at=days(1)))
    found = figures(small)
    assert (found.personal, found.total.incidents, found.kinds) == (4, 4, ())
    assert {row.incidents for row in found.departments} == {FEW}


def test_r41_the_numbers_do_not_mind_how_a_department_is_spelt(small: World) -> None:
    enters(small, key="register/1", department=" KASVU JA YMPÄRISTÖ ")
    assert by_name(figures(small))[GROWTH].accounts == 1


def test_r120_of_fewer_than_five_people_no_percentage_is_told(small: World) -> None:
    for reader in (EMPLOYEE, "official"):
        small.asks(reader, "luin ohjeen")
    rows = by_name(figures(small))
    assert rows[COUNCIL].read == NONE, "elected officials are apart"
    requests.imports(small, **dict.fromkeys(("it_manager", "administrator", "municipal_manager")))
    assert by_name(figures(small))[GROUP].read == NONE
    assert by_name(figures(small))[GROWTH].read == 14


def test_r41_a_crowd_is_counted_whole(small: World) -> None:
    crowd = [Person(f"p{n}", f"Henkilö {n}", f"p{n}@example.org", "", f"Toimialue {n % 20}") for n in range(8_000)]
    small.store.replace_people([*small.store.people(), *crowd])
    small.bot.directory.refresh()
    with small.store.unit() as unit:
        for number in range(2_000):
            account = replace(
                ACCOUNT, key=f"register/{number}", updater=f"p{number}", department=f"Toimialue {number % 20}"
            )
            data = ACCOUNTS.dump_json(account).decode()
            unit.save(account.key, account.status, account.updater, data, 0, MONDAY)
    facts = small.bot.facts(Pressed("", MANAGER, "", "", "register/list"))
    found = figures_of(small.store, facts, Quarter(2026, 4), small.bot.directory.everybody)
    assert found.total.accounts == 2_000
    assert {row.accounts for row in found.departments if row.name.startswith("Toimialue")} == {100}


# ── small numbers ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"a": 3, "b": 0}, {"a": 3, "b": FEW}),
        ({"a": 9, "b": 4, "c": 1}, {"a": 9, "b": UNTOLD, "c": FEW}),
        ({"a": 9, "b": 4, "c": 2, "d": 2}, {"a": 9, "b": UNTOLD, "c": FEW, "d": FEW}),
        ({"a": 9, "b": 4, "c": 2, "d": 1}, {"a": 9, "b": 4, "c": FEW, "d": FEW}),
        ({"a": 2}, {"a": FEW}),
        ({}, {}),
    ],
)
def test_r41_what_a_sum_would_give_away_is_not_told(counts: Mapping[str, int], told: Mapping[str, int]) -> None:
    assert protected(counts) == told


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 12), max_size=6))
def test_r41_no_few_of_a_department_can_be_worked_out_from_the_rest(counts: dict[str, int]) -> None:
    told = protected(counts)
    assert all(told[n] == counts[n] for n in counts if told[n] >= 0)
    assert not any(0 <= number < 3 for number in told.values())
    rest = sum(counts.values()) - sum(n for n in told.values() if n >= 0)
    few = [n for n, number in told.items() if number == FEW]
    open_ = any(number >= 0 for number in told.values()) or UNTOLD in told.values()
    if few and rest and open_ and UNTOLD not in told.values():
        assert len(few) > 1, "one department's few is the sum without the others"
        assert rest < 2 * len(few), "all of them would have two"


def test_r41_where_a_number_is_not_told_its_median_is_not_either(small: World) -> None:
    for number, reporter in enumerate((*[EMPLOYEE] * 4, *[IT_MANAGER, "official"] * 2), start=1):
        taken = CaseDeed(days(1) + timedelta(minutes=9), IT_MANAGER, "take")
        incidents.keeps(small, incidents.case(key=f"incidents/{number}", reporter=reporter, reported_at=days(1),
                                              history=(taken,)))  # fmt: skip
    row = by_name(figures(small))[GROWTH]
    assert (row.incidents, row.minutes) == (UNTOLD, NONE)
    small.asks(MANAGER, "johdon kooste")
    assert f"{GROWTH}: tilejä 0, virallisia 0. Poikkeamia: ei kerrota." in small.last(MANAGER).card.plain


# ── who sees it, and what they ask ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", [SPECIALIST, MANAGER, MUNICIPAL_MANAGER])
@pytest.mark.parametrize("words", [*WISHES.values(), "neljännesvuosikooste", "/someopas Johdon kooste!", ""])
def test_r41_communications_and_those_who_are_named_see_the_running_quarter(
    small: World, person: str, words: str
) -> None:
    if words:
        small.asks(person, words)
    else:
        small.presses(person, "management/show", "")
    assert small.last(person).card.name == "management/digest"
    assert "4. neljännes 2026" in small.last(person).card.plain
    assert "1.10.2026–23.11.2026 (neljännes on kesken)" in small.last(person).card.plain


@pytest.mark.parametrize("person", [EMPLOYEE, SUPERVISOR, IT_MANAGER, "administrator", "official"])
def test_r41_nobody_else_sees_it_by_words_or_by_a_button_whatever_it_carries(small: World, person: str) -> None:
    filled(small)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: small.asks(person, "johdon kooste"), lambda: small.asks(person, "johdon kooste 3/2026 2"),
        lambda: small.presses(person, "management/show", KEY),
        lambda: small.presses(person, "management/more", KEY, "2026-3:1"),
    )  # fmt: skip
    for deed in deeds:
        before = len(small.platform.sent)
        deed()
        [reply] = small.platform.sent[before:]
        assert reply.card.name == "management/refused"
        assert not re.search(r"\d", reply.card.plain)


def test_r41_a_guest_with_the_named_address_sees_nothing(small: World) -> None:
    small.bot.directory.keep(Met("fake:guest", "Vieras", "vieras@example.org", "fi", "guest", MONDAY))
    world = managed(small, "vieras@example.org")
    world.asks("fake:guest", "johdon kooste")
    assert world.platform.sent[-1].card.name == "management/refused"


def test_r41_an_earlier_quarter_is_shown_by_a_button_and_by_words(small: World) -> None:
    filled(small)
    small.presses(MANAGER, "management/earlier", "", "2026-3:1")
    by_button = small.last(MANAGER).card.plain
    small.asks(MANAGER, "johdon kooste 3/2026")
    assert small.last(MANAGER).card.plain == by_button
    assert "3. neljännes 2026, 1.7.2026–30.9.2026" in by_button
    assert "kesken" not in by_button
    assert "lähetetty 2, hyväksytty 0, hylätty 1" in by_button
    small.asks(MANAGER, "johdon kooste 1/2031")
    assert "4. neljännes 2026" in small.last(MANAGER).card.plain, "a quarter to come is the running one"


def test_r41_many_departments_are_told_twelve_at_a_time_and_fit_into_a_message_of_slack(
    small: World,
) -> None:
    stale = dict.fromkeys(("confirmed_at", "password_at", "posted_at"), days(300))
    for number in range(1, 31):
        enters(small, key=f"register/{number}", address=f"x.com/{number}", department=f"Toimialue {number:02}",
               opened_at=days(400), substitute="", **stale)  # fmt: skip
    small.asks(MANAGER, "johdon kooste")
    first = small.last(MANAGER)
    assert len(re.findall(r"^(?!\W*\d/20\d\d).*: tilejä ", first.card.plain, re.MULTILINE)) == 12
    assert "Toimialueita on vielä 21" in first.card.plain
    message = blocks.message(first.card)
    assert check("message", message) == []
    assert "alle 3" in str(message["blocks"])
    assert "4/2025: tilejä" in str(message["blocks"]), "the last words are there too"
    assert buttons_of(first) == ["management/more", "management/earlier"]
    [more] = [b.button for p in first.card.parts if p.kind == "buttons" for b in p.buttons][:1]
    small.presses(MANAGER, more.action, more.record, more.value)
    by_button = small.last(MANAGER).card.plain
    small.asks(MANAGER, "johdon kooste 4/2026 2")
    assert small.last(MANAGER).card.plain == by_button
    assert "Toimialue 12" in by_button
    assert "Hoidettavaa nyt" not in by_button
    small.asks(MANAGER, "johdon kooste 3")
    assert "Toimialueita on vielä" not in small.last(MANAGER).card.plain
    small.asks(MANAGER, "johdon kooste 9")
    assert small.last(MANAGER).card.plain == first.card.plain


def test_r41_the_home_view_of_whoever_may_see_it_has_the_button(small: World) -> None:
    for person, shown in ((MANAGER, True), (MUNICIPAL_MANAGER, True), (EMPLOYEE, False)):
        card, _ = small.bot.home(person)
        assert ("management/show" in str(card)) is shown, person


def test_r41_a_question_that_speaks_of_management_stays_a_question(small: World) -> None:
    small.asks(MANAGER, "Miten johdon kooste liittyy sosiaalisen median johtamiseen?")
    assert small.last(MANAGER).card.name.startswith(("questions/", "home/"))


# ── nobody is named ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_r41_no_name_and_no_address_is_in_the_digest_or_on_the_page(
    small: World, renderer: Renderer, language: str
) -> None:
    filled(small)
    small.asks(MANAGER, SPEAK[language])
    small.asks(MANAGER, WISHES[language])
    words = "\n".join(getattr(p, "markdown", "") for p in small.last(MANAGER).card.parts).replace("\\", "")
    html = Views(small.bot, renderer).figures(MANAGER)
    assert f'<html lang="{language}">' in html
    secrets = {s for p in small.store.people() for s in (p.name, p.email)}
    for kept_account in small.bot._finder.register():
        secrets |= {kept_account.name, kept_account.address, kept_account.mailbox, kept_account.key}
    secrets |= {incidents.WRITTEN, "pahis", "x.com", "incidents/", "@"}
    for text in (words, html.replace("@media", "").replace("@page", "")):
        assert not {s for s in secrets if s and s.casefold() in text.casefold()}


# ── the round ───────────────────────────────────────────────────────────────────────────────────────────────────────


def timer_of(world: World) -> datetime | None:
    with world.store.unit() as unit:
        return unit.due(KEY, "quarter")


def test_r41_the_digest_comes_once_a_quarter_for_two_years_and_never_on_a_holiday(small: World) -> None:
    runs(small, hours=1)
    due: list[date] = []
    while small.clock.now() < MONDAY + timedelta(days=2 * 366):
        at = timer_of(small)
        assert at
        small.clock.at = at
        before = len(digests(small))
        small.sender.fire_due()
        small.sender.run_once()
        if len(digests(small)) > before:
            local = small.clock.now().astimezone(HELSINKI)
            assert 8 <= local.hour < 16
            due.append(local.date())
    assert due[:8] == [
        date(2027, 1, 4), date(2027, 4, 1), date(2027, 7, 1), date(2027, 10, 1),
        date(2028, 1, 3), date(2028, 4, 3), date(2028, 7, 3), date(2028, 10, 2),
    ]  # fmt: skip
    assert not [day for day in due if day in country_holidays("FI")]
    told = [s.card.plain.splitlines()[0] for s in digests(small)]
    assert [re.findall(r"(\d)\. neljännes (\d{4})", line)[0] for line in told[:5]] == [
        ("4", "2026"), ("1", "2027"), ("2", "2027"), ("3", "2027"), ("4", "2027"),
    ]  # fmt: skip
    assert len(digests(small, "fake:dm:municipal-manager")) == len(told)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001 - Hypothesis adds no zone to its bounds
def test_r41_the_round_is_on_a_working_morning_of_a_quarters_first_week(now: datetime) -> None:
    moment = now.replace(tzinfo=UTC)
    due = next_round(FinnishWorkingTime(), moment)
    local = due.astimezone(HELSINKI)
    assert moment < due < moment + timedelta(days=100)
    assert (local.hour, local.minute) == (9, 0)
    assert local.weekday() < 5
    assert local.date() not in country_holidays("FI", years=local.year)
    assert local.month in (1, 4, 7, 10)
    assert local.day <= 7


def test_r33_a_round_that_comes_late_at_night_waits_for_the_morning(small: World) -> None:
    runs(small, hours=1)
    small.clock.at = datetime(2027, 1, 9, 23, tzinfo=UTC)  # a Sunday night in Helsinki, after days of downtime
    small.sender.run_once()
    assert not digests(small)
    small.clock.at = datetime(2027, 1, 11, 6, 30, tzinfo=UTC)
    small.sender.run_once()
    assert len(digests(small)) == 1
    runs(small, days=30)
    assert len(digests(small)) == 1


def test_r41_a_restart_neither_moves_nor_repeats_the_round(small: World) -> None:
    runs(small, hours=1)
    before = timer_of(small)
    small.clock.move(days=1)
    small.bot.begin()
    assert timer_of(small) == before
    runs(small, days=60)
    kept_round = small.store.record(KEY)
    assert kept_round
    assert ROUNDS.validate_json(kept_round.data).told == "2026-4"
    with small.store.unit() as unit:  # the timer is set again, as after a restored backup
        unit.remind(KEY, "quarter", small.clock.now())
    runs(small, days=4)
    assert len(digests(small)) == 1


def test_r41_who_is_of_the_team_is_told_in_its_channel_alone_and_an_unknown_address_is_counted(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_world(tmp_path / "s.db", lexical_guide, renderer, FakeClock(datetime(2026, 12, 30, 8, tzinfo=UTC)))
    world = managed(world, "viestintapaallikko@example.org", NAMED, "kunnanjohtaja@example.org", "muu@example.org")
    runs(world, days=7)
    [told] = digests(world)
    assert "Koosteen saajista 1 ei löydy" in " ".join(getattr(p, "markdown", "") for p in told.card.parts)
    assert "muu@" not in str(told.card)
    [own] = digests(world, "fake:dm:municipal-manager")
    assert "ei löydy" not in " ".join(getattr(p, "markdown", "") for p in own.card.parts)
    assert not digests(world, "fake:dm:communications-manager")


def test_r41_without_the_setting_only_communications_get_it(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_world(tmp_path / "s.db", lexical_guide, renderer, FakeClock(datetime(2026, 12, 30, 8, tzinfo=UTC)))
    runs(world, days=7)
    sent = [s for s in world.platform.sent if s.card.name == "management/digest"]
    assert [s.conversation for s in sent] == [TEAM]


def test_r41_the_setting_reaches_the_municipality(tmp_path: Path) -> None:
    made = Settings.model_validate({"data": tmp_path, "management_digest": [NAMED]})
    assert made.of_the_municipality.management == (NAMED,)
    assert Settings.model_validate({"data": tmp_path}).of_the_municipality.management == ()


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r41_the_page_is_theirs_who_may_see_it_and_is_linked_for_them_alone(small: World, renderer: Renderer) -> None:
    http = pages(small, renderer)
    for person in (SPECIALIST, MANAGER, MUNICIPAL_MANAGER):
        shown = http.get("/luvut", params={"as": person})
        assert shown.status_code == 200
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert f"/luvut?as={person}" in http.get("/", params={"as": person}).text
    for person in (EMPLOYEE, INFORMATICIAN, IT_MANAGER, "nobody", ""):
        assert http.get("/luvut", params={"as": person}).status_code == 404
    assert "/luvut" not in http.get("/", params={"as": EMPLOYEE}).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_r41_every_chart_is_a_well_formed_picture_with_its_words_and_the_same_numbers_in_a_table(
    small: World, renderer: Renderer, language: str
) -> None:
    filled(small)
    small.asks(MANAGER, SPEAK[language])
    html = Views(small.bot, renderer).figures(MANAGER)
    pictures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(pictures) == 4
    for picture in pictures:
        root = ET.fromstring(picture)
        named = {e.get("id"): e.text for e in root.iter() if e.get("id")}
        assert root.get("role") == "img"
        assert all(named[part] for part in str(root.get("aria-labelledby")).split())
        bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if "bar" in str(e.get("class"))]
        assert bars
        assert all(0 <= float(str(b.get("width")).rstrip("%")) <= 100 for b in bars)
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="', html), "nothing is loaded from anywhere"
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert all("<caption>" in t and 'scope="col"' in t and 'scope="row"' in t for t in tables)
    assert "-1" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_r41_names_of_departments_are_words_on_the_page_and_never_code(small: World, renderer: Renderer) -> None:
    wild = '<b>"Tiede" & Co</b> <script>alert(1)</script> {{ 7*7 }} ]]>'
    enters(small, key="register/1", department=wild, name="<script>alert(2)</script>")
    html = Views(small.bot, renderer).figures(MANAGER)
    assert "<script" not in html
    assert "alert(2)" not in html
    assert "<b>&#34;" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in html
    for picture in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ET.fromstring(picture)
    small.asks(MANAGER, "johdon kooste")
    assert wild in small.last(MANAGER).card.plain
