"""Auth tokens that were deleted before they expired. They prove themselves by their signature, so these are kept."""

from __future__ import annotations

import sqlite3


def revoke(connection: sqlite3.Connection, token_id: str, expires: int, now: int) -> None:
    """End the token, which expires at ``expires`` (Unix seconds), in the caller's transaction.

    Tokens that have expired meanwhile are swept out.
    """
    connection.execute("DELETE FROM revoked_token WHERE expires <= ?", (now,))
    connection.execute("INSERT INTO revoked_token VALUES (?, ?) ON CONFLICT DO NOTHING", (token_id, expires))


def is_revoked(connection: sqlite3.Connection, token_id: str) -> bool:
    """Whether the token was deleted."""
    row = connection.execute("SELECT 1 FROM revoked_token WHERE token_id = ?", (token_id,)).fetchone()
    return row is not None
