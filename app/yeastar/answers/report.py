"""Call reports: what the calls come to, as lists and as CSV. Reports of one's own and scheduled ones: there are none.

v1.0 and v2.0 report the same calls; on a real PBX, v1.0 has those of firmware xx.21.0.66 and earlier, v2.0 those since.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from flask import Response

from ...store import reports
from ...store.calls import one_moment
from ...store.reports import MemberFigures, MissedCall, QueueFigures
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..schemas.report import Asked

LINK = "report"


def find(call: Call, asked: Asked) -> Fields:
    """The rows of the report, in the array of its type."""
    rows = _rows(call, asked)
    listing = LISTINGS[asked.report.type]
    answer: Fields = {"total_number": len(rows), listing.key: rows}
    if asked.report.type == "queueperformance":
        answer["is_12hour"] = int(call.settings.time_format == "12")
    return answer


def _rows(call: Call, asked: Asked) -> list[Fields]:
    """The rows, as one commit left the calls; the journal is told of them, and why there are none."""
    call.entry.notes += asked.notes
    with one_moment(_connection(call)):
        rows = [] if asked.span is None else LISTINGS[asked.report.type].rows(call, asked)
    call.entry.rows = call.entry.total = len(rows)
    return rows


def download(call: Call, asked: Asked) -> Fields:
    """A link to the report as CSV, made of the calls there are when it is fetched. Raises YeastarError 2 where it is
    to be made meanwhile: only an event would tell of the link then."""
    if asked.given.get("is_async"):
        raise YeastarError(2, "the event 30027, which names the file when it is ready, is not emulated")
    return links.offer(call, LINK, asked.to_json(), "Report", ".csv")


def file(call: Call, link: links.Link) -> Response:
    """The file behind such a link: CSV with the row's field names; rows below a row are lines of their own."""
    links.use_up(call, link)
    text = io.StringIO()
    lines = [line for row in _rows(call, Asked.from_json(link.what)) for line in _lines(row)]
    writer = csv.DictWriter(text, list(dict.fromkeys(name for line in lines for name in line)), restval="")
    writer.writeheader()
    writer.writerows(lines)
    headers = {"Content-Disposition": f'attachment; filename="{link.name}"'}
    return Response(text.getvalue(), content_type="text/csv", headers=headers)


def _lines(row: Fields) -> Iterator[Fields]:
    """The row as a line; one that lists others is a line for each of those, with its own fields before theirs."""
    below = next((value for value in row.values() if isinstance(value, list)), None)
    own = {name: value for name, value in row.items() if not isinstance(value, list)}
    # A ring group and its members have fields of the same names.
    renamed = {name: f"group_{name}" if below and name in below[0] else name for name in own}
    shown = {renamed[name]: value for name, value in own.items()}
    yield from [shown] if not below else [shown | other for other in below]


def myreports(call: Call, given: Fields) -> Fields:
    """The reports that somebody has put together in the web portal."""
    call.entry.rows = call.entry.total = 0
    return {"data": []}


def scheduled(call: Call, given: Fields) -> Fields:
    """The reports that are sent out by a schedule."""
    call.entry.rows = call.entry.total = 0
    return {"total_number": 0, "data": []}


def scheduled_file(call: Call, given: Fields) -> Fields:
    """A link to one of those."""
    raise YeastarError(60001, f"there is no scheduled report with the id {given['id']}")


def _mean(seconds: int, calls: int) -> int:
    """Whole seconds, the nearest."""
    return (2 * seconds + calls) // (2 * calls) if calls else 0


def _percent(part: int, calls: int) -> float:
    """Percent with two decimals at most."""
    return round(100 * part / calls, 2) if calls else 0.0


def _connection(call: Call) -> sqlite3.Connection:
    return call.world.database.connection()


def _extensions(call: Call, asked: Asked) -> list[Fields]:
    """The time on hold is not kept, so that it is 0."""
    assert asked.span is not None
    ids, call_type = asked.given["ext_id_list"], asked.given.get("communication_type")
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
        for found in reports.extensions(_connection(call), ids, asked.span, call_type)
    ]


