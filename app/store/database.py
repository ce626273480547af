"""One SQLite file: a connection for each thread, kept open; writes in transactions of their own.

The server reads and writes here with the driver alone. ``orm.py`` opens the same file through SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, cast

from . import own_files

# "PBXE" in the file's header tells our databases from other programs'.
APPLICATION_ID = 0x50425845
SCHEMA_VERSION = 6

# Where Alembic keeps the revision it has brought a database to. In an SQLite file user_version counts, which takes no
# Alembic to read and which older programs obey too; on PostgreSQL this table does.
VERSION_TABLE = "alembic_version"
VERSION_STATEMENTS = (
    f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL,"
    f" CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))",
    f"INSERT INTO {VERSION_TABLE} VALUES ('{SCHEMA_VERSION:04}')",
)

# How long a writer waits for another one, in seconds.
BUSY_SECONDS = 5.0

# Each thread of each worker has a cache of its own; what is not in it is in the operating system's, once for all.
# Loading many rows is one thread's work and gains from a larger one, which is also what sorting an index may take.
SERVING_CACHE_KIB = 2_000
LOADING_CACHE_KIB = 16_000


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def connect(path: Path, cache_kib: int = SERVING_CACHE_KIB) -> sqlite3.Connection:
    """A tuned connection in autocommit mode; transactions are begun by name (see ``Database.write``)."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.create_function("own_size", 2, own_files.size)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def loading(connection: sqlite3.Connection) -> Iterator[None]:
    """Many rows are loaded in the block, by transactions within: with a larger cache; and what does not fit into it
    when indexes are sorted goes to the disk, so that memory stays the same however many they are."""
    connection.execute(f"PRAGMA cache_size = -{LOADING_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = FILE")
    try:
        yield
    finally:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{SERVING_CACHE_KIB}")


class Database:
    """The file at ``path``. Connections belong to the thread that asked and are closed by ``close``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        try:
            return cast(sqlite3.Connection, self._local.connection)
        except AttributeError:
            connection = self._local.connection = connect(self.path)
            with self._lock:
                self._open.append(connection)
            return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start: all of it is kept, or nothing."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite has undone it already where the disk is full
                connection.execute("ROLLBACK")
            raise

    @property
    def name(self) -> str:
        """As people are told of it."""
        return str(self.path)

    def version(self, connection: sqlite3.Connection) -> int:
        """A number that is another one when anybody else has written since the connection was last asked."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def loading(self) -> AbstractContextManager[None]:
        """Many rows are loaded in the block by this thread, in transactions within."""
        return loading(self.connection())

    def is_older(self) -> bool:
        """Whether it is ours, of a version that ``prepare`` brings to this one."""
        return is_older(self.connection())

    def prepare(self) -> bool:
        """Bring an older one to this version, and make it one that is read while it is written. Whether our tables are
        there, as ``has_tables`` tells."""
        connection = self.connection()
        if is_older(connection):
            upgrade(connection)
        there = check_schema(connection, self.path)
        connection.execute("PRAGMA journal_mode = WAL")
        return there

    def has_tables(self) -> bool:
        """Whether our tables are there. Raises DatabaseError where another program's or version's are."""
        return check_schema(self.connection(), self.path)

    def make_tables(self) -> None:
        """Make the tables where there are none. Raises DatabaseError."""
        from .orm import make_tables

        make_tables(self)

    def check(self, seconds: float) -> None:
        """Raises sqlite3.Error or DatabaseError where it cannot be read and written, by others than those who have it
        open; somebody who writes is waited for so long."""
        uri = f"{self.path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=seconds)) as connection:
            if not check_schema(connection, self.path):
                raise DatabaseError(f"The database {self.path} is empty.")
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # what is damaged fails here
            connection.execute("BEGIN IMMEDIATE")  # what cannot be written fails here
            connection.execute("ROLLBACK")

    def damage(self) -> str | None:
        """What is wrong with its inside, found by reading all of it."""
        (found,) = self.connection().execute("PRAGMA quick_check(1)").fetchone()
        return None if found == "ok" else str(found)

    def close(self) -> None:
        """Close every connection, as must be done before a fork. The next ``connection()`` opens anew."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()


def stream(connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
    """A cursor over an answer that may be long, whose rows are read when they are wanted."""
    cursor: sqlite3.Cursor = getattr(connection, "stream", connection.execute)(statement, values)
    return cursor


def is_older(connection: sqlite3.Connection) -> bool:
    """Whether the database is ours, of a version that ``upgrade`` can bring to this one."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return application == APPLICATION_ID and 0 < version_of(connection) < SCHEMA_VERSION


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a database of an older version to this one, wholly or not at all; another process may be first."""
    from .migrations import upgrade_sqlite

    upgrade_sqlite(connection)


def mark(connection: sqlite3.Connection) -> None:
    """Say in a database that has just got its tables that it is ours, of this version."""
    header = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}")
    for statement in (*VERSION_STATEMENTS, *header):
        connection.execute(statement)


def version_of(connection: sqlite3.Connection) -> int:
    """What the file's header says."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def check_schema(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether our tables are there. Raises DatabaseError for a file of another program or another version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = version_of(connection)
    if application == APPLICATION_ID and version == SCHEMA_VERSION:
        return True
    if application == APPLICATION_ID:
        older, hint = (
            ("an older", "Move it away; `pbx-emulator seed` makes a new one.")
            if version < SCHEMA_VERSION
            else ("a newer", "Use that version, or another folder (--instance).")
        )
        raise DatabaseError(f"The database {path} was made by {older} version of this program. {hint}")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application or tables:
        raise DatabaseError(f"The database {path} belongs to another program; choose another folder (--instance).")
    return False
