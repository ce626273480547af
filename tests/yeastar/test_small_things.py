"""Options, pause reasons, prompts, passwords of conferences, wake-up calls, a guest's checkout, and short lists."""

from __future__ import annotations

import pytest
from offices import DONE, NOT_FOUND, OwnPbx, problems

from app.pbx.seed_document import SeedError, read_document

REASONS = [
    {"code": "*01", "reason": "Lunch"}, {"code": "*02", "reason": "Break"}, {"code": "*03", "reason": "Wrap up"},
]  # fmt: skip
OFFICE = {
    "extensions": [
        {"number": "2000", "first_name": "Ann", "last_name": "Lee", "email_addr": "a@x", "mobile_number": "139",
         "presence_status": "away"},
        {"number": "2001"},
    ],
    "queues": [{"number": "6400", "name": "Support", "agents": ["2000"]}],
    "conferences": [{"number": "6500", "name": "Room"}],
    "outbound_routes": [{"name": "Out", "members": ["2000", "2001"]}],
    "system_prompts": [{"name": "English", "language": "sound-en"}, {"name": "Klingon", "is_default_install": 0}],
    "custom_prompts": ["hello.wav", {"name": "bye.mp3", "type": "record", "extension": "2000"}],
    "custom_ringtones": [{"name": "Ring1.mp3", "type": "built-in"}, "Chime.wav"],
    "play_lists": [{"name": "Soft", "prompt_list": [{"file": "a.wav"}, "odd", {}]}, "Silence"],
    "itsps": [{"name": "VoIP.ms", "country": "Canada"}, "Other"],
    "wakeup_calls": [{"name": "early", "extensions": ["2000"], "alarm_time": "05:00"}],
    "options": [{"name": "ringgroup", "enb_transfer_to_voicemail": 1}, {"name": "prompt_preference", "moh": "Soft"}],
}  # fmt: skip


def notes(pbx):
    told = pbx.server.http.get(f"{pbx.server.url}/_pbx/requests/last/explain", params={"world": pbx.name}, timeout=9)
    return told.text


TOLD = [
    ("queue_pause_reason/list", {}, {"data": REASONS}),
    ("queue_pause_reason/list", {"page": 2, "page_size": 2}, {"data": REASONS[2:]}),
    ("queue_pause_reason/list", {"page": 9, "page_size": 2}, {"data": []}),
    (
        "queue_option/get", {},
        {"data": {"enb_honor_wrapup_time": 0, "dynamic_agent_default_status": "logout", "enb_process_result_sync": 0,
                  "time_range": 8}},
    ),
    ("ringgroup/getoptions", {}, {"data": {"enb_transfer_to_voicemail": 1}}),
    (
        "prompt_preference/get", {},
        {"prompt_preference": {
            "moh": "Soft", "call_fwd_prompt": "moh", "busy_line_prompt": "default", "event_center_prompt": "default",
            "enb_call_fwd_prompt": 1, "enb_call_waiting_prompt": 0}},
    ),
    (
        "system_prompt/list", {},
        {"system_prompt": {"language": "sound-en", "prompt_list": [
            {"language": "sound-en", "language_text": "English", "is_default_install": 1},
            {"language": "Klingon", "language_text": "Klingon", "is_default_install": 0}]}},
    ),
    (
        "custom_prompt/list", {"page": 1, "page_size": 2},
        {"total_number": 2, "prompt_list": [
            {"id": 1, "file": "hello", "suffix": ".wav", "type": "record", "storage": 1, "real_filename": "hello.wav"},
            {"id": 2, "file": "bye", "suffix": ".mp3", "type": "record", "storage": 1, "real_filename": "bye.mp3",
             "extension": "2000"}]},
    ),
    (
        "custom_ringtone/list", {},
        {"total_number": 2, "ringtone_list": [
            {"id": 2, "file": "Chime.wav", "suffix": ".wav", "type": "backend"},
            {"id": 1, "file": "Ring1.mp3", "suffix": ".mp3", "type": "built-in"}]},
    ),
    ("moh_files/list", {"list_name": "Soft"}, {"prompt_list": [{"file": "a.wav"}]}),
    ("moh_files/list", {"list_name": "Silence"}, {"prompt_list": []}),
    ("moh_files/list", {"list_name": "default"}, {"prompt_list": []}),
    (
        "trunk/itsp_list", {},
        {"data": [{"id": 1, "country": "Canada", "name": "VoIP.ms"}, {"id": 2, "country": "", "name": "Other"}],
         "total_number": 2},
    ),
    (
        "presence_status/list", {"page": 2, "page_size": 5},
        {"total_number": 6, "data": [{"id": 6, "name": "off_work"}]},
    ),
    ("conference/query_ongoing_conference", {"number": "all"}, {"data": []}),
    ("conference/query_interim_conference", {}, {"data": []}),
    ("timezone/list", {"search_value": "moon"}, {"total_number": 0, "data": []}),
    ("timezone/list", {"timezone_type": "custom"}, {"total_number": 0, "data": []}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "asked", "told"), TOLD)
