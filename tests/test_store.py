"""What a store promises, on a real SQLite file and on a real PostgreSQL: all or nothing, once only, in order, and still
there after a restart. What only one of them is, is tried in its own last tests.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3 as driver  # type: ignore[attr-defined]  # the driver that the store itself uses

from bot.storage import Conflict, Entry, Message, Store, StoreError
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from handlers.facts import Person
from tests.fakes import MONDAY

LATER = MONDAY + timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the test's database, again and again."""
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "s.db")
    address = request.getfixturevalue("cluster").database()
    return lambda: PostgresStore(address)


@pytest.fixture
def store(opened: Callable[[], Store]) -> Iterator[Store]:
    made = opened()
    yield made
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "s.db")
    yield made
    made.close()


def message(conversation: str = "fake:1", slot: str = "", record: str = "questions/1") -> Message:
    return Message(conversation, "post", "{}", "fi", record, slot)


def test_a_unit_that_fails_keeps_nothing(store: Store) -> None:
    def fail() -> None:
        with store.unit() as unit:
            unit.seen("event", MONDAY)
            unit.save("questions/1", "asked", "p", "{}", 0, MONDAY)
            unit.remind("questions/1", "chase", MONDAY)
            unit.send(message(), MONDAY)
            unit.write_journal(Entry(MONDAY, "p", "Asked", "questions/1", "", "{}"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    assert store.record("questions/1") is None
    assert store.due_timers(LATER) == []
    assert store.due_messages(LATER) == []
    assert list(store.journal()) == []
    with store.unit() as unit:
        assert not unit.seen("event", MONDAY)


def test_a_record_is_saved_only_on_the_version_it_was_loaded_at(store: Store) -> None:
    with store.unit() as unit:
        unit.save("questions/1", "asked", "p", "1", 0, MONDAY)
        unit.save("questions/1", "asked", "p", "2", 1, MONDAY)

    def late(version: int) -> None:
        with store.unit() as unit:
            unit.save("questions/1", "asked", "p", '"late"', version, MONDAY)

    for version in (0, 1, 3):
        with pytest.raises(Conflict):
            late(version)
    kept = store.record("questions/1")
    assert kept is not None
    assert (kept.version, kept.data) == (2, "2")


def test_eight_threads_read_modify_and_write_without_losing_one(store: Store) -> None:
    def add() -> None:
        with store.unit() as unit:
            kept = unit.load("questions/1")
            count = int(kept.data) if kept else 0
            unit.save("questions/1", "asked", "p", str(count + 1), kept.version if kept else 0, MONDAY)

    def work() -> None:
        for _ in range(25):
            try:
                add()
            except Conflict:  # another one has made the record meanwhile: once more, as the bot does
                add()

    with ThreadPoolExecutor(8) as pool:
        for worked in [pool.submit(work) for _ in range(8)]:
            worked.result()
    assert store.record("questions/1").data == "200"  # type: ignore[union-attr]


def test_an_event_is_new_once(store: Store) -> None:
    with store.unit() as unit:
        assert not unit.seen("e1", MONDAY)
        unit.keep_answer("e1", "form")
        assert unit.seen("e1", LATER)
        assert unit.answer_of("e1") == "form"


def test_keys_are_never_used_twice_not_even_after_a_restart(opened: Callable[[], Store]) -> None:
    keys = []
    for _ in range(3):
        store = opened()
        with store.unit() as unit:
            keys.append(unit.new_key("questions"))
        store.close()
    assert keys == ["questions/1", "questions/2", "questions/3"]


def test_messages_of_a_conversation_go_in_order_and_a_failed_one_holds_only_its_own_conversation(
    store: Store,
) -> None:
    with store.unit() as unit:
        for conversation in ("fake:1", "fake:1", "fake:2"):
            unit.send(message(conversation), MONDAY)
    assert [m.id for m in store.due_messages(MONDAY)] == [1, 3]
    store.mark_failed(1, "away", LATER)
    assert [m.id for m in store.due_messages(MONDAY)] == [3]
    assert [(m.id, m.attempts) for m in store.due_messages(LATER)] == [(1, 1), (3, 0)]
    store.mark_sent(1, "m1", LATER)
    assert [m.id for m in store.due_messages(LATER)] == [2, 3]
    store.give_up(2, "gone for ever", LATER)
    assert [m.id for m in store.due_messages(LATER)] == [3]
    assert [(d.id, d.error) for d in store.dead_letters()] == [(2, "gone for ever")]


def test_due_messages_are_read_in_portions_and_without_the_platforms_that_are_left_alone(store: Store) -> None:
    with store.unit() as unit:
        for conversation in ("slack:1", "slack:1", "teams:1", "slackers:1", "slack:2"):
            unit.send(message(conversation), MONDAY)
    assert [m.id for m in store.due_messages(MONDAY, limit=2)] == [1, 3]
    assert [m.id for m in store.due_messages(MONDAY, limit=2, beyond=3)] == [4, 5]
    assert [m.id for m in store.due_messages(MONDAY, beyond=5)] == []
    assert [m.id for m in store.due_messages(MONDAY, without={"slack"})] == [3, 4]
    assert [m.id for m in store.due_messages(MONDAY, without={"slack", "teams"})] == [4]


def test_a_message_is_there_to_be_sent_only_while_it_waits(store: Store) -> None:
    with store.unit() as unit:
        for _ in range(3):
            unit.send(message(), MONDAY)
        unit.send(Message("fake:2", "update", "{}", "fi", target=1), MONDAY)
    assert store.take(1)
    store.mark_sent(1, "m1", MONDAY)
    assert not store.take(1), "sent: another of this process's workers may have read it as waiting"
    store.give_up(2, "gone", MONDAY)
    assert not store.take(2)
    assert store.take(4)
    with store.unit() as unit:
        unit.send(Message("fake:2", "update", "{}", "fi", target=1), MONDAY)
    assert not store.take(4), "a newer update has taken its place"
    assert not store.take(99)


def test_who_has_a_store_for_itself_leads(store: Store) -> None:
    assert store.leads()
    assert store.leads()


def test_an_update_knows_the_platforms_id_of_the_post_it_is_for(store: Store) -> None:
    with store.unit() as unit:
        unit.send(message(slot="team"), MONDAY)
        [(number, _)] = unit.copies("questions/1", "team")
        unit.send(Message("fake:1", "update", "{}", "fi", "questions/1", target=number), MONDAY)
    store.mark_sent(1, "platform-id", MONDAY)
    assert store.due_messages(MONDAY)[0].message == "platform-id"


def test_timers_are_moved_forgotten_and_listed_the_longest_due_first(store: Store) -> None:
    with store.unit() as unit:
        unit.remind("questions/1", "chase", LATER)
        unit.remind("questions/2", "chase", MONDAY)
        unit.remind("questions/3", "chase", MONDAY)
        unit.remind("questions/1", "chase", MONDAY - timedelta(hours=1))
        unit.forget("questions/3", "chase")
        unit.forget("questions/9", "chase")
    assert [t.record for t in store.due_timers(MONDAY)] == ["questions/1", "questions/2"]
    assert store.next_due() == MONDAY - timedelta(hours=1)


def test_the_journal_cannot_be_changed_and_tells_when_it_was(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    with store.unit() as unit:
        for i in range(3):
            unit.write_journal(Entry(MONDAY, "p", "Asked", f"questions/{i}", "", "{}"))
    assert len(list(store.journal())) == 3
    store.close()
    raw = sqlite3.connect(tmp_path / "s.db")
    with pytest.raises(sqlite3.DatabaseError, match="append only"):
        raw.execute("update journal set person = 'somebody else' where id = 2")
    with pytest.raises(sqlite3.DatabaseError, match="append only"):
        raw.execute("delete from journal")
    raw.execute("drop trigger journal_is_not_changed")
    raw.execute("update journal set person = 'somebody else' where id = 2")
    raw.commit()
    raw.close()
    store = SqliteStore(tmp_path / "s.db")
    with pytest.raises(StoreError, match="Line 2"):
        list(store.journal())
    store.close()


@pytest.mark.usefixtures("sqlite")
def test_one_process_at_a_time_serves_and_another_may_look(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Another process"):
        SqliteStore(tmp_path / "s.db")
    beside = SqliteStore(tmp_path / "s.db", exclusive=False)
    beside.close()


def test_every_commit_is_on_disk_and_the_file_is_safe(sqlite: SqliteStore) -> None:
    pragmas = {name: sqlite._rows(f"pragma {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert sqlite.problems() == []


def test_a_file_that_is_no_database_and_one_of_a_newer_version_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is no database, but long enough to be looked at" * 40)
    with pytest.raises(StoreError, match="cannot be used as the database"):
        SqliteStore(tmp_path / "text.db")
    SqliteStore(tmp_path / "new.db").close()
    raw = driver.connect(tmp_path / "new.db")
    raw.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('someopas', 'm999_future', '2030')"
    )
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match="m999_future"):
        SqliteStore(tmp_path / "new.db")
    SqliteStore(tmp_path / "other.db").close()


def test_a_backup_is_whole_and_is_made_while_the_database_is_in_use(store: Store, tmp_path: Path) -> None:
    with store.unit() as unit:
        unit.save("questions/1", "asked", "p", '{"a": 1}', 0, MONDAY)
    store.back_up(str(tmp_path / "copy.db"))
    copy = SqliteStore(tmp_path / "copy.db")
    assert copy.record("questions/1") == store.record("questions/1")
    copy.close()


def test_people_are_replaced_whole_and_keep_the_language_they_chose(store: Store) -> None:
    one = Person("1", "Työntekijä", "1@example.org", roles=frozenset({"it_manager"}), away=True)
    store.replace_people([one, Person("2", "Toinen", "2@example.org")])
    with store.unit() as unit:
        unit.set_language("1", "sv")
    store.replace_people([one])
    [kept] = store.people()
    assert (kept.language, kept.roles, kept.away) == ("sv", frozenset({"it_manager"}), True)


def test_the_embedded_chat_takes_a_message_once_and_shows_whispers_to_one(store: Store) -> None:
    said = {"conversation": "web:1", "author": "p", "text": "hei", "card": "", "language": "", "only_for": "", "key": "a"}
    assert store.say(said, MONDAY) == store.say(said, MONDAY)
    store.say({**said, "key": "b", "only_for": "q", "text": "kuiskaus"}, MONDAY)
    assert [s.text for s in store.said(["web:1"], "p", 9)] == ["hei"]
    assert [s.text for s in store.said(["web:1", "web:2"], "q", 9)] == ["hei", "kuiskaus"]
    assert [s.text for s in store.said(["web:1"], "q", 1)] == ["kuiskaus"], "the last ones"
    assert store.said([], "q", 9) == []
