"""callnotes/get and update: a call's note, what it was before, and searches that see it change."""

from __future__ import annotations

import pytest
from office import call, instant
from offices import DONE, NOT_FOUND, problems

GROUP = "1712109600.5"
NOTED, BARE = "20240304091500-6CEAB", "20240304092000-20730"
QUEUE = "20240403100000-AAAAA"

OFFICE = {
    "extensions": [{"number": "2000", "name": "Amelia Hart"}, {"number": "2005", "name": "Kristin Hale"}],
    "disposition_codes": [
        {"id": 22, "name": "Resolved", "description": "Nothing is left to do"}, {"id": 25, "name": "Follow-up"},
    ],
    "cdrs": [
        call(1, "2024-03-04 09:15:00", "2005", "+442071234567", duration=50, talk_duration=42, call_id="1709514900.1",
             uid="202403040915006CEAB", call_note_remark="call back", disposition_code_list="22,7"),
        call(2, "2024-03-04 09:20:00", "13912345678", "2000", disposition="NO ANSWER", duration=20,
             call_id="1709515200.2", uid="2024030409200020730"),
        call(3, "2024-04-03 10:00:00", "13912345678", "6200", duration=10, call_id=GROUP, uid="20240403100000AAAAA"),
        call(4, "2024-04-03 10:00:10", "13912345678", "2000", duration=30, call_id=GROUP, uid="20240403100000AAAAA"),
        call(5, "2024-04-03 10:00:40", "13912345678", "6201", duration=30, disposition="NO ANSWER", call_id=GROUP,
             uid="20240403100000AAAAA"),
        call(6, "2024-05-01 10:00:00", "1", "2", call_id="short", uid="42"),
    ],
}  # fmt: skip


def update(pbx, **body):
    return pbx.post("callnotes/update", body)


def test_get(shared):
    answer = shared.get("callnotes/get", id=NOTED, group_id="1709514900.1")
    assert list(answer) == ["errcode", "errmsg", "history", "current"]
    assert answer["history"] == []
    assert answer["current"] == {
        "id": NOTED,
        "group_id": "1709514900.1",
        "disposition_code_list": [
            {"id": 22, "name": "Resolved", "description": "Nothing is left to do"},
            {"id": 7, "name": "", "description": ""},
        ],
        "remark": "call back",
        "agent_name": "Kristin Hale",
        "registration_time": instant("2024-03-04 09:15:50"),
        "update_entry": "in_call",
    }
    assert [*answer["current"]] == [
        "id", "group_id", "disposition_code_list", "remark", "agent_name", "registration_time", "update_entry",
    ]  # fmt: skip


def test_a_call_without_a_note(shared):
    answer = shared.get("callnotes/get", id=BARE, group_id="1709515200.2")
    assert answer["history"] == []
    assert [*answer["current"].values()] == [BARE, "1709515200.2", [], "", "Amelia Hart", 0, ""]


def test_update_is_found_and_remembered(pbx):
    asked = {"id": NOTED, "group_id": "1709514900.1"}
    assert update(pbx, **asked, remark="50% off_", disposition_code_ids="25,22,25", update_entry="in-call") == DONE
    assert [row["id"] for row in pbx.get("cdr/search", call_note_remark="50% off_")["data"]] == [1]
    assert [row["id"] for row in pbx.get("cdr/list", disposition_code_list="25")["data"]] == [1]
    assert pbx.get("cdr/search", call_note_remark="call back")["data"] == []
    assert pbx.get("cdr/list", disposition_code_list="7")["data"] == []
    detail = pbx.server.http.get(
        f"{pbx.server.url}/openapi/v2.0/cdr/detail",
        params={"access_token": pbx.token, "uid": "202403040915006CEAB"}, timeout=9,
    ).json()  # fmt: skip
    assert detail["data"]["call_notes"] == {
        "remark": "50% off_", "disposition_code_list": [{"name": "Follow-up"}, {"name": "Resolved"}],
    }  # fmt: skip
    assert update(pbx, id=NOTED, remark="", update_entry="cdr") == DONE
    answer = pbx.get("callnotes/get", **asked)
    now = answer["current"]
    assert (now["remark"], now["update_entry"]) == ("", "cdr")
    assert [code["id"] for code in now["disposition_code_list"]] == [25, 22]
    assert now["registration_time"] > instant("2024-05-01 00:00:00")
    before = [(one["remark"], one["update_entry"]) for one in answer["history"]]
    assert before == [("call back", "in_call"), ("50% off_", "in_call")]
    assert [[code["id"] for code in one["disposition_code_list"]] for one in answer["history"]] == [[22, 7], [25, 22]]
    assert update(pbx, id=NOTED, disposition_code_ids="", update_entry="cdr") == DONE
    assert pbx.get("callnotes/get", **asked)["current"]["disposition_code_list"] == []
    assert pbx.get("cdr/list", disposition_code_list="22,25")["data"] == []


