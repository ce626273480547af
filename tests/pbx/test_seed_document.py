"""Seed documents: good ones and what is read from them, then every kind of mistake and how it is told."""

import copy
import json
import os
import time
from pathlib import Path

import jsonschema
import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pbx import seed_document
from app.pbx.fax import FAX_FIELDS
from app.pbx.seed_document import Present, SeedError, read_document, read_file
from app.pbx.seed_schema import CDR_FIELDS, schema
from app.store.loading import CdrRow
from app.store.models import Extension
from app.store.objects import KINDS

PUBLISHED = Path(__file__).parents[2] / "docs" / "seed.schema.json"

# The three calls of the vendor's page "Search specific CDR".
KRISTIN = {
    "call_from": "Kristin Hale<2005>",
    "call_from_number": "2005",
    "call_from_name": "Kristin Hale",
    "call_to_name": " ",
    "call_type": "Outbound",
    "dod_number": "2005",
    "src_addr": "",
}
REFERENCE = [
    KRISTIN
    | {"id": 2710, "time": "05/30/2022 14:53:41", "call_to": "1000", "timestamp": 1653893621}
    | {"uid": "202205301453416CEAB", "dst_trunk": "peer-to-34", "duration": 7, "talk_duration": 7}
    | {
        "disposition": "ANSWERED",
        "reason": "src hangup    ",
        "call_to_number": "1000",
        "call_id": "1718690912.7",
    },
    KRISTIN
    | {"id": 2711, "time": "05/30/2022 14:55:00", "call_to": "21000", "timestamp": 1653893700}
    | {"uid": "2022053014550020730", "dst_trunk": "peer-to-34", "disposition": "NO ANSWER"}
    | {"reason": "dst extension_busy_no_forward    ", "call_to_number": "21000", "call_id": "1718689712.3"},
    KRISTIN
    | {"id": 2712, "time": "05/30/2022 14:55:49", "call_to": "21000", "timestamp": 1653893749}
    | {"uid": "202205301455494E686", "dst_trunk": "to28.41", "duration": 54, "ring_duration": 2}
    | {"talk_duration": 52, "disposition": "ANSWERED", "reason": "dst hangup    ", "call_to_number": "21000"}
    | {"record_file": "20220530145555-1653893749.6-2005-21000-Outbound.wav", "call_id": "1718689653.0"},
]
MINIMAL = {"timestamp": 1653893621, "call_from": "Kristin Hale<2005>", "call_to": "1000"}
FULL = REFERENCE[2] | {
    "call_note": None,
    "call_note_id": "",
    "enb_call_note": 0,
    "call_note_remark": "Called back",
    "disposition_code_list": [3, 4],
    "did": "",
    "did_number": "02085550100",
    "did_name": "Sales",
    "src_trunk": "from-provider",
    "pin_code": "1234",
    "new_id": "67C67519-D30000CD",
    "fax": {"fax_success": True},
}
ROW = CdrRow(
    id=1,
    started_at=1653893621,
    from_number="2005",
    from_name="Kristin Hale",
    to_number="1000",
    to_name="",
    from_text=None,
    to_text=None,
    uid="202205301453419E3B1",
    call_id="1653893621.1",
    src_addr="",
    src_trunk="",
    dst_trunk="",
    duration=0,
    ring_duration=0,
    talk_duration=0,
    disposition="NO ANSWER",
    call_type="Internal",
    did_number="",
    did_name="",
    dod_number="",
    record_file="",
    reason="",
    pin_code="",
    call_note_remark="",
    disposition_codes="",
    new_id="",
    fax="",
)


def rows(*calls):
    return list(read_document({"cdrs": list(calls)}).cdrs)


def call(**keys):
    return MINIMAL | keys


def party(**keys):
    return {"timestamp": 1653893621, "call_to": "1000", **keys}


def test_a_minimal_row_gets_everything_else():
    assert rows(MINIMAL) == [ROW]


def test_a_full_row_keeps_what_it_was_given():
    (row,) = rows(FULL)
    assert set(FULL) == set(CDR_FIELDS)
    renamed = {"id": 2712, "started_at": 1653893749, "from_number": "2005", "from_name": "Kristin Hale"}
    renamed |= {
        "to_number": "21000",
        "to_name": "",
        "from_text": None,
        "to_text": None,
        "disposition_codes": ",3,4,",
        "fax": '{"fax_success":"true"}',
    }
    assert row == CdrRow(**renamed, **{name: FULL[name] for name in CdrRow._fields if name not in renamed})


