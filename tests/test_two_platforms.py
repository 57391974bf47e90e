"""One person on two platforms is one person: reached where they were met last, and elsewhere where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.platforms import Abilities
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage import Account
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked
from knowledge.guide import Guide
from tests.accounts import DEPUTY, EMPLOYEE, SUPERVISOR
from tests.conftest import KEYS, World
from tests.fakes import MONDAY, FakeClock, FakePlatform

EMAILS = {p.id: p.email for p in read_people(DEMO_PEOPLE)}


class Both:
    """A bot on two platforms; `web` is a third one, which reaches nobody who is not looking at it."""

    def __init__(self, path: Path, guide: Guide, renderer: Renderer) -> None:
        self.store, self.clock = SqliteStore(path), FakeClock()
        self.store.replace_people(read_people(DEMO_PEOPLE))
        self.directory = Directory(self.store)
        self.one, self.other = FakePlatform("one"), FakePlatform("other")
        page = FakePlatform("page", Abilities(whispers=True, seeks=False))
        platforms = {p.name: p for p in (self.one, self.other, page)}
        self.bot = Bot(self.store, self.directory, guide, self.clock, FinnishWorkingTime(), platforms)
        self.world = World(self.bot, Sender(self.bot, renderer), self.store, self.one, self.clock, KEYS)
        self.page = page

    def meets(self, person: str, platform: FakePlatform, at: datetime = MONDAY) -> None:
        account = Account(f"{platform.name}:{person}", person, EMAILS[person], "fi", "member", at)
        self.directory.keep(account)

    def asks(self, person: str, text: str, platform: FakePlatform) -> None:
        self.bot.handle(Asked(f"k{next(KEYS)}", person, platform.direct(person), text=text))
        self.world.sender.run_once()


@pytest.fixture
def both(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[Both]:
    made = Both(tmp_path / "x.db", lexical_guide, renderer)
    yield made
    made.store.close()


def names(platform: FakePlatform, person: str) -> list[str]:
    return [s.card.name for s in platform.to(platform.direct(person))]


def answered(both: Both) -> None:
    """A question of the employee's from the first platform, which the communications team answers."""
    both.asks(EMPLOYEE, "Miten some-tili suljetaan?", both.one)
    both.asks(EMPLOYEE, "kysy viestinnältä", both.one)


def reports(both: Both) -> None:
    """An incident, of which the supervisor is told too."""
    both.asks(EMPLOYEE, "ilmoita klikkasin outoa linkkiä ja annoin salasanani", both.one)


def told(both: Both, person: str) -> list[str]:
    """On which platforms somebody was sent something, in the order in which it happened."""
    return [p.name for p in (both.one, both.other, both.page) if p.to(p.direct(person))]


def test_somebody_is_reached_where_they_were_met_last(both: Both) -> None:
    both.meets(SUPERVISOR, both.one)
    both.meets(SUPERVISOR, both.other, MONDAY + timedelta(hours=1))
    reports(both)
    assert told(both, SUPERVISOR) == ["other"]


def test_somebody_whom_no_platform_met_is_sought_on_the_first_and_then_on_the_next(both: Both) -> None:
    both.one.refuses.add(both.one.direct(SUPERVISOR))
    reports(both)
    assert told(both, SUPERVISOR) == ["other"]
    assert both.store.dead_letters() == []
    assert told(both, DEPUTY) == [], "the supervisor was reached: nobody stands in for them"


def test_the_way_back_leads_to_the_platform_before_too(both: Both) -> None:
    both.meets(SUPERVISOR, both.one)
    both.meets(SUPERVISOR, both.other, MONDAY + timedelta(hours=1))
    both.other.refuses.add(both.other.direct(SUPERVISOR))
    reports(both)
    assert told(both, SUPERVISOR) == ["one"]


def test_what_no_platform_takes_is_a_dead_letter_of_which_the_administrator_is_told_once(both: Both) -> None:
    for platform in (both.one, both.other):
        platform.refuses.add(platform.direct(EMPLOYEE))
    both.asks(EMPLOYEE, "apua", both.one)
    assert [d.error for d in both.store.dead_letters()] == [f"{both.other.direct(EMPLOYEE)} is gone"]
    assert names(both.one, "administrator") == ["home/dead_letter"]
    assert told(both, EMPLOYEE) == [], "a page that they do not look at is no way to them"


def test_a_card_that_went_elsewhere_is_brought_up_to_date_there(both: Both) -> None:
    both.one.refuses.add(both.one.direct(EMPLOYEE))
    answered(both)
    both.asks("communications-specialist", "ota 1", both.one)
    shown = [s for s in both.other.to(both.other.direct(EMPLOYEE)) if "käsittelyssä" in s.card.plain]
    assert shown
