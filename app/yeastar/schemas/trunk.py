"""Trunk: what is told of providers (page Query ITSP of SIP Trunks)."""

from __future__ import annotations

from marshmallow import Schema, fields


class ItspOut(Schema):
    id = fields.Integer()
    country = fields.String()
    name = fields.String()


class ItspListOut(Schema):
    data = fields.List(fields.Nested(ItspOut))
    total_number = fields.Integer()
