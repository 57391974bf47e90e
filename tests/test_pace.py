"""One person's flood: politely held back, told once a minute; no report, decision or form ever is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.pace import MOST_PEOPLE, Pace, Verdict
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked, Flagged, Pressed, Submitted
from knowledge.guide import Guide
from tests.accounts import words
from tests.conftest import KEYS, World
from tests.fakes import MONDAY, FakeClock, FakePlatform
from tests.incidents import EMPLOYEE, IT_MANAGER, KEY

MOST = 30
HARMLESS = "Miten some-tili suljetaan?"


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    store, clock, platform = SqliteStore(tmp_path / "s.db"), FakeClock(), FakePlatform()
    store.replace_people(read_people(DEMO_PEOPLE))
    bot = Bot(
        store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"fake": platform}, pace=Pace(MOST)
    )  # fmt: skip
    yield World(bot, Sender(bot, renderer), store, platform, clock, KEYS)
    store.close()


def floods(world: World, times: int, text: str = HARMLESS, where: str = "") -> list[str]:
    """The cards that so many questions in a row got."""
    before = len(world.platform.sent)
    for _ in range(times):
        world.asks(EMPLOYEE, text, where)
    return [s.card.name for s in world.platform.sent[before:]]


def test_a_hundred_questions_in_a_minute_get_thirty_answers_and_one_polite_sentence(world: World) -> None:
    cards = floods(world, 100)
    assert cards == ["questions/silent"] * MOST + ["home/slow_down"]
    assert "Odota minuutti" in words(world.last(EMPLOYEE))
    assert len(world.store.records("questions")) == MOST, "what was not answered is not kept"


def test_a_minute_later_all_is_as_before_and_a_flood_that_goes_on_is_told_again(world: World) -> None:
    floods(world, 60)
    world.clock.move(seconds=59)
    assert floods(world, 3) == []
    world.clock.move(seconds=1)
    assert floods(world, MOST + 9) == ["questions/silent"] * MOST + ["home/slow_down"]


def test_in_a_channel_the_sentence_is_seen_by_the_one_who_floods(world: World) -> None:
    floods(world, MOST + 5, where="fake:team:all#1")
    last = world.platform.sent[-1]
    assert (last.kind, last.person, last.card.name) == ("whisper", EMPLOYEE, "home/slow_down")


def test_others_are_answered_all_the_while(world: World) -> None:
    floods(world, 60)
    world.asks("supervisor", HARMLESS)
    assert world.last("supervisor").card.name == "questions/silent"


def test_a_second_delivery_counts_once(world: World) -> None:
    for _ in range(3 * MOST):
        world.bot.handle(Asked("same", EMPLOYEE, world.platform.direct(EMPLOYEE), text=HARMLESS))
    assert floods(world, MOST - 1) == ["questions/silent"] * MOST, "its own answer among them"


def test_r145_reports_are_never_held_back_whatever_was_asked_before_and_however_many_they_are(world: World) -> None:
    floods(world, 100)
    for number in range(60):
        values = {"text": f"Outo viesti {number}.", "kind": "other", "route": "both"}
        where = world.platform.direct(EMPLOYEE)
        world.bot.handle(Submitted(f"form{number}", EMPLOYEE, where, "", "incidents/report", values))
        world.bot.handle(Flagged(f"flag{number}", EMPLOYEE, where, text=f"Klikkaa tästä {number}"))
    world.asks(EMPLOYEE, "sain tietojenkalasteluviestin")
    assert len(world.store.records("incidents", limit=1000)) == 121


def test_decisions_and_forms_are_never_held_back(world: World) -> None:
    floods(world, 100)
    for _ in range(100):
        world.presses(EMPLOYEE, "home/own", "")
    assert [s.card.name for s in world.platform.sent[-100:]] == ["home/home"] * 100
    world.submits(EMPLOYEE, "incidents/report", "", text="Outoa.", kind="other", route="both")
    for _ in range(100):
        world.asks(IT_MANAGER, HARMLESS)
    world.asks(IT_MANAGER, f"ota {KEY.partition('/')[2]}")
    world.bot.handle(Pressed("take", IT_MANAGER, world.platform.direct(IT_MANAGER), KEY, "incidents/take"))
    kept = world.store.record(KEY)
    assert kept is not None
    assert kept.status == "taken"


def test_without_a_limit_everything_is_answered() -> None:
    pace = Pace(0)
    assert {pace.of(EMPLOYEE, MONDAY) for _ in range(1000)} == {Verdict.ANSWERED}


def test_a_clock_that_is_put_back_keeps_nobody_waiting() -> None:
    pace = Pace(2)
    told = [pace.of(EMPLOYEE, MONDAY) for _ in range(4)]
    assert told == [Verdict.ANSWERED, Verdict.ANSWERED, Verdict.TOLD, Verdict.PASSED]
    assert pace.of(EMPLOYEE, MONDAY - timedelta(hours=1)) is Verdict.ANSWERED


def test_of_many_people_only_the_last_minute_is_remembered() -> None:
    pace = Pace(1)
    for number in range(3 * MOST_PEOPLE):
        pace.of(str(number), MONDAY + timedelta(seconds=number))
    assert len(pace._asked) <= MOST_PEOPLE + 1
