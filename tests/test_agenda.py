"""The agenda pack: a page that lists what waits, and a page for each request with its nine headings (R59–R60)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.pages.agenda import agenda_page, waiting_for
from bot.picture import state_picture
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.settings import Settings
from bot.wiring import DEMO_PEOPLE, agenda_of
from handlers.accounts.chain import CHAIN
from handlers.accounts.record import TRANSITIONS, Status
from handlers.accounts.steps import STEPS
from handlers.events import Elapsed
from handlers.reminders import KEY
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests.accounts import proposed
from tests.conftest import World, make_world


@pytest.fixture
def waiting(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    world = make_world(tmp_path / "x.db", lexical_guide, renderer)
    proposed(world)
    yield world
    world.store.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_r59_the_pack_has_a_page_for_each_request_with_the_nine_headings(
    waiting: World, renderer: Renderer, language: str
) -> None:
    facts = waiting.bot.facts(Elapsed("", "", "", KEY))
    requests = waiting_for("department_team", "", facts)
    html = agenda_page(requests, facts, renderer, language)
    assert html.count('class="request"') == len(requests) == 1
    headings = [n for n in range(1, 10) if f"<strong>{n} " in html]
    assert headings == [step.number for step in STEPS]
    assert renderer.label("agenda.secured", language) in html
    assert "<script" not in html


def test_r59_a_pack_lists_only_what_waits_for_the_body_and_the_department(waiting: World) -> None:
    facts = waiting.bot.facts(Elapsed("", "", "", KEY))
    assert len(waiting_for("department_team", "kasvu ja ympäristö", facts)) == 1
    assert waiting_for("department_team", "Konsernipalvelut", facts) == ()
    assert waiting_for("municipal_team", "", facts) == ()


@pytest.mark.slow
def test_the_command_line_writes_the_same_pack(waiting: World, tmp_path: Path) -> None:
    count, html = agenda_of(Settings(data=tmp_path, dense=False), waiting.store, "department_team", "", "fi")
    assert count == 1
    assert "Asialista" in html


def test_what_people_wrote_is_no_html_of_the_pack(waiting: World, renderer: Renderer) -> None:
    waiting.submits("communications-specialist", "accounts/comment", "accounts/1", text="<b>x</b> & <script>")
    facts = waiting.bot.facts(Elapsed("", "", "", KEY))
    html = agenda_page(waiting_for("department_team", "", facts), facts, renderer, "fi")
    assert "&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert "<script" not in html


def test_the_page_shows_the_agenda_to_its_secretary_and_to_nobody_else(waiting: World, renderer: Renderer) -> None:
    platform = WebPlatform(waiting.store, SystemClock())
    http = TestClient(Page(waiting.bot, platform, renderer, waiting.sender, None).app(), base_url="http://127.0.0.1")
    assert 'id="request-1"' in http.get("/asialista", params={"as": "department-secretary"}).text
    assert 'id="request-1"' not in http.get("/asialista", params={"as": "employee"}).text
    assert http.get("/asialista", params={"as": "nobody"}).status_code == 404
    assert "/asialista?as=department-secretary" in http.get("/", params={"as": "department-secretary"}).text
    assert "/asialista" not in http.get("/", params={"as": "employee"}).text


# ── the picture, and the chain as a setting ─────────────────────────────────────────────────────────────────────────


def test_the_picture_of_the_docs_is_the_table_of_the_code(renderer: Renderer) -> None:
    page = (Path(__file__).parent.parent / "docs" / "accounts.md").read_text("utf-8")
    assert f"```mermaid\n{state_picture(renderer, 'fi')}```" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_has_every_status_and_every_move(renderer: Renderer, language: str) -> None:
    picture = state_picture(renderer, language)
    assert all(f"    {status} : " in picture for status in Status)
    assert all(f"    {before} --> {after} : " in picture for (before, _), after in TRANSITIONS.items())


def test_the_chain_is_a_setting_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).of_the_municipality.chain == CHAIN
    board = {"id": "board", "names": {"fi": "johtokunta", "sv": "direktionen", "en": "board"}}
    made = Settings.model_validate({"chain": [board | {"secretary": "municipal_secretary"}]})
    assert [b.id for b in made.of_the_municipality.chain] == ["board"]
    with pytest.raises(ValueError, match="janitor is not a role"):
        Settings.model_validate({"chain": [board | {"secretary": "janitor"}]})
    with pytest.raises(ValueError, match="needs fi, sv and en"):
        Settings.model_validate({"chain": [board | {"names": {"fi": "x"}, "secretary": "municipal_secretary"}]})


def test_r40_a_body_without_a_secretary_is_said_by_the_directory(waiting: World) -> None:
    assert Directory(waiting.store).chain_problems(CHAIN) == []
    people = [p for p in read_people(DEMO_PEOPLE) if "secretary" not in p.id]
    waiting.store.replace_people(people)
    found = Directory(waiting.store).chain_problems(CHAIN)
    assert any("department_secretary of Kasvu ja ympäristö" in f for f in found)
    assert any("municipal_secretary:" in f for f in found)
