"""`doctor`: what is not set, what Slack says is wrong, and what waits or was given up; a line each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.doctor import problems
from bot.platforms.slack.checks import online_problems, settings_problems
from bot.platforms.slack.manifest import scopes
from bot.settings import Settings
from tests.slack.fake import FakeSlack
from tests.slack.world import SlackWorld

COMPLETE = {
    "platforms": ["slack"], "slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_communications": "CCOMMS",
    "slack_config_token": "xoxe-1", "slack_signing_secret": "s",
}  # fmt: skip


def settings(tmp_path: Path, slack: FakeSlack | None = None, **changed: object) -> Settings:
    address = f"{slack.address}api/" if slack else "http://127.0.0.1:9/api/"
    values: Mapping[str, object] = {**COMPLETE, "data": tmp_path, "slack_api": address, "dense": False, **changed}
    return Settings.model_validate(values)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, []),
        ({"slack_bot_token": ""}, ["SOMEOPAS_SLACK_BOT_TOKEN"]),
        ({"slack_bot_token": "xoxp-1"}, ["SOMEOPAS_SLACK_BOT_TOKEN"]),
        ({"slack_app_token": "xoxb-1"}, ["SOMEOPAS_SLACK_APP_TOKEN"]),
        ({"slack_mode": "http", "slack_app_token": ""}, []),
        ({"slack_mode": "http", "slack_signing_secret": ""}, ["SOMEOPAS_SLACK_SIGNING_SECRET"]),
        ({"slack_communications": "#viestinta"}, ["SOMEOPAS_SLACK_COMMUNICATIONS"]),
    ],
)
def test_what_is_not_set_is_named(tmp_path: Path, changed: dict[str, object], named: list[str]) -> None:
    found = settings_problems(settings(tmp_path, **changed))
    assert len(found) == len(named)
    assert all(name in line for name, line in zip(named, found, strict=True))


def test_no_token_stands_in_the_settings_words(tmp_path: Path) -> None:
    assert "xoxb-1" not in repr(settings(tmp_path)) + str(settings(tmp_path))


def test_slack_that_finds_nothing_wrong(tmp_path: Path, fake: FakeSlack) -> None:
    fake.scopes = ",".join([*scopes(), "incoming-webhook"])
    assert online_problems(settings(tmp_path, fake)) == []


def test_a_scope_that_was_not_granted_and_a_channel_without_the_bot_are_named(tmp_path: Path, fake: FakeSlack) -> None:
    fake.scopes = ",".join(s for s in scopes() if s != "users:read.email")
    fake.members["CCOMMS"] = set()
    found = online_problems(settings(tmp_path, fake, slack_communications="CGONE"))
    assert any("users:read.email" in line for line in found)
    assert any("/invite @someopas" in line for line in found)


def test_a_slack_that_does_not_answer_is_a_line_for_each_question(tmp_path: Path) -> None:
    found = online_problems(settings(tmp_path))
    assert all(line.startswith("slack: ") for line in found)
    assert any("auth.test" in line for line in found)
    assert any("apps.manifest.validate" in line for line in found)


def test_doctor_names_dead_letters_with_their_reason_and_what_waits_too_long(world: SlackWorld, tmp_path: Path) -> None:
    world.says("UEMP", "apua")
    world.slack.faults += [(200, {}, {"ok": False, "error": "cannot_dm_bot"}), *[(503, {}, {})] * 3]
    world.says("UEMP", "omat")
    found = problems(settings(tmp_path).model_copy(update={"data": world.path.parent}))
    assert not any("outbox" in line for line in found), "the world's database has another name"
    (world.path.parent / "someopas.db").symlink_to(world.path)
    found = problems(settings(tmp_path).model_copy(update={"data": world.path.parent}))
    assert any("1 messages were given up" in line and "cannot_dm_bot" in line for line in found)
    assert any("has waited for" in line for line in found), "made on a day long gone, and not yet sent"
