"""The legs of a call in simple words, put one after the other, with what was left out as it usually is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .call_schema import DESTINATIONS
from .endings import DST_BUSY, DST_HANGUP, SRC_HANGUP

# Status -> seconds of ringing and of talk where nobody says, and the reason.
_ENDINGS = {
    "ANSWERED": (5, 60, SRC_HANGUP),
    "NO ANSWER": (20, 0, SRC_HANGUP),
    "BUSY": (0, 0, DST_BUSY),
    "FAILED": (0, 0, DST_HANGUP),
    "VOICEMAIL": (20, 15, SRC_HANGUP),
}

# What a caller waits in; what answers at once; seconds of waiting, and of listening to a menu.
_WAITING = ("queue", "ring_group")
_AT_ONCE = ("ivr", "conference")
_WAIT, _HEARD = 15, 10


@dataclass(frozen=True)
class Leg:
    """A leg to ``to``, which is of the ``kind`` of a destination. ``start`` is in seconds from the call's start.

    ``said`` is what it was made of."""

    kind: str
    to: str
    status: str
    ring: int
    talk: int
    reason: str
    said: Mapping[str, Any]
    start: int = 0


def in_order(legs: Sequence[Mapping[str, Any]]) -> list[Leg]:
    """The legs, each in its place in time.

    Whoever answers a queue or a ring group has been ringing while the caller waited, and both talk alike; where nobody
    does, the caller gave up. Voicemail takes over from what has rung before. A party that passes the call on has ended
    its part of it.
    """
    placed: list[Leg] = []
    at = 0
    for leg in map(_as_usual, legs):
        last = placed[-1] if placed else None
        if last is not None and last.kind in _WAITING and leg.kind == "extension" and leg.status == "ANSWERED":
            leg = replace(leg, ring=min(leg.ring, last.ring))
            placed[-1] = _taken(last, leg)
            at = last.start + last.ring - leg.ring
        elif last is not None and leg.kind == "voicemail" and "ring" not in leg.said:
            leg = replace(leg, ring=0)
        elif last is not None and last.status == "ANSWERED" and "reason" not in last.said:
            placed[-1] = replace(last, reason=DST_HANGUP)
        placed.append(replace(leg, start=at))
        at += leg.ring + leg.talk
    return placed


def _as_usual(said: Mapping[str, Any]) -> Leg:
    kind = next(name for name in DESTINATIONS if name in said)
    usual = "VOICEMAIL" if kind == "voicemail" else "NO ANSWER" if kind in _WAITING else "ANSWERED"
    if usual == "ANSWERED" and said.get("talk") == 0:
        usual = "NO ANSWER"
    status = said.get("status", usual)
    ring, talk, reason = _ENDINGS[status]
    if kind in _AT_ONCE:
        ring, talk = 0, _HEARD if kind == "ivr" and talk else talk
    elif kind in _WAITING:
        ring = _WAIT
    return Leg(
        kind,
        said[kind],
        status,
        int(said.get("ring", ring)),
        int(said.get("talk", talk)),
        said.get("reason", reason),
        said,
    )


def _taken(waiting: Leg, taker: Leg) -> Leg:
    """The leg of a queue or a ring group that somebody answered."""
    said = waiting.said
    return replace(
        waiting,
        status=said.get("status", "ANSWERED"),
        talk=int(said.get("talk", taker.talk)),
        reason=said.get("reason", taker.reason),
    )
