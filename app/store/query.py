"""CdrQuery, FILTERS, SORTS: one question about calls as a small value, and what it may ask.

A filter is a row of FILTERS: the field of CdrQuery that asks for it and the clause it adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

# What a call's leg can come to, and which way it went, in the words every row holds.
DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "VOICEMAIL")
CALL_TYPES = ("Inbound", "Outbound", "Internal")

# Fields of CdrQuery that hold several values; SQL gets them as JSON.
LISTS = ("dids", "disposition_codes", "ids")


@dataclass(frozen=True)
class CdrQuery:
    """What is asked of the calls; None asks nothing. Instants are Unix seconds, both bounds included.

    ``impossible`` finds nothing at all: a bound that cannot be read matches no call. ``dids`` holds pairs of a DID
    number or name and a trunk's name ("" for any trunk). ``up_to_id`` leaves later rows out; ``recorded`` is True or
    None: only rows with a recording. ``made_since`` and ``made_before`` are bounds besides start and end, the second of
    them not included. A ``fuzzy`` search finds calls before ``exact_before``, or from ``exact_since`` on, by the whole
    number only.
    """

    start: int | None = None
    end: int | None = None
    call_from: str | None = None
    call_to: str | None = None
    fuzzy: bool = False
    extension_group: int | None = None
    disposition: str | None = None
    dids: tuple[tuple[str, str], ...] | None = None
    call_note_remark: str | None = None
    disposition_codes: tuple[int, ...] | None = None
    pin_code: str | None = None
    generation: str | None = None
    made_since: int | None = None
    made_before: int | None = None
    exact_before: int | None = None
    exact_since: int | None = None
    ids: tuple[int, ...] | None = None
    recorded: bool | None = None
    up_to_id: int | None = None
    impossible: bool = False
    sort_by: str = "time"
    descending: bool = False
    limit: int | None = None
    offset: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CdrQuery:
        values = json.loads(text)
        for field in LISTS:
            if values.get(field) is not None:
                values[field] = tuple(tuple(v) if isinstance(v, list) else v for v in values[field])
        return cls(**values)


def _is_exactly(party: str) -> str:
    """Whether a call's caller or callee is the one asked for, if one is."""
    number = f"(SELECT id FROM number WHERE digits = :call_{party})"
    return f"coalesce(+c.{party}_id = {number}, :call_{party} IS NULL)"


_EXACTLY = f"{_is_exactly('from')} AND {_is_exactly('to')}"

# What is asked for may be long: SQLite reads it once, into an index in which each call's own few are looked up.
_DIDS = "(SELECT value ->> 0, value ->> 1 FROM json_each(:dids))"
_ITS_DIDS, _ITS_TRUNKS = ("c.did_number", "c.did_name"), ("''", "c.src_trunk")

# Field of CdrQuery -> the clause it adds, over c (cdr). Parties and groups are in plans.py: they can also lead the way.
FILTERS: Mapping[str, str] = {
    "start": "c.started_at >= :start",
    "end": "c.started_at <= :end",
    "disposition": "c.disposition = :disposition",
    "dids": f"({' OR '.join(f'({did}, {trunk}) IN {_DIDS}' for did in _ITS_DIDS for trunk in _ITS_TRUNKS)})",
    "call_note_remark": "instr(c.call_note_remark, :call_note_remark) > 0",
    "disposition_codes": """(c.disposition_codes <> '' AND EXISTS (
        SELECT 1 FROM json_each('[' || trim(c.disposition_codes, ',') || ']') AS own
        WHERE own.value IN (SELECT value FROM json_each(:disposition_codes))))""",
    "pin_code": "c.pin_code = :pin_code",
    "generation": "(c.new_id <> '') = (:generation = 'new')",
    "made_since": "c.started_at >= :made_since",
    "made_before": "c.started_at < :made_before",
    "exact_before": f"(c.started_at >= :exact_before OR {_EXACTLY})",
    "exact_since": f"(c.started_at < :exact_since OR {_EXACTLY})",
    "ids": "c.id IN (SELECT value FROM json_each(:ids))",
    "recorded": "c.record_file <> ''",
    "up_to_id": "c.id <= :up_to_id",
}

# What rows can be sorted by. The id comes last, so that the order is the same every time.
SORTS: Mapping[str, str] = {
    "id": "c.id",
    "uid": "c.uid",
    "time": "c.started_at",
    "duration": "c.duration",
    "ring_duration": "c.ring_duration",
    "talk_duration": "c.talk_duration",
    "disposition": "c.disposition",
    "src_trunk": "c.src_trunk",
    "dst_trunk": "c.dst_trunk",
    "call_type": "c.call_type",
    "did_number": "c.did_number",
    "dod_number": "c.dod_number",
    "src_addr": "c.src_addr",
}

# SQL of the uid of a call's first row.
CALL_UID = (
    "(SELECT e.uid FROM cdr AS e INDEXED BY cdr_call WHERE e.call_id = c.call_id ORDER BY e.started_at, e.id LIMIT 1)"
)
SORT_KEYS: Mapping[str, str] = {**SORTS, "call_uid": CALL_UID}
