"""REPORTS, DETAILS: the types of call reports, and the parameters that each has to have (fact sheet, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Report:
    """One type. Without ``needs`` it is refused: a real PBX did so, or the manual says required. ``timed``: its
    ``time`` is a day, a month or a year, where others have a start and an end. ``errcode`` is what one is answered
    whose rows nobody knows; ``newer``: in v2.0 only."""

    type: str
    needs: tuple[str, ...] = ()
    timed: bool = False
    emulated: bool = False
    errcode: int = 10001
    newer: bool = False


_emulated = partial(Report, emulated=True)
_unrated = partial(Report, errcode=70106)

# What needs no id is only said to use ids: extcallactivity, aisttusage and the queues' reports.
REPORTS: Mapping[str, Report] = {
    row.type: row
    for row in (
        _emulated("extcallstatistics", ("ext_id_list",)),  # observed
        Report("extcallactivity", ("time",), timed=True),  # manual
        Report("trunkactivity", ("trunk_id_list", "time"), timed=True),  # manual
        Report("trunkdiddodactivity", ("trunk_id", "time"), timed=True),  # manual
        _emulated("ivr", ("ivr_id_list",)),  # manual
        Report("aisttusage"),
        _emulated("unreturnmisscall"),
        _emulated("queueavgwaittalktime", ("queue_id_list", "time"), timed=True),  # observed
        _emulated("queueperformance", ("queue_id_list",)),  # observed
        Report("queueperformanceactivity", ("time",), timed=True),  # manual
        Report("queuecallbackssummary"),
        Report("queuecallbacksactivity"),
        Report("queuesatisfaction"),
        Report("queuesatisfactiondetail"),
        Report("queueagentlogintime"),
        Report("queueagentpausetime"),
        Report("queueagentmisscalls"),
        _emulated("queueagentperformance", ("queue_id",)),  # observed
        _emulated("queueagentinoutcalls", ("queue_id",)),  # guess: as queueagentperformance
        _emulated("ringgroupstatistics"),
        _unrated("extcallbilling"),
        _unrated("extcallbillingdetails"),
        Report("aireceptionistcallactivity", timed=True, newer=True),
        Report("qosreport"),
    )
}

_BOUNDS = ("start_time", "end_time", "detail_time_begin", "detail_time_end")

# The types of call_report/detail; the manual says required, but for qosreport, which only a newer list names.
DETAILS: Mapping[str, Report] = {
    row.type: row
    for row in (
        _emulated("ivr", (*_BOUNDS, "ivr_num")),
        Report("queueperformance", _BOUNDS),
        Report("queueperformanceactivity", ("time", "detail_time"), timed=True),
        Report("queueagentperformance", _BOUNDS),
        Report("qosreport"),
    )
}
