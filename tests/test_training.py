"""The quiz, "luin ohjeen" and the report by unit (R120): what is kept of a person, and what is shown of groups."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.__main__ import main
from bot.doctor import problems
from bot.rendering import QuoteShown, Renderer
from bot.settings import Settings
from bot.storage.keeping import TABLES
from bot.training import COLUMNS, common_version, completion_rows
from handlers import training
from handlers.events import Pressed
from handlers.facts import Person, Role
from handlers.training import FEWEST, Group, Record, Status, completion
from knowledge.checks import content_problems
from knowledge.document import LANGUAGES, ContentError
from knowledge.guide import GUIDELINES, Guide, load_guidelines
from knowledge.loading import load_document
from knowledge.quiz import LONGEST_OPTION, Item, load_quiz
from tests.conftest import World, buttons_of, make_world
from tests.facts import facts_for
from tests.fakes import Sent
from tests.test_daily_help import kept, words

EMPLOYEE, SPECIALIST = "employee", "communications-specialist"
RECORDS = TypeAdapter(Record)
VERSION = common_version(None)
QUIZ = load_quiz(load_document(GUIDELINES / "tuusula"))


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "someopas.db", lexical_guide, renderer)
    yield made
    made.store.close()


def of(world: World, person: str = EMPLOYEE) -> Record:
    found = world.store.record(f"training/{person}")
    assert found is not None
    return RECORDS.validate_json(found.data)


def answers(world: World, at: int, option: int, person: str = EMPLOYEE) -> Sent:
    world.presses(person, "training/answer", f"training/{person}", f"{at}:{option}")
    return world.last(person)


# ── the content ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r120_the_quiz_has_eight_questions_each_explained_by_a_passage() -> None:
    assert len(QUIZ) == 8
    passages = load_document(GUIDELINES / "tuusula").passages
    assert len({item.passage for item in QUIZ}) == 8
    for item in QUIZ:
        assert item.passage in passages
        for language in LANGUAGES:
            said = item.said(language)
            assert said.question.endswith("?") or said.question.endswith(".")
            assert len(set(said.options)) == len(said.options) == 3
            assert all(len(o) <= LONGEST_OPTION for o in said.options)
    assert {item.right for item in QUIZ} == {1, 2, 3}, "the right answer is not always in the same place"


@pytest.mark.slow
@pytest.mark.parametrize(("was", "becomes", "said"), [
    ('passage = "who/work-time-agreed"', 'passage = "who/nothing"', "which is not there"),
    ('passage = "who/work-time-agreed"', 'passage = "intro/questions"', "connective"),
    ("right = 2", "right = 4", "`right` is to be from 1 to 3"),
    ('en.options = ["Within a week", ', "en.options = [", "the same number in each language"),
    ('["Within a week",', '["Within two days",', "is there twice in en"),
    ('["Within a week",', f'["{"x" * 71}",', "longer than 70"),
    ("right = 2", "right = two", "quiz.toml"),
    ("en.question", "de.question", "quiz.toml"),
    ('fi.question = "Kuinka nopeasti kunta pyrkii vastaamaan somessa?"', 'fi.question = " "', "a word is missing in fi"),
])  # fmt: skip
def test_a_broken_quiz_is_named_by_the_doctor_and_stops_nothing_else(
    tmp_path: Path, was: str, becomes: str, said: str, renderer: Renderer
) -> None:
    folder = tmp_path / "guidelines" / "tuusula"
    shutil.copytree(GUIDELINES / "tuusula", folder)
    quiz = folder / "quiz.toml"
    text = quiz.read_text("utf-8")
    assert was in text
    quiz.write_text(text.replace(was, becomes, 1), "utf-8")
    document = load_document(folder)
    with pytest.raises(ContentError, match=r"quiz\.toml"):
        load_quiz(document)
    [problem] = content_problems([document])
    assert said in problem
    world = make_world(tmp_path / "x.db", Guide([document], [], None), renderer)
    world.asks(EMPLOYEE, "tee testi")
    assert world.last(EMPLOYEE).card.name == "training/unknown"
    world.asks(EMPLOYEE, "luin ohjeen")
    assert world.last(EMPLOYEE).card.name == "training/read"
    world.store.close()


def test_the_doctor_finds_nothing_wrong_with_the_quiz_that_ships(tmp_path: Path) -> None:
    assert not [p for p in problems(Settings(data=tmp_path, dense=False)) if "quiz" in p]


# ── the quiz ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r120_each_answer_is_explained_by_its_passage_and_the_last_completes_the_version(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    for at, item in enumerate(QUIZ):
        asked = words(world.last(EMPLOYEE))
        assert f"Kysymys {at + 1}/8" in asked
        assert item.said("fi").question in asked
        sent = answers(world, at, item.right % 3 + 1)
        [quote] = [p for p in sent.card.parts if isinstance(p, QuoteShown)]
        assert quote.link == item.passage
        assert f"oikea vastaus on {item.right}" in words(sent)
    assert "Tietotesti on suoritettu" in words(sent)
    record = of(world)
    assert (record.status, record.completed, record.completed_on) == (Status.DONE, VERSION, "2026-11-23")
    assert buttons_of(sent) == ["training/read", "training/start"]


@pytest.mark.bytewise
def test_r120_right_and_wrong_answers_leave_the_very_same_trace(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    """Of two people, one right throughout and one wrong, nothing that is kept tells which is which."""
    traces = []
    for name, shift in (("right", 0), ("wrong", 1)):
        world = make_world(tmp_path / f"{name}.db", lexical_guide, renderer)
        world.presses(EMPLOYEE, "training/quiz", "")
        for at, item in enumerate(QUIZ):
            answers(world, at, (item.right - 1 + shift) % 3 + 1)
        with world.store.unit() as unit:
            dump = {t: [str(row) for row in unit.rows(t)] for t in TABLES}
        dump["events"] = [re.sub(r"k\d+", "k", row) for row in dump["events"]]
        traces.append(dump)
        world.store.close()
    assert traces[0] == traces[1]


def test_the_journal_does_not_tell_how_far_somebody_is(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    for at in range(3):
        answers(world, at, 1)
    lines = [e for e in world.store.journal() if e.record.startswith("training/")]
    assert lines
    assert all(RECORDS.validate_json(e.after).answered == 0 for e in lines)
    assert of(world).answered == 3


def test_the_quiz_goes_on_where_it_was_left_also_in_words(world: World) -> None:
    world.asks(EMPLOYEE, "tee testi")
    world.asks(EMPLOYEE, "vastaus 2")
    world.asks(EMPLOYEE, "svar 1")
    world.waits(days=20)
    world.asks(EMPLOYEE, "koulutus")
    assert "vastattu 2/8" in words(world.last(EMPLOYEE))
    assert world.last(EMPLOYEE).card.parts[1].buttons[0].label == "Jatka tietotestiä"  # type: ignore[union-attr]
    world.asks(EMPLOYEE, "jatka testiä")
    assert "Kysymys 3/8" in words(world.last(EMPLOYEE))


def test_an_answer_twice_changes_nothing_and_is_answered(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    answers(world, 0, 1)
    once = of(world)
    again = answers(world, 0, 3)
    assert of(world) == once
    assert "Kysymys 1: oikea vastaus on 2" in words(again)
    assert "Kysymys 2/8" in words(again)


@pytest.mark.parametrize("value", ["", "5:1", "0:9", "x", "0:", "-1:1", ":", "99999:1", "0:1:2", "7:1"])
def test_a_button_that_fits_no_question_shows_where_the_person_is(world: World, value: str) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    world.presses(EMPLOYEE, "training/answer", "", value)
    assert world.last(EMPLOYEE).card.name == "training/start"
    assert of(world).answered == 0


def test_the_last_answer_twice_still_says_that_it_is_done(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    for at in range(8):
        answers(world, at, 1)
    before = of(world)
    assert "Tietotesti on suoritettu" in words(answers(world, 7, 2))
    world.asks(EMPLOYEE, "vastaus 2")
    assert world.last(EMPLOYEE).card.name == "training/start"
    assert of(world) == before


def test_a_quiz_that_is_done_again_stays_completed(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    for at in range(8):
        answers(world, at, 1)
    world.waits(days=3)
    world.asks(EMPLOYEE, "aloita alusta")
    assert "Kysymys 1/8" in words(world.last(EMPLOYEE))
    assert (of(world).completed, of(world).completed_on, of(world).answered) == (VERSION, "2026-11-23", 0)


def test_nobody_reaches_anothers_training(world: World) -> None:
    world.presses(EMPLOYEE, "training/quiz", "")
    before = of(world)
    world.presses("supervisor", "training/answer", f"training/{EMPLOYEE}", "0:1")
    world.presses("supervisor", "training/read", f"training/{EMPLOYEE}")
    world.asks("supervisor", "luin ohjeen")
    assert of(world) == before
    assert of(world, "supervisor").read == VERSION


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quiz_speaks_every_language(world: World, language: str) -> None:
    world.presses(EMPLOYEE, "home/language", "", language)
    world.presses(EMPLOYEE, "training/quiz", "")
    assert QUIZ[0].said(language).question in words(world.last(EMPLOYEE))
    assert QUIZ[0].said(language).options[1] in words(answers(world, 0, 1))


@given(st.lists(st.tuples(st.integers(-1, 9), st.integers(-1, 5)), max_size=40))
def test_any_order_of_presses_gives_a_reply_and_completes_only_after_all_questions(
    presses: list[tuple[int, int]],
) -> None:
    facts = facts_for(quiz=QUIZ)
    record: Record | None = None
    answered: set[int] = set()
    record, _ = training.decide(record, Pressed("k", "p", "c", "training/p", "training/quiz"), facts)
    for at, option in presses:
        expected = len(answered)
        press = Pressed("k", "p", "c", "training/p", "training/answer", f"{at}:{option}")
        record, effects = training.decide(record, press, facts)
        assert len(effects) == 1
        if at == expected < 8 and 1 <= option <= 3:
            answered.add(at)
        assert record is not None
        assert record.answered == len(answered)
        assert bool(record.completed) == (len(answered) == 8)


# ── "luin ohjeen" ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_r120_luin_ohjeen_keeps_the_version_and_its_first_day(world: World) -> None:
    world.asks(EMPLOYEE, "luin ohjeen")
    told = words(world.last(EMPLOYEE))
    assert "14.4.2020" in told
    assert "23.11.2026" in told
    world.waits(days=5)
    world.presses(EMPLOYEE, "training/read", "")
    assert "23.11.2026" in words(world.last(EMPLOYEE))
    assert (of(world).read, of(world).read_on, of(world).status) == (VERSION, "2026-11-23", Status.OPEN)


# ── the report ──────────────────────────────────────────────────────────────────────────────────────────────────────


def people(count: int, department: str, unit: str, *roles: str) -> list[Person]:
    return [
        Person(
            f"{department}-{unit}-{n}",
            f"Salainen {n}",
            f"{department}.{unit}.{n}@example.org".casefold(),
            unit,
            department,
            roles=frozenset(roles),
        )
        for n in range(count)
    ]


def done(person: Person, version: str = VERSION) -> Record:
    key = f"training/{person.id}"
    return Record(key, person.id, Status.DONE, version, 8, version, "2026-11-23", version, "2026-11-23")


def test_r120_the_report_counts_units_of_five_and_merges_smaller_ones() -> None:
    big, small, tiny = people(6, "Kasvu", "Koulut"), people(3, "Kasvu", "Kirjasto"), people(2, "Kasvu", "Museo")
    lone = [*people(4, "Tekniikka", "Puistot"), *people(1, "Hallinto", "Arkisto")]
    groups = completion([*big, *small, *tiny, *lone], [done(p) for p in (*big[:3], *small, *lone[:1])], VERSION)
    assert groups == (
        Group("unit", "Kasvu", "Koulut", 6, 50, 50), Group("department", "Kasvu", "", 5, 60, 60, rest=True),
        Group("others", "", "", 5, 20, 20),
    )  # fmt: skip


def test_r120_officials_are_counted_apart_and_an_older_version_does_not_count() -> None:
    officials, staff = people(5, "Luottamustoimet", "Valtuusto", Role.ELECTED_OFFICIAL), people(5, "Kasvu", "Koulut")
    read = [replace(done(p), completed="older", read=VERSION) for p in officials]
    groups = completion([*officials, *staff], [*read, *(done(p, "older") for p in staff)], VERSION)
    assert groups == (Group("unit", "Kasvu", "Koulut", 5, 0, 0), Group("officials", "", "", 5, 100, 0))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.booleans(), st.booleans()), max_size=60))
def test_r120_no_group_of_fewer_than_five_is_ever_shown(rows: list[tuple[str, str, bool, bool]]) -> None:
    everybody = [
        Person(str(n), "x", "x@example.org", unit, department, roles=frozenset({Role.ELECTED_OFFICIAL} if o else ()))
        for n, (department, unit, _, o) in enumerate(rows)
    ]
    records = [done(p) for p, (_, _, d, _) in zip(everybody, rows, strict=True) if d]
    groups = completion(everybody, records, VERSION)
    assert all(g.people >= FEWEST for g in groups)
    assert sum(g.people for g in groups) <= len(everybody)
    left = len(everybody) - sum(g.people for g in groups)
    assert left < 2 * FEWEST, "at most the others and the officials are too few to be shown"


def test_the_report_is_for_communications_alone_and_names_nobody(world: World) -> None:
    everybody = [*world.store.people(), *people(6, "Kasvu ja ympäristö", "Koulut")]
    world.store.replace_people(everybody)
    world.bot.directory.refresh()
    for person in everybody[:3]:
        world.asks(person.id, "luin ohjeen")
    world.asks(EMPLOYEE, "koulutusraportti")
    assert world.last(EMPLOYEE).card.name == "training/refused"
    world.presses(EMPLOYEE, "training/report", "")
    assert world.last(EMPLOYEE).card.name == "training/refused"
    world.asks(SPECIALIST, "koulutus")
    told = words(world.last(SPECIALIST))
    assert world.last(SPECIALIST).card.name == "training/report"
    assert "Kasvu ja ympäristö: Koulut – lukenut 0 %" in told
    assert "Kasvu ja ympäristö: Kirjasto – lukenut 60 %" in told, "three of the five who work there"
    assert not {"Hallinto", "Viestintä", "Tietohallinto"} & set(re.findall(r"\w+", told)), "too few in each"
    assert not any(p.name in told or p.id in told for p in everybody if len(p.id) > 1)


def test_r1_communications_are_told_that_the_guideline_is_old_and_others_are_not(world: World) -> None:
    world.asks(SPECIALIST, "koulutus")
    assert "yli 5 vuoden takaa" in words(world.last(SPECIALIST))
    world.asks(SPECIALIST, "mikä muuttui")
    assert "yli 5 vuoden takaa" in words(world.last(SPECIALIST))
    world.asks(EMPLOYEE, "mikä muuttui")
    assert "vuoden takaa" not in words(world.last(EMPLOYEE))


def test_r120_the_export_has_the_same_figures(world: World, tmp_path: Path) -> None:
    world.store.replace_people([*world.store.people(), *people(6, "Kasvu", "=Koulut")])
    world.bot.directory.refresh()
    world.asks("Kasvu-=Koulut-0", "luin ohjeen")
    rows = completion_rows(world.store, world.bot.directory, VERSION)
    [mine] = [r for r in rows if r["unit"] == "=Koulut"]
    assert (mine["people"], mine["read_percent"], mine["quiz_percent"]) == ("6", "17", "0")
    runner = CliRunner(env={"SOMEOPAS_DATA": str(tmp_path), "SOMEOPAS_DENSE": "0"})
    for form in ("csv", "json", "xlsx"):
        file = tmp_path / f"x.{form}"
        result = runner.invoke(main, ["export", "training", "--format", form, "--to", str(file)])
        assert result.exit_code == 0, result.output
    read = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text("utf-8-sig"))))
    assert tuple(read[0]) == COLUMNS
    assert "'=Koulut" in {r["unit"] for r in read}, "a spreadsheet takes no unit for a formula"
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == rows


@pytest.mark.slow
def test_r120_the_report_of_forty_thousand_counts_them_all(world: World, tmp_path: Path) -> None:
    everybody = [p for n in range(400) for p in people(100, f"D{n % 20}", f"U{n}")]
    with closing(sqlite3.connect(tmp_path / "someopas.db")) as db:
        columns = [r[1] for r in db.execute("pragma table_info(records)")]
        assert columns[:6] == ["key", "flow", "status", "person", "version", "data"]
        data = [(f"training/{p.id}", p.id, RECORDS.dump_json(done(p)).decode()) for p in everybody]
        db.executemany(
            "insert into records values (?, 'training', 'done', ?, 1, ?, '2026-11-23T08:00:00.000000Z')", data,
        )  # fmt: skip
        db.commit()
    world.store.replace_people([*world.store.people(), *everybody])
    world.bot.directory.refresh()
    world.asks(SPECIALIST, "koulutus")
    assert "lukenut 100 %, tietotestin suorittanut 100 % (100 henkilöä)" in words(world.last(SPECIALIST))


def test_only_versions_days_and_the_place_are_kept_of_a_person(world: World) -> None:
    world.asks(EMPLOYEE, "tee testi")
    world.asks(EMPLOYEE, "vastaus 2")
    world.asks(EMPLOYEE, "luin ohjeen")
    assert set(json.loads(world.store.record(f"training/{EMPLOYEE}").data)) == {  # type: ignore[union-attr]
        "key", "person", "status", "begun", "answered", "completed", "completed_on", "read", "read_on", "version",
    }  # fmt: skip
    assert kept(world, "vastaus 2", "records", "journal", "events") == []


def test_the_common_version_is_that_of_the_guideline_without_a_department() -> None:
    assert common_version(None) == next(d.version for d in load_guidelines() if not d.department)
    assert date(2020, 4, 14).strftime("%-d.%-m.%Y") in VERSION
    assert all(isinstance(item, Item) for item in QUIZ)
