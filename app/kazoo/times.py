"""The vendor's times: Gregorian seconds, which count from the year 0, and ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

# Gregorian seconds at the beginning of 1970.
EPOCH = 62_167_219_200


def to_gregorian(instant: int) -> int:
    """Gregorian seconds of an instant in Unix seconds."""
    return instant + EPOCH


def to_unix(gregorian: int) -> int:
    """Unix seconds of an instant in Gregorian seconds."""
    return gregorian - EPOCH


def iso(instant: int) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ`` of an instant in Unix seconds."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_of(instant: int) -> tuple[int, int]:
    """First and last second (Unix) of the instant's month in UTC, by which the vendor keeps CDRs."""
    day = datetime.fromtimestamp(instant, UTC)
    first = datetime(day.year, day.month, 1, tzinfo=UTC)
    following = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp()), int(following.timestamp()) - 1
