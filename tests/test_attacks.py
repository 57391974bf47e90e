"""What somebody would try on the page that is served: markup on its printed pages and in its files, guessed numbers,
other people's keys, deeds of the administrator, and what the pages for the machine tell."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from bot.app import Bot
from bot.directory import Directory
from bot.evidence import EvidenceStore
from bot.export import FORMULA, as_csv, as_xlsx
from bot.health import Health
from bot.metrics import Metrics
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.register import COLUMNS, account_rows
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage import Message, Store
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.fakes import MONDAY
from tests.rights import scene

pytestmark = pytest.mark.slow
WILD = (
    "<img src=x onerror=alert(1)>\"'><script>alert(2)</script><svg/onload=alert(3)> [linkki](javascript:alert(4))"
    " ![k](https://pahis.example/k.png) <https://pahis.example> **lihava** {{ 7*7 }} {% raw %} https://pahis.example/x"
    " &lt;b&gt; <!--"
)
RUNS = ("script", "img", "iframe", "object", "embed", "svg", "link", "meta", "base", "form", "style")


@dataclass
class Site:
    """The page over a database with a record of each flow in each status."""

    client: TestClient
    store: Store
    bot: Bot
    keys: Mapping[str, Mapping[str, str]]

    def get(self, path: str, person: str) -> httpx.Response:
        return self.client.get(path, params={"as": person})

    def post(self, path: str, person: str, key: str = "", **more: str) -> httpx.Response:
        body = {"key": key or f"key-{person}-{hash(str(more)):x}", "person": person, "conversation": f"web:dm:{person}"}
        return self.client.post(path, json={**body, **more})


def wild(value: Any) -> Any:
    """A record's data with the attack for all that somebody wrote in words; ids, dates and statuses stay."""
    if isinstance(value, dict):
        return {k: wild(v) for k, v in value.items()}
    if isinstance(value, list):
        return [wild(v) for v in value]
    return WILD if isinstance(value, str) and re.search(r"[^\W\d]{2,} [^\W\d]{2,}|[a-zäö]\.$", value) else value


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, lexical_guide: Guide, renderer: Renderer) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("attacked")
    world: World = make_world(folder / "s.db", lexical_guide, renderer)
    keys = scene(world)
    for key in (key for of_flow in keys.values() for key in of_flow.values()):
        kept = world.store.record(key)
        assert kept
        with world.store.unit() as unit:
            unit.save(key, kept.status, kept.person, json.dumps(wild(json.loads(kept.data))), kept.version, MONDAY)
    platform, evidence = WebPlatform(world.store, world.clock), EvidenceStore(folder / "evidence")
    bot = Bot(
        world.store, Directory(world.store), lexical_guide, world.clock, FinnishWorkingTime(), {"web": platform},
        evidence=evidence,
    )  # fmt: skip
    sender = Sender(bot, renderer, evidence)
    app = Page(bot, platform, renderer, sender, None, evidence).app()
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Site(client, world.store, bot, keys)
    world.store.close()


class Seen(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def harm(self) -> list[tuple[str, dict[str, str]]]:
        """Elements and attributes that are not the page's own."""
        return [
            (tag, attrs) for tag, attrs in self.elements
            if any(name.startswith("on") or "javascript:" in value or "pahis" in value for name, value in attrs.items())
            or (tag in RUNS and tag not in ("meta", "style", "svg"))
        ]  # fmt: skip


# ── markup ──────────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = (("/asialista", "municipal-secretary"), ("/asialista", "department-secretary"), ("/tilit", "employee"),
         ("/luvut", "it-manager"), ("/luvut", "communications-manager"))  # fmt: skip


def pages_of(site: Site) -> Iterator[tuple[str, str]]:
    yield from PAGES
    yield from ((f"/tapaus/{key.partition('/')[2]}", "it-manager") for key in site.keys["incidents"].values())
    yield from ((f"/sopimus/{key.partition('/')[2]}", "employee") for key in site.keys["agreements"].values())


def test_what_people_wrote_runs_nothing_and_loads_nothing_on_any_printed_page(site: Site) -> None:
    told = []
    for path, person in pages_of(site):
        answer = site.get(path, person)
        assert answer.status_code in (200, 404)
        seen = Seen(answer.text)
        assert seen.harm() == [], path
        assert "script-src" not in answer.headers.get("content-security-policy", "")
        told += [path] if "onerror=alert(1)" in seen.words else []
    assert {path.split("/")[1] for path in told} >= {"tapaus", "sopimus", "asialista"}, "the attack was on them at all"


def test_what_people_wrote_runs_nothing_in_a_conversation(site: Site) -> None:
    shows = [("it-manager", "incidents/show", "incidents"), ("employee", "accounts/show", "accounts"),
             ("employee", "agreements/show", "agreements"), ("librarian", "register/show", "register")]  # fmt: skip
    for person, action, flow in shows:
        for key in site.keys[flow].values():
            assert site.post("/press", person, action=action, record=key).status_code == 200
        Sender(site.bot, Renderer()).run_once()
        conversation = {"as": person, "conversation": f"web:dm:{person}"}
        messages = site.client.get("/messages", params=conversation).json()["messages"]
        seen = Seen("".join(m["html"] for m in messages))
        assert seen.harm() == [], action
        assert "onerror=alert(1)" in seen.words, action


