"""Shelves: the things of one kind that a PBX holds, each a flat dict with its ``id``, wherever it is kept.

Extensions and extension groups have tables of their own; all else is in ``object``. What has no column is in the row's
JSON document. Members are kept as seed documents write them: an extension by its number, anything else as
``{"type": kind, "id": id}``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import orjson

from ..settings import Settings
from .objects import KINDS

Item = dict[str, Any]

# The group that everybody is in, on every PBX.
EVERYBODY = "Default_All_Extensions"


class Shelf:
    """What is kept of a kind. Writing belongs in the caller's transaction."""

    table: str = "object"
    columns: tuple[str, ...] = ("name",)

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._mine = {"kind": kind} if self.table == "object" else {}
        self._where = "kind = :kind" if self._mine else "true"

    def items(self, connection: sqlite3.Connection) -> list[Item]:
        """All of them, by id."""
        columns = ", ".join(self.columns)
        rows = connection.execute(
            f"SELECT id, {columns}, document FROM {self.table} WHERE {self._where} ORDER BY id", self._mine
        )
        names = ("id", *self.columns)
        return [{**dict(zip(names, row, strict=False)), **orjson.loads(row[-1])} for row in rows]

    def add(self, connection: sqlite3.Connection, item: Item) -> int:
        """Keep a new one; returns its id, the next after the highest."""
        (item["id"],) = connection.execute(
            f"SELECT coalesce(max(id), 0) + 1 FROM {self.table} WHERE {self._where}", self._mine
        ).fetchone()
        values = self._mine | self._row(item)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT INTO {self.table} ({', '.join(values)}) VALUES ({marks})", values)
        return int(item["id"])

    def put(self, connection: sqlite3.Connection, item: Item, before: Item) -> None:
        """Keep one as it is now; ``before`` is what it was."""
        values = self._row(item)
        changes = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(f"UPDATE {self.table} SET {changes} WHERE {self._where} AND id = :id", self._mine | values)

    def drop(self, connection: sqlite3.Connection, item: Item) -> None:
        connection.execute(
            f"DELETE FROM {self.table} WHERE {self._where} AND id = :id", self._mine | {"id": item["id"]}
        )

    def _row(self, item: Item) -> dict[str, Any]:
        columns = {name: item.get(name) or "" for name in self.columns}
        rest = {key: value for key, value in item.items() if key not in columns and key != "id"}
        return {"id": item["id"], **columns, "document": orjson.dumps(rest).decode()}


class _Extensions(Shelf):
    table = "extension"
    columns = ("number", "caller_id_name", "first_name", "last_name", "email_addr", "mobile_number")

    def add(self, connection: sqlite3.Connection, item: Item) -> int:
        """Keep a new one, which is in every group of all extensions at once."""
        added = super().add(connection, item)
        for group in _groups(connection):
            if is_of_everybody(group):
                connection.execute("INSERT INTO group_member VALUES (?, ?)", (group["id"], item["number"]))
        return added

    def put(self, connection: sqlite3.Connection, item: Item, before: Item) -> None:
        """Keep one as it is now; wherever its number is listed, it is the new one. Its greetings stay its own."""
        super().put(connection, item, before)
        old, new = before["number"], item["number"]
        if old != new:
            connection.execute("UPDATE group_member SET extension = ? WHERE extension = ?", (new, old))
            _replace_in_lists(connection, old, new)
            connection.execute(
                "UPDATE object SET document = json_patch(document, json_object('box', CAST(? AS TEXT)))"
                " WHERE kind = 'extension_greeting' AND document ->> '$.box' = ?",
                (new, old),
            )

    def drop(self, connection: sqlite3.Connection, item: Item) -> None:
        """Forget one, and with it its places in groups and its wake-up calls."""
        super().drop(connection, item)
        connection.execute("DELETE FROM group_member WHERE extension = ?", (item["number"],))
        connection.execute(
            "DELETE FROM object WHERE kind = 'wakeup_call' AND document ->> '$.extensions[0]' = ?", (item["number"],)
        )


