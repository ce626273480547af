"""What differs from one kind of resource to another: queues and their agents, groups, routes, trunks, contacts."""

from __future__ import annotations

import pytest
from offices import EXTENSION, OwnPbx, problems

NOT_FOUND = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}
NEEDED = {"errcode": 70091, "errmsg": "CONNECTION_RELATION_EXISTED"}
WRONG = {"errcode": 40002, "errmsg": "PARAMETER ERROR"}
NO_CALLS = {"waiting_list": None, "active_list": None, "waiting_calls": 0, "active_calls": 0, "ringing_list": None,
            "ringing_calls": 0}  # fmt: skip


OFFICE = {
    "extensions": [{"number": str(2000 + place), "name": f"Person {place}"} for place in range(5)],
    "extension_groups": [{"id": 7, "name": "Sales", "members": ["2001"]}],
    "queues": [{"number": "6400", "name": "Support", "agents": ["2000"]}, {"number": "6401", "name": "Other"}],
    "trunks": [{"name": "city", "type": "register", "address": "10.0.0.1:5070"}, "mobile"],
    "phonebooks": ["Customers"],
    "organizations": [{"id": 1, "name": "Head"}, {"id": 2, "name": "Arm", "parent_id": 1}],
    "pin_lists": [{"name": "Abroad", "pin_list": "2283,3301"}],
    "company_contacts": ["Ellen Brandt"],
    "group_voicemails": [{"name": "Team", "number": "6600", "mode": "share", "members": ["2001"]}],
    "play_lists": [{"name": "Soft", "prompt_list": [{"file": "a.wav"}]}],
}


@pytest.fixture
def pbx(server):
    pbx = OwnPbx(server, OFFICE)
    yield pbx
    pbx.drop()


def member(place, **more):
    return {"text": f"Person {place}", "text2": str(2000 + place), "value": str(place + 1), "type": "extension", **more}


def status(pbx, id):
    """What agent_status tells, by number: logged in, paused, why, type."""
    answer = pbx.get("queue/agent_status", id=id)
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    assert answer["total_number"] == len(answer["data"])
    return {
        row["number"]: (row["is_login"], row["is_pause"], row["pause_reason"], row["agent_type"])
        for row in answer["data"]
    }


def thresholds(pbx, id):
    """For how many seconds each agent pauses, and stays logged out; the last two of its row."""
    rows = pbx.get("queue/agent_status", id=id)["data"]
    names = ["max_threshold_for_pause_time", "max_threshold_for_logout_time"]
    assert [list(row)[-3:] for row in rows] == [["agent_type", *names]] * len(rows)
    return {row["number"]: tuple(row[name] for name in names) for row in rows}


def test_queues_and_their_agents(pbx):
    body = {"number": "6402", "name": "New", "ring_strategy": "linear",
            "dynamic_agent_list": [{"value": "2"}, member(2)],
            "static_agent_list": [member(1), {"id": 4}], "manager_list": [5]}  # fmt: skip
    id = pbx.create("queue", **body)
    answer = pbx.get("queue/list", sort_by="number", order_by="desc")
    assert list(answer) == ["errcode", "errmsg", "total_number", "queue_list"]
    assert answer["queue_list"][0] == {
        "id": id, "number": "6402", "name": "New", "ring_strategy": "linear", "dynamic_agent_list": [member(2)],
        "static_agent_list": [member(1), member(3)], "manager_list": [member(4)],
    }  # fmt: skip
    assert set(pbx.menu("queue_agent", id=id)) == {"2", "3", "4"}
    pbx.done("queue/update", id=id, dynamic_agent_list=[1])
    queue = pbx.get("queue/get", id=id)["data"]
    assert (queue["dynamic_agent_list"], queue["static_agent_list"]) == ([member(0)], [member(1), member(3)])
    for refused in ([99], [{"id": 1, "type": "ext_group"}]):
        assert pbx.post("queue/update", {"id": id, "static_agent_list": refused})["errcode"] in (60001, 40002)


