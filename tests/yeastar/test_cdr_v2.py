"""CDR v2.0: a row for each call, made of its legs; the detail; every filter, order and refusal."""

from __future__ import annotations

import csv
import io
import json
import random
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
import requests
from conftest import run_here, start_server
from office import call, instant, many_calls

from app.journal import Journal, path_in

FIELDS = [
    "id", "uid", "time", "call_type",
    "call_from", "call_from_name", "call_from_number", "call_to", "call_to_name", "call_to_number",
    "second_participant", "second_participant_name", "second_participant_number",
    "last_participant", "last_participant_name", "last_participant_number",
    "last_status", "queues", "ivrs", "ring_groups", "call_flows", "dids", "outbound_caller_ids",
    "source_trunks", "destination_trunks", "segments", "disconnected_by",
    "call_duration", "routing_duration", "handling_duration",
]  # fmt: skip
SORT_KEYS = ["uid", "time", "call_type", "last_status", "call_duration", "routing_duration", "handling_duration"]


def leg(number, call_id, start, caller, callee, **more):
    """A leg as call() makes it, with the name of its callee: ``IVR Main<6200>`` is the PBX's word, name and number."""
    made = call(number, start, caller, callee.partition("<")[2].rstrip(">") or callee, call_id=call_id, **more)
    word, _, name = callee.partition("<")[0].partition(" ")
    if word in ("IVR", "Queue", "RingGroup", "Conference", "Voicemail"):
        made |= {"call_to": callee, "call_to_name": name}
    elif "<" in callee:
        made["call_to_name"] = callee.partition("<")[0]
    return made


def seconds(ring, talk):
    return {"duration": ring + talk, "ring_duration": ring, "talk_duration": talk}


SRC, DST = {"reason": "src hangup    "}, {"reason": "dst hangup    "}
CITY = {"call_type": "Inbound", "src_trunk": "city", "did_number": "5550100", "did_name": "Hotline"}

# Calls, by what happens; ids are those of the first legs.
OFFICE = {
    "extensions": [{"number": "2000", "name": "Amelia Hart"}, {"number": "2005", "name": "Kristin Hale"}],
    "extension_groups": [{"id": 7, "name": "Sales", "members": ["2005"]}, {"id": 8, "name": "Nobody", "members": []}],
    "trunks": ["city", "mobile"],
    "queues": [{"id": 3, "name": "Support", "number": "6401", "agents": ["2000", "2005"]}],
    "disposition_codes": [{"id": 4, "name": "Resolved"}, {"id": 9, "name": "Complaint"}],
    "cdrs": [
        # A menu, a queue, an agent, who passes the call on.
        leg(1, "a", "2024-03-04 09:00:00", "13912345678", "IVR Main Menu<6200>", **CITY, **seconds(0, 20), **DST,
            call_from_name="Nordwind", uid="20240304090000AAAAA"),
        leg(2, "a", "2024-03-04 09:00:20", "13912345678", "Queue Support<6401>", **CITY, **seconds(15, 60), **DST,
            call_from_name="Nordwind", uid="20240304090000AAAAA"),
        leg(3, "a", "2024-03-04 09:00:25", "13912345678", "Amelia Hart<2000>", **CITY, **seconds(10, 60), **DST,
            call_from_name="Nordwind", uid="20240304090000AAAAA", call_note_remark="call back",
            disposition_code_list=[9, 4, 77]),
        leg(4, "a", "2024-03-04 09:01:35", "13912345678", "Kristin Hale<2005>", **CITY, **seconds(5, 40), **SRC,
            call_from_name="Nordwind", uid="20240304090000AAAAA"),
        # The caller gives up waiting.
        leg(5, "b", "2024-03-04 10:00:00", "13900000001", "Queue Support<6401>", **CITY, **seconds(33, 0), **SRC,
            disposition="NO ANSWER"),
        # The queue lets the caller go.
        leg(6, "c", "2024-03-04 11:00:00", "13900000002", "Queue Support<6401>", **CITY, **seconds(90, 0),
            disposition="NO ANSWER", reason="dst queue_timeout    "),
        # The telephone rings, the mailbox takes over.
        leg(7, "d", "2024-03-05 09:00:00", "2000", "2005", **seconds(20, 0), disposition="NO ANSWER", **SRC),
        leg(8, "d", "2024-03-05 09:00:20", "2000", "Voicemail Kristin Hale<2005>", **seconds(0, 12),
            disposition="VOICEMAIL", **SRC),
        # Out, with a PIN.
        leg(9, "e", "2024-03-05 10:00:00", "2005", "+442071234567", call_type="Outbound", dst_trunk="mobile",
            dod_number="5550199", pin_code="4711", call_from_name="Kristin Hale", **seconds(8, 42), **DST),
        # Turned away.
        leg(10, "f", "2024-03-05 11:00:00", "2000", "2005", disposition="BUSY",
            reason="dst extension_busy_no_forward    "),
        # A row of newer firmware has no reason.
        leg(11, "g", "2024-03-06 09:00:00", "2005", "2000", **seconds(2, 3), new_id="67C67519-D30000CD"),
        # Lost in the menu.
        leg(12, "h", "2024-03-06 10:00:00", "13900000003", "IVR Main Menu<6200>", **CITY, **seconds(0, 9), **SRC),
        # Nobody of the ring group answers.
        leg(13, "i", "2024-03-06 11:00:00", "13900000004", "RingGroup Front Desk<6300>", **CITY, **seconds(25, 0),
            **SRC, disposition="NO ANSWER"),
        # A leg that began earlier has the higher id.
        leg(15, "j", "2024-03-07 09:00:00", "2000", "2005", **seconds(3, 10), **DST),
        leg(14, "j", "2024-03-07 09:00:13", "2000", "Conference Team Room<6500>", **seconds(0, 100), **SRC),
    ],
}  # fmt: skip
CALLS = [1, 5, 6, 7, 9, 10, "67C67519-D30000CD", 12, 13, 15]


