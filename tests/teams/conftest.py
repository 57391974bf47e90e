"""A bot in Teams for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.teams.connector import Connector
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.teams.fake import FakeTeams
from tests.teams.world import TeamsWorld, make_teams


@pytest.fixture
def world(
    tmp_path: Path, teams: FakeTeams, connector: Connector, guide: Guide, renderer: Renderer
) -> Iterator[TeamsWorld]:
    made = make_teams(tmp_path / "t.db", teams, connector, guide, renderer, FakeClock())
    yield made
    made.store.close()


@pytest.fixture
def house(
    tmp_path: Path, teams: FakeTeams, connector: Connector, lexical_guide: Guide, renderer: Renderer
) -> Iterator[TeamsWorld]:
    """A world in which the app is installed for everybody."""
    made = make_teams(tmp_path / "t.db", teams, connector, lexical_guide, renderer, FakeClock())
    made.has_everywhere()
    yield made
    made.store.close()