def test_a_queue_without_calls(pbx):
    expected = {"errcode": 0, "errmsg": "SUCCESS", **NO_CALLS}
    answer = pbx.get("queue/call_status", id=1)
    assert (answer, list(answer)) == (expected, list(expected))
    for asked in ({}, {"id": 99}, {"queue_id": 1}):
        answer = pbx.get("queue/call_status", **asked)
        assert (answer, list(answer)) == (NOT_FOUND | NO_CALLS, list(expected))
        answer = pbx.get("queue/agent_status", **asked)
        assert (answer, [*answer][2:]) == (NOT_FOUND | {"total_number": 0, "data": None}, ["total_number", "data"])
    assert pbx.get("queue/agent_status", id=2)["data"] is None
    assert problems(pbx.get("queue/call_status", id="x")) == [("id", "number")]


def test_agents_log_in_and_pause(server, pbx):
    pbx.done("queue/update", id=1, dynamic_agent_list=[2, 3])
    pbx.done("queue/update", id=2, dynamic_agent_list=[2])
    assert status(pbx, 1) == {
        "2000": (1, 0, "", "static"), "2001": (0, 0, "", "dynamic"), "2002": (0, 0, "", "dynamic"),
    }  # fmt: skip
    pbx.done("agent/login", ext_id=2, operation="login", is_paused=1, reason="*01", max_threshold_for_pause_time=60)
    assert status(pbx, 1)["2001"] == status(pbx, 2)["2001"] == (1, 1, "Lunch", "dynamic")
    assert thresholds(pbx, 1) == {"2000": (0, 0), "2001": (60, 0), "2002": (0, 0)}
    pbx.done("agent/pause", ext_id=2, operation="unpause", queue_ids="2")
    assert thresholds(pbx, 2)["2001"] == (0, 0)
    assert (status(pbx, 1)["2001"][1], status(pbx, 2)["2001"][1]) == (1, 0)
    server.http.post(f"{server.url}/_pbx/clock/advance", params={"world": pbx.name}, json={"by": 61}, timeout=9)
    assert status(pbx, 1)["2001"] == (1, 0, "", "dynamic")
    assert thresholds(pbx, 1)["2001"] == (0, 0)
    pbx.done("queue/agent_login", ext_ids="2,3", queue_id=1, operation="login")
    pbx.done("queue/agent_pause", ext_ids="1,3", queue_id=1, operation="pause", reason="*01")
    assert status(pbx, 1) == {
        "2000": (1, 1, "Lunch", "static"), "2001": (1, 0, "", "dynamic"), "2002": (1, 1, "Lunch", "dynamic"),
    }  # fmt: skip
    pbx.done("agent/login", ext_id=3, operation="logout")
    pbx.done("agent/login", ext_id=2, operation="logout", queue_ids="1", max_threshold_for_logout_time=600)
    assert status(pbx, 1)["2001"] == status(pbx, 1)["2002"] == (0, 0, "", "dynamic")
    assert thresholds(pbx, 1) == {"2000": (0, 0), "2001": (0, 600), "2002": (0, 0)}
    server.http.post(f"{server.url}/_pbx/clock/advance", params={"world": pbx.name}, json={"by": 601}, timeout=9)
    assert [status(pbx, 1)[number][0] for number in ("2001", "2002")] == [1, 0]
    assert thresholds(pbx, 1)["2001"] == (0, 0)


@pytest.mark.parametrize(("firmware", "more"), [("37.7", 0), ("37.20", 2), ("37.23", 2), ("37.7+", 2)])
def test_the_first_firmware_does_not_tell_for_how_long(server, firmware, more):
    pbx = OwnPbx(server, OFFICE, firmware=firmware)
    (row, *_) = pbx.get("queue/agent_status", id=1)["data"]
    names = ["max_threshold_for_pause_time", "max_threshold_for_logout_time"]
    assert list(row)[6:] == ["agent_type", *names[:more]]
    pbx.drop()


def test_an_agent_is_the_same_with_another_number(pbx):
    pbx.done("queue/update", id=1, dynamic_agent_list=[2])
    pbx.done("agent/login", ext_id=2, operation="login", is_paused=1, reason="*01")
    pbx.done("extension/update", id=2, number="2900")
    assert status(pbx, 1)["2900"] == (1, 1, "Lunch", "dynamic")