class V2:
    """A PBX, asked by v2.0."""

    def __init__(self, pbx):
        self.pbx = pbx

    def get(self, path, token=None, **asked):
        params = {"access_token": self.pbx.token if token is None else token, **asked}
        response = self.pbx.http.get(f"{self.pbx.url}/openapi/v2.0/cdr/{path}", params=params, timeout=30)
        assert response.status_code == 200
        return response.json()

    def rows(self, path="search", **asked):
        answer = self.get(path, **asked)
        assert answer["errcode"] == 0, answer
        return answer["data"]

    def ids(self, **asked):
        return [row["id"] for row in self.rows(**asked)]

    def options(self, body):
        params = {"access_token": self.pbx.token}
        url = f"{self.pbx.url}/openapi/v2.0/cdr/updateoption"
        return self.pbx.http.post(url, params=params, data=json.dumps(body), timeout=30).json()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("v2")
    (folder / "seed.json").write_text(json.dumps(OFFICE))
    pbx = start_server(folder, PBX_SEED=str(folder / "seed.json"), PBX_MAX_TOKENS="0", PBX_EMPTY_NAME="")
    yield V2(pbx)
    pbx.stop()


def test_a_row_is_a_call(office):
    answer = office.get("list")
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    assert (answer["errcode"], answer["total_number"]) == (0, len(CALLS))
    assert [row["id"] for row in answer["data"]] == CALLS
    assert all(list(row) == FIELDS for row in answer["data"])
    assert answer["data"][0] == {
        "id": 1, "uid": "20240304090000AAAAA", "time": "03/04/2024 09:00:00", "call_type": "Inbound",
        "call_from": "Nordwind<13912345678>", "call_from_name": "Nordwind", "call_from_number": "13912345678",
        "call_to": "IVR Main Menu<6200>", "call_to_name": "Main Menu", "call_to_number": "6200",
        "second_participant": "Queue Support<6401>", "second_participant_name": "Support",
        "second_participant_number": "6401",
        "last_participant": "Kristin Hale<2005>", "last_participant_name": "Kristin Hale",
        "last_participant_number": "2005",
        "last_status": "ANSWERED",
        "queues": [{"name": "Support", "number": "6401", "status": "ANSWERED"}],
        "ivrs": [{"name": "Main Menu", "number": "6200"}],
        "ring_groups": None, "call_flows": None,
        "dids": [{"name": "Hotline", "number": "5550100"}],
        "outbound_caller_ids": None, "source_trunks": ["city"], "destination_trunks": None,
        "segments": 4, "disconnected_by": "External",
        "call_duration": 140, "routing_duration": 35, "handling_duration": 105,
    }  # fmt: skip


