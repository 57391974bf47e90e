"""Agreements through the whole bot: from the first word to the review, by buttons and by words, and consent."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import HELSINKI, MovedClock
from bot.directory import Directory, read_people
from bot.picture import state_picture
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.agreements.names import sayable
from handlers.agreements.record import TRANSITIONS, Kind, Status
from handlers.agreements.typed import typed
from handlers.effects import FieldErrors, OpenForm, ShowCard
from handlers.events import Asked, Pressed, Submitted
from handlers.register.record import Record as Account
from handlers.register.record import Status as AccountStatus
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests import accounts as requests
from tests.accounts import (
    ADMINISTRATOR,
    DEPUTY,
    DIRECTOR,
    EMPLOYEE,
    GUEST,
    INFORMATICIAN,
    LIBRARIAN,
    MANAGER,
    SPECIALIST,
    SUPERVISOR,
    TEAM,
    cards,
    goes_to,
    imports,
    now_shown,
    said_last,
    to,
    twice,
    words,
    writes,
)
from tests.agreements import APART, COMPLETE, CONTENT, KEY, WORK_MAIL, agreed, agreement, sent, status
from tests.conftest import World, buttons_of, errors, form, make_world
from tests.fakes import MONDAY, Sent

ACCOUNT = Account(
    "register/r7", AccountStatus.OFFICIAL, "Kirjaston kuulumiset", "instagram", "www.instagram.com/kirjasto", "Kirjasto",
    "Kasvu ja ympäristö", "", EMPLOYEE, LIBRARIAN, (EMPLOYEE, LIBRARIAN), (INFORMATICIAN,), "kirjasto@tuusula.fi",
    "weekly", MONDAY, MONDAY,
)  # fmt: skip
ACCOUNTS: TypeAdapter[Account] = TypeAdapter(Account)


@pytest.fixture
def world(lossless: World) -> World:
    lossless.bot.begin()  # the morning round
    return lossless


# ── the chooser, and each kind ──────────────────────────────────────────────────────────────────────────────────────


def test_r27_r30_r80_the_chooser_tells_what_each_is_for_in_the_guidelines_own_sentences(world: World) -> None:
    world.asks(EMPLOYEE, "sovi")
    card = world.last(EMPLOYEE)
    quotes = [p.focus for p in card.card.parts if p.kind == "quote"]
    assert len(quotes) == 4
    assert any("ratkaistava etukäteen oman esimiehen kanssa" in q for q in quotes)
    assert any("sovittuaan asiasta esimiehensä kanssa" in q for q in quotes)
    assert any("etäisyyden vs. lähestyttävyyden" in q for q in quotes)
    assert any("jopa välttämätöntä" in q for q in quotes)
    assert "ketään ei velvoiteta" in words(card), "R77 and R80 together (A8)"
    assert buttons_of(card).count("agreements/begin") == 4
    assert "Esihenkilö, kirjasto" in words(card)


@pytest.mark.parametrize("kind", Kind)
def test_r19_r29_r30_r81_each_kind_goes_from_the_form_to_an_agreement_in_force(world: World, kind: Kind) -> None:
    opened = world.presses(EMPLOYEE, "agreements/begin", "", kind.value)
    assert form(opened)["review"] == "2027-11-23"
    key = sent(world, kind)
    (card,) = cards(world, SUPERVISOR, "agreements/page")
    for text in [t for n, t in COMPLETE[kind].items() if t and n not in ("review", "profile")]:
        assert text in words(card), "the supervisor reads the whole of it"
    assert buttons_of(card) == ["agreements/approve", "agreements/return", "agreements/decline", "agreements/comment"]
    offered = form(world.presses(SUPERVISOR, "agreements/approve", key, "1"))
    assert offered["hours"] == COMPLETE[kind]["hours"]
    gaps = {"led": "missing"} | ({"hours": "missing"} if COMPLETE[kind]["hours"] else {})
    assert errors(world.submits(SUPERVISOR, "agreements/approve", f"{key}@1", hours="", led=" ")) == gaps
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@1", **CONTENT)
    made = agreement(world, key)
    assert (made.status, made.agreed_by, made.review, dict(made.content)) == (
        Status.AGREED, SUPERVISOR, "2027-11-23", CONTENT,
    )  # fmt: skip
    told = cards(world, EMPLOYEE, "agreements/state")[-1]
    assert "hyväksyi sopimuksen" in words(told)
    assert "agreements/continue" in buttons_of(told)
    world.presses(EMPLOYEE, "agreements/show", key)
    page = said_last(world, EMPLOYEE)
    assert "23.11.2027" in page
    assert "Käymme läpi kuukausipalaverissa." in page


@pytest.mark.parametrize(
    ("command", "kind"),
    [("sometyöaika", "working_time"), ("oma nimi", "own_name"), ("työprofiili", "work_profile"),
     ("johtajan profiili", "leader"), ("arbetsprofil", "work_profile"), ("own name", "own_name")],
)  # fmt: skip
def test_r30_r31_words_alone_show_the_kind_with_its_pros_and_cons_and_how_to_go_on(
    world: World, command: str, kind: str
) -> None:
    world.asks(EMPLOYEE, command)
    card = world.last(EMPLOYEE)
    assert card.card.name == "agreements/kind"
    (button,) = [b.button for p in card.card.parts if p.kind == "buttons" for b in p.buttons]
    assert (button.action, button.value) == ("agreements/begin", kind)
    quotes = " ".join(p.focus for p in card.card.parts if p.kind == "quote")
    assert ("voi luoda etäisyyttä" in quotes) == (kind == "work_profile")


def test_r31_the_form_of_a_work_profile_shows_for_and_against_before_its_questions(
    world: World, renderer: Renderer
) -> None:
    opened = world.presses(EMPLOYEE, "agreements/begin", "", "work_profile").immediate
    assert isinstance(opened, OpenForm)
    for language in LANGUAGES:
        shown = renderer.form(opened.form, language)
        assert "perusteltua muodostaa" in shown.intro
        assert "voi luoda etäisyyttä" in shown.intro
        assert [f.name for f in shown.fields][2:5] == ["distance", "apart", "views"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("sovi sometyöaika: Facebook; Vastaan kysymyksiin; 2 h; Vain työaikana", Kind.WORKING_TIME),
        ("sovi oma nimi: LinkedIn; Kerron työstäni; asiantuntija; Vain työaikana; @tunnus", Kind.OWN_NAME),
        ("sovi työprofiili: X; Kerron työstäni; Ei haittaa; Vain työaikana; Ei muita; 1.6.2027", Kind.WORK_PROFILE),
        ("sovi johtajan profiili: LinkedIn; Kerron päätöksistä; Vain työaikana", Kind.LEADER),
        ("avtala arbetstid: Facebook; Svarar på frågor; 2 h; Bara på arbetstid", Kind.WORKING_TIME),
        ("agree on own name: LinkedIn; My work; expert; Only in working time", Kind.OWN_NAME),
    ],
)
def test_every_agreement_can_be_asked_for_approved_changed_and_ended_in_words(
    world: World, line: str, kind: Kind
) -> None:
    world.asks(EMPLOYEE, line)
    made = agreement(world)
    assert (made.kind, made.status) == (kind, Status.SENT)
    assert made.answers["review"] == ("2027-06-01" if "1.6.2027" in line else "2027-11-23")
    world.asks(SUPERVISOR, "hyväksy sopimus 1")
    assert "Kirjoita esimerkiksi" in said_last(world, SUPERVISOR)
    assert status(world) is Status.SENT
    world.asks(SUPERVISOR, "hyväksy sopimus 1: Kuukausipalaverissa; 1,5 h; ei iltaisin")
    assert dict(agreement(world).content) == {"hours": "1,5 h", "led": "Kuukausipalaverissa", "conditions": "ei iltaisin"}
    world.asks(EMPLOYEE, "muuta sopimusta 1: Toinen tarkoitus; 3 h")
    assert (status(world), agreement(world).answers["purpose"]) == (Status.CHANGING, "Toinen tarkoitus")
    world.asks(SUPERVISOR, "godkänn överenskommelse 1: På månadsmötet; 3 h")
    assert (status(world), agreement(world).terms["hours"]) == (Status.AGREED, "3 h")
    world.asks(EMPLOYEE, "jatketaan sopimusta 1")
    assert status(world) is Status.RENEWING
    world.asks(SUPERVISOR, "confirm agreement 1")
    assert status(world) is Status.AGREED
    world.asks(EMPLOYEE, "päätä sopimus 1: Tehtäväni vaihtuvat.")
    assert status(world) is Status.ENDED
    assert "Tehtäväni vaihtuvat." in words(cards(world, SUPERVISOR, "agreements/page")[-1])


TYPED = {
    "agreements/choose": ("sopimus", "överenskommelse", "agreement"),
    "agreements/mine": ("omat sopimukset", "mina överenskommelser", "my agreements"),
    "agreements/people": ("väkeni sopimukset", "mina medarbetares avtal", "my people's agreements"),
    "agreements/counts": ("sopimusten luvut", "avtal i siffror", "agreement figures"),
    "agreements/begin": ("oma nimi", "eget namn", "own name"),
    "agreements/show": ("sopimus 1", "visa överenskommelse 1", "show agreement 1"),
    "agreements/change": ("muuta sopimusta 1", "ändra överenskommelse 1", "change agreement 1"),
    "agreements/continue": ("jatketaan sopimusta 1", "fortsätt överenskommelse 1", "continue agreement 1"),
    "agreements/withdraw": ("peru sopimus 1", "återta överenskommelse 1", "withdraw agreement 1"),
    "agreements/end": ("päätä sopimus 1", "avsluta överenskommelse 1", "end agreement 1"),
    "agreements/confirm": ("vahvista sopimus 1", "bekräfta överenskommelse 1", "confirm agreement 1"),
    "agreements/return": ("täydennä sopimus 1: mitä", "komplettera överenskommelse 1: vad", "return agreement 1: what"),
    "agreements/decline": ("ei sovita 1: miksi", "avtala inte 1: varför", "not agreed 1: why"),
    "agreements/comment": ("kommentoi sopimusta 1: a", "kommentera överenskommelse 1: a", "comment on agreement 1: a"),
    "agreements/approve": ("hyväksy sopimus 1: a", "godkänn överenskommelse 1: a", "approve agreement 1: a"),
    "agreements/send": ("sovi oma nimi: a", "avtala eget namn: a", "agree on own name: a"),
    "agreements/ask_names": ("kysy suostumukset r7", "fråga samtycken r7", "ask consents r7"),
    "consents/list": ("suostumukset", "mina samtycken", "my consents"),
    "consents/refuse": ("en suostu omaan nimeen", "inte mitt namn", "not my name"),
    "consents/give": ("suostun tilille r7", "jag samtycker på konto r7", "i consent on account r7"),
    "consents/withdraw": ("peru suostumus r7", "återta samtycke r7", "withdraw consent r7"),
}


def test_every_button_has_words_that_do_the_same_in_three_languages(renderer: Renderer) -> None:
    for action, lines in TYPED.items():
        for line in lines:
            event = typed(Asked("k", EMPLOYEE, "fake:dm:employee", text=line))
            name = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else ""
            assert name == action, line
    buttons = {n.partition(".")[0] for n in renderer.labels("fi") if n.startswith(("agreements/", "consents/"))}
    assert buttons <= set(TYPED), "a button without words"


def test_the_words_are_for_the_bot_only_where_it_is_addressed() -> None:
    assert typed(Asked("k", EMPLOYEE, "fake:dm:employee", text="sovi", addressed=False)) is None


def test_r18_r19_r29_the_guidelines_answer_has_a_way_to_agree(world: World) -> None:
    for question in ("Saanko käyttää somea työajalla?", "haluaisin avata asiantuntijaprofiilin omalla nimelläni"):
        world.asks(EMPLOYEE, question)
        card = world.last(EMPLOYEE)
        assert card.card.name.startswith("questions/")
        assert "agreements/choose" in buttons_of(card), question
    world.asks(EMPLOYEE, "Kuinka usein salasanat pitää vaihtaa?")
    assert "agreements/choose" not in buttons_of(world.last(EMPLOYEE))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_all_of_it_is_said_in_the_persons_own_language(world: World, language: str) -> None:
    for person in (EMPLOYEE, SUPERVISOR):
        world.asks(person, {"sv": "språk svenska", "en": "language english"}[language])
    key = agreed(world, Kind.OWN_NAME)
    world.presses(EMPLOYEE, "agreements/continue", key)
    world.presses(SUPERVISOR, "agreements/confirm", key, "2")
    heading = {"sv": "Överenskommelse 1", "en": "Agreement 1"}[language]
    for person in (EMPLOYEE, SUPERVISOR):
        world.presses(person, "agreements/show", key)
        assert heading in said_last(world, person)
        assert "Sopimus" not in said_last(world, person)


# ── what is refused, late, said twice ───────────────────────────────────────────────────────────────────────────────


def test_r137_r138_a_refused_form_keeps_what_was_typed_and_quotes_the_rule(world: World, renderer: Renderer) -> None:
    values = {**COMPLETE[Kind.OWN_NAME], "profile": "private", "email": WORK_MAIL}
    handled = world.submits(EMPLOYEE, "agreements/send", "agreements/new@own_name", **values)
    assert errors(handled) == {"email": "mail_private"}
    immediate = handled.immediate
    assert isinstance(immediate, FieldErrors)
    assert {f.name: f.value for f in immediate.form.fields} == values
    shown = renderer.form(immediate.form, "fi", immediate.errors)
    assert "tulee luoda muuta kuin kunnan sähköpostia käyttäen" in next(f.error for f in shown.fields if f.error)
    assert not world.store.records("agreements")


def test_r139_a_secret_is_kept_nowhere(world: World) -> None:
    handled = world.submits(
        EMPLOYEE, "agreements/send", "agreements/new@leader", **{**COMPLETE[Kind.LEADER], "purpose": "131052-308T"}
    )
    assert errors(handled) == {"purpose": "secret_identity_code"}
    key = sent(world)
    writes(world, SUPERVISOR, cards(world, SUPERVISOR, "agreements/page")[0], "Salasana: Kesakuu2026!")
    assert errors(world.submits(SUPERVISOR, "agreements/decline", f"{key}@1", text="131052-308T")) == {
        "text": "secret_identity_code"
    }
    kept = requests.kept_text(world)
    assert "131052-308T" not in kept
    assert "Kesakuu2026!" not in kept


def test_what_is_sent_or_decided_twice_happens_once_and_is_answered_twice(world: World) -> None:
    new = Submitted("", EMPLOYEE, "fake:dm:employee", "agreements/new@leader", "agreements/send", COMPLETE[Kind.LEADER])
    twice(world, new)
    assert len(world.store.records("agreements")) == 1
    assert len(cards(world, SUPERVISOR, "agreements/page")) == 1
    key = world.store.records("agreements")[0].key
    before = len(world.platform.sent)
    twice(world, Submitted("", SUPERVISOR, "fake:dm:supervisor", f"{key}@1", "agreements/approve", CONTENT))
    names = [s.card.name for s in to(world, SUPERVISOR, before) if s.kind != "update"]
    assert names == ["agreements/told", "agreements/late"]
    assert [d.move for d in agreement(world, key).history] == ["send", "approve"]
    assert len(cards(world, EMPLOYEE, "agreements/state", before)) == 1
    before = len(world.platform.sent)
    twice(world, Pressed("", EMPLOYEE, "fake:dm:employee", key, "agreements/continue"))
    assert agreement(world, key).round == 2
    assert len([s for s in to(world, EMPLOYEE, before) if s.kind != "update"]) == 2


def test_who_presses_late_is_told_who_did_what_and_every_copy_is_brought_up_to_date(world: World) -> None:
    imports(world, supervisor={"away": True})
    key = sent(world)
    assert cards(world, DEPUTY, "agreements/page"), "the deputy has it"
    imports(world, supervisor={"away": False})
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@1", **CONTENT)
    world.submits(DEPUTY, "agreements/decline", f"{key}@1", text="Ei nyt.")
    assert world.last(DEPUTY).kind == "update" or "late" in world.last(DEPUTY).card.name
    late = cards(world, DEPUTY, "agreements/late")[-1]
    assert "Esihenkilö, kirjasto" in words(late)
    assert "23.11.2026" in words(late)
    assert "Ei nyt." in words(late), "what was written is given back"
    assert status(world, key) is Status.AGREED
    passed = cards(world, DEPUTY, "agreements/passed")[-1]
    assert "Vastaan asiakkaiden" not in words(passed), "the supervisor is here again: it is the deputy's to read no more"


def test_the_card_of_an_earlier_round_decides_nothing(world: World) -> None:
    key = sent(world)
    world.submits(EMPLOYEE, "agreements/send", f"{key}@1", **{**COMPLETE[Kind.WORKING_TIME], "purpose": "Toinen."})
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@1", **CONTENT)
    assert status(world, key) is Status.SENT
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@2", **CONTENT)
    assert agreement(world, key).terms["purpose"] == "Toinen."


def test_given_back_and_not_now_have_reasons_and_can_be_sent_again(world: World) -> None:
    key = sent(world)
    for form_, text, after in (
        ("return", "Kerro kanavista.", Status.RETURNED), ("decline", "Ei ole aikaa.", Status.DECLINED),
    ):  # fmt: skip
        seen = f"{key}@{agreement(world, key).round}"
        assert errors(world.submits(SUPERVISOR, f"agreements/{form_}", seen, text=" ")) == {"text": "missing"}
        world.submits(SUPERVISOR, f"agreements/{form_}", seen, text=text)
        assert status(world, key) is after
        assert text in words(cards(world, EMPLOYEE, "agreements/state")[-1])
        world.submits(EMPLOYEE, "agreements/send", seen, **{**COMPLETE[Kind.WORKING_TIME], "purpose": text})
        assert status(world, key) is Status.SENT
    world.presses(EMPLOYEE, "agreements/withdraw", key)
    assert status(world, key) is Status.WITHDRAWN


def test_words_below_the_card_reach_the_other_party_in_both_directions(world: World) -> None:
    key = sent(world)
    writes(world, SUPERVISOR, cards(world, SUPERVISOR, "agreements/page")[0], "Entä loma-aikana?")
    told = cards(world, EMPLOYEE, "agreements/commented")[-1]
    assert "Entä loma-aikana?" in words(told)
    writes(world, EMPLOYEE, told, "Silloin en vastaa.")
    assert "Silloin en vastaa." in words(cards(world, SUPERVISOR, "agreements/commented")[-1])
    assert [c.person for c in agreement(world, key).comments] == [SUPERVISOR, EMPLOYEE]
    assert status(world, key) is Status.SENT


def test_nobody_else_sees_an_agreement_and_communications_only_numbers_by_department(world: World) -> None:
    for person in (EMPLOYEE, LIBRARIAN, INFORMATICIAN):
        agreed(world, Kind.OWN_NAME, person)
    for other in (SPECIALIST, MANAGER, ADMINISTRATOR, DIRECTOR):
        for words_ in ("sopimus 1", "väkeni sopimukset", "omat sopimukset", "omat"):
            world.asks(other, words_)
            assert "Vastaan asiakkaiden" not in said_last(world, other)
            assert "Työntekijä, kirjasto" not in said_last(world, other), f"{other}: {words_}"
        assert not cards(world, other, "agreements/page")
    assert not cards(world, TEAM, "agreements/page")
    world.asks(MANAGER, "sopimusten luvut")
    assert "Kasvu ja ympäristö: 3" in said_last(world, MANAGER)
    assert "kirjasto" not in said_last(world, MANAGER)
    world.presses(EMPLOYEE, "agreements/end", "agreements/1")
    world.submits(EMPLOYEE, "agreements/end", "agreements/1@1", text="")
    world.asks(MANAGER, "sopimusten luvut")
    assert "alle 3" in said_last(world, MANAGER), "a small number would name its people"
    world.asks(EMPLOYEE, "sopimusten luvut")
    assert "Luvut näkyvät viestinnälle" in said_last(world, EMPLOYEE)


def test_in_a_channel_an_agreement_is_shown_to_its_reader_alone(world: World) -> None:
    key = agreed(world)
    before = len(world.platform.sent)
    world.presses(EMPLOYEE, "agreements/show", key, conversation=TEAM)
    world.asks(EMPLOYEE, "omat sopimukset", TEAM)
    assert all("Vastaan asiakkaiden" not in words(s) for s in to(world, TEAM, before))
    assert any("Vastaan asiakkaiden" in words(s) for s in to(world, EMPLOYEE, before))


def test_a_guest_agrees_on_nothing(world: World) -> None:
    handled = world.presses(GUEST, "agreements/begin", "", "own_name")
    assert handled.immediate is None
    world.submits(GUEST, "agreements/send", "agreements/new@leader", **COMPLETE[Kind.LEADER])
    assert not world.store.records("agreements")


# ── absence, reminders, reviews ─────────────────────────────────────────────────────────────────────────────────────


def test_absence_gives_it_to_the_deputy_and_the_requester_knows(world: World) -> None:
    key = sent(world)
    imports(world, supervisor={"away": True})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, DEPUTY, "agreements/page"), "the morning's round handed it on"
    assert "siirtyi" in words(cards(world, EMPLOYEE, "agreements/state")[-1])
    world.submits(DEPUTY, "agreements/approve", f"{key}@1", **CONTENT)
    assert agreement(world, key).history[-1].on_behalf == SUPERVISOR
    assert "sijaistettava Esihenkilö, kirjasto" in words(cards(world, EMPLOYEE, "agreements/state")[-1])


def test_where_no_supervisor_is_known_it_is_said_and_waits_until_there_is_one(world: World) -> None:
    imports(world, employee={"supervisor": ""})
    world.asks(EMPLOYEE, "sovi")
    assert "ei löydy henkilöluettelosta" in said_last(world, EMPLOYEE)
    key = sent(world)
    assert "Pääkäyttäjä sai tiedon" in words(cards(world, EMPLOYEE, "agreements/state")[-1])
    (told,) = cards(world, ADMINISTRATOR, "agreements/nobody")
    assert "Työntekijä, kirjasto" in words(told)
    assert "Vastaan asiakkaiden" not in words(told), "what is to be agreed is none of theirs"
    imports(world, employee={"supervisor": SUPERVISOR})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, SUPERVISOR, "agreements/page")
    assert status(world, key) is Status.SENT


def test_a_supervisor_who_cannot_be_reached_passes_it_on(world: World) -> None:
    world.platform.refuses.add(world.platform.direct(SUPERVISOR))
    key = sent(world)
    world.waits(minutes=1)
    assert cards(world, DEPUTY, "agreements/page")
    assert agreement(world, key).unreached == (SUPERVISOR,)


def test_who_led_the_person_before_reads_nothing_more(world: World) -> None:
    key = agreed(world)
    imports(world, employee={"supervisor": DIRECTOR})
    world.submits(EMPLOYEE, "agreements/send", f"{key}@1", **{**COMPLETE[Kind.WORKING_TIME], "purpose": "Uusi asia."})
    assert "Uusi asia." in words(cards(world, DIRECTOR, "agreements/page")[-1])
    for person in (SUPERVISOR, DEPUTY):
        assert all("Uusi asia." not in words(s) for s in to(world, person))
        world.presses(person, "agreements/show", key)
        assert world.last(person).card.name == "agreements/gone"
    assert "ei ole enää sinun" in now_shown(world, SUPERVISOR, "agreements/passed")[-1]
    world.submits(SUPERVISOR, "agreements/approve", f"{key}@2", **CONTENT)
    assert cards(world, SUPERVISOR, "agreements/late"), "they are told what became of their turn"
    assert status(world, key) is Status.CHANGING


def daily(world: World, person: str, since: int = 0) -> list[Sent]:
    return [s for s in cards(world, person, "reminders/daily", since) if "Sopimus" in words(s)]


def test_a3_silence_decides_nothing_and_reminders_climb_in_the_mornings_bundle(world: World) -> None:
    key = sent(world)
    goes_to(world, date(2026, 11, 25), 6)
    assert not daily(world, SUPERVISOR)
    goes_to(world, date(2026, 11, 25), 8)
    assert len(daily(world, SUPERVISOR)) == 1
    assert not daily(world, DEPUTY)
    goes_to(world, date(2026, 11, 27), 8)
    assert len(daily(world, DEPUTY)) == 1
    goes_to(world, date(2026, 12, 1), 8)
    assert len(daily(world, DIRECTOR)) == 1
    assert status(world, key) is Status.SENT
    for person in (MANAGER, SPECIALIST, ADMINISTRATOR, LIBRARIAN):
        assert not daily(world, person)
    assert not [s for s in to(world, TEAM) if "Sopimus" in words(s)]


class Watch:
    """Notes at what time of day each message went out."""

    def __init__(self, world: World) -> None:
        self.world, self.seen, self.moments = world, len(world.platform.sent), list[datetime]()

    def look(self) -> None:
        fresh = self.world.platform.sent[self.seen :]
        self.moments += [self.world.clock.now().astimezone(HELSINKI) for s in fresh if s.card.name == "reminders/daily"]
        self.seen = len(self.world.platform.sent)


def test_r33_the_review_is_asked_for_two_weeks_before_and_never_at_night(world: World) -> None:
    key = agreed(world, review="2026-12-21")
    watch = Watch(world)
    until = datetime(2026, 12, 8, 12, tzinfo=MONDAY.tzinfo)
    while world.clock.now() < until:
        world.clock.at = world.clock.now() + timedelta(hours=1)
        world.sender.run_once()
        watch.look()
    asked = daily(world, EMPLOYEE)
    assert asked, "fourteen days before"
    assert [b for b in buttons_of(asked[0]) if b.startswith("agreements/")] == [
        "agreements/continue",
        "agreements/change",
        "agreements/end",
    ]
    assert all(8 <= at.hour < 16 and at.weekday() < 5 for at in watch.moments)
    world.presses(EMPLOYEE, "agreements/continue", key)
    assert status(world, key) is Status.RENEWING
    card = cards(world, SUPERVISOR, "agreements/page")[-1]
    assert buttons_of(card)[0] == "agreements/confirm"
    world.presses(SUPERVISOR, "agreements/confirm", key, "2")
    made = agreement(world, key)
    assert (made.status, made.review) == (Status.AGREED, "2027-12-08")
    before = len(world.platform.sent)
    goes_to(world, date(2026, 12, 23))
    assert not daily(world, EMPLOYEE, before)


def test_a_leader_without_a_profile_is_never_reminded_of_it(world: World) -> None:
    goes_to(world, date(2027, 1, 15))
    assert not [s for s in world.platform.sent if "rofiil" in words(s)]


def test_r34_the_supervisor_sees_agreements_requests_accounts_and_overdue_reviews_of_their_people(world: World) -> None:
    agreed(world, Kind.OWN_NAME, LIBRARIAN, review="2026-12-01")
    sent(world)
    put(world, ACCOUNT)
    requests.sent(world, agreed=False)
    goes_to(world, date(2026, 12, 9))
    world.asks(SUPERVISOR, "väkeni sopimukset")
    shown = said_last(world, SUPERVISOR)
    for text in ("Odottaa vastaustasi: 1", "Tarkistus myöhässä: 1", "Avoimet tilipyynnöt: 1", "työntekijäsi hoitavat: 1"):
        assert text in shown
    assert "Kirjastonhoitaja, kirjasto" in shown
    world.asks(EMPLOYEE, "väkeni sopimukset")
    assert "Työntekijöilläsi ei ole" in said_last(world, EMPLOYEE)
    world.asks(EMPLOYEE, "omat sopimukset")
    assert "Omat sopimukset: 1" in said_last(world, EMPLOYEE)


def test_the_home_view_shows_what_waits_for_the_person(world: World, renderer: Renderer) -> None:
    sent(world)
    for person, there in ((SUPERVISOR, True), (DEPUTY, False), (EMPLOYEE, False), (MANAGER, False)):
        card, language = world.bot.home(person)
        shown = words(renderer.card(card, language))
        assert ("Sinua odottavat sopimukset: 1" in shown) is there, person
        assert "agreements/choose" in str(card.parts)


# ── consent to one's own name (R77–R79) ─────────────────────────────────────────────────────────────────────────────


def put(world: World, account: Account, *, fresh: bool = False) -> None:
    """An account in the register; `fresh`: in the place of the one of its key."""
    data = ACCOUNTS.dump_json(account).decode()
    with world.store.unit() as unit:
        kept = unit.load(account.key) if fresh else None
        version = kept.version if kept else 0
        unit.save(account.key, account.status, account.person, data, version, world.clock.now())


def own_names(world: World, key: str = ACCOUNT.key) -> tuple[str, ...]:
    kept = world.store.record(key)
    assert kept is not None
    return ACCOUNTS.validate_json(kept.data).own_names


def test_r77_a_keeper_has_everybody_asked_privately_and_learns_only_whether_it_is_enough(world: World) -> None:
    put(world, ACCOUNT)
    world.presses(SUPERVISOR, "agreements/ask_names", "", ACCOUNT.key)
    world.presses(INFORMATICIAN, "agreements/ask_names", "", ACCOUNT.key)
    assert not cards(world, LIBRARIAN, "consents/question"), "who leads them asks nobody: that would oblige"
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    assert "eivät riitä" in words(cards(world, EMPLOYEE, "consents/asked")[-1])
    for person in (EMPLOYEE, LIBRARIAN, INFORMATICIAN):
        (question,) = cards(world, person, "consents/question")
        assert buttons_of(question) == ["consents/give", "consents/refuse"]
    world.presses(LIBRARIAN, "consents/give", f"consents/{ACCOUNT.key}")
    assert own_names(world) == (LIBRARIAN,)
    before = len(world.platform.sent)
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    answer = words(cards(world, EMPLOYEE, "consents/asked")[-1])
    assert "Suostumukset riittävät" in answer
    assert "Kirjastonhoitaja" not in answer, "never whose"
    assert not [s for s in world.platform.sent[before:] if s.card.name == "consents/question"], "nobody is asked twice"


def test_r77_a_consent_is_the_persons_own_to_give_and_to_take_back(world: World) -> None:
    put(world, ACCOUNT)
    for other in (SUPERVISOR, MANAGER, DIRECTOR):
        world.presses(other, "consents/give", f"consents/{ACCOUNT.key}")
        assert own_names(world) == ()
    world.asks(LIBRARIAN, "suostun tilille r7")
    world.asks(LIBRARIAN, "suostun tilille r7")
    assert own_names(world) == (LIBRARIAN,)
    world.asks(LIBRARIAN, "suostumukset")
    assert "Kirjaston kuulumiset" in said_last(world, LIBRARIAN)
    assert "consents/withdraw" in buttons_of(world.last(LIBRARIAN))
    world.asks(EMPLOYEE, "suostumukset")
    assert "nimeäsi ei käytetä" in said_last(world, EMPLOYEE)
    world.presses(LIBRARIAN, "consents/withdraw", f"consents/{ACCOUNT.key}")
    world.presses(LIBRARIAN, "consents/withdraw", f"consents/{ACCOUNT.key}")
    assert own_names(world) == ()


def test_r79_who_refuses_is_shown_the_way_to_a_work_profile(world: World) -> None:
    put(world, ACCOUNT)
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    world.presses(LIBRARIAN, "consents/refuse", "")
    card = world.last(LIBRARIAN)
    assert "erillistä työprofiilia" in words(card)
    (button,) = [b.button for p in card.card.parts if p.kind == "buttons" for b in p.buttons]
    assert (button.action, button.value) == ("agreements/begin", "work_profile")
    assert isinstance(world.presses(LIBRARIAN, "agreements/begin", "", "work_profile").immediate, OpenForm)


def rows(world: World) -> list[str]:
    """Every row of the whole database, as text."""
    with tempfile.TemporaryDirectory() as folder:
        copy = str(Path(folder) / "copy.db")
        world.store.back_up(copy)
        with closing(sqlite3.connect(copy)) as db:
            every = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
            every.remove("_sqlite_migrations")  # when the file was made
            return [f"{t}: {row}" for t in every for row in db.execute(f'select * from "{t}"')]


REFUSED, LOOKED, SILENT = "refused", "looked", "silent"
WAYS = {
    "press": {REFUSED: ("consents/refuse", ""), LOOKED: ("consents/list", "")},
    "words": {REFUSED: ("", "en suostu omaan nimeen"), LOOKED: ("", "suostumukset")},
}
"""What one does to refuse, and to look at one's own consents: an action, or words."""


