"""A schema that an older version of this program made becomes one of this version."""

from __future__ import annotations

from typing import Any

import psycopg

from ..database import SCHEMA_VERSION
from . import schemas
from .address import Address
from .connection import Connection
from .lines import Lines
from .mistakes import in_sqlites_words


def upgrade(address: Address, schema: str, target: int = SCHEMA_VERSION) -> None:
    """Wholly or not at all; another server may be first. Raises sqlite3.Error."""
    from ..migrations import upgrade_postgres

    def connect() -> psycopg.Connection[Any]:
        """As SQLAlchemy wants it."""
        raw = address.connect()
        raw.cursor_factory = psycopg.Cursor
        raw.autocommit = False
        return raw

    try:
        upgrade_postgres(connect, schema, target)
    except psycopg.Error as error:
        raise in_sqlites_words(error) from None


def copy_upgraded(lines: Lines, snapshot: str, version: int, schema: str) -> None:
    """Make a schema of this version with what a snapshot of an older one holds.

    A snapshot lacks the indexes that upgrades may be about: its rows are put into tables as they were in that version.
    Raises sqlite3.Error.
    """
    connection = Connection(lines, schema)
    connection.execute(f'CREATE SCHEMA "{schema}"')
    upgrade(lines.address, schema, version)
    with connection.transaction("BEGIN"):
        schemas.fill(connection, schema, snapshot)
    upgrade(lines.address, schema)
