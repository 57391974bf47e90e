"""What PostgreSQL alone promises: several processes share it, a server that was away is found again, and one moves in."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import psycopg
import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.app import Bot
from bot.auditor import Auditor
from bot.directory import Directory, read_people
from bot.doctor import problems
from bot.platforms import Platform
from bot.rendering import Renderer
from bot.sender import Sender
from bot.settings import Settings
from bot.storage import Account, Conflict, Entry, Message, StoreError
from bot.storage.keeping import Amended
from bot.storage.moving import move, tables_of
from bot.storage.postgres import PostgresStore
from bot.storage.postgres_pool import Pool
from bot.storage.postgres_schema import AMENDING
from bot.storage.postgres_unit import PostgresUnit
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked, Pressed
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.fakes import MONDAY, FakeClock, FakePlatform
from tests.postgres import Cluster, started

pytestmark = pytest.mark.postgres
LATER = MONDAY + timedelta(hours=1)
ENTRY = Entry(MONDAY, "p", "Asked", "questions/1", "", "{}")


@pytest.fixture
def address(cluster: Cluster) -> str:
    return cluster.database()


@pytest.fixture
def pair(address: str) -> Iterator[tuple[PostgresStore, PostgresStore]]:
    """Two processes' stores on one database."""
    with closing(PostgresStore(address)) as one, closing(PostgresStore(address)) as other:
        yield one, other


def bot_on(store: PostgresStore, guide: Guide, clock: FakeClock, platform: FakePlatform) -> Bot:
    platforms: dict[str, Platform] = {"fake": platform}
    return Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), platforms)


def post(conversation: str = "fake:1", record: str = "questions/1") -> Message:
    return Message(conversation, "post", "{}", "fi", record)


def fails(store: PostgresStore, deed: Callable[[PostgresUnit], object]) -> None:
    """A unit that does something, and then fails."""

    def unit() -> None:
        with store.unit() as begun:
            deed(begun)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unit()


# ── one event, one record, one chain ────────────────────────────────────────────────────────────────────────────────


def test_a_second_delivery_waits_for_the_first_and_finds_its_answer(pair: tuple[PostgresStore, PostgresStore]) -> None:
    one, other = pair
    entered, ended = Event(), Event()

    def first() -> bool:
        with one.unit() as unit:
            known = unit.seen("e", MONDAY)
            entered.set()
            assert not ended.wait(0.2), "the second one is to wait for this one's end"
            unit.keep_answer("e", "form")
        return known

    def second() -> tuple[bool, str]:
        assert entered.wait(10)
        with other.unit() as unit:
            found = unit.seen("e", MONDAY), unit.answer_of("e")
        ended.set()
        return found

    with ThreadPoolExecutor(2) as pool:
        former, latter = pool.submit(first), pool.submit(second)
        assert former.result() is False
        assert latter.result() == (True, "form")


def test_a_second_delivery_is_new_where_the_first_one_failed(pair: tuple[PostgresStore, PostgresStore]) -> None:
    one, other = pair
    fails(one, lambda unit: unit.seen("e", MONDAY))
    with other.unit() as unit:
        assert not unit.seen("e", MONDAY)


def test_two_processes_read_modify_and_write_without_losing_one(pair: tuple[PostgresStore, PostgresStore]) -> None:
    def work(store: PostgresStore) -> None:
        for _ in range(50):
            with store.unit() as unit:
                kept = unit.load("questions/1")
                assert kept
                unit.save("questions/1", "asked", "p", str(int(kept.data) + 1), kept.version, MONDAY)

    with pair[0].unit() as unit:
        unit.save("questions/1", "asked", "p", "0", 0, MONDAY)
    with ThreadPoolExecutor(4) as pool:
        for worked in [pool.submit(work, store) for store in pair * 2]:
            worked.result()
    assert pair[1].record("questions/1").data == "200"  # type: ignore[union-attr]


def test_of_two_who_make_the_same_record_at_once_one_is_told_to_try_again(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    at_once = Barrier(2)

    def make(store: PostgresStore) -> bool:
        try:
            with store.unit() as unit:
                assert unit.load("training/p") is None
                at_once.wait(10)
                unit.save("training/p", "begun", "p", "{}", 0, MONDAY)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, pair)) == [False, True]


