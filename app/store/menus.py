"""MENUS: what can be chosen from in the PBX's menus, read from the tables of objects."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from .objects import KINDS


class Option(NamedTuple):
    """One line of a menu. ``parent`` is the id of the option it belongs under, 0 at the top."""

    id: int
    text: str
    type: str
    parent: int = 0


_KIND_OF_MENU = {menu: kind for kind in KINDS.values() for menu in kind.menu}

MENUS = ("extension", "ext_group", "queue_agent", *_KIND_OF_MENU)


def options(connection: sqlite3.Connection, menu: str, queue_id: int | None) -> Iterator[Option]:
    """The lines of a menu, in order of their ids; ``queue_id`` chooses the queue of ``queue_agent``."""
    if menu == "extension":
        return _extensions(connection, "SELECT id, number, caller_id_name FROM extension ORDER BY id", ())
    if menu == "ext_group":
        rows = connection.execute("SELECT id, name FROM extension_group ORDER BY id")
        return (Option(group_id, name, "ext_group") for group_id, name in rows)
    if menu == "queue_agent":
        return _extensions(connection, _AGENTS, (queue_id,))
    return _objects(connection, menu)


_AGENTS = """SELECT e.id, e.number, e.caller_id_name FROM object AS q, json_each(q.document, '$.agents') AS agent
    JOIN extension AS e ON e.number = agent.value WHERE q.kind = 'queue' AND q.id = ? ORDER BY e.id"""


def _extensions(connection: sqlite3.Connection, statement: str, values: tuple[int | None, ...]) -> Iterator[Option]:
    for extension_id, number, name in connection.execute(statement, values):
        yield Option(extension_id, f"{number}-{name}" if name else number, "extension")


def _objects(connection: sqlite3.Connection, menu: str) -> Iterator[Option]:
    kind = _KIND_OF_MENU[menu]
    rows = connection.execute("SELECT id, name, document FROM object WHERE kind = ? ORDER BY id", (kind.kind,))
    for object_id, name, text in rows:
        document = json.loads(text)
        shown_type = kind.type or str(document.get("type", ""))
        yield Option(object_id, name, shown_type, document.get(kind.parent) or 0 if kind.parent else 0)
