"""The embedded store: one SQLite file, one writer, every commit on disk before it is acknowledged."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlite_utils import Database, utils

from bot.storage import ALL, HELD, Account, Backlog, Dead, Entry, Kept, Message, Outgoing, Said, StoreError, Timer
from bot.storage.keeping import stamp, verified
from bot.storage.schema import migrations
from bot.storage.unit import MESSAGE_COLUMNS, SqliteUnit, kept_of, load, marks, moment
from handlers.facts import Person

# The driver that sqlite_utils itself chose: pysqlite3 with its newer SQLite, where that is installed.
sqlite3 = utils.sqlite3  # type: ignore[attr-defined]  # it is not in the module's __all__, and is what Database uses
SAFE_SQLITE = (3, 51, 3)
"""Older ones can corrupt a WAL file that two connections use (sqlite.org/wal.html, the WAL-reset bug)."""
BUSY = 2.5
"""Seconds that another program's lock is waited for: then an event fails, within Slack's three, and comes again."""
PATIENT = 30.0
"""Seconds that it is waited for at the start, when another program may be changing the tables."""
DAMAGED = "Stop the bot, keep the file, and restore the newest backup (`someopas restore`)."

SOON, LATER, STEP = timedelta(minutes=15), timedelta(days=1), timedelta(seconds=2)
"""After a restore: when the timers fire that fell due meanwhile, of one flow and of the others, and how far apart."""
SKIPPED, SKIPPED_MESSAGES = 1000, 100_000
"""Numbers of records and of messages that a restore leaves out: more than are given between a backup and a crash."""


class SqliteStore:
    """A `Store` on one file. Only one process may have it open: another would send the outbox twice."""

    def __init__(self, path: Path, *, exclusive: bool = True) -> None:
        """Open or make the database; `exclusive=False` for a look beside the process that serves from it."""
        if not exclusive and not path.exists():
            raise StoreError(f"{path} is not there yet; `someopas import people FILE` makes it.")
        self._lock = threading.RLock()
        self._owner = _own(path) if exclusive else None
        try:
            self._db = _open(path)
            self._migrate(apply=exclusive)
            self._db.execute(f"pragma busy_timeout = {int(BUSY * 1000)}")
        except (sqlite3.DatabaseError, StoreError) as problem:
            if self._owner:
                self._owner.release()
            damaged = f". {DAMAGED}" if type(problem) is sqlite3.DatabaseError else ""
            raise StoreError(f"{path} cannot be used as the database: {problem}{damaged}") from problem

    def _migrate(self, *, apply: bool) -> None:
        known = {m.name for m in migrations.pending(Database(memory=True))}
        with self._transaction():
            if newer := sorted({m.name for m in migrations.applied(self._db)} - known):
                raise StoreError(f"a newer version of the program made it ({', '.join(newer)}). Upgrade the program.")
            if apply:
                migrations.apply(self._db)
                # SQLite opens a file that may only be read without a word: this writes, and changes nothing.
                self._db.execute("pragma user_version = 0")
            elif migrations.pending(self._db):
                raise StoreError("an older version of the program made it. Start the new one first.")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # Database.atomic() would begin deferred, and a deferred transaction fails where it turns into a writing one.
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
                self._db.commit()
            except BaseException:
                self._db.rollback()
                raise

    @contextmanager
    def unit(self) -> Iterator[SqliteUnit]:
        """Begin a transaction; see `Store.unit`."""
        with self._transaction():
            yield SqliteUnit(self._db)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return list(self._db.execute(sql, values).fetchall())
            except sqlite3.DatabaseError as problem:
                if type(problem) is sqlite3.DatabaseError:  # its subclasses are of the program or of the moment
                    raise StoreError(f"The database is damaged: {problem}. {DAMAGED}") from problem
                raise

    def _write(self, sql: str, *values: object) -> int:
        with self._transaction():
            return int(self._db.execute(sql, values).lastrowid or 0)

    def record(self, key: str) -> Kept | None:
        """A record; see `Store.record`."""
        with self._lock:
            return load(self._db, key)

    def records(self, flow: str, person: str = "", statuses: Sequence[str] = (), limit: int = 100) -> list[Kept]:
        """Records of a flow, newest first; see `Store.records`."""
        # A plus keeps an index out of it: of a person there are few records, and of a status that is asked for as well.
        whose = "and person = ?" if person else ""
        which = f"and {'+' if person else ''}status in ({marks(statuses)})" if statuses else ""
        newest = "+rowid" if statuses and not person else "rowid"
        rows = self._rows(
            f"""select key, status, person, version, data, updated_at from records
                where flow = ? {whose} {which} order by {newest} desc limit ?""",  # noqa: S608 - question marks and constants
            flow, *([person] if person else []), *statuses, limit,
        )  # fmt: skip
        return [kept_of(row) for row in rows]

    def newest_in(self, flow: str, conversation: str, person: str) -> Kept | None:
        """The newest record of a conversation; see `Store.newest_in`."""
        rows = self._rows(
            """select key, status, person, version, data, updated_at from records where rowid = (
                select max(newest) from (
                    select max(rowid) as newest from records
                    where flow = ?1 and data ->> 'conversation' = ?2 and person = ?3
                    union all select max(rowid) from records where flow = ?1 and data ->> 'thread' = ?2))""",
            flow, conversation, person,
        )  # fmt: skip
        return kept_of(rows[0]) if rows else None

    def records_since(self, flow: str, since: datetime) -> list[Kept]:
        """Records of a flow made or changed since; see `Store.records_since`."""
        rows = self._rows(
            """select key, status, person, version, data, updated_at from records
                where flow = ? and updated_at >= ? order by rowid""",
            flow, stamp(since),
        )  # fmt: skip
        return [kept_of(row) for row in rows]

    def post_of(self, message: str) -> tuple[str, str] | None:
        """The record and the slot of a post; see `Store.post_of`."""
        rows = self._rows(
            "select record, slot from outbox where message = ? and message != '' and kind = 'post' and record != ''",
            message,
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def shown(self, message: str) -> tuple[int, Message] | None:
        """The message that a platform named so; see `Store.shown`."""
        rows = self._rows(
            "select id from outbox where message = ? and message != '' and kind in ('post', 'reply', 'whisper')", message
        )
        found = self.outgoing(rows[0][0]) if rows else None
        return (rows[0][0], found) if found else None

    def outgoing(self, number: int) -> Message | None:
        """A message as it was changed last; see `Store.outgoing`."""
        rows = self._rows(
            f"select {MESSAGE_COLUMNS} from outbox where id = ? or (target = ? and kind = 'update') order by id",  # noqa: S608 - a constant
            number, number,
        )  # fmt: skip
        if not rows:
            return None
        first, last = Message(*rows[0]), Message(*rows[-1])
        return replace(first, card=last.card, language=last.language)

    def answer_of(self, key: str) -> str:
        """The immediate answer that was kept with an event; see `Store.answer_of`."""
        rows = self._rows("select answer from events where key = ?", key)
        return str(rows[0][0]) if rows else ""

    def keep_way(self, name: str, data: str, at: datetime) -> None:
        """Keep how something is reached; see `Store.keep_way`."""
        self._write("insert or replace into ways values (?, ?, ?)", name, data, stamp(at))

    def way(self, name: str) -> str:
        """What was kept under a name, or ""."""
        rows = self._rows("select data from ways where id = ?", name)
        return str(rows[0][0]) if rows else ""

    def has_timer(self, record: str, name: str) -> bool:
        """Whether the record has a timer of this name."""
        return bool(self._rows("select 1 from timers where record = ? and name = ?", record, name))

    def unattended(self, flow: str, waiting: Sequence[str], held: Sequence[str]) -> list[str]:
        """The records that nothing would wake; see `Store.unattended`."""
        rows = self._rows(
            # Two questions in place of an “or”, each of which the index of statuses answers: closed cases are not read.
            f"""select key from records where flow = ? and status in ({marks(waiting)})
                    and not exists (select 1 from timers where record = key and name = 'escalate')
                union all select key from records where flow = ? and status in ({marks(held)}) and (data ->> 'holder' = ''
                    or not exists (select 1 from timers where record = key and name = 'silent'))
                order by key""",  # noqa: S608 - only question marks are put in
            flow, *waiting, flow, *held,
        )  # fmt: skip
        return [str(row[0]) for row in rows]

    def overdue(self, before: datetime) -> list[Timer]:
        """The timers that should have fired; see `Store.overdue`."""
        return self.due_timers(before)

    def mentions(self, flow: str, text: str) -> list[str]:
        """The records whose data hold a text; see `Store.mentions`."""
        return [
            str(row[0]) for row in self._rows("select key from records where flow = ? and instr(data, ?) > 0", flow, text)
        ]

    def homes(self) -> list[str]:
        """Everybody who has opened a home view."""
        return [row[0] for row in self._rows("select person from homes order by person")]

    def accounts(self) -> list[Account]:
        """Every account that was met."""
        rows = self._rows(
            "select id, name, email, language, standing, checked_at, supervisor from accounts order by rowid"
        )  # fmt: skip
        return [Account(row[0], row[1], row[2], row[3], row[4], moment(row[5]), row[6]) for row in rows]

    def keep_account(self, account: Account) -> None:
        """Keep what is known of an account."""
        a = account
        self._write(
            """insert into accounts values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set name = excluded.name,
                email = excluded.email, language = excluded.language, standing = excluded.standing,
                checked_at = excluded.checked_at, supervisor = excluded.supervisor""",
            a.id, a.name, a.email, a.language, a.standing, stamp(a.checked_at), a.supervisor,
        )  # fmt: skip

    def due_timers(self, now: datetime) -> list[Timer]:
        """The timers that are due; see `Store.due_timers`."""
        rows = self._rows("select record, name, due from timers where due <= ? order by due", stamp(now))
        return [Timer(record, name, moment(due)) for record, name, due in rows]

    def due_messages(
        self, now: datetime, *, limit: int = ALL, beyond: int = 0, without: Collection[str] = ()
    ) -> list[Outgoing]:
        """What may be sent now; see `Store.due_messages`."""
        rows = self._rows(
            f"""select id, attempts, {MESSAGE_COLUMNS},
                    (select message from outbox as post where post.id = outbox.target)
                from outbox indexed by outbox_in_order
                where sent_at is null and dead_at is null and id > ? and due <= ? and not exists (
                    select 1 from outbox as earlier where earlier.conversation = outbox.conversation
                    and earlier.id < outbox.id and earlier.sent_at is null and earlier.dead_at is null)
                {" and not conversation glob ?" * len(without)} order by id limit ?""",  # noqa: S608 - constants
            beyond, stamp(now), *(f"{platform}:*" for platform in without), limit,
        )  # fmt: skip
        return [Outgoing(row[0], row[1], row[11] or "", Message(*row[2:11])) for row in rows]

    def take(self, message: int) -> bool:
        """Whether it still waits; see `Store.take`. No other process has the file open."""
        return bool(
            self._rows("select 1 from outbox where id = ? and sent_at is null and dead_at is null", message)
        )  # fmt: skip

    def leads(self) -> bool:
        """The one process that has the file open leads; see `Store.leads`."""
        return True

    def changes(self) -> dict[str, int]:
        """Nothing is changed by another process; see `Store.changes`."""
        return {}

    def mark_sent(self, message: int, platform_id: str, at: datetime) -> None:
        """The platform took it; see `Store.mark_sent`."""
        # The way back is a key to the person's conversation: it is not kept longer than it is needed.
        self._write(
            "update outbox set sent_at = ?, message = ?, door = '' where id = ?", stamp(at), platform_id, message
        )  # fmt: skip

    def mark_failed(self, message: int, error: str, retry_at: datetime) -> None:
        """The platform did not take it; see `Store.mark_failed`."""
        self._write(
            "update outbox set error = ?, due = ?, attempts = attempts + 1 where id = ?", error, stamp(retry_at), message
        )  # fmt: skip

    def give_up(self, message: int, error: str, at: datetime) -> None:
        """A dead letter; see `Store.give_up`."""
        self._write("update outbox set error = ?, dead_at = ? where id = ?", error, stamp(at), message)

    def next_due(self, after: datetime | None = None) -> datetime | None:
        """When the next timer or message falls due; see `Store.next_due`."""
        rows = self._rows(
            """select min(due) from (select min(due) as due from timers where due > ?1 union all
                select min(due) from outbox where sent_at is null and dead_at is null and due > ?1)""",
            stamp(after) if after else "",
        )
        return moment(rows[0][0]) if rows[0][0] else None

    def next_timer(self) -> datetime | None:
        """When the next timer falls due."""
        rows = self._rows("select min(due) from timers")
        return moment(rows[0][0]) if rows[0][0] else None

    def dead_letters(self) -> list[Dead]:
        """The messages that were given up and not let be, the newest first."""
        rows = self._rows(
            f"""select id, error, dead_at, {MESSAGE_COLUMNS} from outbox
                where dead_at is not null and dismissed_at is null order by dead_at desc, id desc"""  # noqa: S608 - a constant
        )
        return [Dead(row[0], Message(*row[3:]), row[1], moment(row[2])) for row in rows]

    def waiting_since(self) -> datetime | None:
        """When the longest waiting message was made."""
        rows = self._rows("select min(made_at) from outbox where sent_at is null and dead_at is null and made_at != ''")
        return moment(rows[0][0]) if rows[0][0] else None

    def backlog(self) -> Backlog:
        """What lies in the outbox; see `Store.backlog`."""
        row = self._rows(
            """select (select count(*) from outbox where sent_at is null and dead_at is null),
                count(*) filter (where error != ?1), count(*) filter (where error = ?1),
                (select coalesce(max(id), 0) from journal)
                from outbox where dead_at is not null and dismissed_at is null""",
            HELD,
        )[0]
        return Backlog(*row)

    def counts(self) -> dict[str, int]:
        """How many there are of each; see `Store.counts`."""
        kinds = ("records", "journal", "timers", "outbox", "people")
        return {kind: int(self._rows(f"select count(*) from {kind}")[0][0]) for kind in kinds}  # noqa: S608 - constants

    def go_on(self, at: datetime, first: str) -> int:
        """Go on from what a backup held; see `Store.go_on`."""
        now, waits = stamp(at), "sent_at is null and dead_at is null"
        with self._transaction():
            self._db.execute(f"update outbox set sent_at = ? where kind = 'home' and {waits}", (now,))  # noqa: S608 - a constant
            held = self._db.execute(
                f"update outbox set dead_at = ?, error = ? where kind != 'fetch' and {waits}",  # noqa: S608 - a constant
                (now, HELD),
            ).rowcount
            overdue = self._db.execute(
                "select record, name from timers where due <= ? order by record not like ? || '/%', due", (now, first)
            ).fetchall()
            for number, (record, name) in enumerate(overdue):
                due = at + (SOON if record.startswith(f"{first}/") else LATER) + number * STEP
                self._db.execute("update timers set due = ? where record = ? and name = ?", (stamp(due), record, name))
            self._db.execute("update numbers set last = (last / ?1 + 2) * ?1", (SKIPPED,))
            # The numbers of messages go on from the greatest: a row that was never a message holds the place.
            self._db.execute(
                f"""insert into outbox (id, {MESSAGE_COLUMNS}, due, sent_at, dismissed_at)
                    select coalesce(max(id), 0) + ?, '', 'home', '', '', '', '', '', 0, '', ?2, ?2, ?2 from outbox""",  # noqa: S608 - a constant
                (SKIPPED_MESSAGES, now),
            )
        return int(held)

    def superseded(self, message: int) -> bool:
        """Whether a later renewal of the same home view waits."""
        rows = self._rows(
            """select 1 from outbox as mine join outbox as later on later.conversation = mine.conversation
                where mine.id = ? and later.id > mine.id and later.kind = 'home' and later.sent_at is null
                and later.dead_at is null limit 1""",
            message,
        )
        return bool(rows)

    def people(self) -> list[Person]:
        """Everybody in the directory, in the order of their import."""
        rows = self._rows(
            """select people.id, name, email, unit, department, supervisor, roles, deputy_for, away,
                coalesce(language, ''), deputy from people left join languages on languages.person = people.id
                order by people.rowid"""
        )
        return [_person(row) for row in rows]

    def languages(self) -> dict[str, str]:
        """The language that people chose."""
        return dict(self._rows("select person, language from languages"))

    def replace_people(self, people: Sequence[Person]) -> None:
        """Replace the whole directory, all or nothing."""
        with self._transaction():
            self._db.execute("delete from people")
            for p in people:
                self._db.execute(
                    "insert into people values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (p.id, p.name, p.email, p.unit, p.department, p.supervisor,
                     json.dumps(sorted(p.roles)), json.dumps(sorted(p.deputy_for)), int(p.away), p.deputy),
                )  # fmt: skip

    def journal(self) -> Iterator[Entry]:
        """The journal, its chain checked; see `Store.journal`."""
        rows = self._rows("select at, person, event, record, before, after, hash, id from journal order by id")
        yield from verified(rows)

    def get(self, name: str) -> str:
        """A small value, or ""."""
        rows = self._rows("select value from small_values where name = ?", name)
        return str(rows[0][0]) if rows else ""

    def put(self, name: str, value: str) -> None:
        """Keep a small value."""
        self._write("insert or replace into small_values values (?, ?)", name, value)

    def say(self, said: Mapping[str, str], at: datetime) -> int:
        """Add a message to the embedded chat; see `Store.say`."""
        with self._transaction():
            self._db.execute(
                """insert into chat (key, conversation, author, text, card, language, only_for, at)
                    values (:key, :conversation, :author, :text, :card, :language, :only_for, :at)
                    on conflict (key) do nothing""",
                {**said, "at": stamp(at)},
            )
            found = self._db.execute("select id from chat where key = ?", (said["key"],)).fetchone()
        return int(found[0])

    def edit(self, message: int, card: str, at: datetime) -> None:
        """Change a message of the embedded chat."""
        self._write("update chat set card = ?, edited_at = ? where id = ?", card, stamp(at), message)

    def said(self, conversations: Sequence[str], reader: str, most: int) -> list[Said]:
        """Messages of the embedded chat; see `Store.said`."""
        rows = self._rows(
            f"""select id, conversation, author, text, card, language, only_for, at, edited_at from chat
                where conversation in ({marks(conversations)}) and only_for in ('', ?) order by id desc limit ?""",  # noqa: S608 - only question marks are put in
            *conversations, reader, most,
        )  # fmt: skip
        return [
            Said(
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                moment(row[7]),
                moment(row[8]) if row[8] else None,
            )
            for row in reversed(rows)
        ]

    def back_up(self, path: str) -> None:
        """Write a whole copy of the database to a new file."""
        with self._lock:
            self._db.execute("vacuum into ?", [path])

    def problems(self) -> list[str]:
        """What is wrong with the database itself, a sentence each."""
        try:
            told = [row[0] for row in self._rows("pragma quick_check") if row[0] != "ok"]
            found = [f"The database is damaged: {what}. {DAMAGED}" for what in told]
        except StoreError as problem:
            found = [str(problem)]
        if sqlite3.sqlite_version_info < SAFE_SQLITE:
            found.append(
                f"SQLite {sqlite3.sqlite_version} is older than 3.51.3 and can corrupt its file: "
                "install the package pysqlite3, or a newer SQLite."
            )
        return found

    def close(self) -> None:
        """Close the database and let another process have it."""
        with self._lock:
            self._db.close()
            if self._owner:
                self._owner.release()


def _own(path: Path) -> FileLock:
    """Take the lock that lets one process at a time serve from the database."""
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as problem:
        raise StoreError(f"Another process uses {path}: stop it first, or choose another folder.") from problem
    except OSError as problem:
        reason = f"{path.parent} cannot be written to ({problem.strerror})"
        raise StoreError(f"{reason}: give the folder to the account that runs the bot, or choose another.") from problem
    return lock


def _open(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=PATIENT, check_same_thread=False, isolation_level=None)
    # What is removed is overwritten, not only let go: an erased person is in no free page of the file either.
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "secure_delete = on"):
        connection.execute(f"pragma {pragma}")
    return Database(connection, strict=True)


def _person(row: Sequence[Any]) -> Person:
    pid, name, email, unit, department, supervisor, roles, deputy_for, away, language, deputy = row
    return Person(
        pid, name, email, unit, department, supervisor,
        frozenset(json.loads(roles)), frozenset(json.loads(deputy_for)), bool(away), language,
        deputy=deputy,
    )  # fmt: skip
