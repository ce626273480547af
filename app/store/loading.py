"""Many CDR rows at once, past the ORM: numbers are met once, indexes are built once.

``CdrRow`` is what every source of calls (seed documents, the generator, importers) makes.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .kept_counts import add_to_kept, forget_kept
from .numbers import add_numbers, count_calls
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


_NUMBER_ID = "SELECT id FROM number WHERE digits = ?"
_CALL_ROW = "SELECT 1 FROM cdr INDEXED BY cdr_call WHERE call_id = ? LIMIT 1"

# So many new rows are worth looking at all indexes again, for SQLite to know what is in them.
_MANY = 1000

# What is new about numbers is stored every so many rows, and what is remembered of numbers and calls is forgotten when
# it has become so much: memory stays the same however long the load.
_SAVE_EVERY, _MOST_REMEMBERED = 50_000, 100_000


class _Calls:
    """Ids of calls met so far in a table that is not empty."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.met: set[str] = set()

    def is_new(self, call_id: str) -> bool:
        """Whether no row has had this id before: neither one that was stored earlier, nor one that was asked for."""
        if call_id in self.met:
            return False
        if len(self.met) == _MOST_REMEMBERED:
            self.met.clear()
        self.met.add(call_id)
        return self.connection.execute(_CALL_ROW, (call_id,)).fetchone() is None


class _Numbers:
    """Numbers met so far, with what is new about them: ids to store, and calls to count unless ``uncounted``."""

    def __init__(self, connection: sqlite3.Connection, uncounted: bool) -> None:
        self.connection = connection
        self.uncounted = uncounted
        self.ids: dict[str, int] = {}
        (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM number").fetchone()
        self.next_id: int = highest + 1
        self.all_remembered = not highest
        self.new: list[tuple[int, str]] = []
        self.calls_from: Counter[int] = Counter()
        self.calls_to: Counter[int] = Counter()

    def ids_of(self, caller: str, callee: str) -> tuple[int, int]:
        """The ids of the numbers of a call."""
        from_id = self.ids.get(caller) or self._find(caller)
        to_id = self.ids.get(callee) or self._find(callee)
        if not self.uncounted:
            self.calls_from[from_id] += 1
            self.calls_to[to_id] += 1
        return from_id, to_id

    def _find(self, digits: str) -> int:
        row: tuple[int] | None = None
        if not self.all_remembered:
            row = self.connection.execute(_NUMBER_ID, (digits,)).fetchone()
        number_id = self.ids[digits] = row[0] if row else self._next(digits)
        return number_id

    def _next(self, digits: str) -> int:
        self.new.append((self.next_id, digits))
        self.next_id += 1
        return self.next_id - 1

    def save(self) -> None:
        """Store what is new since the last time."""
        add_numbers(self.connection, self.new)
        self.new.clear()
        if len(self.ids) > _MOST_REMEMBERED:
            self.ids.clear()
            self.all_remembered = False
        for column, counts in (("calls_from", self.calls_from), ("calls_to", self.calls_to)):
            self.connection.executemany(
                f"UPDATE number SET {column} = {column} + ? WHERE id = ?",
                ((calls, number_id) for number_id, calls in counts.items()),
            )
            counts.clear()


def _records(
    rows: Iterable[CdrRow], numbers: _Numbers, calls: _Calls | None, next_id: int, loaded: Counter[str]
) -> Iterator[tuple[object, ...]]:
    """The rows as the table has them, counted on the way as kept_counts.py counts them."""
    stored = new_calls = recordings = 0
    for stored, row in enumerate(rows, 1):
        row_id = row[0]
        if row_id is None:
            row_id = next_id
        if row_id >= next_id:
            next_id = row_id + 1
        from_id, to_id = numbers.ids_of(row[2], row[4])
        if calls is not None and calls.is_new(row.call_id):
            new_calls += 1
        if row[_RECORD_FILE]:
            recordings += 1
        if stored % _SAVE_EVERY == 0:
            numbers.save()
        yield (row_id, row[1], from_id, row[3], to_id, *row[5:])
    loaded.update(calls=stored, phone_calls=new_calls, recordings=recordings)


def load_cdrs(connection: sqlite3.Connection, rows: Iterable[CdrRow]) -> int:
    """Store the rows within the caller's transaction; returns how many there were.

    An empty table's indexes are built, and the calls of its numbers counted, after the rows. The oldest rows go where
    retention.py has no room for them. Raises sqlite3.IntegrityError for an id that is taken.
    """
    (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
    indexes = [] if highest else list(_drop_indexes(connection))
    if not highest:
        forget_kept(connection)
    numbers, calls = _Numbers(connection, uncounted=not highest), _Calls(connection) if highest else None
    loaded = Counter[str]()
    connection.executemany(_INSERT, _records(rows, numbers, calls, highest + 1, loaded))
    numbers.save()
    for statement in indexes:
        connection.execute(statement)
    if not highest:
        count_calls(connection)
    add_to_kept(connection, loaded)
    drop_oldest(connection)
    if loaded["calls"] >= _MANY:
        connection.execute("ANALYZE")
    return loaded["calls"]


def _drop_indexes(connection: sqlite3.Connection) -> Iterator[str]:
    """Drop the indexes of the CDR table, yielding the statements that make them again."""
    for name, statement in _indexes(connection):
        connection.execute(f"DROP INDEX {name}")
        yield statement


def _indexes(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Names and statements of those that can be dropped and made again."""
    of_postgres = getattr(connection, "indexes_in_nobodys_use", None)
    found: list[tuple[str, str]] = (
        of_postgres("cdr")
        if of_postgres
        else connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'cdr' AND sql IS NOT NULL"
        ).fetchall()
    )
    return found


def clear_cdrs(connection: sqlite3.Connection) -> None:
    """Forget every call, what is known of it, and every number, within the caller's transaction."""
    for table in ("cdr", "call_truth", "number", "number_suffix"):
        connection.execute(f"DELETE FROM {table}")
    forget_kept(connection)
