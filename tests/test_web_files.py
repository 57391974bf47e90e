"""Files on the page: sent before their form and as they come, given back to be saved and to nobody else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import MovedClock
from bot.deciding import Handled
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.platforms import Refused
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.records import INCIDENTS
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Field, files_in
from handlers.events import Attachment, Event, Submitted
from handlers.incidents.record import Evidence
from knowledge.guide import Guide
from tests.fakes import MONDAY
from tests.forms import every_kind, renderer_in
from tests.incidents import case

HOST = "http://127.0.0.1"
BYTES = b"%PDF-1.7 and so on" * 5000
SHA256 = hashlib.sha256(BYTES).hexdigest()
BINARY = {"content-type": "application/octet-stream"}


class Hearing(Bot):
    """A bot that keeps what it hears, and decides nothing."""

    heard: list[Event]

    def handle(self, event: Event) -> Handled:
        self.heard.append(event)
        return Handled(None, "fi")


@dataclass
class Site:
    """The page as a browser sees it."""

    client: TestClient
    bot: Hearing
    evidence: EvidenceStore
    folder: Path
    page: Page

    def sends(self, person: str = "employee", content: Any = BYTES, **more: Any) -> httpx.Response:
        query = {"as": person, "conversation": f"web:dm:{person}", "name": "lasku.pdf", **more.pop("query", {})}
        return self.client.post("/files", params=query, content=content, headers={**BINARY, **more.pop("headers", {})})

    def submits(self, person: str, value: str) -> str:
        body = {"key": "key-00000001", "person": person, "conversation": f"web:dm:{person}", "form": "a/b", "record": ""}
        assert self.client.post("/submit", json={**body, "values": {"evidence": value}}).status_code == 200
        event = self.bot.heard[-1]
        assert isinstance(event, Submitted)
        return event.values["evidence"]

    def kept(self) -> list[str]:
        return sorted(p.name for p in self.folder.iterdir()) if self.folder.exists() else []


def keep_case(store: SqliteStore) -> None:
    """Keep case 7 with one file, of which the librarian told and which the IT manager handles."""
    file = Evidence("web:1", '../lasku\r\nX-Evil: 1 "ä".html', "librarian", MONDAY, len(BYTES), SHA256)
    record = case(key="incidents/7", reporter="librarian", supervisor="", text="Haittaohjelma.", evidence=(file,))
    with store.unit() as unit:
        unit.save(record.key, record.status, record.person, INCIDENTS.dump_json(record).decode(), 0, MONDAY)


@pytest.fixture
def site(tmp_path: Path, lexical_guide: Guide) -> Iterator[Site]:
    store, clock = SqliteStore(tmp_path / "s.db"), MovedClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    keep_case(store)
    platform, renderer = WebPlatform(store, clock), renderer_in(tmp_path / "languages")
    bot = Hearing(store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"web": platform})
    bot.heard = []
    evidence = EvidenceStore(tmp_path / "evidence", largest=len(BYTES))
    page = Page(bot, platform, renderer, Sender(bot, renderer, evidence), clock, evidence)
    with TestClient(page.app(), base_url=HOST, raise_server_exceptions=False) as client:
        yield Site(client, bot, evidence, tmp_path / "evidence", page)
    store.close()


# ── in ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sent_file_is_put_by_and_named_by_what_it_holds(site: Site) -> None:
    answer = site.sends()
    assert answer.json() == {"source": f"web:{SHA256}", "name": "lasku.pdf", "size": len(BYTES)}
    assert site.evidence.path(SHA256).read_bytes() == BYTES
    assert site.sends().json() == answer.json(), "a second arrival is the same file"
    assert site.kept() == [SHA256]


def test_a_file_is_put_by_in_parts_as_it_comes(site: Site) -> None:
    assert site.sends(content=iter([BYTES[:7], BYTES[7:]])).json()["size"] == len(BYTES)
    assert site.evidence.path(SHA256).read_bytes() == BYTES


@pytest.mark.parametrize("told", [True, False], ids=["with its length", "without its length"])
def test_a_file_that_is_too_large_is_refused_with_a_sentence_and_leaves_nothing(site: Site, told: bool) -> None:
    answer = site.sends(content=BYTES + b"!" if told else iter([BYTES, b"!"]))
    assert answer.status_code == 413
    assert "liian suuri" in answer.json()["error"]
    assert site.kept() == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": {"origin": "https://evil.example"}}, 403),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"headers": {"content-type": "multipart/form-data"}}, 415),
        ({"query": {"as": "nobody"}}, 403),
        ({"query": {"as": ""}}, 403),
        ({"query": {"conversation": "web:dm:supervisor"}}, 403),
        ({"query": {"conversation": ""}}, 403),
        ({"headers": {"host": "evil.example"}}, 400),
    ],
)
def test_only_the_pages_own_people_send_files_where_they_may_be(site: Site, more: dict[str, Any], status: int) -> None:
    assert site.sends(**more).status_code == status
    assert site.kept() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", ".._.._etc_passwd"), ("C:\\lasku.pdf", "C:_lasku.pdf"), ("gpj\u202efdp.exe", "gpjfdp.exe"),
        ("", SHA256[:12]), ("a" * 300, "a" * 200), ("lasku äö €.pdf", "lasku äö €.pdf"),
    ],
)  # fmt: skip
def test_a_files_name_is_no_path_and_hides_nothing(site: Site, name: str, kept: str) -> None:
    assert site.sends(query={"name": name}).json()["name"] == kept


def test_half_a_file_of_somebody_who_went_away_is_not_kept(site: Site) -> None:
    parts = iter([
        {"type": "http.request", "body": BYTES[:9], "more_body": True},
        {"type": "http.disconnect"},
    ])  # fmt: skip

    async def receive() -> Any:
        return next(parts)

    query = b"as=employee&conversation=web:dm:employee&name=x"
    scope = {"type": "http", "method": "POST", "path": "/files", "query_string": query, "headers": [
        (b"content-type", b"application/octet-stream"),
    ]}  # fmt: skip

    async def take() -> int:
        return (await site.page.files.take(Request(scope, receive))).status_code

    assert site.client.portal is not None
    assert site.client.portal.call(take) == 400
    assert site.kept() == []


def test_a_page_without_a_place_for_files_takes_none(site: Site) -> None:
    site.page.files._evidence = None
    assert site.sends().status_code == 403
    assert site.client.get(f"/todiste/7/{SHA256}", params={"as": "it-manager"}).status_code == 404


def test_a_form_carries_the_files_that_its_sender_sent_and_no_others(site: Site) -> None:
    mine, size = site.sends().json(), len(BYTES)
    theirs = site.sends("supervisor", b"theirs").json()
    elsewhere = {"source": "slack:F1", "name": "x", "size": 1}
    value = json.dumps([mine, theirs, elsewhere, {**mine, "source": f"web:{'0' * 64}"}])
    assert files_in(site.submits("employee", value)) == (Attachment(mine["source"], "lasku.pdf", size),)
    assert files_in(site.submits("supervisor", value)) == (Attachment(theirs["source"], "lasku.pdf", 6),)


@pytest.mark.parametrize("value", ["", "[]", "Tili varastettiin.", "[1, 2]", '[{"name": "x"}]', '{"source": "x"}'])
def test_what_names_no_files_arrives_as_it_was_written(site: Site, value: str) -> None:
    assert site.submits("employee", value) == value


def test_files_of_the_page_are_never_fetched_and_there_are_no_threads(site: Site) -> None:
    platform = site.bot.platforms["web"]
    with pytest.raises(Refused):
        list(platform.fetch(f"web:{SHA256}"))
    assert platform.below("web:dm:employee", "17") == "web:dm:employee"


# ── the form ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_field_for_files_has_a_label_its_help_and_its_error(site: Site) -> None:
    shown = site.page.forms.html(every_kind(Field("evidence", "files", words="account")), "fi", {"evidence": "missing"})
    assert '<label for="field-evidence">Tili 0</label>' in shown
    [field] = [line for line in shown.splitlines() if 'type="file"' in line]
    assert 'id="field-evidence" type="file" multiple data-files="evidence"' in field
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="evidence-help evidence-error"' in shown


def test_files_that_were_sent_before_stay_chosen_in_a_form_that_comes_back(site: Site) -> None:
    value = json.dumps(
        [{"source": f"web:{SHA256}", "name": '"><b>', "size": 3}, {"source": "web:2", "name": "b", "size": 1}]
    )
    shown = site.page.forms.html(every_kind(Field("evidence", "files", value, words="account")), "fi", {})
    assert shown.count('<input type="checkbox" data-file=') == 2
    assert shown.count("checked>") == 2
    assert "<b>" not in shown


# ── out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cases_file_is_a_download_that_runs_nothing(site: Site) -> None:
    site.sends()
    answer = site.client.get(f"/todiste/7/{SHA256}", params={"as": "it-manager"})
    assert (answer.status_code, answer.content) == (200, BYTES)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "/" not in answer.headers["content-disposition"].partition("''")[2]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ("employee", f"7/{SHA256}"), ("", f"7/{SHA256}"), ("nobody", f"7/{SHA256}"), ("it-manager", f"8/{SHA256}"),
        ("it-manager", f"7/{'0' * 64}"), ("it-manager", "7/..%2Fs.db"), ("it-manager", "7/s.db"),
        ("it-manager", f"x/{SHA256}"),
    ],
)  # fmt: skip
def test_a_file_is_nobody_elses(site: Site, person: str, place: str) -> None:
    site.sends()
    assert site.client.get(f"/todiste/{place}", params={"as": person}).status_code == 404


def test_a_file_that_was_removed_is_not_found(site: Site) -> None:
    assert site.client.get(f"/todiste/7/{SHA256}", params={"as": "it-manager"}).status_code == 404


def test_a_case_is_a_page_for_whoever_may_see_it(site: Site) -> None:
    answer = site.client.get("/tapaus/7", params={"as": "it-manager"})
    assert answer.status_code == 200
    assert "Haittaohjelma." in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    for person, number in (("employee", "7"), ("", "7"), ("nobody", "7"), ("it-manager", "8"), ("it-manager", "x")):
        assert site.client.get(f"/tapaus/{number}", params={"as": person}).status_code == 404


def test_an_incident_can_be_reported_from_every_page(site: Site) -> None:
    html = site.client.get("/", params={"as": "employee"}).text
    assert (
        '<button type="button" class="danger report" data-action="incidents/begin">Ilmoita poikkeamasta</button>' in html
    )
