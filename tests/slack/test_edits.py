"""What somebody edits or deletes in Slack after they told the bot of it: what was told stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.incidents import CASES
from tests.slack.world import SlackWorld

TOLD = "sain tietojenkalasteluviestin osoitteesta pahis.example.net"


def kept(world: SlackWorld) -> Any:
    [case] = world.store.records("incidents")
    return CASES.validate_json(case.data)


@pytest.mark.parametrize("subtype", ["message_changed", "message_deleted"])
def test_what_is_edited_or_deleted_in_slack_stays_as_it_was_reported(world: SlackWorld, subtype: str) -> None:
    told = world.message("UEMP", TOLD)
    world.dispatch(told)
    before, said = kept(world), len(world.slack.calls)
    assert "tietojenkalasteluviestin" in before.text
    event = told["event"]
    changed = {**event, "text": "ei mitään"}
    world.dispatch(world.event({
        "type": "message", "subtype": subtype, "channel": event["channel"], "channel_type": "im", "ts": "99.5",
        "event_ts": "99.5", "deleted_ts": event["ts"], "previous_message": event, "message": changed,
    }))  # fmt: skip
    assert kept(world) == before
    assert len(world.slack.calls) == said, "nobody is spoken to either"
