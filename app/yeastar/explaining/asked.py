"""Asked: a search that can be asked again, as it was and with other parameters."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ...pbx.display_format import DisplayFormat
from ...settings import Settings
from ...store.query import CdrQuery
from ...store.search import find_cdrs
from ..errors import YeastarError
from ..fields import VendorSchema
from ..schemas.cdr import Search
from ..understanding import SEARCHES

if TYPE_CHECKING:
    from ...store.worlds import World

Given = Mapping[str, str]

# Parameters that narrow a search, in the order in which a person thinks of them.
CONDITIONS = (
    "start_time",
    "end_time",
    "call_from",
    "call_to",
    "extension_group",
    "status",
    "did",
    "call_note_remark",
    "disposition_code_list",
    "pin_code",
    "from",
)


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
        takes = SEARCHES[self.route]
        assert takes is not None
        return takes(self.settings)

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
        return [name for name in CONDITIONS if self.text(name) or (name in given and name in blank)]

    def changed(self, **values: str | None) -> dict[str, str]:
        """The parameters with these instead; None leaves one out."""
        changed = {**self.given, **values}
        return {name: value for name, value in changed.items() if value is not None}

    def query(self, given: Given | None = None) -> CdrQuery:
        """The search, read. Raises YeastarError: 40002, -2."""
        search: Search = self.schema.read(self.given if given is None else given)[0]
        if self.route == "cdr/download":  # the file has all that match
            return replace(search.query, limit=None, offset=0)
        return search.query

    def found(self, given: Given | None = None) -> Found | None:
        """What the parameters find; None where they are refused."""
        try:
            query = self.query(given)
        except YeastarError:
            return None
        total = self.count(query)
        return Found(total, on_page(query, total))

    def count(self, query: CdrQuery) -> int:
        """How many rows match, whatever the page."""
        return find_cdrs(self.connection, replace(query, limit=0, offset=0, sort_by="time"), "c.id").total

    def first_instant(self, query: CdrQuery, descending: bool) -> int | None:
        """When the first row that matches began, or the last one."""
        alone = replace(query, limit=1, offset=0, sort_by="time", descending=descending)
        page = find_cdrs(self.connection, alone, "c.started_at")
        rows = [row for batch in page.batches for row in batch]
        return int(rows[0][0]) if rows else None


def on_page(query: CdrQuery, total: int) -> int:
    """How many of so many matching rows are on the page that is asked for."""
    left = max(0, total - query.offset)
    return left if query.limit is None else min(left, query.limit)
