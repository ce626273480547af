"""A PBX is set up: its database opened, made ready for a server, its settings changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..settings import SETTINGS, Settings
from ..store import clients
from ..store.buckets import path_beside
from ..store.database import Database, DatabaseError
from ..store.worlds import World, start_settings, store_settings
from . import own_client
from .contents import fill_from, is_empty

DATABASE_NAME = "pbx.sqlite"


def open_world(explicit: Mapping[str, Any], started: bool = True) -> World:
    """The PBX in the folder that the settings name; its tables are made where there are none.

    ``explicit`` holds the settings given for this run. ``started`` says that a server starts on it now: the PBX
    takes these settings over, and is filled where it is empty. Raises DatabaseError, SeedError.
    """
    world = _attach(explicit)
    try:
        _make_ready(world, explicit, started)
    except BaseException as error:
        world.database.close()
        if isinstance(error, sqlite3.Error):
            raise DatabaseError(f"The database {world.database.name} cannot be used: {error}.") from None
        raise
    return world


def fill_apart(explicit: Mapping[str, Any]) -> None:
    """Make and fill the PBX that a server is about to open, in a process of its own, if it is not there already.

    What that takes (SQLAlchemy, the checks of a seed document) then never lies in the memory of the server and its
    workers. Raises DatabaseError, SeedError.
    """
    world = _attach(explicit)
    try:
        ready = not world.database.is_older() and world.database.has_tables() and not _wants_filling(world)
    except sqlite3.Error:
        ready = True  # opening it will find the same, and say so
    finally:
        world.database.close()
    if not ready:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
            process.submit(_open_and_close, dict(explicit)).result()


def _open_and_close(explicit: Mapping[str, Any]) -> None:
    open_world(explicit).database.close()


def _make_ready(world: World, explicit: Mapping[str, Any], started: bool) -> None:
    new = not world.database.prepare()
    if new:
        world.database.make_tables()
    if started:
        # Taking the write lock also finds out whether another program holds the database.
        with world.write() as connection:
            start_settings(connection, explicit)
        if _wants_filling(world):
            fill_from(world, world.base.seed, unless_filled=True)
        world.started_at = int(world.clock.now())
        path_beside(world.database.path).unlink(missing_ok=True)  # every rate limit begins anew
    if started or new:
        own_client.configure(world)


def _attach(explicit: Mapping[str, Any]) -> World:
    settings = Settings(**explicit)
    path = Path(settings.instance) / DATABASE_NAME
    # The settings of the PBX come from its own memory, so that a change is seen at once in a running server.
    base = Settings(**{name: value for name, value in explicit.items() if SETTINGS[name].scope == "server"})
    world = World(database_at(base.database_url, path), base)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"The folder {path.parent} cannot be made: {error.strerror}.") from None
    return world


def database_at(url: str, path: Path) -> Database:
    """The default PBX's database: the file, or where ``url`` is given, in PostgreSQL. Raises DatabaseError."""
    if not url:
        return Database(path)
    try:
        from ..store.postgres.opening import opened
    except ImportError:
        raise DatabaseError("PostgreSQL needs psycopg: pip install 'pbx-emulator[postgres]'.") from None
    return opened(url, path)


def change_settings(world: World, values: Mapping[str, Any]) -> None:
    """Change settings of the PBX, read already; a running server obeys at once. The client that logs in follows them.

    Raises WorldError where another world has such a client or KAZOO account."""
    with world.write() as connection:
        client_id, secret = own_client.of_settings(world)
        wanted = values.get("client_id", client_id), values.get("client_secret", secret)
        store_settings(connection, values)
        if wanted != (client_id, secret):
            clients.configure(connection, *wanted)


def _wants_filling(world: World) -> bool:
    return world.base.seed != "empty" and is_empty(world.database.connection())
