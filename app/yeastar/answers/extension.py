"""Extension: the passwords of one, mail to new ones, and how anybody can be present."""

from __future__ import annotations

from base64 import b64encode

from ...store.objects import PRESENCES
from ..attributes import found
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..paging import page_of
from ..resources.extension import password_of


def getpassword(call: Call, given: Fields) -> Fields:
    """The password for registering or the PIN of the voicemail, in Base64, at the top. Raises 60001."""
    extension = found("extension", given["id"], holdings_of(call))
    return {"password": b64encode(password_of(extension, given["type"]).encode()).decode()}


def send_welcome_email(call: Call, given: Fields) -> Fields:
    """Nothing is sent, and the journal says so. Raises 60001 where one of them is not there."""
    holdings = holdings_of(call)
    meant = [found("extension", id, holdings) for id in given["id_list"]]
    call.entry.notes.append(f"no mail was sent: that is not emulated; a PBX would write to {len(meant)} extension(s)")
    without = [item["number"] for item in meant if not item["email_addr"]]
    call.entry.notes += [f"without an e-mail address: {', '.join(without)[:200]}"] if without else []
    return {}


def presence_statuses(call: Call, given: Fields) -> Fields:
    """A page of the words for presence."""
    words = list(enumerate(PRESENCES, 1))
    rows = [{"id": id, "name": word} for id, word in page_of(call, given, words)]
    return {"total_number": len(words), "data": rows}
