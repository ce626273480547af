"""The rows of call reports, each type's made of what the store has counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...store import reports
from ...store.reports import ExtensionFigures, MemberFigures, MissedCall, QueueFigures, Span
from ..calls import Call, Fields
from ..schemas.report import Asked
from . import report_menus
from .report_menus import party


def _mean(seconds: int, calls: int) -> int:
    """Whole seconds; what is left over is cut off (observed on a real PBX)."""
    return seconds // calls if calls else 0


def _percent(part: int, calls: int) -> float:
    """Percent with two decimals at most (observed on a real PBX)."""
    return round(100 * part / calls, 2) if calls else 0.0


def _connection(call: Call) -> sqlite3.Connection:
    return call.world.database.connection()


def _people(call: Call, asked: Asked) -> tuple[int, ...] | None:
    """The ids of the extensions that ``ext_id_list`` means; None where there is no such list."""
    ids = asked.given.get("ext_id_list")
    return None if ids is None else reports.people(_connection(call), ids)


def _extensions(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """The time on hold is not kept, so that it is 0."""
    ids, call_type = _people(call, asked), asked.given.get("communication_type")
    return [
        {
            "ext_num": found.number,
            "ext_name": found.name,
            "answered_calls": found.answered,
            "no_answer_calls": found.no_answer,
            "busy_calls": found.busy,
            "failed_calls": found.failed,
            "voicemail_calls": found.voicemail,
            "abandoned_calls": found.abandoned,
            "total_call_count": found.calls,
            "total_holding_time": 0,
            "total_talking_time": found.talked,
        }
        for found in reports.extensions(_connection(call), ids or (), span, call_type)
    ]


def _queues(call: Call, asked: Asked, span: Span) -> list[Fields]:
    found = reports.groups(_connection(call), "queue", asked.given["queue_id_list"], span)
    if not asked.newer:
        return [_queue(figures, "average_handle_time") for figures in found]
    return [
        _queue(figures, "average_server_time")
        | {"answered_waiting_time": figures.waited, "total_waiting_time": figures.all_waited}
        for figures in found
    ]


def _queue(found: QueueFigures, handled: str) -> Fields:
    """Handling a call is talking: neither time on hold nor the agent's work afterwards is kept."""
    calls, answered = found.calls, found.answered
    return {
        "queue": found.name,
        "queue_num": found.number,
        "total_calls": calls,
        "answered_calls": answered,
        "missed_calls": found.missed,
        "abandoned_calls": found.abandoned,
        "average_waiting_time": _mean(found.waited, answered),
        "average_talking_time": _mean(found.talked, answered),
        "max_waiting_time": found.longest_wait,
        "answered_rate": _percent(answered, calls),
        "missed_rate": _percent(found.missed, calls),
        "abandoned_rate": _percent(found.abandoned, calls),
        "sla": _percent(found.in_time, calls),
        handled: _mean(found.talked, answered),
        "all_call_average_waiting_time": _mean(found.all_waited, calls),
        "answered_call_time": found.talked,
        "total_ring_time": found.all_waited,
        "answered_hold_time": 0,
    }


