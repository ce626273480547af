"""Call reports: what the calls come to, as lists and as CSV. Reports of one's own and scheduled ones: there are none.

v1.0 and v2.0 report the same calls; on a real PBX, v1.0 has those of firmware xx.21.0.66 and earlier, v2.0 those since.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from flask import Response

from ...store.calls import one_moment
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..schemas.report import Asked
from .report_rows import DETAILED, LISTINGS

LINK = "report"


def find(call: Call, asked: Asked) -> Fields:
    """The rows of the report, in the array of its type."""
    listing = LISTINGS[asked.report.type]
    rows = _rows(call, asked, listing.rows)
    answer: Fields = {"total_number": len(rows), listing.key: rows}
    if asked.report.type == "queueperformance":
        answer["is_12hour"] = int(call.settings.time_format == "12")
    return answer


def detail(call: Call, asked: Asked) -> Fields:
    """The calls that a report counts."""
    listing = DETAILED[asked.report.type]
    rows = _rows(call, asked, listing.rows)
    return {"total_number": len(rows), listing.key: rows}


def _rows(call: Call, asked: Asked, made: Callable[[Call, Asked], list[Fields]]) -> list[Fields]:
    """The rows, as one commit left the calls; the journal is told of them, and why there are none."""
    call.entry.notes += asked.notes
    with one_moment(call.world.database.connection()):
        rows = [] if asked.span is None else made(call, asked)
    call.entry.rows = call.entry.total = len(rows)
    return rows


def download(call: Call, asked: Asked) -> Fields:
    """A link to the report as CSV, made of the calls there are when it is fetched. Raises YeastarError 2 where it is
    to be made meanwhile: only an event would tell of the link then."""
    if asked.given.get("is_async"):
        raise YeastarError(2, "the event 30027, which names the file when it is ready, is not emulated")
    return links.offer(call, LINK, asked.to_json(), "Report", ".csv")


def file(call: Call, link: links.Link) -> Response:
    """The file behind such a link: CSV with the row's field names; rows below a row are lines of their own."""
    links.use_up(call, link)
    text = io.StringIO()
    asked = Asked.from_json(link.what)
    lines = [line for row in _rows(call, asked, LISTINGS[asked.report.type].rows) for line in _lines(row)]
    writer = csv.DictWriter(text, list(dict.fromkeys(name for line in lines for name in line)), restval="")
    writer.writeheader()
    writer.writerows(lines)
    headers = {"Content-Disposition": f'attachment; filename="{link.name}"'}
    return Response(text.getvalue(), content_type="text/csv", headers=headers)


def _lines(row: Fields) -> Iterator[Fields]:
    """The row as a line; one that lists others is a line for each of those, with its own fields before theirs."""
    below = next((value for value in row.values() if isinstance(value, list)), None)
    own: Fields = {}
    for name, value in row.items():
        own |= value if isinstance(value, dict) else {} if isinstance(value, list) else {name: value}
    # A ring group and its members have fields of the same names.
    renamed = {name: f"group_{name}" if below and name in below[0] else name for name in own}
    shown = {renamed[name]: value for name, value in own.items()}
    yield from [shown] if not below else [shown | other for other in below]


def myreports(call: Call, given: Fields) -> Fields:
    """The reports that somebody has put together in the web portal."""
    call.entry.rows = call.entry.total = 0
    return {"data": []}


def scheduled(call: Call, given: Fields) -> Fields:
    """The reports that are sent out by a schedule."""
    call.entry.rows = call.entry.total = 0
    return {"total_number": 0, "data": []}


def scheduled_file(call: Call, given: Fields) -> Fields:
    """A link to one of those."""
    raise YeastarError(60001, f"there is no scheduled report with the id {given['id']}")
