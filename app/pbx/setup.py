"""A PBX is set up: its database opened, filled when it is empty, or filled anew from a document or the demo office."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ..settings import SETTINGS, Settings
from ..store import clients
from ..store.buckets import path_beside
from ..store.database import Database, DatabaseError, check_schema, is_older, upgrade
from ..store.worlds import IDENTITY, World, remember, start_settings, store_settings
from .sources import Source, name_of, read_source

if TYPE_CHECKING:
    from .seed_document import Present, SeedDocument

DATABASE_NAME = "pbx.sqlite"

# What is forgotten, besides the calls, when a PBX is filled anew.
_EMPTIED = ("extension", "extension_group", "group_member", "object", "download", "failed_login")


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
            raise DatabaseError(f"The database {world.database.path} cannot be used: {error}.") from None
        raise
    return world


def fill_apart(explicit: Mapping[str, Any]) -> None:
    """Make and fill the PBX that a server is about to open, in a process of its own, if it is not there already.

    What that takes (SQLAlchemy, the checks of a seed document) then never lies in the memory of the server and its
    workers. Raises DatabaseError, SeedError.
    """
    world = _attach(explicit)
    try:
        connection = world.database.connection()
        ready = not is_older(connection) and check_schema(connection, world.database.path) and not _wants_filling(world)
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
    connection = world.database.connection()
    if is_older(connection):
        upgrade(connection)
    new = not check_schema(connection, world.database.path)
    connection.execute("PRAGMA journal_mode = WAL")
    if new:
        _make_tables(world.database)
    if started:
        # Taking the write lock also finds out whether another program holds the database.
        with world.write() as connection:
            start_settings(connection, explicit)
        if _wants_filling(world):
            fill_from(world, world.base.seed, unless_filled=True)
        world.started_at = int(world.clock.now())
        path_beside(world.database.path).unlink(missing_ok=True)  # every rate limit begins anew
    if started or new:
        _configure_client(world)


def _attach(explicit: Mapping[str, Any]) -> World:
    settings = Settings(**explicit)
    path = Path(settings.instance) / DATABASE_NAME
    # The settings of the PBX come from its own memory, so that a change is seen at once in a running server.
    base = Settings(**{name: value for name, value in explicit.items() if SETTINGS[name].scope == "server"})
    world = World(Database(path), base)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"The folder {path.parent} cannot be made: {error.strerror}.") from None
    return world


def change_settings(world: World, values: Mapping[str, Any]) -> None:
    """Change settings of the PBX, read already; a running server obeys at once. The client that logs in follows them.

    Raises WorldError where another world has such a client or KAZOO account."""
    with world.write() as connection:
        client_id, secret = _client(world)
        wanted = values.get("client_id", client_id), values.get("client_secret", secret)
        store_settings(connection, values)
        if wanted != (client_id, secret):
            clients.configure(connection, *wanted)


@contextmanager
def _client_follows(world: World) -> Iterator[None]:
    """Where the block changes the client's settings, the client that logs in changes with them."""
    before = _client(world)
    yield
    if _client(world) != before:
        _configure_client(world)


def _client(world: World) -> tuple[str, str]:
    return world.settings.client_id, world.settings.client_secret


def _configure_client(world: World) -> None:
    client_id, secret = _client(world)
    with world.write() as connection:
        clients.configure(connection, client_id, secret)


def _make_tables(database: Database) -> None:
    from ..store import orm

    with orm.transaction(database):
        pass


def _wants_filling(world: World) -> bool:
    return world.base.seed != "empty" and _is_empty(world.database.connection())


def _is_empty(connection: sqlite3.Connection) -> bool:
    tables = ("cdr", "extension", "extension_group", "object")
    return not any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)


def fill_from(world: World, source: str, append: bool = False, unless_filled: bool = False) -> None:
    """Fill the PBX from ``demo``, ``empty``, or a seed document's path, and remember which. Raises SeedError."""
    with _client_follows(world):
        fill(world, _read_for(world, source, append), append, unless_filled)
        if not append:
            with world.write() as connection:
                remember(connection, "state", "filled_from", name_of(source))


def filled_from(world: World) -> str | None:
    """What the PBX was last filled from, as ``fill_from`` takes it."""
    row = (
        world.database.connection()
        .execute("SELECT value FROM memory WHERE layer = 'state' AND name = 'filled_from'")
        .fetchone()
    )
    return str(orjson.loads(row[0])) if row else None


