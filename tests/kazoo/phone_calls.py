"""Stored calls made by hand, an account that they belong to, and the demo office's calls."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from itertools import islice
from typing import Any

from app.kazoo.accounts import Account, Trunk, User, stable_id
from app.pbx.generator import calls
from app.pbx.office import TRUNKS, demo_office
from app.store.calls import PhoneCall, Row

REALM = "demo.sip.example.com"
START = 1_435_321_715  # 2015-06-26 12:28:35 UTC
GREGORIAN = START + 62_167_219_200

RATING = {
    "rate": "226", "rate_name": "US", "rate_increment": "6", "rate_minimum": "60", "surcharge": "100",
    "rate_nocharge_time": "2", "account_billing": "per_minute", "reseller_billing": "flat_rate",
}  # fmt: skip
FAX = {
    "fax_bad_rows": "0", "fax_ecm_used": "true", "fax_result_code": "0", "fax_result_text": "OK", "fax_success": "true",
    "fax_total_pages": "2", "fax_transfer_rate": "14400", "fax_transferred_pages": "2", "fax_t38": "false",
}  # fmt: skip


def _user(number: str) -> User:
    return User(stable_id("user", number), number, "secret", number)


def _trunk(name: str, **more: Any) -> Trunk:
    return Trunk(stable_id("trunk", name), name, **more)


OFFICE = demo_office("Asia/Shanghai")
EXTENSIONS = [person.number for person in OFFICE.extensions]
ADMIN = User(stable_id("user", "client"), "client", "secret")

ACCOUNT = Account(
    id="4b" * 16,
    name="demo",
    realm=REALM,
    reseller_id=stable_id("reseller", "4b" * 16),
    users={user.id: user for user in (ADMIN, *map(_user, EXTENSIONS))},
    trunks={
        trunk.name: trunk
        for trunk in (
            *(
                _trunk(row["name"], host=row.get("address", "").partition(":")[0], on_net=row.get("on_net", False))
                for row in TRUNKS
            ),
            _trunk("carrier", host="203.0.113.99", is_global=True, rating=RATING),
            _trunk("sister", host="10.0.0.9", on_net=True),
            _trunk("analogue"),
        )
    },
    no_devices=frozenset({"6200", "6201", "6300", "6400", "6401", "6500", "6501"}),
)


def row(id: int = 1, **columns: Any) -> Row:
    """A row: by default, 2000 talks with 2005 for 42 seconds after 8 of ringing."""
    defaults: dict[str, Any] = {
        "started_at": START, "from_number": "2000", "from_name": "Amelia Hart", "to_number": "2005",
        "to_name": "Kristin Hale", "uid": f"2015062620283500{id:03}", "call_id": "1435321715.7",
        "src_addr": "", "src_trunk": "", "dst_trunk": "", "duration": 50, "ring_duration": 8, "talk_duration": 42,
        "disposition": "ANSWERED", "call_type": "Internal", "did_number": "", "dod_number": "", "record_file": "",
        "reason": "src hangup    ", "fax": "",
    }  # fmt: skip
    return Row(id=id, **{**defaults, **columns})


def unanswered(id: int = 1, ring: int = 20, **columns: Any) -> Row:
    """A row that nobody answered."""
    return row(
        id, **{"duration": ring, "ring_duration": ring, "talk_duration": 0, "disposition": "NO ANSWER"} | columns
    )


def call(*rows: Row) -> PhoneCall:
    return PhoneCall(rows[0].call_id, rows)


INBOUND: dict[str, Any] = {
    "call_type": "Inbound", "from_number": "13912345678", "from_name": "Nordwind GmbH", "src_trunk": "carrier",
    "src_addr": "203.0.113.10:5080", "did_number": "5550100",
}  # fmt: skip
OUTBOUND: dict[str, Any] = {
    "call_type": "Outbound", "to_number": "+16505551234", "to_name": "", "dst_trunk": "carrier",
    "dod_number": "5550101",
}  # fmt: skip

# One of each kind, with what can be odd about it.
KINDS: dict[str, PhoneCall] = {
    "internal": call(row(src_addr="192.168.5.20:5060", record_file="20150626-2000-2005-Internal.wav")),
    "inbound": call(row(**INBOUND)),
    "inbound over a trunk of no address": call(row(**INBOUND | {"src_addr": "", "src_trunk": "analogue"})),
    "inbound over a trunk that is gone": call(row(**INBOUND | {"src_addr": "", "src_trunk": "gone"})),
    "inbound over no known trunk": call(row(**INBOUND | {"src_trunk": "", "did_number": ""})),
    "inbound from IPv6": call(row(**INBOUND | {"src_addr": "2001:db8::1"})),
    "inbound from the same cluster": call(row(**INBOUND | {"src_trunk": "sister"})),
    "inbound from nobody": call(row(**INBOUND | {"from_number": "", "from_name": ""})),
    "outbound": call(row(**OUTBOUND)),
    "outbound without DOD": call(row(**OUTBOUND | {"dod_number": ""})),
    "outbound to the same cluster": call(row(**OUTBOUND | {"dst_trunk": "sister"})),
    "outbound over no known trunk": call(row(**OUTBOUND | {"dst_trunk": ""})),
    "outbound and failed": call(unanswered(ring=0, **OUTBOUND | {"disposition": "FAILED"})),
    "busy": call(unanswered(ring=3, disposition="BUSY")),
    "given up": call(unanswered()),
    "rung out": call(unanswered(reason="ring timeout")),
    "turned away": call(unanswered(ring=0, reason="dst extension_busy_no_forward    ")),
    "mailbox": call(row(**INBOUND | {"disposition": "VOICEMAIL"})),
    "fax in": call(row(**INBOUND, fax=json.dumps(FAX))),
    "fax out": call(row(**OUTBOUND, fax=json.dumps(FAX | {"fax_t38": "true"}))),
    "to a menu, hung up": call(row(**INBOUND | {"to_number": "6200", "ring_duration": 0, "talk_duration": 50})),
    "through a menu to a mailbox": call(
        row(1, **INBOUND | {"to_number": "6200", "duration": 10, "ring_duration": 0, "talk_duration": 10}),
        row(2, started_at=START + 10, **INBOUND | {"disposition": "VOICEMAIL"}),
    ),
    "a queue that nobody answers": call(unanswered(1, **INBOUND | {"to_number": "6400"}), unanswered(2, **INBOUND)),
    "a group, one answers": call(
        unanswered(1, ring=8, to_number="2006", **INBOUND),
        row(2, record_file="group.wav", **INBOUND),
        unanswered(3, ring=8, to_number="2007", **INBOUND),
    ),
    "one after the other": call(
        unanswered(1, ring=20, **INBOUND), row(2, started_at=START + 20, to_number="2006", **INBOUND)
    ),
    "odd letters": call(row(from_name='李伟 "A" \\', call_id='a"b/c@host', to_name="Zoë")),
}  # fmt: skip


@lru_cache(maxsize=1)
def demo_calls() -> tuple[PhoneCall, ...]:
    """Some hundred calls of the demo office."""
    found = defaultdict(list)
    for id, made in enumerate(islice(calls(OFFICE, 3, START, None, 600), 1500), 1):
        columns = made._asdict() | {"id": id}
        found[made.call_id].append(Row(**{name: columns[name] for name in Row._fields}))
    return tuple(PhoneCall(call_id, tuple(rows)) for call_id, rows in found.items())


def all_calls() -> tuple[PhoneCall, ...]:
    return (*KINDS.values(), *demo_calls())
