"""The PBX's clock, shown and moved."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...pbx import timekeeping
from ...pbx.display_format import END, DisplayFormat
from ...settings import Settings
from ...store.worlds import World
from ..calls import Call

# Unix seconds with a fraction, as a query has them.
_FRACTION = re.compile(r"[0-9]{1,10}\.[0-9]{1,9}", re.ASCII)


def show(call: Call) -> dict[str, Any]:
    return shown(call.world)


def set_time(call: Call) -> dict[str, Any]:
    at = read_at(call.world.settings, call.body["at"])
    return shown(call.world, timekeeping.set_time(call.world, at))


def freeze(call: Call) -> dict[str, Any]:
    at = read_at(call.world.settings, call.body["at"]) if "at" in call.body else None
    return shown(call.world, timekeeping.freeze(call.world, at))


def advance(call: Call) -> dict[str, Any]:
    by = call.body["by"]
    seconds = timekeeping.read_duration(by) if isinstance(by, str) else float(by)
    return shown(call.world, timekeeping.advance(call.world, seconds))


def run(call: Call) -> dict[str, Any]:
    timekeeping.run(call.world, float(call.body["rate"]))
    return shown(call.world)


def resume(call: Call) -> dict[str, Any]:
    return shown(call.world, timekeeping.resume(call.world))


def read_at(settings: Settings, at: str | float) -> float:
    """An instant in Unix seconds. Raises TimeError."""
    if isinstance(at, str) and not _FRACTION.fullmatch(at):
        return timekeeping.read_instant(settings, at)
    if not 0 <= float(at) < END:
        raise timekeeping.TimeError("The PBX's clock shows times from 1970 to 2099.")
    return float(at)


def shown(world: World, note: str = "") -> dict[str, Any]:
    settings, clock = world.present()
    now = clock.now()
    return {
        "now": now,
        "iso": datetime.fromtimestamp(now, ZoneInfo(settings.timezone)).isoformat(timespec="milliseconds"),
        "shown": DisplayFormat.of(settings).write(int(now)),
        "timezone": settings.timezone,
        "rate": clock.rate,
        "frozen": clock.rate == 0,
        **({"note": note} if note else {}),
    }
