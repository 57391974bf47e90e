"""From the embedded store to PostgreSQL and back: every table, row by row, all of it or nothing.

What is copied is read from the embedded store's own tables, so that a column that comes to it is not forgotten here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier
from sqlite_utils import Database

from bot.storage import StoreError
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore

OWN_NUMBERS = ("outbox", "chat")
"""The tables of which PostgreSQL makes the ids."""
PORTION = 1000
"""Rows that are written at once."""


def move(source: SqliteStore, target: PostgresStore) -> dict[str, int]:
    """Copy all of `source` into an empty `target`, and give the number of rows by table.

    Raises `StoreError` where the target holds anything, or where what was copied is not what was there; then nothing is.
    """
    with source._lock, target._pool.transaction() as connection:
        tables = tables_of(source._db)
        if held := [
            t for t in tables if connection.execute(SQL("select 1 from {} limit 1").format(Identifier(t))).fetchone()
        ]:
            raise StoreError(
                f"The PostgreSQL database is not empty ({', '.join(held)}): nothing was moved. Make a new one."
            )
        try:
            counts = {t: _fill(connection, t, columns, _rows(source._db, t, columns)) for t, columns in tables.items()}
        except psycopg.DataError as problem:
            raise StoreError(f"A row cannot be kept in PostgreSQL: {problem}. Nothing was moved.") from problem
        for table in OWN_NUMBERS:
            connection.execute(
                SQL("select setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) from {}").format(
                    Identifier(table)
                ),
                (table,),
            )
        _compare(connection, counts)
        if list(source.journal())[-1:] != list(target.journal())[-1:]:  # both chains are checked as they are read
            raise StoreError("The journal did not come over whole: nothing was moved.")
    return counts


def to_sqlite(connection: Connection[Any], path: Path) -> None:
    """Copy all that the connection's transaction sees into a new file of the embedded store."""
    made = SqliteStore(path)
    try:
        with made._transaction():
            for table, columns in tables_of(made._db).items():
                places = ", ".join("?" * len(columns))
                insert = f"insert into {table} ({', '.join(columns)}) values ({places})"  # noqa: S608 - names of our own tables
                for portion in _portions(connection, table, columns):
                    made._db.conn.executemany(insert, portion)
        made._db.execute("pragma wal_checkpoint(truncate)")
    finally:
        made.close()
        path.with_suffix(".lock").unlink(missing_ok=True)


def tables_of(db: Database) -> dict[str, list[str]]:
    """The embedded store's tables with their columns; not those in which migrations are counted."""
    return {t.name: [c.name for c in t.columns] for t in db.tables if not t.name.startswith(("_", "sqlite_"))}


def _rows(db: Database, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    yield from db.execute(f"select {', '.join(columns)} from {table} order by rowid")  # noqa: S608 - names of our own tables


def _fill(connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> int:
    count = 0
    statement = SQL("copy {} ({}) from stdin").format(Identifier(table), SQL(", ").join(map(Identifier, columns)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _compare(connection: Connection[Any], counts: dict[str, int]) -> None:
    for table, count in counts.items():
        if _count(connection, table) != count:
            raise StoreError(f"Of the table {table} not every row came over: nothing was moved.")


def _count(connection: Connection[Any], table: str) -> int:
    row = connection.execute(SQL("select count(*) from {}").format(Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def _portions(connection: Connection[Any], table: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    order = "number" if table in ("records", "people", "accounts") else columns[0]
    with connection.cursor(name="copied") as cursor:
        cursor.execute(
            SQL("select {} from {} order by {}").format(
                SQL(", ").join(map(Identifier, columns)), Identifier(table), Identifier(order)
            )
        )
        while portion := cursor.fetchmany(PORTION):
            yield portion
