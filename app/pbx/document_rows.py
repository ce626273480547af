"""CDR rows as the objects of a seed document: what seed_document.py reads."""

from __future__ import annotations

from typing import Any

import orjson

from ..store.loading import CdrRow

# The column of each of the document's fields, the API's first, in the API's order; and what stands in every row.
ROW_FIELDS = {
    "id": "id",
    "call_from": "from_text",
    "call_to": "to_text",
    "timestamp": "started_at",
    "uid": "uid",
    "src_addr": "src_addr",
    "src_trunk": "src_trunk",
    "dst_trunk": "dst_trunk",
    "duration": "duration",
    "ring_duration": "ring_duration",
    "talk_duration": "talk_duration",
    "disposition": "disposition",
    "call_type": "call_type",
    "did_number": "did_number",
    "did_name": "did_name",
    "dod_number": "dod_number",
    "record_file": "record_file",
    "reason": "reason",
    "call_from_number": "from_number",
    "call_from_name": "from_name",
    "call_to_number": "to_number",
    "call_to_name": "to_name",
    "call_id": "call_id",
    "pin_code": "pin_code",
    "call_note_remark": "call_note_remark",
    "disposition_code_list": "disposition_codes",
    "new_id": "new_id",
    "fax": "fax",
}
ALWAYS = {"timestamp", "uid", "src_addr", "disposition", "call_type", "call_id"}
ALWAYS |= {"call_from_number", "call_from_name", "call_to_number", "call_to_name"}


def as_document_row(row: CdrRow) -> dict[str, Any]:
    """The row as an object of a seed document, by the API's names: no zeros, no empty optional texts.

    ``call_from`` and ``call_to`` are there only where they are not made of name and number;
    ``disposition_code_list`` is ``3,4`` as in a search, ``fax`` an object.
    """
    columns = row._asdict()
    columns["disposition_codes"] = row.disposition_codes.strip(",")
    columns["fax"] = orjson.loads(row.fax) if row.fax else None
    shown = {key: columns[column] for key, column in ROW_FIELDS.items()}
    return {key: value for key, value in shown.items() if value or key in ALWAYS}