def test_two_who_wait_for_each_other_end_in_a_conflict_and_not_in_waiting(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    with pair[0].unit() as unit:
        unit.save("accounts/1", "asked", "p", "{}", 0, MONDAY)
        unit.save("register/1", "asked", "p", "{}", 0, MONDAY)
    at_once = Barrier(2)

    def cross(store: PostgresStore, first: str, second: str) -> bool:
        try:
            with store.unit() as unit:
                unit.load(first)
                at_once.wait(10)
                unit.load(second)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(cross, pair[0], "accounts/1", "register/1")
        other = pool.submit(cross, pair[1], "register/1", "accounts/1")
        assert sorted([one.result(), other.result()]) == [False, True]


def test_the_journal_is_one_chain_whoever_writes_it(pair: tuple[PostgresStore, PostgresStore]) -> None:
    def write(store: PostgresStore) -> None:
        for number in range(40):
            with store.unit() as unit:
                unit.write_journal(replace(ENTRY, record=f"questions/{number}"))
                unit.write_journal(replace(ENTRY, event="Pressed"))

    with ThreadPoolExecutor(4) as pool:
        for written in [pool.submit(write, store) for store in pair * 2]:
            written.result()
    assert len(list(pair[0].journal())) == 320


def test_the_journal_is_not_rewritten_shortened_or_emptied_and_tells_where_it_was(
    address: str,
) -> None:
    with closing(PostgresStore(address)) as store:
        with store.unit() as unit:
            for _ in range(3):
                unit.write_journal(ENTRY)
        with psycopg.connect(address, autocommit=True) as raw:
            for deed in (
                "update journal set event = 'x'",
                "update journal set person = 'x'",
                "delete from journal",
                "truncate journal",
            ):
                with pytest.raises(psycopg.Error, match="append only"):
                    raw.execute(deed)
            raw.execute(f"set {AMENDING} = 'on'")
            with pytest.raises(psycopg.Error, match="append only"):
                raw.execute("update journal set hash = 'x'")
            raw.execute("update journal set person = 'somebody else' where id = 2")
        with pytest.raises(StoreError, match="Line 2"):
            list(store.journal())


def test_words_are_taken_out_of_a_line_and_the_chain_holds(address: str) -> None:
    with closing(PostgresStore(address)) as store:
        with store.unit() as unit:
            for _ in range(3):
                unit.write_journal(replace(ENTRY, after='{"text": "secret"}'))
        with store.unit() as unit:
            unit.write_journal(replace(ENTRY, after='{"text": "secret"}'))
            unit.amend_journal({2: Amended(ENTRY.record, "", "", "")}, MONDAY, "")
            unit.amend_journal({4: Amended(ENTRY.record, "", "", "")}, MONDAY, "")
            with pytest.raises(psycopg.Error, match="append only"), unit._connection.transaction():
                unit.execute("update journal set person = 'x'")
        assert ["secret" in e.after for e in store.journal()] == [True, False, True, False, False, False]


def test_numbers_are_given_once_by_several_and_one_that_was_not_used_is_left_out(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    def number(store: PostgresStore) -> list[str]:
        keys = []
        for _ in range(25):
            with store.unit() as unit:
                keys.append(unit.new_key("questions"))
        return keys

    fails(pair[0], lambda unit: unit.new_key("questions"))
    with ThreadPoolExecutor(4) as pool:
        keys = [key for given in pool.map(number, pair * 2) for key in given]
    assert sorted(int(k.split("/")[1]) for k in keys) == list(range(2, 102))


def test_what_a_unit_has_written_is_read_inside_it_and_by_no_other_thread(address: str) -> None:
    with closing(PostgresStore(address)) as store, store.unit() as unit:
        unit.renew_home("p", "fake:home:p", MONDAY, opened=True)
        assert store.homes() == ["p"]
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.homes).result() == []


def test_a_unit_in_which_a_statement_failed_is_not_taken_for_kept(address: str) -> None:
    with closing(PostgresStore(address)) as store:

        def swallow() -> None:
            with store.unit() as unit:
                unit.save("questions/1", "asked", "p", "{}", 0, MONDAY)
                with suppress(psycopg.Error):
                    unit.execute("select no_such_function()")

        with pytest.raises(StoreError, match="Nothing was kept"):
            swallow()
        assert store.record("questions/1") is None


def test_the_character_zero_becomes_the_sign_of_a_broken_one_and_fails_nothing(address: str) -> None:
    with closing(PostgresStore(address)) as store:
        with store.unit() as unit:
            unit.seen("a\0b", MONDAY)
            unit.write_journal(replace(ENTRY, event="Refused \0"))
            unit.save("questions/1", "asked", "p", '{"conversation": "fake:1", "text": "a\\u0000b"}', 0, MONDAY)
        assert [e.event for e in store.journal()] == ["Refused \ufffd"]
        assert store.newest_in("questions", "fake:1", "p").data.count("\\u0000") == 1  # type: ignore[union-attr]
        assert store._rows("select question from questions") == [("a\ufffdb",)]


# ── the outbox of several senders ───────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_taken_by_one_and_another_sees_the_rest(pair: tuple[PostgresStore, PostgresStore]) -> None:
    one, other = pair
    with one.unit() as unit:
        for conversation in ("fake:1", "fake:1", "fake:2"):
            unit.send(post(conversation), MONDAY)
    assert [m.id for m in other.due_messages(MONDAY)] == [1, 3]
    assert one.take(1)
    assert not other.take(1)
    assert one.take(1), "who has it may go on"
    assert [m.id for m in other.due_messages(MONDAY)] == [3], "the next of a conversation waits for its first"
    assert [m.id for m in one.due_messages(MONDAY)] == [1, 3]
    one.mark_sent(1, "m1", MONDAY)
    assert not one.take(1)
    assert [m.id for m in other.due_messages(MONDAY)] == [2, 3]


def test_a_message_that_failed_is_anybodys_at_its_time(pair: tuple[PostgresStore, PostgresStore]) -> None:
    one, other = pair
    with one.unit() as unit:
        unit.send(post(), MONDAY)
    assert one.take(1)
    one.mark_failed(1, "away", LATER)
    assert other.due_messages(MONDAY) == []
    assert [m.id for m in other.due_messages(LATER)] == [1]
    assert other.take(1)
    other.give_up(1, "gone", LATER)
    with one.unit() as unit:
        unit.letter(1, LATER, again=True)
    assert one.take(1)


def test_of_two_takers_at_once_one_has_it(pair: tuple[PostgresStore, PostgresStore]) -> None:
    with pair[0].unit() as unit:
        for number in range(50):
            unit.send(post(f"fake:{number}"), MONDAY)

    def take(store: PostgresStore) -> list[int]:
        return [number for number in range(1, 51) if store.take(number)]

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(take, pair))
    assert sorted(taken[0] + taken[1]) == list(range(1, 51))


