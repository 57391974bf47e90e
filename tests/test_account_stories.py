"""Requests for accounts through the whole bot: from the first word to the register, and all that can come between."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.rendering import Renderer
from bot.storage import Account
from handlers.accounts.record import Status
from handlers.accounts.steps import STEPS
from handlers.effects import OpenForm
from handlers.events import Asked, Pressed, Submitted
from knowledge.guide import Guide
from tests import accounts as a
from tests.accounts import (
    ADMINISTRATOR,
    COMPLETE,
    DECISION,
    DEPUTY,
    DIRECTOR,
    EMPLOYEE,
    GUEST,
    INFORMATICIAN,
    LIBRARIAN,
    MANAGER,
    MUNICIPAL_SECRETARY,
    OUTSIDER,
    PROPOSAL,
    SECRETARY,
    SPECIALIST,
    SUPERVISOR,
    TEAM,
    cards,
    fills,
    goes_to,
    imports,
    kept_text,
    now_shown,
    page,
    request,
    said_last,
    status,
    to,
    words,
)
from tests.conftest import World, buttons_of, errors, form, make_world
from tests.fakes import FakeClock, Sent

IDENTITY_CODE, CARD_NUMBER, PASSWORD = "131052-308T", "4111 1111 1111 1111", "Kesakuu2026!"
SECRETS = {
    "secret_identity_code": f"Ota yhteyttä {IDENTITY_CODE} asiasta",
    "secret_card_number": f"Laskutus kortilta {CARD_NUMBER} aina",
    "secret_password": f"Tilin salasana: {PASSWORD}",
}
DIGITS = (IDENTITY_CODE, CARD_NUMBER, PASSWORD)


@pytest.fixture
def world(lossless: World) -> World:
    return lossless


@pytest.fixture
def restarts(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Callable[[World], None]:
    """Stop the bot and start it again on the same file and the same platform."""

    def restart(world: World) -> None:
        world.store.close()
        again = make_world(tmp_path / "x.db", lexical_guide, renderer, world.clock)
        again.platform.sent.extend(world.platform.sent)
        vars(world).update(vars(again))

    return restart


def card_before(world: World, person: str) -> Sent:
    """The request's card that the person has."""
    return cards(world, person, "accounts/request")[0]


# ── from the first word to the register ─────────────────────────────────────────────────────────────────────────────


def test_r40_r59_r72_a_request_goes_by_words_from_the_first_question_to_the_register(world: World) -> None:
    world.asks(EMPLOYEE, "tili")
    assert world.last(EMPLOYEE).card.name == "accounts/start"
    world.asks(EMPLOYEE, "aloita")
    for answer in a.TOLD_IN_WORDS:
        world.asks(EMPLOYEE, answer)
    assert "Kaikki kohdat on täytetty" in said_last(world, EMPLOYEE)
    world.asks(EMPLOYEE, "lähetä pyyntö 1")
    for named in (LIBRARIAN, INFORMATICIAN):
        world.asks(named, "hyväksyn 1")
    assert request(world).answers["updater"] == LIBRARIAN
    world.asks(SUPERVISOR, "esitä 1, 5 h: viikkopalaverissa")
    assert status(world) is Status.PROPOSED
    world.asks(SECRETARY, "päätös 1: hyväksytty 20.11.2026 § 45, resurssit varmistettu")
    assert (status(world), request(world).stage) == (Status.PROPOSED, 1)
    world.asks(MUNICIPAL_SECRETARY, "päätös 1: hyväksytty 23.11.2026 § 7, resurssit varmistettu")
    assert status(world) is Status.APPROVED
    world.asks(LIBRARIAN, f"avattu 1: {a.ADDRESS}")
    for point in (1, 2, 4):
        world.asks(LIBRARIAN, f"merkitse 1 {point}")
    assert status(world) is Status.OPENED
    world.asks(SPECIALIST, "merkitse 1 3")
    assert status(world) is Status.OFFICIAL
    assert "Tili on nyt virallinen" in cards(world, EMPLOYEE, "accounts/state")[-1].card.plain


def test_r40_r59_r72_a_request_goes_by_buttons_and_forms_from_the_first_question_to_the_register(world: World) -> None:
    key = a.official(world)
    assert status(world, key) is Status.OFFICIAL
    moves = [d.move for d in request(world).history if d.move != "tick"]
    assert moves == ["send", "propose", "approve", "conclude", "open", "verify"]
    assert [d.person for d in request(world).history if d.move != "tick"] == [
        EMPLOYEE, SUPERVISOR, SECRETARY, MUNICIPAL_SECRETARY, LIBRARIAN, SPECIALIST
    ]  # fmt: skip


def test_r40_r49_r52_a_proposal_has_content_and_each_gap_is_said_at_its_field(world: World) -> None:
    key = a.sent(world)
    opened = form(world.presses(SUPERVISOR, "accounts/propose", key, "1"))
    assert opened["hours"] == "4"
    assert opened["reserved"] == opened["substitute"] == "", "the supervisor says it, not the request"
    for gap, error in (
        ({"reserved": "no"}, {"reserved": "not_reserved"}), ({"reserved": ""}, {"reserved": "missing"}),
        ({"substitute": "no"}, {"substitute": "not_substitute"}), ({"led": " "}, {"led": "missing"}),
        ({"hours": "paljon"}, {"hours": "not_hours"}), ({"tasks": "yearly"}, {"tasks": "missing"}),
    ):  # fmt: skip
        assert errors(world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL | gap)) == error
        assert status(world) is Status.SENT
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    proposal = request(world).history[-1]
    assert (proposal.details["hours"], proposal.details["led"]) == ("4", "Viikkopalaverissa.")
    shown = words(card_before(world, SECRETARY))
    assert "Varataan 4 tuntia viikossa" in shown
    assert "Viikkopalaverissa." in shown


def test_r59_r60_a_decision_records_its_meeting_its_section_and_that_resources_are_secured(world: World) -> None:
    key = a.proposed(world)
    for gap, error in (
        ({"section": ""}, {"section": "no_section"}), ({"secured": "no"}, {"secured": "not_secured"}),
        ({"secured": ""}, {"secured": "not_secured"}), ({"date": "2026-11-24"}, {"date": "future"}),
        ({"date": "eilen"}, {"date": "not_a_date"}), ({"outcome": "perhaps"}, {"outcome": "missing"}),
        ({"outcome": "rejected"}, {"text": "no_reason"}), ({"outcome": "returned"}, {"text": "no_reason"}),
    ):  # fmt: skip
        assert errors(world.submits(SECRETARY, "accounts/decide", f"{key}@1", **DECISION | gap)) == error
        assert (status(world), request(world).stage) == (Status.PROPOSED, 0)
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **DECISION | {"manner": "policy"})
    decision = request(world).history[-1]
    assert {n: decision.details[n] for n in ("date", "section", "manner", "secured")} == {
        "date": "2026-11-20", "section": "45", "manner": "policy", "secured": "yes"
    }  # fmt: skip
    assert decision.body == "department_team"
    assert "§ 45" in cards(world, EMPLOYEE, "accounts/state")[-1].card.plain


def test_r59_a_body_decides_only_with_its_record_of_the_meeting(world: World) -> None:
    key = a.proposed(world)
    for name in ("reject", "return"):
        world.submits(SECRETARY, f"accounts/{name}", f"{key}@1", text="Ei tällä kertaa.")
        assert status(world) is Status.PROPOSED, f"{name}: no meeting, no section"
    world.asks(SECRETARY, "hylkää 1: Ei tällä kertaa.")
    assert status(world) is Status.PROPOSED


def test_r24_r25_the_naming_goes_to_the_communications_manager_with_a_time_stamp(world: World) -> None:
    key = a.approved(world)
    assert not cards(world, MANAGER, "accounts/naming")
    world.submits(LIBRARIAN, "accounts/open", key, address=a.ADDRESS)
    (naming,) = cards(world, MANAGER, "accounts/naming")
    shown = words(naming)
    for told in ("Kirjasto", "Kirjastonhoitaja, kirjasto", "Informaatikko, kirjasto", "23.11.2026 klo 10.00", a.ADDRESS):
        assert told in shown
    kept = world.store.record("register/r1")
    assert kept is not None
    assert '"named_at":"2026-11-23T08:00:00Z"' in kept.data
    assert '"updater":"librarian"' in kept.data


def test_r25_the_naming_goes_to_the_managers_deputy_while_the_manager_is_away(world: World) -> None:
    imports(world, communications_manager={"away": True})
    a.opened(world)
    assert cards(world, SPECIALIST, "accounts/naming")
    assert not cards(world, MANAGER, "accounts/naming")


def test_r70_r72_only_all_four_points_ticked_by_those_whose_they_are_make_an_account_official(world: World) -> None:
    key = a.opened(world)
    world.presses(LIBRARIAN, "accounts/tick", key, "list_link")
    assert "Tämän kohdan merkitsee viestintä" in said_last(world, LIBRARIAN)
    for point in ("keeper", "unit_link", "back_link"):
        world.presses(SPECIALIST, "accounts/tick", key, point)
        assert point not in request(world).ticks, "the team ticks only its own point"
        world.presses(LIBRARIAN, "accounts/tick", key, point)
    for point in ("terms", "passwords", "photos"):
        world.presses(EMPLOYEE, "accounts/tick", key, point)
    assert status(world) is Status.OPENED
    assert '"status":"open"' in world.store.record("register/r1").data  # type: ignore[union-attr]
    world.presses(MANAGER, "accounts/tick", key, "list_link")
    assert status(world) is Status.OFFICIAL
    assert '"status":"official"' in world.store.record("register/r1").data  # type: ignore[union-attr]


def test_r94_guardians_permissions_are_a_point_where_children_are_the_audience(world: World) -> None:
    key = a.opened(world, audience="lapset")
    world.presses(LIBRARIAN, "accounts/tick", key, "guardians")
    assert "guardians" in request(world).ticks
    other = a.opened(world)
    world.presses(LIBRARIAN, "accounts/tick", other, "guardians")
    assert not request(world, other).ticks


