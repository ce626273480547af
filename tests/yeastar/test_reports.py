"""Call reports: the figures against the rows of cdr/search, counted here once more; every refusal; files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime, timedelta

import pytest
from office import SHANGHAI, call, instant
from offices import OwnPbx, problems

from app.yeastar.answers.report_rows import DETAILED, LISTINGS
from app.yeastar.report_types import DETAILS, REPORTS
from app.yeastar.schemas import report_rows as rows

V1, V2 = "v1.0", "v2.0"


def asked(pbx, version=V1, what="list", **params):
    url = f"{pbx.url}/openapi/{version}/call_report/{what}"
    return pbx.http.get(url, params={"access_token": pbx.token, **params}, timeout=30).json()


def rows_of(answer, key):
    assert (answer["errcode"], answer["total_number"]) == (0, len(answer[key])), answer
    return answer[key]


def mean(values):
    values = list(values)
    return sum(values) // len(values) if values else 0


def percent(part, whole):
    return round(100 * part / whole, 2) if whole else 0


def seconds(row, what):
    return row.get(f"{what}_duration", 0)


def shown(when):
    return when.strftime("%m/%d/%Y %H:%M:%S")


def months():
    """The first and last moment of this month and of the two before, and of all three together."""
    begin = datetime.now(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    end = begin + timedelta(days=32)
    found = []
    for _ in range(3):
        found.append((begin, (begin + timedelta(days=32)).replace(day=1) - timedelta(seconds=1)))
        begin = (begin - timedelta(days=1)).replace(day=1)
    return [*found, (found[-1][0], end)]


@pytest.fixture(scope="module", params=range(4), ids=["this month", "last month", "the one before", "all"])
def month(request, seeded):
    """The bounds of a month as parameters, and its rows."""
    start, end = months()[request.param]
    bounds = {"start_time": shown(start), "end_time": shown(end)}
    found = seeded.search(**bounds)["data"]
    assert found or request.param == 2
    return bounds, found, start


def to_object(found, word, number):
    return [row for row in found if row["call_to"].startswith(f"{word} ") and row["call_to_number"] == number]


def ended(row):
    if row["disposition"] == "ANSWERED":
        return "answered"
    return "abandoned" if row["disposition"] == "NO ANSWER" and not row["reason"].startswith("dst") else "missed"


def expected_queue(name, number, legs, handled, sla_time):
    """The queue's row; none where there were no calls, as a real PBX was seen to do."""
    by = {how: [row for row in legs if ended(row) == how] for how in ("answered", "missed", "abandoned")}
    answered = by["answered"]
    talk = [seconds(row, "talk") for row in answered]
    waits = [seconds(row, "ring") for row in legs]
    return {
        "queue": name,
        "queue_num": number,
        "total_calls": len(legs),
        **{f"{how}_calls": len(rows) for how, rows in by.items()},
        "average_waiting_time": mean(seconds(row, "ring") for row in answered),
        "average_talking_time": mean(talk),
        "max_waiting_time": max(waits, default=0),
        **{f"{how}_rate": percent(len(rows), len(legs)) for how, rows in by.items()},
        "sla": percent(sum(seconds(row, "ring") <= sla_time for row in answered), len(legs)),
        handled: mean(talk),
        "all_call_average_waiting_time": mean(waits),
        "answered_call_time": sum(talk),
        "total_ring_time": sum(waits),
        "answered_hold_time": 0,
        **(
            {"answered_waiting_time": sum(seconds(row, "ring") for row in answered), "total_waiting_time": sum(waits)}
            if handled == "average_server_time"
            else {}
        ),
    }


@pytest.mark.parametrize(("version", "handled"), [(V1, "average_handle_time"), (V2, "average_server_time")])
def test_queueperformance(seeded, month, version, handled):
    bounds, found, _ = month
    answer = asked(seeded, version, type="queueperformance", queue_id_list="2,1,1,77", **bounds)
    expected = [
        expected_queue(queue["name"], queue["number"], legs, handled, queue["sla_time"])
        for queue in seeded.get("queue/query", ids="1,2")["data"]
        if (legs := to_object(found, "Queue", queue["number"]))
    ]
    listed = rows_of(answer, "queue_performance_list")
    assert listed == expected
    assert [list(row) for row in listed] == [list(row) for row in expected]
    assert list(answer) == ["errcode", "errmsg", "total_number", "queue_performance_list", "is_12hour"]
    assert answer["is_12hour"] == 0


@pytest.mark.parametrize("seconds_given", [0, 20, 100_000])
def test_who_gives_up_soon_can_be_left_out(seeded, month, seconds_given):
    bounds, found, _ = month
    answer = asked(seeded, type="queueperformance", queue_id_list="1", abandon_time=str(seconds_given), **bounds)
    legs = [
        row
        for row in to_object(found, "Queue", "6400")
        if ended(row) != "abandoned" or seconds(row, "ring") > seconds_given
    ]
    expected = [expected_queue("Sales", "6400", legs, "average_handle_time", 60)] if legs else []
    assert rows_of(answer, "queue_performance_list") == expected


def rung(found, legs, number):
    """Pairs of the waiting row and the row of whoever was rung meanwhile."""
    for leg in legs:
        until = leg["timestamp"] + seconds(leg, "ring")
        for row in found:
            rung_then = row["call_id"] == leg["call_id"] and leg["timestamp"] <= row["timestamp"] <= until
            if rung_then and row["call_to_number"] == number and not row["call_to"].startswith("Voicemail "):
                yield leg, row


def by_call(found, legs):
    """The rows of those legs' calls."""
    ids = {leg["call_id"] for leg in legs}
    return [row for row in found if row["call_id"] in ids]


