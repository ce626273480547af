"""Documents and rows: every field of the vendor's page, and rows as the vendor works them out from documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import seed_page
from hypothesis import given
from hypothesis import strategies as st
from phone_calls import ACCOUNT, GREGORIAN, KINDS, REALM, START, all_calls, call, row

from app.kazoo.accounts import stable_id
from app.kazoo.erlang import float_text
from app.kazoo.legs import Leg, legs_of
from app.kazoo.moments import date_and_time, moment
from app.kazoo.profiles import PROFILES
from app.kazoo.schemas.cdr import FIELDS, LEFT_OUT, choose_fields, columns, document, stored
from app.kazoo.schemas.cdr import row as list_row

DOCUMENTS = [document(leg) for whole in KINDS.values() for leg in legs_of(whole, ACCOUNT)]
NEWEST = PROFILES["5"]


def variables(name: str) -> set[Any]:
    """The values that a channel variable has in the documents."""
    return {found["custom_channel_vars"][name] for found in DOCUMENTS if name in found["custom_channel_vars"]}


# The vendor's page.


@pytest.mark.parametrize("name", [*seed_page.CDR, *seed_page.FAX])
def test_every_field_of_the_page_is_in_a_document_or_has_its_reason(name: str):
    assert any(name in found for found in DOCUMENTS) != (name in LEFT_OUT)


@pytest.mark.parametrize("name", [*seed_page.KAZOO_SPECIFIC, *seed_page.BILLING, *seed_page.RESOURCE])
def test_every_property_of_the_page_is_in_a_document(name: str):
    assert variables(name)


def test_the_values_that_the_page_names():
    kinds = set(seed_page.AUTHORIZING_TYPES)
    assert variables("authorizing_type") == {kind for kind in kinds if f"authorizing_type {kind}" not in LEFT_OUT}
    assert variables("resource_type") == set(seed_page.RESOURCE_TYPES)
    assert variables("global_resource") == {"true", "false"}
    assert {found["call_direction"] for found in DOCUMENTS} == {"inbound", "outbound"}


def test_types():
    types = {field.name: field.type for field in FIELDS}
    assert {name for name, kind in types.items() if kind == "integer"} == {*seed_page.INTEGERS, "interaction_time"}
    assert {name for name, kind in types.items() if kind == "object"} == set(seed_page.OBJECTS)
    python = {"string": str, "integer": int, "object": dict}
    for found in DOCUMENTS:
        assert all(type(value) is python[types.get(name, "string")] for name, value in found.items())


def test_channel_variables_are_strings_but_for_the_recordings():
    for found in DOCUMENTS:
        for name, value in found["custom_channel_vars"].items():
            assert isinstance(value, list if name == "media_recordings" else str)


def test_sources_and_reasons():
    assert {field.source for field in FIELDS} == {"documentation", "master", "observed", "guess"}
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert all(LEFT_OUT.values())
    assert not {field.name for field in FIELDS} & set(LEFT_OUT)


# Documents.


def test_a_carriers_leg():
    found = document(legs_of(KINDS["inbound"], ACCOUNT)[0])
    carrier = ACCOUNT.trunks["carrier"]
    expected = {
        "call_id": "1435321715.7",
        "id": "201506-1435321715.7",
        "interaction_id": f"{GREGORIAN}-40b5773c",
        "timestamp": GREGORIAN + 50,
        "channel_created_time": START * 1_000_000,
        "from": "13912345678@203.0.113.10",
        "request": f"5550100@{REALM}",
        "other_leg_destination_number": "2005",
        "other_leg_direction": "outbound",
        "hangup_code": "sip:200",
        "media_server": f"fs001.{REALM}",
        "custom_application_vars": {"trunk": "carrier"},
        "custom_sip_headers": {},
    }
    assert {name: found[name] for name in expected} == expected
    assert "presence_id" not in found
    assert found["custom_channel_vars"] == {
        "account_id": ACCOUNT.id,
        "authorizing_type": "resource",
        "bridge_id": "1435321715.7",
        "ecallmgr_node": f"ecallmgr@apps001.{REALM}",
        "fetch_id": found["custom_channel_vars"]["fetch_id"],
        "realm": REALM,
        "resource_type": "offnet-origination",
        "global_resource": "true",
        "resource_id": carrier.id,
        "reseller_id": ACCOUNT.reseller_id,
        "base_cost": "326",
        **carrier.rating,
    }


def test_a_devices_leg():
    found = document(legs_of(KINDS["internal"], ACCOUNT)[1])
    assert found["presence_id"] == f"2005@{REALM}"
    variables = found["custom_channel_vars"]
    assert (variables["owner_id"], variables["username"]) == (stable_id("user", "2005"), "2005")
    assert [name[:7] for name in variables["media_recordings"]] == ["201506-"]
    assert "resource_id" not in variables
    assert found["custom_application_vars"] == {}


def test_what_the_sip_messages_held_is_always_the_same_and_differs_from_leg_to_leg():
    names = ("from_tag", "to_tag", "msg_id", "local_sdp", "remote_sdp")
    first, second = (document(leg) for leg in legs_of(KINDS["internal"], ACCOUNT))
    again = document(legs_of(KINDS["internal"], ACCOUNT)[0])
    assert all(first[name] == again[name] != second[name] for name in names)


SDP = [
    ("internal", 0, True, True),
    ("internal", 1, True, True),
    ("given up", 0, False, True),
    ("given up", 1, True, False),
    ("to a menu, hung up", 1, True, False),
]


@pytest.mark.parametrize(("kind", "side", "local", "remote"), SDP)
def test_who_calls_describes_the_session_at_once_who_is_called_by_answering(
    kind: str, side: int, local: bool, remote: bool
):
    found = document(legs_of(KINDS[kind], ACCOUNT)[side])
    assert ("local_sdp" in found, "remote_sdp" in found) == (local, remote)


def test_other_legs_are_described_as_they_describe_themselves():
    for whole in all_calls():
        legs = {leg.call_id: document(leg) for leg in legs_of(whole, ACCOUNT)}
        for found in legs.values():
            other = legs[found["other_leg_call_id"]]
            assert found["other_leg_direction"] == other["call_direction"]
            assert found.get("other_leg_caller_id_number") == other.get("caller_id_number")
            assert found.get("other_leg_caller_id_name") == other.get("caller_id_name")


def test_what_is_stored_is_what_is_shown_and_private_fields():
    for leg in legs_of(KINDS["inbound"], ACCOUNT):
        kept, shown = stored(leg), document(leg)
        private = {name: value for name, value in kept.items() if name.startswith(("_", "pvt_"))}
        assert shown == {name: value for name, value in kept.items() if name not in private} | {"id": kept["_id"]}
        assert private == {
            "_id": leg.id,
            "pvt_type": "cdr",
            "pvt_created": shown["timestamp"],
            "pvt_modified": shown["timestamp"],
            "pvt_account_id": ACCOUNT.id,
            "pvt_account_db": f"account%2F4b%2F4b%2F{'4b' * 14}-201506",
            "pvt_vsn": 2,
        }


def test_older_lines_have_other_words_for_themselves():
    leg = legs_of(KINDS["internal"], ACCOUNT)[0]
    newest, older = document(leg), document(leg, PROFILES["4.3"])
    assert list(newest) == list(older)
    differing = {name: (older[name], newest[name]) for name in newest if older[name] != newest[name]}
    assert differing == {
        "app_name": ("ecallmgr", "freeswitch"),
        "app_version": ("4.3.70", "5.3.0"),
        "event_category": ("call_event", "cdr"),
        "event_name": ("CHANNEL_DESTROY", "report"),
    }


RECORDING = "201506-500ef3081ebf028f05ab517f01caf717"
CHOICES = [
    (["call_id", "dialed_number"], {"call_id": "1435321715.7", "dialed_number": "2005"}),
    (["custom_channel_vars.realm", "custom_channel_vars.username"],
     {"custom_channel_vars": {"realm": REALM, "username": "2000"}}),
    (["nothing", "custom_channel_vars.nothing"], {}),
    (["call_id.nothing"], {}),
    (["custom_channel_vars.media_recordings.1"], {"custom_channel_vars": {"media_recordings": {"1": RECORDING}}}),
    (["media_recordings", "media_recordings.1"], {"media_recordings": [RECORDING]}),
    ([""], {}),
    (["id"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("paths", "expected"), CHOICES)
def test_chosen_fields_stand_where_they_stood(paths: list[str], expected: dict[str, Any]):
    leg = legs_of(KINDS["internal"], ACCOUNT)[0]
    fields = document(leg) | list_row(leg, columns(NEWEST, "cdrs"), 0)
    assert choose_fields(fields, paths) == expected | {"id": leg.id}


# Rows: worked out from the document as the vendor's code does.


def text(found: dict[str, Any], name: str) -> str:
    return str(found.get(name, ""))


def variable(found: dict[str, Any], name: str, default: Any = "") -> Any:
    return found["custom_channel_vars"].get(name, default)


def cost(found: dict[str, Any], billing: str) -> str:
    """By the minute only; costs.py is tested on its own."""
    if variable(found, billing) != "per_minute":
        return "0"
    free, seconds = int(variable(found, "rate_nocharge_time", 0)), found["billing_seconds"]
    return str(ACCOUNT.trunks["carrier"].tariff.cost(seconds)) if seconds > free else "0"


def expected_row(found: dict[str, Any], names: list[str], layout: str, offset: int, listing: str) -> dict[str, Any]:
    start = found["timestamp"] - found["duration_seconds"]
    unix = start - 62_167_219_200
    utc, shifted = (datetime.fromtimestamp(second, UTC) for second in (unix, unix + offset))
    inbound = found["call_direction"] == "inbound"
    values = {
        "id": found["id"],
        "timestamp": str(start),
        "owner_id": variable(found, "owner_id"),
        "direction": found["call_direction"],
        "authorizing_id": variable(found, "authorizing_id"),
        "cost": cost(found, "account_billing"),
        "dialed_number": (text(found, "request") if inbound else text(found, "to")).split("@")[0],
        "calling_from": text(found, "caller_id_number") if inbound else text(found, "from_uri").split("@")[0],
        "datetime": layout % shifted.timetuple()[:6],
        "unix_timestamp": str(unix),
        "unix_timestamp_micro": float_text(found["channel_created_time"] / 1_000_000),
        "rfc_1036": utc.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "iso_8601": utc.strftime("%Y-%m-%d"),
        "iso_8601_combined": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "call_type": variable(found, "account_billing"),
        "rate": float_text(int(variable(found, "rate", 0)) / 10_000),
        "rate_name": variable(found, "rate_name"),
        "bridge_id": variable(found, "bridge_id"),
        "media_recordings": variable(found, "media_recordings", []),
        "call_priority": variable(found, "call_priority"),
        "inception_direction": inception(found, inbound, listing),
    }
    return {name: values[name] if name in values else found.get(name, "") for name in names}


def inception(found: dict[str, Any], inbound: bool, listing: str) -> str:
    if listing == "user_interaction":
        return "origination" if inbound else "termination"
    return "origination" if variable(found, "authorizing_id") else "termination"


# Section 2.4, in order; the two that not every line has are in brackets.
NAMES = """
    id call_id caller_id_number caller_id_name callee_id_number callee_id_name duration_seconds billing_seconds
    timestamp hangup_cause (disposition) other_leg_call_id owner_id to from direction request authorizing_id cost
    dialed_number calling_from datetime unix_timestamp (unix_timestamp_micro) rfc_1036 iso_8601 iso_8601_combined
    call_type rate rate_name bridge_id recording_url media_recordings media_server call_priority interaction_id
