"""A unit of work on PostgreSQL: what SQLite serialises by its one writer is locked here row by row.

- A second delivery of an event waits at the event's key until the first one is kept, and then finds it.
- A record that is loaded is locked: who comes second waits, and loads what the first one made of it. Two who make the
  same new record, and two who wait for each other, end in a `Conflict`, and the second one is handled again.
- The journal is one chain. Its lines are written last, so that others wait for it no longer than a commit takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor

from bot.storage import PEOPLE, Conflict, Entry, Kept, Message
from bot.storage.keeping import Keeping, chained, stamp
from bot.storage.postgres_schema import AMENDING
from bot.storage.unit import MESSAGE_COLUMNS, kept_of, moment

CHAINING = 739_115_002
"""The advisory lock of who writes the journal."""
RECORD_COLUMNS = "key, status, person, version, data, updated_at"
WATCHED = ("curated", "overlays", "register")
"""The flows whose records the processes keep in memory."""


class PostgresUnit(Keeping):
    """A `Unit` on the connection whose transaction is open. `number` gives the next number of a flow."""

    def __init__(self, connection: Connection[Any], number: Callable[[str], int]) -> None:
        self._connection = connection
        self._number = number
        self._entries: list[Entry] = []
        self._changed: set[str] = set()

    def run(self, sql: str, *values: object) -> tuple[list[Any], int]:
        """Run a statement that both stores understand; see `Keeping.run`."""
        cursor = self.execute(sql.replace("%", "%%").replace("?", "%s"), *values)
        return (cursor.fetchall() if cursor.description else []), cursor.rowcount

    def execute(self, sql: str, *values: object) -> Cursor[Any]:
        """Run a statement of PostgreSQL's own, with `%s` for each value."""
        return self._connection.execute(sql, [sound(v) for v in values])

    def seen(self, key: str, at: datetime) -> bool:
        """Remember an event's key; see `Unit.seen`."""
        added = self.execute("insert into events (key, at) values (%s, %s) on conflict (key) do nothing", key, stamp(at))
        return added.rowcount == 0

    def answer_of(self, key: str) -> str:
        """The immediate answer kept with an event; see `Unit.answer_of`."""
        row = self.execute("select answer from events where key = %s", key).fetchone()
        return str(row[0]) if row else ""

    def keep_answer(self, key: str, answer: str) -> None:
        """Keep an event's immediate answer; see `Unit.keep_answer`."""
        self.execute("update events set answer = %s where key = %s", answer, key)

    def new_key(self, flow: str) -> str:
        """A record key that was never used; see `Unit.new_key`."""
        return f"{flow}/{self._number(flow)}"

    def load(self, key: str) -> Kept | None:
        """The record, locked until the unit ends, or None; see `Unit.load`."""
        row = self.execute(f"select {RECORD_COLUMNS} from records where key = %s for update", key).fetchone()  # noqa: S608 - a constant
        return kept_of(row) if row else None

    def save(self, key: str, status: str, person: str, data: str, version: int, at: datetime) -> None:
        """Keep the record's next version; see `Unit.save`."""
        flow = key.split("/", 1)[0]
        if version == 0:
            changed = self.execute(
                """insert into records (key, flow, status, person, version, data, updated_at)
                    values (%s, %s, %s, %s, 1, %s, %s) on conflict (key) do nothing""",
                key, flow, status, person, data, stamp(at),
            )  # fmt: skip
        else:
            changed = self.execute(
                """update records set status = %s, person = %s, version = version + 1, data = %s, updated_at = %s
                    where key = %s and version = %s""",
                status, person, data, stamp(at), key, version,
            )  # fmt: skip
        if changed.rowcount != 1:
            raise Conflict(f"{key} is no longer at version {version}")
        if flow in WATCHED:
            self._changed.add(flow)

    def write_journal(self, entry: Entry) -> None:
        """Add a line to the journal, at the end of the unit; see `Unit.write_journal`."""
        self._entries.append(entry)

    def remind(self, record: str, name: str, due: datetime) -> None:
        """Set or move a timer; see `Unit.remind`."""
        self.execute(
            """insert into timers (record, name, due) values (%s, %s, %s)
                on conflict (record, name) do update set due = excluded.due""",
            record, name, stamp(due),
        )  # fmt: skip

    def forget(self, record: str, name: str) -> None:
        """Remove a timer; see `Unit.forget`."""
        self.execute("delete from timers where record = %s and name = %s", record, name)

    def send(self, message: Message, at: datetime, *, renews: bool = False) -> None:
        """Put a message into the outbox; see `Unit.send`."""
        m = message
        if renews:
            self.execute(
                """delete from outbox where kind = 'post' and record = %s and slot = %s and conversation = %s
                    and sent_at is null and dead_at is null and attempts = 0""",
                m.record, m.slot, m.conversation,
            )  # fmt: skip
        if m.kind == "update":
            self.execute(
                "delete from outbox where kind = 'update' and target = %s and sent_at is null and dead_at is null",
                m.target,
            )
        self.execute(
            f"""insert into outbox ({MESSAGE_COLUMNS}, due, made_at)
                values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",  # noqa: S608 - a constant
            m.conversation, m.kind, m.card, m.language, m.record, m.slot, m.person, m.target, m.door,
            stamp(at), stamp(at),
        )  # fmt: skip

    def copies(self, record: str, slot: str) -> list[tuple[int, Message]]:
        """The posts of a record's slot; see `Unit.copies`."""
        rows = self.execute(
            f"""select id, {MESSAGE_COLUMNS} from outbox
                where record = %s and slot = %s and kind in ('post', 'reply') and dismissed_at is null order by id""",  # noqa: S608 - a constant
            record, slot,
        ).fetchall()  # fmt: skip
        return [(row[0], Message(*row[1:])) for row in rows]

    def set_language(self, person: str, language: str) -> None:
        """Remember a person's language; see `Unit.set_language`."""
        self.execute(
            """insert into languages (person, language) values (%s, %s)
                on conflict (person) do update set language = excluded.language""",
            person, language,
        )  # fmt: skip
        self._changed.add(PEOPLE)

    def renew_home(self, person: str, conversation: str, at: datetime, *, opened: bool) -> None:
        """Have a home view renewed; see `Unit.renew_home`."""
        if opened:
            self.execute("insert into homes (person) values (%s) on conflict (person) do nothing", person)
        if self.execute("select 1 from homes where person = %s", person).fetchone():
            self.send(Message(conversation, "home", "", "", person=person), at)

    def letter(self, message: int, at: datetime, *, again: bool) -> None:
        """Send what was given up again, or let it be; see `Unit.letter`."""
        if not again:
            self.execute(
                "update outbox set dismissed_at = %s, door = '' where id = %s and dead_at is not null",
                stamp(at), message,
            )  # fmt: skip
            return
        waits = "dead_at = null, dismissed_at = null, sent_at = null, attempts = 0, due = %s, taken_until = null"
        changed = self.execute(
            f"update outbox set {waits} where id = %s and dead_at is not null",  # noqa: S608 - a constant
            stamp(at), message,
        )  # fmt: skip
        if changed.rowcount:
            last = "select max(id) from outbox where target = %s and kind = 'update'"
            self.execute(f"update outbox set {waits} where id = ({last})", stamp(at), message)  # noqa: S608 - constants

    def purge(self, record: str) -> None:
        """Empty what the record's messages said; see `Unit.purge`."""
        ended = "record = %s and (sent_at is not null or dead_at is not null)"
        self.execute(
            f"update chat set card = '', text = '' where key in (select 'outbox:' || id from outbox where {ended})",  # noqa: S608 - a constant
            record,
        )
        self.execute(f"update outbox set card = '' where {ended}", record)  # noqa: S608 - a constant
        # What was shown at once is kept with its event, for a second arrival: of what is gone none is expected any more.
        self.execute(
            "update events set answer = '' where answer != '' and (strpos(answer, %s) > 0 or strpos(answer, %s) > 0)",
            f'"{record}"', f'"{record}@',
        )  # fmt: skip

    def due(self, record: str, name: str) -> datetime | None:
        """When a timer falls due; see `Unit.due`."""
        row = self.execute("select due from timers where record = %s and name = %s", record, name).fetchone()
        return moment(row[0]) if row else None

    def open_journal(self) -> None:
        """Let lines of the journal be amended, this unit's own too; see `Keeping.open_journal`."""
        self._write_lines()
        self.execute("select set_config(%s, 'on', true)", AMENDING)

    def close_journal(self) -> None:
        """Let no line of the journal be changed; see `Keeping.close_journal`."""
        self.execute("select set_config(%s, '', true)", AMENDING)

    def change(self, table: str, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change columns of a row; see `Unit.change`."""
        super().change(table, row, values)
        self._changed |= {PEOPLE, *WATCHED}

    def remove(self, table: str, row: Mapping[str, Any]) -> None:
        """Remove a row; see `Unit.remove`."""
        super().remove(table, row)
        self._changed |= {PEOPLE, *WATCHED}

    def shed(self, kind: str, before: str) -> int:
        """Empty or remove what is older; see `Unit.shed`."""
        touched = super().shed(kind, before)
        if touched and kind == "accounts":
            self._changed.add(PEOPLE)
        return touched

    def changed(self, name: str) -> None:
        """Tell the other processes that what they hold of this in memory is no longer true."""
        self._changed.add(name)

    def end(self) -> None:
        """Write what others wait for: the counters of changes, in one order, then the journal."""
        for name in sorted(self._changed):
            self.execute(
                """insert into changes (name, number) values (%s, 1)
                    on conflict (name) do update set number = changes.number + 1""",
                name,
            )
        self._write_lines()

    def _write_lines(self) -> None:
        if not self._entries:
            return
        self.execute("select pg_advisory_xact_lock(%s)", CHAINING)
        # A statement of its own: it is to see what the holder of the lock before us has committed.
        last = self.execute("select id, hash from journal order by id desc limit 1").fetchone()
        number, previous = last or (0, "")
        rows: list[Sequence[object]] = []
        for entry in map(_sound, self._entries):
            number, previous = number + 1, chained(previous, entry)
            line = (entry.person, entry.event, entry.record, entry.before, entry.after, previous)
            rows.append((number, stamp(entry.at), *line))
        self._entries = []
        places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows))
        self.execute(
            f"insert into journal (id, at, person, event, record, before, after, hash) values {places}",  # noqa: S608 - only places are put in
            *(value for row in rows for value in row),
        )


def sound(value: object) -> object:
    """PostgreSQL's text has no character zero, which people can paste: it becomes the sign of a broken character."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _sound(entry: Entry) -> Entry:
    """The entry as it will be read again, which its hash is made of."""
    person, event, record, before, after = (
        str(sound(v)) for v in (entry.person, entry.event, entry.record, entry.before, entry.after)
    )
    return Entry(entry.at, person, event, record, before, after)
