"""Conference: what is taken and told of passwords and of conferences that go on (pages Query Conference Password,
Query Ongoing Conferences)."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..fields import Choice, Number, Text, VendorSchema


class ViewPasswordIn(VendorSchema):
    id = Number(required=True)
    type = Choice("partic_password", "moderator_password", required=True)


class ViewPasswordOut(Schema):
    password = fields.String(metadata={"description": "In clear."})


class OngoingConferenceIn(VendorSchema):
    number = Text(required=True)


class InterimConferenceIn(VendorSchema):
    number = Text()


class OngoingConferenceOut(Schema):
    call_id = fields.String()
    conference_number = fields.String()
    conference_name = fields.String()
    members = fields.List(fields.Dict())


class OngoingConferencesOut(Schema):
    data = fields.List(fields.Nested(OngoingConferenceOut))
