"""Which store it is: the embedded one, or the PostgreSQL that is set."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bot.settings import Settings
from bot.storage import Store, StoreError
from bot.storage.sqlite import SqliteStore

MISSING = "PostgreSQL is set (SOMEOPAS_POSTGRES), and the package psycopg is not installed: `make .venv/postgres`."


def open_store(database: Path, postgres: str = "", *, exclusive: bool = True) -> Store:
    """The store of the file `database`, or of the PostgreSQL at the address `postgres`. Raises `StoreError`.

    `exclusive=False` is for a look beside the process that serves.
    """
    if not postgres:
        return SqliteStore(database, exclusive=exclusive)
    try:
        # It need not be installed where nobody uses it.
        from bot.storage.postgres import PostgresStore
    except ImportError as problem:
        raise StoreError(MISSING) from problem
    return PostgresStore(postgres, exclusive=exclusive)


def store_of(settings: Settings, *, exclusive: bool = True) -> Store:
    """The store that is set; see `open_store`."""
    return open_store(settings.database, settings.postgres.get_secret_value(), exclusive=exclusive)


def move_to_postgres(settings: Settings) -> dict[str, int]:
    """Copy the database's file into the empty PostgreSQL that is set; gives the rows by table. Raises `StoreError`."""
    if not settings.postgres.get_secret_value():
        raise StoreError("Set SOMEOPAS_POSTGRES to the address of an empty PostgreSQL database.")
    if not settings.database.exists():
        raise StoreError(f"{settings.database} is not there: there is nothing to move.")
    source = SqliteStore(settings.database)
    try:
        with closing(store_of(settings)) as target:
            from bot.storage.moving import move
            from bot.storage.postgres import PostgresStore

            assert isinstance(target, PostgresStore)  # noqa: S101 - it is set
            return move(source, target)
    finally:
        source.close()


def is_there(settings: Settings) -> bool:
    """Whether there is a database to look into; of a PostgreSQL it is found out by opening it."""
    return bool(settings.postgres.get_secret_value()) or settings.database.exists()
