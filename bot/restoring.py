"""A whole copy of what is kept, and the way back from it: database, files of evidence, and a drill that proves both.

A backup is one tar file: the database as it was at one moment, each file of evidence under its checksum, and a note with
the counts. A restored database sends nothing of what waited in it: it may have been sent after the backup was made.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bot.evidence import NAME as CHECKSUM
from bot.evidence import EvidenceStore, settle
from bot.storage import HELD, Entry, Store, StoreError
from bot.storage.sqlite import SqliteStore
from handlers.incidents.record import Status

DATABASE, NOTE, EVIDENCE = "someopas.db", "backup.json", "evidence/"
RESTORED = "restored"
"""The small value that stands while an administrator has not decided on what waited in the backup."""
FIRST = "incidents"
"""The flow whose timers fire first after a restore."""
CHUNK = 1 << 20
HEADER = b"SQLite format 3\0"
"""What a database begins with: an empty file would be taken for an empty one (sqlite.org/fileformat.html)."""


@dataclass(frozen=True)
class Drill:
    """What a drill found: the seconds to restore, what was brought back, and what is wrong, a sentence each."""

    seconds: float
    counts: Mapping[str, int]
    problems: tuple[str, ...]


def back_up(store: Store, evidence: EvidenceStore, file: Path, now: datetime) -> Mapping[str, int]:
    """Write a backup to a new file, readable by its owner alone, also while the bot serves. Gives what it holds.

    Raises `FileExistsError`, `OSError`. The database is copied first, so that its files of evidence are there too, but
    for what is erased meanwhile.
    """
    if file.exists():
        raise FileExistsError(f"{file} is there already; choose a new name.")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".someopas-") as folder:
            copy = Path(folder) / DATABASE
            store.back_up(str(copy))
            with tarfile.open(part, "w") as tar:
                tar.add(copy, DATABASE)
                names = evidence.files()
                for name in names:
                    tar.add(evidence.path(name), f"{EVIDENCE}{name}")
                counts = {**_counts(copy), "evidence": len(names)}
                _add(tar, NOTE, json.dumps({"at": now.isoformat(), "counts": counts}).encode())
        settle(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return counts


def restore(file: Path, database: Path, evidence: EvidenceStore, now: datetime) -> list[str]:
    """Put a backup in the place of a database that is not there, and hold what waited in it.

    Gives what is wrong, a sentence each: then nothing was put anywhere.
    """
    if left := [p for p in _of(database) if p.exists()]:
        return [f"{', '.join(str(p) for p in left)} is there: move it away first, so that nothing is lost or mixed."]
    database.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=database.parent, prefix=".restoring-") as folder:
        try:
            found = _unpacked(file, Path(folder)) or _prepared(Path(folder) / DATABASE, now)
        except (OSError, tarfile.TarError, ValueError) as problem:
            return [f"{file} cannot be read as a backup: {type(problem).__name__}: {problem}"]
        if found:
            return found
        for path in sorted((Path(folder) / EVIDENCE).glob("*")):
            evidence.keep(_chunks(path))
        # What is prepared is whole: its log was taken into it when it was closed.
        (Path(folder) / DATABASE).replace(database)
        settle(database)
        settle(database.parent)
    return []


def hold(store: Store, now: datetime) -> int:
    """Hold what waits in a database that was put back from a copy, and have an administrator decide on it.

    Gives how many messages it is. For a copy that was restored by other means (Litestream, pg_restore), before it serves.
    """
    held = store.go_on(now, FIRST)
    with store.unit() as unit:
        unit.write_journal(Entry(now, "", "Restored", RESTORED, "", str(held)))
    store.put(RESTORED, now.isoformat() if held else "")
    return held


def settle_held(store: Store, now: datetime, *, again: bool) -> int:
    """Send what a restore held, or let it be; gives how many messages it was. Timers keep the times that they got."""
    held = [letter.id for letter in reversed(store.dead_letters()) if letter.error == HELD]
    with store.unit() as unit:
        for number in sorted(held):
            unit.letter(number, now, again=again)
        unit.write_journal(Entry(now, "", "Released" if again else "Dropped", RESTORED, "", str(len(held))))
    store.put(RESTORED, "")
    return len(held)


def drill(file: Path, now: datetime) -> Drill:
    """Restore a backup into a folder that is thrown away, and look whether it is whole and would send nothing."""
    begun = perf_counter()
    with TemporaryDirectory(prefix="someopas-drill-") as folder:
        database, evidence = Path(folder) / DATABASE, EvidenceStore(Path(folder) / "evidence")
        if found := restore(file, database, evidence, now):
            return Drill(perf_counter() - begun, {}, tuple(found))
        counts = {**_counts(database), "evidence": len(evidence.files())}
        store = SqliteStore(database)
        try:
            found = [*_would_send(store, now), *_differs(_noted(file), counts), *_without_files(store, evidence)]
        finally:
            store.close()
        return Drill(perf_counter() - begun, counts, tuple(found))


def restore_problems(store: Store) -> list[str]:
    """What `doctor` says of a restore on which nobody has decided."""
    when = store.get(RESTORED)
    if not when:
        return []
    held = f"the database was restored at {when}, and {store.backlog().held} messages that waited in the backup are held"
    way = "`someopas restore --release` sends them, `someopas restore --drop` lets them be"
    return [f"restore: {held}, since they may have been sent. {way}."]


def _of(database: Path) -> list[Path]:
    """The files that make a database: a log that is left beside a new file would be read as its own."""
    return [database, *(database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm", "-journal"))]


def _unpacked(file: Path, folder: Path) -> list[str]:
    """Take the known names out of a backup, and no others; an older backup is a database by itself."""
    if not tarfile.is_tarfile(file):
        with file.open("rb") as older:
            if older.read(len(HEADER)) != HEADER:
                return [f"{file} is no backup."]
        shutil.copyfile(file, folder / DATABASE)
        return []
    (folder / EVIDENCE).mkdir()
    found = []
    with tarfile.open(file, "r:") as tar:
        for member in tar:
            folder_name, _, checksum = member.name.rpartition("/")
            known = member.name in (DATABASE, NOTE) or (f"{folder_name}/" == EVIDENCE and CHECKSUM.fullmatch(checksum))
            source = tar.extractfile(member) if known and member.isfile() else None
            if source is None:
                found.append(f"{member.name!r} does not belong into a backup.")
                continue
            with (folder / member.name).open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
            if member.name.startswith(EVIDENCE) and _checksum(folder / member.name) != checksum:
                found.append(f"The file of evidence {checksum} is damaged.")
    return found if (folder / DATABASE).exists() else [*found, "There is no database in it."]


def _prepared(database: Path, now: datetime) -> list[str]:
    """Look whether a copy is whole, bring it to this version, and hold what waits in it."""
    database.chmod(0o600)
    try:
        store = SqliteStore(database)
    except StoreError as problem:
        return [str(problem)]
    try:
        if found := store.problems():
            return list(found)
        for _ in store.journal():
            pass
        hold(store, now)
    except StoreError as problem:
        return [str(problem)]
    finally:
        store.close()
    return []


def _counts(database: Path) -> dict[str, int]:
    store = SqliteStore(database)
    try:
        return dict(store.counts())
    finally:
        store.close()


def _noted(file: Path) -> Mapping[str, Any]:
    """The note of a backup; nothing where an older one has none."""
    if not tarfile.is_tarfile(file):
        return {}
    with tarfile.open(file, "r:") as tar:
        source = tar.extractfile(NOTE)
        note = json.load(source) if source else {}
    return note.get("counts", {}) if isinstance(note, dict) else {}


def _differs(noted: Mapping[str, Any], counts: Mapping[str, int]) -> list[str]:
    """What fewer were brought back of than the note tells; the restore's own rows are more."""
    return [
        f"{n} {k} were backed up, and {counts.get(k, 0)} came back." for k, n in noted.items() if counts.get(k, 0) < n
    ]


def _would_send(store: Store, now: datetime) -> list[str]:
    due = [m for m in store.due_messages(now) if m.content.kind != "fetch"]
    firing = store.due_timers(now)
    return [f"{len(due)} messages would be sent and {len(firing)} timers would fire at once."] if due or firing else []


def _without_files(store: Store, evidence: EvidenceStore) -> list[str]:
    """The cases' files that did not come back."""
    there = set(evidence.files())
    named = {
        item.get("sha256")
        for kept in store.records("incidents", limit=1_000_000)
        for item in json.loads(kept.data).get("evidence", [])
        if kept.status not in (Status.FORGOTTEN, Status.ERASED)
    }
    return [
        f"The file of evidence {name} is not in the backup."
        for name in sorted(n for n in named if n)
        if name not in there
    ]


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, BytesIO(data))
