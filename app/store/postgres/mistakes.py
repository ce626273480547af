"""What goes wrong in PostgreSQL, raised as sqlite3 would: that is what all rooms above know."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors


def in_sqlites_words(error: psycopg.Error) -> sqlite3.Error:
    """The same as sqlite3 would raise it."""
    text = str(error).partition("\n")[0] or type(error).__name__
    if isinstance(error, errors.IntegrityError):
        return sqlite3.IntegrityError(text)
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return sqlite3.OperationalError("database is locked")
    if isinstance(error, errors.QueryCanceled):
        interrupted = sqlite3.OperationalError("interrupted")
        interrupted.sqlite_errorname = "SQLITE_INTERRUPT"
        return interrupted
    return sqlite3.OperationalError(text)


@contextmanager
def told_as_sqlite_would() -> Iterator[None]:
    """Errors of psycopg in the block are raised so."""
    try:
        yield
    except psycopg.Error as error:
        raise in_sqlites_words(error) from None
