"""A platform's limits are met once and kept: a conversation that is to be spared alone, a platform as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms import Unreachable
from bot.rendering import Renderer
from bot.storage import Message
from knowledge.guide import Guide
from tests.conftest import World, make_world

CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'
LIMITED = "chat.postMessage: ratelimited"
MANY = 20


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "x.db", lexical_guide, renderer)
    with made.store.unit() as unit:
        for n in range(MANY):
            unit.send(Message(f"fake:dm:p{n}", "post", CARD, "fi"), made.clock.now())
    yield made
    made.store.close()


def told(world: World) -> list[str]:
    return [s.conversation for s in world.platform.sent]


def test_a_conversation_that_is_to_be_spared_holds_up_no_other(world: World) -> None:
    world.platform.failures = [Unreachable(LIMITED, 30.0)]
    world.sender.run_once()
    assert told(world) == [f"fake:dm:p{n}" for n in range(1, MANY)]
    world.waits(seconds=29)
    assert len(told(world)) == MANY - 1
    world.waits(seconds=2)
    assert len(told(world)) == MANY


def test_a_platform_that_asks_it_of_two_conversations_is_left_alone_as_a_whole(world: World) -> None:
    failures: list[Exception] = [Unreachable(LIMITED, 30.0) for _ in range(MANY)]
    world.platform.failures = failures
    world.sender.run_once()
    assert (len(failures), told(world)) == (MANY - 2, []), "the other eighteen did not ask"
    failures.clear()
    world.waits(seconds=29)
    assert told(world) == []
    world.waits(seconds=2)
    assert sorted(told(world)) == sorted(f"fake:dm:p{n}" for n in range(MANY)), "each once"


def test_what_failed_without_a_wish_to_wait_holds_up_no_platform(world: World) -> None:
    world.platform.failures = [Unreachable("timeout"), Unreachable("timeout")]
    world.sender.run_once()
    assert len(told(world)) == MANY - 2
