"""The auditor: no open incident lies where nobody has it and nothing would wake it (R145, R146); no timer is stuck."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.auditor import STUCK, Auditor
from bot.rendering import Renderer
from handlers.incidents.record import HELD, Status
from knowledge.guide import Guide
from tests.accounts import words
from tests.conftest import World, make_world
from tests.incidents import (
    ADMINISTRATOR,
    IT_DEPUTY,
    IT_MANAGER,
    KEY,
    case,
    got,
    has_timer,
    keeps,
    of,
    reported,
    taken,
)


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "x.db", lexical_guide, renderer)
    yield made
    made.store.close()


@pytest.fixture
def auditor(world: World) -> Auditor:
    return Auditor(world.bot, world.clock)


def lost(world: World, key: str, *timers: str) -> None:
    """Take timers away behind everybody's back."""
    with world.store.unit() as unit:
        for name in timers:
            unit.forget(key, name)


def unattended(world: World) -> list[str]:
    return world.store.unattended("incidents", (Status.REPORTED,), tuple(sorted(HELD)))


@pytest.mark.parametrize("timer", [(), ("silent",), ("gdpr",), ("escalate",), ("silent", "escalate")])
@pytest.mark.parametrize("holder", ["", IT_MANAGER])
@pytest.mark.parametrize("status", list(Status))
def test_exactly_the_open_cases_that_nothing_wakes_are_found(
    world: World, status: Status, holder: str, timer: tuple[str, ...]
) -> None:
    keeps(world, case(status, holder=holder))
    with world.store.unit() as unit:
        for name in timer:
            unit.remind(KEY, name, world.clock.now() + timedelta(days=1))
            unit.remind("incidents/2", "escalate", world.clock.now() + timedelta(days=1))  # another's is none of its
            unit.remind("incidents/11", "silent", world.clock.now() + timedelta(days=1))
    waits = status is Status.REPORTED and "escalate" not in timer
    held = status in HELD and (not holder or "silent" not in timer)
    assert unattended(world) == ([KEY] if waits or held else [])


def test_only_incidents_are_looked_at(world: World) -> None:
    keeps(world, case(key="accounts/1"))
    keeps(world, case(key="questions/1", holder=""))
    assert unattended(world) == []


def test_r146_a_report_without_a_timer_is_woken_and_the_administrators_are_told(world: World, auditor: Auditor) -> None:
    key = reported(world)
    lost(world, key, "escalate")
    assert auditor.look() == [key]
    world.sender.run_once()
    assert has_timer(world, key, "escalate")
    [told] = got(world, ADMINISTRATOR, "incidents/unheld")
    assert "1" in words(told)
    assert "linkkiä" not in words(told)
    assert got(world, IT_DEPUTY, "incidents/alert"), "it climbed at once"
    assert of(world, key).last("unattended")
    assert auditor.look() == []


def test_r146_a_held_case_without_a_timer_is_woken(world: World, auditor: Auditor) -> None:
    key = taken(world)
    lost(world, key, "silent")
    assert auditor.look() == [key]
    world.sender.run_once()
    assert has_timer(world, key, "silent")
    assert got(world, IT_MANAGER, "incidents/note"), "its holder is reminded"
    assert len(got(world, ADMINISTRATOR, "incidents/unheld")) == 1
    assert auditor.look() == []


@pytest.mark.parametrize("status", sorted(HELD))
def test_r146_a_case_that_nobody_holds_is_to_be_taken_again(world: World, auditor: Auditor, status: Status) -> None:
    keeps(world, case(status, holder="", told=()))
    assert auditor.look() == [KEY]
    world.sender.run_once()
    assert of(world).status is Status.REPORTED
    assert {s.conversation for s in world.platform.sent if s.card.name == "incidents/alert"} >= {
        world.platform.direct(IT_MANAGER)
    }
    world.clock.move(minutes=1)
    assert auditor.look() == [], "it is told of once, not each minute"
    world.presses(IT_MANAGER, "incidents/take", KEY)
    assert of(world).holder == IT_MANAGER


def test_a_look_is_not_a_second_delivery_of_the_one_before(world: World, auditor: Auditor) -> None:
    key = reported(world)
    for minute in range(3):
        lost(world, key, "escalate")
        world.clock.move(minutes=1)
        assert auditor.look() == [key], minute
        world.sender.run_once()
    assert len(got(world, ADMINISTRATOR, "incidents/unheld")) == 3


def test_an_excluded_administrator_is_not_told_of_it(world: World, auditor: Auditor) -> None:
    keeps(world, case(excluded=(ADMINISTRATOR,)))
    assert auditor.look() == [KEY]
    world.sender.run_once()
    assert got(world, ADMINISTRATOR) == []


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RESOLVED, Status.REVIEWED, Status.JOINED, Status.ERASED])
def test_what_is_not_open_wants_nobody(world: World, auditor: Auditor, status: Status) -> None:
    keeps(world, case(status))
    assert auditor.look() == []
    world.sender.run_once()
    assert world.platform.sent == []


def test_the_heart_beats_while_timers_fire_and_stops_when_they_do_not(world: World, tmp_path: Path) -> None:
    beat = tmp_path / "heartbeat"
    auditor = Auditor(world.bot, world.clock, beat)
    reported(world)
    auditor.look()
    os.utime(beat, (0, 0))
    due = timedelta(minutes=15)
    world.clock.move(seconds=(due + STUCK).total_seconds() - 1)
    auditor.look()
    assert beat.stat().st_mtime > 0, "three minutes are given"
    os.utime(beat, (0, 0))
    world.clock.move(seconds=1)
    auditor.look()
    assert beat.stat().st_mtime == 0
    world.sender.run_once()
    auditor.look()
    assert beat.stat().st_mtime > 0


def test_overdue_timers_are_those_that_should_have_fired(world: World) -> None:
    now = world.clock.now()
    with world.store.unit() as unit:
        for name, minutes in (("soon", 1), ("now", 0), ("late", -2), ("stuck", -3), ("long", -60)):
            unit.remind(KEY, name, now + timedelta(minutes=minutes))
    assert [t.name for t in world.store.overdue(now - STUCK)] == ["long", "stuck"]
