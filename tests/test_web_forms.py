"""Forms on the page: every kind of field, its help and its error, and people by their names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory, read_people
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.sender import Sender
from bot.storage import Account
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Field
from handlers.facts import Person
from knowledge.guide import Guide
from tests.fakes import MONDAY
from tests.forms import EVERY_KIND, every_kind, renderer_in


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    store = SqliteStore(tmp_path / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    yield Directory(store)
    store.close()


def make_page(folder: Path, directory: Directory, guide: Guide) -> Page:
    """The page, with the words of the form of every kind in a folder of its own."""
    store, clock, renderer = directory._store, MovedClock(), renderer_in(folder)
    platform = WebPlatform(store, clock)
    bot = Bot(store, directory, guide, clock, FinnishWorkingTime(), {"web": platform})
    return Page(bot, platform, renderer, Sender(bot, renderer), clock)


@pytest.fixture
def page(tmp_path: Path, directory: Directory, guide: Guide) -> Page:
    return make_page(tmp_path / "languages", directory, guide)


def element(shown: str, name: str) -> str:
    """The start tag that holds a field's value or group."""
    if tag := re.search(rf'<(?:input|textarea) id="field-{name}"[^>]*>', shown):
        return tag[0]
    groups = re.findall(r"<fieldset[^>]*>(?:(?!</fieldset>).)*</fieldset>", shown, re.DOTALL)
    [group] = [g for g in groups if f'name="{name}"' in g]
    return str(group[: group.index(">") + 1])


def written(shown: str, name: str) -> str:
    """What stands in a field."""
    tag = element(shown, name)
    if tag.startswith("<textarea"):
        return html.unescape(shown.partition(tag)[2].partition("</textarea>")[0])
    [value] = re.findall(r'value="([^"]*)"', tag)
    return html.unescape(value)


def test_every_kind_of_field_is_shown_with_its_value(page: Page) -> None:
    shown = page.forms.html(every_kind(), "fi", {})
    ticked = re.findall(r'type="(\w+)" name="(\w+)" value="(\w+)" checked', shown)
    assert ticked == [("radio", "named", "no"), ("checkbox", "channels", "facebook"), ("checkbox", "channels", "other")]
    assert shown.count('type="checkbox"') == 3
    assert 'type="date"' in element(shown, "until")
    assert element(shown, "reason").startswith("<textarea")
    assert element(shown, "editors").startswith("<textarea")
    assert [written(shown, name) for name in ("name", "reason", "until")] == ["Kirjasto", "Miksi?", "2026-11-24"]
    assert written(shown, "supervisor") == "Esihenkilö, kirjasto"
    assert written(shown, "editors") == "Työntekijä, kirjasto\nViestintäpäällikkö"


def test_a_person_is_chosen_from_everybody_and_others_fields_do_not_list_them(page: Page, directory: Directory) -> None:
    shown = page.forms.html(every_kind(), "fi", {})
    assert 'list="people"' in element(shown, "supervisor")
    offered = re.findall(r'<option value="([^"]*)" label="([^"]*)">', shown.partition('<datalist id="people">')[2])
    assert [tuple(map(html.unescape, option)) for option in offered] == [(p.name, p.email) for p in directory.everybody]
    others = page.forms.html(every_kind(*(asked for asked in EVERY_KIND if asked.type != "person")), "fi", {})
    assert "datalist" not in others
    assert directory.everybody[0].email not in others


def test_people_of_one_name_are_told_apart_by_their_addresses(page: Page, directory: Directory) -> None:
    twins = [Person(f"clerk-{n}", "Työntekijä, arkisto", f"arkisto{n}@example.org") for n in (1, 2)]
    directory._store.replace_people([*directory.everybody, *twins])
    directory.refresh()
    shown = page.forms.html(
        every_kind(Field("editors", "people", "clerk-2,employee"), Field("supervisor", "person", "clerk-1")), "fi", {}
    )
    assert written(shown, "editors") == "arkisto2@example.org\nTyöntekijä, kirjasto"
    assert written(shown, "supervisor") == "arkisto1@example.org"
    assert shown.count('<option value="arkisto') == 2


@pytest.mark.parametrize(
    ("value", "shown_as"),
    [
        ("Työntekijä, kirjasto\nJoku muu", "Työntekijä, kirjasto\nJoku muu"),
        ("Työntekijä, kirjasto", "Työntekijä, kirjasto"),
        ("employee,slack:U9", "Työntekijä, kirjasto\nslack:U9"),
        ("slack:U1,employee", "Ulkopuolinen\nTyöntekijä, kirjasto"),
        ("<b>&", "<b>&"),
        ("", ""),
    ],
)
def test_what_was_written_stays_and_ids_become_names(page: Page, directory: Directory, value: str, shown_as: str) -> None:
    directory.keep(Account("slack:U1", "Ulkopuolinen", "ulkopuolinen@example.net", "", "guest", MONDAY))
    assert written(page.forms.html(every_kind(Field("editors", "people", value)), "fi", {}), "editors") == shown_as
    assert written(page.forms.html(every_kind(Field("supervisor", "person", value)), "fi", {}), "supervisor") == (
        shown_as if "," not in value else value
    )


@pytest.mark.parametrize("asked", EVERY_KIND, ids=lambda asked: asked.type)
def test_a_field_tells_its_help_and_its_error_to_a_screen_reader(page: Page, asked: Field) -> None:
    fine, wrong = (page.forms.html(every_kind(), "fi", errors) for errors in ({}, {asked.name: "missing"}))
    assert f'aria-describedby="{asked.name}-help"' in element(fine, asked.name)
    assert "aria-invalid" not in fine
    assert 'class="error"' not in fine
    tag = element(wrong, asked.name)
    assert 'aria-invalid="true"' in tag
    assert f'aria-describedby="{asked.name}-help {asked.name}-error"' in tag
    assert wrong.count("aria-invalid") == 1
    assert f'<p class="hint" id="{asked.name}-help">Ohje {asked.name}</p>' in wrong
    assert f'<p class="error" id="{asked.name}-error" role="alert">Puuttuu: tieto.</p>' in wrong


def test_a_field_without_help_or_error_names_neither(page: Page) -> None:
    fields = [replace(asked, words="bare") for asked in EVERY_KIND if not asked.options]
    shown = page.forms.html(every_kind(*fields), "fi", {})
    assert "aria-describedby" not in shown
    assert 'aria-describedby="name-error"' in page.forms.html(every_kind(*fields), "fi", {"name": "missing"})
