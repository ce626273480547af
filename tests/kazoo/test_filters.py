"""Filters: each kind, what it keeps and what it does with what it cannot use; and that SQL never leaves out a leg."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from phone_calls import ACCOUNT, GREGORIAN, KINDS, REALM, START, all_calls

from app.kazoo.accounts import stable_id
from app.kazoo.filters import Filters
from app.kazoo.legs import Leg, legs_of
from app.kazoo.profiles import PROFILES
from app.kazoo.schemas.cdr import stored
from app.kazoo.times import EPOCH
from app.store.calls import Narrowing, PhoneCall

NEWEST, OLDER = PROFILES["5"], PROFILES["4.3"]

LEGS = legs_of(KINDS["internal"], ACCOUNT)
DOCUMENT = stored(LEGS[0])
FILE = DOCUMENT["custom_channel_vars"]["media_recordings"][0]
ENDED = str(GREGORIAN + 50)

# In every line: parameter, value, whether the document of the caller's leg is kept.
EVERYWHERE = [
    ("filter_call_direction", "inbound", True),
    ("filter_call_direction", "outbound", False),
    ("filter_call_direction", "Inbound", False),
    ("filter_direction", "inbound", False),
    ("filter_id", DOCUMENT["_id"], False),
    ("filter__id", DOCUMENT["_id"], True),
    ("filter_custom_channel_vars.owner_id", stable_id("user", "2000"), True),
    ("filter_custom_channel_vars.owner_id", stable_id("user", "2005"), False),
    ("filter_hangup_cause", '["NO_ANSWER","NORMAL_CLEARING"]', True),
    ("filter_hangup_cause", '["NO_ANSWER","USER_BUSY"]', False),
    ("filter_hangup_cause", '["NORMAL_CLEARING"', False),
    ("filter_hangup_cause", "[]", False),
    ("filter_billing_seconds", "42", True),
    ("filter_billing_seconds", '["41","42"]', True),
    ("filter_billing_seconds", "[42]", False),
    ("filter_billing_seconds", "42.0", False),
    ("filter_custom_channel_vars.media_recordings", FILE, True),
    ("filter_custom_channel_vars.media_recordings.1", FILE, True),
    ("filter_custom_channel_vars.media_recordings.2", "", True),
    ("filter_custom_channel_vars.media_recordings.0", "", True),
    ("filter_custom_channel_vars.media_recordings.x", "", True),
    ("filter_custom_application_vars", "{}", True),
    ("filter_nothing", "", True),
    ("filter_nothing", '["",""]', True),
    ("filter_nothing", "something", False),
    ("filter_nothing.below", "", True),
    ("filter_", "", True),
    ("filter_call_id.below", "", False),
    ("filter_not_call_direction", "outbound", True),
    ("filter_not_call_direction", "inbound", False),
    ("filter_not_call_direction", '["inbound","outbound"]', False),
    ("filter_not_nothing", "something", True),
    ("filter_not_nothing", "", False),
    ("filter_not_call_id.below", "something", False),
    ("has_key", "presence_id", True),
    ("has_key", "custom_channel_vars.owner_id", True),
    ("has_key", "custom_application_vars", True),
    ("has_key", "nothing", False),
    ("has_key", "call_id.below", False),
    ("key_missing", "nothing", True),
    ("key_missing", "presence_id", False),
    ("key_missing", "call_id.below", False),
    ("has_value", "presence_id", True),
    ("has_value", "custom_application_vars", False),
    ("has_value", "nothing", False),
    ("value_missing", "custom_application_vars", True),
    ("value_missing", "nothing", True),
    ("value_missing", "presence_id", False),
    ("value_missing", "call_id.below", False),
    ("missing_value", "presence_id", True),
    ("created_from", ENDED, True),
    ("created_from", str(GREGORIAN + 51), False),
    ("created_from", f"{GREGORIAN + 49}.6", True),
    ("created_from", "abc", False),
    ("created_to", ENDED, True),
    ("created_to", str(GREGORIAN + 49), False),
    ("modified_from", ENDED, True),
    ("modified_from", str(GREGORIAN + 51), False),
    ("modified_to", ENDED, True),
    ("modified_to", str(GREGORIAN + 49), False),
    ("modified_to", "", False),
    ("filter_call_id", "1435321715.7", True),
    ("filter_call_id", "201506-1435321715.7", True),
    ("filter_call_id", "201507-1435321715.7", True),
    ("filter_call_id", "2015-1435321715.7", False),
    ("filter_not_call_id", "201506-1435321715.7", False),
    ("filter_other_leg_call_id", LEGS[1].call_id, True),
    ("filter_other_leg_call_id", LEGS[1].id, True),
    ("filter_interaction_id", f"{GREGORIAN}-40b5773c", True),
    ("filter_interaction_id", "201506-40b5773c", False),
    ("filters", "nothing", True),
    ("_", "1", True),
    ("page_size", "7", True),
]  # fmt: skip

# In the newest line only.
NEWER = [
    ("filter_call_direction", '"inbound"', True),
    ("filter_not_call_direction", '"inbound"', False),
    ("filter_any_call_direction", '["inbound","x"]', True),
    ("filter_any_call_direction", '["x"]', False),
    ("filter_any_call_direction", "[]", False),
    ("filter_any_call_direction", "inbound", False),
    ("filter_any_call_direction", '"inbound"', False),
    ("filter_any_billing_seconds", '["42"]', True),
    ("filter_any_call_id", '["1435321715.7"]', True),
    ("filter_none_call_direction", '["inbound","x"]', False),
    ("filter_none_call_direction", '["x"]', True),
    ("filter_none_call_direction", "no list", True),
    ("filter_none_call_id.below", '["x"]', False),
    ("filter_array_intersect_all_custom_channel_vars.media_recordings", json.dumps([FILE]), True),
    ("filter_array_intersect_all_custom_channel_vars.media_recordings", json.dumps([FILE, "x"]), False),
    ("filter_array_intersect_all_custom_channel_vars.media_recordings", "[]", True),
    ("filter_array_intersect_all_custom_channel_vars.media_recordings", "no list", False),
    ("filter_array_intersect_all_nothing", '["x"]', False),
    ("filter_array_intersect_any_custom_channel_vars.media_recordings", json.dumps([FILE, "x"]), True),
    ("filter_array_intersect_any_custom_channel_vars.media_recordings", '["x"]', False),
    ("filter_array_intersect_any_call_id", '["1435321715.7"]', False),
    ("filter_array_intersect_none_custom_channel_vars.media_recordings", '["x"]', True),
    ("filter_array_intersect_none_custom_channel_vars.media_recordings", json.dumps([FILE, "x"]), True),
    ("filter_array_intersect_none_custom_channel_vars.media_recordings", json.dumps([FILE]), False),
    ("filter_array_intersect_none_nothing", "no list", True),
]


@pytest.mark.parametrize("line", PROFILES)
@pytest.mark.parametrize(("name", "value", "kept"), EVERYWHERE)
def test_filters(line: str, name: str, value: str, kept: bool):
    assert Filters.read([(name, value)], PROFILES[line]).keeps(DOCUMENT) is kept


@pytest.mark.parametrize(("name", "value", "kept"), NEWER)
def test_filters_of_the_newest_line(name: str, value: str, kept: bool):
    assert Filters.read([(name, value)], NEWEST).keeps(DOCUMENT) is kept


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("filter_call_direction", '"inbound"', False),
        ("filter_any_call_direction", '["inbound"]', False),
        ("filter_none_call_direction", '["x"]', False),
        ("filter_array_intersect_any_nothing", "", True),
    ],
)
def test_older_lines_take_the_newer_names_for_paths(name: str, value: str, kept: bool):
    assert Filters.read([(name, value)], OLDER).keeps(DOCUMENT) is kept


@pytest.mark.parametrize(("name", "value", "kept"), [*EVERYWHERE, *NEWER])
def test_the_fields_looked_at_are_enough(name: str, value: str, kept: bool):
    filters = Filters.read([(name, value)], NEWEST)
    part = stored(LEGS[0], names=filters.names)
    assert part == {field: DOCUMENT[field] for field in part}
    assert filters.keeps(part) is kept


def test_filters_must_all_hold():
    pairs = [("filter_call_direction", "inbound"), ("filter_hangup_cause", "USER_BUSY")]
    assert Filters.read(pairs[:1], NEWEST).keeps(DOCUMENT)
    assert not Filters.read(pairs, NEWEST).keeps(DOCUMENT)


def test_a_repeated_filter_counts_each_time():
    pairs = [("filter_call_direction", "inbound"), ("filter_call_direction", "outbound")]
    assert not Filters.read(pairs, NEWEST).keeps(DOCUMENT)


def test_only_filters_count():
    assert Filters.read([("page_size", "5"), ("_", "1"), ("filters", "x")], NEWEST).empty
    assert not Filters.read([("filter_x", "1")], NEWEST).empty


def test_the_bounds_of_creation_can_be_left_out():
    pairs = [("created_from", "1"), ("created_to", "2"), ("modified_to", ENDED), ("filter_pvt_created", ENDED)]
    filters = Filters.read(pairs, NEWEST)
    assert not filters.keeps(DOCUMENT)
    assert filters.without_created().keeps(DOCUMENT)
    assert len(filters.without_created().conditions) == 2
    assert Filters.read(pairs[:2], NEWEST).without_created().empty


# What SQL is told.

DEVICE, OWNER = stable_id("device", "2005"), stable_id("user", "2005")
CARRIER = ACCOUNT.trunks["carrier"].id
NARROWINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("filter_callee_id_number", "2005", {"parties": ("2005",)}),
    ("filter_callee_id_number", '["2005","2006"]', {"parties": ("2005", "2006", '["2005","2006"]')}),
    ("filter_callee_id_number", "", {}),
    ("filter_caller_id_number", "2005", {"callers": ("2005",)}),
    ("filter_presence_id", f"2005@{REALM}", {"parties": ("2005",)}),
    ("filter_presence_id", "2005", {"parties": ()}),
    ("filter_custom_channel_vars.owner_id", OWNER, {"parties": ("2005",)}),
    ("filter_custom_channel_vars.owner_id", "f" * 32, {}),
    ("filter_custom_channel_vars.authorizing_id", DEVICE, {"parties": ("2005",)}),
    ("filter_custom_channel_vars.username", "2005", {"parties": ("2005",)}),
    ("filter_call_id", "201506-1.2", {"call_ids": ("1.2",)}),
    ("filter_call_id", LEGS[1].call_id, {}),
    ("filter_other_leg_call_id", "1.2", {"call_ids": ("1.2",)}),
    ("filter_custom_channel_vars.bridge_id", LEGS[1].call_id, {"call_ids": (LEGS[1].call_id,)}),
    ("filter_hangup_cause", "NORMAL_CLEARING", {"dispositions": ("ANSWERED", "VOICEMAIL")}),
    ("filter_hangup_cause", "LOSE_RACE", {"dispositions": ("NO ANSWER",)}),
    ("filter_hangup_cause", "CRASH", {"dispositions": ()}),
    ("filter_custom_channel_vars.resource_id", CARRIER, {"trunks": ("carrier",)}),
    ("filter_custom_channel_vars.resource_id", "f" * 32, {}),
    ("filter_custom_application_vars.trunk", "gone", {"trunks": ("gone",)}),
    ("filter_not_hangup_cause", "USER_BUSY", {}),
    ("filter_none_hangup_cause", '["USER_BUSY"]', {}),
    ("filter_any_hangup_cause", '["USER_BUSY"]', {"dispositions": ("BUSY",)}),
    ("filter_any_hangup_cause", "[]", {"call_ids": ()}),
    ("has_key", "hangup_cause", {}),
    ("filter_interaction_id", f"{GREGORIAN}-40b5773c", {"starts": (START,)}),
    ("filter_interaction_id", "40b5773c", {"starts": ()}),
    ("filter_interaction_id", f"0{GREGORIAN}-40b5773c", {"starts": ()}),
    ("filter_interaction_time", json.dumps([str(GREGORIAN + 1), str(GREGORIAN), "x"]), {"starts": (START, START + 1)}),
    ("filter_interaction_time", "1" * 32, {"starts": ()}),
    ("filter_interaction_key", "40b5773c", {}),
    ("filter_channel_created_time", str(START * 1_000_000 + 20_000), {"starts": (START,)}),
    ("filter_timestamp", ENDED, {"ends": (START + 50,)}),
    ("filter_pvt_created", ENDED, {"ends": (START + 50,)}),
    ("filter_pvt_modified", f"{ENDED}.0", {"ends": ()}),
    ("filter_duration_seconds", '["50","0","-0","50.0"]', {"durations": (0, 50)}),
    ("filter_billing_seconds", "42", {"talks": (42,)}),
    ("filter_billing_seconds", "0", {}),
    ("filter_billing_seconds", "soon", {"talks": ()}),
    ("filter_call_direction", "inbound", {}),
    ("filter_any_nothing", "[]", {"call_ids": ()}),
    ("filter_any_nothing", '[""]', {}),
]


@pytest.mark.parametrize(("name", "value", "expected"), NARROWINGS)
def test_narrowing(name: str, value: str, expected: dict[str, Any]):
    assert Filters.read([(name, value)], NEWEST).narrowing(ACCOUNT) == Narrowing(**expected)


def test_the_strictest_of_several_is_taken():
    pairs = [("filter_any_callee_id_number", '["1","2"]'), ("filter_custom_channel_vars.owner_id", OWNER)]
    for order in (pairs, pairs[::-1]):
        assert Filters.read(order, NEWEST).narrowing(ACCOUNT) == Narrowing(parties=("2005",))
    pairs = [("filter_timestamp", ENDED), ("filter_pvt_created", "never")]
    for order in (pairs, pairs[::-1]):
        assert Filters.read(order, NEWEST).narrowing(ACCOUNT) == Narrowing(ends=())


def admits(narrowing: Narrowing, call: PhoneCall, leg: Leg) -> bool:
    """The plain reading: for each thing asked, some row of the call has it, also where the list is of the second in
    which the leg ended and no other."""
    rows, end = call.rows, leg.created - EPOCH
    begun = [row for row in rows if row.started_at <= end]
    callers = {row.from_number for row in begun} | {row.dod_number for row in rows if row.ended_at == end}
    asked = {
        "parties": any({row.from_number, row.to_number} & set(narrowing.parties or ()) for row in begun),
        "callers": bool(callers & set(narrowing.callers or ())),
        "call_ids": call.call_id in (narrowing.call_ids or ()),
        "dispositions": any(row.disposition in (narrowing.dispositions or ()) for row in rows),
        "trunks": any({row.src_trunk, row.dst_trunk} & set(narrowing.trunks or ()) for row in rows),
        "starts": any(row.started_at in (narrowing.starts or ()) for row in rows),
        "ends": any(row.ended_at in (narrowing.ends or ()) for row in rows),
        "durations": len(rows) > 1 or rows[0].duration in (narrowing.durations or ()),
        "talks": len(rows) > 1 or rows[0].talk_duration in (narrowing.talks or ()),
    }
    assert asked.keys() == vars(narrowing).keys()
    return all(found for name, found in asked.items() if getattr(narrowing, name) is not None)


def admits_by_start(narrowing: Narrowing, call: PhoneCall, leg: Leg) -> bool:
    """The same where the list is of calls that began in the second in which this one did: legs to outside, which show
    other numbers, are in no such list."""
    begun = {row.dod_number for row in call.rows if row.started_at == call.started_at}
    callers = {row.from_number for row in call.rows} | begun
    outside = leg.side == "B" and not leg.phone
    return outside or narrowing.callers is None or bool(callers & set(narrowing.callers))


def paths(document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{name}.")
        else:
            yield prefix + name, "".join(value) if isinstance(value, list) else str(value)


def test_narrowing_never_loses_a_leg():
    chance = Random(1)
    told = 0
    for whole in all_calls()[:300]:
        for leg in legs_of(whole, ACCOUNT):
            document = stored(leg)
            known = list(paths(document))
            for _ in range(4):
                chosen = chance.sample(known, chance.randint(1, 3)) + chance.sample(
                    [("nothing", "")], chance.randint(0, 1)
                )
                pairs = [("filter_" + path, asked_for(value, path, chance)) for path, value in chosen]
                told += holds(pairs, document, whole, leg)
    assert told > 500


def asked_for(value: str, path: str, chance: Random) -> str:
    if chance.random() < 0.3:
        return json.dumps([value, chance.choice(("", "2005", "NO_ANSWER", "1.2"))])
    return f"201506-{value}" if path.endswith("call_id") and chance.random() < 0.5 else value


def holds(pairs: list[tuple[str, str]], document: dict[str, Any], whole: PhoneCall, leg: Leg) -> bool:
    filters = Filters.read(pairs, NEWEST)
    assert filters.keeps(document), pairs
    narrowing = filters.narrowing(ACCOUNT)
    assert admits(narrowing, whole, leg), (pairs, narrowing)
    assert admits_by_start(narrowing, whole, leg), (pairs, narrowing)
    return narrowing != Narrowing()


def test_narrowing_never_loses_a_leg_by_any_one_path():
    for whole in KINDS.values():
        for leg in legs_of(whole, ACCOUNT):
            document = stored(leg)
            for path, value in paths(document):
                value = f"000000-{value}" if path.endswith("call_id") else value
                holds([(f"filter_{path}", value)], document, whole, leg)
