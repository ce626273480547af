"""Reports: what the calls of a time come to, for each queue, agent, ring group, extension or hour.

A row to a queue or a ring group rings as long as its caller waits; whoever it rings has a row of his own that begins
meanwhile. Instants are Unix seconds, both bounds included, of a row's start; durations are seconds.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple

from .calls import storable

# Answered within so many seconds, a call of a queue was served in time: its ``sla_time``, or this.
SERVED_IN_TIME = 60

# What is shown before the name of the object that a row leads to.
WORDS = {"queue": "Queue", "ring_group": "RingGroup", "ivr": "IVR"}


@dataclass(frozen=True)
class Span:
    """When the calls began that are asked for. ``abandon_time``: without callers who gave up within so many seconds.

    A thing without calls then is left out of its report, as a real PBX was seen to do."""

    start: int = -1
    end: int = 2**62
    abandon_time: int = -1

    @property
    def values(self) -> dict[str, int]:
        return {name: storable(value) for name, value in vars(self).items()}


class QueueFigures(NamedTuple):
    """Sums over a queue's calls. ``waited`` and ``talked`` are those of answered calls; the others waited, too."""

    id: int
    name: str
    number: str
    calls: int
    answered: int
    abandoned: int
    missed: int
    in_time: int
    waited: int
    talked: int
    all_waited: int
    longest_wait: int


class MemberFigures(NamedTuple):
    """Sums over the calls of a queue or a ring group that rang one of its extensions.

    ``group_id`` is the queue's or the ring group's; the waiting is the caller's."""

    group_id: int
    id: int
    number: str
    name: str
    calls: int
    answered: int
    waited: int
    longest_wait: int
    talked: int


class ExtensionFigures(NamedTuple):
    """Sums over the rows from and to an extension. A voicemail's seconds are no talk."""

    id: int
    number: str
    name: str
    answered: int
    no_answer: int
    busy: int
    failed: int
    voicemail: int
    abandoned: int
    calls: int
    talked: int


class MissedCall(NamedTuple):
    """A row of a call from outside that nobody answered, and whose caller nobody has reached since."""

    id: int
    started_at: int
    from_number: str
    from_name: str
    from_text: str | None
    to_number: str
    to_name: str
    to_text: str | None
    ring_duration: int
    call_type: str
    to_kind: str
    why: str


class MenuCall(NamedTuple):
    """A caller who heard a menu, for so many seconds, and went on to ``to_*``; those are empty where he did not."""

    ivr_id: int
    call_id: str
    started_at: int
    from_number: str
    from_name: str
    from_text: str | None
    seconds: int
    to_number: str
    to_name: str
    to_text: str


def _counted(condition: str) -> str:
    """SQL for how many rows are so."""
    return f"count(*) FILTER (WHERE {condition})"


_ANSWERED = "c.disposition = 'ANSWERED'"
_WORD = "substr(coalesce(c.to_text, ''), 1, instr(coalesce(c.to_text, ''), ' ') - 1)"
# Who waits and is not let go has hung up (call_query.py).
_GAVE_UP = "(c.disposition = 'NO ANSWER' AND substr(c.reason, 1, 4) <> 'dst ')"
_IN_SPAN = f"c.started_at BETWEEN :start AND :end AND NOT ({_GAVE_UP} AND c.ring_duration <= :abandon_time)"

_OBJECTS = """object AS o JOIN json_each(:ids) AS wanted ON o.id = wanted.value AND o.kind = :kind
    LEFT JOIN number AS n ON n.digits = o.document ->> 'number'"""
_TO_OBJECT = f"cdr AS c INDEXED BY cdr_to ON c.to_id = n.id AND {_IN_SPAN} AND {_WORD} = :word"

_SLA_TIME = f"""iif(json_type(o.document, '$.sla_time') = 'integer',
    CAST(o.document ->> 'sla_time' AS INTEGER), {SERVED_IN_TIME})"""
