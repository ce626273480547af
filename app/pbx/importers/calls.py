"""One row of a call, made from the API's fields: checked as a seed document's is, ten times as fast."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zlib import crc32

from ...store.loading import CdrRow
from ...store.query import CALL_TYPES, DISPOSITIONS
from ..display_format import END
from ..fax import FAX_FIELDS, as_text
from ..seed_document import as_codes, party
from ..seed_schema import CDR_FIELDS, SHAPES
from .mistakes import WrongRowError, shown
from .records import Fields

_SHORT, _LONG = SHAPES["number"]["maxLength"], SHAPES["text"]["maxLength"]
# Control characters, and halves of letters, which JSON may have.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_SECONDS, _HIGHEST = SHAPES["seconds"]["maximum"], SHAPES["id"]["maximum"]


def maker(compact: Callable[[int], str]) -> Callable[[Fields], CdrRow]:
    """What makes a row of fields by the API's names, and raises WrongRowError. ``compact`` writes a start in a uid.

    Numbers may be texts, and what is empty is as good as left out. A row that says no call id or uid gets the same one
    whenever it is read.
    """

    def made(fields: Fields) -> CdrRow:
        try:
            return _row(fields, compact)
        except (ValueError, TypeError, KeyError, AttributeError):
            _explain(fields)
            raise WrongRowError("", "cannot be read") from None

    return made


def _whole(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is str and (not value or value.isdecimal()):
        return int(value or 0)
    if value is None:
        return 0
    raise ValueError


def _row(fields: Fields, compact: Callable[[int], str]) -> CdrRow:
    get = fields.get
    row_id, started = _whole(get("id")), _whole(fields["timestamp"] or None)
    duration, ring, talk = _whole(get("duration")), _whole(get("ring_duration")), _whole(get("talk_duration"))
    from_number, from_name, from_text = party(get("call_from"), get("call_from_number"), get("call_from_name"))
    to_number, to_name, to_text = party(get("call_to"), get("call_to_number"), get("call_to_name"))
    src_trunk, dst_trunk = get("src_trunk") or "", get("dst_trunk") or ""
    did, dod = get("did_number") or get("did") or "", get("dod_number") or ""
    disposition = get("disposition") or ("ANSWERED" if talk else "NO ANSWER")
    call_type = get("call_type") or ("Inbound" if src_trunk or did else "Outbound" if dst_trunk or dod else "Internal")
    if not 0 < started < END:
        raise ValueError
    uid, call_id = get("uid") or "", get("call_id") or ""
    if not (uid and call_id):
        uid, call_id = _ids(compact, (row_id or None, started, from_number, to_number, uid, call_id, duration, talk))
    row = CdrRow(
        row_id or None, started, from_number, from_name, to_number, to_name, from_text, to_text,
        uid, call_id, get("src_addr") or "", src_trunk, dst_trunk, duration, ring, talk,
        disposition, call_type, did, get("did_name") or "", dod, get("record_file") or "", get("reason") or "",
        get("pin_code") or "", get("call_note_remark") or "", as_codes(get("disposition_code_list") or None),
        get("new_id") or "", _fax(get("fax")),
    )  # fmt: skip
    texts = "".join((from_number, from_name, to_number, to_name, from_text or "", to_text or "", *row[8:13], *row[16:]))
    if not (
        0 <= row_id <= _HIGHEST
        and max(duration, ring, talk) <= _MOST_SECONDS
        and disposition in DISPOSITIONS
        and call_type in CALL_TYPES
        and (texts.isprintable() or not _CONTROL.search(texts))
        and (len(texts) <= _LONG or _fits(fields))
        and max(len(from_number), len(to_number), len(did), len(dod)) <= _SHORT
    ):
        raise ValueError
    return row


def _fits(fields: Fields) -> bool:
    return all(len(value) <= _LONG for key, value in fields.items() if key in CDR_FIELDS and isinstance(value, str))


def _fax(fax: Any) -> str:
    return as_text({key: fax[key] for key in FAX_FIELDS if key in fax}) if fax else ""


# Id, start, numbers of caller and callee, uid, call id, duration and talk of a row.
_Said = tuple[int | None, int, str, str, str, str, int, int]


def _ids(compact: Callable[[int], str], said: _Said) -> tuple[str, str]:
    """The uid and the call id of a row that does not say both: the same whenever it says the same."""
    row_id, started, _, _, uid, call_id, _, _ = said
    mark = crc32(repr(said).encode("utf-8", "replace"))
    return uid or f"{compact(started)}{mark & 0xFFFFF:05X}", call_id or f"{started}.{row_id or mark % 1_000_000}"


_KINDS = {
    "timestamp": "instant",
    **dict.fromkeys(("duration", "ring_duration", "talk_duration"), "seconds"),
    "id": "id",
}


def _explain(fields: Fields) -> None:
    """Raise what is wrong with the first field that is."""
    if not fields.get("timestamp"):
        raise WrongRowError("timestamp", "is missing, and there is no time either")
    for name, value in fields.items():
        shape = _KINDS.get(name) or (CDR_FIELDS[name][0] if name in CDR_FIELDS else "")
        if shape and value not in (None, "") and not _allowed(shape, value):
            raise WrongRowError(name, f"{shown(value)} is not {SHAPES[shape]['description']}")


def _allowed(shape: str, value: Any) -> bool:
    rules: dict[str, Any] = SHAPES[shape]
    if "minimum" in rules and shape != "detail":
        try:
            return bool(rules["minimum"] <= (_whole(value) or 0) <= rules["maximum"])
        except ValueError:
            return False
    if "enum" in rules:
        return value in rules["enum"]
    if shape == "codes":
        return _is_codes(value)
    return isinstance(value, str) and len(value) <= int(rules.get("maxLength") or _LONG) and not _CONTROL.search(value)


def _is_codes(value: Any) -> bool:
    try:
        return len(as_codes(value)) <= 1000
    except (ValueError, TypeError):
        return False