def test_the_reference_rows_come_out_as_they_are():
    for given_row, row in zip(REFERENCE, rows(*REFERENCE), strict=True):
        assert row.started_at == given_row["timestamp"]
        assert (row.from_number, row.from_name) == ("2005", "Kristin Hale")
        assert (row.to_number, row.to_name) == (given_row["call_to_number"], "")
        assert (row.from_text, row.to_text) == (None, None)
        same = set(given_row) & set(CdrRow._fields)
        assert {name: getattr(row, name) for name in same} == {name: given_row[name] for name in same}
        assert row.ring_duration == given_row.get("ring_duration", 0)


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        ({"src_trunk": "sip"}, {"call_type": "Inbound"}),
        ({"did_number": "0208"}, {"call_type": "Inbound", "did_number": "0208"}),
        ({"did": "0208"}, {"call_type": "Inbound", "did_number": "0208"}),
        ({"did": "0208", "did_number": "0209"}, {"did_number": "0209"}),
        ({"dst_trunk": "sip"}, {"call_type": "Outbound"}),
        ({"dod_number": "0208"}, {"call_type": "Outbound"}),
        ({"src_trunk": "a", "dst_trunk": "b"}, {"call_type": "Inbound"}),
        ({"src_trunk": "", "dst_trunk": ""}, {"call_type": "Internal"}),
        ({"src_trunk": "a", "call_type": "Internal"}, {"call_type": "Internal"}),
        ({"talk_duration": 1}, {"disposition": "ANSWERED", "duration": 0}),
        ({"duration": 9, "ring_duration": 9}, {"disposition": "NO ANSWER", "duration": 9}),
        ({"talk_duration": 1, "disposition": "VOICEMAIL"}, {"disposition": "VOICEMAIL"}),
        ({"id": 7}, {"id": 7, "call_id": "1653893621.7"}),
        (
            {"id": 7.0, "timestamp": 1653893621.0, "duration": 1e1},
            {"id": 7, "call_id": "1653893621.7", "duration": 10},
        ),
        ({"timestamp": 0}, {"started_at": 0, "uid": "197001010800009E3B1", "call_id": "0.1"}),
        ({"timestamp": 4102444799}, {"started_at": 4102444799}),
        ({"call_id": "x", "uid": "y"}, {"call_id": "x", "uid": "y"}),
        ({"reason": "src hangup    "}, {"reason": "src hangup    "}),
        ({"call_note": "rang back"}, {"call_note_remark": "rang back"}),
        ({"call_note": None}, {"call_note_remark": ""}),
        ({"call_note": "a", "call_note_remark": "b"}, {"call_note_remark": "b"}),
        ({"disposition_code_list": [3, 4.0]}, {"disposition_codes": ",3,4,"}),
        ({"disposition_code_list": "3,04"}, {"disposition_codes": ",3,4,"}),
        ({"disposition_code_list": ""}, {"disposition_codes": ""}),
        ({"disposition_code_list": []}, {"disposition_codes": ""}),
        ({"fax": {"fax_t38": False}}, {"fax": '{"fax_t38":"false"}'}),
        ({"time": "any time", "call_note_id": "x", "enb_call_note": 1}, {}),
    ],
)
def test_what_is_left_out_is_derived(keys, made):
    (row,) = rows(call(**keys))
    assert {name: getattr(row, name) for name in made} == made


@pytest.mark.parametrize(
    ("keys", "number", "name", "text"),
    [
        ({"call_from": "Ann<2005>"}, "2005", "Ann", None),
        ({"call_from": "2005"}, "2005", "", None),
        ({"call_from": ""}, "", "", None),
        ({"call_from": "Ann<>"}, "", "Ann", None),
        ({"call_from": "A <b><2005>"}, "2005", "A <b>", None),
        ({"call_from": "IVR Main<6200>"}, "6200", "IVR Main", None),
        ({"call_from": "Satisfaction Survey"}, "Satisfaction Survey", "", None),
        ({"call_from": "<2005>"}, "2005", "", "<2005>"),
        ({"call_from": " <2005>"}, "2005", "", " <2005>"),
        ({"call_from": "2005>"}, "2005>", "", None),
        ({"call_from_number": "2005"}, "2005", "", None),
        ({"call_from_number": ""}, "", "", None),
        ({"call_from_number": "anonymous", "call_from_name": " \u3000"}, "anonymous", "", None),
        ({"call_from_number": "2005", "call_from_name": "Ann"}, "2005", "Ann", None),
        ({"call_from_number": "2005", "call_from_name": " Ann "}, "2005", " Ann ", None),
        ({"call_from_number": "2005", "call_from": "Ann<2005>"}, "2005", "Ann", None),
        ({"call_from_number": "2005", "call_from": "Ann<2006>"}, "2005", "", "Ann<2006>"),
        ({"call_from_number": "1", "call_from_name": "", "call_from": "Ann<1>"}, "1", "", "Ann<1>"),
        ({"call_from_number": "1", "call_from_name": "A", "call_from": "IVR A<1>"}, "1", "A", "IVR A<1>"),
        ({"call_from_name": "Bob", "call_from": "Ann<2005>"}, "2005", "Bob", "Ann<2005>"),
        ({"call_from_name": "Bob", "call_from": "2005"}, "2005", "Bob", "2005"),
        ({"call_from_number": "x" * 64}, "x" * 64, "", None),
        ({"call_from": "Zoë 🙂<+44 20>"}, "+44 20", "Zoë 🙂", None),
    ],
)
def test_a_party_is_made_of_what_is_given(keys, number, name, text):
    (row,) = rows(party(**keys))
    assert (row.from_number, row.from_name, row.from_text) == (number, name, text)
    (row,) = rows({"timestamp": 1, "call_from": "1", **{key.replace("from", "to"): keys[key] for key in keys}})
    assert (row.to_number, row.to_name, row.to_text) == (number, name, text)


