"""CDR: list, search, download, options."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from flask import Response

from ...store.query import CdrQuery
from ...store.search import find_cdrs
from ...store.worlds import store_settings
from .. import links
from ..calls import Call, Fields
from ..listing import counted, listed
from ..profiles import present
from ..schemas.cdr import Search
from ..schemas.cdr_rows import csv_of, json_of


def find(call: Call, search: Search) -> Response:
    """The page of rows."""
    return listed(call, search.query, json_of(call.settings))


def getoption(call: Call, given: Fields) -> Fields:
    """Whether numbers match in part when a search does not say."""
    settings = call.settings
    options = {
        "enb_fuzzy_search": settings.enb_fuzzy_search,
        "enb_new_cdr_fuzzy_search": settings.enb_new_cdr_fuzzy_search,
    }
    return {"data": present(settings.firmware, "cdr/getoption", options)}


def updateoption(call: Call, given: Fields) -> Fields:
    """Change the options given."""
    with call.world.write() as connection:
        store_settings(connection, given)
    return {}


def download(call: Call, search: Search) -> Fields:
    """A link to the matching rows as CSV. The rows are those there are now, however late the link is fetched."""
    (last,) = call.world.database.connection().execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
    query = replace(search.query, up_to_id=last, limit=None, offset=0)
    return links.offer(call, "cdr", query.to_json(), "CDR", ".csv")


def file(call: Call, link: links.Link) -> Response:
    """The file behind such a link: CSV with the row's field names, streamed."""
    links.use_up(call, link)
    query = CdrQuery.from_json(link.what)
    columns = csv_of(call.settings)
    page = find_cdrs(call.world.database.connection(), query, ", ".join(columns.values()))
    disposition = f'attachment; filename="{link.name}"'
    return Response(
        _csv([*columns], counted(call, page)), content_type=links.CSV, headers={"Content-Disposition": disposition}
    )


def _csv(header: list[str], batches: Iterator[list[tuple[Any, ...]]]) -> Iterator[str]:
    for batch in chain([[tuple(header)]], batches):
        text = io.StringIO()
        csv.writer(text).writerows(batch)
        yield text.getvalue()
