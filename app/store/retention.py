"""Retention: a PBX keeps so many CDR rows, and drops the oldest when more come."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable

from .kept_counts import add_to_kept, kept_count
from .numbers import remove_numbers
from .truths import forget_truths

# Layers of the memory, as worlds.py has them: what was given at the start wins.
_LIMIT = """SELECT value FROM memory WHERE name = 'cdr_retention_rows' AND layer IN ('start', 'stored')
    ORDER BY layer = 'stored' LIMIT 1"""
_OLDEST = """SELECT id, from_id, to_id, call_id, record_file <> '' FROM cdr INDEXED BY cdr_time
    ORDER BY started_at, id LIMIT ?"""
_OTHER_ROW = "SELECT 1 FROM cdr INDEXED BY cdr_call WHERE call_id = ? LIMIT 1"

# Rows dropped at a time, so that many of them do not lie in memory.
_BATCH = 10_000

_Oldest = tuple[int, int, int, str, int]


def drop_oldest(connection: sqlite3.Connection) -> int:
    """Drop the rows that the setting cdr_retention_rows has no room for, in the caller's transaction; how many.

    The oldest are those that started first. Their recordings, the truth about their calls and numbers that are in no
    other row go with them."""
    limit = _limit(connection)
    if not limit:
        return 0
    excess = max(0, kept_count(connection, "calls") - limit)
    for left in range(excess, 0, -_BATCH):
        _drop(connection, connection.execute(_OLDEST, (min(left, _BATCH),)).fetchall())
    return excess


def _limit(connection: sqlite3.Connection) -> int:
    """The setting, 0 where every row is kept. It is asked here, since a load knows no world."""
    row = connection.execute(_LIMIT).fetchone()
    return int(json.loads(row[0])) if row else 0


def _drop(connection: sqlite3.Connection, rows: list[_Oldest]) -> None:
    connection.executemany("DELETE FROM cdr WHERE id = ?", ((row[0],) for row in rows))
    gone = [
        call_id for call_id in {row[3] for row in rows} if connection.execute(_OTHER_ROW, (call_id,)).fetchone() is None
    ]
    forget_truths(connection, gone)
    _uncount(connection, "calls_from", (row[1] for row in rows))
    _uncount(connection, "calls_to", (row[2] for row in rows))
    remove_numbers(connection, {number_id for row in rows for number_id in row[1:3]})
    recordings = sum(row[4] for row in rows)
    add_to_kept(connection, {"calls": -len(rows), "phone_calls": -len(gone), "recordings": -recordings})


def _uncount(connection: sqlite3.Connection, column: str, number_ids: Iterable[int]) -> None:
    connection.executemany(
        f"UPDATE number SET {column} = {column} - ? WHERE id = ?",
        ((calls, number_id) for number_id, calls in Counter(number_ids).items()),
    )