def test_what_people_wrote_is_a_text_in_every_table(site: Site, tmp_path: Path) -> None:
    [kept] = [site.store.record(key) for key in list(site.keys["register"].values())[:1]]
    assert kept
    with site.store.unit() as unit:
        for number, beginning in enumerate((*FORMULA, "\x07", "\ufffe", "\x0b=")):
            key, purpose = f"register/{900 + number}", f"{beginning}cmd|' /C calc'!A0"
            data = json.dumps({**json.loads(kept.data), "key": key, "purpose": purpose})
            unit.save(key, kept.status, kept.person, data, 0, MONDAY)
    rows = account_rows(site.store, site.bot.directory)
    told = [v for row in csv.DictReader(io.StringIO(as_csv(rows, COLUMNS).decode("utf-8-sig"))) for v in row.values()]
    assert any("calc" in v for v in told)
    assert [v for v in told if v.startswith(FORMULA)] == []
    (tmp_path / "r.xlsx").write_bytes(as_xlsx(rows, COLUMNS))
    cells = [cell for row in load_workbook(tmp_path / "r.xlsx").active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert any("calc" in str(cell.value) for cell in cells)


# ── other people's things ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", ["municipal-manager", "official", "informatician", "administrator", "nobody", ""])
def test_guessed_numbers_tell_nobody_whether_there_is_such_a_case_or_agreement(site: Site, person: str) -> None:
    none = site.get("/tapaus/99999", person)
    assert none.status_code == 404
    numbers = [key.partition("/")[2] for flow in ("incidents", "agreements") for key in site.keys[flow].values()]
    for number in numbers:
        for path in (f"/tapaus/{number}", f"/sopimus/{number}", f"/todiste/{number}/{'0' * 64}"):
            answer = site.get(path, person)
            assert (answer.status_code, answer.content) == (none.status_code, none.content), path


@pytest.mark.parametrize("person", ["employee", "supervisor", "communications-manager", "librarian", "official"])
def test_what_is_the_administrators_is_nobody_elses(site: Site, person: str) -> None:
    with site.store.unit() as unit:
        unit.send(Message("web:dm:nobody", "post", '{"name": "home/help", "parts": []}', "fi"), MONDAY)
    letter = max(m.id for m in site.store.due_messages(MONDAY) if m.content.conversation == "web:dm:nobody")
    site.store.give_up(letter, "refused", MONDAY)
    before = [(d.id, d.error) for d in site.store.dead_letters()]
    assert letter in [number for number, _ in before]
    for words in (f"kuittaa {letter}", f"lähetä uudelleen {letter}", "kuittaa 1", "lähetä uudelleen 1"):
        assert site.post("/ask", person, text=words).status_code == 200
    for action in ("home/again", "home/dismiss"):
        assert site.post("/press", person, action=action, record="home", value=str(letter)).status_code == 200
    assert [(d.id, d.error) for d in site.store.dead_letters()] == before


def test_a_deed_that_is_sent_again_is_done_once_and_by_another_is_the_others_own(site: Site) -> None:
    asked = {"key": "one-key-for-all", "text": "Kuka päättää uudesta some-tilistä?"}
    before = len(site.store.records("questions"))
    for _ in range(3):
        assert site.post("/ask", "director", **asked).status_code == 200
    assert len(site.store.records("questions")) == before + 1
    assert site.post("/ask", "official", **asked).status_code == 200
    assert len(site.store.records("questions")) == before + 2
    assert (
        site.client.post("/ask", json={**asked, "person": "official", "conversation": "web:dm:director"}).status_code
        == 403
    )
    assert (
        site.client.post(
            "/ask", json={**asked, "person": "official", "conversation": "web:team:communications"}
        ).status_code
        == 403
    )


# ── what watches over the machine ───────────────────────────────────────────────────────────────────────────────────


def test_the_pages_for_the_machine_tell_no_name_no_word_no_id_and_no_place(site: Site) -> None:
    class Away:
        def connected(self) -> bool:
            return False

    metrics = Metrics(site.store, site.bot.clock)
    site.bot.observe = metrics.event
    site.post("/ask", "librarian", text="salasana on Kissa123! ja tunnus 131052-308T, aino@example.org")
    health = Health(site.store, site.bot.clock, metrics, {}, {"slack": Away()}, {})
    names = {p.name for p in site.bot.directory.everybody} | {p.email for p in site.bot.directory.everybody}
    ids = {p.id for p in site.bot.directory.everybody}
    with TestClient(health.app(), base_url="http://127.0.0.1") as client:
        told = {path: client.get(path) for path in ("/healthz", "/readyz", "/metrics")}
        for path in ("/", "/docs", "/openapi.json", "/metrics/", "/debug", "/healthz/../readyz", "/%2e%2e/etc/passwd"):
            assert client.get(path, follow_redirects=False).status_code in (200, 307, 404)
        assert {client.post(path).status_code for path in told} == {405}
    for path, answer in told.items():
        words = set(re.findall(r"[\w.@+-]{4,}", answer.text))
        assert words & (names | ids) == set(), path
        assert not any(name in answer.text for name in names), path
        assert not re.search(r"Kissa|131052|example|slack:|web:|/tmp|\.db|\.py|Traceback|/home|/work", answer.text), path
