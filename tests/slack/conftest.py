"""A bot in Slack for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.slack.fake import FakeSlack
from tests.slack.world import SlackWorld, make_slack


@pytest.fixture
def world(tmp_path: Path, fake: FakeSlack, guide: Guide, renderer: Renderer) -> Iterator[SlackWorld]:
    made = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock())
    yield made
    made.store.close()
