"""The register in use (R35–R43, R57–R72, R96–R107, R141, R149): read, named, kept true, ended; by whom, told to whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.rendering import CardShown
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Pressed
from handlers.register.record import VERIFYING, Status
from tests.accounts import ADDRESS, cards, kept_text, official, to, twice, words
from tests.conftest import World, buttons_of
from tests.fakes import MONDAY
from tests.register import (
    ACCOUNT,
    ADMINISTRATOR,
    DIRECTOR,
    EMPLOYEE,
    INFORMATICIAN,
    IT_MANAGER,
    KEY,
    LIBRARIAN,
    MANAGER,
    OFFICIAL,
    SECRETARY,
    SPECIALIST,
    SUPERVISOR,
    TEAM,
    account,
    bundles,
    enters,
    leaves,
    runs,
)


def seen(world: World, person: str) -> str:
    """All that the last message to a person says."""
    return words(world.last(person))


# ── read and searched ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", [EMPLOYEE, SECRETARY, OFFICIAL, IT_MANAGER])
def test_r42_everybody_may_read_an_account(world: World, person: str) -> None:
    enters(world)
    world.asks(person, "tili 12")
    said = seen(world, person)
    assert "Kirjaston kuulumiset" in said
    assert "www.instagram.com/tuusulankirjasto" in said
    assert "Kunnan virallinen tili" in said


@pytest.mark.parametrize(
    ("person", "needs"),
    [
        (EMPLOYEE, True), (LIBRARIAN, True), (SUPERVISOR, True), (DIRECTOR, True), (SPECIALIST, True), (MANAGER, True),
        (IT_MANAGER, True), (SECRETARY, False), (OFFICIAL, False), (ADMINISTRATOR, False),
    ],
)  # fmt: skip
def test_r23_who_may_post_is_shown_to_those_who_need_it(world: World, person: str, needs: bool) -> None:
    enters(world)
    world.presses(person, "register/show", KEY)
    assert ("Kirjastonhoitaja, kirjasto" in seen(world, person)) == needs
    world.asks(person, "rekisteri kirjasto")
    assert ("Kirjastonhoitaja, kirjasto" in seen(world, person)) == needs
    assert "kirjasto@tuusula.fi" in seen(world, person) or needs, "who does not see names gets the way to the account"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("rekisteri", True), ("rekisteri kirjasto", True), ("rekisteri kirjaston", True), ("rekisteri insta", True),
        ("rekisteri kirjasto insta", True), ("rekisteri Kasvu ja ympäristö", True), ("luettelo kirjasto", True),
        ("register kirjasto", True), ("rekisteri Kirjastonhoitaja, kirjasto", True), ("rekisteri tuusulankirjasto", True),
        ("rekisteri facebook", False), ("rekisteri museo", False), ("rekisteri kirjasto facebook", False),
    ],
)  # fmt: skip
def test_r42_the_register_is_searched_by_unit_platform_person_and_address(world: World, search: str, found: bool) -> None:
    enters(world)
    world.asks(EMPLOYEE, search)
    assert world.last(EMPLOYEE).card.name == "register/list"
    assert ("(tili 12)" in seen(world, EMPLOYEE)) == found


def test_r23_a_persons_accounts_are_found_only_by_whoever_may_see_them(world: World) -> None:
    enters(world, name="Satutunti", owner="Lasten osasto", address="x.com/satutunti")
    world.asks(SECRETARY, "rekisteri Informaatikko, kirjasto")
    assert "(tili 12)" not in seen(world, SECRETARY)
    world.asks(SPECIALIST, "rekisteri Informaatikko, kirjasto")
    assert "(tili 12)" in seen(world, SPECIALIST)


def test_r23_who_may_post_where_is_answered_in_everyday_words(world: World) -> None:
    enters(world)
    world.asks(EMPLOYEE, "kuka saa julkaista kirjaston instassa")
    assert "Kirjastonhoitaja, kirjasto" in seen(world, EMPLOYEE)


def test_an_account_that_is_closed_is_not_listed(world: World) -> None:
    enters(world, status=Status.CLOSED)
    world.asks(EMPLOYEE, "rekisteri kirjasto")
    assert "(tili 12)" not in seen(world, EMPLOYEE)


# ── reported, verified ──────────────────────────────────────────────────────────────────────────────────────────────

REPORT = {
    "address": "www.facebook.com/tuusulanmuseo", "name": "Tuusulan museo", "channel": "facebook", "owner": "Museo",
    "department": "Kasvu ja ympäristö", "updater": LIBRARIAN, "substitute": INFORMATICIAN,
    "admins": f"{LIBRARIAN},{INFORMATICIAN}", "mailbox": "museo@tuusula.fi", "rhythm": "weekly",
}  # fmt: skip


def reported(world: World, person: str = LIBRARIAN, **values: str) -> str:
    shown = world.submits(person, "register/report", "", **{**REPORT, **values})
    assert not isinstance(shown.immediate, FieldErrors), shown.immediate
    return world.store.records("register")[0].key


def test_r43_an_existing_account_is_reported_without_approval_and_communications_are_told(world: World) -> None:
    opened = world.presses(LIBRARIAN, "register/report", "").immediate
    assert isinstance(opened, OpenForm)
    key = reported(world)
    kept = account(world, key)
    assert (kept.status, kept.updater, kept.named_at) == (Status.OPEN, LIBRARIAN, MONDAY)
    [told] = [s for s in to(world, TEAM) if "Tuusulan museo" in words(s)]
    assert "Kirjastonhoitaja, kirjasto" in words(told)
    assert "23.11.2026 klo 10.00" in words(told), "with the time (R25)"
    assert [e.event for e in world.store.journal() if e.record == key] == ["Submitted"]


def test_r43_typed_words_report_an_account(world: World) -> None:
    world.asks(EMPLOYEE, "ilmoita tili: www.facebook.com/tuusulanmuseo; Tuusulan museo; Museo; museo@tuusula.fi")
    [kept] = world.store.records("register")
    made = account(world, kept.key)
    assert (made.channel, made.owner, made.updater, made.mailbox) == ("facebook", "Museo", EMPLOYEE, "museo@tuusula.fi")
    world.asks(EMPLOYEE, "ilmoita tili")
    assert buttons_of(world.last(EMPLOYEE)) == ["register/report"]


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"address": "museo"}, "address", "not_an_address"),
        ({"address": "https://instagram.com/TuusulanKirjasto/"}, "address", "already"),
        ({"substitute": LIBRARIAN}, "substitute", "same_person"),
        ({"mailbox": "museo"}, "mailbox", "not_a_mailbox"),
        ({"updater": "Eikukaan"}, "updater", "unknown_person"),
        ({"name": ""}, "name", "missing"),
        ({"channel": "myspace"}, "channel", "missing"),
        ({"name": "HETU 131052-308T"}, "name", "secret_identity_code"),
    ],
)
def test_r43_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    world: World, changes: dict[str, str], field: str, error: str
) -> None:
    enters(world)
    shown = world.submits(LIBRARIAN, "register/report", "", **{**REPORT, **changes}).immediate
    assert isinstance(shown, FieldErrors)
    assert shown.errors[field] == error
    assert {f.name: f.value for f in shown.form.fields if f.name not in changes} == {
        name: value for name, value in REPORT.items() if name not in changes
    }
    assert len(world.store.records("register")) == 1


def test_r64_a_personal_mailbox_is_warned_of_and_not_refused(world: World) -> None:
    reported(world, mailbox="kirjastonhoitaja@example.org")
    assert "roolipohjaista" in seen(world, LIBRARIAN)


def test_r70_r71_r72_a_reported_account_is_official_when_each_has_ticked_their_points(world: World) -> None:
    key = reported(world)
    for point in VERIFYING:
        assert account(world, key).status is Status.OPEN
        world.presses(SPECIALIST if point == "list_link" else LIBRARIAN, "register/tick", key, point)
    assert account(world, key).status is Status.OFFICIAL
    assert account(world, key).official_at == MONDAY
    assert "Uusi virallinen tili" in words(to(world, TEAM)[-1])


def test_r71_the_link_on_the_municipalitys_list_is_ticked_by_communications_alone(world: World) -> None:
    key = reported(world)
    world.presses(LIBRARIAN, "register/tick", key, "list_link")
    assert world.last(LIBRARIAN).card.name == "register/refused"
    assert not account(world, key).ticks


# ── named (R23–R25) ─────────────────────────────────────────────────────────────────────────────────────────────────

PEOPLE = {"updater": LIBRARIAN, "substitute": SUPERVISOR, "admins": f"{LIBRARIAN},{SUPERVISOR}", "producers": ""}


def test_r24_r25_each_naming_is_told_to_the_communications_manager_with_its_time(world: World) -> None:
    enters(world)
    world.clock.move(days=1)
    world.submits(LIBRARIAN, "register/people", KEY, **PEOPLE)
    kept = account(world)
    assert (kept.substitute, kept.admins, kept.producers) == (SUPERVISOR, (LIBRARIAN, SUPERVISOR), ())
    assert kept.named_at == MONDAY + timedelta(days=1)
    told = words(world.last(MANAGER))
    assert "Uudet: Esihenkilö, kirjasto" in told
    assert "Poistetut: Informaatikko, kirjasto; Työntekijä, kirjasto" in told
    assert "Toimitettu viestintäpäällikölle 24.11.2026 klo 10.00" in told


def test_r24_who_is_named_hears_of_it_and_may_decline(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/people", KEY, **PEOPLE)
    assert "nimesi sinut tilille Kirjaston kuulumiset" in seen(world, SUPERVISOR)
    world.presses(SUPERVISOR, "register/decline", KEY)
    assert SUPERVISOR not in account(world).people
    assert "kieltäytyi tehtävästä" in seen(world, LIBRARIAN)
    assert "Poistetut: Esihenkilö, kirjasto" in words(world.last(MANAGER))


def test_r141_who_is_taken_out_knew_the_password_so_that_it_is_to_be_changed(world: World) -> None:
    enters(world)
    world.clock.move(hours=1)
    world.submits(LIBRARIAN, "register/people", KEY, **PEOPLE)
    assert "Vaihda nyt tilin salasana" in seen(world, LIBRARIAN)
    assert buttons_of(world.last(LIBRARIAN)) == ["register/password"]
    runs(world, days=1)
    assert "vaihda tilin salasana" in words(bundles(world, LIBRARIAN)[-1])
    world.presses(LIBRARIAN, "register/password", KEY)
    runs(world, days=14)
    assert "vaihda tilin salasana" not in words(bundles(world, LIBRARIAN)[-1])


def test_r56_the_substitute_is_somebody_else_than_the_updater(world: World) -> None:
    enters(world)
    shown = world.submits(LIBRARIAN, "register/people", KEY, **{**PEOPLE, "substitute": LIBRARIAN}).immediate
    assert isinstance(shown, FieldErrors)
    assert shown.errors == {"substitute": "same_person"}


@pytest.mark.parametrize(
    ("said", "part", "people"),
    [
        ("nimeä 12 sijainen: Esihenkilö, kirjasto", "substitute", SUPERVISOR),
        ("utse 12 ersättare: Esihenkilö, kirjasto", "substitute", SUPERVISOR),
        ("name 12 administrator: esihenkilo.kirjasto@example.org", "admins", (LIBRARIAN, INFORMATICIAN, SUPERVISOR)),
        ("poista 12: Informaatikko, kirjasto", "admins", (LIBRARIAN,)),
    ],
)
def test_r24_typed_words_name_and_take_out(world: World, said: str, part: str, people: object) -> None:
    enters(world)
    world.asks(LIBRARIAN, said)
    assert getattr(account(world), part) == people


def test_r24_somebody_whom_nobody_knows_is_not_named(world: World) -> None:
    enters(world)
    world.asks(LIBRARIAN, "nimeä 12 sijainen: Eikukaan")
    assert account(world) == ACCOUNT.__class__(**{**vars(ACCOUNT), "version": 1})
    assert "Henkilöä ei löydy" in seen(world, LIBRARIAN)


@pytest.mark.parametrize(
    ("person", "may"),
    [
        (LIBRARIAN, True), (INFORMATICIAN, True), (SUPERVISOR, True), (SPECIALIST, True), (MANAGER, True),
        (EMPLOYEE, False), (SECRETARY, False), (OFFICIAL, False), (IT_MANAGER, False), (ADMINISTRATOR, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "action", ["people", "details", "confirm", "password", "posted", "answered", "pause", "end", "extend", "results"]
)
def test_r24_only_who_answers_for_the_account_keeps_it(world: World, person: str, may: bool, action: str) -> None:
    """The owner is a unit: its people in the account, who leads them, and the communications team."""
    enters(world)
    before = account(world)
    shown = world.presses(person, f"register/{action}", KEY, "3" if action == "pause" else "")
    changed = account(world) != before or isinstance(shown.immediate, OpenForm)
    assert changed == may
    if not may:
        assert world.last(person).card.name == "register/refused"


def test_r43_changed_details_are_told_to_the_communications_manager(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/details", KEY, mailbox="lainaus@tuusula.fi", answer_days="1")
    kept = account(world)
    assert (kept.mailbox, kept.answer_days, kept.name) == ("lainaus@tuusula.fi", 1, ACCOUNT.name)
    assert "sähköposti, vastausaika" in words(world.last(MANAGER))


@pytest.mark.parametrize("value", ["0", "15", "kaksi", "-1", "²", "1.5"])
def test_r100_the_promised_time_to_answer_is_a_number_of_days(world: World, value: str) -> None:
    enters(world)
    shown = world.submits(LIBRARIAN, "register/details", KEY, answer_days=value).immediate
    assert isinstance(shown, FieldErrors)
    assert shown.errors == {"answer_days": "not_answer_days"}


# ── people leave (R43) ──────────────────────────────────────────────────────────────────────────────────────────────


def test_r43_a_person_who_leaves_raises_their_accounts_at_once(world: World) -> None:
    enters(world)
    before = len(world.platform.sent)
    leaves(world, LIBRARIAN)
    assert account(world).left == (LIBRARIAN,)
    [told] = cards(world, INFORMATICIAN, "register/told", before)
    assert "ei ole enää kunnan palveluksessa" in words(told)
    assert "Vaihda salasana" in words(told)
    assert buttons_of(told) == ["register/people", "register/password"]
    [news] = cards(world, TEAM, "register/left", before)
    assert "Kirjaston kuulumiset" in words(news)


def test_r43_communications_hear_of_all_accounts_of_who_left_in_one_message(world: World) -> None:
    for number in range(12, 25):
        enters(world, key=f"register/{number}", address=f"x.com/tili{number}")
    before = len(world.platform.sent)
    leaves(world, LIBRARIAN)
    [news] = cards(world, TEAM, "register/left", before)
    assert "ja 3 muuta" in words(news)
    assert len(cards(world, INFORMATICIAN, "register/told", before)) == 13


def test_nobody_has_left_where_no_directory_was_imported(world: World) -> None:
    enters(world)
    world.store.replace_people([])
    world.bot.directory.refresh()
    world.bot.look_for_leavers()
    assert account(world).left == ()


def test_r43_nobody_is_told_twice_that_somebody_left(world: World) -> None:
    enters(world)
    leaves(world, LIBRARIAN)
    before = len(world.platform.sent)
    leaves(world)
    assert world.platform.sent[before:] == []


def test_r33_who_leaves_at_night_is_spoken_of_in_the_morning(world: World) -> None:
    enters(world)
    runs(world, hours=14)  # midnight
    before = len(world.platform.sent)
    leaves(world, LIBRARIAN)
    assert account(world).left == (LIBRARIAN,), "the register knows it at once"
    assert world.platform.sent[before:] == []
    runs(world, hours=12)
    assert "ei ole enää kunnan palveluksessa" in words(bundles(world, INFORMATICIAN, before)[-1])


def test_r43_the_successor_ends_it_and_the_password_is_changed(world: World) -> None:
    enters(world)
    leaves(world, LIBRARIAN)
    opened = world.presses(INFORMATICIAN, "register/people", KEY).immediate
    assert isinstance(opened, OpenForm)
    assert LIBRARIAN not in {p for f in opened.form.fields for p in f.value.split(",")}, "who left is not offered again"
    world.submits(INFORMATICIAN, "register/people", KEY, updater=SUPERVISOR, substitute=INFORMATICIAN,
                  admins=f"{SUPERVISOR},{INFORMATICIAN}", producers="")  # fmt: skip
    world.presses(INFORMATICIAN, "register/password", KEY)
    assert account(world).left == ()
    since = len(world.platform.sent)
    runs(world, days=5)
    assert not any("ei ole enää kunnan palveluksessa" in words(s) for s in world.platform.sent[since:])


def test_r43_an_account_whose_people_are_all_gone_is_the_communications_teams_to_see_to(world: World) -> None:
    enters(world)
    leaves(world, LIBRARIAN, INFORMATICIAN, EMPLOYEE)
    assert "ei ole enää kunnan palveluksessa" in words(to(world, TEAM)[-1])
    since = len(world.platform.sent)
    runs(world, days=3)
    assert "nimetty henkilö lähtenyt" in words(bundles(world, TEAM, since)[-1])


# ── kept true and alive ─────────────────────────────────────────────────────────────────────────────────────────────


def test_r43_its_people_are_confirmed_twice_a_year_in_one_tap(world: World) -> None:
    enters(world, rhythm="")
    runs(world, days=180)
    assert not any("yhä oikein" in words(s) for s in bundles(world, LIBRARIAN))
    runs(world, days=6)
    [asked] = [s for s in bundles(world, LIBRARIAN) if "ovatko nämä ylläpitäjät yhä oikein?" in words(s)]
    assert "register/confirm" in buttons_of(asked)
    world.presses(LIBRARIAN, "register/confirm", KEY)
    since = len(world.platform.sent)
    runs(world, days=60)
    assert not any("yhä oikein" in words(s) for s in bundles(world, LIBRARIAN, since))
    assert account(world).confirmed_at == world.clock.now() - timedelta(days=60)


def test_r43_what_nobody_confirms_is_told_to_communications_after_a_month(world: World) -> None:
    enters(world, rhythm="", password_months=24, goals=())
    world.presses(SPECIALIST, "published/done", "")
    runs(world, days=200)
    assert not bundles(world, TEAM)
    runs(world, days=20)
    assert "henkilöt vahvistamatta 1" in words(bundles(world, TEAM)[-1])
    world.presses(SPECIALIST, "register/overdue", "")
    assert "Kirjaston kuulumiset" in seen(world, SPECIALIST)
    world.presses(EMPLOYEE, "register/overdue", "")
    assert world.last(EMPLOYEE).card.name == "register/refused"


@pytest.mark.parametrize(("months", "days"), [(3, 91), (1, 31), (12, 365)])
def test_r141_the_password_is_reminded_of_in_the_accounts_own_interval(world: World, months: int, days: int) -> None:
    enters(world, password_months=months, rhythm="", goals=())
    runs(world, days=days - 4)
    assert not any("salasana" in words(s) for s in bundles(world, LIBRARIAN))
    runs(world, days=7)
    assert any("vaihda tilin salasana" in words(s) for s in bundles(world, LIBRARIAN))
    world.asks(LIBRARIAN, "salasana vaihdettu 12")
    assert account(world).password_at == world.clock.now()


def test_r141_overdue_passwords_are_listed_for_communications_and_the_it_manager(world: World) -> None:
    enters(world, rhythm="", goals=())
    runs(world, days=92 + 34)
    assert "salasana vaihtamatta 1" in words(bundles(world, TEAM)[-1])
    assert "salasana vaihtamatta 1" in words(bundles(world, IT_MANAGER)[-1])
    world.presses(IT_MANAGER, "register/overdue", "")
    assert "salasana vaihtamatta" in seen(world, IT_MANAGER)


def test_r139_no_password_is_ever_asked_for_or_taken(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/details", KEY, plan="salasana on Kes4kuu!2026")
    assert "Kes4kuu" not in kept_text(world)


@pytest.mark.parametrize(("rhythm", "days"), [("daily", 3), ("weekly", 7), ("less", 31)])
def test_r57_r96_a_quiet_account_is_nudged_in_its_promised_rhythm(world: World, rhythm: str, days: int) -> None:
    enters(world, rhythm=rhythm, password_months=24, goals=(), answered_at=MONDAY + timedelta(days=365))
    runs(world, days=days - 1)
    assert not bundles(world, LIBRARIAN)
    runs(world, days=6)  # past a weekend, and past Christmas
    nudge = bundles(world, LIBRARIAN)[-1]
    assert "ei ole merkitty päivitetyksi" in words(nudge)
    assert "register/posted" in buttons_of(nudge)
    world.presses(LIBRARIAN, "register/posted", KEY)
    assert account(world).posted_at == world.clock.now()


def test_r57_a_pause_of_three_weeks_is_one_tap(world: World) -> None:
    enters(world, password_months=24, goals=())
    world.presses(LIBRARIAN, "register/pause", KEY, "3")
    runs(world, days=20)
    assert not bundles(world, LIBRARIAN)
    runs(world, days=4)
    assert bundles(world, LIBRARIAN)
    world.asks(LIBRARIAN, "tauko 12 5")
    assert account(world).paused_until == (world.clock.now().date() + timedelta(weeks=5)).isoformat()


def test_r58_r100_answers_are_asked_after_once_a_week_as_promised(world: World) -> None:
    enters(world, rhythm="", answer_days=2, password_months=24, goals=())
    runs(world, days=6)
    assert not bundles(world, LIBRARIAN)
    runs(world, days=2)
    assert "onko tilin kysymyksiin vastattu 2 vuorokaudessa?" in words(bundles(world, LIBRARIAN)[-1])
    world.presses(LIBRARIAN, "register/answered", KEY)
    since = len(world.platform.sent)
    runs(world, days=6)
    assert not bundles(world, LIBRARIAN, since)


def test_r54_r56_r65_too_few_people_are_an_alarm_before_anybody_leaves(world: World) -> None:
    enters(world, admins=(LIBRARIAN,), rhythm="")
    runs(world, days=1)
    assert "alle kaksi ylläpitäjää" in words(bundles(world, LIBRARIAN)[-1])
    assert "liian vähän ylläpitäjiä" in words(bundles(world, TEAM)[-1])
    world.submits(LIBRARIAN, "register/people", KEY, substitute="", admins=f"{LIBRARIAN},{INFORMATICIAN}")
    since = len(world.platform.sent)
    runs(world, days=2)
    assert "ei ole sijaista" in words(bundles(world, LIBRARIAN, since)[-1])


@pytest.mark.parametrize(("days", "asked"), [(170, False), (190, True), (360, True), (372, True)])
def test_r66_goals_are_followed_up_after_six_and_twelve_months(world: World, days: int, asked: bool) -> None:
    enters(world, rhythm="", password_months=24)
    runs(world, days=days)
    assert any("miten tavoitteet ovat toteutuneet" in words(s) for s in bundles(world, LIBRARIAN)) == asked


def test_r66_results_are_kept_goal_by_goal_and_told_to_communications(world: World) -> None:
    enters(world, rhythm="", password_months=24)
    runs(world, days=190)
    opened = world.presses(LIBRARIAN, "register/results", KEY).immediate
    assert isinstance(opened, OpenForm)
    assert [f.data["goal"] for f in opened.form.fields] == list(ACCOUNT.goals)
    world.submits(LIBRARIAN, "register/results", KEY, result_1="Kävijöitä 20 % enemmän", result_2="Lainat kasvoivat")
    assert account(world).results[-1].texts == ("Kävijöitä 20 % enemmän", "Lainat kasvoivat")
    assert "Kävijöitä 20 % enemmän" in words(to(world, TEAM)[-1])
    since = len(world.platform.sent)
    runs(world, days=100)
    assert not any("miten tavoitteet" in words(s) for s in bundles(world, LIBRARIAN, since))


def test_nothing_due_is_passed_over_where_more_is_due_than_one_message_holds(world: World) -> None:
    for number in range(100, 140):
        enters(world, key=f"register/{number}", address=f"x.com/t{number}", name=f"T{number}", rhythm="", goals=(),
               password_at=MONDAY - timedelta(days=200), answered_at=MONDAY + timedelta(days=90))  # fmt: skip
    runs(world, days=7)
    said = [words(s) for s in bundles(world, LIBRARIAN)]
    assert {n for n in range(100, 140) if any(f"(tili {n})" in s for s in said)} == set(range(100, 140))
    assert len(said) == 3, "fifteen a morning"
    assert "Muita odottavia asioita: 25" in said[0]


def test_r43_who_came_back_and_leaves_again_is_raised_again(world: World) -> None:
    enters(world)
    everybody = world.store.people()
    leaves(world, LIBRARIAN)
    world.store.replace_people(everybody)
    world.clock.move(hours=1)
    leaves(world)
    assert account(world).left == ()
    world.clock.move(days=1)
    before = len(world.platform.sent)
    leaves(world, LIBRARIAN)
    assert account(world).left == (LIBRARIAN,)
    assert account(world).forced_at == world.clock.now()
    assert cards(world, INFORMATICIAN, "register/told", before)


def test_r43_who_left_is_named_though_the_directory_forgot_them(world: World) -> None:
    enters(world)
    world.presses(LIBRARIAN, "register/confirm", KEY)
    leaves(world, LIBRARIAN)
    assert "Kirjastonhoitaja, kirjasto ei ole enää" in words(to(world, TEAM)[-1])


def test_r43_communications_are_told_where_nobody_is_left(world: World) -> None:
    enters(world, substitute="", admins=(LIBRARIAN,), producers=())
    leaves(world, LIBRARIAN)
    assert "kukaan ei ole jäljellä" in words(to(world, TEAM)[-1])


def test_r70_another_address_is_verified_anew(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/details", KEY, address="www.instagram.com/kirjastotuusula")
    kept = account(world)
    assert (kept.status, kept.official_at, kept.ticks) == (Status.OPEN, None, {})
    assert "varmennetaan uudelleen" in seen(world, LIBRARIAN)


def test_r43_nobody_makes_an_account_the_municipalitys_common_one_by_words(world: World) -> None:
    enters(world, rhythm="", password_months=24, goals=(), confirmed_at=MONDAY - timedelta(days=300))
    world.submits(LIBRARIAN, "register/details", KEY, purpose="umbrella")
    runs(world, days=1)
    assert "yhä oikein" in words(bundles(world, LIBRARIAN)[-1])


def test_r43_who_is_named_in_a_report_hears_of_it_and_may_decline(world: World) -> None:
    key = reported(world, EMPLOYEE)
    assert "nimesi sinut tilille Tuusulan museo" in seen(world, INFORMATICIAN)
    world.presses(INFORMATICIAN, "register/decline", key)
    assert INFORMATICIAN not in account(world, key).people


def test_r24_who_leads_only_a_producer_does_not_keep_the_account(world: World) -> None:
    enters(world, updater=SPECIALIST, substitute=MANAGER, admins=(SPECIALIST, MANAGER), producers=(EMPLOYEE,))
    world.presses(SUPERVISOR, "register/end", KEY)
    assert world.last(SUPERVISOR).card.name == "register/refused"


@pytest.mark.parametrize("action", ["confirm", "password", "posted", "answered"])
def test_a_double_click_is_answered_twice_and_kept_once(world: World, action: str) -> None:
    enters(world)
    for _ in range(3):
        world.presses(LIBRARIAN, f"register/{action}", KEY)
    assert [d.move for d in account(world).history] == [action]
    world.clock.move(days=1)
    world.presses(LIBRARIAN, f"register/{action}", KEY)
    assert len(account(world).history) == 2


def test_r141_a_password_changed_again_after_somebody_left_counts(world: World) -> None:
    enters(world, password_at=None)
    world.presses(INFORMATICIAN, "register/password", KEY)
    world.clock.move(hours=1)
    leaves(world, LIBRARIAN)
    world.clock.move(hours=1)
    world.presses(INFORMATICIAN, "register/password", KEY)
    assert account(world).password_at == world.clock.now()


@pytest.mark.parametrize("search", ["rekisteri informaatikko instagram", "rekisteri informaatikon tilit"])
def test_r42_a_person_is_found_together_with_other_words(world: World, search: str) -> None:
    enters(world)
    world.asks(LIBRARIAN, search)
    assert "(tili 12)" in seen(world, LIBRARIAN)
    world.asks(SECRETARY, search)
    assert "(tili 12)" not in seen(world, SECRETARY)


def test_r23_r42_a_question_in_words_gets_the_register_and_the_guidelines_rule(world: World) -> None:
    enters(world, umbrella=True, name="Tuusulan kunta", address="www.facebook.com/tuusula", channel="facebook",
           owner="Viestintä", updater="", substitute="", admins=(), producers=())  # fmt: skip
    world.asks(EMPLOYEE, "Kuka päivittää Tuusulan kunnan Facebookia?")
    said = world.last(EMPLOYEE)
    assert "päivittää viestintä" in words(said) or "viestintäpäällikkö" in words(said)
    assert any(part.kind == "quote" for part in said.card.parts)


# ── it ends (R39, R62) ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["ends", "review"])
def test_r39_r62_a_project_and_a_trial_are_asked_about_a_month_before_their_day(world: World, name: str) -> None:
    on = (MONDAY.date() + timedelta(days=60)).isoformat()
    enters(world, rhythm="", **{name: on})
    runs(world, days=29)
    assert not any("suljetaanko" in words(s) for s in bundles(world, LIBRARIAN))
    runs(world, days=4)
    asked = bundles(world, LIBRARIAN)[-1]
    assert "suljetaanko" in words(asked)
    assert ("register/keep" in buttons_of(asked)) == (name == "review")


def test_r39_an_account_ends_by_a_checklist_that_is_marked_as_not_the_guidelines(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/end", KEY, text="Hanke on valmis.")
    assert account(world).status is Status.CLOSING
    assert "Ohje ei kerro, miten tili suljetaan" in seen(world, LIBRARIAN)
    assert "Hanke on valmis." in words(to(world, TEAM)[-1])
    for point in ("followers", "archive", "handed"):
        world.presses(LIBRARIAN, "register/tick", KEY, point)
    world.presses(LIBRARIAN, "register/tick", KEY, "list_removed")
    assert world.last(LIBRARIAN).card.name == "register/refused"
    world.presses(SPECIALIST, "register/tick", KEY, "list_removed")
    assert account(world).status is Status.CLOSED
    world.presses(LIBRARIAN, "register/confirm", KEY)
    assert "Tili on suljettu" in seen(world, LIBRARIAN)


def test_r39_an_account_may_go_on_until_a_later_day_but_not_until_yesterday(world: World) -> None:
    enters(world, ends=(MONDAY.date() + timedelta(days=10)).isoformat())
    shown = world.submits(LIBRARIAN, "register/extend", KEY, date="2026-11-01").immediate
    assert isinstance(shown, FieldErrors)
    assert shown.errors == {"date": "past_date"}
    world.asks(LIBRARIAN, "jatka tiliä 12: 31.12.2027")
    assert account(world).ends == date(2027, 12, 31).isoformat()


def test_r62_a_trial_becomes_permanent_in_one_tap(world: World) -> None:
    enters(world, review="2026-12-01")
    world.presses(LIBRARIAN, "register/keep", KEY)
    assert account(world).review == ""
    assert "jatkuu toistaiseksi" in words(to(world, TEAM)[-1])


def test_an_end_may_be_taken_back_and_what_was_official_is_official_again(world: World) -> None:
    enters(world)
    world.submits(LIBRARIAN, "register/end", KEY, text="Erehdys.")
    world.presses(LIBRARIAN, "register/keep", KEY)
    assert account(world).status is Status.OFFICIAL


# ── the turn to answer (R107) ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("action", "said"), [("take_turn", "otti vastausvuoron"), ("refuse_turn", "ei ehdi vastata")])
def test_r107_the_turn_to_answer_is_handed_over_and_the_giver_hears_of_it(world: World, action: str, said: str) -> None:
    enters(world)
    world.submits(EMPLOYEE, "register/hand_over", KEY, taker=INFORMATICIAN, text="Kysymys aukioloista")
    assert "pyytää sinua vastaamaan" in seen(world, INFORMATICIAN)
    assert "Kysymys aukioloista" in seen(world, INFORMATICIAN)
    world.presses(INFORMATICIAN, f"register/{action}", KEY)
    assert said in seen(world, EMPLOYEE)
    world.presses(INFORMATICIAN, "register/take_turn", KEY)
    assert "Olet jo vastannut" in seen(world, INFORMATICIAN)


def test_r107_the_turn_goes_to_the_accounts_own_people_alone(world: World) -> None:
    enters(world)
    shown = world.submits(EMPLOYEE, "register/hand_over", KEY, taker=SECRETARY).immediate
    assert isinstance(shown, FieldErrors)
    world.submits(SECRETARY, "register/hand_over", KEY, taker=LIBRARIAN)
    assert world.last(SECRETARY).card.name == "register/refused"
    world.asks(EMPLOYEE, "siirrä vuoro 12: Informaatikko, kirjasto")
    turn = account(world).turn
    assert turn is not None
    assert turn.taker == INFORMATICIAN


# ── the published list (R37, R71, R149) ─────────────────────────────────────────────────────────────────────────────


def test_r37_r149_drift_from_the_published_list_is_shown_and_reminded_of(world: World) -> None:
    enters(world, rhythm="")
    runs(world, days=1)
    assert "rekisteri on muuttunut" in words(bundles(world, TEAM)[-1])
    world.presses(SPECIALIST, "published/show", "")
    assert "lisää Kirjaston kuulumiset" in seen(world, SPECIALIST)
    world.asks(SPECIALIST, "lista julkaistu")
    world.presses(SPECIALIST, "published/show", "")
    assert "vastaavat toisiaan" in seen(world, SPECIALIST)
    world.submits(LIBRARIAN, "register/details", KEY, name="Kirjasto somessa")
    world.presses(SPECIALIST, "published/show", "")
    assert "muuta Kirjasto somessa" in seen(world, SPECIALIST)
    world.presses(EMPLOYEE, "published/done", "")
    assert world.last(EMPLOYEE).card.name == "published/refused"


def test_r37_an_account_that_is_not_verified_is_not_on_the_list(world: World) -> None:
    enters(world, status=Status.OPEN)
    world.presses(SPECIALIST, "published/show", "")
    assert "vastaavat toisiaan" in seen(world, SPECIALIST)


# ── reminders are put off and muted ─────────────────────────────────────────────────────────────────────────────────


def test_r33_everything_is_put_off_for_a_week_in_one_tap(world: World) -> None:
    enters(world, password_at=MONDAY - timedelta(days=100))
    runs(world, days=1)
    nudged = bundles(world, LIBRARIAN)[-1]
    assert "preferences/snooze" in buttons_of(nudged)
    world.presses(LIBRARIAN, "preferences/snooze", f"preferences/{LIBRARIAN}")
    since = len(world.platform.sent)
    runs(world, days=6, hours=12)
    assert not bundles(world, LIBRARIAN, since)
    runs(world, days=2)
    assert "vaihda tilin salasana" in words(bundles(world, LIBRARIAN, since)[-1])


def test_nudges_are_muted_and_duties_are_not(world: World) -> None:
    enters(world, posted_at=MONDAY - timedelta(days=30))
    world.asks(LIBRARIAN, "mykistä")
    runs(world, days=10)
    assert not bundles(world, LIBRARIAN)
    enters(world, key="register/13", address="x.com/toinen", password_at=MONDAY - timedelta(days=100))
    runs(world, days=2)
    assert "salasana" in words(bundles(world, LIBRARIAN)[-1])
    assert "päivitetyksi" not in words(bundles(world, LIBRARIAN)[-1])
    world.asks(LIBRARIAN, "poista mykistys")
    runs(world, days=3)
    assert "päivitetyksi" in words(bundles(world, LIBRARIAN)[-1])


def test_nobody_changes_somebody_elses_reminders(world: World) -> None:
    world.presses(EMPLOYEE, "preferences/mute", f"preferences/{LIBRARIAN}")
    assert world.store.record(f"preferences/{LIBRARIAN}") is None
    assert world.last(EMPLOYEE).card.name == "preferences/unknown"


# ── requests and the register ───────────────────────────────────────────────────────────────────────────────────────


def test_r42_a_request_becomes_an_account_with_all_that_the_register_keeps(world: World) -> None:
    official(world)
    kept = account(world, "register/r1")
    assert (kept.status, kept.address, kept.updater) == (Status.OFFICIAL, ADDRESS, LIBRARIAN)
    assert kept.goals == ("lisää osallistumista", "näkyvyyttä tapahtumille")
    assert kept.plan
    assert set(kept.ticks) == set(VERIFYING)


def test_r43_what_the_register_learned_is_not_undone_by_the_request(world: World) -> None:
    key = official(world)
    world.submits(LIBRARIAN, "register/people", "register/r1", updater=SUPERVISOR, substitute=INFORMATICIAN,
                  admins=f"{SUPERVISOR},{INFORMATICIAN}")  # fmt: skip
    world.presses(LIBRARIAN, "accounts/tick", key, "terms")
    kept = account(world, "register/r1")
    assert kept.updater == SUPERVISOR


# ── one visible reply, also the second time ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "action", ["show", "confirm", "password", "posted", "answered", "pause", "keep", "history", "checklist", "people"]
)
def test_each_press_gets_one_reply_also_the_second_time(world: World, action: str) -> None:
    enters(world, review="2026-12-31")
    event = Pressed("", LIBRARIAN, world.platform.direct(LIBRARIAN), KEY, f"register/{action}", "3")
    before = len(to(world, LIBRARIAN))
    handled = twice(world, event)
    shown = len(to(world, LIBRARIAN)) - before + sum(h.immediate is not None for h in handled)
    assert shown == 2


@pytest.mark.parametrize(
    "said",
    [
        "vahvista 12", "bekräfta 12", "confirm 12", "salasana vaihdettu 12", "lösenordet bytt 12", "password changed 12",
        "päivitetty 12", "vastattu 12", "tauko 12", "tauko 12 4 viikkoa", "vakinaista 12", "tilin historia 12",
        "tulokset 12: Kävijöitä enemmän", "päätä tili 12: Hanke loppui", "ylläpitäjät 12", "tilin tiedot 12", "tili 12",
        "visa konto 12", "show account 12", "tilin tarkistuslista 12", "myöhässä", "julkaisulista", "torkku", "mykistä",
        "merkitse tili 12 keeper", "merkitse tili 12 2", "sulje tili 12: Hanke loppui",
        "otan vuoron 12", "en ehdi vuoroa 12", "kieltäydyn tilistä 12",
    ],
)  # fmt: skip
def test_every_button_has_words_and_words_get_one_reply(world: World, said: str) -> None:
    enters(world)
    before = len(to(world, LIBRARIAN))
    handled = world.asks(LIBRARIAN, said)
    replies = [s for s in to(world, LIBRARIAN)[before:] if s.kind != "update"]
    assert len(replies) + (handled.immediate is not None) == 1
    assert all(s.card.name.split("/")[0] in ("register", "published", "preferences") for s in replies), replies


def test_an_account_that_is_not_there_is_said_so(world: World) -> None:
    world.asks(EMPLOYEE, "tili 99")
    assert "ei löydy rekisteristä" in seen(world, EMPLOYEE)


def test_the_history_tells_who_did_what_and_when(world: World) -> None:
    enters(world)
    world.presses(LIBRARIAN, "register/password", KEY)
    world.presses(LIBRARIAN, "register/history", KEY)
    assert "Kirjastonhoitaja, kirjasto: salasana vaihdettiin" in seen(world, LIBRARIAN)
    card: CardShown = world.last(LIBRARIAN).card
    assert card.name == "register/history"
