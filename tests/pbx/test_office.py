"""The demo office: complete, consistent, repeatable, and with the three calls of the vendor's manual."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.pbx.document_rows import as_document_row
from app.pbx.generator import calls, per_day_for
from app.pbx.office import demo_document, demo_office
from app.pbx.seed_document import read_document
from app.pbx.switchboard import NO_CALL
from app.store.loading import CdrRow

DAY = 86400
NOW = 1_780_000_000

# The response example of the manual's page "Search specific CDR", word for word.
MANUAL = """[
 {"id": 2710, "time": "05/30/2022 14:53:41", "call_from": "Kristin Hale<2005>", "call_to": "1000",
  "timestamp": 1653893621, "uid": "202205301453416CEAB", "src_addr": "", "dst_trunk": "peer-to-34",
  "duration": 7, "talk_duration": 7, "disposition": "ANSWERED", "call_type": "Outbound",
  "dod_number": "2005", "reason": "src hangup    ", "call_from_number": "2005",
  "call_from_name": "Kristin Hale", "call_to_number": "1000", "call_to_name": " ",
  "call_id": "1718690912.7"},
 {"id": 2711, "time": "05/30/2022 14:55:00", "call_from": "Kristin Hale<2005>", "call_to": "21000",
  "timestamp": 1653893700, "uid": "2022053014550020730", "src_addr": "", "dst_trunk": "peer-to-34",
  "disposition": "NO ANSWER", "call_type": "Outbound", "dod_number": "2005",
  "reason": "dst extension_busy_no_forward    ", "call_from_number": "2005",
  "call_from_name": "Kristin Hale", "call_to_number": "21000", "call_to_name": " ",
  "call_id": "1718689712.3"},
 {"id": 2712, "time": "05/30/2022 14:55:49", "call_from": "Kristin Hale<2005>", "call_to": "21000",
  "timestamp": 1653893749, "uid": "202205301455494E686", "src_addr": "", "dst_trunk": "to28.41",
  "duration": 54, "ring_duration": 2, "talk_duration": 52, "disposition": "ANSWERED",
  "call_type": "Outbound", "dod_number": "2005",
  "record_file": "20220530145555-1653893749.6-2005-21000-Outbound.wav", "reason": "dst hangup    ",
  "call_from_number": "2005", "call_from_name": "Kristin Hale", "call_to_number": "21000",
  "call_to_name": " ", "call_id": "1718689653.0"}
]"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return demo_document(1, NOW, "Asia/Shanghai")


def shown(name: str, number: str) -> str:
    return f"{name}<{number}>" if name.strip() else number


def test_the_manuals_calls_come_first(document: dict[str, Any]) -> None:
    for printed, row in zip(json.loads(MANUAL), document["cdrs"], strict=False):
        begun = datetime.fromtimestamp(row["timestamp"], ZoneInfo("Asia/Shanghai"))
        assert printed.pop("time") == begun.strftime("%m/%d/%Y %H:%M:%S")
        assert printed.pop("call_from") == shown(row["call_from_name"], row["call_from_number"])
        assert printed.pop("call_to") == shown(row["call_to_name"], row["call_to_number"])
        assert row == printed


def test_keys_of_the_document(document: dict[str, Any]) -> None:
    assert list(document) == [
        "extensions", "extension_groups", "trunks", "ivrs", "queues", "ring_groups", "roles", "organizations",
        "phonebooks", "disposition_codes", "conferences", "pin_lists", "system_prompts", "custom_prompts",
        "custom_ringtones", "play_lists", "itsps", "wakeup_calls", "group_voicemails", "extension_greetings",
        "group_greetings", "cdrs",
    ]  # fmt: skip
    assert json.loads(json.dumps(document)) == document


def test_repeatable_and_different_by_seed(document: dict[str, Any]) -> None:
    assert demo_document(1, NOW, "Asia/Shanghai") == document
    other = demo_document(2, NOW, "Asia/Shanghai")
    assert other["cdrs"][3:100] != document["cdrs"][3:100]
    assert other["cdrs"][:3] == document["cdrs"][:3]
    assert [e["caller_id_name"] for e in other["extensions"]] == [e["caller_id_name"] for e in document["extensions"]]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("timezone", ["Asia/Shanghai", "Europe/London"])
