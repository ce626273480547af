"""CallQuery: one question about whole calls as a small value, and the SQL that answers it.

A call is all rows that share a call id. In SQL, c is its first row and p any of its rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .calls import storable
from .numbers import fold, ids_with, suffix_range
from .query import DISPOSITIONS, FILTERS

# What a call can come to: what its last leg did, or that the caller gave up waiting in a queue.
LAST_STATUSES = (*DISPOSITIONS, "ABANDONED")
INSIDE, OUTSIDE = "Internal", "External"


@dataclass(frozen=True)
class CallQuery:
    """What is asked of calls; None asks nothing. Instants are Unix seconds, both bounds included, of a call's start.

    ``call_from`` and ``call_to`` are those of the first leg, by number or name. ``groups`` and ``queues`` are ids;
    ``routing`` and ``segments`` are one of COMPARISONS and a number. Other fields are as CdrQuery has them, and ask for
    a call with any such leg. ``sort_by`` is one of SORTS.
    """

    start: int | None = None
    end: int | None = None
    call_from: str | None = None
    call_to: str | None = None
    fuzzy: bool = False
    groups: tuple[int, ...] | None = None
    queues: tuple[int, ...] | None = None
    dids: tuple[tuple[str, str], ...] | None = None
    call_note_remark: str | None = None
    disposition_codes: tuple[int, ...] | None = None
    pin_code: str | None = None
    last_status: str | None = None
    disconnected_by: str | None = None
    routing: tuple[str, int] | None = None
    segments: tuple[str, int] | None = None
    up_to_id: int | None = None
    sort_by: str = "time"
    descending: bool = False
    limit: int | None = None
    offset: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CallQuery:
        return cls(**{field: _tuples(value) for field, value in json.loads(text).items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


# SQL of what the legs of c's call say together.
_LEGS = "cdr AS p INDEXED BY cdr_call WHERE p.call_id = c.call_id"
_LAST = f"FROM {_LEGS} ORDER BY p.started_at DESC, p.id DESC LIMIT 1"
_ENDED = "max(p.started_at + p.duration)"
_ANSWERED = """min(CASE WHEN p.talk_duration > 0 AND substr(coalesce(p.to_text, ''), 1, 4) <> 'IVR '
    THEN p.started_at + p.ring_duration END)"""
_ROUTED = f"min({_ENDED}, coalesce({_ANSWERED}, {_ENDED}))"
_IN_QUEUE = "substr(coalesce(p.to_text, ''), 1, 6) = 'Queue '"
_TOGETHER: Mapping[str, str] = {
    "duration": f"(SELECT {_ENDED} - c.started_at FROM {_LEGS})",
    "routing": f"(SELECT {_ROUTED} - c.started_at FROM {_LEGS})",
    # Who waits in a queue and is not let go by it has hung up.
    "last_status": f"""(SELECT iif(p.disposition = 'NO ANSWER' AND {_IN_QUEUE} AND substr(p.reason, 1, 4) <> 'dst ',
        'ABANDONED', p.disposition) {_LAST})""",
    # A menu or a queue is neither inside nor outside; of a row without a reason nobody knows.
    "disconnected_by": f"""(SELECT CASE substr(p.reason, 1, 10)
        WHEN 'src hangup' THEN iif(p.call_type = 'Inbound', '{OUTSIDE}', '{INSIDE}')
        WHEN 'dst hangup' THEN CASE WHEN p.call_type = 'Outbound' THEN '{OUTSIDE}'
            WHEN p.to_text IS NULL THEN '{INSIDE}' ELSE '' END
        ELSE '' END {_LAST})""",
}
_SEGMENTS = f"(SELECT count(*) FROM {_LEGS})"

# What calls can be sorted by. The id of the first row comes last, so that the order is the same every time.
SORTS: Mapping[str, str] = {
    "time": "c.started_at",
    "uid": "c.uid",
    "call_type": "c.call_type",
    "last_status": _TOGETHER["last_status"],
    "call_duration": _TOGETHER["duration"],
    "routing_duration": _TOGETHER["routing"],
    "handling_duration": f"(SELECT {_ENDED} - {_ROUTED} FROM {_LEGS})",
}

_FIRST = (
    "NOT EXISTS (SELECT 1 FROM cdr AS e INDEXED BY cdr_call"
    " WHERE e.call_id = c.call_id AND (e.started_at, e.id) < (c.started_at, c.id))"
)

# Field of CallQuery -> what the first row must be like.
_OF_CALL = {
    "start": "c.started_at >= :start",
    "end": "c.started_at <= :end",
    "last_status": f"{_TOGETHER['last_status']} = :last_status",
    "disconnected_by": f"{_TOGETHER['disconnected_by']} = :disconnected_by",
    "up_to_id": "c.id <= :up_to_id",
}
_COMPARED = {"routing": _TOGETHER["routing"], "segments": _SEGMENTS}
COMPARISONS = ("=", "<", "<=", ">", ">=")

# Field of CallQuery -> what any row must be like.
_MEMBERS = """(SELECT n.id FROM group_member AS m JOIN number AS n ON n.digits = m.extension
    WHERE m.group_id IN (SELECT value FROM json_each(:groups)))"""
_QUEUES = """(SELECT n.id FROM object AS o JOIN number AS n ON n.digits = o.document ->> 'number'
    WHERE o.kind = 'queue' AND o.id IN (SELECT value FROM json_each(:queues)))"""
_OF_ANY_LEG = {
    "groups": f"(p.from_id IN {_MEMBERS} OR p.to_id IN {_MEMBERS})",
    "queues": f"(p.to_id IN {_QUEUES} AND {_IN_QUEUE})",
    **{
        field: FILTERS[field].replace("c.", "p.")
        for field in ("dids", "call_note_remark", "disposition_codes", "pin_code")
    },
}
_LISTS = ("groups", "queues", "dids", "disposition_codes")

# Text like this is a number, which no name is compared with: the index of numbers finds it.
_NUMBER = re.compile(r"[0-9+*#]+")
_SIDES = {"call_from": "from", "call_to": "to"}


def asks_nothing(query: CallQuery) -> bool:
    return all(getattr(query, field) is None for field in (*_OF_CALL, *_COMPARED, *_OF_ANY_LEG, *_SIDES))


def values_of(query: CallQuery) -> dict[str, Any]:
    """What the statements' parameters stand for."""
    given = vars(query)
    values = {field: given[field] for field in (*_OF_CALL, *_OF_ANY_LEG, *_SIDES) if given[field] is not None}
    values |= {field: json.dumps(values[field]) for field in _LISTS if field in values}
    values |= {field: given[field][1] for field in _COMPARED if given[field] is not None}
    for field in _SIDES:
        if query.fuzzy and field in values:
            values[f"{field}_low"], values[f"{field}_high"] = suffix_range(values[field])
            values[field] = fold(values[field])
    bounded = {field: storable(values[field]) for field in ("start", "end", *_COMPARED) if field in values}
    return values | bounded | {"limit": -1 if query.limit is None else query.limit, "offset": query.offset}


