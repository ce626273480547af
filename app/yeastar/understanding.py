"""How the parameters of a request in the journal were read: by the same schema, with the settings of that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from marshmallow import ValidationError

from ..journal.entries import Entry, Reading
from ..journal.keeping import MASKED, is_cut
from ..pbx.display_format import DisplayFormat, Edge, Misread
from ..settings import Settings
from .endpoints import ENDPOINTS
from .errors import YeastarError
from .fields import Choice, Flag, Number, Time, VendorSchema
from .paging import PAGE_SIZE
from .periods import Period
from .profiles import OWN_OPTIONS, PARAMETER, has, lacking, schema_for
from .schemas.cdr import CdrSearchIn
from .schemas.recording import UnixTime

_BY_ROUTE = {row.route: row for row in ENDPOINTS.values()}

# Routes of lists of calls and recordings: those that are always in pages, and all of them.
_IN_PAGES = ("cdr/list", "v2.0/cdr/list", "v2.0/cdr/search", "recording/list", "recording/search")
_LISTS = (*_IN_PAGES, "cdr/search", "cdr/download", "v2.0/cdr/download")

# The settings by which parameters are read; the journal keeps them with every request.
READ_BY = (
    "timezone",
    "date_format",
    "time_format",
    "accept_iso_times",
    "enb_fuzzy_search",
    "enb_new_cdr_fuzzy_search",
    "firmware",
    "upgraded_at",
)

_FIRST = {"MM/DD/YYYY": "the month first", "DD/MM/YYYY": "the day first", "YYYY/MM/DD": "the year first"}


@lru_cache(maxsize=256)
def read_by(settings: Settings) -> dict[str, Any]:
    """Those settings, by name, as the firmware knows them."""
    return {name: getattr(settings, name) for name in READ_BY}


class _Asked(NamedTuple):
    """What is known where a parameter is explained."""

    settings: Settings
    how: str
    names: bool = False  # whether a party is found by its name as well

    @property
    def display(self) -> DisplayFormat:
        return DisplayFormat.of(self.settings)


def understood(entry: Entry) -> list[Reading]:
    """The parameters of a request as they were read: those sent, in their order, then those that go without saying.

    Empty for requests to interfaces that take none.
    """
    schema = schema_of(entry)
    if schema is None:
        return []
    given = given_in(entry)
    values = dict(values_of(schema, given))
    newer = (entry.route or "").startswith("v2.0/")
    asked = _Asked(schema.settings, _how(schema, values, newer), newer)
    times = Counter([name for name, _ in entry.query] if not schema.from_body else [])
    absent = lacking(schema.settings.firmware, PARAMETER, entry.route or "")
    readings = [
        Reading(name, str(value), None, absent[name])
        if name in absent
        else _reading(asked, schema, name, value, values)
        for name, value in given.items()
    ]
    repeated = [_once(reading, times[reading.parameter]) for reading in readings]
    unsaid = _unsaid(entry.route or "", schema, given) if entry.route in _LISTS else _missing(schema, values)
    return repeated + list(unsaid)


def takes_of(route: str) -> Callable[[Settings], VendorSchema] | None:
    """What the interface of that route takes."""
    return _BY_ROUTE[route].takes


def schema_of(entry: Entry) -> VendorSchema | None:
    """What read the request's parameters, with the settings of that moment."""
    row = _BY_ROUTE.get(entry.route or "")
    return schema_for(row.takes, row.route, Settings(**entry.settings)) if row and row.takes else None


def given_in(entry: Entry) -> dict[str, Any]:
    """The parameters as they were sent, by name, without the token."""
    row = _BY_ROUTE.get(entry.route or "")
    if row and row.method == "POST":
        return entry.body if isinstance(entry.body, dict) else {}
    given: dict[str, Any] = {}
    for name, value in entry.query:
        if name != "access_token":
            given.setdefault(name, value)
    return given


