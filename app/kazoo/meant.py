"""Meant: what a time was meant to be that is no Gregorian second of our days. Clients send Unix time, or dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from .times import EPOCH, to_gregorian

_DAY = 86_400


class Meant(NamedTuple):
    """``second`` is Gregorian. ``what`` was sent, by the look of it, and ``how`` to make Gregorian seconds of it."""

    second: int
    what: str
    how: str


class _Unit(NamedTuple):
    """Whole numbers from ``low`` to below ``high`` look like this; they are divided, then added to."""

    what: str
    low: int
    high: int
    divided: int
    added: int


# From 1973 to 2286 in Unix time, and from 1970 to 2346 in Gregorian time.
_UNITS = (
    _Unit("Unix seconds", 10**8, 10**10, 1, EPOCH),
    _Unit("Unix milliseconds", 10**11, 10**13, 1_000, EPOCH),
    _Unit("Unix microseconds", 10**14, 10**16, 1_000_000, EPOCH),
    _Unit("Gregorian milliseconds", EPOCH * 1_000, 74 * 10**12, 1_000, 0),
)
_OURS = range(EPOCH, 74 * 10**9)

_WITH_FRACTION = re.compile(r"\s*([0-9]{1,20})(\.[0-9]*)?\s*")


def meant_time(text: str, last: bool = False) -> Meant | None:
    """What the text was meant to be; None for Gregorian seconds that are as they should be, and for what nobody knows.

    A date without a time is its first second, or its ``last``.
    """
    number = _WITH_FRACTION.fullmatch(text)
    if number is None or len(number[1]) == len("YYYYMMDD"):
        return _date(text.strip(), last)
    whole = int(number[1])
    if whole in _OURS and number[1] != text:
        return Meant(whole, "seconds that are not written as a whole number", "write digits and nothing else")
    return next(_units(whole), None)


def _units(number: int) -> Iterator[Meant]:
    for unit in _UNITS:
        if unit.low <= number < unit.high:
            steps = [f"divide by {unit.divided}"] if unit.divided > 1 else []
            steps += [f"add {unit.added}"] if unit.added else []
            yield Meant(number // unit.divided + unit.added, unit.what, " and ".join(steps))


def _date(text: str, last: bool) -> Meant | None:
    """ISO 8601; in UTC, unless it says otherwise."""
    how = f"send Gregorian seconds, which are Unix seconds + {EPOCH}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _date_and_time(text, how)
    instant = (day.toordinal() - date(1970, 1, 1).toordinal()) * _DAY
    return Meant(to_gregorian(instant + (_DAY - 1 if last else 0)), "a date", how)


def _date_and_time(text: str, how: str) -> Meant | None:
    try:
        # A + in a URL is a blank.
        found = datetime.fromisoformat(re.sub(r"(:\d\d) (\d\d:?\d\d)$", r"\1+\2", text))
        instant = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return Meant(to_gregorian(int(instant)), "a date and time", how)
