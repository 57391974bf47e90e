"""The page in a real browser: a Chromium that drives a server of its own, as a person would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from bot.directory import Directory, read_people
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from knowledge.guide import Guide
from tests.forms import EVERY_KIND, every_kind
from tests.ports import free_port
from tests.test_web_forms import make_page

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def serving(port: int, data: Path) -> Iterator[str]:
    """The demo on a port, ended when it is no longer needed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "try", "--port", str(port), "--data", str(data)],
        cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    said = iter(process.stderr.readline, "")
    assert any("http://127.0.0.1" in line for line in said), "the server did not start"
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.communicate(timeout=15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "a Chromium is needed: the Debian package chromium"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(free_port(), tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.goto(address)
    yield made
    made.close()
    assert problems == []


def ask(page: Page, text: str) -> None:
    expect(page.locator("#log[data-shown]")).to_be_attached()
    count = page.locator(".bubble.bot").count()
    page.fill("#text", text)
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.bot")).to_have_count(count + 1)


def act_as(page: Page, address: str, person: str) -> None:
    page.goto(f"{address}/?as={person}")


def test_a_starter_question_is_answered_and_its_quote_opens_the_guideline_at_the_place(page: Page) -> None:
    page.click("text=Mitä viestinnällä sosiaalisessa mediassa tavoitellaan?")
    expect(page.locator(".bubble.bot").last).to_contain_text("kuntalaisten")
    page.locator(".quote a").first.click()
    expect(page.locator("#reader")).to_be_visible()
    here = page.locator(".passage.here").first
    expect(here).to_be_in_viewport()
    expect(here).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_a_second_tab_sees_the_same_at_once(page: Page, browser: Browser, address: str) -> None:
    act_as(page, address, "director")
    second = browser.new_page()
    second.goto(f"{address}/?as=director")
    ask(page, "Onko huumori kielletty?")
    expect(second.locator(".bubble.bot").last).to_contain_text("uumor")
    assert page.locator("#messages").inner_text() == second.locator("#messages").inner_text()
    second.close()


def test_the_whole_hand_off_with_three_people_and_the_keyboard_alone(page: Page, address: str) -> None:
    act_as(page, address, "supervisor")
    ask(page, "Miten some-tili suljetaan?")
    button = page.locator('[data-action="questions/send"]').last
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    expect(page.locator("dialog textarea")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.locator("dialog .primary").press("Enter")
    expect(page.locator("dialog .error")).to_be_visible()
    page.keyboard.type("Miten kirjaston tili suljetaan?")
    page.locator("dialog .primary").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".bubble.bot").last).to_contain_text("lähetetty viestintään")

    act_as(page, address, "communications-specialist")
    page.click(".tabs button:nth-child(2)")
    expect(page.locator(".bubble.bot").last).to_contain_text("Miten kirjaston tili suljetaan?")
    page.locator('[data-action="questions/take"]').last.click()
    expect(page.locator(".bubble.bot").last).to_contain_text("Viestinnän asiantuntija")
    page.locator('[data-action="questions/reply"]').last.click()
    page.fill("dialog textarea", "Kerro viestintään, niin suljemme tilin yhdessä.")
    page.click("dialog .primary")
    expect(page.locator(".bubble.bot").last).to_contain_text("Vastattu")

    act_as(page, address, "supervisor")
    expect(page.locator(".said").last).to_contain_text("niin suljemme tilin yhdessä")


def test_moving_the_clock_brings_the_reminder(page: Page, address: str) -> None:
    act_as(page, address, "official")
    ask(page, "Miten some-tili suljetaan?")
    page.locator('[data-action="questions/send"]').last.click()
    page.click("dialog .primary")
    expect(page.locator(".bubble.bot").last).to_contain_text("lähetetty viestintään")
    act_as(page, address, "communications-manager")
    page.click(".tabs button:nth-child(2)")
    reminder = page.locator(".bubble.bot").filter(has_text="odottaa yhä vastausta")
    page.click('[data-jump="7d"]')
    expect(reminder.last).to_be_visible()


def test_state_survives_a_restart(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    page = browser.new_page()
    with serving(port, tmp_path) as address:
        page.goto(address)
        ask(page, "Kuinka usein salasanat pitää vaihtaa?")
        before = page.locator("#messages").inner_text()
    with serving(port, tmp_path):
        page.reload()
        expect(page.locator(".bubble.bot")).to_have_count(1)
        assert page.locator("#messages").inner_text() == before
        page.close()


def test_the_language_is_the_persons_and_the_whole_page_follows(page: Page, address: str) -> None:
    act_as(page, address, "it-manager")
    page.click('[data-value="sv"]')
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    ask(page, "Får man publicera bilder på barn?")
    expect(page.locator(".bubble.bot").last).to_contain_text("inofficiell översättning")
    act_as(page, address, "employee")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


def test_feedback_is_thanked_for(page: Page, address: str) -> None:
    act_as(page, address, "administrator")
    ask(page, "Kuinka usein salasanat pitää vaihtaa?")
    page.locator('[data-action="questions/feedback"][data-value="yes"]').last.click()
    expect(page.locator(".bubble.bot").last).to_contain_text("Kiitos palautteesta")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "x" * 20_000, "???", "😀"], ids=["markup", "long", "marks", "emoji"]
)
def test_bad_input_is_answered_and_breaks_nothing(page: Page, address: str, text: str) -> None:
    act_as(page, address, "municipal-secretary")
    ask(page, text)
    assert page.locator("#messages img").count() == 0


