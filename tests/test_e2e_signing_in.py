"""Signing in, in a real browser: through a stand-in for the municipality's provider, to the page as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.platforms.listening import Listener
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.provider import Provider
from bot.platforms.web.server import Page as ServedPage
from bot.platforms.web.signing_in import BACK, SESSION, SigningIn
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.ports import free_port
from tests.provider import CLIENT, SECRET, StandIn, standing_in
from tests.test_e2e import browser

__all__ = ["browser"]
pytestmark = pytest.mark.e2e

EMPLOYEE, MANAGER, STRANGER = "Työntekijä", "Tietohallinto", "Oma tunnus"
ACCOUNTS = {EMPLOYEE: "tyontekija.kirjasto@example.org", MANAGER: "tietohallintopaallikko@example.org",
            STRANGER: "oma@example.com"}  # fmt: skip


@dataclass
class Site:
    """The served page, its provider, and the clock of both."""

    address: str
    provider: StandIn
    clock: FakeClock
    store: SqliteStore


@pytest.fixture
def site(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[Site]:
    store, clock, port = SqliteStore(tmp_path / "s.db"), FakeClock(), free_port()
    store.replace_people(read_people(DEMO_PEOPLE))
    address = f"http://127.0.0.1:{port}"
    with standing_in(StandIn(f"{address}{BACK}", ACCOUNTS, lambda: clock.now().timestamp())) as provider:
        directory, platform = Directory(store), WebPlatform(store, clock)
        evidence = EvidenceStore(tmp_path / "evidence")
        bot = Bot(store, directory, lexical_guide, clock, FinnishWorkingTime(), {"web": platform}, evidence=evidence)
        sender = Sender(bot, renderer, evidence)
        page = ServedPage(bot, platform, renderer, sender, None, evidence)
        client = Provider(provider.address, CLIENT, SECRET, provider.back)
        guard = SigningIn(client, SECRET, directory, clock, renderer.label, store)
        listener = Listener(guard.guarding(page.app()), "127.0.0.1", port, "page", grace=1)
        sender.start()
        listener.start()
        yield Site(address, provider, clock, store)
        listener.stop()
        sender.stop()
    store.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fi-FI")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def signs_in(page: Page, site: Site, who: str = EMPLOYEE, path: str = "/") -> None:
    """Open a page of the bot, and click through the provider's."""
    page.goto(site.address + path)
    expect(page).to_have_title("Kunnan kirjautuminen")
    page.get_by_role("link", name=who).click()


def asks(page: Page, text: str) -> None:
    expect(page.locator("#log[data-shown]")).to_be_attached()  # its code has begun
    page.fill("#text", text)
    page.keyboard.press("Enter")


def test_somebody_signs_in_by_clicking_asks_and_signs_out(page: Page, site: Site) -> None:
    signs_in(page, site)
    expect(page.locator("html")).to_have_attribute("data-person", "employee")
    assert page.url == f"{site.address}/", "neither the code nor the state stays in the address"
    asks(page, "Kuka päättää uudesta some-tilistä?")
    expect(page.locator(".bubble.bot").last).to_contain_text("päät")
    page.get_by_role("button", name="Kirjaudu ulos").click()
    expect(page.locator("main")).to_contain_text("Olet kirjautunut ulos")
    page.get_by_role("link", name="Kirjaudu sisään").click()
    expect(page).to_have_title("Kunnan kirjautuminen")
    assert site.provider.faults == []
    assert site.provider.prompts == ["", "select_account"], "who sits down next is not the one before"


def test_no_script_has_the_cookie_and_it_goes_to_no_other_site(page: Page, context: BrowserContext, site: Site) -> None:
    signs_in(page, site)
    expect(page.locator("#text")).to_be_visible()
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"]) == (SESSION, True, True)
    assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "127.0.0.1")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)") == "{}{}"


