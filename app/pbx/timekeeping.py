"""Moving a PBX's clock: what a tester writes, as clocks and durations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..clock import Clock
from .display_format import END, DisplayFormat, Misread

if TYPE_CHECKING:
    from ..settings import Settings
    from ..store.worlds import World

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)([smhdw]?)")


class TimeError(ValueError):
    """The text is no time or no duration; what it says is for the person who wrote it."""


def read_instant(settings: Settings, text: str) -> int:
    """Unix seconds of a time in the PBX's display format, in ISO 8601, or in Unix seconds. Raises TimeError."""
    try:
        return DisplayFormat.of(settings).read(text, "start", accept_iso=True)
    except Misread as error:
        raise TimeError(str(error)) from None


def read_duration(text: str) -> float:
    """Seconds of ``90``, ``31m``, ``2h``, ``-1d``. Raises TimeError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise TimeError(f"{text!r} is no duration; write seconds, or 31m, 2h, 1d, 1w.")
    return float(found[1]) * _UNITS[found[2]]


def set_time(world: World, instant: float) -> None:
    """Let the clock show the instant now; it runs on as it did, or stands still as it did. Raises TimeError."""
    _keep(world, world.clock.set(instant))


def advance(world: World, seconds: float) -> None:
    """Let so many seconds pass at once; below 0 the clock is set back. Raises TimeError."""
    _keep(world, world.clock.advance(seconds))


def run(world: World, rate: float) -> None:
    """Let the clock run so many times as fast as the real one; 0 stops it. Raises TimeError."""
    if not 0 <= rate <= 1_000_000:
        raise TimeError("A clock runs 0 to 1,000,000 times as fast as the real one; 0 stops it.")
    _keep(world, world.clock.run(rate))


def resume(world: World) -> None:
    """Let the clock be the real one again."""
    world.set_clock(Clock())


def _keep(world: World, clock: Clock) -> None:
    if not 0 <= clock.now() < END:
        raise TimeError("The PBX's clock shows times from 1970 to 2099.")
    world.set_clock(clock)
