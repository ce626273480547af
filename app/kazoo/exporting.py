"""Calls as this API gives them, without a request: pages of CDRs, and their CSV. Legs stand together, call by call."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson

from ..store.calls import Narrowing, calls_by_start
from .accounts import account_of
from .csv_files import quoted_header, quoted_line
from .legs import legs_of
from .profiles import PROFILES
from .schemas.cdr import columns, row

if TYPE_CHECKING:
    from ..store.worlds import World

_PAGE_SIZE = 10_000


def pages(world: World, start: int, end: int) -> Generator[bytes, None, None]:
    """Pages of the legs of calls that began from ``start`` to ``end``, both included; one a line."""
    settings = world.settings
    rows = _rows(world, start, end)
    shared = {"status": "success", "version": PROFILES[settings.kazoo_version].version}
    first = True
    while (page := list(islice(rows, _PAGE_SIZE))) or first:
        mark = hashlib.md5(orjson.dumps(page[:1]), usedforsecurity=False).hexdigest()
        yield orjson.dumps({"data": page, "page_size": len(page), "request_id": mark, **shared}) + b"\n"
        first = False


def csv_lines(world: World, start: int, end: int) -> Generator[bytes, None, None]:
    """The header and the lines."""
    shown = [column.name for column in columns(PROFILES[world.settings.kazoo_version], "cdrs") if not column.json_only]
    yield quoted_header(shown)
    for leg in _rows(world, start, end):
        yield quoted_line(leg[name] for name in shown)


def _rows(world: World, start: int, end: int) -> Iterator[dict[str, Any]]:
    account, shown = account_of(world), columns(PROFILES[world.settings.kazoo_version], "cdrs")
    found = calls_by_start(world.database.connection(), start, end, False, Narrowing())
    for call in chain.from_iterable(calls for _, calls in found):
        for leg in legs_of(call, account):
            yield row(leg, shown, 0)
