"""Extension: the parameters of getpassword."""

from __future__ import annotations

from ..fields import Choice, Number, VendorSchema


class GetPasswordIn(VendorSchema):
    id = Number(required=True)
    type = Choice("reg_password", "vm_pin", required=True)
