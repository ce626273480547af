"""Bridging: what the rows of a call say together: whom the caller talked to, how long, and how it ended."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container
from operator import attrgetter

from ..store.calls import PhoneCall, Row


def bridged_row(call: PhoneCall, no_devices: Container[str]) -> Row:
    """The row that was answered last, by a device if one was; the first row of a call that nobody answered."""
    rows = call.rows
    if len(rows) == 1:
        return rows[0]
    by_devices = (row for row in reversed(call.answered) if row.to_number not in no_devices)
    return next(by_devices, call.answered[-1] if call.answered else rows[0])


def lost_race(call: PhoneCall, row: Row) -> bool:
    """Whether another row of the call was answered while this one rang."""
    if len(call.rows) == 1:
        return False
    answered = call.answered
    place = bisect_left(answered, row.started_at, key=attrgetter("rung_until"))
    return place < len(answered) and answered[place].rung_until <= row.rung_until


def whole_disposition(call: PhoneCall) -> tuple[str, str]:
    """Disposition and reason of the whole call."""
    if len(call.rows) > 1:
        for disposition in ("ANSWERED", "VOICEMAIL"):
            if disposition in call.dispositions:
                return disposition, ""
    last = call.last
    return last.disposition, last.reason


def whole_durations(call: PhoneCall) -> tuple[int, int, int]:
    """Seconds of the whole call, of its ringing, and of talk from the first answer on."""
    row = call.rows[0]
    if len(call.rows) == 1:
        return row.duration, row.ring_duration, row.talk_duration
    duration = call.ended_at - row.started_at
    ringing = duration if call.talk_began is None else call.talk_began - row.started_at
    return duration, ringing, duration - ringing
