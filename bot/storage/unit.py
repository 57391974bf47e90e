"""A unit of work on the embedded store: what one transaction reads and writes, and the forms of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.storage import Conflict, Entry, Kept, Message
from bot.storage.keeping import Keeping, chained, stamp
from bot.storage.schema import JOURNAL_IS_NOT_CHANGED

__all__ = ["MESSAGE_COLUMNS", "SqliteUnit", "chained", "kept_of", "load", "marks", "moment", "stamp"]
MESSAGE_COLUMNS = "conversation, kind, card, language, record, slot, person, target, door"


class SqliteUnit(Keeping):
    """A `Unit` on the connection whose transaction is open."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def run(self, sql: str, *values: object) -> tuple[list[Any], int]:
        """Run a statement; see `Keeping.run`."""
        cursor = self._db.execute(sql, values)
        return cursor.fetchall(), cursor.rowcount

    def open_journal(self) -> None:
        """Let lines be amended; see `Keeping.open_journal`. SQLite's schema is part of the transaction."""
        self._db.execute("drop trigger journal_is_not_changed")

    def close_journal(self) -> None:
        """Let no line be changed any more; see `Keeping.close_journal`."""
        self._db.execute(JOURNAL_IS_NOT_CHANGED)

    def seen(self, key: str, at: datetime) -> bool:
        """Remember an event's key; see `Unit.seen`."""
        cursor = self._db.execute("insert or ignore into events (key, at) values (?, ?)", (key, stamp(at)))
        return cursor.rowcount == 0

    def answer_of(self, key: str) -> str:
        """The immediate answer kept with an event; see `Unit.answer_of`."""
        row = self._db.execute("select answer from events where key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def keep_answer(self, key: str, answer: str) -> None:
        """Keep an event's immediate answer; see `Unit.keep_answer`."""
        self._db.execute("update events set answer = ? where key = ?", (answer, key))

    def new_key(self, flow: str) -> str:
        """A record key that was never used; see `Unit.new_key`."""
        row = self._db.execute(
            "insert into numbers values (?, 1) on conflict (flow) do update set last = last + 1 returning last",
            (flow,),
        ).fetchone()
        return f"{flow}/{row[0]}"

    def load(self, key: str) -> Kept | None:
        """The record, or None; see `Unit.load`."""
        return load(self._db, key)

    def save(self, key: str, status: str, person: str, data: str, version: int, at: datetime) -> None:
        """Keep the record's next version; see `Unit.save`."""
        if version == 0:
            flow = key.split("/", 1)[0]
            cursor = self._db.execute(
                "insert or ignore into records values (?, ?, ?, ?, 1, ?, ?)",
                (key, flow, status, person, data, stamp(at)),
            )
        else:
            cursor = self._db.execute(
                """update records set status = ?, person = ?, version = version + 1, data = ?, updated_at = ?
                    where key = ? and version = ?""",
                (status, person, data, stamp(at), key, version),
            )
        if cursor.rowcount != 1:
            raise Conflict(f"{key} is no longer at version {version}")

    def write_journal(self, entry: Entry) -> None:
        """Add a line to the journal; see `Unit.write_journal`."""
        last = self._db.execute("select hash from journal order by id desc limit 1").fetchone()
        self._db.execute(
            """insert into journal (at, person, event, record, before, after, hash)
                values (?, ?, ?, ?, ?, ?, ?)""",
            (stamp(entry.at), entry.person, entry.event, entry.record, entry.before, entry.after,
             chained(last[0] if last else "", entry)),
        )  # fmt: skip

    def remind(self, record: str, name: str, due: datetime) -> None:
        """Set or move a timer; see `Unit.remind`."""
        self._db.execute("insert or replace into timers values (?, ?, ?)", (record, name, stamp(due)))

    def forget(self, record: str, name: str) -> None:
        """Remove a timer; see `Unit.forget`."""
        self._db.execute("delete from timers where record = ? and name = ?", (record, name))

    def send(self, message: Message, at: datetime, *, renews: bool = False) -> None:
        """Put a message into the outbox; see `Unit.send`."""
        m = message
        # First, so that its id is not that of a message whose place it takes and which may be under way: SQLite gives
        # the greatest id again when that row is gone.
        made = self._db.execute(
            f"insert into outbox ({MESSAGE_COLUMNS}, due, made_at) values ({marks(range(11))})",  # noqa: S608 - a constant
            (
                m.conversation,
                m.kind,
                m.card,
                m.language,
                m.record,
                m.slot,
                m.person,
                m.target,
                m.door,
                stamp(at),
                stamp(at),
            ),
        ).lastrowid
        if renews:
            self._db.execute(
                """delete from outbox where kind = 'post' and record = ? and slot = ? and conversation = ?
                    and sent_at is null and dead_at is null and attempts = 0 and id != ?""",
                (m.record, m.slot, m.conversation, made),
            )
        if m.kind == "update":
            self._db.execute(
                """delete from outbox where kind = 'update' and target = ? and sent_at is null and dead_at is null
                    and id != ?""",
                (m.target, made),
            )

    def copies(self, record: str, slot: str) -> list[tuple[int, Message]]:
        """The posts of a record's slot; see `Unit.copies`."""
        rows = self._db.execute(
            f"""select id, {MESSAGE_COLUMNS} from outbox
                where record = ? and slot = ? and kind in ('post', 'reply') and dismissed_at is null order by id""",  # noqa: S608 - a constant
            (record, slot),
        ).fetchall()
        return [(row[0], Message(*row[1:])) for row in rows]

    def set_language(self, person: str, language: str) -> None:
        """Remember a person's language; see `Unit.set_language`."""
        self._db.execute("insert or replace into languages values (?, ?)", (person, language))

    def renew_home(self, person: str, conversation: str, at: datetime, *, opened: bool) -> None:
        """Have a home view renewed; see `Unit.renew_home`."""
        if opened:
            self._db.execute("insert or ignore into homes values (?)", (person,))
        known = self._db.execute("select 1 from homes where person = ?", (person,)).fetchone()
        if known:
            self.send(Message(conversation, "home", "", "", person=person), at)

    def letter(self, message: int, at: datetime, *, again: bool) -> None:
        """Send what was given up again, or let it be; see `Unit.letter`."""
        if not again:
            self._db.execute(
                "update outbox set dismissed_at = ?, door = '' where id = ? and dead_at is not null",
                (stamp(at), message),
            )
            return
        waits = "dead_at = null, dismissed_at = null, sent_at = null, attempts = 0, due = ?"
        changed = self._db.execute(
            f"update outbox set {waits} where id = ? and dead_at is not null",  # noqa: S608 - a constant
            (stamp(at), message),
        )
        if changed.rowcount:
            self._db.execute(
                f"update outbox set {waits} where id = (select max(id) from outbox where target = ? and kind = 'update')",  # noqa: S608 - a constant
                (stamp(at), message),
            )

    def purge(self, record: str) -> None:
        """Empty what the record's messages said; see `Unit.purge`."""
        ended = "select 'outbox:' || id from outbox where record = ? and (sent_at is not null or dead_at is not null)"
        self._db.execute(f"update chat set card = '', text = '' where key in ({ended})", (record,))  # noqa: S608 - a constant
        self._db.execute(
            "update outbox set card = '' where record = ? and (sent_at is not null or dead_at is not null)", (record,)
        )
        # What was shown at once is kept with its event, for a second arrival: of what is gone none is expected any more.
        self._db.execute(
            "update events set answer = '' where answer != '' and (instr(answer, ?) > 0 or instr(answer, ?) > 0)",
            (f'"{record}"', f'"{record}@'),
        )

    def due(self, record: str, name: str) -> datetime | None:
        """When a timer falls due; see `Unit.due`."""
        row = self._db.execute("select due from timers where record = ? and name = ?", (record, name)).fetchone()
        return moment(row[0]) if row else None


def load(db: Database, key: str) -> Kept | None:
    """The record of this key, or None."""
    row = db.execute(
        "select key, status, person, version, data, updated_at from records where key = ?", (key,)
    ).fetchone()
    return kept_of(row) if row else None


def kept_of(row: Sequence[Any]) -> Kept:
    """A row of `records` as what it is."""
    key, status, person, version, data, updated_at = row
    return Kept(key, status, person, version, data, moment(updated_at))


def marks(values: Sequence[object]) -> str:
    """A question mark for each value."""
    return ", ".join("?" * len(values))


def moment(stamp: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(stamp)