def test_r43_the_communications_team_is_told_when_a_request_is_made_proposed_decided_and_live(world: World) -> None:
    a.official(world)
    told = [s.card.plain.splitlines()[0] for s in cards(world, TEAM, "accounts/news") if s.kind == "post"]
    for line, expected in zip(
        told,
        ("Uusi tilipyyntö 1", "esittää tiliä", "toimialueen johtoryhmä hyväksyi", "Hyväksytty", "Tili avattu",
         "Tili on virallinen"),
        strict=True,
    ):  # fmt: skip
        assert expected in line


def test_r40_the_requester_is_told_of_each_step_and_sees_whose_turn_it_is_since_when_and_what_comes(world: World) -> None:
    key = a.sent(world)
    shown = said_state(world)
    for told in ("Esihenkilö, kirjasto", "23.11.2026 klo 10.00", "toimialueen johtoryhmä", "kunnan johtoryhmä"):
        assert told in shown
    world.clock.move(days=1)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    shown = said_state(world)
    for told in ("Esihenkilö, kirjasto esittää", "Toimialueen johtoryhmän sihteeri", "24.11.2026", "kunnan johtoryhmä"):
        assert told in shown
    world.presses(EMPLOYEE, "accounts/show", key)
    assert COMPLETE["need"] in said_last(world, EMPLOYEE)


def said_state(world: World) -> str:
    return words(cards(world, EMPLOYEE, "accounts/state")[-1])


# ── returned, rejected, withdrawn, taken back, postponed ────────────────────────────────────────────────────────────


def test_r40_a_returned_request_is_mended_and_sent_again_and_the_old_card_decides_nothing(world: World) -> None:
    key = a.sent(world)
    world.submits(SUPERVISOR, "accounts/return", f"{key}@1", text="Kuka johtaa?")
    assert status(world) is Status.RETURNED
    assert "Kuka johtaa?" in said_state(world)
    world.submits(EMPLOYEE, "accounts/step", f"{key}@resources", **page("resources", {**COMPLETE, "leader": "minä"}))
    world.presses(EMPLOYEE, "accounts/send", key)
    assert (status(world), request(world).round) == (Status.SENT, 2)
    world.presses(SUPERVISOR, "accounts/propose", key, "1")
    assert len(cards(world, SUPERVISOR, "accounts/late")) == 1
    for name, values in (("propose", PROPOSAL), ("return", {"text": "Vanha."}), ("reject", {"text": "Vanha syy."})):
        world.submits(SUPERVISOR, f"accounts/{name}", f"{key}@1", **values)
        assert (status(world), request(world).round) == (Status.SENT, 2)
    late = cards(world, SUPERVISOR, "accounts/late")
    assert len(late) == 4
    assert "Vanha syy." in words(late[-1]), "what was written is given back"
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@2", **PROPOSAL)
    assert status(world) is Status.PROPOSED


def test_r40_a_return_needs_what_is_missing_and_a_rejection_its_reason(world: World) -> None:
    key = a.sent(world)
    for name in ("return", "reject"):
        assert errors(world.submits(SUPERVISOR, f"accounts/{name}", f"{key}@1", text=" ?")) == {"text": "missing"}
    world.submits(SUPERVISOR, "accounts/reject", f"{key}@1", text="Kattotili riittää tähän.")
    assert status(world) is Status.REJECTED
    assert "Kattotili riittää tähän." in said_state(world)
    assert "Hylätty" in cards(world, TEAM, "accounts/news")[-1].card.plain
    assert buttons_of(cards(world, EMPLOYEE, "accounts/state")[-1]) == ["accounts/show", "accounts/copy"]
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.REJECTED


def test_r59_a_body_returns_or_rejects_with_its_reason_and_the_requester_reads_it(world: World) -> None:
    key = a.proposed(world)
    returned = DECISION | {"outcome": "returned", "text": "Tarkentakaa mittareita."}
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **returned)
    assert status(world) is Status.RETURNED
    assert "Tarkentakaa mittareita." in said_state(world)
    world.presses(EMPLOYEE, "accounts/send", key)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@2", **PROPOSAL)
    assert (status(world), request(world).stage) == (Status.PROPOSED, 0), "the chain begins anew"
    rejected = DECISION | {"outcome": "rejected", "text": "Ei resursseja."}
    world.submits(SECRETARY, "accounts/decide", f"{key}@2", **rejected)
    assert status(world) is Status.REJECTED
    assert "Ei resursseja." in said_state(world)


def test_a3_a_request_is_withdrawn_until_the_account_is_there(world: World) -> None:
    for bring in (a.sent, a.proposed, a.approved):
        key = bring(world)
        world.presses(EMPLOYEE, "accounts/withdraw", key)
        assert status(world, key) is Status.WITHDRAWN
        assert "perui pyynnön" in cards(world, TEAM, "accounts/news")[-1].card.plain
    key = a.opened(world)
    world.presses(EMPLOYEE, "accounts/withdraw", key)
    assert status(world, key) is Status.OPENED


def test_r40_a_request_that_is_taken_back_is_edited_and_its_card_has_no_buttons_to_decide_with(world: World) -> None:
    key = a.sent(world)
    world.presses(EMPLOYEE, "accounts/take_back", key)
    assert status(world) is Status.RETURNED
    latest = cards(world, SUPERVISOR, "accounts/request")[-1]
    assert (latest.kind, buttons_of(latest)) == ("update", ["accounts/comment"])
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.RETURNED
    world.asks(EMPLOYEE, "kohta 1")  # nothing is asked here now: not an answer
    world.presses(EMPLOYEE, "accounts/change", key, "name")
    world.asks(EMPLOYEE, "Kirjaston uutiset")
    world.presses(EMPLOYEE, "accounts/send", key)
    assert request(world).answers["name"] == "Kirjaston uutiset"
    assert "Kirjaston uutiset" in now_shown(world, SUPERVISOR, "accounts/request")[0]


def test_r59_a_postponed_request_keeps_its_turn_and_the_requester_is_told(world: World) -> None:
    key = a.proposed(world)
    since = request(world).since
    world.clock.move(days=1)
    postponed = DECISION | {"outcome": "postponed", "section": "", "secured": "", "text": "Seuraavaan kokoukseen."}
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **postponed)
    assert (status(world), request(world).stage, request(world).since) == (Status.PROPOSED, 0, since)
    assert "Seuraavaan kokoukseen." in said_state(world)
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **DECISION)
    assert request(world).stage == 1


# ── two at once, twice, forged ──────────────────────────────────────────────────────────────────────────────────────


def both_have_the_card(world: World) -> str:
    """A request that went to the deputy while the supervisor was away, and to the supervisor who came back."""
    imports(world, supervisor={"away": True})
    world.bot.begin()
    key = a.sent(world)
    imports(world, supervisor={"away": False})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, DEPUTY, "accounts/request")
    assert cards(world, SUPERVISOR, "accounts/request")
    return key


@pytest.mark.parametrize(("first", "second"), [(SUPERVISOR, DEPUTY), (DEPUTY, SUPERVISOR)])
def test_r40_of_two_deciders_at_once_one_decides_and_the_second_is_told_who_what_and_when(
    world: World, first: str, second: str
) -> None:
    key = both_have_the_card(world)
    world.submits(first, "accounts/propose", f"{key}@1", **PROPOSAL)
    before, count = request(world), len(world.platform.sent)
    world.submits(second, "accounts/reject", f"{key}@1", text="Ei ole aikaa.")
    assert request(world) == before
    told = next(s for s in to(world, second, count) if s.kind != "update")
    assert told.card.name == "accounts/late", words(told)
    name = {SUPERVISOR: "Esihenkilö, kirjasto", DEPUTY: "Apulaisesihenkilö, kirjasto"}[first]
    for part in (name, "24.11.2026", "Ei ole aikaa."):
        assert part in words(told)
    for person in (first, second):
        for shown in now_shown(world, person, "accounts/request"):
            assert "Esitys:" in shown, f"the copy of {person} is as the request is"
        assert "accounts/propose" not in buttons_of(cards(world, person, "accounts/request")[-1])


def test_r40_a_double_click_of_the_same_delivery_is_one_deed(world: World) -> None:
    key = a.sent(world)
    event = Submitted("the-same", SUPERVISOR, "fake:dm:supervisor", f"{key}@1", "accounts/propose", PROPOSAL)
    world.bot.handle(event)
    world.sender.run_once()
    before, count = request(world), len(world.platform.sent)
    world.bot.handle(event)
    world.sender.run_once()
    assert (request(world), len(world.platform.sent)) == (before, count)


@pytest.mark.parametrize(
    ("bring", "who", "event"),
    [
        (a.fills, EMPLOYEE, Pressed("", "", "", "", "accounts/send")),
        (a.sent, SUPERVISOR, Submitted("", "", "", "@1", "accounts/propose", PROPOSAL)),
        (a.sent, SUPERVISOR, Submitted("", "", "", "@1", "accounts/return", {"text": "Kuka johtaa?"})),
        (a.sent, SUPERVISOR, Submitted("", "", "", "@1", "accounts/reject", {"text": "Ei ole aikaa."})),
        (a.sent, EMPLOYEE, Pressed("", "", "", "", "accounts/take_back")),
        (a.sent, EMPLOYEE, Pressed("", "", "", "", "accounts/withdraw")),
        (a.proposed, SECRETARY, Submitted("", "", "", "@1", "accounts/decide", DECISION)),
        (a.approved, LIBRARIAN, Submitted("", "", "", "", "accounts/open", {"address": a.ADDRESS})),
        (a.opened, LIBRARIAN, Pressed("", "", "", "", "accounts/tick", "keeper")),
        (a.opened, SPECIALIST, Pressed("", "", "", "", "accounts/tick", "list_link")),
    ],
    ids=lambda v: getattr(v, "action", "") or getattr(v, "form", "") or getattr(v, "__name__", v),
)
def test_r40_a_double_click_in_two_deliveries_is_one_deed(
    world: World, bring: Callable[[World], str], who: str, event: Pressed | Submitted
) -> None:
    key = bring(world)
    clicked = replace(event, person=who, conversation=f"fake:dm:{who}", record=f"{key}{event.record}")
    before = request(world, key)
    world.bot.handle(replace(clicked, key=f"k{next(world.keys)}"))
    once = request(world, key)
    assert once != before
    world.sender.run_once()
    count = len(world.platform.sent)
    world.bot.handle(replace(clicked, key=f"k{next(world.keys)}"))
    world.sender.run_once()
    assert request(world, key) == once
    assert [s.card.name for s in to(world, who, count) if s.kind != "update"], "the second click is answered"


