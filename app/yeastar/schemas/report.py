"""Reports: the parameters of call_report and call_schedule_report (fact sheet, section 7); rows: report_rows.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, ClassVar

from marshmallow import fields

from ...pbx.display_format import Misread
from ...store.reports import Span
from ..errors import YeastarError, parameter_error
from ..fields import Choice, Flag, Number, NumberList, Text, Time, VendorSchema
from ..periods import Period, PeriodText, StrictPeriod
from ..profiles import upgrade
from ..report_types import DETAILS, REPORTS, Report
from ..strict_times import StrictTime


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


class _ReportIn(VendorSchema):
    """What list, detail and download share. Which parameters count, depends on the ``type``."""

    newer: ClassVar[bool] = False
    types: ClassVar[Mapping[str, Report]] = REPORTS

    type = Text(metadata={"enum": list(REPORTS)})
    my_report_id = Number()
    start_time: fields.Field[Any] = Time("start")
    end_time: fields.Field[Any] = Time("end")
    time: fields.Field[Any] = PeriodText()
    queue_id_list = NumberList()
    queue_id = Number()
    agent_id_list = NumberList()

    # Pairs of bounds, both of which a row's start has to lie between.
    bounds: ClassVar[tuple[tuple[str, str], ...]] = (("start_time", "end_time"),)

    def understand(self, given: dict[str, Any]) -> Asked:
        """Raises YeastarError: 40002, -2 for a type that nobody knows, or that of a type that is not emulated."""
        report = self._report(given)
        missing = [name for name in report.needs if name not in given]
        if missing:
            raise self._missing(report, missing)
        if not report.emulated:
            raise YeastarError(report.errcode, _WHY_NOT[report.errcode])
        times = ("time",) if report.timed else tuple(chain.from_iterable(self.bounds))
        notes = tuple(f"{name}: {given[name]}" for name in times if isinstance(given.get(name), Misread))
        span = None if notes else self._span(report, given)
        upgraded = upgrade(self.settings)
        if span and upgraded is not None:
            span = self._of_version(span, upgraded)
            notes = () if self.newer else (f"{_OLDER}: the setting upgraded_at is {upgraded}",)
        return Asked(report, self.newer, span, given, notes)

    def _of_version(self, span: Span, upgraded: int) -> Span:
        """v1.0 reports the legacy rows, v2.0 the new ones."""
        if self.newer:
            return replace(span, start=max(span.start, upgraded))
        return replace(span, end=min(span.end, upgraded - 1))

    def _report(self, given: Mapping[str, Any]) -> Report:
        if "my_report_id" in given:
            raise YeastarError(-2, "there are no reports of one's own here")
        if "type" not in given:
            raise YeastarError(-2, "the parameter type is missing; a real PBX answered so")
        report = self.types.get(given["type"])
        if report is None or report.newer > self.newer:
            raise YeastarError(-2, f"there is no report of the type {given['type'][:60]!r}")
        return report

    def _missing(self, report: Report, names: list[str]) -> YeastarError:
        return parameter_error(dict.fromkeys(names, "required"), _needed(report, names))

    def _span(self, report: Report, given: Mapping[str, Any]) -> Span:
        if report.timed:
            return Span(given["time"].start, given["time"].end)
        starts, ends = ([given[name] for name in side if name in given] for side in zip(*self.bounds, strict=True))
        abandon_time = given.get("abandon_time", Span.abandon_time)
        return Span(max(starts, default=Span.start), min(ends, default=Span.end), abandon_time)


_OLDER = "v1.0 reports only calls of before firmware xx.21 came"

_WHY_NOT = {
    10001: "a PBX has this report, but no source shows what its rows are; it is not emulated",
    70106: "no call rate is ever set up here",
}


def _needed(report: Report, names: list[str]) -> str:
    return f"a report of the type {report.type} has to have {', '.join(names)}"


class CallReportIn(_ReportIn):
    """Parameters of call_report/list."""

    ext_id_list = NumberList()
    communication_type = Choice("Inbound", "Outbound", "Internal")
    trunk_id_list = NumberList()
    trunk_id = Number()
    ivr_id_list = NumberList()
    miss_call_type = Choice("no_answer", "busy", "abandoned")
    abandon_time = Number(least=0)
    ring_group_id_list = NumberList()


class ReportDetailIn(_ReportIn):
    """Parameters of call_report/detail; how its ``detail_time`` is written is not known."""

    types = DETAILS
    type = Text(metadata={"enum": list(DETAILS)})
    bounds = (("start_time", "end_time"), ("detail_time_begin", "detail_time_end"))

    detail_time_begin: fields.Field[Any] = Time("start")
    detail_time_end: fields.Field[Any] = Time("end")
    detail_time = Text()
    ivr_num = Text()


class _Newer:
    """The same in v2.0, where times are in the display format or refused."""

    newer = True

    start_time: fields.Field[Any] = StrictTime("start")
    end_time: fields.Field[Any] = StrictTime("end")
    time: fields.Field[Any] = StrictPeriod()

    def _missing(self, report: Report, names: list[str]) -> YeastarError:
        """In the words observed on a real PBX."""
        told = [{"field": name, "valid_msg": f"{name} must required when type is {report.type}"} for name in names]
        return YeastarError(40002, _needed(report, names), invalid_param_list=told)


class CallReportV2In(_Newer, CallReportIn):
    """Parameters of call_report/list in v2.0."""


class ReportDetailV2In(_Newer, ReportDetailIn):
    """Parameters of call_report/detail in v2.0."""

    detail_time_begin = StrictTime("start")
    detail_time_end = StrictTime("end")


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
