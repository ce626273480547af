"""Voicemail messages: each row of a call that ended in VOICEMAIL left one in its callee's box, and others are made.

What has become of a message is kept as an object with the message's number: whether it was read or deleted, and all of
one that is of no call. Even numbers are twice a row's id, odd ones are of messages that were made.
"""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

import orjson


class Message(NamedTuple):
    """``at``: when it was left, in Unix seconds; ``box``: the number of the extension or group it is for."""

    number: int
    at: int
    box: str
    from_number: str
    from_name: str
    seconds: int
    is_read: int

    @property
    def id(self) -> str:
        return f"{self.at}-{self.number:08}"


_ID = re.compile(r"[0-9]{1,10}-([0-9]{8,17})", re.ASCII)

_STATE = "o.kind = 'voicemail_message'"
_IS_READ = "coalesce(CAST(o.document ->> 'is_read' AS INTEGER), 0)"
_IS_THERE = "coalesce(CAST(o.document ->> 'is_deleted' AS INTEGER), 0) = 0"

_OF_CALLS = f"""SELECT 2 * c.id, c.started_at + c.ring_duration, t.digits, f.digits, c.from_name, c.talk_duration,
        {_IS_READ}
    FROM cdr AS c JOIN number AS t ON t.id = c.to_id JOIN number AS f ON f.id = c.from_id
    LEFT JOIN object AS o ON {_STATE} AND o.id = 2 * c.id
    WHERE c.disposition = 'VOICEMAIL' AND {_IS_THERE}"""

_MADE = f"""SELECT o.id, CAST(o.document ->> 'at' AS INTEGER), o.name,
        o.document ->> 'from_number', o.document ->> 'from_name', 0, {_IS_READ}
    FROM object AS o WHERE {_STATE} AND o.id % 2 = 1 AND {_IS_THERE}"""


def messages(connection: sqlite3.Connection, box: str) -> list[Message]:
    """Those in a box, the oldest first."""
    found = connection.execute(f"{_OF_CALLS} AND t.digits = :box UNION ALL {_MADE} AND o.name = :box", {"box": box})
    return sorted(map(Message._make, found), key=lambda message: (message.at, message.number))


def with_id(connection: sqlite3.Connection, id: str) -> Message | None:
    """The message of that id, unless it is deleted."""
    written = _ID.fullmatch(id)
    if written is None:
        return None
    number = int(written[1])
    which = f"{_MADE} AND o.id = ?" if number % 2 else f"{_OF_CALLS} AND c.id = ? / 2"
    row = connection.execute(which, (number,)).fetchone()
    message = Message._make(row) if row else None
    return message if message and message.id == id else None


def make(connection: sqlite3.Connection, box: str, from_number: str, from_name: str, at: int) -> Message:
    """Leave a message that is of no call, in the caller's write transaction."""
    (number,) = connection.execute(
        f"SELECT coalesce(max(o.id), -1) + 2 FROM object AS o WHERE {_STATE} AND o.id % 2 = 1"
    ).fetchone()
    message = Message(number, at, box, from_number, from_name, 0, 0)
    _keep(connection, message, {"at": at, "from_number": from_number, "from_name": from_name})
    return message


def mark_read(connection: sqlite3.Connection, message: Message) -> None:
    _keep(connection, message, {"is_read": 1})


def delete(connection: sqlite3.Connection, message: Message) -> None:
    """What is left of it is that it is gone: its number is never another's."""
    _keep(connection, message, {"is_deleted": 1})


def _keep(connection: sqlite3.Connection, message: Message, facts: dict[str, int | str]) -> None:
    connection.execute(
        "INSERT INTO object (kind, id, name, document) VALUES ('voicemail_message', ?, ?, ?)"
        " ON CONFLICT (kind, id) DO UPDATE SET document = json_patch(object.document, excluded.document)",
        (message.number, message.box, orjson.dumps(facts).decode()),
    )
