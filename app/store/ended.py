"""What became of tokens that no longer open anything, by hash: for the person behind a client, not for the wire.

The newest are kept, so many that a tester who wonders finds hers.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from ..clock import Clock

MOST_KEPT = 2_000


class Fate(NamedTuple):
    """``kind``: access or refresh. ``why``: valid, expired, revoked (by del_token), replaced (by refresh_token),
    removed (with its client). ``at``: when that was, and for valid ones when they expire (Unix seconds)."""

    kind: str
    why: str
    at: int
    client_id: str


_KINDS = ("access", "refresh")

# Which pair a token belongs to, while it does.
_HELD = "SELECT '{0}', 'valid', {0}_expires, client_id FROM token WHERE {0}_hash = ?"
_STATEMENTS = (*map(_HELD.format, _KINDS), "SELECT kind, why, at, client_id FROM ended_token WHERE hash = ?")

# A token that had expired before its pair ended has only expired.
_REMEMBER = (
    "INSERT INTO ended_token (hash, kind, why, at, client_id)"
    " SELECT {0}_hash, '{0}', iif({0}_expires <= :now, 'expired', :why), min({0}_expires, :now), client_id FROM token"
    " WHERE {1}"
    " ON CONFLICT (hash) DO UPDATE SET why = excluded.why, at = excluded.at"
)


def remember(connection: sqlite3.Connection, why: str, which: str, values: dict[str, Any]) -> None:
    """Keep what becomes of the pairs that the condition ``which`` is true of, which are about to end, in the caller's
    transaction."""
    values = {"why": why, "now": _now(connection), **values}
    for kind in _KINDS:
        connection.execute(_REMEMBER.format(kind, which), values)
    connection.execute("DELETE FROM ended_token WHERE id <= (SELECT max(id) FROM ended_token) - ?", (MOST_KEPT,))


def fate(connection: sqlite3.Connection, token_hash: bytes) -> Fate | None:
    """What became of a token; None for one that was never given, or long ago."""
    for statement in _STATEMENTS:
        row = connection.execute(statement, (token_hash,)).fetchone()
        if row is not None:
            return Fate(*row)
    return None


def _now(connection: sqlite3.Connection) -> int:
    """The PBX's time, as its database has the clock."""
    row = connection.execute("SELECT value FROM memory WHERE layer = 'state' AND name = 'clock'").fetchone()
    return int(Clock(**json.loads(row[0]) if row else {}).now())
