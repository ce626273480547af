"""Recordings: the rows of calls that name a file. A recording's id is its row's."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from .calls import storable


class Recorded(NamedTuple):
    """``seconds``: how long was talked."""

    id: int
    file: str
    seconds: int


_FIND = "SELECT id, record_file, talk_duration FROM cdr WHERE record_file <> '' AND "


def with_id(connection: sqlite3.Connection, row_id: int) -> Recorded | None:
    """The recording of that id."""
    return _first(connection, "id = ?", storable(row_id))


def with_file(connection: sqlite3.Connection, file: str) -> Recorded | None:
    """The recording of that file name. A name that the PBX has given holds the call's id, by which it is found soon;
    for any other, all calls are looked through."""
    _, _, rest = file.partition("-")
    call_id = rest.partition("-")[0]
    of_call = _first(connection, "call_id = ? AND record_file = ?", call_id, file)
    return of_call or _first(connection, "record_file = ?", file)


def _first(connection: sqlite3.Connection, which: str, *values: int | str) -> Recorded | None:
    row = connection.execute(f"{_FIND}{which} ORDER BY id LIMIT 1", values).fetchone()
    return Recorded(*row) if row else None
