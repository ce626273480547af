"""vm/*, vm_greeting/*, extension_vm_greeting/*: messages left by calls and made, what becomes of them, greetings."""

from __future__ import annotations

import io
import wave

import pytest
import requests
from office import call, instant
from offices import DONE, NOT_FOUND, problems

BOOLEAN = {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}
LONG = "9" * 10_000


def left(number, start, caller, callee, ring=20, talk=15, **more):
    """A call that ended in a mailbox."""
    return call(number, start, caller, callee, disposition="VOICEMAIL", duration=ring + talk, ring_duration=ring,
                talk_duration=talk, call_to=f"Voicemail {callee}<{callee}>", **more)  # fmt: skip


OFFICE = {
    "extensions": [
        {"number": "2000", "name": "Amelia Hart"},
        {"number": "2005", "name": "Kristin Hale"},
        {"number": "2050", "name": "Zoë Müller"},
    ],
    "extension_groups": [{"id": 7, "name": "Sales", "members": ["2005", "2050"]}],
    "group_voicemails": [
        {"id": 1, "number": "6600", "name": "Team", "mode": "share",
         "members": ["2005", {"type": "ext_group", "id": 7}]},
        {"id": 2, "number": "6601", "name": "All", "mode": "broadcast", "members": ["2005"]},
    ],
    "extension_greetings": [
        {"id": 20, "box": "2005", "name": "vm_end", "type": "tts"},
        {"id": 21, "box": "2000", "name": "vm_end", "suffix": ".WAV"},
        {"id": 22, "box": "2005", "name": "vm_busy.wav"},
        {"id": 23, "name": "nobody's"},
    ],
    "group_greetings": [{"id": 22, "box": "6600", "name": "group_vm_night.wav"}],
    "cdrs": [
        left(9, "2024-04-03 10:00:00", "13912345678", "2005", src_trunk="city"),
        left(4, "2024-04-03 00:00:00", "2050", "2005", call_from_name="Zoë Müller", talk=3600),
        left(5, "2024-04-03 09:00:00", "2000", "6600", call_from_name="Amelia Hart"),
        left(6, "2024-04-03 09:00:00", "2000", "6601"),
        left(7, "2024-04-03 09:00:00", "2000", "9999"),
        call(8, "2024-04-03 09:00:00", "2000", "2005", duration=9, talk_duration=9),
    ],
}  # fmt: skip


def id_of(row, start, ring=20):
    return f"{instant(start) + ring}-{2 * row:08}"


FIRST, SECOND = id_of(4, "2024-04-03 00:00:00"), id_of(9, "2024-04-03 10:00:00")
SHARED, BROADCAST = id_of(5, "2024-04-03 09:00:00"), id_of(6, "2024-04-03 09:00:00")


def ids(pbx, number, **asked):
    answer = pbx.get("vm/get", number=number, **asked)
    assert answer["errcode"] == 0, answer
    return [row["msg_id"] for row in answer["data"]]


# Messages


def test_get(shared):
    answer = shared.get("vm/get", number="2005")
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    assert answer["total_number"] == 2
    assert answer["data"] == [
        {
            "msg_id": FIRST,
            "file_name": "msg0000.wav",
            "is_read": 0,
            "duration": 3600,
            "size": 44 + 3600 * 16_000,
            "group_voicemail_read_status": None,
            "name": "Zoë Müller",
            "time": "04/03/2024 00:00:20",
            "number": "2050",
        },
        {
            "msg_id": SECOND,
            "file_name": "msg0001.wav",
            "is_read": 0,
            "duration": 15,
            "size": 44 + 15 * 16_000,
            "group_voicemail_read_status": None,
            "name": " ",
            "time": "04/03/2024 10:00:20",
            "number": "13912345678",
        },
    ]
    assert [*answer["data"][0]] == [
        "msg_id", "file_name", "is_read", "duration", "size", "group_voicemail_read_status", "name", "time", "number",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["msg0000.wav", "msg0001.wav"]),
        ({"page": 2, "page_size": 1}, ["msg0001.wav"]),
        ({"page": 3, "page_size": 1}, []),
        ({"page": 2**62, "page_size": 10**9}, []),
    ],
)
def test_pages(shared, asked, names):
    answer = shared.get("vm/get", number="2005", **asked)
    assert (answer["total_number"], [row["file_name"] for row in answer["data"]]) == (2, names)