def test_queueagentperformance(seeded, month):
    bounds, found, _ = month
    agents = {
        row["value"]: row["text"] for row in seeded.get("system/get_menuoptions", menu="queue_agent", id=2)["data"]
    }
    legs = to_object(found, "Queue", "6401")
    calls, expected = by_call(found, legs), []
    for text in agents.values():
        number, _, name = text.partition("-")
        pairs = list(rung(calls, legs, number))
        if not pairs:
            continue
        answered = [(leg, row) for leg, row in pairs if row["disposition"] == "ANSWERED"]
        waits, talk = [seconds(leg, "ring") for leg, _ in answered], [seconds(row, "talk") for _, row in answered]
        expected.append(
            {
                "agent_name": name, "agent_number": number, "total_calls": len(pairs),
                "answered_calls": len(answered), "missed_calls": len(pairs) - len(answered),
                "average_waiting_time": mean(waits), "max_waiting_time": max(waits, default=0),
                "answered_waiting_time": sum(waits), "average_talking_time": mean(talk),
                "total_talking_time": sum(talk),
                "missed_call_rate": percent(len(pairs) - len(answered), len(pairs)),
            }
        )  # fmt: skip
    answer = asked(seeded, type="queueagentperformance", queue_id="2", **bounds)
    if not legs:
        assert rows_of(answer, "queue_agent_performance_list") == []
        return
    (queue,) = rows_of(answer, "queue_agent_performance_list")
    assert queue == {"queue": "Support", "queue_num": "6401", "queue_id": 2, "detail": expected}
    assert [list(agent) for agent in queue["detail"]] == [list(agent) for agent in expected]
    assert sum(agent["answered_calls"] for agent in expected) == sum(ended(leg) == "answered" for leg in legs)
    some = {value: text[:4] for value, text in list(agents.items())[1:3]}
    narrowed = asked(seeded, type="queueagentperformance", queue_id="2", agent_id_list=",".join(some), **bounds)
    assert rows_of(narrowed, "queue_agent_performance_list")[0]["detail"] == [
        agent for agent in expected if agent["agent_number"] in some.values()
    ]


@pytest.mark.parametrize("version", [V1, V2])
def test_queueagentinoutcalls(seeded, month, version):
    """What agents answered of the queue's calls, and the calls that they made."""
    bounds, found, _ = month
    agents = seeded.get("system/get_menuoptions", menu="queue_agent", id=2)["data"]
    legs = to_object(found, "Queue", "6401")
    calls, expected = by_call(found, legs), []
    for number, _, name in (agent["text"].partition("-") for agent in agents):
        taken = [(leg, row) for leg, row in rung(calls, legs, number) if row["disposition"] == "ANSWERED"]
        made = [row for row in found if row["call_type"] == "Outbound" and row["call_from_number"] == number]
        reached = [seconds(row, "talk") for row in made if row["disposition"] == "ANSWERED"]
        talk = [seconds(row, "talk") for _, row in taken]
        row = {
            "agent_name": name, "agent_num": number,
            "queue_answered_calls": len(taken), "queue_talk_duration": sum(talk),
            "outbound_calls": len(made), "outbound_answer_calls": len(reached),
            "outbound_talk_duration" if version == V2 else "outbound_duration": sum(reached),
            "total_calls": len(taken) + len(made), "total_duration": sum(talk) + sum(reached),
            "average_talk_duration": mean(talk + reached),
            "average_waiting_duration": mean(seconds(leg, "ring") for leg, _ in taken),
            "average_hold_duration": 0,
            "average_answered_server_duration" if version == V2 else "average_handle_duration": mean(talk + reached),
        }  # fmt: skip
        expected += [row] if row["total_calls"] else []
    listed = rows_of(
        asked(seeded, version, type="queueagentinoutcalls", queue_id="2", **bounds), "queue_agent_in_out_calls_list"
    )
    assert listed == expected
    assert [list(row) for row in listed] == [list(row) for row in expected]


def test_ringgroupstatistics(seeded, month):
    bounds, found, _ = month
    legs = to_object(found, "RingGroup", "6300")
    calls, members = by_call(found, legs), []
    for name, number in (
        ("Amelia Hart", "2000"),
        ("Tom Becker", "2001"),
        ("Zoë Müller", "2002"),
        ("Kristin Hale", "2005"),
    ):
        pairs = list(rung(calls, legs, number))
        answered = sum(row["disposition"] == "ANSWERED" for _, row in pairs)
        members.append({"ext_name": name, "ext_num": number, "answered_calls": answered, "total_calls": len(pairs)})
    expected = {
        "group_name": "Front Desk",
        "group_num": "6300",
        "answered_calls": sum(ended(leg) == "answered" for leg in legs),
        "total_calls": len(legs),
        "member_list": members,
    }
    for narrowed in ({}, {"ring_group_id_list": "1"}, {"ring_group_id_list": "9,1"}):
        answer = asked(seeded, type="ringgroupstatistics", **narrowed, **bounds)
        assert rows_of(answer, "ring_group_statistics_list") == [expected] * bool(legs)
    assert (
        rows_of(asked(seeded, type="ringgroupstatistics", ring_group_id_list="9"), "ring_group_statistics_list") == []
    )


@pytest.mark.parametrize("call_type", ["", "Inbound", "Outbound", "Internal"])
def test_extcallstatistics(seeded, month, call_type):
    bounds, found, _ = month
    expected = []
    for name, number in (("Amelia Hart", "2000"), ("Kristin Hale", "2005"), ("Grace Kim", "2029")):
        legs = [row for row in found if number in (row["call_from_number"], row["call_to_number"])]
        legs = [row for row in legs if call_type in ("", row["call_type"])]
        if not legs:
            continue
        count = Counter(row["disposition"] for row in legs)
        left = sum(ended(row) == "abandoned" and row["call_to"].startswith("Queue ") for row in legs)
        expected.append(
            {
                "ext_num": number, "ext_name": name, "answered_calls": count["ANSWERED"],
                "no_answer_calls": count["NO ANSWER"] - left, "busy_calls": count["BUSY"],
                "failed_calls": count["FAILED"], "voicemail_calls": count["VOICEMAIL"], "abandoned_calls": left,
                "total_call_count": len(legs), "total_holding_time": 0,
                "total_talking_time": sum(seconds(r, "talk") for r in legs if r["disposition"] == "ANSWERED"),
            }
        )  # fmt: skip
    narrowed = {"communication_type": call_type} if call_type else {}
    answer = asked(seeded, type="extcallstatistics", ext_id_list="30,1,6,1,999,x", **narrowed, **bounds)
    listed = rows_of(answer, "ext_call_statistics_list")
    assert listed == expected
    assert [list(row) for row in listed] == [list(row) for row in expected]


