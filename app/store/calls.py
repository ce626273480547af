"""Whole calls: all rows that share a call id, found by when they started or ended, and by what is in any of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from .narrowing import BY_END, BY_START, Narrowing, Way, search

__all__ = [
    "Narrowing",
    "PhoneCall",
    "Row",
    "any_call_between",
    "call_with_id",
    "call_with_row",
    "calls_by_start",
    "one_moment",
    "rows_by_end",
    "storable",
]

# Rows looked at in one go: few at first, because most readers want a page, then more and more.
FIRST_BATCH, LARGEST_BATCH = 64, 512


class Row(NamedTuple):
    """A CDR row as it is stored: one leg of a call. Instants are Unix seconds, durations seconds.

    ``fax`` is the JSON of the fax properties, "" for a call that is none.
    """

    id: int
    started_at: int
    from_number: str
    from_name: str
    to_number: str
    to_name: str
    uid: str
    call_id: str
    src_addr: str
    src_trunk: str
    dst_trunk: str
    duration: int
    ring_duration: int
    talk_duration: int
    disposition: str
    call_type: str
    did_number: str
    dod_number: str
    record_file: str
    reason: str
    fax: str

    @property
    def ended_at(self) -> int:
        return self.started_at + self.duration

    @property
    def rung_until(self) -> int:
        """When the ringing ended: for a row that was answered, by that."""
        return self.started_at + self.ring_duration


class _Together(NamedTuple):
    """What the rows of a call say together; see PhoneCall."""

    last: Row
    answered: tuple[Row, ...]
    dispositions: frozenset[str]
    talk_began: int | None


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """All rows of one call, in the order of their starts, then ids. What they say together is found out once."""

    call_id: str
    rows: tuple[Row, ...]
    _found: _Together | None = field(default=None, init=False, compare=False, repr=False)
    _by_id: Mapping[int, Row] | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def started_at(self) -> int:
        return self.rows[0].started_at

    @property
    def ended_at(self) -> int:
        return self.last.ended_at

    @property
    def last(self) -> Row:
        """The row that ends last; of several the one with the highest id."""
        return self.rows[0] if len(self.rows) == 1 else self._together.last

    @property
    def answered(self) -> tuple[Row, ...]:
        """The rows that were answered, in the order of the answers, then ids."""
        return self._together.answered

    @property
    def dispositions(self) -> frozenset[str]:
        return self._together.dispositions

    @property
    def talk_began(self) -> int | None:
        """When the first row with any talk was answered; None if nobody talked."""
        return self._together.talk_began

    def row(self, row_id: int) -> Row:
        """The row of that id. Raises KeyError."""
        by_id = self._by_id
        if by_id is None:
            by_id = {row.id: row for row in self.rows}
            object.__setattr__(self, "_by_id", by_id)
        return by_id[row_id]

    @property
    def _together(self) -> _Together:
        found = self._found
        if found is None:
            rows = self.rows
            found = _Together(
                last=max(rows, key=_end_and_id),
                answered=tuple(sorted([row for row in rows if row.disposition == "ANSWERED"], key=_answer_and_id)),
                dispositions=frozenset([row.disposition for row in rows]),
                talk_began=min([row.rung_until for row in rows if row.talk_duration > 0], default=None),
            )
            object.__setattr__(self, "_found", found)
        return found


def _end_and_id(row: Row) -> tuple[int, int]:
    return row.started_at + row.duration, row.id


def _answer_and_id(row: Row) -> tuple[int, int]:
    return row.started_at + row.ring_duration, row.id


def rows_by_end(
    connection: sqlite3.Connection, start: int, end: int, descending: bool, narrowing: Narrowing
) -> Iterator[tuple[int, list[tuple[PhoneCall, Row]]]]:
    """For each second from ``start`` to ``end``, both included, in which a row ended: the rows that did, with their
    calls, by their ids."""
    return _by_second(connection, BY_END, (start, end), descending, narrowing)


def calls_by_start(
    connection: sqlite3.Connection, start: int, end: int, descending: bool, narrowing: Narrowing
) -> Iterator[tuple[int, list[PhoneCall]]]:
    """For each second from ``start`` to ``end``, both included, in which a call started, which is when its first row
    did: the calls that did, by the ids of these rows."""
    with closing(_by_second(connection, BY_START, (start, end), descending, narrowing)) as seconds:
        for second, found in seconds:
            yield second, [call for call, _ in found]


def call_with_id(connection: sqlite3.Connection, call_id: str) -> PhoneCall | None:
    """The call of that id."""
    return _whole_calls(connection, (call_id,), {}).get(call_id)


def call_with_row(connection: sqlite3.Connection, row_id: int) -> PhoneCall | None:
    """The call that the row belongs to."""
    row = connection.execute("SELECT call_id FROM cdr WHERE id = ?", (storable(row_id),)).fetchone()
    return call_with_id(connection, row[0]) if row else None


def any_call_between(connection: sqlite3.Connection, start: int, end: int) -> bool:
    """Whether any row started from ``start`` to ``end``, both included."""
    bounds = (storable(start), storable(end))
    return bool(connection.execute("SELECT 1 FROM cdr WHERE started_at BETWEEN ? AND ? LIMIT 1", bounds).fetchone())


@contextmanager
def one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read in the block is as one commit left it.

    As long as a statement has results left, SQLite shows the connection the database as it was when it began. The
    tables are many, so this one has.
    """
    begin = getattr(connection, "one_moment", None)  # where it is PostgreSQL that shows the database
    with begin() if begin else closing(connection.execute("SELECT name FROM sqlite_schema")):
        yield


