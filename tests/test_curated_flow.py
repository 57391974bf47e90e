"""Curated answers: approved in a form, found from then on, reviewed, changed, retired; by the team alone."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot
from bot.curated import CuratedAnswers
from bot.rendering import Renderer
from bot.sender import Sender
from bot.working_time import FinnishWorkingTime
from handlers.curated import REVIEW_AFTER, Record, Status, decide, key_of
from handlers.effects import FieldErrors, Forget, Notify, OpenForm, Remind, Reply, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted
from handlers.facts import Question
from tests.conftest import World, buttons_of
from tests.fakes import MONDAY
from tests.test_questions import facts

APPROVED = Record("curated/1", "comms", "Miten tili suljetaan?", (), "Kerro viestinnälle.", "fi", MONDAY, version=1)
RETIRED = replace(APPROVED, status=Status.RETIRED)
ANSWERED = Question("questions/1", "Miten kirjaston tili suljetaan?", "replied", MONDAY.isoformat(), reply="Kerro.")
FORM = {"question": "Miten tili suljetaan?", "others": "", "answer": "Kerro viestinnälle."}


def pressed(who: str, action: str) -> Pressed:
    return Pressed("k", who, "fake:dm:x", "questions/1", action)


DEEDS: dict[str, Any] = {
    "add": lambda who: pressed(who, "curated/add"),
    "edit": lambda who: pressed(who, "curated/edit"),
    "approve": lambda who: Submitted("k", who, "fake:dm:x", "questions/1", "curated/edit", FORM),
    "confirm": lambda who: pressed(who, "curated/confirm"),
    "retire": lambda who: pressed(who, "curated/retire"),
    "restore": lambda who: pressed(who, "curated/restore"),
    "list": lambda who: pressed(who, "curated/list"),
    "review": lambda who: Elapsed("k", "", "", "curated/1", "review", MONDAY),  # noqa: ARG005 - the clock is nobody
    "unknown": lambda who: pressed(who, "curated/nothing"),
}
BEFORE = {"none": None, "approved": APPROVED, "retired": RETIRED}
LEADS_TO = {
    ("approve", "none"): "approved", ("approve", "approved"): "approved", ("confirm", "approved"): "approved",
    ("restore", "retired"): "approved", ("retire", "approved"): "retired",
}  # fmt: skip
"""Where a deed of the communications team leads; every other deed, and everybody else's, leaves it as it was."""


@pytest.mark.parametrize(
    ("deed", "before", "who"), list(itertools.product(DEEDS, BEFORE, ("comms", "deputy", "asker", "nobody")))
)
def test_the_whole_table_of_deed_status_and_person(deed: str, before: str, who: str) -> None:
    record = BEFORE[before]
    asked = replace(facts(who), question=ANSWERED)
    after, effects = decide(record, DEEDS[deed](who), asked)
    allowed = who in ("comms", "deputy")
    expected = LEADS_TO.get((deed, before), before) if allowed else before
    assert (after.status.value if after else "none") == expected
    if deed != "review":
        assert isinstance(effects[0], Reply | Whisper | OpenForm), "every deed gets a visible reply"
        if not allowed:
            assert effects[0].card.name == "curated/refused"  # type: ignore[union-attr]
    if not allowed:
        assert after == record


def test_the_form_begins_with_the_question_and_the_answer_as_they_were() -> None:
    _, effects = decide(None, DEEDS["add"]("comms"), replace(facts("comms"), question=ANSWERED))
    assert isinstance(effects[0], OpenForm)
    values = {f.name: f.value for f in effects[0].form.fields}
    assert values == {"question": "Miten kirjaston tili suljetaan?", "others": "", "answer": "Kerro."}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [("question", " ", "missing"), ("answer", "", "missing"), ("question", "x" * 301, "too_long")],
)
def test_an_empty_or_too_long_field_keeps_the_form_open_with_what_was_entered(field: str, value: str, error: str) -> None:
    event = Submitted("k", "comms", "c", "questions/1", "curated/edit", {**FORM, field: value, "others": "toisin"})
    after, effects = decide(APPROVED, event, replace(facts("comms"), question=ANSWERED))
    assert after == APPROVED
    assert isinstance(effects[0], FieldErrors)
    assert effects[0].errors == {field: error}
    assert {f.name: f.value for f in effects[0].form.fields}["others"] == "toisin"


