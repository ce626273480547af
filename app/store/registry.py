"""The registry: which other worlds there are beside the default one, and by what a client's request is known as theirs.

It is a small SQLite file, made with the first other world. Every thread looks a key up once, until anybody has written,
as SQLite's data_version tells; so a lookup costs two microseconds, and one where there are no other worlds even less.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from .copies import LooseDatabase, held
from .database import Database, DatabaseError

# "PBXW" in the file's header.
_APPLICATION_ID = 0x50425857
_VERSION = 1
_TABLES = (
    "CREATE TABLE world (number INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL UNIQUE,"
    " generation VARCHAR NOT NULL, first VARCHAR NOT NULL, source VARCHAR NOT NULL, made_at INTEGER NOT NULL,"
    " making VARCHAR NOT NULL)",
    "CREATE TABLE key (kind VARCHAR NOT NULL, value VARCHAR NOT NULL, world INTEGER NOT NULL,"
    " PRIMARY KEY (kind, value, world)) WITHOUT ROWID",
    "CREATE INDEX key_world ON key (world)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)

# A thread remembers so many answers.
_MOST_KNOWN = 4000


class Key(NamedTuple):
    """Something that a request may name and that is a world's own."""

    kind: str
    value: str


# What only one world can have; what several share leads to none of them.
ONLY_ONE: Mapping[str, str] = {"client": "API client", "account": "KAZOO account", "api_key": "KAZOO API key"}

# Setting -> the kind of key that it is.
_SETTINGS = {
    "kazoo_account_id": "account",
    "kazoo_api_key": "api_key",
    "kazoo_realm": "realm",
    "kazoo_account_name": "account_name",
}
_OWN_SETTINGS = ", ".join(f"'{name}'" for name in _SETTINGS)

_NOT_IN_AN_ACCOUNT_NAME = re.compile("[^a-z0-9]+")

# Kind of error -> its sentence.
_SENTENCES = {
    "unknown": "There is no world {0}.",
    "taken": "There is a world {0} already.",
    "bad_name": "{0} is no name for a {1}; expected 1 to 64 letters, digits, hyphens and underscores.",
    "key_taken": "The {0} {1} belongs to another world already.",
    "no_snapshot": "World {0} has no snapshot {1}.",
    "default": "The default world cannot be dropped.",
    "busy": "World {0} is being written all the time; try again.",
    "broken": "The database of world {0} is gone; the world can only be dropped.",
}


class WorldError(Exception):
    """Something cannot be done with a world; the text is one sentence, ``kind`` says the same to a program."""

    def __init__(self, kind: str, *facts: str) -> None:
        super().__init__(_SENTENCES[kind].format(*facts))
        self.kind = kind


@dataclass(frozen=True)
class Entry:
    """One world as the registry has it.

    ``generation`` names its present database, ``first`` the one it was made with; ``source`` is what it was made from,
    ``making`` what was written into it then; ``made_at`` is in Unix seconds, by the real clock.
    """

    number: int
    name: str
    generation: str
    first: str
    source: str
    made_at: int
    making: Mapping[str, Any]


_COLUMNS = "w.number, w.name, w.generation, w.first, w.source, w.made_at, w.making"
_BY_COLUMN = f"SELECT {_COLUMNS} FROM world AS w WHERE w.{{}} = ?"
_BY_KEY = f"SELECT {_COLUMNS} FROM key AS k JOIN world AS w ON w.number = k.world WHERE k.kind = ? AND k.value = ?"


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(*(*row[:-1], json.loads(row[-1])))


