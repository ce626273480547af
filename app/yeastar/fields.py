"""The vendor's ways with numbers, times and empty strings, as marshmallow fields.

A field's error message is the vendor's ``validation_type``: required, number, oneof, max or min. ``as_schema`` is what
it takes, as JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, runtime_checkable

from marshmallow import Schema, ValidationError, fields

from ..pbx.display_format import DisplayFormat, Misread
from .errors import YeastarError, parameter_error

if TYPE_CHECKING:
    from ..settings import Settings

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_LARGEST = 2**63 - 1

JsonSchema = dict[str, Any]

# Metadata of a field of an answer whose key may be left out.
OPTIONAL = {"optional": True}


class VendorSchema(Schema):
    """Parameters of one interface, as a PBX with these settings reads them.

    ``read`` asks the fields of what was given, and does not walk all that could have been: a search names three of its
    fifteen parameters.
    """

    # Names whose empty value counts; any other empty one is as good as none (a form sent with a field left blank).
    reads_blank: Collection[str] = ()

    # Whether the parameters come as a JSON body, in which a number is not written as text.
    from_body = False

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.display = DisplayFormat.of(settings)
        self.required = [name for name, field in self.fields.items() if field.required]

    def read(self, given: Mapping[str, Any]) -> tuple[Any, list[str]]:
        """What is asked for, and the names given that the interface does not know. Raises YeastarError 40002."""
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        unknown = []
        for name, value in given.items():
            field = self.fields.get(name)
            if field is None:
                unknown.append(name)
            elif value != "" or name in self.reads_blank:
                try:
                    values[name] = field.deserialize(value, name, given)
                except ValidationError as error:
                    problems[name] = str(error.messages[0])
        problems |= {name: "required" for name in self.required if name not in values and name not in problems}
        if problems:
            raise parameter_error({name: problems[name] for name in self.fields if name in problems})
        return self.understand(values), unknown

    def understand(self, given: dict[str, Any]) -> Any:
        """The values read, as the interface's answer wants them."""
        return given


@runtime_checkable
class Described(Protocol):
    """A field that says what it takes."""

    def as_schema(self) -> JsonSchema: ...


class Text(fields.Field[str]):
    """A string; a JSON value of another type is as good as none."""

    default_error_messages = {"required": "required", "null": "required"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("required")
        return value

    def as_schema(self) -> JsonSchema:
        """An empty text is as good as none, where one is needed."""
        return {"type": "string"} | ({"minLength": 1} if self.required else {})


class Choice(Text):
    """One of the words given, exactly."""

    def __init__(self, *allowed: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices, self.allowed = allowed, frozenset(allowed)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value not in self.allowed:
            raise ValidationError("oneof")
        return cast(str, value)

    def as_schema(self) -> JsonSchema:
        return {"type": "string", "enum": list(self.choices)}


class Number(fields.Field[int]):
    """A whole number within 64 bits, as text or JSON number; ``cut`` lowers one above ``most`` instead of refusing."""

    default_error_messages = {"required": "required", "null": "number"}

    def __init__(self, *, least: int | None = None, most: int | None = None, cut: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most, self.cut = least, most, cut

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = whole_number(value)
        if number is None:
            raise ValidationError("number")
        if self.least is not None and number < self.least:
            raise ValidationError("min")
        if self.most is not None and number > self.most:
            if not self.cut:
                raise ValidationError("max")
            number = self.most
        return number

    def as_schema(self) -> JsonSchema:
        made: JsonSchema = {"type": "integer", "format": "int64"}
        if self.least is not None:
            made["minimum"] = self.least
        if self.most is not None and not self.cut:
            made["maximum"] = self.most
        return made | ({"description": f"At most {self.most:,}; a larger one counts as that."} if self.cut else {})


class Flag(fields.Field[int]):
    """An Integer that is 0 or 1. A JSON boolean in its place is a fault of the server's on a real PBX (observed)."""

    default_error_messages = {"required": "required", "null": "number"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool):
            raise YeastarError(-2, f"{attr} is a boolean; send the Integer 0 or 1")
        in_a_body = cast(VendorSchema, self.parent).from_body
        number = None if in_a_body and isinstance(value, str) else whole_number(value)
        if number is None:
            raise ValidationError("number")
        if number not in (0, 1):
            raise ValidationError("oneof")
        return number

    def as_schema(self) -> JsonSchema:
        return {"type": "integer", "enum": [0, 1]}


def schema_of(field: fields.Field[Any]) -> JsonSchema:
    """What the field says of itself; {} for one of marshmallow's own, which others can tell."""
    return field.as_schema() if isinstance(field, Described) else {}


def whole_number(value: Any) -> int | None:
    """The number that text or a JSON integer stands for, or None."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        return None
    return value


class Time(fields.Field[Any]):
    """A bound in the display format: Unix seconds, or the Misread that says how to write it.

    A misread time is no error: the PBX answers it with no rows (decided by the vendor's warning in the manual).
    """

    def __init__(self, edge: Literal["start", "end"], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.edge = edge

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | Misread:
        schema = cast(VendorSchema, self.parent)
        try:
            return schema.display.read(str(value), self.edge, schema.settings.accept_iso_times)
        except Misread as misread:
            return misread

    def as_schema(self) -> JsonSchema:
        display = cast(VendorSchema, self.parent).display
        return {"type": "string", "description": f"In the display format: {display.pattern}."}


class NumberList(Text):
    """Comma-separated ids, each counted once; what is not a number is an id that nothing has."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        numbers = (whole_number(part.strip()) for part in text.split(","))
        return tuple(dict.fromkeys(number for number in numbers if number is not None))

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"description": "Ids with commas between."}


class DidList(Text):
    """Comma-separated ``{did_number or did_name}:{trunk_name}``, each counted once; without a trunk, any.

    A pair without a DID, or with a NUL in it, is one that no call has: SQLite would read it up to the NUL.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        pairs = (part.partition(":") for part in text.split(",") if "\x00" not in part)
        return tuple(dict.fromkeys((did, trunk) for did, _, trunk in pairs if did))

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {
            "description": "A DID's number or name, and :trunk behind it; several with commas."
        }
