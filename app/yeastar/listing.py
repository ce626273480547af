"""Lists of calls and of what belongs to them: the page that answers a query, rendered by SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from flask import Response

from ..store.search import Page, find_cdrs
from .responses import Json

if TYPE_CHECKING:
    from ..store.query import CdrQuery
    from .calls import Call


def listed(call: Call, query: CdrQuery, row: str) -> Response:
    """The page of rows, in one piece when it is small, streamed when it is not. ``row`` is their SQL (rows.py)."""
    page = find_cdrs(call.world.database.connection(), query, row)
    head = b'{"errcode":0,"errmsg":"SUCCESS","total_number":%d,"data":[' % page.total
    batches = counted(call, page)
    if page.complete:
        rows = b",".join(chain.from_iterable(next(batches, [])))
        return Json(b"%b%b]}" % (head, rows))
    return Response(_stream(head, batches), content_type="application/json")


def counted(call: Call, page: Page) -> Iterator[list[tuple[Any, ...]]]:
    """The page's batches; the journal is told how many rows they were."""
    entry = call.entry
    entry.rows, entry.total = 0, page.total

    def counting() -> Iterator[list[tuple[Any, ...]]]:
        for batch in page.batches:
            entry.rows = (entry.rows or 0) + len(batch)
            yield batch

    return counting()


def _stream(head: bytes, batches: Iterator[list[tuple[Any, ...]]]) -> Iterator[bytes]:
    for batch in batches:
        yield head + b",".join(chain.from_iterable(batch))
        head = b","
    yield b"]}"