def test_other_ways_to_ask_are_lines_and_the_review_comes_in_a_year() -> None:
    event = Submitted("k", "comms", "c", "questions/1", "curated/edit", {**FORM, "others": " eka \n\n toka\n"})
    after, effects = decide(None, event, replace(facts("comms"), question=ANSWERED))
    assert after is not None
    assert after.others == ("eka", "toka")
    assert after.curated.questions == ("Miten tili suljetaan?", "eka", "toka")
    assert Remind("review", MONDAY + REVIEW_AFTER) in effects


def test_the_review_asks_the_team_and_a_retired_answer_is_not_asked_about() -> None:
    after, effects = decide(APPROVED, DEEDS["review"](""), facts(""))
    assert isinstance(effects[0], Notify)
    assert effects[0].team == "communications"
    assert isinstance(effects[1], Remind)
    assert decide(RETIRED, DEEDS["review"](""), facts("")) == (RETIRED, [])
    assert Forget("review") in decide(APPROVED, DEEDS["retire"]("comms"), facts("comms"))[1]
    assert after == APPROVED


def test_of_two_who_change_an_answer_at_once_the_later_gets_their_words_back() -> None:
    _, effects = decide(APPROVED, DEEDS["edit"]("comms"), replace(facts("comms"), question=ANSWERED))
    form = effects[0].form  # type: ignore[union-attr]
    changed = replace(APPROVED, answer="Ensimmäisen sanat.", version=2)
    sent = Submitted("k", "deputy", "c", form.record, "curated/edit", {**FORM, "answer": "Toisen sanat."})
    after, told = decide(changed, sent, replace(facts("deputy"), question=ANSWERED))
    assert after == changed
    assert told[0].card.parts[-1].text == "Toisen sanat."  # type: ignore[union-attr]
    assert key_of(form.record) == "curated/1"
    again = replace(sent, record="questions/1@2")
    assert decide(changed, again, replace(facts("deputy"), question=ANSWERED))[0].answer == "Toisen sanat."  # type: ignore[union-attr]


def test_an_old_button_brings_nothing_back_and_dates_nothing_anew() -> None:
    for deed, record in (("confirm", RETIRED), ("approve", RETIRED), ("edit", RETIRED), ("restore", APPROVED)):
        after, effects = decide(record, DEEDS[deed]("deputy"), replace(facts("deputy"), question=ANSWERED))
        assert after == record
        assert effects[0].card.name == "curated/state"  # type: ignore[union-attr]


def test_a_question_that_nobody_answered_makes_no_answer() -> None:
    waiting = replace(facts("comms"), question=replace(ANSWERED, status="waiting", reply=""))
    for deed in ("add", "approve"):
        assert decide(None, DEEDS[deed]("comms"), waiting)[0] is None


def test_talk_in_the_thread_of_a_review_is_left_alone() -> None:
    event = Commented("k", "comms", "c", "curated/1", "joo", "review")
    assert decide(APPROVED, event, facts("comms")) == (APPROVED, [])


def test_an_answer_bears_its_questions_number() -> None:
    assert [key_of(key) for key in ("questions/17", "curated/17", "", "accounts/1")] == [
        "curated/17", "curated/17", "", "accounts/1",
    ]  # fmt: skip


def test_without_a_question_there_is_nothing_to_add() -> None:
    for event in (DEEDS["add"]("comms"), DEEDS["approve"]("comms"), Event("k", "comms", "c")):
        after, effects = decide(None, event, facts("comms"))
        assert after is None
        assert effects[0].card.name == "curated/gone"  # type: ignore[union-attr]


# ── stories ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SILENT = "Miten some-tili suljetaan?"


def with_answer(world: World, number: int = 1, question: str = "Miten sometili suljetaan?") -> None:
    """A curated answer, made from a question that was handed on and answered."""
    world.asks("employee", question)
    world.asks("employee", "kysy viestinnältä")
    world.asks("communications-specialist", f"vastaa {number}: Kerro viestinnälle, niin suljemme sen.")
    world.asks("communications-specialist", f"lisää tietämykseen {number}: {question}")


def shown_to(world: World, person: str, text: str) -> str:
    world.asks(person, text)
    return world.last(person).card.name


