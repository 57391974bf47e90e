"""Nothing is acknowledged before it is on disk, on both transports; and what comes twice, late or wrong does no harm."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.testclient import TestClient

from bot.platforms.slack.service import PATH, HttpService, SocketService, is_signed, signed_app
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.slack.fake import CHANNEL, TEAM, FakeSlack, Json
from tests.slack.world import COMMS, SlackWorld, make_slack

SECRET = "test-signing-secret"
SILENT = "Miten some-tili suljetaan?"
LONG_ENOUGH = 20
"""Seconds within which something that is awaited happens, or the test fails."""


def signed(body: str, at: float, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}", "content-type": "application/json"}


def form(payload: Json) -> str:
    """An interaction as Slack posts it."""
    return urllib.parse.urlencode(payload if "command" in payload else {"payload": json.dumps(payload)})


class Http:
    """Requests as Slack signs them."""

    def __init__(self, world: SlackWorld) -> None:
        self.world = world
        self.client = TestClient(signed_app(world.app.bolt, SECRET, world.clock))

    def event(self, body: Json, **headers: str) -> httpx.Response:
        raw = json.dumps(body)
        return self._post(raw, {**signed(raw, self.world.clock.now().timestamp()), **headers})

    def interaction(self, body: Json) -> httpx.Response:
        raw = form(body)
        headers = signed(raw, self.world.clock.now().timestamp())
        return self._post(raw, {**headers, "content-type": "application/x-www-form-urlencoded"})

    def _post(self, raw: str, headers: dict[str, str]) -> httpx.Response:
        return self.client.post(PATH, content=raw, headers=headers)


@pytest.fixture
def http(world: SlackWorld) -> Http:
    return Http(world)


# ── before the commit, and after it ─────────────────────────────────────────────────────────────────────────────────


def test_http_an_event_that_could_not_be_kept_is_a_500_and_its_next_delivery_is_answered(
    tmp_path: Path, world: SlackWorld, http: Http, fake: FakeSlack, guide: Guide, renderer: Renderer
) -> None:
    body = world.message("UEMP", SILENT)
    world.says("UEMP", "apua")  # so that the account is known, and only the store's failure is met
    world.store.close()
    assert http.event(body).status_code == 500
    mended = make_slack(tmp_path / "s.db", fake, guide, renderer, world.clock)
    again = Http(mended)
    assert again.event(body, **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_error"}).status_code == 200
    mended.settle()
    assert "Ohje ei sano" in mended.direct("UEMP")[-1]["text"]
    mended.store.close()


def test_http_the_record_is_on_disk_when_slack_gets_its_200(world: SlackWorld, http: Http) -> None:
    assert http.event(world.message("UEMP", SILENT)).status_code == 200
    assert len(world.store.records("questions")) == 1
    assert world.direct("UEMP") == [], "what is sent is sent afterwards, from the outbox"


@pytest.fixture
def connected(world: SlackWorld) -> Iterator[SlackWorld]:
    """The bot with a live websocket to the fake."""
    service = SocketService(world.app.bolt, "xapp-1", f"{world.slack.address}api/")
    known = len(world.slack.sockets)
    service.start()
    world.slack.wait(lambda: len(world.slack.sockets) > known, LONG_ENOUGH)
    yield world
    service.stop()


def envelope(number: int, payload: Json, kind: str = "events_api", **more: Any) -> Json:
    return {"envelope_id": f"e{number}", "type": kind, "accepts_response_payload": False, "payload": payload, **more}


def acked(world: SlackWorld, number: int) -> bool:
    return any(ack.get("envelope_id") == f"e{number}" for ack in world.slack.acks)


def test_socket_an_event_that_could_not_be_kept_is_not_acknowledged(connected: SlackWorld) -> None:
    world = connected
    world.says("UEMP", "apua")
    lost, kept = world.message("UEMP", SILENT), world.message("UEMP", "kieli")
    world.store.close()
    world.slack.send(envelope(1, lost))
    world.slack.send(envelope(2, {"type": "event_callback", "team_id": TEAM, "event": {"type": "reaction_added"}}))
    world.slack.wait(lambda: acked(world, 2), LONG_ENOUGH)
    world.slack.send(envelope(3, kept))
    world.slack.send(envelope(4, {"type": "event_callback", "team_id": TEAM, "event": {"type": "reaction_added"}}))
    world.slack.wait(lambda: acked(world, 4), LONG_ENOUGH)
    assert not acked(world, 1)
    assert not acked(world, 3)


def test_socket_what_is_acknowledged_is_on_disk_and_a_second_delivery_has_no_effect(connected: SlackWorld) -> None:
    world = connected
    body = world.message("UEMP", SILENT)
    world.slack.send(envelope(1, body))
    world.slack.wait(lambda: acked(world, 1), LONG_ENOUGH)
    assert len(world.store.records("questions")) == 1
    world.slack.send(envelope(2, body, retry_attempt=1, retry_reason="timeout"))
    world.slack.wait(lambda: acked(world, 2), LONG_ENOUGH)
    assert len(world.store.records("questions")) == 1


def test_socket_a_sent_form_is_answered_in_its_acknowledgement(connected: SlackWorld) -> None:
    world = connected
    world.says("UEMP", SILENT)
    world.presses("UEMP", world.direct("UEMP")[-1], "questions/send")
    sent = world.submission("UEMP", world.view(), text=" ", named="no")
    world.slack.send(envelope(1, sent, "interactive", accepts_response_payload=True))
    world.slack.wait(lambda: acked(world, 1), LONG_ENOUGH)
    [ack] = [a for a in world.slack.acks if a.get("envelope_id") == "e1"]
    assert ack["payload"]["errors"] == {"text": "Kirjoita kysymys."}


def test_socket_a_connection_that_slack_ends_is_renewed(connected: SlackWorld) -> None:
    world = connected
    first = world.slack.sockets[-1]
    world.slack.hang_up({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
    world.slack.wait(lambda: bool(world.slack.sockets) and world.slack.sockets[-1] is not first, LONG_ENOUGH)
    world.slack.send(envelope(1, world.message("UEMP", SILENT)))
    world.slack.wait(lambda: acked(world, 1), LONG_ENOUGH)
    assert len(world.store.records("questions")) == 1


def test_http_the_service_listens_and_ends(world: SlackWorld) -> None:
    service = HttpService(world.app.bolt, SECRET, world.clock, "127.0.0.1", 0)
    service.start()
    raw = json.dumps({"type": "url_verification", "challenge": "abc"})
    address = f"http://127.0.0.1:{service.port}{PATH}"
    response = httpx.post(address, content=raw, headers=signed(raw, world.clock.now().timestamp()))
    assert response.json() == {"challenge": "abc"}
    taken = HttpService(world.app.bolt, SECRET, world.clock, "127.0.0.1", service.port)
    with pytest.raises(OSError, match="cannot be listened on"):
        taken.start()
    service.stop()


# ── twice, late, wrong ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_event_four_times_has_one_effect_and_one_reply(world: SlackWorld) -> None:
    body = world.message("UEMP", SILENT)
    for attempt in range(4):
        assert world.dispatch(body, **({"x-slack-retry-num": str(attempt)} if attempt else {})).status == 200
    assert len(world.direct("UEMP")) == 1


def test_a_double_click_opens_the_form_once_and_every_late_press_is_answered(world: SlackWorld) -> None:
    world.says("UEMP", SILENT)
    answer = world.direct("UEMP")[-1]
    click = world.press("UEMP", answer, "questions/send")
    for _ in range(2):
        assert world.dispatch(click).status == 200
    form = world.view()
    sent = world.submission("UEMP", form, text="Miten?", named="no")
    for _ in range(2):
        assert world.dispatch(sent).status == 200
    assert len(world.posts(COMMS)) == 1
    world.submits("UEMP", form, text="Miten?", named="no")
    assert "lähetetty viestintään" in world.direct("UEMP")[-1]["text"], "a form that stayed open in another window"
    assert len(world.posts(COMMS)) == 1


def test_an_old_button_after_a_restart_still_works_and_a_decided_one_says_who_decided(
    tmp_path: Path, world: SlackWorld, fake: FakeSlack, guide: Guide, renderer: Renderer
) -> None:
    world.says("UEMP", SILENT)
    world.presses("UEMP", world.direct("UEMP")[-1], "questions/send")
    world.submits("UEMP", world.view(), text="Miten?", named="no")
    card = world.posts(COMMS)[-1]
    world.store.close()
    after = make_slack(tmp_path / "s.db", fake, guide, renderer, world.clock)
    after.presses("UCOM", card, "questions/take")
    after.presses("UMAN", card, "questions/take")
    late = after.whispers("UMAN")[-1]
    assert "Viestinnän asiantuntija" in late["text"]
    after.presses("UEMP", card, "questions/reply")
    assert "Vain viestinnän" in after.whispers("UEMP")[-1]["text"]
    after.store.close()


@pytest.mark.parametrize("value", ["", "[]", "questions/1", '["questions/1"]', '["accounts/1", "x"]', "{}", None, 7])
def test_a_forged_button_value_is_answered_and_changes_nothing(world: SlackWorld, value: object) -> None:
    world.says("UEMP", SILENT)
    before = world.store.records("questions")
    body = world.press("USUP", world.direct("UEMP")[-1], "questions/send")
    body["actions"][0]["value"] = value
    assert world.dispatch(body).status == 200
    assert world.store.records("questions") == before
    assert len(world.whispers("USUP") + world.direct("USUP")) == 1


@pytest.mark.parametrize("metadata", ["", "x", "[]", '["questions/1", "slack:@employee", "", "", false]', "[1,2,3,4,5]"])
def test_a_forged_form_is_answered_and_changes_nothing_of_somebody_elses(world: SlackWorld, metadata: str) -> None:
    world.says("UEMP", SILENT)
    view = {"type": "modal", "callback_id": "questions/send", "private_metadata": metadata, "blocks": []}
    assert world.submits("USUP", view, text="Miten?", named="yes").status == 200
    assert world.store.records("questions")[0].status == "asked"
    assert world.posts(COMMS) == []


def test_a_failure_of_a_press_a_form_or_a_command_is_a_sentence_with_an_id(world: SlackWorld) -> None:
    world.says("UEMP", SILENT)
    answer = world.direct("UEMP")[-1]
    world.presses("UEMP", answer, "questions/send")
    view = world.view()
    press, command = world.press("UEMP", answer, "questions/send"), world.command("UEMP", "/someopas", "apua")
    sent = world.submission("UEMP", view, text="Miten?", named="no")
    world.store.close()

    def of(body: Json) -> Any:
        response = world.app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body))
        assert response.status == 200
        return json.loads(response.body) if response.body else {}

    told = of(command)
    assert (told["response_type"], "tunnus" in told["text"]) == ("ephemeral", True)
    assert "tunnus" in of(sent)["errors"]["text"], "the form stays open with what was entered"
    of(press)
    assert "tunnus" in world.slack.told("respond")[-1]["text"]


def test_the_last_delivery_that_fails_is_told_to_the_person(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    body = world.message("UEMP", SILENT)
    world.store.close()
    for attempt in ("1", "2", "3"):
        headers = {"x-slack-retry-num": attempt}
        assert world.app.bolt.dispatch(BoltRequest(mode="socket_mode", body=body, headers=headers)).status == 500
    [told] = world.whispers("UEMP")
    assert "tunnus" in told["text"]


# ── who may speak to the bot ────────────────────────────────────────────────────────────────────────────────────────

UNSIGNED = {
    "forged": lambda raw, now: signed(raw, now, "another secret"),
    "old": lambda raw, now: signed(raw, now - 301),
    "from the future": lambda raw, now: signed(raw, now + 301),
    "tampered": lambda raw, now: signed(raw + " ", now),
    "no headers": lambda raw, now: {},  # noqa: ARG005 - nothing is made of them
    "no signature": lambda raw, now: {"x-slack-request-timestamp": str(int(now))},  # noqa: ARG005 - nothing is made of the body
    "a time that is none": lambda raw, now: {**signed(raw, now), "x-slack-request-timestamp": "soon"},
    "a fraction": lambda raw, now: {**signed(raw, now), "x-slack-request-timestamp": f"{now}"},
    "an empty time": lambda raw, now: {**signed(raw, now), "x-slack-request-timestamp": ""},
    "a huge time": lambda raw, now: {**signed(raw, now), "x-slack-request-timestamp": "9" * 5000},
}  # fmt: skip


@pytest.mark.parametrize("wrong", UNSIGNED)
def test_what_slack_did_not_sign_gets_401_and_leaves_no_word_in_a_log(
    http: Http, wrong: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    raw = json.dumps(http.world.message("UEMP", "henkilötunnukseni on 131052-308T"))
    headers = UNSIGNED[wrong](raw, http.world.clock.now().timestamp())
    assert http.client.post(PATH, content=raw, headers=headers).status_code == 401
    assert http.world.store.records("questions") == []
    captured = capfd.readouterr()
    assert "131052" not in caplog.text + captured.out + captured.err


def test_another_workspaces_request_gets_401_and_leaves_no_word_in_a_log(
    http: Http, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = http.world.message("UEMP", "henkilötunnukseni on 131052-308T")
    body |= {"team_id": "T999", "authorizations": [{"team_id": "T999"}]}
    assert http.event(body).status_code == 401
    command = http.world.command("UEMP", "/someopas", "131052-308T") | {"team_id": "T999"}
    assert http.interaction(command).status_code == 401
    captured = capfd.readouterr()
    assert "131052" not in caplog.text + captured.out + captured.err
    assert http.world.store.records("questions") == []


def test_a_failing_request_leaves_no_word_in_a_log(
    http: Http, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    http.world.says("UEMP", "apua")
    http.world.store.close()
    assert http.event(http.world.message("UEMP", "131052-308T")).status_code == 500
    captured = capfd.readouterr()
    assert "131052" not in caplog.text + captured.out + captured.err
    assert "request failed" in captured.out + captured.err


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"5",
        b'"x"',
        b'{"team": 5}',
        b'{"user": [1]}',
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"payload=x",
        b"x" * 1_100_000,
    ],
    ids=lambda b: str(b[:9]),
)
def test_a_body_that_is_none_is_refused_and_not_crashed_on(http: Http, body: bytes) -> None:
    stamp = str(int(http.world.clock.now().timestamp()))
    mac = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}"}
    assert http.client.post(PATH, content=body, headers=headers).status_code in (400, 401, 413)
    assert http.world.store.records("questions") == []


@pytest.mark.parametrize(
    "body", ['{"event": 5}', '{"type": [], "event": []}', '{"type": "event_callback", "event": "x"}']
)
def test_a_signed_object_of_an_odd_shape_is_a_failure_and_no_crash(http: Http, body: str) -> None:
    headers = signed(body, http.world.clock.now().timestamp())
    assert http.client.post(PATH, content=body, headers=headers).status_code == 500
    assert http.world.store.records("questions") == []


@given(st.text(), st.text(), st.binary())
@settings(max_examples=300)
def test_no_header_raises(stamp: str, signature: str, body: bytes) -> None:
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    assert is_signed(SignatureVerifier(SECRET), body, headers) is False


def test_the_signature_of_slacks_published_example_is_accepted() -> None:
    # docs.slack.dev/authentication/verifying-requests-from-slack
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d"
        "10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }

    class Then:
        def now(self) -> float:
            return 1531420618.0

    verifier = SignatureVerifier("8f742231b10e8888abcd99yyyzzz85a5", Then())  # type: ignore[arg-type]
    assert is_signed(verifier, body.encode(), headers)


# ── the requests that Slack's own libraries are tested with ─────────────────────────────────────────────────────────

FIXTURES = Path(os.environ.get("SLACK_FIXTURES", Path(__file__).parents[3] / "shared" / "slack"))
FRAMES = {"hello", "disconnect", "event:None"}


def captured() -> list[Json]:
    files = [FIXTURES / "bolt_payloads.jsonl", FIXTURES / "sdk_payloads.jsonl"]
    if not all(file.exists() for file in files):
        return []
    records = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [r for r in records if r["kind"] not in FRAMES]


CAPTURED = captured()


@pytest.mark.skipif(not CAPTURED, reason="the captured payloads are not at hand (SLACK_FIXTURES)")
@pytest.mark.parametrize("record", CAPTURED, ids=lambda r: f"{r['kind']}@{r['source'].rpartition('/')[2]}")
def test_every_captured_request_is_answered(world: SlackWorld, record: Json) -> None:
    for uid in ("W111", "W222", "U111", "U222", "W99999", "U12345678"):
        world.slack.users[uid] = {**world.slack.users["UNEW"], "id": uid, "profile": {"email": f"{uid}@example.org"}}
    body = {name: value for name, value in record["payload"].items() if name != "_envelope"}
    response = world.dispatch(body)
    ours = world.app._is_ours(body) or body.get("type") == "url_verification" or "ssl_check" in body
    assert response.status == (200 if ours else 401), response.body
    assert world.store.dead_letters() == []


def test_the_reply_to_a_command_is_on_its_way_at_once(world: SlackWorld) -> None:
    due_before = world.clock.now()
    world.app.bolt.dispatch(BoltRequest(mode="socket_mode", body=world.command("UEMP", "/someopas", "apua")))
    assert [m.content.conversation for m in world.store.due_messages(due_before)] == [f"slack:{CHANNEL}"]
