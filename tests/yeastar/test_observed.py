"""Resources as a real PBX of firmware 37.23.0.83 answered them: keys, their order, and which of them are left out."""

from __future__ import annotations

import json

import pytest
from offices import OwnPbx, problems

OFFICE = {
    "settings": {"timezone": "Asia/Riyadh"},
    "extensions": [
        {"number": "2000", "online": ["sip_phone", "linkus_mobile", "linkus_web"], "ip": "10.0.0.7:5060"},
        {"number": "2001", "name": "Ann Lee", "email_addr": "a@x", "mobile_number": "139", "presence_status": "away"},
    ],
    "trunks": [
        {"name": "peer", "type": "peer", "address": "10.0.0.1:5060"},
        {"name": "login", "type": "register", "address": "10.0.0.2:5060"},
        {"name": "known", "type": "account", "username": "u", "def_outbound_cid": "555"},
    ],
    "ring_groups": [{"name": "Desk", "number": "6300"}],
    "queues": [
        {"number": "6400", "name": "Support", "ring_strategy": "rrmemory", "agents": ["2000"], "managers": ["2001"]},
        {"number": "6401", "name": "Other", "sla_time": 20, "retry_time": "x", "satisfaction_survey_point_list": "x",
         "empty_defined_for_leave_empty": [], "call_log_view_range": [7], "client_unique_ringtone": "Ring1.mp3"},
    ],
}  # fmt: skip
EMPLOYEE = {"text": "2000", "text2": "2000", "value": "1", "type": "extension"}
MANAGER = {"text": "Ann Lee", "text2": "2001", "value": "2", "type": "extension"}
POINTS = [{"k": key, "p": points} for key, points in zip("0123456789*", [0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0], strict=True)]
NOWHERE = {"": "end_call", "_prefix": "", "_value": ""}
SETTINGS = {
    "id": 1, "number": "6400", "name": "Support", "ring_strategy": "rrmemory", "moh": "default", "max_wait_time": 1800,
    **{f"fail_dest{part}": value for part, value in NOWHERE.items()},
    "agent_timeout": 30, "retry_time": 30, "wrap_up_time": 10, "enb_ring_in_use": 0, "agent_prompt": "",
    "enb_auto_pause": 0, "max_pause_miss_call": 3, "enb_email_miss_call": 0, "enb_email_abandon_call": 0,
    "enb_email_sla_alarm": 0, "callback_enb_request_email": 0, "callback_enb_failed_email": 0, "max_calls": 0,
    "alert_info": "", "enb_leave_empty": 0, "enb_disallow_to_join_when_empty": 1, "enb_callback": 0,
    "callback_timeout": "queue_max_wait_time", "callback_timeout_num": 180, "callback_method": "digit",
    "callback_press_key": "1", "callback_outbound_prefix": "", "callback_trigger_timeout": 0, "sla_time": 60,
    "sla_interval": 30, "sla_alarm_threshold": 80, "join_prompt": "", "enb_announce_agent_id": 0,
    "enb_announce_default_prompt": 0, "enb_announce_pos": 0, "enb_announce_hold_time": 0, "caller_announce_freq": 30,
    "sys_announce_prompt": "", "sys_announce_freq": 60, "satisfa_survey_prompt": "", "press_key": "",
    **{f"key_dest{part}": value for part, value in NOWHERE.items()},
    "dynamic_agent_list": None, "static_agent_list": [EMPLOYEE], "manager_list": [MANAGER],
    "satisfaction_survey_point_list": POINTS, "enb_priority_queue": 0, "weight": 10, "enb_acceleration_weight": 0,
    "acceleration": 30, "enb_queue_call_log": 0, "call_log_visible_type": "", "call_log_specific_member": None,
    "call_log_view_range": None, "empty_defined_for_leave_empty": ["1", "2"],
    "empty_defined_for_disallow_to_join_when_empty": ["1", "2"], "satisfa_survey_end_prompt": "default",
    "enable_time_condition": 0, "timezone_id": 1,
    **{f"outoffice_dest{part}": value for part, value in NOWHERE.items()},
    **{f"holiday_dest{part}": value for part, value in NOWHERE.items()},
    "ignore_holiday_dest": 0, "enb_play_holiday_prompt_global": 0, "enb_ip_phone_missed_call_display": 1,
    "play_full_join_prompt": 1, "ringback_tone": "", "enb_custom_language": 0, "prompt_language": "",
    "client_unique_ringtone": "", "leave_empty_no_agent_list": None, "join_empty_no_agent_list": None,
}  # fmt: skip

