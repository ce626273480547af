"""CDRs: lists of legs and of interactions, one document, the legs of a call, the summary."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from flask import Response

from ...store.calls import Narrowing, any_call_between, call_with_id, call_with_row, calls_by_start
from ..accept import JSON_TYPES
from ..calls import Call, Fields
from ..csv_files import flattened, quoted_file, raw_stream
from ..envelope import response, row_bytes, stream, success
from ..errors import CrossbarError
from ..legs import Leg, find_leg, interaction_key, legs_of, row_id_of
from ..listed import Placed, by_end, by_start, of_call, prefix_of
from ..listing import Listing, read_listing, read_utc_offset
from ..moments import month_of
from ..paging import END, Key, encode
from ..profiles import Profile
from ..schemas.cdr import Column, choose_fields, columns, document, row
from ..summary import summary_of
from ..times import to_unix

log = logging.getLogger("pbx")

Columns = tuple[Column, ...]


def list_legs(call: Call, given: Fields) -> Response:
    """The legs of the account or of one of its users, by when they ended."""
    offset = read_utc_offset(call)
    if offset is None:
        raise CrossbarError("utc_offset")
    listing = read_listing(call)
    owner = call.path.get("user_id", "")
    return _answer(call, listing, by_end(call, listing, owner), offset, "cdrs", prefix_of(owner))


def list_interactions(call: Call, given: Fields) -> Response:
    """One leg for each call, by when the call began: the first, or the first that the user owns."""
    listing = read_listing(call, call.profile.filters_created)
    owner = call.path.get("user_id", "")
    placed = by_start(call, listing, owner)
    offset = read_utc_offset(call)
    if offset is None:
        placed = _failing_on_any(placed)
    return _answer(call, listing, placed, offset or 0, "interaction", prefix_of(owner))


def _failing_on_any(placed: Iterator[Placed]) -> Iterator[Placed]:
    """The vendor finds out that an offset is no number only when there is a row to use it for."""
    for _ in placed:
        raise CrossbarError("datastore", note="utc_offset is not a number")
    yield from ()


def _answer(call: Call, listing: Listing, placed: Iterator[Placed], offset: float, kind: str, prefix: Key) -> Response:
    """The page in the form that was asked for."""
    paging: Fields = {}
    if listing.page_size is not None:
        paging = {
            "start_key": encode(listing.first_key(prefix)),
            "page_size": 0,
            "next_start_key": "",
        }
    page = _page(call, placed, listing, paging)
    shown = columns(call.profile, "user_interaction" if kind == "interaction" and prefix else kind)
    if call.accept in JSON_TYPES:
        return _json(call, listing, (_row(call.profile, leg, shown, offset, listing) for leg in page), paging)
    if listing.fields:
        return flattened(call, [_row(call.profile, leg, shown, offset, listing) for leg in page])
    shown = tuple(column for column in shown if not column.json_only)
    names = [column.name for column in shown]
    lines = (list(row(leg, shown, offset).values()) for leg in page)
    return quoted_file(call, names, lines) if kind == "cdrs" else raw_stream(call, names, lines, listing.chunk)


def _page(call: Call, placed: Iterator[Placed], listing: Listing, paging: Fields) -> Iterator[Leg]:
    """The legs of one page; ``paging`` learns how many there were and where the next page begins."""
    size = listing.page_size
    call.entry.rows = 0
    for count, (key, leg) in enumerate(placed):
        if count == size:
            paging["next_start_key"] = encode(key)
            return
        if paging:
            paging["page_size"] = count + 1
        call.entry.rows = count + 1
        yield leg


def _row(profile: Profile, leg: Leg, shown: Columns, offset: float, listing: Listing) -> Fields:
    """A row of a list, the document instead, or those parts of both that the client chose."""
    if listing.full_docs and not listing.fields:
        return document(leg, profile)
    if not listing.fields:
        return row(leg, shown, offset)
    return choose_fields(document(leg, profile) | row(leg, shown, offset), listing.fields)


def _json(call: Call, listing: Listing, rows: Iterator[Fields], paging: Fields) -> Response:
    """The rows as a stream, in an envelope when there are none or no stream is wanted."""
    if not listing.chunked:
        data = _all(call, listing, rows)
        return response(call, 200, success(call, data, _given(paging)), call.accept)
    first = list(islice(rows, listing.chunk))
    if not first:
        return response(call, 200, success(call, [], {}), call.accept)
    return stream(call, _chunks(call, first, rows, listing.chunk), paging, call.accept)


def _all(call: Call, listing: Listing, rows: Iterator[Fields]) -> list[Fields]:
    """The rows at once; without pages no more than the operator allows."""
    most = call.settings.kazoo_unstreamed_rows if listing.page_size is None else 0
    data = list(islice(rows, most + 1) if most else rows)
    if most and len(data) > most:
        raise CrossbarError("range", note=f"more than {most} rows, neither in pages nor streamed")
    return data


def _given(paging: Fields) -> Fields:
    return {key: value for key, value in paging.items() if value != ""}


def _chunks(call: Call, first: list[Fields], rows: Iterator[Fields], size: int) -> Iterator[list[bytes]]:
    """Rows as JSON, some at a time. A fault ends the list, as it does in the vendor's: the status is sent already."""
    chunk = first
    try:
        while chunk:
            yield [row_bytes(call, fields) for fields in chunk]
            chunk = list(islice(rows, size))
    except Exception:
        log.exception("cdrs: a fault of the emulator ended the list early")


