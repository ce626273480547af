"""Kept counts: how many rows, calls and recordings there are, which counting would find out anew for every page."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

# What is counted -> how it is counted where no count has been kept: databases of older versions. A row is called a call
# wherever rows are all there is; "phone_calls" are the calls whose rows share an id.
COUNTED: Mapping[str, str] = {
    "calls": "SELECT count(*) FROM cdr",
    "phone_calls": "SELECT count(DISTINCT call_id) FROM cdr",
    "recordings": "SELECT count(*) FROM cdr WHERE record_file <> ''",
}

_CASES = " ".join(f"WHEN '{name}' THEN :{name}" for name in COUNTED)
_MORE = (
    f"UPDATE memory SET value = CAST(value AS INTEGER) + CASE name {_CASES} END"
    f" WHERE layer = 'state' AND name IN {tuple(COUNTED)}"
)


def kept_count(connection: sqlite3.Connection, name: str) -> int:
    """How many there are."""
    row = connection.execute("SELECT value FROM memory WHERE layer = 'state' AND name = ?", (name,)).fetchone()
    return int((row or connection.execute(COUNTED[name]).fetchone())[0])


def add_to_kept(connection: sqlite3.Connection, stored: Mapping[str, int]) -> None:
    """So many have just been stored, in the caller's transaction."""
    if connection.execute(_MORE, {name: stored[name] for name in COUNTED}).rowcount == len(COUNTED):
        return
    for name, counting in COUNTED.items():
        counted = f"INSERT INTO memory (layer, name, value) VALUES ('state', ?, ({counting})) ON CONFLICT DO NOTHING"
        connection.execute(counted, (name,))


def forget_kept(connection: sqlite3.Connection) -> None:
    """All calls are gone, in the caller's transaction."""
    names = ", ".join("?" * len(COUNTED))
    connection.execute(f"DELETE FROM memory WHERE layer = 'state' AND name IN ({names})", tuple(COUNTED))