def test_what_a_dead_process_had_taken_is_free_after_the_lease_and_at_once_where_it_ended_well(address: str) -> None:
    with closing(PostgresStore(address)) as living:
        dead = PostgresStore(address, lease=timedelta(seconds=0.3))
        with living.unit() as unit:
            unit.send(post(), MONDAY)
            unit.send(post("fake:2"), MONDAY)
        assert dead.take(1)
        assert not living.take(1)
        for _ in range(100):
            if living.due_messages(MONDAY)[0].id == 1:
                break
            Event().wait(0.05)
        assert living.take(1)
        ending = PostgresStore(address)
        assert ending.take(2)
        ending.close()
        assert living.take(2)
        dead.close()
        assert not PostgresStore.take(living, 9)


# ── one leads ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_leads_and_another_one_does_when_its_connection_is_gone(
    pair: tuple[PostgresStore, PostgresStore], address: str
) -> None:
    one, other = pair
    assert one.leads()
    assert not other.leads()
    assert one.leads()
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
    for _ in range(100):
        if other.leads():
            break
    assert other.leads()
    assert not one.leads(), "who lost it knows"
    other.close()
    for _ in range(100):
        if one.leads():
            break
    assert one.leads()


def test_only_who_leads_fires_timers_and_who_takes_the_lead_begins_what_comes_by_itself(
    pair: tuple[PostgresStore, PostgresStore], lexical_guide: Guide
) -> None:
    one, other = pair
    one.replace_people(read_people(DEMO_PEOPLE))
    clock, platform = FakeClock(), FakePlatform()
    leading, waiting = (bot_on(store, lexical_guide, clock, platform) for store in pair)
    assert one.leads()
    auditor = Auditor(waiting, clock)
    senders = Sender(leading, Renderer()), Sender(waiting, Renderer())
    with one.unit() as unit:
        unit.remind("questions/9", "chase", MONDAY)
    assert senders[1].run_once() == 0
    assert other.has_timer("questions/9", "chase")
    assert senders[0].run_once() > 0
    assert not other.has_timer("questions/9", "chase")
    assert other.records("digest") == []
    one.close()
    for _ in range(100):
        auditor.look()
        if other.leads():
            break
    auditor.look()
    assert other.records("digest") != []