def test_calls_without_id_follow_the_highest():
    ids = [row.id for row in rows(call(), call(id=7), call(), call(id=2), call())]
    assert ids == [8, 7, 9, 2, 10]


def test_uids_of_a_second_differ():
    uids = {row.uid for row in rows(*[MINIMAL] * 5000)}
    assert len(uids) == 5000
    assert all(len(uid) == 19 and uid.startswith("20220530145341") for uid in uids)


def test_the_time_zone_shows_in_the_uid():
    document = {"cdrs": [MINIMAL]}
    (row,) = read_document(document, timezone="UTC").cdrs
    assert row.uid == "202205300653419E3B1"
    (row,) = read_document(document | {"settings": {"timezone": "Europe/London"}}, timezone="UTC").cdrs
    assert row.uid == "202205300753419E3B1"


def test_settings_are_read_by_the_table():
    given_settings = {"timezone": "Europe/London", "time_format": "12", "max_tokens": 0, "api_enabled": False}
    given_settings |= {"allowed_networks": ["10.0.0.1/8"], "empty_name": "", "enb_fuzzy_search": 1.0}
    read = read_document({"settings": given_settings}).settings
    assert read == given_settings | {"allowed_networks": ("10.0.0.0/8",), "enb_fuzzy_search": 1}


def test_extensions_fit_their_table():
    document = {
        "extensions": [
            {"number": "2000", "id": 2, "name": "Ann"},
            {
                "number": "2001",
                "first_name": "Bob",
                "last_name": "Hale",
                "email_addr": "b@x",
                "mobile_number": "07",
            },
            {"number": "2002", "last_name": "Hale"},
            {"number": "*97.a_b-c+#", "caller_id_name": "Cy", "name": "ignored", "first_name": "Cyril"},
            {"number": "2004"},
        ]
    }
    made = [Extension(**columns) for columns in read_document(document).extensions]
    assert [(one.id, one.number, one.caller_id_name) for one in made] == [
        (2, "2000", "Ann"),
        (1, "2001", "Bob Hale"),
        (3, "2002", "Hale"),
        (4, "*97.a_b-c+#", "Cy"),
        (5, "2004", ""),
    ]
    assert (made[1].first_name, made[1].last_name, made[1].email_addr, made[1].mobile_number) == (
        ("Bob", "Hale", "b@x", "07")
    )


def test_groups_have_members():
    groups = [{"name": "All", "members": ["2000", "9"], "id": 3}, {"name": "None", "members": []}]
    document = {"extensions": [{"number": "2000"}], "extension_groups": groups}
    assert read_document(document, present=Present(extensions=["9"])).groups == [
        (3, "All", ["2000", "9"]),
        (1, "None", []),
    ]


def test_objects_are_their_name_and_what_else_they_have():
    document = {
        "trunks": ["peer-to-34", {"name": "to28.41", "id": 1, "type": "peer", "codec": {"a": [1, None]}}],
        "queues": [{"name": "Sales", "number": "6400", "agents": ["2000"]}],
        "ring_groups": [{"name": "Sales", "members": ["2000"]}],
        "organizations": [{"name": "All", "parent_id": 0}],
        "extensions": [{"number": "2000"}],
    }
    assert read_document(document).objects == [
        ("trunk", 2, "peer-to-34", {}),
        ("trunk", 1, "to28.41", {"type": "peer", "codec": {"a": [1, None]}}),
        ("queue", 1, "Sales", {"number": "6400", "agents": ["2000"]}),
        ("ring_group", 1, "Sales", {"members": ["2000"]}),
        ("organization", 1, "All", {"parent_id": 0}),
    ]


def test_the_details_of_a_fax_are_texts_in_the_vendors_order():
    given = {
        "fax_t38": False, "fax_success": True, "fax_transferred_pages": 2, "fax_total_pages": 3.0,
        "fax_result_text": 'OK, "fine", Zoë', "fax_result_code": "0", "fax_transfer_rate": 14400, "fax_bad_rows": 0,
        "fax_ecm_used": "",
    }  # fmt: skip
    (row,) = rows(call(fax=given))
    assert list(given) != list(FAX_FIELDS)
    assert list(json.loads(row.fax).items()) == [
        ("fax_bad_rows", "0"),
        ("fax_ecm_used", ""),
        ("fax_result_code", "0"),
        ("fax_result_text", 'OK, "fine", Zoë'),
        ("fax_success", "true"),
        ("fax_total_pages", "3"),
        ("fax_transfer_rate", "14400"),
        ("fax_transferred_pages", "2"),
        ("fax_t38", "false"),
    ]
    assert list(json.loads(row.fax)) == list(FAX_FIELDS)


