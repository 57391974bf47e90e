"""The log tells what happened and where, and never what people wrote, who they are, or a secret (ASVS 5.0, 16.2.5)."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.logs import LONGEST, covered, redacted
from bot.platforms.slack.service import PATH, signed_app
from bot.platforms.teams.connector import Connector
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.masking import MASK
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.logs import kept_log
from tests.slack.fake import FakeSlack
from tests.slack.world import make_slack
from tests.teams.fake import FakeTeams
from tests.teams.world import make_teams

# In parts, so that those who look for leaked keys in code do not find one here.
BOT_TOKEN, JWT = "xoxb" + "-123456789012-abcdefABCDEF", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.c2lnbmF0dXJl"
PLANTED = ("kissanristiäiset", "131052-308T", "maija.meikalainen@example.org", "040 123 4567", "+46 70 123 45 67",
           BOT_TOKEN, JWT, "Kesakissa2026!")  # fmt: skip
"""What is written to the bot: words, an identity code, an address, telephone numbers, tokens, a password."""
TEXT = "Kerro kissanristiäiset: " + " ".join(PLANTED[1:-1]) + " salasana on " + PLANTED[-1]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with kept_log() as kept:
        yield kept


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def assert_nothing_of_it(log: io.StringIO) -> None:
    told = log.getvalue()
    assert [planted for planted in PLANTED if planted in told or json.dumps(planted)[1:-1] in told] == []


# ── real flows of every platform ────────────────────────────────────────────────────────────────────────────────────


def test_slack_leaves_nothing_of_what_was_said_in_the_log(
    tmp_path: Path, fake: FakeSlack, guide: Guide, renderer: Renderer, log: io.StringIO
) -> None:
    world = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock())
    world.says("UEMP", TEXT)
    world.mentions("UEMP", TEXT)
    world.commands("UEMP", "/someopas", TEXT)
    world.says("UEMP", f"ilmoita tietoturvapoikkeama {TEXT}")
    world.slack.refused.add("DEMP")
    world.says("UEMP", TEXT)
    door = TestClient(signed_app(world.app.bolt, "a secret", world.clock), raise_server_exceptions=False)
    body = json.dumps(world.message("UEMP", TEXT))
    assert door.post(PATH, content=body, headers={"x-slack-signature": f"v0={TEXT.encode().hex()}"}).status_code == 401
    message = world.message("UEMP", TEXT)
    world.store.close()
    with pytest.raises(Exception, match="closed"):  # the world's sender finds it closed too
        world.dispatch(message)
    assert {"request without a valid signature refused"} < {line["event"] for line in lines(log)}
    assert_nothing_of_it(log)


def test_teams_leaves_nothing_of_what_was_said_in_the_log(
    tmp_path: Path, teams: FakeTeams, connector: Connector, guide: Guide, renderer: Renderer, log: io.StringIO
) -> None:
    world = make_teams(tmp_path / "t.db", teams, connector, guide, renderer, FakeClock())
    world.says("employee", TEXT)
    world.mentions("employee", TEXT)
    world.says("employee", f"ilmoita tietoturvapoikkeama {TEXT}")
    message = world.message("employee", TEXT)
    world.store.close()
    with pytest.raises(Exception, match="closed"):
        world.receive(message)
    assert lines(log), "the libraries have said something"
    assert_nothing_of_it(log)


def test_the_page_leaves_nothing_of_what_was_said_in_the_log(
    tmp_path: Path, guide: Guide, renderer: Renderer, log: io.StringIO
) -> None:
    store, clock = SqliteStore(tmp_path / "s.db"), FakeClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = WebPlatform(store, clock)
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), {"web": platform})
    page = Page(bot, platform, renderer, Sender(bot, renderer), None)
    body = {"key": "key-00000001", "person": "employee", "conversation": "web:dm:employee", "text": TEXT}
    with TestClient(page.app(), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        assert client.post("/ask", json=body).status_code == 200
        assert client.post("/ask", json={**body, TEXT: TEXT}).status_code == 422
        assert client.get(f"/ohje/{TEXT}").status_code == 404
        store.close()
        assert client.post("/ask", json={**body, "key": "key-00000002"}).status_code == 500
    [failed] = [line for line in lines(log) if line["event"] == "request failed"]
    assert failed["problem"] == "ProgrammingError"
    assert failed["where"][-1].startswith("sqlite.py:") or "sqlite" in "".join(failed["where"])
    assert_nothing_of_it(log)


# ── one way for everything ──────────────────────────────────────────────────────────────────────────────────────────


def boom() -> None:
    raise ValueError(TEXT)


def test_an_exception_leaves_its_type_and_its_places_and_never_its_words(log: io.StringIO) -> None:
    try:
        boom()
    except ValueError as problem:
        structlog.get_logger().error("it failed", exc_info=problem)
        structlog.get_logger().exception("it failed")
        logging.getLogger("slack_bolt.App").exception("Failed to run listener: %s", problem)
    [*told] = lines(log)
    assert [line["problem"] for line in told] == ["ValueError"] * 3
    assert all(line["where"][-1].startswith("test_logs.py:") and line["where"][-1].endswith(" boom") for line in told)
    assert_nothing_of_it(log)


def test_what_ends_a_thread_is_logged_and_not_printed(log: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=boom, name="worker")
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(TEXT), None)
    assert [(line["event"], line["problem"]) for line in lines(log)] == [("uncaught", "ValueError")] * 2
    assert_nothing_of_it(log)
    assert TEXT not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "name", ["slack_bolt.App", "slack_sdk.web", "httpx", "microsoft_teams.apps", "asyncio", "py.warnings"]
)
def test_of_a_librarys_line_the_place_is_kept_and_not_its_words(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).warning(f"Unmatched request: {TEXT}")
    logging.getLogger(name).warning("Unmatched request: %s", {"text": TEXT})
    for line in lines(log):
        assert line["logger"] == name
        assert line["place"].startswith("test_logs.py:")
    assert len(lines(log)) >= 2
    assert_nothing_of_it(log)


def test_what_the_web_server_says_of_itself_is_kept(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("[Errno %d] error while attempting to bind on %s", 98, "127.0.0.1")
    assert lines(log)[0]["event"] == "[Errno 98] error while attempting to bind on 127.0.0.1"


def test_a_warning_goes_the_same_way(log: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(TEXT, stacklevel=1)
    assert lines(log)[0]["logger"] == "py.warnings"
    assert_nothing_of_it(log)


def test_a_line_break_in_a_field_begins_no_line_of_its_own(log: io.StringIO) -> None:
    structlog.get_logger().warning("refused", reason='x"}\n{"event": "all is well", "level": "info"}\r\n\x1b[2J\u2028')
    [line] = lines(log)
    assert line["event"] == "refused"
    assert len(log.getvalue().splitlines()) == 1
    assert "\x1b" not in log.getvalue()


# ── the redactor ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["text", "question", "message_text", "remark", "name", "email", "headers", "Authorization", "slack_bot_token",
     "client_secret", "api_key", "values"],
)  # fmt: skip
def test_a_field_that_holds_words_or_a_secret_by_its_name_is_covered_whole(name: str) -> None:
    assert redacted(None, "", {name: "anything"}) == {name: MASK}
    assert redacted(None, "", {"more": {name: ["anything"]}}) == {"more": {name: MASK}}


@given(st.sampled_from(PLANTED[1:-1]), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_covered_wherever_it_stands(secret: str, before: str, after: str) -> None:
    told = json.dumps(redacted(None, "", {"reason": f"{before} {secret} {after}", "more": [{"a": (secret,)}], secret: 1}))
    assert secret not in told.replace(json.dumps(f"{before} {after}")[1:-1], "")


@pytest.mark.parametrize(
    "text",
    [f"Bearer {JWT}", "https://x.example/?access_token=abcdef123456&x=1", "client_secret=s3cr3tvalue",
     "'password': 'Kesakissa2026!'", f"token={BOT_TOKEN}"],
)  # fmt: skip
def test_a_secret_in_an_address_or_a_header_is_covered(text: str) -> None:
    assert not any(
        secret in covered(text) for secret in (JWT, "abcdef123456", "s3cr3tvalue", "Kesakissa2026!", BOT_TOKEN)
    )


@pytest.mark.parametrize(
    "value",
    ["incidents/17", "2026-11-28T21:50:50.123456+00:00", "chat.postMessage: channel_not_found", 17, 1.5, True, None, "",
     "sqlite.py:120 unit", "C0123456789", "outbox:17"],
)  # fmt: skip
def test_what_is_needed_to_find_a_fault_stays(value: object) -> None:
    assert redacted(None, "", {"reason": value}) == {"reason": value}


@pytest.mark.parametrize("before", range(1100, 1210))
def test_a_secret_on_the_edge_of_what_is_looked_at_is_covered(before: int) -> None:
    words = "Bearer " + "a" * (before - 8) + " " + BOT_TOKEN
    assert BOT_TOKEN[:12] not in covered(words)
    assert "aaaa" not in covered("a" * 5000)


def test_a_long_field_is_cut() -> None:
    assert len(str(redacted(None, "", {"reason": "a " * 10_000})["reason"])) <= LONGEST + 1


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.binary(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_value_can_be_written(value: Any) -> None:
    json.dumps(redacted(None, "", {"more": value}))


# ── secrets in the settings ─────────────────────────────────────────────────────────────────────────────────────────

SECRETS = [name for name in Settings.model_fields if name.endswith(("token", "secret", "password")) or name == "postgres"]


def test_every_secret_of_the_settings_is_one_that_is_never_shown() -> None:
    given_all = {name: SecretStr("planted-value") for name in SECRETS}
    settings = Settings(**given_all)  # type: ignore[arg-type]  # the names come from the class itself
    assert all(isinstance(getattr(settings, name), SecretStr) for name in SECRETS)
    assert "planted-value" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_secret_may_lie_in_a_file_and_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "someopas_slack_bot_token").write_text("of-the-file\n", "utf-8")
    (tmp_path / "someopas_slack_app_token").write_text("of-the-file\n", "utf-8")
    monkeypatch.setenv("SOMEOPAS_SECRETS", str(tmp_path))
    monkeypatch.setenv("SOMEOPAS_SLACK_APP_TOKEN", "of-the-environment")
    settings = Settings()
    assert settings.slack_bot_token.get_secret_value() == "of-the-file"
    assert settings.slack_app_token.get_secret_value() == "of-the-environment"


def test_systemds_credentials_are_read_without_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "someopas_slack_bot_token").write_text("of-systemd", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Settings().slack_bot_token.get_secret_value() == "of-systemd"


def test_a_folder_of_secrets_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEOPAS_SECRETS", str(tmp_path / "none"))
    with pytest.raises(ValueError, match="SOMEOPAS_SECRETS"):
        Settings()
