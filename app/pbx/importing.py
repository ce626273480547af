"""A file of calls, imported: wholly or not at all, and as often as anybody likes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import TextIO

from ..store.kept_counts import kept_count
from ..store.loading import CdrRow, load_cdrs
from ..store.worlds import World
from .importers import IMPORTERS, FileError, Imported, Options, Reject, Source, check_names, recognised
from .importers.mistakes import WrongRowError
from .importers.records import Record
from .importers.spool import Spool, record_of
from .known_calls import KnownCalls

# Of what was a wrong line so much is kept, in characters.
_KEPT = 2000

# So many wrong lines are told; all are in the file of rejects.
TOLD = 10


class _DryRunError(Exception):
    """Nothing was wrong, and nothing is to stay."""


@dataclass
class Outcome:
    """What an import came to, in rows: added, ``there`` already, rejected, of which ``told`` are the first few."""

    format: str
    added: int = 0
    there: int = 0
    rejected: int = 0
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """How files are imported. ``change`` is made to every row before it is looked for and stored."""

    strict: bool = False
    dry_run: bool = False
    change: Callable[[CdrRow], CdrRow] | None = None


def rejects_path(path: Path) -> Path:
    """Where the wrong lines of a file are written."""
    return path.with_name(f"{path.name}.rejects")


def import_file(world: World, source: Source, format: str | None, options: Options, wanted: Wanted) -> Outcome:
    """Add the file's calls that are not there yet, in one transaction. Raises FileError; then nothing was added.

    Wrong lines are left out and written to a file of their own, or, where ``strict``, are such an error.
    """
    name = format or recognised(source, options.names)
    options = replace(options, own=world.settings.timezone)
    check_names(options.names, IMPORTERS[name].known, name)
    outcome = Outcome(name, notes=options.notes)
    try:
        with _Rejects(source.path, wanted, outcome) as rejects, closing(Spool()) as spool:
            # Nobody is kept from writing to the PBX while the file is read.
            spool.fill(_right(IMPORTERS[name].read(source, options), rejects, wanted.change))
            if not spool.rows + outcome.rejected:
                raise FileError(f"{source.path} holds no calls.")
            with world.database.loading(), world.write() as connection:
                _load(connection, _new(spool, KnownCalls(connection), rejects, outcome), world, outcome)
                rejects.place()
                if wanted.dry_run:
                    raise _DryRunError
    except _DryRunError:
        pass
    except sqlite3.OperationalError as error:
        raise FileError(_not_written(source.path, error)) from None
    return outcome


def _load(connection: sqlite3.Connection, rows: Iterator[CdrRow], world: World, outcome: Outcome) -> None:
    room = world.settings.cdr_retention_rows
    before = kept_count(connection, "calls") if room else 0
    load_cdrs(connection, rows)
    if 0 < room < before + outcome.added:
        outcome.notes.append(f"It keeps the newest {room:,} rows: the setting cdr_retention_rows.")


def _right(
    found: Iterable[Imported | Reject], rejects: _Rejects, change: Callable[[CdrRow], CdrRow] | None
) -> Iterator[tuple[CdrRow, Record]]:
    for item in found:
        if isinstance(item, Reject):
            rejects.add(item)
        else:
            yield (change(item[0]), item[1]) if change else item


def _not_written(path: Path, error: sqlite3.OperationalError) -> str:
    if "locked" in str(error):
        return (
            f"{path} was not imported: another program, such as another import, is writing to the PBX's database."
            " Run it again when that is done."
        )
    return f"{path} was not imported, and the PBX is as it was: {error}."


def _new(spool: Spool, known: KnownCalls, rejects: _Rejects, outcome: Outcome) -> Iterator[CdrRow]:
    """The rows that are to be added."""
    has = known.has
    for row, place in spool:
        try:
            there = has(row)
        except WrongRowError as error:
            rejects.add(record_of(row, place).reject(error.column, error.reason))
            continue
        if there:
            outcome.there += 1
        else:
            outcome.added += 1
            yield row


class _Rejects:
    """Wrong lines: told, counted, and written beside the file once all is well; or raised, where that is wanted."""

    def __init__(self, path: Path, wanted: Wanted, outcome: Outcome) -> None:
        self.path, self.wanted, self.outcome = path, wanted, outcome
        self.aside = rejects_path(path).with_name(f"{rejects_path(path).name}.{os.getpid()}.part")
        self.file: TextIO | None = None
        self.placed = False

    def __enter__(self) -> _Rejects:
        """Raises FileError where they could never be written; what a killed import left is removed."""
        place = rejects_path(self.path)
        if not self.wanted.dry_run:
            if place.is_dir():
                raise FileError(f"{place}, where wrong lines are written, is a folder. Nothing was imported.")
            for left in place.parent.glob(f"{escape(place.name)}.*.part"):
                process = left.stem.rpartition(".")[2]
                if process.isdecimal() and not _runs(int(process)):
                    with suppress(OSError):  # somebody else's
                        left.unlink()
        return self

    def add(self, reject: Reject) -> None:
        """Raises FileError."""
        told = reject.told(self.path)
        if self.wanted.strict:
            raise FileError(f"{told}; nothing of {self.path.name} was imported.")
        self.outcome.rejected += 1
        if len(self.outcome.told) < TOLD:
            self.outcome.told.append(told)
        if not self.wanted.dry_run:
            self._write(f"{told}\n    {reject.text[:_KEPT].rstrip()}\n")

    def _write(self, text: str) -> None:
        with self._told():
            if self.file is None:
                self.file = self.aside.open("w", encoding="utf-8", errors="replace")
            self.file.write(text)

    def place(self) -> None:
        """Have all written where they belong, while the calls can still be left out. Raises FileError."""
        if self.wanted.dry_run:
            return
        place = rejects_path(self.path)
        with self._told():
            if self.file is not None:
                self.file.close()
                self.aside.replace(place)
                self.placed = True
            elif place.exists():  # a disk that is only read says more than that it is missing
                place.unlink()  # an earlier try's

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            text = f"The wrong lines of {self.path} cannot be written beside it: {error.strerror}."
            raise FileError(f"{text} Nothing was imported.") from None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.file is None:
            return
        with suppress(OSError):  # what could not be written has been told
            self.file.close()
        if kind is not None:
            (rejects_path(self.path) if self.placed else self.aside).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
