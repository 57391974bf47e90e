"""Files and the report button in a real browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.directory import Directory, read_people
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from handlers.cards import Field
from knowledge.guide import Guide
from tests import test_e2e
from tests.forms import every_kind
from tests.ports import free_port
from tests.test_e2e import luminance, serving
from tests.test_web_forms import make_page

pytestmark = pytest.mark.e2e
browser = test_e2e.browser
BYTES = b"MZ not to be opened"
SHA256 = hashlib.sha256(BYTES).hexdigest()
BUTTON = ".report"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with serving(free_port(), data) as served:
        yield served


@dataclass
class Reporting:
    """A form with files in a phone's dialog, on a real server; `sent` are the values that it was sent with."""

    page: Page
    html: Callable[[str], str]
    sent: list[dict[str, str]] = field(default_factory=list)

    def opens(self, *before: str) -> None:
        """The form, with the files of an earlier try."""
        value = json.dumps([{"source": f"web:{name}", "name": name, "size": 1} for name in before])
        self.page.evaluate("html => show(html)", self.html(value))
        self.page.fill("dialog [name=reason]", "Sain oudon laskun.")

    def chooses(self, *names: str) -> None:
        files: list[Any] = [{"name": n, "mimeType": "application/pdf", "buffer": BYTES + n[9:].encode()} for n in names]
        self.page.set_input_files("dialog [type=file]", files)

    def submits(self) -> None:
        self.page.click("dialog .primary")

    def files(self) -> list[Any]:
        return list(json.loads(self.sent[-1]["evidence"]))


@pytest.fixture
def reporting(browser: Browser, address: str, tmp_path: Path, lexical_guide: Guide) -> Iterator[Reporting]:
    store = SqliteStore(tmp_path / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    server = make_page(tmp_path / "languages", Directory(store), lexical_guide)
    phone = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    phone.goto(f"{address}/?as=employee")

    def form(value: str) -> str:
        return server.forms.html(
            every_kind(Field("reason", "long"), Field("evidence", "files", value, words="account")), "fi", {}
        )

    made = Reporting(phone, form)

    def take(route: Route) -> None:
        body: Any = route.request.post_data_json
        made.sent.append(body["values"])
        route.fulfill(json={"ok": True})

    phone.route("**/submit", take)
    yield made
    phone.close()
    store.close()


def test_chosen_files_are_put_by_before_their_form_is_sent(reporting: Reporting, data: Path) -> None:
    reporting.opens()
    reporting.chooses("lasku.pdf", "lasku.pdf2")
    reporting.submits()
    expect(reporting.page.locator("dialog")).to_be_hidden()
    first, second = reporting.files()
    assert first == {"source": f"web:{SHA256}", "name": "lasku.pdf", "size": len(BYTES)}
    assert (second["name"], second["size"]) == ("lasku.pdf2", len(BYTES) + 1)
    assert (data / "evidence" / SHA256).read_bytes() == BYTES
    assert reporting.sent[-1]["reason"] == "Sain oudon laskun."


def test_a_form_without_files_is_sent_with_none(reporting: Reporting) -> None:
    reporting.opens()
    reporting.submits()
    expect(reporting.page.locator("dialog")).to_be_hidden()
    assert reporting.files() == []


@pytest.mark.parametrize("failure", ["no connection", "a refusal", "an answer that is none"])
def test_a_file_that_does_not_go_is_told_at_its_field_and_everything_stays(reporting: Reporting, failure: str) -> None:
    page = reporting.page

    def fail(route: Route) -> None:
        match failure:
            case "no connection":
                route.abort()
            case "a refusal":
                route.fulfill(status=413, json={"error": "tiedosto on liian suuri."})
            case _:
                route.fulfill(status=502, body="<html>")

    page.route("**/files?*", fail)
    reporting.opens()
    reporting.chooses("lasku.pdf")
    reporting.submits()
    told = page.locator("dialog [type=file] + .error")
    expect(told).to_be_visible()
    expect(told).to_contain_text("lasku.pdf: tiedosto ")
    expect(page.locator("dialog [type=file]")).to_be_focused()
    assert page.input_value("dialog [name=reason]") == "Sain oudon laskun."
    assert reporting.sent == []
    page.unroute("**/files?*")
    reporting.submits()
    expect(page.locator("dialog")).to_be_hidden()
    assert [f["name"] for f in reporting.files()] == ["lasku.pdf"]


def test_more_than_five_files_are_too_many(reporting: Reporting) -> None:
    reporting.opens()
    reporting.chooses(*(f"lasku.pdf{n}" for n in range(6)))
    reporting.submits()
    expect(reporting.page.locator("dialog [type=file] + .error")).to_contain_text("enintään viisi")
    assert reporting.sent == []


def test_files_of_a_form_that_came_back_go_along_unless_they_are_taken_off(reporting: Reporting) -> None:
    reporting.opens("vanha1.pdf", "vanha2.pdf")
    reporting.page.uncheck("text=vanha1.pdf")
    reporting.chooses("lasku.pdf")
    reporting.submits()
    expect(reporting.page.locator("dialog")).to_be_hidden()
    assert [f["name"] for f in reporting.files()] == ["vanha2.pdf", "lasku.pdf"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("width", [320, 360, 800, 1280])
def test_the_report_button_can_be_seen_and_hit_at_every_width(
    browser: Browser, address: str, width: int, language: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740}, has_touch=True)
    page.goto(f"{address}/?as=secretary")
    button = page.locator(BUTTON)
    with page.expect_navigation():
        page.click(f"[data-action='home/language'][data-value={language}]")
    expect(button).to_be_in_viewport(ratio=1)
    box = button.bounding_box()
    assert box
    assert box["height"] >= 44
    assert box["width"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_report_buttons_words_stand_out_in_both_looks(browser: Browser, address: str, look: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?as=employee")
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    ink, ground, behind = page.evaluate("""() => {
        const style = getComputedStyle(document.querySelector(".report"));
        return [style.color, style.backgroundColor, getComputedStyle(document.querySelector(".top")).backgroundColor];
    }""")

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast(ink, ground) >= 4.5
    assert contrast(ground, behind) >= 3
    page.close()
