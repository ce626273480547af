"""What other systems leave to be told from numbers and causes: which way a call went, and how it ended."""

from __future__ import annotations

from functools import lru_cache

from .mistakes import WrongRowError, shown
from .records import Fields

# A number of up to so many digits is an extension's.
_INTERNAL_DIGITS = 5

# More digits no number has that tells a time, in whatever parts of a second.
_MOST_DIGITS = 18

# FreeSWITCH's causes that say more than that it failed; without any, nobody answered.
_ENDINGS = {
    "USER_BUSY": "BUSY",
    **dict.fromkeys(
        (
            "", "NORMAL_CLEARING", "NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL", "ALLOTTED_TIMEOUT",
            "LOSE_RACE", "PICKED_OFF", "MANAGER_REQUEST", "ATTENDED_TRANSFER", "BLIND_TRANSFER",
        ),
        "NO ANSWER",
    ),
}  # fmt: skip

# The disposition, and the cause that says so.
CAUSES = {
    "ANSWERED": "NORMAL_CLEARING",
    "VOICEMAIL": "NORMAL_CLEARING",
    "NO ANSWER": "NO_ANSWER",
    "BUSY": "USER_BUSY",
    "FAILED": "NORMAL_TEMPORARY_FAILURE",
}


def by_cause(cause: str, answered: bool) -> str:
    """The disposition of a leg that ended with FreeSWITCH's hangup cause."""
    return "ANSWERED" if answered else _ENDINGS.get(cause, "FAILED")


@lru_cache(maxsize=1 << 16)
def _is_inside(number: str) -> bool:
    return not number.startswith("+") and len(number) <= _INTERNAL_DIGITS


def by_numbers(from_number: str, to_number: str) -> str:
    """Which way a call between the two went, where nothing else tells."""
    if from_number and not _is_inside(from_number):
        return "Inbound"
    return "Internal" if _is_inside(to_number) else "Outbound"


def whole(value: object) -> int | None:
    """A whole number from 0, a text or not; None for anything else, and for what is too long to be any."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def seconds(fields: Fields, column: str) -> int:
    """Seconds in a column without their fraction, 0 where it is empty. Raises WrongRowError."""
    value = fields.get(column) or 0
    found = whole(value)
    if found is None:
        before, _, fraction = str(value).partition(".")
        found = whole(before) if fraction.isdecimal() else None
    if found is None:
        raise WrongRowError(column, f"{shown(value)} is not seconds, a number from 0")
    return found