def test_an_agent_who_comes_back_is_a_new_one(pbx):
    pbx.done("queue/update", id=1, dynamic_agent_list=[2])
    pbx.done("agent/login", ext_id=2, operation="login", is_paused=1)
    for agents in ([], [2]):
        pbx.done("queue/update", id=1, dynamic_agent_list=agents)
    assert status(pbx, 1)["2001"] == (0, 0, "", "dynamic")


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("queue/create", {"number": "2001", "name": "New", "ring_strategy": "linear"},
         "number '2001' is in use by extension 2001"),
        ("outbound_route/create", {"name": "Out", "pin_protect": "pin_list"},
         "pin_list: needed with what else was given"),
        ("extensiongroup/create", {"name": "New", "member_select": "sel_specific"},
         "members: needed with sel_specific"),
        ("extension/send_welcome_email", {"id_list": []},
         'id_list "[]" is not a list with something in it, nested on 16 levels at most'),
        ("queue/update", {"id": 1, "name": "a\x00b"},
         'name "a\x00b" is not text of 0 to 127 characters, none of them a control character'),
        ("queue/update", {"id": 1, "fail_dest": "queue", "fail_dest_value": "x"},
         "fail_dest_value is the id of a queue"),
    ],
)  # fmt: skip
def test_the_reason_of_a_refusal_is_told(server, pbx, path, body, why):
    assert pbx.post(path, body)["errcode"] in (40002, 40003)
    told = server.http.get(f"{server.url}/_pbx/requests/last/explain", params={"world": pbx.name}, timeout=9).json()
    assert told["summary"].endswith(f": {why}."), told["summary"]


STATES = [
    None,
    5,
    [],
    {"1": 5},
    {"1": {"is_login": "x", "is_pause": None, "reason": 7, "logout_ends": "y", "pause_ends": []}},
]


@pytest.mark.parametrize("states", STATES)
def test_what_a_seed_document_tells_of_agents(server, states):
    queue = {"name": "Q", "number": "6400", "agents": ["2000"], "agent_states": states}
    pbx = OwnPbx(server, {"extensions": [{"number": "2000"}], "queues": [queue]})
    assert status(pbx, 1) == {"2000": (1, 0, "", "static")}
    pbx.done("agent/pause", ext_id=1, operation="pause", reason="*01")
    assert status(pbx, 1) == {"2000": (1, 1, "Lunch", "static")}
    pbx.done("queue/update", id=1, static_agent_list=[1])
    pbx.drop()


@pytest.mark.parametrize(
    ("path", "asked", "answer"),
    [
        ("agent/login", {}, [("operation", "required"), ("ext_id", "required")]),
        ("agent/login", {"ext_id": 2, "operation": "pause"}, [("operation", "oneof")]),
        ("agent/login", {"ext_id": 2, "operation": "login", "is_paused": 2}, [("is_paused", "oneof")]),
        ("agent/pause", {"ext_id": "x", "operation": "pause"}, [("ext_id", "number")]),
        ("queue/agent_pause", {"ext_ids": "x", "queue_id": 1, "operation": "pause"}, [("ext_ids", "number")]),
        (
            "queue/agent_pause",
            {"ext_ids": "1", "queue_id": 1, "operation": "pause", "max_threshold_for_pause_time": 9},
            [("max_threshold_for_pause_time", "min")],
        ),
        ("agent/pause", {"ext_id": 1, "operation": "pause", "reason": "*09"}, [("reason", "oneof")]),
        ("agent/pause", {"ext_id": 1, "operation": "pause", "reason": "Lunch"}, [("reason", "oneof")]),
        ("agent/login", {"ext_id": 99, "operation": "login"}, None),
        ("agent/login", {"ext_id": 1, "operation": "login", "queue_ids": 99}, None),
        ("queue/agent_login", {"ext_ids": "1", "queue_id": 1, "operation": "login"}, None),
        ("queue/agent_pause", {"ext_ids": "1,2", "queue_id": 1, "operation": "pause"}, None),
    ],
)
def test_agents_refused(pbx, path, asked, answer):
    refused = pbx.get(path, **asked)
    if answer is None:
        assert refused == NOT_FOUND
    else:
        assert problems(refused) == answer


