"""Fields of what comes in: each is read by a Reader, which says what is allowed, and takes nothing for something else.

JSON has types, so 5 is no "5" there; a query has texts only, and is read by the readers that settings have.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from ..setting_readers import FLAG, Reader, integer

__all__ = ["FLAG", "UNKNOWN", "Takes", "Value", "integer"]

UNKNOWN = "unknown"


class Takes(Schema):
    """What an interface takes; anything else is refused."""

    error_messages = {"unknown": UNKNOWN}


class Value(fields.Raw):
    """One value, and in ``help`` one sentence of what it means."""

    def __init__(
        self, reader: Reader, help: str, required: bool = False, default: Any = None, nullable: bool = False
    ) -> None:
        self._reader = reader
        expected = self._refused(None)
        shown = {} if default is None else {"load_default": default}
        super().__init__(
            required=required,
            allow_none=nullable,
            metadata={"description": help, **reader.schema},
            error_messages={
                "required": f"is missing; expected {expected}",
                "null": f"null is not allowed; expected {expected}",
            },
            **shown,
        )

    def _refused(self, value: Any) -> str:
        """What is expected in the place of a value that is refused; empty for one that is not."""
        try:
            self._reader.parse(value)
        except ValueError as expected:
            return str(expected)
        return ""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        expected = self._refused(value)
        if expected:
            raise ValidationError(f"{_shown(value)} is not allowed; expected {expected}")
        return self._reader.parse(value)


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _reader(allowed: str, schema: Mapping[str, Any], is_allowed: Callable[[Any], bool]) -> Reader:
    def parse(value: Any) -> Any:
        if not is_allowed(value):
            raise ValueError(allowed)
        return value

    return Reader(parse, schema)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def whole(low: int, high: int) -> Reader:
    """A whole number from low to high, both included."""
    return _reader(
        f"a whole number from {low} to {high}",
        {"type": "integer", "minimum": low, "maximum": high},
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
    )


def number(low: float, high: float) -> Reader:
    return _reader(
        f"a number from {low:,} to {high:,}",
        {"type": "number", "minimum": low, "maximum": high},
        lambda value: _is_number(value) and low <= value <= high,
    )


def decimal(low: float, high: float) -> Reader:
    """The same, written as a text."""

    def parse(value: Any) -> float:
        try:
            read = float(value)
        except (TypeError, ValueError):
            read = math.nan
        if not low <= read <= high:
            raise ValueError(f"a number from {low:,} to {high:,}")
        return read

    return Reader(parse, {"type": "number", "minimum": low, "maximum": high})


def text(most: int = 128) -> Reader:
    """A text that is not empty."""
    return _reader(
        f"a text of 1 to {most} printable characters",
        {"type": "string", "minLength": 1, "maxLength": most},
        lambda value: isinstance(value, str) and 1 <= len(value) <= most and value.isprintable(),
    )


def one_of(*words: str) -> Reader:
    return _reader("one of " + ", ".join(words), {"type": "string", "enum": list(words)}, lambda value: value in words)


# The content of a file, which nobody shows again in whole.
CONTENT = _reader("a text", {"type": "string", "minLength": 1}, lambda value: isinstance(value, str) and value != "")

TRUTH = _reader("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))

# Where the OpenAPI document has the schema of seed documents.
DOCUMENT = {"$ref": "#/components/schemas/SeedDocument"}

OBJECT = _reader("an object", {"type": "object"}, lambda value: isinstance(value, dict))


def others(allowed: str, schema: Mapping[str, Any]) -> Reader:
    """What somebody else reads, who has better words for what is wrong with it."""
    return _reader(allowed, schema, lambda value: value is not None)


_LONGEST_PATH = 4096


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and 1 <= len(value) <= _LONGEST_PATH


PATH = _reader(
    "the path of a file",
    {"type": "string", "minLength": 1, "maxLength": _LONGEST_PATH},
    _is_path,
)

SOURCE = _reader(
    "demo, empty, the path of a seed document, or a document",
    {"oneOf": [{"type": "string"}, DOCUMENT]},
    lambda value: isinstance(value, dict) or _is_path(value),
)

INSTANT = _reader(
    "a time in the PBX's display format, in ISO 8601, or in Unix seconds",
    {"oneOf": [{"type": "string"}, {"type": "number"}]},
    lambda value: _is_number(value) or isinstance(value, str),
)

DURATION = _reader(
    "seconds, or a text such as 31m, 2h, 1d, 1w",
    {"oneOf": [{"type": "number"}, {"type": "string"}]},
    lambda value: _is_number(value) or isinstance(value, str),
)