"""

LISTS = [
    ("5", "cdrs", "(unix_timestamp_micro)", []),
    ("5", "interaction", "(unix_timestamp_micro)", []),
    ("master", "cdrs", "(unix_timestamp_micro)", []),
    ("master", "user_interaction", "(unix_timestamp_micro)", []),
    ("4.3", "cdrs", "(disposition)", []),
    ("4.3", "interaction", "(disposition)", ["inception_direction"]),
    ("4.3", "user_interaction", "(disposition)", ["inception_direction"]),
]
LAYOUTS = {"5": "%04d-%02d-%02d %02d:%02d:%02d", "master": "%04d-%02d-%02d_%02d:%02d:%02d"}


@pytest.mark.parametrize(("line", "listing", "bracketed", "more"), LISTS)
def test_rows_are_what_the_vendor_makes_of_documents(line: str, listing: str, bracketed: str, more: list[str]):
    shown = columns(PROFILES[line], listing)
    names = [name.strip("()") for name in NAMES.split() if name[0] != "(" or name == bracketed] + more
    assert [column.name for column in shown] == names
    assert [column.name for column in shown if column.json_only] == [name for name in more if "inception" in name]
    for whole in all_calls()[:100]:
        for leg in legs_of(whole, ACCOUNT):
            expected = expected_row(document(leg), names, LAYOUTS.get(line, LAYOUTS["5"]), -3600, listing)
            found = list_row(leg, shown, -3600)
            assert found == expected
            assert list(found) == names


def test_a_row_of_the_sheet():
    found = list_row(legs_of(KINDS["internal"], ACCOUNT)[1], columns(NEWEST, "cdrs"), 3600)
    expected = {
        "timestamp": "63602540915", "unix_timestamp": "1435321715", "unix_timestamp_micro": "1435321715.02",
        "datetime": "2015-06-26 13:28:35", "rfc_1036": "Fri, 26 Jun 2015 12:28:35 GMT", "iso_8601": "2015-06-26",
        "iso_8601_combined": "2015-06-26T12:28:35Z", "rate": "0.0", "cost": "0", "duration_seconds": 50,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_numbers_stop_at_an_at_sign():
    odd = call(row(to_number="a@b@c", from_number="x@y"))
    legs = [list_row(leg, columns(NEWEST, "cdrs"), 0) for leg in legs_of(odd, ACCOUNT)]
    assert [found["dialed_number"] for found in legs] == ["a", "a"]
    assert [found["calling_from"] for found in legs] == ["x@y", "x"]


# Moments.


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_moments(second: int):
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    found = moment(second)
    assert found.combined == utc.isoformat().replace("+00:00", "Z")
    assert found.date == utc.date().isoformat()
    assert found.rfc_1036 == f"{utc:%a, %d %b} {utc.year:04} {utc:%H:%M:%S} GMT"
    assert date_and_time(LAYOUTS["5"], second) == utc.isoformat(" ").removesuffix("+00:00")


@pytest.mark.parametrize(
    ("second", "expected"),
    [(START, "1435321715.0"), (1_500_000_000, "1.5e+9"), (1_500_100_000, "1500100000.0"), (0, "0.0")],
)
def test_seconds_as_the_vendor_writes_numbers_with_fractions(second: int, expected: str):
    assert moment(second).unix_float == expected == float_text(float(second))


@pytest.mark.parametrize(("second", "expected"), [(10**11, "5138-11-16 09:46:40"), (-(10**11), "-1199-02-15 14:13:20")])
def test_years_have_no_end(second: int, expected: str):
    assert date_and_time(LAYOUTS["5"], second) == expected


def test_legs_are_light():
    leg = legs_of(KINDS["internal"], ACCOUNT)[0]
    assert isinstance(leg, Leg)
    assert not hasattr(leg, "__dict__")
