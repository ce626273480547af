"""Counting: how many rows and calls there are, and how many in a range, without reading them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .calls import storable

# Steps of SQLite's machine between two looks at the time: some 20 microseconds.
_STEPS = 1_000

_ROWS = "SELECT count(*) FROM cdr"
_CALLS = "SELECT count(*) FROM (SELECT 1 FROM cdr INDEXED BY cdr_call GROUP BY call_id) AS found"

_ROWS_ENDED = "SELECT count(*) FROM cdr INDEXED BY cdr_end WHERE started_at + duration BETWEEN ? AND ?"

# A call ends with the last of its rows, and begins with the first.
_CALLS_ENDED = f"""{_ROWS_ENDED} AND NOT EXISTS (
    SELECT 1 FROM cdr AS e INDEXED BY cdr_call WHERE e.call_id = cdr.call_id
    AND (e.started_at + e.duration, e.id) > (cdr.started_at + cdr.duration, cdr.id))"""
_CALLS_BEGUN = """SELECT count(*) FROM cdr INDEXED BY cdr_time WHERE started_at BETWEEN ? AND ? AND NOT EXISTS (
    SELECT 1 FROM cdr AS e INDEXED BY cdr_call WHERE e.call_id = cdr.call_id
    AND (e.started_at, e.id) < (cdr.started_at, cdr.id))"""


def rows(connection: sqlite3.Connection) -> int:
    """All rows."""
    return _count(connection, _ROWS)


def calls(connection: sqlite3.Connection) -> int:
    """All calls."""
    return _count(connection, _CALLS)


def rows_ended(connection: sqlite3.Connection, start: int, end: int) -> int:
    """The rows that ended from ``start`` to ``end`` (Unix seconds), both included."""
    return _count(connection, _ROWS_ENDED, start, end)


def calls_ended(connection: sqlite3.Connection, start: int, end: int) -> int:
    """The calls whose last row ended then."""
    return _count(connection, _CALLS_ENDED, start, end)


def calls_begun(connection: sqlite3.Connection, start: int, end: int) -> int:
    """The calls whose first row began then."""
    return _count(connection, _CALLS_BEGUN, start, end)


def _count(connection: sqlite3.Connection, statement: str, *bounds: int) -> int:
    (count,) = connection.execute(statement, tuple(map(storable, bounds))).fetchone()
    return int(count)


@contextmanager
def for_seconds(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Let the block read for so long; then it is broken off. Raises TimeoutError."""
    until = time.perf_counter() + seconds
    connection.set_progress_handler(lambda: time.perf_counter() > until, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_INTERRUPT":
            raise
        raise TimeoutError(f"not read in {seconds} seconds") from None
    finally:
        connection.set_progress_handler(None, _STEPS)
