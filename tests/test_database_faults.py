"""What befalls a database: a full disk, a lock, other owners, damage, races and failures of its migrations, a power cut.

Nothing that was acknowledged is lost, what cannot be kept is refused, and what is wrong is said in a sentence.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3 as driver  # type: ignore[attr-defined]  # the driver that the store itself uses

from bot.directory import read_people
from bot.doctor import problems
from bot.settings import Settings
from bot.storage import Entry, Message, StoreError
from bot.storage.schema import migrations
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from tests.fakes import MONDAY

ROOT = Path(__file__).parent.parent
PAGE = 4096


def python(code: str, *arguments: str, timeout: int = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def filled(path: Path, records: int = 60) -> SqliteStore:
    """A store with something in each of its large tables."""
    store = SqliteStore(path)
    store.replace_people(read_people(DEMO_PEOPLE))
    for number in range(1, records + 1):
        data = json.dumps({"text": f"Kysymys {number} " + "sana " * 60})
        with store.unit() as unit:
            unit.seen(f"k{number}", MONDAY)
            unit.save(f"questions/{number}", "asked", "p", data, 0, MONDAY)
            unit.write_journal(Entry(MONDAY, "p", "Asked", f"questions/{number}", "", data))
            unit.send(Message("fake:1", "post", data, "fi", f"questions/{number}"), MONDAY)
            unit.remind(f"questions/{number}", "chase", MONDAY)
    return store


# ── a full disk, a lock ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_on_a_full_disk_events_are_refused_nothing_is_lost_and_it_recovers_by_itself(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.full_disk", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=100,
        check=True,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    assert told["acknowledged"][0] == 0, "there was room at first"
    assert {kind for _, kind in told["refused"]} == {"OperationalError"}
    assert told["again"] == [], "with room again every delivery is taken"
    expected = sorted(f"Miten some-tili suljetaan? ({number})" for number in range(120))
    assert sorted(told["texts"]) == expected, "each once: what was refused had left nothing"
    assert sorted(told["acknowledged"]) == list(range(120))
    assert told["problems"] == []
    assert told["journal"] == 120


@pytest.mark.slow
def test_while_another_program_locks_the_database_an_event_fails_and_its_next_delivery_is_kept(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    other = driver.connect(tmp_path / "s.db", isolation_level=None)
    other.execute("begin immediate")

    def deliver() -> bool:
        with store.unit() as unit:
            return unit.seen("k1", MONDAY)

    with pytest.raises(driver.OperationalError, match="locked"):
        deliver()
    assert store.due_messages(MONDAY) == [], "what only reads goes on"
    other.execute("rollback")
    other.close()
    assert deliver() is False
    assert deliver() is True
    store.close()


# ── not ours ────────────────────────────────────────────────────────────────────────────────────────────────────────

AS_NOBODY = """
import os, sys
from pathlib import Path
from bot.storage import StoreError
from bot.storage.sqlite import SqliteStore
SqliteStore(Path(sys.argv[2]) / "warm.db").close()  # what is loaded late is loaded while this may read it
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    SqliteStore(Path("s.db"))
except StoreError as problem:
    print(problem)
