"""What is written into a copy of a template to make a world of it, and what a world takes along through a reset."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..clock import Clock
from ..settings import SETTINGS, find_setting
from ..store import clients
from ..store.copies import copy_rows
from ..store.kept_counts import COUNTED
from ..store.tokens import random_token
from ..store.worlds import IDENTITY, World, remember, store_settings

_WHERE = "Settings of a world"
_OF_A_PBX = {name: setting for name, setting in SETTINGS.items() if setting.scope == "pbx"}

# What the memory tells of what a PBX is filled with, and of its clock.
_OF_CONTENT = (*COUNTED, "filled_from")
_OF_CLOCK = ("clock", "started_at")


@dataclass(frozen=True)
class Making:
    """``start``: the settings given at the server's start, by name; ``settings``: the world's own, over these.

    ``shown`` (Unix seconds) and ``rate`` are the world's clock when it is new; ``shown`` None is the real time.
    """

    start: Mapping[str, Any]
    settings: Mapping[str, Any]
    shown: float | None
    rate: float

    @classmethod
    def of(cls, default: World, name: str, settings: Mapping[str, Any], clock: Clock | None) -> Making:
        """For a world of that name, beside the default one; see Worlds.make. Raises SettingError."""
        own = _identity(name) | {
            setting: find_setting(setting, _WHERE, _OF_A_PBX).read(value, f"{_WHERE}, {setting}")
            for setting, value in settings.items()
        }
        start = {name: value for name, value in start_layer(default).items() if name not in IDENTITY}
        clock = clock or Clock()
        shown = None if clock == Clock() else clock.now()
        return cls(start, own, shown, clock.rate)

    def clock(self) -> Clock:
        return Clock() if self.shown is None else Clock(rate=self.rate).set(self.shown)

    @property
    def timezone(self) -> str:
        """The zone, unless what fills the world has its own."""
        given = self.settings.get("timezone", self.start.get("timezone"))
        return str(given or SETTINGS["timezone"].default)

    def write(self, connection: sqlite3.Connection) -> None:
        """Make a world of a template's copy, in the caller's transaction."""
        for name, value in self.start.items():
            remember(connection, "start", name, value)
        store_settings(connection, self.settings)
        clock = self.clock()
        if self.shown is not None:
            remember(connection, "state", "clock", asdict(clock))
        remember(connection, "state", "started_at", int(clock.now()))
        clients.configure(connection, self.settings["client_id"], self.settings["client_secret"])


def _identity(name: str) -> dict[str, Any]:
    """A client and a KAZOO account of the world's own."""
    return {
        "client_id": random_token(),
        "client_secret": random_token(),
        "kazoo_account_id": secrets.token_hex(16),
        "kazoo_account_name": name,
        "kazoo_realm": f"{name.lower()}.sip.example.com",
        "kazoo_api_key": secrets.token_hex(32),
    }


def start_layer(world: World) -> dict[str, Any]:
    """The settings given at the server's start, by name."""
    rows = world.database.connection().execute("SELECT name, value FROM memory WHERE layer = 'start'")
    return {name: json.loads(value) for name, value in rows}


def carry_over(before: sqlite3.Connection, after: sqlite3.Connection, keep_clock: bool) -> None:
    """Take clients, their tokens, and what the PBX remembers besides its settings and its content."""
    for table in ("client", "token", "ended_token", "revoked_token"):
        copy_rows(before, after, table)
    left = _OF_CONTENT if keep_clock else _OF_CONTENT + _OF_CLOCK
    copy_rows(before, after, "memory", f"layer = 'state' AND name NOT IN {left}")


def carry_identity(before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    """Take who the world is to its clients."""
    copy_rows(before, after, "memory", f"layer = 'stored' AND name IN {IDENTITY}")
