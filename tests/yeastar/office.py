"""A small office whose calls a reader can keep in mind, and the plain way to search them."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def instant(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """``2024-03-04 09:15:00`` on the wall clock there, as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def call(number: int, start: str, caller: str, callee: str, **more: Any) -> dict[str, Any]:
    parties = {"call_from_number": caller, "call_to_number": callee}
    return {"id": number, "timestamp": instant(start), **parties, "disposition": "ANSWERED", **more}


SMALL_OFFICE: dict[str, Any] = {
    "extensions": [
        {"number": "2000", "name": "Amelia Hart"},
        {"number": "2005", "name": "Kristin Hale"},
        {"number": "2050", "name": "Zoë Müller"},
    ],
    "extension_groups": [
        {"id": 1, "name": "Default_All_Extensions", "members": ["2000", "2005", "2050"]},
        {"id": 7, "name": "Sales", "members": ["2005"]},
        {"id": 8, "name": "Nobody", "members": []},
    ],
    "trunks": ["city", "mobile"],
    "cdrs": [
        call(1, "2024-03-04 09:15:00", "2005", "+442071234567", dst_trunk="city", dod_number="5550100",
             call_from_name="Kristin Hale", duration=50, ring_duration=8, talk_duration=42, pin_code="4711"),
        call(2, "2024-03-04 09:20:00", "13912345678", "2000", src_trunk="city", did_number="5550100",
             did_name="Hotline", disposition="NO ANSWER", duration=20, ring_duration=20),
        call(3, "2024-03-04 12:00:00", "2000", "2005", disposition="BUSY"),
        call(4, "2024-04-03 00:00:00", "13912345678", "2005", src_trunk="mobile", did_number="5550101",
             disposition="VOICEMAIL", duration=33, talk_duration=33, call_to="Voicemail Kristin Hale<2005>",
             call_note_remark="call back, 50% off_", disposition_code_list=[3, 14]),
        call(5, "2024-04-03 23:59:59", "2050", "20050", disposition="FAILED", reason="dst hangup    "),
        call(6, "2024-04-03 23:59:59", "a%b_c", "O'Neil", call_note_remark="call"),
        call(7, "2024-12-31 00:00:00", "", "2000", new_id="67C67519-D30000CD", disposition_code_list="1,4",
             pin_code="0815"),
        call(8, "2025-01-01 12:34:56", "Alice", "2050", call_from_name="Alice \"A\" \\ 李伟", src_addr="10.0.0.1:5060"),
    ],
}  # fmt: skip


def many_calls(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Calls with many ties, few and many numbers, for comparing two ways of searching."""
    rng = random.Random(seed)
    numbers = [
        "2005",
        "2050",
        "20050",
        "1000",
        "+442071234567",
        "12005",
        "a%b",
        "a_b",
        "A_B",
        "*43",
        "O'Neil",
        "20",
        "",
    ]
    numbers += [str(rng.randrange(10**6, 10**11)) for _ in range(40)]
    rows = []
    for number in range(1, count + 1):
        talk, ring = rng.choice([0, 0, 5, 42]), rng.choice([0, 3])
        rows.append(
            {
                "id": number,
                "timestamp": 1_709_500_000 + rng.randrange(0, 40) * 3600,
                "call_from_number": rng.choice(numbers[:13] if rng.random() < 0.6 else numbers),
                "call_to_number": rng.choice(numbers),
                "disposition": rng.choice(["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "VOICEMAIL"]),
                "call_type": rng.choice(["Inbound", "Outbound", "Internal"]),
                "duration": talk + ring, "ring_duration": ring, "talk_duration": talk,
                "src_trunk": rng.choice(["", "city", "mobile"]), "did_number": rng.choice(["", "55501", "55502"]),
                "pin_code": rng.choice(["", "4711"]), "call_note_remark": rng.choice(["", "call back", "back"]),
                "disposition_code_list": rng.sample([1, 2, 3, 12], rng.randrange(3)),
                "uid": f"{rng.randrange(10**6):019d}", "src_addr": rng.choice(["", "10.0.0.1"]),
            }
        )  # fmt: skip
    return rows