def test_what_a_trunk_costs_is_kept_whole():
    rating = {"account_billing": "per_minute", "rate": 226.0, "rate_minimum": 6e1, "rate_name": "UK", "surcharge": 0}
    trunk = {"name": "t", "address": "10.0.0.1:5060", "on_net": True, "global_resource": False, "rating": rating}
    document = {"trunks": [trunk], "queues": [{"name": "q", "rating": 4.5}]}
    (_, _, _, kept), (*_, free) = read_document(document).objects
    assert orjson.dumps(kept["rating"]) == (
        b'{"account_billing":"per_minute","rate":226,"rate_minimum":60,"rate_name":"UK","surcharge":0}'
    )
    assert kept == {key: trunk[key] for key in trunk if key != "name"}
    assert free == {"rating": 4.5}


def test_every_kind_can_be_seeded():
    document = {kind.document_key: [{"name": "One", "x": 1}, "Two"] for kind in KINDS.values()}
    objects = read_document(document).objects
    assert {(kind, id, name) for kind, id, name, _ in objects} == {
        (kind, id, name) for kind in KINDS for id, name in ((1, "One"), (2, "Two"))
    }
    menus = [menu for kind in KINDS.values() for menu in kind.menu]
    assert len(menus) == len(set(menus))
    assert all(row.kind == kind and row.source for kind, row in KINDS.items())


GOOD = [
    {},
    {"$schema": "seed.schema.json"},
    {"cdrs": []},
    {"cdrs": [*REFERENCE, MINIMAL]},
    {"cdrs": [FULL]},
    {"cdrs": [call(id=2**53 - 1, uid="é" * 512, did_number="1" * 64)]},
    {"settings": {"timezone": "UTC", "date_format": "YYYY/MM/DD"}},
    {"trunks": [{"name": "t", "rating": {}, "codec": [], "on_net": False}], "queues": [{"name": "q", "rating": "A"}]},
    {"extensions": [{"number": "1"}], "extension_groups": [{"name": "g", "members": ["1"]}], "trunks": ["t"]},
]


@pytest.mark.parametrize("document", GOOD)
def test_a_good_document_is_read_and_left_as_it_was(document):
    before = copy.deepcopy(document)
    list(read_document(document).cdrs)
    assert document == before


ONE = {"call_from": "1", "call_to": "2"}
TWO = [{"number": "2005"}, {"number": "2006"}]
MANY = [{"number": str(number)} for number in range(2000, 2057)]

TEXT = "text of at most 512 characters, none a control character"
NUMBER = "text of at most 64 characters, none a control character"
NAME = "text of 1 to 512 characters, none a control character"
ID = "a whole number from 1 to 9007199254740991"
INSTANT = "Unix seconds, a whole number from 0 to 4102444799"
SECONDS = "seconds, a whole number from 0 to 2147483647"
DISPOSITION = "one of ANSWERED, NO ANSWER, BUSY, FAILED, VOICEMAIL"
CODES = 'an array of at most 100 ids of disposition codes, or text such as "3,4"'
DETAIL = "true, false, a whole number from 0 on, or text of at most 512 characters, none a control character"
EXTENSION = "text of 1 to 64 digits, letters or * # + . _ -"
MEMBERS = "an array of extension numbers, each of them once"
DOCUMENT = "an object: what a PBX holds"
OBJECT = f"an object with a name, or just the name: {NAME}"


def calls(*rows, **keys):
    return {"cdrs": [*rows, call(**keys)]}


def group(*members, name="g"):
    return {"name": name, "members": [*members]}