# A CDR's id begins with the month of its database.
_MONTH = re.compile(r"[0-9]{6}-.*", re.DOTALL)
_INTERACTION = re.compile(r"([0-9]{11})-(.*)", re.DOTALL)


def show(call: Call, given: Fields) -> Response:
    """One document by its id."""
    cdr_id = call.path["cdr_id"]
    if not _MONTH.fullmatch(cdr_id):
        raise CrossbarError("cdr")
    leg = find_document(call, cdr_id)
    if leg is None:
        raise CrossbarError("identifier", cause=cdr_id)
    found = document(leg, call.profile)
    if call.accept not in JSON_TYPES:
        return flattened(call, [found])
    revision = "1-" + hashlib.md5(leg.id.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return response(call, 200, success(call, found, {"revision": revision}), call.accept)


def find_document(call: Call, cdr_id: str) -> Leg | None:
    """The leg whose document has this id: a caller's leg by the call's id, another by the row its own id holds."""
    connection, call_id = call.world.database.connection(), cdr_id[7:]
    found = [call_with_id(connection, call_id)]
    row_id = row_id_of(call_id)
    if row_id is not None:
        found.append(call_with_row(connection, row_id))
    legs = (find_leg(phone_call, call.account, cdr_id) for phone_call in found if phone_call)
    return next(filter(None, legs), None)


def list_call(call: Call, given: Fields) -> Response:
    """All legs of one call as whole documents, the earliest first, by the id of the call or of one of its legs."""
    wanted = read_interaction(call, call.path["interaction_id"])
    listing = read_listing(call)
    paging: Fields = {}
    if listing.page_size is not None:
        paging = {"start_key": encode((wanted, END)), "page_size": 0, "next_start_key": ""}
    placed = legs_by_start(call, listing, wanted)
    found = [document(leg, call.profile) for leg in _page(call, placed, listing, paging)]
    if call.accept not in JSON_TYPES:
        return flattened(call, found)
    return response(call, 200, success(call, found, _given(paging)), call.accept)


def read_interaction(call: Call, wanted: str) -> str:
    """The id of the interaction that this is, or that the document of this id belongs to. Raises CrossbarError."""
    if _MONTH.fullmatch(wanted):
        leg = find_document(call, wanted)
        if leg is None:
            raise CrossbarError("legs")
        wanted = leg.interaction_id
    if not _INTERACTION.fullmatch(wanted):
        raise CrossbarError("api_key", data=[wanted])
    return wanted


def legs_by_start(call: Call, listing: Listing, interaction_id: str) -> Iterator[Placed]:
    """The legs of the call, the earliest first. Raises CrossbarError."""
    begun = listing.first if listing.first and listing.first[1:] != (END,) else None
    # The vendor turns a page round once more, so that its usual order begins with the earliest leg.
    asked = replace(listing, descending=not listing.descending, first=begun)
    begun_at, _, key = interaction_id.partition("-")
    legs = [] if listing.impossible else _legs_of_interaction(call, int(begun_at), key)
    return of_call(call, asked, interaction_id, legs)


def _legs_of_interaction(call: Call, begun_at: int, key: str) -> list[Leg]:
    """The legs of the call that began then; none where the month has other calls. Raises CrossbarError where it has
    none at all."""
    connection, instant = call.world.database.connection(), to_unix(begun_at)
    for _, begun in calls_by_start(connection, instant, instant, True, Narrowing()):
        for phone_call in begun:
            if interaction_key(phone_call.call_id) == key:
                return legs_of(phone_call, call.account)
    if not any_call_between(connection, *month_of(instant)):
        raise CrossbarError("no_view")
    return []


def summary(call: Call, given: Fields) -> Response:
    """Seconds billed by direction, domain and kind of number, over the legs that ended in the range."""
    listing = read_listing(call)
    start, end = to_unix(listing.start), to_unix(listing.end)
    totals = summary_of(call.world.database.connection(), call.account, start, end)
    if call.accept not in JSON_TYPES:
        return flattened(call, [totals])
    return response(call, 200, success(call, totals, {}), call.accept)


def no_cdrs(call: Call, given: Fields) -> Response:
    """A resource other than an account or a user has no CDRs."""
    raise CrossbarError("faulty")