@pytest.mark.parametrize("now", [NOW, NOW + int(2.7 * DAY)])
def test_five_thousand_calls_of_sixty_days(seed: int, timezone: str, now: int) -> None:
    rows = demo_document(seed, now, timezone)["cdrs"]
    assert 4500 <= len(rows) - 3 <= 5500
    assert [row["id"] for row in rows] == list(range(2710, 2710 + len(rows)))
    times = [row["timestamp"] for row in rows[3:]]
    assert times == sorted(times)
    assert now - 60 * DAY <= times[0] <= times[-1] < now
    hers = [row["timestamp"] for row in rows if "2005" in (row["call_from_number"], row["call_to_number"])]
    assert len(hers) > 150
    assert max(b - a for a, b in zip(hers[3:], [*hers[4:], now], strict=True)) < 2 * DAY


def test_people(document: dict[str, Any]) -> None:
    people = {person["number"]: person for person in document["extensions"]}
    assert len(people) == len(document["extensions"]) == 30
    assert set(people) == {str(number) for number in range(2000, 2030)}
    assert people["2005"]["caller_id_name"] == "Kristin Hale"
    assert people["2002"]["caller_id_name"] == "Zoë Müller"
    assert people["2003"]["caller_id_name"] == "李伟"
    assert {key for person in people.values() for key in person} == {
        "id", "number", "first_name", "last_name", "caller_id_name", "email_addr", "mobile_number",
        "presence_status", "online", "ip",
    }  # fmt: skip
    assert people["2002"]["email_addr"] == "zoe.muller@example.com"
    assert people["2003"]["email_addr"] == "2003@example.com"
    assert len({person["email_addr"] for person in people.values()}) == 30
    assert all(person["email_addr"].isascii() for person in people.values())


def test_groups(document: dict[str, Any]) -> None:
    everybody = {person["number"] for person in document["extensions"]}
    first, *others = document["extension_groups"]
    assert (first["id"], first["name"], set(first["members"])) == (1, "Default_All_Extensions", everybody)
    assert {"Sales", "Support"} <= {group["name"] for group in others}
    for group in document["queues"]:
        assert set(group["agents"]) < everybody
    for group in [*others, *document["ring_groups"]]:
        assert set(group["members"]) < everybody
    assert (len(document["queues"]), len(document["ring_groups"])) == (2, 1)


def test_ids_names_and_numbers_stand_once(document: dict[str, Any]) -> None:
    for key, objects in document.items():
        assert len({item["id"] for item in objects}) == len(objects) > 0
        if key not in ("extensions", "cdrs"):
            assert len({item["name"] for item in objects}) == len(objects)
    numbered = ("extensions", "ivrs", "queues", "ring_groups", "conferences")
    numbers = [item["number"] for key in numbered for item in document[key]]
    assert len(set(numbers)) == len(numbers)
    assert "1000" not in numbers


def test_calls_name_what_the_office_has(document: dict[str, Any]) -> None:
    rows = document["cdrs"]
    trunks = {trunk["name"] for trunk in document["trunks"]}
    assert {row[key] for row in rows for key in ("src_trunk", "dst_trunk") if key in row} == trunks
    codes = {str(code["id"]) for code in document["disposition_codes"]}
    assert {row["disposition_code_list"] for row in rows if "disposition_code_list" in row} <= codes
    pins = {pin for pins in document["pin_lists"] for pin in pins["pin_list"].split(",")}
    assert {row["pin_code"] for row in rows if "pin_code" in row} <= pins
    places = {item["number"] for key in ("ivrs", "queues", "ring_groups", "conferences") for item in document[key]}
    assert places == {row["call_to_number"] for row in rows if row["call_to_number"] in places}


