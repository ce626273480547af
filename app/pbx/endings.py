"""How attempts to reach somebody end, in the PBX's words."""

from __future__ import annotations

from typing import NamedTuple

# The side that ended it, the cause, and four parts that are always empty. No other causes are known.
SRC_HANGUP = "src hangup    "
DST_HANGUP = "dst hangup    "
DST_BUSY = "dst extension_busy_no_forward    "


class Ending(NamedTuple):
    """How an attempt to reach somebody ends: seconds of ringing (least, most) and of talk (least, mean)."""

    disposition: str
    ring: tuple[int, int]
    talk: tuple[int, int]
    reasons: tuple[str, ...]


ANSWERED = Ending("ANSWERED", (2, 20), (4, 170), (SRC_HANGUP, SRC_HANGUP, DST_HANGUP))
NO_ANSWER = Ending("NO ANSWER", (10, 60), (0, 0), (SRC_HANGUP,))
TURNED_AWAY = Ending("NO ANSWER", (0, 0), (0, 0), (DST_BUSY,))
BUSY = Ending("BUSY", (0, 4), (0, 0), (DST_BUSY,))
FAILED = Ending("FAILED", (0, 0), (0, 0), (DST_HANGUP,))
VOICEMAIL = Ending("VOICEMAIL", (20, 31), (3, 25), (SRC_HANGUP,))
