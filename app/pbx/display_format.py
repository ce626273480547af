"""The PBX's display format: how it writes times and which texts it reads as times.

Dates are MM/DD/YYYY, DD/MM/YYYY or YYYY/MM/DD, times ``14:53:41`` or ``02:53:41 PM``, in the PBX's own zone
(System > Date and Time > Display Format). Sections are the Yeastar fact sheet's; section 9 has the rules.
SQLite writes most of these texts, so each rule stands once, and Python and SQL are made from it.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ..settings import Settings

Edge = Literal["start", "end"]

END = 4_102_444_800  # 2100-01-01 00:00:00 UTC: an instant is a whole number of Unix seconds from 0 up to here
_DAY = 86_400

# A part of the date in three languages: SQLite's strftime, str.format, regular expressions.
_STRFTIME, _TEMPLATE, _SHAPE = range(3)
_PARTS = {
    "YYYY": ("%Y", "{0:04}", "(?P<year>[0-9]{4})"),
    "MM": ("%m", "{1:02}", "(?P<month>[0-9]{2})"),
    "DD": ("%d", "{2:02}", "(?P<day>[0-9]{2})"),
}
_TIME_SHAPE = " (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_TIME_PATTERNS = {"24": "HH:mm:ss", "12": "hh:mm:ss AM"}
_DATE_FORMATS = ("MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD")

_UNIX_SECONDS = re.compile("[0-9]{1,10}")
_FRACTION = re.compile("[.,][0-9]*[1-9]")
_LONGEST = 60  # characters of a given text that are looked at and shown again; no time is as long

# What people write instead; the first shape that fits counts.
_MISTAKES = (
    ("", "is empty"),
    ("[0-9]{13}", "looks like milliseconds, not seconds"),
    ("[0-9]{10,}", "is too large for Unix seconds, which end before 2100"),
    (r"\s.*|.*\s", "has blanks around it"),
    ("[0-9]+[-/][0-9]+[-/][0-9]+", "has no time of day"),
    ("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+", "has a blank where ISO 8601 has a T"),
    # A form decoder turns + into a blank.
    ("[0-9-]+T[0-9:.]+ [0-9]{2}:?[0-9]{2}", "has lost the + of its UTC offset (in a URL, + is written %2B)"),
    ("[0-9/]+ [0-9:]+ ?(am|pm|Am|Pm)", "needs upper-case AM or PM"),
    ("[0-9/]+ [0-9]+:[0-9]+( [AP]M)?", "has no seconds"),
    ("[0-9/]+ (00|1[3-9]|2[0-3]):[0-9:]+ [AP]M", "mixes 24 hours with AM or PM"),
    ("[0-9]/.*|.*[/ :][0-9]([/ :].*)?", "needs two digits in every field, four for the year"),
)


class Misread(ValueError):  # noqa: N818 - the word by which everybody here calls it
    """The text is no time in this notation; ``str()`` is a sentence for the integrator on what to write."""


@dataclass(frozen=True)
class DisplayFormat:
    """Writes and reads times as a PBX with these three settings does (settings.py has their values).

    Instants are Unix seconds from 1970 to 2099. Every method that needs the zone raises
    ``zoneinfo.ZoneInfoNotFoundError`` when there is no zone of that name.
    """

    date_format: str
    time_format: str
    timezone: str

    @classmethod
    def of(cls, settings: Settings) -> DisplayFormat:
        """The display format that a PBX with these settings has."""
        return cls(settings.date_format, settings.time_format, settings.timezone)

    @property
    def pattern(self) -> str:
        """What to write, as a form's hint shows it: ``MM/DD/YYYY HH:mm:ss`` or ``MM/DD/YYYY hh:mm:ss AM``."""
        return f"{self.date_format} {_TIME_PATTERNS[self.time_format]}"

    def write(self, instant: int) -> str:
        """The instant as the PBX shows it: ``05/30/2022 14:53:41``, or ``05/30/2022 02:53:41 PM``."""
        year, month, day, hour, minute, second = _wall_fields(instant, self.timezone)
        half = ""
        if self.time_format == "12":
            half = " AM" if hour < 12 else " PM"
            hour = (hour + 11) % 12 + 1
        return _template(self.date_format).format(year, month, day, hour, minute, second, half)

    def compact(self, instant: int) -> str:
        """``YYYYMMDDHHmmss`` on the PBX's clock, as in uids and names of recordings (sections 4.3, 4.5)."""
        return "{:04}{:02}{:02}{:02}{:02}{:02}".format(*_wall_fields(instant, self.timezone))

    @property
    def system_date_format(self) -> str:
        """``system_date_format`` of system/information (section 8.1): ``MM/DD/YYYY``."""
        return self.date_format

    def system_time_format(self, instant: int) -> str:
        """``system_time_format`` of system/information: ``hh:mm:ss``; with 12 hours also the half of the day.

        Live systems say ``hh:mm:ss PM`` in the evening and ``hh:mm:ss AM`` after midnight (section 8.1).
        """
        return "hh:mm:ss" if self.time_format == "24" else f"hh:mm:ss {self.write(instant)[-2:]}"

    def read(self, text: str, edge: Edge, accept_iso: bool) -> int:
        """The first ("start") or last ("end") instant of a search bounded by this text; raises Misread.

        The text is compared with the PBX's clock. Where that shows a time twice, a start is the earlier
        instant and an end the later; where it jumps over the time, a start is the first second after the jump
        and an end the last one before. ``accept_iso`` adds, as newer firmware does, Unix seconds and ISO 8601
        date-times (without offset on the PBX's clock; a start's fraction rounds up, an end's down).
        The result is between -1 (an end before 1970) and 4102444800 (a start after 2099).
        """
        wall = self._wall(text)
        if wall is not None:
            return _zone(self.timezone).bound(wall, edge)
        instant = self._read_iso_or_unix(text, edge) if accept_iso else None
        if instant is None:
            raise Misread(self._correction(text, accept_iso))
        return instant

    def sql(self, column: str) -> str:
        """An SQLite expression that gives what ``write`` gives.

        ``column`` is a column or expression of Unix seconds; it is repeated, so it must not be a bare ``?``.
        Half a microsecond a row: one strftime is cheaper than printf or substr of its parts, and the subquery
        works out the local second once, which a 12-hour text needs three times.
        """
        local = f"{_operand(column)}+{self.sql_offset(column)}"
        layout = f"{_spell(self.date_format, _STRFTIME)} %H:%M:%S"
        if self.time_format == "24":
            return f"strftime('{layout}',{local},'unixepoch')"
        # SQLite has %I and %p only since 3.44. So %H is asked of another second of that day: from 01 PM on
        # half a day earlier, before 01 AM half a day later. As % of a negative number (1970-01-01, west of
        # Greenwich) is negative, t is a day too large, and -2 half days take that off again.
        return (
            f"(SELECT strftime(CASE WHEN t%{_DAY}<43200 THEN '{layout} AM' ELSE '{layout} PM' END,"
            f"t+43200*(iif(t%43200<3600,1,0)-iif(t%{_DAY}>=43200,1,0)-2),'unixepoch')"
            f" FROM (SELECT {local}+{_DAY} AS t) AS s)"
        )

    def sql_offset(self, column: str) -> str:
        """An SQLite expression for the zone's UTC offset, in seconds, at the instant in ``column``."""
        return _offset_sql(self.timezone, _operand(column))

    def _wall(self, text: str) -> int | None:
        """The text as seconds from 1970 to that time, both on the PBX's clock; None if not in this format."""
        match = _shape(self.date_format, self.time_format).fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second = map(
            int, match.group("year", "month", "day", "hour", "minute", "second")
        )
        try:
            if self.time_format == "12":
                hour = _hour_of_day(hour, match["half"])
            return _wall_seconds(datetime(year, month, day, hour, minute, second))
        except ValueError:
            return None

    def _read_iso_or_unix(self, text: str, edge: Edge) -> int | None:
        if _UNIX_SECONDS.fullmatch(text):
            return int(text) if int(text) < END else None
        moment = _iso(text)
        if moment is None:
            return None
        wall = _wall_seconds(moment.replace(tzinfo=None))
        if edge == "start" and _FRACTION.search(text):
            wall += 1
        offset = moment.utcoffset()
        if offset is None:
            return _zone(self.timezone).bound(wall, edge)
        return max(-1, min(wall - int(offset.total_seconds()), END))

    def _correction(self, text: str, accept_iso: bool) -> str:
        example = 1653893621  # the moment of the vendor's own example, section 4.2
        right = f"{self.pattern} such as {self.write(example)}"
        if accept_iso:
            right += f", ISO 8601 such as 2022-05-30T06:53:41Z, and Unix seconds such as {example}"
        shown = repr(text[:_LONGEST] + "..." * (len(text) > _LONGEST))
        return f"{shown} {self._reason(text, accept_iso)}; this PBX reads {right}."

    def _reason(self, text: str, accept_iso: bool) -> str:
        if len(text) > _LONGEST:
            return "is too long for a time"
        for other in _all_formats(self):
            if other._wall(text) is not None:
                return f"looks like {other.pattern} ({other.time_format} hours)"
        if _shape(self.date_format, self.time_format).fullmatch(text):
            return "is a day or a time of day that does not exist"
        if not accept_iso and self._read_iso_or_unix(text, "start") is not None:
            return "is ISO 8601 or Unix seconds, which are not accepted here"
        return next((reason for shape, reason in _MISTAKES if re.fullmatch(shape, text)), "is not a time")