def test_rows_that_share_a_uid_share_a_note(pbx):
    """It belongs to whoever answered last, and stays there."""
    for remark in ("first", "second"):
        assert update(pbx, id=QUEUE, group_id=GROUP, remark=remark, update_entry="queue_agent") == DONE
        assert [row["id"] for row in pbx.get("cdr/search", call_note_remark=remark)["data"]] == [4]
    answer = pbx.get("callnotes/get", id=QUEUE, group_id=GROUP)
    assert answer["current"]["agent_name"] == "Amelia Hart"
    assert [one["remark"] for one in answer["history"]] == ["first"]


def test_a_uid_of_another_shape(pbx):
    assert update(pbx, id="42", update_entry="cdr", remark="short") == DONE
    note = pbx.get("callnotes/get", id="42", group_id="short")["current"]
    assert (note["id"], note["remark"], note["agent_name"]) == ("42", "short", "")


def test_a_reset_forgets(pbx, server):
    update(pbx, id=BARE, remark="new", update_entry="cdr")
    done = server.http.post(f"{server.url}/_pbx/reset/data", params={"world": pbx.name}, timeout=30)
    assert done.status_code == 204
    assert pbx.get("callnotes/get", id=BARE, group_id="1709515200.2")["current"]["remark"] == ""


@pytest.mark.parametrize(
    ("id", "group"),
    [(NOTED, GROUP), (QUEUE, "1709514900.1"), ("202403040915006CEAB", "1709514900.1"), ("1", "1"),
     ("9" * 10_000, GROUP), (NOTED, "9" * 10_000), ("20240304091500-", "1709514900.1"), ("a\x00", "b\x00")],
)  # fmt: skip
def test_unknown(shared, id, group):
    assert shared.get("callnotes/get", id=id, group_id=group) == NOT_FOUND
    assert update(shared, id=id, group_id=group, remark="lost", update_entry="cdr") == NOT_FOUND
    assert shared.get("cdr/search", call_note_remark="lost")["data"] == []


def test_unknown_without_a_group(shared):
    assert update(shared, id="20240304091500-FFFFF", update_entry="cdr") == NOT_FOUND
    assert update(shared, id="x" * 20, update_entry="cdr") == NOT_FOUND


def test_codes_that_are_not_there(shared):
    asked = {"id": NOTED, "group_id": "1709514900.1"}
    before = shared.get("callnotes/get", **asked)
    assert update(shared, id=NOTED, remark="lost", disposition_code_ids="22,26", update_entry="cdr") == NOT_FOUND
    assert shared.get("callnotes/get", **asked) == before


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, [("id", "required"), ("update_entry", "required")]),
        ({"id": "", "update_entry": ""}, [("id", "required"), ("update_entry", "required")]),
        ({"id": NOTED, "update_entry": "later"}, [("update_entry", "oneof")]),
        ({"id": NOTED, "update_entry": ["cdr"]}, [("update_entry", "oneof")]),
        ({"id": 7, "update_entry": "cdr"}, [("id", "required")]),
        ({"id": NOTED, "update_entry": "in_call"}, [("group_id", "required")]),
        ({"id": NOTED, "update_entry": "in-call", "group_id": ""}, [("group_id", "required")]),
        ({"id": NOTED, "update_entry": "queue_agent"}, [("group_id", "required")]),
        ({"id": NOTED, "update_entry": "cdr", "disposition_code_ids": "22;25"}, [("disposition_code_ids", "number")]),
        ({"id": NOTED, "update_entry": "cdr", "disposition_code_ids": [22]}, [("disposition_code_ids", "required")]),
        ({"id": NOTED, "update_entry": "cdr", "remark": "x" * 10_000}, [("remark", "max")]),
        ({"id": NOTED, "update_entry": "cdr", "remark": None}, [("remark", "required")]),
    ],
)  # fmt: skip
def test_refused(shared, body, wrong):
    assert problems(shared.post("callnotes/update", body)) == wrong


def test_both_are_needed(shared):
    assert problems(shared.get("callnotes/get")) == [("id", "required"), ("group_id", "required")]
    assert problems(shared.get("callnotes/get", id=NOTED)) == [("group_id", "required")]
