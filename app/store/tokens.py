"""Pairs of access and refresh tokens. Kept by hash, looked up at driver level: a revoked token is gone everywhere.

A token leads to its world: its last four characters are the world's number, moved by a hash of all the others, so that
every token looks as random as the next.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import string
from dataclasses import dataclass
from typing import Any

from . import ended

# Every token seen in the vendor's documents has 32 characters of these.
TOKEN_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
TOKEN_LENGTH = 32

_BEARER = "Bearer "

_BASE = len(TOKEN_ALPHABET)
_RANDOM_LENGTH = TOKEN_LENGTH - 4
_NUMBERS = _BASE**4
_PLACE = {character: place for place, character in enumerate(TOKEN_ALPHABET)}

# By a token's hash: its client, the hash itself, and when the token expires.
KnownTokens = dict[bytes, tuple[str, bytes, int]]


class TokenLimitError(Exception):
    """The client holds as many valid access tokens as it may."""


@dataclass(frozen=True)
class TokenPair:
    """Two fresh tokens, the only time they exist in clear."""

    access: str
    refresh: str


def random_token(length: int = TOKEN_LENGTH) -> str:
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(length))


def token_of(world: int) -> str:
    """A new token that leads to the world of that number, of which there are 62 to the power of 4."""
    random = random_token(_RANDOM_LENGTH)
    rest = (world + _distance(random)) % _NUMBERS
    marks = ""
    for _ in range(4):
        rest, place = divmod(rest, _BASE)
        marks += TOKEN_ALPHABET[place]
    return random + marks


def world_of(token: str) -> int:
    """The number that a token leads to: 0 for what is none of ours, and any number for what only looks like one.

    One behind the word Bearer opens nothing; it leads to its world all the same, whose owner wants to know of it.
    """
    if len(token) != TOKEN_LENGTH:
        return world_of(token[len(_BEARER) :]) if token.startswith(_BEARER) else 0
    try:
        a, b, c, d = (_PLACE[character] for character in token[_RANDOM_LENGTH:])
        return (a + _BASE * (b + _BASE * (c + _BASE * d)) - _distance(token[:_RANDOM_LENGTH])) % _NUMBERS
    except (KeyError, UnicodeEncodeError):
        return 0


def _distance(random: str) -> int:
    return int.from_bytes(hashlib.blake2b(random.encode(), digest_size=8).digest(), "big")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def issue(
    connection: sqlite3.Connection, client_id: str, now: int, lifetimes: tuple[int, int], most: int, world: int = 0
) -> TokenPair:
    """A new pair (lifetimes of access and refresh token in seconds) in the caller's write transaction.

    ``world`` is the number of the world that the tokens lead to. Older tokens stay valid; pairs that are wholly dead
    are swept out. Raises TokenLimitError when the client holds ``most`` valid access tokens (0: no limit).
    """
    _end(connection, "expired", "refresh_expires <= :dead AND access_expires <= :dead", {"dead": now})
    (valid,) = connection.execute(
        "SELECT count(*) FROM token WHERE client_id = ? AND access_expires > ?", (client_id, now)
    ).fetchone()
    if most and valid >= most:
        raise TokenLimitError
    pair = TokenPair(token_of(world), token_of(world))
    connection.execute(
        "INSERT INTO token (client_id, access_hash, access_expires, refresh_hash, refresh_expires)"
        " VALUES (?, ?, ?, ?, ?)",
        (client_id, _hash(pair.access), now + lifetimes[0], _hash(pair.refresh), now + lifetimes[1]),
    )
    return pair


def owner(connection: sqlite3.Connection, access_token: str, now: int, known: KnownTokens) -> str | None:
    """The client whose valid access token this is.

    ``known`` holds what has been looked up since the database last changed, and takes in what is looked up now.
    """
    wanted = _hash(access_token)
    row = known.get(wanted)
    if row is None:
        row = connection.execute(
            "SELECT client_id, access_hash, access_expires FROM token WHERE access_hash = ?", (wanted,)
        ).fetchone()
        if row is None or not hmac.compare_digest(row[1], wanted):
            return None
        known[wanted] = row
    client_id, _, expires = row
    return client_id if expires > now else None


def renew(
    connection: sqlite3.Connection, refresh_token: str, now: int, lifetimes: tuple[int, int], world: int = 0
) -> TokenPair | None:
    """A new pair in the place of the one this valid refresh token belongs to, whose both tokens die."""
    wanted = _hash(refresh_token)
    row = connection.execute(
        "SELECT id, refresh_hash FROM token WHERE refresh_hash = ? AND refresh_expires > ?", (wanted, now)
    ).fetchone()
    if row is None or not hmac.compare_digest(row[1], wanted):
        return None
    ended.remember(connection, "replaced", "id = :id", {"id": row[0]})
    pair = TokenPair(token_of(world), token_of(world))
    connection.execute(
        "UPDATE token SET access_hash = ?, access_expires = ?, refresh_hash = ?, refresh_expires = ? WHERE id = ?",
        (_hash(pair.access), now + lifetimes[0], _hash(pair.refresh), now + lifetimes[1], row[0]),
    )
    return pair


def expire(connection: sqlite3.Connection, access_token: str, now: int) -> None:
    """Let the access token expire now; its refresh token stays as it is."""
    connection.execute(
        "UPDATE token SET access_expires = min(access_expires, ?) WHERE access_hash = ?", (now, _hash(access_token))
    )


def revoke(connection: sqlite3.Connection, access_token: str) -> None:
    """End the access token and its refresh token."""
    _end(connection, "revoked", "access_hash = :hash", {"hash": _hash(access_token)})


def revoke_all(connection: sqlite3.Connection, client_id: str) -> None:
    """End all tokens of a client that is being removed."""
    _end(connection, "removed", "client_id = :client", {"client": client_id})


def _end(connection: sqlite3.Connection, why: str, which: str, values: dict[str, Any]) -> None:
    """End the pairs that the condition is true of, and remember why."""
    if connection.execute(f"SELECT 1 FROM token WHERE {which} LIMIT 1", values).fetchone():
        ended.remember(connection, why, which, values)
        connection.execute(f"DELETE FROM token WHERE {which}", values)


def fate(connection: sqlite3.Connection, token: str) -> ended.Fate | None:
    """What became of a token, access or refresh; None for one that this PBX never gave, or long ago."""
    return ended.fate(connection, _hash(token))


def next_to_expire(connection: sqlite3.Connection, client_id: str, now: int) -> int | None:
    """When the first of the client's valid access tokens expires."""
    row = connection.execute(
        "SELECT min(access_expires) FROM token WHERE client_id = ? AND access_expires > ?", (client_id, now)
    ).fetchone()
    return row[0] if row else None