# What another value of each type is.
OTHER = {int: lambda value: 1 - value if value in (0, 1) else value + 5, str: lambda value: "other"}


@pytest.fixture
def make(server):
    made = []

    def own(**settings):
        made.append(OwnPbx(server, OFFICE, **settings))
        return made[-1]

    yield own
    for pbx in made:
        pbx.drop()


@pytest.fixture
def pbx(make):
    return make(firmware="37.23")


def same(answer, expected):
    """Equal, and with the keys in the same order."""
    assert json.dumps(answer) == json.dumps(expected)


def test_extensions(pbx):
    answer = pbx.get("extension/list")
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    zone = {"timezone": "Global Time Zone[3 Saudi Arabia (Riyadh)]"}
    offline = {"status": 0}
    mobile = [{"status": 1, "ip": "", "linkus_dev_type": "android"}]
    same(answer["data"], [
        {"id": 1, "online_status": {
            "fxs_phone": offline,
            "sip_phone": {"status": 1, "ext_dev_type": "sip", "status_list": [{"status": 1, "ip": "10.0.0.7:5060"}]},
            "linkus_desktop": offline,
            "linkus_mobile": {"status": 1, "ext_dev_type": "linkusmobile", "status_list": mobile},
            "linkus_web": {"status": 1, "ext_dev_type": "linkusweb"},
        }, "presence_status": "available", "number": "2000", "caller_id_name": "2000", "role_name": "", **zone,
            "custom_presence_status": "available"},
        {"id": 2, "online_status": dict.fromkeys(answer["data"][0]["online_status"], offline),
         "presence_status": "away", "number": "2001", "caller_id_name": "Ann Lee", "role_name": "",
         "email_addr": "a@x", "mobile_number": "139", **zone, "custom_presence_status": "away"},
    ])  # fmt: skip
    assert pbx.get("extension/search", search_value="RIYADH")["total_number"] == 2
    assert [row["id"] for row in pbx.get("extension/list", sort_by="email_addr", order_by="desc")["data"]] == [2, 1]


def test_older_extensions_have_all_that_the_guides_list_and_no_more(make):
    pbx = make(firmware="37.21")
    row = pbx.get("extension/list")["data"][0]
    assert [*row][3:] == ["number", "caller_id_name", "role_name", "email_addr", "mobile_number"]
    assert (row["email_addr"], row["mobile_number"]) == ("", "")
    assert all("ext_dev_type" in device for device in row["online_status"].values())
    assert "status_list" not in row["online_status"]["linkus_mobile"]
    assert pbx.get("extension/search", search_value="RIYADH")["total_number"] == 0


@pytest.mark.parametrize("firmware", ["37.7+", "37.23"])
def test_trunks(make, firmware):
    peer, login, known = make(firmware=firmware).get("trunk/list")["data"]
    more = {} if firmware == "37.23" else {"def_outbound_cid": ""}
    same(peer, {"id": 1, "status": 1, "name": "peer", "type": "peer", "host_port": "10.0.0.1:5060", **more})
    assert [*login][5:] == ([] if firmware == "37.23" else ["def_outbound_cid", "username"])
    assert (known["def_outbound_cid"], known["username"]) == ("555", "u")


@pytest.mark.parametrize("firmware", ["37.7+", "37.7", "37.21", "37.23"])
def test_queues(make, firmware):
    answer = make(firmware=firmware).get("queue/list")
    assert list(answer) == ["errcode", "errmsg", "total_number", "queue_list"]
    ringtones = ("", "Ring1.mp3") if firmware == "37.23" else (None, None)
    first, second = ({"client_unique_ringtone": tone} if tone is not None else {} for tone in ringtones)
    same(answer["queue_list"], [
        {"id": 1, "number": "6400", "name": "Support", "ring_strategy": "rrmemory", **first,
         "dynamic_agent_list": None, "static_agent_list": [EMPLOYEE], "manager_list": [MANAGER]},
        {"id": 2, "number": "6401", "name": "Other", "ring_strategy": "ring_all", **second,
         "dynamic_agent_list": None, "static_agent_list": None, "manager_list": None},
    ])  # fmt: skip