# Refused by the schema: the document, path and value, what is expected.
NOT_ALLOWED_BY_THE_SCHEMA = [
    ([], "the document: an array", DOCUMENT),
    (None, "the document: null", DOCUMENT),
    ("cdrs", 'the document: "cdrs"', DOCUMENT),
    ({"cdrs": {}}, "cdrs: an object", "an array of calls"),
    ({"trunks": None}, "trunks: null", "an array of trunks"),
    ({"settings": []}, "settings: an array", "an object with the PBX's settings by name"),
    ({"cdrs": [5]}, "cdrs[0]: 5", "an object that describes a leg of a call"),
    (calls(id=0), "cdrs[0].id: 0", ID),
    (calls(id=2**53), "cdrs[0].id: 9007199254740992", ID),
    (calls(id=10**40), f"cdrs[0].id: 1{'0' * 40}", ID),
    (calls(id=True), "cdrs[0].id: true", ID),
    (calls(id="1"), 'cdrs[0].id: "1"', ID),
    (calls(timestamp=-1.5), "cdrs[0].timestamp: -1.5", INSTANT),
    (calls(timestamp=4102444800), "cdrs[0].timestamp: 4102444800", INSTANT),
    (calls(timestamp="1653893621"), 'cdrs[0].timestamp: "1653893621"', INSTANT),
    (calls(duration=-1), "cdrs[0].duration: -1", SECONDS),
    (calls(talk_duration=2**31), "cdrs[0].talk_duration: 2147483648", SECONDS),
    (calls(MINIMAL, MINIMAL, MINIMAL, disposition="FOO"), 'cdrs[3].disposition: "FOO"', DISPOSITION),
    (calls(call_type="inbound"), 'cdrs[0].call_type: "inbound"', "one of Inbound, Outbound, Internal"),
    (calls(call_from_number=2005), "cdrs[0].call_from_number: 2005", NUMBER),
    (calls(call_from_number="1" * 65), f'cdrs[0].call_from_number: "{"1" * 56}...', NUMBER),
    (calls(uid="x" * 513), f'cdrs[0].uid: "{"x" * 56}...', TEXT),
    (calls(uid=None), "cdrs[0].uid: null", TEXT),
    (calls(call_from="a\0"), 'cdrs[0].call_from: "a\\u0000"', TEXT),
    (calls(call_from="a\n"), 'cdrs[0].call_from: "a\\n"', TEXT),
    (calls(call_from="a\x9b"), 'cdrs[0].call_from: "a\\u009b"', TEXT),
    (calls(call_note={}), "cdrs[0].call_note: an object", f"null, or {TEXT}"),
    (calls(enb_call_note=True), "cdrs[0].enb_call_note: true", "a whole number from 0 to 1"),
    (calls(disposition_code_list="3, 4"), 'cdrs[0].disposition_code_list: "3, 4"', CODES),
    (calls(disposition_code_list="3,4\n"), 'cdrs[0].disposition_code_list: "3,4\\n"', CODES),
    (calls(disposition_code_list=[1] * 101), "cdrs[0].disposition_code_list: an array", CODES),
    (
        calls(disposition_code_list=[3, "4"]),
        'cdrs[0].disposition_code_list[1]: "4"',
        "a whole number from 0 to 999999999",
    ),
    (calls(fax=""), 'cdrs[0].fax: ""', "an object with at least one of fax_bad_rows, "),
    (calls(fax={}), "cdrs[0].fax: an object", f"an object with at least one of {', '.join(FAX_FIELDS)}"),
    (calls(fax={"fax_total_pages": -1}), "cdrs[0].fax.fax_total_pages: -1", DETAIL),
    (calls(fax={"fax_total_pages": 1.5}), "cdrs[0].fax.fax_total_pages: 1.5", DETAIL),
    (calls(fax={"fax_success": None}), "cdrs[0].fax.fax_success: null", DETAIL),
    (calls(fax={"fax_result_text": "a\n"}), 'cdrs[0].fax.fax_result_text: "a\\n"', DETAIL),
    (calls(fax={"fax_result_text": []}), "cdrs[0].fax.fax_result_text: an array", DETAIL),
    ({"trunks": [{"name": "t", "address": 5060}]}, "trunks[0].address: 5060", TEXT),
    ({"trunks": [{"name": "t", "on_net": 1}]}, "trunks[0].on_net: 1", "true or false"),
    ({"trunks": [{"name": "t", "global_resource": "no"}]}, 'trunks[0].global_resource: "no"', "true or false"),
    ({"trunks": [{"name": "t", "rating": 226}]}, "trunks[0].rating: 226", "an object that describes what calls cost"),
    (
        {"trunks": [{"name": "t", "rating": {"rate": 0.0226}}]},
        "trunks[0].rating.rate: 0.0226",
        "1/10000 dollars, a whole number from 0 to 2147483647",
    ),
    ({"trunks": [{"name": "t", "rating": {"rate_minimum": "60"}}]}, 'trunks[0].rating.rate_minimum: "60"', SECONDS),
    ({"extensions": [{"number": ""}]}, 'extensions[0].number: ""', EXTENSION),
    ({"extensions": [{"number": "20 05"}]}, 'extensions[0].number: "20 05"', EXTENSION),
    ({"extensions": [{"number": "2005\n"}]}, 'extensions[0].number: "2005\\n"', EXTENSION),
    ({"extensions": [{"number": "\u0662"}]}, 'extensions[0].number: "\u0662"', EXTENSION),
    ({"extensions": ["2005"]}, 'extensions[0]: "2005"', "an object that describes an extension"),
    ({"extension_groups": [group(name="")]}, 'extension_groups[0].name: ""', NAME),
    ({"extension_groups": [{"name": "g", "members": "1"}]}, 'extension_groups[0].members: "1"', MEMBERS),
    ({"extension_groups": [group(1)]}, "extension_groups[0].members[0]: 1", EXTENSION),
    (
        {"extensions": TWO, "extension_groups": [group("2005", "2006", "2005")]},
        'extension_groups[0].members[2]: "2005"',
        "another value than extension_groups[0].members[0] has",
    ),
    ({"trunks": ["t", ""]}, 'trunks[1]: ""', OBJECT),
    ({"trunks": ["t\n"]}, 'trunks[0]: "t\\n"', OBJECT),
    ({"trunks": [7]}, "trunks[0]: 7", OBJECT),
    ({"ivrs": [{"name": "i", "number": 6200}]}, "ivrs[0].number: 6200", EXTENSION),
    ({"queues": [{"name": "q", "agents": {}}]}, "queues[0].agents: an object", MEMBERS),
    (
        {"organizations": [{"name": "o", "parent_id": -1}]},
        "organizations[0].parent_id: -1",
        "a whole number from 0 to 9007199254740991",
    ),
    ({"settings": {"max_tokens": -1}}, "settings.max_tokens: -1", "a whole number from 0 to 100000."),
    ({"settings": {"max_tokens": 1.5}}, "settings.max_tokens: 1.5", "a whole number from 0 to 100000."),
    ({"settings": {"api_enabled": "on"}}, 'settings.api_enabled: "on"', "true or false"),
    ({"settings": {"time_format": 23}}, "settings.time_format: 23", "one of 24, 12."),
    (
        {"settings": {"date_format": "D"}},
        "settings.date_format: 'D'",
        "one of MM/DD/YYYY, DD/MM/YYYY, YYYY/MM/DD.",
    ),
]

