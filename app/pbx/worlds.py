"""Worlds: the default PBX, and any number of others beside it, found by what a request carries, made in milliseconds.

A world is a copy of a template. It is reset and restored by giving it a new file, to which everybody goes over with the
next request; what is still being written to the old one is lost with it. The default world's file stays, and is given
new content in one transaction.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..clock import Clock
from ..store.copies import LooseDatabase, back_up, discard, replace_content
from ..store.finding import WorldFinder
from ..store.opened import OpenedWorld, OpenedWorlds
from ..store.registry import Entry, WorldError, keys_in
from ..store.world_files import copy_into, link_or_copy
from ..store.worlds import DEFAULT, World
from . import default_world
from .contents import fill_from
from .making import Making, carry_identity, carry_over
from .setup import open_world
from .sources import Source, name_of
from .templates import Templates

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_NAME_LETTERS = string.ascii_lowercase + string.digits

# How often the default world is tried to be reset while others write it.
_TRIES = 50

# Writes a new generation: the entry as it was, the database before, and the one after.
_Write = Callable[[Entry, sqlite3.Connection, sqlite3.Connection], None]


class _OutrunError(Exception):
    """Somebody else has changed the world meanwhile."""


def open_worlds(explicit: Mapping[str, Any], started: bool = True) -> Worlds:
    """The worlds in the folder that the settings name; see ``open_world``. What a killed server left half made is
    cleared away when a server starts; the worlds that it left are there. Raises DatabaseError, SeedError."""
    default = open_world(explicit, started)
    if default.base.database_url:
        from .worlds_in_postgres import PostgresWorlds

        worlds: Worlds = PostgresWorlds(default)
    else:
        worlds = Worlds(default)
    if started:
        worlds.sweep()
    return worlds


class Worlds(WorldFinder):
    """The worlds of a server. What changes them leaves all as it was when it fails."""

    def __init__(self, default: World) -> None:
        super().__init__(default)
        folder = default.database.path.parent / "templates"
        self._templates = Templates(folder, default.database, default.base)

    def make(
        self,
        source: Source,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
    ) -> World:
        """A new world, filled from ``demo``, ``empty``, a seed document's path, or a document.

        It has the source's settings, over them those of this server's start, over them ``settings``, as text or as a
        document has them. The client and the KAZOO account that are not among these are its own and random, whatever
        the source says. ``clock`` is the real time unless given. The name is random and short unless given.
        Raises WorldError: bad_name, taken, key_taken; SettingError; SeedError.
        """
        name = self._free_name(name)
        making = Making.of(self.default, name, settings or {}, clock)
        generation = secrets.token_hex(4)
        entry = Entry(0, name, generation, generation, name_of(source), int(Clock().now()), asdict(making))
        self._registry.make()
        with self._files.new(entry) as database:
            base = self._files.base(entry)
            try:
                self._copy_template(source, making.clock().now(), making.timezone, base)
                copy_into(base, database)
                with database.write() as connection:
                    making.write(connection)
                    keys = keys_in(connection)
                self._refuse_defaults(keys)
                entry = self._registry.add(entry, keys)
            except BaseException:
                base.unlink(missing_ok=True)
                raise
        return self._adopted(entry, database)

    def _free_name(self, name: str | None) -> str:
        """The name given, or a random one. Raises WorldError: bad_name, taken."""
        name = "".join(secrets.choice(_NAME_LETTERS) for _ in range(8)) if name is None else checked("world", name)
        if self.find(name) is not None:
            raise WorldError("taken", name)
        return name

    def _copy_template(self, source: Source, now: float, timezone: str, base: Path) -> None:
        while not base.exists():
            template = self._templates.find(source, now, timezone)
            try:
                link_or_copy(template, base)
            except FileNotFoundError:
                continue  # swept out just now, by somebody who made many others

    def drop(self, name: str) -> None:
        """End a world, its tokens and its snapshots. Requests that are on it end on it.

        Raises WorldError: unknown, default."""
        if name == DEFAULT:
            raise WorldError("default")
        entry = self._registry.remove(name)
        self._opened.find("number", entry.number)  # closes this thread's connection to it
        self._files.drop(entry)

    def reset(self, name: str, keep_clock: bool = False) -> World:
        """Make a world what it was right after it was made; the default one what it was last filled from.

        API clients stay, with their tokens, and so does the KAZOO account. Settings changed since then, blocked
        addresses, what the rate limit has counted, and unless ``keep_clock`` the clock go. Who holds the world must
        take the one returned. Raises WorldError: unknown, busy, broken; for the default world also SeedError.
        """
        if name == DEFAULT:
            return self._reset_default(keep_clock)

        write = partial(_write_again, keep_clock=keep_clock)
        return self._swap(name, self._files.base, WorldError("broken", name), write)

    def _reset_default(self, keep_clock: bool) -> World:
        for _ in range(_TRIES):
            with self._files.aside() as aside, or_busy(DEFAULT):
                if default_world.reset(self.default, self._templates, aside, keep_clock):
                    return self.default
        raise WorldError("busy", DEFAULT)

    def seed(self, name: str, source: Source) -> World:
        """Give a world another content, which it is reset to from now on; ``source`` is as in ``make``.

        API clients, tokens, faults and the clock stay; settings changed since the world was made go. Who holds the
        world must take the one returned. Raises WorldError: unknown, key_taken, busy; SeedError.
        """
        if name == DEFAULT:
            fill_from(self.default, source)
            return self.default
        world = self.get(name)
        assert isinstance(world, OpenedWorld)
        making = Making(**world.entry.making)
        with self._files.new_base() as base:
            self._copy_template(source, world.clock.now(), making.timezone, base)

            def write(entry: Entry, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
                _write_again(entry, before, after, keep_clock=True)
                self._files.change_base(entry, base)

            return self._swap(name, lambda entry: base, WorldError("broken", name), write, source=name_of(source))

    def snapshot(self, name: str, label: str) -> None:
        """Keep all that a world is now, clients, tokens, settings and clock included, in the place of an earlier
        snapshot of that label. Raises WorldError: unknown, bad_name."""
        checked("snapshot", label)
        world = self.get(name)
        entry = _entry_of(world)
        with self._files.aside() as aside:
            back_up(world.database.connection(), aside.path)
            self._files.keep(aside, entry, label)
            if entry is not None and self._registry.find("number", entry.number) is None:
                self._files.drop(entry)  # who dropped the world may not have seen this
                raise WorldError("unknown", name)

    def restore(self, name: str, label: str) -> World:
        """Make a world all that it was when the snapshot was made. Who holds the world must take the one returned.

        Raises WorldError: unknown, bad_name, no_snapshot, key_taken, busy."""
        checked("snapshot", label)
        missing = WorldError("no_snapshot", name, label)
        if name != DEFAULT:
            return self._swap(
                name, lambda entry: self._files.snapshot(entry, label), missing, lambda entry, before, after: None
            )
        with self._files.aside() as aside, or_busy(name):
            try:
                copy_into(self._files.snapshot(None, label), aside)
            except FileNotFoundError:
                raise missing from None
            aside.close()
            replace_content(self.default.database.path, aside.path, lambda: True)
        return self.default

    def snapshots(self, name: str) -> list[str]:
        """The labels of a world's snapshots. Raises WorldError: unknown."""
        return self._files.labels(_entry_of(self.get(name)))

    def drop_snapshot(self, name: str, label: str) -> None:
        """Raises WorldError: unknown, bad_name, no_snapshot."""
        try:
            self._files.snapshot(_entry_of(self.get(name)), checked("snapshot", label)).unlink()
        except FileNotFoundError:
            raise WorldError("no_snapshot", name, label) from None

    def _swap(
        self, name: str, copied: Callable[[Entry], Path], missing: WorldError, write: _Write, source: str | None = None
    ) -> World:
        """Give a world a new generation: a copy of the file that ``copied`` tells, with what ``write`` writes.

        ``source`` is what it was made from, if that changes."""
        while True:
            old = self.get(name)
            assert isinstance(old, OpenedWorld)
            entry = replace(old.entry, generation=secrets.token_hex(4), source=source or old.entry.source)
            try:
                return self._swapped(old, entry, copied(old.entry), missing, write)
            except _OutrunError:
                continue

    def _swapped(self, old: OpenedWorld, entry: Entry, copied: Path, missing: WorldError, write: _Write) -> World:
        with self._files.new(entry) as database:
            try:
                copy_into(copied, database)
            except FileNotFoundError:
                raise (_OutrunError if self._registry.find("number", entry.number) is None else missing) from None
            # Nobody writes to the old one any more while the two change places: what was kept there is carried over.
            with or_busy(entry.name), old.database.write() as before:
                with database.write() as after:
                    write(entry, before, after)
                    keys = keys_in(after)
                self._refuse_defaults(keys)
                if not self._registry.switch(old.entry, entry, keys):
                    raise _OutrunError
        discard(old.database.path)
        return self._adopted(entry, database)

    def _adopted(self, entry: Entry, database: LooseDatabase) -> World:
        assert isinstance(self._opened, OpenedWorlds)
        return self._opened.adopt(entry, database)

    def sweep(self) -> None:
        """Clear away what a killed server left half made."""
        self._files.sweep(self._registry.entries)


def _write_again(entry: Entry, before: sqlite3.Connection, after: sqlite3.Connection, keep_clock: bool) -> None:
    """What is written into a template's copy for a world that there is already."""
    Making(**entry.making).write(after)
    carry_over(before, after, keep_clock)
    carry_identity(before, after)


@contextmanager
def or_busy(name: str) -> Iterator[None]:
    """Others who write all the time are WorldError: busy."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise WorldError("busy", name) from None


def checked(what: str, name: str) -> str:
    """A name that can be a file's. Raises WorldError: bad_name."""
    if _NAME.fullmatch(name) is None:
        raise WorldError("bad_name", repr(name), what)
    return name


def _entry_of(world: World) -> Entry | None:
    return world.entry if isinstance(world, OpenedWorld) else None
