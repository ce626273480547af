"""Zones as the vendor writes them: ``8 China (Beijing)``, hours from UTC outside of summer time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# The vendor's names, as far as a source shows them: the manual, and a real PBX (Riyadh). Others go by their own.
_NAMES = {
    "Asia/Shanghai": "China (Beijing)",
    "Asia/Tokyo": "Japan (Tokyo)",
    "Asia/Riyadh": "Saudi Arabia (Riyadh)",
}

# Of years after it, the data of zones tell no more.
_LAST_YEAR = 2037


def zone_name(zone: str, year: int = _LAST_YEAR) -> str:
    """Hours from UTC, and the zone's country and city."""
    return f"{offset_of(zone, year).removeprefix('+')} {_NAMES.get(zone, zone)}"


def offset_of(zone: str, year: int = _LAST_YEAR) -> str:
    """``+8``, ``-3:30``: from UTC, outside of summer time."""
    first = _months(zone, year)[0]
    minutes = int(((first.utcoffset() or timedelta()) - (first.dst() or timedelta())).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def has_summer_time(zone: str, year: int) -> bool:
    return any(month.dst() for month in _months(zone, year))


def _months(zone: str, year: int) -> list[datetime]:
    return [datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for month in range(1, 13)]
