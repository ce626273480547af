"""Attribute: one field of a thing that a PBX remembers: how it is given, kept, shown, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from marshmallow import Schema, fields

from ..store.shelves import Holdings, Item, listed_in
from .bodies import Line, References, Whole, Word
from .errors import YeastarError, parameter_error
from .fields import whole_number

if TYPE_CHECKING:
    import sqlite3

# What a row shows, of a thing and of all that the PBX holds.
Writer = Callable[[Item, Holdings], Any]

# What a writer gives for what stands there as null.
NULL: Any = object()

# Where an attribute is shown: in rows of list and search, in what get and query answer, in both or nowhere.
LISTED, DETAIL, BOTH, HIDDEN = ("list",), ("get",), ("list", "get"), ()


class Attribute:
    """``takes`` reads it in create and update (None: it is not taken). A row shows ``value`` (None: not this time), or
    what is kept under ``key`` (left out: its name), or ``default`` for what has none. ``unique``: no other may have the
    same. ``gives`` describes what is shown, where the type of ``default`` does not."""

    def __init__(
        self,
        name: str,
        takes: fields.Field[Any] | None = None,
        shown: tuple[str, ...] = BOTH,
        default: Any = "",
        value: Writer | None = None,
        unique: bool = False,
        key: str = "",
        gives: fields.Field[Any] | None = None,
    ) -> None:
        self.name, self.takes, self.shown, self.default = name, takes, shown, default
        self.value, self.unique, self.key, self.gives = value, unique, key or name, gives

    def writer(self) -> Writer:
        if self.value is not None:
            return self.value
        key, default = self.key, self.default
        kind = type(default)

        def write(item: Item, holdings: Holdings) -> Any:
            """A seed document may hold anything; what is of another type is not shown."""
            value = item.get(key, default)
            return value if type(value) is kind else default

        return write

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        """Change the thing as create and update are asked to."""
        item[self.key] = value

    def describes(self) -> fields.Field[Any]:
        """What a row shows, as a field."""
        return self.gives or described(self.default)

    def check(self, change: Change) -> None:
        """Refuse what does not go with the rest of the thing."""

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        """Kind and id of what the thing needs."""
        return ()


_FIELDS: Mapping[type, Callable[[], fields.Field[Any]]] = {str: fields.String, int: fields.Integer, dict: fields.Dict}


def described(value: Any) -> fields.Field[Any]:
    """A field of what is like this value."""
    if isinstance(value, dict) and value:
        members = {name: described(member) for name, member in value.items()}
        return fields.Nested(Schema.from_dict(members, name="_Described"))
    if isinstance(value, list):
        return fields.List(described(value[0]) if value else fields.Raw())
    return _FIELDS[type(value)]()


class Member(NamedTuple):
    """Something listed by another thing. ``number`` is "" for what has none."""

    type: str
    id: int
    number: str
    name: str


def as_agent(member: Member) -> Item:
    return {"text": member.name, "text2": member.number, "value": str(member.id), "type": member.type}


def as_moderator(member: Member) -> Item:
    return {"id": str(member.id), "name": member.name, "type": member.type}


def as_paged(member: Member) -> Item:
    return {"type": member.type, "name": member.name, "number": member.number, "id": str(member.id)}


# What is told where something is named that is not there.
_MISSING = {"phonebook": 70093, "company_contact": 70128, "role": 60101}


def found(kind: str, id: Any, holdings: Holdings, named: bool = False) -> Item:
    """The thing of that id; ``named``: another thing is to refer to it. Raises YeastarError."""
    item = holdings.find(kind, id)
    if item is None:
        code = _MISSING.get(kind, 60001) if named else 60001
        raise YeastarError(code, f"there is no {kind.replace('_', ' ')} with the id {id}")
    return item


def name_of(item: Item) -> str:
    """What a thing is called: an extension by its name, or its number if it has none."""
    return str(item["name"] if "name" in item else item["caller_id_name"] or item["number"])


class Members(Attribute):
    """A list of other things. ``key`` tells where they are kept, ``shape`` how each is shown, ``types`` what they are:
    the first where a request does not say. With ``binds``, none of them can be deleted while it is listed;
    ``nullable``: without any, null stands there, and is taken for none."""

    def __init__(
        self,
        name: str,
        shown: tuple[str, ...] = BOTH,
        key: str = "",
        types: tuple[str, ...] = ("extension",),
        shape: Callable[[Member], Item] = as_agent,
        required: bool = False,
        binds: bool = True,
        nullable: bool = False,
    ) -> None:
        super().__init__(name, References(*types, required=required, allow_none=nullable), shown, key=key)
        self.shape, self.binds, self.empty = shape, binds, NULL if nullable else []

    def writer(self) -> Writer:
        return lambda item, holdings: [self.shape(member) for member in self.members(item, holdings)] or self.empty

    def members(self, item: Item, holdings: Holdings) -> Iterable[Member]:
        """Those that are shown."""
        return members_of(item, self.key, holdings)

    def describes(self) -> fields.Field[Any]:
        return fields.List(described(self.shape(Member("", 0, "", ""))), allow_none=self.empty is NULL)

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        entries = []
        for kind, id in value or ():
            thing = found(kind, id, holdings, named=True)
            entries.append(thing["number"] if kind == "extension" else {"type": kind, "id": id})
        item[self.key] = [entry for place, entry in enumerate(entries) if entry not in entries[:place]]

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        if self.binds:
            yield from ((member.type, member.id) for member in members_of(item, self.key, holdings))


def members_of(item: Item, key: str, holdings: Holdings) -> Iterator[Member]:
    """What is listed there, as it is now; what is no longer there is passed over."""
    for entry in listed_in(item, key):
        if isinstance(entry, str):
            thing, kind = holdings.extension(entry), "extension"
        elif isinstance(entry, dict):
            kind = str(entry.get("type"))
            thing = holdings.find(kind, entry.get("id"))
        else:
            continue
        if thing is not None:
            number = thing.get("number", "")
            yield Member(kind, thing["id"], number if isinstance(number, str) else "", name_of(thing))


class Link(Attribute):
    """The id of one other thing, of the kind ``of``; 0 for none."""

    def __init__(self, name: str, of: str) -> None:
        super().__init__(name, Whole(least=0), DETAIL, 0)
        self.of = of

    def check(self, change: Change) -> None:
        if change.given.get(self.name):
            found(self.of, change.given[self.name], change.holdings, named=True)

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        return ((self.of, item.get(self.key)),)


# The manual's word for a destination -> the kind that its value is an id of.
DESTINATIONS = {
    "extension": "extension",
    "ext_vm": "extension",
    "ivr": "ivr",
    "call_flow": "call_flow",
    "ring_group": "ring_group",
    "queue": "queue",
    "group_vm": "group_voicemail",
    "conference": "conference",
    "outroute": "outbound_route",
}


class Target(Attribute):
    """The value of a destination, text: an id where the attribute ``of`` is a word for one of the PBX's things."""

    def __init__(self, name: str, of: str) -> None:
        super().__init__(name, Line(), DETAIL)
        self.of = of

    def check(self, change: Change) -> None:
        if change.given.keys() & {self.name, self.of} and (kind := DESTINATIONS.get(str(change.item.get(self.of)))):
            value = change.item.get(self.name, "")
            number = whole_number(value)
            if number is None:
                raise parameter_error(
                    {self.name: "number" if value else "required"}, f"{self.name} is the id of a {kind}"
                )
            found(kind, number, change.holdings, named=True)

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        kind = DESTINATIONS.get(str(item.get(self.of)))
        return ((kind, whole_number(item.get(self.name))),) if kind else ()


