"""A year of the register on a moved clock (R33, R43, R57, R66, R141): one message a day, nothing forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from holidays import country_holidays

from bot.app import Bot
from bot.clock import HELSINKI
from bot.directory import Directory, read_people
from bot.rendering import CardShown, Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Elapsed
from handlers.register.record import Status
from handlers.register.upkeep import dues
from handlers.reminders import KEY
from knowledge.guide import Guide
from tests.accounts import sent, words
from tests.conftest import KEYS, World, make_world
from tests.fakes import MONDAY, FakeClock, FakePlatform, Sent, Unreachable
from tests.register import DIRECTOR, EMPLOYEE, INFORMATICIAN, LIBRARIAN, SUPERVISOR, enters, runs

FREE = country_holidays("FI")
ACCOUNTS = (
    {"updater": LIBRARIAN, "rhythm": "weekly"},
    {"updater": LIBRARIAN, "substitute": SUPERVISOR, "rhythm": "daily", "password_months": 1},
    {"updater": SUPERVISOR, "admins": (SUPERVISOR,), "substitute": "", "rhythm": "less"},
    {"updater": EMPLOYEE, "admins": (EMPLOYEE, INFORMATICIAN), "ends": "2027-06-30"},
    {"updater": DIRECTOR, "admins": (DIRECTOR, SUPERVISOR), "review": "2027-03-01", "status": Status.OPEN},
    {"updater": INFORMATICIAN, "substitute": LIBRARIAN, "status": Status.OPEN, "rhythm": "weekly"},
)
"""Accounts of every kind that needs keeping."""


class Dated(FakePlatform):
    """A platform that notes when it was told something."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.at: list[datetime] = []

    def _take(self, kind: str, conversation: str, card: CardShown, key: str, person: str = "", message: str = "") -> str:
        told = super()._take(kind, conversation, card, key, person, message)
        self.at.append(self.clock.now().astimezone(HELSINKI))
        return told


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    """A year in which nobody does anything after its first day: the worst case for whoever is reminded."""
    store, clock = SqliteStore(tmp_path_factory.mktemp("year") / "s.db"), FakeClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = Dated(clock)
    bot = Bot(store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"fake": platform})
    world = World(bot, Sender(bot, renderer), store, platform, clock, KEYS)
    for number, changes in enumerate(ACCOUNTS, start=21):
        enters(world, key=f"register/{number}", address=f"x.com/tili{number}", name=f"Tili {number}", **changes)
    sent(world)  # a request that nobody decides on is reminded of in the same message
    runs(world, days=365)
    yield world
    store.close()


def told(world: World) -> list[tuple[datetime, Sent]]:
    return [(at, s) for at, s in everything(world) if s.card.name == "reminders/daily"]


def everything(world: World) -> list[tuple[datetime, Sent]]:
    assert isinstance(world.platform, Dated)
    return list(zip(world.platform.at, world.platform.sent, strict=True))


def test_r33_nobody_gets_more_than_one_bundled_message_a_day(year: World) -> None:
    counts = Counter((at.date(), s.conversation) for at, s in told(year))
    assert counts
    assert set(counts.values()) == {1}


def test_r33_nothing_goes_out_at_night_at_a_weekend_or_on_a_holiday(year: World) -> None:
    for local, message in everything(year):
        if local > MONDAY:  # what people did themselves was answered at once
            assert local.weekday() < 5, (local, message.card.name)
            assert local.date() not in FREE, (local, message.card.name)
            assert 8 <= local.hour < 16, (local, message.card.name)


def test_nothing_due_is_forgotten(year: World) -> None:
    """Whatever is due of an account at the year's end was spoken of to whoever answers for it."""
    facts = year.bot.facts(Elapsed("", "", "", KEY))
    for kept in facts.register:
        for found in dues(kept, facts):
            asked = [at for at, s in told(year) if at.date() >= found.since and f"(tili {kept.number})" in words(s)]
            assert asked or found.detail == "list_link", (kept.number, found)


def test_what_stays_undone_is_spoken_of_again_and_not_every_day(year: World) -> None:
    for number in ("21", "22"):
        days = sorted({at.date() for at, s in told(year) if f"(tili {number})" in words(s)})
        gaps = [(b - a).days for a, b in pairwise(days)]
        assert days
        assert max(gaps) <= 35, "nobody is left in peace for long with a password that is a month late"
        assert sum(gap > 1 for gap in gaps) > len(gaps) / 2, "and nobody is told of the same account every day"


@pytest.mark.parametrize(
    "day", [date(2026, 12, 6), date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 26), date(2027, 6, 25)]
)
def test_r33_on_the_great_holidays_it_is_quiet(year: World, day: date) -> None:
    assert not [at for at, _ in told(year) if at.date() == day]


def test_r41_communications_hear_each_week_at_most_of_what_is_undone(year: World) -> None:
    days = sorted({at.date() for at, s in told(year) if "team" in s.conversation and "hoitamatta" in words(s)})
    assert len(days) > 10
    assert all((b - a).days >= 5 for a, b in pairwise(days))


def test_after_a_weeks_downtime_one_message_comes_in_working_time(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_world(tmp_path / "s.db", lexical_guide, renderer)
    enters(world, password_at=MONDAY - timedelta(days=200))
    runs(world, hours=1)
    world.clock.move(days=5, hours=12)  # down from Monday to Saturday night
    before = len(world.platform.sent)
    world.sender.run_once()
    assert not [s for s in world.platform.sent[before:] if s.card.name == "reminders/daily"]
    runs(world, days=2)
    bundled = [s for s in world.platform.sent[before:] if s.card.name == "reminders/daily"]
    assert len([s for s in bundled if "librarian" in s.conversation]) == 1


def test_a_morning_message_that_fails_is_sent_again_and_stays_one(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_world(tmp_path / "s.db", lexical_guide, renderer)
    enters(world, password_at=MONDAY - timedelta(days=200))
    world.platform.failures = [Unreachable("timeout")] * 3
    runs(world, days=1)
    told = [s for s in world.platform.sent if s.card.name == "reminders/daily" and "librarian" in s.conversation]
    assert len(told) == 1