class _Zone(NamedTuple):
    """A zone's UTC offsets in seconds: ``offsets[i]`` from ``begins[i]`` to just before ``begins[i + 1]``."""

    begins: tuple[int, ...]
    offsets: tuple[int, ...]

    def position(self, instant: int) -> int:
        """The i of the offset at this instant; before 1970 the first, after 2099 the last."""
        return bisect_right(self.begins, instant, 1, len(self.offsets)) - 1

    def bound(self, wall: int, edge: Edge) -> int:
        # No clock is a whole day away from UTC, so only the offsets within a day of it can matter.
        near = range(self.position(wall - _DAY), self.position(wall + _DAY) + 1)
        return self._first(wall, near) if edge == "start" else self._last(wall, near)

    def _first(self, wall: int, near: range) -> int:
        """The first instant at which the clock shows ``wall`` or more; END if it never does."""
        for i in near:
            instant = max(self.begins[i], wall - self.offsets[i])
            if instant < self.begins[i + 1]:
                return instant
        return END

    def _last(self, wall: int, near: range) -> int:
        """The last instant at which the clock shows ``wall`` or less; -1 if it never did."""
        for i in reversed(near):
            instant = min(self.begins[i + 1] - 1, wall - self.offsets[i])
            if instant >= self.begins[i]:
                return instant
        return -1


