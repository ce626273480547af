"""Times as files have them, read on the clock that wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from ..display_format import DisplayFormat, Misread
from .mistakes import FileError, WrongRowError, shown
from .records import Names

DATE_FORMATS = ("MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD")
TIME_FORMATS = ("24", "12")

# Minutes and seconds, whatever is behind them.
_WITHIN = re.compile(":([0-5][0-9]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True)
class Options:
    """What is said about a file. ``timezone`` is its own, ``given`` where somebody said so; ``names`` are of --map;
    ``notes`` are what the reader finds worth telling."""

    timezone: str
    given: bool = False
    date_format: str | None = None
    time_format: str | None = None
    names: Names = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def compact(self) -> Callable[[int], str]:
        """How a start is written in a uid."""
        return DisplayFormat("YYYY/MM/DD", "24", self.timezone).compact

    def formats(self) -> list[DisplayFormat]:
        """The display formats that the file can have."""
        dates = [self.date_format] if self.date_format else DATE_FORMATS
        clocks = [self.time_format] if self.time_format else TIME_FORMATS
        return [DisplayFormat(date, clock, self.timezone) for date, clock in product(dates, clocks)]


def iso_reader(timezone: str) -> Callable[[str, str], int]:
    """What reads ``2020-01-02 03:04:05`` in a column; fractions of a second are left out, of two instants at which a
    clock shows the same the first counts. Raises WrongRowError."""
    wall = DisplayFormat("YYYY/MM/DD", "24", timezone)

    @lru_cache(maxsize=4096)
    def whole_hour(text: str) -> int | None:
        """When the hour begins, if its seconds are those of every hour."""
        first, last = (read_or_none(wall, f"{text}:{rest}") for rest in ("00:00", "59:59"))
        return first if first is not None and last is not None and last - first == 3599 else None

    def read(column: str, text: str) -> int:
        hour, rest = whole_hour(text[:13]), _WITHIN.match(text, 13)
        if hour is not None and rest:
            return hour + int(rest[1]) * 60 + int(rest[2])
        found = read_or_none(wall, text[:19])
        if found is None:
            raise WrongRowError(column, f"{shown(text)} is no time such as 2020-01-02 03:04:05")
        return found

    return read


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