# Refused by the schema too: the document and what is told.
NO_VALUE_OF_THE_SCHEMA = [
    ({"cdr": []}, 'cdr: "cdr" is not a key here; did you mean cdrs?'),
    ({"cdrs": [MINIMAL, ONE | {"time": "now"}]}, f"cdrs[1].timestamp: is missing; expected {INSTANT}"),
    (
        calls(dispositon="BUSY"),
        'cdrs[0].dispositon: "dispositon" is not a key here; did you mean disposition or ',
    ),
    (
        calls(**{"a b": 1}),
        'cdrs[0]["a b"]: "a b" is not a key here; expected one of call_from, call_from_name, call_from_number, '
        "call_id, call_note, call_note_id, call_note_remark, call_to, call_to_name, call_to_number, call_type, "
        "did, ... (33 in all)",
    ),
    (
        calls(fax={"fax_pages": 1, "fax_success": True}),
        'cdrs[0].fax.fax_pages: "fax_pages" is not a key here; did you mean fax_total_pages or ',
    ),
    (
        {"trunks": [{"name": "t", "rating": {"rates": 226}}]},
        'trunks[0].rating.rates: "rates" is not a key here; did you mean rate?',
    ),
    ({"cdrs": [party()]}, "cdrs[0]: is not complete; expected call_from or call_from_number"),
    (
        {"cdrs": [{"timestamp": 1, "call_from": "1"}]},
        "cdrs[0]: is not complete; expected call_to or call_to_number",
    ),
    ({"extensions": [{}]}, f"extensions[0].number: is missing; expected {EXTENSION}"),
    (
        {"extensions": [{"number": "1", "mail": ""}]},
        'extensions[0].mail: "mail" is not a key here; expected one of caller_id_name, email_addr, first_name, '
        "id, ip, last_name, mobile_number, name, number, online, presence_status",
    ),
    ({"extension_groups": [{"name": "g"}]}, f"extension_groups[0].members: is missing; expected {MEMBERS}"),
    ({"trunks": [{}]}, f"trunks[0].name: is missing; expected {NAME}"),
    (
        {"settings": {"timezon": "UTC"}},
        "settings.timezon: there is no setting named timezon. Did you mean timezone?",
    ),
    (
        {"settings": {"port": 80}},
        "settings.port: belongs to the server, not to the PBX; give it as --port or PBX_PORT",
    ),
]