def test_what_is_told(shared, path, asked, told):
    answer = shared.get(path, **asked)
    assert answer == DONE | told
    assert list(answer) == [*DONE, *told]


@pytest.mark.parametrize(
    ("zone", "shown", "name", "summer"),
    [
        ("Asia/Shanghai", "UTC+8 Asia/Shanghai", "8 China (Beijing)", 0),
        ("Europe/London", "UTC+0 Europe/London", "0 Europe/London", 1),
        ("America/St_Johns", "UTC-3:30 America/St_Johns", "-3:30 America/St_Johns", 1),
        ("Asia/Kolkata", "UTC+5:30 Asia/Kolkata", "5:30 Asia/Kolkata", 0),
    ],
)
def test_the_time_zone(server, zone, shown, name, summer):
    pbx = OwnPbx(server, {}, timezone=zone)
    assert pbx.get("timezone/list", timezone_type="global", search_value="GLOBAL")["data"] == [
        {"id": 1, "name": "global_timezone", "timezone": shown, "timezone_name": name, "enable_dst": summer,
         "timezone_type": "global", "feature_code": "*99"}
    ]  # fmt: skip
    pbx.drop()


# Path, what is sent, the problems that are named, or the errcode.
REFUSED = [
    ("queue_pause_reason/update", {}, [("pause_reason_list", "required")]),
    ("queue_pause_reason/update", {"pause_reason_list": []}, [("pause_reason_list", "required")]),
    ("queue_pause_reason/update", {"pause_reason_list": [{"code": "*1"}]}, [("pause_reason_list", "required")]),
    ("queue_pause_reason/update", {"pause_reason_list": [{"code": "", "reason": "x"}]},
     [("pause_reason_list", "min")]),
    ("queue_pause_reason/update", {"pause_reason_list": [{"code": "*1", "reason": "x" * 128}]},
     [("pause_reason_list", "max")]),
    ("queue_pause_reason/update", {"pause_reason_list": [REASONS[0], REASONS[1], REASONS[0]]}, 40003),
    ("queue_option/update", {"dynamic_agent_default_status": "x"}, [("dynamic_agent_default_status", "oneof")]),
    ("queue_option/update", {"enb_honor_wrapup_time": True, "time_range": 4}, -2),
    ("queue_option/update", {"enb_process_result_sync": 1, "time_range": 0}, [("time_range", "min")]),
    ("queue/honor_wrapup_time", {}, [("enb_honor_wrapup_time", "required")]),
    ("queue/honor_wrapup_time", {"enb_honor_wrapup_time": 2}, [("enb_honor_wrapup_time", "oneof")]),
    ("prompt_preference/update", {"call_fwd_prompt": "song"}, [("call_fwd_prompt", "oneof")]),
    ("prompt_preference/update", {"moh": "x" * 256}, [("moh", "max")]),
    ("extension/send_welcome_email", {}, [("id_list", "required")]),
    ("extension/send_welcome_email", {"id_list": []}, [("id_list", "required")]),
    ("extension/send_welcome_email", {"id_list": ["1"]}, [("id_list", "number")]),
    ("extension/send_welcome_email", {"id_list": [1, 99]}, 60001),
    ("custom_prompt/create", {"type": "specify"}, [("file", "required"), ("type", "oneof"), ("text", "required"),
                                                   ("language", "required"), ("asr_manufacturer", "required")]),
    ("hotel/checkout", {}, [("ext_id", "required")]),
    ("hotel/checkout", {"ext_id": "1"}, [("ext_id", "number")]),
    ("hotel/checkout", {"ext_id": 99}, 60001),
    ("conference/create", {"number": "65", "name": "x", "partic_password": "1" * 15}, [("partic_password", "max")]),
    ("conference/create", {"number": "65", "name": "x", "moderator_list": ["99"]}, 60001),
    ("conference/create", {"number": "65", "name": "x", "moderator_password": "1" * 15},
     [("moderator_password", "max")]),
    ("conference/update", {"id": 1, "sound_prompt": "song"}, [("sound_prompt", "oneof")]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "answer"), REFUSED)
