"""One schema of a PostgreSQL database, as ``Database`` is one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from ..database import SCHEMA_VERSION, VERSION_TABLE, Database, DatabaseError
from .connection import Connection
from .lines import Lines

# Who writes changes the number, and so keeps others from writing; who reads the number knows whether anybody has.
LOOK = "SELECT number FROM change"
BEGIN_WRITING = "BEGIN; UPDATE change SET number = number + 1"

# The same where a newer program may have upgraded the tables since they were opened: then the number would be none,
# which its column refuses. The version is read once nobody else can write.
_REVISION = f"{SCHEMA_VERSION:04}"
_MADE_BY = f"SELECT version_num FROM {VERSION_TABLE}"
_LOOK_TWICE = f"SELECT number, ({_MADE_BY}) FROM change"
_BEGIN_WRITING_OURS = (
    "BEGIN; SELECT 1 FROM change FOR UPDATE;"
    f" UPDATE change SET number = number + CASE ({_MADE_BY}) WHEN '{_REVISION}' THEN 1 END"
)


class PostgresDatabase(Database):
    """``path`` names what each server keeps for itself beside the database, such as the buckets of the rate limit."""

    def __init__(self, lines: Lines, schema: str, path: Path) -> None:
        super().__init__(path)
        self.lines = lines
        self.schema = schema
        self._connections = threading.local()

    @property
    def name(self) -> str:
        return str(self.lines.address) if self.schema == self.lines.address.schema else f"schema {self.schema}"

    def connection(self) -> sqlite3.Connection:
        """This thread's."""
        return cast("sqlite3.Connection", self._facade())

    def _facade(self) -> Connection:
        try:
            found: Connection = self._connections.own
        except AttributeError:
            found = self._connections.own = Connection(self.lines, self.schema)
        return found

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """As everywhere. Raises DatabaseError where a newer program has upgraded the tables meanwhile."""
        facade = self._facade()
        with ExitStack() as stack:
            try:
                stack.enter_context(facade.transaction(_BEGIN_WRITING_OURS))
            except sqlite3.IntegrityError:
                self.has_tables()
                raise
            yield cast("sqlite3.Connection", facade)

    def version(self, connection: sqlite3.Connection) -> int:
        """As everywhere. Raises DatabaseError where a newer program has upgraded the tables meanwhile."""
        number, revision = connection.execute(_LOOK_TWICE).fetchone()
        if revision != _REVISION:
            self.has_tables()
        return int(number)

    @contextmanager
    def loading(self) -> Iterator[None]:
        yield

    def is_older(self) -> bool:
        return 0 < self.made_by() < SCHEMA_VERSION

    def has_tables(self) -> bool:
        return self._recognized(self.made_by())

    def _recognized(self, version: int) -> bool:
        if version not in (0, SCHEMA_VERSION):
            which = "an older" if version < SCHEMA_VERSION else "a newer"
            raise DatabaseError(f"The database {self.name} was made by {which} version of this program; use that one.")
        return version != 0

    def made_by(self) -> int:
        """The version of the tables, 0 where there are none."""
        connection = self.connection()
        (there,) = connection.execute(
            "SELECT to_regclass(?) IS NOT NULL", (f'"{self.schema}".{VERSION_TABLE}',)
        ).fetchone()
        return int(connection.execute(_MADE_BY).fetchone()[0]) if there else 0

    def prepare(self) -> bool:
        version = self.made_by()
        if 0 < version < SCHEMA_VERSION:
            from .upgrading import upgrade

            upgrade(self.lines.address, self.schema)
            version = self.made_by()
        return self._recognized(version)

    def make_tables(self) -> None:
        from .registry import make_registry, registry_of
        from .tables import make_tables

        make_tables(self.lines, self.schema)
        make_registry(self.lines, registry_of(self.schema))

    def check(self, seconds: float) -> None:
        with self.write():
            pass

    def damage(self) -> str | None:
        return None

    def close(self) -> None:
        self.lines.close()
        self._connections = threading.local()
