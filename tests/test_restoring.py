"""A backup brings everything back, and a restored database sends nothing that may have been sent (fault 50)."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.evidence import EvidenceStore
from bot.rendering import Renderer
from bot.restoring import RESTORED, back_up, drill, hold, restore, restore_problems, settle_held
from bot.storage import HELD, Message
from bot.storage.sqlite import LATER, SOON, STEP, SqliteStore
from knowledge.guide import Guide
from tests.conftest import World, make_world
from tests.fakes import MONDAY, FakeClock

CARD = '{"name": "home/language_set", "parts": [{"name": "body", "kind": "text"}]}'
LATE = MONDAY + timedelta(hours=20)
"""When the machine was lost and the backup is brought back."""


class Town:
    """A bot with a file of evidence, its backup, and the place to which it comes back."""

    def __init__(self, folder: Path, guide: Guide, renderer: Renderer) -> None:
        self.folder, self.guide, self.renderer = folder, guide, renderer
        self.world = make_world(folder / "someopas.db", guide, renderer)
        self.evidence = EvidenceStore(folder / "evidence")
        self.file, self.new = folder / "backup.tar", folder / "new"
        self.database, self.new_evidence = self.new / "someopas.db", EvidenceStore(self.new / "evidence")

    def backs_up(self) -> None:
        back_up(self.world.store, self.evidence, self.file, self.world.clock.now())

    def restores(self, at: datetime = LATE) -> list[str]:
        return restore(self.file, self.database, self.new_evidence, at)

    def goes_on(self, at: datetime = LATE) -> World:
        return make_world(self.database, self.guide, self.renderer, FakeClock(at))


@pytest.fixture
def town(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[Town]:
    made = Town(tmp_path, lexical_guide, renderer)
    made.evidence.keep([b"a screenshot"])
    made.world.asks("employee", "Kuinka usein salasanat pitää vaihtaa?")
    yield made
    made.world.store.close()


def waits(world: World, kind: str = "post", conversation: str = "fake:dm:employee", target: int = 0) -> None:
    with world.store.unit() as unit:
        unit.send(Message(conversation, kind, CARD, "fi", target=target), world.clock.now())  # type: ignore[arg-type]


# ── everything comes back ───────────────────────────────────────────────────────────────────────────────────────────


def test_database_and_evidence_come_back_and_the_file_is_its_owners_alone(town: Town) -> None:
    town.backs_up()
    assert town.file.stat().st_mode & 0o777 == 0o600
    journal = list(town.world.store.journal())
    assert town.restores() == []
    world = town.goes_on()
    assert list(world.store.journal())[: len(journal)] == journal
    assert town.new_evidence.files() == town.evidence.files() != []
    assert world.store.counts()["people"] == town.world.store.counts()["people"]
    assert town.database.stat().st_mode & 0o777 == 0o600
    world.store.close()
    assert sorted(p.name for p in town.new.iterdir()) == ["evidence", "someopas.db", "someopas.lock"]


def test_a_backup_of_the_database_alone_as_older_versions_made_it_comes_back(town: Town) -> None:
    town.world.store.back_up(str(town.file))
    assert town.restores() == []
    assert drill(town.file, LATE).problems == ()


def test_a_name_that_is_taken_is_not_written_over(town: Town) -> None:
    town.backs_up()
    with pytest.raises(FileExistsError, match="choose a new name"):
        town.backs_up()


@pytest.mark.parametrize("left", ["someopas.db", "someopas.db-wal", "someopas.db-shm", "someopas.db-journal"])
def test_nothing_of_another_database_is_mixed_with_the_restored_one(town: Town, left: str) -> None:
    town.backs_up()
    town.new.mkdir()
    (town.new / left).write_bytes(b"of another")
    [problem] = town.restores()
    assert "move it away first" in problem
    assert [p.name for p in town.new.iterdir()] == [left]
    assert (town.new / left).read_bytes() == b"of another"


# ── what is damaged is not put anywhere ─────────────────────────────────────────────────────────────────────────────


def remade(file: Path, **changed: bytes | None) -> None:
    """The same backup with some members' bytes changed; None leaves one out, an unknown name is put in."""
    members = {}
    with tarfile.open(file) as tar:
        for member in tar:
            source = tar.extractfile(member)
            members[member.name] = source.read() if source else b""
    members.update(changed)
    with tarfile.open(file, "w") as tar:
        for name, data in members.items():
            if data is not None:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def test_a_damaged_file_of_evidence_is_named(town: Town) -> None:
    town.backs_up()
    [name] = town.evidence.files()
    remade(town.file, **{f"evidence/{name}": b"another"})
    assert town.restores() == [f"The file of evidence {name} is damaged."]
    assert list(town.new.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/outside", "evidence/../outside", "evidence/x", f"x/{'a' * 64}", "a" * 64]
)
def test_what_does_not_belong_into_a_backup_is_not_unpacked(town: Town, name: str) -> None:
    town.backs_up()
    remade(town.file, **{name: b"x"})
    [problem] = town.restores()
    assert "does not belong into a backup" in problem
    assert not list(town.folder.rglob("outside"))


