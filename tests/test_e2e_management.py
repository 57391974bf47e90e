"""The page of figures in a real browser: on a phone and on a desk, light and dark, in three languages (R41)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.rendering import Renderer
from bot.views import Views
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests import test_e2e
from tests.conftest import make_world
from tests.register import MANAGER
from tests.test_e2e import act_as, luminance
from tests.test_management import SPEAK, filled

pytestmark = pytest.mark.e2e
browser, address, page = test_e2e.browser, test_e2e.address, test_e2e.page
SIZES = (360, 1280)
TEXTS = """() => [...document.querySelectorAll('h1, h2, p, li, b, caption, th, td, svg text')]
    .filter(e => e.textContent.trim())
    .map(e => e.tagName === 'text' ? getComputedStyle(e).fill : getComputedStyle(e).color)"""
BARS = """() => [...document.querySelectorAll('svg .bar')].map(e => getComputedStyle(e).stroke)"""
OUTSIDE = """() => [...document.querySelectorAll('svg text, svg .bar')].filter(e => {
    const own = e.getBoundingClientRect(), all = e.ownerSVGElement.getBoundingClientRect();
    return own.right > all.right + 1 || own.bottom > all.bottom + 1; }).map(e => e.textContent)"""
CUT = """() => [...document.querySelectorAll('h1, h2, p, li, caption, th, td')]
    .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""

BROKEN = """() => [...document.querySelectorAll('thead th')].filter(e => {
    const range = document.createRange(); range.selectNodeContents(e);
    const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top))).size;
    return lines > e.textContent.trim().split(/\\s+/).length; }).map(e => e.textContent)"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The page of a small world in each language."""
    world = make_world(tmp_path_factory.mktemp("figures") / "s.db", Guide.load(None), Renderer())
    filled(world)
    pages = {}
    for language in LANGUAGES:
        world.asks(MANAGER, SPEAK[language])
        pages[language] = Views(world.bot, Renderer()).figures(MANAGER)
    yield pages
    world.store.close()


def shown(browser: Browser, html: str, **look: Any) -> Page:
    page = browser.new_page(**look)
    page.set_content(html)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", SIZES)
def test_r41_nothing_scrolls_sideways_and_no_word_is_cut(
    browser: Browser, written: dict[str, str], width: int, language: str
) -> None:
    page = shown(browser, written[language], viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate(BROKEN) == []
    page.close()


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_r41_words_and_bars_stand_out_from_the_ground(
    browser: Browser, written: dict[str, str], width: int, look: Any
) -> None:
    page = shown(browser, written["fi"], viewport={"width": width, "height": 800}, color_scheme=look)
    ground = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    texts, bars = page.evaluate(TEXTS), page.evaluate(BARS)
    assert (len(texts) > 100, len(bars) > 20) == (True, True)
    for least, colours in ((4.5, texts), (3, bars)):
        for colour in set(colours):
            light, dark = sorted((luminance(colour), ground), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (look, colour)
    page.close()


@pytest.mark.parametrize("width", SIZES)
def test_r41_headings_are_in_order_and_tables_and_pictures_speak_to_a_screen_reader(
    browser: Browser, written: dict[str, str], width: int
) -> None:
    page = shown(browser, written["fi"], viewport={"width": width, "height": 800})
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(e => +e.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("img")).to_have_count(4)
    for picture in page.get_by_role("img").all():
        assert picture.evaluate(
            "e => document.getElementById(e.getAttribute('aria-labelledby').split(' ')[0]).textContent"
        )
    tables = page.get_by_role("table").all()
    assert len(tables) == page.locator("table").count() > 8
    for table in tables:
        assert table.get_by_role("columnheader").count() >= 2
        assert table.get_by_role("rowheader").count() == table.get_by_role("row").count() - 1
        assert table.locator("caption").inner_text()
    page.close()


def test_r41_printed_it_is_dark_on_white_and_whole(browser: Browser, written: dict[str, str], tmp_path: Path) -> None:
    page = shown(browser, written["fi"], color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.pdf(path=tmp_path / "luvut.pdf")
    assert (tmp_path / "luvut.pdf").read_bytes().startswith(b"%PDF")
    page.close()


def test_r41_the_link_in_the_header_opens_the_page_for_communications_alone(page: Page, address: str) -> None:
    act_as(page, address, MANAGER)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Luvut", exact=True).click()
    figures = opened.value
    expect(figures.get_by_role("heading", level=1)).to_have_text("Sosiaalisen median luvut")
    expect(figures.get_by_role("img")).to_have_count(4)
    assert figures.evaluate("document.documentElement.scrollWidth") <= figures.viewport_size["width"]  # type: ignore[index]
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, "the header has room for the link on a phone"
    act_as(page, address, "employee")
    expect(page.get_by_role("link", name="Luvut", exact=True)).to_have_count(0)