def test_story_an_answer_is_found_changed_retired_and_restored(world: World) -> None:
    with_answer(world)
    assert shown_to(world, "supervisor", "Miten sometili suljetaan?") == "questions/curated"
    card = world.last("supervisor").card
    assert "ei ole ohjeen tekstiä" in card.parts[3].markdown  # type: ignore[union-attr]
    assert "questions/send" in buttons_of(world.last("supervisor"))
    world.asks("communications-manager", "muuta vastausta 1: Kirjoita meille.")
    assert shown_to(world, "director", "miten sometili suljetaan") == "questions/curated"
    assert world.last("director").card.parts[2].text == "Kirjoita meille."  # type: ignore[union-attr]
    world.asks("communications-manager", "poista tietämyksestä 1")
    assert shown_to(world, "supervisor", "Miten sometili suljetaan?") == "questions/silent"
    world.asks("communications-manager", "palauta tietämykseen 1")
    assert shown_to(world, "supervisor", "Miten sometili suljetaan?") == "questions/curated"
    world.asks("supervisor", "poista tietämyksestä 1")
    assert world.last("supervisor").card.name == "curated/refused"


def test_story_an_answer_that_may_be_meant_is_offered_by_its_title(world: World) -> None:
    with_answer(world)
    world.asks("supervisor", "meidän some-tili pitäs lopettaa, miten se suljetaan lopullisesti")
    offered = world.last("supervisor")
    assert "Miten sometili suljetaan?" in offered.card.plain
    assert "questions/curated" in buttons_of(offered)
    world.asks("supervisor", "viestinnän vastaus 1")
    assert world.last("supervisor").card.name == "questions/curated"
    record = world.store.records("questions", "supervisor")[0]
    world.presses("employee", "questions/curated", record.key, "curated/1")
    assert world.last("employee").card.name == "questions/refused"


def test_story_the_guidelines_own_answer_is_never_replaced_by_the_teams(world: World) -> None:
    world.asks("employee", "Kuinka usein salasanat pitää vaihtaa?")
    world.asks("employee", "kysy viestinnältä")
    world.asks("communications-specialist", "vastaa 1: Meillä joka kuukausi.")
    world.asks("communications-specialist", "lisää tietämykseen 1: Kuinka usein salasanat pitää vaihtaa?")
    assert shown_to(world, "supervisor", "Kuinka usein salasanat pitää vaihtaa?") == "questions/answered"
    card = world.last("supervisor").card
    said = [p for p in card.parts if p.kind == "said"]
    assert [p.text for p in said] == ["Meillä joka kuukausi."]
    assert "Ei ohjeen tekstiä" in said[0].label
    assert "Meillä joka kuukausi" not in card.plain, "the guideline's words stand apart"


def test_story_the_list_shows_every_answer_a_page_at_a_time(world: World) -> None:
    for number in range(1, 8):
        with_answer(world, number, f"Miten kanava numero {number} suljetaan?")
    world.asks("communications-manager", "tietämys")
    page = world.last("communications-manager")
    assert "7" in page.card.plain
    assert buttons_of(page).count("curated/retire") == 5
    assert buttons_of(page)[-1] == "curated/more"
    world.presses("communications-manager", "curated/more", "", "5")
    assert buttons_of(world.last("communications-manager")).count("curated/retire") == 2


def test_story_after_a_year_the_team_is_asked_whether_it_still_holds(world: World) -> None:
    with_answer(world)
    world.waits(days=366)
    review = world.platform.to("fake:team:communications")[-1]
    assert review.card.name == "curated/review"
    world.presses("communications-manager", "curated/confirm", "curated/1", conversation="fake:team:communications")
    assert "on tietämyksessä" in world.platform.to("fake:team:communications")[-1].card.plain
    assert world.store.next_due() is not None
    assert world.store.next_due() > world.clock.now() + timedelta(days=300)  # type: ignore[operator]


def test_a_crisis_or_an_attack_never_gets_a_curated_answer(world: World) -> None:
    with_answer(world, 1, "en jaksa enää elää")
    assert shown_to(world, "supervisor", "en jaksa enää elää") == "questions/declined"
    assert "112" in world.last("supervisor").card.plain


def test_asked() -> None:
    assert decide(None, Asked("k", "comms", "c", text="tietämys"), facts("comms"))[1][0].card.name == "curated/list"  # type: ignore[union-attr]


def test_what_is_committed_is_answered_though_its_vectors_cannot_be_kept(world: World, tmp_path: Path) -> None:
    nowhere = CuratedAnswers(world.store, world.bot.guide, tmp_path / "no folder" / "vectors.npz")
    platforms = world.bot.platforms
    directory = world.bot.directory
    bot = Bot(world.store, directory, world.bot.guide, world.clock, FinnishWorkingTime(), platforms, curated=nowhere)
    broken = replace(world, bot=bot, sender=Sender(bot, Renderer()))
    with_answer(broken)
    assert "on tietämyksessä" in broken.last("communications-specialist").card.plain
    assert shown_to(broken, "supervisor", "Miten sometili suljetaan?") == "questions/curated"
