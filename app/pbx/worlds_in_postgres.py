"""Worlds as schemas of a PostgreSQL database, which any number of servers share.

A world keeps its schema as long as it lives. It is reset and restored in one transaction, as the default world is:
what requests read next is the new content, whichever server they ask. What nobody can find any more is dropped a while
later, so that requests which have found it before end on it. What a reset changes about the buckets of the rate limit,
each server does for itself.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ..clock import Clock
from ..settings import SETTINGS
from ..store import clients
from ..store.database import SCHEMA_VERSION
from ..store.opened import OpenedWorld
from ..store.postgres import schemas
from ..store.postgres.connection import Connection
from ..store.postgres.database import PostgresDatabase
from ..store.postgres.opened import OpenedSchemas
from ..store.postgres.registry import PostgresRegistry, complete_registry, registry_of
from ..store.registry import Entry, WorldError, keys_in
from ..store.worlds import DEFAULT, World, remember
from . import default_world
from .contents import fill, fill_from, filled_from
from .making import Making, carry_identity, carry_over, start_layer
from .sources import Source, fingerprint, name_of, read_source
from .templates import MOST_KEPT, hour_of
from .worlds import Worlds, checked, or_busy

if TYPE_CHECKING:
    from ..store.postgres.lines import Lines


# Seconds that requests may go on with what is gone. A tester's delay may be longer; the client has given up by then.
GRACE = 30.0


# The first version that kept snapshots in PostgreSQL; they did not tell which one it was.
_UNTOLD = 5


# Held by who makes or drops a template.
_MAKING = "advisory_xact_lock(hashtext($1))"


class PostgresWorlds(Worlds):
    """The worlds beside a default one that is in PostgreSQL."""

    _registry: PostgresRegistry
    _opened: OpenedSchemas

    def _found(self) -> tuple[PostgresRegistry, OpenedSchemas]:
        registry = PostgresRegistry(self._database)
        complete_registry(self._lines, registry_of(self._database.schema))
        return registry, OpenedSchemas(registry, self._database, self.default.base, self._claim)

    @property
    def _database(self) -> PostgresDatabase:
        return cast(PostgresDatabase, self.default.database)

    @property
    def _lines(self) -> Lines:
        return self._database.lines

    def _new_schema(self, kind: str) -> str:
        return f"{self._database.schema}_{kind}_{secrets.token_hex(8)}"

    def make(
        self,
        source: Source,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
    ) -> World:
        name = self._free_name(name)
        making = Making.of(self.default, name, settings or {}, clock)
        generation = secrets.token_hex(8)
        entry = Entry(0, name, generation, generation, name_of(source), int(Clock().now()), asdict(making))
        with schemas.making(self._lines, self._database.schema):
            base = self._template(source, making.clock().now(), making.timezone)
            database = self._opened.database(entry)
            schemas.make_like(self._lines, base, database.schema, filled=True)
            try:
                with database.write() as connection:
                    making.write(connection)
                    keys = keys_in(connection)
                self._refuse_defaults(keys)
                self._registry.add_on_base(entry, keys, base)
            except BaseException:
                schemas.drop(self._lines, database.schema)
                raise
        self._drop_gone()
        return self.get(name)

    def _template(self, source: Source, now: float, timezone: str) -> str:
        """The schema of a filled PBX that nobody changes, made now if need be."""
        hour = hour_of(now)
        schema = f"{self._database.schema}_t_{fingerprint(source, self.default.base.demo_seed, hour, timezone)}"
        if self._has_template(schema):
            return schema
        with self._lines.one(self._database.schema) as line, line.raw.transaction():
            line.raw.execute(f"SELECT pg_{_MAKING}", (schema,))
            if not self._has_template(schema):
                self._make_template(schema, source, hour, timezone)
        return schema

    def _has_template(self, schema: str) -> bool:
        return self._registry.has_template(schema) and self._in(schema).prepare()

    def _in(self, schema: str) -> PostgresDatabase:
        """What the schema of a template or of a snapshot holds."""
        return PostgresDatabase(self._lines, schema, self._database.path)

    def _make_template(self, schema: str, source: Source, now: int, timezone: str) -> None:
        schemas.drop(self._lines, schema)  # left by somebody who was killed
        schemas.make_like(self._lines, self._database.schema, schema)
        if source != "empty":
            base = self.default.base
            try:
                fill(World(self._in(schema), base), read_source(source, base.demo_seed, now, timezone))
            except BaseException:
                schemas.drop(self._lines, schema)
                raise
        self._registry.add_template(schema)
        self._registry.let_go(self._registry.forget_templates(MOST_KEPT))

    def drop(self, name: str) -> None:
        if name == DEFAULT:
            raise WorldError("default")
        entry = self._registry.remove(name)
        kept = self._registry.snapshots(entry.number)
        for label in kept:
            self._registry.drop_snapshot(entry.number, label)
        self._registry.let_go([self._opened.database(entry).schema, *kept.values()])
        self._drop_gone()

    def _drop_gone(self) -> None:
        """Drop what has been gone for long; what somebody still uses, another time."""
        for schema in self._registry.gone_for(GRACE):
            with self._lines.one(self._database.schema) as line, line.raw.transaction():
                (alone,) = line.raw.execute(f"SELECT pg_try_{_MAKING}", (schema,)).fetchone() or (False,)
                if alone:
                    self._registry.forget(schema, partial(schemas.drop, self._lines, schema))

    def reset(self, name: str, keep_clock: bool = False) -> World:
        if name == DEFAULT:
            return self._reset_default(keep_clock)
        return self._renewed(self._other(name), keep_clock)

    def _reset_default(self, keep_clock: bool) -> World:
        world = self.default
        source = filled_from(world) or world.base.seed
        zone = start_layer(world).get("timezone", SETTINGS["timezone"].default)
        now = world.clock.now() if keep_clock else Clock().now()
        template = self._template(source, now, zone)
        with or_busy(DEFAULT), world.write() as after, self._before(world) as before:
            schemas.replace_content(after, self._database.schema, template)
            default_world.carry(before, after, keep_clock)
            remember(after, "state", "filled_from", name_of(source))
            settings = World(world.database, world.base).settings  # as they are in this transaction
            clients.configure(after, settings.client_id, settings.client_secret)
        return world

    def seed(self, name: str, source: Source) -> World:
        if name == DEFAULT:
            fill_from(self.default, source)
            return self.default
        world = self._other(name)
        making = Making(**world.entry.making)
        with schemas.making(self._lines, self._database.schema):
            base = self._template(source, world.clock.now(), making.timezone)
            return self._renewed(world, True, base, name_of(source))

    def _renewed(self, world: OpenedWorld, keep_clock: bool, base: str = "", source: str = "") -> World:
        """Give a world what its template holds, or what ``base`` does, a template made from ``source`` which is its own
        from now on; and what it keeps. It is in another generation then."""
        with or_busy(world.name), world.database.write() as after, self._before(world) as before:
            schemas.replace_content(after, self._schema_of(world), base or self._base_of(world))
            Making(**world.entry.making).write(after)
            carry_over(before, after, keep_clock)
            carry_identity(before, after)
            self._switch(world, after, source)
            if base:
                self._registry.set_base(world.number, base)
        return self.get(world.name)

    def _base_of(self, world: World) -> str:
        """Raises WorldError: unknown, broken."""
        base = self._registry.base(world.number)
        if not base:
            raise WorldError("unknown", world.name)
        if not self._in(base).prepare():
            raise WorldError("broken", world.name)
        return base

    def _schema_of(self, world: World) -> str:
        return cast(PostgresDatabase, world.database).schema

    def _switch(self, world: OpenedWorld, after: sqlite3.Connection, source: str = "") -> None:
        """Another generation begins, with the keys that the world has now. Raises WorldError: key_taken, unknown."""
        keys = keys_in(after)
        self._refuse_defaults(keys)
        present = self._registry.find("number", world.number)
        if present is None:
            raise WorldError("unknown", world.name)
        source = source or present.source
        self._registry.switch(present, replace(present, generation=secrets.token_hex(8), source=source), keys)

    def _claim(self, entry: Entry, connection: sqlite3.Connection) -> None:
        """A write goes on in the generation that has begun meanwhile; no other begins before the write is kept."""
        present = self._registry.find("number", entry.number)
        if present is not None:
            super()._claim(present, connection)

    @contextmanager
    def _before(self, world: World) -> Iterator[sqlite3.Connection]:
        """What others still see of a world while it is being written."""
        yield cast(sqlite3.Connection, Connection(self._lines, self._schema_of(world)))

    def snapshot(self, name: str, label: str) -> None:
        checked("snapshot", label)
        world = self.get(name)
        with schemas.making(self._lines, self._database.schema):
            schema = self._new_schema("s")
            schemas.keep(self._lines, self._schema_of(world), schema)
            replaced = self._registry.keep_snapshot(world.number, name, label, schema)
        if replaced is not None:
            self._registry.let_go([replaced])

    def restore(self, name: str, label: str) -> World:
        checked("snapshot", label)
        world = self.get(name)
        schema = self._registry.snapshots(world.number).get(label)
        if schema is None:
            raise WorldError("no_snapshot", name, label)
        with self._of_this_version(schema) as kept, or_busy(name), world.database.write() as connection:
            schemas.replace_content(connection, self._schema_of(world), kept)
            if isinstance(world, OpenedWorld):
                self._switch(world, connection)
        return self.get(name)

    @contextmanager
    def _of_this_version(self, snapshot: str) -> Iterator[str]:
        """The snapshot, or for as long as the block lasts, a copy that is upgraded. Raises DatabaseError for one that
        a newer version of this program made."""
        version = self._in(snapshot).made_by() or _UNTOLD
        if version >= SCHEMA_VERSION:
            self._in(snapshot).has_tables()
            yield snapshot
            return
        from ..store.postgres.upgrading import copy_upgraded

        copy = self._new_schema("s")
        with schemas.making(self._lines, self._database.schema):
            try:
                copy_upgraded(self._lines, snapshot, version, copy)
                yield copy
            finally:
                schemas.drop(self._lines, copy)

    def snapshots(self, name: str) -> list[str]:
        return list(self._registry.snapshots(self.get(name).number))

    def drop_snapshot(self, name: str, label: str) -> None:
        schema = self._registry.drop_snapshot(self.get(name).number, checked("snapshot", label))
        if schema is None:
            raise WorldError("no_snapshot", name, label)
        self._registry.let_go([schema])

    def sweep(self) -> None:
        with schemas.making(self._lines, self._database.schema, alone=True) as alone:
            if alone:
                self._drop_gone()
                kept = self._registry.schemas()
                for schema in schemas.neighbours(self._lines, self._database.schema):
                    if schema not in kept and schema.rpartition("_")[2] not in kept:
                        schemas.drop(self._lines, schema)

    def _other(self, name: str) -> OpenedWorld:
        world = self.get(name)
        assert isinstance(world, OpenedWorld)
        return world

    def close(self) -> None:
        super().close()
        self._lines.close()
