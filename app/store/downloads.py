"""Links to files that are made when they are fetched: name, owner, life, and the question behind the file."""

from __future__ import annotations

import sqlite3

from .query import CdrQuery


def offer(connection: sqlite3.Connection, name: str, client_id: str, query: CdrQuery, expires: int, now: int) -> None:
    """Keep a link until ``expires`` (Unix seconds), in the caller's write transaction; dead ones are swept out."""
    connection.execute("DELETE FROM download WHERE expires <= ?", (now,))
    connection.execute(
        "INSERT INTO download (name, client_id, query, expires) VALUES (?, ?, ?, ?)",
        (name, client_id, query.to_json(), expires),
    )


def take(connection: sqlite3.Connection, name: str, client_id: str, now: int, once: bool) -> CdrQuery | None:
    """The question behind a client's live link; with ``once`` the link is used up. None for any other link."""
    row = connection.execute(
        "SELECT query FROM download WHERE name = ? AND client_id = ? AND expires > ?", (name, client_id, now)
    ).fetchone()
    if row is None:
        return None
    if once:
        connection.execute("DELETE FROM download WHERE name = ?", (name,))
    return CdrQuery.from_json(row[0])