# ── what is in memory ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_of_people_counts_in_every_process_at_its_next_event(
    pair: tuple[PostgresStore, PostgresStore], lexical_guide: Guide
) -> None:
    one, _ = pair
    people = read_people(DEMO_PEOPLE)
    one.replace_people(people)
    bots = [bot_on(store, lexical_guide, FakeClock(), FakePlatform()) for store in pair]
    one.replace_people([replace(p, roles=frozenset(), deputy_for=frozenset()) for p in people])
    assert bots[1].directory.bearers("it_manager") != ()
    bots[1].facts(Asked("k", "employee", "fake:dm:employee", text="hei"))
    assert bots[1].directory.bearers("it_manager") == ()
    one.keep_account(Account("fake:U1", "Nimi", "uusi@example.org", "sv", "member", MONDAY))
    bots[1].facts(Asked("k", "employee", "fake:dm:employee", text="hei"))
    assert bots[1].directory.account("fake:U1") is not None


def test_that_an_account_was_only_looked_at_again_has_nobody_read_the_directory_anew(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    account = Account("fake:U1", "Nimi", "uusi@example.org", "sv", "member", MONDAY)
    pair[0].keep_account(account)
    before = pair[1].changes()
    pair[0].keep_account(replace(account, checked_at=LATER))
    assert pair[1].changes() == before
    assert pair[1].accounts()[0].checked_at == LATER
    pair[0].keep_account(replace(account, standing="gone"))
    assert pair[1].changes() != before


@pytest.mark.parametrize("flow", ["curated", "overlays", "register"])
def test_records_that_are_kept_in_memory_are_counted_when_they_change(
    pair: tuple[PostgresStore, PostgresStore], flow: str
) -> None:
    with pair[0].unit() as unit:
        unit.save(f"{flow}/1", "draft", "p", "{}", 0, MONDAY)
    assert pair[1].changes() == {flow: 1}
    with pair[0].unit() as unit:
        unit.save("questions/1", "asked", "p", "{}", 0, MONDAY)
    assert pair[1].changes() == {flow: 1}


# ── the server ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_was_away_is_found_again_without_a_restart_of_ours() -> None:
    with started() as cluster, closing(PostgresStore(cluster.database())) as store:
        with store.unit() as unit:
            unit.save(unit.new_key("questions"), "asked", "p", "{}", 0, MONDAY)
        assert store.leads()
        cluster.stop()
        with pytest.raises((StoreError, psycopg.Error)), store.unit() as unit:
            unit.seen("e", MONDAY)
        assert not store.leads()
        cluster.start()
        with store.unit() as unit:
            assert not unit.seen("e", MONDAY)
            assert unit.new_key("questions") == "questions/2"
        assert store.record("questions/1") is not None
        assert store.leads()


def test_what_is_acknowledged_survives_a_server_that_is_killed() -> None:
    with started() as cluster:
        address = cluster.database()
        with closing(PostgresStore(address)) as store:
            for number in range(100):
                with store.unit() as unit:
                    unit.save(unit.new_key("questions"), "asked", "p", str(number), 0, MONDAY)
            cluster.stop("immediate")
        cluster.start()
        with closing(PostgresStore(address)) as store:
            assert len(store.records("questions", limit=1000)) == 100
            with store.unit() as unit:
                assert unit.new_key("questions") == "questions/101", "a number is on disk with the record that bears it"


def test_a_connection_that_a_thread_leaves_in_the_middle_is_not_given_to_another(address: str) -> None:
    pool = Pool(address)
    with pool.connection() as connection:
        connection.execute("begin")
    with pool.connection() as another:
        assert another is not connection
        assert another.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    pool.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("postgresql://someopas:hush@127.0.0.1:1/x", "cannot be reached"),
        ("no address at all", "cannot be reached"),
    ],
)
def test_a_server_that_is_not_there_is_told_in_a_sentence_that_holds_no_password(wrong: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as told:
        PostgresStore(wrong)
    assert "hush" not in str(told.value)


def test_a_database_that_does_not_write_utf8_is_refused(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match="LATIN1"):
        PostgresStore(cluster.database(encoding="LATIN1"))


def test_a_database_of_a_newer_version_is_refused_and_one_that_is_empty_is_not_looked_into(address: str) -> None:
    with pytest.raises(StoreError, match="Start the new one first"):
        PostgresStore(address, exclusive=False)
    PostgresStore(address).close()
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("insert into migrations values ('999_future', now())")
    with pytest.raises(StoreError, match="999_future"):
        PostgresStore(address)


def test_several_that_start_at_once_make_the_tables_once(address: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: PostgresStore(address), range(4)))
    for store in stores:
        assert store.homes() == []
        store.close()


