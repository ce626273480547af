"""Fields of JSON bodies that create and change things: text of a length, Integers, lists of objects, references.

As in fields.py, an error's message is the vendor's ``validation_type``. A JSON boolean where an Integer belongs is a
fault of the server's on a real PBX (observed).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from ..store.objects import MOST_LEVELS, is_nested_deeper
from .errors import YeastarError
from .fields import Choice, Flag, JsonSchema, Number, Text, VendorSchema, schema_of, whole_number

if TYPE_CHECKING:
    from ..settings import Settings

__all__ = [
    "Creation", "Digits", "Flag", "Line", "Numbers", "Objects", "Pattern", "References", "Update", "Values", "Whole",
    "Word",
]  # fmt: skip

# No text of the manual's is longer, where it tells a length at all; lists in one text may be.
LONGEST = 1023

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Line(Text):
    """Text of at most ``most`` characters, and of ``least``, none of them a control character. One of several ``lines``
    may have tabs and line breaks."""

    def __init__(self, most: int = LONGEST, least: int = 0, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.least = most, least
        self._refused = _CONTROL_IN_LINES if lines else _CONTROL

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.least <= len(text) <= self.most:
            raise ValidationError("max" if len(text) > self.most else "min")
        if self._refused.search(text):
            raise ValidationError("oneof")
        return text

    @property
    def words(self) -> str:
        return f"text of {self.least} to {self.most} characters, none of them a control character"

    def as_schema(self) -> JsonSchema:
        least = {"minLength": self.least} if self.least else {}
        return super().as_schema() | {"maxLength": self.most} | least


class Digits(Line):
    """A number as it is dialled, of at most ``most`` digits."""

    def __init__(self, most: int = 7, **kwargs: Any) -> None:
        super().__init__(most, 1, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not (text.isascii() and text.isdigit()):
            raise ValidationError("number")
        return text

    @property
    def words(self) -> str:
        return f"text of 1 to {self.most} digits"

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"pattern": "^[0-9]+$"}


class Pattern(Line):
    """Text of a form, such as the example."""

    def __init__(self, pattern: str, example: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pattern, self.example = pattern, example

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ValidationError("oneof")
        return text

    @property
    def words(self) -> str:
        return f"text such as {self.example}"

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"pattern": f"^({self.pattern})$", "description": f"Such as {self.example}."}


class Word(Choice):
    """One of the words given; a value of another type is none of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("oneof")
        return super()._deserialize(value, attr, data, **kwargs)


class Whole(Number):
    """An Integer, not written as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool):
            raise YeastarError(-2, f"{attr} is a boolean; send an Integer")
        if not isinstance(value, int):
            raise ValidationError("number")
        return super()._deserialize(value, attr, data, **kwargs)


class _List(fields.Field[Any], ABC):
    """A list; one that is required is not empty."""

    default_error_messages = {"required": "required", "null": "required"}

    @property
    def words(self) -> str:
        filled = " with something in it" if self.required else ""
        return f"a list{filled}, nested on {MOST_LEVELS} levels at most"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list) or (self.required and not value):
            raise ValidationError("required")
        return [self.entry(entry, attr) for entry in value]

    @abstractmethod
    def entry(self, value: Any, attr: str | None) -> Any:
        """One entry, read. Raises ValidationError, YeastarError."""

    @abstractmethod
    def entry_schema(self) -> JsonSchema:
        """One entry, as JSON Schema."""

    def as_schema(self) -> JsonSchema:
        least = {"minItems": 1} if self.required else {}
        return {"type": ["array", "null"] if self.allow_none else "array", "items": self.entry_schema()} | least


class Numbers(_List):
    """A list of Integers."""

    def entry(self, value: Any, attr: str | None) -> int:
        if isinstance(value, bool):
            raise YeastarError(-2, f"{attr} holds a boolean; send Integers")
        if not isinstance(value, int) or whole_number(value) is None:
            raise ValidationError("number")
        return value

    def entry_schema(self) -> JsonSchema:
        return {"type": "integer", "format": "int64"}


class Values(_List):
    """A list of values of these kinds: texts, Integers, objects."""

    def __init__(self, *kinds: type, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kinds = kinds

    def entry(self, value: Any, attr: str | None) -> Any:
        if isinstance(value, bool):
            raise YeastarError(-2, f"{attr} holds a boolean")
        if not isinstance(value, self.kinds):
            raise ValidationError("required")
        _refuse_deep(value)
        return value

    def entry_schema(self) -> JsonSchema:
        return {"type": [_JSON_TYPES[kind] for kind in self.kinds]}


_JSON_TYPES: Mapping[type, str] = {str: "string", int: "integer", dict: "object"}


def _refuse_deep(value: Any) -> None:
    if is_nested_deeper(value):
        raise ValidationError("max")


class Objects(_List):
    """A list of objects with these members; what else they have is passed over. Without ``members``: any objects."""

    def __init__(self, members: Mapping[str, fields.Field[Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members = members

    def entry(self, value: Any, attr: str | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("required")
        if self.members is None:
            _refuse_deep(value)
            return value
        entry = {}
        for name, field in self.members.items():
            if name in value:
                entry[name] = field.deserialize(value[name], f"{attr}.{name}", value)
            elif field.required:
                raise ValidationError("required")
        return entry

    def entry_schema(self) -> JsonSchema:
        if self.members is None:
            return {"type": "object"}
        properties = {name: schema_of(field) for name, field in self.members.items()}
        needed = [name for name, field in self.members.items() if field.required]
        return {"type": "object", "properties": properties} | ({"required": needed} if needed else {})


class References(_List):
    """A list of things of the PBX: pairs of what each is (the first of ``types`` where it does not say) and its id.

    An entry is an object that has the id as ``id`` or ``value``, Integer or text, or the bare id.
    """

    def __init__(self, *types: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.types = types

    def entry(self, value: Any, attr: str | None) -> tuple[str, int]:
        given = value if isinstance(value, dict) else {"id": value}
        kind = given.get("type") or self.types[0]
        number = whole_number(given.get("id", given.get("value")))
        if number is None:
            raise ValidationError("number")
        if kind not in self.types:
            raise ValidationError("oneof")
        return kind, number

    def entry_schema(self) -> JsonSchema:
        id = {"type": ["integer", "string"], "format": "int64", "pattern": "^[0-9]{1,18}$"}
        kind = {"type": "string", "enum": list(self.types), "description": f"Left out: {self.types[0]}."}
        members = {"type": kind, "id": id, "value": id | {"description": "The id, where there is no member id."}}
        whole = {"type": "object", "properties": members, "anyOf": [{"required": ["id"]}, {"required": ["value"]}]}
        return {"anyOf": [whole, id]}


class Creation(VendorSchema):
    """What a new thing is to have. An empty text counts, but for what is required."""

    from_body = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.needed = frozenset(self.required)
        self.reads_blank = frozenset(self.fields) - self.needed

    def read(self, given: Mapping[str, Any]) -> tuple[Any, list[str]]:
        blanks = [name for name in self.needed if given.get(name) == ""]
        return super().read({**given, **dict.fromkeys(blanks)})


class Update(Creation):
    """What a thing is to have from now on: its id, and anything else."""

    id = Whole(required=True)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.required = ["id"]
