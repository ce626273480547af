"""Rows that have been read, put aside until all are: a file without a name, so that memory stays the same."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

from ...store.loading import CdrRow
from .mistakes import FileError
from .records import Record

# So many rows are written at once.
_AT_ONCE = 1000

# Of marshal's own versions the one that does not look for things that are the same: it is faster.
_VERSION = 2

# Where a row stood: its record's line and path.
Place = tuple[int, str]


class Spool:
    """Rows, to be filled in and then read. Raises FileError: there is no room."""

    def __init__(self) -> None:
        with _told():
            self.file = _file()
        self.rows = 0

    def fill(self, found: Iterator[tuple[CdrRow, Record]]) -> None:
        """Put aside the rows, and where each stood in the file."""
        rows = ((tuple(row), record[0], record[3]) for row, record in found)
        while batch := list(islice(rows, _AT_ONCE)):
            data = marshal.dumps(batch, _VERSION)
            with _told():
                self.file.write(len(data).to_bytes(8))
                self.file.write(data)
            self.rows += len(batch)
        with _told():
            self.file.flush()

    def __iter__(self) -> Iterator[tuple[CdrRow, Place]]:
        self.file.seek(0)
        while size := self.file.read(8):
            for values, line, path in marshal.loads(self.file.read(int.from_bytes(size))):
                yield CdrRow._make(values), (line, path)

    def close(self) -> None:
        with suppress(OSError):  # there is no room for the rest, which nobody wants
            self.file.close()


def record_of(row: CdrRow, place: Place) -> Record:
    """What is left of the record that the row was."""
    return Record(place[0], row._asdict(), "", place[1])


def _file() -> IO[bytes]:
    return TemporaryFile()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"What is read cannot be put aside in a temporary folder: {error.strerror}."
        raise FileError(f"{reason} Nothing was imported; TMPDIR names another folder.") from None
