"""Changes: what might be asked for instead of a list that was refused or held nothing, the smallest change first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from ...store.counting import for_seconds
from ..errors import CrossbarError
from ..filters import Filters
from ..listing import positive
from ..meant import meant_time
from ..moments import moment
from ..times import to_gregorian, to_unix
from .asked import LATEST, ONE_CALL, SUMMARY, Asked
from .other_filters import other_filters
from .other_paths import other_paths

_DAY = 86_400
_FROM, _TO = "created_from", "created_to"
_SOON = 0.2


class Change(NamedTuple):
    """What to do, in words, and what is asked for then."""

    words: str
    asked: Asked


def shown(second: int) -> str:
    """A Gregorian second as it is sent, and in words."""
    return f"{second} ({moment(to_unix(second)).combined})"


def other_times(asked: Asked) -> Iterator[Change]:
    """Other ranges: what was meant, the ends the other way round, narrower, and where there are calls."""
    yield from _meant(asked)
    try:
        _ = asked.listing
    except CrossbarError as error:
        if "created_from" in (error.data or ()):
            yield from _valid(asked)
        return
    if asked.kind != ONE_CALL:
        yield from _reaching(asked)


def _meant(asked: Asked) -> Iterator[Change]:
    """The times in Gregorian seconds, where something else was sent."""
    values, words = {}, []
    for name, value in asked.pairs:
        last = name.endswith("_to")
        meant = meant_time(value, last) if name in (_FROM, _TO, "modified_from", "modified_to") else None
        if meant is not None:
            values[name] = str(meant.second)
            words.append(f"{name}={value} looks like {meant.what}: send {shown(meant.second)}")
    if values:
        yield Change("; ".join(words), asked.sending(values))


def _valid(asked: Asked) -> Iterator[Change]:
    """A range that is not refused."""
    widest = asked.call.settings.kazoo_maximum_range
    sent_start, sent_end = (positive(asked.call.value(name)) for name in (_FROM, _TO))
    end = sent_end or to_gregorian(asked.call.now)
    if sent_start is None:
        return
    if sent_start > end:
        yield Change(
            "created_from is behind created_to: send them the other way round",
            asked.sending({_FROM: str(end), _TO: str(sent_start)}),
        )
    wide = f"The range may be {widest:,} seconds wide"
    if sent_end is None:  # the end moves on with the clock, and a beginning that just fits does not for long
        yield Change(f"{wide}: leave created_from out, and it is", asked.sending({_FROM: None}))
    for name, second in ((_FROM, end - widest), (_TO, sent_start + widest)):
        if (sent_end is not None or name == _TO) and 0 <= second <= LATEST:
            yield Change(f"{wide}: send {name}={shown(second)}", asked.sending({name: str(second)}))


def _reaching(asked: Asked) -> Iterator[Change]:
    """Ranges that reach the nearest legs before and behind."""
    start, end = asked.listing.start, asked.listing.end
    widest = asked.call.settings.kazoo_maximum_range
    before, after = _nearest(asked, 0, start - 1), _nearest(asked, end + 1, LATEST)
    if before is not None:
        yield _change_of_range(asked, before, max(_midnight(before), end - widest, before - widest), end)
    if after is not None:
        end = _midnight(after) + _DAY - 1
        # A created_from that was not sent moves along.
        start = end - widest if asked.call.value(_FROM) is None else start
        yield _change_of_range(asked, after, start, min(end, start + widest))


def _midnight(second: int) -> int:
    """The first second of the day in UTC."""
    return to_gregorian(to_unix(second) // _DAY * _DAY)


def _change_of_range(asked: Asked, found: int, start: int, end: int) -> Change:
    """One end of the range moved as far as to the leg that was found, or both ends where that is too far."""
    widest = asked.call.settings.kazoo_maximum_range
    if not start <= found <= end:
        start = max(_midnight(found), found - widest)
        end = min(_midnight(found) + _DAY - 1, start + widest)
    values = {}
    if start != asked.listing.start and not (start == end - widest and asked.call.value(_FROM) is None):
        values[_FROM] = str(start)
    # An end that moves on with the clock leaves behind a beginning that just fits.
    slipping = _FROM in values and asked.call.value(_TO) is None and start < end - widest + _DAY
    if end != asked.listing.end or slipping:
        values[_TO] = str(end)
    words = " and ".join(f"{name}={shown(int(value))}" for name, value in values.items())
    side = "before" if found < asked.listing.start else "behind"
    return Change(f"The nearest {side} the range is of {shown(found)}: send {words}", asked.sending(values))


def _nearest(asked: Asked, start: int, end: int) -> int | None:
    """The Gregorian second of the nearest leg in this range that passes all filters."""
    filters = asked.listing.filters.without_created() if asked.kind != SUMMARY else Filters()
    listing = replace(asked.bare, start=start, end=end, descending=start == 0, filters=filters)
    try:
        with for_seconds(asked.call.world.database.connection(), _SOON):
            key, _ = next(iter(asked.placed(listing)), (None, None))
    except TimeoutError:
        return None
    return next((part for part in key or () if isinstance(part, int)), None)


# Parameters that can be refused or make a list empty, and do without -> what is wrong then.
_DISPENSABLE: Mapping[str, str] = {
    "page_size": "page_size must be a whole number above 0",
    "chunk_size": "chunk_size must be a whole number from 1 to 50",
    "fields": 'fields must be a JSON list of text, such as ["id"]',
    "utc_offset": "utc_offset must be a number of seconds",
    "start_key": "start_key is no place in this list: it must be the next_start_key of the page before",
    "bookmark": "bookmark is no place in this list: it must be the next_start_key of the page before",
    "end_key": "end_key is no place behind the beginning of this list",
}


def without_one(asked: Asked) -> Iterator[Change]:
    """Without one of the parameters that only say which part is wanted, and how."""
    for name, words in _DISPENSABLE.items():
        if asked.call.value(name):
            yield Change(f"{words}; leave it out", asked.sending({name: None}))


def changed_filters(asked: Asked) -> Iterator[Change]:
    """Each filter with another value, of another field, or left out; last all of them."""
    try:
        conditions = asked.conditions
    except CrossbarError:
        return
    for words, pairs in other_filters(asked):
        yield Change(words, asked.with_pairs(pairs))
    droppable = [(name, value) for name, value, _ in conditions if name not in (_FROM, _TO)]
    for name, value in droppable:
        left = tuple(pair for pair in asked.pairs if pair != (name, value))
        yield Change(f"Leave out the filter {name}={value}", asked.with_pairs(left))
    if len(droppable) > 1:
        yield Change("Leave out all filters", asked.sending(dict.fromkeys(name for name, _ in droppable)))
    keys = [name for name in ("start_key", "bookmark", "end_key") if asked.call.value(name)]
    if droppable and keys:
        names = [*(name for name, _ in droppable), *keys]
        yield Change(f"Leave out {', '.join(names)}", asked.sending(dict.fromkeys(names)))


def elsewhere(asked: Asked) -> Iterator[Change]:
    """Another path."""
    for words, other in other_paths(asked):
        yield Change(f"{words}: ask {other.path}", other)


# All kinds, from the smallest change to the largest.
ALL: Iterable[Callable[[Asked], Iterator[Change]]] = (other_times, without_one, changed_filters, elsewhere)
