"""What a PBX holds: filled, added to, counted. All of a document gets in, or nothing."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ..store.loading import CdrRow, clear_cdrs, load_cdrs
from ..store.objects import KINDS
from ..store.truths import store_truths
from ..store.worlds import IDENTITY, World, remember, store_settings
from . import own_client
from .sources import Source, name_of, read_source

if TYPE_CHECKING:
    from .seed_document import Present, SeedDocument

# What is forgotten, besides the calls, when a PBX is filled anew.
_EMPTIED = ("extension", "extension_group", "group_member", "object", "download", "failed_login")

# Documents that are no files of anybody's: so many are kept.
_DOCUMENTS_KEPT = 5

# Key of a document -> its table.
_TABLES = {"extensions": "extension", "extension_groups": "extension_group", "cdrs": "cdr"}


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the PBX holds nothing but settings."""
    tables = ("cdr", "extension", "extension_group", "object")
    return not any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)


def count(world: World) -> dict[str, int]:
    """How many ``extensions``, ``extension_groups``, other ``objects`` and ``cdr_rows`` the PBX holds."""
    tables = {"extensions": "extension", "extension_groups": "extension_group", "objects": "object", "cdr_rows": "cdr"}
    connection = world.database.connection()
    return {key: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for key, table in tables.items()}


def fill_from(world: World, source: Source, unless_filled: bool = False) -> None:
    """Fill the PBX from ``demo``, ``empty``, a seed document's path, or a document, and remember which.

    Raises SeedError."""
    with own_client.following(world):
        document = _read_for(world, source)
        name = name_of(source) if isinstance(source, str) else str(_kept(world, source))
        fill(world, document, unless_filled, name)


def _kept(world: World, document: Mapping[str, Any]) -> Path:
    """A document that is no file is made one, for a reset to go back to. Those before the last few are removed."""
    folder = world.database.path.parent / "documents"
    folder.mkdir(exist_ok=True)
    content = orjson.dumps(document)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.json"
    aside = path.with_suffix(f".{secrets.token_hex(4)}")
    aside.write_bytes(content)
    aside.replace(path)
    by_age = sorted(folder.iterdir(), key=lambda other: other.stat().st_mtime_ns)
    for other in by_age[:-_DOCUMENTS_KEPT]:
        other.unlink(missing_ok=True)
    return path


def filled_from(world: World) -> str | None:
    """What the PBX was last filled from, as ``fill_from`` takes it."""
    row = (
        world.database.connection()
        .execute("SELECT value FROM memory WHERE layer = 'state' AND name = 'filled_from'")
        .fetchone()
    )
    return str(orjson.loads(row[0])) if row else None


def _read_for(world: World, source: Source, present: Present | None = None) -> SeedDocument:
    settings, clock = world.present()
    return read_source(source, world.base.demo_seed, int(clock.now()), settings.timezone, present)


def fill(world: World, document: SeedDocument, unless_filled: bool = False, name: str = "") -> None:
    """Make the PBX what the document says: wholly, or not at all. ``name`` is kept as what it was filled from.

    Clients and their tokens stay, blocked addresses do not; a world other than the default one also keeps its own
    client and KAZOO account, whatever the document says. ``unless_filled`` leaves a PBX alone that another process has
    filled meanwhile, and settings that were given or changed before.
    """
    with world.database.loading(), world.write() as connection:
        if unless_filled and not is_empty(connection):
            return
        clear_cdrs(connection)
        for table in _EMPTIED:
            connection.execute(f"DELETE FROM {table}")
        _take_settings(world, connection, document.settings, unless_filled)  # how many calls are kept is among them
        load(connection, document)
        if name:
            remember(connection, "state", "filled_from", name)


def add(world: World, source: Source) -> dict[str, list[int]]:
    """Add a document to what the PBX holds; its settings count too. Returns the ids of what was added, by the
    document's keys. Raises SeedError, also where something is there already."""
    with own_client.following(world):
        document = _read_for(world, source, _present(world.database.connection()))
        with world.database.loading(), world.write() as connection:
            store_settings(connection, _its_own_kept(world, document.settings))
            added = load(connection, document)
    return added


def load(connection: sqlite3.Connection, document: SeedDocument) -> dict[str, list[int]]:
    """Store what the document lists, in the caller's transaction; returns the ids by its keys. Raises SeedError."""
    from .seed_document import SeedError

    calls: list[int] = []
    try:
        for table, rows in _rows(document):
            connection.executemany(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({_places(rows[0])})", rows)
        store_truths(connection, document.truths)
        load_cdrs(connection, _noting(document.cdrs, calls))
    except sqlite3.IntegrityError as error:
        raise SeedError(f"Something in the document is in the PBX already: {error}") from None
    added = {"extensions": [row["id"] for row in document.extensions], "cdrs": calls}
    added["extension_groups"] = [group_id for group_id, _, _ in document.groups]
    for kind, object_id, _, _ in document.objects:
        added.setdefault(KINDS[kind].document_key, []).append(object_id)
    return {key: ids for key, ids in added.items() if ids}


def _places(columns: Mapping[str, Any]) -> str:
    return ", ".join(f":{column}" for column in columns)


def _noting(rows: Iterator[CdrRow], ids: list[int]) -> Iterator[CdrRow]:
    for row in rows:
        ids.append(row.id or 0)
        yield row


def _rows(document: SeedDocument) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What the document lists besides calls: tables, and their rows as columns by name."""
    groups = [{"id": group_id, "name": name} for group_id, name, _ in document.groups]
    members = [
        {"group_id": group_id, "extension": number} for group_id, _, numbers in document.groups for number in numbers
    ]
    objects = [
        {"kind": kind, "id": object_id, "name": name, "document": orjson.dumps(data).decode()}
        for kind, object_id, name, data in document.objects
    ]
    tables = {"extension": document.extensions, "extension_group": groups, "group_member": members, "object": objects}
    return ((table, rows) for table, rows in tables.items() if rows)


def _present(connection: sqlite3.Connection) -> Present:
    """What is there for a document to be added to."""
    from .seed_document import Present

    def highest(table: str, kind: str = "") -> int:
        where = " WHERE kind = ?" if kind else ""
        (found,) = connection.execute(
            f"SELECT coalesce(max(id), 0) FROM {table}{where}", (kind,) * bool(kind)
        ).fetchone()
        return int(found)

    return Present(
        [number for (number,) in connection.execute("SELECT number FROM extension")],
        [name for (name,) in connection.execute("SELECT name FROM extension_group")],
        {key: highest(table) for key, table in _TABLES.items()}
        | {kind.document_key: highest("object", kind.kind) for kind in KINDS.values()},
    )


def _its_own_kept(world: World, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those that a world other than the default one never changes."""
    own = IDENTITY if world.number else ()
    return {name: value for name, value in settings.items() if name not in own}


def _take_settings(world: World, connection: sqlite3.Connection, given: Mapping[str, Any], unless_filled: bool) -> None:
    """Take a document's settings over, in the caller's transaction; see ``fill``."""
    settings = _its_own_kept(world, given)
    known = {name for (name,) in connection.execute("SELECT name FROM memory WHERE layer = 'stored'")}
    if unless_filled:
        for name in settings.keys() - known:
            remember(connection, "stored", name, settings[name])
        return
    forgotten = [(name,) for name in known.difference(IDENTITY if world.number else ())]
    connection.executemany("DELETE FROM memory WHERE layer = 'stored' AND name = ?", forgotten)
    store_settings(connection, settings)
