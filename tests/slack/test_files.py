"""Files and reported messages in Slack: what is heard of them, and how their bytes are had and from where."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot
from bot.deciding import Handled
from bot.platforms import Refused, Unreachable
from bot.platforms.slack import blocks
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.events import REPORT, Shown, from_view, spoken_text
from bot.platforms.slack.files import content_of
from bot.platforms.slack.web_api import client_of
from bot.rendering import Renderer
from bot.working_time import FinnishWorkingTime
from handlers.cards import Field, files_in
from handlers.events import Asked, Attachment, Event, Flagged
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.forms import every_kind, renderer_in
from tests.slack.check import check
from tests.slack.fake import BOT, CHANNEL, ELSEWHERE, TEAM, FakeSlack, Json, permalink
from tests.slack.world import SlackWorld, make_slack

CONTENT = bytes(range(256)) * 1000
PAGE = b"<!doctype html><title>Sign in</title>"
FILES: list[Json] = [
    {"id": "F1", "name": "lasku\u202efdp.exe", "size": 12, "url_private_download": "https://evil.example/"},
    {"id": "F2", "name": None, "title": "Kuva", "mode": "hosted"},
    {"id": "F3", "file_access": "check_file_info"},
    {"id": "../F4", "name": "x"},
    {"name": "without an id"},
]
HEARD = (
    Attachment("slack:F1", "laskufdp.exe", 12), Attachment("slack:F2", "Kuva", 0), Attachment("slack:F3", "F3", 0),
)  # fmt: skip


class Listening(Bot):
    """A bot that only keeps what it hears; it takes part in every thread."""

    heard: list[Event]

    def handle(self, event: Event) -> Handled:
        self.heard.append(event)
        return Handled(None, "fi")

    def takes_part(self, conversation: str) -> bool:
        return "#" not in conversation


@dataclass
class Desk:
    """A world whose bot only listens."""

    world: SlackWorld
    bot: Listening

    def hears(self, body: Json) -> Any:
        assert self.world.dispatch(body).status == 200
        [event] = self.bot.heard
        return event

    def shares(self, user: str, text: str, channel: str = "", thread: str = "") -> Json:
        body = self.world.message(user, text, channel, thread)
        body["event"] |= {"subtype": "file_share", "files": FILES}
        return body

    def reports(self, message: Json, channel: str = CHANNEL) -> Json:
        return {
            "type": "message_action", "callback_id": REPORT, "team": {"id": TEAM}, "user": {"id": "UEMP"},
            "channel": {"id": channel}, "message": {"ts": "5.5", **message}, "message_ts": "5.5",
            "trigger_id": "t1", "response_url": f"{self.world.slack.address}respond/door",
        }  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, fake: FakeSlack, lexical_guide: Guide, renderer: Renderer) -> Iterator[Desk]:
    world = make_slack(tmp_path / "s.db", fake, lexical_guide, renderer, FakeClock())
    bot = Listening(
        world.store, world.bot.directory, lexical_guide, world.clock, FinnishWorkingTime(), {"slack": world.platform}
    )  # fmt: skip
    bot.heard = []
    world.app = SlackApp(bot, world.platform, renderer)
    yield Desk(world, bot)
    world.store.close()


# ── what is heard ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("channel", "thread"), [("", ""), ("", "1.5"), (CHANNEL, "1.5")])
@pytest.mark.parametrize("text", ["Katso tätä", ""])
def test_files_of_a_message_are_heard_with_its_words_and_without_any(
    desk: Desk, text: str, channel: str, thread: str
) -> None:
    asked = desk.hears(desk.shares("UEMP", text, channel, thread))
    assert isinstance(asked, Asked)
    assert (asked.text, asked.files, asked.person) == (text, HEARD, "employee")


def test_files_among_others_are_not_heard_unless_the_bot_is_named(desk: Desk) -> None:
    assert desk.world.dispatch(desk.shares("UEMP", "Hei kaikki", CHANNEL)).status == 200
    assert desk.bot.heard == []
    asked = desk.hears(desk.shares("UEMP", f"<@{BOT}>", CHANNEL))
    assert (asked.text, asked.files, asked.addressed) == ("", HEARD, True)


def test_a_reported_message_is_heard_with_its_writer_its_address_its_files_and_where_its_links_lead(desk: Desk) -> None:
    text = "Kirjaudu: <https://evil.example/tuusula|https://tuusula.fi> heti"
    flagged = desk.hears(desk.reports({"text": text, "user": "USUP", "files": FILES}))
    assert flagged == Flagged(
        "slack:trigger:t1", "employee", f"slack:{CHANNEL}",
        text="Kirjaudu: https://tuusula.fi (https://evil.example/tuusula) heti",
        link=permalink(CHANNEL, "5.5"), author="slack:USUP", files=HEARD, thread=f"slack:{CHANNEL}:5.5",
        door=f"{desk.world.slack.address}respond/door",
    )  # fmt: skip


def test_a_reported_message_of_an_app_has_no_writer_and_its_words_are_what_it_carries_along(desk: Desk) -> None:
    carried = [{"text": "Maksa <https://evil.example|tästä>"}, {"fallback": "Lasku"}, "none"]
    flagged = desk.hears(desk.reports({"text": "", "bot_id": "B1", "attachments": carried}))
    assert (flagged.author, flagged.text) == ("", "Maksa tästä (https://evil.example)\nLasku")


def test_a_report_from_where_the_bot_is_not_has_no_address_and_still_arrives(desk: Desk) -> None:
    flagged = desk.hears(desk.reports({"text": "Hei", "user": "USUP"}, ELSEWHERE))
    assert (flagged.link, flagged.text) == ("", "Hei")


def test_a_report_in_a_thread_goes_on_in_that_thread(desk: Desk) -> None:
    flagged = desk.hears(desk.reports({"text": "Hei", "user": "USUP", "thread_ts": "4.4"}))
    assert (flagged.conversation, flagged.thread) == (f"slack:{CHANNEL}:4.4", f"slack:{CHANNEL}:4.4")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<https://evil.example/a|tuusula.fi>", "tuusula.fi (https://evil.example/a)"),
        ("<https://evil.example/?a=1&amp;b=2|Kirjaudu>", "Kirjaudu (https://evil.example/?a=1&b=2)"),
        ("<http://tuusula.fi|https://tuusula.fi>", "https://tuusula.fi (http://tuusula.fi)"),
        ("<http://tuusula.fi|tuusula.fi>", "tuusula.fi"),
        ("<https://tuusula.fi/|https://tuusula.fi>", "https://tuusula.fi"),
        ("<https://tuusula.fi?a=1&amp;b|https://tuusula.fi?a=1&amp;b>", "https://tuusula.fi?a=1&b"),
        ("<mailto:a@tuusula.fi|a@tuusula.fi>", "a@tuusula.fi"),
        ("<mailto:a@evil.example|a@tuusula.fi>", "a@tuusula.fi (mailto:a@evil.example)"),
        ("<https://tuusula.fi>", "https://tuusula.fi"),
        ("<#C1|viestinta>", "#viestinta"),
    ],
)
def test_an_address_behind_a_label_is_read_out(written: str, read: str) -> None:
    assert spoken_text(written, BOT) == read


# ── a form's files ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_field_for_files_is_what_slack_takes_and_comes_back_as_their_list(tmp_path: Path) -> None:
    field = Field("evidence", "files", words="account")
    view = blocks.modal(renderer_in(tmp_path).form(every_kind(field), "fi"), Shown().pack())
    assert check("modal", view) == []
    [block] = [b for b in view["blocks"] if b["type"] == "input"]
    assert (block["block_id"], block["hint"]["text"]) == ("evidence", "Tilin 0 ohje, tieto")
    assert block["element"] == {"type": "file_input", "max_files": 5, "action_id": "value"}
    state = {"values": {"evidence": {"value": {"type": "file_input", "files": FILES}}}}
    event = from_view({"trigger_id": "1", "view": {**view, "state": state}}, "employee")
    assert files_in(event.values["evidence"]) == HEARD


@pytest.mark.parametrize("files", [None, [], "F1", [None], [["F1"]]])
def test_a_field_without_files_is_an_empty_list(files: object) -> None:
    state = {"values": {"evidence": {"value": {"type": "file_input", "files": files}}}}
    event = from_view({"trigger_id": "1", "view": {"callback_id": "a/b", "state": state}}, "employee")
    assert json.loads(event.values["evidence"]) == []


# ── the bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_had_with_the_bots_token(world: SlackWorld) -> None:
    world.slack.files["F1"] = CONTENT
    assert b"".join(world.platform.fetch("slack:F1")) == CONTENT
    assert world.slack.asked_for == [("F1", "Bearer xoxb-1")]


def test_a_page_that_somebody_sent_is_a_file_and_the_page_of_a_sign_in_is_none(world: SlackWorld) -> None:
    html = {"content-type": "text/html; charset=utf-8"}
    world.slack.files = {"F1": (200, html, PAGE), "F2": (200, {**html, "content-disposition": "attachment"}, PAGE)}
    with pytest.raises(Refused, match="a page came"):
        list(world.platform.fetch("slack:F1"))
    assert b"".join(world.platform.fetch("slack:F2")) == PAGE


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/files/F1", "https://slack.com.evil.example/F1", "https://evilslack.com/F1",
        "https://slack.com@evil.example/F1", "http://files.slack.com/F1", "file:///etc/passwd", "ftp://slack.com/F1",
        "https://[/F1", "", "//slack.com/F1",
    ],
)  # fmt: skip
def test_the_token_goes_to_no_host_but_slacks(world: SlackWorld, place: str) -> None:
    world.slack.files["F1"] = CONTENT
    world.slack.places["F1"] = place or "none"
    with pytest.raises(Refused, match=r"is not Slack's|address"):
        list(world.platform.fetch("slack:F1"))
    assert world.slack.asked_for == []


def test_the_token_is_not_led_away_by_a_redirect(world: SlackWorld, fake: FakeSlack) -> None:
    aside = fake.address.replace("127.0.0.1", "localhost")
    world.slack.files = {"F1": (302, {"location": f"{aside}files/F2"}, b""), "F2": CONTENT}
    with pytest.raises(Refused, match="localhost"):
        list(world.platform.fetch("slack:F1"))
    assert [name for name, _ in world.slack.asked_for] == ["F1"]


def test_a_redirect_within_slack_is_followed(world: SlackWorld, fake: FakeSlack) -> None:
    world.slack.files = {"F1": (302, {"location": f"{fake.address}files/F2"}, b""), "F2": CONTENT}
    assert b"".join(world.platform.fetch("slack:F1")) == CONTENT
    assert world.slack.asked_for == [("F1", "Bearer xoxb-1"), ("F2", "Bearer xoxb-1")]


@pytest.mark.parametrize("source", ["slack:F404", "slack:../F1", "slack:", "web:F1", "slack:C1"])
def test_a_file_that_slack_does_not_know_is_refused(world: SlackWorld, source: str) -> None:
    with pytest.raises(Refused):
        list(world.platform.fetch(source))


@pytest.mark.parametrize(
    ("status", "headers", "raised"),
    [(404, {}, Refused), (403, {}, Refused), (500, {}, Unreachable), (429, {"Retry-After": "30"}, Unreachable)],
)
def test_an_answer_that_is_no_file_is_refused_or_waited_for(
    world: SlackWorld, status: int, headers: dict[str, str], raised: type[Exception]
) -> None:
    world.slack.files["F1"] = (status, headers, b"no")
    with pytest.raises(raised) as problem:
        list(world.platform.fetch("slack:F1"))
    assert getattr(problem.value, "retry_after", None) == (30 if status == 429 else None)


@pytest.mark.parametrize("error", ["missing_scope", "ratelimited", "token_revoked"])
def test_what_the_administrator_mends_is_waited_for(world: SlackWorld, error: str) -> None:
    world.slack.faults.append((200, {}, {"ok": False, "error": error}))
    with pytest.raises(Unreachable):
        list(world.platform.fetch("slack:F1"))


def test_a_slack_that_is_away_is_waited_for() -> None:
    with pytest.raises(Unreachable):
        list(content_of(client_of("xoxb-1", "http://127.0.0.1:9/api/"), "slack:F1"))


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("conversation", "message", "below"),
    [
        ("slack:@employee", "DEMP:17.1", "slack:@employee:17.1"),
        ("slack:C1", "C1:17.1", "slack:C1:17.1"),
        ("slack:C1:5.5", "C1:17.1", "slack:C1:5.5"),
        ("slack:C1", "", "slack:C1"),
    ],
)
def test_what_stands_below_a_message_stands_in_its_thread(
    world: SlackWorld, conversation: str, message: str, below: str
) -> None:
    assert world.platform.below(conversation, message) == below


def test_a_file_is_a_lane_of_its_own(world: SlackWorld) -> None:
    assert world.platform.lane("slack:F1#file", "") == "slack:F1#file"


@contextmanager
def serving_half() -> Iterator[str]:
    """A Slack whose connection breaks in the middle of each file."""

    class Half(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.dumps({"ok": True, "file": {"url_private_download": f"{address}files/F1"}}).encode()
            self.answers("application/json", len(told), told)

        def do_GET(self) -> None:
            self.answers("application/octet-stream", len(CONTENT), CONTENT[: len(CONTENT) // 2])

        def answers(self, kind: str, length: int, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name is the library's

    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address
        server.shutdown()


def test_what_was_shortened_on_the_way_is_not_taken_for_the_file() -> None:
    with serving_half() as address:
        client = client_of("xoxb-1", f"{address}api/")
        with pytest.raises(Unreachable, match="of 256000 bytes came"):
            list(content_of(client, "slack:F1"))
