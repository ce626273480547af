"""Opening: the default world's database on the server that the setting database_url names."""

from __future__ import annotations

from pathlib import Path

import psycopg

from ..database import DatabaseError
from .address import Address
from .database import PostgresDatabase
from .lines import Lines


def opened(url: str, path: Path) -> PostgresDatabase:
    """The database; see PostgresDatabase for ``path``. Raises DatabaseError where the URL cannot be read."""
    try:
        address = Address(url)
    except psycopg.Error as error:
        raise DatabaseError(f"The setting database_url cannot be read: {str(error).strip().rstrip('.')}.") from None
    return PostgresDatabase(Lines(address), address.schema, path)
