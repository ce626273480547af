"""Reports: their types, the parameters of call_report and call_schedule_report, the rows (fact sheet, section 7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from marshmallow import Schema, fields

from ...pbx.display_format import Misread
from ...store.reports import Span
from ..errors import YeastarError, parameter_error
from ..fields import Choice, Flag, Number, NumberList, Text, Time, VendorSchema
from ..periods import Period, PeriodText, StrictPeriod
from ..strict_times import StrictTime


@dataclass(frozen=True)
class Report:
    """One type. ``needs`` are the parameters without which a real PBX refused it; ``timed`` says that its ``time`` is a
    day, a month or a year. ``errcode`` is what one is answered whose rows nobody knows; ``newer``: in v2.0 only."""

    type: str
    needs: tuple[str, ...] = ()
    timed: bool = False
    emulated: bool = False
    errcode: int = 10001
    newer: bool = False


_emulated = partial(Report, emulated=True)
_unrated = partial(Report, errcode=70106)

REPORTS: Mapping[str, Report] = {
    row.type: row
    for row in (
        _emulated("extcallstatistics", ("ext_id_list",)),
        Report("extcallactivity", timed=True),
        Report("trunkactivity", timed=True),
        Report("trunkdiddodactivity", timed=True),
        Report("ivr"),
        Report("aisttusage"),
        _emulated("unreturnmisscall"),
        _emulated("queueavgwaittalktime", ("queue_id_list", "time"), timed=True),
        _emulated("queueperformance", ("queue_id_list",)),
        Report("queueperformanceactivity", timed=True),
        Report("queuecallbackssummary"),
        Report("queuecallbacksactivity"),
        Report("queuesatisfaction"),
        Report("queuesatisfactiondetail"),
        Report("queueagentlogintime"),
        Report("queueagentpausetime"),
        Report("queueagentmisscalls"),
        _emulated("queueagentperformance", ("queue_id",)),
        Report("queueagentinoutcalls"),
        _emulated("ringgroupstatistics"),
        _unrated("extcallbilling"),
        _unrated("extcallbillingdetails"),
        Report("aireceptionistcallactivity", timed=True, newer=True),
        Report("qosreport"),
    )
}


@dataclass(frozen=True)
class Asked:
    """A report as understood. Without a ``span`` a time could not be read, and nothing is found: ``notes`` say why.

    ``given`` are the other parameters, as they were read.
    """

    report: Report
    newer: bool
    span: Span | None
    given: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        given = {name: value for name, value in self.given.items() if not isinstance(value, Misread)}
        span = vars(self.span) if self.span else None
        return json.dumps({"newer": self.newer, "span": span, "given": given, "notes": self.notes})

    @classmethod
    def from_json(cls, text: str) -> Asked:
        made = json.loads(text)
        given, span = made["given"], made["span"]
        if "time" in given:
            given["time"] = Period(*given["time"])
        return cls(REPORTS[given["type"]], made["newer"], Span(**span) if span else None, given, tuple(made["notes"]))


class CallReportIn(VendorSchema):
    """Parameters of call_report/list. Which of them count, depends on the ``type``."""

    newer: ClassVar[bool] = False

    type = Text()
    my_report_id = Text()
    start_time: fields.Field[Any] = Time("start")
    end_time: fields.Field[Any] = Time("end")
    time: fields.Field[Any] = PeriodText()
    ext_id_list = NumberList()
    communication_type = Choice("Inbound", "Outbound", "Internal")
    trunk_id_list = NumberList()
    trunk_id = Number()
    ivr_id_list = NumberList()
    miss_call_type = Choice("no_answer", "busy", "abandoned")
    queue_id_list = NumberList()
    queue_id = Number()
    agent_id_list = NumberList()
    abandon_time = Number(least=0)
    ring_group_id_list = NumberList()

    def understand(self, given: dict[str, Any]) -> Asked:
        """Raises YeastarError: 40002, -2 for a type that nobody knows, or that of a type that is not emulated."""
        report = self._report(given)
        missing = [name for name in report.needs if name not in given]
        if missing:
            raise self._missing(report, missing)
        if not report.emulated:
            raise YeastarError(report.errcode, _WHY_NOT[report.errcode])
        bounds = (given.get("time"),) if report.timed else (given.get("start_time"), given.get("end_time"))
        notes = tuple(str(bound) for bound in bounds if isinstance(bound, Misread))
        span = None if notes else _span(report, given)
        return Asked(report, self.newer, span, given, notes)

    def _report(self, given: Mapping[str, Any]) -> Report:
        if "my_report_id" in given:
            raise YeastarError(-2, "there are no reports of one's own here")
        if "type" not in given:
            raise parameter_error({"type": "required"})
        report = REPORTS.get(given["type"])
        if report is None or report.newer > self.newer:
            raise YeastarError(-2, f"there is no report of the type {given['type'][:60]!r}")
        return report

    def _missing(self, report: Report, names: list[str]) -> YeastarError:
        return parameter_error(dict.fromkeys(names, "required"))


_WHY_NOT = {
    10001: "a PBX has this report; it is not emulated",
    70106: "no call rate is ever set up here",
}


def _span(report: Report, given: Mapping[str, Any]) -> Span:
    if report.timed:
        return Span(given["time"].start, given["time"].end)
    parameters = {"start": "start_time", "end": "end_time", "abandon_time": "abandon_time"}
    return Span(**{bound: given[name] for bound, name in parameters.items() if name in given})


class CallReportV2In(CallReportIn):
    """The same in v2.0, where times are in the display format or refused."""

    newer = True

    start_time = StrictTime("start")
    end_time = StrictTime("end")
    time = StrictPeriod()

    def _missing(self, report: Report, names: list[str]) -> YeastarError:
        """In the words observed on a real PBX."""
        told = [{"field": name, "valid_msg": f"{name} must required when type is {report.type}"} for name in names]
        return YeastarError(40002, invalid_param_list=told)


class ReportDownloadIn(CallReportIn):
    is_async = Flag()
    need_detail = Flag()


class ReportDownloadV2In(CallReportV2In):
    is_async = Flag()
    need_detail = Flag()


class ScheduleReportListIn(VendorSchema):
    page = Number(least=1)
    page_size = Number(least=1)
    sort_by = Choice("id", "name")
    order_by = Choice("asc", "desc")


class ScheduleReportDownloadIn(VendorSchema):
    id = Number(required=True)
    need_detail = Flag()
    is_async = Flag()


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
QueueRowV2 = _row("QueuePerformanceV2Out", "queue queue_num", _QUEUE.format(handled="average_server_time"))
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
