"""Inbound and outbound routes (fact sheet, section 7). Lists call a destination otherwise than get, and misspell it."""

from __future__ import annotations

from typing import Any

from ...store.shelves import Holdings, Item, ids_in
from ..attributes import (
    DETAIL,
    ID,
    Attribute,
    Change,
    Link,
    Member,
    Members,
    destination,
    detail,
    found,
    hidden,
    listed,
    need,
)
from ..bodies import Line, Numbers, Objects, Whole, Word
from ..errors import YeastarError
from ..resource import Resource

DESTINATIONS = (
    "disabled", "end_call", "extension", "pattern_to_ext", "range_to_ext", "pattern_to_ext_list", "ext_vm", "ivr",
    "call_flow", "ring_group", "queue", "group_vm", "conference", "external_num", "outroute", "play_greeting",
    "fax_to_email",
)  # fmt: skip
_WITHOUT_VALUE = ("disabled", "end_call", "pattern_to_ext", "range_to_ext", "pattern_to_ext_list")
DID_OPTIONS = ("patterns", "pattern_to_ext", "range_to_ext", "pattern_to_ext_list")


def _as_trunk(member: Member) -> Item:
    return {"id": member.id, "name": member.name}


def _as_permitted(member: Member) -> Item:
    return {"id": member.id, "ext_number": member.number, "ext_name": member.name, "type": member.type}


def _dest(item: Item, holdings: Holdings) -> str:
    return str(item.get("def_dest", "end_call"))


def _dest_value(item: Item, holdings: Holdings) -> str:
    return str(item.get("def_dest_value", ""))


def _pos(item: Item, holdings: Holdings) -> int:
    """Where it stands among the routes; one of a seed document where its id says."""
    pos = item.get("pos")
    return pos if type(pos) is int else int(item["id"])


class _Phonebooks(Attribute):
    """Ids of phonebooks whose contacts' calls the route takes."""

    def check(self, change: Change) -> None:
        for id in change.given.get(self.name, ()):
            found("phonebook", id, change.holdings, named=True)

    def refers_to(self, item: Item, holdings: Holdings) -> list[tuple[str, Any]]:
        return [("phonebook", id) for id in ids_in(item, self.name)]


def _settle_inbound(change: Change) -> None:
    item, given = change.item, change.given
    by_pattern = not given.get("did_number") and given.get("did_option", "patterns") == "patterns"
    need(change, def_dest_value=item.get("def_dest") not in _WITHOUT_VALUE, did_pattern_list=by_pattern)
    if change.before and "did_number" in given:
        raise YeastarError(40002, "update takes no did_number; it takes did_pattern_list")
    if not change.before:
        item["pos"] = _last_pos(change.holdings) + 1


def _last_pos(holdings: Holdings) -> int:
    return max((_pos(item, holdings) for item in holdings.items("inbound_route")), default=0)


INBOUND_ROUTE = Resource(
    "inbound_route",
    kind="inbound_route",
    label="Inbound route",
    sorts=("pos", "id", "name"),
    top={"last_pos": _last_pos},
    attributes=(
        ID,
        listed("pos", default=0, value=_pos),
        Attribute("name", Line(63, required=True), unique=True),
        listed("default_destination", value=_dest),
        listed("default_desination_value", value=_dest_value),
        listed("current_destination", value=_dest),
        listed("current_desination_value", value=_dest_value),
        listed("time_condition", default="disabled"),
        detail("alert_info", Line()),
        detail("did_option", Word(*DID_OPTIONS), "patterns"),
        detail("did_pattern_list", Objects(), []),
        detail("did_pattern_to_ext", Line()),
        detail("did_to_ext_start", Line()),
        detail("did_to_ext_end", Line()),
        detail("did_pattern_to_ext_list", Objects(), []),
        detail("cid_option", Word("patterns", "phonebook"), "patterns"),
        detail("cid_pattern_list", Objects(), []),
        _Phonebooks("cid_to_phonebook", Numbers(), DETAIL, []),
        Members("trunk_list", shown=DETAIL, key="trunks", types=("trunk",), shape=_as_trunk, required=True),
        *destination("def_dest", *DESTINATIONS, prefix=False, required=True),
        hidden("did_number", Line()),
    ),
    settle=_settle_inbound,
)


def _settle_outbound(change: Change) -> None:
    how = change.item.get("pin_protect")
    need(change, pin=how == "single_pin", pin_list=how == "pin_list")


OUTBOUND_ROUTE = Resource(
    "outbound_route",
    kind="outbound_route",
    label="Outbound route",
    sorts=("id", "name"),
    attributes=(
        ID,
        Attribute("name", Line(63, required=True), unique=True),
        detail("outbound_cid", Line()),
        detail("dial_pattern_list", Objects({"pattern": Line(), "strip": Whole(least=0), "prepend": Line()}), []),
        Members("trunk_list", shown=DETAIL, key="trunks", types=("trunk",), shape=_as_trunk),
        Members(
            "ext_list",
            shown=DETAIL,
            key="members",
            types=("extension", "ext_group", "organization"),
            shape=_as_permitted,
        ),
        detail("pin_protect", Word("disable", "single_pin", "pin_list", required=True), "disable"),
        detail("pin", Line()),
        Link("pin_list", of="pin_list"),
    ),
    settle=_settle_outbound,
)