def test_a_group_shares_its_messages(pbx):
    (row,) = pbx.get("vm/get", number="6600")["data"]
    assert (row["msg_id"], row["name"]) == (SHARED, "Amelia Hart")
    unread = [
        {"name": "Kristin Hale", "number": "2005", "is_read": 0},
        {"name": "Zoë Müller", "number": "2050", "is_read": 0},
    ]
    assert row["group_voicemail_read_status"] == unread
    assert pbx.post("vm/update", {"id": SHARED, "vm_status": "1"}) == DONE
    (row,) = pbx.get("vm/get", number="6600")["data"]
    assert row["is_read"] == 1
    assert row["group_voicemail_read_status"] == [member | {"is_read": 1} for member in unread]
    assert pbx.get("vm/get", number="6601") == NOT_FOUND


def test_members_of_a_group_voicemail_can_be_extension_groups(shared):
    team, _ = shared.get("vm_group/list")["vm_group_list"]
    assert team["member_list"] == [
        {"text": "Kristin Hale", "text2": "2005", "value": "2", "type": "extension"},
        {"text": "Sales", "text2": "", "value": "7", "type": "ext_group"},
    ]


def test_query(shared):
    answer = shared.get("vm/query", number="2005, 6600,9999,6601,2000,2005", page_size=1)
    assert list(answer) == ["errcode", "errmsg", "voicemail_list"]
    assert [(box["number"], box["total_number"], len(box["data"])) for box in answer["voicemail_list"]] == [
        ("2005", 2, 1), ("6600", 1, 1), ("2000", 0, 0),
    ]  # fmt: skip
    assert list(answer["voicemail_list"][0]) == ["number", "total_number", "data"]
    assert answer["voicemail_list"][0]["data"] == shared.get("vm/get", number="2005")["data"][:1]
    assert shared.get("vm/query", number="nobody,,")["voicemail_list"] == []


def test_create(pbx):
    made = pbx.post("vm/create", {"vm_from_number": "2000", "vm_to_number": "2050"})
    assert list(made) == ["errcode", "errmsg", "id"]
    assert made["id"].endswith("-00000001")
    outside = pbx.post("vm/create", {"vm_from_number": "+49(30)[1]-5.5*#", "vm_to_number": "2050"})["id"]
    first, second = pbx.get("vm/get", number="2050")["data"]
    assert (first["msg_id"], first["name"], first["number"]) == (made["id"], "Amelia Hart", "2000")
    assert (first["duration"], first["size"], first["is_read"]) == (0, 44, 0)
    assert (second["msg_id"], second["name"], second["number"]) == (outside, " ", "+49(30)[1]-5.5*#")
    assert pbx.get("vm/delete", id=outside) == DONE
    again = pbx.post("vm/create", {"vm_from_number": "2000", "vm_to_number": "2050"})["id"]
    assert again not in (made["id"], outside)
    assert ids(pbx, "2050") == [made["id"], again]


def test_what_becomes_of_messages(pbx):
    made = pbx.post("vm/create", {"vm_from_number": "1", "vm_to_number": "2005"})["id"]
    for id in (FIRST, made):
        for status in (1, "1"):
            assert pbx.post("vm/update", {"id": id, "vm_status": status}) == DONE
    assert [row["is_read"] for row in pbx.get("vm/get", number="2005")["data"]] == [1, 0, 1]
    for id in (FIRST, made):
        assert pbx.get("vm/delete", id=id) == DONE
        for again in (
            pbx.get("vm/delete", id=id),
            pbx.post("vm/update", {"id": id, "vm_status": 1}),
            pbx.get("vm/download", msg_id=id),
        ):
            assert again == NOT_FOUND
    (row,) = pbx.get("vm/get", number="2005")["data"]
    assert (row["msg_id"], row["file_name"]) == (SECOND, "msg0000.wav")
    assert pbx.get("cdr/list")["total_number"] == 6
    assert pbx.get("vm/delete", msg_id=SECOND) == DONE
    assert ids(pbx, "2005") == []


def test_a_box_is_emptied(pbx):
    pbx.post("vm/create", {"vm_from_number": "1", "vm_to_number": "2005"})
    for _ in range(2):
        assert pbx.get("vm/delete_extension_vm", number="2005") == DONE
        assert ids(pbx, "2005") == []
    assert ids(pbx, "6600") == [SHARED]


def test_a_reset_brings_messages_back(pbx, server):
    pbx.get("vm/delete", id=FIRST)
    pbx.post("vm/update", {"id": SECOND, "vm_status": 1})
    pbx.post("vm/create", {"vm_from_number": "1", "vm_to_number": "2005"})
    done = server.http.post(f"{server.url}/_pbx/reset/data", params={"world": pbx.name}, timeout=30)
    assert done.status_code == 204
    rows = pbx.get("vm/get", number="2005")["data"]
    assert [(row["msg_id"], row["is_read"]) for row in rows] == [(FIRST, 0), (SECOND, 0)]


