"""Times as files have them, read on the clock that wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from ..display_format import DisplayFormat, Edge, Misread
from .columns import Names
from .mistakes import FileError, WrongRowError, shown

DATE_FORMATS = ("MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD")
TIME_FORMATS = ("24", "12")

# A time as databases write it.
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_WITHIN = re.compile(":([0-5][0-9]):([0-5][0-9])", re.ASCII)

# What may stand behind one: a fraction, and how far the clock is from UTC.
_BEHIND = re.compile(r"(?:[.,][0-9]+)? ?(?:(Z|UTC)|([+-])(0[0-9]|1[0-5]):?([0-5][0-9])?)?", re.ASCII)

# Zones are whole quarters of an hour apart, and at most a day; a clock is read in so many seconds. Seconds.
_QUARTER, _DAY, MOMENT = 900, 86400, 2

_EDGES: tuple[Edge, Edge] = ("start", "end")


@dataclass(frozen=True)
class Options:
    """What is said about a file. ``timezone`` is its own, ``given`` where somebody said so; ``names`` are of --map;
    ``notes`` are what the reader finds worth telling; ``own`` is the PBX's zone, where that is not the file's."""

    timezone: str
    given: bool = False
    date_format: str | None = None
    time_format: str | None = None
    names: Names = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    own: str = ""

    def compact(self) -> Callable[[int], str]:
        """How a start is written in a uid: on the PBX's clock."""
        return DisplayFormat("YYYY/MM/DD", "24", self.own or self.timezone).compact

    def formats(self) -> list[DisplayFormat]:
        """The display formats that the file can have."""
        dates = [self.date_format] if self.date_format else DATE_FORMATS
        clocks = [self.time_format] if self.time_format else TIME_FORMATS
        return [DisplayFormat(date, clock, self.timezone) for date, clock in product(dates, clocks)]


def is_time_at(place: int, values: Sequence[str]) -> bool:
    """Whether such a time stands there."""
    return len(values) > place and bool(_STAMP.match(values[place]))


def iso_reader(timezone: str) -> Callable[[str, str], int]:
    """What reads ``2020-01-02 03:04:05`` in a column, also with ``+01`` behind it, which counts more than the zone.

    Fractions of a second are left out; of two instants at which a clock shows the same the first counts. Raises
    WrongRowError."""
    wall, utc = (DisplayFormat("YYYY/MM/DD", "24", zone) for zone in (timezone, "UTC"))

    @lru_cache(maxsize=4096)
    def whole_hour(text: str) -> int | None:
        """When the hour begins, if its seconds are those of every hour."""
        first, last = (read_or_none(wall, f"{text}:{rest}") for rest in ("00:00", "59:59"))
        return first if first is not None and last is not None and last - first == 3599 else None

    def read(column: str, text: str) -> int:
        if len(text) == 19 and (hour := whole_hour(text[:13])) is not None and (rest := _WITHIN.match(text, 13)):
            return hour + int(rest[1]) * 60 + int(rest[2])
        behind = _BEHIND.fullmatch(text, 19)
        if behind and _STAMP.match(text):
            shown_time = text[:19].replace("T", " ")
            told = behind[1] or behind[2]
            found = read_or_none(utc if told else wall, shown_time)
            if found is not None:
                return found - (_offset(behind) if told else 0)
        raise WrongRowError(column, f"{shown(text)} is no time such as 2020-01-02 03:04:05")

    return read


def times_apart(timezone: str) -> Callable[[str], int]:
    """What says of ``2020-01-02 03:04:05`` how many seconds lie between the two instants at which the clock shows it, 0
    where it does so once."""
    wall = DisplayFormat("YYYY/MM/DD", "24", timezone)

    def apart(text: str) -> int:
        text = text.replace("-", "/").replace("T", " ")
        try:
            first, last = (wall.read(text, edge, accept_iso=False) for edge in _EDGES)
        except Misread:
            return 0
        return max(last - first, 0)

    @lru_cache(maxsize=4096)
    def is_double(hour: str) -> bool:
        return any(apart(f"{hour}:{rest}") for rest in ("00:00", "59:59"))

    return lambda text: apart(text[:19]) if is_double(text[:13]) else 0


def _offset(behind: re.Match[str]) -> int:
    """Seconds that a clock is ahead of UTC."""
    if behind[1]:
        return 0
    return (int(behind[3]) * 3600 + int(behind[4] or 0) * 60) * (-1 if behind[2] == "-" else 1)


class ZoneCheck:
    """Whether the clock that a file's times are read on is the one that wrote them, by rows that tell it twice."""

    def __init__(self, options: Options, file: object) -> None:
        self.options, self.file = options, file
        self.wall = DisplayFormat("YYYY/MM/DD", "24", options.timezone)
        self.done = False

    def see(self, text: str, instant: int, known: int) -> None:
        """A time, as it was read, and the instant at which it was, more or less. Raises FileError."""
        apart = instant - known
        off = (apart + _QUARTER // 2) % _QUARTER - _QUARTER // 2
        if abs(apart) > _DAY or abs(off) > MOMENT:
            return  # of a later part of the call
        self.done = True
        shown_then = {self.wall.write(known + late) for late in range(-MOMENT, MOMENT + 1)}
        if abs(apart) <= MOMENT or text[:19].replace("-", "/") in shown_then:
            return
        zone, hours = self.options.timezone, abs(apart - off) / 3600
        told = f"time {text} and the unique id's {known} are {hours:g} hours apart in {zone}"
        if not self.options.given:
            raise FileError(f"{self.file}: {told}: it was written in another zone; say which with --timezone.")
        self.options.notes.append(f"{told}: the zone that was given counts")


def read_or_none(display: DisplayFormat, text: str) -> int | None:
    """The instant, None where the text is not in the format."""
    try:
        return display.read(text.replace("-", "/"), "start", accept_iso=False)
    except Misread:
        return None


def detected(options: Options, times: Iterable[str], file: object) -> DisplayFormat:
    """The one display format that all the times are in. Raises FileError where there are several, or none."""
    left = options.formats()
    example = ""
    for text in times:
        if len(left) == 1:
            break
        fitting = [display for display in left if read_or_none(display, text) is not None]
        left, example = (fitting, text) if fitting else (left, example)
    if not example and len(left) > 1:
        raise FileError(f"{file}: no time in it is in a display format such as {' or '.join(DATE_FORMATS)}.")
    if len(left) > 1:
        choices = " or ".join(display.pattern for display in left)
        raise FileError(f"{file}: times such as {example} may be {choices}; say which with --date-format.")
    return left[0]