@pytest.mark.parametrize("shape", ["%m/%d/%Y", "%m/%Y", "%Y"])
def test_queueavgwaittalktime(seeded, month, shape):
    _, _, start = month
    busy = start + timedelta(days=2)
    part = {"%m/%d/%Y": "hour", "%m/%Y": "day", "%Y": "month"}[shape]
    found = [row for number in ("6400", "6401") for row in to_object(seeded.search()["data"], "Queue", number)]
    within = []
    for row in found:
        local = datetime.fromtimestamp(row["timestamp"], SHANGHAI)
        if local.strftime(shape) == busy.strftime(shape):
            within.append((getattr(local, part), row))
    answer = asked(seeded, type="queueavgwaittalktime", queue_id_list="1,2", time=busy.strftime(shape))
    listed = rows_of(answer, "queue_avg_wait_talk_time_list")
    days = ((busy.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    assert [row["time"] for row in listed] == list(
        {"hour": range(24), "day": range(1, days + 1)}.get(part, range(1, 13))
    )
    for row in listed:
        legs = [leg for bucket, leg in within if bucket == row["time"]]
        answered = [leg for leg in legs if ended(leg) == "answered"]
        waits, talk = [seconds(leg, "ring") for leg in answered], [seconds(leg, "talk") for leg in answered]
        everybody = [seconds(leg, "ring") for leg in legs]
        assert list(row.values()) == [
            row["time"], mean(waits), mean(talk), mean(everybody), len(answered), len(legs), sum(waits), sum(everybody),
            sum(talk),
        ]  # fmt: skip
    assert sum(row["total_calls"] for row in listed) == len(within)


def expected_missed(pbx, found, everything):
    """Rows that nobody answered, in their calls or later by a call back."""
    people = {option["text"][:4] for option in pbx.get("system/get_menuoptions", menu="extension")["data"]}
    later = {}
    for row in everything:
        if row["call_type"] == "Outbound" and row["disposition"] == "ANSWERED":
            later[row["call_to_number"]] = max(later.get(row["call_to_number"], 0), row["timestamp"])
    answered = Counter(row["call_id"] for row in everything if row["disposition"] == "ANSWERED")
    for row in found:
        word = row["call_to"].partition(" ")[0]
        to_group = {"Queue": "queue", "RingGroup": "ring_group"}.get(word)
        to_person = row["call_to_number"] in people and word not in ("Voicemail", "IVR", "Queue", "RingGroup")
        if (
            row["call_type"] != "Inbound"
            or row["disposition"] not in ("NO ANSWER", "BUSY")
            or not (to_group or to_person)
        ):
            continue
        same = [other for other in everything if other["call_id"] == row["call_id"]] if answered[row["call_id"]] else []
        if any(
            o["disposition"] == "ANSWERED" and (o["timestamp"], o["id"]) > (row["timestamp"], row["id"]) for o in same
        ):
            continue
        if later.get(row["call_from_number"], -1) >= row["timestamp"]:
            continue
        gave_up = to_group == "queue" and ended(row) == "abandoned"
        why = "busy" if row["disposition"] == "BUSY" else "abandoned" if gave_up else "no_answer"
        yield {
            "id": row["id"], "time": row["time"], "call_from": row["call_from"], "call_to": row["call_to"],
            "ring_duration": seconds(row, "ring"), "call_to_type": to_group or "extension",
            "unreturn_status": "unreturned", "miss_call_type": why,
            "src": row["call_from_number"], "srcname": row["call_from_name"],
            "dst": row["call_to_number"], "dstname": row["call_to_name"], "call_type": "Inbound",
        }  # fmt: skip


def test_unreturnmisscall(seeded, month):
    bounds, found, _ = month
    expected = list(expected_missed(seeded, found, seeded.search()["data"]))
    listed = rows_of(asked(seeded, type="unreturnmisscall", **bounds), "unreturn_miss_call_list")
    assert listed == expected
    assert {tuple(row) for row in listed} <= {tuple(rows.MissedCallRow().fields)}
    for narrowed, belongs in (
        ({"miss_call_type": "busy"}, lambda row: row["miss_call_type"] == "busy"),
        ({"miss_call_type": "abandoned"}, lambda row: row["miss_call_type"] == "abandoned"),
        ({"queue_id_list": "2"}, lambda row: row["dst"] == "6401"),
        ({"ext_id_list": "6,30"}, lambda row: row["dst"] in ("2005", "2029")),
        ({"ext_id_list": "6", "queue_id_list": "1"}, lambda row: row["dst"] in ("2005", "6400")),
        ({"ext_id_list": "999"}, lambda row: False),
    ):
        answer = asked(seeded, type="unreturnmisscall", **narrowed, **bounds)
        assert rows_of(answer, "unreturn_miss_call_list") == list(filter(belongs, expected)), narrowed


@pytest.mark.parametrize(
    ("params", "key", "schema"),
    [
        ({"type": "extcallstatistics", "ext_id_list": "1"}, "ext_call_statistics_list", rows.ExtensionRow),
        ({"type": "queueperformance", "queue_id_list": "1"}, "queue_performance_list", rows.QueueRow),
        ({"type": "queueagentperformance", "queue_id": "1"}, "queue_agent_performance_list", rows.QueueAgentsRow),
        ({"type": "queueavgwaittalktime", "queue_id_list": "1", "time": "2026"}, "queue_avg_wait_talk_time_list",
         rows.BucketRow),
        ({"type": "queueagentinoutcalls", "queue_id": "1"}, "queue_agent_in_out_calls_list", rows.AgentSummaryRow),
        ({"type": "ivr", "ivr_id_list": "1"}, "ivr_list", rows.IvrReportRow),
        ({"type": "ringgroupstatistics"}, "ring_group_statistics_list", rows.RingGroupRow),
        ({"type": "unreturnmisscall"}, "unreturn_miss_call_list", rows.MissedCallRow),
    ],
)  # fmt: skip
def test_rows_have_the_declared_fields(seeded, params, key, schema):
    assert list(rows_of(asked(seeded, **params), key)[0]) == list(schema().fields)


def test_the_demo_office_has_figures_of_keys(seeded):
    """Keys lead to both queues and the ring group; who asked for somebody, or hung up, pressed none that is known."""
    start, end = months()[3]
    found = seeded.search(start_time=shown(start), end_time=shown(end))["data"]
    heard = [row for row in found if row["call_to"].startswith("IVR ")]
    on = {row["call_id"]: row["call_to_number"] for row in found if row["call_to"].startswith(("Queue ", "RingGroup "))}
    keys = {"6400": "1", "6401": "2", "6300": "0"}
    for menu, id in (("6200", "1"), ("6201", "2")):
        pressed = Counter(
            keys[on[row["call_id"]]] for row in heard if row["call_to_number"] == menu and row["call_id"] in on
        )
        bounds = {"start_time": shown(start), "end_time": shown(end)}
        (row,) = rows_of(asked(seeded, type="ivr", ivr_id_list=id, **bounds), "ivr_list")
        assert row["press_count"] == {f"press_{key}": pressed[key] for key in "012"}
        both = {f"detail_time_{side}": bounds[f"{word}_time"] for side, word in (("begin", "start"), ("end", "end"))}
        details = rows_of(asked(seeded, what="detail", type="ivr", ivr_num=menu, **bounds, **both), "ivr_report_detail")
        assert Counter(row["press"] for row in details) == pressed


def test_the_types_that_are_emulated_have_rows():
    assert {row.type for row in REPORTS.values() if row.emulated} == set(LISTINGS)
    assert {row.type for row in DETAILS.values() if row.emulated} == set(DETAILED)


WAITING = {"call_type": "Inbound", "src_trunk": "city", "did_number": "5550100"}


def leg(number, call_id, start, caller, callee, status, ring, talk, reason="src hangup    ", **more):
    """A row whose callee may have a word before its name: ``Queue Support<6401>``."""
    made = call(number, start, caller, callee.partition("<")[2].rstrip(">") or callee, call_id=call_id,
                disposition=status, duration=ring + talk, ring_duration=ring, talk_duration=talk, reason=reason,
                **{**WAITING, **more})  # fmt: skip
    name = callee.partition("<")[0].partition(" ")[2]
    return made | ({"call_to": callee, "call_to_name": name} if name else {})


OFFICE = {
    "extensions": [{"id": 4, "number": "2000", "name": "Amelia Hart"},
                   {"id": 9, "number": "2005", "name": "Kristin Hale"}],
    "trunks": ["city"],
    "queues": [{"id": 3, "name": "Support", "number": "6401", "agents": ["2000", "2005"], "sla_time": "45"},
               {"id": 8, "name": "Quiet", "number": "6402", "agents": []}],
    "ring_groups": [{"id": 5, "name": "Desk", "number": "6301", "members": ["2005"]}],
    "cdrs": [
        # One agent does not answer, the other does, and passes the call on to the first.
        leg(1, "a", "2024-03-10 09:00:00", "139", "Queue Support<6401>", "ANSWERED", 45, 60),
        leg(2, "a", "2024-03-10 09:00:05", "139", "2000", "NO ANSWER", 15, 0),
        leg(3, "a", "2024-03-10 09:00:30", "139", "2005", "ANSWERED", 15, 60),
        leg(4, "a", "2024-03-10 09:01:45", "139", "2000", "ANSWERED", 5, 30),
        # The caller gives up; the queue lets one go; one was never called back, the other was.
        leg(5, "b", "2024-03-10 10:00:00", "137", "Queue Support<6401>", "NO ANSWER", 12, 0),
        leg(6, "c", "2024-03-31 23:59:59", "138", "Queue Support<6401>", "NO ANSWER", 90, 0, "dst queue_timeout    "),
        leg(7, "d", "2024-04-01 00:00:00", "2005", "137", "NO ANSWER", 9, 0, call_type="Outbound"),
        leg(8, "e", "2024-04-01 00:10:00", "2005", "138", "ANSWERED", 9, 9, call_type="Outbound"),
        # An extension waits in the queue, and gives up.
        leg(9, "f", "2024-04-02 00:00:00", "2000", "Queue Support<6401>", "NO ANSWER", 7, 0, call_type="Internal"),
        # An agent's mailbox is no agent.
        leg(10, "g", "2024-04-03 00:00:00", "136", "Queue Support<6401>", "NO ANSWER", 20, 0),
        leg(11, "g", "2024-04-03 00:00:20", "136", "Voicemail Amelia Hart<2000>", "VOICEMAIL", 0, 12),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def office(server):
    pbx = OwnPbx(server, OFFICE, date_format="DD/MM/YYYY", time_format="12")
    yield pbx
    pbx.drop()


def report(office, version=V1, what="list", **params):
    url = f"{office.server.url}/openapi/{version}/call_report/{what}"
    return office.server.http.get(url, params={"access_token": office.token, **params}, timeout=30).json()


MARCH = {"start_time": "01/03/2024 12:00:00 AM", "end_time": "31/03/2024 11:59:59 PM"}


@pytest.mark.parametrize(
    ("params", "counts"),
    [
        ({}, [5, 1, 1, 3]),
        (MARCH, [3, 1, 1, 1]),
        ({**MARCH, "end_time": "31/03/2024 11:59:58 PM"}, [2, 1, 0, 1]),
        ({"start_time": "31/03/2024 11:59:59 PM"}, [3, 0, 1, 2]),
        ({"abandon_time": "12"}, [3, 1, 1, 1]),
    ],
)
@pytest.mark.parametrize("version", [V1, V2])
def test_abandoned_and_missed(office, version, params, counts):
    answer = report(office, version, type="queueperformance", queue_id_list="3", **params)
    (row,) = rows_of(answer, "queue_performance_list")
    assert [row[f"{name}_calls"] for name in ("total", "answered", "missed", "abandoned")] == counts
    assert answer["is_12hour"] == 1


def test_only_answered_calls_count_for_the_average_wait(office):
    """A queue without calls has no row."""
    answer = report(office, type="queueperformance", queue_id_list="3,8", **MARCH)
    (busy,) = rows_of(answer, "queue_performance_list")
    assert (busy["average_waiting_time"], busy["all_call_average_waiting_time"]) == (45, 49)
    assert (busy["max_waiting_time"], busy["sla"], busy["answered_rate"]) == (90, 33.33, 33.33)
    assert rows_of(report(office, type="queueperformance", queue_id_list="8"), "queue_performance_list") == []


@pytest.mark.parametrize("seconds", [0, 44, 45, 60])
def test_each_queue_says_within_how_many_seconds_it_serves(office, seconds):
    """The one call that was answered waited for 45 seconds. What is no Integer in a seed document counts as 60."""
    office.done("queue/update", id=3, sla_time=seconds)
    office.done("queue/update", id=8, sla_time=44)
    (row,) = rows_of(report(office, type="queueperformance", queue_id_list="3,8", **MARCH), "queue_performance_list")
    assert row["sla"] == (33.33 if seconds >= 45 else 0)


def test_an_agent_who_does_not_answer_has_missed_the_call(office):
    (queue,) = rows_of(report(office, type="queueagentperformance", queue_id="3"), "queue_agent_performance_list")
    assert [list(agent.values()) for agent in queue["detail"]] == [
        ["Amelia Hart", "2000", 1, 0, 1, 0, 0, 0, 0, 0, 100.0],
        ["Kristin Hale", "2005", 1, 1, 0, 45, 45, 45, 60, 60, 0.0],
    ]


def test_missed_calls_are_returned_by_reaching_the_caller(office):
    missed = rows_of(report(office, type="unreturnmisscall"), "unreturn_miss_call_list")
    assert [(row["id"], row["src"], row["miss_call_type"]) for row in missed] == [
        (5, "137", "abandoned"),
        (10, "136", "abandoned"),
    ]
    assert missed[0]["time"] == "10/03/2024 10:00:00 AM"


def test_an_extension_that_gives_up_waiting(office):
    (row,) = rows_of(report(office, type="extcallstatistics", ext_id_list="4"), "ext_call_statistics_list")
    assert [row[f"{what}_calls"] for what in ("answered", "no_answer", "voicemail", "abandoned")] == [1, 1, 1, 1]
    assert (row["total_call_count"], row["total_talking_time"]) == (4, 30)


# Group 4 has the id of an extension as well.
GROUPS = {
    **OFFICE,
    "extension_groups": [{"id": 4, "name": "Both", "members": ["2005"]},
                         {"id": 50, "name": "Everybody", "members": ["2005", "2000"]},
                         {"id": 51, "name": "Kristin", "members": ["2005"]},
                         {"id": 52, "name": "Nobody", "members": []}],
}  # fmt: skip


@pytest.fixture(scope="module")
def groups(server):
    pbx = OwnPbx(server, GROUPS)
    yield pbx
    pbx.drop()


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ("50", ["2000", "2005"]),
        ("51", ["2005"]),
        ("51,50,9,4", ["2000", "2005"]),
        ("4", ["2000"]),
        ("52", []),
        ("9,53", ["2005"]),
    ],
)
def test_an_id_that_only_an_extension_group_has_means_its_members(groups, ids, found):
    for version in (V1, V2):
        answer = report(groups, version, type="extcallstatistics", ext_id_list=ids)
        assert [row["ext_num"] for row in rows_of(answer, "ext_call_statistics_list")] == found


def test_missed_calls_of_an_extension_group(server):
    """2000 and 2005 missed a call each."""
    cdrs = [
        leg(place, str(place), "2024-03-10 09:00:00", "139", number, "NO ANSWER", 9, 0)
        for place, number in enumerate(("2000", "2005"), 1)
    ]
    pbx = OwnPbx(server, {**GROUPS, "cdrs": cdrs})
    for ids, found in (("51", ["2005"]), ("50", ["2000", "2005"]), ("4", ["2000"]), ("52", []), ("53", [])):
        answer = report(pbx, type="unreturnmisscall", ext_id_list=ids)
        assert [row["dst"] for row in rows_of(answer, "unreturn_miss_call_list")] == found, ids
    pbx.drop()


def test_the_explanation_tells_whom_the_ids_of_groups_mean(groups):
    report(groups, type="extcallstatistics", ext_id_list="4,51,53")
    url = f"{groups.server.url}/_pbx/requests"
    entry = groups.server.http.get(url, params={"world": groups.name}, timeout=9).json()["requests"][0]
    why = groups.server.http.get(f"{url}/{entry['id']}/explain", params={"world": groups.name}, timeout=9).text
    assert "ext_id_list: 51 is the extension group Kristin, whose members are meant" in why
    assert "ext_id_list: 4 is the extension Amelia Hart, not the extension group Both" in why
    assert "there is no extension or extension group 53; there are 4 (Amelia Hart), 9 (Kristin Hale)." in why


@pytest.mark.parametrize(
    ("time", "buckets", "busy"),
    [
        ("10/03/2024", 24, {9: 1, 10: 1}),
        ("03/2024", 31, {10: 2, 31: 1}),
        ("2024", 12, {3: 3, 4: 2}),
        ("02/2023", 28, {}),
    ],
)
def test_time_is_a_day_a_month_or_a_year_in_the_order_of_the_format(office, time, buckets, busy):
    answer = report(office, type="queueavgwaittalktime", queue_id_list="3", time=time)
    listed = rows_of(answer, "queue_avg_wait_talk_time_list")
    assert len(listed) == buckets
    assert {row["time"]: row["total_calls"] for row in listed if row["total_calls"]} == busy


def test_an_hour_that_comes_twice_is_one(server):
    """On 27 October 2024, clocks in Berlin were set back from 3 to 2."""
    first = instant("2024-10-27 02:30:00", SHANGHAI) + 6 * 3600
    document = {
        "settings": {"timezone": "Europe/Berlin"},
        "queues": [{"id": 1, "name": "Support", "number": "6401", "agents": []}],
        "cdrs": [
            {**leg(place + 1, str(place), "2024-10-27 00:00:00", "1", "Queue Support<6401>", "NO ANSWER", 9, 0),
             "timestamp": first + 3600 * place}
            for place in range(4)
        ],
    }  # fmt: skip
    pbx = OwnPbx(server, document)
    listed = report(pbx, type="queueavgwaittalktime", queue_id_list="1", time="10/27/2024")
    calls = {row["time"]: row["total_calls"] for row in listed["queue_avg_wait_talk_time_list"] if row["total_calls"]}
    assert calls == {2: 2, 3: 1, 4: 1}
    pbx.drop()


BOTH = {"detail_time_begin": MARCH["start_time"], "detail_time_end": MARCH["end_time"], **MARCH}

MENUS = {
    "extensions": [{"id": 4, "number": "2000", "name": "Amelia Hart"}],
    "trunks": ["city"],
    "queues": [{"id": 3, "name": "Support", "number": "6401", "agents": ["2000"]}],
    "ring_groups": [{"id": 5, "name": "Desk", "number": "6301", "members": ["2000"]},
                    {"id": 6, "name": "Empty", "number": "6302", "members": []}],
    "ivrs": [
        {"id": 1, "name": "Night", "number": "6201"},
        {"id": 2, "name": "Welcome", "number": "6200", "press1_dest": "queue", "press1_dest_value": "3",
         "press2_dest": "ext_vm", "press2_dest_value": "4", "press4_dest": "external_num", "press4_dest_value": "555",
         "press7_dest": "queue", "press7_dest_value": "3", "press8_dest": "queue", "press8_dest_value": "99"},
    ],
    "cdrs": [
        leg(1, "a", "2024-03-10 09:00:00", "139", "IVR Welcome<6200>", "ANSWERED", 0, 9),
        leg(2, "a", "2024-03-10 09:00:09", "139", "Queue Support<6401>", "ANSWERED", 4, 60),
        leg(3, "a", "2024-03-10 09:00:10", "139", "2000", "ANSWERED", 3, 60),
        # A mailbox, an outside number, nowhere, and a group to which no key leads.
        leg(4, "b", "2024-03-11 09:00:00", "138", "IVR Welcome<6200>", "ANSWERED", 0, 7, call_from_name="Ann"),
        leg(5, "b", "2024-03-11 09:00:07", "138", "Voicemail Amelia Hart<2000>", "VOICEMAIL", 0, 12),
        leg(6, "c", "2024-03-12 09:00:00", "138", "IVR Welcome<6200>", "ANSWERED", 0, 5),
        leg(7, "c", "2024-03-12 09:00:05", "138", "555", "ANSWERED", 2, 12),
        leg(8, "d", "2024-03-13 09:00:00", "137", "IVR Welcome<6200>", "ANSWERED", 0, 5),
        leg(9, "e", "2024-03-14 09:00:00", "137", "IVR Welcome<6200>", "ANSWERED", 0, 5),
        leg(10, "e", "2024-03-14 09:00:05", "137", "RingGroup Desk<6301>", "NO ANSWER", 8, 0),
        leg(11, "f", "2024-04-01 00:00:00", "137", "IVR Night<6201>", "ANSWERED", 0, 5),
        leg(12, "g", "2024-04-02 00:00:00", "137", "RingGroup Empty<6302>", "NO ANSWER", 8, 0),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def menus(server):
    pbx = OwnPbx(server, MENUS, date_format="DD/MM/YYYY", time_format="12")
    yield pbx
    pbx.drop()


@pytest.mark.parametrize("version", [V1, V2])
def test_ivr(menus, version):
    night = {"ivr_name": "Night", "ivr_num": "6201", "press_count": {}}
    welcome = {"ivr_name": "Welcome", "ivr_num": "6200", "press_count": {"press_1": 1, "press_2": 1, "press_4": 1}}
    assert rows_of(report(menus, version, type="ivr", ivr_id_list="2,1,9"), "ivr_list") == [night, welcome]
    assert rows_of(report(menus, version, type="ivr", ivr_id_list="1,2", **MARCH), "ivr_list") == [welcome]
    assert rows_of(report(menus, version, type="ivr", ivr_id_list="3,x"), "ivr_list") == []


@pytest.mark.parametrize("version", [V1, V2])
def test_ivr_details(menus, version):
    pressed = [
        ("a", "10/03/2024 09:00:00 AM", "139", "1", "Support<6401>", 9, "Queue"),
        ("b", "11/03/2024 09:00:00 AM", "Ann<138>", "2", "Amelia Hart<2000>", 7, "Extension Voicemail"),
        ("c", "12/03/2024 09:00:00 AM", "138", "4", "555", 5, "External Number"),
    ]
    expected = [
        {"id": id, "time": time, "call_from": caller, "press": key, "destination": to, "call_to": to,
         "opr_duration": heard, "ivr_num": "6200", "destination_type": kind}
        for id, time, caller, key, to, heard, kind in pressed
    ]  # fmt: skip
    found = rows_of(report(menus, version, "detail", type="ivr", ivr_num="6200", **BOTH), "ivr_report_detail")
    assert found == expected
    assert [list(row) for row in found] == [list(rows.PressRow().fields)] * 3
    for narrower in ({"detail_time_begin": pressed[1][1]}, {"start_time": pressed[1][1]}):
        answer = report(menus, version, "detail", type="ivr", ivr_num="6200", **BOTH | narrower)
        assert rows_of(answer, "ivr_report_detail") == expected[1:]
    for number in ("6201", "6401", "x" * 1000):
        answer = report(menus, version, "detail", type="ivr", ivr_num=number, **BOTH)
        assert rows_of(answer, "ivr_report_detail") == []


def test_a_file_of_the_ivr_report_has_a_column_a_key(menus):
    lines = list(csv.DictReader(io.StringIO(fetched(menus, type="ivr", ivr_id_list="1,2").content.decode())))
    assert [list(line.values()) for line in lines] == [
        ["Night", "6201", "", "", ""],
        ["Welcome", "6200", "1", "1", "1"],
    ]


NEEDS = [
    ("extcallstatistics", {}, ["ext_id_list"]),
    ("queueperformance", {"queue_id": "3"}, ["queue_id_list"]),
    ("queueagentperformance", {"queue_id_list": "3"}, ["queue_id"]),
    ("queueagentinoutcalls", {}, ["queue_id"]),
    ("queueavgwaittalktime", {"queue_id_list": "3"}, ["time"]),
    ("queueavgwaittalktime", {"queue_id_list": ""}, ["queue_id_list", "time"]),
    ("extcallactivity", {"ext_id_list": "4"}, ["time"]),
    ("trunkactivity", {"trunk_id": "1"}, ["trunk_id_list", "time"]),
    ("trunkdiddodactivity", {"time": "2024"}, ["trunk_id"]),
    ("ivr", {}, ["ivr_id_list"]),
    ("queueperformanceactivity", {"queue_id_list": "3", "start_time": MARCH["start_time"]}, ["time"]),
]


@pytest.mark.parametrize(("type_", "given", "missing"), NEEDS)
def test_required(office, type_, given, missing):
    for what in ("list", "download"):
        assert problems(report(office, what=what, type=type_, **given)) == [(name, "required") for name in missing]
        answer = report(office, V2, what, type=type_, **given)
        assert answer["errcode"] == 40002
        assert answer["invalid_param_list"] == [
            {"field": name, "valid_msg": f"{name} must required when type is {type_}"} for name in missing
        ]


# What the types have to have, of which no source shows the rows.
ENOUGH = {"time": "03/2024", "trunk_id_list": "1", "trunk_id": "1"}
UNKNOWN = sorted(row.type for row in REPORTS.values() if not row.emulated and row.errcode == 10001)


@pytest.mark.parametrize("version", [V1, V2])
def test_other_types(office, version):
    for type_ in ("bogus", "QueuePerformance", "0"):
        assert report(office, version, type=type_) == {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}
    assert report(office, version, my_report_id="1")["errcode"] == -2
    assert report(office, version, type="queueperformance", queue_id_list="3", my_report_id="1")["errcode"] == -2
    assert problems(report(office, version, my_report_id="x")) == [("my_report_id", "number")]
    assert problems(report(office, version, queue_id="x")) == [("queue_id", "number")]
    for what in ("list", "detail", "download"):
        for given in ({}, {"type": ""}, MARCH):
            assert report(office, version, what, **given) == {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}
    for type_ in ("extcallbilling", "extcallbillingdetails"):
        assert report(office, version, type=type_) == {"errcode": 70106, "errmsg": "RATE_NOT_EXISTED"}
    newer = {type_: version == V1 and type_ == "aireceptionistcallactivity" for type_ in UNKNOWN}
    for what in ("list", "download"):
        assert {type_: report(office, version, what, type=type_, **ENOUGH)["errcode"] for type_ in UNKNOWN} == {
            type_: -2 if unknown else 10001 for type_, unknown in newer.items()
        }


@pytest.mark.parametrize("version", [V1, V2])
def test_details_refused(office, version):
    """Of each type that has details: what it has to have, then that no source shows its rows."""
    for row in DETAILS.values():
        answer = report(office, version, "detail", type=row.type)
        told = [wrong["field"] for wrong in answer.get("invalid_param_list", [])]
        assert (answer["errcode"], told) == (40002 if row.needs else 10001, list(row.needs))
        enough = BOTH | {"time": "03/2024", "detail_time": "10", "ivr_num": "6200"}
        assert report(office, version, "detail", type=row.type, **enough)["errcode"] == (0 if row.emulated else 10001)
    for type_ in ("bogus", "ringgroupstatistics"):
        assert report(office, version, "detail", type=type_)["errcode"] == -2
    wrong = report(office, version, "detail", type="ivr", ivr_num="6200", **BOTH | {"detail_time_end": "31/03/2024"})
    if version == V1:
        assert rows_of(wrong, "ivr_report_detail") == []
    else:
        told = "detail_time_end format invalid, valid format: 02/01/2006 03:04:05 PM"
        assert wrong["invalid_param_list"] == [{"field": "detail_time_end", "valid_msg": told}]


TIMES = [
    ("queueperformance", {"start_time": "2024-03-01 00:00:00"}, "start_time", "02/01/2006 03:04:05 PM"),
    ("queueperformance", {"end_time": "1709500000"}, "end_time", "02/01/2006 03:04:05 PM"),
    *(
        ("queueavgwaittalktime", {"time": text}, "time", "02/01/2006")
        for text in (
            "2024/03",
            "13/2024",
            "31/02/2024",
            "00/03/2024",
            "1/3/2024",
            "24",
            "0000",
            "03/2024 ",
            "x" * 10_000,
        )
    ),
]


@pytest.mark.parametrize(("type_", "times", "field", "layout"), TIMES)
def test_times_in_another_format(office, type_, times, field, layout):
    """v1.0 finds nothing, v2.0 says so."""
    if times.get("end_time") != "1709500000":
        assert report(office, type=type_, queue_id_list="3", **times)["total_number"] == 0
    answer = report(office, V2, type=type_, queue_id_list="3", **times)
    told = {"field": field, "valid_msg": f"{field} format invalid, valid format: {layout}"}
    assert (answer["errcode"], answer["invalid_param_list"]) == (40002, [told])


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"type": "queueagentperformance", "queue_id": "x"}, ("queue_id", "number")),
        ({"type": "extcallstatistics", "ext_id_list": "4", "communication_type": "inbound"},
         ("communication_type", "oneof")),
        ({"type": "unreturnmisscall", "miss_call_type": "lost"}, ("miss_call_type", "oneof")),
        ({"type": "queueperformance", "queue_id_list": "3", "abandon_time": "-1"}, ("abandon_time", "min")),
    ],
)  # fmt: skip
def test_wrong_values(office, params, wrong):
    for version in (V1, V2):
        assert problems(report(office, version, **params)) == [wrong]


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"type": "queueagentperformance", "queue_id": "5"}, "queue_agent_performance_list"),
        ({"type": "queueagentperformance", "queue_id": "9" * 18}, "queue_agent_performance_list"),
        ({"type": "queueperformance", "queue_id_list": "5,4," + "x" * 10_000}, "queue_performance_list"),
        ({"type": "queueavgwaittalktime", "queue_id_list": "5", "time": "2024"}, "queue_avg_wait_talk_time_list"),
        ({"type": "extcallstatistics", "ext_id_list": "3"}, "ext_call_statistics_list"),
        ({"type": "ringgroupstatistics", "ring_group_id_list": "3"}, "ring_group_statistics_list"),
    ],
)
def test_unknown_ids_and_those_of_another_kind(office, params, key):
    for version in (V1, V2):
        assert rows_of(report(office, version, **params), key) == []


