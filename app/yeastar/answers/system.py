"""System: information, capacity, get_menuoptions."""

from __future__ import annotations

from ...store import menus
from ..calls import Call, Fields
from ..errors import parameter_error
from ..profiles import firmware_version


def information(call: Call, given: Fields) -> Fields:
    """What the device is, its clock, and its display format."""
    settings = call.settings
    return {
        "data": {
            "device_name": settings.device_name,
            "model_name": settings.model_name,
            "sn": settings.serial_number,
            "hardware_version": settings.hardware_version,
            "firmware_version": firmware_version(settings),
            "system_time": call.display.write(call.now),
            "up_time": max(0, call.now - call.world.started_at),
            "system_date_format": call.display.system_date_format,
            "system_time_format": call.display.system_time_format(call.now),
            "timestamp": call.now,
        }
    }


def capacity(call: Call, given: Fields) -> Fields:
    """How many extensions and calls the device can hold, and holds. No call is ever going on."""
    (used,) = call.world.database.connection().execute("SELECT count(*) FROM extension").fetchone()
    return {
        "data": {
            "extension_capacity": call.settings.extension_capacity,
            "extension_used": used,
            "cc_capacity": call.settings.cc_capacity,
            "cc_used": 0,
        }
    }


def get_menuoptions(call: Call, given: Fields) -> Fields:
    """The lines of a menu. Organizations come as a tree: what belongs under one stands in its ``item``."""
    menu = given["menu"]
    if menu == "queue_agent" and "id" not in given:
        raise parameter_error({"id": "required"})
    lines = list(menus.options(call.world.database.connection(), menu, given.get("id")))
    data: list[Fields] = []
    for line in lines:
        entry: Fields = {"text": line.text, "value": str(line.id), "type": line.type}
        if menu == "org_list":
            below = (other for other in lines if other.parent == line.id)
            entry["item"] = [{"text": other.text, "value": str(other.id)} for other in below]
        data.append(entry)
    return {"data": data}