def test_refused(shared, path, body, answer):
    refused = shared.post(path, body)
    assert (problems(refused) if isinstance(answer, list) else refused["errcode"]) == answer
    assert shared.get("queue_pause_reason/list")["data"] == REASONS
    assert shared.get("queue_option/get")["data"]["time_range"] == 8


@pytest.mark.parametrize(
    ("path", "asked", "answer"),
    [
        ("moh_files/list", {}, [("list_name", "required")]),
        ("moh_files/list", {"list_name": "Loud"}, 60001),
        ("moh_files/list", {"list_name": "x" * 10_000}, 60001),
        ("conference/viewpassword", {}, [("id", "required"), ("type", "required")]),
        ("conference/viewpassword", {"id": 1, "type": "password"}, [("type", "oneof")]),
        ("conference/viewpassword", {"id": 2, "type": "partic_password"}, 60001),
        ("conference/query_ongoing_conference", {}, [("number", "required")]),
        ("timezone/list", {"sort_by": "timezone"}, [("sort_by", "oneof")]),
        ("wakeupcall/get", {}, [("ext_id", "required")]),
        ("wakeupcall/get", {"ext_id": 99}, 60001),
        ("wakeupcall/query", {"ext_id": "1;2"}, [("ext_id", "number")]),
        ("wakeupcall/delete", {"wakeup_call_id": 1}, [("ext_id", "required")]),
        ("wakeupcall/delete", {"ext_id": 1, "wakeup_call_id": "1,9"}, 60001),
        ("wakeupcall/delete", {"ext_id": 2, "wakeup_call_id": "1"}, 60001),
        ("wakeupcall/delete", {"ext_id": 2}, 60001),
    ],
)
def test_asked_wrongly(shared, path, asked, answer):
    refused = shared.get(path, **asked)
    assert (problems(refused) if isinstance(answer, list) else refused["errcode"]) == answer
    assert len(shared.get("wakeupcall/get", ext_id=1)["data"]["wakeup_call"]) == 1


def test_pause_reasons_are_what_was_sent(pbx):
    wanted = [{"code": "*01", "reason": "Off Duty"}, {"code": "#02", "reason": "Break"}]
    pbx.done("queue_pause_reason/update", pause_reason_list=wanted)
    assert pbx.get("queue_pause_reason/list")["data"] == wanted
    pbx.done("agent/pause", ext_id=1, operation="pause", reason="*01")
    assert pbx.get("queue/agent_status", id=1)["data"][0]["pause_reason"] == "Off Duty"
    assert problems(pbx.get("agent/pause", ext_id=1, operation="pause", reason="*03")) == [("reason", "oneof")]