_SUMS = f"""count(c.id), {_counted(_ANSWERED)}, {_counted(_GAVE_UP)},
    {_counted(f"c.disposition <> 'ANSWERED' AND NOT {_GAVE_UP}")},
    {_counted(f"{_ANSWERED} AND c.ring_duration <= {_SLA_TIME}")},
    total(iif({_ANSWERED}, c.ring_duration, 0)), total(iif({_ANSWERED}, c.talk_duration, 0)),
    total(c.ring_duration), max(coalesce(c.ring_duration, 0))"""

_BY_OBJECT = f"""SELECT o.id, o.name, coalesce(o.document ->> 'number', ''), {_SUMS}
    FROM {_OBJECTS} JOIN {_TO_OBJECT} GROUP BY o.kind, o.id ORDER BY o.id"""


def groups(connection: sqlite3.Connection, kind: str, ids: tuple[int, ...] | None, span: Span) -> list[QueueFigures]:
    """The figures of each queue, or ring group, of these ids (None: all) that calls were to, by id."""
    rows = connection.execute(_BY_OBJECT, _values(connection, kind, ids, span))
    return [QueueFigures(*row[:3], *map(int, row[3:])) for row in rows]


def is_there(connection: sqlite3.Connection, kind: str, ids: tuple[int, ...]) -> bool:
    """Whether there is any of these, with calls or without."""
    return (
        connection.execute(f"SELECT o.id FROM {_OBJECTS}", {"ids": _listed(ids), "kind": kind}).fetchone() is not None
    )


def _values(connection: sqlite3.Connection, kind: str, ids: tuple[int, ...] | None, span: Span) -> dict[str, Any]:
    if ids is None:
        ids = tuple(row[0] for row in connection.execute("SELECT id FROM object WHERE kind = ?", (kind,)))
    return {"ids": _listed(ids), "kind": kind, "word": WORDS[kind], **span.values}


def _listed(ids: tuple[int, ...]) -> str:
    """The ids as JSON, each once."""
    return json.dumps(list(dict.fromkeys(map(storable, ids))))


def queues_by(connection: sqlite3.Connection, ids: tuple[int, ...], span: Span, bucket: str) -> dict[int, QueueFigures]:
    """The figures of the queues together, for each part of the time; ``bucket`` is SQL that numbers those, by
    c.started_at. A part without calls is left out."""
    statement = f"SELECT {bucket}, {_SUMS} FROM {_OBJECTS} JOIN {_TO_OBJECT} GROUP BY 1"
    rows = connection.execute(statement, _values(connection, "queue", ids, span))
    return {int(row[0]): QueueFigures(0, "", "", *map(int, row[1:])) for row in rows}


# An object lists its members by their numbers.
_MEMBERS = f"""SELECT DISTINCT o.id AS group_id, e.id, e.number, e.caller_id_name, n.id AS group_number,
    m.id AS member_number
    FROM {_OBJECTS} CROSS JOIN json_each(o.document, :members) AS listed
    JOIN extension AS e ON e.number = listed.value LEFT JOIN number AS m ON m.digits = e.number"""
_RUNG = f"""SELECT c.to_id AS group_number, p.to_id AS member_number, c.ring_duration AS wait,
    p.disposition = 'ANSWERED' AS answered, p.talk_duration AS talk
    FROM (SELECT DISTINCT group_number FROM member) AS g
    CROSS JOIN cdr AS c INDEXED BY cdr_to ON c.to_id = g.group_number AND {_IN_SPAN} AND {_WORD} = :word
    CROSS JOIN cdr AS p INDEXED BY cdr_call ON p.call_id = c.call_id
    AND p.started_at BETWEEN c.started_at AND c.started_at + c.ring_duration
    AND substr(coalesce(p.to_text, ''), 1, 10) <> 'Voicemail '"""
