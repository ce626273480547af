"""Moving a PBX's clock: what a tester writes, as clocks and durations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..clock import Clock
from ..store.opened import OpenedWorld
from ..store.worlds import World
from .display_format import END, DisplayFormat, Misread
from .making import Making

if TYPE_CHECKING:
    from ..settings import Settings

_BACK = (
    "The clock went back {:,.0f} s: tokens, blocks and links live that much longer, and calls that have happened "
    "since lie in the future."
)

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)([smhdw]?)")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9].*))?")


class TimeError(ValueError):
    """The text is no time or no duration; what it says is for the person who wrote it."""


def read_instant(settings: Settings, text: str) -> int:
    """Unix seconds of a time in the PBX's display format, in ISO 8601, or in Unix seconds. Raises TimeError.

    A tester may write ``2024-03-04 09:15:00`` and ``2024-03-04`` too, which the PBX itself does not read."""
    found = _DATE.fullmatch(text)
    try:
        return DisplayFormat.of(settings).read(
            f"{found[1]}T{found[2] or '00:00:00'}" if found else text, "start", accept_iso=True
        )
    except Misread as error:
        raise TimeError(str(error)) from None


def read_duration(text: str) -> float:
    """Seconds of ``90``, ``31m``, ``2h``, ``-1d``. Raises TimeError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise TimeError(f"{text!r} is no duration; write seconds, or 31m, 2h, 1d, 1w.")
    return float(found[1]) * _UNITS[found[2]]


def set_time(world: World, instant: float) -> str:
    """Let the clock show the instant now; it runs on as it did, or stands still as it did.

    Returns what it means that it went back, if it did. Raises TimeError."""
    return _moved(world, world.clock.set(instant))


def freeze(world: World, instant: float | None = None) -> str:
    """Let the clock stand still, at the instant if one is given. Returns and raises as ``set_time`` does."""
    stopped = world.clock.run(0)
    return _moved(world, stopped if instant is None else stopped.set(instant))


def advance(world: World, seconds: float) -> str:
    """Let so many seconds pass at once; below 0 the clock is set back. Returns and raises as ``set_time`` does."""
    return _moved(world, world.clock.advance(seconds))


def run(world: World, rate: float) -> None:
    """Let the clock run so many times as fast as the real one; 0 stops it. Raises TimeError."""
    if not 0 <= rate <= 1_000_000:
        raise TimeError("A clock runs 0 to 1,000,000 times as fast as the real one; 0 stops it.")
    _moved(world, world.clock.run(rate))


def resume(world: World) -> str:
    """Let the clock be the real one again. Returns what ``set_time`` does."""
    return _moved(world, Clock())


def reset_clock(world: World) -> None:
    """Let the clock be what it was right after the PBX was made."""
    world.set_clock(Making(**world.entry.making).clock() if isinstance(world, OpenedWorld) else Clock())


def _moved(world: World, clock: Clock) -> str:
    if not 0 <= clock.now() < END:
        raise TimeError("The PBX's clock shows times from 1970 to 2099.")
    back = world.clock.now() - clock.now()
    world.set_clock(clock)
    return _BACK.format(back) if back >= 1 else ""
