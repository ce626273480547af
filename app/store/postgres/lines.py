"""Lines: a thread's open connections to the server, which all schemas share.

One is enough, unless a transaction in one schema is open while another is read or written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import TextBinaryLoader

from .address import Address
from .mistakes import in_sqlites_words

Raw = psycopg.Connection[Any]


class Line:
    """A connection, and the schema that its statements are about now."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.schema = ""
        self.is_taken = False
        self._cursors = 0

    def turn_to(self, schema: str) -> None:
        if self.schema != schema:
            self.raw.execute(f'SET search_path = "{schema}"')
            self.schema = schema

    def next_name(self) -> str:
        """A name for a cursor."""
        self._cursors += 1
        return f"answer{self._cursors}"

    def roll_back(self) -> None:
        """End a transaction that may be open, without a trace."""
        if not self.raw.closed and self.raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            try:
                self.raw.execute("ROLLBACK")
            except psycopg.Error:
                self.raw.close()

    def __del__(self) -> None:
        """Threads that end leave their lines behind."""
        self.raw.close()


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.lines: list[Line] = []


class Lines:
    """The lines of all threads of a process to one server."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._mine = _OfThread()
        self._open: WeakSet[Line] = WeakSet()
        self._lock = threading.Lock()

    def free(self, schema: str) -> Line:
        """A line of this thread that nobody holds, about that schema. Raises sqlite3.OperationalError."""
        lines = self._mine.lines
        for line in lines:
            if not line.is_taken:
                if not line.raw.closed:
                    break
                lines.remove(line)
                return self.free(schema)
        else:
            line = self._new()
            lines.append(line)
        if line.schema != schema:
            try:
                line.turn_to(schema)
            except psycopg.Error as error:
                if line.raw.closed:
                    return self.free(schema)
                raise in_sqlites_words(error) from None
        return line

    @contextmanager
    def one(self, schema: str, begin: str = "") -> Iterator[Line]:
        """A line that nobody else takes in the block, on which a transaction has begun if ``begin`` says how."""
        line = self.free(schema)
        if begin:
            line = self._begun(line, begin, schema)
        line.is_taken = True
        try:
            yield line
        finally:
            line.is_taken = False

    def _begun(self, line: Line, begin: str, schema: str, anew: bool = True) -> Line:
        try:
            line.raw.execute(begin)
        except psycopg.Error as error:
            line.roll_back()
            if anew and line.raw.closed:  # the server was restarted; the new line says whether it is there
                return self._begun(self.free(schema), begin, schema, anew=False)
            raise in_sqlites_words(error) from None
        return line

    def _new(self) -> Line:
        line = Line(self.address.connect())
        line.raw.adapters.register_dumper(int, Int8Dumper)
        line.raw.adapters.register_loader("json", TextBinaryLoader)
        with self._lock:
            self._open.add(line)
        return line

    def close(self) -> None:
        """Close every line, as must be done before a fork."""
        with self._lock:
            for line in list(self._open):
                line.raw.close()
            self._open.clear()
            self._mine = _OfThread()
