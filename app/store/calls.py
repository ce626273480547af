"""Whole calls: all rows that share a call id, found by when they started or ended, and by what is in any of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

# Rows looked at in one go: few at first, because most readers want a page, then more and more.
FIRST_BATCH, LARGEST_BATCH = 64, 512

# Parties with fewer rows than this: their calls are all looked up and sorted. Else each call on the way along the
# time is asked whether it matches, and a number this frequent is met soon.
FEW = 2000


class Row(NamedTuple):
    """A CDR row as it is stored: one leg of a call. Instants are Unix seconds, durations seconds.

    ``to_text`` is what is shown as the callee where that is not made of name and number; ``fax`` is the JSON of the
    fax properties, "" for a call that is none.
    """

    id: int
    started_at: int
    from_number: str
    from_name: str
    to_number: str
    to_name: str
    to_text: str | None
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


class PhoneCall(NamedTuple):
    """All rows of one call, in the order of their starts, then ids."""

    call_id: str
    rows: tuple[Row, ...]

    @property
    def started_at(self) -> int:
        return self.rows[0].started_at

    @property
    def ended_at(self) -> int:
        return max(row.ended_at for row in self.rows)

    @property
    def last(self) -> Row:
        """The row that ends last; of several the one with the highest id."""
        return max(self.rows, key=lambda row: (row.ended_at, row.id))


@dataclass(frozen=True)
class Narrowing:
    """What some row of a call must have for the call to be looked at at all; None asks nothing.

    It lets a search leave out calls early; whoever searches still decides leg by leg.
    """

    parties: tuple[str, ...] | None = None
    call_ids: tuple[str, ...] | None = None
    dispositions: tuple[str, ...] | None = None
    trunks: tuple[str, ...] | None = None


class _Way(NamedTuple):
    """The instant of a row that counts, the index that has the rows in its order, and which rows count."""

    instant: str
    along: str
    which: str = ""


_BY_END = _Way("r.started_at + r.duration", "cdr_end")
_BY_START = _Way(
    "r.started_at",
    "cdr_time",
    " AND NOT EXISTS (SELECT 1 FROM cdr AS e INDEXED BY cdr_call"
    " WHERE e.call_id = r.call_id AND (e.started_at, e.id) < (r.started_at, r.id))",
)


def rows_by_end(
    connection: sqlite3.Connection, start: int, end: int, descending: bool, narrowing: Narrowing
) -> Iterator[tuple[int, list[tuple[PhoneCall, Row]]]]:
    """For each second from ``start`` to ``end``, both included, in which a row ended: the rows that did, with their
    calls, by their ids."""
    return _by_second(connection, _BY_END, (start, end), descending, narrowing)


def calls_by_start(
    connection: sqlite3.Connection, start: int, end: int, descending: bool, narrowing: Narrowing
) -> Iterator[tuple[int, list[PhoneCall]]]:
    """For each second from ``start`` to ``end``, both included, in which a call started, which is when its first row
    did: the calls that did, by the ids of these rows."""
    with closing(_by_second(connection, _BY_START, (start, end), descending, narrowing)) as seconds:
        for second, found in seconds:
            yield second, [call for call, _ in found]


def call_with_id(connection: sqlite3.Connection, call_id: str) -> PhoneCall | None:
    """The call of that id."""
    found = _whole_calls(connection, (call_id,), {}).get(call_id)
    return found[0] if found else None


def call_with_row(connection: sqlite3.Connection, row_id: int) -> PhoneCall | None:
    """The call that the row belongs to."""
    row = connection.execute("SELECT call_id FROM cdr WHERE id = ?", (_storable(row_id),)).fetchone()
    return call_with_id(connection, row[0]) if row else None


def any_call_between(connection: sqlite3.Connection, start: int, end: int) -> bool:
    """Whether any row started from ``start`` to ``end``, both included."""
    bounds = (_storable(start), _storable(end))
    return bool(connection.execute("SELECT 1 FROM cdr WHERE started_at BETWEEN ? AND ? LIMIT 1", bounds).fetchone())


def _storable(number: int) -> int:
    """The number, or the nearest one that SQLite can hold: beyond it there is nothing to be found."""
    return max(-(2**63), min(number, 2**63 - 1))


# A call as it is read: whole, and its rows by their ids.
_Whole = tuple[PhoneCall, dict[int, Row]]

# As long as a statement has results left, SQLite shows the connection the database as it was when it began. The tables
# are many, so this one has.
_HOLD = "SELECT name FROM sqlite_schema"


def _by_second(
    connection: sqlite3.Connection, way: _Way, bounds: tuple[int, int], descending: bool, narrowing: Narrowing
) -> Generator[tuple[int, list[tuple[PhoneCall, Row]]], None, None]:
    """The rows that count within the bounds, with their calls, as one commit left them, for each second by id."""
    with (
        closing(connection.execute(_HOLD)),
        closing(_search(connection, way, bounds, descending, narrowing)) as cursor,
        closing(_with_calls(connection, cursor)) as found,
    ):
        for second, group in groupby(found, itemgetter(0)):
            rows = [(call, row) for _, call, row in group]
            yield second, rows[::-1] if descending else rows


def _search(
    connection: sqlite3.Connection, way: _Way, bounds: tuple[int, int], descending: bool, narrowing: Narrowing
) -> sqlite3.Cursor:
    """Instant, id and call id of the rows that count, in order of instants and ids."""
    asked = {field: json.dumps(values) for field, values in vars(narrowing).items() if values is not None}
    statement = _statement(way, tuple(asked), _leader(connection, asked), descending)
    return connection.execute(statement, {"start": _storable(bounds[0]), "end": _storable(bounds[1]), **asked})


def _with_calls(
    connection: sqlite3.Connection, cursor: sqlite3.Cursor
) -> Generator[tuple[int, PhoneCall, Row], None, None]:
    known: dict[str, _Whole] = {}
    for batch in _batches(cursor):
        known = _whole_calls(connection, dict.fromkeys(call_id for _, _, call_id in batch), known)
        for instant, row_id, call_id in batch:
            call, rows = known[call_id]
            yield instant, call, rows[row_id]


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
    connection: sqlite3.Connection, wanted: Iterable[str], known: Mapping[str, _Whole]
) -> dict[str, _Whole]:
    """The calls of these ids that there are, read only where they are not known."""
    calls = {call_id: known[call_id] for call_id in wanted if call_id in known}
    missing = [call_id for call_id in wanted if call_id not in calls]
    read: dict[str, list[Row]] = {}
    for row in map(Row._make, connection.execute(_WHOLE_CALLS, (json.dumps(missing),))):
        read.setdefault(row.call_id, []).append(row)
    for call_id, rows in read.items():
        rows.sort(key=_start_and_id)
        calls[call_id] = PhoneCall(call_id, tuple(rows)), {row.id: row for row in rows}
    return calls


def _among(field: str) -> str:
    return f"(SELECT value FROM json_each(:{field}))"


_NUMBERS = f"(SELECT id FROM number WHERE digits IN {_among('parties')})"

# Field of Narrowing -> what some row p of the call r belongs to must be like.
_SOME_ROW = {
    "parties": f"(p.from_id IN {_NUMBERS} OR p.to_id IN {_NUMBERS})",
    "call_ids": f"p.call_id IN {_among('call_ids')}",
    "dispositions": f"p.disposition IN {_among('dispositions')}",
    "trunks": f"(p.src_trunk IN {_among('trunks')} OR p.dst_trunk IN {_among('trunks')})",
}

# Field that leads to few calls -> their ids.
_LEADS_TO = {
    "call_ids": "SELECT DISTINCT value AS call_id FROM json_each(:call_ids)",
    "parties": f"SELECT call_id FROM cdr INDEXED BY cdr_from WHERE from_id IN {_NUMBERS}"
    f" UNION SELECT call_id FROM cdr INDEXED BY cdr_to WHERE to_id IN {_NUMBERS}",
}


def _leader(connection: sqlite3.Connection, asked: Mapping[str, str]) -> str:
    """The field whose calls are few enough to be looked up and sorted; "" goes along the time."""
    if "call_ids" in asked:
        return "call_ids"
    if "parties" in asked:
        weight = f"SELECT coalesce(sum(calls_from + calls_to), 0) FROM number WHERE id IN {_NUMBERS}"
        (rows,) = connection.execute(weight, asked).fetchone()
        return "parties" if rows < FEW else ""
    return ""


@lru_cache(maxsize=256)
def _statement(way: _Way, asked: tuple[str, ...], leader: str, descending: bool) -> str:
    """Instants, ids and call ids of the rows that count. Whether a call matches is asked of all its rows."""
    direction = " DESC" if descending else ""
    table = (
        f"({_LEADS_TO[leader]}) AS led CROSS JOIN cdr AS r INDEXED BY cdr_call ON r.call_id = led.call_id"
        if leader
        else f"cdr AS r INDEXED BY {way.along}"
    )
    matches = "".join(
        f" AND EXISTS (SELECT 1 FROM cdr AS p INDEXED BY cdr_call WHERE p.call_id = r.call_id AND {_SOME_ROW[field]})"
        for field in asked
        if field != leader
    )
    return (
        f"SELECT {way.instant}, r.id, r.call_id FROM {table} WHERE {way.instant} BETWEEN :start AND :end"
        f"{way.which}{matches} ORDER BY {way.instant}{direction}, r.id{direction}"
    )
