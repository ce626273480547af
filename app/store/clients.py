"""API clients: their secrets, and the addresses from which logins failed."""

from __future__ import annotations

import hmac
import sqlite3

from . import tokens


def knows(connection: sqlite3.Connection, client_id: str, secret: str) -> bool:
    """Whether there is such a client with this secret, compared in constant time."""
    row = connection.execute("SELECT secret FROM client WHERE client_id = ?", (client_id,)).fetchone()
    expected = row[0] if row else ""
    same = hmac.compare_digest(expected.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass"))
    return row is not None and same


def secrets(connection: sqlite3.Connection) -> dict[str, str]:
    """The secrets of all clients by their ids."""
    return dict(connection.execute("SELECT client_id, secret FROM client ORDER BY client_id"))


def configure(connection: sqlite3.Connection, client_id: str, secret: str) -> None:
    """Make the client of the settings this one; when another one was, it goes, and its tokens with it."""
    as_it_is = connection.execute("SELECT client_id, secret FROM client WHERE configured").fetchall()
    if as_it_is == [(client_id, secret)]:
        return
    for other, _ in as_it_is:
        if other != client_id:
            remove(connection, other)
    connection.execute(
        "INSERT INTO client (client_id, secret, configured) VALUES (?, ?, true)"
        " ON CONFLICT (client_id) DO UPDATE SET secret = excluded.secret, configured = true",
        (client_id, secret),
    )


def add(connection: sqlite3.Connection, client_id: str, secret: str) -> bool:
    """Add a client; False when there is one of that name."""
    statement = "INSERT INTO client (client_id, secret, configured) VALUES (?, ?, false) ON CONFLICT DO NOTHING"
    return connection.execute(statement, (client_id, secret)).rowcount > 0


def remove(connection: sqlite3.Connection, client_id: str) -> bool:
    """Forget a client and end its tokens; False when there is none of that name."""
    tokens.revoke_all(connection, client_id)
    return connection.execute("DELETE FROM client WHERE client_id = ?", (client_id,)).rowcount > 0


def blocked_until(connection: sqlite3.Connection, address: str, now: int) -> int | None:
    """Until when (Unix seconds) the address may not log in, or None."""
    row = connection.execute(
        "SELECT blocked_until FROM failed_login WHERE address = ? AND blocked_until > ?", (address, now)
    ).fetchone()
    return row[0] if row else None


def login_failed(connection: sqlite3.Connection, address: str, now: int, most: int, block_seconds: int) -> int | None:
    """Count a failure; the one that reaches ``most`` (0: never) in a row blocks the address and starts a new count.

    Returns how many more may fail before that; 0 says that the address is blocked now, None that it never will be.
    """
    connection.execute(
        "INSERT INTO failed_login (address, count, blocked_until) VALUES (?, 1, 0)"
        " ON CONFLICT (address) DO UPDATE SET count = failed_login.count + 1",
        (address,),
    )
    if most:
        connection.execute(
            "UPDATE failed_login SET count = 0, blocked_until = ? WHERE address = ? AND count >= ?",
            (now + block_seconds, address, most),
        )
    (count,) = connection.execute("SELECT count FROM failed_login WHERE address = ?", (address,)).fetchone()
    return (most - count if count else 0) if most else None


def login_succeeded(connection: sqlite3.Connection, address: str) -> None:
    """Forget the address's failures."""
    connection.execute("DELETE FROM failed_login WHERE address = ?", (address,))
