"""Extension: the parameters of getpassword and its answer, of mail, and of the list of presences."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..bodies import Creation, Numbers
from ..fields import Choice, Number, VendorSchema
from ..paging import PagedIn


class GetPasswordIn(VendorSchema):
    id = Number(required=True)
    type = Choice("reg_password", "vm_pin", required=True)


class PasswordOut(Schema):
    password = fields.String(metadata={"description": "In Base64."})


class WelcomeEmailIn(Creation):
    """Page Send Linkus Welcome Email to Extensions."""

    id_list = Numbers(required=True)


class PresenceStatusListIn(PagedIn):
    pass


class PresenceStatusOut(Schema):
    id = fields.Integer()
    name = fields.String()
