"""Trunk (fact sheet, section 6)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ...store.shelves import Holdings, Item
from ..attributes import ID, Change, detail, hidden, listed, need
from ..bodies import Flag, Line, Objects, Whole, Word
from ..editions import edition
from ..errors import YeastarError
from ..fields import OPTIONAL
from ..lean import lean
from ..resource import Resource

# Of all editions together.
TYPES = (
    "register", "peer", "peer_did", "peer_port", "peer_private", "account", "webtrunk",
    "FXO", "BRI", "E1", "J1", "T1", "GSM", "UMTS", "LTE", "CDMA",
)  # fmt: skip
_RADIO = ("GSM", "UMTS", "LTE", "CDMA")
_IDLE, _DISABLED = 1, 44


def _address(item: Item) -> str:
    if item.get("hostname"):
        return f"{item['hostname']}:{item.get('port') or 5060}"
    return str(item.get("address") or "")


def _host_port(item: Item, holdings: Holdings) -> str:
    return _address(item)


def _status(item: Item, holdings: Holdings) -> int:
    return _IDLE if item.get("enable", 1) else _DISABLED


def _username(item: Item, holdings: Holdings) -> Any:
    return str(item.get("username", "")) if item.get("type") in ("register", "account") else None


def _signal(item: Item, holdings: Holdings) -> Any:
    return 3 if item.get("type") in _RADIO and edition(holdings.settings) == "A" else None


def _hostname(item: Item, holdings: Holdings) -> str:
    return _address(item).rpartition(":")[0] or _address(item)


def _port(item: Item, holdings: Holdings) -> int:
    port = _address(item).rpartition(":")[2]
    return int(port) if port.isdigit() and len(port) < 6 else 5060


def _settle(change: Change) -> None:
    item, kind = change.item, change.item.get("type")
    need(change, hostname=kind in TYPES[:5], did_list=kind == "peer_did")
    if change.given.keys() & {"hostname", "port"} and item.get("hostname"):
        item["address"] = _address(item)
        others = (other for other in change.holdings.items("trunk") if other["id"] != item.get("id"))
        if any(_address(other) == item["address"] for other in others):
            raise YeastarError(70103, f"another trunk leads to {item['address']}")


TRUNK = Resource(
    "trunk",
    kind="trunk",
    label="Trunk",
    single_in_list=True,
    sorts=("id", "name", "type", "host_port", "def_outbound_cid", "username"),
    attributes=(
        ID,
        listed("status", default=0, value=_status),
        listed("name"),
        listed("type", default="peer"),
        listed("host_port", value=_host_port),
        lean(listed("def_outbound_cid", Line())),
        lean(listed("username", value=_username)),
        listed("gsm_signal_level", value=_signal, gives=fields.Integer(metadata=OPTIONAL)),
        detail("name", Line(required=True), unique=True),
        detail("enable", Flag(), 1),
        detail("country", Line(), "general"),
        detail("itsp", Line()),
        detail("type", Word(*TYPES, required=True), "peer"),
        detail("transport", Word("udp", "tcp", "tls", "dns-naptr"), "udp"),
        detail("hostname", Line(), value=_hostname),
        detail("port", Whole(least=1, most=65535), default=0, value=_port),
        detail("domain", Line()),
        detail("username", Line(), value=_username, gives=fields.String(metadata=OPTIONAL)),
        detail("password", Line()),
        detail("auth_name", Line()),
        detail("enb_outbound_proxy", Flag(), 0),
        detail("outbound_proxy_server", Line()),
        hidden("codec_sel", Line()),
        hidden("did_list", Objects({"did": Line(required=True)})),
    ),
    settle=_settle,
)
