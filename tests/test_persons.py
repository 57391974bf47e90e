"""All that is kept about somebody can be shown and can be made nobody's; what others need stays, and the chain holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.__main__ import main
from bot.directory import read_people
from bot.persons import Kept, Traces, about, erase, traces_of
from bot.storage import Account
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from handlers.facts import Person
from handlers.incidents.record import Status as Case
from tests.conftest import World
from tests.fakes import MONDAY
from tests.incidents import case
from tests.incidents import keeps as keeps_case
from tests.logs import kept_log
from tests.test_retention import everything

SOMEBODY = Person(
    "hr-4711", "Tilda Testinen", "tilda.testinen@example.org", "Kirjasto", "Sivistys", supervisor="supervisor"
)
ACCOUNT = Account("fake:UTILDA", "Tilda Testinen", SOMEBODY.email, "fi", "member", MONDAY)
NAMES = (SOMEBODY.id, SOMEBODY.name, SOMEBODY.email, ACCOUNT.id)


@pytest.fixture
def busy(world: World) -> World:
    """A world in which somebody did a little of everything, and others a little with them."""
    world.store.replace_people([*read_people(DEMO_PEOPLE), SOMEBODY])
    world.bot.directory.keep(ACCOUNT)
    world.store.keep_way(ACCOUNT.id, '{"chat": "x"}', MONDAY)
    who = SOMEBODY.id
    world.asks(who, f"Kuka päättää uudesta some-tilistä? Terveisin {SOMEBODY.name}, {SOMEBODY.email}")
    world.asks(who, "Miten some-tili suljetaan?")
    world.presses(who, "questions/send", "questions/2")
    world.submits(who, "questions/send", "questions/2", text="Miten?", named="yes")
    world.submits("communications-specialist", "questions/reply", "questions/2", text=f"Näin, {SOMEBODY.name}.")
    with world.store.unit() as unit:
        unit.set_language(who, "sv")
    world.asks(who, "muistuta myöhemmin")
    world.asks(who, "ilmoita tietoturvapoikkeama: sain kalasteluviestin")
    world.asks("employee", f"Voiko {SOMEBODY.name} päivittää tiliä?")
    world.store.put(f"file:{who}:web:aa", "kuva.jpg")
    with world.store.unit() as unit:
        unit.seen(f"web:{who}:key-00000001", MONDAY)
    world.store.say({"key": f"said:{who}:1", "conversation": f"web:dm:{who}", "author": who, "text": "Hei", "card": "",
                     "language": "", "only_for": ""}, MONDAY)  # fmt: skip
    return world


def leave(world: World) -> Traces:
    traces = traces_of(SOMEBODY.email, world.store, world.bot.directory)
    world.store.replace_people(read_people(DEMO_PEOPLE))
    world.bot.directory.refresh()
    return traces


# ── shown ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [SOMEBODY.id, SOMEBODY.email, SOMEBODY.email.upper(), SOMEBODY.name, ACCOUNT.id])
def test_somebody_is_found_by_each_of_their_names(busy: World, who: str) -> None:
    traces = traces_of(who, busy.store, busy.bot.directory)
    assert {SOMEBODY.id, ACCOUNT.id} <= traces.ids
    assert {SOMEBODY.name, SOMEBODY.email} <= traces.words


def test_all_that_names_somebody_is_shown_table_by_table(busy: World) -> None:
    found = about(traces_of(SOMEBODY.id, busy.store, busy.bot.directory), busy.store, MONDAY)
    for table in (
        "records",
        "journal",
        "outbox",
        "chat",
        "accounts",
        "ways",
        "people",
        "languages",
        "events",
        "small_values",
    ):
        assert found[table], table
    assert {r["key"].partition("/")[0] for r in found["records"]} >= {"questions", "preferences"}
    assert SOMEBODY.id in [r["data"].get("asker") for r in found["records"]]
    json.dumps(found)


def test_what_is_somebody_elses_alone_is_not_shown(busy: World) -> None:
    busy.asks("supervisor", "Kuinka usein salasanat pitää vaihtaa?")
    told = json.dumps(about(traces_of(SOMEBODY.id, busy.store, busy.bot.directory), busy.store, MONDAY))
    assert "salasanat" not in told


def test_who_is_known_no_more_is_found_by_what_is_left_of_them(busy: World) -> None:
    leave(busy)
    found = about(traces_of(SOMEBODY.id, busy.store, busy.bot.directory), busy.store, MONDAY)
    assert found["records"]


# ── erased ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_was_erased_is_named_nowhere_and_the_chain_holds(busy: World) -> None:
    traces = leave(busy)
    lines = len(list(busy.store.journal()))
    done = erase(traces, busy.store, busy.bot.directory, busy.clock.now(), "erased-1")
    assert min(done[t] for t in ("records", "journal", "outbox", "chat", "accounts", "events")) >= 1
    left = everything(busy).casefold()
    assert [left[left.index(n.casefold()) - 90 :][:120] for n in NAMES if n.casefold() in left] == []
    told = list(busy.store.journal())
    assert [e.event for e in told[lines:]] == ["Removed", "Erased"]
    assert [e.event for e in told[:lines]].count("Asked") >= 4, "what happened stays"
    assert erase(traces, busy.store, busy.bot.directory, busy.clock.now(), "erased-2")["records"] == 0


def test_nothing_of_who_was_erased_is_left_in_the_file_itself(busy: World, tmp_path: Path) -> None:
    erase(leave(busy), busy.store, busy.bot.directory, busy.clock.now(), "erased-1")
    busy.store.close()
    whole = b"".join(path.read_bytes() for path in tmp_path.glob("someopas.db*"))
    assert [name for name in (SOMEBODY.name, SOMEBODY.email) if name.encode() in whole] == []


def test_the_bot_goes_on_after_an_erasure(busy: World) -> None:
    erase(leave(busy), busy.store, busy.bot.directory, busy.clock.now(), "erased-1")
    busy.waits(days=8)
    assert busy.asks("communications-specialist", "omat").immediate is None
    assert busy.store.dead_letters() == []
    for kept in busy.store.records("questions"):
        assert kept.person in ("erased-1", "employee")


def test_who_is_in_the_directory_is_not_erased(busy: World) -> None:
    before = everything(busy)
    with pytest.raises(Kept, match="directory"):
        erase(traces_of(SOMEBODY.id, busy.store, busy.bot.directory), busy.store, busy.bot.directory, MONDAY, "x")
    assert everything(busy) == before


def test_what_a_legal_hold_keeps_is_not_erased(busy: World) -> None:
    held = replace(case(Case.RESOLVED), key="incidents/77", reporter=SOMEBODY.id, hold="Tutkinta")
    keeps_case(busy, held)
    traces = leave(busy)
    before = everything(busy)
    with pytest.raises(Kept, match="incidents/77"):
        erase(traces, busy.store, busy.bot.directory, MONDAY, "x")
    assert everything(busy) == before


# ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WHO = Traces(frozenset({"42", "aino", "slack:U1"}), frozenset({"aino@example.org", "Aino Ahkera"}))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("aino", "X"), ("fake:dm:aino", "fake:dm:X"), ("web:aino:k-1", "web:X:k-1"), ("slack:@slack:U1", "slack:@X"),
        ("preferences/aino", "preferences/X"), ("questions/42", "questions/42"), ("ainokainen", "ainokainen"),
        ("aino on täällä", "aino on täällä"), ("AINO AHKERA kertoi", "X kertoi"), ("Aino Ahkeralle", "Aino Ahkeralle"),
        ("kirje: aino@example.org.", "kirje: X."), ("raino@example.org", "raino@example.org"),
        ('{"aino":["aino",{"a":"Aino Ahkera"}],"n":42}', '{"X":["X",{"a":"X"}],"n":42}'),
        ('{"a": "nothing", "b" : 1}', '{"a": "nothing", "b" : 1}'), ("[not json", "[not json"), ("a,aino,b", "a,X,b"),
    ],
)  # fmt: skip
def test_a_name_is_replaced_where_it_stands_by_itself_and_nowhere_else(value: str, told: str) -> None:
    assert WHO.replaced(value, "X") == told


@given(st.text())
def test_a_text_is_changed_only_where_it_names_somebody(text: str) -> None:
    told = WHO.replaced(text, "X")
    assert (told == text) or any(n in text.casefold() for n in ("42", "aino", "slack:u1"))
    assert WHO.replaced(told, "X") == told


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SOMEOPAS_DATA", str(tmp_path))
    store = SqliteStore(tmp_path / "someopas.db")
    store.replace_people([SOMEBODY])
    with store.unit() as unit:
        unit.set_language(SOMEBODY.id, "sv")
    store.close()
    with kept_log():
        yield tmp_path


def test_the_commands_show_and_erase_somebody(data: Path) -> None:
    shown = CliRunner().invoke(main, ["person", "export", SOMEBODY.email, "--to", str(data / "out.json")])
    assert shown.exit_code == 0, shown.output
    assert (data / "out.json").stat().st_mode & 0o077 == 0, "for the data protection officer alone"
    assert json.loads((data / "out.json").read_text("utf-8"))["languages"] == [{"person": SOMEBODY.id, "language": "sv"}]
    refused = CliRunner().invoke(main, ["person", "erase", SOMEBODY.id, "--yes"])
    assert (refused.exit_code, "directory" in refused.output) == (1, True)
    store = SqliteStore(data / "someopas.db")
    store.replace_people([Person("other", "Toinen", "toinen@example.org")])
    store.close()
    done = CliRunner().invoke(main, ["person", "erase", SOMEBODY.id, "--yes"])
    assert (done.exit_code, "languages 1" in done.output) == (0, True)


@pytest.mark.usefixtures("data")
def test_nobody_is_erased_by_a_slip() -> None:
    assert CliRunner().invoke(main, ["person", "erase", SOMEBODY.id], input="n\n").exit_code == 1


@pytest.mark.usefixtures("data")
def test_the_report_of_retention_is_printed() -> None:
    told = CliRunner().invoke(main, ["retention"])
    assert told.exit_code == 0, told.output
    assert "questions" in told.output
    assert "none yet" in told.output


@pytest.mark.usefixtures("data")
def test_days_that_are_none_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEOPAS_RETENTION", '{"cookies": 3}')
    told = CliRunner().invoke(main, ["retention"])
    assert told.exit_code == 1
    assert "cookies" in told.output
