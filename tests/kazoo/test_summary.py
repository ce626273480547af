"""Summary: which legs count, and where."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from conftest import database_of
from phone_calls import ACCOUNT, INBOUND, KINDS, OUTBOUND, REALM, START, call, row, unanswered

from app.kazoo.accounts import Account
from app.kazoo.legs import a_leg, b_leg, legs_of
from app.kazoo.summary import classify, summarize, summary_of
from app.store import talk
from app.store.calls import Narrowing, rows_by_end
from app.store.loading import CdrRow, load_cdrs

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


def summary(*calls):
    return summarize(leg for whole in calls for leg in legs_of(whole, ACCOUNT))


def test_nothing():
    assert summary() == {"inbound": {}, "outbound": {}}


def test_calls_inside_do_not_count():
    assert summary(KINDS["internal"]) == {"inbound": {}, "outbound": {}}


def test_calls_from_outside_count_by_where_they_come_from():
    expected = {"203.0.113.10": {"unknown": {"total": 84, "US": 84}}}
    assert summary(KINDS["inbound"], KINDS["inbound"]) == {"inbound": expected, "outbound": {}}


def test_calls_to_outside_count_by_the_accounts_realm():
    abroad = call(row(**OUTBOUND | {"to_number": "+442079460123", "dst_trunk": "analogue"}))
    calls = (KINDS["outbound"], abroad, call(unanswered(**OUTBOUND)))
    kinds = {"did_us": {"total": 42, "US": 42}, "international": {"total": 42}}
    assert summary(*calls) == {"inbound": {}, "outbound": {REALM: kinds}}


def test_a_call_over_no_known_trunk_counts_only_from_outside():
    calls = (KINDS["outbound over no known trunk"], call(row(**INBOUND | {"src_trunk": "", "src_addr": ""})))
    assert summary(*calls) == {"inbound": {REALM: {"unknown": {"total": 42}}}, "outbound": {}}


def test_the_order_is_that_of_the_alphabet():
    to_two = [call(row(**OUTBOUND | {"to_number": number})) for number in ("5550100", "+16505551234")]
    from_two = [call(row(**INBOUND | {"src_addr": address})) for address in ("203.0.113.9", "203.0.113.10")]
    rated = [call(row(**OUTBOUND | {"dst_trunk": trunk})) for trunk in ("analogue", "carrier")]
    found = summary(*to_two, *from_two, *rated)
    assert list(found) == ["inbound", "outbound"]
    assert list(found["inbound"]) == ["203.0.113.10", "203.0.113.9"]
    assert list(found["outbound"][REALM]) == ["did_us", "unknown"]
    assert list(found["outbound"][REALM]["did_us"]) == ["total", "US"]


# Added up where calls are stored: the same as all legs one by one.

PEOPLE = ["2000", "2005", "6200", "", "x@y", "6400@z"]
OUTSIDE = ["+16505551234", "911", "+442079460123", "a@b@c", "2000", "6200", ""]
TRUNKS = ["", "carrier", "sister", "analogue", "gone"]
SPAN = 3000


def made_rows(calls: int = 700) -> Iterator[CdrRow]:
    """Calls of one row and of more, some with gaps; of every type, some of several."""
    chance = Random(4)
    blank: dict[str, Any] = dict.fromkeys(CdrRow._fields, "") | dict.fromkeys(("id", "from_text", "to_text"))
    for number in range(calls):
        kind, begun = chance.choice(["Inbound", "Inbound", "Outbound", "Internal"]), START + chance.randrange(SPAN)
        for place in range(chance.choice([1, 1, 1, 2, 3, 6])):
            columns = {
                "started_at": begun + chance.choice([0, 0, 20, chance.randrange(2000)]), "call_id": f"call {number}",
                "uid": f"{number}.{place}", "call_type": kind if chance.random() < 0.8 else "Inbound",
                "from_number": chance.choice(PEOPLE if kind != "Inbound" else PEOPLE + OUTSIDE),
                "to_number": chance.choice(PEOPLE + OUTSIDE), "src_trunk": chance.choice(TRUNKS),
                "dst_trunk": chance.choice(TRUNKS), "duration": chance.choice([0, 5, 50, 700]),
                "src_addr": chance.choice(["", "203.0.113.10:5080", "2001:db8::1"]),
                "did_number": chance.choice(["", "", "5550100", "d@e"]), "ring_duration": chance.choice([0, 5, 8]),
                "talk_duration": chance.choice([0, 0, 3, 42]),
                "disposition": chance.choice(["ANSWERED", "ANSWERED", "NO ANSWER", "VOICEMAIL"]),
            }  # fmt: skip
            yield CdrRow(**blank | columns)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    database = database_of(tmp_path_factory.mktemp("summary"))
    database.make_tables()
    with database.write() as connection:
        load_cdrs(connection, made_rows())
    yield database.connection()
    database.close()


def plainly(connection: sqlite3.Connection, account: Account, start: int, end: int) -> dict[str, Any]:
    ended = [pair for _, pairs in rows_by_end(connection, start, end, False, Narrowing()) for pair in pairs]
    legs = [b_leg(whole, row, account) for whole, row in ended]
    legs += [a_leg(whole, account) for whole, row in ended if row is whole.last]
    return summarize(legs)


RANGES = [
    (START - 10, START + 10_000),
    (START + 500, START + 1500),
    (START + 500, START + 500),
    (START + 1000, START + 2**40),
    (START + 2500, START + 2700),
    (START + 10, START),
    (-(2**70), 2**70),
]


@pytest.mark.parametrize("most", [False, True, None])
@pytest.mark.parametrize(("start", "end"), RANGES)
def test_added_up_where_stored(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, start: int, end: int, most: bool | None
):
    """By whichever way the rows are read: those of the range, all, or as is best."""
    if most is not None:
        monkeypatch.setattr(talk, "_hold_most", lambda connection, values: most)
    for account in (ACCOUNT, replace(ACCOUNT, no_devices=frozenset())):
        found, expected = (made(connection, account, start, end) for made in (summary_of, plainly))
        assert found == expected
        assert json.dumps(found) == json.dumps(expected)


def test_every_second(connection: sqlite3.Connection):
    """Ranges that cut calls anywhere."""
    for start in range(START + 1000, START + 1100, 3):
        end = start + start % 50
        assert summary_of(connection, ACCOUNT, start, end) == plainly(connection, ACCOUNT, start, end)


def test_most_rows_are_found_out(connection: sqlite3.Connection):
    whole, nothing, late = (START, START + 2**40), (START, START - 1), (START + 3000, START + 2**40)
    held = [talk._hold_most(connection, {"start": start, "end": end}) for start, end in (whole, nothing, late)]
    assert held == [True, False, False]
