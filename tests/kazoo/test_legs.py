"""Legs: ids that lead back, times, parties and endings of each kind of call, and the same call in both dialects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phone_calls import (
    ACCOUNT,
    FAX,
    GREGORIAN,
    KINDS,
    OUTBOUND,
    REALM,
    START,
    all_calls,
    call,
    row,
    unanswered,
)

from app.kazoo.accounts import stable_id
from app.kazoo.causes import DISPOSITIONS_OF, ending_of, hangup_code
from app.kazoo.legs import Leg, a_id, a_leg, b_call_id, b_id, b_leg, find_leg, interaction_key, legs_of, row_id_of
from app.kazoo.profiles import PROFILES
from app.kazoo.schemas.cdr import columns, document
from app.kazoo.schemas.cdr import row as list_row
from app.store.calls import PhoneCall, Row

# Ids.


def test_the_callers_leg_has_the_calls_id():
    leg = a_leg(KINDS["inbound"], ACCOUNT)
    assert (leg.call_id, leg.id) == ("1435321715.7", "201506-1435321715.7")
    assert (leg.interaction_time, leg.interaction_key) == (GREGORIAN, "40b5773c")
    assert leg.interaction_id == f"{GREGORIAN}-40b5773c"


def test_a_leg_is_kept_in_the_month_in_which_its_call_began():
    late = 1_435_708_799  # 2015-06-30 23:59:59 UTC
    whole = call(row(1, started_at=late), row(2, started_at=late + 5))
    assert {leg.id[:7] for leg in legs_of(whole, ACCOUNT)} == {"201506-"}
    assert len({leg.interaction_id for leg in legs_of(whole, ACCOUNT)}) == 1


@given(st.integers(0, 2**53), st.text(max_size=20), st.text(max_size=20))
def test_a_row_is_found_by_the_id_of_its_leg(id: int, call_id: str, uid: str):
    made = b_call_id(call_id, row(id, uid=uid))
    assert row_id_of(made) == id
    assert (UUID(made).version, UUID(made).variant, str(UUID(made))) == (5, RFC_4122, made)


def test_ids_are_the_same_for_ever():
    assert b_call_id("1435321715.7", row(1)) == GOLDEN
    assert b_call_id("1435321715.7", row(2))[:18] != GOLDEN[:18]
    assert b_call_id("1435321715.8", row(1))[:18] == GOLDEN[:18]


GOLDEN = "c420ba6b-97ba-5ca1-8049-06706ecdb3fa"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1435321715.7",
        GOLDEN.upper(),
        GOLDEN.replace("-5", "-4", 1),
        GOLDEN[:-1],
        f"{GOLDEN}\n",
        GOLDEN[:19] + "c" + GOLDEN[20:],
    ],
)
def test_other_ids_lead_to_no_row(text: str):
    assert row_id_of(text) is None


def test_ids_of_different_legs_differ():
    ids = [leg.id for whole in all_calls()[len(KINDS) :] for leg in legs_of(whole, ACCOUNT)]
    assert len(set(ids)) == len(ids)


def test_ids_without_legs():
    for whole in all_calls():
        caller, *others = legs_of(whole, ACCOUNT)
        assert (a_id(whole), interaction_key(whole.call_id)) == (caller.id, caller.interaction_key)
        assert [b_id(whole, row) for row in whole.rows] == [leg.id for leg in others]


def test_a_leg_is_found_by_its_id():
    for whole in all_calls():
        for leg in legs_of(whole, ACCOUNT):
            found = find_leg(whole, ACCOUNT, leg.id)
            assert found is not None
            assert (found.side, found.row) == (leg.side, leg.row)


def test_other_ids_are_of_no_leg():
    whole, other = KINDS["a group, one answers"], KINDS["internal"]
    ids = {leg.id for leg in legs_of(whole, ACCOUNT)}
    changed = [id.replace("201506-", "201507-") for id in ids] + [id.removeprefix("201506-") for id in ids]
    not_there = b_id(other, row(77))
    for wanted in ["", "201506-", *changed, not_there, b_id(whole, row(1, uid="another")), a_id(other) + "x"]:
        assert find_leg(whole, ACCOUNT, wanted) is None


# Times: duration, ringing, talk of the caller's leg.
WHOLE = [
    ("one row, as it is", (row(duration=50, ring_duration=8, talk_duration=42),), (50, 8, 42)),
    ("one row that does not add up", (row(duration=60, ring_duration=8, talk_duration=42),), (60, 8, 42)),
    ("one row with a mailbox", (row(disposition="VOICEMAIL"),), (50, 8, 42)),
    ("nobody answers", (unanswered(1, ring=10), unanswered(2, ring=20, started_at=START + 10)), (30, 30, 0)),
    ("the second answers", (unanswered(1, ring=10), row(2, started_at=START + 10)), (60, 18, 42)),
    (
        "a menu answers at once",
        (row(1, duration=9, ring_duration=0, talk_duration=9), unanswered(2, ring=20, started_at=START + 9)),
        (29, 0, 29),
    ),
    ("the earliest answer counts", (row(1, ring_duration=20, duration=62), row(2)), (62, 8, 54)),
    ("the longest row ends it", (row(1, duration=100, talk_duration=92), row(2, started_at=START + 1)), (100, 8, 92)),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_the_callers_leg_lasts_as_long_as_the_call(rows: tuple[Row, ...], expected: tuple[int, int, int]):
    leg = a_leg(call(*rows), ACCOUNT)
    assert (leg.duration, leg.ringing, leg.billing) == expected
    assert (leg.started, leg.created) == (START, GREGORIAN + expected[0])
    assert leg.channel_created_time == START * 1_000_000


def test_the_other_legs_are_their_rows():
    whole = call(unanswered(1, ring=10), row(2, started_at=START + 10))
    first, second = legs_of(whole, ACCOUNT)[1:]
    assert (first.started, first.duration, first.ringing, first.billing) == (START, 10, 10, 0)
    assert (second.started, second.duration, second.ringing, second.billing) == (START + 10, 50, 8, 42)
    assert second.created == GREGORIAN + 60
    assert second.channel_created_time == (START + 10) * 1_000_000 + 20_000


def test_what_is_said_to_a_mailbox_is_on_the_callers_leg_only():
    caller, callee = legs_of(KINDS["mailbox"], ACCOUNT)
    assert (caller.billing, callee.billing, callee.duration, callee.ringing) == (42, 0, 50, 8)


# Parties: the table of section 7.3, each kind of call, both legs.
PARTIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "inbound": (
        {
            "direction": "inbound", "caller_number": "13912345678", "from_": "13912345678@203.0.113.10",
            "from_uri": "13912345678@203.0.113.10:5080", "request": f"5550100@{REALM}", "to": f"5550100@{REALM}",
            "authorizing_type": "resource", "phone": "", "resource_type": "offnet-origination",
        },
        {
            "direction": "outbound", "caller_number": "13912345678", "from_": f"13912345678@{REALM}",
            "from_uri": f"13912345678@{REALM}", "request": f"2005@{REALM}", "to": f"2005@{REALM}",
            "authorizing_type": "device", "phone": "2005", "resource_type": "",
        },
    ),
    "outbound": (
        {
            "direction": "inbound", "caller_number": "2000", "from_": f"2000@{REALM}", "from_uri": f"2000@{REALM}",
            "request": f"+16505551234@{REALM}", "to": f"+16505551234@{REALM}", "authorizing_type": "device",
            "phone": "2000", "resource_type": "",
        },
        {
            "direction": "outbound", "caller_number": "5550101", "from_": f"2000@{REALM}",
            "from_uri": f"5550101@{REALM}", "request": "+16505551234@203.0.113.99", "to": f"+16505551234@{REALM}",
            "authorizing_type": "", "phone": "", "resource_type": "offnet-termination",
        },
    ),
    "internal": (
        {
            "direction": "inbound", "caller_number": "2000", "from_": f"2000@{REALM}", "from_uri": f"2000@{REALM}",
            "request": f"2005@{REALM}", "to": f"2005@{REALM}", "authorizing_type": "device", "phone": "2000",
            "resource_type": "",
        },
        {
            "direction": "outbound", "caller_number": "2000", "from_": f"2000@{REALM}", "from_uri": f"2000@{REALM}",
            "request": f"2005@{REALM}", "to": f"2005@{REALM}", "authorizing_type": "device", "phone": "2005",
            "resource_type": "",
        },
    ),
    "inbound over a trunk of no address": (
        {
            "from_": f"13912345678@{REALM}", "from_uri": f"13912345678@{REALM}:5060",
            "resource_type": "offnet-origination",
        },
        {"phone": "2005"},
    ),
    "inbound over no known trunk": (
        {"request": f"2005@{REALM}", "trunk": None, "resource_type": "offnet-origination", "phone": ""},
        {"trunk": None},
    ),
    "inbound from IPv6": ({"from_": "13912345678@2001:db8::1", "from_uri": "13912345678@2001:db8::1:5060"}, {}),
    "inbound from the same cluster": ({"resource_type": "onnet-origination"}, {"resource_type": ""}),
    "outbound to the same cluster": ({"resource_type": ""}, {"resource_type": "onnet-termination"}),
    "outbound without DOD": ({}, {"caller_number": "2000", "from_uri": f"2000@{REALM}"}),
    "outbound over no known trunk": ({}, {"request": f"+16505551234@{REALM}", "resource_type": "offnet-termination"}),
    "to a menu, hung up": ({"phone": ""}, {"phone": "", "owner_id": "", "authorizing_type": ""}),
    "fax in": ({"authorizing_type": "resource", "fax": FAX}, {"authorizing_type": "device", "fax": FAX}),
    "fax out": (
        {"authorizing_type": "outbound_fax", "fax": FAX | {"fax_t38": "true"}},
        {"authorizing_type": "", "fax": FAX | {"fax_t38": "true"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PARTIES)
def test_parties(kind: str):
    for leg, expected in zip(legs_of(KINDS[kind], ACCOUNT), PARTIES[kind], strict=True):
        assert {name: getattr(leg, name) for name in expected} == expected


def test_devices_and_users_have_stable_ids():
    leg = legs_of(KINDS["internal"], ACCOUNT)[1]
    assert (leg.owner_id, leg.authorizing_id) == (stable_id("user", "2005"), stable_id("device", "2005"))
    assert leg.owner_id in ACCOUNT.users


def test_a_trunk_that_is_gone_is_a_plain_carrier():
    leg = legs_of(KINDS["inbound over a trunk that is gone"], ACCOUNT)[0]
    assert leg.trunk is not None
    assert (leg.trunk.id, leg.trunk.name, leg.tariff.cost(60)) == (stable_id("trunk", "gone"), "gone", 0)


MENU: dict[str, Any] = {"to_number": "6200", "ring_duration": 0, "duration": 90, "talk_duration": 90}
QUEUE: dict[str, Any] = {"to_number": "6400", "ring_duration": 20, "duration": 60, "talk_duration": 40}

# Which row the caller's leg is bridged to.
BRIDGED = [
    ("the only one", (row(1),), 1),
    ("the first if nobody answers", (unanswered(2, to_number="6400"), unanswered(1, started_at=START + 1)), 2),
    ("the person behind a menu", (row(1, **MENU), row(2, started_at=START + 5)), 2),
    ("the person behind a menu that answered later", (row(1), row(2, **MENU | {"started_at": START + 30})), 1),
    ("the agent, not the queue", (row(2, **QUEUE), row(1, started_at=START + 12)), 1),
    ("the last of two people", (row(2), row(1, started_at=START + 50)), 1),
    ("who answered last, not who began last", (row(1, ring_duration=9, started_at=START), row(2, started_at=START)), 1),
    ("of two at once the row stored last", (row(1), row(2)), 2),
    ("the last menu if no person answered", (row(1, **MENU), unanswered(3), row(2, **QUEUE)), 2),
    ("a mailbox is no answer", (unanswered(1), row(2, disposition="VOICEMAIL")), 1),
    ("somebody outside", (row(1, **QUEUE), row(2, **OUTBOUND)), 2),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in BRIDGED], ids=[case[0] for case in BRIDGED])
def test_whom_the_caller_is_bridged_to(rows: tuple[Row, ...], expected: int):
    whole = call(*rows)
    caller, *others = legs_of(whole, ACCOUNT)
    bridged = next(leg for leg in others if leg.row.id == expected)
    assert caller.other_call_id == caller.other.call_id == bridged.call_id
    assert caller.other.row is caller.bridged is bridged.row
    for leg in others:
        assert leg.other_call_id == leg.other.call_id == caller.call_id


RECORDED = [
    ("one", ("a.wav",), ["a.wav"]),
    ("none", ("", ""), []),
    ("those of all rows, in order", ("", "b.wav", "a.wav"), ["b.wav", "a.wav"]),
    ("each once", ("b.wav", "a.wav", "b.wav"), ["b.wav", "a.wav"]),
]


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in RECORDED], ids=[case[0] for case in RECORDED])
def test_recordings(files: tuple[str, ...], expected: list[str]):
    caller, *others = legs_of(call(*(row(id, record_file=file) for id, file in enumerate(files))), ACCOUNT)
    ids = {file: [f"201506-{hashlib.md5(file.encode()).hexdigest()}"] if file else [] for file in files}
    assert caller.recordings == [id for file in expected for id in ids[file]]
    assert [leg.recordings for leg in others] == [ids[file] for file in files]


class Counted(tuple[Row, ...]):
    """Rows that count how often somebody goes through all of them."""

    times = 0

    def __iter__(self) -> Iterator[Row]:
        self.times += 1
        return super().__iter__()


def test_many_rows_are_not_gone_through_for_each_of_them():
    rows = Counted((unanswered if id % 3 else row)(id, started_at=START + id) for id in range(200))
    for leg in legs_of(PhoneCall("x", rows), ACCOUNT):
        assert document(leg)
        assert leg.other.other
    assert rows.times < 30


# Endings: the table of section 7.4. Cause and disposition of the caller's leg, then of the other one.
CLEARED = "NORMAL_CLEARING"
ENDINGS = [
    ("ANSWERED", "src hangup    ", (CLEARED, "SUCCESS"), (CLEARED, "ANSWER")),
    ("ANSWERED", "dst hangup    ", (CLEARED, "SUCCESS"), (CLEARED, "ANSWER")),
    ("NO ANSWER", "src hangup    ", ("ORIGINATOR_CANCEL",) * 2, ("ORIGINATOR_CANCEL", "")),
    ("NO ANSWER", "", ("ORIGINATOR_CANCEL",) * 2, ("ORIGINATOR_CANCEL", "")),
    ("NO ANSWER", "dst hangup    ", ("NO_ANSWER",) * 2, ("NO_ANSWER", "")),
    ("NO ANSWER", "dst extension_busy_no_forward    ", ("NO_ANSWER",) * 2, ("NO_ANSWER", "")),
    ("NO ANSWER", "Ring Timeout", ("NO_ANSWER",) * 2, ("NO_ANSWER", "")),
    ("NO ANSWER", "ring_time-out", ("NO_ANSWER",) * 2, ("NO_ANSWER", "")),
    ("BUSY", "dst extension_busy_no_forward    ", ("USER_BUSY",) * 2, ("USER_BUSY", "")),
    ("FAILED", "dst hangup    ", ("NORMAL_TEMPORARY_FAILURE",) * 2, ("NORMAL_TEMPORARY_FAILURE", "")),
    ("FAILED", "UNALLOCATED_NUMBER", ("UNALLOCATED_NUMBER",) * 2, ("UNALLOCATED_NUMBER", "")),
    ("FAILED", "dst call_rejected", ("CALL_REJECTED",) * 2, ("CALL_REJECTED", "")),
    ("VOICEMAIL", "src hangup    ", (CLEARED, "NO_ANSWER"), ("NO_ANSWER", "")),
    ("never heard of", "", ("NORMAL_TEMPORARY_FAILURE",) * 2, ("NORMAL_TEMPORARY_FAILURE", "")),
]


@pytest.mark.parametrize(("disposition", "reason", "caller", "callee"), ENDINGS)
def test_endings(disposition: str, reason: str, caller: tuple[str, str], callee: tuple[str, str]):
    legs = legs_of(call(row(disposition=disposition, reason=reason)), ACCOUNT)
    assert [(leg.cause, leg.disposition) for leg in legs] == [caller, callee]


LATER = {"started_at": START + 20}
WHOLE_ENDINGS = [
    ("any answer counts", (unanswered(1), row(2, **LATER), unanswered(3, started_at=START + 90)), CLEARED),
    ("then any mailbox", (unanswered(1), row(2, disposition="VOICEMAIL", **LATER)), CLEARED),
    ("then the last row", (unanswered(1, disposition="BUSY"), unanswered(2, **LATER)), "ORIGINATOR_CANCEL"),
    ("which ends last", (unanswered(1, disposition="BUSY", ring=30), unanswered(2, ring=20)), "USER_BUSY"),
]


@pytest.mark.parametrize(
    ("rows", "cause"), [case[1:] for case in WHOLE_ENDINGS], ids=[case[0] for case in WHOLE_ENDINGS]
)
def test_how_the_whole_call_ends(rows: tuple[Row, ...], cause: str):
    assert a_leg(call(*rows), ACCOUNT).cause == cause


RACES = [
    ("at the same time", (unanswered(1, ring=8), row(2)), True),
    ("at the same second, answered at once", (unanswered(1, ring=8), row(2, ring_duration=0)), True),
    ("it rang already", (unanswered(1, ring=12), row(2, started_at=START + 4)), True),
    ("the next one rings after it", (unanswered(1, ring=8), row(2, started_at=START + 8)), False),
    ("nobody answered", (unanswered(1, ring=8), unanswered(2, ring=8)), False),
    ("the other found a mailbox", (unanswered(1, ring=8), row(2, disposition="VOICEMAIL")), False),
    ("busy is no race", (unanswered(1, ring=8, disposition="BUSY"), row(2)), False),
    ("after a menu", (row(1, ring_duration=0, duration=9), unanswered(2, started_at=START + 9)), False),
    ("it had stopped ringing", (unanswered(1, ring=20), row(2, started_at=START + 15, ring_duration=6)), False),
    ("in its last second", (unanswered(1, ring=20), row(2, started_at=START + 15, ring_duration=5)), True),
    ("just before it rang", (row(1, ring_duration=8), unanswered(2, started_at=START + 9)), False),
    ("as it began to ring", (row(1, ring_duration=8), unanswered(2, started_at=START + 8)), True),
    ("one of many answers", (unanswered(1), row(2, ring_duration=5), row(3, started_at=START + 30)), True),
    ("between two answers", (row(1), unanswered(2, started_at=START + 9), row(3, started_at=START + 30)), False),
]


@pytest.mark.parametrize(("rows", "lost"), [case[1:] for case in RACES], ids=[case[0] for case in RACES])
def test_whose_phone_rang_in_vain(rows: tuple[Row, ...], lost: bool):
    whole = call(*rows)
    loser = next(row for row in rows if row.disposition in ("NO ANSWER", "BUSY"))
    assert (b_leg(whole, loser, ACCOUNT).cause == "LOSE_RACE") is lost


def test_who_rang_in_vain_before_another_ends_as_the_reason_says():
    for reason, cause in [("ring timeout", "NO_ANSWER"), ("src hangup    ", "ORIGINATOR_CANCEL")]:
        early = unanswered(1, ring=20, reason=reason)
        assert b_leg(call(early, row(2, started_at=START + 15)), early, ACCOUNT).cause == cause


# Section 6's table.
CODES = {
    200: "NORMAL_CLEARING",
    404: "UNALLOCATED_NUMBER NO_ROUTE_TRANSIT_NET NO_ROUTE_DESTINATION",
    486: "USER_BUSY",
    408: "NO_USER_RESPONSE",
    480: "NO_ANSWER SUBSCRIBER_ABSENT NORMAL_UNSPECIFIED LOSE_RACE PICKED_OFF ALLOTTED_TIMEOUT CRASH",
    603: "CALL_REJECTED",
    410: "NUMBER_CHANGED REDIRECTION_TO_NEW_DESTINATION",
    483: "EXCHANGE_ROUTING_ERROR",
    502: "DESTINATION_OUT_OF_ORDER",
    484: "INVALID_NUMBER_FORMAT",
    501: "FACILITY_REJECTED FACILITY_NOT_IMPLEMENTED SERVICE_NOT_IMPLEMENTED",
    503: "NORMAL_CIRCUIT_CONGESTION NETWORK_OUT_OF_ORDER NORMAL_TEMPORARY_FAILURE SWITCH_CONGESTION"
    " REQUESTED_CHAN_UNAVAIL BEARERCAPABILITY_NOTAVAIL GATEWAY_DOWN",
    403: "OUTGOING_CALL_BARRED INCOMING_CALL_BARRED BEARERCAPABILITY_NOTAUTH",
    488: "BEARERCAPABILITY_NOTIMPL INCOMPATIBLE_DESTINATION",
    504: "RECOVERY_ON_TIMER_EXPIRE",
    487: "ORIGINATOR_CANCEL",
}


@pytest.mark.parametrize(
    ("code", "cause"), [(code, cause) for code, causes in CODES.items() for cause in causes.split()]
)
def test_hangup_codes(code: int, cause: str):
    assert hangup_code(cause) == f"sip:{code}"


def test_every_cause_says_what_rows_have_it():
    for whole in all_calls():
        for leg in legs_of(whole, ACCOUNT):
            assert {row.disposition for row in whole.rows} & DISPOSITIONS_OF[leg.cause]
    for disposition, reason, *_ in ENDINGS[:-1]:
        ending = ending_of(disposition, reason)
        assert disposition in DISPOSITIONS_OF[ending.cause] & DISPOSITIONS_OF[ending.b_cause]


# The same call in both dialects: what a client of KAZOO would tell a client of Yeastar about a call.

NO_ANSWERS = {
    "NO_ANSWER", "ORIGINATOR_CANCEL", "NO_USER_RESPONSE", "LOSE_RACE", "PICKED_OFF", "ALLOTTED_TIMEOUT",
    "SUBSCRIBER_ABSENT",
}  # fmt: skip
COLUMNS = columns(PROFILES["5"], "cdrs")


def disposition_of(leg: Leg) -> str:
    if leg.billing > 0:
        return "ANSWERED"
    if leg.cause == "USER_BUSY":
        return "BUSY"
    return "NO ANSWER" if leg.cause in NO_ANSWERS else "FAILED"


def call_type_of(caller: Leg, others: list[Leg]) -> str:
    if caller.resource_type.endswith("-origination"):
        return "Inbound"
    return "Outbound" if any(leg.resource_type.endswith("-termination") for leg in others) else "Internal"


def agrees(whole: PhoneCall) -> None:
    caller, *others = legs_of(whole, ACCOUNT)
    assert len(others) == len(whole.rows)
    kind = call_type_of(caller, others)
    assert kind == whole.rows[0].call_type
    shown = list_row(caller, COLUMNS, 0)
    if kind == "Inbound":
        row = whole.rows[0]
        assert shown["dialed_number"] == (row.did_number or row.to_number)
        assert caller.from_uri.partition("@")[2] in (row.src_addr, f"{row.src_addr or caller.from_host}:5060")
        assert row.src_trunk == (caller.trunk.name if caller.trunk else "")
    assert int(shown["unix_timestamp"]) == whole.started_at
    assert caller.created - 62_167_219_200 == whole.ended_at
    assert caller.duration == caller.ringing + caller.billing
    for leg, row in zip(others, whole.rows, strict=True):
        agrees_with_row(leg, row, kind)


def agrees_with_row(leg: Leg, row: Row, kind: str) -> None:
    shown = list_row(leg, COLUMNS, 0)
    found_by = row_id_of(shown["call_id"])
    assert (found_by, int(shown["unix_timestamp"])) == (row.id, row.started_at)
    assert (leg.duration, leg.ringing) == (row.duration, row.ring_duration)
    mailbox = row.disposition == "VOICEMAIL"
    assert leg.billing == (0 if mailbox else row.talk_duration)
    assert disposition_of(leg) == ("NO ANSWER" if mailbox else row.disposition)
    assert (shown["callee_id_number"], shown["callee_id_name"]) == (row.to_number, row.to_name)
    assert (shown["from"].rpartition("@")[0], shown["caller_id_name"]) == (row.from_number, row.from_name)
    if kind == "Outbound":
        assert shown["calling_from"] == (row.dod_number or row.from_number)
        assert row.dst_trunk == (leg.trunk.name if leg.trunk else "")
    assert len(shown["media_recordings"]) == bool(row.record_file)


@pytest.mark.parametrize("kind", KINDS)
def test_the_call_agrees_in_both_dialects(kind: str):
    agrees(KINDS[kind])


def test_the_demo_offices_calls_agree_in_both_dialects():
    whole_calls = all_calls()[len(KINDS) :]
    assert len(whole_calls) > 500
    kinds = {row.call_type for whole in whole_calls for row in whole.rows}
    assert kinds == {"Inbound", "Outbound", "Internal"}
    for whole in whole_calls:
        agrees(whole)


def test_one_row_that_is_the_whole_call_has_the_same_numbers_on_both_legs():
    for whole in all_calls():
        if len(whole.rows) == 1:
            caller, callee = legs_of(whole, ACCOUNT)
            row = whole.rows[0]
            durations = (row.duration, row.ring_duration, row.talk_duration)
            assert (caller.duration, caller.ringing, caller.billing) == durations
            assert disposition_of(caller) == {"VOICEMAIL": "ANSWERED"}.get(row.disposition, row.disposition)
            assert (callee.duration, callee.ringing) == (caller.duration, caller.ringing)


def test_calls_are_interactions_and_legs_at_least_two_each():
    whole_calls = all_calls()[len(KINDS) :]
    legs = [leg for whole in whole_calls for leg in legs_of(whole, ACCOUNT)]
    assert len({leg.interaction_id for leg in legs}) == len(whole_calls)
    assert len(legs) >= 2 * len(whole_calls)
    assert all(re.fullmatch(r"\d{11}-[0-9a-f]{8}", leg.interaction_id) for leg in legs)