# Id -> last status, who ended it, seconds in all, until an answer, from then on.
OUTCOMES = {
    1: ("ANSWERED", "External", 140, 35, 105),
    5: ("ABANDONED", "External", 33, 33, 0),
    6: ("NO ANSWER", "", 90, 90, 0),
    7: ("VOICEMAIL", "Internal", 32, 20, 12),
    9: ("ANSWERED", "External", 50, 8, 42),
    10: ("BUSY", "", 0, 0, 0),
    "67C67519-D30000CD": ("ANSWERED", "", 5, 2, 3),
    12: ("ANSWERED", "External", 9, 9, 0),
    13: ("NO ANSWER", "External", 25, 25, 0),
    15: ("ANSWERED", "Internal", 113, 3, 110),
}


def test_what_calls_come_to(office):
    shown = ("last_status", "disconnected_by", "call_duration", "routing_duration", "handling_duration")
    assert {row["id"]: tuple(row[key] for key in shown) for row in office.rows()} == OUTCOMES


def test_what_else_is_in_rows(office):
    rows = {row["id"]: row for row in office.rows()}
    assert rows[5]["queues"] == [{"name": "Support", "number": "6401", "status": "NO ANSWER"}]
    assert rows[13]["ring_groups"] == [{"name": "Front Desk", "number": "6300", "status": "NO ANSWER"}]
    assert rows[9]["outbound_caller_ids"] == [{"name": "", "number": "5550199"}]
    assert (rows[9]["destination_trunks"], rows[9]["source_trunks"], rows[9]["dids"]) == (["mobile"], None, None)
    assert rows[7]["last_participant"] == rows[7]["second_participant"] == "Voicemail Kristin Hale<2005>"
    alone = rows[10]
    assert (alone["call_to"], alone["last_participant"], alone["second_participant"]) == ("2005", "2005", "")
    assert [row["segments"] for row in rows.values()] == [4, 1, 1, 2, 1, 1, 1, 1, 1, 2]


def test_detail(office):
    answer = office.get("detail", uid="20240304090000AAAAA")
    assert list(answer) == ["errcode", "errmsg", "data"]
    data = answer["data"]
    assert list(data) == ["basic", "call_notes", "timeline"]
    assert list(data["basic"]) == [*FIELDS, "ivr_duration", "call_flow_duration", "ring_duration"]
    assert {key: data["basic"][key] for key in FIELDS} == office.rows("list")[0]
    assert [data["basic"][f"{part}_duration"] for part in ("ivr", "call_flow", "ring", "handling")] == [20, 0, 15, 105]
    codes = [{"name": "Complaint"}, {"name": "Resolved"}]
    assert data["call_notes"] == {"remark": "call back", "disposition_code_list": codes}
    assert [part["leg"] for part in data["timeline"]] == [1, 2, 3, 4]
    assert data["timeline"][2] == {
        "leg": 3, "time": "03/04/2024 09:00:25", "status": "ANSWERED", "call_type": "Inbound",
        "call_from": "Nordwind<13912345678>", "call_to": "Amelia Hart<2000>",
        "call_duration": 70, "ring_duration": 10, "talk_duration": 60, "hold_duration": 0,
        "event_list": [
            {"event_id": 5, "event_name": "tried_contact", "event_type": "dial", "event_time": 0,
             "event_ts": "03/04/2024 09:00:25"},
            {"event_id": 6, "event_name": "hangup", "event_type": "hangup", "event_time": 70,
             "event_ts": "03/04/2024 09:01:35"},
        ],
    }  # fmt: skip


def test_the_detail_of_each_call(office):
    for row in office.rows():
        data = office.get("detail", uid=row["uid"])["data"]
        assert {key: data["basic"][key] for key in FIELDS} == row
        assert len(data["timeline"]) == row["segments"]
        parts = [data["basic"][f"{part}_duration"] for part in ("ivr", "call_flow", "ring", "handling")]
        assert sum(parts) == row["call_duration"]
        assert all(seconds >= 0 for seconds in parts)
    assert office.get("detail", uid=office.rows()[1]["uid"])["data"]["call_notes"] == {
        "remark": "",
        "disposition_code_list": [],
    }