def test_r59_one_secretary_who_sends_a_meeting_twice_does_not_decide_for_the_other_body(world: World) -> None:
    a.proposed(world)
    values = {"date": "2026-11-20", "manner": "decision", "outcome_1": "approved", "section_1": "45", "secured_1": "yes"}
    a.twice(world, Submitted("", SECRETARY, "fake:dm:department-secretary", "", "meetings/record", values))
    assert (status(world), request(world).stage) == (Status.PROPOSED, 1)


def test_r59_one_secretary_who_writes_a_decision_twice_does_not_decide_for_the_other_body(world: World) -> None:
    a.proposed(world)
    for _ in range(2):
        world.asks(SECRETARY, "päätös 1: hyväksytty 20.11.2026 § 45, resurssit varmistettu")
    assert (status(world), request(world).stage) == (Status.PROPOSED, 1)


def test_r59_a_deputy_of_both_bodies_records_each_with_its_own_section(world: World) -> None:
    imports(world, municipal_secretary={"away": True})
    key = a.proposed(world)
    for section in ("45", "7"):
        card = cards(world, SECRETARY, "accounts/request")[-1]
        seen = next(
            b.button.value
            for part in card.card.parts
            if part.kind == "buttons"
            for b in part.buttons
            if b.button.action == "accounts/decide"
        )
        world.submits(SECRETARY, "accounts/decide", f"{key}@{seen}", **DECISION | {"section": section})
    assert status(world) is Status.APPROVED
    assert request(world).history[-1].on_behalf == MUNICIPAL_SECRETARY


def test_r40_a_forged_record_key_finds_nothing(world: World) -> None:
    a.sent(world)
    count = len(list(world.store.journal()))
    for forged in ("accounts/99", "accounts/", "accounts/1/2", "accounts/1' or 1=1", "questions/1", "@1", "accounts/x@1"):
        before = len(world.platform.sent)
        world.submits(SUPERVISOR, "accounts/propose", forged, **PROPOSAL)
        assert [s.card.name for s in to(world, SUPERVISOR, before)] == ["accounts/gone"], forged
    assert len(list(world.store.journal())) == count
    assert status(world) is Status.SENT


def test_r40_a_forged_round_decides_nothing(world: World) -> None:
    key = a.sent(world)
    for forged in ("0", "2", "99999999999999999999", "١"):
        world.submits(SUPERVISOR, "accounts/propose", f"{key}@{forged}", **PROPOSAL)
        world.presses(SUPERVISOR, "accounts/propose", key, forged)
        if forged != "١":  # one in another script is the round it says
            assert status(world) is Status.SENT, forged
    assert [d.move for d in request(world).history] in (["send"], ["send", "propose"])


def test_r40_foreign_values_of_a_form_are_not_kept_and_break_nothing(world: World) -> None:
    key = fills(world)
    before = dict(request(world).answers)
    values = page("needs", COMPLETE) | {
        "status": "official", "updater": OUTSIDER, "hours": "80", "round": "7", "why_nothing": "vieras syy",
    }  # fmt: skip
    world.submits(EMPLOYEE, "accounts/step", f"{key}@needs", **values)
    assert dict(request(world).answers) == before
    assert status(world) is Status.DRAFT
    world.presses(EMPLOYEE, "accounts/show", key)
    assert world.last(EMPLOYEE).card.name == "accounts/request", "the card can be shown"
    assert "vieras syy" not in said_last(world, EMPLOYEE), "a reason without a warning is none"
    for step in ("", "10", "none", "needs@benefits"):
        world.submits(EMPLOYEE, "accounts/step", f"{key}@{step}", need="muu tarve tälle tilille")
        assert request(world).answers["need"] == COMPLETE["need"]
    for answer in ("status:official", "measure_99:x", "chain:", ":", "", "name"):
        world.submits(EMPLOYEE, "accounts/answer", key, answer=answer)
        assert dict(request(world).answers) == before


def test_r40_an_answer_by_a_forged_button_must_be_one_of_the_options(world: World) -> None:
    key = fills(world)
    for answer in ("rhythm:never", "tasks:0", "tasks:3", "updater:nobody", "updater:kirjasto", "ends:31.2.2027"):
        world.presses(EMPLOYEE, "accounts/answer", key, answer)
        name = answer.partition(":")[0]
        assert request(world).answers.get(name) == COMPLETE.get(name), answer


@pytest.mark.parametrize("person", [SUPERVISOR, LIBRARIAN, SPECIALIST, OUTSIDER, a.OFFICIAL])
def test_r40_nobody_touches_or_sees_somebody_elses_draft(world: World, person: str) -> None:
    key = fills(world)
    before, count = request(world), len(world.platform.sent)
    for action, value in (
        ("send", ""), ("withdraw", ""), ("resume", ""), ("talk", ""), ("form", "1"), ("change", "need"), ("back", ""),
        ("show", ""), ("comment", ""), ("answer", "need:toinen tarve"), ("pause", ""), ("skip_field", "plan"),
        ("take_back", ""), ("checklist", ""),
    ):  # fmt: skip
        handled = world.presses(person, f"accounts/{action}", key, value)
        assert handled.immediate is None, action
    world.submits(person, "accounts/step", f"{key}@needs", **page("needs", COMPLETE | {"need": "toinen tarve tässä"}))
    world.submits(person, "accounts/comment", key, text="Hei!")
    world.presses(person, "accounts/copy", "", key)
    assert request(world) == before
    assert world.store.record("accounts/2") is None
    shown = "\n".join(words(s) for s in to(world, person, count))
    assert COMPLETE["need"] not in shown
    assert COMPLETE["name"] not in shown


# ── who may not, who is away, who is not there ──────────────────────────────────────────────────────────────────────


def test_r40_a_supervisors_own_request_is_proposed_by_their_own_supervisor(world: World) -> None:
    key = a.sent(world, SUPERVISOR)
    assert cards(world, DIRECTOR, "accounts/request")
    world.presses(SUPERVISOR, "accounts/propose", key, "1")
    assert "Omasta pyynnöstä ei voi päättää itse" in said_last(world, SUPERVISOR)
    for person in (SUPERVISOR, DEPUTY):
        world.submits(person, "accounts/propose", f"{key}@1", **PROPOSAL)
        assert status(world) is Status.SENT
    world.submits(DIRECTOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.PROPOSED


def test_r40_a_deputy_does_not_propose_their_own_request_either(world: World) -> None:
    imports(world, deputy_supervisor={"supervisor": SUPERVISOR}, supervisor={"away": True})
    key = a.sent(world, DEPUTY)
    world.submits(DEPUTY, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.SENT
    world.submits(DIRECTOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.PROPOSED
    assert request(world).history[-1].on_behalf == SUPERVISOR


def test_r59_a_secretary_does_not_record_the_decision_on_their_own_request(world: World) -> None:
    key = a.proposed(world, SECRETARY, DIRECTOR)
    assert status(world) is Status.PROPOSED
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **DECISION)
    values = {"date": "2026-11-20", "manner": "decision", "outcome_1": "approved", "section_1": "45", "secured_1": "yes"}
    world.submits(SECRETARY, "meetings/record", "", **values)
    world.presses(SECRETARY, "meetings/agenda", "")
    assert "Mikään pyyntö ei odota" in said_last(world, SECRETARY)
    assert (status(world), request(world).stage) == (Status.PROPOSED, 0)
    for section in ("45", "7"):
        world.submits(MUNICIPAL_SECRETARY, "accounts/decide", f"{key}@1", **DECISION | {"section": section})
    assert status(world) is Status.APPROVED


def test_a3_an_absent_supervisors_turn_is_the_deputys_and_both_names_are_shown(world: World) -> None:
    imports(world, supervisor={"away": True})
    key = a.sent(world)
    assert not cards(world, SUPERVISOR, "accounts/request")
    both = ("Apulaisesihenkilö, kirjasto", "Esihenkilö, kirjasto")
    for shown in (said_state(world), words(cards(world, DEPUTY, "accounts/request")[-1])):
        assert "sijaisena" in shown
        assert all(name in shown for name in both)
    world.submits(DEPUTY, "accounts/propose", f"{key}@1", **PROPOSAL)
    deed = request(world).history[-1]
    assert (deed.person, deed.on_behalf) == (DEPUTY, SUPERVISOR)
    for shown in (said_state(world), words(card_before(world, SECRETARY))):
        assert all(name in shown for name in both)


def test_a3_an_absent_secretarys_turn_is_the_deputys_and_both_names_are_kept(world: World) -> None:
    imports(world, department_secretary={"away": True})
    key = a.proposed(world)
    assert not cards(world, SECRETARY, "accounts/request")
    world.submits(MUNICIPAL_SECRETARY, "accounts/decide", f"{key}@1", **DECISION)
    deed = request(world).history[-1]
    assert (deed.person, deed.on_behalf) == (MUNICIPAL_SECRETARY, SECRETARY)


def test_a3_a_decider_who_goes_away_with_the_card_in_hand_hands_it_on_the_next_morning(world: World) -> None:
    world.bot.begin()
    key = a.sent(world)
    imports(world, supervisor={"away": True})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, DEPUTY, "accounts/request")
    assert "Nyt vuorossa: Apulaisesihenkilö, kirjasto" in said_state(world)
    world.submits(DEPUTY, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.PROPOSED


def test_r40_a_missing_supervisor_is_said_at_start_and_at_send_and_found_once_the_directory_is_mended(
    world: World,
) -> None:
    world.bot.begin()
    imports(world, employee={"supervisor": ""})
    world.asks(EMPLOYEE, "tili")
    assert "esihenkilöäsi ei löydy henkilöluettelosta" in said_last(world, EMPLOYEE)
    key = a.sent(world)
    assert "jota ei tavoiteta" in said_state(world)
    for receiver in (TEAM, ADMINISTRATOR):
        assert "ei ole päättäjää" in words(cards(world, receiver, "accounts/nobody")[-1])
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.SENT
    imports(world, employee={"supervisor": SUPERVISOR})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, SUPERVISOR, "accounts/request")
    assert "Nyt vuorossa: Esihenkilö, kirjasto" in said_state(world)


def test_r40_a_supervisor_who_has_left_is_said_at_start(world: World) -> None:
    imports(world, supervisor=None)
    world.asks(EMPLOYEE, "tili")
    assert "esihenkilöäsi ei löydy henkilöluettelosta" in said_last(world, EMPLOYEE)


NO_SECRETARIES = {"department_secretary": {"roles": frozenset(), "deputy_for": frozenset()},
                  "municipal_secretary": {"roles": frozenset(), "deputy_for": frozenset()}}  # fmt: skip


def test_r59_a_missing_secretary_is_said_when_the_turn_comes_and_found_once_the_directory_is_mended(world: World) -> None:
    world.bot.begin()
    imports(world, **NO_SECRETARIES)
    a.proposed(world)
    assert "jota ei tavoiteta" in said_state(world)
    for receiver in (TEAM, ADMINISTRATOR):
        assert "puuttuu sihteeri" in words(cards(world, receiver, "accounts/nobody")[-1])
    imports(world, department_secretary={"roles": frozenset({"department_secretary"})})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, SECRETARY, "accounts/request")
    assert "Nyt vuorossa: Toimialueen johtoryhmän sihteeri" in said_state(world)


