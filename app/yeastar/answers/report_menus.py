"""The rows of the IVR report: which keys callers pressed.

The PBX keeps no keys. A key that leads where the caller went next is taken for pressed, the first of several; of a
caller who went nowhere, or where no key leads, nothing is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...store import reports
from ...store.reports import MenuCall, Span
from ...store.shelves import Holdings, Item
from ..attributes import DESTINATIONS
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..fields import whole_number
from ..schemas.report import Asked

# The manual's word for a destination -> what the report calls it: "Queue" and "External Number" are a client's, the
# others guessed after them.
_SHOWN = {
    "extension": "Extension",
    "ext_vm": "Extension Voicemail",
    "ivr": "IVR",
    "call_flow": "Call Flow",
    "ring_group": "Ring Group",
    "queue": "Queue",
    "group_vm": "Group Voicemail",
    "conference": "Conference",
    "external_num": "External Number",
}
_VOICEMAIL = ("ext_vm", "group_vm")


class _Key(NamedTuple):
    """A key of a menu, and the kind of destination that it leads to, as the report calls it."""

    key: str
    leads_to: str


# Where a caller went: a number, and whether its voicemail answered -> the key that leads there.
_Keys = Mapping[tuple[str, bool], _Key]


def ivrs(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """How often each key of each menu was pressed."""
    holdings, heard = holdings_of(call), _heard(call, asked.given["ivr_id_list"], span)
    rows = []
    for id in sorted({menu_call.ivr_id for menu_call in heard}):
        menu = holdings.find("ivr", id) or {}
        pressed = Counter(found.key for _, found in _pressed(menu, holdings, heard))
        counts = {f"press_{key}": pressed[key] for key in sorted(pressed)}
        rows.append({"ivr_name": menu["name"], "ivr_num": _number(menu), "press_count": counts})
    return rows


def presses(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """Each key that was pressed in the menu with that number."""
    holdings = holdings_of(call)
    menu = holdings.find("ivr", asked.given["ivr_num"], "number")
    if menu is None:
        return []
    heard = _heard(call, (menu["id"],), span)
    return [_press(call, menu, *press) for press in _pressed(menu, holdings, heard)]


def _heard(call: Call, ids: tuple[int, ...], span: Span) -> list[MenuCall]:
    return reports.menu_calls(call.world.database.connection(), ids, span)


def _pressed(menu: Item, holdings: Holdings, heard: list[MenuCall]) -> Iterator[tuple[MenuCall, _Key]]:
    keys = _keys(menu, holdings)
    for menu_call in heard:
        key = keys.get((menu_call.to_number, menu_call.to_text.startswith("Voicemail ")))
        if menu_call.ivr_id == menu.get("id") and key is not None:
            yield menu_call, key


def _keys(menu: Item, holdings: Holdings) -> _Keys:
    keys: dict[tuple[str, bool], _Key] = {}
    for key in range(10):
        word, value = str(menu.get(f"press{key}_dest")), menu.get(f"press{key}_dest_value")
        thing = holdings.find(DESTINATIONS.get(word, ""), whole_number(value))
        number = value if word == "external_num" else _number(thing or {})
        if word in _SHOWN and number:
            keys.setdefault((str(number), word in _VOICEMAIL), _Key(str(key), _SHOWN[word]))
    return keys


def _number(thing: Mapping[str, Any]) -> str:
    return str(thing.get("number") or "")


def _press(call: Call, menu: Item, found: MenuCall, key: _Key) -> Fields:
    went_to = party(found.to_name, found.to_number)
    return {
        "id": found.call_id,
        "time": call.display.write(found.started_at),
        "call_from": party(found.from_name, found.from_number, found.from_text),
        "press": key.key,
        "destination": went_to,
        "call_to": went_to,
        "opr_duration": found.seconds,
        "ivr_num": _number(menu),
        "destination_type": key.leads_to,
    }


def party(name: str, number: str, text: str | None = None) -> str:
    """As rows show a party: the text that the PBX put there, or what is made of name and number."""
    return text if text is not None else f"{name}<{number}>" if name else number
