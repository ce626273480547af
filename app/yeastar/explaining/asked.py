"""Asked: a search that can be asked again, as it was and with other parameters."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from marshmallow import ValidationError

from ...pbx.display_format import DisplayFormat
from ...settings import Settings
from ..errors import YeastarError
from ..fields import VendorSchema
from ..profiles import schema_for
from ..understanding import takes_of
from .searches import SEARCHED, Query, Searched

if TYPE_CHECKING:
    from ...store.worlds import World

Given = Mapping[str, str]


class Found(NamedTuple):
    """``total`` rows match, of which ``rows`` are on the page that is asked for."""

    total: int
    rows: int


@dataclass(frozen=True)
class Asked:
    """``given`` are the parameters of a search of ``route``, read as a PBX with these settings does; no token is among
    them. The calls are those of now."""

    world: World
    route: str
    settings: Settings
    given: Given

    @cached_property
    def schema(self) -> VendorSchema:
        takes = takes_of(self.route)
        assert takes is not None
        return schema_for(takes, self.route, self.settings)

    @property
    def kind(self) -> Searched:
        return SEARCHED[self.route]

    @property
    def connection(self) -> sqlite3.Connection:
        return self.world.database.connection()

    @property
    def display(self) -> DisplayFormat:
        return DisplayFormat.of(self.settings)

    def takes(self, *names: str) -> bool:
        """Whether the interface knows all these parameters."""
        return all(name in self.schema.fields for name in names)

    def text(self, name: str) -> str:
        """A parameter as it was sent; "" where it was not, or is none of the interface's."""
        return self.given.get(name, "") if name in self.schema.fields else ""

    def conditions(self) -> list[str]:
        """The parameters that narrow the search; an empty one only where that counts."""
        given, blank = self.given, self.schema.reads_blank
        return [name for name in self.kind.conditions if self.text(name) or (name in given and name in blank)]

    def changed(self, **values: str | None) -> dict[str, str]:
        """The parameters with these instead; None leaves one out."""
        changed = {**self.given, **values}
        return {name: value for name, value in changed.items() if value is not None}

    def query(self, given: Given | None = None) -> Query:
        """The search, read. Raises YeastarError: 40002, -2."""
        understood = self.schema.read(self.given if given is None else given)[0]
        query = getattr(understood, "query", understood)
        if self.route.endswith("/download"):  # the file has all that match
            return replace(query, limit=None, offset=0)
        return query

    def everything(self) -> Query:
        """The search without conditions or pages."""
        return replace(self.query({}), limit=None, offset=0)

    def instant(self, name: str) -> int | None:
        """A bound as the PBX reads it; None where it cannot."""
        try:
            value = self.schema.fields[name].deserialize(self.given[name], name, self.given)
        except (ValidationError, YeastarError):
            return None
        return value if isinstance(value, int) else None

    def written(self, instant: int) -> str:
        """An instant as a bound is written."""
        return str(instant) if self.kind.unix else self.display.write(instant)

    def found(self, given: Given | None = None) -> Found | None:
        """What the parameters find; None where they are refused."""
        try:
            query = self.query(given)
        except YeastarError:
            return None
        total = self.count(query)
        return Found(total, on_page(query, total))

    def count(self, query: Query) -> int:
        """How many rows match, whatever the page."""
        return self.kind.count(self.connection, query)

    def first_instant(self, query: Query, descending: bool) -> int | None:
        """When the first row that matches began, or the last one."""
        return self.kind.first(self.connection, query, descending)


def on_page(query: Query, total: int) -> int:
    """How many of so many matching rows are on the page that is asked for."""
    left = max(0, total - int(query.offset))
    return left if query.limit is None else min(left, int(query.limit))