def test_extension_groups(pbx):
    everybody = pbx.create("extensiongroup", name="Everybody", member_select="sel_all_ext")
    some = pbx.create("extensiongroup", name="Some", member_select="sel_specific", members=[{"value": "1"}, 2])
    id = pbx.create("extension", **EXTENSION)
    rows = {row["id"]: row for row in pbx.get("extensiongroup/search", search_value="e")["data"]}
    assert rows[everybody] == {
        "id": everybody, "name": "Everybody", "member_select": "sel_all_ext", "total_extensions": 6,
    }  # fmt: skip
    assert rows[some]["total_extensions"] == 2
    assert pbx.menu("ext_group")[str(some)] == "Some"
    pbx.done("extensiongroup/update", id=some, members=[id], mgr_enb_monitor=1)
    one = pbx.get("extensiongroup/get", id=some)["data"]
    assert (one["mgr_enb_monitor"], [entry["text2"] for entry in one["members"]]) == (1, ["3000"])
    assert problems(pbx.post("extensiongroup/create", {"name": "x", "member_select": "sel_specific"})) == [
        ("members", "required")
    ]
    pbx.done("extension/delete", id=id)
    assert pbx.get("extensiongroup/get", id=some)["data"]["members"] == []


def test_organizations(pbx):
    id = pbx.create("organization", name="Leg", parent_id=2)
    pbx.done("extension/update", id=1, organization_list=[{"value": str(id)}])
    leg = {"id": id, "name": "Leg", "parent_id": 2, "order": 1, "ext_number": 1, "children": []}
    arm = {"id": 2, "name": "Arm", "parent_id": 1, "order": 1, "ext_number": 0, "children": [leg]}
    head = {"id": 1, "name": "Head", "parent_id": 0, "order": 1, "ext_number": 0, "children": [arm]}
    assert pbx.get("organization/list") == {"errcode": 0, "errmsg": "SUCCESS", "organization_list": [head]}
    (with_ids,) = pbx.get("organization/search", search_value="LEG", is_all=1)["organization_list"]
    assert with_ids == leg | {"ext_list": [1]}
    assert list(with_ids)[-2:] == ["children", "ext_list"]
    (bare,) = pbx.get("organization/search", search_value="leg", is_all=2, page="1", page_size="5")["organization_list"]
    assert bare == {key: value for key, value in leg.items() if key != "ext_number"}
    assert pbx.get("organization/list", page=2)["organization_list"] == []
    assert problems(pbx.get("organization/list", is_all=3)) == [("is_all", "max")]
    assert pbx.menu("org_list")[str(id)] == "Leg"
    for path, body, answer in (
        ("update", {"id": 1, "name": "x"}, WRONG),
        ("update", {"id": 2, "parent_id": id}, WRONG),
        ("update", {"id": 2, "parent_id": 2}, WRONG),
        ("update", {"id": 2, "parent_id": 99}, NOT_FOUND),
        ("create", {"name": "x", "parent_id": 99}, NOT_FOUND),
    ):
        assert pbx.post(f"organization/{path}", body) == answer
    assert [pbx.get("organization/delete", id=one) for one in (1, 2, id)] == [WRONG, NEEDED, NEEDED]
    pbx.done("extension/update", id=1, organization_list=[])
    pbx.done("organization/update", id=id, parent_id=1)
    assert [row["order"] for row in pbx.get("organization/query", ids=f"2,{id}")["data"]] == [1, 2]
    pbx.done("organization/delete", id=id)


def test_without_organizations_there_can_be_none(server):
    pbx = OwnPbx(server, {})
    answer = pbx.post("organization/create", {"name": "x", "parent_id": 1})
    assert answer == {"errcode": 70120, "errmsg": "ORGANIZATION DISABLED"}


