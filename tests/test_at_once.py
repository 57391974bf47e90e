"""What happens at once: many press the same button, many report the same, and answers change while people ask."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.records import QUESTIONS
from bot.rendering import Renderer
from handlers.events import Asked, Pressed, Submitted
from handlers.incidents.record import Status
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.incidents import IT_MANAGER, KEY, got, of
from tests.test_incident_stories import PHISHED, crowd

TAKERS = ("communications-specialist", "communications-manager")
SILENT = "Miten some-tili suljetaan?"
CLICKS, ROUNDS = 8, 25


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "s.db", lexical_guide, renderer)
    yield made
    made.store.close()


def test_of_eight_clicks_at_once_one_decides_and_everyone_else_is_told_who_did(world: World) -> None:
    for number in range(1, ROUNDS + 1):
        where, key = world.platform.direct("employee"), f"questions/{number}"
        world.bot.handle(Asked(f"ask{number}", "employee", where, text=SILENT))
        values = {"text": SILENT, "named": "no"}
        world.bot.handle(Submitted(f"send{number}", "employee", where, key, "questions/send", values))
        world.sender.run_once()
        before, together = len(world.platform.sent), threading.Barrier(CLICKS)

        def click(finger: int, number: int = number, key: str = key, together: threading.Barrier = together) -> None:
            who = TAKERS[finger % 2]
            together.wait(20)
            event = Pressed(f"take{number}-{finger}", who, world.platform.direct(who), key, "questions/take")
            world.bot.handle(event)

        with ThreadPoolExecutor(CLICKS) as fingers:
            for clicked in [fingers.submit(click, finger) for finger in range(CLICKS)]:
                clicked.result()
        world.sender.run_once()
        whispers = [s for s in world.platform.sent[before:] if s.kind == "whisper"]
        assert len(whispers) >= CLICKS - 1, "each of the others is told"
    taken = Counter(e.record for e in world.store.journal() if '"status":"taken"' in e.after)
    assert taken == {f"questions/{number}": 1 for number in range(1, ROUNDS + 1)}


@pytest.mark.slow
def test_five_hundred_reports_of_one_link_are_one_case_and_the_it_manager_hears_of_it_every_five_minutes(
    world: World,
) -> None:
    for person in crowd(world, 500):
        values = {"text": PHISHED, "kind": "phishing", "route": "both"}
        world.bot.handle(Submitted(f"k{person}", person, world.platform.direct(person), "", "incidents/report", values))
        world.waits(seconds=2)
    world.waits(minutes=6)
    assert len(of(world).twins) == 499
    assert all(of(world, f"incidents/{n}").status is Status.JOINED for n in range(2, 501))
    minutes = 500 * 2 / 60
    assert 1 <= len(got(world, IT_MANAGER, "incidents/note")) <= minutes / 5 + 3
    world.presses(IT_MANAGER, "incidents/take", KEY)
    assert of(world).holder == IT_MANAGER


def test_while_the_teams_answers_are_read_anew_everybody_is_answered_whole(world: World) -> None:
    """The old answer or the new one; never none, and never half of each."""
    failed: list[BaseException] = []
    done = threading.Event()

    def read_anew() -> None:
        while not done.is_set():
            world.bot._curated.refresh()
            world.bot._overlays.refresh()

    def ask(person: int) -> None:
        for number in range(20):
            try:
                key, where = f"{person}-{number}", f"fake:dm:{person}"
                world.bot.handle(Asked(key, f"p{person}", where, text="Kuinka usein salasanat pitää vaihtaa?"))
            except BaseException as problem:  # noqa: BLE001 - the test tells of it
                failed.append(problem)

    anew = threading.Thread(target=read_anew)
    anew.start()
    with ThreadPoolExecutor(4) as people:
        list(people.map(ask, range(4)))
    done.set()
    anew.join(20)
    assert failed == []
    answers = {QUESTIONS.validate_json(k.data).cited for k in world.store.records("questions", limit=1000)}
    assert len(answers) == 1
    assert len(world.store.records("questions", limit=1000)) == 80