DAY = {"time_begin": "03/05/2024 00:00:00", "time_end": "03/05/2024 23:59:59"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (DAY, [7, 9, 10]),
        ({"time_begin": "03/06/2024 10:00:00"}, [12, 13, 15]),
        ({"time_end": "03/04/2024 09:00:00"}, [1]),
        ({"time_begin": "03/04/2024 09:00:01", "time_end": "03/04/2024 09:59:59"}, []),
        ({"time_begin": "", "account_code": "4711"}, [9]),
        ({"call_from": "13912345678"}, [1]),
        ({"call_from": "Nordwind"}, [1]),
        ({"call_from": "nordwind"}, []),
        ({"call_from": "2005"}, [9, "67C67519-D30000CD"]),
        ({"call_from": "Kristin Hale"}, [9]),
        ({"call_to": "2005"}, [7, 10, 15]),
        ({"call_to": "Main Menu"}, [1, 12]),
        ({"call_to": "Support", "last_status": "NO ANSWER"}, [6]),
        ({"call_from": "2000", "call_to": "2005"}, [7, 10, 15]),
        ({"call_from": "200"}, []),
        ({"account_code": "4711"}, [9]),
        ({"account_code": "471"}, []),
        ({"ext_group": "7"}, [1, 7, 9, 10, "67C67519-D30000CD", 15]),
        ({"ext_group": "8,7", **DAY}, [7, 9, 10]),
        ({"ext_group": "8"}, []),
        ({"ext_group": "x"}, []),
        ({"queue_list": "3"}, [1, 5, 6]),
        ({"queue_list": "1,2"}, []),
        ({"disposition_code_list": "4"}, [1]),
        ({"disposition_code_list": "7"}, []),
        ({"call_note_remark": "back"}, [1]),
        ({"did": "5550100:city"}, [1, 5, 6, 12, 13]),
        ({"did": "Hotline:mobile"}, []),
        ({"did": "Hotline", "routing_duration": ">=34"}, [1, 6]),
        ({"last_status": "ABANDONED"}, [5]),
        ({"last_status": "VOICEMAIL"}, [7]),
        ({"routing_duration": "33"}, [5]),
        ({"routing_duration": "<3"}, [10, "67C67519-D30000CD"]),
        ({"routing_duration": "<=3"}, [10, "67C67519-D30000CD", 15]),
        ({"routing_duration": ">33"}, [1, 6]),
        ({"segments": "2"}, [7, 15]),
        ({"segments": ">=3"}, [1]),
        ({"disconnected_by": "External", **DAY}, [9]),
        ({"disconnected_by": "Internal"}, [7, 15]),
        ({"nonsense": "1"}, CALLS),
        ({"page": "2", "page_size": "4"}, CALLS[4:8]),
        ({"page": "9"}, []),
        ({"sort_by": "call_duration", "order_by": "desc", "page_size": "3"}, [1, 15, 6]),
    ],
)
def test_search(office, asked, found):
    assert office.ids(**asked) == found
    count = len(found) if not asked.keys() & {"page", "page_size"} else len(CALLS)
    assert office.get("search", **asked)["total_number"] == count


def test_list_has_fewer_filters(office):
    assert [row["id"] for row in office.rows("list", call_from="Nordwind", time_begin="x", last_status="x")] == [1]
    assert len(office.rows("list", segments="2", account_code="4711")) == len(CALLS)


def test_numbers_and_names_match_in_part_when_the_option_is_on(office):
    assert office.get("getoption") == {"errcode": 0, "errmsg": "SUCCESS", "data": {"enb_new_cdr_fuzzy_search": 0}}
    assert office.ids(call_from="kristin") == office.ids(call_from="200") == []
    assert office.options({"enb_new_cdr_fuzzy_search": 1}) == {"errcode": 0, "errmsg": "SUCCESS"}
    assert office.get("getoption")["data"] == {"enb_new_cdr_fuzzy_search": 1}
    assert office.ids(call_from="kristin") == [9]
    assert office.ids(call_from="1390") == [5, 6, 12, 13]
    assert office.ids(call_from="200", call_to="MENU") == []
    assert office.ids(call_to="menu") == [1, 12]
    assert office.pbx.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 0, "enb_new_cdr_fuzzy_search": 1}
    assert office.options({"enb_new_cdr_fuzzy_search": 0})["errcode"] == 0


