"""Moments: a second as the columns of a row show it, each put into words once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from .erlang import float_text
from .times import EPOCH

_DAY = 86400
# The calendar, weekdays too, begins anew after 400 years. Days; and the ordinal of 1 January 1970.
_CYCLE, _FIRST = 146_097, 719_163

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Moment(NamedTuple):
    """A second in UTC: ``gregorian`` and ``unix`` seconds as text, ``unix_float`` with a fraction, ``date`` 2015-06-26,
    ``combined`` 2015-06-26T12:28:35Z, ``rfc_1036`` Fri, 26 Jun 2015 12:28:35 GMT."""

    gregorian: str
    unix: str
    unix_float: str
    date: str
    combined: str
    rfc_1036: str


class _Day(NamedTuple):
    year: int
    month: int
    day: int
    iso: str
    words: str
    prefix: str


@lru_cache(maxsize=1024)
def _day(days: int) -> _Day:
    """The day so many days after 1 January 1970, in years without end."""
    cycle, within = divmod(days, _CYCLE)
    found = date.fromordinal(_FIRST + within)
    year, month, day = found.year + 400 * cycle, found.month, found.day
    words = f"{_WEEKDAYS[found.weekday()]}, {day:02} {_MONTHS[month - 1]} {year:04}"
    return _Day(year, month, day, f"{year:04}-{month:02}-{day:02}", words, f"{year:04}{month:02}-")


@lru_cache(maxsize=4096)
def moment(second: int) -> Moment:
    """The second (Unix) in words."""
    day = _day(second // _DAY)
    minutes, seconds = divmod(second % _DAY, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return Moment(
        gregorian=str(second + EPOCH),
        unix=str(second),
        # A number that ends in many zeros is written with an exponent.
        unix_float=f"{second}.0" if second % 1_000_000 else float_text(second),
        date=day.iso,
        combined=f"{day.iso}T{clock}Z",
        rfc_1036=f"{day.words} {clock} GMT",
    )


@lru_cache(maxsize=4096)
def date_and_time(layout: str, second: int) -> str:
    """The second (Unix) in UTC: ``layout`` has places for year, month, day, hour, minute and second."""
    day = _day(second // _DAY)
    minutes, seconds = divmod(second % _DAY, 60)
    return layout % (day.year, day.month, day.day, minutes // 60, minutes % 60, seconds)


def year_of(second: int) -> int:
    """The year of the second (Unix) in UTC."""
    return _day(second // _DAY).year


def month_prefix(second: int) -> str:
    """``YYYYMM-`` of the second's month in UTC, with which ids of that month begin."""
    return _day(second // _DAY).prefix


def month_of(second: int) -> tuple[int, int]:
    """First and last second (Unix) of the second's month in UTC, by which the vendor keeps CDRs."""
    days, prefix = second // _DAY, month_prefix(second)
    first = days - _day(days).day + 1
    last = next(day for day in range(first + 28, first + 32) if _day(day).prefix != prefix)
    return first * _DAY, last * _DAY - 1
