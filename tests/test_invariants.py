"""What always holds of what is kept (docs/reliability.md): where it does not, it is found and said with a way forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlite_utils.utils import sqlite3 as driver  # type: ignore[attr-defined]  # the driver that the store itself uses

from bot.auditor import LONG, Auditor
from bot.doctor import problems
from bot.invariants import broken
from bot.records import REQUESTS
from bot.rendering import Renderer
from bot.settings import Settings
from handlers.accounts.record import Deed, Move
from knowledge.guide import Guide
from tests.accounts import EMPLOYEE, KEY, SUPERVISOR, approved, proposed, request
from tests.conftest import World, make_world
from tests.fakes import MONDAY, Unreachable

NAME = "someopas.db"


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / NAME, lexical_guide, renderer)
    yield made
    made.store.close()


def told(folder: Path) -> list[str]:
    """What `doctor` says of the journal."""
    settings = Settings(data=folder, dense=False, _env_file=None)  # type: ignore[call-arg]  # pydantic's own argument
    return [p for p in problems(settings) if p.startswith("journal:")]


def test_whatever_the_bot_does_by_itself_and_for_people_holds(world: World, tmp_path: Path) -> None:
    world.bot.begin()
    approved(world)
    world.asks(EMPLOYEE, "Miten some-tili suljetaan?")
    world.waits(hours=40)
    assert broken(world.store) == []
    assert told(tmp_path) == []


def test_i3_a_record_that_was_changed_past_the_program_is_named(world: World, tmp_path: Path) -> None:
    proposed(world)
    raw = driver.connect(tmp_path / NAME)
    raw.execute("update records set status = 'approved', version = version + 1 where key = ?", (KEY,))
    raw.commit()
    raw.close()
    [found] = told(tmp_path)
    assert KEY in found
    assert "backup" in found


def test_i3_a_record_that_is_gone_from_its_table_but_not_from_the_journal_is_no_shorter_journal(world: World) -> None:
    proposed(world)
    with world.store.unit() as unit:
        kept = unit.load(KEY)
        assert kept
        unit.save(KEY, kept.status, kept.person, kept.data, kept.version, MONDAY)  # without its line
    [found] = broken(world.store)
    assert found.startswith(f"{KEY} is at version {kept.version + 1}, and the journal tells of {kept.version}")


def with_history(world: World, *deeds: tuple[str, str]) -> list[str]:
    """What is found of a request whose history is this."""
    record = request(world)
    history = tuple(Deed(MONDAY, person, move) for move, person in deeds)
    wrong = replace(record, history=history)
    with world.store.unit() as unit:
        kept = unit.load(KEY)
        assert kept
        data = REQUESTS.dump_json(wrong).decode()
        unit.save(KEY, kept.status, kept.person, data, kept.version, world.clock.now())
    return [found for found in broken(world.store) if "version" not in found]


ASKED = (Move.SEND, EMPLOYEE)
PROPOSED = (Move.PROPOSE, SUPERVISOR)
AGREED = (Move.APPROVE, "department-secretary")
DONE = (Move.CONCLUDE, "municipal-secretary")
RIGHT = [
    (ASKED, PROPOSED, AGREED, DONE),
    (ASKED, PROPOSED, (Move.POSTPONE, "x"), AGREED, DONE, (Move.OPEN, EMPLOYEE)),
    (ASKED, PROPOSED, (Move.RETURN, "x"), ASKED, PROPOSED, AGREED, DONE),
    (ASKED, (Move.TAKE_BACK, EMPLOYEE), ASKED),
]
WRONG = {
    "its requester decided on it": (ASKED, (Move.PROPOSE, EMPLOYEE)),
    "a body decided before the supervisor": (ASKED, AGREED, PROPOSED),
    "a step was decided twice": (ASKED, PROPOSED, PROPOSED),
    "a body decided after the last one": (ASKED, PROPOSED, DONE, AGREED),
}


@pytest.mark.parametrize("deeds", RIGHT, ids=len)
def test_i4_decisions_in_order_are_right(world: World, deeds: tuple[tuple[str, str], ...]) -> None:
    proposed(world)
    assert with_history(world, *deeds) == []


@pytest.mark.parametrize("said", WRONG)
def test_i4_decisions_that_cannot_have_been_are_named(world: World, said: str) -> None:
    proposed(world)
    [found] = with_history(world, *WRONG[said])
    assert f"{KEY}: {said}." in found


def test_i3_i4_the_auditor_sees_within_a_minute_that_a_record_is_not_what_its_journal_tells(
    world: World, tmp_path: Path
) -> None:
    beat = tmp_path / "heartbeat"
    auditor = Auditor(world.bot, world.clock, beat)
    proposed(world)
    auditor.look()
    assert auditor.breaches == 0
    assert beat.exists()
    beat.unlink()
    world.clock.move(minutes=1)
    with_history(world, *WRONG["a step was decided twice"])
    with structlog.testing.capture_logs() as logs:
        auditor.look()
    told = [entry["found"] for entry in logs if entry["event"] == "what is kept does not hold"]
    assert [KEY in sentence for sentence in told] == [True, True]
    assert "version" in told[0], "I3"
    assert "a step was decided twice" in told[1], "I4"
    assert auditor.breaches == 2
    assert not beat.exists()


def test_the_auditor_sees_what_was_committed_after_its_look_and_stamped_before_it(world: World) -> None:
    """An event's moment is taken before its facts are looked up and its transaction begins."""
    auditor = Auditor(world.bot, world.clock)
    proposed(world)
    world.clock.move(seconds=2)
    auditor.look()
    world.clock.move(seconds=-2)
    with_history(world, *WRONG["a step was decided twice"])
    world.clock.move(seconds=62)
    auditor.look()
    assert auditor.breaches == 2
    world.clock.move(minutes=1)
    auditor.look()
    assert auditor.breaches == 2, "it is counted once"


