"""Change: one thing about a search that could be otherwise, in words and as the parameters it then has."""

from __future__ import annotations

from typing import NamedTuple

from .asked import Given


class Change(NamedTuple):
    """``words`` say what to do, and why that may be what was meant."""

    words: str
    given: Given


def send(**values: str | None) -> str:
    """``send start_time=03/04/2024 00:00:00, leave page out``, for the words of a change."""
    sent = [f"{name}={value}" for name, value in values.items() if value is not None]
    left = [name for name, value in values.items() if value is None]
    parts = [f"send {' and '.join(sent)}"] if sent else []
    return ", ".join(parts + ([f"leave {' and '.join(left)} out"] if left else []))
