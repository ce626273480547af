"""Reports: the rows of each type, and the answers that have them (fact sheet, section 7; a client's fixtures)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from ..fields import OPTIONAL


def _row(name: str, texts: str, numbers: str, **lists: type[Schema]) -> type[Schema]:
    """A row with these fields: texts, then whole numbers, of which the rates are percent, then lists of rows."""
    made: dict[str, fields.Field[Any]] = {text: fields.String() for text in texts.split()}
    for number in numbers.split():
        percent = number.endswith("rate") or number == "sla"
        made[number] = fields.Float() if percent else fields.Integer()
    made |= {key: fields.List(fields.Nested(rows)) for key, rows in lists.items()}
    return Schema.from_dict(made, name=name)


_QUEUE = """total_calls answered_calls missed_calls abandoned_calls average_waiting_time average_talking_time
    max_waiting_time answered_rate missed_rate abandoned_rate sla {handled} all_call_average_waiting_time
    answered_call_time total_ring_time answered_hold_time"""

ExtensionRow = _row(
    "ExtensionCallStatisticsOut",
    "ext_num ext_name",
    "answered_calls no_answer_calls busy_calls failed_calls voicemail_calls abandoned_calls total_call_count"
    " total_holding_time total_talking_time",
)
QueueRow = _row("QueuePerformanceOut", "queue queue_num", _QUEUE.format(handled="average_handle_time"))
QueueRowV2 = _row(
    "QueuePerformanceV2Out",
    "queue queue_num",
    f"{_QUEUE.format(handled='average_server_time')} answered_waiting_time total_waiting_time",
)
AgentRow = _row(
    "AgentOut",
    "agent_name agent_number",
    "total_calls answered_calls missed_calls average_waiting_time max_waiting_time answered_waiting_time"
    " average_talking_time total_talking_time missed_call_rate",
)
QueueAgentsRow = _row("QueueAgentPerformanceOut", "queue queue_num", "queue_id", detail=AgentRow)
BucketRow = _row(
    "QueueWaitTalkTimeOut",
    "",
    "time avg_wait_time avg_talk_time all_call_avg_wait_time answered_calls total_calls answered_waiting_time"
    " total_waiting_time total_talking_time",
)
_SUMMARY = """queue_answered_calls queue_talk_duration outbound_calls outbound_answer_calls {outbound}
    total_calls total_duration average_talk_duration average_waiting_duration average_hold_duration {handled}"""
AgentSummaryRow = _row(
    "QueueAgentInOutCallsOut",
    "agent_name agent_num",
    _SUMMARY.format(outbound="outbound_duration", handled="average_handle_duration"),
)
AgentSummaryRowV2 = _row(
    "QueueAgentInOutCallsV2Out",
    "agent_name agent_num",
    _SUMMARY.format(outbound="outbound_talk_duration", handled="average_answered_server_duration"),
)
MemberRow = _row("RingGroupMemberOut", "ext_name ext_num", "answered_calls total_calls")
RingGroupRow = _row(
    "RingGroupStatisticsOut", "group_name group_num", "answered_calls total_calls", member_list=MemberRow
)


class MissedCallRow(Schema):
    """A row of unreturnmisscall."""

    id = fields.Integer()
    time = fields.String()
    call_from = fields.String()
    call_to = fields.String()
    ring_duration = fields.Integer()
    call_to_type = fields.String()
    unreturn_status = fields.String()
    miss_call_type = fields.String()
    src = fields.String()
    srcname = fields.String()
    dst = fields.String()
    dstname = fields.String()
    call_type = fields.String()


class IvrReportRow(Schema):
    """A row of ivr."""

    ivr_name = fields.String()
    ivr_num = fields.String()
    press_count = fields.Dict(metadata={"description": "How often, by press_ and the key."})


class PressRow(Schema):
    """A row of the details of ivr."""

    id = fields.String()
    time = fields.String()
    call_from = fields.String()
    press = fields.String()
    destination = fields.String()
    call_to = fields.String()
    opr_duration = fields.Integer()
    ivr_num = fields.String()
    destination_type = fields.String()


# The array that the rows of a type stand in -> what these are.
_ARRAYS: Mapping[str, type[Schema]] = {
    "ext_call_statistics_list": ExtensionRow,
    "queue_performance_list": QueueRow,
    "queue_agent_performance_list": QueueAgentsRow,
    "queue_avg_wait_talk_time_list": BucketRow,
    "queue_agent_in_out_calls_list": AgentSummaryRow,
    "ring_group_statistics_list": RingGroupRow,
    "unreturn_miss_call_list": MissedCallRow,
    "ivr_list": IvrReportRow,
}
_ARRAYS_V2 = {"queue_performance_list": QueueRowV2, "queue_agent_in_out_calls_list": AgentSummaryRowV2}


def blank_row(array: str, newer: bool) -> dict[str, Any]:
    """A row of that array with nothing in it, in v2.0 (``newer``) or v1.0; where rows list others, it lists one."""
    return _blank((_ARRAYS_V2 if newer else {}).get(array, _ARRAYS[array]))


def _blank(row: type[Schema]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, field in row().fields.items():
        if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            made[name] = [_blank(type(field.inner.schema))]
        else:
            made[name] = {} if isinstance(field, fields.Dict) else ""
    return made


def _answer(arrays: Mapping[str, type[Schema]]) -> type[Schema]:
    """An answer of call_report/list: one of the arrays, by the type."""
    lists = {name: fields.List(fields.Nested(row), metadata=OPTIONAL) for name, row in arrays.items()}
    clock = fields.Integer(metadata=OPTIONAL)
    return Schema.from_dict({"total_number": fields.Integer(), **lists, "is_12hour": clock}, name="_Report")


CallReportOut = _answer(_ARRAYS)
CallReportV2Out = _answer({**_ARRAYS, **_ARRAYS_V2})


class MyReportsOut(Schema):
    data = fields.List(fields.Dict())


class ScheduleReportsOut(Schema):
    total_number = fields.Integer()
    data = fields.List(fields.Dict())
