"""Talk: for how long was talked in the calls that ended in a range, as rows that each stand for many.

Such a row has those columns by which the many were put together, the others are empty; ``talk_duration`` is the sum.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from typing import Any

from .calls import Row, storable
from .numbers import ids_with, suffix_range

_NUMBERS = ("id", "started_at", "duration", "ring_duration", "talk_duration")
_BLANK: dict[str, Any] = dict.fromkeys(Row._fields, "") | dict.fromkeys(_NUMBERS, 0)

# The columns by which calls from outside are put together.
_ALIKE = ("call_type", "from_number", "to_number", "did_number", "src_trunk", "src_addr")

_ENDED = "r.started_at + r.duration BETWEEN :start AND :end"

_TO_OUTSIDE = f"""
    SELECT g.dst_trunk, n.digits, g.seconds FROM (
        SELECT r.dst_trunk, r.to_id, sum(CASE r.disposition WHEN 'VOICEMAIL' THEN 0 ELSE r.talk_duration END) AS seconds
        FROM cdr AS r {{along}} WHERE {_ENDED} AND r.call_type = 'Outbound' AND r.dst_trunk <> ''
        GROUP BY r.to_id, r.dst_trunk
    ) AS g CROSS JOIN number AS n ON n.id = g.to_id
"""


def talk_to_outside(connection: sqlite3.Connection, start: int, end: int) -> list[tuple[str, str, int]]:
    """Trunk, number called and seconds of the rows that ended from ``start`` to ``end``, both included, and went out
    over a trunk. What was said to a mailbox is left out."""
    values = {"start": storable(start), "end": storable(end)}
    along = "NOT INDEXED" if _hold_most(connection, values) else "INDEXED BY cdr_end"
    return connection.execute(_TO_OUTSIDE.format(along=along), values).fetchall()


def _digits(number_id: str) -> str:
    return f"(SELECT digits FROM number WHERE id = {number_id})"


# The calls g with the end of each, the first answer after which there was talk, and, which matters only for a call of
# one row, a row's id; then their first rows f.
_FROM_OUTSIDE = f"""
    SELECT
        f.call_type,
        CASE WHEN f.call_type = 'Inbound' AND NOT (+f.from_id IN ({ids_with("kept")}))
        THEN '' ELSE {_digits("f.from_id")} END,
        CASE WHEN f.call_type = 'Inbound' AND f.did_number <> '' THEN '' ELSE {_digits("f.to_id")} END,
        f.did_number, f.src_trunk, f.src_addr,
        CASE g.rows WHEN 1 THEN f.talk_duration ELSE coalesce(g.ended - g.answered, 0) END
    FROM (
        SELECT c.call_id, min(c.id) AS id, count(*) AS rows, max(c.started_at + c.duration) AS ended,
            min(CASE WHEN c.talk_duration > 0 THEN c.started_at + c.ring_duration END) AS answered
        FROM cdr AS c INDEXED BY cdr_call {{which}}
        GROUP BY c.call_id HAVING max(c.started_at + c.duration) BETWEEN :start AND :end
    ) AS g CROSS JOIN cdr AS f ON f.id = CASE g.rows WHEN 1 THEN g.id ELSE
        (SELECT id FROM cdr INDEXED BY cdr_call WHERE call_id = g.call_id ORDER BY started_at, id LIMIT 1) END
    WHERE f.call_type = 'Inbound'
        OR f.from_id IN (SELECT id FROM number WHERE digits IN (SELECT value FROM json_each(:numbers)))
"""
_OF_THE_RANGE = f"WHERE c.call_id IN (SELECT r.call_id FROM cdr AS r INDEXED BY cdr_end WHERE {_ENDED})"


def talk_from_outside(
    connection: sqlite3.Connection, start: int, end: int, numbers: Collection[str], kept: str
) -> Iterator[Row]:
    """The calls that ended from ``start`` to ``end``, both included, and came in from outside, or from one of the
    numbers; a call of several rows lasts from the first answer to its end.

    Together are those whose first rows have the same trunk, address and number called, which is a call's DID if it
    has one. Numbers of callers that contain ``kept`` are kept apart, too.
    """
    values: dict[str, Any] = {"start": storable(start), "end": storable(end), "numbers": json.dumps(list(numbers))}
    values["kept_low"], values["kept_high"] = suffix_range(kept)
    which = "" if _hold_most(connection, values) else _OF_THE_RANGE
    sums: dict[tuple[str, ...], int] = {}
    for found in connection.execute(_FROM_OUTSIDE.format(which=which), values):
        alike = found[:-1]
        sums[alike] = sums.get(alike, 0) + found[-1]
    for alike, seconds in sums.items():
        columns = dict(zip(_ALIKE, alike, strict=True))
        yield Row(**_BLANK | columns | {"disposition": "ANSWERED", "talk_duration": seconds})


def _hold_most(connection: sqlite3.Connection, values: dict[str, Any]) -> bool:
    """Whether the range has most of all rows, so that these are better read in the order in which they are kept."""
    (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
    within = f"SELECT 1 FROM cdr AS r INDEXED BY cdr_end WHERE {_ENDED} LIMIT {highest // 2 + 1}"
    (found,) = connection.execute(f"SELECT count(*) FROM ({within}) AS found", values).fetchone()
    return bool(found > highest // 2)