def matching(query: CallQuery) -> str:
    """FROM and WHERE: how the table is entered, and every condition on the first row of a call."""
    given = vars(query)
    conditions = [clause for field, clause in _OF_CALL.items() if given[field] is not None]
    for field, value in _COMPARED.items():
        if given[field] is not None:
            conditions.append(f"{value} {_comparison(given[field][0])} :{field}")
    leader = next((field for field in _SIDES if _is_exact(query, field)), "")
    conditions += [_party(query, field, field == leader) for field in _SIDES if given[field] is not None]
    conditions += [_any_leg(query, clause) for field, clause in _OF_ANY_LEG.items() if given[field] is not None]
    return f"FROM {_entered(query, leader)} WHERE {' AND '.join((*conditions, _FIRST))}"


def _comparison(sign: str) -> str:
    if sign not in COMPARISONS:
        raise ValueError(f"{sign!r} compares nothing")
    return sign


def _entered(query: CallQuery, leader: str) -> str:
    """The table, by the index of a number, along the time, or as SQLite thinks best."""
    if leader:
        return f"cdr AS c INDEXED BY cdr_{_SIDES[leader]}"
    along_time = query.sort_by == "time" or _is_ranged(query)
    legs_first = not _is_ranged(query) and any(getattr(query, field) is not None for field in _OF_ANY_LEG)
    return "cdr AS c INDEXED BY cdr_time" if along_time and not legs_first else "cdr AS c"


def _is_ranged(query: CallQuery) -> bool:
    return query.start is not None and query.end is not None


def _is_exact(query: CallQuery, field: str) -> bool:
    """Whether the text is one number and nothing else."""
    text = getattr(query, field)
    return text is not None and not query.fuzzy and _NUMBER.fullmatch(text) is not None


def _party(query: CallQuery, field: str, leads: bool) -> str:
    side = _SIDES[field]
    if query.fuzzy:
        return f"(+c.{side}_id IN ({ids_with(field)}) OR instr(lower(c.{side}_name), :{field}) > 0)"
    number = f"c.{side}_id = (SELECT id FROM number WHERE digits = :{field})"
    if _is_exact(query, field):
        return number if leads else f"+{number}"
    return f"(+{number} OR c.{side}_name = :{field})"


def _any_leg(query: CallQuery, clause: str) -> str:
    """Each call of a short time is asked for such a leg; else all such legs are read first."""
    if _is_ranged(query):
        return f"EXISTS (SELECT 1 FROM {_LEGS} AND {clause})"
    return f"c.call_id IN (SELECT p.call_id FROM cdr AS p WHERE {clause})"


FOUND = f"c.call_id, {', '.join(_TOGETHER.values())}"


def page_statement(query: CallQuery) -> str:
    """Sorted ids first, then what the legs say together, which is asked for the page's calls alone."""
    direction = " DESC" if query.descending else ""
    order = ", ".join(key + direction for key in (SORTS[query.sort_by], "c.id"))
    return (
        f"SELECT {FOUND} FROM (SELECT c.id {matching(query)} ORDER BY {order} LIMIT :limit OFFSET :offset) AS hit"
        " CROSS JOIN cdr AS c ON c.id = hit.id"
    )