def does(world: World, way: str, what: str) -> None:
    action, said = WAYS[way][what]
    if action:
        world.presses(INFORMATICIAN, action, "")
    else:
        world.asks(INFORMATICIAN, said)


@pytest.mark.bytewise
@pytest.mark.parametrize("way", WAYS)
def test_r77_in_the_whole_database_a_refusal_is_the_same_as_a_look_at_ones_own_consents(
    way: str, tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    """What cannot be avoided: that the person did something at that moment (`events`), and that their own consents were
    shown to them (`outbox`), as to anybody who looks at them. Nothing tells which of the two it was.
    """
    worlds = {n: make_world(tmp_path / f"{n}.db", lexical_guide, renderer) for n in (REFUSED, LOOKED, SILENT)}
    for name, world in worlds.items():
        world.keys = count(1)
        put(world, ACCOUNT)
        world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
        world.presses(LIBRARIAN, "consents/give", f"consents/{ACCOUNT.key}")
        world.waits(minutes=5)
        if name != SILENT:
            does(world, way, name)
    assert "Kieltäytymistä ei tallenneta" in said_last(worlds[REFUSED], INFORMATICIAN)
    kept = {name: rows(world) for name, world in worlds.items()}
    assert kept[REFUSED] == kept[LOOKED], "every table, row by row"
    fresh = [row for row in kept[REFUSED] if row not in kept[SILENT]]
    assert [row.partition(":")[0] for row in fresh] == ["events", "outbox"]
    assert not [row for row in fresh if ACCOUNT.name in row or "r7" in row], "of no account in particular"
    for world in worlds.values():
        world.asks(EMPLOYEE, "kysy suostumukset r7")
        world.asks(SUPERVISOR, "väkeni sopimukset")
        goes_to(world, date(2026, 12, 4))
    assert rows(worlds[REFUSED]) == rows(worlds[LOOKED])
    for table in ("records", "journal", "timers"):
        told = [[row for row in rows(world) if row.startswith(f"{table}:")] for world in worlds.values()]
        assert len({len(found) for found in told}) == 1, table
        assert [[INFORMATICIAN in row for row in found] for found in told] == [[INFORMATICIAN in r for r in told[0]]] * 3
    for person in (EMPLOYEE, SUPERVISOR, LIBRARIAN, MANAGER, TEAM, ADMINISTRATOR):
        seen = [[(s.kind, words(s), buttons_of(s)) for s in to(world, person)] for world in worlds.values()]
        assert seen == [seen[0]] * 3, person
    for world in worlds.values():
        world.store.close()


@pytest.mark.parametrize("words_of", ["en suostu omaan nimeen", "Inte mitt namn.", "not my name", "en suostu 1"])
def test_r77_words_of_a_refusal_are_not_kept_in_the_webs_conversation(tmp_path: Path, words_of: str) -> None:
    store, clock = SqliteStore(tmp_path / "w.db"), MovedClock()
    platform = WebPlatform(store, clock)
    platform.hear(platform.direct(LIBRARIAN), LIBRARIAN, words_of, "key-1")
    assert platform.messages(platform.direct(LIBRARIAN), LIBRARIAN) == []
    platform.hear(platform.direct(LIBRARIAN), LIBRARIAN, "suostumukset", "key-2")
    assert len(platform.messages(platform.direct(LIBRARIAN), LIBRARIAN)) == 1
    store.close()


def test_r77_in_a_window_a_refusal_is_not_kept_with_its_event(world: World) -> None:
    put(world, ACCOUNT)
    for action in ("consents/refuse", "consents/list"):
        pressed = Pressed(f"window-{action}", LIBRARIAN, "fake:dm:librarian", "", action, window=True)
        assert isinstance(world.bot.handle(pressed).immediate, ShowCard)
        assert [row for row in rows(world) if f"window-{action}" in row] == [
            f"events: {(f'window-{action}', '2026-11-23T08:00:00.000000Z', '')}"
        ]


def test_r77_the_journal_keeps_not_who_consents_to_their_own_name(world: World) -> None:
    put(world, ACCOUNT)
    world.presses(LIBRARIAN, "consents/give", f"consents/{ACCOUNT.key}")
    assert own_names(world) == (LIBRARIAN,)
    lines = [e for e in world.store.journal() if e.record == ACCOUNT.key]
    assert lines
    assert all('"own_names":[]' in e.after for e in lines)
    world.presses(LIBRARIAN, "consents/withdraw", f"consents/{ACCOUNT.key}")
    assert '"own_names":["' not in "".join(e.before + e.after for e in world.store.journal())


@pytest.mark.parametrize("consents", [(), (LIBRARIAN,)])
def test_r77_where_few_post_it_is_not_told_whether_the_consents_are_enough(
    world: World, consents: tuple[str, ...]
) -> None:
    two = replace(ACCOUNT, updater=LIBRARIAN, substitute=INFORMATICIAN, producers=(), own_names=consents)
    for account in (two, replace(two, substitute="")):
        assert not sayable(account)
        put(world, replace(account, key="register/r8", admins=(EMPLOYEE,)), fresh=True)
        world.presses(EMPLOYEE, "agreements/ask_names", "register/r8")
        said = words(cards(world, EMPLOYEE, "consents/asked")[-1])
        assert "alle 3 tekijää" in said
        assert "riittävät:" not in said
        assert "eivät riitä" not in said
    assert sayable(ACCOUNT), "three of them"


def test_r33_r77_what_is_asked_at_night_is_asked_in_the_morning(world: World) -> None:
    put(world, ACCOUNT)
    world.clock.at = MONDAY + timedelta(hours=12)  # 22.00 in Helsinki
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    asked = cards(world, EMPLOYEE, "consents/asked")
    assert ["24.11.2026 klo 8.00" in words(s) for s in asked] == [True, True]
    people = (EMPLOYEE, LIBRARIAN, INFORMATICIAN)
    assert not [p for p in people if cards(world, p, "consents/question")], "nobody is woken"
    world.clock.at = MONDAY + timedelta(hours=21, minutes=59)
    world.sender.run_once()
    assert not [p for p in people if cards(world, p, "consents/question")]
    world.waits(minutes=1)  # 8.00
    assert [len(cards(world, p, "consents/question")) for p in people] == [1, 1, 1]
    world.waits(hours=2)
    world.presses(EMPLOYEE, "agreements/ask_names", ACCOUNT.key)
    assert "klo" not in words(cards(world, EMPLOYEE, "consents/asked")[-1])
    assert [len(cards(world, p, "consents/question")) for p in people] == [1, 1, 1], "once"


@pytest.mark.parametrize("form", ["consents/give", "consents/refuse", "consents/nothing"])
@pytest.mark.parametrize("record", ["", "consents/register/r7", "consents/register/r99"])
def test_a_form_that_no_consent_has_is_answered(world: World, form: str, record: str) -> None:
    put(world, ACCOUNT)
    world.submits(LIBRARIAN, form, record)
    assert world.last(LIBRARIAN).card.name == "consents/refused"
    assert own_names(world) == ()


def test_r77_a_consent_that_is_taken_back_leaves_the_request_that_it_came_from_too(world: World) -> None:
    key = requests.sent(world, own_names="yes", own_name_people=f"{LIBRARIAN},{INFORMATICIAN}")
    world.presses(LIBRARIAN, "accounts/consent", key)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **requests.PROPOSAL)
    world.submits(requests.SECRETARY, "accounts/decide", f"{key}@1", **requests.DECISION)
    world.submits(requests.MUNICIPAL_SECRETARY, "accounts/decide", f"{key}@1", **requests.DECISION | {"section": "7"})
    world.submits(LIBRARIAN, "accounts/open", key, address=requests.ADDRESS)
    assert own_names(world, "register/r1") == (LIBRARIAN,)
    world.asks(LIBRARIAN, "peru suostumus r1")
    assert own_names(world, "register/r1") == ()
    assert requests.request(world, key).own_names == ()


