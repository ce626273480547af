"""Authorization: the bodies of get_token and refresh_token."""

from __future__ import annotations

from ..fields import Text, VendorSchema


class GetTokenIn(VendorSchema):
    """``username`` is the API's Client ID, ``password`` its Client Secret, both raw."""

    username = Text(required=True)
    password = Text(required=True)


class RefreshTokenIn(VendorSchema):
    refresh_token = Text(required=True)
