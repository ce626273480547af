"""How the parameters of a list in the journal were read: by the same code, with the settings of that moment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

from ..journal.entries import Entry, Reading
from ..journal.keeping import is_cut
from ..settings import Settings
from .calls import Call
from .errors import CrossbarError
from .filters import Condition, Filters
from .listing import Listing, positive, read_listing, read_range, read_utc_offset
from .meant import meant_time
from .moments import moment, year_of
from .schemas.cdr import FIELD_NAMES
from .times import to_unix

if TYPE_CHECKING:
    from ..store.worlds import World

# Routes of lists; the last has a range and nothing else.
_SUMMARY = "cdrs/summary"
_LISTS = ("cdrs", "cdrs/interaction", "cdrs/legs/{interaction_id}", _SUMMARY)

# The settings by which parameters are read; the journal keeps them with every request.
READ_BY = ("kazoo_version", "kazoo_maximum_range", "kazoo_full_docs")

# Parameter whose error has the same name, with one of these ends.
_MISTAKES = ("page_size", "chunk_size", "fields", "utc_offset")
_ENDS = ("_text", "_big")

# Parameters that have nothing to do with what is listed.
ELSEWHERE = ("auth_token", "authorization", "accept", "pretty_print", "jsonp", "file_name", "verb")
_RANGE = ("created_from", "created_to")


@lru_cache(maxsize=256)
def read_by(settings: Settings) -> dict[str, Any]:
    """Those settings, by name."""
    return {name: getattr(settings, name) for name in READ_BY}


def understood(entry: Entry) -> list[Reading]:
    """The parameters of a list as they were read, those among them that were not sent; empty for other requests."""
    if entry.route not in _LISTS:
        return []
    call = call_again(entry, Settings(**entry.settings))
    try:
        readings = [*_range(call)]
        if entry.route != _SUMMARY:
            readings += [*_slice(call, read_listing(call)), *_filters(call)]
    except CrossbarError as error:
        return [_refusal(call, error)]
    told = {reading.parameter for reading in readings}
    return readings + [
        Reading(name, value, None, "nothing in the list depends on it")
        for name, value in call.query
        if name not in told and name not in ELSEWHERE
    ]


def call_again(entry: Entry, settings: Settings, world: World | None = None) -> Call:
    """As much of the request as its parameters are read from, and, with the PBX, as its list is made of."""
    nothing: Any = None
    asked: Any = world
    pairs = tuple((name, value) for name, value in entry.query)
    body = entry.body if isinstance(entry.body, dict) else {}
    return Call(nothing, asked, settings, entry.at, entry.request_id, nothing, entry, query=pairs, body=body)


def _refusal(call: Call, error: CrossbarError) -> Reading:
    name = error.row.name
    for end in _ENDS:
        name = name.removesuffix(end)
    if name in _MISTAKES:
        return Reading(name, _given(call, name), None, f"refused: {error.row.text or error.row.message}")
    (field, rules), *_ = cast("dict[str, dict[str, Any]]", error.data).items()
    details = next(iter(rules.values()))
    units = "".join(f"; {words}" for words in map(partial(_unit_of, call), _RANGE) if words)
    return Reading(field, _given(call, field), None, f"refused: {details['message']}{units}")


def _given(call: Call, name: str) -> str | None:
    value = call.value(name)
    return None if value is None else str(value)


def _range(call: Call) -> Iterator[Reading]:
    """Both ends as ISO 8601."""
    widest = f"{call.settings.kazoo_maximum_range:,} seconds before created_to"
    instead = {"created_from": widest, "created_to": "the PBX's time"}
    for name, value in zip(_RANGE, read_range(call), strict=True):
        given = _given(call, name)
        read = given is not None and _is(given, value)
        why = "Gregorian seconds, which count from the year 0" if read else instead[name]
        if given is not None and not read:
            why = f"no number of seconds above 0, so it is {why}"
        why = "; ".join(filter(None, (why, _unit_of(call, name))))
        yield Reading(name, given, moment(to_unix(value)).combined, why)


def _unit_of(call: Call, name: str) -> str:
    """What the time looks like, if that is something else than it is read as; "" if it is not."""
    given = _given(call, name)
    meant = None if given is None else meant_time(given, last=name == "created_to")
    if meant is None:
        return ""
    number = positive(given)
    year = "" if number is None else f"in Gregorian seconds that is the year {year_of(to_unix(number))}; "
    return f"{year}{given} looks like {meant.what}, {moment(to_unix(meant.second)).combined}: {meant.how}"


def _is(text: str, number: int) -> bool:
    try:
        return int(text) == number
    except ValueError:
        return False


def _slice(call: Call, listing: Listing) -> Iterator[Reading]:
    """What of the matches is listed, and how."""
    if listing.page_size is None:
        yield Reading("paginate", _given(call, "paginate"), False, "all at once")
    else:
        yield Reading("page_size", _given(call, "page_size"), listing.page_size)
    yield Reading("descending", _given(call, "descending"), listing.descending, _order_why(call, listing))
    yield Reading("chunk_size", _given(call, "chunk_size"), listing.chunk, "rows sent at a time")
    for name, key in (("start_key", listing.first), ("end_key", listing.last)):
        sent = "bookmark" if name == "start_key" and call.value("bookmark") else name
        if call.value(sent):
            why = (
                "no paging key, so nothing is listed" if key is None and listing.impossible else "the place in the list"
            )
            yield Reading(sent, _given(call, sent), None if key is None else list(key), why)
    if call.value("fields") is not None:
        yield Reading("fields", _given(call, "fields"), list(listing.fields), "parts of document and row")
    if call.value("utc_offset") is not None:
        offset = read_utc_offset(call)
        why = "no number of seconds" if offset is None else "seconds that datetime is shifted by"
        yield Reading("utc_offset", _given(call, "utc_offset"), offset, why)


def _order_why(call: Call, listing: Listing) -> str:
    order = "the newest first" if listing.descending else "the oldest first"
    ascending = _given(call, "ascending")
    return order if ascending is None else f"{order}; ascending={ascending}"


def _filters(call: Call) -> Iterator[Reading]:
    """Each filter, and of what field it asks what."""
    for name, value in call.query:
        for condition in Filters.read([(name, value)], call.profile).without_created().conditions:
            if is_cut(value):
                yield Reading(name, value, None, "too long to be kept whole, so it cannot be told")
            else:
                yield Reading(name, value, _wanted(condition), _condition_why(condition))


def _wanted(condition: Condition) -> Any:
    wanted = condition.wanted
    return sorted(wanted) if isinstance(wanted, frozenset) else wanted


def _condition_why(condition: Condition) -> str:
    test = condition.test.__name__.strip("_").replace("_", " ")
    path = ".".join(condition.path)
    known = "" if condition.path[0] in FIELD_NAMES else "; no document has such a field"
    return f"{path} {test}{known}"
