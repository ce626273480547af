"""Databases as files: copied in milliseconds, and live ones copied and replaced through SQLite.

A live database's file is never opened but by SQLite: closing it would end the locks that SQLite holds on it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from .buckets import path_beside
from .database import BUSY_SECONDS, SERVING_CACHE_KIB, VERSION_TABLE, Database, mark

# What SQLite and the rate limit put beside a database.
_BESIDE = ("-wal", "-shm", "-journal")


class _ChangedError(Exception):
    """Somebody has written meanwhile."""


class LooseDatabase(Database):
    """A database that can be made again: nothing waits for the disk, opening never makes one, a thread can leave it."""

    def connection(self) -> sqlite3.Connection:
        try:
            return cast(sqlite3.Connection, self._local.connection)
        except AttributeError:
            connection = self._local.connection = self._connect()
            with self._lock:
                self._open.append(connection)
            return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{_uri(self.path)}?mode=rw",
            uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False,
        )  # fmt: skip
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA cache_size = -{SERVING_CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            connection.close()
            raise
        return connection

    def leave(self) -> None:
        """Close this thread's connection, if it has one."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            with self._lock, suppress(ValueError):
                self._open.remove(connection)
            connection.close()

    def __del__(self) -> None:
        """Threads that have ended leave connections behind."""
        for connection in self._open:
            connection.close()


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


@contextmanager
def held(folder: Path, how: int = fcntl.LOCK_SH) -> Iterator[None]:
    """Hold a lock on the folder, which is made where there is none; shared: it is not swept meanwhile.

    Raises BlockingIOError for LOCK_NB where somebody else holds one that does not go with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    directory = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(directory, how)
        yield
    finally:
        os.close(directory)


def discard(database: Path) -> None:
    """Remove a database's file and what lies beside it. Whoever has it open can go on."""
    for path in (database, path_beside(database), *(Path(f"{database}{suffix}") for suffix in _BESIDE)):
        path.unlink(missing_ok=True)


def like(model: sqlite3.Connection, path: Path) -> None:
    """Make an empty database with the model's tables."""
    statements = model.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name != ?"
        " ORDER BY type = 'index', rowid",
        (VERSION_TABLE,),
    ).fetchall()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (statement,) in statements:
            connection.execute(statement)
        mark(connection)


def compact(source: Path, target: Path) -> None:
    """A copy without gaps, all in one file, of a database that nobody writes; copies of it are ready to be served."""
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def back_up(live: sqlite3.Connection, target: Path) -> None:
    """Write what a live database holds now, all of one moment, to a new file."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        live.backup(copy)


def replace_content(live: Path, source: Path, unchanged: Callable[[], bool]) -> bool:
    """Make a live database hold what ``source`` holds, in one transaction, unless somebody has written meanwhile.

    ``unchanged`` is asked when nobody else can write any more. Raises sqlite3.OperationalError where somebody else does
    not end writing.
    """

    def look(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_BUSY:
            raise sqlite3.OperationalError("database is locked")
        if remaining and not unchanged():
            raise _ChangedError

    with (
        closing(sqlite3.connect(f"{_uri(source)}?immutable=1", uri=True)) as copy,
        closing(sqlite3.connect(live, timeout=BUSY_SECONDS, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA synchronous = NORMAL")
        (pages,) = copy.execute("PRAGMA page_count").fetchone()
        try:
            # All but the last page first: then the write lock is held, and nothing is written for others to see.
            copy.backup(connection, pages=max(1, pages - 1), progress=look)
        except _ChangedError:
            return False
    return True


def copy_rows(before: sqlite3.Connection, after: sqlite3.Connection, table: str, where: str = "true") -> None:
    """Take a table's rows over, in the place of those that are there; ``where`` says which."""
    cursor: Any = before.execute(f"SELECT * FROM {table} WHERE {where}")
    marks = ", ".join("?" * len(cursor.description))
    after.execute(f"DELETE FROM {table} WHERE {where}")
    after.executemany(f"INSERT INTO {table} VALUES ({marks})", cursor)