def values_of(schema: VendorSchema, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the interface takes of the parameters, read; a refusal instead of what it refuses."""
    for name, value in given.items():
        field = schema.fields.get(name)
        if field is not None and (value != "" or name in schema.reads_blank):
            try:
                yield name, field.deserialize(value, name, given)
            except (ValidationError, YeastarError) as error:
                yield name, error


def allowed_in(schema: VendorSchema, name: str) -> str:
    """What a parameter may be, in words; empty where anything will do."""
    field = schema.fields[name]
    if isinstance(field, Choice):
        return f"one of {', '.join(field.choices)}"
    if isinstance(field, Flag):
        return "0 or 1" if not schema.from_body else "the Integer 0 or 1"
    if isinstance(field, Number):
        return f"a whole number{f' from {field.least} on' if field.least is not None else ''}"
    return getattr(field, "words", "text that is not empty" if field.required else "")


def _how(schema: VendorSchema, values: Mapping[str, Any], newer: bool) -> str:
    """How numbers are compared."""
    if newer or not isinstance(schema, CdrSearchIn):
        return _HOW[newer and schema.settings.enb_new_cdr_fuzzy_search == 1]
    fuzziness = schema.fuzziness({name: value for name, value in values.items() if isinstance(value, (int, str))})
    how = _HOW[fuzziness.pop("fuzzy")]
    for where, instant in fuzziness.items():
        when = {"exact_before": "before", "exact_since": "from"}[where]
        how += f", or in calls {when} {iso(schema.settings, instant)}{' on' * (when == 'from')} {_HOW[False]}"
    return how


_HOW = {True: "contain it", False: "are exactly this"}


def _reading(asked: _Asked, schema: VendorSchema, name: str, value: Any, values: Mapping[str, Any]) -> Reading:
    given = value if isinstance(value, str) else orjson.dumps(value).decode()
    if given == MASKED:
        return Reading(name, given, None, "a secret, which is not kept")
    if is_cut(given) and not isinstance(values.get(name), ValidationError):
        return Reading(name, given, None, "too long to be kept whole, so it cannot be told")
    if name not in schema.fields:
        return Reading(name, given, None, "unknown to this interface, and passed over")
    if name not in values:
        empty = f"refused (required): {allowed_in(schema, name)}" if name in schema.required else _AS_GOOD_AS_NONE
        return Reading(name, given, None, empty)
    return _read(asked, schema, name, given, values[name])


_AS_GOOD_AS_NONE = "empty, which is as good as not sent"


def _read(asked: _Asked, schema: VendorSchema, name: str, given: str, value: Any) -> Reading:
    """What became of a parameter that the interface takes."""
    field = schema.fields[name]
    if isinstance(value, ValidationError):
        allowed = allowed_in(schema, name)
        return Reading(name, given, None, f"refused ({value.messages[0]}){f': expected {allowed}' if allowed else ''}")
    if isinstance(value, YeastarError):
        return Reading(name, given, None, f"refused: {value.note}")
    if isinstance(value, Misread):
        return Reading(name, given, None, f"no time, so nothing matches: {value}")
    if isinstance(field, Time):
        return Reading(name, given, iso(asked.settings, value), _time_why(asked, given, field.edge))
    if isinstance(field, UnixTime):
        return Reading(name, given, iso(asked.settings, value), "because digits alone are Unix seconds")
    if isinstance(value, Period):
        return Reading(name, given, f"{iso(asked.settings, value.start)} to {iso(asked.settings, value.end)}", "")
    shown = [list(part) if isinstance(part, tuple) else part for part in value] if isinstance(value, tuple) else value
    return Reading(name, given, shown, _WHY[name](asked, given) if name in _WHY else "")


def _once(reading: Reading, times: int) -> Reading:
    if times < 2:
        return reading
    why = f"{reading.why}; sent {times} times, and the first counts".lstrip("; ")
    return Reading(reading.parameter, reading.given, reading.value, why)


def iso(settings: Settings, instant: int) -> str:
    """The instant on the PBX's clock, with the offset."""
    return datetime.fromtimestamp(instant, ZoneInfo(settings.timezone)).isoformat()


def _time_why(asked: _Asked, given: str, edge: Edge) -> str:
    zone = asked.settings.timezone
    try:
        asked.display.read(given, edge, accept_iso=False)
    except Misread:
        if given.isdigit():
            return "because digits alone are Unix seconds"
        return f"because it is ISO 8601; without an offset it is on the PBX's clock ({zone})"
    return f"because the PBX shows {_FIRST[asked.settings.date_format]} ({asked.display.pattern}), in {zone}"


def _number_why(asked: _Asked, given: str) -> str:
    blank = "; it begins with a blank: a + in a URL is one, write it as %2B" if given.startswith(" ") else ""
    what = "numbers and names" if asked.names else "numbers"
    return f"{what} that {asked.how}{blank}"


def _page_size_why(asked: _Asked, given: str) -> str:
    return f"cut down to the most there is, {PAGE_SIZE:,}" if int(given) > PAGE_SIZE else ""


_WHY: Mapping[str, Callable[[_Asked, str], str]] = {
    "call_from": _number_why,
    "call_to": _number_why,
    "extension_group": lambda asked, given: "calls of which the caller or the callee is a member",
    "status": lambda asked, given: "calls that ended so, to the letter",
    "page_size": _page_size_why,
    "did": lambda asked, given: "pairs of a DID's number or name and a trunk; no trunk: any",
    "disposition_code_list": lambda asked, given: "calls with any of these codes",
    "call_note_remark": lambda asked, given: "remarks that contain it, to the letter",
    "pin_code": lambda asked, given: "PIN codes that are exactly this",
    "caller": lambda asked, given: "numbers that are exactly this",
    "callee": lambda asked, given: "numbers that are exactly this",
    "ids": lambda asked, given: "any of these ids",
    "account_code": lambda asked, given: "calls with a leg whose PIN code is exactly this",
    "ext_group": lambda asked, given: "calls with a leg whose caller or callee is a member of one of these",
    "queue_list": lambda asked, given: "calls with a leg to one of these queues",
    "last_status": lambda asked, given: "calls that ended so, to the letter",
    "routing_duration": lambda asked, given: "seconds until somebody answered who is no IVR",
    "segments": lambda asked, given: "how many legs",
    "disconnected_by": lambda asked, given: "Internal or External, to the letter",
}


def _options(settings: Settings) -> Iterator[Reading]:
    """The CDR options that say whether numbers match in part."""
    if not has(settings.firmware, OWN_OPTIONS):
        why = "the PBX's CDR option enb_fuzzy_search"
        yield Reading("enable_fuzzy_search", None, settings.enb_fuzzy_search, why)
        return
    yield Reading("enb_new_cdr_fuzzy_search", None, settings.enb_new_cdr_fuzzy_search, "the PBX's CDR option")
    if settings.upgraded_at:
        came = iso(settings, settings.upgraded_at)
        why = f"the PBX's CDR option for calls before {came}, when the firmware came"
        yield Reading("enb_fuzzy_search", None, settings.enb_fuzzy_search, why)


def _missing(schema: VendorSchema, values: Mapping[str, Any]) -> Iterator[Reading]:
    """What has to be sent, and was not."""
    for name in schema.required:
        if name not in values:
            yield Reading(name, None, None, f"refused (required): expected {allowed_in(schema, name)}")


def _unsaid(route: str, schema: VendorSchema, given: Mapping[str, str]) -> Iterator[Reading]:
    """What holds although it was not sent."""
    sent = {name for name, value in given.items() if value and name in schema.fields}
    own_option = isinstance(schema, CdrSearchIn) and "enable_fuzzy_search" not in sent
    if own_option and sent & {"call_from", "call_to"}:
        yield from _options(schema.settings)
    if "sort_by" not in sent:
        yield Reading("sort_by", None, "time", "unless asked otherwise")
    if "order_by" not in sent:
        yield Reading("order_by", None, "asc", "the oldest first, unless asked otherwise")
    paged = sent & {"page", "page_size"} or route in _IN_PAGES
    if route.endswith("/download") or not paged:
        if not paged:
            yield Reading("page", None, None, "all matches in one answer")
        return
    if "page" not in sent:
        yield Reading("page", None, 1, "the first, unless asked otherwise")
    if "page_size" not in sent:
        yield Reading("page_size", None, PAGE_SIZE, "the most there is, unless asked otherwise")