def fetched(office, version=V1, **params):
    offer = report(office, version, "download", **params)
    assert list(offer) == ["errcode", "errmsg", "file", "download_resource_url"], offer
    url = f"{office.server.url}{offer['download_resource_url']}"
    return office.server.http.get(url, params={"access_token": office.token}, timeout=9)


def test_download(office):
    params = {"type": "queueperformance", "queue_id_list": "3,8", **MARCH}
    answer = fetched(office, **params)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    listed = report(office, **params)["queue_performance_list"]
    assert lines == [{name: str(value) for name, value in row.items()} for row in listed]
    params = {"type": "queueavgwaittalktime", "queue_id_list": "3", "time": "03/2024"}
    assert len(fetched(office, **params).content.splitlines()) == 32


NO_ROWS = [
    ({"type": "queueperformance", "queue_id_list": "8"}, list(rows.QueueRow().fields)),
    ({"type": "unreturnmisscall", "start_time": "01/01/2030 12:00:00 AM"}, list(rows.MissedCallRow().fields)),
    ({"type": "queueagentperformance", "queue_id": "8"}, ["queue", "queue_num", "queue_id", *rows.AgentRow().fields]),
    ({"type": "ringgroupstatistics", "ring_group_id_list": "9"},
     ["group_name", "group_num", "group_answered_calls", "group_total_calls", *rows.MemberRow().fields]),
    ({"type": "ivr", "ivr_id_list": "9"}, ["ivr_name", "ivr_num"]),
]  # fmt: skip