@pytest.mark.parametrize(
    ("body", "errcode", "problem"),
    [
        ({}, 40002, ("enb_new_cdr_fuzzy_search", "required")),
        ({"enb_fuzzy_search": 1}, 40002, ("enb_new_cdr_fuzzy_search", "required")),
        ({"enb_new_cdr_fuzzy_search": 2}, 40002, ("enb_new_cdr_fuzzy_search", "oneof")),
        ({"enb_new_cdr_fuzzy_search": "1"}, 40002, ("enb_new_cdr_fuzzy_search", "number")),
        ({"enb_new_cdr_fuzzy_search": None}, 40002, ("enb_new_cdr_fuzzy_search", "number")),
        ({"enb_new_cdr_fuzzy_search": True}, -2, None),
        ([1], 40002, ("enb_new_cdr_fuzzy_search", "required")),
    ],
)
def test_options_refused(office, body, errcode, problem):
    answer = office.options(body)
    assert answer["errcode"] == errcode
    if problem:
        assert [(row["field"], row["validation_type"]) for row in answer["invalid_param_list"]] == [problem]


def test_download_options(office):
    data = {"range": "list", "format": "csv", "duration_format": "seconds", "export_column": "all"}
    assert office.get("getdownloadoption") == {"errcode": 0, "errmsg": "SUCCESS", "data": data}


@pytest.mark.parametrize(
    ("date_format", "time_format", "layout"),
    [
        ("DD/MM/YYYY", "12", "02/01/2006 03:04:05 PM"),
        ("YYYY/MM/DD", "24", "2006/01/02 15:04:05"),
        ("MM/DD/YYYY", "24", "01/02/2006 15:04:05"),
    ],
)
def test_times_only_in_the_display_format(office, date_format, time_format, layout):
    """The last of them is what the office has in the other tests."""
    office.pbx.settings(date_format=date_format, time_format=time_format)
    shown = office.rows("list")[3]["time"]
    assert office.ids(time_begin=shown, time_end=shown) == [7]
    for field in ("time_begin", "time_end"):
        for wrong in ("2024-03-05", "2024-03-05T09:00:00Z", "1709600400", "garbage", f"{shown} ", "x" * 10_000):
            told = f"{field} format invalid, valid format: {layout}"
            assert office.get("search", **{field: wrong, "page_size": 1}) == {
                "errcode": 40002,
                "errmsg": "PARAMETER ERROR",
                "invalid_param_list": [{"field": field, "valid_msg": told}],
            }


@pytest.mark.parametrize(
    ("path", "field", "value", "check"),
    [
        ("list", "page", "0", "min"),
        ("list", "page_size", "x", "number"),
        ("list", "sort_by", "id", "oneof"),
        ("search", "sort_by", "duration", "oneof"),
        ("search", "order_by", "up", "oneof"),
        ("search", "last_status", "answered", "oneof"),
        ("search", "routing_duration", ">=x", "number"),
        ("search", "routing_duration", "9" * 10_000, "number"),
        ("search", "segments", "-1", "number"),
        ("download", "last_status", "MISSED", "oneof"),
        ("detail", "uid", "", "required"),
    ],
)
def test_refused(office, path, field, value, check):
    answer = office.get(path, **{field: value})
    assert answer["errcode"] == 40002
    assert answer["invalid_param_list"] == [{"field": field, "validation_type": check}]


SEARCHED = [
    "page",
    "page_size",
    "sort_by",
    "order_by",
    "call_from",
    "call_to",
    "time_begin",
    "time_end",
    "account_code",
]
SEARCHED += ["ext_group", "disposition_code_list", "call_note_remark", "did", "queue_list", "last_status"]
SEARCHED += ["routing_duration", "segments", "disconnected_by", "ai_receptionist"]


@pytest.mark.parametrize("field", SEARCHED)
def test_any_text_is_answered(office, field):
    for text in ("", " ", "x" * 10_000, "9" * 10_000, "\x00", "💥", "-1", "1,,x", "%", "'", '"', "\ud800", "9" * 19):
        for more in ({}, DAY):
            answer = office.get("search", **{**more, field: text.encode("utf-8", "surrogatepass")})
            assert answer["errcode"] in (0, 40002), (text, answer)