# ── the page, the web platform, the docs ────────────────────────────────────────────────────────────────────────────


def test_r19_the_web_platform_leads_from_the_chooser_to_a_page_that_can_be_printed(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    store, clock = SqliteStore(tmp_path / "w.db"), MovedClock()
    clock.offset = MONDAY - clock.now()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = WebPlatform(store, clock)
    bot = Bot(store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"web": platform})
    sender = Sender(bot, renderer)
    counts = iter(range(1000))
    with TestClient(Page(bot, platform, renderer, sender, clock).app(), base_url="http://127.0.0.1") as http:

        def post(path: str, person: str, **body: object) -> dict[str, str]:
            body |= {"key": f"key-{next(counts):08}", "person": person, "conversation": platform.direct(person)}
            answer: dict[str, str] = http.post(path, json=body).json()
            sender.run_once()
            return answer

        def sees(person: str) -> str:
            query = {"as": person, "conversation": platform.direct(person)}
            return "".join(m["html"] for m in http.get("/messages", params=query).json()["messages"])

        post("/ask", EMPLOYEE, text="sovi")
        assert 'data-action="agreements/begin"' in sees(EMPLOYEE)
        opened = post("/press", EMPLOYEE, action="agreements/begin", record="", value="working_time")["form"]
        assert 'data-record="agreements/new@working_time"' in opened
        post("/submit", EMPLOYEE, form="agreements/send", record="agreements/new@working_time",
             values=dict(COMPLETE[Kind.WORKING_TIME]))  # fmt: skip
        assert "Vastaan asiakkaiden kysymyksiin." in sees(SUPERVISOR)
        post("/submit", SUPERVISOR, form="agreements/approve", record=f"{KEY}@1", values=dict(CONTENT))
        assert "hyväksyi sopimuksen" in sees(EMPLOYEE)
        for person, code in ((EMPLOYEE, 200), (SUPERVISOR, 200), (MANAGER, 404), (LIBRARIAN, 404), ("", 404)):
            answer = http.get("/sopimus/1", params={"as": person})
            assert answer.status_code == code, person
        page = http.get("/sopimus/1", params={"as": EMPLOYEE}).text
        assert "Sopimus 1" in page
        assert APART["apart"] in page
        assert "23.11.2027" in page
        assert "<button" not in page
        assert http.get("/sopimus/2", params={"as": EMPLOYEE}).status_code == 404
    store.close()


DOCS = Path(__file__).parent.parent / "docs" / "agreements.md"


def test_the_picture_of_the_docs_is_the_table_of_the_code(renderer: Renderer) -> None:
    assert f"```mermaid\n{state_picture(renderer, 'fi', 'agreements')}```" in DOCS.read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_has_every_status_and_every_move(renderer: Renderer, language: str) -> None:
    picture = state_picture(renderer, language, "agreements")
    assert all(f"    {s} : " in picture for s in Status)
    assert all(f"    {before} --> {after} : " in picture for (before, _), after in TRANSITIONS.items())


def test_every_line_of_words_in_the_docs_is_understood() -> None:
    text = DOCS.read_text("utf-8")
    table = text[text.index("## Painikkeet sanoina") :]
    lines = re.findall(r"`([^`]+)`", table)
    assert len(lines) > 15
    for line in lines:
        assert typed(Asked("k", EMPLOYEE, "fake:dm:employee", text=line)), line