_BY_MEMBER = f"""WITH member AS ({_MEMBERS}), rung AS ({_RUNG})
    SELECT m.group_id, m.id, m.number, m.caller_id_name, count(r.wait), {_counted("r.answered")},
    total(iif(r.answered, r.wait, 0)), max(coalesce(iif(r.answered, r.wait, 0), 0)), total(iif(r.answered, r.talk, 0))
    FROM member AS m LEFT JOIN rung AS r USING (group_number, member_number)
    GROUP BY m.group_id, m.id, m.number, m.caller_id_name ORDER BY m.group_id, m.id"""
_MEMBER_LISTS = {"queue": "$.agents", "ring_group": "$.members"}


def members(connection: sqlite3.Connection, kind: str, ids: tuple[int, ...] | None, span: Span) -> list[MemberFigures]:
    """The figures of each extension that belongs to those queues or ring groups, by the groups' ids, then its own."""
    values = _values(connection, kind, ids, span) | {"members": _MEMBER_LISTS[kind]}
    return [MemberFigures(*row[:4], *map(int, row[4:])) for row in connection.execute(_BY_MEMBER, values)]


_SIDE = """SELECT w.id, c.id AS row_id FROM wanted AS w CROSS JOIN cdr AS c INDEXED BY cdr_{side}
    ON c.{side}_id = w.number_id AND c.started_at BETWEEN :start AND :end
    AND (:call_type IS NULL OR c.call_type = :call_type)"""
_LEFT_QUEUE = f"({_GAVE_UP} AND {_WORD} = 'Queue')"
_BY_EXTENSION = f"""WITH wanted AS (SELECT e.id, n.id AS number_id
        FROM json_each(:ids) AS asked JOIN extension AS e ON e.id = asked.value
        JOIN number AS n ON n.digits = e.number),
    theirs AS ({_SIDE.format(side="from")} UNION {_SIDE.format(side="to")})
    SELECT e.id, e.number, e.caller_id_name, {_counted(_ANSWERED)},
    {_counted(f"c.disposition = 'NO ANSWER' AND NOT {_LEFT_QUEUE}")}, {_counted("c.disposition = 'BUSY'")},
    {_counted("c.disposition = 'FAILED'")}, {_counted("c.disposition = 'VOICEMAIL'")}, {_counted(_LEFT_QUEUE)},
    count(c.id),
    total(iif({_ANSWERED}, c.talk_duration, 0))
    FROM theirs AS t JOIN extension AS e ON e.id = t.id JOIN cdr AS c ON c.id = t.row_id GROUP BY e.id ORDER BY e.id"""


def extensions(
    connection: sqlite3.Connection, ids: tuple[int, ...], span: Span, call_type: str | None
) -> list[ExtensionFigures]:
    """The figures of each extension of these ids that has calls, by id; ``call_type`` None: calls of all types."""
    values = {"ids": _listed(ids), "call_type": call_type, **span.values}
    return [ExtensionFigures(*row[:3], *map(int, row[3:])) for row in connection.execute(_BY_EXTENSION, values)]


_PEOPLE = """SELECT e.id FROM json_each(:ids) AS asked JOIN extension AS e ON e.id = asked.value
    UNION SELECT e.id FROM json_each(:ids) AS asked JOIN group_member AS m ON m.group_id = asked.value
    JOIN extension AS e ON e.number = m.extension WHERE asked.value NOT IN (SELECT id FROM extension)"""


def people(connection: sqlite3.Connection, ids: tuple[int, ...]) -> tuple[int, ...]:
    """The ids of the extensions that are meant, each once: an id that no extension has, but an extension group, means
    the group's members."""
    return tuple(id for (id,) in connection.execute(_PEOPLE, {"ids": _listed(ids)}))


_NEXT = """SELECT q.id FROM cdr AS q INDEXED BY cdr_call WHERE q.call_id = c.call_id
    AND (q.started_at, q.id) > (c.started_at, c.id) ORDER BY q.started_at, q.id LIMIT 1"""