class Registry:
    """The file at ``path``, which need not be there."""

    def __init__(self, path: Path) -> None:
        self._database: Database = LooseDatabase(path)
        self._path = str(path)
        self._local = threading.local()

    def _connected(self) -> sqlite3.Connection | None:
        """This thread's connection, None while there is no registry. Raises DatabaseError."""
        if not os.path.exists(self._path):  # several times as fast as pathlib's
            return None
        assert isinstance(self._database, LooseDatabase)
        return _checked(self._database)

    def known(self) -> dict[Any, Any] | None:
        """What this thread has looked up since anybody last wrote; None while there is no registry."""
        local = self._local
        try:
            connection = local.connection
        except AttributeError:
            connection = self._connected()
            if connection is None:
                return None
            local.connection = connection
        version = self._database.version(connection)
        if getattr(local, "version", None) != version:
            local.version, local.known = version, {}
        known: dict[Any, Any] = local.known
        return known

    def find(self, kind: str, value: Any) -> Entry | None:
        """The world of that ``number`` or ``name``, or the only one that has the key."""
        known = self.known()
        return None if known is None else self.look_up(known, kind, value)

    def look_up(self, known: dict[Any, Any], kind: str, value: Any) -> Entry | None:
        """The same, by what ``known`` has just told."""
        try:
            entry: Entry | None = known[kind, value]
        except KeyError:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            entry = known[kind, value] = self._read(kind, value)
        return entry

    def _read(self, kind: str, value: Any) -> Entry | None:
        statement, values = (
            (_BY_COLUMN.format(kind), (value,)) if kind in ("number", "name") else (_BY_KEY, (kind, value))
        )
        try:
            rows = self._local.connection.execute(statement, values).fetchmany(2)
        except UnicodeEncodeError:  # a client may send what is no text
            return None
        return _entry(rows[0]) if len(rows) == 1 else None

    def entries(self) -> list[Entry]:
        """All worlds but the default one, in the order in which they were made."""
        if self.known() is None:
            return []
        rows = self._local.connection.execute(f"SELECT {_COLUMNS} FROM world AS w ORDER BY w.number")
        return [_entry(row) for row in rows]

    def add(self, entry: Entry, keys: Iterable[Key]) -> Entry:
        """Take a world in, whose number is given here; ``make`` was called. Raises WorldError: taken, key_taken."""
        with self._database.write() as connection:
            if connection.execute("SELECT 1 FROM world WHERE name = ?", (entry.name,)).fetchone():
                raise WorldError("taken", entry.name)
            (number,) = connection.execute(
                "INSERT INTO world (name, generation, first, source, made_at, making) VALUES (?, ?, ?, ?, ?, ?)"
                " RETURNING number",
                (entry.name, entry.generation, entry.first, entry.source, entry.made_at, json.dumps(entry.making)),
            ).fetchone()
            _claim(connection, number, keys)
        self._local.version = None
        return replace(entry, number=number)

    def switch(self, old: Entry, new: Entry, keys: Iterable[Key]) -> bool:
        """Make another generation of a world the present one, with its keys and what it was made from, unless ``old``
        is no longer how things are. The same generation only claims its keys anew. Raises WorldError: key_taken."""
        with self._database.write() as connection:
            switched = connection.execute(
                "UPDATE world SET generation = ?, source = ? WHERE number = ? AND generation = ?",
                (new.generation, new.source, old.number, old.generation),
            ).rowcount
            if switched:
                _claim(connection, old.number, keys)
        self._local.version = None
        return bool(switched)

    def keys(self, number: int) -> frozenset[Key]:
        """The keys of the world of that number."""
        known = self.known()
        if known is None:
            return frozenset()
        if ("keys", number) not in known:
            rows = self._local.connection.execute("SELECT kind, value FROM key WHERE world = ?", (number,))
            known["keys", number] = frozenset(map(Key._make, rows))
        keys: frozenset[Key] = known["keys", number]
        return keys

    def remove(self, name: str) -> Entry:
        """Forget a world. Returns what it was in the end. Raises WorldError: unknown."""
        if self.known() is None:
            raise WorldError("unknown", name)
        with self._database.write() as connection:
            row = connection.execute(_BY_COLUMN.format("name"), (name,)).fetchone()
            if row is None:
                raise WorldError("unknown", name)
            entry = _entry(row)
            connection.execute("DELETE FROM key WHERE world = ?", (entry.number,))
            connection.execute("DELETE FROM world WHERE number = ?", (entry.number,))
        self._local.version = None
        return entry

    def close(self) -> None:
        """Close every connection, as must be done before a fork."""
        self._database.close()
        self._local = threading.local()

    def make(self) -> None:
        """Make the file where there is none: aside, and then put in its place whole."""
        if self.known() is not None:
            return
        path = self._database.path
        with held(path.parent, fcntl.LOCK_EX):
            if path.exists():
                return
            aside = path.with_name(f".{path.name}")
            aside.unlink(missing_ok=True)
            with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
                for statement in _TABLES:
                    connection.execute(statement)
                connection.execute("PRAGMA journal_mode = WAL")
            aside.replace(path)


def _checked(database: LooseDatabase) -> sqlite3.Connection:
    """This thread's connection. Raises DatabaseError for a file that is no registry of this version."""
    try:
        connection = database.connection()
        marks = [connection.execute(f"PRAGMA {mark}").fetchone()[0] for mark in ("application_id", "user_version")]
        if marks == [_APPLICATION_ID, _VERSION]:
            return connection
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        pass
    database.leave()
    raise DatabaseError(
        f"The list of worlds {database.path} is damaged or another version's; move the folder it is in away."
    )


def _claim(connection: sqlite3.Connection, number: int, keys: Iterable[Key]) -> None:
    """Make these the world's keys, and no others."""
    connection.execute("DELETE FROM key WHERE world = ?", (number,))
    for key in keys:
        if (
            key.kind in ONLY_ONE
            and connection.execute("SELECT 1 FROM key WHERE kind = ? AND value = ?", key).fetchone()
        ):
            raise WorldError("key_taken", ONLY_ONE[key.kind], key.value)
        connection.execute("INSERT INTO key (kind, value, world) VALUES (?, ?, ?)", (*key, number))


def keys_in(connection: sqlite3.Connection) -> frozenset[Key]:
    """The keys of the world with this database: its API clients, and its KAZOO account."""
    keys = {Key("client", client_id) for (client_id,) in connection.execute("SELECT client_id FROM client")}
    rows = connection.execute(f"SELECT name, value FROM memory WHERE layer = 'stored' AND name IN ({_OWN_SETTINGS})")
    return frozenset(keys | {as_key(_SETTINGS[name], json.loads(value)) for name, value in rows})


def as_key(kind: str, value: str) -> Key:
    """The key as it is compared: realms and account names as KAZOO does, all others to the letter."""
    if kind in ("realm", "account_name"):
        value = value.lower()
    return Key(kind, _NOT_IN_AN_ACCOUNT_NAME.sub("", value) if kind == "account_name" else value)