def test_detail_refused(office):
    missing = {"errcode": 40002, "errmsg": "PARAMETER ERROR"}
    assert office.get("detail") == missing | {"invalid_param_list": [{"field": "uid", "validation_type": "required"}]}
    for uid in ("1", "a", "20240304090000AAAAB", "99999999999999AAAAA", "x" * 10_000, "\x00"):
        assert office.get("detail", uid=uid) == {"errcode": 60001, "errmsg": "DATA NOT FOUND"}


@pytest.mark.parametrize("path", ["list", "search", "detail", "download", "getoption", "getdownloadoption"])
def test_a_token_is_needed_and_get(office, path):
    assert office.get(path, token="")["errcode"] == 10004
    answer = office.pbx.http.post(f"{office.pbx.url}/openapi/v2.0/cdr/{path}", data="{}", timeout=9).json()
    assert answer == {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}


def test_v1_has_no_detail(office):
    for path in ("detail", "getdownloadoption"):
        assert office.pbx.get(f"cdr/{path}")["errcode"] == 10001


def test_download(serve):
    office = V2(serve(OFFICE))
    asked = {"did": "5550100:city", "sort_by": "call_duration", "page_size": 1}
    offer = office.get("download", **asked)
    assert list(offer) == ["errcode", "errmsg", "file", "download_resource_url"]
    late = office.pbx.instance / "late.json"
    late.write_text(json.dumps({"cdrs": [leg(99, "z", "2024-03-08 09:00:00", "1", "2", **CITY)]}))
    assert run_here("seed", str(late), "--append", "--instance", str(office.pbx.instance)).returncode == 0
    url = f"{office.pbx.url}{offer['download_resource_url']}"
    answer = requests.get(url, params={"access_token": office.pbx.token}, timeout=9)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{offer["file"]}"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [*rows[0]] == FIELDS
    assert [row["id"] for row in rows] == ["12", "13", "5", "6", "1"]
    assert (rows[4]["queues"], rows[4]["dids"], rows[4]["source_trunks"]) == (
        "Support<6401>",
        "Hotline<5550100>",
        "city",
    )
    assert (rows[0]["queues"], rows[0]["call_duration"]) == ("", "9")
    again = requests.get(url, params={"access_token": office.pbx.token}, timeout=9)
    assert again.json() == {"errcode": 60001, "errmsg": "DATA NOT FOUND"}


def party(row, side):
    return row[f"call_{side}"], row[f"call_{side}_name"], row[f"call_{side}_number"]


def together(rows, moment):
    """What v2.0 has to show of a call, by the rows of v1.0; ``moment`` is the key of a row's start."""
    rows = sorted(rows, key=lambda row: (row[moment], row["id"]))
    first, last = rows[0], rows[-1]
    ended = max(row["timestamp"] + row.get("duration", 0) for row in rows)
    answers = [
        row["timestamp"] + row.get("ring_duration", 0)
        for row in rows
        if row.get("talk_duration") and not row["call_to"].startswith("IVR ")
    ]
    waited = last["call_to"].startswith("Queue ") and not last["reason"].startswith("dst ")
    outside = {"src": last["call_type"] == "Inbound", "dst": last["call_type"] == "Outbound"}
    side = last["reason"].split(" ")[0] if " hangup" in last["reason"] else ""
    is_phone = last["call_to"].split(" ")[0] not in ("IVR", "Queue", "RingGroup", "Conference", "Voicemail")
    blamed = side and (side == "src" or outside["dst"] or is_phone)
    routing = min([*answers, ended]) - first["timestamp"]
    return {
        "id": first["id"],
        "uid": first["uid"],
        "time": first["time"],
        "call_type": first["call_type"],
        "call_from": party(first, "from"),
        "call_to": party(first, "to"),
        "second_participant": party(rows[1], "to") if len(rows) > 1 else ("", "", ""),
        "last_participant": party(last, "to"),
        "last_status": "ABANDONED" if last["disposition"] == "NO ANSWER" and waited else last["disposition"],
        "queues": [row["call_to_number"] for row in rows if row["call_to"].startswith("Queue ")],
        "ivrs": [row["call_to_number"] for row in rows if row["call_to"].startswith("IVR ")],
        "ring_groups": [row["call_to_number"] for row in rows if row["call_to"].startswith("RingGroup ")],
        "dids": list(dict.fromkeys(row["did_number"] for row in rows if row.get("did_number"))),
        "source_trunks": list(dict.fromkeys(row["src_trunk"] for row in rows if row.get("src_trunk"))),
        "destination_trunks": list(dict.fromkeys(row["dst_trunk"] for row in rows if row.get("dst_trunk"))),
        "segments": len(rows),
        "disconnected_by": "" if not blamed else "External" if outside[side] else "Internal",
        "call_duration": ended - first["timestamp"],
        "routing_duration": routing,
        "handling_duration": ended - first["timestamp"] - routing,
        "at": first["timestamp"],
    }


