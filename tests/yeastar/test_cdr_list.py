"""cdr/list: paging, thirteen sort keys, filters; cdr/download: the link and the file."""

from __future__ import annotations

import csv
import io
import json

import pytest
import requests
from conftest import run_cli, run_here, start_server
from office import SMALL_OFFICE, call, many_calls

SORT_KEYS = [
    "id", "uid", "time", "duration", "ring_duration", "talk_duration", "disposition", "src_trunk", "dst_trunk",
    "call_type", "did_number", "dod_number", "src_addr",
]  # fmt: skip


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("list")
    (folder / "seed.json").write_text(json.dumps({"cdrs": many_calls(300)}))
    pbx = start_server(folder, PBX_SEED=str(folder / "seed.json"), PBX_MAX_TOKENS="0")
    yield pbx
    pbx.stop()


def listed(pbx, **asked):
    answer = pbx.get("cdr/list", **asked)
    assert answer["errcode"] == 0, answer
    return answer


def test_list(pbx):
    answer = listed(pbx)
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    assert answer["total_number"] == len(answer["data"]) == 300
    keys = [(row["timestamp"], row["id"]) for row in answer["data"]]
    assert keys == sorted(keys)


def test_pages_make_up_the_whole(pbx):
    whole = listed(pbx, sort_by="time", order_by="desc")["data"]
    pages = [listed(pbx, sort_by="time", order_by="desc", page=page, page_size=70) for page in range(1, 7)]
    assert [len(page["data"]) for page in pages] == [70, 70, 70, 70, 20, 0]
    assert {page["total_number"] for page in pages} == {300}
    assert [row for page in pages for row in page["data"]] == whole


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("key", SORT_KEYS)
def test_sort(pbx, key, order):
    rows = listed(pbx, sort_by=key, order_by=order)["data"]
    column = "timestamp" if key == "time" else key
    empty = 0 if "duration" in key else ""
    keys = [(row.get(column, empty), row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=order == "desc")
    assert len(rows) == 300


def test_a_page_holds_ten_thousand_at_most(worlds):
    rows = [call(number, "2024-03-04 09:15:00", "1", "2") for number in range(1, 10_012)]
    pbx = worlds({"cdrs": rows})
    for asked, first, count in (({}, 1, 10_000), ({"page_size": 20_000}, 1, 10_000), ({"page": 2}, 10_001, 11)):
        answer = listed(pbx, **asked)
        assert (answer["total_number"], len(answer["data"]), answer["data"][0]["id"]) == (10_011, count, first)
    everything = pbx.search()
    assert everything["total_number"] == len(everything["data"]) == 10_011
    assert [row["id"] for row in everything["data"]] == list(range(1, 10_012))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"from": "new"}, [7]),
        ({"from": "legacy"}, [1, 2, 3, 4, 5, 6, 8]),
        ({"pin_code": "4711"}, [1]),
        ({"call_note_remark": "back"}, [4]),
        ({"disposition_code_list": "4,3"}, [4, 7]),
        ({"status": "BUSY"}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"call_from": "2005", "start_time": "garbage"}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_filters_of_list_are_fewer(worlds, asked, found):
    pbx = worlds(SMALL_OFFICE)
    assert [row["id"] for row in listed(pbx, **asked)["data"]] == found


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("page", "0", "min"),
        ("page_size", "x", "number"),
        ("sort_by", "call_from", "oneof"),
        ("order_by", "up", "oneof"),
        ("from", "old", "oneof"),
    ],
)
def test_list_refused(pbx, field, value, check):
    answer = pbx.get("cdr/list", **{field: value})
    assert answer["errcode"] == 40002
    assert answer["invalid_param_list"] == [{"field": field, "validation_type": check}]


def test_list_needs_a_token(pbx):
    assert pbx.get("cdr/list", token="")["errcode"] == 10004


def fetch(pbx, link, token=None, headers=None):
    params = {} if token is None else {"access_token": token}
    return requests.get(f"{pbx.url}{link}", params=params, headers=headers, timeout=9)


def test_download(worlds):
    pbx = worlds(SMALL_OFFICE)
    asked = {"start_time": "03/04/2024 00:00:00", "end_time": "04/03/2024 23:59:59"}
    offer = pbx.get("cdr/download", **asked)
    assert list(offer) == ["errcode", "errmsg", "file", "download_resource_url"]
    assert offer["file"].endswith(".csv")
    assert offer["download_resource_url"] == f"/api/download/{offer['file']}"
    answer = fetch(pbx, offer["download_resource_url"], pbx.token)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{offer["file"]}"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    wire = pbx.search(**asked)["data"]
    assert len(rows) == len(wire) == 6
    for row, shown in zip(rows, wire, strict=True):
        filled = {key: value for key, value in row.items() if key in shown}
        assert filled == {key: str(value) for key, value in shown.items()}
        assert all(value in ("", "0") for key, value in row.items() if key not in shown)
    assert [*rows[0]][:5] == ["id", "time", "call_from", "call_to", "timestamp"]
    assert answer.content.count(b"\r\n") == 7


def test_the_link_is_refused(worlds):
    pbx = worlds(SMALL_OFFICE)
    added = run_here("clients", "add", "other", "secret", "--world", pbx.name, "--instance", str(pbx.instance))
    assert added.returncode == 0, added.stderr
    foreign = pbx.login(username="other", password="secret")["access_token"]
    pbx._token = pbx.login()["access_token"]
    link = pbx.get("cdr/download")["download_resource_url"]
    not_found = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}
    assert fetch(pbx, link).json()["errcode"] == 10004
    assert fetch(pbx, link, "x" * 32).json()["errcode"] == 10004
    assert fetch(pbx, link, foreign).json() == not_found
    assert fetch(pbx, link + "x", pbx.token).json() == not_found
    assert fetch(pbx, "/api/download/../pbx.sqlite", pbx.token).status_code in (200, 404)
    assert fetch(pbx, link, pbx.token).content.startswith(b"id,time,")
    assert fetch(pbx, link, pbx.token).json() == not_found
    assert requests.get(f"{pbx.url}{link}", headers={"Authorization": pbx.token}, timeout=9).json() == not_found


def test_the_link_lives_thirty_minutes_and_can_be_used_again_if_so_set(worlds):
    pbx = worlds(SMALL_OFFICE, one_time_links=False, access_token_ttl=9999)
    link = pbx.get("cdr/download")["download_resource_url"]
    pbx.advance(1700)
    assert fetch(pbx, link, pbx.token).content == fetch(pbx, link, pbx.token).content
    pbx.advance(101)
    assert fetch(pbx, link, pbx.token).json()["errcode"] == 60001


def test_the_file_holds_the_rows_of_the_moment_it_was_asked_for(serve):
    pbx = serve(SMALL_OFFICE)
    link = pbx.get("cdr/download", call_to="2005")["download_resource_url"]
    pbx.settings(date_format="YYYY/MM/DD")
    late = pbx.instance / "late.json"
    late.write_text(json.dumps({"cdrs": [call(99, "2025-01-01 00:00:00", "1", "2005")]}))
    assert run_cli("seed", str(late), "--append", "--instance", str(pbx.instance)).returncode == 0
    assert len(pbx.search(call_to="2005")["data"]) == 3
    text = fetch(pbx, link, pbx.token).text
    assert text.count("\r\n") == 3


def test_download_refuses_what_search_refuses(pbx):
    assert pbx.get("cdr/download", status="FOO")["errcode"] == 40002
    assert pbx.get("cdr/download", token="")["errcode"] == 10004