def test_options_stay_as_they_were_changed(pbx):
    pbx.done("queue_option/update", dynamic_agent_default_status="login")
    assert pbx.post("queue/honor_wrapup_time", {"enb_honor_wrapup_time": 1}) == DONE
    data = pbx.get("queue_option/get")["data"]
    assert (data["dynamic_agent_default_status"], data["enb_honor_wrapup_time"], data["time_range"]) == ("login", 1, 8)
    pbx.done("queue/update", id=1, dynamic_agent_list=[2])
    agents = {row["number"]: row["is_login"] for row in pbx.get("queue/agent_status", id=1)["data"]}
    assert agents == {"2000": 1, "2001": 1}
    for status in ("login", "logout"):
        pbx.done("agent/login", ext_id=2, operation=status)
        pbx.done("queue/update", id=1, dynamic_agent_list=[2], max_wait_time=60)
        assert pbx.get("queue/agent_status", id=1)["data"][1]["is_login"] == int(status == "login")
    pbx.done("prompt_preference/update", moh="", invaild_num_prompt="hello.wav")
    told = pbx.get("prompt_preference/get")["prompt_preference"]
    assert ("moh" in told, told["invaild_num_prompt"], told["call_fwd_prompt"]) == (False, "hello.wav", "moh")


SPOKEN = {"file": "doc_demo_tts", "type": "tts", "text": "Welcome.", "language": "en-US", "asr_manufacturer": "aws",
          "voice_id": "en-US_female_ne_danielle", "speed": 50}  # fmt: skip


def test_a_spoken_prompt(pbx):
    assert pbx.post("custom_prompt/create", SPOKEN) == DONE
    assert "has no sound" in notes(pbx)
    row = pbx.get("custom_prompt/list")["prompt_list"][2]
    times = row.pop("created_ts"), row.pop("updated_ts")
    assert times[0] == times[1] > 1_700_000_000
    assert row == {
        "id": 3, "file": "doc_demo_tts", "suffix": ".wav", "type": "tts", "storage": 1,
        "real_filename": "doc_demo_tts.wav", "asr_manufacturer": "aws", "language": "en-US",
        "voice_id": "en-US_female_ne_danielle", "text": "Welcome.", "speed": 50,
    }  # fmt: skip
    assert pbx.menu("custom_prompt") == {"1": "hello.wav", "2": "bye.mp3", "3": "doc_demo_tts.wav"}
    assert pbx.menu("system_prompt") == {"1": "English", "2": "Klingon"}
    for file, problem in (("a.b", "oneof"), ("a b", "oneof"), ("x" * 251, "max")):
        assert problems(pbx.post("custom_prompt/create", SPOKEN | {"file": file})) == [("file", problem)]
    twice = pbx.post("custom_prompt/create", SPOKEN)
    assert (twice["errcode"], twice["duplicate_field_list"][0]["field"]) == (40003, "file")
    assert pbx.get("custom_prompt/list")["total_number"] == 3


def test_passwords_of_conferences_are_told_in_clear(pbx):
    id = pbx.create("conference", number="6501", name="Secret", partic_password="75437", moderator_list=["1"],
                    enb_custom_language=1, prompt_language="sound-en")  # fmt: skip
    for kind, password in (("partic_password", "75437"), ("moderator_password", "")):
        assert pbx.get("conference/viewpassword", id=id, type=kind) == DONE | {"password": password}
    one = pbx.get("conference/get", id=id)["data"]
    assert (one["has_partic_password"], one["has_moderator_password"]) == (1, 0)
    assert not {"partic_password", "moderator_password", "prompt_language"} & set(one)
    pbx.done("conference/update", id=id, partic_password="", moderator_password="1" * 14)
    one = pbx.get("conference/get", id=id)["data"]
    assert (one["has_partic_password"], one["has_moderator_password"]) == (0, 1)


