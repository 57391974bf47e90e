"""People come from a file, all rows or none; absence moves a role to its deputy; what is missing is said."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.directory import COLUMNS, Directory, read_people
from bot.storage.sqlite import SqliteStore
from bot.tables import ImportFailed
from bot.wiring import DEMO_PEOPLE
from handlers.facts import Person, Role

HEAD = "id,name,email,supervisor,roles,deputy_for,away\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "s.db")
    yield made
    made.close()


def test_the_demo_organisation_has_every_role_with_a_deputy(store: SqliteStore) -> None:
    store.replace_people(read_people(DEMO_PEOPLE))
    assert Directory(store).problems() == []


def test_csv_with_semicolons_a_byte_order_mark_and_xlsx_give_the_same_people(tmp_path: Path) -> None:
    rows = list(csv.reader(DEMO_PEOPLE.read_text("utf-8").splitlines()))
    with (tmp_path / "p.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    book = Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    book.save(tmp_path / "p.xlsx")
    assert read_people(tmp_path / "p.csv") == read_people(tmp_path / "p.xlsx") == read_people(DEMO_PEOPLE)


BROKEN = {
    "no name": ("1,,a@example.org,,,,\n", "row 2: name is empty"),
    "bad address": ("1,A,not an address,,,,\n", "row 2: “not an address” is not an e-mail address"),
    "unknown role": ("1,A,a@example.org,,king,,\n", "row 2: roles: “king” is not a role"),
    "twice": ("1,A,a@example.org,,,,\n1,B,b@example.org,,,,\n", "is there twice"),
    "unknown supervisor": ("1,A,a@example.org,9,,,\n", "the supervisor 9 is not in the file"),
    "own supervisor": ("1,A,a@example.org,1,,,\n", "nobody is their own supervisor"),
    "nothing": ("", "there are no rows"),
}


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_a_wrong_row_is_named_and_nothing_is_taken(case: str, tmp_path: Path) -> None:
    rows, message = BROKEN[case]
    (tmp_path / "p.csv").write_text(HEAD + rows, "utf-8")
    with pytest.raises(ImportFailed, match=message):
        read_people(tmp_path / "p.csv")


def test_files_that_are_no_tables_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(b"\xff\xfe\x00binary")
    (tmp_path / "p.xlsx").write_bytes(b"this is no workbook")
    (tmp_path / "q.csv").write_text("nimi,osoite\nA,a@example.org\n", "utf-8")
    for name in ("p.csv", "p.xlsx", "q.csv"):
        with pytest.raises(ImportFailed):
            read_people(tmp_path / name)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=9, max_size=9), max_size=6))
def test_any_table_is_taken_whole_or_refused_with_reasons(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "p.csv"
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    try:
        people = read_people(path)
    except ImportFailed:
        return
    assert len({p.id for p in people}) == len(people) > 0


def test_absence_moves_a_role_to_its_deputy_and_back(store: SqliteStore) -> None:
    holder = Person("1", "Päällikkö", "1@example.org", roles=frozenset({Role.IT_MANAGER}), away=True)
    deputy = Person("2", "Sijainen", "2@example.org", deputy_for=frozenset({Role.IT_MANAGER}))
    store.replace_people([holder, deputy])
    assert [p.id for p in Directory(store).bearers(Role.IT_MANAGER)] == ["2"]
    store.replace_people([holder])
    assert [p.id for p in Directory(store).bearers(Role.IT_MANAGER)] == ["1"], "better an absent one than nobody"
    assert Directory(store).bearers(Role.COMMUNICATIONS_MANAGER) == ()


def test_empty_roles_and_missing_deputies_are_said(store: SqliteStore) -> None:
    store.replace_people([Person("1", "A", "1@example.org", roles=frozenset({Role.IT_MANAGER}), supervisor="9")])
    said = "\n".join(Directory(store).problems())
    assert "Nobody bears the role communications_manager" in said
    assert "The role it_manager has no deputy" in said
    assert "The supervisor of A (9) is not in the directory" in said