# Two changes of a zone's offset since 1970 are at least 6.96 days apart (America/Recife in 2000, Asia/Gaza in
# 2040; all zones of tzdata were looked through), so steps of six days meet each. Once a zone, 6 milliseconds.
_STEP = 6 * _DAY


@lru_cache(maxsize=64)
def _zone(name: str) -> _Zone:
    zone = ZoneInfo(name)
    begins, offsets = [0], [_offset(0, zone)]
    for low in range(0, END, _STEP):
        high = min(low + _STEP, END - 1)
        if _offset(high, zone) != offsets[-1]:
            begins.append(_change(low, high, zone))
            offsets.append(_offset(high, zone))
    return _Zone((*begins, END), tuple(offsets))


def _change(low: int, high: int, zone: ZoneInfo) -> int:
    """The first second of the offset that holds at ``high`` and did not at ``low``."""
    after = _offset(high, zone)
    return low + bisect_left(range(low, high), True, key=lambda instant: _offset(instant, zone) == after)


def _offset(instant: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(instant, zone).utcoffset()
    assert offset is not None  # a ZoneInfo always knows
    return offset.days * _DAY + offset.seconds


@lru_cache(maxsize=64)
def _offset_sql(timezone: str, operand: str) -> str:
    zone = _zone(timezone)

    def tree(low: int, high: int) -> str:
        """Splits at the change nearest to the middle of the time, so that a long rest is found at once."""
        if high - low == 1:
            return str(zone.offsets[low])
        middle = (zone.begins[low] + zone.begins[high]) // 2
        cut = min(range(low + 1, high), key=lambda i: abs(zone.begins[i] - middle))
        return f"CASE WHEN {operand}<{zone.begins[cut]} THEN {tree(low, cut)} ELSE {tree(cut, high)} END"

    return f"({tree(0, len(zone.offsets))})"


def _operand(column: str) -> str:
    return column if column.replace(".", "").isidentifier() else f"({column})"


def _wall_fields(instant: int, timezone: str) -> tuple[int, int, int, int, int, int]:
    zone = _zone(timezone)
    return time.gmtime(instant + zone.offsets[zone.position(instant)])[:6]


def _wall_seconds(wall: datetime) -> int:
    return (wall - datetime(1970, 1, 1)) // timedelta(seconds=1)


def _hour_of_day(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise ValueError("hour must be in 1..12")
    return hour % 12 + (12 if half == " PM" else 0)


def _spell(date_format: str, language: int) -> str:
    return "/".join(_PARTS[part][language] for part in date_format.split("/"))


@lru_cache
def _template(date_format: str) -> str:
    return _spell(date_format, _TEMPLATE) + " {3:02}:{4:02}:{5:02}{6}"


@lru_cache
def _shape(date_format: str, time_format: str) -> re.Pattern[str]:
    half = "(?P<half> AM| PM)" if time_format == "12" else ""
    return re.compile(_spell(date_format, _SHAPE) + _TIME_SHAPE + half)


def _all_formats(display: DisplayFormat) -> list[DisplayFormat]:
    """Every format in the same zone, those with the same order of the date first."""
    formats = [
        replace(display, date_format=date, time_format=clock) for date, clock in product(_DATE_FORMATS, _TIME_PATTERNS)
    ]
    return sorted(formats, key=lambda other: other.date_format != display.date_format)


def _iso(text: str) -> datetime | None:
    if "T" not in text or len(text) > _LONGEST:
        return None
    # Imported here because it takes long, and most runs never need it.
    from dateutil.parser import isoparser

    try:
        return isoparser(sep="T").isoparse(text)
    except (ValueError, OverflowError):  # 9999-12-31T24:00 overflows
        return None
