"""What changed when the guideline gets a new version (R2), how old it is (R1), and who is asked to read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bot.app import Bot
from bot.directory import Directory
from bot.rendering import QuoteShown, Renderer
from bot.sender import Sender
from bot.working_time import FinnishWorkingTime
from handlers import versions
from handlers.accounts.chain import Municipality
from handlers.events import Pressed
from handlers.register.record import Status as AccountStatus
from handlers.versions import Edition, Record, taken
from knowledge.document import Document
from knowledge.guide import GUIDELINES, Guide
from knowledge.loading import load_document
from tests.conftest import World, buttons_of, make_world
from tests.fakes import MONDAY, Sent
from tests.incidents import ACCOUNT, COLLEAGUE, VICTIM, enters
from tests.test_daily_help import words

EMPLOYEE = "employee"
OLD, NEW = "5.12.2017 (päivitetty kunnanhallitukselle 14.4.2020)", "1.12.2026"
REMOVED = (
    "{#own-profile/humour}Huumorin ja erilaisten viestintäkeinojen käyttö on välillä jopa suotavaa, tosin se on myös "
    "haastavaa."
)
KEPT = TypeAdapter(Record)


@pytest.fixture(scope="module")
def first() -> Document:
    return load_document(GUIDELINES / "tuusula")


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return renewed(tmp_path_factory.mktemp("second"), NEW)


def renewed(folder: Path, version: str, *, passages: bool = True) -> Document:
    """The guideline in a new version: a passage changed, one removed and one added; or none of that."""
    target = folder / "tuusula"
    shutil.copytree(GUIDELINES / "tuusula", target)
    meta = target / "document.toml"
    meta.write_text(meta.read_text("utf-8").replace(OLD, version), "utf-8")
    if passages:
        text, about = target / "guideline.md", target / "passages" / "own-profile.toml"
        new = "{#own-profile/sources}Kerro aina, mistä tieto on peräisin."
        written = text.read_text("utf-8")
        assert REMOVED in written
        head, changed, tail = written.partition("kahdessa vuorokaudessa.")
        assert changed
        text.write_text((head + "yhdessä vuorokaudessa." + tail).replace(REMOVED, new), "utf-8")
        about.write_text(about.read_text("utf-8").replace('["own-profile/humour"]', '["own-profile/sources"]'), "utf-8")
        questions = target / "questions" / "own-profile.md"
        questions.write_text(questions.read_text("utf-8").replace("own-profile/humour", "own-profile/sources"), "utf-8")
        document = target / "document.toml"
        document.write_text(document.read_text("utf-8").replace("own-profile/humour", "own-profile/sources"), "utf-8")
        silent = target / "silent.toml"
        silent.write_text(silent.read_text("utf-8").replace("own-profile/humour", "own-profile/sources"), "utf-8")
    return load_document(target)


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "someopas.db", lexical_guide, renderer)
    made.bot.begin()
    yield made
    made.store.close()


GUIDES: dict[tuple[str, str, str], Guide] = {}
"""Guides by what they are made of: fitting one takes a second, and then it is only read."""


def guide_of(document: Document) -> Guide:
    """A guide of this guideline alone."""
    content = (document.title, document.version, document.source)
    if content not in GUIDES:
        GUIDES[content] = Guide([document], [], None)
    return GUIDES[content]


def restarted(world: World, document: Document, old_years: int = 5) -> World:
    """The same bot started again, on the same database, with this guideline."""
    bot = Bot(
        world.store, Directory(world.store), guide_of(document), world.clock, FinnishWorkingTime(), world.bot.platforms,
        municipality=Municipality(old_years=old_years),
    )  # fmt: skip
    bot.begin()
    return replace(world, bot=bot, sender=Sender(bot, world.sender._renderer))


def of(world: World) -> Record:
    found = world.store.record("versions/tuusula")
    assert found is not None
    return KEPT.validate_json(found.data)


def quotes(sent: Sent) -> list[str]:
    return [p.focus for p in sent.card.parts if isinstance(p, QuoteShown)]


def bundles(world: World, person: str) -> list[Sent]:
    return [s for s in world.platform.to(world.platform.direct(person)) if s.card.name == "reminders/daily"]


# ── what is kept, and what differs ──────────────────────────────────────────────────────────────────────────────────


def test_r2_the_first_start_keeps_the_guideline_and_announces_nothing(world: World) -> None:
    record = of(world)
    assert (record.name, record.earlier, record.changes, record.edition) == (OLD, "", (), 0)
    assert len(record.passages) > 100
    world.asks(EMPLOYEE, "mikä muuttui")
    assert "ei tunne aiempaa versiota" in words(world.last(EMPLOYEE))
    assert OLD in words(world.last(EMPLOYEE))


def test_r2_another_start_with_the_same_guideline_changes_nothing(world: World, first: Document) -> None:
    lines = len(list(world.store.journal()))
    before = world.store.record("versions/tuusula")
    world.clock.move(days=30)
    restarted(world, first)
    assert world.store.record("versions/tuusula") == before
    assert len(list(world.store.journal())) == lines


def test_r2_a_new_version_is_compared_passage_by_passage(world: World, second: Document) -> None:
    world.clock.move(days=8)
    restarted(world, second)
    record = of(world)
    assert (record.name, record.earlier, record.edition) == (NEW, OLD, 1)
    assert {(c.kind, c.passage) for c in record.changes} == {
        ("changed", "tuusula/organisation/response-time"), ("removed", "tuusula/own-profile/humour"),
        ("new", "tuusula/own-profile/sources"),
    }  # fmt: skip
    [changed] = [c for c in record.changes if c.kind == "changed"]
    assert "kahdessa vuorokaudessa" in changed.before
    assert "yhdessä vuorokaudessa" in changed.after


@pytest.mark.parametrize(("language", "said"), [
    ("fi", ("Muuttunut kohta", "Poistettu kohta", "Uusi kohta")), ("sv", ("Ändrad punkt", "Borttagen punkt", "Ny punkt")),
    ("en", ("Changed passage", "Removed passage", "New passage")),
])  # fmt: skip
def test_r2_anybody_is_shown_what_changed_in_the_guidelines_own_words(
    world: World, second: Document, language: str, said: tuple[str, ...]
) -> None:
    world = restarted(world, second)
    world.presses(EMPLOYEE, "home/language", "", language)
    world.asks(EMPLOYEE, {"fi": "mikä muuttui", "sv": "vad har ändrats", "en": "what changed"}[language])
    sent = world.last(EMPLOYEE)
    told = words(sent)
    assert all(word in told for word in said)
    assert "Miten sosiaalisessa mediassa toimitaan?" in told, "by section"
    assert any("yhdessä vuorokaudessa" in quote for quote in quotes(sent))
    before = [p.text for p in sent.card.parts if p.kind == "said"]
    assert any("kahdessa vuorokaudessa" in text for text in before)
    assert any("Huumorin" in text for text in before)
    assert NEW in told
    assert OLD in told


def test_r2_a_passage_that_only_moved_or_got_another_name_is_no_change(first: Document) -> None:
    record = taken(None, first, MONDAY)
    moved = replace(record, passages=(replace(record.passages[0], id="tuusula/other/name"), *record.passages[:0:-1]))
    later = taken(replace(moved, name="1.1.2019"), first, MONDAY + timedelta(days=1))
    assert later.changes == ()
    assert (later.earlier, later.edition) == ("1.1.2019", 1)


def test_r2_what_is_mended_within_a_version_is_compared_with_the_version_before(first: Document) -> None:
    record = replace(taken(None, first, MONDAY), name="1.1.2019")
    record = replace(record, passages=record.passages[1:])
    announced = taken(record, first, MONDAY)
    assert [c.kind for c in announced.changes] == ["new"]
    wrong = replace(announced, passages=(announced.passages[0], *announced.passages[2:]))
    mended = taken(wrong, first, MONDAY)
    assert [c.kind for c in mended.changes] == ["new"], "the passage that was mended is not new to anybody"
    assert (mended.earlier, mended.edition) == ("1.1.2019", 2)


def test_a_new_date_without_a_change_says_so(world: World, tmp_path: Path) -> None:
    world = restarted(world, renewed(tmp_path / "same", NEW, passages=False))
    world.asks(EMPLOYEE, "mikä muuttui")
    assert "Tekstissä ei ole muutoksia" in words(world.last(EMPLOYEE))


def test_many_changes_are_shown_in_parts_and_every_part_is_reached_in_words(world: World, first: Document) -> None:
    record = of(world)
    short = tuple(replace(k, text=f"Ennen {n}.") if n < 15 else k for n, k in enumerate(record.passages))
    with world.store.unit() as unit:
        older = replace(record, passages=short, name="1.1.2019", version=1)
        unit.save(record.key, record.status, "", KEPT.dump_json(older).decode(), 1, MONDAY)
    world = restarted(world, first)
    assert len(of(world).changes) == 15
    seen: list[str] = []
    world.asks(EMPLOYEE, "mikä muuttui")
    for _ in range(3):
        sent = world.last(EMPLOYEE)
        seen += quotes(sent)
        more = [b.button.value for p in sent.card.parts if p.kind == "buttons" for b in p.buttons
                if b.button.action == "versions/more"]  # fmt: skip
        if more:
            world.presses(EMPLOYEE, "versions/more", "", more[0])
    assert len(seen) == len(set(seen)) == 15
    world.asks(EMPLOYEE, "muutokset 13")
    assert quotes(world.last(EMPLOYEE)) == seen[12:]
    world.asks(EMPLOYEE, "muutokset 99")
    assert world.last(EMPLOYEE).card.name == "versions/show"


def test_a_departments_own_changes_are_shown_to_its_people_alone(world: World) -> None:
    record = replace(of(world), key="versions/other", department="Konsernipalvelut", title="Oma ohje", edition=1)
    facts = world.bot.facts(_pressed("it-manager"))
    both = replace(facts, versions=(record, of(world)))
    assert [r.key for r in versions.mine(both)] == ["versions/tuusula", "versions/other"]
    others = replace(world.bot.facts(_pressed(EMPLOYEE)), versions=(record, of(world)))
    assert [r.key for r in versions.mine(others)] == ["versions/tuusula"]


def _pressed(person: str) -> Pressed:
    return Pressed("k", person, f"fake:dm:{person}", "", "versions/show")


# ── how old it is ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "day"), [
    (OLD, date(2020, 4, 14)), ("1.12.2026", date(2026, 12, 1)), ("2024-02-29", date(2024, 2, 29)),
    ("versio 3", None), ("31.2.2020", None), ("hyväksytty 1.1.2019, korjattu 2.1.2018", date(2019, 1, 1)),
])  # fmt: skip
def test_r1_the_newest_day_that_a_version_names(name: str, day: date | None) -> None:
    assert Edition("Ohje", name).dated == day


@pytest.mark.parametrize(("today", "old"), [
    (date(2025, 4, 13), False), (date(2025, 4, 14), True), (date(2026, 11, 23), True), (date(2020, 4, 14), False),
])  # fmt: skip
def test_r1_a_guideline_is_old_after_so_many_years(today: date, old: bool) -> None:
    assert Edition("Ohje", OLD, 5).is_old(today) is old
    assert not Edition("Ohje", "versio 3", 1).is_old(today)


def test_r1_after_how_many_years_is_a_setting(world: World, first: Document) -> None:
    world = restarted(world, first, old_years=10)
    world.asks("communications-specialist", "mikä muuttui")
    assert "vuoden takaa" not in words(world.last("communications-specialist"))


# ── who is asked to read it ─────────────────────────────────────────────────────────────────────────────────────────


def test_r2_keepers_of_accounts_are_asked_in_the_mornings_message_until_they_have_read_it(
    world: World, second: Document
) -> None:
    fresh = replace(ACCOUNT, confirmed_at=MONDAY, password_at=MONDAY, posted_at=MONDAY, answered_at=MONDAY)
    enters(world, fresh)
    world.waits(days=1)
    assert not any("uusi versio" in words(s) for s in bundles(world, VICTIM)), "nothing new yet"
    world = restarted(world, second)
    world.waits(days=1)
    for person in (VICTIM, COLLEAGUE):
        [sent] = [s for s in bundles(world, person) if "Ohjeen uusi versio" in words(s)]
        assert NEW in words(sent)
        assert {"versions/show", "training/read"} <= set(buttons_of(sent))
    assert not any("Ohjeen uusi versio" in words(s) for s in bundles(world, EMPLOYEE)), (
        "who keeps no account is not asked"
    )
    world.asks(VICTIM, "luin ohjeen")
    for _ in range(8):
        world.waits(days=1)
    asked = {p: sum("Ohjeen uusi versio" in words(s) for s in bundles(world, p)) for p in (VICTIM, COLLEAGUE)}
    assert asked == {VICTIM: 1, COLLEAGUE: 2}, "who has not read it is asked again after five working days"


def test_r2_nobody_is_asked_for_an_account_that_is_gone(world: World, second: Document) -> None:
    enters(world, replace(ACCOUNT, status=AccountStatus.CLOSED))
    world = restarted(world, second)
    world.waits(days=1)
    assert bundles(world, VICTIM) == []


def test_r2_the_journal_tells_which_version_came_and_what_changed(world: World, second: Document) -> None:
    restarted(world, second)
    [*_, line] = [e for e in world.store.journal() if e.record == "versions/tuusula"]
    told = KEPT.validate_json(line.after)
    assert (told.name, len(told.changes), told.passages, told.base) == (NEW, 3, (), ())


def test_reading_an_older_version_is_no_receipt_of_the_new_one(world: World, second: Document) -> None:
    world.asks(EMPLOYEE, "luin ohjeen")
    world = restarted(world, second)
    world.asks(EMPLOYEE, "koulutus")
    assert "et ole vielä ilmoittanut" in words(world.last(EMPLOYEE))
