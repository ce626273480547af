"""What times may have been meant to be: written otherwise than the PBX shows them, on another clock, exchanged."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ...pbx.display_format import END, DisplayFormat, Edge, Misread
from .asked import Asked
from .changes import Change, send

_WRITTEN = re.compile(
    r"\s*(\d{1,4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,4})"
    r"(?:[T\s,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?)?"
    r"\s*([ap])?\.?(?:m\.?)?\s*(Z|[+-]?\d{2}:?\d{2})?\s*",
    re.IGNORECASE,
)
_PLACES = {"MM/DD/YYYY": (2, 0, 1), "DD/MM/YYYY": (2, 1, 0), "YYYY/MM/DD": (0, 1, 2)}  # of year, month and day
_MILLISECONDS = re.compile("[0-9]{13}")


@dataclass(frozen=True)
class _Text:
    """A text that looks like a time: three numbers of a date, perhaps a time of day, perhaps an offset."""

    numbers: tuple[str, str, str]
    time: tuple[str | None, str | None, str | None]
    half: str
    offset: str

    @classmethod
    def read(cls, text: str) -> _Text | None:
        found = _WRITTEN.fullmatch(text)
        if found is None:
            return None
        a, b, c, hour, minute, second, half, offset = found.groups()
        return cls((a, b, c), (hour, minute, second), (half or "").lower(), offset or "")

    def wall(self, order: str, edge: Edge) -> datetime | None:
        """What a clock shows then, with the date in this order; days and hours beyond the last count on."""
        year, month, day = (self.numbers[place] for place in _PLACES[order])
        if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
            return None
        date = _date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        return date and date + self._time_of_day(edge)

    def _time_of_day(self, edge: Edge) -> timedelta:
        last = edge == "end"
        hour, minute, second = self.time
        if hour is None or minute is None:
            return timedelta(hours=23, minutes=59, seconds=59) if last else timedelta()
        hours = int(hour)
        if self.half and hours <= 12:
            hours = hours % 12 + (12 if self.half == "p" else 0)
        seconds = int(second) if second is not None else 59 if last else 0
        return timedelta(hours=hours, minutes=int(minute), seconds=seconds)


def _date(year: int, month: int, day: int) -> datetime | None:
    """The day, or the last one of its month."""
    if not (1970 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return datetime(year, month, min(day, monthrange(year, month)[1]))


def _at(wall: datetime | None, timezone: str, edge: Edge) -> int | None:
    """The instant at which a clock there shows this."""
    if wall is None or not 1970 <= wall.year < 2100:
        return None
    return DisplayFormat("YYYY/MM/DD", "24", timezone).read(f"{wall:%Y/%m/%d %H:%M:%S}", edge, accept_iso=False)


# What a text may mean: the instant, or None where it cannot mean that.
_Meaning = Callable[[DisplayFormat, str, Edge], int | None]


def _in_order(order: str) -> _Meaning:
    def meaning(display: DisplayFormat, text: str, edge: Edge) -> int | None:
        written = _Text.read(text)
        return _at(written.wall(order, edge), display.timezone, edge) if written and not written.offset else None

    return meaning


def _the_same(display: DisplayFormat, text: str, edge: Edge) -> int | None:
    """In the order that the PBX shows, or ISO 8601, whatever a URL or a person has made of it."""
    written = _Text.read(text)
    if written and not written.offset:
        return _at(written.wall(display.date_format, edge), display.timezone, edge)
    wall = written.wall("YYYY/MM/DD", edge) if written and written.offset else None
    if written is None or wall is None:
        return None
    offset = written.offset if written.offset.upper() == "Z" or written.offset[0] in "+-" else f"+{written.offset}"
    try:
        return display.read(f"{wall:%Y-%m-%dT%H:%M:%S}{offset}", edge, accept_iso=True)
    except Misread:
        return None


def _unix(display: DisplayFormat, text: str, edge: Edge) -> int | None:
    seconds = text[:-3] if _MILLISECONDS.fullmatch(text) else text
    return int(seconds) if re.fullmatch("[0-9]{9,10}", seconds) and int(seconds) < END else None


def _utc(display: DisplayFormat, text: str, edge: Edge) -> int | None:
    written = _Text.read(text)
    if written is None or written.offset:
        return None
    order = "YYYY/MM/DD" if len(written.numbers[0]) == 4 else display.date_format
    return _at(written.wall(order, edge), "UTC", edge)


def _own_clock(display: DisplayFormat, text: str, edge: Edge) -> int | None:
    """What has an offset, without it."""
    written = _Text.read(text)
    return _at(written.wall("YYYY/MM/DD", edge), display.timezone, edge) if written and written.offset else None


def _whole_day(display: DisplayFormat, text: str, edge: Edge) -> int | None:
    """The end of the day whose beginning an end is."""
    if edge == "start":
        return None
    try:
        instant = display.read(text, edge, accept_iso=True)
    except Misread:
        return None
    plain = replace(display, date_format="YYYY/MM/DD", time_format="24")
    day, _, time = plain.write(max(0, min(instant, END - 1))).partition(" ")
    return plain.read(f"{day} 23:59:59", "end", accept_iso=False) if time == "00:00:00" else None


class _Guess(NamedTuple):
    """``why`` a time may mean something else, and what it then means; with ``of_all``, all times given must mean it."""

    why: str
    meaning: _Meaning
    of_all: bool


# What is most likely comes first.
_GUESSES = (
    _Guess("as the PBX shows times", _the_same, of_all=False),
    _Guess("from Unix time", _unix, of_all=False),
    _Guess("if yours has the month first", _in_order("MM/DD/YYYY"), of_all=True),
    _Guess("if yours has the day first", _in_order("DD/MM/YYYY"), of_all=True),
    _Guess("if yours has the year first", _in_order("YYYY/MM/DD"), of_all=True),
    _Guess("if yours is UTC", _utc, of_all=True),
    _Guess("if yours is on the PBX's own clock", _own_clock, of_all=True),
    _Guess("to the end of that day", _whole_day, of_all=False),
)


def rewritten(asked: Asked) -> Iterator[Change]:
    """The times given, as they may have been meant, in the PBX's display format."""
    read = {name: asked.instant(name) for name in _sent(asked)}
    lost = [name for name, instant in read.items() if instant is None]
    for guess in _GUESSES:
        meant = {name: instant for name in read if (instant := _meant(asked, guess, name)) is not None}
        fits = all(name in meant or name in lost for name in read) or not guess.of_all
        if fits and any(instant != read[name] for name, instant in meant.items()):
            instants = {name: meant.get(name) or _likeliest(asked, name) for name in dict.fromkeys([*meant, *lost])}
            values = {name: None if instant is None else asked.written(instant) for name, instant in instants.items()}
            yield Change(f"{send(**values)}, {_why(asked, guess)}", asked.changed(**values))