def _agents(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """One row: the queue, and its agents."""
    agents = [_agent(agent) for agent in _asked_agents(call, asked, span) if agent.calls]
    return [
        {"queue": queue.name, "queue_num": queue.number, "queue_id": queue.id, "detail": agents}
        for queue in reports.groups(_connection(call), "queue", (asked.given["queue_id"],), span)
    ]


def _asked_agents(call: Call, asked: Asked, span: Span) -> list[MemberFigures]:
    """Each of the queue's agents, or each of those of ``agent_id_list``."""
    wanted = asked.given.get("agent_id_list")
    agents = reports.members(_connection(call), "queue", (asked.given["queue_id"],), span)
    return [agent for agent in agents if wanted is None or agent.id in wanted]


def _agent(found: MemberFigures) -> Fields:
    missed = found.calls - found.answered
    return {
        "agent_name": found.name,
        "agent_number": found.number,
        "total_calls": found.calls,
        "answered_calls": found.answered,
        "missed_calls": missed,
        "average_waiting_time": _mean(found.waited, found.answered),
        "max_waiting_time": found.longest_wait,
        "answered_waiting_time": found.waited,
        "average_talking_time": _mean(found.talked, found.answered),
        "total_talking_time": found.talked,
        "missed_call_rate": _percent(missed, found.calls),
    }


def _summaries(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """What each agent did: the queue's calls answered, and all calls made."""
    agents = _asked_agents(call, asked, span)
    found = reports.extensions(_connection(call), tuple(agent.id for agent in agents), span, "Outbound")
    made = {extension.id: extension for extension in found}
    rows = (_summary(agent, made.get(agent.id, _IDLE), asked.newer) for agent in agents)
    return [row for row in rows if row["total_calls"]]


_IDLE = ExtensionFigures(0, "", "", *[0] * 8)


def _summary(agent: MemberFigures, made: ExtensionFigures, newer: bool) -> Fields:
    """Neither time on hold nor an agent's work after a call is kept: to serve is to talk."""
    talked = agent.talked + made.talked
    mean = _mean(talked, agent.answered + made.answered)
    return {
        "agent_name": agent.name,
        "agent_num": agent.number,
        "queue_answered_calls": agent.answered,
        "queue_talk_duration": agent.talked,
        "outbound_calls": made.calls,
        "outbound_answer_calls": made.answered,
        "outbound_talk_duration" if newer else "outbound_duration": made.talked,
        "total_calls": agent.answered + made.calls,
        "total_duration": talked,
        "average_talk_duration": mean,
        "average_waiting_duration": _mean(agent.waited, agent.answered),
        "average_hold_duration": 0,
        "average_answered_server_duration" if newer else "average_handle_duration": mean,
    }


def _buckets(call: Call, asked: Asked, span: Span) -> list[Fields]:
    """Each hour of the day, day of the month or month of the year, the quiet ones, too."""
    connection, ids, period = _connection(call), asked.given["queue_id_list"], asked.given["time"]
    if not reports.is_there(connection, "queue", ids):
        return []
    local = f"c.started_at + {call.display.sql_offset('c.started_at')}"
    bucket = f"CAST(strftime('{period.part}', {local}, 'unixepoch') AS INTEGER)"
    found = reports.queues_by(connection, ids, span, bucket)
    return [_bucket(part, found.get(part, _QUIET)) for part in range(period.first, period.last + 1)]


_QUIET = QueueFigures(0, "", "", *[0] * 9)


def _bucket(part: int, found: QueueFigures) -> Fields:
    return {
        "time": part,
        "avg_wait_time": _mean(found.waited, found.answered),
        "avg_talk_time": _mean(found.talked, found.answered),
        "all_call_avg_wait_time": _mean(found.all_waited, found.calls),
        "answered_calls": found.answered,
        "total_calls": found.calls,
        "answered_waiting_time": found.waited,
        "total_waiting_time": found.all_waited,
        "total_talking_time": found.talked,
    }


def _ring_groups(call: Call, asked: Asked, span: Span) -> list[Fields]:
    connection, ids = _connection(call), asked.given.get("ring_group_id_list")
    members = reports.members(connection, "ring_group", ids, span)
    return [
        {
            "group_name": group.name,
            "group_num": group.number,
            "answered_calls": group.answered,
            "total_calls": group.calls,
            "member_list": [_member(member) for member in members if member.group_id == group.id],
        }
        for group in reports.groups(connection, "ring_group", ids, span)
    ]


def _member(found: MemberFigures) -> Fields:
    return {
        "ext_name": found.name,
        "ext_num": found.number,
        "answered_calls": found.answered,
        "total_calls": found.calls,
    }


def _missed(call: Call, asked: Asked, span: Span) -> list[Fields]:
    lists = (_people(call, asked), asked.given.get("queue_id_list"))
    why = asked.given.get("miss_call_type")
    return [_missed_call(call, found) for found in reports.missed(_connection(call), *lists, span, why)]


def _missed_call(call: Call, found: MissedCall) -> Fields:
    return {
        "id": found.id,
        "time": call.display.write(found.started_at),
        "call_from": party(found.from_name, found.from_number, found.from_text),
        "call_to": party(found.to_name, found.to_number, found.to_text),
        "ring_duration": found.ring_duration,
        "call_to_type": found.to_kind,
        "unreturn_status": "unreturned",
        "miss_call_type": found.why,
        "src": found.from_number,
        "srcname": found.from_name or call.settings.empty_name,
        "dst": found.to_number,
        "dstname": found.to_name or call.settings.empty_name,
        "call_type": found.call_type,
    }


class _Listing(NamedTuple):
    """The array that a report's rows stand in, what makes them of the request and its span, and whether the answer
    tells how the clock is shown."""

    key: str
    rows: Callable[[Call, Asked, Span], list[Fields]]
    tells_clock: bool = False


LISTINGS: Mapping[str, _Listing] = {
    "extcallstatistics": _Listing("ext_call_statistics_list", _extensions),
    "queueperformance": _Listing("queue_performance_list", _queues, tells_clock=True),
    "queueagentperformance": _Listing("queue_agent_performance_list", _agents),
    "queueavgwaittalktime": _Listing("queue_avg_wait_talk_time_list", _buckets),
    "queueagentinoutcalls": _Listing("queue_agent_in_out_calls_list", _summaries),
    "ringgroupstatistics": _Listing("ring_group_statistics_list", _ring_groups),
    "unreturnmisscall": _Listing("unreturn_miss_call_list", _missed),
    "ivr": _Listing("ivr_list", report_menus.ivrs),
}

DETAILED: Mapping[str, _Listing] = {"ivr": _Listing("ivr_report_detail", report_menus.presses)}