def test_an_account_that_is_not_the_municipalitys_is_refused_in_words_and_may_be_changed(page: Page, site: Site) -> None:
    signs_in(page, site, STRANGER)
    expect(page.locator("main")).to_contain_text("Sinua ei löydy kunnan henkilöluettelosta")
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    page.get_by_role("link", name="Kirjaudu toisella tunnuksella").click()
    page.get_by_role("link", name=EMPLOYEE).click()
    expect(page.locator("html")).to_have_attribute("data-person", "employee")
    assert site.provider.prompts == ["", "select_account"]


def test_who_would_rather_not_sign_in_is_not_in(page: Page, context: BrowserContext, site: Site) -> None:
    signs_in(page, site, "Peruuta")
    expect(page.locator("main")).to_contain_text("Kirjautuminen ei onnistunut")
    assert [c for c in context.cookies() if c["name"] == SESSION] == []


FORGED = [({"state": "x" * 43}, {}), ({"iss": "https://pahis.example.org"}, {}), ({"code": "arvattu"}, {}),
          ({}, {"nonce": "toinen"}), ({}, {"aud": "toinen"}), ({}, {"email_verified": False})]  # fmt: skip


@pytest.mark.parametrize(("answers", "claims"), FORGED, ids=["state", "iss", "code", "nonce", "aud", "email"])
def test_what_is_forged_lets_nobody_in(
    page: Page, context: BrowserContext, site: Site, answers: dict[str, str], claims: dict[str, object]
) -> None:
    site.provider.answers, site.provider.claims = answers, claims
    signs_in(page, site)
    expect(page.locator("main")).to_contain_text("Kirjautuminen ei onnistunut. Yritä uudelleen.")
    assert [c for c in context.cookies() if c["name"] == SESSION] == []


def test_a_session_that_ended_leads_to_the_sign_in_and_back_to_the_same_page(page: Page, site: Site) -> None:
    signs_in(page, site, MANAGER, "/luvut")
    expect(page).to_have_url(f"{site.address}/luvut")
    site.clock.move(hours=8, minutes=1)
    signs_in(page, site, MANAGER, "/ohje/tuusula?kohta=1")
    expect(page).to_have_url(f"{site.address}/ohje/tuusula?kohta=1")


def test_what_was_being_written_when_the_session_ended_is_not_lost(
    page: Page, context: BrowserContext, site: Site
) -> None:
    signs_in(page, site)
    expect(page.locator("#log[data-shown]")).to_be_attached()
    site.clock.move(hours=8, minutes=1)
    asks(page, "Kuka päättää uudesta some-tilistä?")
    expect(page.locator("#status")).to_contain_text("Istuntosi päättyi")
    assert page.input_value("#text") == "Kuka päättää uudesta some-tilistä?"
    with context.expect_page() as opened:
        page.locator("#status").get_by_role("link", name="Kirjaudu sisään").click()
    opened.value.get_by_role("link", name=EMPLOYEE).click()
    expect(opened.value.locator("html")).to_have_attribute("data-person", "employee")
    page.locator("#text").press("Enter")
    expect(page.locator(".bubble.bot").last).to_contain_text("päät")
    assert page.input_value("#text") == ""


def test_a_form_that_is_open_when_the_session_ends_says_so_and_keeps_its_words(page: Page, site: Site) -> None:
    signs_in(page, site)
    expect(page.locator("#log[data-shown]")).to_be_attached()
    asks(page, "Miten some-tili suljetaan?")
    page.locator('[data-action="questions/send"]').last.click()
    expect(page.locator("dialog")).to_be_visible()
    page.locator("dialog textarea").first.fill("Miten kirjaston tili suljetaan?")
    site.clock.move(hours=8, minutes=1)
    page.locator("dialog .primary").click()
    expect(page.locator("dialog [role=alert]")).to_contain_text("Istuntosi päättyi")
    assert page.locator("dialog textarea").first.input_value() == "Miten kirjaston tili suljetaan?"
    signs_in(page.context.new_page(), site)
    page.locator("dialog .primary").click()
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(".bubble.bot").last).to_contain_text("lähetetty viestintään")