def test_trunks(document: dict[str, Any]) -> None:
    trunks = {trunk["name"]: trunk for trunk in document["trunks"]}
    assert [name for name, trunk in trunks.items() if "address" not in trunk] == ["FXO-Reserve"]
    assert [name for name, trunk in trunks.items() if trunk.get("on_net")] == ["Branch-Quanzhou"]
    assert {name: trunk["rating"]["account_billing"] for name, trunk in trunks.items() if "rating" in trunk} == {
        "SIP-Xiamen": "flat_rate",
        "SIP-International": "per_minute",
    }
    for row in document["cdrs"][3:]:
        if "src_trunk" in row:
            assert row["src_addr"] == trunks[row["src_trunk"]].get("address", "")
    for name in trunks:
        for key in ("src_trunk", "dst_trunk"):
            assert sum(row.get(key) == name for row in document["cdrs"]) > 10, (name, key)


def test_faxes(document: dict[str, Any]) -> None:
    found = [row for row in document["cdrs"] if "fax" in row]
    assert 0.008 < len(found) / len(document["cdrs"]) < 0.025
    assert {row["call_type"] for row in found} == {"Inbound", "Outbound"}
    assert {row["fax"]["fax_success"] for row in found} == {"true", "false"}
    assert {(row["call_to_number"], row["did_name"]) for row in found if "did_name" in row} == {("2000", "Fax")}


def test_the_document_holds_the_calls_as_they_were_made(document: dict[str, Any]) -> None:
    start = NOW - 60 * DAY
    made = calls(demo_office("Asia/Shanghai"), 1, start, NOW, per_day_for(5000, start, NOW, "Asia/Shanghai"))
    _, _, _, *read = read_document(document).cdrs
    assert [row._replace(id=None) for row in read] == list(made)


@pytest.mark.parametrize(
    "key", ["did_name", "pin_code", "call_note_remark", "disposition_code_list", "record_file", "call_to"]
)
def test_filters_have_something_to_find(document: dict[str, Any], key: str) -> None:
    assert sum(bool(row.get(key)) for row in document["cdrs"]) > 20


def test_a_row_with_everything() -> None:
    row = CdrRow(
        9, 1653893749, "2005", "Kristin Hale", "6200", "Main", "Someone", "IVR Main<6200>", "uid",
        "1653893749.6", "192.168.5.21:5060", "in", "out", 54, 2, 52, "ANSWERED", "Outbound", "550", "Main",
        "2005", "a.wav", "src hangup    ", "2283", "remark", ",3,4,", "67C67519-D30000CD",
        '{"fax_success":"true","fax_t38":"false"}',
    )  # fmt: skip
    assert list(as_document_row(row).items()) == [
        ("id", 9),
        ("call_from", "Someone"),
        ("call_to", "IVR Main<6200>"),
        ("timestamp", 1653893749),
        ("uid", "uid"),
        ("src_addr", "192.168.5.21:5060"),
        ("src_trunk", "in"),
        ("dst_trunk", "out"),
        ("duration", 54),
        ("ring_duration", 2),
        ("talk_duration", 52),
        ("disposition", "ANSWERED"),
        ("call_type", "Outbound"),
        ("did_number", "550"),
        ("did_name", "Main"),
        ("dod_number", "2005"),
        ("record_file", "a.wav"),
        ("reason", "src hangup    "),
        ("call_from_number", "2005"),
        ("call_from_name", "Kristin Hale"),
        ("call_to_number", "6200"),
        ("call_to_name", "Main"),
        ("call_id", "1653893749.6"),
        ("pin_code", "2283"),
        ("call_note_remark", "remark"),
        ("disposition_code_list", "3,4"),
        ("new_id", "67C67519-D30000CD"),
        ("fax", {"fax_success": "true", "fax_t38": "false"}),
    ]


def test_a_row_with_nothing() -> None:
    assert as_document_row(NO_CALL) == {
        "timestamp": 0,
        "uid": "",
        "src_addr": "",
        "disposition": "",
        "call_type": "",
        "call_from_number": "",
        "call_from_name": "",
        "call_to_number": "",
        "call_to_name": "",
        "call_id": "",
    }