def test_all_that_a_queue_is_set_to(pbx):
    same(pbx.get("queue/query", ids=1)["data"], [SETTINGS])
    same(pbx.get("queue/get", id=1)["data"], SETTINGS)


def test_a_seed_document_sets_queues(pbx):
    """What is of another type counts as not there."""
    told = pbx.get("queue/get", id=2)["data"]
    odd = {"id": 2, "number": "6401", "name": "Other", "ring_strategy": "ring_all", "sla_time": 20,
           "static_agent_list": None, "manager_list": None, "empty_defined_for_leave_empty": None,
           "call_log_view_range": [7], "client_unique_ringtone": "Ring1.mp3"}  # fmt: skip
    same(told, SETTINGS | odd)


def test_every_setting_is_taken(pbx):
    others = {
        name: OTHER[type(value)](value)
        for name, value in SETTINGS.items()
        if type(value) in OTHER and "_dest" not in name and name not in ("id", "number", "ring_strategy")
    }
    others |= {name: part for dest in ("fail_dest", "key_dest", "outoffice_dest", "holiday_dest") for name, part in
               {dest: "ring_group", f"{dest}_prefix": "9", f"{dest}_value": "1"}.items()}  # fmt: skip
    elsewhere = {"no_agent_include_list": ["1", "2"], "dest_to": "ring_group", "dest_value": "1", "dest_prefix": ""}
    others |= {
        "satisfaction_survey_point_list": POINTS[:3], "call_log_specific_member": [{"value": "1"}],
        "call_log_view_range": ["all"], "empty_defined_for_leave_empty": ["3"], "leave_empty_no_agent_list": [],
        "empty_defined_for_disallow_to_join_when_empty": [], "join_empty_no_agent_list": [elsewhere],
    }  # fmt: skip
    pbx.done("queue/update", id=1, **others, enb_queue_skill_based_routing=1)
    nulls = dict.fromkeys(("leave_empty_no_agent_list", "empty_defined_for_disallow_to_join_when_empty"))
    expected = SETTINGS | others | nulls
    same(pbx.get("queue/get", id=1)["data"], expected)
    assert pbx.get("ringgroup/delete", id=1)["errcode"] == 70091
    # A client reads what get answers, and posts it back.
    pbx.done("queue/update", **expected)
    same(pbx.get("queue/get", id=1)["data"], expected)
    again = {name: value for name, value in expected.items() if name != "id"} | {"number": "6409", "name": "Again"}
    id = pbx.create("queue", **again)
    same(pbx.get("queue/get", id=id)["data"], {"id": id, **again})


def test_null_is_a_list_of_nobody(pbx):
    pbx.done("queue/update", id=1, static_agent_list=None, manager_list=[])
    assert [pbx.get("queue/get", id=1)["data"][f"{who}_list"] for who in ("static_agent", "manager")] == [None, None]
    assert pbx.get("queue/agent_status", id=1) == {"errcode": 0, "errmsg": "SUCCESS", "total_number": 0, "data": None}


@pytest.mark.parametrize(
    ("body", "checks"),
    [
        ({"sla_time": "60"}, "number"),
        ({"sla_time": -1}, "min"),
        ({"max_wait_time": 10_000_000}, "max"),
        ({"enb_callback": 2}, "oneof"),
        ({"join_prompt": 5}, "required"),
        ({"key_dest": "moon"}, "oneof"),
        ({"empty_defined_for_leave_empty": [1]}, "required"),
        ({"call_log_view_range": "all"}, "required"),
        ({"call_log_view_range": [1.5]}, "required"),
        ({"satisfaction_survey_point_list": [{"p": "1"}]}, "number"),
        ({"holiday_dest": "queue", "holiday_dest_value": "x"}, "number"),
        ({"call_log_view_range": [True]}, -2),
        ({"enb_priority_queue": True}, -2),
        ({"outoffice_dest": "ivr", "outoffice_dest_value": "9"}, 60001),
    ],
)
def test_settings_refused(pbx, body, checks):
    answer = pbx.post("queue/update", {"id": 1, "weight": 99, **body})
    if isinstance(checks, int):
        assert answer["errcode"] == checks
    else:
        assert problems(answer) == [(list(body)[-1], checks)]
    assert pbx.get("queue/get", id=1)["data"]["weight"] == 10