def test_a_link_in_a_backup_is_not_followed(town: Town) -> None:
    town.backs_up()
    with tarfile.open(town.file, "a") as tar:
        link = tarfile.TarInfo(f"evidence/{'a' * 64}")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    assert ["does not belong" in p for p in town.restores()] == [True]


def test_a_damaged_database_is_not_put_in_place(town: Town) -> None:
    town.backs_up()
    with tarfile.open(town.file) as tar:
        source = tar.extractfile("someopas.db")
        assert source
        data = bytearray(source.read())
    data[8192:40960] = bytes(32768)
    remade(town.file, **{"someopas.db": bytes(data)})
    assert town.restores() != []
    assert list(town.new.iterdir()) == []


def test_a_journal_that_was_changed_is_not_put_in_place(town: Town) -> None:
    store = town.world.store
    store._db.execute("drop trigger journal_is_not_changed")
    store._db.execute("update journal set event = 'Changed' where id = 1")
    town.backs_up()
    assert town.restores() == ["Line 1 of the journal was changed after it was written."]
    assert list(town.new.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"no backup at all" * 1000])
def test_what_is_no_backup_is_said_in_a_sentence(town: Town, data: bytes) -> None:
    town.file.write_bytes(data)
    assert len(town.restores()) == 1
    assert list(town.new.iterdir()) == []


def test_a_tar_without_a_database_is_no_backup(town: Town) -> None:
    town.backs_up()
    remade(town.file, **{"someopas.db": None})
    assert town.restores() == ["There is no database in it."]


# ── nothing is sent twice ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_waited_in_the_backup_and_was_sent_after_it_is_not_sent_again(town: Town) -> None:
    waits(town.world)
    waits(town.world, "reply", "fake:dm:director")
    town.backs_up()
    town.world.sender.run_once()
    sent = len(town.world.platform.sent)
    assert town.restores() == []
    world = town.goes_on()
    world.waits(days=2)
    assert [s for s in world.platform.sent if s.card.name == "home/language_set"] == []
    assert sent >= 2, "they had been sent"
    world.store.close()


def test_people_are_served_before_an_administrator_has_decided(town: Town) -> None:
    waits(town.world)
    town.backs_up()
    assert town.restores() == []
    world = town.goes_on()
    world.asks("employee", "Kuinka usein salasanat pitää vaihtaa?")
    assert "3 kuukauden" in str(world.last("employee").card), "what is held does not hold up its conversation"
    world.store.close()


@pytest.mark.parametrize("again", [True, False])
def test_an_administrator_has_it_sent_in_its_order_or_lets_it_be(town: Town, again: bool) -> None:
    for _ in range(3):
        waits(town.world)
    town.backs_up()
    town.restores()
    world = town.goes_on()
    held = [d.id for d in world.store.dead_letters() if d.error == HELD]
    assert len(held) == 3
    assert "3 messages" in restore_problems(world.store)[0]
    assert settle_held(world.store, LATE, again=again) == 3
    world.sender.run_once()
    told = [s for s in world.platform.sent if s.card.name == "home/language_set"]
    assert len(told) == (3 if again else 0)
    posts = [int(k.split(":")[1]) for k in world.platform.keys if int(k.split(":")[1]) in held]
    assert posts == (sorted(held) if again else [])
    assert restore_problems(world.store) == []
    assert world.store.backlog().held == 0
    assert settle_held(world.store, LATE, again=again) == 0
    assert "Released" in {e.event for e in world.store.journal()} if again else True
    world.store.close()


def test_letters_that_were_given_up_before_are_not_sent_with_what_is_held(town: Town) -> None:
    town.world.platform.refuses = {"fake:dm:nobody"}
    waits(town.world, conversation="fake:dm:nobody")
    town.world.sender.run_once()
    town.backs_up()
    town.restores()
    world = town.goes_on()
    before = [d for d in world.store.dead_letters() if d.error != HELD]
    settle_held(world.store, LATE, again=True)
    assert [d for d in world.store.dead_letters() if d.error != HELD] == before != []
    world.store.close()