def test_trunks(pbx):
    first, second = pbx.get("trunk/list")["data"]
    assert first == {
        "id": 1, "status": 1, "name": "city", "type": "register", "host_port": "10.0.0.1:5070", "def_outbound_cid": "",
        "username": "",
    }  # fmt: skip
    assert "username" not in second
    body = {"name": "t1", "enable": 1, "type": "peer_did", "hostname": "10.0.0.2", "port": 5070, "domain": "10.0.0.2",
            "transport": "udp", "country": "general", "codec_sel": "ulaw", "did_list": [{"did": "+3491"}]}  # fmt: skip
    without = {key: value for key, value in body.items() if key != "did_list"}
    assert problems(pbx.post("trunk/create", without)) == [("did_list", "required")]
    assert pbx.post("trunk/create", body | {"hostname": "10.0.0.1"})["errcode"] == 70103
    id = pbx.create("trunk", **body)
    (one,) = pbx.get("trunk/get", id=id)["data"]
    assert {key: one[key] for key in ("hostname", "port", "password", "type")} == {
        "hostname": "10.0.0.2", "port": 5070, "password": "", "type": "peer_did",
    }  # fmt: skip
    pbx.done("trunk/update", id=id, enable=0, password="secret")
    assert pbx.get("trunk/search", search_value="t1")["data"][0]["status"] == 44
    assert pbx.get("trunk/get", id=id)["data"][0]["password"] == "secret"
    assert pbx.menu("trunk")[str(id)] == "t1"


ROUTE = {"name": "In", "trunk_list": [{"id": 1}], "def_dest": "queue", "def_dest_value": "1",
         "did_pattern_list": [{"did_pattern": "5550100"}]}  # fmt: skip
CONTACT = {"first_name": "x", "number_list": [{"num_type": "home_fax", "number": "1"}]}
PAGE = {"number": "66", "name": "x", "type": "1_way_paging", "prompt_play_times": 1, "broadcast_client": "sip"}
MENU = {"number": "62", "name": "x", "prompt": "default", "prompt_repeat": 1, "resp_timeout": 1, "digit_timeout": 1}


def nested(levels):
    """An object with others in it, and nothing in the last."""
    value = {}
    for _ in range(levels - 1):
        value = {"in": [value]} if levels % 2 else {"in": value}
    return value


