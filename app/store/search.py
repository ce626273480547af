"""find_cdrs: a CdrQuery and the SQL of a row in, the page that answers it out.

The statement for each shape of query is put together once; values always travel as parameters.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .calls import one_moment
from .database import stream
from .leaps import leap
from .plans import GROUP_MEMBERS, PARTIES, Plan, choose_plan, may_leap
from .query import FILTERS, LISTS, SORT_KEYS, CdrQuery

# Rows read from the cursor at a time.
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
    if may_leap(query):
        with one_moment(connection):
            return _page(connection, query, row)
    return _page(connection, query, row)


def _page(connection: sqlite3.Connection, query: CdrQuery, row: str) -> Page:
    """The same, by the way that costs least."""
    plan, known_total, far = choose_plan(connection, query)
    begun = query if far is None else leap(connection, query, *far)
    asked = _asked(begun)
    values = _values(begun, asked)
    cursor = stream(connection, _page_statement(asked, plan, query.sort_by, query.descending, row), values)
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
    for field in LISTS:
        if field in values:
            values[field] = json.dumps(values[field])
    if query.fuzzy:
        for party in PARTIES.values():
            values |= party.values(query)
            values.setdefault(party.field, getattr(query, party.field))
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
    order = dict.fromkeys((SORT_KEYS[sort_by], "c.id"))
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