def test_a_server_that_may_lose_what_it_acknowledged_is_named() -> None:
    with started(("-c synchronous_commit=off",)) as cluster, closing(PostgresStore(cluster.database())) as store:
        assert "synchronous_commit" in " ".join(store.problems())


def test_doctor_looks_into_the_postgresql_that_is_set_and_says_what_is_wrong(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEOPAS_DATA", str(tmp_path))
    monkeypatch.setenv("SOMEOPAS_POSTGRES", "postgresql://nobody@127.0.0.1:1/x")
    assert any("cannot be reached" in p for p in problems(Settings()))
    monkeypatch.setenv("SOMEOPAS_POSTGRES", address)
    assert any("Start the new one first" in p for p in problems(Settings()))
    with closing(PostgresStore(address)) as store:
        store.replace_people(read_people(DEMO_PEOPLE))
    assert not [p for p in problems(Settings()) if p.startswith(("database", "journal", "timers"))]


def test_who_has_set_postgresql_and_not_installed_the_package_is_told_how(tmp_path: Path) -> None:
    told = "import sys; sys.modules['psycopg'] = None; from bot.__main__ import main; main()"
    environment = {"PATH": "", "SOMEOPAS_DATA": str(tmp_path), "SOMEOPAS_POSTGRES": "postgresql://x"}
    found = subprocess.run([sys.executable, "-c", told, "doctor"], env=environment, capture_output=True, text=True)
    assert "psycopg is not installed" in found.stdout
    assert "make .venv/postgres" in found.stdout


# ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def lived_in(path: Path, guide: Guide, renderer: Renderer) -> World:
    """A world in which something of everything has happened."""
    world = make_world(path, guide, renderer)
    world.bot.begin()
    world.asks("employee", "Kuka päättää uudesta tilistä?")
    world.asks("employee", "Onko kahviossa tänään pullaa?")
    world.submits("employee", "incidents/report", "", text="Outo linkki.", kind="other", route="both")
    world.bot.handle(Pressed("opened", "employee", "fake:dm:employee", "", "home/open"))
    with world.store.unit() as unit:
        unit.renew_home("employee", "fake:home:employee", MONDAY, opened=True)
    world.store.keep_way("fake:1", "{}", MONDAY)
    world.store.put("clock_offset", "0")
    world.store.keep_account(Account("fake:U1", "Nimi", "uusi@example.org", "sv", "member", MONDAY))
    said = {"conversation": "web:1", "author": "p", "text": "hei", "card": "", "language": "", "only_for": "", "key": "a"}
    world.store.say(said, MONDAY)
    with world.store.unit() as unit:
        unit.set_language("employee", "sv")
        unit.send(post("elsewhere:1"), MONDAY)
    return world


def contents(
    db: sqlite3.Connection | psycopg.Connection, tables: dict[str, list[str]]
) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for table, columns in tables.items():
        rows = db.execute(f"select {', '.join(columns)} from {table}").fetchall()
        found[table] = sorted(map(tuple, rows), key=repr)
    return found


def test_both_stores_have_the_same_tables_and_columns(address: str, tmp_path: Path) -> None:
    own = {"records": {"number", "conversation", "thread", "holder"}, "people": {"number"}, "accounts": {"number"},
           "outbox": {"taken_by", "taken_until"}}  # fmt: skip
    with closing(SqliteStore(tmp_path / "s.db")) as sqlite, closing(PostgresStore(address)) as store:
        embedded = {t: set(columns) for t, columns in tables_of(sqlite._db).items()}
        rows = store._rows(
            """select table_name, column_name from information_schema.columns join information_schema.tables
                using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE'"""
        )
    shared: dict[str, set[str]] = {}
    for table, column in rows:
        shared.setdefault(table, set()).add(column)
    assert {t: c - own.get(t, set()) for t, c in shared.items() if t not in ("changes", "migrations")} == embedded


def test_everything_moves_and_the_bot_goes_on_from_there(
    address: str, tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = lived_in(tmp_path / "someopas.db", lexical_guide, renderer)
    before = list(world.store.journal())
    counts = move(world.store, target := PostgresStore(address))
    tables = tables_of(world.store._db)
    assert all(counts[t] for t in tables), f"nothing of some kind was there to be moved: {counts}"
    with psycopg.connect(address) as raw:
        assert contents(raw, tables) == contents(world.store._db.conn, tables)
    assert list(target.journal()) == before
    assert [k.key for k in target.records("questions")] == [k.key for k in world.store.records("questions")]
    bot = bot_on(target, lexical_guide, world.clock, world.platform)
    bot.handle(Asked("after", "employee", "fake:dm:employee", text="Kuka päättää uudesta tilistä?"))
    assert target.records("questions")[0].key not in {k.key for k in world.store.records("questions")}
    assert len(list(target.journal())) == len(before) + 1
    world.store.close()
    target.close()


def test_a_database_that_holds_anything_is_not_moved_into(address: str, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "s.db")) as source, closing(PostgresStore(address)) as target:
        target.put("a", "b")
        with pytest.raises(StoreError, match="not empty"):
            move(source, target)


def test_a_journal_that_was_tampered_with_is_not_moved(address: str, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "s.db")) as source, closing(PostgresStore(address)) as target:
        with source.unit() as unit:
            unit.write_journal(ENTRY)
        source._db.execute("drop trigger journal_is_not_changed")
        source._db.execute("update journal set event = 'x'")
        with pytest.raises(StoreError, match="Line 1"):
            move(source, target)
        assert target.counts()["journal"] == 0


