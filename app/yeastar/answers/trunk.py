"""Trunk: the providers that the PBX knows (page Query ITSP of SIP Trunks)."""

from __future__ import annotations

from ..calls import Call, Fields
from ..deeds import holdings_of


def itsp_list(call: Call, given: Fields) -> Fields:
    rows = [
        {"id": item["id"], "country": str(item.get("country", "")), "name": item["name"]}
        for item in holdings_of(call).items("itsp")
    ]
    call.entry.rows = call.entry.total = len(rows)
    return {"data": rows, "total_number": len(rows)}