def test_inbound_routes_misspell(pbx):
    assert pbx.get("inbound_route/list")["last_pos"] == 0
    id = pbx.create("inbound_route", **ROUTE, did_number="555")
    pbx.create("inbound_route", **ROUTE | {"name": "End", "def_dest": "end_call", "def_dest_value": ""})
    answer = pbx.get("inbound_route/list")
    assert list(answer) == ["errcode", "errmsg", "total_number", "last_pos", "data"]
    assert answer["last_pos"] == 2
    assert answer["data"][0] == {
        "id": id, "pos": 1, "name": "In", "default_destination": "queue", "default_desination_value": "1",
        "current_destination": "queue", "current_desination_value": "1", "time_condition": "disabled",
    }  # fmt: skip
    one = pbx.get("inbound_route/get", id=id)["data"]
    assert (one["def_dest"], one["def_dest_value"], one["trunk_list"]) == ("queue", "1", [{"id": 1, "name": "city"}])
    assert "did_number" not in one
    assert pbx.post("inbound_route/update", {"id": id, "did_number": "556"}) == WRONG
    # A client reads what get answers, and posts it back.
    pbx.done("inbound_route/update", **one)
    assert pbx.get("inbound_route/get", id=id)["data"] == one
    assert [pbx.get(f"{kind}/delete", id=1) for kind in ("queue", "trunk")] == [NEEDED, NEEDED]
    pbx.done("inbound_route/delete", id=id)
    pbx.done("queue/delete", id=1)


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("inbound_route", ROUTE | {"trunk_list": [{"id": 9}]}, NOT_FOUND),
        ("inbound_route", ROUTE | {"def_dest_value": "9"}, NOT_FOUND),
        ("inbound_route", ROUTE | {"def_dest_value": "Support"}, [("def_dest_value", "number")]),
        ("inbound_route", ROUTE | {"def_dest_value": ""}, [("def_dest_value", "required")]),
        ("inbound_route", ROUTE | {"def_dest": "moon"}, [("def_dest", "oneof")]),
        ("inbound_route", ROUTE | {"did_pattern_list": []}, [("did_pattern_list", "required")]),
        ("inbound_route", ROUTE | {"did_option": "patterns", "did_pattern_list": []},
         [("did_pattern_list", "required")]),
        ("inbound_route", ROUTE | {"trunk_list": []}, [("trunk_list", "required")]),
        ("inbound_route", ROUTE | {"did_pattern_list": [nested(17)]}, [("did_pattern_list", "max")]),
        ("inbound_route", ROUTE | {"cid_pattern_list": [nested(250)]}, [("cid_pattern_list", "max")]),
        ("inbound_route", ROUTE | {"did_pattern_to_ext_list": [nested(500)]}, [("did_pattern_to_ext_list", "max")]),
        ("inbound_route", ROUTE | {"name": "a\x00b"}, [("name", "oneof")]),
        ("queue", {"number": "64", "name": "x", "ring_strategy": "linear", "call_log_view_range": [nested(250)],
                   "leave_empty_no_agent_list": [nested(17)]},
         [("call_log_view_range", "max"), ("leave_empty_no_agent_list", "max")]),
        ("paging", PAGE | {"multicast_ip_list": [nested(250)]}, [("multicast_ip_list", "max")]),
        ("extension", EXTENSION | {"presence_list": [nested(250)]}, [("presence_list", "max")]),
        ("extension", EXTENSION | {"first_name": "a\nb", "title": "\t", "caller_id": "1\x7f"},
         [("first_name", "oneof"), ("title", "oneof"), ("caller_id", "oneof")]),
        ("extensiongroup", {"name": "x", "member_select": "sel_specific", "members": []}, [("members", "required")]),
        ("pin_list", {"name": "x", "pin_list": "1;2"}, [("pin_list", "oneof")]),
        ("pin_list", {"name": "x", "pin_list": "12a"}, [("pin_list", "oneof")]),
        ("inbound_route", ROUTE | {"cid_to_phonebook": [9]}, {"errcode": 70093, "errmsg": "PHONEBOOK_NOT_EXISTED"}),
        ("outbound_route", {"name": "x", "pin_protect": "single_pin"}, [("pin", "required")]),
        ("outbound_route", {"name": "x", "pin_protect": "pin_list"}, [("pin_list", "required")]),
        ("outbound_route", {"name": "x", "pin_protect": "pin_list", "pin_list": 9}, NOT_FOUND),
        ("ringgroup", {"number": "63", "name": "x", "ring_strategy": "ring_all"}, [("ring_timeout", "required")]),
        ("ringgroup", {"number": "12345678", "name": "x", "ring_strategy": "custom"}, [("number", "max")]),
        ("paging", PAGE, [("member_list", "required")]),
        ("paging", PAGE | {"member_list": []}, [("member_list", "required")]),
        ("ivr", MENU | {"dial_ext_option": "allow"}, [("dial_ext_list", "required")]),
        ("ivr", MENU | {"prompt": "a.wav,b.wav,c.wav,d.wav,e.wav,f.wav"}, [("prompt", "max")]),
        ("company_contact", CONTACT | {"number_list": []}, [("number_list", "required")]),
        ("company_contact", CONTACT | {"remark": "a\x00b", "city": "a\nb"}, [("remark", "oneof"), ("city", "oneof")]),
        (
            "company_contact",
            {"first_name": "x", "number_list": [{"num_type": "moon", "number": "1"}]},
            [("number_list", "oneof")],
        ),
        (
            "phonebook",
            {"name": "x", "add_contacts_id_list": [9]},
            {"errcode": 70128, "errmsg": "CONTACTS_NOT_EXISTED"},
        ),
    ],
)  # fmt: skip
def test_what_goes_with_what(pbx, path, body, answer):
    refused = pbx.post(f"{path}/create", body)
    assert (refused if isinstance(answer, dict) else problems(refused)) == answer


