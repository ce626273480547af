"""The journal: what was asked and answered, and why."""

from __future__ import annotations

import re
from typing import Any, cast

from ...explain import explain, readings
from ...faults.dialects import ANY
from ...faults.reading import check_route
from ...journal import Entry, Filters
from ...waiting import room_for_others
from ..calls import Call
from ..problems import Problem
from .clock import read_at

# What an answer has for a request's id; shorter digits are the number in the journal.
_REQUEST_ID = re.compile("[0-9a-f]{16}")
_NUMBER = re.compile("[0-9]{1,15}")

_INSTANTS = ("since", "until")


def list_requests(call: Call) -> dict[str, Any]:
    query = call.query
    head = call.journal.head
    newest_first = query["order"] == "newest"
    entries = call.journal.read(query["after"], query["limit"], newest_first, **_filters(call))
    return {"requests": [_shown(entry) for entry in entries], "head": head}


def count(call: Call) -> dict[str, Any]:
    return {"count": call.journal.count(call.query["after"], **_filters(call))}


def wait(call: Call) -> dict[str, Any]:
    wanted = call.query["count"]
    with room_for_others():
        found = call.journal.wait(wanted, call.query["timeout"], call.query["after"], **_filters(call))
    return {"count": found, "reached": found >= wanted}


def show(call: Call) -> dict[str, Any]:
    return _shown(_entry(call))


def why(call: Call) -> dict[str, Any]:
    return explain(call.worlds, _entry(call)).as_json()


def clear(call: Call) -> None:
    call.journal.clear(call.query.get("world"))


def _filters(call: Call) -> Filters:
    """The query's filters, instants read as the world shows them that is asked for."""
    filters = {name: call.query[name] for name in Filters.__annotations__ if name in call.query}
    check_route(filters.get("route", ANY))
    if filters.get("route") == ANY:
        del filters["route"]
    world = call.worlds.find(filters.get("world", "")) or call.worlds.default
    read = {name: read_at(world.settings, filters[name]) for name in _INSTANTS if name in filters}
    return cast(Filters, filters | read)


def _entry(call: Call) -> Entry:
    """The entry that the path names: its number, its request's id, or the last one that passes the filters."""
    name = call.path["id"]
    found = call.journal.last(**_filters(call)) if name == "last" else None
    if _REQUEST_ID.fullmatch(name):
        found = call.journal.get(name)
    elif _NUMBER.fullmatch(name):
        found = call.journal.get(int(name))
    if found is None:
        raise Problem(404, f"The journal has no request {name}, or has it no longer.")
    return found


def _shown(entry: Entry) -> dict[str, Any]:
    return {**vars(entry), "understood": readings(entry)}
