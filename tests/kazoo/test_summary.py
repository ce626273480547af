"""Summary: which legs count, and where."""

from __future__ import annotations

import pytest
from phone_calls import ACCOUNT, INBOUND, KINDS, OUTBOUND, REALM, call, row, unanswered

from app.kazoo.legs import legs_of
from app.kazoo.summary import classify, summarize

NUMBERS = [
    ("+18005551234", "tollfree_us"),
    ("+18555551234", "tollfree_us"),
    ("18005551234", "did_us"),
    ("+19005551234", "toll_us"),
    ("911", "emergency"),
    ("933", "emergency"),
    ("9110", "unknown"),
    ("+18765551234", "caribbean"),
    ("12465551234", "caribbean"),
    ("+16505551234", "did_us"),
    ("16505551234", "did_us"),
    ("6505551234", "did_us"),
    ("+16501551234", "unknown"),
    ("+442079460123", "international"),
    ("+4420794", "unknown"),
    ("442079460123", "unknown"),
    ("2005", "unknown"),
    ("", "unknown"),
    ("911\n", "unknown"),
    ("+44207946\u0660", "unknown"),
]


@pytest.mark.parametrize(("number", "kind"), NUMBERS)
def test_kinds_of_numbers(number: str, kind: str):
    assert classify(number) == kind


def summary_of(*calls):
    return summarize(leg for whole in calls for leg in legs_of(whole, ACCOUNT))


def test_nothing():
    assert summary_of() == {"inbound": {}, "outbound": {}}


def test_calls_inside_do_not_count():
    assert summary_of(KINDS["internal"]) == {"inbound": {}, "outbound": {}}


def test_calls_from_outside_count_by_where_they_come_from():
    expected = {"203.0.113.10": {"unknown": {"total": 84, "US": 84}}}
    assert summary_of(KINDS["inbound"], KINDS["inbound"]) == {"inbound": expected, "outbound": {}}


def test_calls_to_outside_count_by_the_accounts_realm():
    abroad = call(row(**OUTBOUND | {"to_number": "+442079460123", "dst_trunk": "analogue"}))
    calls = (KINDS["outbound"], abroad, call(unanswered(**OUTBOUND)))
    kinds = {"did_us": {"total": 42, "US": 42}, "international": {"total": 42}}
    assert summary_of(*calls) == {"inbound": {}, "outbound": {REALM: kinds}}


def test_a_call_over_no_known_trunk_counts_only_from_outside():
    calls = (KINDS["outbound over no known trunk"], call(row(**INBOUND | {"src_trunk": "", "src_addr": ""})))
    assert summary_of(*calls) == {"inbound": {REALM: {"unknown": {"total": 42}}}, "outbound": {}}
