"""CdrQuery, FILTERS, SORTS, find_cdrs: one question about calls as a small value, and the page that answers it.

A filter is a row of FILTERS: the field of CdrQuery that asks for it and the clause it adds. The statement for each
shape of query is put together once; values always travel as parameters.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from .plans import GROUP_MEMBERS, PARTIES, Plan, choose_plan


@dataclass(frozen=True)
class CdrQuery:
    """What is asked of the calls; None asks nothing. Instants are Unix seconds, both bounds included.

    ``impossible`` finds nothing at all: a bound that cannot be read matches no call. ``dids`` holds pairs of a DID
    number or name and a trunk's name ("" for any trunk). ``up_to_id`` leaves later rows out.
    """

    start: int | None = None
    end: int | None = None
    call_from: str | None = None
    call_to: str | None = None
    fuzzy: bool = False
    extension_group: int | None = None
    disposition: str | None = None
    dids: tuple[tuple[str, str], ...] | None = None
    call_note_remark: str | None = None
    disposition_codes: tuple[int, ...] | None = None
    pin_code: str | None = None
    generation: str | None = None
    up_to_id: int | None = None
    impossible: bool = False
    sort_by: str = "time"
    descending: bool = False
    limit: int | None = None
    offset: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CdrQuery:
        values = json.loads(text)
        for field in ("dids", "disposition_codes"):
            if values[field] is not None:
                values[field] = tuple(tuple(v) if isinstance(v, list) else v for v in values[field])
        return cls(**values)


# Field of CdrQuery -> the clause it adds. Parties and groups are in plans.py, for they can also lead the way.
FILTERS: Mapping[str, str] = {
    "start": "c.started_at >= :start",
    "end": "c.started_at <= :end",
    "disposition": "c.disposition = :disposition",
    "dids": """EXISTS (SELECT 1 FROM json_each(:dids) AS d
        WHERE d.value ->> 0 IN (c.did_number, c.did_name) AND d.value ->> 1 IN ('', c.src_trunk))""",
    "call_note_remark": "instr(c.call_note_remark, :call_note_remark)",
    "disposition_codes": """EXISTS (SELECT 1 FROM json_each(:disposition_codes) AS d
        WHERE instr(c.disposition_codes, ',' || d.value || ','))""",
    "pin_code": "c.pin_code = :pin_code",
    "generation": "(c.new_id <> '') = (:generation = 'new')",
    "up_to_id": "c.id <= :up_to_id",
}

# What rows can be sorted by. The id comes last, so that the order is the same every time.
SORTS: Mapping[str, str] = {
    "id": "c.id",
    "uid": "c.uid",
    "time": "c.started_at",
    "duration": "c.duration",
    "ring_duration": "c.ring_duration",
    "talk_duration": "c.talk_duration",
    "disposition": "c.disposition",
    "src_trunk": "c.src_trunk",
    "dst_trunk": "c.dst_trunk",
    "call_type": "c.call_type",
    "did_number": "c.did_number",
    "dod_number": "c.dod_number",
    "src_addr": "c.src_addr",
}

BATCH = 512


@dataclass
class Page:
    """``total`` counts all matches; ``batches`` yields lists of the page's rows, as they were rendered.

    ``complete`` says that the first batch is the only one. Rows come from an open cursor: use them up, or close them.
    """

    total: int
    batches: Iterator[list[tuple[Any, ...]]]
    complete: bool


def find_cdrs(connection: sqlite3.Connection, query: CdrQuery, row: str) -> Page:
    """The page that answers the query. ``row`` is the SQL of a result row over c (cdr), f and t (its numbers)."""
    if query.impossible:
        return Page(0, iter(()), True)
    asked = _asked(query)
    plan, known_total = choose_plan(connection, query)
    values = _values(query, asked)
    cursor = connection.execute(_page_statement(asked, plan, query.sort_by, query.descending, row), values)
    first = cursor.fetchmany(BATCH)
    complete = len(first) < BATCH
    if complete and (first or not query.offset) and (query.limit is None or len(first) < query.limit):
        total = query.offset + len(first)
    elif known_total is not None:
        total = known_total
    else:
        (total,) = connection.execute(_count_statement(asked, plan), values).fetchone()
    return Page(total, _batches(first, cursor, complete), complete)


def _batches(first: list[tuple[Any, ...]], cursor: sqlite3.Cursor, complete: bool) -> Iterator[list[tuple[Any, ...]]]:
    try:
        if first:
            yield first
        while not complete and (batch := cursor.fetchmany(BATCH)):
            yield batch
    finally:
        cursor.close()


_CONDITIONS = (*FILTERS, *PARTIES, "extension_group")


def _asked(query: CdrQuery) -> tuple[str, ...]:
    """The fields that ask for something, in the order of the tables."""
    asked = vars(query)
    return tuple([field for field in _CONDITIONS if asked[field] is not None])


def _values(query: CdrQuery, asked: tuple[str, ...]) -> dict[str, Any]:
    """What the statements' parameters stand for."""
    given = vars(query)
    values = {field: given[field] for field in asked}
    for field in ("dids", "disposition_codes"):
        if field in values:
            values[field] = json.dumps(values[field])
    if query.fuzzy:
        for party in PARTIES.values():
            values |= party.values(query)
    values["limit"] = -1 if query.limit is None else query.limit
    values["offset"] = query.offset
    return values


@lru_cache(maxsize=1024)
def _matching(asked: tuple[str, ...], plan: Plan) -> str:
    """FROM and WHERE: the table entered as the plan says, and every condition."""
    conditions = [FILTERS[field] for field in asked if field in FILTERS]
    for field in asked:
        if field in PARTIES:
            conditions.append(PARTIES[field].clause(plan.fuzzy, leads=field == plan.leader))
    if "extension_group" in asked and plan.leader != "extension_group":
        conditions.append(f"(+c.from_id IN {GROUP_MEMBERS} OR +c.to_id IN {GROUP_MEMBERS})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"FROM {plan.table}{where}"


@lru_cache(maxsize=1024)
def _page_statement(asked: tuple[str, ...], plan: Plan, sort_by: str, descending: bool, row: str) -> str:
    """Sorted ids first, then the rows: sorting moves ids alone, and the limit is reached before a row is read."""
    direction = " DESC" if descending else ""
    order = dict.fromkeys((SORTS[sort_by], "c.id"))
    return (
        f"SELECT {row} FROM (SELECT c.id {_matching(asked, plan)}"
        f" ORDER BY {', '.join(key + direction for key in order)} LIMIT :limit OFFSET :offset) AS hit"
        " CROSS JOIN cdr AS c ON c.id = hit.id"
        " CROSS JOIN number AS f ON f.id = c.from_id"
        " CROSS JOIN number AS t ON t.id = c.to_id"
    )


@lru_cache(maxsize=1024)
def _count_statement(asked: tuple[str, ...], plan: Plan) -> str:
    return f"SELECT count(*) {_matching(asked, plan)}"