def test_a_box_is_its_extensions(pbx):
    """Without the extension nobody gets at its messages."""
    assert pbx.get("extension/delete", id=1) == DONE
    made = pbx.post("vm/create", {"vm_from_number": "1", "vm_to_number": "2050"})["id"]
    assert pbx.get("extension/delete", id=3) == DONE
    assert pbx.get("vm/get", number="2050") == NOT_FOUND
    assert pbx.get("vm/delete", id=made) == NOT_FOUND
    assert pbx.get("extension_vm_greeting/list", extension="2000") == NOT_FOUND


def fetch(pbx, url, **headers):
    return requests.get(pbx.server.url + url, params={"access_token": pbx.token}, headers=headers, timeout=30)


def test_download(pbx):
    offered = pbx.get("vm/download", msg_id=SECOND)
    assert list(offered) == ["errcode", "errmsg", "file", "download_resource_url"]
    assert offered["file"].startswith("PBX-Voicemail-37.7.0.16-download-20")
    assert offered["file"].endswith(".wav")
    url = offered["download_resource_url"]
    assert url == f"/api/download/{offered['file']}"
    part = fetch(pbx, url, Range="bytes=0-3")
    assert (part.status_code, part.content) == (206, b"RIFF")
    whole = fetch(pbx, url)
    assert (whole.status_code, whole.headers["Content-Type"]) == (200, "audio/wav")
    assert len(whole.content) == 44 + 15 * 16_000
    with wave.open(io.BytesIO(whole.content)) as sound:
        assert sound.getnframes() == 15 * 8000
    assert fetch(pbx, url).json() == NOT_FOUND


def test_a_deleted_message_is_behind_no_link(pbx):
    url = pbx.get("vm/download", msg_id=SECOND)["download_resource_url"]
    pbx.get("vm/delete", id=SECOND)
    assert fetch(pbx, url).json() == NOT_FOUND


# Refusals


@pytest.mark.parametrize(
    "id", ["4", "2024-00000008", FIRST[:-1], f"{FIRST}0", FIRST.replace("-", "-0"), BROADCAST, "1-00000003", "2005",
           f"{'9' * 10}-{'9' * 17}", "٣-00000008", LONG, "a\x00b"]
)  # fmt: skip
def test_unknown_messages(shared, id):
    assert shared.get("vm/download", msg_id=id) == NOT_FOUND
    assert shared.get("vm/delete", id=id) == NOT_FOUND
    assert shared.post("vm/update", {"id": id, "vm_status": 1}) == NOT_FOUND


@pytest.mark.parametrize("number", ["9999", "6601", "Kristin Hale", "1", LONG, "2005,2000", "%", "a\x00"])
def test_unknown_boxes(shared, number):
    assert shared.get("vm/get", number=number) == NOT_FOUND
    assert shared.get("vm/delete_extension_vm", number=number) == NOT_FOUND
    assert shared.post("vm/create", {"vm_from_number": "1", "vm_to_number": number}) == NOT_FOUND


def test_only_extensions_are_emptied_and_given_messages(shared):
    assert shared.get("vm/delete_extension_vm", number="6600") == NOT_FOUND
    assert shared.post("vm/create", {"vm_from_number": "1", "vm_to_number": "6600"}) == NOT_FOUND


