"""system/information, capacity, get_menuoptions."""

from __future__ import annotations

import pytest
from office import SMALL_OFFICE, instant

from app.clock import Clock


def test_information(worlds):
    pbx = worlds(SMALL_OFFICE)
    pbx.world.set_clock(Clock(shown=instant("2024-03-04 16:44:40"), rate=0))
    answer = pbx.get("system/information", token=pbx.login()["access_token"])
    data = answer["data"]
    assert list(answer) == ["errcode", "errmsg", "data"]
    assert list(data) == [
        "device_name", "model_name", "sn", "hardware_version", "firmware_version", "system_time", "up_time",
        "system_date_format", "system_time_format", "timestamp",
    ]  # fmt: skip
    assert data["timestamp"] == instant("2024-03-04 16:44:40")
    assert data["system_time"] == "03/04/2024 16:44:40"
    assert (data["system_date_format"], data["system_time_format"]) == ("MM/DD/YYYY", "hh:mm:ss")
    assert (data["device_name"], data["model_name"], data["firmware_version"]) == ("PBX", "Yeastar P550", "37.7.0.16")
    assert all(isinstance(data[key], int) for key in ("up_time", "timestamp"))


@pytest.mark.parametrize(
    ("date_format", "time_format", "at", "shown", "told"),
    [
        ("YYYY/MM/DD", "24", "2024-03-04 00:00:00", "2024/03/04 00:00:00", "hh:mm:ss"),
        ("DD/MM/YYYY", "12", "2024-03-04 21:31:37", "04/03/2024 09:31:37 PM", "hh:mm:ss PM"),
        ("DD/MM/YYYY", "12", "2024-03-04 00:00:00", "04/03/2024 12:00:00 AM", "hh:mm:ss AM"),
        ("MM/DD/YYYY", "12", "2024-03-04 12:00:00", "03/04/2024 12:00:00 PM", "hh:mm:ss PM"),
    ],
)
def test_information_tells_the_display_format(worlds, date_format, time_format, at, shown, told):
    pbx = worlds({}, date_format=date_format, time_format=time_format)
    pbx.world.set_clock(Clock(shown=instant(at), rate=0))
    data = pbx.get("system/information", token=pbx.login()["access_token"])["data"]
    assert (data["system_time"], data["system_date_format"], data["system_time_format"]) == (shown, date_format, told)


def test_up_time_counts_the_pbxs_seconds(worlds):
    pbx = worlds({})
    before = pbx.get("system/information")["data"]
    pbx.advance(1000)
    after = pbx.get("system/information")["data"]
    assert 1000 <= after["up_time"] - before["up_time"] <= 1010
    assert 1000 <= after["timestamp"] - before["timestamp"] <= 1010


def test_capacity(worlds):
    pbx = worlds(SMALL_OFFICE, extension_capacity=500)
    assert pbx.get("system/capacity") == {
        "errcode": 0,
        "errmsg": "SUCCESS",
        "data": {"extension_capacity": 500, "extension_used": 3, "cc_capacity": 25, "cc_used": 0},
    }


MENUS = [
    "fxs", "extension", "ext_group", "org_list", "trunk", "role", "phonebook", "group_vm", "ivr", "IVR", "call_flow",
    "ring_group", "queue", "conference", "pinset", "system_prompt", "custom_prompt", "paging_custom_prompt",
    "disposition_code", "message_channel", "message_queue", "trunk_did_id", "certificate",
]  # fmt: skip


@pytest.mark.parametrize("menu", MENUS)
def test_every_menu_of_the_manual(seeded, menu):
    answer = seeded.get("system/get_menuoptions", menu=menu)
    assert answer["errcode"] == 0
    for row in answer["data"]:
        assert [type(row[key]) for key in ("text", "value", "type")] == [str, str, str]
        assert int(row["value"]) > 0
        assert ("item" in row) == (menu == "org_list")
    filled = {"extension", "ext_group", "org_list", "trunk", "role", "phonebook", "ivr", "IVR", "ring_group", "queue",
              "conference", "pinset", "disposition_code", "group_vm", "system_prompt", "custom_prompt"}  # fmt: skip
    assert bool(answer["data"]) == (menu in filled)


def test_the_group_menu_gives_the_ids_that_search_takes(worlds):
    pbx = worlds(SMALL_OFFICE)
    rows = pbx.get("system/get_menuoptions", menu="ext_group")["data"]
    assert [(row["text"], row["value"]) for row in rows] == [
        ("Default_All_Extensions", "1"),
        ("Sales", "7"),
        ("Nobody", "8"),
    ]
    found = {row["text"]: pbx.search(extension_group=row["value"])["total_number"] for row in rows}
    assert found == {"Default_All_Extensions": 7, "Sales": 3, "Nobody": 0}


def test_queue_agents(seeded):
    queues = seeded.get("system/get_menuoptions", menu="queue")["data"]
    assert len(queues) == 2
    agents = seeded.get("system/get_menuoptions", menu="queue_agent", id=queues[0]["value"])["data"]
    extensions = seeded.get("system/get_menuoptions", menu="extension")["data"]
    assert agents
    assert all(agent in extensions for agent in agents)
    assert seeded.get("system/get_menuoptions", menu="queue_agent", id=999)["data"] == []


def test_organizations_are_a_tree(seeded):
    rows = seeded.get("system/get_menuoptions", menu="org_list")["data"]
    below = [item["value"] for row in rows for item in row["item"]]
    assert below
    assert set(below) <= {row["value"] for row in rows}


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({}, ("menu", "required")),
        ({"menu": ""}, ("menu", "required")),
        ({"menu": "foo"}, ("menu", "oneof")),
        ({"menu": "EXT_GROUP"}, ("menu", "oneof")),
        ({"menu": "queue_agent"}, ("id", "required")),
        ({"menu": "queue_agent", "id": "x"}, ("id", "number")),
    ],
)
def test_menus_refused(seeded, asked, problem):
    answer = seeded.get("system/get_menuoptions", **asked)
    assert (answer["errcode"], answer["errmsg"]) == (40002, "PARAMETER ERROR")
    assert [(row["field"], row["validation_type"]) for row in answer["invalid_param_list"]] == [problem]


@pytest.mark.parametrize("path", ["system/information", "system/capacity", "system/get_menuoptions", "cdr/getoption"])
@pytest.mark.parametrize("token", ["", "x", "x" * 32, "é", "\x00"])
def test_a_token_is_needed(seeded, path, token):
    assert seeded.get(path, token=token) == {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
