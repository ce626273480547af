"""cdr/search: the manual's example, every parameter, every refusal."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
import requests
from office import SMALL_OFFICE, instant

MANUAL = """{"errcode":0,"errmsg":"SUCCESS","total_number":3,"data":[\
{"id":2710,"time":"05/30/2022 14:53:41","call_from":"Kristin Hale<2005>","call_to":"1000","timestamp":1653893621,\
"uid":"202205301453416CEAB","src_addr":"","dst_trunk":"peer-to-34","duration":7,"talk_duration":7,\
"disposition":"ANSWERED","call_type":"Outbound","dod_number":"2005","reason":"src hangup    ",\
"call_from_number":"2005","call_from_name":"Kristin Hale","call_to_number":"1000","call_to_name":" ",\
"call_id":"1718690912.7"},\
{"id":2711,"time":"05/30/2022 14:55:00","call_from":"Kristin Hale<2005>","call_to":"21000","timestamp":1653893700,\
"uid":"2022053014550020730","src_addr":"","dst_trunk":"peer-to-34","disposition":"NO ANSWER","call_type":"Outbound",\
"dod_number":"2005","reason":"dst extension_busy_no_forward    ","call_from_number":"2005",\
"call_from_name":"Kristin Hale","call_to_number":"21000","call_to_name":" ","call_id":"1718689712.3"},\
{"id":2712,"time":"05/30/2022 14:55:49","call_from":"Kristin Hale<2005>","call_to":"21000","timestamp":1653893749,\
"uid":"202205301455494E686","src_addr":"","dst_trunk":"to28.41","duration":54,"ring_duration":2,"talk_duration":52,\
"disposition":"ANSWERED","call_type":"Outbound","dod_number":"2005",\
"record_file":"20220530145555-1653893749.6-2005-21000-Outbound.wav","reason":"dst hangup    ",\
"call_from_number":"2005","call_from_name":"Kristin Hale","call_to_number":"21000","call_to_name":" ",\
"call_id":"1718689653.0"}]}"""


@pytest.mark.parametrize(
    "encode", [lambda text: text, quote, lambda text: text.replace(" ", "+"), lambda text: quote(text, safe="")]
)
def test_the_manuals_example_to_the_letter(seeded, encode):
    start, end = encode("05/30/2022 00:00:00"), encode("05/30/2022 23:59:59")
    query = f"start_time={start}&end_time={end}&access_token={seeded.token}&call_from=2005"
    answer = requests.get(f"{seeded.api}/cdr/search?{query}", timeout=9)
    assert answer.text == MANUAL
    assert answer.headers["Content-Type"] == "application/json"


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    from conftest import start_server

    folder = tmp_path_factory.mktemp("small")
    (folder / "seed.json").write_text(json.dumps(SMALL_OFFICE))
    pbx = start_server(folder, PBX_SEED=str(folder / "seed.json"))
    yield pbx
    pbx.stop()


def ids(answer):
    assert (answer["errcode"], answer["errmsg"]) == (0, "SUCCESS"), answer
    return [row["id"] for row in answer["data"]]


NONE: list[int] = []
ALL = [1, 2, 3, 4, 5, 6, 7, 8]

# What is asked, and the rows that answer it.
FOUND = [
    ({}, ALL),
    # times: both bounds included, either may be missing
    ({"start_time": "03/04/2024 09:15:00", "end_time": "03/04/2024 09:20:00"}, [1, 2]),
    ({"start_time": "03/04/2024 09:15:01", "end_time": "03/04/2024 09:19:59"}, NONE),
    ({"start_time": "04/03/2024 00:00:00"}, [4, 5, 6, 7, 8]),
    ({"end_time": "04/03/2024 00:00:00"}, [1, 2, 3, 4]),
    ({"end_time": "03/04/2024 09:15:00", "start_time": "04/03/2024 00:00:00"}, NONE),
    ({"start_time": str(instant("2024-04-03 23:59:59")), "end_time": str(instant("2024-04-03 23:59:59"))}, [5, 6]),
    ({"start_time": "2024-04-03T00:00:00", "end_time": "2024-04-03T00:00:00"}, [4]),
    ({"start_time": "2024-04-02T16:00:00Z", "end_time": "2024-04-02T17:00:00+01:00"}, [4]),
    # numbers: equal, or containing the pattern
    ({"call_from": "2005"}, [1]),
    ({"call_to": "2005"}, [3, 4]),
    ({"call_from": "2005", "call_to": "+442071234567"}, [1]),
    ({"call_from": "2005", "call_to": "2000"}, NONE),
    ({"call_from": "Kristin Hale"}, NONE),
    ({"call_from": "alice"}, NONE),
    ({"call_from": "20", "enable_fuzzy_search": 0}, NONE),
    ({"call_from": "20", "enable_fuzzy_search": 1}, [1, 3, 5]),
    ({"call_to": "2005", "enable_fuzzy_search": 1}, [3, 4, 5]),
    ({"call_to": "0", "enable_fuzzy_search": 1}, [1, 2, 3, 4, 5, 7, 8]),
    ({"call_to": "+44", "enable_fuzzy_search": 1}, [1]),
    ({"call_to": "44207", "enable_fuzzy_search": 1}, [1]),
    ({"call_from": "%", "enable_fuzzy_search": 1}, [6]),
    ({"call_from": "_", "enable_fuzzy_search": 1}, [6]),
    ({"call_from": "a%b_c", "enable_fuzzy_search": 1}, [6]),
    ({"call_from": "a%c", "enable_fuzzy_search": 1}, NONE),
    ({"call_from": "ALI", "enable_fuzzy_search": 1}, [8]),
    ({"call_to": "'", "enable_fuzzy_search": 1}, [6]),
    ({"call_from": "1391", "call_to": "200", "enable_fuzzy_search": 1}, [2, 4]),
    # groups: the caller or the callee is a member
    ({"extension_group": 7}, [1, 3, 4]),
    ({"extension_group": 1}, [1, 2, 3, 4, 5, 7, 8]),
    ({"extension_group": 8}, NONE),
    ({"extension_group": 99}, NONE),
    ({"extension_group": -1}, NONE),
    ({"extension_group": 7, "status": "BUSY"}, [3]),
    ({"extension_group": 7, "call_from": "139", "enable_fuzzy_search": 1}, [4]),
    # status
    ({"status": "ANSWERED"}, [1, 6, 7, 8]),
    ({"status": "NO ANSWER"}, [2]),
    ({"status": "BUSY"}, [3]),
    ({"status": "VOICEMAIL"}, [4]),
    ({"status": "FAILED"}, [5]),
    # parameters of later generations
    ({"did": "5550100:city"}, [2]),
    ({"did": "Hotline:city"}, [2]),
    ({"did": "5550100:mobile"}, NONE),
    ({"did": "5550100:city,5550101:mobile"}, [2, 4]),
    ({"did": "5550101"}, [4]),
    ({"did": "5550100\x00:city"}, NONE),
    ({"did": "5550100:\x00city"}, NONE),
    ({"did": ":"}, NONE),
    ({"did": ",:city"}, NONE),
    ({"did": "\x00"}, NONE),
    ({"call_note_remark": "call back, 50% off_"}, [4]),
    ({"call_note_remark": "call"}, [4, 6]),
    ({"call_note_remark": "%"}, [4]),
    ({"disposition_code_list": "4"}, [7]),
    ({"disposition_code_list": "3,1"}, [4, 7]),
    ({"disposition_code_list": "14"}, [4]),
    ({"disposition_code_list": "x"}, NONE),
    ({"pin_code": "4711"}, [1]),
    ({"pin_code": "471"}, NONE),
    # paging: total_number stays
    ({"page": 1, "page_size": 3}, [1, 2, 3]),
    ({"page": 3, "page_size": 3}, [7, 8]),
    ({"page": 4, "page_size": 3}, NONE),
    ({"page": 2}, NONE),
    ({"page_size": 2}, [1, 2]),
    ({"page_size": 99999999}, ALL),
    ({"page": 9223372036854775807}, NONE),
    # order
    ({"sort_by": "time", "order_by": "desc"}, ALL[::-1]),
    ({"order_by": "desc", "page_size": 2}, [8, 7]),
    ({"sort_by": "talk_duration", "order_by": "desc", "page_size": 2}, [1, 4]),
    ({"sort_by": "disposition", "page_size": 5}, [1, 6, 7, 8, 3]),
    # an empty value is as good as none, but for times
    ({"call_from": "", "call_to": "", "status": "", "did": "", "page": "", "extension_group": ""}, ALL),
    # unknown parameters are passed over
    ({"page_number": 2, "_": "1", "callfrom": "x"}, ALL),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "found"), FOUND, ids=[str(asked) for asked, _ in FOUND])
def test_search(pbx, asked, found):
    answer = pbx.search(**asked)
    assert ids(answer) == found
    without_page = {name: value for name, value in asked.items() if name not in ("page", "page_size")}
    assert answer["total_number"] == len(pbx.search(**without_page)["data"])


def test_a_repeated_parameter_counts_once(pbx):
    query = f"access_token={pbx.token}&call_from=2005&call_from=2000"
    assert ids(requests.get(f"{pbx.api}/cdr/search?{query}", timeout=9).json()) == [1]


# What cannot be in the display format: no rows, no error, no exception.
MISREAD = [
    "2024/03/04 00:00:00", "13/01/2024 00:00:00", "04/31/2024 00:00:00", "02/31/2024 00:00:00", "03/04/2024 25:00:00",
    "03/04/2024 24:00:00", "03/04/2024 09:60:00", "03/04/2024 09:15:60", "03/04/2024", "3/4/2024 09:15:00", "",
    "03/04/2024 09:15:00 AM", "2024-03-04 09:15:00", "2024-03-04", "garbage", "' OR 1=1 --", "%", "🎉", "\x00", "-1",
    "1709514900000", "99999999999999999999", "\u0660\u0663/\u0660\u0664/2024 09:15:00",
    " 03/04/2024 09:15:00", "03-04-2024 09:15:00",
]  # fmt: skip


@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize("text", MISREAD)
def test_a_time_that_cannot_be_read_finds_nothing(pbx, name, text):
    nothing = {"errcode": 0, "errmsg": "SUCCESS", "total_number": 0, "data": []}
    assert pbx.search(**{name: text}) == nothing
    assert pbx.search(**{name: text}, page=1, page_size=5, status="ANSWERED") == nothing


def test_why_nothing_was_found_is_said_beside_the_answer(serve):
    pbx = serve(SMALL_OFFICE)
    pbx.search(start_time="2024/03/04 00:00:00", page_number=2)
    pbx.search(start_time="x\ny\x1b[31m")
    query = f"access_token={pbx.token}&call_to=+442071234567"
    assert ids(requests.get(f"{pbx.api}/cdr/search?{query}", timeout=9).json()) == NONE
    pbx.stop()
    log = "".join(pbx.lines)
    assert "hint: v1.0/cdr/search: start_time: '2024/03/04 00:00:00'" in log
    assert "MM/DD/YYYY HH:mm:ss" in log
    assert "hint: v1.0/cdr/search: unknown to this interface, and passed over: page_number" in log
    assert "\x1b" not in log
    assert "call_to: ' 442071234567' begins with a blank; a + in a URL is a blank, write it as %2B" in log


# What is refused, and the field and check that the refusal names.
REFUSED = [
    ("page", "0", "min"), ("page", "-1", "min"), ("page", "x", "number"), ("page", "1.5", "number"),
    ("page", "1e3", "number"), ("page", "\u0663", "number"), ("page", " 1", "number"),
    ("page", "9" * 100_000, "number"),
    ("page_size", "0", "min"), ("page_size", "-1", "min"), ("page_size", "ten", "number"),
    ("extension_group", "abc", "number"), ("extension_group", "1,2", "number"),
    ("enable_fuzzy_search", "2", "oneof"), ("enable_fuzzy_search", "-1", "oneof"),
    ("enable_fuzzy_search", "true", "number"),
    ("status", "FOO", "oneof"), ("status", "answered", "oneof"), ("status", "ANSWERED,BUSY", "oneof"),
    ("sort_by", "foo", "oneof"), ("sort_by", "time; DROP TABLE cdr", "oneof"), ("order_by", "DESC", "oneof"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "check"), REFUSED, ids=[f"{f}={v[:20]}" for f, v, _ in REFUSED])
def test_refused(pbx, field, value, check):
    assert pbx.search(**{field: value}) == {
        "errcode": 40002,
        "errmsg": "PARAMETER ERROR",
        "invalid_param_list": [{"field": field, "validation_type": check}],
    }


def test_every_wrong_field_is_named_in_the_interfaces_order(pbx):
    answer = pbx.search(status="FOO", page="x", page_size="0", start_time="garbage")
    named = [(problem["field"], problem["validation_type"]) for problem in answer["invalid_param_list"]]
    assert sorted(named) == [("page", "number"), ("page_size", "min"), ("status", "oneof")]


HOSTILE = [
    "'; DROP TABLE cdr; --", "\" OR \"\"=\"", "%", "_%_", "\x00", "20\x0005", "9" * 100_000, "🎉" * 1000, "\\", "(",
    "*",
    "\U0010ffff", "\u0000\u0001\u007f", "NULL", "-0", "0x10", "${7*7}", "<script>", "\r\nX: y", "é", "e\u0301",
]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["call_from", "call_to", "did", "call_note_remark", "disposition_code_list", "pin_code"]
)
@pytest.mark.parametrize("fuzzy", [0, 1])
def test_hostile_text_gets_an_ordinary_answer(pbx, name, fuzzy):
    for text in HOSTILE:
        answer = pbx.search(**{name: text}, enable_fuzzy_search=fuzzy)
        assert answer["errcode"] == 0, text[:30]
    assert ids(pbx.search()) == ALL


@pytest.mark.parametrize("raw", [b"%ff%fe", b"%", b"%zz", b"%00", b"\xff\xfe", "é".encode(), b"%ED%A0%80"])
def test_bytes_that_are_not_utf_8(pbx, raw):
    import socket

    host, port = pbx.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=9) as connection:
        request = b"GET /openapi/v1.0/cdr/search?access_token=%b&enable_fuzzy_search=1&call_from=%b HTTP/1.1\r\n"
        connection.sendall(request % (pbx.token.encode(), raw) + b"Host: x\r\nUser-Agent: x\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["errcode"] == 0


def test_rows(pbx):
    """Which keys stand, which are left out when empty, and how parties are shown."""
    rows = {row["id"]: row for row in pbx.search()["data"]}
    assert list(rows[1]) == [
        "id", "time", "call_from", "call_to", "timestamp", "uid", "src_addr", "dst_trunk", "duration", "ring_duration",
        "talk_duration", "disposition", "call_type", "dod_number", "reason", "call_from_number", "call_from_name",
        "call_to_number", "call_to_name", "call_id",
    ]  # fmt: skip
    assert list(rows[3]) == [
        "id", "time", "call_from", "call_to", "timestamp", "uid", "src_addr", "disposition", "call_type", "reason",
        "call_from_number", "call_from_name", "call_to_number", "call_to_name", "call_id",
    ]  # fmt: skip
    assert (rows[2]["src_trunk"], rows[2]["did_number"]) == ("city", "5550100")
    assert rows[4]["call_to"] == "Voicemail Kristin Hale<2005>"
    assert rows[4]["call_to_number"] == "2005"
    assert (rows[7]["call_from"], rows[7]["call_from_number"], rows[7]["call_from_name"]) == ("", "", " ")
    assert rows[8]["call_from"] == 'Alice "A" \\ 李伟<Alice>'
    assert rows[1]["uid"].startswith("20240304091500")
    assert len(rows[1]["uid"]) == 19
    types = {key: type(value) for row in rows.values() for key, value in row.items()}
    integers = {"id", "timestamp", "duration", "ring_duration", "talk_duration"}
    assert {key for key, kind in types.items() if kind is int} == integers
    assert all(kind in (int, str) for kind in types.values())


def test_the_empty_name_is_a_setting(worlds):
    pbx = worlds(SMALL_OFFICE, empty_name="")
    assert pbx.search(call_from="2000")["data"][0]["call_from_name"] == ""


FORMATS = [
    ("MM/DD/YYYY", "24", "04/03/2024 00:00:00"),
    ("MM/DD/YYYY", "12", "04/03/2024 12:00:00 AM"),
    ("DD/MM/YYYY", "24", "03/04/2024 00:00:00"),
    ("DD/MM/YYYY", "12", "03/04/2024 12:00:00 AM"),
    ("YYYY/MM/DD", "24", "2024/04/03 00:00:00"),
    ("YYYY/MM/DD", "12", "2024/04/03 12:00:00 AM"),
]


def test_changing_the_display_format_changes_old_rows_and_what_is_read(worlds):
    pbx = worlds(SMALL_OFFICE)
    for date_format, time_format, shown in FORMATS:
        pbx.settings(date_format=date_format, time_format=time_format)
        for other in {text for _, _, text in FORMATS} - {shown}:
            found = ids(pbx.search(start_time=other, end_time=other))
            # 04/03 and 03/04 are each other's misreading: taken literally, in the PBX's order.
            assert found == NONE, other
        answer = pbx.search(start_time=shown, end_time=shown)
        assert ids(answer) == [4]
        assert answer["data"][0]["time"] == shown
        assert answer["data"][0]["timestamp"] == instant("2024-04-03 00:00:00")


def test_changing_the_time_zone_does_too(worlds):
    pbx = worlds(SMALL_OFFICE)
    for zone, shown in (("UTC", "04/02/2024 16:00:00"), ("America/New_York", "04/02/2024 12:00:00")):
        pbx.settings(timezone=zone)
        answer = pbx.search(start_time=shown, end_time=shown)
        assert [(row["id"], row["time"]) for row in answer["data"]] == [(4, shown)]
        assert answer["data"][0]["uid"].startswith("20240403000000")


def test_iso_times_can_be_refused(worlds):
    pbx = worlds(SMALL_OFFICE, accept_iso_times=False)
    assert ids(pbx.search(start_time="2024-04-03T00:00:00")) == NONE
    assert ids(pbx.search(start_time="1")) == NONE
    assert ids(pbx.search(start_time="04/03/2024 00:00:00")) == [4, 5, 6, 7, 8]


def test_the_option_decides_where_the_search_does_not_say(worlds):
    pbx = worlds(SMALL_OFFICE)
    token = pbx.token
    assert pbx.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 0, "enb_new_cdr_fuzzy_search": 0}
    assert ids(pbx.search(call_from="20")) == NONE
    assert pbx.post("cdr/updateoption", {"enb_fuzzy_search": 1}, token) == {"errcode": 0, "errmsg": "SUCCESS"}
    assert pbx.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 0}
    assert ids(pbx.search(call_from="20")) == [1, 3, 5]
    assert ids(pbx.search(call_from="20", enable_fuzzy_search=0)) == NONE
    assert pbx.post("cdr/updateoption", {}, token)["errcode"] == 0
    assert ids(pbx.search(call_from="20")) == [1, 3, 5]


@pytest.mark.parametrize(
    ("body", "errcode", "problem"),
    [
        ({"enb_fuzzy_search": 2}, 40002, ("enb_fuzzy_search", "oneof")),
        ({"enb_new_cdr_fuzzy_search": "on"}, 40002, ("enb_new_cdr_fuzzy_search", "number")),
        ({"enb_fuzzy_search": None}, 40002, ("enb_fuzzy_search", "number")),
        ({"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 7}, 40002, ("enb_new_cdr_fuzzy_search", "oneof")),
        ({"enb_fuzzy_search": "1"}, 40002, ("enb_fuzzy_search", "number")),
        ({"enb_fuzzy_search": 1.0}, 40002, ("enb_fuzzy_search", "number")),
        ([1], 40002, ("body", "required")),
        ("", 40002, ("body", "required")),
        ("null", 40002, ("body", "required")),
        ({"enb_fuzzy_search": True}, -2, None),
    ],
)
def test_options_refused_change_nothing(pbx, body, errcode, problem):
    answer = pbx.post("cdr/updateoption", body, pbx.token)
    named = [{"field": problem[0], "validation_type": problem[1]}] if problem else None
    assert (answer["errcode"], answer.get("invalid_param_list")) == (errcode, named)
    assert pbx.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 0, "enb_new_cdr_fuzzy_search": 0}


def test_updateoption_needs_a_token(pbx):
    assert pbx.post("cdr/updateoption", {"enb_fuzzy_search": 1})["errcode"] == 10004