def test_a_request_that_cannot_be_read_hides_no_other(world: World) -> None:
    proposed(world)
    with world.store.unit() as unit:
        kept = unit.load(KEY)
        assert kept
        unit.save(KEY, kept.status, kept.person, "{}", kept.version, world.clock.now())
    assert [found for found in broken(world.store) if f"{KEY}: it cannot be read" in found]


def test_the_auditor_looks_at_what_changed_since_its_last_look_alone(world: World) -> None:
    proposed(world)
    with_history(world, *WRONG["a step was decided twice"])
    world.clock.move(minutes=10)
    auditor = Auditor(world.bot, world.clock)
    world.asks(EMPLOYEE, "Miten some-tili suljetaan?")
    auditor.look()
    assert auditor.breaches == 0
    assert broken(world.store) != [], "the doctor looks at everything"


def test_i7_the_auditor_says_when_messages_do_not_go_out(world: World) -> None:
    world.platform.failures = [Unreachable("down")] * 100
    world.asks(EMPLOYEE, "apua")
    auditor = Auditor(world.bot, world.clock)
    world.clock.move(seconds=LONG.total_seconds())
    with structlog.testing.capture_logs() as quiet:
        auditor.look()
    world.clock.move(minutes=1)
    with structlog.testing.capture_logs() as logs:
        auditor.look()
    assert [line["event"] for line in quiet if line["event"] == "messages wait"] == []
    assert [line["minutes"] for line in logs if line["event"] == "messages wait"] == [11]
    world.platform.failures = []
    world.clock.move(minutes=10)
    world.sender.run_once()
    assert world.store.waiting_since() is None


def test_i6_what_fell_due_fires_within_a_round_and_nothing_stays_overdue(world: World) -> None:
    world.bot.begin()
    proposed(world)
    for _ in range(24 * 14):
        world.waits(hours=1)
        assert world.store.overdue(world.clock.now() - timedelta(seconds=60)) == []
