"""Extension (fact sheet, section 4). Columns of lists stand in the order of the manual's table."""

from __future__ import annotations

from typing import Any

from ...store.objects import DEVICES, PRESENCES
from ...store.shelves import Holdings, Item
from ..attributes import ID, Change, Link, Member, Members, detail, hidden, listed
from ..bodies import Digits, Flag, Line, Objects, Whole, Word
from ..editions import edition
from ..errors import YeastarError
from ..resource import Resource

# The manual's word for each device.
_TYPES = dict(zip(DEVICES, ("sip", "linkusdesktop", "linkusmobile", "linkusweb", "fxs"), strict=True))


def _online_status(item: Item, holdings: Holdings) -> Item:
    """Status 1 for each device that is online; a telephone that is registered also has a ``status_list``."""
    online = item.get("online") or ()
    nobody: Item = holdings.made("offline", _offline)
    if not online:
        return nobody
    shown = {name: {**device, "status": int(name in online)} for name, device in nobody.items()}
    if shown["sip_phone"]["status"]:
        shown["sip_phone"]["status_list"] = [{"status": 1, "ip": str(item.get("ip", ""))}]
    return shown


def _offline(holdings: Holdings) -> Item:
    names = [name for name in DEVICES if name != "fxs_phone" or edition(holdings.settings) == "A"]
    return {name: {"status": 0, "ext_dev_type": _TYPES[name]} for name in names}


def _role_name(item: Item, holdings: Holdings) -> str:
    role = holdings.find("role", item.get("role_id"))
    return str(role["name"]) if role else ""


def _reg_name(item: Item, holdings: Holdings) -> str:
    return str(item.get("reg_name") or item["number"])


def _as_organization(member: Member) -> Item:
    return {"text": member.name, "value": str(member.id)}


def _settle(change: Change) -> None:
    item, given, holdings = change.item, change.given, change.holdings
    capacity = holdings.settings.extension_capacity
    if not change.before and len(holdings.items("extension")) >= capacity:
        raise YeastarError(60002, f"the setting extension_capacity is {capacity}")
    if not change.before or given.keys() & {"first_name", "last_name"}:
        names = (item.get("first_name"), item.get("last_name"))
        item["caller_id_name"] = " ".join(filter(None, names)) or item["number"]
    for name in ("user_password", "reg_password"):
        change.notes += [f"{name}: {_WEAK}"] if name in given and not _is_strong(given[name]) else []


_WEAK = "the manual asks for digits, capital and small letters; a PBX may refuse it"


def _is_strong(password: str) -> bool:
    return all(any(map(kind, password)) for kind in (str.isdigit, str.isupper, str.islower))


def password_of(item: Item, kind: str) -> str:
    """An extension's ``reg_password`` or ``vm_pin``; one that was given none has one made of its number."""
    kept: Any = item.get(kind)
    return str(kept or (f"Reg{item['number']}Pw" if kind == "reg_password" else item["number"]))


EXTENSION = Resource(
    "extension",
    kind="extension",
    label="Extension",
    sorts=("id", "number", "caller_id_name", "email_addr", "mobile_number", "presence_status"),
    attributes=(
        ID,
        listed("online_status", value=_online_status),
        listed("presence_status", default="available"),
        listed("number"),
        listed("caller_id_name"),
        listed("role_name", value=_role_name),
        listed("email_addr"),
        listed("mobile_number"),
        detail("type", Word("SIP", "FXS", required=True), "SIP"),
        detail("first_name", Line(127)),
        detail("last_name", Line(127)),
        detail("email_addr", Line(), unique=True),
        detail("mobile_number", Line()),
        Members("organization_list", shown=("get",), types=("organization",), shape=_as_organization),
        Link("role_id", of="role"),
        detail("title", Line()),
        detail("user_lang", Line(), "follow_system"),
        detail("vm_lang", Line(), "follow_system"),
        detail("number", Digits(required=True), unique=True),
        detail("caller_id", Line()),
        detail("reg_name", Line(63, required=True), value=_reg_name, unique=True),
        detail("concurrent_registrations", Whole(least=1, required=True), 1),
        detail("presence_status", Word(*PRESENCES, required=True), "available"),
        detail("presence_list", Objects(), []),
        detail("enb_vm", Flag(), 1),
        detail("enb_vm_pin", Flag(), 0),
        hidden("user_password", Line(required=True)),
        hidden("reg_password", Line(required=True)),
        hidden("email_language", Line()),
        hidden("presence_mobile_prefix", Line()),
        hidden("agent_id", Line()),
        hidden("vm_pin", Line()),
        hidden("fxs_port", Line()),
    ),
    settle=_settle,
)