def test_the_command_moves_and_says_what(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEOPAS_DATA", str(tmp_path))
    run = CliRunner()
    assert "SOMEOPAS_POSTGRES" in run.invoke(main, ["move", "--to", "postgres"]).output
    monkeypatch.setenv("SOMEOPAS_POSTGRES", address)
    assert "nothing to move" in run.invoke(main, ["move", "--to", "postgres"]).output
    with closing(SqliteStore(tmp_path / "someopas.db")) as source:
        source.replace_people(read_people(DEMO_PEOPLE))
    told = run.invoke(main, ["move", "--to", "postgres"])
    assert told.exit_code == 0, told.output
    assert "people" in told.output
    with closing(PostgresStore(address)) as store:
        assert len(store.people()) == len(read_people(DEMO_PEOPLE))


def test_a_backup_is_a_file_of_the_embedded_store_which_moves_back_in(
    cluster: Cluster, address: str, tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = lived_in(tmp_path / "someopas.db", lexical_guide, renderer)
    target = PostgresStore(address)
    move(world.store, target)
    target.back_up(str(tmp_path / "copy.db"))
    tables = tables_of(world.store._db)
    with closing(SqliteStore(tmp_path / "copy.db")) as copy, closing(PostgresStore(cluster.database())) as again:
        assert contents(copy._db.conn, tables) == contents(world.store._db.conn, tables)
        assert [k.key for k in copy.records("questions")] == [k.key for k in target.records("questions")]
        move(copy, again)
        assert list(again.journal()) == list(target.journal())
    world.store.close()
    target.close()


def test_a_demo_never_comes_near_the_database_that_is_set(
    tmp_path: Path, lexical_guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.wiring import assemble

    monkeypatch.setenv("SOMEOPAS_DATA", str(tmp_path))
    monkeypatch.setenv("SOMEOPAS_POSTGRES", "postgresql://nobody@127.0.0.1:1/x")
    made = assemble(Settings(), ["web"], demo=True, guide=lexical_guide)
    assert isinstance(made.store, SqliteStore)
    made.store.close()
    with pytest.raises(StoreError, match="cannot be reached"):
        assemble(Settings(), ["web"], demo=False, guide=lexical_guide)