def test_a_conference_keeps_its_number(pbx):
    for number in ("6509", "2000"):
        pbx.done("conference/update", id=1, number=number, name="Hall")
        assert "number was passed over" in notes(pbx)
    one = pbx.get("conference/get", id=1)["data"]
    assert (one["number"], one["name"]) == ("6500", "Hall")
    pbx.done("conference/update", **one)
    assert "passed over: number" not in notes(pbx)


EARLY = {"id": 1, "alarm_time": "05:00", "repeat_type": "never", "number_of_snoozes": 0, "snooze_duration": 10,
         "alarm_prompt": "", "remark": "early"}  # fmt: skip
WORKDAYS = "every_monday,every_friday"


def test_alarms_live(pbx):
    body = {"ext_id": 2, "alarm_time": "07:30", "repeat_type": WORKDAYS, "alarm_prompt": "hello"}
    id = pbx.create("wakeupcall", **body)
    late = {key: value for key, value in body.items() if key != "ext_id"}
    late = {"id": id, **late, "number_of_snoozes": 0, "snooze_duration": 10}
    assert pbx.get("wakeupcall/list") == DONE | {
        "data": [{"ext_id": 1, "wakeup_call": [EARLY]}, {"ext_id": 2, "wakeup_call": [late]}]
    }
    assert pbx.get("wakeupcall/list", page=2, page_size=1)["data"] == [{"ext_id": 2, "wakeup_call": [late]}]
    assert pbx.get("wakeupcall/list", page=3, page_size=1)["data"] == []
    assert pbx.post("wakeupcall/create", body)["errcode"] == 70516
    newer = {"alarm_day": "2025/01/05", "repeat_option": "every_day", "ring_timeout": 30, "fail_dest_type": "ext",
             "fail_dest_data": 1}  # fmt: skip
    pbx.done("wakeupcall/update", id=id, ext_id=1, alarm_time="08:00", **newer)
    assert pbx.get("wakeupcall/get", ext_id=2)["data"]["wakeup_call"] == [late | newer | {"alarm_time": "08:00"}]
    pbx.done("extension/update", id=2, number="2900")
    assert pbx.get("wakeupcall/query", ext_id="2,99,1,2")["data"][0]["wakeup_call"][0]["id"] == id
    pbx.done("wakeupcall/delete", ext_id=2)
    assert pbx.get("wakeupcall/get", ext_id=2) == DONE | {"data": {"ext_id": 2, "wakeup_call": []}}
    assert pbx.get("wakeupcall/delete", ext_id=2) == NOT_FOUND
    pbx.done("wakeupcall/delete", ext_id=1, wakeup_call_id=1)
    assert pbx.get("wakeupcall/list")["data"] == []


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"ext_id": 99}, 60001),
        ({"ext_id": "2"}, [("ext_id", "number")]),
        ({"alarm_time": "7:30"}, [("alarm_time", "oneof")]),
        ({"alarm_time": "24:00"}, [("alarm_time", "oneof")]),
        ({"repeat_type": "every_day"}, [("repeat_type", "oneof")]),
        ({"repeat_type": "never,every_monday"}, [("repeat_type", "oneof")]),
        ({"repeat_type": "every_monday,every_monday"}, [("repeat_type", "oneof")]),
        ({"alarm_prompt": "a\tb"}, [("alarm_prompt", "oneof")]),
        ({"number_of_snoozes": 4}, [("number_of_snoozes", "max")]),
        ({"alarm_day": "2025/13/05"}, [("alarm_day", "oneof")]),
        ({"fail_dest_type": "ext"}, [("fail_dest_data", "required")]),
        ({"fail_dest_type": "ringgroup", "fail_dest_data": 9}, 60001),
        ({"alarm_prompt": "x" * 10_000}, [("alarm_prompt", "max")]),
    ],
)
def test_alarms_refused(shared, change, answer):
    refused = shared.post("wakeupcall/create", {"ext_id": 2, "alarm_time": "07:30"} | change)
    assert (problems(refused) if isinstance(answer, list) else refused["errcode"]) == answer
    assert shared.get("wakeupcall/get", ext_id=2)["data"]["wakeup_call"] == []


