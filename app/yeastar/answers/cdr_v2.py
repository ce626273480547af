"""CDR v2.0: one row a call. List, search, detail, download, options.

On a real PBX, xx.23.0.123 and later answer it, and only for calls made on xx.21.0.117 or later (setting upgraded_at).
Firmware 37.7+ answers it for all calls.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import orjson
from flask import Response

from ...pbx.display_format import DisplayFormat, Misread
from ...store import menus
from ...store.call_query import CallQuery
from ...store.whole_calls import Calls, call_with_uid, find_calls
from ...store.worlds import store_settings
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..profiles import upgrade
from ..rows_v2 import Renderer, cell
from ..schemas.cdr_v2 import CallOut

LINK = "calls"

# What the file behind a link is like, in the words of getdownloadoption. Nothing changes it.
_DOWNLOAD_OPTIONS = {"range": "list", "format": "csv", "duration_format": "seconds", "export_column": "all"}


def find(call: Call, query: CallQuery) -> Response:
    """The page of calls, in one piece when it is small, streamed when it is not."""
    page = find_calls(call.world.database.connection(), query)
    head = b'{"errcode":0,"errmsg":"SUCCESS","total_number":%d,"data":[' % page.total
    pieces = _stream(head, _rows(call, page))
    return Response(b"".join(pieces) if page.complete else pieces, content_type="application/json")


def _renderer(call: Call) -> Renderer:
    return Renderer(call.display.write, call.settings.empty_name, upgrade(call.settings) is not None)


def _rows(call: Call, page: Calls) -> Iterator[list[Fields]]:
    """The page's rows, batch by batch; the journal is told how many they were."""
    entry, renderer = call.entry, _renderer(call)
    entry.rows, entry.total = 0, page.total

    def rendered() -> Iterator[list[Fields]]:
        for batch in page.batches:
            entry.rows = (entry.rows or 0) + len(batch)
            yield list(map(renderer.row, batch))

    return rendered()


def _stream(head: bytes, batches: Iterator[list[Fields]]) -> Iterator[bytes]:
    for rows in batches:
        yield head + orjson.dumps(rows)[1:-1]
        head = b","
    yield b"]}" if head == b"," else head + b"]}"


def detail(call: Call, given: Fields) -> Fields:
    """All there is of the call with that uid, on whichever leg."""
    connection = call.world.database.connection()
    uid = given["uid"]
    found = call_with_uid(connection, uid, seconds_in(uid, call.display))
    if found is None:
        raise YeastarError(60001, f"there is no call with the uid {uid!r}")
    if found.legs[0].started_at < (upgrade(call.settings) or 0):
        raise YeastarError(60001, "v2.0 knows no calls of before the firmware came: the setting upgraded_at says when")
    codes = {option.id: option.text for option in menus.options(connection, "disposition_code", None)}
    return {"data": _renderer(call).detail(found, codes)}


def seconds_in(uid: str, display: DisplayFormat) -> set[int]:
    """The instants that a uid begins with, as YYYYMMDDHHmmss on the PBX's clock: two when it is set back."""
    text = f"{uid[:4]}/{uid[4:6]}/{uid[6:8]} {uid[8:10]}:{uid[10:12]}:{uid[12:14]}"
    plain = replace(display, date_format="YYYY/MM/DD", time_format="24")
    try:
        return {plain.read(text, "start", accept_iso=False), plain.read(text, "end", accept_iso=False)}
    except Misread:
        return set()


def download(call: Call, query: CallQuery) -> Fields:
    """A link to the matching calls as CSV: those there are now, however late the link is fetched."""
    (last,) = call.world.database.connection().execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
    asked = replace(query, up_to_id=last, limit=None, offset=0)
    return links.offer(call, LINK, asked.to_json(), "CDR", ".csv")


def file(call: Call, link: links.Link) -> Response:
    """The file behind such a link: CSV with the row's field names, streamed."""
    links.use_up(call, link)
    page = find_calls(call.world.database.connection(), CallQuery.from_json(link.what))
    disposition = f'attachment; filename="{link.name}"'
    lines = _csv(_rows(call, page))
    return Response(lines, content_type=links.CSV, headers={"Content-Disposition": disposition})


def _csv(batches: Iterator[list[Fields]]) -> Iterator[str]:
    header = [dict.fromkeys(CallOut().fields)]
    for place, rows in enumerate(chain([header], batches)):
        text = io.StringIO()
        csv.writer(text).writerows([map(cell, row.values()) if place else row for row in rows])
        yield text.getvalue()


def getoption(call: Call, given: Fields) -> Fields:
    """Whether numbers and names match in part."""
    return {"data": {"enb_new_cdr_fuzzy_search": call.settings.enb_new_cdr_fuzzy_search}}


def updateoption(call: Call, given: Fields) -> Fields:
    """Change that."""
    with call.world.write() as connection:
        store_settings(connection, given)
    return {}


def getdownloadoption(call: Call, given: Fields) -> Fields:
    """What the file behind a link is like."""
    return {"data": dict(_DOWNLOAD_OPTIONS)}