def test_timers_that_fell_due_meanwhile_fire_one_by_one_incidents_first_others_keep_their_time(town: Town) -> None:
    due = {"accounts/1": 1, "accounts/2": 2, "incidents/1": 3, "incidents/2": 4, "accounts/3": 21}
    with town.world.store.unit() as unit:
        for record, hours in due.items():
            unit.remind(record, "x", MONDAY + timedelta(hours=hours))
    town.backs_up()
    town.restores()
    store = SqliteStore(town.database)
    assert store.due_timers(LATE) == []
    with store.unit() as unit:
        found = {record: unit.due(record, "x") for record in due}
    assert found["incidents/1"] == LATE + SOON
    assert found["incidents/2"] == LATE + SOON + STEP
    assert found["accounts/1"] > LATE + LATER
    assert found["accounts/2"] == found["accounts/1"] + STEP
    assert found["accounts/3"] == MONDAY + timedelta(hours=21)
    store.close()


def test_a_number_that_was_given_after_the_backup_is_never_given_again(town: Town) -> None:
    """Else a button of a lost request, which still stands in a chat, would act on another's."""
    town.backs_up()
    given = []
    with town.world.store.unit() as unit:
        given += [unit.new_key("questions") for _ in range(900)]
    for n in range(50):
        waits(town.world, conversation=f"fake:dm:p{n}")
    lost = {d.id for d in town.world.store.due_messages(MONDAY)}
    town.restores()
    store = SqliteStore(town.database)
    with store.unit() as unit:
        assert unit.new_key("questions") not in given
        unit.send(Message("fake:dm:employee", "post", CARD, "fi"), LATE)
    assert not lost & {m.id for m in store.due_messages(LATE)}
    assert max(lost) < min(m.id for m in store.due_messages(LATE))
    store.close()


def test_a_database_that_was_put_back_by_other_means_is_held_too(town: Town) -> None:
    waits(town.world)
    town.world.store.back_up(str(town.folder / "copy.db"))
    store = SqliteStore(town.folder / "copy.db")
    assert hold(store, LATE) == 1
    assert store.due_messages(LATE) == []
    assert "1 messages" in restore_problems(store)[0]
    store.close()


def test_where_nothing_waited_there_is_nothing_to_decide(town: Town) -> None:
    town.world.sender.run_once()
    town.backs_up()
    town.restores()
    store = SqliteStore(town.database)
    assert restore_problems(store) == []
    store.close()


def test_a_second_restore_of_a_restored_database_holds_all_that_waits_again(town: Town) -> None:
    waits(town.world)
    town.backs_up()
    town.restores()
    world = town.goes_on()
    waits(world)
    again = town.folder / "again.tar"
    back_up(world.store, town.new_evidence, again, LATE)
    world.store.close()
    third = town.folder / "third"
    assert restore(again, third / "someopas.db", EvidenceStore(third / "evidence"), LATE) == []
    store = SqliteStore(third / "someopas.db")
    assert store.backlog().held == 2
    assert store.get(RESTORED)
    store.close()


# ── the drill ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_drill_tells_what_came_back_and_how_long_it_took(town: Town) -> None:
    waits(town.world)
    town.backs_up()
    found = drill(town.file, LATE)
    assert found.problems == ()
    assert found.counts["evidence"] == 1
    assert found.counts["records"] == town.world.store.counts()["records"]
    assert found.seconds > 0


def test_a_drill_names_a_case_whose_file_is_not_in_the_backup(town: Town) -> None:
    lost = "b" * 64
    with town.world.store.unit() as unit:
        unit.save("incidents/1", "reported", "employee", json.dumps({"evidence": [{"sha256": lost}]}), 0, MONDAY)
        unit.save("incidents/2", "erased", "employee", json.dumps({"evidence": [{"sha256": "c" * 64}]}), 0, MONDAY)
    town.backs_up()
    assert drill(town.file, LATE).problems == (f"The file of evidence {lost} is not in the backup.",)


def test_a_drill_names_what_did_not_come_back(town: Town) -> None:
    town.backs_up()
    remade(town.file, **{"backup.json": json.dumps({"counts": {"people": 10_000}}).encode()})
    [problem] = drill(town.file, LATE).problems
    assert problem.startswith("10000 people were backed up, and ")


def test_a_drill_leaves_nothing_behind(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    town.backs_up()
    drill(town.file, LATE)
    assert list(folder.iterdir()) == []
    shutil.rmtree(folder)