def destination(
    name: str, *words: str, prefix: bool = True, required: bool = False, default: str = ""
) -> tuple[Attribute, ...]:
    """Where a call goes: what it is, with ``prefix`` a prefix to it, and its value."""
    between = (detail(f"{name}_prefix", Line()),) if prefix else ()
    return (detail(name, Word(*words, required=required), default), *between, Target(f"{name}_value", of=name))


@dataclass
class Change:
    """A thing that is about to be kept, in a write transaction: as it was, and as it is to be of what was ``given``.

    ``before`` is {} for a new one, which has no id until it is kept; ``notes`` are for the person behind the client.
    """

    connection: sqlite3.Connection
    holdings: Holdings
    before: Item
    item: Item
    given: Item
    notes: list[str] = field(default_factory=list)


def need(change: Change, **conditions: bool) -> None:
    """Refuse a new thing for which what is needed was not given, or is empty."""
    missing = [name for name, needed in conditions.items() if needed and not change.given.get(name)]
    if missing and not change.before:
        raise parameter_error(
            dict.fromkeys(missing, "required"), f"{', '.join(missing)}: needed with what else was given"
        )


ID = Attribute("id", default=0)


def listed(name: str, takes: fields.Field[Any] | None = None, default: Any = "", **more: Any) -> Attribute:
    """Shown in rows of list and search only."""
    return Attribute(name, takes, LISTED, default, **more)


def detail(name: str, takes: fields.Field[Any] | None = None, default: Any = "", **more: Any) -> Attribute:
    """Shown by get and query only."""
    return Attribute(name, takes, DETAIL, default, **more)


def hidden(name: str, takes: fields.Field[Any], **more: Any) -> Attribute:
    """Taken, and shown nowhere."""
    return Attribute(name, takes, HIDDEN, **more)
