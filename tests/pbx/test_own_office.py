"""Whose calls are made up: the people's who are in the PBX, over its trunks, by its routes; else the demo office's."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import BesidePbx, run_here

from app.pbx.contents import add, fill_from
from app.pbx.generating import Generation, Wanted, generate_calls
from app.pbx.generator import rows_per_call
from app.pbx.office import demo_office, with_calls
from app.pbx.own_office import own_office
from app.pbx.parties import Group, Office, OfficeError
from app.pbx.profiles import PROFILES
from app.store.objects import KINDS

ZONE, START, DAY = "Asia/Shanghai", 1_772_380_800, 86400

DOCUMENT: dict[str, Any] = {
    "extensions": [
        {"number": "7", "name": "Zoë Müller", "online": ["sip_phone"], "ip": "10.0.0.7:5060"},
        {"number": "100200300", "name": "李伟"},
        {"number": "3001", "name": "", "online": ["linkus_web"], "ip": "10.0.0.9:5060"},
        {"number": "3002", "name": "Bo Ek"},
    ],
    "extension_groups": [{"id": 4, "name": "Night", "members": ["3001", "3002"]}],
    "trunks": [
        {"id": 1, "name": "SIP Ø", "address": "203.0.113.5:5060"},
        {"id": 2, "name": "Mobile", "hostname": "gsm.example.com", "def_outbound_cid": "+447700900111"},
        {"id": 3, "name": "Off", "enable": 0},
    ],
    "queues": [{"id": 1, "number": "6400", "name": "Hjælp", "agents": ["7", "3001", "9999"]}],
    "ring_groups": [
        {"id": 1, "number": "63", "name": "Team", "members": ["100200300"]},
        {"id": 2, "number": "6301", "name": "Nobody", "members": []},
    ],
    "ivrs": [
        {"id": 1, "number": "6200", "name": "Welcome", "press1_dest": "queue", "press1_dest_value": "1"},
        {"id": 2, "number": "6201", "name": "Never reached"},
    ],
    "conferences": [{"number": "6500", "name": "Room"}, "No number"],
    "inbound_routes": [
        {
            "name": "menu",
            "pos": 2,
            "did_pattern_list": [{"did_pattern": "5550100"}, {"did_pattern": "555XX"}, {"did_pattern": "5550101"}],
            "trunks": [{"type": "trunk", "id": 1}, {"type": "trunk", "id": 3}],
            "def_dest": "ivr",
            "def_dest_value": "1",
        },
        {
            "name": "team", "did_pattern_list": [{"did_pattern": "5550200"}], "trunks": [{"type": "trunk", "id": 1}],
            "def_dest": "ring_group", "def_dest_value": "1",
        },
        {"name": "Bo", "trunks": [{"type": "trunk", "id": 2}], "def_dest": "extension", "def_dest_value": "4"},
        {"name": "odder", "trunks": [{"id": [1]}, 7], "did_pattern_list": [5], "def_dest": "ivr", "def_dest_value": 1},
        {"name": "odd", "trunks": 5, "did_pattern_list": "all", "def_dest": ["ivr"], "def_dest_value": None},
    ],
    "outbound_routes": [
        {"name": "abroad", "outbound_cid": "5550100", "trunks": [{"type": "trunk", "id": 1}]},
        {"name": "rest", "trunks": [{"type": "trunk", "id": 2}, {"type": "trunk", "id": 3}]},
    ],
    "pin_lists": [{"name": "P", "pin_list": "2283,3301"}, {"name": "odd", "pin_list": [1]}],
    "disposition_codes": [{"id": 9, "name": "Sold"}],
    "company_contacts": [
        {"name": "Nguyễn An", "number_list": [{"num_type": "mobile_number", "number": "+84901234567"}]},
        {"name": "No number"},
    ],
}  # fmt: skip


def office_of(document: dict[str, Any]) -> Office:
    keys = {kind: row.document_key for kind, row in KINDS.items()}
    keys |= {"extension": "extensions", "ext_group": "extension_groups"}

    def items(kind: str) -> list[dict[str, Any]]:
        listed = document.get(keys[kind], [])
        return [
            {"id": i, "caller_id_name": one.get("name", ""), **one}
            for i, one in enumerate(({"name": one} if isinstance(one, str) else one for one in listed), 1)
        ]

    return own_office(items, ZONE)


OFFICE = office_of(DOCUMENT)


def legs_of(office: Office, rows: int, profile: str = "callcentre") -> list[Any]:
    return [leg for leg, _ in islice(Wanted(rows, 3, profile, start=START).stream(office, 0), rows)]


def test_who_calls_and_is_called() -> None:
    people = {"7": "Zoë Müller", "100200300": "李伟", "3001": "", "3002": "Bo Ek"}
    for leg in legs_of(OFFICE, 3000):
        inside = {"Inbound": (leg.to_number,), "Outbound": (leg.from_number,)}
        for number in inside.get(leg.call_type, (leg.from_number, leg.to_number)):
            assert number in people or leg.to_text in (
                "IVR Welcome<6200>", "Queue Hjælp<6400>", "RingGroup Team<63>", "Conference Room<6500>",
            )  # fmt: skip
        if leg.call_type != "Inbound":
            assert leg.from_name == people[leg.from_number]
            assert leg.src_addr == ("10.0.0.7:5060" if leg.from_number == "7" else "")


def test_ways_in_and_out() -> None:
    legs = legs_of(OFFICE, 6000)
    first = {leg.call_id: leg for leg in reversed(legs)}.values()
    ways = defaultdict(set)
    for leg in first:
        if leg.call_type == "Inbound":
            ways[leg.src_trunk, leg.did_number].add(leg.to_text or leg.to_number)
    assert ways == {
        ("SIP Ø", "5550100"): {"IVR Welcome<6200>"},
        ("SIP Ø", "5550101"): {"IVR Welcome<6200>"},
        ("SIP Ø", "5550200"): {"RingGroup Team<63>"},
        ("Mobile", ""): {"3002", "Voicemail Bo Ek<3002>"},
    }
    assert {leg.src_addr for leg in first if leg.src_trunk} == {"203.0.113.5:5060", "gsm.example.com:5060"}
    out = {(leg.dst_trunk, leg.dod_number) for leg in legs if leg.call_type == "Outbound"}
    assert out == {("SIP Ø", "5550100"), ("Mobile", "+447700900111")}
    behind = {(a.to_text, b.to_text) for a, b in pairwise(legs) if a.call_id == b.call_id}
    assert ("IVR Welcome<6200>", "RingGroup Team<63>") not in behind  # it has no key for it
    answering = {leg.to_number for leg in legs if not leg.to_text and leg.did_number == "5550200"}
    assert "100200300" in answering


def test_what_else_calls_have() -> None:
    legs = legs_of(OFFICE, 6000, "office")
    assert {leg.pin_code for leg in legs} == {"", "2283", "3301"}
    assert {leg.disposition_codes for leg in legs} == {"", ",9,"}
    known = [leg for leg in legs if "+84901234567" in (leg.from_number, leg.to_number)]
    assert known
    assert {leg.from_name if leg.call_type == "Inbound" else leg.to_name for leg in known} == {"Nguyễn An"}


def test_without_routes_calls_reach_everything_by_every_trunk() -> None:
    plain = {key: objects for key, objects in DOCUMENT.items() if not key.endswith("bound_routes")}
    office = office_of(plain | {"trunk_dids": ["5550100"]})
    assert {to.party.number for _, to in office.hotlines} == {"6400", "63"}
    assert set(office.direct) == {"7", "100200300", "3001", "3002"}
    assert {line.trunk for line in office.ways_out} == {"SIP Ø", "Mobile"}
    only = office_of({"extensions": DOCUMENT["extensions"][:1], "trunks": ["T"], "trunk_dids": ["5550100", "X."]})
    legs = legs_of(only, 300, "office")
    assert {leg.call_type for leg in legs} == {"Inbound", "Outbound"}
    assert {(leg.did_number, leg.dod_number) for leg in legs} == {("5550100", ""), ("", "7")}


def test_groups_have_the_members_of_extension_groups() -> None:
    team = {
        "number": "63",
        "name": "T",
        "members": ["7", {"type": "ext_group", "id": 4}, {"type": "ext_group", "id": [5]}, 3],
    }
    (group,) = office_of(DOCUMENT | {"queues": [], "ring_groups": [team]}).groups
    assert isinstance(group, Group)
    assert [member.number for member in group.members] == ["7", "3001", "3002"]


TWO = [{"number": "2000"}, {"number": "2001"}]
TEAM = {"name": "G", "number": "63", "members": ["2000"]}


@pytest.mark.parametrize(
    ("document", "profile", "kinds"),
    [
        ({"extensions": TWO}, "office", {"Internal"}),
        ({"extensions": TWO[:1], "trunks": ["T"]}, "night", {"Inbound", "Outbound"}),
        ({"extensions": TWO, "trunks": ["T"]}, "hotel", {"Inbound", "Outbound", "Internal"}),
        ({"extensions": TWO[:1], "conferences": [{"name": "C", "number": "65"}]}, "office", {"Internal"}),
        ({"extensions": TWO, "ring_groups": [TEAM]}, "hotel", {"Internal"}),
        ({"extensions": TWO, "ivrs": [{"name": "I", "number": "62"}], "trunks": ["T"]}, "callcentre", None),
    ],
)  # fmt: skip
def test_small_pbxs(document: dict[str, Any], profile: str, kinds: set[str] | None) -> None:
    legs = legs_of(office_of(document), 300, profile)
    assert len(legs) == 300
    assert {leg.call_type for leg in legs} == (kinds or {"Inbound", "Outbound", "Internal"})
    assert not [leg for leg in legs if leg.from_number == leg.to_number]


def test_a_period_is_filled_by_any_office() -> None:
    assert rows_per_call(demo_office(ZONE), PROFILES["night"]) == pytest.approx(
        PROFILES["night"].rows_per_call, rel=0.02
    )
    end = START + 30 * DAY
    starts = [leg.started_at for leg, _ in Wanted(2000, days=30).stream(office_of({"extensions": TWO}), end)]
    assert len(starts) == 2000
    assert end - 3 * DAY < starts[-1] < end


# In a PBX.


def person(number: str, name: str) -> dict[str, Any]:
    rest = {"user_password": "Secret123", "reg_password": "Secret123", "presence_status": "available"}
    return {
        "type": "SIP",
        "number": number,
        "first_name": name,
        "reg_name": number,
        "concurrent_registrations": 1,
    } | rest


def test_what_was_made_over_the_api(worlds: Callable[..., BesidePbx]) -> None:
    pbx = worlds("empty")
    for path, body in (
        ("extension/create", person("4001", "Ann")),
        ("extension/create", person("4002", "Bo")),
        ("trunk/create", {"name": "Line", "type": "peer", "hostname": "192.0.2.7", "port": 5060}),
        ("queue/create", {"number": "6400", "name": "Help", "ring_strategy": "ring_all",
                          "static_agent_list": [{"value": "1", "type": "extension"}]}),
        ("inbound_route/create", {"name": "in", "did_pattern_list": [{"did_pattern": "5550100"}],
                                  "trunk_list": [{"id": 1}], "def_dest": "queue", "def_dest_value": "1"}),
    ):  # fmt: skip
        answer = pbx.post(path, body, pbx.token)
        assert answer["errcode"] == 0, answer
    generation = Generation(pbx.world, Wanted(400, start=START))
    assert (generation.run(), generation.own) == (400, True)
    found = pbx.search(page_size=400)["data"]
    shown = Counter((row["call_type"], row["call_to"]) for row in found)
    assert shown["Inbound", "Queue Help<6400>"] > 20
    assert {row["did_number"] for row in found if row["call_type"] == "Inbound"} == {"5550100"}
    assert {row["call_from_number"] for row in found if row["call_type"] != "Inbound"} == {"4001", "4002"}


def test_the_demo_office_is_known_until_it_is_changed(worlds: Callable[..., BesidePbx]) -> None:
    world = worlds("empty").world
    fill_from(world, with_calls(0, ()))
    assert not Generation(world, Wanted(10, start=START)).own
    add(world, {"extensions": [{"number": "2030"}]})
    generation = Generation(world, Wanted(10, start=START))
    assert generation.own
    assert len(generation.office.extensions) == 31


def test_the_same_again_adds_nothing_and_others_share_no_call(worlds: Callable[..., BesidePbx]) -> None:
    world = worlds("empty").world
    wanted = Wanted(300, start=START)
    assert generate_calls(world, wanted) == 300
    again = Generation(world, wanted)
    assert (again.run(), again.known, again.own) == (0, 300, False)
    more = Generation(world, Wanted(400, start=START))
    assert more.run() + more.known == 400
    assert 290 < more.known < 310  # the call that was cut has had its last leg
    for profile in ("night", "hotel"):
        assert generate_calls(world, Wanted(300, profile=profile, start=START)) == 300
    calls, truths = (
        world.database.connection()
        .execute("SELECT count(DISTINCT call_id), (SELECT count(*) FROM call_truth) FROM cdr")
        .fetchone()
    )
    assert calls == truths


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"queues": [{"name": "Q", "number": "6400"}]}, "The PBX has no extensions whose calls could be made up"),
        ({"cdrs": [{"timestamp": START, "call_from": "1", "call_to": "2"}]}, "The PBX has no extensions"),
        ({"extensions": TWO[:1]}, "Nobody there has anybody to call"),
    ],
)
def test_a_pbx_in_which_nobody_can_call(worlds: Callable[..., BesidePbx], document: dict[str, Any], words: str) -> None:
    world = worlds(document).world
    for wanted in (Wanted(10), Wanted(10, start=START)):
        with pytest.raises(OfficeError, match=words):
            generate_calls(world, wanted)


def test_what_the_command_says(tmp_path: Path) -> None:
    def said(*arguments: str, code: int = 0) -> list[str]:
        done = run_here("generate", "--instance", str(tmp_path), *arguments, PBX_SEED="empty")
        assert done.returncode == code, done
        return (done.stderr if code else done.stdout).splitlines()

    first = ("--calls", "40", "--from", "2026-03-02")
    assert said(*first)[1:] == ["They are calls of the demo office."]
    assert said(*first)[2:] == ["40 rows more are of calls that it has already; another --seed makes others."]
    assert said("--calls", "5", "--from", "2098-01-01")[2:] == ["Some start after its present time."]
    for early in ("1960-01-01", "2150-01-01"):
        (error,) = said("--from", early, code=2)
        assert error == f"Error: '{early}' is too early or too late: calls start from 1970 to 2099, UTC."
    run_here("settings", "--instance", str(tmp_path), "cdr_retention_rows", "30")
    assert said("--calls", "50", "--to", "2026-03-02")[2:] == [
        "It keeps the newest 30 rows: the setting cdr_retention_rows."
    ]
    assert said("--calls", "9000000", "--from", "2026-03-02T10:00", "--to", "2026-03-02T11:00", code=2) == [
        "Error: 9,000,000 CDR rows are too many for so short a period."
    ]
    document = tmp_path / "one.json"
    for people, words in (
        ([], "Error: The PBX has no extensions whose calls could be made up; add some, or name an empty PBX."),
        (TWO[:1], "Error: Nobody there has anybody to call: that takes two extensions, or a trunk."),
    ):
        document.write_text(json.dumps({"extensions": people, "queues": ["Q"]}))
        run_here("seed", "--instance", str(tmp_path), str(document))
        assert said("--calls", "5", code=2) == [words]
    document.write_text(json.dumps({"extensions": TWO}))
    run_here("seed", "--instance", str(tmp_path), str(document))
    assert said("--calls", "5")[1] == "They are calls of the PBX's own 2 extensions."
