"""The web platform: the contract of every platform, and what its server takes, shows and refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory, read_people
from bot.platforms.web.guideline import blocks, bold
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Button, Buttons, Card, Feedback, Text
from handlers.facts import TEAMS
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests.fakes import MONDAY, FakeClock
from tests.test_rendering import NAMES, ORDINARY
from tests.test_rendering import blocks as template_blocks

HOST = "http://127.0.0.1"


@dataclass
class Site:
    """The page as a browser sees it, with the sender working when told to."""

    client: TestClient
    sender: Sender
    store: SqliteStore
    clock: MovedClock
    count: int = field(default=0)

    def post(self, path: str, person: str = "employee", **body: Any) -> httpx.Response:
        self.count += 1
        body = {"key": f"key-{self.count:08}", "person": person, "conversation": f"web:dm:{person}", **body}
        response = self.client.post(path, json=body)
        self.sender.run_once()
        return response

    def messages(self, person: str = "employee", conversation: str = "") -> str:
        query = {"as": person, "conversation": conversation or f"web:dm:{person}"}
        return "".join(m["html"] for m in self.client.get("/messages", params=query).json()["messages"])


@pytest.fixture
def site(tmp_path: Path, guide: Guide, renderer: Renderer) -> Iterator[Site]:
    store, clock = SqliteStore(tmp_path / "s.db"), MovedClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = WebPlatform(store, clock)
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), {"web": platform})
    sender = Sender(bot, renderer)
    page = Page(bot, platform, renderer, sender, clock)
    with TestClient(page.app(), base_url=HOST, raise_server_exceptions=False) as client:
        yield Site(client, sender, store, clock)
    store.close()


# ── the contract of a platform ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_contract_every_card_is_shown_whole(site: Site, renderer: Renderer, name: str, language: str) -> None:
    parts = tuple(Text(block) for block in sorted(template_blocks(name, language)))
    platform = WebPlatform(site.store, FakeClock())
    shown = renderer.card(Card(name, parts, ORDINARY), language)
    platform.post("web:dm:employee", shown, "key")
    html = site.messages()
    assert f'data-card="{name}"' in html
    for word in re.findall(r"\w{5,}", shown.plain)[:5]:
        assert word in html


def test_contract_what_a_rendered_button_sends_back_is_the_event_it_stands_for(site: Site, renderer: Renderer) -> None:
    button = Button("questions/show", "questions/7", "tuusula/security/links")
    card = Card("home/help", (Buttons((button,)), Feedback("questions/feedback", "questions/7")))
    WebPlatform(site.store, FakeClock()).post("web:dm:employee", renderer.card(card, "fi"), "key")
    sent = re.findall(r'data-action="([^"]*)" data-record="([^"]*)" data-value="([^"]*)"', site.messages())
    assert ("questions/show", "questions/7", "tuusula/security/links") in sent
    assert ("questions/feedback", "questions/7", "yes") in sent


def test_contract_the_same_key_posts_once(site: Site, renderer: Renderer) -> None:
    platform = WebPlatform(site.store, FakeClock())
    shown = renderer.card(Card("home/language_set", (Text("body"),)), "fi")
    assert platform.post("web:dm:employee", shown, "same") == platform.post("web:dm:employee", shown, "same")


def test_contract_a_whisper_is_seen_by_one(site: Site, renderer: Renderer) -> None:
    platform = WebPlatform(site.store, FakeClock())
    shown = renderer.card(Card("home/language_set", (Text("body"),)), "fi")
    platform.whisper(platform.channel("communications"), "communications-manager", shown, "key")
    channel = platform.channel("communications")
    assert "home/language_set" in site.messages("communications-manager", channel)
    assert "home/language_set" not in site.messages("communications-specialist", channel)


def test_contract_an_update_changes_the_message_in_its_place(site: Site, renderer: Renderer) -> None:
    platform = WebPlatform(site.store, FakeClock())
    message = platform.post("web:dm:employee", renderer.card(Card("home/language_set", (Text("body"),)), "fi"), "key")
    platform.update("web:dm:employee", message, renderer.card(Card("home/languages", (Text("body"),)), "fi"))
    assert "home/languages" in site.messages()
    assert "home/help" not in site.messages()


def test_contract_ids_begin_with_the_platforms_name(site: Site) -> None:
    platform = WebPlatform(site.store, FakeClock())
    assert platform.direct("x").startswith("web:")
    assert all(platform.channel(team).startswith("web:") for team in TEAMS)


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r4_to_r7_the_page_offers_the_guidelines_own_four_questions(site: Site) -> None:
    page = site.client.get("/").text
    assert page.count('class="prompt"') == 4
    assert "Mitä viestinnällä sosiaalisessa mediassa tavoitellaan?" in page


def test_a_question_gets_its_answer_with_the_quote_and_a_link_to_the_place(site: Site) -> None:
    assert site.post("/ask", text="Kuinka nopeasti kommentteihin pitää vastata?").json() == {"ok": True}
    html = site.messages()
    assert "kahdessa vuorokaudessa" in html
    assert 'href="/ohje/tuusula#organisation/response-time"' in html
    assert "5.12.2017 (päivitetty kunnanhallitukselle 14.4.2020)" in html


@pytest.mark.parametrize("begun", [False, True], ids=["in a question", "in an answer of a request"])
def test_r139_what_must_not_be_kept_is_in_no_table_of_the_page_either(site: Site, tmp_path: Path, *, begun: bool) -> None:
    if begun:
        site.post("/ask", text="aloita")
    site.post("/ask", text="Asiakkaan tunnus on 131052-308T, saako sen laittaa someen")
    assert "131052-308T" not in site.messages()
    site.store.back_up(str(tmp_path / "copy.db"))
    assert b"131052-308T" not in (tmp_path / "copy.db").read_bytes()


def test_r1_every_quote_bears_the_version_and_date(site: Site) -> None:
    site.post("/ask", text="Saako lasten kuvia julkaista?")
    html = site.messages()
    assert html.count("<figcaption>") == html.count("14.4.2020") > 0


def test_every_passage_has_its_place_on_the_guidelines_page(site: Site, guide: Guide) -> None:
    html = site.client.get("/ohje/tuusula").text
    for passage in guide.documents[0].passages.values():
        assert f'id="{passage.anchor}"' in html
    text = re.sub(r"<[^>]+>", "", html)
    assert "Pyrimme vastaamaan sosiaalisessa mediassa kahdessa vuorokaudessa." in text
    assert site.client.get("/ohje/toinen").status_code == 404


def test_the_guidelines_lines_are_headings_items_and_text(guide: Guide) -> None:
    lines = blocks(guide.documents[0])
    assert {kind for kind, _ in lines} == {"heading", "item", "text"}
    continued = [s for _, line in lines for s in line if s.continued]
    assert [s.anchor for s in continued] == [
        "channels/list", "steps/goals", "organisation/response-time", "accounts/list",
    ]  # fmt: skip
    assert bold("a **b** <c>") == "a <b>b</b> &lt;c&gt;"


def test_the_hand_off_goes_from_form_to_answer_and_each_role_sees_its_part(site: Site) -> None:
    site.post("/ask", text="Miten some-tili suljetaan?")
    form = site.post("/press", action="questions/send", record="questions/1").json()
    assert "Näytetäänkö nimesi viestinnälle?" in form["form"]
    missing = site.post("/submit", form="questions/send", record="questions/1", values={"text": "", "named": "no"}).json()
    assert missing["errors"]
    assert 'aria-invalid="true"' in missing["form"]
    site.post("/submit", form="questions/send", record="questions/1", values={"text": "Miten?", "named": "no"})
    channel = "web:team:communications"
    assert "Odottaa käsittelijää" in site.messages("communications-manager", channel)
    site.post("/press", "communications-manager", conversation=channel, action="questions/take", record="questions/1")
    site.post(
        "/submit", "communications-manager", conversation=channel, form="questions/reply", record="questions/1",
        values={"text": "Kerro meille <b>aina</b>."},
    )  # fmt: skip
    html = site.messages()
    assert "Kerro meille &lt;b&gt;aina&lt;/b&gt;." in html
    assert "Viestintäpäällikkö" in html


def test_state_survives_a_restart_and_a_second_reader_sees_the_same(site: Site) -> None:
    site.post("/ask", text="Saako huumoria käyttää?")
    assert site.messages() == site.messages()
    assert site.store.said(["web:dm:employee"], "employee", 9)[0].text == "Saako huumoria käyttää?"


def test_r37_the_public_list_is_a_page_on_which_nobody_is_named(site: Site) -> None:
    page = site.client.get("/tilit")
    assert page.status_code == 200
    assert "example.org" not in page.text


def test_the_clock_moves_forward_and_reminders_come(site: Site) -> None:
    site.clock.offset = MONDAY - site.clock.now()
    site.post("/ask", text="Miten some-tili suljetaan?")
    site.post("/submit", form="questions/send", record="questions/1", values={"text": "Miten?", "named": "no"})
    site.post("/clock", jump="1d")
    reminded = site.messages("communications-manager", "web:team:communications")
    assert "odottaa yhä vastausta" in reminded
    assert "myöhässä" not in reminded, "nobody was away: time went by"
    assert site.post("/clock", jump="99d").status_code == 422


def test_at_any_hour_a_moved_clock_brings_the_reminders_that_lie_on_its_way(site: Site) -> None:
    site.clock.offset = MONDAY - site.clock.now() + timedelta(hours=10)  # the evening, outside of working time
    site.post("/ask", text="Miten some-tili suljetaan?")
    site.post("/submit", form="questions/send", record="questions/1", values={"text": "Miten?", "named": "no"})
    site.post("/clock", jump="7d")
    assert site.messages("communications-manager", "web:team:communications").count("odottaa yhä vastausta") == 3
    assert site.messages("communications-manager").count("odottaa yhä vastausta") == 2


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stranger_sees_and_does_nothing(site: Site) -> None:
    assert site.post("/ask", "nobody", text="hei").status_code == 403
    query = {"as": "employee", "conversation": "web:team:communications"}
    assert site.client.get("/messages", params=query).json() == {"messages": []}
    assert site.post("/ask", conversation="web:dm:supervisor", text="hei").status_code == 403


def test_a_key_is_ones_own_and_no_message_of_the_bots_can_be_swallowed_by_it(site: Site) -> None:
    for number in range(1, 12):
        site.post("/ask", "supervisor", key=f"outbox:{number}", text="?")
    site.post("/ask", text="Saako huumoria käyttää?", key="the-same-key")
    site.post("/press", "supervisor", key="the-same-key", action="home/own")
    assert "home/own" in site.messages("supervisor")
    assert "uumor" in site.messages("employee")
    assert "uumor" not in site.messages("supervisor")


def test_a_forged_suggestion_opens_nothing(site: Site) -> None:
    site.post("/ask", text="Saako huumoria käyttää?")
    site.post("/press", action="questions/show", record="questions/1", value="tuusula/meta/version")
    assert 'data-card="questions/gone"' in site.messages()


def test_requests_of_other_sites_and_hosts_are_refused(site: Site) -> None:
    body = {"key": "key-00000000", "person": "employee", "conversation": "web:dm:employee", "text": "hei"}
    assert site.client.post("/ask", json=body, headers={"Origin": "http://evil.example"}).status_code == 403
    assert site.client.post("/ask", data=body).status_code == 415
    assert site.client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert site.store.said(["web:dm:employee"], "employee", 9) == []


@pytest.mark.parametrize(
    "body",
    [
        {"text": 7}, {"text": "x", "key": "short"}, {"text": "x", "extra": 1}, {"text": "x" * 100_001}, {},
        {"text": "x", "person": None}, {"text": "x", "conversation": ""},
    ],
    ids=["number", "short key", "unknown field", "too long", "nothing", "nobody", "nowhere"],
)  # fmt: skip
def test_malformed_requests_get_a_sentence(site: Site, body: dict[str, Any]) -> None:
    response = site.post("/ask", **body)
    assert response.status_code in (403, 422)
    assert response.json()["error"]
    assert site.client.post("/ask", content=b"[1]", headers={"Content-Type": "application/json"}).status_code == 422
    huge = b'{"text": "' + b"x" * 1_100_000 + b'"}'
    assert site.client.post("/ask", content=huge, headers={"Content-Type": "application/json"}).status_code == 422


@pytest.mark.parametrize("text", ["   ", "\u0000", "<script>alert(1)</script>", "x" * 100_000, "😀", "[a](javascript:x)"])
def test_any_text_is_answered_and_shown_as_text(site: Site, text: str) -> None:
    response = site.post("/ask", text=text)
    assert response.status_code in (200, 422)
    html = site.messages()
    assert "<script" not in html
    assert 'href="javascript' not in html


def test_a_failure_is_a_sentence_with_an_id(site: Site) -> None:
    site.store.close()
    response = site.client.get("/messages", params={"as": "employee", "conversation": "web:dm:employee"})
    assert response.status_code == 500
    assert re.search(r"tunnus [0-9a-f]{8}", response.json()["error"])


def test_the_page_runs_nothing_but_its_own_scripts(site: Site) -> None:
    response = site.client.get("/")
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|\son\w+=", response.text)
