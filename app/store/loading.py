"""Many CDR rows at once, past the ORM: numbers are met once, indexes are built once.

``CdrRow`` is what every source of calls (seed documents, the generator, importers) makes.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain, islice
from typing import NamedTuple

from .kept_counts import add_to_kept, forget_kept
from .numbers import add_numbers, clear_numbers, count_calls, count_more, known_numbers, listed
from .retention import drop_oldest


class CdrRow(NamedTuple):
    """One leg of a call before it is stored. ``id`` None takes the next one; texts are never None, except the two
    ``*_text``, which are given only where the party shown is not made of its name and number."""

    id: int | None
    started_at: int
    from_number: str
    from_name: str
    to_number: str
    to_name: str
    from_text: str | None
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
    did_name: str
    dod_number: str
    record_file: str
    reason: str
    pin_code: str
    call_note_remark: str
    disposition_codes: str
    new_id: str
    fax: str


_COLUMNS = tuple({"from_number": "from_id", "to_number": "to_id"}.get(field, field) for field in CdrRow._fields)
_RECORD_FILE = CdrRow._fields.index("record_file")
_INSERT = f"INSERT INTO cdr ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


_CALLS_MET = (
    "SELECT count(*) FROM json_each(:calls) AS asked"
    " WHERE EXISTS (SELECT 1 FROM cdr INDEXED BY cdr_call WHERE call_id = asked.value)"
)
_CALL_MET = "SELECT count(*) FROM (SELECT 1 FROM cdr INDEXED BY cdr_call WHERE call_id = :call LIMIT 1) AS met"

# So many new rows are worth looking at all indexes again, for SQLite to know what is in them.
_MANY = 1000

# So many rows are asked for before the first of them is stored: what they need to know is looked up for all at once.
BATCH = 5_000

# What is new about numbers is stored, and what is remembered of numbers and calls forgotten, when it has become so
# much: memory stays the same however long the load.
_MOST_NEW, _MOST_REMEMBERED = 5_000, 25_000


class _Calls:
    """Ids of calls met so far in a table that is not empty."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.met: set[str] = set()

    def new_in(self, batch: list[CdrRow]) -> int:
        """How many calls of the batch no row has had before: neither one stored earlier, nor one of this load."""
        asked = {row.call_id for row in batch} - self.met
        if len(self.met) > _MOST_REMEMBERED:
            self.met.clear()
        self.met |= asked
        texts, odd = listed(asked)
        questions = [(_CALL_MET, {"call": each}) for each in odd]
        if texts:
            questions.append((_CALLS_MET, {"calls": texts}))
        return len(asked) - sum(int(self.connection.execute(*each).fetchone()[0]) for each in questions)


class _Numbers:
    """Numbers met so far, with what is new about them: ids to store, and calls to count unless ``uncounted``."""

    def __init__(self, connection: sqlite3.Connection, uncounted: bool) -> None:
        self.connection = connection
        self.uncounted = uncounted
        self.ids: dict[str, int] = {}
        self.next_id = 0
        self.all_remembered = uncounted and not self._highest()
        self.new: list[tuple[int, str]] = []
        self.calls_from: Counter[int] = Counter()
        self.calls_to: Counter[int] = Counter()

    def meet(self, batch: list[CdrRow]) -> None:
        """Know the ids of all numbers of the batch."""
        if len(self.ids) > _MOST_REMEMBERED:
            self.save()
            self.ids.clear()
            self.all_remembered = False
        ids = self.ids
        unknown = dict.fromkeys(digits for row in batch for digits in (row[2], row[4]) if digits not in ids)
        if unknown and not self.all_remembered:
            ids.update(known_numbers(self.connection, unknown))
        for digits in unknown:
            if digits not in ids:
                ids[digits] = number_id = self._next_id()
                self.new.append((number_id, digits))
        if not self.uncounted:
            self.calls_from.update([ids[row[2]] for row in batch])
            self.calls_to.update([ids[row[4]] for row in batch])
        if len(self.new) + len(self.calls_from) + len(self.calls_to) > _MOST_NEW:
            self.save()

    def _next_id(self) -> int:
        """One that no number has."""
        self.next_id = (self.next_id or self._highest()) + 1
        return self.next_id

    def _highest(self) -> int:
        (highest,) = self.connection.execute("SELECT coalesce(max(id), 0) FROM number").fetchone()
        return int(highest)

    def save(self) -> None:
        """Store what is new since the last time."""
        counts = [(self.calls_from.pop(number_id, 0), self.calls_to.pop(number_id, 0)) for number_id, _ in self.new]
        add_numbers(self.connection, self.new, counts)
        self.new.clear()
        more = [(i, self.calls_from[i], self.calls_to[i]) for i in self.calls_from.keys() | self.calls_to.keys()]
        count_more(self.connection, more)
        self.calls_from.clear()
        self.calls_to.clear()


