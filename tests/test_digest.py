"""The weekly digest and the export: what was asked, without names, and only for whom it is."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.export import COLUMNS, FORMATS, defused, question_rows
from handlers.masking import masked
from tests.conftest import World
from tests.fakes import MONDAY

SILENT = "Miten some-tili suljetaan?"


def a_week(world: World) -> None:
    world.bot.begin()
    for person in ("employee", "supervisor"):
        world.asks(person, SILENT)
    world.asks("director", "Kuinka usein salasanat pitää vaihtaa?")
    world.asks("director", "ei auttanut")
    world.asks("employee", "Miten some-tili suljetaan? soita 040 123 4567 tai testi@example.org, 131052-308T")
    world.asks("employee", "kysy viestinnältä")


def test_every_week_the_team_gets_what_was_asked_without_names(world: World) -> None:
    a_week(world)
    world.waits(days=7)
    [digest] = [s for s in world.platform.to("fake:team:communications") if s.card.name == "digest/weekly"]
    told = digest.card.plain
    assert "Kysymyksiä yhteensä: 4." in told
    assert f"{SILENT} (2)" in told, "the same question is counted, not repeated"
    assert "Kuinka usein salasanat pitää vaihtaa? (1)" in told
    assert "Odottaa vastausta" in told
    assert "employee" not in told
    assert "kirjasto" not in told
    for secret in ("040 123", "testi@example.org", "131052"):
        assert secret not in told.partition("Näihin ohje")[2]


def test_the_digest_comes_on_the_first_working_morning_of_the_week_and_begins_where_the_last_one_ended(
    world: World,
) -> None:
    a_week(world)
    world.waits(days=6, hours=22)  # Monday 8.00 in Helsinki
    assert not any(s.card.name == "digest/weekly" for s in world.platform.sent)
    world.waits(hours=1)
    world.asks("director", "Saako huumoria käyttää?")
    world.waits(days=7)
    first, second = [s.card.plain for s in world.platform.sent if s.card.name == "digest/weekly"]
    assert "Kysymyksiä yhteensä: 4." in first
    assert "Kysymyksiä yhteensä: 1." in second


def test_the_first_digest_begins_where_the_bot_began_also_where_it_is_late(world: World) -> None:
    a_week(world)
    world.waits(days=12)
    [digest] = [s.card.plain for s in world.platform.sent if s.card.name == "digest/weekly"]
    assert "Kysymyksiä yhteensä: 4." in digest


def test_begin_sets_the_digest_once_and_a_restart_does_not_move_it(world: World) -> None:
    world.bot.begin()
    due = world.store.next_due()
    world.clock.move(days=2)
    world.bot.begin()
    assert world.store.next_due() == due


def test_the_team_sees_the_digest_when_it_asks_and_nobody_else_does(world: World) -> None:
    a_week(world)
    world.asks("communications-manager", "kooste")
    assert world.last("communications-manager").card.name == "digest/weekly"
    world.presses("communications-manager", "digest/show", "")
    assert world.last("communications-manager").card.name == "digest/weekly"
    world.asks("employee", "kooste")
    assert world.last("employee").card.name == "digest/refused"


# ── the export ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_export_has_a_row_for_each_question_and_no_names(world: World) -> None:
    a_week(world)
    rows = question_rows(world.store, MONDAY - timedelta(days=1))
    assert [row["outcome"] for row in rows] == ["silent", "silent", "answered", "silent"]
    assert rows[2]["helpful"] == "no"
    assert rows[3]["status"] == "waiting"
    text = json.dumps(rows)
    for secret in ("employee", "131052", "testi@example.org", "040 123"):
        assert secret not in text
    assert question_rows(world.store, MONDAY + timedelta(days=1)) == []


def test_every_format_holds_the_same_rows(world: World) -> None:
    a_week(world)
    rows = question_rows(world.store, MONDAY)
    by_csv = list(csv.DictReader(io.StringIO(FORMATS["csv"](rows).decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(FORMATS["xlsx"](rows))).active
    by_xlsx = [
        dict(zip(COLUMNS, (c or "" for c in row), strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert json.loads(FORMATS["json"](rows)) == rows == by_csv == by_xlsx


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert defused(text).startswith("'")
    row = dict.fromkeys(COLUMNS, text)
    sheet = load_workbook(io.BytesIO(FORMATS["xlsx"]([row]))).active
    assert {cell.data_type for cell in next(sheet.iter_rows(min_row=2))} == {"s"}
    assert f",{text}" not in FORMATS["csv"]([row]).decode()


@given(st.text())
def test_masking_never_raises_and_leaves_ordinary_words(text: str) -> None:
    masked(text)
    assert masked("Saako 14.4.2020 ohjetta lainata? 10 kpl, 3 kk") == "Saako 14.4.2020 ohjetta lainata? 10 kpl, 3 kk"


@pytest.mark.parametrize(
    "secret", ["131052-308T", "131052A308T", "010203Y123X", "+358 40 123 4567", "0401234567", "a.b@example.org"]
)
def test_what_tells_who_somebody_is_is_masked(secret: str) -> None:
    assert masked(f"tieto {secret} tässä") == "tieto […] tässä"
