"""The store of several processes: a PostgreSQL, on which each of them reads, decides and sends."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import psycopg
from psycopg import Connection

from bot.storage import ALL, HELD, PEOPLE, Account, Backlog, Dead, Entry, Kept, Message, Outgoing, Said, StoreError, Timer
from bot.storage.keeping import stamp, verified
from bot.storage.postgres_pool import Pool, answers, connect
from bot.storage.postgres_schema import WAITS, migrate
from bot.storage.postgres_unit import RECORD_COLUMNS, PostgresUnit, sound
from bot.storage.sqlite import LATER, SKIPPED, SKIPPED_MESSAGES, SOON, STEP
from bot.storage.unit import MESSAGE_COLUMNS, kept_of, moment
from handlers.facts import Person

LEADING = 739_115_003
"""The advisory lock of the process that leads."""
LEASE = timedelta(minutes=2)
"""How long a message is its taker's at most: longer than any platform is waited for."""
FREE = "(taken_until is null or taken_until <= clock_timestamp() or taken_by = %s)"
"""What this process may send: the database's clock counts, which is the same for all."""
PORTION = 1000
"""Lines of the journal that are read at once."""


class PostgresStore:
    """A `Store` on a PostgreSQL that several processes share. `address` is libpq's: `postgresql://role@host/database`."""

    def __init__(self, address: str, *, exclusive: bool = True, lease: timedelta = LEASE) -> None:
        """Connect, and make or renew the tables; `exclusive=False` for a look that changes nothing."""
        self._pool = Pool(address)
        self._address = address
        self._lease = lease
        self._name = uuid4().hex
        # The commit of the record that bears a number puts the number on disk too: it comes after it in the same log.
        self._numbers = _Alone(address, "set synchronous_commit = off")
        self._leader = _Alone(address)
        self._leads = False
        try:
            with self._pool.connection() as connection:
                migrate(connection, apply=exclusive)
        except (psycopg.Error, StoreError) as problem:
            self._pool.close()
            if isinstance(problem, StoreError) and "SOMEOPAS_POSTGRES" in str(problem):
                raise
            raise StoreError(f"The PostgreSQL database cannot be used: {problem}") from problem

    @contextmanager
    def unit(self) -> Iterator[PostgresUnit]:
        """Begin a transaction; see `Store.unit`."""
        with self._pool.transaction() as connection:
            unit = PostgresUnit(connection, self._next_number)
            yield unit
            unit.end()

    def _next_number(self, flow: str) -> int:
        """The next number of a flow, kept at once: others need not wait until the unit that wants it is done."""
        with self._numbers.connection() as connection:
            row = connection.execute(
                """insert into numbers (flow, last) values (%s, 1)
                    on conflict (flow) do update set last = numbers.last + 1 returning last""",
                (flow,),
            ).fetchone()
        assert row is not None  # noqa: S101 - the statement returns one
        return int(row[0])

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._pool.query(sql, [sound(v) for v in values])

    def record(self, key: str) -> Kept | None:
        """A record; see `Store.record`."""
        rows = self._rows(f"select {RECORD_COLUMNS} from records where key = %s", key)  # noqa: S608 - a constant
        return kept_of(rows[0]) if rows else None

    def records(self, flow: str, person: str = "", statuses: Sequence[str] = (), limit: int = 100) -> list[Kept]:
        """Records of a flow, newest first; see `Store.records`."""
        clauses, values = ["flow = %s"], [cast(object, flow)]
        if person:
            clauses.append("person = %s")
            values.append(person)
        if statuses:
            clauses.append("status = any(%s)")
            values.append([str(s) for s in statuses])
        rows = self._rows(
            f"select {RECORD_COLUMNS} from records where {' and '.join(clauses)} order by number desc limit %s",  # noqa: S608 - constants
            *values, limit,
        )  # fmt: skip
        return [kept_of(row) for row in rows]

    def newest_in(self, flow: str, conversation: str, person: str) -> Kept | None:
        """The newest record of a conversation; see `Store.newest_in`."""
        rows = self._rows(
            f"""select {RECORD_COLUMNS} from records where number = (
                select max(newest) from (
                    select max(number) as newest from records where flow = %s and conversation = %s and person = %s
                    union all select max(number) from records where flow = %s and thread = %s) as found)""",  # noqa: S608 - a constant
            flow, conversation, person, flow, conversation,
        )  # fmt: skip
        return kept_of(rows[0]) if rows else None

    def records_since(self, flow: str, since: datetime) -> list[Kept]:
        """Records of a flow made or changed since; see `Store.records_since`."""
        rows = self._rows(
            f"select {RECORD_COLUMNS} from records where flow = %s and updated_at >= %s order by number",  # noqa: S608 - a constant
            flow, stamp(since),
        )  # fmt: skip
        return [kept_of(row) for row in rows]

    def post_of(self, message: str) -> tuple[str, str] | None:
        """The record and the slot of a post; see `Store.post_of`."""
        rows = self._rows(
            """select record, slot from outbox where message = %s and message != '' and kind = 'post' and record != ''
                order by id""",
            message,
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def shown(self, message: str) -> tuple[int, Message] | None:
        """The message that a platform named so; see `Store.shown`."""
        rows = self._rows(
            """select id from outbox where message = %s and message != '' and kind in ('post', 'reply', 'whisper')
                order by id""",
            message,
        )
        found = self.outgoing(rows[0][0]) if rows else None
        return (rows[0][0], found) if found else None

    def outgoing(self, number: int) -> Message | None:
        """A message as it was changed last; see `Store.outgoing`."""
        rows = self._rows(
            f"select {MESSAGE_COLUMNS} from outbox where id = %s or (target = %s and kind = 'update') order by id",  # noqa: S608 - a constant
            number, number,
        )  # fmt: skip
        if not rows:
            return None
        first, last = Message(*rows[0]), Message(*rows[-1])
        return replace(first, card=last.card, language=last.language)

    def answer_of(self, key: str) -> str:
        """The immediate answer that was kept with an event; see `Store.answer_of`."""
        rows = self._rows("select answer from events where key = %s", key)
        return str(rows[0][0]) if rows else ""

    def keep_way(self, name: str, data: str, at: datetime) -> None:
        """Keep how something is reached; see `Store.keep_way`."""
        self._rows(
            """insert into ways (id, data, at) values (%s, %s, %s)
                on conflict (id) do update set data = excluded.data, at = excluded.at""",
            name, data, stamp(at),
        )  # fmt: skip

    def way(self, name: str) -> str:
        """What was kept under a name, or ""."""
        rows = self._rows("select data from ways where id = %s", name)
        return str(rows[0][0]) if rows else ""

    def has_timer(self, record: str, name: str) -> bool:
        """Whether the record has a timer of this name."""
        return bool(self._rows("select 1 from timers where record = %s and name = %s", record, name))

    def unattended(self, flow: str, waiting: Sequence[str], held: Sequence[str]) -> list[str]:
        """The records that nothing would wake; see `Store.unattended`."""
        rows = self._rows(
            """select key from records where flow = %s and (
                    (status = any(%s)
                     and not exists (select 1 from timers where record = key and name = 'escalate'))
                    or (status = any(%s) and (holder = ''
                        or not exists (select 1 from timers where record = key and name = 'silent'))))
                order by key""",
            flow, [str(s) for s in waiting], [str(s) for s in held],
        )  # fmt: skip
        return [str(row[0]) for row in rows]

    def overdue(self, before: datetime) -> list[Timer]:
        """The timers that should have fired; see `Store.overdue`."""
        return self.due_timers(before)

    def mentions(self, flow: str, text: str) -> list[str]:
        """The records whose data hold a text; see `Store.mentions`."""
        rows = self._rows("select key from records where flow = %s and strpos(data, %s) > 0 order by number", flow, text)
        return [str(row[0]) for row in rows]

    def homes(self) -> list[str]:
        """Everybody who has opened a home view."""
        return [row[0] for row in self._rows("select person from homes order by person")]

    def accounts(self) -> list[Account]:
        """Every account that was met."""
        rows = self._rows(
            "select id, name, email, language, standing, checked_at, supervisor from accounts order by number"
        )  # fmt: skip
        return [Account(row[0], row[1], row[2], row[3], row[4], moment(row[5]), row[6]) for row in rows]

    def keep_account(self, account: Account) -> None:
        """Keep what is known of an account. That it was looked at again is no change that others need to hear of."""
        a = account
        with self.unit() as unit:
            told = (a.name, a.email, a.language, a.standing, a.supervisor)
            before = unit.execute(
                "select name, email, language, standing, supervisor from accounts where id = %s for update", a.id
            ).fetchone()
            unit.execute(
                """insert into accounts (id, name, email, language, standing, checked_at, supervisor)
                    values (%s, %s, %s, %s, %s, %s, %s) on conflict (id) do update set name = excluded.name,
                    email = excluded.email, language = excluded.language, standing = excluded.standing,
                    checked_at = excluded.checked_at, supervisor = excluded.supervisor""",
                a.id, a.name, a.email, a.language, a.standing, stamp(a.checked_at), a.supervisor,
            )  # fmt: skip
            if before != told:
                unit.changed(PEOPLE)

    def due_timers(self, now: datetime) -> list[Timer]:
        """The timers that are due; see `Store.due_timers`."""
        rows = self._rows("select record, name, due from timers where due <= %s order by due", stamp(now))
        return [Timer(record, name, moment(due)) for record, name, due in rows]

    def due_messages(
        self, now: datetime, *, limit: int = ALL, beyond: int = 0, without: Collection[str] = ()
    ) -> list[Outgoing]:
        """What may be sent now and no other process has taken; see `Store.due_messages`."""
        rows = self._rows(
            f"""select id, attempts, {MESSAGE_COLUMNS},
                    (select message from outbox as post where post.id = outbox.target)
                from outbox where {WAITS} and id > %s and due <= %s and {FREE} and not exists (
                    select 1 from outbox as earlier where earlier.conversation = outbox.conversation
                    and earlier.id < outbox.id and earlier.sent_at is null and earlier.dead_at is null)
                and not conversation like any(%s) order by id limit %s""",  # noqa: S608 - constants
            beyond, stamp(now), self._name, [f"{platform}:%" for platform in without], limit,
        )  # fmt: skip
        return [Outgoing(row[0], row[1], row[11] or "", Message(*row[2:11])) for row in rows]

    def take(self, message: int) -> bool:
        """Take a message to send it; see `Store.take`."""
        rows = self._rows(
            f"""update outbox set taken_by = %s, taken_until = clock_timestamp() + %s where id = (
                    select id from outbox where id = %s and {WAITS} and {FREE} for update skip locked)
                returning id""",  # noqa: S608 - constants
            self._name, self._lease, message, self._name,
        )  # fmt: skip
        return bool(rows)

    def leads(self) -> bool:
        """Whether this process leads: the lock is its connection's, and is gone with it; see `Store.leads`."""
        try:
            with self._leader.connection(kept=True) as connection:
                question = "select true" if self._leads else f"select pg_try_advisory_lock({LEADING})"
                row = connection.execute(question).fetchone()
            self._leads = bool(row and row[0])
        except (psycopg.Error, StoreError):
            self._leads = False
        return self._leads

    def changes(self) -> dict[str, int]:
        """The counters of changes; see `Store.changes`."""
        return dict(self._rows("select name, number from changes"))

    def mark_sent(self, message: int, platform_id: str, at: datetime) -> None:
        """The platform took it; see `Store.mark_sent`."""
        # The way back is a key to the person's conversation: it is not kept longer than it is needed.
        self._rows(
            "update outbox set sent_at = %s, message = %s, door = '', taken_until = null where id = %s",
            stamp(at), platform_id, message,
        )  # fmt: skip

    def mark_failed(self, message: int, error: str, retry_at: datetime) -> None:
        """The platform did not take it; see `Store.mark_failed`."""
        self._rows(
            "update outbox set error = %s, due = %s, attempts = attempts + 1, taken_until = null where id = %s",
            error, stamp(retry_at), message,
        )  # fmt: skip

    def give_up(self, message: int, error: str, at: datetime) -> None:
        """A dead letter; see `Store.give_up`."""
        self._rows(
            "update outbox set error = %s, dead_at = %s, taken_until = null where id = %s", error, stamp(at), message
        )

    def next_due(self, after: datetime | None = None) -> datetime | None:
        """When the next timer or message falls due; see `Store.next_due`."""
        since = stamp(after) if after else ""
        rows = self._rows(
            f"""select least((select min(due) from timers where due > %s),
                    (select min(due) from outbox where {WAITS} and due > %s))""",  # noqa: S608 - a constant
            since, since,
        )  # fmt: skip
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
        rows = self._rows(f"select min(made_at) from outbox where {WAITS} and made_at != ''")  # noqa: S608 - a constant
        return moment(rows[0][0]) if rows[0][0] else None

    def backlog(self) -> Backlog:
        """What lies in the outbox; see `Store.backlog`."""
        row = self._rows(
            f"""select (select count(*) from outbox where {WAITS}),
                count(*) filter (where error != %s), count(*) filter (where error = %s),
                (select coalesce(max(id), 0) from journal) from outbox
                where dead_at is not null and dismissed_at is null""",  # noqa: S608 - a constant
            HELD, HELD,
        )[0]  # fmt: skip
        return Backlog(*row)

    def counts(self) -> dict[str, int]:
        """How many there are of each; see `Store.counts`."""
        kinds = ("records", "journal", "timers", "outbox", "people")
        return {kind: int(self._rows(f"select count(*) from {kind}")[0][0]) for kind in kinds}  # noqa: S608 - constants

    def go_on(self, at: datetime, first: str) -> int:
        """Go on from what a backup held; see `Store.go_on`."""
        now = stamp(at)
        with self._pool.transaction() as connection:
            connection.execute(f"update outbox set sent_at = %s where kind = 'home' and {WAITS}", (now,))  # noqa: S608 - a constant
            held = connection.execute(
                f"update outbox set dead_at = %s, error = %s where kind != 'fetch' and {WAITS}",  # noqa: S608 - a constant
                (now, HELD),
            ).rowcount
            overdue = connection.execute(
                "select record, name from timers where due <= %s order by not starts_with(record, %s), due",
                (now, f"{first}/"),
            ).fetchall()
            for number, (record, name) in enumerate(overdue):
                due = at + (SOON if record.startswith(f"{first}/") else LATER) + number * STEP
                connection.execute(
                    "update timers set due = %s where record = %s and name = %s", (stamp(due), record, name)
                )  # fmt: skip
            connection.execute("update numbers set last = (last / %s + 2) * %s", (SKIPPED, SKIPPED))
            connection.execute(
                """select setval(pg_get_serial_sequence('outbox', 'id'), coalesce(max(id), 0) + %s) from outbox""",
                (SKIPPED_MESSAGES,),
            )
        return held

    def superseded(self, message: int) -> bool:
        """Whether a later renewal of the same home view waits."""
        rows = self._rows(
            """select 1 from outbox as mine join outbox as later on later.conversation = mine.conversation
                where mine.id = %s and later.id > mine.id and later.kind = 'home' and later.sent_at is null
                and later.dead_at is null limit 1""",
            message,
        )
        return bool(rows)

    def people(self) -> list[Person]:
        """Everybody in the directory, in the order of their import."""
        rows = self._rows(
            """select people.id, name, email, unit, department, supervisor, roles, deputy_for, away,
                coalesce(language, ''), deputy from people left join languages on languages.person = people.id
                order by people.number"""
        )
        return [_person(row) for row in rows]

    def languages(self) -> dict[str, str]:
        """The language that people chose."""
        return dict(self._rows("select person, language from languages"))

    def replace_people(self, people: Sequence[Person]) -> None:
        """Replace the whole directory, all or nothing."""
        with self._pool.transaction() as connection:
            connection.execute("delete from people")
            with connection.cursor() as cursor:
                cursor.executemany(
                    """insert into people (id, name, email, unit, department, supervisor, roles, deputy_for, away, deputy)
                        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                    [
                        (p.id, p.name, p.email, p.unit, p.department, p.supervisor,
                         json.dumps(sorted(p.roles)), json.dumps(sorted(p.deputy_for)), int(p.away), p.deputy)
                        for p in people
                    ],
                )  # fmt: skip
            unit = PostgresUnit(connection, self._next_number)
            unit.changed(PEOPLE)
            unit.end()

    def journal(self) -> Iterator[Entry]:
        """The journal, its chain checked; see `Store.journal`."""
        yield from verified(self._lines())

    def _lines(self) -> Iterator[tuple[Any, ...]]:
        number = 0
        while rows := self._rows(
            """select at, person, event, record, before, after, hash, id from journal
                where id > %s order by id limit %s""",
            number, PORTION,
        ):  # fmt: skip
            yield from rows
            number = rows[-1][-1]

    def get(self, name: str) -> str:
        """A small value, or ""."""
        rows = self._rows("select value from small_values where name = %s", name)
        return str(rows[0][0]) if rows else ""

    def put(self, name: str, value: str) -> None:
        """Keep a small value."""
        self._rows(
            """insert into small_values (name, value) values (%s, %s)
                on conflict (name) do update set value = excluded.value""",
            name, value,
        )  # fmt: skip

    def say(self, said: Mapping[str, str], at: datetime) -> int:
        """Add a message to the embedded chat; see `Store.say`."""
        with self.unit() as unit:
            s = said
            unit.execute(
                """insert into chat (key, conversation, author, text, card, language, only_for, at)
                    values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (key) do nothing""",
                s["key"], s["conversation"], s["author"], s["text"], s["card"], s["language"], s["only_for"], stamp(at),
            )  # fmt: skip
            found = unit.execute("select id from chat where key = %s", s["key"]).fetchone()
        assert found is not None  # noqa: S101 - it was there or was added
        return int(found[0])

    def edit(self, message: int, card: str, at: datetime) -> None:
        """Change a message of the embedded chat."""
        self._rows("update chat set card = %s, edited_at = %s where id = %s", card, stamp(at), message)

    def said(self, conversations: Sequence[str], reader: str, most: int) -> list[Said]:
        """Messages of the embedded chat; see `Store.said`."""
        rows = self._rows(
            """select id, conversation, author, text, card, language, only_for, at, edited_at from chat
                where conversation = any(%s) and only_for in ('', %s) order by id desc limit %s""",
            list(conversations), reader, most,
        )  # fmt: skip
        return [
            Said(
                number, where, author, text, card, language, only_for, moment(at), moment(edited) if edited else None
            )
            for number, where, author, text, card, language, only_for, at, edited in reversed(rows)
        ]  # fmt: skip

    def back_up(self, path: str) -> None:
        """Write all of it as it is at one moment to a new file of the embedded store; see `Store.back_up`."""
        from bot.storage.moving import to_sqlite

        with self._pool.transaction("repeatable read") as connection:
            to_sqlite(connection, Path(path))

    def problems(self) -> list[str]:
        """What is wrong with the database itself, a sentence each."""
        found = []
        for name, loses in (("fsync", "may be damaged"), ("full_page_writes", "may be damaged")):
            if self._rows("select current_setting(%s)", name)[0][0] == "off":
                found.append(
                    f"PostgreSQL runs with {name} = off: the database {loses} when the machine fails. Set it on."
                )
        if self._rows("select current_setting('synchronous_commit')")[0][0] == "off":
            found.append(
                "PostgreSQL runs with synchronous_commit = off: what was acknowledged may be lost when the machine fails."
            )
        return found

    def close(self) -> None:
        """Give up what was taken and not yet sent, and close the connections."""
        with suppress(psycopg.Error, StoreError):
            self._rows("update outbox set taken_until = null where taken_by = %s and taken_until is not null", self._name)
        self._leads = False
        self._leader.close()
        self._numbers.close()
        self._pool.close()


class _Alone:
    """A connection that is apart from the pool, for one thread at a time."""

    def __init__(self, address: str, beginning: str = "") -> None:
        self._address = address
        self._beginning = beginning
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None

    @contextmanager
    def connection(self, *, kept: bool = False) -> Iterator[Connection[Any]]:
        """The connection, made anew where it was lost. To lose one that is `kept` is told by an exception first."""
        with self._lock:
            if self._connection and not kept and not answers(self._connection):
                self._connection.close()
                self._connection = None
            if self._connection is None:
                self._connection = connect(self._address)
                if self._beginning:
                    self._connection.execute(self._beginning)
            try:
                yield self._connection
            except psycopg.OperationalError:
                self._connection.close()
                self._connection = None
                raise

    def close(self) -> None:
        """Close it."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None


def _person(row: Sequence[Any]) -> Person:
    pid, name, email, unit, department, supervisor, roles, deputy_for, away, language, deputy = row
    return Person(
        pid, name, email, unit, department, supervisor,
        frozenset(json.loads(roles)), frozenset(json.loads(deputy_for)), bool(away), language,
        deputy=deputy,
    )  # fmt: skip
