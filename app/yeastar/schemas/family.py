"""The parameters of the interfaces that repeat for each resource, made of its attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from marshmallow import Schema, ValidationError, fields

from ..bodies import Creation, Update
from ..fields import Choice, JsonSchema, Number, NumberList, Text, VendorSchema, whole_number
from ..paging import PAGE_SIZE
from ..profiles import described

if TYPE_CHECKING:
    from ..resource import Resource


class Ids(NumberList):
    """Comma-separated ids, each of them a number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        ids = super()._deserialize(value, attr, data, **kwargs)
        if any(whole_number(part.strip()) is None for part in value.split(",")):
            raise ValidationError("number")
        return ids

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"pattern": "^[0-9]{1,18}(,[0-9]{1,18})*$"}


class IdIn(VendorSchema):
    id = Number(required=True)


class IdsIn(VendorSchema):
    ids = Ids(required=True)


class NothingOut(Schema):
    """Of an answer that is errcode and errmsg."""


_OF_ONE: dict[str, type[VendorSchema]] = {"get": IdIn, "query": IdsIn, "delete": IdIn}


class LinkOut(Schema):
    """Of an interface that gives a link to a file."""

    file = fields.String()
    download_resource_url = fields.String()


def list_of(row: type[Schema], array: str = "data", top: Iterable[str] = ()) -> type[Schema]:
    """How many there are in all, Integers that stand before the rows, and a page of rows."""
    members: dict[str, fields.Field[Any]] = {name: fields.Integer() for name in ("total_number", *top)}
    return Schema.from_dict({**members, array: fields.List(fields.Nested(row))}, name="_Listing")


def answer_of(resource: Resource, deed: str, firmware: str) -> type[Schema]:
    """What ``deed`` answers, of things of that kind."""
    if deed in ("list", "search"):
        return list_of(described(firmware, f"{resource.path}/list", resource.row_schema), resource.array, resource.top)
    told = fields.Nested(described(firmware, f"{resource.path}/get", resource.told_schema))
    members: dict[str, dict[str, fields.Field[Any]]] = {
        "get": {resource.single: fields.List(told) if resource.single_in_list else told},
        "query": {"data": fields.List(told)},
        "create": {"id": fields.Integer()},
    }
    return Schema.from_dict(members[deed], name="_Answer") if deed in members else NothingOut


def schema_of(resource: Resource, deed: str) -> type[VendorSchema]:
    """What ``deed`` takes, for things of that kind."""
    if deed in _OF_ONE:
        return _OF_ONE[deed]
    members = _in_a_body(resource) if deed in ("create", "update") else _in_a_query(resource)
    if deed == "search":
        members["search_value"] = Text()
    base = {"create": Creation, "update": Update}.get(deed, VendorSchema)
    words = f"{resource.path}_{deed}".split("_")
    return cast(type[VendorSchema], base.from_dict(members, name="".join(map(str.capitalize, words)) + "In"))


def _in_a_query(resource: Resource) -> dict[str, fields.Field[Any]]:
    return {
        "page": Number(least=1, required=resource.paged),
        "page_size": Number(least=1, most=PAGE_SIZE, cut=True, required=resource.paged),
        "sort_by": Choice(*resource.sorts),
        "order_by": Choice("asc", "desc"),
    }


def _in_a_body(resource: Resource) -> dict[str, fields.Field[Any]]:
    return {name: entry.takes for name, entry in resource.taken.items() if entry.takes is not None}
