"""A schema that an older version of this program made becomes one of this version."""

from __future__ import annotations

from typing import Any

import psycopg

from .address import Address
from .mistakes import in_sqlites_words


def upgrade(address: Address, schema: str) -> None:
    """Wholly or not at all; another server may be first. Raises sqlite3.Error."""
    from ..migrations import upgrade_postgres

    def connect() -> psycopg.Connection[Any]:
        """As SQLAlchemy wants it."""
        raw = address.connect()
        raw.cursor_factory = psycopg.Cursor
        raw.autocommit = False
        return raw

    try:
        upgrade_postgres(connect, schema)
    except psycopg.Error as error:
        raise in_sqlites_words(error) from None
