"""A real PostgreSQL for the tests: started from the system's own programs, on a socket in a folder that goes with it."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

ROLE = "someopas"
DURABLE = ("-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, None where there is none."""
    found = [f for f in Path("/usr/lib/postgresql").glob("*/bin") if (f / "initdb").exists()]
    return max(found, key=lambda f: float(f.parent.name), default=None)


def run(*command: str) -> None:
    """Run one of its programs: the server refuses to be root, and then it is the system's user for it, or nobody."""
    if os.getuid() == 0:
        command = ("runuser", "-u", owner(), "--", *command)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def owner() -> str:
    """Who runs the server in place of root."""
    return "postgres" if "postgres" in {p.pw_name for p in pwd.getpwall()} else "nobody"


@dataclass
class Cluster:
    """A server that runs, with a database for each who asks."""

    folder: Path
    bin: Path
    _made: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def address(self, database: str) -> str:
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def database(self, of: object = None, *, template: str = "template0", encoding: str = "UTF8") -> str:
        """The address of a new empty database, or of the one that was made for the same thing."""
        name = f"d{next(self._numbers)}"
        if of is not None and str(of) in self._made:
            return self._made[str(of)]
        make = SQL("create database {} template {} encoding {}").format(
            Identifier(name), Identifier(template), Identifier(encoding)
        )
        if encoding != "UTF8":
            make += SQL(" locale 'C'")
        self.execute(make)
        address = self.address(name)
        if of is not None:
            self._made[str(of)] = address
        return address

    def execute(self, statement: SQL | str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def start(self, *options: str) -> None:
        log = str(self.folder / "log")
        settings = " ".join(("-c listen_addresses=''", f"-c unix_socket_directories={self.folder}", *DURABLE, *options))
        run(str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-o", settings, "-l", log, "start")

    def stop(self, mode: str = "fast") -> None:
        run(str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")


@contextmanager
def started(options: Sequence[str] = ("-c max_connections=200",)) -> Iterator[Cluster]:
    """A new server, gone at the end."""
    found = programs()
    assert found, "There is no PostgreSQL here: apt-get install postgresql"
    # Its path must be short: that of a socket has a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, owner())
        data = str(folder / "data")
        run(str(found / "initdb"), "-D", data, "-A", "trust", "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8")
        cluster = Cluster(folder, found)
        cluster.start(*options)
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
