"""What really happened in calls that were made up: kept beside them, and never on the wire."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .loading import CdrRow

# Calls whose truths are written at a time: the rows of most calls are not further apart.
_BATCH = 5000


class CallTruth(NamedTuple):
    """Of one call, each "" where there is none: numbers, an outcome of OUTCOMES, and a call's id.

    ``caller`` is the true number, also where it was withheld; ``answered_by`` who answered first, no menu;
    ``missed_by`` whom it rang, or who was busy, in vain; ``callback_of`` the missed call that it returns.
    """

    call_id: str
    caller: str
    outcome: str
    answered_by: str = ""
    transferred_to: str = ""
    missed_by: str = ""
    callback_of: str = ""


# How a call ends -> what it means.
OUTCOMES = {
    "answered": "somebody talked, or a fax was sent",
    "voicemail": "a message was left",
    "abandoned": "the caller hung up while waiting for a queue or a ring group",
    "menu": "the caller hung up in a menu",
    "no_answer": "nobody answered a person's telephone",
    "busy": "the telephone was busy",
    "turned_away": "the other side refused it at once",
    "failed": "it could not be put through",
}

_INSERT = f"INSERT INTO call_truth VALUES ({', '.join('?' * len(CallTruth._fields))}) ON CONFLICT DO NOTHING"


def keep_truths(connection: sqlite3.Connection, told: Iterable[tuple[CdrRow, CallTruth]]) -> Iterator[CdrRow]:
    """The rows alone, for a load; the truths about their calls are stored on the way, in the same transaction."""
    waiting: dict[str, CallTruth] = {}
    for row, truth in told:
        waiting[truth.call_id] = truth
        if len(waiting) == _BATCH:
            store_truths(connection, waiting.values())
            waiting.clear()
        yield row
    store_truths(connection, waiting.values())


def store_truths(connection: sqlite3.Connection, truths: Iterable[CallTruth]) -> None:
    """Store them; where there is one about a call already, it stays."""
    connection.executemany(_INSERT, truths)


def forget_truths(connection: sqlite3.Connection, call_ids: Iterable[str]) -> None:
    """The calls of these ids are gone, in the caller's transaction."""
    connection.executemany("DELETE FROM call_truth WHERE call_id = ?", ((call_id,) for call_id in call_ids))