def test_what_is_just_taken(pbx):
    """Levels below an entry, prompts in one text, lines of a remark."""
    deep = [nested(16)]
    id = pbx.create("inbound_route", **ROUTE | {"did_pattern_list": deep})
    assert pbx.get("inbound_route/query", ids=id)["data"][0]["did_pattern_list"] == deep
    pbx.create("ivr", **MENU | {"prompt": "a.wav,b.wav,c.wav,d.wav,e.wav"})
    id = pbx.create("company_contact", **CONTACT, remark="one\r\n\ttwo")
    assert pbx.get("company_contact/get", id=id)["data"]["remark"] == "one\r\n\ttwo"
    with_number = {key: value for key, value in ROUTE.items() if key != "did_pattern_list"}
    pbx.create("inbound_route", **with_number | {"name": "555", "did_number": "555"})


def test_outbound_routes_permit(pbx):
    permitted = [{"id": 1, "type": "extension"}, {"id": 7, "type": "ext_group"}, {"id": 2, "type": "organization"}]
    id = pbx.create(
        "outbound_route", name="Out", pin_protect="pin_list", pin_list=1, ext_list=permitted, trunk_list=[{"id": 2}]
    )
    one = pbx.get("outbound_route/get", id=id)["data"]
    assert one["ext_list"] == [
        {"id": 1, "ext_number": "2000", "ext_name": "Person 0", "type": "extension"},
        {"id": 7, "ext_number": "", "ext_name": "Sales", "type": "ext_group"},
        {"id": 2, "ext_number": "", "ext_name": "Arm", "type": "organization"},
    ]
    assert (one["pin_list"], one["trunk_list"]) == (1, [{"id": 2, "name": "mobile"}])
    pbx.done("outbound_route/update", **one | {"ext_list": [*one["ext_list"], {"id": 2, "type": "extension"}]})
    assert len(pbx.get("outbound_route/get", id=id)["data"]["ext_list"]) == 4
    for kind, other in (("extensiongroup", 7), ("organization", 2), ("pin_list", 1), ("trunk", 2), ("extension", 2)):
        assert pbx.get(f"{kind}/delete", id=other) == NEEDED


def test_contacts_and_phonebooks(pbx):
    numbers = [{"num_type": "business_number", "number": "1"}, {"num_type": "home_fax", "number": "2"}]
    id = pbx.create("company_contact", first_name="Ann", last_name="Lee", number_list=numbers, phonebook_id_list=[1])
    assert pbx.get("company_contact/search", search_value="lee")["data"] == [
        {
            "id": id, "contact_name": "Ann Lee", "company": "", "email": "",
            "phonebook_list": [{"id": 1, "name": "Customers"}], "remark": "", "business": "1", "business2": "",
            "mobile": "", "mobile2": "", "home": "", "home2": "", "business_fax": "", "home_fax": "2", "other": "",
        }
    ]  # fmt: skip
    assert list(pbx.get("company_contact/get", id=id)["data"]) == [
        "id", "first_name", "last_name", "company", "email", "phonebook_list", "remark", "number_list", "zip_code",
        "street", "city", "state", "country",
    ]  # fmt: skip
    assert pbx.get("phonebook/list")["data"] == [
        {"id": 1, "name": "Customers", "total": 1, "member_select": "sel_specific"}
    ]
    assert pbx.get("company_contact/delete", id=id) == NEEDED
    pbx.done("company_contact/update", id=id, phonebook_id_list=[], number_list=numbers[:1])
    assert pbx.get("company_contact/get", id=id)["data"]["number_list"] == numbers[:1]
    pbx.done("phonebook/update", id=1, add_contacts_id_list=[1, id])
    pbx.done("phonebook/update", id=1, del_contacts_id_list=[id])
    book = pbx.get("phonebook/get", id=1)["data"]
    assert (book["total"], [row["contact_name"] for row in book["contacts_list"]]) == (1, ["Ellen Brandt"])
    pbx.done("company_contact/delete", id=id)
    assert pbx.get("company_contact/get", id=1)["data"]["first_name"] == "Ellen Brandt"


