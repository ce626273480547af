"""SEARCHED: the lists that can be asked again: their parameters, and how the store counts what matches.

Lists of rows and of recordings ask by CdrQuery, those of whole calls (v2.0) by CallQuery.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...pbx.display_format import Edge
from ...store.query import CdrQuery
from ...store.search import find_cdrs
from ...store.whole_calls import count_calls, first_call_at

Query = Any  # a CdrQuery or a CallQuery

_EXACT = ("exact_before", "exact_since")


@dataclass(frozen=True)
class Searched:
    """``stored`` is what a list is of. ``conditions`` are the parameters that narrow it, in the order in which a person
    thinks of them, with the query's fields that each sets; the first two are its bounds, which ``unix`` wants in Unix
    seconds. ``parties`` are the parameters for caller and callee. ``first`` gives the instant at which the first row
    that matches began, or the last one."""

    stored: str
    conditions: Mapping[str, tuple[str, ...]]
    parties: tuple[str, str]
    count: Callable[[sqlite3.Connection, Query], int]
    first: Callable[[sqlite3.Connection, Query, bool], int | None]
    unix: bool = False

    @property
    def edges(self) -> Mapping[str, Edge]:
        """The bounds' names, and which each is."""
        start, end, *_ = self.conditions
        return {start: "start", end: "end"}


def _count_rows(connection: sqlite3.Connection, query: CdrQuery) -> int:
    return find_cdrs(connection, replace(query, limit=0, offset=0, sort_by="time"), "c.id").total


def _first_row_at(connection: sqlite3.Connection, query: CdrQuery, descending: bool) -> int | None:
    alone = replace(query, limit=1, offset=0, sort_by="time", descending=descending)
    rows = [row for batch in find_cdrs(connection, alone, "c.started_at").batches for row in batch]
    return int(rows[0][0]) if rows else None


_ROWS = Searched(
    "calls",
    {
        "start_time": ("start",),
        "end_time": ("end",),
        "call_from": ("call_from", *_EXACT),
        "call_to": ("call_to", *_EXACT),
        "extension_group": ("extension_group",),
        "status": ("disposition",),
        "did": ("dids",),
        "call_note_remark": ("call_note_remark",),
        "disposition_code_list": ("disposition_codes",),
        "pin_code": ("pin_code",),
        "from": ("generation", "made_since", "made_before"),
    },
    ("call_from", "call_to"),
    _count_rows,
    _first_row_at,
)

_RECORDINGS = Searched(
    "recordings",
    {
        "start_time": ("start",),
        "end_time": ("end",),
        "caller": ("call_from",),
        "callee": ("call_to",),
        "ids": ("ids",),
    },
    ("caller", "callee"),
    _count_rows,
    _first_row_at,
    unix=True,
)

_WHOLE_CALLS = Searched(
    "calls",
    {
        "time_begin": ("start",),
        "time_end": ("end",),
        "call_from": ("call_from",),
        "call_to": ("call_to",),
        "ext_group": ("groups",),
        "queue_list": ("queues",),
        "last_status": ("last_status",),
        "did": ("dids",),
        "call_note_remark": ("call_note_remark",),
        "disposition_code_list": ("disposition_codes",),
        "account_code": ("pin_code",),
        "routing_duration": ("routing",),
        "segments": ("segments",),
        "disconnected_by": ("disconnected_by",),
    },
    ("call_from", "call_to"),
    count_calls,
    first_call_at,
)

SEARCHED: Mapping[str, Searched] = {
    **dict.fromkeys(("cdr/list", "cdr/search", "cdr/download"), _ROWS),
    **dict.fromkeys(("recording/list", "recording/search"), _RECORDINGS),
    **dict.fromkeys(("v2.0/cdr/list", "v2.0/cdr/search", "v2.0/cdr/download"), _WHOLE_CALLS),
}
