"""The PBX's clock. Nobody else asks the wall clock what time it is.

A clock is a small value: an instant of real time, the instant the PBX showed then, and how fast the PBX's time runs
(0: frozen). The store keeps it, so that every worker shows the same time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """``now()`` is ``shown`` plus the real seconds since ``real``, times ``rate``. The default is the wall clock."""

    real: float = 0.0
    shown: float = 0.0
    rate: float = 1.0

    def now(self) -> float:
        """The PBX's time as Unix seconds."""
        return self.shown + (time.time() - self.real) * self.rate

    def set(self, instant: float) -> Clock:
        """The same clock, showing ``instant`` (Unix seconds) now."""
        return Clock(time.time(), instant, self.rate)

    def advance(self, seconds: float) -> Clock:
        """The same clock, ``seconds`` later."""
        return self.set(self.now() + seconds)

    def run(self, rate: float) -> Clock:
        """The same time, from now on at ``rate`` times real speed; 0 freezes it."""
        return Clock(time.time(), self.now(), rate)
