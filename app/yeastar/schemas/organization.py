"""Organization: the parameters of list and search, and their answer."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..fields import OPTIONAL, Choice, Number, Text
from ..paging import PagedIn


class OrganizationListIn(PagedIn):
    """``is_all``: 0 with the number of extensions, 1 also with their ids, 2 with neither."""

    sort_by = Choice("id")
    order_by = Choice("asc", "desc")
    is_all = Number(least=0, most=2)


class OrganizationSearchIn(OrganizationListIn):
    search_value = Text()


def _branches() -> type[Schema]:
    return BranchOut


class BranchOut(Schema):
    """An organization with all that is below it; ``is_all`` says what is told of its extensions."""

    id = fields.Integer()
    name = fields.String()
    parent_id = fields.Integer()
    order = fields.Integer()
    ext_number = fields.Integer(metadata=OPTIONAL)
    children: fields.List[Any] = fields.List(fields.Nested(_branches))
    ext_list = fields.List(fields.Integer(), metadata=OPTIONAL)


class TreeOut(Schema):
    organization_list = fields.List(fields.Nested(BranchOut))
