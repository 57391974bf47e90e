"""What the outbox promises of Slack: its pace, its wishes, its failures, order, and nothing given up silently."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from slack_bolt import BoltRequest

from bot.platforms import Refused, Unreachable
from bot.platforms.slack.web_api import call, client_of
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.slack.fake import CHANNEL, ELSEWHERE, FakeSlack, Json, user
from tests.slack.world import COMMS, SlackWorld, make_slack

SILENT = "Miten some-tili suljetaan?"
AWAY = [(500, {}, {}), (502, {}, {}), (503, {}, {}), (504, {}, {}), "lost"]


def hand_on(world: SlackWorld, times: int) -> None:
    """Questions handed on at the same moment, none of them sent yet."""
    for _ in range(times):
        take(world, world.message("UEMP", SILENT))
        take(world, world.message("UEMP", "kysy viestinnältä"))


def take(world: SlackWorld, body: Json) -> None:
    """Handle a payload without sending what it led to."""
    assert world.app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200


def test_at_most_one_message_a_second_goes_to_a_channel_and_other_channels_do_not_wait(world: SlackWorld) -> None:
    hand_on(world, 4)
    sent = []
    for _ in range(4):
        world.sender.run_once()
        sent.append(len(world.posts(COMMS)))
        assert len(world.direct("UEMP")) == len(sent), "the other conversation keeps its own pace"
        world.clock.move(seconds=1)
    assert sent == [1, 2, 3, 4]


def test_whispers_to_different_people_of_a_channel_do_not_wait_for_each_other(world: SlackWorld) -> None:
    for person in ("UEMP", "USUP", "UCOM"):
        take(world, world.command(person, "/someopas", "apua"))
    world.sender.run_once()
    assert [len(world.whispers(person)) for person in ("UEMP", "USUP", "UCOM")] == [1, 1, 1]


def test_retry_after_is_kept_for_the_whole_channel_and_others_go_on(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    world.says("USUP", "apua")
    world.slack.faults.append((429, {"Retry-After": "30"}, {"ok": False, "error": "ratelimited"}))
    world.says("UEMP", "omat")
    assert len(world.direct("UEMP")) == 1
    world.says("USUP", "omat")
    assert len(world.direct("USUP")) == 2
    world.waits(seconds=20)
    assert len(world.direct("UEMP")) == 1
    world.says("UEMP", "kieli")
    assert len(world.direct("UEMP")) == 1, "neither does a later message go before"
    world.waits(seconds=15)
    assert ["Omat" in world.direct("UEMP")[1]["text"], "Millä" in world.direct("UEMP")[2]["text"]] == [True, True]


@pytest.mark.parametrize("fault", AWAY, ids=str)
def test_a_failing_slack_gets_the_message_later_and_once_it_answers_in_order(world: SlackWorld, fault: object) -> None:
    world.says("UEMP", "apua")
    world.slack.faults += [fault, fault]  # type: ignore[list-item]
    world.says("UEMP", "omat")
    world.says("UEMP", "kieli")
    world.waits(minutes=1)
    world.waits(minutes=1)
    told = [m["text"][:5] for m in world.direct("UEMP")]
    assert told[-2:] == ["Omat ", "Millä"]
    assert world.store.dead_letters() == []
    assert len(told) == (3 if fault != "lost" else 5), "what was taken though no answer came is sent again"


def test_a_slack_that_is_not_there_is_tried_again(
    tmp_path: Path, fake: FakeSlack, guide: Guide, renderer: Renderer
) -> None:
    world = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock())
    world.says("UEMP", "apua")
    address, world.platform.client.base_url = world.platform.client.base_url, "http://127.0.0.1:9/api/"
    world.says("UEMP", "omat")
    assert len(world.direct("UEMP")) == 1
    world.platform.client.base_url = address
    world.waits(seconds=5)
    assert "Omat" in world.direct("UEMP")[-1]["text"]
    world.store.close()


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "missing_scope"])
def test_what_the_administrator_can_mend_keeps_what_waits(world: SlackWorld, error: str) -> None:
    world.says("UEMP", "apua")
    world.slack.faults += [(200, {}, {"ok": False, "error": error})] * 3
    world.says("UEMP", "omat")
    world.waits(minutes=30)
    assert "Omat" in world.direct("UEMP")[-1]["text"]
    assert world.store.dead_letters() == []


def test_a_message_that_slack_never_takes_is_shown_to_the_administrator_who_sends_it_again(world: SlackWorld) -> None:
    world.opens_home("UADM")
    world.says("UEMP", "apua")
    world.slack.faults.append((200, {}, {"ok": False, "error": "cannot_dm_bot"}))
    world.says("UEMP", "omat")
    notice = world.direct("UADM")[-1]
    assert "Työntekijä, kirjasto" in notice["text"]
    assert "cannot_dm_bot" in str(notice["blocks"])
    home = world.home("UADM")
    assert "cannot_dm_bot" in str(home)
    world.presses("UADM", home, "home/again")
    assert "Omat" in world.direct("UEMP")[-1]["text"]
    assert "cannot_dm_bot" not in str(world.home("UADM"))


def test_a_whisper_finds_another_way_where_the_bot_is_no_member(world: SlackWorld) -> None:
    for _ in range(6):
        body = world.command("UEMP", "/someopas", "apua", channel=ELSEWHERE)
        body["response_url"] = f"{world.slack.address}respond/one-door"
        world.dispatch(body)
    assert len(world.slack.told("respond")) == 5, "a door takes five answers"
    assert len(world.direct("UEMP")) == 1, "and then there is the person's own conversation"
    assert world.store.dead_letters() == []


def test_what_is_shared_where_the_bot_is_no_member_goes_through_the_door(world: SlackWorld) -> None:
    world.commands("UEMP", "/someopas", "Kuka päättää uudesta some-tilistä?", channel=ELSEWHERE)
    answer = {**world.slack.told("respond")[-1], "channel": ELSEWHERE}
    world.presses("UEMP", answer, "questions/share")
    assert world.slack.told("respond")[-1]["response_type"] == "in_channel"


def test_a_card_that_somebody_deleted_needs_no_change(world: SlackWorld) -> None:
    world.says("UEMP", SILENT)
    world.says("UEMP", "kysy viestinnältä")
    card = world.posts(COMMS)[-1]
    world.slack.faults.append((200, {}, {"ok": False, "error": "message_not_found"}))
    world.presses("UCOM", card, "questions/take")
    assert world.store.dead_letters() == []


def test_the_way_back_to_a_person_is_not_kept_when_it_was_used(world: SlackWorld) -> None:
    world.commands("UEMP", "/someopas", "apua")
    world.commands("UEMP", "/someopas", "apua", channel=ELSEWHERE)
    world.slack.faults.append((200, {}, {"ok": False, "error": "user_not_found"}))
    world.commands("UEMP", "/someopas", "apua")
    [dead] = world.store.dead_letters()
    rows = sqlite3.connect(world.path).execute("select id from outbox where door != ''").fetchall()
    assert rows == [(dead.id,)], "only what was given up keeps it, to be sent again"


def test_somebody_who_never_used_the_bot_is_found_by_their_address(world: SlackWorld) -> None:
    world.says("UEMP", SILENT)
    world.says("UEMP", "kysy viestinnältä")
    world.waits(days=3)
    assert "odottaa yhä" in world.direct("UMAN")[-1]["text"], "the manager had never written to it"


def test_a_receiver_without_an_account_is_a_dead_letter_with_a_reason(world: SlackWorld) -> None:
    world.slack.users = {k: u for k, u in world.slack.users.items() if k != "UMAN"}
    world.says("UEMP", SILENT)
    world.says("UEMP", "kysy viestinnältä")
    world.waits(days=3)
    assert "users_not_found" in world.store.dead_letters()[0].error


# ── accounts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_asked_for_once_a_day_and_changes_are_told(world: SlackWorld) -> None:
    for _ in range(3):
        world.says("UEMP", "apua")
    assert len(world.slack.told("users.info")) == 1
    world.waits(hours=25)
    world.says("UEMP", "apua")
    assert len(world.slack.told("users.info")) == 2
    changed = user("UEMP", "tyontekija.kirjasto@example.org", locale="sv-SE")
    world.dispatch(world.event({"type": "user_change", "user": changed}))
    world.says("UEMP", "apua")
    assert "Jag svarar" in world.direct("UEMP")[-1]["text"]
    gone = {**changed, "deleted": True}
    world.dispatch(world.event({"type": "user_change", "user": gone}))
    assert world.bot.directory.accounts_of("employee") == ()


def test_a_known_person_is_served_while_slack_does_not_tell_of_them(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    world.waits(hours=25)
    world.slack.users = {}
    world.says("UEMP", "omat")
    assert "Omat" in world.direct("UEMP")[-1]["text"]


def test_a_language_that_was_chosen_goes_before_the_platforms(world: SlackWorld) -> None:
    world.says("UNEW", "kieli englanti")
    world.says("UNEW", "apua")
    assert "I answer" in world.direct("UNEW")[-1]["text"]


# ── the words for failures ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "expected", "wish"),
    [
        ((429, {"Retry-After": "7"}, {"ok": False, "error": "ratelimited"}), Unreachable, 7.0),
        ((429, {}, {"ok": False, "error": "ratelimited"}), Unreachable, None),
        ((503, {"Retry-After": "soon"}, {}), Unreachable, None),
        ((200, {}, {"ok": False, "error": "internal_error"}), Unreachable, None),
        ((200, {}, {"ok": False, "error": "msg_too_long"}), Refused, None),
    ],
)
def test_every_failure_is_later_or_never(
    world: SlackWorld, fault: object, expected: type[Exception], wish: float | None
) -> None:
    world.slack.faults.append(fault)  # type: ignore[arg-type]
    with pytest.raises(expected) as told:
        call(world.platform.client, "chat.postMessage", channel=CHANNEL, text="x")
    assert getattr(told.value, "retry_after", None) == wish


def test_a_token_stands_in_no_failure() -> None:
    client = client_of("xoxb-secret", "http://127.0.0.1:9/api/")
    with pytest.raises(Unreachable) as told:
        call(client, "auth.test")
    assert "secret" not in repr(told.value)
