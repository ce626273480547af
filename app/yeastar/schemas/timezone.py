"""Time zones: what is taken and told of them (page Query Time Zone List)."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..fields import Choice, Text
from ..paging import PagedIn


class TimeZoneListIn(PagedIn):
    sort_by = Choice("id", "name")
    order_by = Choice("asc", "desc")
    search_value = Text()
    timezone_type = Choice("global", "custom")


class TimeZoneOut(Schema):
    id = fields.Integer()
    name = fields.String()
    timezone = fields.String(metadata={"description": "Such as UTC+8 Asia/Shanghai."})
    timezone_name = fields.String()
    enable_dst = fields.Integer()
    timezone_type = fields.String()
    feature_code = fields.String()


class TimeZoneListOut(Schema):
    total_number = fields.Integer()
    data = fields.List(fields.Nested(TimeZoneOut))