@pytest.mark.parametrize(("params", "names"), NO_ROWS, ids=[params["type"] for params, _ in NO_ROWS])
def test_a_file_without_rows_has_its_header(office, params, names):
    assert fetched(office, **params).text == ",".join(names) + "\r\n"


def test_a_file_of_v2_without_rows_has_the_header_of_v2(office):
    answer = fetched(office, V2, type="queueperformance", queue_id_list="8")
    assert answer.text == ",".join(rows.QueueRowV2().fields) + "\r\n"


def test_what_a_row_lists_has_lines_of_its_own(office, menus):
    answer = fetched(office, type="queueagentperformance", queue_id="3")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(line["queue"], line["agent_number"], line["total_calls"]) for line in lines] == [
        ("Support", "2000", "1"),
        ("Support", "2005", "1"),
    ]
    line, empty = csv.DictReader(io.StringIO(fetched(menus, type="ringgroupstatistics").content.decode()))
    assert list(line) == [
        "group_name", "group_num", "group_answered_calls", "group_total_calls", "ext_name", "ext_num",
        "answered_calls", "total_calls",
    ]  # fmt: skip
    assert list(empty.values()) == ["Empty", "6302", "0", "1", "", "", "", ""]


def test_a_file_made_meanwhile_is_told_of_by_an_event_that_is_not_here(office):
    params = {"type": "queueperformance", "queue_id_list": "3", "is_async": "1"}
    assert report(office, what="download", **params) == {"errcode": 2, "errmsg": "PROCESSING"}
    for version in (V1, V2):
        for flag in ("is_async", "need_detail"):
            for value, check in (("yes", "number"), ("2", "oneof"), ("-1", "oneof")):
                answer = report(office, version, "download", **params | {flag: value})
                assert problems(answer) == [(flag, check)]


