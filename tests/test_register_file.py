"""The register as a file (R37, R42–R43): all rows or none, out and in again the same, and nothing in it that runs."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.directory import Directory, read_people
from bot.export import FORMATS
from bot.records import ACCOUNTS
from bot.register import COLUMNS, DAYS, Taken, account_rows, import_accounts, public_list, registered
from bot.rendering import Renderer
from bot.storage.sqlite import SqliteStore
from bot.tables import ImportFailed
from bot.wiring import DEMO_PEOPLE
from handlers.accounts.steps import CHANNELS
from handlers.register.addresses import place_of
from handlers.register.record import RHYTHMS, Status
from knowledge.document import LANGUAGES
from tests.fakes import MONDAY
from tests.test_command_line import someopas

HEAD = (
    "name;channel;address;owner;department;updater;substitute;admins;producers;mailbox;rhythm;status;opened_at;"
    "official_at;review;ends"
)
ROW = (
    "Kirjaston kuulumiset;instagram;www.instagram.com/kirjasto;Kirjasto;Kasvu ja ympäristö;kirjastonhoitaja@example.org;"
    "informaatikko@example.org;kirjastonhoitaja@example.org, informaatikko@example.org;;kirjasto@tuusula.fi;weekly;"
    "official;2026-01-10;2026-02-01;;"
)
OTHER = "Nuorten tila;x;https://x.com/nuoret/;Nuoriso;Kasvu ja ympäristö;;;;;;;;;;;"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    made = SqliteStore(tmp_path / "s.db")
    made.replace_people(read_people(DEMO_PEOPLE))
    return made


def taken(store: SqliteStore, folder: Path, *rows: str, head: str = HEAD) -> Taken:
    path = folder / "accounts.csv"
    path.write_text("\n".join((head, *rows)), "utf-8")
    return import_accounts(path, store, Directory(store), MONDAY)


def test_r43_existing_accounts_come_into_the_register_with_their_people(store: SqliteStore, tmp_path: Path) -> None:
    assert taken(store, tmp_path, ROW, OTHER) == Taken(2, 0)
    library, youth = registered(store)
    assert (library.updater, library.substitute, library.admins) == (
        "librarian",
        "informatician",
        ("librarian", "informatician"),
    )
    assert (library.status, library.mailbox, library.rhythm) == (Status.OFFICIAL, "kirjasto@tuusula.fi", "weekly")
    assert (youth.channel, youth.status, youth.opened_at) == ("twitter", Status.OPEN, None)
    assert [e.event for e in store.journal()] == ["Imported", "Imported"]


def test_r43_a_second_import_brings_up_to_date_and_makes_no_second_account(store: SqliteStore, tmp_path: Path) -> None:
    taken(store, tmp_path, ROW, OTHER)
    assert taken(store, tmp_path, ROW) == Taken(0, 0), "nothing changed"
    moved = ROW.replace("www.instagram.com/kirjasto", "https://instagram.com/Kirjasto/").replace("weekly", "daily")
    assert taken(store, tmp_path, moved) == Taken(0, 1)
    assert [a.rhythm for a in registered(store)] == ["daily", ""]
    only = taken(store, tmp_path, "Nuorten tila;x;x.com/nuoret;Nuorisopalvelut", head="name;channel;address;owner")
    assert only == Taken(0, 1)
    assert registered(store)[0].substitute == "informatician", "columns that a file lacks stay as they are"


WRONG = {
    "channel": (ROW.replace("instagram;", "myspace;", 1), "channel: “myspace”"),
    "updater": (
        ROW.replace("kirjastonhoitaja@example.org;", "eikukaan@example.org;", 1),
        "updater: “eikukaan@example.org”",
    ),
    "admins": (ROW.replace(", informaatikko", ", kadonnut"), "admins: “kadonnut@example.org”"),
    "status": (ROW.replace("official", "virallinen"), "status: “virallinen”"),
    "rhythm": (ROW.replace("weekly", "joskus"), "rhythm: “joskus”"),
    "day": (ROW.replace("2026-01-10", "10.1.2026"), "opened_at: “10.1.2026”"),
    "name": (ROW.replace("Kirjaston kuulumiset", ""), "name is empty"),
    "address": (ROW.replace("www.instagram.com/kirjasto", "javascript:alert(1)"), "is not a web address or a handle"),
    "mailbox": (ROW.replace("kirjasto@tuusula.fi", "ei-osoite"), "mailbox: “ei-osoite”"),
    "secret": (ROW.replace("Kirjaston kuulumiset", "131052-308T"), "there is a secret in it"),
    "long": (ROW.replace("Kirjaston kuulumiset", "x" * 81), "longer than 80 characters"),
    "twice": (ROW, "the address is in row 3 already"),
}


@pytest.mark.parametrize("case", WRONG)
def test_r43_one_wrong_row_and_nothing_is_taken(store: SqliteStore, tmp_path: Path, case: str) -> None:
    row, said = WRONG[case]
    more = [ROW] if case == "twice" else []
    with pytest.raises(ImportFailed) as failed:
        taken(store, tmp_path, OTHER, *more, row)
    assert any(p.startswith(f"row {3 + len(more)}:") and said in p for p in failed.value.problems), failed.value.problems
    assert registered(store) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twitter.com/tili", "https://x.com/Tili/"),
        ("instagram.com/tili?hl=fi", "instagr.am/tili"),
        ("@tili", "instagram.com/tili"),
    ],
)
def test_r43_two_spellings_of_one_address_are_one_account(
    store: SqliteStore, tmp_path: Path, one: str, other: str
) -> None:
    head, channel = "name;channel;address;owner", "x" if "x.com" in other else "instagram"
    with pytest.raises(ImportFailed, match="the address is in row 2 already"):
        taken(store, tmp_path, f"A;{channel};{one};Yksikkö", f"B;{channel};{other};Yksikkö", head=head)


def test_r43_a_file_may_have_finnish_headings(store: SqliteStore, tmp_path: Path) -> None:
    head = "Nimi;Kanava;Osoite;Yksikkö;Sijainen"
    assert taken(store, tmp_path, "A;instagram;@tili;Museo;informaatikko@example.org", head=head) == Taken(1, 0)
    assert registered(store)[0].substitute == "informatician"


def test_a_column_that_is_there_twice_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="twice"):
        taken(store, tmp_path, "A;x;@tili;Museo;B", head="name;channel;address;owner;nimi")


def test_a_file_without_a_needed_column_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="the column owner is missing"):
        taken(store, tmp_path, "a;b;c", head="name;channel;address")


TEXT = st.text(
    # What no workbook can hold is left out of it (`NO_XML`).
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
).filter(lambda t: t == t.strip())
TEXT |= st.sampled_from(["@tuusulankirjasto", "=1+1", "'=1+1", "''", "-", "＝x", "'nimi'"])
LINES = st.lists(TEXT, max_size=3).map("\n".join)
PERSON = st.sampled_from(["", "kirjastonhoitaja@example.org", "informaatikko@example.org"])
DAY = st.sampled_from(["", "2026-01-31", "2024-02-29"])
TOLD = {
    "name": TEXT, "owner": TEXT, "department": TEXT | st.just(""), "purpose": TEXT | st.just(""), "plan": LINES,
    "mailbox": st.sampled_from(["", "kirjasto@tuusula.fi"]), "channel": st.sampled_from([*CHANNELS, "other: Mastodon"]),
    "rhythm": st.sampled_from(["", *RHYTHMS]), "status": st.sampled_from(list(map(str, Status))),
    "answer_days": st.integers(1, 14).map(str), "password_months": st.integers(1, 24).map(str),
    "goals": LINES, "measures": LINES, **dict.fromkeys(("updater", "main", "substitute", "admins", "producers"), PERSON),
    **dict.fromkeys(DAYS, DAY),
}  # fmt: skip
"""Every column that a file can tell, with what it may hold."""


@given(
    st.lists(st.fixed_dictionaries(TOLD), max_size=5),
    st.sampled_from(["csv", "xlsx"]),
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_r42_what_goes_out_comes_in_again_the_same(tmp_path: Path, rows: list[dict[str, str]], form: str) -> None:
    (tmp_path / "s.db").unlink(missing_ok=True)
    store = SqliteStore(tmp_path / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    directory = Directory(store)
    whole = [{**dict.fromkeys(COLUMNS, ""), **r, "address": f"example.org/{i}"} for i, r in enumerate(rows)]
    path = tmp_path / f"first.{form}"
    path.write_bytes(FORMATS[form](whole, COLUMNS))
    if rows:
        import_accounts(path, store, directory, MONDAY)
        out = tmp_path / f"second.{form}"
        out.write_bytes(FORMATS[form](account_rows(store, directory), COLUMNS))
        assert import_accounts(out, store, directory, MONDAY) == Taken(0, 0)
        told = {r["address"]: r for r in account_rows(store, directory)}
        for row in whole:
            assert {k: told[row["address"]][k] for k in TOLD} == {k: row[k] for k in TOLD}
    store.close()
    for left in tmp_path.glob("s.*"):
        left.unlink()


@given(st.text(max_size=40))
def test_nothing_in_a_file_is_a_formula(text: str) -> None:
    row = dict.fromkeys(COLUMNS, text)
    for line in csv.reader(io.StringIO(FORMATS["csv"]([row], COLUMNS).decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)
    sheet = load_workbook(io.BytesIO(FORMATS["xlsx"]([dict.fromkeys(COLUMNS, "=1+1")], COLUMNS))).active
    assert all(c.data_type == "s" for c in list(sheet.iter_rows())[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_r37_the_public_list_holds_verified_accounts_and_nobody(
    store: SqliteStore, tmp_path: Path, renderer: Renderer, language: str
) -> None:
    taken(store, tmp_path, ROW, OTHER)
    html = public_list(store, renderer, language, MONDAY)
    assert 'href="https://www.instagram.com/kirjasto"' in html
    assert "Nuorten tila" not in html
    assert "example.org" not in html
    assert "Kirjastonhoitaja" not in html
    assert re.search(r"<script|<link|<img", html) is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", 'x"onmouseover=1', "data:text/html,x", "https://a b.fi", "//evil"]
)
def test_an_address_that_is_none_is_no_link_on_the_public_list(
    store: SqliteStore, renderer: Renderer, address: str, tmp_path: Path
) -> None:
    taken(store, tmp_path, ROW)
    [account] = registered(store)
    data = replace(account, address=address, name="<b>Kirjasto</b>")
    with store.unit() as unit:
        unit.save(
            account.key, account.status, account.updater, ACCOUNTS.dump_json(data).decode(), account.version, MONDAY
        )
    html = public_list(store, renderer, "fi", MONDAY)
    assert "href" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("https://www.instagram.com/Kirjasto/", "instagram.com/kirjasto", True),
        ("http://x.com/a", "x.com/b", False),
        ("", "", True),
    ],
)
def test_addresses_are_compared_without_what_does_not_matter(one: str, other: str, alike: bool) -> None:
    assert (place_of(one).whole == place_of(other).whole) == alike


def test_the_commands_take_in_and_give_out_the_register(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(f"{HEAD}\n{ROW}\n", "utf-8")
    someopas("import", "people", str(DEMO_PEOPLE), data=tmp_path / "d")
    assert "1 accounts are new" in someopas("import", "accounts", str(file), data=tmp_path / "d").stdout
    [row] = json.loads(someopas("export", "accounts", "--format", "json", data=tmp_path / "d").stdout)
    assert (row["name"], row["updater"]) == ("Kirjaston kuulumiset", "kirjastonhoitaja@example.org")
    written = someopas("export", "accounts", "--format", "html", "--to", str(tmp_path / "list.html"), data=tmp_path / "d")
    assert written.returncode == 0, written.stderr
    assert "Kirjaston kuulumiset" in (tmp_path / "list.html").read_text("utf-8")
    file.write_text(f"{HEAD}\n{ROW.replace('weekly', 'joskus')}\n", "utf-8")
    refused = someopas("import", "accounts", str(file), data=tmp_path / "d")
    assert refused.returncode == 1
    assert "Nothing was imported." in refused.stderr
    assert "row 2:" in refused.stderr