def as_grouped(row):
    """A row of v2.0 in the form of ``together``."""
    shown = {key: row[key] for key in FIELDS if not key.endswith(("_name", "_number"))}
    del shown["call_flows"], shown["outbound_caller_ids"]
    for key in ("call_from", "call_to", "second_participant", "last_participant"):
        shown[key] = row[key], row[f"{key}_name"], row[f"{key}_number"]
    for key in ("queues", "ivrs", "ring_groups", "dids"):
        shown[key] = [item["number"] for item in row[key] or ()]
    for key in ("source_trunks", "destination_trunks"):
        shown[key] = row[key] or []
    return shown


def grouped(pbx):
    rows = sorted(pbx.search()["data"], key=lambda row: row["call_id"])
    calls = [together(list(legs), "timestamp") for _, legs in groupby(rows, key=lambda row: row["call_id"])]
    return sorted(calls, key=lambda call: (call["at"], call["id"]))


def without_instant(calls):
    return [{key: value for key, value in call.items() if key != "at"} for call in calls]


@pytest.fixture(scope="module")
def tangled(tmp_path_factory):
    """Calls whose legs lie across each other, of all kinds, with ties of every key."""
    chance = random.Random(5)
    rows = many_calls(400, seed=5)
    for row in rows:
        word = chance.choice(["", "", "", "IVR", "Queue", "Queue", "RingGroup", "Voicemail"])
        row["call_id"] = f"{chance.randrange(150)}"
        row["reason"] = chance.choice(["src hangup    ", "dst hangup    ", "dst queue_timeout    ", ""])
        if word and row["call_to_number"]:
            row |= {"call_to": f"{word} Name<{row['call_to_number']}>", "call_to_name": "Name"}
    folder = tmp_path_factory.mktemp("tangled")
    (folder / "seed.json").write_text(json.dumps({"cdrs": rows}))
    pbx = start_server(folder, PBX_SEED=str(folder / "seed.json"), PBX_MAX_TOKENS="0")
    yield V2(pbx)
    pbx.stop()


@pytest.fixture(scope="module", params=["demo", "tangled"])
def both(request):
    """A PBX, and its calls put together from v1.0's rows."""
    v2 = V2(request.getfixturevalue("seeded")) if request.param == "demo" else request.getfixturevalue("tangled")
    return v2, grouped(v2.pbx)


def test_rows_agree_with_v1(both):
    v2, calls = both
    answer = v2.get("list")
    assert answer["total_number"] == len(calls) > 100
    assert [as_grouped(row) for row in answer["data"]] == without_instant(calls)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("key", SORT_KEYS)
def test_orders_agree_with_v1(both, key, order):
    v2, calls = both
    field = "at" if key == "time" else key
    wanted = [call["id"] for call in sorted(calls, key=lambda call: (call[field], call["id"]))]
    wanted = wanted[::-1] if order == "desc" else wanted
    pages = [v2.get("list", sort_by=key, order_by=order, page=page, page_size=60) for page in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page["data"]] == wanted[:180]
    assert {page["total_number"] for page in pages} == {len(calls)}


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        ({"last_status": "ABANDONED"}, lambda call: call["last_status"] == "ABANDONED"),
        ({"routing_duration": ">=20"}, lambda call: call["routing_duration"] >= 20),
        ({"segments": "3"}, lambda call: call["segments"] == 3),
        ({"call_to": "2005"}, lambda call: call["call_to"][2] == "2005"),
        ({"disconnected_by": "External"}, lambda call: call["disconnected_by"] == "External"),
        ({"call_from": "2005", "segments": "<2"}, lambda call: call["call_from"][2] == "2005" and call["segments"] < 2),
    ],
)
def test_filters_agree_with_v1(both, asked, matches):
    v2, calls = both
    wanted = [call["id"] for call in calls if matches(call)]
    assert v2.ids(**asked) == wanted
    ranged = v2.get("search", **asked, time_begin=calls[10]["time"], time_end=calls[-10]["time"], page_size=5)
    inside = [call for call in calls if matches(call) and calls[10]["at"] <= call["at"] <= calls[-10]["at"]]
    assert ranged["total_number"] == len(inside)
    assert [row["id"] for row in ranged["data"]] == [call["id"] for call in inside[:5]]