def _read_for(world: World, source: Source, append: bool) -> SeedDocument:
    settings, clock = world.present()
    present = _present(world.database.connection()) if append else None
    return read_source(source, world.base.demo_seed, int(clock.now()), settings.timezone, present)


def _present(connection: sqlite3.Connection) -> Present:
    """What is there for a document to be added to."""
    from ..store.objects import KINDS
    from .seed_document import Present

    def highest(table: str, kind: str = "") -> int:
        where = " WHERE kind = ?" if kind else ""
        (found,) = connection.execute(
            f"SELECT coalesce(max(id), 0) FROM {table}{where}", (kind,) * bool(kind)
        ).fetchone()
        return int(found)

    tables = {"cdrs": "cdr", "extensions": "extension", "extension_groups": "extension_group"}
    numbers = [number for (number,) in connection.execute("SELECT number FROM extension")]
    return Present(
        numbers,
        {key: highest(table) for key, table in tables.items()}
        | {kind.document_key: highest("object", kind.kind) for kind in KINDS.values()},
    )


def fill(world: World, document: SeedDocument, append: bool = False, unless_filled: bool = False) -> None:
    """Make the PBX what the document says, or with ``append`` add to it: wholly, or not at all.

    Clients and their tokens stay, blocked addresses do not; a world other than the default one also keeps its own
    client and KAZOO account, whatever the document says. ``unless_filled`` leaves a PBX alone that another process has
    filled meanwhile, and settings that were given or changed before. Raises SeedError where something to be added is
    there already.
    """
    from ..store import orm
    from ..store.loading import clear_cdrs, load_cdrs
    from .seed_document import SeedError

    with orm.transaction(world.database) as session:
        driver = orm.driver_connection(session)
        if unless_filled and not _is_empty(driver):
            return
        if not append:
            clear_cdrs(driver)
            for table in _EMPTIED:
                driver.execute(f"DELETE FROM {table}")
        try:
            session.add_all(_rows(document))
            session.flush()
            load_cdrs(driver, document.cdrs)
        except (orm.IntegrityError, sqlite3.IntegrityError) as error:
            raise SeedError(f"Something in the document is in the PBX already: {orm.words(error)}") from None
        _take_settings(world, driver, document.settings, append, unless_filled)


def _rows(document: SeedDocument) -> Iterator[Any]:
    """What the document lists besides calls, as rows of tables."""
    from ..store import models

    for extension in document.extensions:
        yield models.Extension(**extension)
    for group_id, name, members in document.groups:
        yield models.ExtensionGroup(id=group_id, name=name)
        yield from (models.GroupMember(group_id=group_id, extension=number) for number in members)
    for kind, object_id, name, data in document.objects:
        yield models.Object(kind=kind, id=object_id, name=name, document=orjson.dumps(data).decode())


def _take_settings(
    world: World, driver: sqlite3.Connection, given: Mapping[str, Any], append: bool, unless_filled: bool
) -> None:
    """Take a document's settings over, in the caller's transaction; see ``fill``."""
    own = IDENTITY if world.number else ()
    settings = {name: value for name, value in given.items() if name not in own}
    known = {name for (name,) in driver.execute("SELECT name FROM memory WHERE layer = 'stored'")}
    if unless_filled:
        for name in settings.keys() - known:
            remember(driver, "stored", name, settings[name])
        return
    if not append:
        forgotten = [(name,) for name in known.difference(own)]
        driver.executemany("DELETE FROM memory WHERE layer = 'stored' AND name = ?", forgotten)
    store_settings(driver, settings)


def generate_calls(world: World, rows: int, random_seed: int, days: int) -> int:
    """Add so many CDR rows of the demo office's calls, spread over the days up to the PBX's present time.

    An empty PBX is given the demo office first. Returns how many there were to add, which is ``rows`` but for the
    very last calls of a short period.
    """
    from ..store.loading import load_cdrs
    from .generator import calls, per_day_for
    from .office import demo_document, demo_office
    from .seed_document import read_document

    zone = world.settings.timezone
    if _is_empty(world.database.connection()):
        fill(world, read_document({**demo_document(0, 0, zone), "cdrs": []}, zone), unless_filled=True)
    end = int(world.clock.now())
    start = end - days * 86400
    # A little more than asked for, and then cut: chance has its say in how many calls a day brings.
    per_day = per_day_for(rows, start, end, zone) * 1.1 + 1
    stream = calls(demo_office(zone), random_seed, start, end, per_day)
    with world.write() as connection:
        return load_cdrs(connection, islice(stream, rows))
