"""Narrowing: what some row of a call must be like for a search to look at it, and by which way such calls are found.

Calls that are few are looked up and sorted. Else each row on the way along the time is asked whether its call matches.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from .database import stream

# Numbers with fewer rows than this: their calls are all looked up and sorted. Numbers with as many rows in the range
# are met soon along the time.
FEW = 2000


@dataclass(frozen=True)
class Narrowing:
    """What some row of a call must have for the call to be looked at at all; None asks nothing, nothing has what is
    empty.

    It lets a search leave out calls early; whoever searches still decides leg by leg.

    ``parties`` are numbers that a row is from or to, ``callers`` numbers that it is from or shows instead; which rows
    count for them says ``Way``. ``starts`` and ``ends`` are the Unix seconds in which it starts and ends. ``durations``
    and ``talks`` are seconds that count for a call of one row; one of several rows may have any.
    """

    parties: tuple[str, ...] | None = None
    callers: tuple[str, ...] | None = None
    call_ids: tuple[str, ...] | None = None
    dispositions: tuple[str, ...] | None = None
    trunks: tuple[str, ...] | None = None
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None
    durations: tuple[int, ...] | None = None
    talks: tuple[int, ...] | None = None

    @property
    def asked(self) -> dict[str, tuple[str | int, ...]]:
        """What is asked, by field."""
        return {field: values for field, values in vars(self).items() if values is not None}


class Way(NamedTuple):
    """A search along the time, in SQL: the ``instant`` of a row r, the index that has the rows ``along`` it, and
    ``which`` rows count.

    ``bound`` holds for each row p whose numbers matter: a leg ends after its row began, and begins after its call.
    ``reaches`` tells by a row q whether its call can have a row that counts in the range, ``within`` whether p itself
    is there.
    """

    instant: str
    along: str
    bound: str
    reaches: str
    within: str
    which: str = ""


BY_END = Way(
    instant="r.started_at + r.duration",
    along="cdr_end",
    bound="p.started_at <= :end",
    reaches="q.started_at + q.duration >= :start",
    within="p.started_at + p.duration BETWEEN :start AND :end",
)
BY_START = Way(
    instant="r.started_at",
    along="cdr_time",
    bound="p.started_at >= :start",
    reaches="q.started_at <= :end",
    within="p.started_at BETWEEN :start AND :end",
    which=" AND NOT EXISTS (SELECT 1 FROM cdr AS e INDEXED BY cdr_call"
    " WHERE e.call_id = r.call_id AND (e.started_at, e.id) < (r.started_at, r.id))",
)


def _among(field: str) -> str:
    return f"(SELECT value FROM json_each(:{field}))"


def _numbers(field: str) -> str:
    return f"(SELECT id FROM number WHERE digits IN {_among(field)})"


# Field of Narrowing -> what some row p of the call that r belongs to must be like; {bound} and {within} are the way's.
# A number that is shown instead of the caller's is so on the leg of its own row only, so that one must be in the range.
_SOME_ROW = {
    "parties": f"{{bound}} AND (p.from_id IN {_numbers('parties')} OR p.to_id IN {_numbers('parties')})",
    "callers": f"({{bound}} AND p.from_id IN {_numbers('callers')}"
    f" OR {{within}} AND p.dod_number IN {_among('callers')})",
    "call_ids": f"p.call_id IN {_among('call_ids')}",
    "dispositions": f"p.disposition IN {_among('dispositions')}",
    "trunks": f"(p.src_trunk IN {_among('trunks')} OR p.dst_trunk IN {_among('trunks')})",
    "starts": f"p.started_at IN {_among('starts')}",
    "ends": f"p.started_at + p.duration IN {_among('ends')}",
    "durations": f"(p.id <> r.id OR p.duration IN {_among('durations')})",
    "talks": f"(p.id <> r.id OR p.talk_duration IN {_among('talks')})",
}

# Field of seconds -> the ids of the calls that have a row there.
_SECONDS = {
    "starts": f"SELECT call_id FROM cdr INDEXED BY cdr_time WHERE started_at IN {_among('starts')}",
    "ends": f"SELECT call_id FROM cdr INDEXED BY cdr_end WHERE started_at + duration IN {_among('ends')}",
}

# Field of numbers -> the sides of a row on which an index has them.
_SIDES = {"parties": ("from", "to"), "callers": ("from",)}

_Values = Mapping[str, Any]


def search(
    connection: sqlite3.Connection, way: Way, bounds: tuple[int, int], descending: bool, narrowing: Narrowing
) -> sqlite3.Cursor:
    """Instant, id and call id of the rows that count within the bounds, in order of instants and ids."""
    asked = narrowing.asked
    if not all(asked.values()):
        return connection.execute("SELECT 1 WHERE false")
    values: dict[str, Any] = {"start": bounds[0], "end": bounds[1]}
    values |= {field: json.dumps(wanted) for field, wanted in asked.items()}
    leader, led = _leader(connection, way, narrowing, values)
    statement = _statement(way, tuple(asked), leader, descending)
    return stream(connection, statement, values | {"led": json.dumps(led)})


def _leader(
    connection: sqlite3.Connection, way: Way, narrowing: Narrowing, values: _Values
) -> tuple[str, Sequence[str]]:
    """The field whose calls are few enough to be looked up and sorted, and their ids; "" goes along the time."""
    if narrowing.call_ids is not None:
        return "call_ids", narrowing.call_ids
    for field, statement in _SECONDS.items():
        if field in values:
            return field, _ids(connection, statement, values)
    for field in _SIDES:
        if field in values:
            found = _calls_of_numbers(connection, way, field, values)
            if found is not None:
                return field, found
    return "", ()


def _calls_of_numbers(connection: sqlite3.Connection, way: Way, field: str, values: _Values) -> list[str] | None:
    """The ids of the calls of a field's numbers; None where these are better met along the time."""
    found = _ids(connection, _rows_of_numbers(way, field, "p.call_id"), values, FEW)
    if len(found) >= FEW:
        if not _are_elsewhere(connection, way, field, values):
            return None
        found = _ids(connection, _rows_of_numbers(way, field, "p.call_id", _reaching(way)), values)
    if field != "callers":
        return found
    shown = f"SELECT p.call_id FROM cdr AS p INDEXED BY {way.along} WHERE {way.within}"
    shown_by = _ids(connection, f"{shown} AND p.dod_number IN {_among(field)}", values, FEW)
    return found + shown_by if len(shown_by) < FEW else None


