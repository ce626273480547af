"""Time zones: the PBX's own, which is its setting ``timezone``. There are no others."""

from __future__ import annotations

from datetime import UTC, datetime

from ..calls import Call, Fields
from ..paging import page_of
from ..zones import has_summer_time, offset_of, zone_name

_NAME = "global_timezone"


def zones(call: Call, given: Fields) -> Fields:
    """A page of those that were asked for."""
    wanted = given.get("search_value", "").casefold() in _NAME and given.get("timezone_type", "global") == "global"
    rows = [_row(call.settings.timezone, call.now)] if wanted else []
    return {"total_number": len(rows), "data": page_of(call, given, rows)}


def _row(zone: str, now: int) -> Fields:
    year = datetime.fromtimestamp(now, UTC).year
    return {
        "id": 1,
        "name": _NAME,
        "timezone": f"UTC{offset_of(zone, year)} {zone}",
        "timezone_name": zone_name(zone, year),
        "enable_dst": int(has_summer_time(zone, year)),
        "timezone_type": "global",
        "feature_code": "*99",
    }