def _why(asked: Asked, guess: _Guess) -> str:
    """In the words of a list that wants Unix seconds, or of one that wants what the PBX shows."""
    if not asked.kind.unix:
        return guess.why
    return "in Unix seconds" if guess is _GUESSES[0] else f"in Unix seconds, {guess.why}"


def readable(asked: Asked) -> Change | None:
    """Times that cannot be read, as they were most likely meant; None where there are none."""
    lost = [name for name in _sent(asked) if asked.instant(name) is None]
    return next(rewritten(asked), None) if lost else None


def meant(asked: Asked, name: str) -> Iterator[str]:
    """What a bound that is refused may have been meant to be, as it has to be written."""
    instants = (_meant(asked, guess, name) for guess in _GUESSES)
    yield from dict.fromkeys(asked.written(instant) for instant in instants if instant is not None)


def _sent(asked: Asked) -> list[str]:
    """The bounds that were sent."""
    return [name for name in asked.kind.edges if name in asked.given and asked.takes(name)]


def _meant(asked: Asked, guess: _Guess, name: str) -> int | None:
    """The instant that the text means by the guess, where that is one of the PBX's."""
    instant = guess.meaning(asked.display, asked.given[name], asked.kind.edges[name])
    return instant if instant is not None and 0 <= instant < END else None


def _likeliest(asked: Asked, name: str) -> int | None:
    """What a text that cannot be read most likely means."""
    return next(filter(None, (_meant(asked, guess, name) for guess in _GUESSES)), None)


def exchanged(asked: Asked) -> Iterator[Change]:
    """Start and end in each other's place."""
    if len(_sent(asked)) < len(asked.kind.edges):
        return
    start, end = asked.kind.edges
    begins, ends = asked.instant(start), asked.instant(end)
    if begins is not None and ends is not None and begins > ends:
        values = {start: asked.given[end], end: asked.given[start]}
        yield Change(f"exchange {start} and {end}: the start is later than the end", asked.changed(**values))


def nearest(asked: Asked) -> Iterator[Change]:
    """The range made as much longer as it takes to meet a call that matches otherwise."""
    start, end = asked.kind.edges
    query = asked.query()
    if not _sent(asked) or getattr(query, "impossible", False):
        return
    wider: list[tuple[int, str, int]] = []
    for name, bound, without in (
        (start, query.start, replace(query, start=asked.everything().start)),
        (end, query.end, replace(query, end=None)),
    ):
        instant = None if bound is None else asked.first_instant(without, descending=name == start)
        if bound is not None and instant is not None:
            wider.append((abs(instant - bound), name, instant))
    for _, name, instant in sorted(wider):
        value = asked.written(instant)
        other = "nearest call that matches otherwise began then"
        yield Change(f"{send(**{name: value})}: the {other}", asked.changed(**{name: value}))
