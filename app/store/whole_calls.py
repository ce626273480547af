"""find_calls: a CallQuery in, whole calls out: the legs of each, and what they come to together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from .call_query import FOUND, CallQuery, asks_nothing, matching, page_statement, values_of
from .calls import one_moment
from .kept_counts import kept_count

# Calls whose legs are read at a time.
BATCH = 512


class Leg(NamedTuple):
    """A row of a call. Instants are Unix seconds, durations seconds; ``*_text`` is what is shown as the party where
    that is not made of its name and number."""

    id: int
    started_at: int
    from_number: str
    from_name: str
    from_text: str | None
    to_number: str
    to_name: str
    to_text: str | None
    uid: str
    call_id: str
    src_trunk: str
    dst_trunk: str
    duration: int
    ring_duration: int
    talk_duration: int
    disposition: str
    call_type: str
    did_number: str
    did_name: str
    dod_number: str
    new_id: str
    call_note_remark: str
    disposition_codes: str


@dataclass(frozen=True, slots=True)
class WholeCall:
    """The legs in the order of their starts, then ids; ``duration`` is from the first start to the last end,
    ``routing`` until somebody answered, who is no menu: all of it where nobody did. Both are seconds."""

    legs: tuple[Leg, ...]
    duration: int
    routing: int
    last_status: str
    disconnected_by: str


@dataclass
class Calls:
    """``total`` counts all matches; ``batches`` yields the page's calls, as one commit left them.

    ``complete`` says that the first batch is the only one. Use the batches up, or close them.
    """

    total: int
    batches: Generator[list[WholeCall], None, None]
    complete: bool


def find_calls(connection: sqlite3.Connection, query: CallQuery) -> Calls:
    """The page of calls that answers the query."""
    values = values_of(query)
    with ExitStack() as stack:
        stack.enter_context(one_moment(connection))
        found = connection.execute(page_statement(query), values).fetchall()
        if (found or not query.offset) and (query.limit is None or len(found) < query.limit):
            total = query.offset + len(found)
        else:
            total = count_calls(connection, query)
        return Calls(total, _with_legs(connection, found, stack.pop_all()), len(found) <= BATCH)


def count_calls(connection: sqlite3.Connection, query: CallQuery) -> int:
    """How many calls match, whatever the page."""
    if asks_nothing(query):
        return kept_count(connection, "phone_calls")
    (total,) = connection.execute(f"SELECT count(*) {matching(query)}", values_of(query)).fetchone()
    return int(total)


def first_call_at(connection: sqlite3.Connection, query: CallQuery, descending: bool) -> int | None:
    """When the first call that matches began, or the last one."""
    order = " DESC" if descending else ""
    statement = f"SELECT c.started_at {matching(query)} ORDER BY c.started_at{order} LIMIT 1"
    row = connection.execute(statement, values_of(query)).fetchone()
    return row and int(row[0])


def call_with_uid(connection: sqlite3.Connection, uid: str, seconds: Iterable[int]) -> WholeCall | None:
    """The first call with that uid on any leg. ``seconds`` are those in which such a leg most likely began."""
    values = {"uid": uid, "seconds": json.dumps(list(seconds))}
    with one_moment(connection):
        for which in _LIKELY, _ANYWHERE:
            row = connection.execute(
                f"SELECT call_id FROM cdr {which} ORDER BY started_at, id LIMIT 1", values
            ).fetchone()
            if row is not None:
                return _whole(connection, row[0])
    return None


_ANYWHERE = "WHERE uid = :uid"
_LIKELY = f"INDEXED BY cdr_time {_ANYWHERE} AND started_at IN (SELECT value FROM json_each(:seconds))"


def _whole(connection: sqlite3.Connection, call_id: str) -> WholeCall | None:
    found = connection.execute(
        f"SELECT {FOUND} FROM cdr AS c INDEXED BY cdr_call WHERE c.call_id = ? ORDER BY c.started_at, c.id LIMIT 1",
        (call_id,),
    ).fetchall()
    return next(iter(_calls(connection, found)), None)


_Found = tuple[str, int, int, str, str]


def _with_legs(
    connection: sqlite3.Connection, found: list[_Found], moment: ExitStack
) -> Generator[list[WholeCall], None, None]:
    with moment:
        for place in range(0, len(found), BATCH):
            yield _calls(connection, found[place : place + BATCH])


_COLUMNS = {"from_number": "f.digits", "to_number": "t.digits"}
_READ_LEGS = (
    f"SELECT {', '.join(_COLUMNS.get(field, f'p.{field}') for field in Leg._fields)} FROM json_each(?) AS wanted"
    " CROSS JOIN cdr AS p INDEXED BY cdr_call ON p.call_id = wanted.value"
    " CROSS JOIN number AS f ON f.id = p.from_id"
    " CROSS JOIN number AS t ON t.id = p.to_id"
)


def _calls(connection: sqlite3.Connection, found: Sequence[_Found]) -> list[WholeCall]:
    """The calls found, with their legs."""
    together = {row[0]: row[1:] for row in found}
    legs: dict[str, list[Leg]] = {}
    for leg in map(Leg._make, connection.execute(_READ_LEGS, (json.dumps(list(together)),))):
        legs.setdefault(leg.call_id, []).append(leg)
    return [WholeCall(tuple(sorted(legs[call_id], key=_START_AND_ID)), *rest) for call_id, rest in together.items()]


_START_AND_ID = itemgetter(Leg._fields.index("started_at"), Leg._fields.index("id"))
