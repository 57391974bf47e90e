"""The manifest is what the code uses, no more and no less, and what Slack takes."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.platforms.slack.events import COMMANDS, REPORT, SHORTCUT
from bot.platforms.slack.manifest import EVENTS, METHODS, REASONS, as_yaml, manifest, scopes
from bot.settings import Settings
from tests.slack.world import SlackWorld

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(os.environ.get("SLACK_FIXTURES", ROOT.parent / "shared" / "slack"))
METHOD = re.compile(r"(apps|assistant|auth|blocks|chat|conversations|files|users|views)(\.\w+)+")
CHECKING = {"apps.connections.open", "apps.manifest.validate", "blocks.validate"}
"""Methods that only `doctor --online` calls, with tokens of their own or where the token may."""


def test_the_file_is_the_codes_manifest_word_for_word() -> None:
    written = (ROOT / "manifest.yml").read_text("utf-8")
    assert written == as_yaml(manifest()), "run `make manifest`"
    assert yaml.safe_load(written) == manifest()


def called_methods() -> set[str]:
    """The Web API's methods that the code names where it calls."""
    found: set[str] = set()
    for path in (ROOT / "bot" / "platforms" / "slack").glob("*.py"):
        if path.name in ("manifest.py", "web_api.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if METHOD.fullmatch(node.value) else set()
    return found


def test_the_methods_with_scopes_are_those_that_are_called() -> None:
    assert called_methods() - CHECKING == set(METHODS)


def test_every_event_of_the_manifest_is_listened_to_and_no_other(world: SlackWorld) -> None:
    for name in EVENTS:
        event = {"type": name.partition(".")[0], "user": "UEMP", "channel": "DEMP", "channel_type": "im", "text": "apua"}
        event["ts"] = f"{len(world.slack.calls)}.5"
        event |= {"user": world.slack.users["UEMP"]} if name == "user_change" else {}
        before = len(world.slack.calls)
        assert world.dispatch(world.event(event)).status == 200
        assert len(world.slack.calls) > before or name == "user_change", name
    before = len(world.slack.calls)
    assert world.dispatch(world.event({"type": "reaction_added", "user": "UEMP"})).status == 200
    assert len(world.slack.calls) == before


def test_commands_and_the_shortcuts_are_the_codes() -> None:
    features = manifest()["features"]
    assert {c["command"] for c in features["slash_commands"]} == set(COMMANDS) >= {"/sometili", "/someilmoitus"}
    assert [s["callback_id"] for s in features["shortcuts"]] == [SHORTCUT, REPORT]


def test_every_scope_has_a_reason_and_no_reason_stands_for_a_scope_that_is_not_asked() -> None:
    assert set(REASONS) == set(scopes()) == set(manifest()["oauth_config"]["scopes"]["bot"])


SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read", "message.channels": "channels:history", "message.groups": "groups:history",
    "message.im": "im:history", "user_change": "users:read",
}  # fmt: skip


@pytest.mark.parametrize("address", ["", "https://someopas.example.org/slack/events"])
def test_the_manifest_holds_the_rules_between_its_fields(address: str) -> None:
    told = manifest(address)
    settings, bot = told["settings"], set(told["oauth_config"]["scopes"]["bot"])
    assert settings["socket_mode_enabled"] is not bool(address)
    for event in settings["event_subscriptions"]["bot_events"]:
        assert SCOPE_OF_EVENT.get(event, "commands") in bot
    for holder in (settings["event_subscriptions"], settings["interactivity"]):
        assert holder.get("request_url", "") == address
    assert all(c.get("url", "") == address for c in told["features"]["slash_commands"])
    limits: list[tuple[str, int]] = [
        (told["display_information"]["description"], 140), (told["features"]["agent_view"]["agent_description"], 300),
        *((c["description"], 100) for c in told["features"]["slash_commands"]),
        *((s["name"], 24) for s in told["features"]["shortcuts"]),
        *((s["description"], 150) for s in told["features"]["shortcuts"]),
    ]  # fmt: skip
    assert [text for text, most in limits if len(text) > most] == []
    assert len(told["features"]["agent_view"]["suggested_prompts"]) <= 4


def schema() -> dict[str, Any] | None:
    path = SCHEMAS / "manifest.schema.1.0.0.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


@pytest.mark.skipif(schema() is None, reason="Slack's schema of a manifest is not at hand (SLACK_FIXTURES)")
@pytest.mark.parametrize("address", ["", "https://someopas.example.org/slack/events"])
def test_slacks_own_schema_takes_the_manifest(address: str) -> None:
    assert [e.message for e in Draft7Validator(schema() or {}).iter_errors(manifest(address))] == []


def test_the_docs_name_every_scope_with_its_reason_and_every_setting() -> None:
    text = (ROOT / "docs" / "slack.md").read_text("utf-8")
    assert [scope for scope, why in REASONS.items() if f"| `{scope}` | {why} |" not in text] == []
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"SOMEOPAS_{name.upper()}" not in readme] == []
