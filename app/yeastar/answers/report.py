"""Call reports: what the calls come to, as lists and as CSV. Reports of one's own and scheduled ones: there are none.

On firmware 37.7+ v1.0 and v2.0 report the same calls; 37.7 and 37.20 have v1.0 only. Else v1.0 reports the calls of
before the setting ``upgraded_at``, v2.0 those since.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import chain

from flask import Response

from ...store.calls import one_moment
from ...store.reports import Span
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..schemas.report import Asked
from ..schemas.report_rows import blank_row
from .report_rows import DETAILED, LISTINGS

LINK = "report"


def find(call: Call, asked: Asked) -> Fields:
    """The rows of the report, in the array of its type."""
    listing = LISTINGS[asked.report.type]
    rows = _rows(call, asked, listing.rows)
    answer: Fields = {"total_number": len(rows), listing.key: rows}
    if listing.tells_clock:
        answer["is_12hour"] = int(call.settings.time_format == "12")
    return answer


def detail(call: Call, asked: Asked) -> Fields:
    """The calls that a report counts."""
    listing = DETAILED[asked.report.type]
    rows = _rows(call, asked, listing.rows)
    return {"total_number": len(rows), listing.key: rows}


def _rows(call: Call, asked: Asked, made: Callable[[Call, Asked, Span], list[Fields]]) -> list[Fields]:
    """The rows, as one commit left the calls; the journal is told of them, and why there are none."""
    call.entry.notes += asked.notes
    with one_moment(call.world.database.connection()):
        rows = [] if asked.span is None else made(call, asked, asked.span)
    call.entry.rows = call.entry.total = len(rows)
    return rows


def download(call: Call, asked: Asked) -> Fields:
    """A link to the report as CSV, made of the calls there are when it is fetched. Raises YeastarError 2 where it is
    to be made meanwhile: only an event would tell of the link then."""
    if asked.given.get("is_async"):
        raise YeastarError(2, "the event 30027, which names the file when it is ready, is not emulated")
    return links.offer(call, LINK, asked.to_json(), "Report", ".csv")


def file(call: Call, link: links.Link) -> Response:
    """The file behind such a link: CSV with the row's field names, also without rows; rows below a row are lines of
    their own."""
    links.use_up(call, link)
    text = io.StringIO()
    asked = Asked.from_json(link.what)
    listing = LISTINGS[asked.report.type]
    blank = blank_row(listing.key, asked.newer)
    header, lines = _lines(blank, blank), [_lines(row, blank) for row in _rows(call, asked, listing.rows)]
    names = dict.fromkeys(chain.from_iterable(chain(header, *lines)))
    writer = csv.DictWriter(text, [*names], restval="")
    writer.writeheader()
    writer.writerows(chain.from_iterable(lines))
    headers = {"Content-Disposition": f'attachment; filename="{link.name}"'}
    return Response(text.getvalue(), content_type=links.CSV, headers=headers)


def _lines(row: Fields, blank: Fields) -> list[Fields]:
    """The row as a line; one that lists others is a line for each of those, with its own fields before theirs."""
    below = next((value for value in row.values() if isinstance(value, list)), [])
    theirs: Fields = next((value[0] for value in blank.values() if isinstance(value, list)), {})
    own: Fields = {}
    for name, value in row.items():
        own |= value if isinstance(value, dict) else {} if isinstance(value, list) else {name: value}
    # A ring group and its members have fields of the same names.
    shown = {f"group_{name}" if name in theirs else name: value for name, value in own.items()}
    return [shown | other for other in below] or [shown]


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