def test_many_pages_are_streamed(worlds):
    rows = [leg(number, f"c{number // 2}", "2024-03-04 09:15:00", "1", "2") for number in range(1, 3001)]
    v2 = V2(worlds({"cdrs": rows}))
    answer = v2.get("list", page_size=1400)
    assert (answer["total_number"], len(answer["data"])) == (1501, 1400)
    assert [row["id"] for row in v2.rows("list", page_size=1400, page=2)] == list(range(2800, 3001, 2))
    entries = Journal(path_in(v2.pbx.instance)).read()
    assert [(entry.route, entry.rows, entry.total) for entry in entries[:2]] == [
        ("v2.0/cdr/list", 101, 1501),
        ("v2.0/cdr/list", 1400, 1501),
    ]


def test_the_count_of_calls_is_kept(serve):
    v2 = V2(serve({}))

    def add(*rows):
        path = v2.pbx.instance / "more.json"
        path.write_text(json.dumps({"cdrs": list(rows)}))
        assert run_here("seed", str(path), "--append", "--instance", str(v2.pbx.instance)).returncode == 0
        return v2.get("list", page_size=1)["total_number"]

    def one(number, call_id):
        return leg(number, call_id, "2024-03-04 09:15:00", "1", "2")

    assert v2.get("list", page_size=1)["total_number"] == 0
    assert add() == 0
    assert add(one(1, "a"), one(2, "a"), one(3, "b")) == 2
    assert add(one(4, "a")) == 2
    assert add(one(5, "c"), one(6, "b"), one(7, "c")) == 3
    with v2.pbx.world.write() as connection:
        connection.execute("DELETE FROM memory WHERE name = 'phone_calls'")
    assert v2.get("list", page_size=1)["total_number"] == 3
    assert add(one(8, "d")) == 4


def test_explain_tells_how_parameters_were_read(office):
    office.get("search", call_from="Nordwind", time_begin="03/04/2024 09:00:00", segments=">=3")
    office.get("search", time_end="2024-03-04")

    def told(place):
        entry = Journal(path_in(office.pbx.instance)).read()[place]
        done = run_here("explain", str(entry.id), "--instance", str(office.pbx.instance))
        assert done.returncode == 0, done.stderr
        return done.stdout

    refused, found = told(0), told(1)
    assert "PARAMETER ERROR: time_end: '2024-03-04' has no time of day" in refused
    assert ".." not in refused
    assert "1 row matched, and all were sent." in found
    assert "numbers and names that are exactly this" in found
    assert "how many legs" in found


def test_a_uid_is_found_whatever_it_looks_like(worlds):
    """It begins with the local time of the call's start: the same twice when the clock is set back, or anything."""
    half_past_two = instant("2024-10-27 00:30:00", ZoneInfo("UTC"))
    starts = (half_past_two, half_past_two + 3600, half_past_two + 7200)
    rows = [{"id": id, "timestamp": at, "call_from": "1", "call_to": "2"} for id, at in enumerate(starts, 1)]
    rows.append({"id": 4, "timestamp": 1, "call_from": "1", "call_to": "2", "uid": "own"})
    v2 = V2(worlds({"settings": {"timezone": "Europe/Berlin"}, "cdrs": rows}))
    listed = v2.rows("list")
    assert [row["uid"][:14] for row in listed] == ["own", "20241027023000", "20241027023000", "20241027033000"]
    for row in listed:
        assert v2.get("detail", uid=row["uid"])["data"]["basic"]["id"] == row["id"]
