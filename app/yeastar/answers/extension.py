"""Extension: the passwords of one."""

from __future__ import annotations

from base64 import b64encode

from ..attributes import found
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..resources.extension import password_of


def getpassword(call: Call, given: Fields) -> Fields:
    """The password for registering or the PIN of the voicemail, in Base64, at the top. Raises 60001."""
    extension = found("extension", given["id"], holdings_of(call))
    return {"password": b64encode(password_of(extension, given["type"]).encode()).decode()}