class _Groups(Shelf):
    """Extension groups; ``members`` are their extensions' numbers."""

    table = "extension_group"

    def items(self, connection: sqlite3.Connection) -> list[Item]:
        members: dict[int, list[str]] = {}
        rows = connection.execute(
            "SELECT m.group_id, m.extension FROM group_member AS m JOIN extension AS e ON e.number = m.extension"
            " ORDER BY e.id"
        )
        for group_id, number in rows:
            members.setdefault(group_id, []).append(number)
        return [group | {"members": members.get(group["id"], [])} for group in super().items(connection)]

    def add(self, connection: sqlite3.Connection, item: Item) -> int:
        added = super().add(connection, item)
        self._list(connection, item)
        return added

    def put(self, connection: sqlite3.Connection, item: Item, before: Item) -> None:
        super().put(connection, item, before)
        self._list(connection, item)

    def drop(self, connection: sqlite3.Connection, item: Item) -> None:
        super().drop(connection, item)
        connection.execute("DELETE FROM group_member WHERE group_id = ?", (item["id"],))

    def _row(self, item: Item) -> dict[str, Any]:
        return super()._row({key: value for key, value in item.items() if key != "members"})

    def _list(self, connection: sqlite3.Connection, item: Item) -> None:
        numbers = item["members"]
        if is_of_everybody(item):
            numbers = [number for (number,) in connection.execute("SELECT number FROM extension")]
        connection.execute("DELETE FROM group_member WHERE group_id = ?", (item["id"],))
        rows = ((item["id"], number) for number in numbers)
        connection.executemany("INSERT INTO group_member VALUES (?, ?)", rows)


def _groups(connection: sqlite3.Connection) -> list[Item]:
    return Shelf.items(SHELVES["ext_group"], connection)


def is_of_everybody(group: Item) -> bool:
    """Whether all extensions belong to the group, new ones too."""
    chosen = group.get("member_select") or ("sel_all_ext" if group["name"] == EVERYBODY else "")
    return bool(chosen == "sel_all_ext")


def listed_in(item: Item, key: str) -> list[Any]:
    """What the item lists there; a seed document may have put anything else in its place."""
    found = item.get(key)
    return found if isinstance(found, list) else []


def ids_in(item: Item, key: str) -> list[int]:
    """The ids that the item lists there."""
    return [id for id in listed_in(item, key) if type(id) is int]


def _replace_in_lists(connection: sqlite3.Connection, old: str, new: str) -> None:
    """An extension has another number: write it where objects list the old one."""
    for kind in KINDS.values():
        for item in SHELVES[kind.kind].items(connection) if kind.number_lists else ():
            listed = {key: listed_in(item, key) for key in kind.number_lists}
            renamed = {
                key: [new if number == old else number for number in numbers]
                for key, numbers in listed.items()
                if old in numbers
            }
            if renamed:
                SHELVES[kind.kind].put(connection, item | renamed, item)


SHELVES: dict[str, Shelf] = {
    "extension": _Extensions("extension"),
    "ext_group": _Groups("ext_group"),
    **{kind: Shelf(kind) for kind in KINDS},
}


class Holdings:
    """All that a PBX with these settings holds, kind by kind, each read when it is first asked for."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings) -> None:
        self.settings = settings
        self._connection = connection
        self._items: dict[str, list[Item]] = {}
        self._found: dict[tuple[str, str], dict[Any, Item]] = {}
        self._made: dict[Any, Any] = {}

    def items(self, kind: str) -> list[Item]:
        """Those of a kind, by id; [] for a kind that is not kept."""
        if kind not in self._items:
            self._items[kind] = SHELVES[kind].items(self._connection) if kind in SHELVES else []
        return self._items[kind]

    def find(self, kind: str, value: Any, by: str = "id") -> Item | None:
        """The one with that id, or with that value of another key."""
        if (kind, by) not in self._found:
            self._found[kind, by] = {item[by]: item for item in reversed(self.items(kind)) if by in item}
        return self._found[kind, by].get(value) if isinstance(value, int | str) else None

    def extension(self, number: str) -> Item | None:
        return self.find("extension", number, "number")

    def made(self, name: Any, make: Callable[[Holdings], Any]) -> Any:
        """What ``make`` makes of all this, made once."""
        if name not in self._made:
            self._made[name] = make(self)
        return self._made[name]

    def forget(self, kind: str) -> None:
        """Read a kind anew: it has been changed."""
        self._items.pop(kind, None)
        self._made.clear()
        for key in [key for key in self._found if key[0] == kind]:
            del self._found[key]
