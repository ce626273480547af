"""Conference: its passwords; the conferences that go on, of which there are none."""

from __future__ import annotations

from ..attributes import found
from ..calls import Call, Fields
from ..deeds import holdings_of


def viewpassword(call: Call, given: Fields) -> Fields:
    """One of its two passwords, in clear at the top; "" where it has none. Raises 60001."""
    conference = found("conference", given["id"], holdings_of(call))
    return {"password": str(conference.get(given["type"], ""))}


def ongoing(call: Call, given: Fields) -> Fields:
    call.entry.rows = call.entry.total = 0
    return {"data": []}
