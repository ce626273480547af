"""CDR: list, search, download, options."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from flask import Response

from ...store import downloads
from ...store.search import Page, find_cdrs
from ...store.tokens import random_token
from ...store.worlds import store_settings
from ..calls import Call, Fields
from ..errors import YeastarError
from ..rows import columns, csv_row, json_row
from ..schemas.cdr import CdrOut, Search

DOWNLOAD_PATH = "/api/download/"


def find(call: Call, search: Search) -> Response:
    """The page of rows, in one piece when it is small, streamed when it is not."""
    row = json_row(CdrOut, call.settings)
    page = find_cdrs(call.world.database.connection(), search.query, row)
    head = b'{"errcode":0,"errmsg":"SUCCESS","total_number":%d,"data":[' % page.total
    batches = _counted(call, page)
    if page.complete:
        rows = b",".join(chain.from_iterable(next(batches, [])))
        return Response(b"%b%b]}" % (head, rows), content_type="application/json")
    return Response(_stream(head, batches), content_type="application/json")


def _counted(call: Call, page: Page) -> Iterator[list[tuple[Any, ...]]]:
    """The page's batches; the journal is told how many rows they were."""
    entry = call.entry
    entry.rows, entry.total = 0, page.total

    def counted() -> Iterator[list[tuple[Any, ...]]]:
        for batch in page.batches:
            entry.rows = (entry.rows or 0) + len(batch)
            yield batch

    return counted()


def _stream(head: bytes, batches: Iterator[list[tuple[Any, ...]]]) -> Iterator[bytes]:
    for batch in batches:
        yield head + b",".join(chain.from_iterable(batch))
        head = b","
    yield b"]}"


def getoption(call: Call, given: Fields) -> Fields:
    """Whether numbers match in part when a search does not say."""
    settings = call.settings
    return {
        "data": {
            "enb_fuzzy_search": settings.enb_fuzzy_search,
            "enb_new_cdr_fuzzy_search": settings.enb_new_cdr_fuzzy_search,
        }
    }


def updateoption(call: Call, given: Fields) -> Fields:
    """Change the options given."""
    with call.world.write() as connection:
        store_settings(connection, given)
    return {}


def download(call: Call, search: Search) -> Fields:
    """A link to the matching rows as CSV. The rows are those there are now, however late the link is fetched."""
    name = f"CDR-download-{call.display.compact(call.now)}-{random_token(16)}.csv"
    expires = call.now + call.settings.download_link_seconds
    with call.world.write() as connection:
        (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
        query = replace(search.query, up_to_id=last, limit=None, offset=0)
        downloads.offer(connection, name, call.client_id, query, expires, call.now)
    return {"file": name, "download_resource_url": DOWNLOAD_PATH + name}


def fetch(call: Call, name: str) -> Response:
    """The file behind a link: CSV with the row's field names, streamed."""
    with call.world.write() as connection:
        query = downloads.take(connection, name, call.client_id, call.now, call.settings.one_time_links)
    if query is None:
        raise YeastarError(60001, "the link is unknown, used, expired or another client's")
    page = find_cdrs(call.world.database.connection(), query, csv_row(CdrOut, call.settings))
    disposition = f'attachment; filename="{name}"'
    return Response(_csv(_counted(call, page)), content_type="text/csv", headers={"Content-Disposition": disposition})


def _csv(batches: Iterator[list[tuple[Any, ...]]]) -> Iterator[str]:
    for batch in chain([[tuple(columns(CdrOut))]], batches):
        text = io.StringIO()
        csv.writer(text).writerows(batch)
        yield text.getvalue()
