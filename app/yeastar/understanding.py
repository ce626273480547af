"""How the parameters of a search in the journal were read: by the same schema, with the settings of that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from ..journal.entries import Entry, Reading
from ..journal.keeping import is_cut
from ..pbx.display_format import DisplayFormat, Edge, Misread
from ..settings import Settings
from .endpoints import ENDPOINTS
from .errors import YeastarError
from .fields import Time, VendorSchema
from .inputs import first_of_each
from .schemas.cdr import PAGE_SIZE

_SEARCHES = {
    row.path: row.takes for row in ENDPOINTS.values() if row.path in ("cdr/list", "cdr/search", "cdr/download")
}

# The settings by which parameters are read; the journal keeps them with every request.
READ_BY = ("timezone", "date_format", "time_format", "accept_iso_times", "enb_fuzzy_search")


@lru_cache(maxsize=256)
def read_by(settings: Settings) -> dict[str, Any]:
    """Those settings, by name."""
    return {name: getattr(settings, name) for name in READ_BY}


class _Asked(NamedTuple):
    """What is known where a parameter is explained."""

    settings: Settings
    fuzzy: bool

    @property
    def display(self) -> DisplayFormat:
        return DisplayFormat.of(self.settings)


def understood(entry: Entry) -> list[Reading]:
    """The parameters of a search as they were read: those sent, in their order, then those that go without saying.

    Empty for other requests.
    """
    takes = _SEARCHES.get(entry.route or "")
    if takes is None:
        return []
    settings = Settings(**entry.settings)
    schema = takes(settings)
    pairs = [(name, value) for name, value in entry.query if name != "access_token"]
    given = first_of_each(pairs)
    values = dict(_values(schema, given))
    fuzzy = values.get("enable_fuzzy_search", settings.enb_fuzzy_search)
    asked = _Asked(settings, fuzzy == 1)
    times = Counter(name for name, _ in pairs)
    readings = [_reading(asked, schema, name, given[name], values) for name in times]
    repeated = [_once(reading, times[reading.parameter]) for reading in readings]
    return repeated + list(_unsaid(entry, asked, given))


def _values(schema: VendorSchema, given: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """What the interface takes of the parameters, read; a refusal instead of what it refuses."""
    for name, value in given.items():
        field = schema.fields.get(name)
        if field is not None and (value != "" or name in schema.reads_blank):
            try:
                yield name, field.deserialize(value, name, given)
            except (ValidationError, YeastarError) as error:
                yield name, error


def _reading(asked: _Asked, schema: VendorSchema, name: str, given: str, values: Mapping[str, Any]) -> Reading:
    if is_cut(given):
        return Reading(name, given, None, "too long to be kept whole, so it cannot be told")
    if name not in schema.fields:
        return Reading(name, given, None, "unknown to this interface, and passed over")
    if name not in values:
        return Reading(name, given, None, "empty, which is as good as not sent")
    value, field = values[name], schema.fields[name]
    if isinstance(value, ValidationError):
        return Reading(name, given, None, f"refused ({value.messages[0]})")
    if isinstance(value, YeastarError):
        return Reading(name, given, None, f"refused: {value.note}")
    if isinstance(value, Misread):
        return Reading(name, given, None, f"no time, so nothing matches: {value}")
    if isinstance(field, Time):
        return Reading(name, given, _iso(asked, value), _time_why(asked, given, field.edge))
    shown = [list(part) if isinstance(part, tuple) else part for part in value] if isinstance(value, tuple) else value
    return Reading(name, given, shown, _WHY[name](asked, given) if name in _WHY else "")


def _once(reading: Reading, times: int) -> Reading:
    if times == 1:
        return reading
    why = f"{reading.why}; sent {times} times, and the first counts".lstrip("; ")
    return Reading(reading.parameter, reading.given, reading.value, why)


def _iso(asked: _Asked, instant: int) -> str:
    return datetime.fromtimestamp(instant, ZoneInfo(asked.settings.timezone)).isoformat()


def _time_why(asked: _Asked, given: str, edge: Edge) -> str:
    clock = f"on the PBX's clock ({asked.settings.timezone})"
    try:
        asked.display.read(given, edge, accept_iso=False)
    except Misread:
        return "Unix seconds" if given.isdigit() else f"ISO 8601; {clock} where it has no offset"
    return f"the PBX shows {asked.display.pattern}; {clock}"


def _number_why(asked: _Asked, given: str) -> str:
    blank = "; it begins with a blank: a + in a URL is one, write it as %2B" if given.startswith(" ") else ""
    return f"numbers that {'contain it' if asked.fuzzy else 'are exactly this'}{blank}"


def _page_size_why(asked: _Asked, given: str) -> str:
    return f"cut down to the most there is, {PAGE_SIZE:,}" if int(given) > PAGE_SIZE else ""


_WHY: Mapping[str, Callable[[_Asked, str], str]] = {
    "call_from": _number_why,
    "call_to": _number_why,
    "extension_group": lambda asked, given: "calls of which the caller or the callee is a member",
    "page_size": _page_size_why,
    "did": lambda asked, given: "pairs of a DID's number or name and a trunk; no trunk: any",
}


def _unsaid(entry: Entry, asked: _Asked, given: Mapping[str, str]) -> Iterator[Reading]:
    """What holds although it was not sent."""
    sent = {name for name, value in given.items() if value}
    if entry.route != "cdr/list" and "enable_fuzzy_search" not in sent and sent & {"call_from", "call_to"}:
        yield Reading("enable_fuzzy_search", None, int(asked.fuzzy), "the PBX's CDR option enb_fuzzy_search")
    if "sort_by" not in sent:
        yield Reading("sort_by", None, "time", "unless asked otherwise")
    if "order_by" not in sent:
        yield Reading("order_by", None, "asc", "the oldest first, unless asked otherwise")
    paged = sent & {"page", "page_size"} or entry.route == "cdr/list"
    if entry.route == "cdr/download" or not paged:
        if not paged:
            yield Reading("page", None, None, "all matches in one answer")
        return
    if "page" not in sent:
        yield Reading("page", None, 1, "the first, unless asked otherwise")
    if "page_size" not in sent:
        yield Reading("page_size", None, PAGE_SIZE, "the most there is, unless asked otherwise")
