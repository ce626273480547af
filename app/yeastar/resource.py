"""Resource: a kind of thing that a PBX remembers, as a table of its attributes. families.py makes interfaces of it.

Declared order is the order on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from marshmallow import Schema

from ..store.shelves import Holdings, Item
from .attributes import NULL, Attribute, Change, Writer
from .profiles import FIELD, lacking


def _nothing(change: Change) -> None:
    pass


def _spare_nothing(item: Item, holdings: Holdings) -> None:
    pass


@dataclass(frozen=True, eq=False)
class Resource:
    """``path`` is the first part of its interfaces' paths, ``kind`` where it is kept, ``label`` what a refusal calls
    it. ``sorts`` are the columns that rows can be sorted by: by the first of them, if a request does not say,
    ``newest_first`` from the end.

    ``array`` and ``single`` are the keys of the answers of list and get, ``single_in_list``: as the only one of a list;
    ``paged``: page and page_size are required; ``top`` are Integers that stand before the rows of a list.

    ``settle`` completes what is about to be kept, or refuses it; ``follow`` changes what depends on it; ``spare``
    refuses to delete one.
    """

    path: str
    kind: str
    label: str
    attributes: tuple[Attribute, ...]
    sorts: tuple[str, ...] = ("id",)
    newest_first: bool = False
    array: str = "data"
    single: str = "data"
    single_in_list: bool = False
    paged: bool = False
    top: Mapping[str, Callable[[Holdings], int]] = field(default_factory=dict)
    settle: Callable[[Change], None] = _nothing
    follow: Callable[[Change], None] = _nothing
    spare: Callable[[Item, Holdings], None] = _spare_nothing

    def columns(self, where: str, firmware: str) -> tuple[tuple[str, Writer], ...]:
        """Names and writers of what is shown there on a PBX with that firmware."""
        return _columns(self, where, firmware)

    def row(self, item: Item, holdings: Holdings) -> Item:
        """As a row of list and search."""
        return self._shown("list", item, holdings)

    def tell(self, item: Item, holdings: Holdings) -> Item:
        """As get and query answer it."""
        return self._shown("get", item, holdings)

    def _shown(self, where: str, item: Item, holdings: Holdings) -> Item:
        columns = self.columns(where, holdings.settings.firmware)
        found = ((name, write(item, holdings)) for name, write in columns)
        return {name: None if value is NULL else value for name, value in found if value is not None}

    @cached_property
    def row_schema(self) -> type[Schema]:
        """What a row holds, of whatever firmware."""
        return self._describing("list", "Row")

    @cached_property
    def told_schema(self) -> type[Schema]:
        """What is told of one, by whatever firmware."""
        return self._describing("get", "")

    def _describing(self, where: str, suffix: str) -> type[Schema]:
        name = self.label.title().replace(" ", "") + suffix
        members = {entry.name: entry.describes() for entry in self.attributes if where in entry.shown}
        return Schema.from_dict(members, name=name)

    @cached_property
    def taken(self) -> dict[str, Attribute]:
        """What create and update take, by name."""
        return {entry.name: entry for entry in self.attributes if entry.takes is not None}


@lru_cache(maxsize=256)
def _columns(resource: Resource, where: str, firmware: str) -> tuple[tuple[str, Writer], ...]:
    absent = lacking(firmware, FIELD, f"{resource.path}/{where}")
    shown = (entry for entry in resource.attributes if where in entry.shown and entry.name not in absent)
    return tuple((entry.name, entry.writer()) for entry in shown)