def test_a_page_on_which_nothing_was_written_leads_to_the_sign_in_by_itself(page: Page, site: Site) -> None:
    signs_in(page, site)
    expect(page.locator("#log[data-shown]")).to_be_attached()
    site.clock.move(hours=8, minutes=1)
    page.get_by_role("button", name="Kysy", exact=False).first.or_(page.locator(".prompt").first).first.click()
    expect(page).to_have_title("Kunnan kirjautuminen")


def test_another_site_can_do_nothing_in_the_browser_of_who_is_signed_in(
    page: Page, context: BrowserContext, site: Site
) -> None:
    signs_in(page, site)
    expect(page.locator("#log[data-shown]")).to_be_attached()
    before = len(list(site.store.journal()))
    said: dict[str, int] = {}
    context.on("response", lambda r: said.update({f"{r.request.method} {r.url}": r.status}))
    context.route("https://pahis.example.org/**", lambda r: r.fulfill(content_type="text/html", body="<p>hei</p>"))
    evil = context.new_page()
    evil.goto("https://pahis.example.org/")
    body = '{"key": "key-00000001", "person": "employee", "conversation": "web:dm:employee", "text": "apua"}'
    for kind in ("text/plain", "application/json"):
        evil.evaluate(
            "([to, kind, body]) => fetch(to, {method: 'POST', credentials: 'include', body,"
            " headers: {'Content-Type': kind}}).catch(() => null)",
            [f"{site.address}/ask", kind, body],
        )
    for path, field in (("/ask", body), ("/kirjaudu/ulos", "x"), ("/files?as=employee", "x")):
        evil = context.new_page()
        evil.goto("https://pahis.example.org/")
        with evil.expect_response(f"{site.address}{path}"):
            evil.evaluate(
                "([to, field]) => { const f = document.createElement('form'); f.method = 'post'; f.action = to;"
                " f.enctype = 'text/plain'; const i = document.createElement('input'); i.name = field; f.append(i);"
                " document.body.append(f); f.submit(); }",
                [f"{site.address}{path}", field],
            )
    assert len(list(site.store.journal())) == before
    assert all(status in (401, 403, 415) for at, status in said.items() if at.startswith(f"POST {site.address}")), said
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-person", "employee")


def test_signing_out_ends_a_cookie_that_somebody_took(
    page: Page, context: BrowserContext, browser: Browser, site: Site
) -> None:
    signs_in(page, site)
    expect(page.locator("#text")).to_be_visible()
    thief = browser.new_context()
    thief.add_cookies(context.cookies())  # type: ignore[arg-type]  # what one context gives, another takes
    stolen = thief.new_page()
    stolen.goto(site.address)
    expect(stolen.locator("html")).to_have_attribute("data-person", "employee")
    site.clock.move(minutes=1)
    page.get_by_role("button", name="Kirjaudu ulos").click()
    expect(page.locator("main")).to_contain_text("Olet kirjautunut ulos")
    stolen.goto(site.address)
    expect(stolen).to_have_title("Kunnan kirjautuminen")
    thief.close()


def test_windows_that_are_opened_at_the_same_time_may_all_sign_in(context: BrowserContext, site: Site) -> None:
    windows = [context.new_page() for _ in range(3)]
    for window in windows:
        window.goto(f"{site.address}/ohje/tuusula")
    for window in windows:
        window.get_by_role("link", name=EMPLOYEE).click()
        expect(window).to_have_url(f"{site.address}/ohje/tuusula")


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_door_fits_every_screen_and_is_passed_by_keyboard(
    browser: Browser, site: Site, look: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=look, locale="fi-FI")
    page = context.new_page()
    signs_in(page, site, STRANGER)
    expect(page.locator("main h1")).to_have_text("Someopas")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("main").bounding_box()
    assert box
    assert box["x"] >= 12
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Kirjaudu toisella tunnuksella")).to_be_focused()
    button = page.get_by_role("link", name="Kirjaudu toisella tunnuksella").bounding_box()
    assert button
    assert button["height"] >= 44
    context.close()
