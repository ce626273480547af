"""Other worlds as a process has them open: one object a generation; the lines to the server are shared by all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...settings import Settings
from ..opened import OpenedWorld
from ..registry import Entry, Registry, WorldError
from .database import PostgresDatabase

if TYPE_CHECKING:
    import sqlite3

# So many worlds are remembered.
_MOST = 1_000

_STARTED_AT = "SELECT value FROM memory WHERE layer = 'state' AND name = 'started_at'"


class OpenedSchemas:
    """The worlds of a registry, beside the default world's database. For ``base`` see World."""

    def __init__(
        self,
        registry: Registry,
        default: PostgresDatabase,
        base: Settings,
        claim: Callable[[Entry, sqlite3.Connection], None],
    ) -> None:
        self._registry = registry
        self._default = default
        self._base = base
        self._claim = claim
        self._worlds: dict[int, OpenedWorld] = {}
        self._lock = threading.Lock()

    def database(self, entry: Entry) -> PostgresDatabase:
        """The world's database, there or not. Its folder is what this server keeps of it."""
        folder = self._default.path.parent / "worlds"
        folder.mkdir(exist_ok=True)
        path = folder / f"{entry.name}-{entry.generation}.sqlite"
        return PostgresDatabase(self._default.lines, f"{self._default.schema}_w_{entry.first}", path)

    def find(self, kind: str, value: Any) -> OpenedWorld | None:
        entry = self._registry.find(kind, value)
        if entry is None:
            return None
        world = self._worlds.get(entry.number)
        return world if world is not None and world.entry == entry else self._open(entry)

    def _open(self, entry: Entry) -> OpenedWorld:
        """Raises WorldError: broken; DatabaseError for one that a newer version of this program made."""
        world = OpenedWorld(entry, self.database(entry), self._base, self._claim)
        if not world.database.prepare():
            raise WorldError("broken", entry.name)
        row = world.database.connection().execute(_STARTED_AT).fetchone()
        world.started_at = json.loads(row[0]) if row else 0
        with self._lock:
            if len(self._worlds) > _MOST:
                self._worlds.clear()
            self._worlds[entry.number] = world
        return world

    def close(self) -> None:
        with self._lock:
            self._worlds.clear()
