"""What people write is shown as what they wrote and is nothing else: no template, no header, no path, no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from starlette.testclient import TestClient

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.export import FORMULA, as_csv, as_xlsx, question_rows
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.conftest import World
from tests.fakes import FakeClock

TEMPLATES = ("{{ 7 * 7 }}", "{% for x in range(9) %}x{% endfor %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
             "{# gone #}", "${7*7}", "#{7*7}", "{{ config }}", "{{ person.email }}", "%(name)s",
             "{0.__class__}")  # fmt: skip
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("http://pahis.example")', "|cmd")


@dataclass
class Site:
    client: TestClient
    store: SqliteStore
    sender: Sender


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, lexical_guide: Guide, renderer: Renderer) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "secret.txt").write_text("top secret", "utf-8")
    store, clock = SqliteStore(folder / "s.db"), FakeClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform, evidence = WebPlatform(store, clock), EvidenceStore(folder / "evidence")
    bot = Bot(store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"web": platform}, evidence=evidence)
    sender = Sender(bot, renderer, evidence)
    page = Page(bot, platform, renderer, sender, None, evidence)
    with TestClient(page.app(), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Site(client, store, sender)
    store.close()


# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", TEMPLATES)
def test_what_looks_like_a_template_is_words(world: World, text: str) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text=f"Miten {text} tehdään?", named="yes")
    shown = [s.card for s in world.platform.sent if "tehdään" in str(s.card)]
    assert shown
    said = [part.text for card in shown for part in card.parts if part.kind == "said"]
    assert said
    assert all(f"Miten {text} tehdään?" == words for words in said)


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_name_of_the_directory_is_no_template(renderer: Renderer, text: str) -> None:
    assert renderer.label("questions/show", "fi").replace("#", text).endswith(text)


# ── paths and headers ───────────────────────────────────────────────────────────────────────────────────────────────

ROUTES = ("/ohje/{}", "/lupa/{}", "/todiste/1/{}?as=it-manager", "/tapaus/{}", "/sopimus/{}", "/static/{}", "/{}")
PATHS = ("../secret.txt", "..%2fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "....//secret.txt", "/etc/passwd", "%00",
         "a%0d%0aX: y",
         "..\\secret.txt", "%c0%ae%c0%ae/secret.txt", "0" * 5000, "-1", "1e9", "９", "a" * 64, "A" * 64)  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_pages_own_files(site: Site, route: str, path: str) -> None:
    answer = site.client.get(route.format(path))
    assert answer.status_code in (200, 400, 404, 422)
    assert "top secret" not in answer.text
    assert "root:" not in answer.text
    assert "x" not in {name.casefold() for name in answer.headers}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60), st.sampled_from(ROUTES))
def test_any_path_is_answered_without_a_failure(site: Site, path: str, route: str) -> None:
    answer = site.client.get(route.format(quote(path, safe="")))
    assert answer.status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_any_query_is_answered_and_becomes_no_header(site: Site, text: str) -> None:
    for path in ("/", "/messages", "/asialista", "/luvut", "/tilit", "/tapaus/1", "/lupa/kuva"):
        answer = site.client.get(path, params={"as": text, "conversation": text, "language": text})
        assert answer.status_code < 500
        assert all("\r" not in v and "\n" not in v for v in answer.headers.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120))
def test_any_name_of_a_file_becomes_neither_a_path_nor_a_header(site: Site, name: str) -> None:
    where = {"as": "employee", "conversation": "web:dm:employee", "name": name}
    kept = site.client.post("/files", params=where, content=b"x", headers={"content-type": "application/octet-stream"})
    assert kept.status_code == 200
    told = kept.json()["name"]
    assert not set(told) & set("/\\\r\n\0\u2028\u202e")
    assert len(told) <= 200


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_that_was_asked_is_a_formula_in_an_export(world: World, tmp_path: Path, text: str) -> None:
    world.asks("employee", f"{text} some-tili päättää")
    rows = question_rows(world.store, FakeClock().now())
    cells = [v for row in csv.DictReader(io.StringIO(as_csv(rows).decode("utf-8-sig"))) for v in row.values()]
    assert not [c for c in cells if c.startswith(FORMULA)]
    (tmp_path / "x.xlsx").write_bytes(as_xlsx(rows))
    book = load_workbook(tmp_path / "x.xlsx")
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {
        "s",
        "inlineStr",
        "n",
    }  # n: an empty one