class _Load:
    """Rows on their way into the table, counted as kept_counts.py counts them. ``highest`` is the last id, 0 where the
    table is empty; the calls of numbers are left ``uncounted`` where that is done for all at once afterwards."""

    def __init__(self, connection: sqlite3.Connection, highest: int, uncounted: bool) -> None:
        self.connection = connection
        self.next_id = highest + 1
        self.numbers = _Numbers(connection, uncounted)
        self.calls = _Calls(connection) if highest else None
        self.loaded = Counter[str]()

    def add(self, batch: list[CdrRow]) -> None:
        self.numbers.meet(batch)
        if self.calls is not None:
            self.loaded["phone_calls"] += self.calls.new_in(batch)
        self.loaded["calls"] += len(batch)
        self.loaded["recordings"] += sum(1 for row in batch if row[_RECORD_FILE])
        self.connection.executemany(_INSERT, self._records(batch))

    def _records(self, batch: list[CdrRow]) -> Iterator[tuple[object, ...]]:
        """The rows as the table has them."""
        ids, next_id = self.numbers.ids, self.next_id
        for row in batch:
            row_id = row[0]
            if row_id is None:
                row_id = next_id
            if row_id >= next_id:
                next_id = row_id + 1
            yield (row_id, row[1], ids[row[2]], row[3], ids[row[4]], *row[5:])
        self.next_id = next_id


def load_cdrs(connection: sqlite3.Connection, rows: Iterable[CdrRow]) -> int:
    """Store the rows within the caller's transaction; returns how many there were.

    If there are many for an empty table, its indexes are built, and the calls of its numbers counted, after the rows.
    The oldest rows go where retention.py has no room for them. Raises sqlite3.IntegrityError for an id that is taken.
    """
    (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
    batches = _batches(rows)
    first = next(batches, [])
    if not highest:
        forget_kept(connection)
    anew = not highest and len(first) == BATCH
    with _indexes_made_anew(connection) if anew else nullcontext():
        load = _Load(connection, highest, uncounted=anew)
        for batch in chain([first], batches):
            load.add(batch)
        load.numbers.save()
    add_to_kept(connection, load.loaded)
    drop_oldest(connection)
    if load.loaded["calls"] >= _MANY:
        connection.execute("ANALYZE")
    return load.loaded["calls"]


def _batches(rows: Iterable[CdrRow]) -> Iterator[list[CdrRow]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


@contextmanager
def _indexes_made_anew(connection: sqlite3.Connection) -> Iterator[None]:
    """The block fills empty tables without their indexes. Numbers are counted before what they are found by is made:
    to change a row is to index it again."""
    of_calls, of_numbers = (list(_drop_indexes(connection, table)) for table in ("cdr", "number"))
    yield
    for statement in of_calls:
        connection.execute(statement)
    count_calls(connection)
    for statement in of_numbers:
        connection.execute(statement)


def _drop_indexes(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """Drop a table's indexes, yielding the statements that make them again."""
    for name, statement in _indexes(connection, table):
        connection.execute(f"DROP INDEX {name}")
        yield statement


def _indexes(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Names and statements of those that can be dropped and made again."""
    of_postgres = getattr(connection, "indexes_in_nobodys_use", None)
    found: list[tuple[str, str]] = (
        of_postgres(table)
        if of_postgres
        else connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
        ).fetchall()
    )
    return found


def clear_cdrs(connection: sqlite3.Connection) -> None:
    """Forget every call, what is known of it, and every number, within the caller's transaction."""
    for table in ("cdr", "call_truth"):
        connection.execute(f"DELETE FROM {table}")
    clear_numbers(connection)
    forget_kept(connection)