def test_nobody_has_reports_of_their_own_or_on_a_schedule(office):
    assert office.get("myreport/list") == {"errcode": 0, "errmsg": "SUCCESS", "data": []}
    nothing = {"errcode": 0, "errmsg": "SUCCESS", "total_number": 0, "data": []}
    for version in (V1, V2):
        url = f"{office.server.url}/openapi/{version}/call_schedule_report"
        for path, params, expected in (
            ("list", {}, nothing),
            ("list", {"page": 2, "page_size": 10, "sort_by": "name", "order_by": "desc"}, nothing),
            ("list", {"sort_by": "date"}, {"field": "sort_by", "validation_type": "oneof"}),
            ("list", {"page": 0}, {"field": "page", "validation_type": "min"}),
            ("download", {"id": 1}, {"errcode": 60001, "errmsg": "DATA NOT FOUND"}),
            ("download", {}, {"field": "id", "validation_type": "required"}),
            ("download", {"id": 1, "need_detail": "x"}, {"field": "need_detail", "validation_type": "number"}),
            ("download", {"id": 1, "is_async": 2}, {"field": "is_async", "validation_type": "oneof"}),
        ):
            params = {"access_token": office.token, **params}
            answer = office.server.http.get(f"{url}/{path}", params=params, timeout=9).json()
            assert answer.get("invalid_param_list", [answer]) == [expected]


