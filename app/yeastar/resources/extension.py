"""Extension (fact sheet, section 4). Columns of lists stand in the order of a real PBX's (37.23.0.83, observed)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ...store.objects import PRESENCES
from ...store.shelves import Holdings, Item
from ..attributes import ID, Change, Link, Member, Members, detail, hidden, listed, name_of
from ..bodies import Digits, Flag, Line, Objects, Whole, Word
from ..editions import edition
from ..errors import YeastarError
from ..fields import OPTIONAL
from ..lean import lean
from ..profiles import NO_EMPTY, has
from ..resource import Resource
from ..zones import zone_name

# The manual's word for each device.
_TYPES = {
    "fxs_phone": "fxs",
    "sip_phone": "sip",
    "linkus_desktop": "linkusdesktop",
    "linkus_mobile": "linkusmobile",
    "linkus_web": "linkusweb",
}


def _online_status(item: Item, holdings: Holdings) -> Item:
    """Status 1 for each device that is online; a telephone that is registered also has a ``status_list``. Newer
    firmware has one for a mobile too, and no type for what was never used (observed): here, what is not online."""
    online = item.get("online") or ()
    nobody: Item = holdings.made("offline", _offline)
    if not online:
        return nobody
    shown = {name: _online(name, item) if name in online else device for name, device in nobody.items()}
    if "linkus_mobile" in online and has(holdings.settings.firmware, NO_EMPTY):
        shown["linkus_mobile"]["status_list"] = [{"status": 1, "ip": "", "linkus_dev_type": "android"}]
    return shown


def _offline(holdings: Holdings) -> Item:
    names = [name for name in _TYPES if name != "fxs_phone" or edition(holdings.settings) == "A"]
    typed = not has(holdings.settings.firmware, NO_EMPTY)
    return {name: {"status": 0} | ({"ext_dev_type": _TYPES[name]} if typed else {}) for name in names}


def _online(name: str, item: Item) -> Item:
    device: Item = {"status": 1, "ext_dev_type": _TYPES[name]}
    return device | ({"status_list": [{"status": 1, "ip": str(item.get("ip", ""))}]} if name == "sip_phone" else {})


def _name(item: Item, holdings: Holdings) -> str:
    return name_of(item)


def _timezone(item: Item, holdings: Holdings) -> str:
    """The PBX's own, as every extension has that was seen."""
    return str(holdings.made("timezone", lambda holdings: f"Global Time Zone[{zone_name(holdings.settings.timezone)}]"))


def _role_name(item: Item, holdings: Holdings) -> str:
    role = holdings.find("role", item.get("role_id"))
    return str(role["name"]) if role else ""


def _reg_name(item: Item, holdings: Holdings) -> str:
    return str(item.get("reg_name") or item["number"])


def _reg_password(item: Item, holdings: Holdings) -> str:
    return password_of(item, "reg_password")


def _as_organization(member: Member) -> Item:
    return {"text": member.name, "value": str(member.id)}


def _settle(change: Change) -> None:
    item, given, holdings = change.item, change.given, change.holdings
    capacity = holdings.settings.extension_capacity
    if not change.before and len(holdings.items("extension")) >= capacity:
        raise YeastarError(60002, f"the setting extension_capacity is {capacity}")
    called_by_number = change.before and item["caller_id_name"] == change.before["number"]
    if called_by_number or not change.before or given.keys() & {"first_name", "last_name"}:
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


_REGISTERED = fields.List(
    fields.Nested(
        Schema.from_dict(
            {"status": fields.Integer(), "ip": fields.String(), "linkus_dev_type": fields.String(metadata=OPTIONAL)},
            name="_Registered",
        )
    ),
    metadata=OPTIONAL,
)
_DEVICE = Schema.from_dict(
    {"status": fields.Integer(), "ext_dev_type": fields.String(metadata=OPTIONAL), "status_list": _REGISTERED},
    name="Device",
)
_ONLINE = fields.Nested(
    Schema.from_dict(
        {name: fields.Nested(_DEVICE, metadata=OPTIONAL if name == "fxs_phone" else {}) for name in _TYPES},
        name="OnlineStatus",
    )
)

EXTENSION = Resource(
    "extension",
    kind="extension",
    label="Extension",
    sorts=("id", "number", "caller_id_name", "email_addr", "mobile_number", "presence_status"),
    attributes=(
        ID,
        listed("online_status", value=_online_status, gives=_ONLINE),
        listed("presence_status", default="available"),
        listed("number"),
        listed("caller_id_name", value=_name),
        listed("role_name", value=_role_name),
        lean(listed("email_addr")),
        lean(listed("mobile_number")),
        listed("timezone", value=_timezone),
        listed("custom_presence_status", key="presence_status", default="available"),
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
        # Of the first firmware alone (profiles.py); later ones tell it by getpassword.
        detail("reg_password", value=_reg_password, gives=fields.String(metadata=OPTIONAL)),
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