def _are_elsewhere(connection: sqlite3.Connection, way: Way, field: str, values: _Values) -> bool:
    """Whether the range has few of the numbers' many rows, and no fewer rows of all numbers than that are many: then
    whoever went along the time would meet more rows than there are to be looked up.

    The longest call is not known, so that of rows far from the range each has to be asked whether its call reaches it.
    """
    near = _rows_of_numbers(way, field, "1", "p.started_at BETWEEN :start AND :end")
    if _count(connection, near, values, FEW) >= FEW:
        return False
    rows = _count(connection, _rows_of_numbers(way, field, "1"), values)
    along = f"SELECT 1 FROM cdr AS p INDEXED BY {way.along} WHERE {way.within}"
    return _count(connection, along, values, rows) >= rows


def _ids(connection: sqlite3.Connection, statement: str, values: _Values, most: int = -1) -> list[str]:
    return [call_id for (call_id,) in connection.execute(f"{statement} LIMIT {most}", values)]


def _count(connection: sqlite3.Connection, statement: str, values: _Values, most: int = -1) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM ({statement} LIMIT {most}) AS found", values).fetchone()
    return int(count)


def _rows_of_numbers(way: Way, field: str, result: str, condition: str = "true") -> str:
    return " UNION ALL ".join(
        f"SELECT {result} FROM cdr AS p INDEXED BY cdr_{side}"
        f" WHERE p.{side}_id IN {_numbers(field)} AND {way.bound} AND {condition}"
        for side in _SIDES[field]
    )


def _reaching(way: Way) -> str:
    return f"EXISTS (SELECT 1 FROM cdr AS q INDEXED BY cdr_call WHERE q.call_id = p.call_id AND {way.reaches})"


@lru_cache(maxsize=256)
def _statement(way: Way, asked: tuple[str, ...], leader: str, descending: bool) -> str:
    """Instants, ids and call ids of the rows that count. Whether a call matches is asked of all its rows."""
    direction = " DESC" if descending else ""
    table = (
        "(SELECT DISTINCT value AS call_id FROM json_each(:led)) AS led"
        " CROSS JOIN cdr AS r INDEXED BY cdr_call ON r.call_id = led.call_id"
        if leader
        else f"cdr AS r INDEXED BY {way.along}"
    )
    matches = "".join(
        f" AND EXISTS (SELECT 1 FROM cdr AS p INDEXED BY cdr_call"
        f" WHERE p.call_id = r.call_id AND ({_SOME_ROW[field].format(bound=way.bound, within=way.within)}))"
        for field in asked
        if field != leader
    )
    return (
        f"SELECT {way.instant}, r.id, r.call_id FROM {table} WHERE {way.instant} BETWEEN :start AND :end"
        f"{way.which}{matches} ORDER BY {way.instant}{direction}, r.id{direction}"
    )