@pytest.mark.parametrize(
    ("path", "asked", "wrong"),
    [
        ("vm/get", {}, [("number", "required")]),
        ("vm/get", {"number": ""}, [("number", "required")]),
        ("vm/get", {"number": "2005", "page": 0}, [("page", "min")]),
        ("vm/get", {"number": "2005", "page_size": "x"}, [("page_size", "number")]),
        ("vm/query", {"page": -1}, [("page", "min"), ("number", "required")]),
        ("vm/download", {"id": FIRST}, [("msg_id", "required")]),
        ("vm/delete", {}, [("id", "required")]),
        ("vm/delete_extension_vm", {}, [("number", "required")]),
        ("extension_vm_greeting/list", {}, [("extension", "required")]),
        ("vm_greeting/list", {"page": 0, "extension": "6600"}, [("page", "min")]),
        ("vm_greeting/play", {"extension": "6600"}, [("file", "required")]),
    ],
)
def test_refused(shared, path, asked, wrong):
    assert problems(shared.get(path, **asked)) == wrong


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("vm/create", {}, [("vm_from_number", "required"), ("vm_to_number", "required")]),
        ("vm/create", {"vm_from_number": "", "vm_to_number": "2005"}, [("vm_from_number", "required")]),
        ("vm/create", {"vm_from_number": 1, "vm_to_number": 2}, [("vm_from_number", "required"),
                                                                 ("vm_to_number", "required")]),
        ("vm/create", {"vm_from_number": "1" * 32, "vm_to_number": "2005"}, [("vm_from_number", "max")]),
        ("vm/create", {"vm_from_number": LONG, "vm_to_number": "2005"}, [("vm_from_number", "max")]),
        ("vm/create", {"vm_from_number": "Zoë", "vm_to_number": "2005"}, [("vm_from_number", "number")]),
        ("vm/update", {}, [("id", "required"), ("vm_status", "required")]),
        ("vm/update", {"id": 5, "vm_status": 1}, [("id", "required")]),
        ("vm/update", {"id": FIRST, "vm_status": 0}, [("vm_status", "oneof")]),
        ("vm/update", {"id": FIRST, "vm_status": "2"}, [("vm_status", "oneof")]),
        ("vm/update", {"id": FIRST, "vm_status": "read"}, [("vm_status", "number")]),
        ("vm/update", {"id": FIRST, "vm_status": [1]}, [("vm_status", "number")]),
        ("vm/update", {"id": FIRST, "vm_status": None}, [("vm_status", "number")]),
    ],
)  # fmt: skip
def test_refused_bodies(shared, path, body, wrong):
    assert problems(shared.post(path, body)) == wrong
    assert [row["is_read"] for row in shared.get("vm/get", number="2005")["data"]] == [0, 0]


def test_a_boolean_is_no_status(shared):
    assert shared.post("vm/update", {"id": FIRST, "vm_status": True}) == BOOLEAN


# Greetings


def test_greetings(shared):
    answer = shared.get("extension_vm_greeting/list", extension="2005")
    assert list(answer) == ["errcode", "errmsg", "total_number", "greeting_list"]
    assert answer["total_number"] == 2
    end, busy = answer["greeting_list"]
    assert list(end) == ["id", "module", "number", "file", "suffix", "type", "real_filename"]
    assert [*end.values()] == [20, "extension", "2005", "vm_end", ".wav", "tts", "vm_end.wav"]
    assert [*busy.values()] == [22, "extension", "2005", "vm_busy.wav", ".wav", "record", "vm_busy.wav"]
    (other,) = shared.get("extension_vm_greeting/list", extension="2000")["greeting_list"]
    assert (other["suffix"], other["real_filename"]) == (".WAV", "vm_end.WAV")
    assert shared.get("extension_vm_greeting/list", extension="2050")["greeting_list"] == []
    assert shared.get("extension_vm_greeting/list", extension="2005", page=2, page_size=1)["greeting_list"] == [busy]
    (night,) = shared.get("vm_greeting/list", extension="6600")["greeting_list"]
    assert [*night.values()] == [
        22, "groupvoicemail", "6600", "group_vm_night.wav", ".wav", "record", "group_vm_night.wav",
    ]  # fmt: skip
    assert shared.get("vm_greeting/list", extension="6601")["total_number"] == 0


@pytest.mark.parametrize(
    ("path", "other"), [("extension_vm_greeting", "6600"), ("vm_greeting", "2005"), ("vm_greeting", "9999"),
                        ("extension_vm_greeting", LONG)]
)  # fmt: skip
def test_greetings_of_nobody(shared, path, other):
    assert shared.get(f"{path}/list", extension=other) == NOT_FOUND


def test_greetings_can_be_heard(pbx):
    offered = pbx.get("extension_vm_greeting/download", extension="2005", file="vm_end.wav")
    assert list(offered) == ["errcode", "errmsg", "file", "download_resource_url"]
    assert offered["file"] == "vm_end.wav"
    assert offered["download_resource_url"].startswith("/api/download/PBX-VoicemailGreeting-37.7.0.16-download-20")
    played = pbx.get("vm_greeting/play", extension="6600", file="group_vm_night.wav")
    assert list(played) == ["errcode", "errmsg", "file", "play_resource_url"]
    for url in (offered["download_resource_url"], played["play_resource_url"]):
        assert fetch(pbx, url).content[:4] == b"RIFF"
    for file in ("vm_end", "vm_end.WAV", "../vm_end.wav", LONG):
        assert pbx.get("extension_vm_greeting/download", extension="2005", file=file) == NOT_FOUND


def test_the_demo_office_has_both(seeded):
    boxes = seeded.get("vm/query", number="2000,2001,2002,2003,2004,2005,6600")["voicemail_list"]
    assert len(boxes) == 7
    assert sum(box["total_number"] for box in boxes) > 20
    assert seeded.get("extension_vm_greeting/list", extension="2000")["total_number"] == 2
    assert seeded.get("vm_greeting/list", extension="6600")["total_number"] == 1
