"""Where the files of other worlds are, all in one folder, and how they come and go.

``<name>-<generation>.sqlite`` is a world's present database. ``<name>-<first generation>`` names what stays with it:
its ``.base``, which nobody ever changes, and its ``.snapshots``. What begins with a dot is being made.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .copies import LooseDatabase, discard, held
from .database import check_schema, is_older, upgrade
from .registry import Entry
from .worlds import DEFAULT

_REGISTRY = "registry"


class WorldFiles:
    """The files in ``folder``. Names and labels are checked already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = folder / f"{_REGISTRY}.sqlite"

    def database(self, entry: Entry) -> Path:
        return self.folder / f"{entry.name}-{entry.generation}.sqlite"

    def base(self, entry: Entry) -> Path:
        return self.folder / f"{entry.name}-{entry.first}.base"

    def snapshot(self, entry: Entry | None, label: str) -> Path:
        """Where a snapshot is; without an entry one of the default world."""
        return self._snapshots(entry) / f"{label}.sqlite"

    def labels(self, entry: Entry | None) -> list[str]:
        return sorted(path.stem for path in self._snapshots(entry).glob("*.sqlite"))

    def _snapshots(self, entry: Entry | None) -> Path:
        stem = DEFAULT if entry is None else f"{entry.name}-{entry.first}"
        return self.folder / f"{stem}.snapshots"

    @contextmanager
    def new(self, entry: Entry) -> Iterator[LooseDatabase]:
        """The entry's database, about to be written: it is gone again if the block fails."""
        with held(self.folder):
            database = LooseDatabase(self.database(entry))
            try:
                yield database
            except BaseException:
                _remove(database)
                raise

    @contextmanager
    def aside(self) -> Iterator[LooseDatabase]:
        """A database for as long as the block lasts."""
        with held(self.folder):
            database = LooseDatabase(self.folder / f".{secrets.token_hex(8)}.sqlite")
            try:
                yield database
            finally:
                _remove(database)

    @contextmanager
    def new_base(self) -> Iterator[Path]:
        """Where a base can be made, for as long as the block lasts; ``change_base`` takes it from there."""
        with held(self.folder):
            path = self.folder / f".{secrets.token_hex(8)}.base"
            try:
                yield path
            finally:
                path.unlink(missing_ok=True)

    def change_base(self, entry: Entry, base: Path) -> None:
        """Make the file what the world is reset to from now on."""
        aside = base.with_suffix(".next")
        try:
            link_or_copy(base, aside)
            aside.replace(self.base(entry))
        finally:
            aside.unlink(missing_ok=True)

    def keep(self, copy: LooseDatabase, entry: Entry | None, label: str) -> None:
        """Make the copy a snapshot. Nothing becomes of it where the world is dropped at this moment."""
        path = self.snapshot(entry, label)
        with suppress(FileNotFoundError):
            path.parent.mkdir(exist_ok=True)
            copy.path.replace(path)

    def drop(self, entry: Entry) -> None:
        """Remove all that is a world's."""
        discard(self.database(entry))
        self.base(entry).unlink(missing_ok=True)
        shutil.rmtree(self._snapshots(entry), ignore_errors=True)

    def sweep(self, entries: Callable[[], Iterable[Entry]]) -> None:
        """Remove what no world has: a killed server left it half made. Not while anybody is making something."""
        if not self.folder.exists():
            return
        try:
            with held(self.folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                kept = {_REGISTRY, DEFAULT}
                kept.update(f"{entry.name}-{part}" for entry in entries() for part in (entry.generation, entry.first))
                for path in self.folder.iterdir():
                    if path.name.partition(".")[0] not in kept:
                        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except BlockingIOError:
            return


def _remove(database: LooseDatabase) -> None:
    database.close()
    discard(database.path)


def link_or_copy(source: Path, target: Path) -> None:
    """The same content under a new name, for files that nobody ever changes. Raises FileNotFoundError."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # not every file system has links
        shutil.copyfile(source, target)


def copy_into(source: Path, database: LooseDatabase) -> None:
    """Make the database, which is not there yet, a copy of the file. Raises FileNotFoundError; DatabaseError for one
    that a newer version of this program made."""
    shutil.copyfile(source, database.path)
    connection = database.connection()
    if is_older(connection):
        upgrade(connection)
    check_schema(connection, source)