def test_r59_a_missing_secretary_is_said_at_start_already(world: World) -> None:
    imports(world, **NO_SECRETARIES)
    world.asks(EMPLOYEE, "tili")
    assert "sihteeri" in said_last(world, EMPLOYEE)


def test_a3_a_decider_who_cannot_be_reached_hands_the_turn_to_the_deputy_and_the_requester_is_told(world: World) -> None:
    world.platform.refuses.add("fake:dm:supervisor")
    key = a.sent(world)
    assert request(world).unreached == (SUPERVISOR,)
    assert cards(world, DEPUTY, "accounts/request")
    shown = "\n".join(words(s) for s in cards(world, EMPLOYEE, "accounts/state"))
    assert "Nyt vuorossa: Apulaisesihenkilö, kirjasto (sijaisena; poissa tai ei tavoiteta Esihenkilö, kirjasto)" in shown
    world.submits(DEPUTY, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert request(world).history[-1].on_behalf == SUPERVISOR


def test_r50_a_named_person_who_cannot_be_reached_is_told_to_the_requester(world: World) -> None:
    world.platform.refuses.add("fake:dm:librarian")
    a.sent(world, agreed=False)
    assert "Kirjastonhoitaja, kirjasto ei tavoitettu" in said_state(world).replace("Henkilöä ", "")


# ── reminders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def reminded(world: World, until: date) -> dict[date, list[str]]:
    """Who was sent reminders on which day, each as often as it happened."""
    found: dict[date, list[str]] = {}
    while (day := world.clock.now().date()) < until:
        before = len(world.platform.sent)
        goes_to(world, day + timedelta(days=1), 12)
        new = [
            s.conversation.rpartition(":")[2] for s in world.platform.sent[before:] if s.card.name == "reminders/daily"
        ]
        if new:
            found[world.clock.now().date()] = sorted(new)
    return found


def test_a3_reminders_climb_with_working_days_and_none_comes_at_a_weekend(world: World) -> None:
    world.bot.begin()
    a.sent(world)
    decider, deputy = [SUPERVISOR], sorted([SUPERVISOR, DEPUTY])
    everybody = sorted([SUPERVISOR, DEPUTY, DIRECTOR, "communications"])
    assert reminded(world, date(2026, 12, 4)) == {
        date(2026, 11, 25): decider, date(2026, 11, 27): deputy, date(2026, 12, 1): everybody,
        date(2026, 12, 3): everybody,
    }  # fmt: skip


def test_a3_reminders_rest_on_finnish_holidays(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> None:
    clock = FakeClock()
    clock.move(days=28)  # Monday 21 December
    world = make_world(tmp_path / "x.db", lexical_guide, renderer, clock)
    world.bot.begin()
    a.sent(world)
    days = list(reminded(world, date(2027, 1, 7)))
    assert days == [date(2026, 12, 23), date(2026, 12, 29), date(2026, 12, 31), date(2027, 1, 5)]
    world.store.close()


def test_a3_one_message_a_day_and_person_speaks_of_all_that_waits(world: World) -> None:
    world.bot.begin()
    for name in ("Kirjaston kuulumiset", "Kirjaston kuvat", "Kirjaston nuoret"):
        a.sent(world, name=name)
    assert reminded(world, date(2026, 11, 26)) == {date(2026, 11, 25): [SUPERVISOR]}
    (reminder,) = cards(world, SUPERVISOR, "reminders/daily")
    for name in ("Kirjaston kuulumiset", "Kirjaston kuvat", "Kirjaston nuoret"):
        assert name in words(reminder)


def test_a3_silence_decides_nothing_however_long(world: World) -> None:
    world.bot.begin()
    key = a.sent(world)
    body = a.proposed(world)
    before = (request(world, key), request(world, body))
    goes_to(world, date(2027, 1, 15))
    assert (request(world, key), request(world, body)) == before
    assert status(world, key) is Status.SENT


def test_a3_from_the_sixth_working_day_the_next_level_may_decide_and_not_before(world: World) -> None:
    key = a.sent(world)
    goes_to(world, date(2026, 11, 30), 9)
    world.submits(DIRECTOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.SENT
    goes_to(world, date(2026, 12, 1), 9)
    world.submits(DIRECTOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert (status(world), request(world).history[-1].on_behalf) == (Status.PROPOSED, SUPERVISOR)


def test_r50_named_people_who_have_not_answered_are_reminded_in_the_same_message(world: World) -> None:
    world.bot.begin()
    for name in ("Kirjaston kuulumiset", "Kirjaston kuvat"):
        a.sent(world, agreed=False, name=name)
    assert reminded(world, date(2026, 11, 26)) == {date(2026, 11, 25): sorted([SUPERVISOR, LIBRARIAN, INFORMATICIAN])}


# ── drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_spoken_of_after_21_days_and_forgotten_after_30_with_all_that_was_written(world: World) -> None:
    world.asks(EMPLOYEE, "aloita")
    world.asks(EMPLOYEE, "Hyvin salainen tarve.")
    world.presses(EMPLOYEE, "accounts/change", a.KEY, "mailbox")
    world.asks(EMPLOYEE, "joku@gmail.com")
    world.asks(EMPLOYEE, "Hyvin salainen syy.")
    goes_to(world, date(2026, 12, 14), 7)
    assert not cards(world, EMPLOYEE, "accounts/draft")
    goes_to(world, date(2026, 12, 14), 9)
    assert "23.12.2026" in words(cards(world, EMPLOYEE, "accounts/draft")[-1])
    goes_to(world, date(2026, 12, 23), 7)
    assert status(world) is Status.DRAFT
    goes_to(world, date(2026, 12, 23), 9)
    assert status(world) is Status.FORGOTTEN
    assert len(cards(world, EMPLOYEE, "accounts/draft")) == 2
    kept = kept_text(world, "records", "journal")
    for written in ("Hyvin salainen tarve", "joku@gmail.com", "Hyvin salainen syy"):
        assert written not in kept
    world.presses(EMPLOYEE, "accounts/resume", a.KEY)
    assert world.last(EMPLOYEE).card.name == "accounts/gone"


def test_a_draft_that_is_gone_on_with_begins_its_days_anew_and_a_sent_one_is_never_forgotten(world: World) -> None:
    key = fills(world)
    goes_to(world, date(2026, 12, 20))
    world.presses(EMPLOYEE, "accounts/change", key, "name")
    world.asks(EMPLOYEE, "Kirjaston uutiset")
    goes_to(world, date(2026, 12, 28))
    assert status(world) is Status.DRAFT
    world.presses(EMPLOYEE, "accounts/send", key)
    goes_to(world, date(2027, 2, 10))
    assert status(world) is Status.SENT
    assert request(world).answers["name"] == "Kirjaston uutiset"


def test_a_withdrawn_draft_is_forgotten_at_once_with_all_that_was_written(world: World) -> None:
    key = fills(world, need="Hyvin salainen tarve.")
    world.presses(EMPLOYEE, "accounts/withdraw", key)
    assert status(world) is Status.FORGOTTEN
    assert "Hyvin salainen tarve" not in kept_text(world, "records", "journal")
    assert not world.store.has_timer(key, "draft_forget")
    assert "Luonnos poistettiin" in said_last(world, EMPLOYEE)


def test_r44_switching_between_conversation_and_forms_midway_keeps_every_answer(world: World) -> None:
    world.asks(EMPLOYEE, "aloita")
    for answer in a.TOLD_IN_WORDS[:6]:
        world.asks(EMPLOYEE, answer)
    opened = form(world.presses(EMPLOYEE, "accounts/form", a.KEY, "needs"))
    assert opened["need"] == COMPLETE["need"]
    handled = world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@resources", **page("resources", COMPLETE))
    assert isinstance(handled.immediate, OpenForm)
    assert handled.immediate.form.record == f"{a.KEY}@planning"
    world.presses(EMPLOYEE, "accounts/talk", a.KEY)
    assert request(world).asking == "plan", "the first question without an answer"
    for answer in a.TOLD_IN_WORDS[12:]:
        world.asks(EMPLOYEE, answer)
    assert "Kaikki kohdat on täytetty" in said_last(world, EMPLOYEE)
    kept = request(world).answers
    assert {n: kept[n] for n in ("need", "content", "hours", "updater", "plan", "promise")} == {
        n: COMPLETE[n] for n in ("need", "content", "hours", "updater", "plan", "promise")
    }


def test_a_question_in_between_is_answered_by_the_guide_while_the_draft_waits(world: World) -> None:
    world.asks(EMPLOYEE, "aloita")
    before = request(world)
    world.asks(EMPLOYEE, "Millainen salasanan pitää olla?")
    assert world.last(EMPLOYEE).card.name.startswith("questions/")
    assert request(world) == before
    world.asks(EMPLOYEE, COMPLETE["need"])
    assert request(world).answers == {"need": COMPLETE["need"]}


def test_a_draft_is_gone_on_with_from_another_conversation(world: World) -> None:
    phone = "fake:dm:employee-phone"
    world.asks(EMPLOYEE, "aloita")
    world.asks(EMPLOYEE, COMPLETE["need"])
    world.asks(EMPLOYEE, "jatka 1", phone)
    world.asks(EMPLOYEE, "lisää osallistumista", phone)
    assert request(world).answers == {"need": COMPLETE["need"], "goals": "lisää osallistumista"}
    assert world.platform.to(phone)[-1].card.name == "accounts/step"
    world.asks(EMPLOYEE, "tauko", phone)
    assert request(world).asking == ""
    world.asks(EMPLOYEE, "omat")
    assert "accounts/show" in buttons_of(world.last(EMPLOYEE))


def test_a_draft_is_offered_again_at_the_start(world: World) -> None:
    fills(world)
    world.asks(EMPLOYEE, "tili")
    assert "Sinulla on kesken pyyntö 1" in said_last(world, EMPLOYEE)
    assert "accounts/resume" in buttons_of(world.last(EMPLOYEE))


def test_a_request_is_copied_as_a_new_draft_by_its_requester_alone(world: World) -> None:
    key = a.sent(world)
    before = request(world, key)
    for other in (SUPERVISOR, SPECIALIST, LIBRARIAN):
        count = len(world.platform.sent)
        world.presses(other, "accounts/copy", "", key)
        assert [s.card.name for s in to(world, other, count)] == ["accounts/gone"]
    assert len(world.store.records("accounts")) == 1
    world.presses(EMPLOYEE, "accounts/copy", "", key)
    copy = next(k.key for k in world.store.records("accounts") if k.key != key)
    made = request(world, copy)
    assert (made.status, made.answers) == (Status.DRAFT, before.answers)
    assert (made.round, made.history, made.comments, dict(made.agreements)) == (0, (), (), {})
    assert request(world, key) == before


# ── the people who are named ────────────────────────────────────────────────────────────────────────────────────────


def test_r50_named_people_are_asked_and_must_agree_before_it_is_proposed(world: World) -> None:
    key = a.sent(world, agreed=False)
    for named in (LIBRARIAN, INFORMATICIAN):
        assert buttons_of(cards(world, named, "accounts/named")[-1]) == ["accounts/accept", "accounts/decline"]
    world.presses(SUPERVISOR, "accounts/propose", key, "1")
    assert "Kirjastonhoitaja, kirjasto; Informaatikko, kirjasto" in said_last(world, SUPERVISOR)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.SENT
    assert "Viikkopalaverissa." in words(cards(world, SUPERVISOR, "accounts/refused")[-1]), "given back"
    world.presses(LIBRARIAN, "accounts/accept", key)
    world.presses(INFORMATICIAN, "accounts/accept", key)
    assert "Kaikki tarvittavat henkilöt ovat suostuneet" in said_state(world)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.PROPOSED


def test_r50_who_declines_is_told_to_the_requester_who_names_another(world: World) -> None:
    key = a.sent(world)
    world.presses(LIBRARIAN, "accounts/decline", key)
    assert "Kirjastonhoitaja, kirjasto ei ota tehtävää" in said_state(world)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.SENT
    assert "kieltäytynyt" in now_shown(world, SUPERVISOR, "accounts/request")[0]
    world.presses(EMPLOYEE, "accounts/take_back", key)
    world.presses(EMPLOYEE, "accounts/change", key, "updater")
    world.asks(EMPLOYEE, DEPUTY)
    world.presses(EMPLOYEE, "accounts/send", key)
    assert cards(world, DEPUTY, "accounts/named")
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@2", **PROPOSAL)
    assert status(world) is Status.SENT, "the new one has not agreed"
    world.presses(DEPUTY, "accounts/accept", key)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@2", **PROPOSAL)
    assert status(world) is Status.PROPOSED


def test_r50_who_names_themselves_has_agreed_and_nobody_else_can_agree_for_them(world: World) -> None:
    key = a.sent(world, agreed=False, updater=EMPLOYEE)
    assert request(world).agreements[EMPLOYEE].answer == "yes"
    for other in (EMPLOYEE, SUPERVISOR, OUTSIDER):
        world.presses(other, "accounts/accept", key)
    assert request(world).agreements[INFORMATICIAN].answer == ""


TABLES = ("events", "records", "journal", "timers", "outbox", "chat", "languages", "homes", "small_values")
OWN_NAMES = {"own_names": "yes", "own_name_people": f"{LIBRARIAN},{INFORMATICIAN}"}


def test_r77_names_of_ones_own_are_asked_privately_and_only_consent_is_kept(world: World) -> None:
    key = a.sent(world, **OWN_NAMES)
    for named in (LIBRARIAN, INFORMATICIAN):
        (question,) = cards(world, named, "accounts/consent")
        assert buttons_of(question) == ["accounts/consent", "consents/refuse"]
    for other in (EMPLOYEE, SUPERVISOR, TEAM):
        assert not cards(world, other, "accounts/consent")
    world.presses(LIBRARIAN, "accounts/consent", key)
    assert request(world).own_names == (LIBRARIAN,)
    world.presses(LIBRARIAN, "accounts/unconsent", key)
    assert request(world).own_names == ()
    for other in (EMPLOYEE, SUPERVISOR, OUTSIDER):
        world.presses(other, "accounts/consent", key)
    assert request(world).own_names == ()


@pytest.mark.bytewise
def test_r77_a_refusal_looks_everywhere_like_no_answer(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> None:
    worlds = [make_world(tmp_path / f"{name}.db", lexical_guide, renderer) for name in ("refused", "silent", "looked")]
    for world in worlds:
        world.keys = itertools.count(1)
        key = a.sent(world, **OWN_NAMES)
        world.presses(LIBRARIAN, "accounts/consent", key)
    looked = worlds.pop()
    worlds[0].presses(INFORMATICIAN, "consents/refuse", "")
    looked.presses(INFORMATICIAN, "consents/list", "")
    assert "Kieltäytymistä ei tallenneta" in said_last(worlds[0], INFORMATICIAN)
    assert kept_text(worlds[0], *TABLES) == kept_text(looked, *TABLES), "no more than a look at one's own consents"
    worlds[0].asks(INFORMATICIAN, "en suostu 1")
    looked.asks(INFORMATICIAN, "suostumukset")
    assert kept_text(worlds[0], *TABLES) == kept_text(looked, *TABLES)
    looked.store.close()
    for world in worlds:
        world.bot.begin()
        world.presses(SUPERVISOR, "accounts/show", a.KEY)
        world.presses(EMPLOYEE, "accounts/show", a.KEY)
        world.submits(SUPERVISOR, "accounts/propose", f"{a.KEY}@1", **PROPOSAL)
        goes_to(world, date(2026, 12, 4))
    refused, silent = worlds
    for table in ("records", "journal", "timers"):
        assert kept_text(refused, table) == kept_text(silent, table), table
    for person in (SUPERVISOR, EMPLOYEE, SECRETARY, LIBRARIAN, TEAM, ADMINISTRATOR):
        seen = [[(s.kind, words(s), buttons_of(s)) for s in to(world, person)] for world in worlds]
        assert seen[0] == seen[1], person
    for world in worlds:
        world.store.close()


def test_r77_consent_that_is_taken_back_later_leaves_the_register_too(world: World) -> None:
    key = a.sent(world, **OWN_NAMES)
    world.presses(LIBRARIAN, "accounts/consent", key)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    for secretary, section in ((SECRETARY, "45"), (MUNICIPAL_SECRETARY, "7")):
        world.submits(secretary, "accounts/decide", f"{key}@1", **DECISION | {"section": section})
    world.submits(LIBRARIAN, "accounts/open", key, address=a.ADDRESS)
    assert '"own_names":["librarian"]' in world.store.record("register/r1").data  # type: ignore[union-attr]
    world.presses(LIBRARIAN, "accounts/unconsent", key)
    assert request(world).own_names == ()
    assert '"own_names":[]' in world.store.record("register/r1").data  # type: ignore[union-attr]


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_an_answer(world: World, secret: str) -> None:
    world.presses(EMPLOYEE, "accounts/change", a.KEY, "need")
    world.asks(EMPLOYEE, secret)


def in_the_reason_of_a_warning(world: World, secret: str) -> None:
    world.presses(EMPLOYEE, "accounts/change", a.KEY, "plan")
    world.asks(EMPLOYEE, "ohita")
    world.asks(EMPLOYEE, secret)


def in_a_page(world: World, secret: str) -> None:
    world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@needs", **page("needs", {**COMPLETE, "content": secret}))


def in_a_page_with_another_error(world: World, secret: str) -> None:
    world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@needs", **page("needs", {"need": "Tarve", "content": secret}))


def in_the_reason_of_a_page(world: World, secret: str) -> None:
    values = page("planning", {**COMPLETE, "plan": ""})
    world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@planning", **values, why_no_plan=secret)


def in_a_choice(world: World, secret: str) -> None:
    values = page("resources", {**COMPLETE, "updater": secret, "tasks": secret, "producers": secret})
    world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@resources", **values)


def in_a_comment(world: World, secret: str) -> None:
    world.submits(SUPERVISOR, "accounts/comment", a.KEY, text=secret)
    world.asks(SUPERVISOR, f"kommentti 1: {secret}")


def in_the_thread_of_a_card(world: World, secret: str) -> None:
    a.writes(world, SUPERVISOR, card_before(world, SUPERVISOR), secret)


def in_a_return(world: World, secret: str) -> None:
    world.submits(SUPERVISOR, "accounts/return", f"{a.KEY}@1", text=secret)
    world.asks(SUPERVISOR, f"palauta 1: {secret}")


def in_a_rejection(world: World, secret: str) -> None:
    world.submits(SUPERVISOR, "accounts/reject", f"{a.KEY}@1", text=secret)
    world.asks(SUPERVISOR, f"hylkää 1: {secret}")


def in_a_return_that_comes_too_late(world: World, secret: str) -> None:
    world.submits(SUPERVISOR, "accounts/return", f"{a.KEY}@7", text=secret)
    world.submits(SUPERVISOR, "accounts/propose", f"{a.KEY}@7", **PROPOSAL | {"led": secret})


def in_a_return_by_somebody_else(world: World, secret: str) -> None:
    world.submits(DIRECTOR, "accounts/return", f"{a.KEY}@1", text=secret)
    world.submits(OUTSIDER, "accounts/skip", f"{a.KEY}@1", text=secret)
    world.submits(OUTSIDER, "accounts/open", a.KEY, address=secret)


def in_a_proposal(world: World, secret: str) -> None:
    world.submits(SUPERVISOR, "accounts/propose", f"{a.KEY}@1", **PROPOSAL | {"led": secret})
    world.asks(SUPERVISOR, f"esitä 1, 5 h: {secret}")


def in_a_decision(world: World, secret: str) -> None:
    world.submits(SECRETARY, "accounts/decide", f"{a.KEY}@1", **DECISION | {"text": secret})
    world.submits(SECRETARY, "accounts/decide", f"{a.KEY}@1", **DECISION | {"section": secret})
    world.asks(SECRETARY, f"päätös 1: hyväksytty 20.11.2026 § 45, resurssit varmistettu; {secret}")


MEETING = {"date": "2026-11-20", "manner": "decision", "outcome_1": "returned", "section_1": "45", "secured_1": "yes"}


def in_a_meeting(world: World, secret: str) -> None:
    world.submits(SECRETARY, "meetings/record", "", **MEETING, text_1=secret)


def in_a_meeting_with_another_error(world: World, secret: str) -> None:
    world.submits(SECRETARY, "meetings/record", "", **MEETING | {"date": "2027-01-01"}, text_1=secret)


def in_an_address(world: World, secret: str) -> None:
    world.submits(LIBRARIAN, "accounts/open", a.KEY, address=secret)
    world.asks(LIBRARIAN, f"avattu 1: {secret}")


PLACES = [
    (fills, in_an_answer), (fills, in_the_reason_of_a_warning), (fills, in_a_page), (fills, in_a_page_with_another_error),
    (fills, in_the_reason_of_a_page), (fills, in_a_choice), (a.sent, in_a_comment), (a.sent, in_the_thread_of_a_card),
    (a.sent, in_a_return), (a.sent, in_a_rejection), (a.sent, in_a_return_that_comes_too_late),
    (a.sent, in_a_return_by_somebody_else), (a.sent, in_a_proposal), (a.proposed, in_a_decision),
    (a.proposed, in_a_meeting), (a.proposed, in_a_meeting_with_another_error), (a.approved, in_an_address),
]  # fmt: skip


@pytest.mark.parametrize(("bring", "place"), PLACES, ids=lambda v: v.__name__)
def test_r139_a_secret_is_refused_where_it_was_written_and_is_nowhere_on_disk(
    world: World, bring: Callable[[World], str], place: Callable[[World, str], None]
) -> None:
    bring(world)
    moves, comments = request(world).history, request(world).comments
    for secret in SECRETS.values():
        place(world, secret)
    assert (request(world).history, request(world).comments) == (moves, comments)
    kept = kept_text(world)
    for digits in DIGITS:
        assert digits not in kept


def test_r139_the_secret_is_named_at_its_field(world: World) -> None:
    fills(world)
    for name, secret in SECRETS.items():
        values = page("needs", {**COMPLETE, "need": secret})
        assert errors(world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@needs", **values)) == {"need": name}
    world.presses(EMPLOYEE, "accounts/send", a.KEY)
    for name, secret in SECRETS.items():
        for form_name, field in (("comment", "text"), ("return", "text"), ("reject", "text")):
            handled = world.submits(SUPERVISOR, f"accounts/{form_name}", f"{a.KEY}@1", **{field: secret})
            assert errors(handled) == {field: name}


def test_r59_a_meeting_that_could_not_be_recorded_is_not_said_to_be(world: World) -> None:
    a.proposed(world)
    for wrong in (
        {"text_1": SECRETS["secret_password"]},
        {"text_1": "x" * 1001},
        {"section_1": "4" * 41, "text_1": "Ei."},
    ):
        handled = world.submits(SECRETARY, "meetings/record", "", **MEETING | wrong)
        assert set(errors(handled)) == {next(iter(wrong))}
        assert (status(world), len(cards(world, SECRETARY, "meetings/recorded"))) == (Status.PROPOSED, 0)


# ── what the guideline advises and what it demands ──────────────────────────────────────────────────────────────────

WARNED = {
    "r53 no plan": ("planning", {"plan": ""}, "no_plan"),
    "r57 less than weekly": ("planning", {"rhythm": "less"}, "seldom"),
    "r64 r136 the example": ("continuity", {"mailbox": "atk@tuusula.fi"}, "mailbox_example"),
    "r137 a person's at work": ("continuity", {"mailbox": "etunimi.sukunimi@tuusula.fi"}, "mailbox_personal_work"),
    "r138 a private one": ("continuity", {"mailbox": "kirjasto@gmail.com"}, "mailbox_private"),
    "r67 a goal without a measure": ("measuring", {"measure_2": ""}, "no_measure"),
    "r69 followers only": ("measuring", {"measure_1": "seuraajien määrä", "measure_2": "tykkääjiä"}, "followers_only"),
}
BLOCKED = {
    "r45 a word is no need": ("needs", {"need": "Näkyvyys"}, {"need": "one_word"}),
    "r46 no audience": ("needs", {"audience": " "}, {"audience": "missing"}),
    "r49 no hours": ("resources", {"hours": "paljon"}, {"hours": "not_hours"}),
    "r50 no updater": ("resources", {"updater": ""}, {"updater": "missing"}),
    "r50 somebody unknown": ("resources", {"updater": "Aku Ankka"}, {"updater": "unknown_person"}),
    "r51 no rhythm of work": ("resources", {"tasks": ""}, {"tasks": "missing"}),
    "r52 nobody leads": ("resources", {"leader": ""}, {"leader": "missing"}),
    "r55 several producers and no head": ("resources", {"producers": EMPLOYEE, "main": ""}, {"main": "missing"}),
    "r56 no substitute": ("planning", {"substitute": ""}, {"substitute": "missing"}),
    "r56 the updater again": ("planning", {"substitute": LIBRARIAN}, {"substitute": "same_person"}),
    "r58 no commitment": ("planning", {"commitment": "no"}, {"commitment": "no_commitment"}),
    "r59 no such department": ("deciding", {"department": "Avaruus"}, {"department": "unknown_department"}),
    "r62 no reason for another channel": ("channels", {"channel": "whatsapp", "why_channel": ""},
                                          {"why_channel": "missing"}),
    "r62 a review in the past": ("channels", {"channel": "whatsapp", "why_channel": "Nuoret ovat siellä.",
                                              "review": "2026-11-01"}, {"review": "past_date"}),
    "r54 one holder": ("continuity", {"admins": LIBRARIAN}, {"admins": "one_holder"}),
    "r39 an end in the past": ("continuity", {"lifetime": "fixed", "ends": "1.1.2026"}, {"ends": "past_date"}),
    "r64 no address": ("continuity", {"mailbox": "kirjasto"}, {"mailbox": "not_an_address"}),
    "r70 no keeper": ("verification", {"keeper": "Harrastajat"}, {"keeper": "no_keeper"}),
    "r71 no page": ("verification", {"unit_page": ""}, {"unit_page": "missing"}),
    "r72 no promise": ("verification", {"promise": "no"}, {"promise": "no_promise"}),
}  # fmt: skip


@pytest.mark.parametrize(("step", "change", "warning"), WARNED.values(), ids=list(WARNED))
def test_r64_what_the_guideline_advises_against_needs_a_reason_in_a_form(
    world: World, step: str, change: dict[str, str], warning: str
) -> None:
    key = fills(world)
    before = dict(request(world).answers)
    values = page(step, COMPLETE | change)
    opened = form(world.submits(EMPLOYEE, "accounts/step", f"{key}@{step}", **values))
    assert f"why_{warning}" in opened
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.DRAFT, "a warning without its reason stands in the way"
    world.submits(EMPLOYEE, "accounts/step", f"{key}@{step}", **values, **{f"why_{warning}": "Aluksi näin."})
    assert dict(request(world).answers) == before | change
    assert dict(request(world).reasons) == {warning: "Aluksi näin."}
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.SENT
    assert "Aluksi näin." in words(card_before(world, SUPERVISOR)), "the deciders read it"


@pytest.mark.parametrize(("change", "warning"), [row[1:] for row in WARNED.values()], ids=list(WARNED))
def test_r64_what_the_guideline_advises_against_needs_a_reason_in_a_conversation(
    world: World, change: dict[str, str], warning: str
) -> None:
    key = fills(world)
    for name, value in change.items():
        world.presses(EMPLOYEE, "accounts/change", key, name)
        world.asks(EMPLOYEE, value or "ohita")
    assert "Perustele lyhyesti" in said_last(world, EMPLOYEE)
    assert request(world).asking_why == warning
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.DRAFT
    world.presses(EMPLOYEE, "accounts/talk", key)
    if request(world).asking_why != warning:  # the question is asked anew
        world.presses(EMPLOYEE, "accounts/change", key, list(change)[-1])
        world.asks(EMPLOYEE, list(change.values())[-1] or "ohita")
    world.asks(EMPLOYEE, "-")
    assert request(world).asking_why == warning, "a dash is no reason"
    world.asks(EMPLOYEE, "Aluksi näin.")
    assert dict(request(world).reasons) == {warning: "Aluksi näin."}
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.SENT


@pytest.mark.parametrize(("step", "change", "blocked"), BLOCKED.values(), ids=list(BLOCKED))
def test_r70_what_the_guideline_demands_blocks_a_form(
    world: World, step: str, change: dict[str, str], blocked: dict[str, str]
) -> None:
    key = fills(world)
    before = request(world)
    assert errors(world.submits(EMPLOYEE, "accounts/step", f"{key}@{step}", **page(step, COMPLETE | change))) == blocked
    assert request(world) == before
    reason = {f"why_{error}": "Aluksi näin." for error in blocked.values()}
    handled = world.submits(EMPLOYEE, "accounts/step", f"{key}@{step}", **page(step, COMPLETE | change), **reason)
    assert errors(handled) == blocked, "no reason helps"


@pytest.mark.parametrize(("change", "blocked"), [row[1:] for row in BLOCKED.values()], ids=list(BLOCKED))
def test_r70_what_the_guideline_demands_blocks_a_conversation(
    world: World, change: dict[str, str], blocked: dict[str, str]
) -> None:
    key = fills(world)
    for name, value in change.items():
        world.presses(EMPLOYEE, "accounts/change", key, name)
        before = request(world)
        world.asks(EMPLOYEE, value.strip() or "ohita")
        if name in blocked:
            assert dict(request(world).answers) == dict(before.answers)
            assert request(world).asking == name, "it is asked on"
            assert world.last(EMPLOYEE).card.name == "accounts/step"
    world.presses(EMPLOYEE, "accounts/send", key)
    missing = blocked.items() - {(n, e) for n, e in blocked.items() if request(world).answers.get(n)}
    assert (status(world) is Status.SENT) is (not missing)


def test_r62_another_channel_is_tried_with_a_reason_and_a_review_half_a_year_on(world: World) -> None:
    key = fills(world)
    tried = {**COMPLETE, "channel": "other", "other_channel": "TikTok", "why_channel": "Nuoret ovat siellä."}
    world.submits(EMPLOYEE, "accounts/step", f"{key}@channels", **page("channels", tried))
    assert request(world).answers["review"] == "2027-05-24"
    other = fills(world)
    for field, answer in (("channel", "whatsapp"), ("why_channel", "Nuoret ovat siellä."), ("review", "ohita")):
        world.presses(EMPLOYEE, "accounts/change", other, field)
        world.asks(EMPLOYEE, answer)
    assert request(world, other).answers["review"] == "2027-05-24"
    for made in (key, other):
        world.presses(EMPLOYEE, "accounts/send", made)
        assert status(world, made) is Status.SENT
    assert "TikTok" in words(card_before(world, SUPERVISOR))


def test_r62_a_usual_channel_forgets_the_reasons_of_the_other(world: World) -> None:
    key = fills(world, channel="other", other_channel="TikTok", why_channel="Nuoret ovat siellä.")
    assert request(world).answers["other_channel"] == "TikTok"
    world.submits(EMPLOYEE, "accounts/step", f"{key}@channels", **page("channels", COMPLETE))
    assert not {"other_channel", "why_channel", "review"} & set(request(world).answers)


def test_r67_a_goal_that_is_added_later_is_asked_its_measure_before_it_is_sent(world: World) -> None:
    key = fills(world)
    world.presses(EMPLOYEE, "accounts/change", key, "goals")
    world.asks(EMPLOYEE, COMPLETE["goals"] + "\nuusia lukijoita")
    assert request(world).asking == "measure_3"
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.DRAFT
    world.presses(EMPLOYEE, "accounts/talk", key)
    world.asks(EMPLOYEE, "uusien lainaajien määrä")
    world.presses(EMPLOYEE, "accounts/send", key)
    assert status(world) is Status.SENT


# ── before step 1 ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_r35_the_units_account_and_what_it_has_asked_for_are_shown_at_the_start(world: World) -> None:
    world.asks(INFORMATICIAN, "tili")
    assert "Yksikölläsi on jo" not in said_last(world, INFORMATICIAN)
    a.official(world)
    a.sent(world, name="Kirjaston kuvat")
    fills(world, name="Kirjaston luonnos")
    world.asks(INFORMATICIAN, "tili")
    shown = said_last(world, INFORMATICIAN)
    for part in ("Yksikölläsi on jo", "Kirjaston kuulumiset", a.ADDRESS, "Yksiköstäsi on jo pyydetty", "Kirjaston kuvat"):
        assert part in shown
    assert "Kirjaston luonnos" not in shown
    world.asks(OUTSIDER, "tili")
    assert "Kirjaston" not in said_last(world, OUTSIDER)


@pytest.mark.parametrize("way", ["words", "form"])
def test_r73_r74_an_idea_for_the_umbrella_accounts_reaches_the_team_which_answers_it(world: World, way: str) -> None:
    world.asks(EMPLOYEE, "tili")
    assert "questions/idea" in buttons_of(world.last(EMPLOYEE))
    if way == "words":
        world.asks(EMPLOYEE, "idea: Kerrotaan kirjaston satutunneista.")
    else:
        assert "text" in form(world.presses(EMPLOYEE, "questions/idea", ""))
        assert errors(world.submits(EMPLOYEE, "questions/idea", "", text=" ")) == {"text": "missing"}
        world.submits(EMPLOYEE, "questions/idea", "", text="Kerrotaan kirjaston satutunneista.")
    (idea,) = [s for s in to(world, TEAM) if "Kerrotaan kirjaston satutunneista." in words(s)]
    take = next(b.button for part in idea.card.parts if part.kind == "buttons" for b in part.buttons
                if b.button.action == "questions/take")  # fmt: skip
    world.presses(SPECIALIST, "questions/take", take.record)
    number = take.record.partition("/")[2]
    world.asks(SPECIALIST, f"vastaa {number}: Julkaisemme maanantaina.")
    assert "Julkaisemme maanantaina." in "".join(words(s) for s in to(world, EMPLOYEE))
    assert not world.store.records("accounts")


# ── meetings, chains, comments, restarts ────────────────────────────────────────────────────────────────────────────


def test_r59_several_requests_are_recorded_at_one_meeting_all_or_none(world: World) -> None:
    keys = [a.proposed(world), a.proposed(world, name="Kirjaston kuvat"), a.proposed(world, LIBRARIAN, name="Uutiset")]
    world.asks(SECRETARY, "asialista")
    assert "Seuraavaan kokoukseen: 3" in said_last(world, SECRETARY)
    opened = form(world.presses(SECRETARY, "meetings/record", ""))
    assert {f"outcome_{n}" for n in (1, 2, 3)} <= set(opened)
    values = {"date": "2026-11-20", "manner": "decision", "outcome_1": "approved", "section_1": "45", "secured_1": "yes",
              "outcome_2": "rejected", "section_2": "", "text_2": "", "outcome_3": "none"}  # fmt: skip
    before = [request(world, key) for key in keys]
    wrong = errors(world.submits(SECRETARY, "meetings/record", "", **values))
    assert wrong == {"section_2": "no_section", "text_2": "no_reason"}
    assert [request(world, key) for key in keys] == before, "all or none"
    world.submits(SECRETARY, "meetings/record", "", **values | {"section_2": "46", "text_2": "Kattotili riittää."})
    assert [status(world, key) for key in keys] == [Status.PROPOSED, Status.REJECTED, Status.PROPOSED]
    assert [request(world, key).stage for key in keys] == [1, 0, 0]
    assert request(world, keys[0]).history[-1].details["section"] == "45"
    recorded = words(cards(world, SECRETARY, "meetings/recorded")[-1])
    assert "Pyyntö 1" in recorded
    assert "Pyyntö 3" not in recorded
    assert "Kattotili riittää." in said_state(world)


def test_r59_a_meeting_records_nothing_that_is_not_the_secretarys_or_says_so_of_nothing(world: World) -> None:
    sent, body = a.sent(world), a.proposed(world)
    for person in (EMPLOYEE, SUPERVISOR, SPECIALIST, OUTSIDER):
        values = {f"{n}_{i}": v for i in (1, 2, 99) for n, v in
                  (("outcome", "approved"), ("section", "4"), ("secured", "yes"))}  # fmt: skip
        world.submits(person, "meetings/record", "", date="2026-11-20", manner="decision", **values)
    assert (status(world, sent), request(world, body).stage) == (Status.SENT, 0)
    none = {"date": "2026-11-20", "manner": "decision", "outcome_2": "none"}
    assert errors(world.submits(SECRETARY, "meetings/record", "", **none)) == {"outcome_2": "nothing"}


def test_a1_with_no_bodies_in_the_chain_the_supervisors_proposal_is_the_decision(world: World) -> None:
    world = a.with_chain(world)
    key = a.sent(world)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    assert status(world) is Status.APPROVED
    assert "Pyyntö on hyväksytty" in said_state(world)
    world.submits(LIBRARIAN, "accounts/open", key, address=a.ADDRESS)
    assert status(world) is Status.OPENED


def test_a1_with_no_bodies_in_the_chain_nobody_speaks_of_any(world: World) -> None:
    world = a.with_chain(world)
    key = a.sent(world)
    world.submits(SUPERVISOR, "accounts/propose", f"{key}@1", **PROPOSAL)
    for person in (EMPLOYEE, SUPERVISOR, TEAM):
        for shown in to(world, person):
            assert "johtoryhmä" not in words(shown), f"{person}, {shown.card.name}: {words(shown)}"


def test_r40_who_had_the_card_may_speak_of_the_request_after_it_was_taken_back(world: World) -> None:
    key = a.sent(world)
    world.presses(EMPLOYEE, "accounts/take_back", key)
    assert "accounts/comment" in buttons_of(cards(world, SUPERVISOR, "accounts/request")[-1])
    world.submits(SUPERVISOR, "accounts/comment", key, text="Hyvä, että täydennät.")
    assert [c.text for c in request(world).comments] == ["Hyvä, että täydennät."]


def test_a1_a_body_is_passed_by_only_with_a_reason_of_which_communications_gets_a_copy(world: World) -> None:
    world = a.with_chain(world, *a.SKIPPABLE)
    key = a.proposed(world)
    for person in (EMPLOYEE, SUPERVISOR, SECRETARY, OUTSIDER):
        assert world.presses(person, "accounts/skip", key, "1").immediate is None
        world.submits(person, "accounts/skip", f"{key}@1", text="Kiire.")
        assert request(world).stage == 0
    assert "text" in form(world.presses(MANAGER, "accounts/skip", key, "1"))
    assert errors(world.submits(MANAGER, "accounts/skip", f"{key}@1", text=" ")) == {"text": "missing"}
    world.submits(MANAGER, "accounts/skip", f"{key}@1", text="Linjaus tehtiin jo keväällä.")
    assert (status(world), request(world).stage) == (Status.PROPOSED, 1)
    deed = request(world).history[-1]
    assert (deed.person, deed.move, deed.text) == (MANAGER, "skip", "Linjaus tehtiin jo keväällä.")
    for shown in (cards(world, TEAM, "accounts/news")[-1].card.plain, said_state(world)):
        assert "Linjaus tehtiin jo keväällä." in shown
    world.submits(MANAGER, "accounts/skip", f"{key}@1", text="Ja tämäkin.")
    assert request(world).stage == 1, "the next body is not to be passed by"


def test_a1_the_guidelines_own_chain_lets_nobody_pass_a_body_by(world: World) -> None:
    key = a.proposed(world)
    for person in (MANAGER, SPECIALIST, SECRETARY, ADMINISTRATOR):
        world.submits(person, "accounts/skip", f"{key}@1", text="Kiire.")
    assert (status(world), request(world).stage) == (Status.PROPOSED, 0)


def test_r40_what_is_written_in_the_thread_of_the_card_reaches_the_others_and_is_kept(world: World) -> None:
    a.sent(world)
    a.writes(world, SUPERVISOR, card_before(world, SUPERVISOR), "Kuka kuvaa videot?")
    received = cards(world, EMPLOYEE, "accounts/commented")[-1]
    assert "Kuka kuvaa videot?" in words(received)
    a.writes(world, EMPLOYEE, received, "Me itse!")
    assert "Me itse!" in words(cards(world, SUPERVISOR, "accounts/commented")[-1])
    assert [(c.person, c.text) for c in request(world).comments] == [
        (SUPERVISOR, "Kuka kuvaa videot?"), (EMPLOYEE, "Me itse!")
    ]  # fmt: skip
    shown = now_shown(world, SUPERVISOR, "accounts/request")[0]
    assert "Kuka kuvaa videot?" in shown
    assert "Me itse!" in shown


def test_r40_a_request_made_in_a_channel_is_held_in_its_thread(world: World) -> None:
    channel, thread = "fake:team:kirjasto", "fake:team:kirjasto#m0"
    begun = Pressed("begun", EMPLOYEE, channel, "", "accounts/begin", "form", thread=thread)
    world.bot.handle(begun)
    for step in STEPS:
        world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@{step.name}", **page(step.name, COMPLETE))
    world.presses(EMPLOYEE, "accounts/send", a.KEY)
    (shown,) = [s for s in world.platform.to(thread) if s.card.name == "accounts/request" and s.kind == "post"]
    assert COMPLETE["need"] in words(shown)
    event = Asked("written", SUPERVISOR, thread, text="Kuka kuvaa videot?", thread=thread, addressed=False)
    world.bot.handle(event)
    world.sender.run_once()
    assert [c.text for c in request(world).comments] == ["Kuka kuvaa videot?"]
    assert "Kuka kuvaa videot?" in words(cards(world, EMPLOYEE, "accounts/commented")[-1])


def test_r40_a_comment_by_words_or_form_is_kept_and_told_and_only_those_who_take_part_comment(world: World) -> None:
    key = a.sent(world)
    assert errors(world.submits(EMPLOYEE, "accounts/comment", key, text="?!")) == {"text": "missing"}
    world.asks(EMPLOYEE, "kommentti 1: Kiireinen asia.")
    world.submits(SPECIALIST, "accounts/comment", key, text="Hyvä nimi.")
    for person in (OUTSIDER, a.OFFICIAL, MUNICIPAL_SECRETARY):
        world.submits(person, "accounts/comment", key, text="Minäkin.")
        world.asks(person, "kommentti 1: Minäkin.")
    kept = [c.text for c in request(world).comments if c.person != MUNICIPAL_SECRETARY]
    assert kept == ["Kiireinen asia.", "Hyvä nimi."]
    assert "Kiireinen asia." in words(cards(world, SUPERVISOR, "accounts/commented")[0])
    assert "Hyvä nimi." in words(cards(world, EMPLOYEE, "accounts/commented")[0])
    world.asks(EMPLOYEE, "kommentti 1: Kiitos.")
    assert "Kiitos." in words(cards(world, TEAM, "accounts/commented")[-1]), "the team has commented: it reads on"


def test_a_restart_in_the_middle_loses_nothing(world: World, restarts: Callable[[World], None]) -> None:
    world.bot.begin()
    world.asks(EMPLOYEE, "aloita")
    for answer in a.TOLD_IN_WORDS[:10]:
        world.asks(EMPLOYEE, answer)
    asked = request(world)
    restarts(world)
    world.bot.begin()
    assert request(world) == asked
    for answer in a.TOLD_IN_WORDS[10:]:
        world.asks(EMPLOYEE, answer)
    world.presses(EMPLOYEE, "accounts/send", a.KEY)
    restarts(world)
    for named in (LIBRARIAN, INFORMATICIAN):
        world.presses(named, "accounts/accept", a.KEY)
    assert "ei ole vielä vastannut" not in now_shown(world, SUPERVISOR, "accounts/request")[0]
    restarts(world)
    goes_to(world, date(2026, 11, 25))
    assert cards(world, SUPERVISOR, "reminders/daily"), "timers are rows too"
    world.submits(SUPERVISOR, "accounts/propose", f"{a.KEY}@1", **PROPOSAL)
    restarts(world)
    for secretary in (SECRETARY, MUNICIPAL_SECRETARY):
        world.submits(secretary, "accounts/decide", f"{a.KEY}@1", **DECISION)
    assert status(world) is Status.APPROVED
    statuses = [e.after for e in world.store.journal() if e.record == a.KEY]
    assert '"status":"approved"' in statuses[-1]


def test_the_journal_tells_every_change_of_a_request_with_who_made_it(world: World) -> None:
    key = a.official(world)
    entries = [e for e in world.store.journal() if e.record == key]
    before, after = (
        [kept(text) for text in texts] for texts in zip(*((e.before, e.after) for e in entries), strict=True)
    )
    assert before[0] == {}
    assert before[1:] == after[:-1], "nothing happened between two lines"
    assert after[-1] == kept(world.store.record(key).data)  # type: ignore[union-attr]
    moved = [(e.person, a["status"]) for e, b, a in zip(entries, before, after, strict=True)
             if a["status"] != b.get("status")]  # fmt: skip
    assert moved == [
        (EMPLOYEE, "forgotten"),  # of a draft nothing is kept that was written
        (EMPLOYEE, "sent"), (SUPERVISOR, "proposed"), (MUNICIPAL_SECRETARY, "approved"), (LIBRARIAN, "opened"),
        (SPECIALIST, "official"),
    ]  # fmt: skip


def kept(text: str) -> dict[str, Any]:
    """A record as the journal or the store has it, but for its version."""
    return {name: value for name, value in json.loads(text or "{}").items() if name != "version"}


def test_a_guest_and_a_stranger_to_the_directory_ask_for_no_account(world: World) -> None:
    world.bot.directory.keep(Account(GUEST, "Vieras", "", "fi", "guest", world.clock.now()))
    for value in ("talk", "form"):
        assert world.presses(GUEST, "accounts/begin", "", value).immediate is None
    assert "Vain kunnan työntekijä voi pyytää tiliä" in words(to(world, GUEST)[-1])
    assert not world.store.records("accounts")


def test_r50_who_agreed_to_one_part_is_asked_anew_for_another(world: World) -> None:
    a.sent(world, producers=SPECIALIST, main=a.LIBRARIAN)
    world.presses(SPECIALIST, "accounts/accept", a.KEY)
    world.presses(EMPLOYEE, "accounts/take_back", a.KEY)
    planning = a.page("planning", COMPLETE | {"substitute": SPECIALIST})
    world.submits(EMPLOYEE, "accounts/step", f"{a.KEY}@planning", **planning)
    world.presses(EMPLOYEE, "accounts/send", a.KEY)
    assert request(world).agreements[SPECIALIST].answer == ""
    assert request(world).agreements[a.LIBRARIAN].answer == "yes"
    world.submits(SUPERVISOR, "accounts/propose", f"{a.KEY}@2", **a.PROPOSAL)
    assert status(world) is Status.SENT
