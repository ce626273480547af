"""Gregorian seconds, the vendor's times: they count from the year 0."""

from __future__ import annotations

# Gregorian seconds at the beginning of 1970.
EPOCH = 62_167_219_200


def to_gregorian(instant: int) -> int:
    """Gregorian seconds of an instant in Unix seconds."""
    return instant + EPOCH


def to_unix(gregorian: int) -> int:
    """Unix seconds of an instant in Gregorian seconds."""
    return gregorian - EPOCH
