"""A world is one PBX: its database, its settings, its clock. All that differs between two PBXs hangs here."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

from ..clock import Clock
from ..settings import SETTINGS, Settings
from .database import Database
from .tokens import KnownTokens

Made = TypeVar("Made")

# Later layers win.
_LAYERS = ("stored", "start")

# The world that serves everybody who never heard of worlds.
DEFAULT = "default"

# Settings by which clients find a world: what it is filled from never changes them, but in the default world.
IDENTITY = (
    "client_id",
    "client_secret",
    "kazoo_account_id",
    "kazoo_account_name",
    "kazoo_realm",
    "kazoo_api_key",
)


class World:
    """One PBX. ``base`` holds the settings of the process; the PBX's own are kept in its database, where every worker
    sees a change at once. ``started_at`` is the PBX's time when its server was started, in Unix seconds.

    ``number`` is 0 for the default world, and for no other."""

    def __init__(self, database: Database, base: Settings, name: str = DEFAULT, number: int = 0) -> None:
        self.database = database
        self.base = base
        self.name = name
        self.number = number
        self.started_at = 0
        self._local = threading.local()

    def present(self) -> tuple[Settings, Clock]:
        """Settings and clock as they are now. The database tells whether anybody has written since."""
        connection = self.database.connection()
        version = self.database.version(connection)
        if getattr(self._local, "version", None) != (version, connection):
            self._local.remembered = self._read(connection)
            self._local.derived = {}
            self._local.version = (version, connection)
        remembered: tuple[Settings, Clock] = self._local.remembered
        return remembered

    def _read(self, connection: sqlite3.Connection) -> tuple[Settings, Clock]:
        layers: dict[str, dict[str, Any]] = {"stored": {}, "start": {}, "state": {}}
        for layer, name, value in connection.execute("SELECT layer, name, value FROM memory"):
            layers[layer][name] = json.loads(value)
        values = asdict(self.base)
        for layer in _LAYERS:
            values |= {name: SETTINGS[name].read(value, name) for name, value in layers[layer].items()}
        return Settings(**values), Clock(**layers["state"].get("clock", {}))

    def tokens_seen(self) -> KnownTokens:
        """Valid tokens looked up since anybody last wrote; see tokens.owner."""
        return self.derived("tokens", dict)

    def derived(self, name: str, make: Callable[[], Made]) -> Made:
        """What ``make`` makes of what is stored, once for all until anybody writes, as ``present`` finds out."""
        derived: dict[str, Any] = self._local.derived
        if name not in derived:
            derived[name] = make()
        made: Made = derived[name]
        return made

    @property
    def settings(self) -> Settings:
        return self.present()[0]

    @property
    def clock(self) -> Clock:
        return self.present()[1]

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; what this thread remembers of the world is read anew afterwards."""
        with self.database.write() as connection:
            yield connection
            self.before_commit(connection)
        self._local.version = None

    def before_commit(self, connection: sqlite3.Connection) -> None:
        """Look at what is about to be kept; what this raises undoes it. The default world lets everything pass."""

    def change_settings(self, values: Mapping[str, Any]) -> None:
        """Change settings of the PBX while it runs; the values are read already. They outlast this run."""
        with self.write() as connection:
            store_settings(connection, values)

    def set_clock(self, clock: Clock) -> None:
        """Make the PBX's clock this one, in every worker."""
        with self.write() as connection:
            remember(connection, "state", "clock", asdict(clock))


def remember(connection: sqlite3.Connection, layer: str, name: str, value: Any) -> None:
    statement = "INSERT INTO memory VALUES (?, ?, ?) ON CONFLICT (layer, name) DO UPDATE SET value = excluded.value"
    connection.execute(statement, (layer, name, json.dumps(value)))


def store_settings(connection: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Keep settings in the layer ``stored``, in the caller's transaction; they take the place of those of the start."""
    for name, value in values.items():
        connection.execute("DELETE FROM memory WHERE layer = 'start' AND name = ?", (name,))
        remember(connection, "stored", name, value)


def start_settings(connection: sqlite3.Connection, explicit: Mapping[str, Any]) -> None:
    """Make these the settings given at the start of the server, in the place of an earlier start's."""
    given = {name: json.dumps(value) for name, value in explicit.items() if SETTINGS[name].scope == "pbx"}
    if given != dict(connection.execute("SELECT name, value FROM memory WHERE layer = 'start'")):
        connection.execute("DELETE FROM memory WHERE layer = 'start'")
        connection.executemany("INSERT INTO memory VALUES ('start', ?, ?)", given.items())
