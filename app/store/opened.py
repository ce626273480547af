"""Other worlds as a process has them open: one object a generation, one connection a thread.

Whoever asks for a world is led to its present generation, with the connection open already: so a request can go on to
its end on what it was given, whatever happens to the file meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

from ..settings import Settings
from .copies import LooseDatabase, discard
from .database import Database, check_schema, is_older, upgrade
from .registry import Entry, Registry, WorldError
from .worlds import World

# So many connections the threads of a process may keep open all together; each may keep a few.
_MOST_OPEN, _FEW = 64, 4


class OpenedWorld(World):
    """A world other than the default one, in one generation. ``claim`` sees to its keys before a write is kept."""

    def __init__(
        self, entry: Entry, database: Database, base: Settings, claim: Callable[[Entry, sqlite3.Connection], None]
    ) -> None:
        super().__init__(database, base, entry.name, entry.number)
        self.entry = entry
        self._claim = claim

    def before_commit(self, connection: sqlite3.Connection) -> None:
        self._claim(self.entry, connection)


class _FileWorld(OpenedWorld):
    database: LooseDatabase


class _OfThread(threading.local):
    """The worlds that a thread has open, by number, the longest unused first; and what of the registry it saw last."""

    def __init__(self) -> None:
        self.worlds: OrderedDict[int, _FileWorld] = OrderedDict()
        self.known: dict[Any, Any] | None = None


class Opened(Protocol):
    """What finds other worlds than the default one."""

    def find(self, kind: str, value: Any) -> OpenedWorld | None:
        """The world of that ``number`` or ``name``, or the only one that has the key. Raises WorldError: broken."""

    def close(self) -> None:
        """Close every connection, as must be done before a fork."""


class OpenedWorlds:
    """The worlds of a registry; ``path_of`` tells where an entry's database is. For ``base`` see World."""

    def __init__(
        self,
        registry: Registry,
        path_of: Callable[[Entry], Path],
        base: Settings,
        claim: Callable[[Entry, sqlite3.Connection], None],
    ) -> None:
        self._registry = registry
        self._path_of = path_of
        self._base = base
        self._claim = claim
        self._most = max(_FEW, _MOST_OPEN // base.threads)
        self._objects: WeakValueDictionary[str, _FileWorld] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._mine = _OfThread()

    def find(self, kind: str, value: Any) -> _FileWorld | None:
        """The world of that ``number`` or ``name``, or the only one that has the key. Raises WorldError: broken."""
        known = self._registry.known()
        if known is None:
            return None
        mine = self._mine
        if mine.known is not known:
            self._leave_old(known)
        entry = self._registry.look_up(known, kind, value)
        if entry is None:
            return None
        world = mine.worlds.get(entry.number)
        if world is None or world.entry.generation != entry.generation:
            return self._open(entry)
        mine.worlds.move_to_end(entry.number)
        return world

    def _leave_old(self, known: dict[Any, Any]) -> None:
        """Somebody has changed something: close this thread's connections to what is no longer there."""
        mine = self._mine
        for number, world in list(mine.worlds.items()):
            entry = self._registry.look_up(known, "number", number)
            if entry is None or entry.generation != world.entry.generation:
                del mine.worlds[number]
                _end(world)
        mine.known = known

    def _open(self, entry: Entry) -> _FileWorld | None:
        """The world, in the generation that is the present one once its connection is open."""
        present: Entry | None = entry
        while present is not None:
            world = self._object(present)
            error = _connect(world)
            again = self._registry.find("number", present.number)
            if again is not None and again.generation == present.generation:
                if error is not None:
                    raise WorldError("broken", present.name) if not world.database.path.exists() else error
                self._keep(world)
                return world
            _end(world)
            present = again
        return None

    def _object(self, entry: Entry) -> _FileWorld:
        with self._lock:
            world = self._objects.get(entry.generation)
            if world is None:
                database = LooseDatabase(self._path_of(entry))
                world = self._objects[entry.generation] = _FileWorld(entry, database, self._base, self._claim)
            return world

    def adopt(self, entry: Entry, database: LooseDatabase) -> _FileWorld:
        """A world that has just been made, or come into a new generation, in the database that was written for it.

        Where it has come into yet another one meanwhile, that one. Raises WorldError: unknown."""
        world = _FileWorld(entry, database, self._base, self._claim)
        with self._lock:
            world = self._objects.setdefault(entry.generation, world)
        if world.database is not database:  # another thread has found it already
            database.leave()
        if _connect(world) is not None:
            found = self.find("number", entry.number)
            if found is None:
                raise WorldError("unknown", entry.name)
            return found
        self._keep(world)
        return world

    def _keep(self, world: _FileWorld) -> None:
        worlds = self._mine.worlds
        before = worlds.pop(world.number, world)
        if before is not world:
            before.database.leave()
        worlds[world.number] = world
        while len(worlds) > self._most:
            worlds.popitem(last=False)[1].database.leave()

    def close(self) -> None:
        """Close every connection, as must be done before a fork."""
        with self._lock:
            for world in list(self._objects.values()):
                world.database.close()
        self._mine = _OfThread()


def _end(world: _FileWorld) -> None:
    """Leave a generation that is no longer the present one, and what may have been written beside it since."""
    world.database.leave()
    discard(world.database.path)


def _connect(world: _FileWorld) -> sqlite3.Error | None:
    """Open this thread's connection, and read, so that no file is left to be opened later. Returns what went wrong.

    Raises DatabaseError for a database that a newer version of this program made."""
    try:
        connection = world.database.connection()
        if is_older(connection):
            upgrade(connection)
        check_schema(connection, world.database.path)
        row = connection.execute("SELECT value FROM memory WHERE layer = 'state' AND name = 'started_at'").fetchone()
    except sqlite3.Error as error:
        world.database.leave()
        return error
    world.started_at = json.loads(row[0]) if row else 0
    return None
