"""Extension group (fact sheet, section 5; the body of create: the manual's page Add an Extension Group)."""

from __future__ import annotations

from ...store.shelves import Holdings, Item, is_of_everybody
from ..attributes import BOTH, DETAIL, ID, Attribute, Change, Members, detail, listed
from ..bodies import Flag, Line, Word
from ..errors import parameter_error
from ..resource import Resource

# What managers may do on the operator panel.
_MANAGERS_MAY = (
    "mgr_enb_chg_presence",
    "mgr_enb_call_distribution",
    "mgr_enb_call_conn",
    "mgr_enb_monitor",
    "mgr_enb_call_park",
    "mgr_enb_ctrl_ivr",
    "mgr_enb_ctrl_call_flow",
    "mgr_enb_ctrl_ai_receptionist",
    "mgr_enb_office_time_switch",
    "mgr_enb_mgr_recording",
)


def _member_select(item: Item, holdings: Holdings) -> str:
    return "sel_all_ext" if is_of_everybody(item) else "sel_specific"


def _total(item: Item, holdings: Holdings) -> int:
    return len(item["members"])


def _settle(change: Change) -> None:
    item, given = change.item, change.given
    if not change.before and item["member_select"] == "sel_specific" and not given.get("members"):
        raise parameter_error({"members": "required"}, "members: needed with sel_specific")
    item.setdefault("members", [])


EXTENSION_GROUP = Resource(
    "extensiongroup",
    kind="ext_group",
    label="Extension group",
    sorts=("id", "name"),
    attributes=(
        ID,
        Attribute("name", Line(127, required=True), unique=True),
        Attribute("member_select", Word("sel_all_ext", "sel_specific", required=True), BOTH, value=_member_select),
        listed("total_extensions", default=0, value=_total),
        Members("members", shown=DETAIL, binds=False),
        *(detail(name, Flag(), 0) for name in _MANAGERS_MAY),
    ),
    settle=_settle,
)