def test_one_phonebook_of_all_contacts(pbx):
    id = pbx.create("phonebook", name="All", member_select="sel_all")
    assert pbx.get("phonebook/get", id=id)["data"]["total"] == 1
    answer = pbx.post("phonebook/create", {"name": "Again", "member_select": "sel_all"})
    assert answer["errcode"] == 40003
    assert answer["duplicate_field_list"] == [
        {"field": "member_select", "value": "sel_all", "external_source": "phonebook", "external_source_name": "All"}
    ]
    assert pbx.post("phonebook/update", {"id": 1, "member_select": "sel_all"})["errcode"] == 40003
    pbx.done("phonebook/update", id=id, member_select="sel_all")
    assert pbx.get("company_contact/get", id=1)["data"]["phonebook_list"] == [{"id": id, "name": "All"}]


def test_members_by_kind(pbx):
    both = [{"id": 1, "type": "extension"}, {"id": "7", "type": "ext_group"}]
    room = pbx.create("conference", number="6500", name="Room", moderator_list=both)
    moderators = [
        {"id": "1", "name": "Person 0", "type": "extension"},
        {"id": "7", "name": "Sales", "type": "ext_group"},
    ]
    assert pbx.get("conference/list", page=1, page_size=5)["data"] == [
        {"id": room, "name": "Room", "number": "6500", "moderator_list": moderators}
    ]
    page = pbx.create("paging", number="6700", name="P", type="2_way_intercom", prompt_play_times=0,
                      broadcast_client="sip", member_list=both, broadcast=both[:1])  # fmt: skip
    (row,) = pbx.get("paging/search", page=1, page_size=5)["data"]
    assert list(row) == ["id", "number", "name", "type", "member_list", "broadcast"]
    assert row["id"] == page
    assert row["broadcast"] == [{"type": "extension", "name": "Person 0", "number": "2000", "id": "1"}]
    assert row["member_list"][1] == {"type": "ext_group", "name": "Sales", "number": "", "id": "7"}
    ring = pbx.create("ringgroup", number="6300", name="Ring", ring_strategy="custom", member_list=both)
    assert pbx.get("ringgroup/list")["data"] == [
        {"id": ring, "number": "6300", "name": "Ring", "ring_strategy": "custom", "member_count": 2}
    ]


def test_keys_and_orders(pbx):
    ids = [pbx.create("block_numbers", name=name, limit_type="both", number_list="1&2") for name in ("First", "Second")]
    assert [row["id"] for row in pbx.get("block_numbers/list")["data"]] == ids[::-1]
    assert [row["id"] for row in pbx.get("block_numbers/list", sort_by="id")["data"]] == ids
    assert pbx.get("block_numbers/get", id=ids[0])["block_number_info"]["number_list"] == "1&2"
    assert pbx.get("pin_list/get", id=1)["data"] == {
        "id": 1, "name": "Abroad", "pin_list": "2283,3301", "enb_record_cdr": 0,
    }  # fmt: skip
    (box,) = pbx.get("vm_group/list")["vm_group_list"]
    assert box == {
        "id": 1, "type": "custom", "number": "6600", "name": "Team", "mode": "share", "member_list": [member(1)],
        "messages": {},
    }  # fmt: skip
    assert pbx.get("play_list/list")["play_list"] == [
        {"id": 1, "list_name": "Soft", "play_order": "alphabetical", "list_type": 1, "stream_url": "",
         "prompt_list": [{"file": "a.wav"}]}
    ]  # fmt: skip


def test_an_ivr_is_flat(pbx):
    id = pbx.create("ivr", number="6200", name="Menu", prompt="default", prompt_repeat=1, resp_timeout=1,
                    digit_timeout=1, press0_dest="external_num", press0_dest_prefix="9",
                    press0_dest_value="555")  # fmt: skip
    one = pbx.get("ivr/get", id=id)["data"]
    assert [one[f"press0_dest{end}"] for end in ("", "_prefix", "_value")] == ["external_num", "9", "555"]
    assert pbx.post("ivr/update", {"id": id, "press9_dest": "ivr", "press9_dest_value": "99"}) == NOT_FOUND
    pbx.done("ivr/update", id=id, press9_dest="extension", press9_dest_value="2")
    assert pbx.get("extension/delete", id=2) == NEEDED
    assert list(pbx.get("ivr/list")["data"][0]) == [
        "id", "number", "name", "dial_ext_option", "enb_dial_outb_routes", "client_unique_ringtone",
    ]  # fmt: skip
