"""Templates: filled databases that new worlds are copies of, made once for each source and kept in a folder."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..store.copies import compact, discard, held, like
from ..store.database import Database
from ..store.worlds import World
from .sources import Source, fingerprint, read_source

if TYPE_CHECKING:
    from ..settings import Settings

# The longest unused beyond so many are swept out.
MOST_KEPT = 20

# The demo office's calls go up to the last full hour, so that its template serves that long.
_HOUR = 3600


def hour_of(now: float) -> int:
    """The last full hour."""
    return int(now) // _HOUR * _HOUR


class Templates:
    """The templates in ``folder``. ``model`` is a PBX whose tables they have; see World for ``base``."""

    def __init__(self, folder: Path, model: Database, base: Settings) -> None:
        self._folder = folder
        self._model = model
        self._base = base

    def find(self, source: Source, now: float, timezone: str) -> Path:
        """A file to be copied, made now if need be, which may take a second. ``now`` (Unix seconds) and ``timezone``
        are those of the PBX it is for. Another process may sweep it out meanwhile. Raises SeedError."""
        hour = hour_of(now)
        path = self._folder / f"{fingerprint(source, self._base.demo_seed, hour, timezone)}.sqlite"
        if not path.exists():
            with held(self._folder, fcntl.LOCK_EX):
                if not path.exists():
                    self._make(path, source, hour, timezone)
                    self._sweep(path)
        with suppress(FileNotFoundError):
            os.utime(path)
        return path

    def _make(self, path: Path, source: Source, now: int, timezone: str) -> None:
        from .contents import fill

        # Nobody else is at it, so what lies here was left by somebody who was killed.
        scratch, whole = self._folder / ".scratch", self._folder / ".whole"
        for left in (scratch, whole):
            discard(left)
        try:
            like(self._model.connection(), scratch)
            if source != "empty":
                database = Database(scratch)
                try:
                    fill(World(database, self._base), read_source(source, self._base.demo_seed, now, timezone))
                finally:
                    database.close()
            compact(scratch, whole)
            whole.replace(path)
        finally:
            discard(scratch)
            discard(whole)

    def _sweep(self, made: Path) -> None:
        used = sorted(self._folder.glob("*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in used[MOST_KEPT:]:
            if path != made:
                path.unlink()
