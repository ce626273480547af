"""A connection to PostgreSQL that takes what sqlite3's takes: SQLite's SQL, ? and :names, many rows at once.

What goes wrong is raised as sqlite3's exceptions, which all rooms above know. A NUL, which no text of PostgreSQL can
hold, is kept as U+2400.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from typing import Any

import psycopg

from .. import own_files
from .lines import Line, Lines
from .mistakes import in_sqlites_words, told_as_sqlite_would
from .sql import translated
from .watch import Watch

# Rows of an answer that is not taken whole: so many come at a time.
_BATCH = 512

# Rows that are copied at a time, and from how many on that is worth it.
_COPIED, _FEW = 5_000, 20

_INSERT = re.compile(r"INSERT INTO (\w+) (?:(\([\w, ]+\)) )?VALUES \([?, ]+\)( ON CONFLICT DO NOTHING)?", re.ASCII)

# What can be asked once more without harm.
_READING = ("SELECT", "WITH")

Values = Sequence[Any] | Mapping[str, Any]


class Connection:
    """One thread's way to one schema. It borrows one of the thread's lines for each statement, and holds one as long
    as a transaction lasts."""

    # Numbers are found by a part of them without a table of suffixes (parts.py).
    finds_parts = True

    def __init__(self, lines: Lines, schema: str) -> None:
        self._lines = lines
        self._schema = schema
        self._held: Line | None = None
        self._watch: Watch | None = None
        self._moment: AbstractContextManager[None] | None = None
        self._sharing = 0

    def execute(self, statement: str, values: Values = ()) -> Any:
        """A cursor that has all rows."""
        sql, names, by_values = translated(statement)
        return self._run(sql, _in_order(values, names), by_values)

    def stream(self, statement: str, values: Values = ()) -> Any:
        """A cursor whose rows come from the server when they are wanted; to be closed."""
        sql, names, by_values = translated(statement)
        limit = values.get("limit", -1) if isinstance(values, Mapping) else -1
        if 0 <= limit <= _BATCH:
            return self._run(sql, _in_order(values, names), by_values)
        return _Stream(self, sql, _in_order(values, names))

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        """The statement for each of the rows; new rows of a table are copied. ``rows`` may read here meanwhile."""
        insert, rest = _INSERT.fullmatch(statement), iter(rows)
        sql, names, _ = translated(statement)
        while batch := list(islice(rest, _COPIED)):
            if insert and len(batch) >= _FEW:
                self._copy(batch, *insert.groups())
            else:
                with told_as_sqlite_would(), self.line() as line, line.raw.cursor() as cursor:
                    cursor.executemany(sql, [_in_order(row, names) for row in batch])

    def _copy(self, batch: list[Any], table: str, columns: str | None, ignoring: str | None) -> None:
        target = f"{table} {columns or ''}"
        with told_as_sqlite_would(), self.line() as line, line.raw.cursor() as cursor:
            if ignoring:
                cursor.execute(f"CREATE TEMPORARY TABLE copied (LIKE {table})")
                target = f"copied {columns or ''}"
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(_without_nul(row))
            if ignoring:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM copied ON CONFLICT DO NOTHING")
                cursor.execute("DROP TABLE copied")

    def indexes_in_nobodys_use(self, table: str) -> list[tuple[str, str]]:
        """Names of a table's indexes, and what makes them; none where rows are searched by them, for to drop one keeps
        all others from reading until the transaction ends."""
        names = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = ? AND tablename = ?"
        found: list[tuple[str, str]] = self.execute(
            f"{names} AND indexname NOT IN (?, ?) AND pg_relation_size(CAST(? AS regclass)) = 0",
            (self._schema, table, f"{table}_pkey", f"{table}_digits_key", table),
        ).fetchall()
        return found

    def set_progress_handler(self, handler: Callable[[], bool] | None, steps: int) -> None:
        """``handler`` is asked all the time while a statement runs, and breaks it off where it says so."""
        if self._watch is not None:
            self._watch.end()
        self._watch = Watch(handler) if handler else None

    @property
    def in_transaction(self) -> bool:
        return self._held is not None

    @contextmanager
    def transaction(self, begin: str) -> Iterator[None]:
        """All or nothing. ``begin`` is what begins it; one within another that only reads belongs to that."""
        if self._held is not None:
            yield
            return
        with self._lines.one(self._schema, begin) as line:
            self._held = line
            try:
                yield
                with told_as_sqlite_would():
                    line.raw.execute("COMMIT")
            except BaseException:
                line.roll_back()
                raise
            finally:
                self._held = None

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """All that is read in the block is as one commit left it. Blocks that overlap share a moment, which ends with
        the last of them: streams are read in turns."""
        if self._held is not None and self._moment is None:  # a transaction that writes is one, too
            yield
            return
        moment = self._moment
        if moment is None:
            moment = self.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            moment.__enter__()
            self._moment = moment
        self._sharing += 1
        try:
            yield
        finally:
            self._sharing -= 1
            if not self._sharing:
                self._moment = None
                moment.__exit__(*sys.exc_info())

    @contextmanager
    def line(self) -> Iterator[Line]:
        if self._held is not None:
            yield self._held
            return
        with self._lines.one(self._schema) as line:
            yield line

    def _run(self, sql: str, values: Sequence[Any], by_values: bool) -> Any:
        """``by_values``: how it is run is thought of anew each time, as that is not for a prepared statement."""
        line = self._held or self._lines.free(self._schema)
        cursor = line.raw.cursor(binary=True)
        prepare = False if by_values else None
        try:
            if self._watch is None:
                return cursor.execute(sql, values, prepare=prepare)
            with self._watch.over(line.raw):
                return cursor.execute(sql, values, prepare=prepare)
        except psycopg.Error as error:
            if self._held is None and line.raw.closed and sql.startswith(_READING):
                # The server was restarted; the next line says whether it is there.
                return self._run(sql, values, by_values)
            raise in_sqlites_words(error) from None


class _Stream:
    """The cursor of a long answer, on a line of its own unless there is a transaction."""

    def __init__(self, connection: Connection, sql: str, values: Sequence[Any]) -> None:
        self._own = not connection.in_transaction
        self._borrowed: AbstractContextManager[Line] | None = connection.line()
        self._line = self._borrowed.__enter__()
        try:
            with told_as_sqlite_would():
                if self._own:
                    self._line.raw.execute("BEGIN READ ONLY")
                self._name = self._line.next_name()
                self._line.raw.execute(f"DECLARE {self._name} NO SCROLL CURSOR FOR {sql}", values)
        except BaseException:
            self._end()
            raise

    def fetchmany(self, size: int = _BATCH) -> list[tuple[Any, ...]]:
        with told_as_sqlite_would():
            cursor = self._line.raw.cursor(binary=True)
            return cursor.execute(f"FETCH {size} FROM {self._name}").fetchall()

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return chain.from_iterable(iter(self.fetchmany, []))

    def close(self) -> None:
        if self._borrowed is None:
            return
        # Where a statement has failed, the transaction is over for all, and to say so again would hide why.
        if not self._own and self._line.raw.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            with told_as_sqlite_would():
                self._line.raw.execute(f"CLOSE {self._name}")
        self._end()

    def _end(self) -> None:
        if self._own:
            self._line.roll_back()
        borrowed, self._borrowed = self._borrowed, None
        if borrowed is not None:
            borrowed.__exit__(None, None, None)

    def __del__(self) -> None:
        self.close()


def _in_order(values: Values, names: tuple[str, ...] | None) -> Sequence[Any]:
    """The values as $1, $2 stand for them."""
    if names is not None:
        named: Any = values
        values = [_sizes_in(name) if name[0] == "/" else named[name] for name in names]
    elif isinstance(values, Mapping):
        return ()
    return _without_nul(values)


def _without_nul(values: Sequence[Any]) -> Sequence[Any]:
    for value in values:
        if value.__class__ is str and "\0" in value:
            return [value.replace("\0", "\u2400") if isinstance(value, str) else value for value in values]
    return values


def _sizes_in(folder: str) -> str:
    """The files of the folder and their sizes in bytes, as JSON."""
    try:
        names = os.listdir(folder)
    except OSError:
        return "{}"
    sizes = {name: own_files.size(folder, name) for name in names}
    return json.dumps({name: size for name, size in sizes.items() if size is not None})
