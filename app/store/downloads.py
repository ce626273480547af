"""Links to files that are made when they are fetched: name, owner, life, and what is behind them, as text."""

from __future__ import annotations

import sqlite3


def offer(connection: sqlite3.Connection, name: str, client_id: str, what: str, expires: int, now: int) -> None:
    """Keep a link until ``expires`` (Unix seconds), in the caller's write transaction; dead ones are swept out."""
    connection.execute("DELETE FROM download WHERE expires <= ?", (now,))
    connection.execute(
        "INSERT INTO download (name, client_id, query, expires) VALUES (?, ?, ?, ?)", (name, client_id, what, expires)
    )


def find(connection: sqlite3.Connection, name: str, client_id: str, now: int) -> str | None:
    """What is behind a client's live link; None for any other link."""
    row = connection.execute(
        "SELECT query FROM download WHERE name = ? AND client_id = ? AND expires > ?", (name, client_id, now)
    ).fetchone()
    return str(row[0]) if row else None


def end(connection: sqlite3.Connection, name: str) -> bool:
    """Forget a link, in the caller's write transaction; False where it is gone already."""
    return connection.execute("DELETE FROM download WHERE name = ?", (name,)).rowcount > 0