# Fine by the schema, wrong all the same.
BESIDES_THE_SCHEMA = [
    (calls(call(id=7), call(), id=7), "cdrs[2].id: 7 is not allowed; expected another value than cdrs[0].id has"),
    (
        {"cdrs": [party(call_from="1" * 65)]},
        f'cdrs[0].call_from: "{"1" * 56}... is not allowed; expected a number in it that is {NUMBER}',
    ),
    ({"cdrs": [party(call_from=f"A<{'1' * 65}>")]}, f'cdrs[0].call_from: "A<{"1" * 54}... is not allowed'),
    (
        {"settings": {"timezone": "Mars"}},
        "settings.timezone: 'Mars' is not allowed; expected an IANA time zone such as Asia/Shanghai",
    ),
    (
        {"settings": {"allowed_networks": ["x"]}},
        "settings.allowed_networks: ['x'] is not allowed; expected none, or addresses and networks such as",
    ),
    (
        {"extensions": [*TWO, {"number": "2005"}]},
        'extensions[2].number: "2005" is not allowed; expected another value than extensions[0].number has',
    ),
    (
        {"extensions": [{"number": "1", "id": 4}, {"number": "2", "id": 4}]},
        "extensions[1].id: 4 is not allowed; expected another value than extensions[0].id has",
    ),
    (
        {"extensions": TWO, "extension_groups": [group("2005", "2O05")]},
        'extension_groups[0].members[1]: "2O05" is not an extension; did you mean 2005',
    ),
    (
        {"extensions": TWO, "extension_groups": [group("9")]},
        'extension_groups[0].members[0]: "9" is not an extension; expected one of 2005, 2006',
    ),
    (
        {"extensions": MANY, "queues": [{"name": "q", "agents": ["9"]}]},
        'queues[0].agents[0]: "9" is not an extension; expected one of 2000, 2001, 2002, 2003, 2004, 2005, '
        "2006, 2007, 2008, 2009, 2010, 2011, ... (57 in all)",
    ),
    (
        {"ring_groups": [{"name": "r", "members": ["9"]}]},
        'ring_groups[0].members[0]: "9" is not an extension; there is none',
    ),
    (
        {"extension_groups": [group(), group()]},
        'extension_groups[1].name: "g" is not allowed; expected another value than extension_groups[0].name has',
    ),
    (
        {"trunks": ["t", {"name": "t"}]},
        'trunks[1].name: "t" is not allowed; expected another value than trunks[0].name has',
    ),
    (
        {"ivrs": [{"name": "a", "id": 2}, {"name": "b", "id": 2}]},
        "ivrs[1].id: 2 is not allowed; expected another value than ivrs[0].id has",
    ),
]
AGAINST_THE_SCHEMA = NO_VALUE_OF_THE_SCHEMA + [
    (document, f"{value} is not allowed; expected {allowed}") for document, value, allowed in NOT_ALLOWED_BY_THE_SCHEMA
]


@pytest.mark.parametrize(("document", "text"), AGAINST_THE_SCHEMA + BESIDES_THE_SCHEMA)
def test_a_mistake_names_path_value_and_what_is_allowed(document, text):
    with pytest.raises(SeedError) as caught:
        read_document(document)
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_together():
    document = {"settings": {"port": 1, "firmware": "0"}, "cdrs": [{}], "trunks": [""], "foo": 1}
    with pytest.raises(SeedError) as caught:
        read_document(document)
    told = [line.split(": ")[0] for line in str(caught.value).split("\n")]
    expected = ["settings.port", "settings.firmware", "cdrs[0].timestamp", "cdrs[0]", "cdrs[0]", "trunks[0]", "foo"]
    assert sorted(told) == sorted(expected)


def test_ten_mistakes_are_told_and_the_others_counted():
    with pytest.raises(SeedError) as caught:
        read_document({"cdrs": [call(id=0)] * 47})
    told = str(caught.value).split("\n")
    assert len(told) == 11
    assert told[9].startswith("cdrs[9].id: 0 ")
    assert told[10] == "and 37 more"


def test_one_mistake_far_down_has_its_own_position():
    with pytest.raises(SeedError, match=r"^cdrs\[1234\]\.duration: -1 is not allowed"):
        read_document({"cdrs": [*[MINIMAL] * 1234, call(duration=-1)]})


def test_a_document_full_of_mistakes_is_refused_soon(capsys):
    document = {"cdrs": [call(id="x", duration=-1, foo=1)] * 100_000}
    start = time.perf_counter()
    with pytest.raises(SeedError, match=r"and more than 990 more$"):
        read_document(document)
    with capsys.disabled():
        print(f"\n300,000 mistakes refused in {time.perf_counter() - start:.2f} s")


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not JSON, line 1, column 1: "),
        (b'{"cdrs":\n [}]}', "is not JSON, line 2, column 3: "),
        (b'{"cdrs": []', "is not JSON, line 1, column "),
        (b"{} {}", "is not JSON, line 1, column 4: "),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark; save it as UTF-8 without one"),
        ("{}".encode("utf-16"), "is not UTF-8, line 1, byte 0 of the file"),
        (b'{\n"trunks": ["caf\xe9"]}', "is not UTF-8, line 2, byte 17 of the file"),
        (b'{"trunks": ["\\ud800"]}', "is not JSON, line 1, column "),
        (b'{"trunks": [{"name": "x", "y": NaN}]}', "is not JSON, line 1, column "),
        (b'{"trunks": [{"name": "x", "y": 1e400}]}', "is not JSON, line 1, column "),
        (b'{"trunks": %s}' % nested(5000).encode(), "is not JSON, line 1, column 10"),
    ],
)
def test_a_file_that_is_not_json_says_where(tmp_path, content, told):
    path = tmp_path / "seed.json"
    path.write_bytes(content)
    with pytest.raises(SeedError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: {told}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "the document: an array is not allowed"),
        ('{"cdrs": [{"id": 12345678901234567890123}]}', "cdrs[0].id: 1.2345678901234568e+22 is not allowed"),
        (f'{{"trunks": {nested(500)}}}', "The document is nested too deeply"),
        (f'{{"trunks": [{{"name": "x", "y": {nested(500)}}}]}}', "trunks[0]: cannot be stored as JSON"),
        (f'{{"trunks": [{{"name": "x", "y": {nested(250)}}}]}}', "trunks[0]: is nested too deeply"),
    ],
)
def test_json_that_is_no_document(tmp_path, content, told):
    path = tmp_path / "seed.json"
    path.write_text(content)
    with pytest.raises(SeedError) as caught:
        read_file(str(path))
    assert told in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path, "nul\0.json"):
        with pytest.raises(SeedError, match="cannot be read: "):
            read_file(path)