def storable(number: int) -> int:
    """The number, or the nearest one that SQLite can hold: beyond it there is nothing to be found."""
    return max(-(2**63), min(number, 2**63 - 1))


def _by_second(
    connection: sqlite3.Connection, way: Way, bounds: tuple[int, int], descending: bool, narrowing: Narrowing
) -> Generator[tuple[int, list[tuple[PhoneCall, Row]]], None, None]:
    """The rows that count within the bounds, with their calls, as one commit left them, for each second by id."""
    with (
        one_moment(connection),
        closing(search(connection, way, (storable(bounds[0]), storable(bounds[1])), descending, narrowing)) as cursor,
        closing(_with_calls(connection, cursor)) as found,
    ):
        for second, group in groupby(found, itemgetter(0)):
            rows = [(call, row) for _, call, row in group]
            yield second, rows[::-1] if descending else rows


def _with_calls(
    connection: sqlite3.Connection, cursor: sqlite3.Cursor
) -> Generator[tuple[int, PhoneCall, Row], None, None]:
    known: dict[str, PhoneCall] = {}
    for batch in _batches(cursor):
        known = _whole_calls(connection, dict.fromkeys(call_id for _, _, call_id in batch), known)
        for instant, row_id, call_id in batch:
            call = known[call_id]
            yield instant, call, call.row(row_id)


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[tuple[int, int, str]]]:
    size = FIRST_BATCH
    while batch := cursor.fetchmany(size):
        yield batch
        size = min(2 * size, LARGEST_BATCH)


# SQL of the columns of Row.
_COLUMNS = {"from_number": "f.digits", "to_number": "t.digits"}
_WHOLE_CALLS = (
    f"SELECT {', '.join(_COLUMNS.get(field, f'c.{field}') for field in Row._fields)} FROM json_each(?) AS wanted"
    " CROSS JOIN cdr AS c INDEXED BY cdr_call ON c.call_id = wanted.value"
    " CROSS JOIN number AS f ON f.id = c.from_id"
    " CROSS JOIN number AS t ON t.id = c.to_id"
)
_start_and_id = itemgetter(Row._fields.index("started_at"), Row._fields.index("id"))


def _whole_calls(
    connection: sqlite3.Connection, wanted: Iterable[str], known: Mapping[str, PhoneCall]
) -> dict[str, PhoneCall]:
    """The calls of these ids that there are, read only where they are not known."""
    calls = {call_id: known[call_id] for call_id in wanted if call_id in known}
    missing = [call_id for call_id in wanted if call_id not in calls]
    read: dict[str, list[Row]] = {}
    for row in map(Row._make, connection.execute(_WHOLE_CALLS, (json.dumps(missing),))):
        read.setdefault(row.call_id, []).append(row)
    for call_id, rows in read.items():
        rows.sort(key=_start_and_id)
        calls[call_id] = PhoneCall(call_id, tuple(rows))
    return calls