def test_a_phones_width_needs_no_sideways_scrolling(browser: Browser, address: str) -> None:
    phone = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    phone.goto(f"{address}/?as=department-secretary")
    ask(phone, "Kuinka nopeasti kommentteihin pitää vastata?")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for target in phone.locator("button:visible, .people a:visible").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 24, "WCAG 2.2 asks for targets of 24 pixels"
    phone.close()


GROUNDS = """() => [...document.querySelectorAll(`.words, .note, .quote .dim, .quote mark, figcaption, .by, .primary,
    .default, .small, .about, .tool, .hint, .label`)].map(e => {
        let ground = e;
        while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
        return [getComputedStyle(e).color, getComputedStyle(ground).backgroundColor, e.className];
    })"""


def luminance(colour: str) -> float:
    parts = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_looks(page: Page, address: str, look: str) -> None:
    act_as(page, address, "employee")
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    ask(page, "Saako työsähköpostilla tehdä oman Instagramin?")
    pairs = page.evaluate(GROUNDS)
    assert len(pairs) > 10
    for ink, ground, name in pairs:
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (look, name, ink, ground)


def test_everything_has_a_name_for_a_screen_reader(page: Page) -> None:
    ask(page, "Onko huumori kielletty?")
    nameless = page.evaluate("""() => [...document.querySelectorAll('button, a, input, textarea, summary')].filter(e =>
        !(e.innerText || e.ariaLabel || e.title || (e.labels && e.labels.length) || e.textContent.trim())).length""")
    assert nameless == 0
    expect(page.locator('[role="log"]')).to_have_attribute("aria-live", "polite")
    assert page.locator("h1").count() == 1


# ── a form with every kind of field ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class Shown:
    """A form in a phone's dialog; `sent` are the values that it was sent with."""

    page: Page
    html: Callable[[dict[str, str]], str]
    sent: list[dict[str, str]]

    def opens(self, **errors: str) -> None:
        self.page.evaluate("html => show(html)", self.html(errors))


@pytest.fixture
def shown(browser: Browser, address: str, tmp_path: Path, guide: Guide) -> Iterator[Shown]:
    store = SqliteStore(tmp_path / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    server = make_page(tmp_path / "languages", Directory(store), guide)
    phone = browser.new_page(viewport={"width": 360, "height": 640}, has_touch=True)
    phone.goto(address)
    made = Shown(phone, lambda errors: server.forms.html(every_kind(), "fi", errors), [])

    def take(route: Route) -> None:
        made.sent.append(route.request.post_data_json["values"])
        route.fulfill(json={"ok": True})

    phone.route("**/submit", take)
    yield made
    phone.close()
    store.close()


def test_every_kind_of_field_is_sent_under_its_name_by_its_one_value(shown: Shown) -> None:
    shown.opens()
    page = shown.page
    page.check("dialog [value=instagram]")
    page.check("dialog [value=yes]")
    page.fill("dialog [name=until]", "2026-12-31")
    page.fill("dialog [name=editors]", "Työntekijä, kirjasto\nViestintäpäällikkö")
    page.click("dialog .primary")
    expect(page.locator("dialog")).to_be_hidden()
    assert shown.sent == [{
        "name": "Kirjasto", "reason": "Miksi?", "named": "yes", "channels": "facebook,instagram,other",
        "supervisor": "Esihenkilö, kirjasto", "editors": "Työntekijä, kirjasto\nViestintäpäällikkö",
        "until": "2026-12-31",
    }]  # fmt: skip


def test_a_field_in_which_nothing_is_chosen_is_sent_empty(shown: Shown) -> None:
    shown.opens()
    page = shown.page
    for option in ("facebook", "other"):
        page.uncheck(f"dialog [value={option}]")
    page.eval_on_selector_all("dialog [type=radio]", "radios => radios.forEach(radio => { radio.checked = false })")
    for name in ("name", "reason", "supervisor", "editors", "until"):
        page.fill(f"dialog [name={name}]", "")
    page.click("dialog .primary")
    expect(page.locator("dialog")).to_be_hidden()
    assert shown.sent == [{asked.name: "" for asked in EVERY_KIND}]


def test_a_tall_form_scrolls_in_its_dialog_on_a_phone_and_its_buttons_can_be_reached(shown: Shown) -> None:
    shown.opens(**{asked.name: "missing" for asked in EVERY_KIND})
    page = shown.page
    dialog = page.locator("dialog")
    box = dialog.bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 640
    assert dialog.evaluate("d => d.scrollHeight > d.clientHeight && d.scrollWidth <= d.clientWidth")
    for button in dialog.locator("button").all():
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth && window.scrollY === 0")


def test_a_form_that_follows_another_is_seen_from_its_beginning(shown: Shown) -> None:
    shown.opens()
    dialog = shown.page.locator("dialog")
    height = int(dialog.evaluate("d => d.scrollHeight"))
    shown.page.set_viewport_size({"width": 360, "height": height - 20})  # so that the first field is never out of sight
    assert dialog.evaluate("d => { d.scrollTop = 9999; return d.scrollTop }") > 0
    shown.opens()
    assert dialog.evaluate("d => d.scrollTop") == 0


@pytest.mark.parametrize("name", [asked.name for asked in EVERY_KIND])
def test_the_first_field_with_an_error_is_in_focus_and_bordered(shown: Shown, name: str) -> None:
    shown.opens(**{name: "missing"})
    expect(shown.page.locator(f"dialog [name={name}]").first).to_be_focused()
    border = "getComputedStyle(document.querySelector('dialog [aria-invalid]')).borderTopWidth"
    assert shown.page.evaluate(border) == "2px"
