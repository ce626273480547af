"""How values of settings are read: text from a flag or a variable, or a value of a TOML or JSON document."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Reader:
    """How a value is read: ``parse`` takes text or a TOML/JSON value and raises ValueError saying what is allowed.

    ``schema`` is the same rule as JSON Schema, for the published description of seed documents.
    """

    parse: Callable[[Any], Any]
    schema: Mapping[str, Any]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int)):
        word = str(value).strip().lower()
        if word in ("1", "on", "true", "yes"):
            return True
        if word in ("0", "off", "false", "no", ""):
            return False
    raise ValueError("on or off (also 1/0, true/false, yes/no)")


def integer(low: int, high: int) -> Reader:
    """A whole number from low to high, both included."""

    def parse(value: Any) -> int:
        allowed = f"a whole number from {low} to {high}"
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError(allowed)
        try:
            number = int(value)
        except ValueError:
            raise ValueError(allowed) from None
        if not low <= number <= high:
            raise ValueError(allowed)
        return number

    return Reader(parse, {"type": "integer", "minimum": low, "maximum": high})


def choice(*allowed: str) -> Reader:
    """One of the words given."""

    def parse(value: Any) -> str:
        if isinstance(value, bool) or str(value) not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return str(value)

    numbers = [int(word) for word in allowed if word.isdecimal()]
    return Reader(parse, {"enum": [*allowed, *numbers]})


def _short_text(value: Any) -> str:
    text = _text(value)
    if not text or len(text) > 128 or not text.isprintable():
        raise ValueError("1 to 128 printable characters")
    return text


def characters(pattern: str, allowed: str) -> Reader:
    """Text that matches the pattern whole; ``allowed`` says in words what that is."""

    def parse(value: Any) -> str:
        if re.fullmatch(pattern, _text(value), re.ASCII) is None:
            raise ValueError(allowed)
        return str(value)

    return Reader(parse, {"type": "string", "pattern": f"^{pattern}$"})


def _zone(value: Any) -> str:
    try:
        ZoneInfo(_text(value))
    except (ValueError, OSError, KeyError):
        raise ValueError("an IANA time zone such as Asia/Shanghai or Europe/London") from None
    return str(value)


def _folder(value: Any) -> str:
    path = _text(value)
    if path and not os.path.isdir(path):
        raise ValueError("a folder that there is")
    return os.path.abspath(path) if path else ""


def _networks(value: Any) -> tuple[str, ...]:
    import ipaddress

    if isinstance(value, str):
        value = "" if value.strip().lower() == "none" else value
    parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
    try:
        return tuple(str(ipaddress.ip_network(str(part).strip(), strict=False)) for part in parts if str(part).strip())
    except ValueError:
        raise ValueError("none, or addresses and networks such as 192.168.5.0/24,10.0.0.0/255.0.0.0") from None


TEXT = Reader(_text, {"type": "string"})
SHORT_TEXT = Reader(_short_text, {"type": "string", "minLength": 1, "maxLength": 128})
DATABASE = characters(
    r"(?:postgresql(?:\+psycopg)?://\S{1,1000})?", "postgresql+psycopg://user:password@host/database, or nothing"
)
FLAG = Reader(_flag, {"type": "boolean"})
FOLDER = Reader(_folder, {"type": "string"})
ZONE = Reader(_zone, {"type": "string"})
NETWORKS = Reader(_networks, {"type": "array", "items": {"type": "string"}})
SECONDS = integer(1, 10 * 365 * 86400)