def _queues(call: Call, asked: Asked) -> list[Fields]:
    assert asked.span is not None
    found = reports.groups(_connection(call), "queue", asked.given["queue_id_list"], asked.span)
    return [_queue(figures, "average_server_time" if asked.newer else "average_handle_time") for figures in found]


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


def _agents(call: Call, asked: Asked) -> list[Fields]:
    """One row: the queue, and each of its agents, or each of those of ``agent_id_list``."""
    assert asked.span is not None
    connection, ids = _connection(call), (asked.given["queue_id"],)
    wanted = asked.given.get("agent_id_list")
    agents = [
        _agent(agent)
        for agent in reports.members(connection, "queue", ids, asked.span)
        if wanted is None or agent.id in wanted
    ]
    return [
        {"queue": queue.name, "queue_num": queue.number, "queue_id": queue.id, "detail": agents}
        for queue in reports.groups(connection, "queue", ids, asked.span)
    ]


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


def _buckets(call: Call, asked: Asked) -> list[Fields]:
    """Each hour of the day, day of the month or month of the year, the quiet ones, too."""
    assert asked.span is not None
    connection, ids, period = _connection(call), asked.given["queue_id_list"], asked.given["time"]
    if not reports.groups(connection, "queue", ids, reports.Span(0, 0)):
        return []
    local = f"c.started_at + {call.display.sql_offset('c.started_at')}"
    bucket = f"CAST(strftime('{period.part}', {local}, 'unixepoch') AS INTEGER)"
    found = reports.queues_by(connection, ids, asked.span, bucket)
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


def _ring_groups(call: Call, asked: Asked) -> list[Fields]:
    assert asked.span is not None
    connection, ids = _connection(call), asked.given.get("ring_group_id_list")
    members = reports.members(connection, "ring_group", ids, asked.span)
    return [
        {
            "group_name": group.name,
            "group_num": group.number,
            "answered_calls": group.answered,
            "total_calls": group.calls,
            "member_list": [_member(member) for member in members if member.group_id == group.id],
        }
        for group in reports.groups(connection, "ring_group", ids, asked.span)
    ]


def _member(found: MemberFigures) -> Fields:
    return {
        "ext_name": found.name,
        "ext_num": found.number,
        "answered_calls": found.answered,
        "total_calls": found.calls,
    }


def _missed(call: Call, asked: Asked) -> list[Fields]:
    assert asked.span is not None
    lists = (asked.given.get("ext_id_list"), asked.given.get("queue_id_list"))
    why = asked.given.get("miss_call_type")
    return [_missed_call(call, found) for found in reports.missed(_connection(call), *lists, asked.span, why)]


def _missed_call(call: Call, found: MissedCall) -> Fields:
    return {
        "id": found.id,
        "time": call.display.write(found.started_at),
        "call_from": _party(found.from_text, found.from_name, found.from_number),
        "call_to": _party(found.to_text, found.to_name, found.to_number),
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


def _party(text: str | None, name: str, number: str) -> str:
    return text if text is not None else f"{name}<{number}>" if name else number


class _Listing(NamedTuple):
    """The array that a report's rows stand in, and what makes them of the request."""

    key: str
    rows: Callable[[Call, Asked], list[Fields]]


LISTINGS: Mapping[str, _Listing] = {
    "extcallstatistics": _Listing("ext_call_statistics_list", _extensions),
    "queueperformance": _Listing("queue_performance_list", _queues),
    "queueagentperformance": _Listing("queue_agent_performance_list", _agents),
    "queueavgwaittalktime": _Listing("queue_avg_wait_talk_time_list", _buckets),
    "ringgroupstatistics": _Listing("ring_group_statistics_list", _ring_groups),
    "unreturnmisscall": _Listing("unreturn_miss_call_list", _missed),
}
