"""The journal: what was asked of any dialect and what was answered, shared by all workers, bounded, without secrets.

``recording.py`` turns a request into an Entry, ``entries.py`` says what that holds, ``keeping.py`` what of a request's
parameters is kept. Here is the Journal itself: appended to, read, filtered, waited for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import orjson

from ..store.tape import Record, Tape
from .entries import Entry, Filters, from_json, passes

if TYPE_CHECKING:
    from ..settings import Settings

log = logging.getLogger("pbx")

__all__ = ["Entry", "Filters", "Journal", "journal_of", "path_in"]

FOLDER_NAME = "journal"

# Seconds between two looks at whether there is a new entry.
_PAUSE = 0.005


class Journal:
    """The journal in the folder: the newest ``most_rows`` entries, as far as ``most_bytes`` hold them.

    Without ``most_bytes`` it is the one that a server keeps there, now or later. Entries have numbers that grow for
    ever, by more than 1. Raises OSError where the folder cannot be made or used.
    """

    def __init__(self, folder: Path, most_bytes: int | None = None, most_rows: int | None = None) -> None:
        self._tape = Tape(folder, most_bytes, most_rows)

    @property
    def head(self) -> int:
        """To be given as ``after``: every entry there is has at most this number, and every later one a higher."""
        return self._tape.head

    def append(self, entry: Entry) -> int:
        """Add the entry, as it is; returns its number. Raises ValueError for one that is too large, and OSError."""
        return self._tape.append(orjson.dumps(entry), _tag(entry.world))

    def read(
        self, after: int = 0, limit: int | None = 100, newest_first: bool = True, **filters: Unpack[Filters]
    ) -> list[Entry]:
        """At most ``limit`` entries (None: all) with numbers above ``after`` that pass every filter."""
        return list(islice(self._passing(after, newest_first, filters), limit))

    def get(self, wanted: int | str) -> Entry | None:
        """The entry with this number, or with this request id; None where there is none (any more)."""
        if isinstance(wanted, str):
            return self.last(request_id=wanted)
        return next((entry for entry in self._passing(wanted - 1, False, {}) if entry.id == wanted), None)

    def last(self, **filters: Unpack[Filters]) -> Entry | None:
        """The newest entry that passes every filter."""
        return next(self._passing(0, True, filters), None)

    def count(self, after: int = 0, **filters: Unpack[Filters]) -> int:
        """How many entries above ``after`` pass every filter."""
        return sum(1 for _ in self._passing(after, True, filters))

    def clear(self, world: str | None = None) -> None:
        """Forget all entries, or those of one world."""
        self._tape.forget() if world is None else self._tape.forget(_tag(world))

    def wait(self, count: int, timeout: float, after: int = 0, **filters: Unpack[Filters]) -> int:
        """Wait until ``count`` entries above ``after`` pass, at most ``timeout`` seconds; returns how many there are.

        Entries count that were there, even if newer ones have pushed them out meanwhile.
        """
        deadline = time.monotonic() + timeout
        found = 0
        while True:
            for record in self._records(after, filters):
                after = record.number
                found += _passes(record, filters)
            if found >= count or time.monotonic() >= deadline:
                return found
            time.sleep(_PAUSE)

    def _records(self, after: int, filters: Filters) -> list[Record]:
        return self._tape.records(after, _tag(filters["world"]) if "world" in filters else None)

    def _passing(self, after: int, newest_first: bool, filters: Filters) -> Iterator[Entry]:
        records = self._records(after, filters)
        entries = map(_entry, reversed(records) if newest_first else records)
        return (entry for entry in entries if entry is not None and passes(entry, filters))


def _entry(record: Record) -> Entry | None:
    return from_json(record.number, record.content())


def _passes(record: Record, filters: Filters) -> bool:
    entry = _entry(record)
    return entry is not None and passes(entry, filters)


@lru_cache(maxsize=1024)
def _tag(world: str) -> int:
    """What tells the entries of a world apart without reading them; never 0, which is the tape's for all."""
    return int.from_bytes(blake2b(world.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1


def path_in(instance: Path) -> Path:
    """Where the journal is of the server with this folder."""
    return instance / FOLDER_NAME


_opened: dict[str, Journal | None] = {}
_opening = threading.Lock()


def journal_of(settings: Settings) -> Journal | None:
    """The journal of a server with these settings, opened once for a process.

    None where it is switched off, or cannot be used: then the log says why, once.
    """
    if not settings.journal:
        return None
    with _opening:
        if settings.instance not in _opened:
            _opened[settings.instance] = _open(settings)
        return _opened[settings.instance]


def _open(settings: Settings) -> Journal | None:
    path = path_in(Path(settings.instance))
    try:
        return Journal(path, settings.journal_bytes, settings.journal_rows)
    except OSError as error:
        log.warning("The journal %s cannot be used: %s. Requests are not journaled.", path, error.strerror)
        return None
