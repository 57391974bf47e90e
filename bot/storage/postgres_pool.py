"""Connections to PostgreSQL: kept open and used again, and made anew after the server was away."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from bot.storage import Conflict, StoreError

OLDEST = 14
"""The oldest PostgreSQL that this is tried on, and that its makers still mend."""
MOST = 20
"""Connections of a process that are open at once; a thread that finds all of them in use waits."""
PATIENCE = 10.0
"""Seconds for which a thread waits for a connection."""
SETTINGS = {
    "application_name": "someopas",
    "connect_timeout": 5,
    # A machine that vanished is noticed within half a minute, by both ends.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How a connection is made, where the address does not say otherwise (libpq's parameters)."""
Level = Literal["read committed", "repeatable read"]
SESSION = (
    # A process that hangs in the middle of a unit must not hold up the journal of all the others.
    ("idle_in_transaction_session_timeout", "60s"),
    ("lock_timeout", "30s"),
)


def connect(address: str) -> Connection[Any]:
    """A connection, on which each statement is kept at once unless a transaction was begun.

    Raises `StoreError` where the server does not answer, is too old, or does not write UTF-8.
    """
    try:
        given = conninfo_to_dict(address)
        connection = psycopg.connect(address, autocommit=True, **{k: v for k, v in SETTINGS.items() if k not in given})  # type: ignore[arg-type]  # libpq's own parameters
    except psycopg.Error as problem:
        # libpq's words name the host, the database and the role, never the password.
        raise StoreError(f"PostgreSQL cannot be reached (SOMEOPAS_POSTGRES): {_line(problem)}") from problem
    try:
        _check(connection)
        for name, value in SESSION:
            connection.execute("select set_config(%s, %s, false)", (name, value))
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: Connection[Any]) -> None:
    if (version := connection.info.server_version // 10_000) < OLDEST:
        raise StoreError(f"PostgreSQL {version} is too old: {OLDEST} or newer is needed.")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"The database is in {encoding}: make a new one with `createdb --encoding UTF8 --template template0`."
        )


def _line(problem: BaseException) -> str:
    return " ".join(str(problem).split())


class Pool:
    """The connections of a process. A thread that has begun a unit reads and writes on the unit's own connection."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: list[Connection[Any]] = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MOST)
        self._closed = False
        self._mine = threading.local()

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """A connection for a statement, or this thread's own while it is in a transaction."""
        if unit := getattr(self._mine, "connection", None):
            yield unit
            return
        with self._taken() as connection:
            yield connection

    @contextmanager
    def transaction(self, level: Level = "read committed") -> Iterator[Connection[Any]]:
        """Begin a transaction; commit at the end, roll back on an exception. A deadlock is a `Conflict`.

        Reads see what is committed when each begins; what must not change meanwhile is locked where it is read.
        """
        if getattr(self._mine, "connection", None):
            raise RuntimeError("a transaction within a transaction")
        with self._taken() as connection:
            self._mine.connection = connection
            try:
                connection.execute(f"begin isolation level {level}")
                yield connection
                _commit(connection)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as problem:
                _roll_back(connection)
                raise Conflict("another process was in the way") from problem
            except BaseException:
                _roll_back(connection)
                raise
            finally:
                self._mine.connection = None

    def query(self, sql: str, values: object = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement that may be given twice: it is, where the server had been away meanwhile."""
        try:
            return self._once(sql, values)
        except psycopg.OperationalError:
            if getattr(self._mine, "connection", None):
                raise  # the transaction is gone with the connection
            return self._once(sql, values)

    def _once(self, sql: str, values: object) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            cursor = connection.execute(sql, values)  # type: ignore[call-overload]  # psycopg's types want literals
            return list(cursor.fetchall()) if cursor.description else []

    def close(self) -> None:
        """Close what is open, now or when it is given back; nothing more is given out."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _taken(self) -> Iterator[Connection[Any]]:
        if not self._free.acquire(timeout=PATIENCE):
            raise StoreError(f"All {MOST} connections to PostgreSQL are in use.")
        try:
            connection = self._living()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            self._free.release()

    def _living(self) -> Connection[Any]:
        """An open connection: one that was idle, unless the server has closed it meanwhile, or a new one."""
        while True:
            with self._lock:
                if self._closed:
                    raise StoreError("The store is closed.")
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return connect(self._address)
            if answers(connection):
                return connection
            connection.close()

    def _put_back(self, connection: Connection[Any]) -> None:
        if connection.closed or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.close()
            return
        with self._lock:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)


def answers(connection: Connection[Any]) -> bool:
    """Whether an idle server has not hung up: its farewell would lie in the socket. It costs no round trip."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)


def _commit(connection: Connection[Any]) -> None:
    # The commit of a transaction in which a statement failed is no error to PostgreSQL: it rolls back and says so.
    if connection.execute("commit").statusmessage != "COMMIT":
        raise StoreError("Nothing was kept: a statement of the transaction had failed.")


def _roll_back(connection: Connection[Any]) -> None:
    with suppress(psycopg.Error):
        connection.execute("rollback")
