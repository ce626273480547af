"""How the vendor's language turns values into text and numbers (read in the vendor's code, kz_term and kz_mochinum)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson


class NoIntegerError(ValueError):
    """The text is no number."""


_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[+-]?[0-9]{1,300}\.[0-9]{1,300}([eE][+-]?[0-9]{1,2})?")


def to_integer(text: str) -> int:
    """The whole number, or the nearest one to a number with decimals. Raises NoIntegerError."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return int(Decimal(text).to_integral_value(ROUND_HALF_UP))
    raise NoIntegerError(text)


def float_text(number: float) -> str:
    """The shortest digits that are the number: 0.0, 0.2262, 1.7e+9."""
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text, place = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign else ""
    if not number:
        return "0.0"
    if -6 < place <= 0:
        return f"{minus}0.{'0' * -place}{text}"
    if 0 < place < len(text) + 6:
        return f"{minus}{text[:place].ljust(place, '0')}.{text[place:] or '0'}"
    return f"{minus}{text[0]}.{text[1:] or '0'}e{'-' if place < 0 else '+'}{abs(place - 1)}"


def to_text(value: Any) -> str:
    """A value of a document as text; a list's parts one behind the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, list):
        return "".join(map(to_text, value))
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


def is_empty(value: Any) -> bool:
    """Whether a value counts as none: so do 0 and the words for nothing."""
    if isinstance(value, str):
        return value in ("", "0", "NULL", "undefined")
    return value is None or (not isinstance(value, bool) and not value)
