"""One SQLite file: a connection for each thread, kept open; writes in transactions of their own.

The server reads and writes here with the driver alone. ``orm.py`` opens the same file through SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from . import own_files

# "PBXE" in the file's header tells our databases from other programs'.
APPLICATION_ID = 0x50425845
SCHEMA_VERSION = 5

# What makes a database of each older version one of the next. Changes only add: rows stay as they are.
UPGRADES: Mapping[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE cdr ADD COLUMN fax VARCHAR DEFAULT '' NOT NULL",
        "CREATE INDEX cdr_end ON cdr (started_at + duration)",
        "CREATE INDEX cdr_call ON cdr (call_id, started_at)",
        "CREATE TABLE revoked_token (token_id VARCHAR NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (token_id))",
    ),
    2: (
        "CREATE TABLE ended_token (id INTEGER NOT NULL, hash BLOB NOT NULL, kind VARCHAR NOT NULL,"
        " why VARCHAR NOT NULL, at INTEGER NOT NULL, client_id VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (hash))",
    ),
    3: (
        "ALTER TABLE extension ADD COLUMN document VARCHAR DEFAULT '{}' NOT NULL",
        "ALTER TABLE extension_group ADD COLUMN document VARCHAR DEFAULT '{}' NOT NULL",
        "CREATE INDEX cdr_recorded ON cdr (started_at) WHERE record_file != ''",
    ),
    4: (
        "CREATE TABLE call_truth (call_id VARCHAR NOT NULL, caller VARCHAR NOT NULL, outcome VARCHAR NOT NULL,"
        " answered_by VARCHAR NOT NULL, transferred_to VARCHAR NOT NULL, missed_by VARCHAR NOT NULL,"
        " callback_of VARCHAR NOT NULL, PRIMARY KEY (call_id)) WITHOUT ROWID",
    ),
}

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

    def close(self) -> None:
        """Close every connection, as must be done before a fork. The next ``connection()`` opens anew."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()


def is_older(connection: sqlite3.Connection) -> bool:
    """Whether the database is ours, of a version that ``upgrade`` can bring to this one."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return application == APPLICATION_ID and _version(connection) in UPGRADES


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a database of an older version to this one, wholly or not at all; another process may be first."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        while (version := _version(connection)) in UPGRADES:
            for statement in UPGRADES[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def check_schema(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether our tables are there. Raises DatabaseError for a file of another program or another version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = _version(connection)
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