"""


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that others come to: pytest's own is closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    ("of_folder", "of_file", "said"),
    [(0o555, 0o444, "cannot be written to"), (0o777, 0o444, "readonly database"), (0o777, 0o000, "unable to open")],
    ids=["a folder that is not ours", "a file that is only read", "a file of another owner"],
)
def test_a_database_that_may_not_be_written_is_said_at_the_start(
    everybodys: Path, tmp_path: Path, of_folder: int, of_file: int, said: str
) -> None:
    folder = everybodys / "data"
    folder.mkdir()
    filled(folder / "s.db", 1).close()
    (folder / "s.db").chmod(of_file)
    (folder / "s.lock").unlink(missing_ok=True)
    folder.chmod(of_folder)
    told = python(AS_NOBODY, str(folder), str(tmp_path))
    folder.chmod(0o755)
    assert said in told.stdout, told.stderr
    assert "Traceback" not in told.stderr


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", "utf-8")
    with pytest.raises(StoreError, match="cannot be written to"):
        SqliteStore(tmp_path / "data" / "s.db")


# ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def doctors(folder: Path) -> list[str]:
    settings = Settings(data=folder, dense=False, _env_file=None)  # type: ignore[call-arg]  # pydantic's own argument
    return [p for p in problems(settings) if p.startswith(("database:", "journal:"))]


@pytest.mark.slow
def test_whichever_page_of_the_database_is_overwritten_the_doctor_finds_it(tmp_path: Path) -> None:
    whole = tmp_path / "whole" / "someopas.db"
    whole.parent.mkdir()
    filled(whole, 25).close()
    assert doctors(whole.parent) == []
    junk, content = random.Random(7).randbytes(PAGE), whole.read_bytes()
    unfound = []
    for page in range(len(content) // PAGE):
        broken = tmp_path / f"page{page}" / "someopas.db"
        broken.parent.mkdir()
        broken.write_bytes(content[: page * PAGE] + junk + content[(page + 1) * PAGE :])
        if not doctors(broken.parent):
            unfound.append(page)
        shutil.rmtree(broken.parent)
    assert len(content) // PAGE > 40
    assert unfound == []


def test_a_word_that_was_changed_in_the_file_itself_is_found_by_the_journals_chain(tmp_path: Path) -> None:
    path = tmp_path / "someopas.db"
    filled(path, 5).close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Kysymys 3 sana", b"Kysymys 8 sana"))
    assert content != path.read_bytes()
    assert any("Line 3 of the journal was changed" in line for line in doctors(tmp_path))


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "someopas.db"
    filled(path, 25).close()
    content = bytearray(path.read_bytes())
    content[5 * PAGE : 30 * PAGE] = bytes(25 * PAGE)
    path.write_bytes(content)
    assert any("someopas restore" in line for line in doctors(tmp_path))


@pytest.mark.slow
def test_wherever_a_power_cut_ends_the_log_the_database_opens_whole_and_holds_what_came_first(tmp_path: Path) -> None:
    store = filled(tmp_path / "s.db", 12)
    files = {name: (tmp_path / name).read_bytes() for name in ("s.db", "s.db-wal")}
    store.close()
    kept = []
    log = files["s.db-wal"]
    # Each frame is a page and 24 bytes; the log begins with 32. It is cut within frames and between them.
    for cut in [*range(32, len(log), 24 + PAGE), *range(0, len(log), 5 * PAGE + 1234), len(log)]:
        folder = tmp_path / f"cut{cut}"
        folder.mkdir(exist_ok=True)
        (folder / "s.db").write_bytes(files["s.db"])
        (folder / "s.db-wal").write_bytes(log[:cut])
        after = SqliteStore(folder / "s.db")
        assert after.problems() == []
        journal = list(after.journal())
        records = after.records("questions")
        assert len(journal) == len(records) == len(after.due_timers(MONDAY)), "all of a transaction, or nothing"
        assert [e.record for e in journal] == [f"questions/{n}" for n in range(1, len(journal) + 1)]
        kept.append((cut, len(journal)))
        after.close()
        shutil.rmtree(folder)
    assert [n for _, n in sorted(kept)] == sorted(n for _, n in kept)
    assert max(n for _, n in kept) == 12


WRITER = """
import os, sys
from pathlib import Path
from bot.storage.sqlite import SqliteStore
from tests.fakes import MONDAY
store = SqliteStore(Path(sys.argv[1]) / "s.db")
for number in range(5):
    with store.unit() as unit:
        unit.seen(f"k{number}", MONDAY)
    os.write(1, b"acknowledged\\n")
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace tells of the calls to the system; it is not here")
def test_before_an_acknowledgement_the_disk_was_told_to_keep_what_was_written(tmp_path: Path) -> None:
    traced = ["strace", "-f", "-y", "-e", "trace=fdatasync,fsync,write,pwrite64", "-o", str(tmp_path / "trace")]
    command = [*traced, sys.executable, "-c", WRITER, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    kept, told = [], True
    for call in (tmp_path / "trace").read_text("utf-8").splitlines():
        if "s.db-wal>" in call:
            told = "sync(" in call  # the last thing that happened to the log
        elif "acknowledged" in call:
            kept.append(told)
    assert kept == [True] * 5


# ── migrations ──────────────────────────────────────────────────────────────────────────────────────────────────────

RACER = """
import sys
from pathlib import Path
from bot.storage import StoreError
from bot.storage.sqlite import SqliteStore
path, store = Path(sys.argv[1]), None
print("ready", flush=True)
sys.stdin.readline()
while store is None:
    path.with_suffix(".lock").unlink(missing_ok=True)  # somebody takes away the lock that would keep the others out
    try:
        store = SqliteStore(path)
    except StoreError as problem:
        assert "Another process" in str(problem), problem
print(len(store.people()), store.problems())
"""


@pytest.mark.slow
def test_ten_processes_that_migrate_at_once_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for _ in range(10)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=60) for racer in racers]
    assert [out for out, _ in told] == ["0 []\n"] * 10, told
    store = SqliteStore(path)
    applied = [m.name for m in migrations.applied(store._db)]
    assert applied == sorted(set(applied))
    store.close()


NEXT_VERSION = """
import sys
from pathlib import Path
from bot.storage import StoreError
from bot.storage.schema import migrations
from bot.storage.sqlite import SqliteStore

@migrations()
def m998_good(db):
    db.execute("create table of_the_next_version (id integer)")
    db.execute("update records set status = 'changed'")

@migrations()
def m999_broken(db):
    db.execute("drop table timers")
    db.execute("this is no statement")

try:
    SqliteStore(Path(sys.argv[1]))
except StoreError as problem:
    print(problem)
"""


def test_a_migration_that_fails_midway_leaves_the_old_version_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    filled(path, 3).close()
    told = python(NEXT_VERSION, str(path))
    assert "cannot be used as the database" in told.stdout, told.stderr
    old = SqliteStore(path)
    assert [k.status for k in old.records("questions")] == ["asked"] * 3
    assert len(old.due_timers(MONDAY)) == 3
    assert old._rows("select count(*) from sqlite_master where name = 'of_the_next_version'") == [(0,)]
    old.close()


def test_two_instances_are_told_apart_by_the_lock_whose_owner_died(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "s.db")
    second = python(
        "import sys; from pathlib import Path; from bot.storage.sqlite import SqliteStore\n"
        "SqliteStore(Path(sys.argv[1]))", str(tmp_path / "s.db"),
    )  # fmt: skip
    assert second.returncode != 0
    assert "Another process uses" in second.stderr
    first.close()
    killed = python(
        "import os, signal, sys; from pathlib import Path; from bot.storage.sqlite import SqliteStore\n"
        "SqliteStore(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)", str(tmp_path / "s.db"),
    )  # fmt: skip
    assert killed.returncode == -9
    SqliteStore(tmp_path / "s.db").close()