def test_as_many_alarms_as_one_can_have(pbx):
    for hour in range(23):
        pbx.create("wakeupcall", ext_id=2, alarm_time=f"{hour:02}:00", alarm_prompt="lost")
    assert "there is no custom prompt 'lost'" in notes(pbx)
    assert pbx.post("wakeupcall/create", {"ext_id": 2, "alarm_time": "23:00"})["errcode"] == 60002
    pbx.done("queue/delete", id=1)
    pbx.done("outbound_route/delete", id=1)
    pbx.done("extension/delete", id=1)
    assert [row["ext_id"] for row in pbx.get("wakeupcall/list")["data"]] == [2]


def test_a_guest_leaves(pbx):
    for number in ("2000", "2001"):
        assert pbx.post("vm/create", {"vm_from_number": "2001", "vm_to_number": number})["errcode"] == 0
    assert pbx.post("hotel/checkout", {"ext_id": 1}) == DONE
    row = pbx.get("extension/get", id=1)["data"]
    assert {key: row[key] for key in ("first_name", "last_name", "email_addr", "mobile_number", "title")} == {
        "first_name": "", "last_name": "2000", "email_addr": "", "mobile_number": "", "title": "",
    }  # fmt: skip
    assert row["presence_status"] == "available"
    assert pbx.get("extension/list")["data"][0]["caller_id_name"] == "2000"
    assert pbx.get("wakeupcall/list")["data"] == []
    assert [entry["ext_number"] for entry in pbx.get("outbound_route/get", id=1)["data"]["ext_list"]] == ["2001"]
    assert [pbx.get("vm/get", number=number)["total_number"] for number in ("2000", "2001")] == [0, 1]
    assert pbx.post("hotel/checkout", {"ext_id": 1}) == DONE


def test_no_mail_is_sent(pbx):
    assert pbx.post("extension/send_welcome_email", {"id_list": [1, 2]}) == DONE
    told = notes(pbx)
    assert "no mail was sent" in told
    assert "without an e-mail address: 2001" in told


@pytest.mark.parametrize(
    ("key", "items", "why"),
    [
        ("pause_reasons", [{"name": "x", "code": "*1"}, {"name": "y", "code": "*1"}], "another value than"),
        ("pause_reasons", [{"name": "x", "code": {}}], "text of at most 64"),
        ("wakeup_calls", [{"name": "x", "extensions": ["2999"]}], "is not an extension"),
    ],
)
def test_seed_documents_refused(key, items, why):
    with pytest.raises(SeedError, match=why):
        read_document({key: items})


def test_whatever_a_seed_document_holds(server):
    odd = {"alarm_time": [], "type": 7, "prompt_list": {}, "country": [], "moh": 3}
    kinds = ("pause_reasons", "custom_ringtones", "custom_prompts", "system_prompts", "itsps", "play_lists")
    document = {key: ["plain", {"name": "odd", **odd}] for key in (*kinds, "wakeup_calls")}
    document["options"] = [{"name": name, **odd} for name in ("queue_option", "prompt_preference")]
    pbx = OwnPbx(server, document)
    for path, key in (("system_prompt/list", "system_prompt"), ("trunk/itsp_list", "data"),
                      ("custom_prompt/list", "prompt_list"), ("queue_pause_reason/list", "data"),
                      ("prompt_preference/get", "prompt_preference"), ("wakeupcall/list", "data")):  # fmt: skip
        assert key in pbx.get(path), path
    assert pbx.get("prompt_preference/get")["prompt_preference"]["moh"] == "default"
    assert pbx.get("moh_files/list", list_name="odd")["prompt_list"] == []
    pbx.drop()