def test_a_token_is_needed(seeded):
    for path in ("call_report/list", "call_report/download", "myreport/list", "call_schedule_report/list"):
        assert seeded.get(path, token="", type="queueperformance")["errcode"] == 10004


def test_the_journal_tells_how_many_rows_and_why_none(office):
    report(office, type="queueperformance", queue_id_list="3,8")
    report(office, type="queueperformance", queue_id_list="3", start_time="yesterday")
    report(office, V2, type="queueavgwaittalktime", queue_id_list="3", time="03/2024")
    report(office, V2, type="queueavgwaittalktime", queue_id_list="3", time="soon")

    def journal(what):
        url = f"{office.server.url}/_pbx/requests{what}"
        return office.server.http.get(url, params={"world": office.name}, timeout=9)

    entries = journal("").json()["requests"][3::-1]
    found = [(entry["route"], entry["rows"], entry["total"]) for entry in entries]
    assert found[:3] == [("call_report/list", 1, 1), ("call_report/list", 0, 0), ("v2.0/call_report/list", 31, 31)]
    explained = [journal(f"/{entry['id']}/explain") for entry in entries]
    assert {answer.status_code for answer in explained} == {200}
    assert "'yesterday' is not a time" in explained[1].text
    assert "'soon' is no day, month or year such as DD/MM/YYYY" in explained[3].text