_IN_MENU = f"""SELECT o.id, c.call_id, c.started_at, f.digits, c.from_name, c.from_text, c.duration,
    coalesce(t.digits, ''), coalesce(p.to_name, ''), coalesce(p.to_text, '')
    FROM {_OBJECTS} JOIN {_TO_OBJECT} JOIN number AS f ON f.id = c.from_id
    LEFT JOIN cdr AS p ON p.id = ({_NEXT}) LEFT JOIN number AS t ON t.id = p.to_id
    ORDER BY c.started_at, c.id"""


def menu_calls(connection: sqlite3.Connection, ids: tuple[int, ...], span: Span) -> list[MenuCall]:
    """The callers who heard the IVRs of these ids, and where each went next; the oldest first."""
    return list(map(MenuCall._make, connection.execute(_IN_MENU, _values(connection, "ivr", ids, span))))


# A row that an answered one follows in its call has not missed it; an answered call to the caller returns it.
_MISSED = f"""WITH target AS (
        SELECT n.id AS number_id, '' AS word, 'extension' AS kind FROM extension AS e JOIN number AS n
            ON n.digits = e.number WHERE :extensions IS NULL OR e.id IN (SELECT value FROM json_each(:extensions))
        UNION ALL SELECT n.id, iif(o.kind = 'queue', 'Queue', 'RingGroup'), o.kind FROM object AS o
            JOIN number AS n ON n.digits = o.document ->> 'number'
            WHERE o.kind = 'queue' AND (:queues IS NULL OR o.id IN (SELECT value FROM json_each(:queues)))
            OR o.kind = 'ring_group' AND :ring_groups),
    missed AS (SELECT c.*, g.kind AS to_kind, CASE WHEN c.disposition = 'BUSY' THEN 'busy'
            WHEN g.kind = 'queue' AND {_GAVE_UP} THEN 'abandoned' ELSE 'no_answer' END AS why
        FROM target AS g CROSS JOIN cdr AS c INDEXED BY cdr_to ON c.to_id = g.number_id
            AND c.started_at BETWEEN :start AND :end AND {_WORD} = g.word
        WHERE c.call_type = 'Inbound' AND c.disposition IN ('NO ANSWER', 'BUSY'))
    SELECT c.id, c.started_at, f.digits, c.from_name, c.from_text, t.digits, c.to_name, c.to_text, c.ring_duration,
        c.call_type, c.to_kind, c.why
    FROM missed AS c JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id
    WHERE (:why IS NULL OR c.why = :why)
        AND NOT EXISTS (SELECT 1 FROM cdr AS p INDEXED BY cdr_call WHERE p.call_id = c.call_id
            AND p.disposition = 'ANSWERED' AND (p.started_at, p.id) > (c.started_at, c.id))
        AND NOT EXISTS (SELECT 1 FROM cdr AS p INDEXED BY cdr_to WHERE p.to_id = c.from_id
            AND p.started_at >= c.started_at AND p.call_type = 'Outbound' AND p.disposition = 'ANSWERED')
    ORDER BY c.started_at, c.id"""


def missed(
    connection: sqlite3.Connection,
    extension_ids: tuple[int, ...] | None,
    queue_ids: tuple[int, ...] | None,
    span: Span,
    why: str | None,
) -> list[MissedCall]:
    """The missed calls that nobody has returned, oldest first; with ids of either kind, only calls to those.

    ``why``: no_answer, busy, abandoned (by somebody waiting in a queue), or None for all."""
    narrowed = extension_ids is not None or queue_ids is not None
    values = {
        "extensions": _listed(extension_ids or ()) if narrowed else None,
        "queues": _listed(queue_ids or ()) if narrowed else None,
        "ring_groups": not narrowed,
        "why": why,
        **span.values,
    }
    return list(map(MissedCall._make, connection.execute(_MISSED, values)))
