"""Calls as this API gives them, without a request: pages of cdr/list, and the file of cdr/download."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Generator
from itertools import chain, islice
from typing import TYPE_CHECKING

from ..store.search import find_cdrs
from .paging import PAGE_SIZE
from .profiles import effective
from .schemas.cdr_rows import csv_of, json_of

if TYPE_CHECKING:
    from ..settings import Settings
    from ..store.query import CdrQuery


def pages(connection: sqlite3.Connection, settings: Settings, query: CdrQuery) -> Generator[bytes, None, None]:
    """Answers of cdr/list, as large as they can be, one a line."""
    found = find_cdrs(connection, query, json_of(effective(settings)))
    rows = chain.from_iterable(chain.from_iterable(found.batches))
    head = b'{"errcode":0,"errmsg":"SUCCESS","total_number":%d,"data":[' % found.total
    for _ in range(0, max(found.total, 1), PAGE_SIZE):
        yield head + b",".join(islice(rows, PAGE_SIZE)) + b"]}\n"


def csv_lines(connection: sqlite3.Connection, settings: Settings, query: CdrQuery) -> Generator[bytes, None, None]:
    """The header and the lines."""
    columns = csv_of(effective(settings))
    found = find_cdrs(connection, query, ", ".join(columns.values()))
    for batch in chain([[tuple(columns)]], found.batches):
        text = io.StringIO()
        csv.writer(text).writerows(batch)
        yield text.getvalue().encode()