def test_a_file_is_read_like_a_document(tmp_path):
    path = tmp_path / "seed.json"
    path.write_bytes(orjson.dumps({"cdrs": REFERENCE, "extension_groups": [group("9")]}))
    document = read_file(path, timezone="UTC", present=Present(extensions={"9"}))
    assert document.groups == [(1, "g", ["9"])]
    assert list(document.cdrs) == rows(*REFERENCE)


@pytest.mark.parametrize(
    "document",
    [
        {1: 2},
        {"trunks": ["\ud800"]},
        {"trunks": [{"name": "x", "y": {1, 2}}]},
        {"settings": {"max_tokens": float("nan")}},
        {"settings": {"max_tokens": float("inf")}},
        {"settings": {"timezone": "\ud800"}},
        {"cdrs": [call(id=float("inf"))]},
    ],
)
def test_data_that_is_not_json_is_refused(document):
    with pytest.raises(SeedError):
        read_document(document)


def test_the_published_schema_is_ours():
    text = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("UPDATE_DOCS"):
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text, "run the tests with UPDATE_DOCS=1"


def test_the_schema_is_data_of_the_callers_own():
    schema()["$defs"]["id"].clear()
    schema()["properties"]["cdrs"].clear()
    schema()["properties"]["settings"]["properties"]["max_tokens"].clear()
    assert schema() == json.loads(PUBLISHED.read_text(encoding="utf-8"))


VALIDATORS = [kind(schema()) for kind in (jsonschema_rs.Draft202012Validator, jsonschema.Draft202012Validator)]


def test_the_schema_means_the_same_to_another_validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    for validator in VALIDATORS:
        assert all(validator.is_valid(document) for document in GOOD)
        assert all(validator.is_valid(document) for document, _ in BESIDES_THE_SCHEMA)
        assert not any(validator.is_valid(document) for document, _ in AGAINST_THE_SCHEMA)


def both_say(document):
    """Whether the document is valid, which the two validators have to agree about."""
    ours, other = (validator.is_valid(document) for validator in VALIDATORS)
    assert ours == other
    return ours


LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUE = st.recursive(LEAF, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=5)
KEYS = [*schema()["properties"], *CDR_FIELDS, "number", "name", "members", "agents", "timezone", "firmware"]
ITEM = st.dictionaries(st.sampled_from(KEYS), VALUE, max_size=5) | VALUE
DOCUMENTS = st.dictionaries(st.sampled_from(KEYS), VALUE | st.lists(ITEM, max_size=3))


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_whatever_is_given_is_read_or_refused_with_words(document):
    told = ""
    try:
        list(read_document(document).cdrs)
    except SeedError as error:
        told = str(error)
    assert both_say(document) or told


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*CDR_FIELDS]), LEAF, max_size=4))
def test_a_call_with_anything_in_it(keys):
    document = {"cdrs": [call(**keys)]}
    if both_say(document):
        (row,) = read_document(document).cdrs
        assert None not in (*row[:6], *row[8:])
        assert {type(value) for value in row} <= {int, str, type(None)}
    else:
        with pytest.raises(SeedError, match=r"^cdrs\[0\]\."):
            read_document(document)


def test_a_hundred_thousand_rows(tmp_path, capsys):
    path = tmp_path / "seed.json"
    many = (REFERENCE[id % 3] | {"id": id} for id in range(1, 100_001))
    path.write_bytes(orjson.dumps({"cdrs": [*many]}))
    start = time.perf_counter()
    document = read_file(path)
    read = time.perf_counter()
    assert sum(1 for _ in document.cdrs) == 100_000
    made = time.perf_counter()
    with capsys.disabled():
        size = path.stat().st_size / 2**20
        print(f"\n100,000 rows ({size:.0f} MiB): read {read - start:.2f} s, rows made {made - read:.2f} s")


def test_rows_are_made_when_they_are_asked_for(monkeypatch):
    made = []
    monkeypatch.setattr(seed_document, "_row", lambda call, id, compact: made.append(id))
    later = read_document({"cdrs": [MINIMAL] * 3}).cdrs
    assert made == []
    next(later)
    assert made == [1]
