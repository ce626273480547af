"""Costs: the vendor's sums, what a rating becomes, and which legs have one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phone_calls import ACCOUNT, INBOUND, KINDS, OUTBOUND, call, row

from app.kazoo.accounts import Trunk
from app.kazoo.costs import NO_TARIFF, Tariff, base_cost, calculate_cost, units_to_dollars
from app.kazoo.erlang import NoIntegerError, float_text, is_empty, to_integer, to_text
from app.kazoo.legs import legs_of
from app.kazoo.profiles import PROFILES
from app.kazoo.schemas.cdr import columns
from app.kazoo.schemas.cdr import row as list_row

# Rate, increment, minimum, surcharge, seconds, cost in units.
SUMS = [
    (226, 60, 60, 0, 1, 226),
    (226, 60, 60, 0, 60, 226),
    (226, 60, 60, 0, 61, 452),
    (226, 6, 60, 0, 61, 248),
    (226, 6, 60, 0, 66, 248),
    (226, 6, 60, 0, 67, 271),
    (226, 6, 60, 100, 67, 371),
    (226, 0, 60, 0, 61, 452),
    (226, 1, 0, 0, 42, 158),
    (226, 6, 0, 0, 0, 0),
    (0, 60, 60, 50, 600, 50),
    (100, 60, 30, 0, 10, 50),
    (101, 60, 30, 0, 10, 50),
]


@pytest.mark.parametrize(("rate", "increment", "minimum", "surcharge", "seconds", "units"), SUMS)
def test_sums(rate: int, increment: int, minimum: int, surcharge: int, seconds: int, units: int):
    rating = {"rate": rate, "rate_increment": increment, "rate_minimum": minimum, "surcharge": surcharge}
    tariff = Tariff.read({name: str(value) for name, value in rating.items()})
    assert tariff.cost(seconds) == units
    if seconds:
        assert calculate_cost(rate, increment, minimum, surcharge, seconds) == units


@given(st.integers(0, 10**6), st.integers(1, 120), st.integers(0, 120), st.integers(0, 10**4), st.integers(1, 10**5))
def test_what_lasts_longer_costs_no_less(rate: int, increment: int, minimum: int, surcharge: int, seconds: int):
    now, later = (calculate_cost(rate, increment, minimum, surcharge, seconds + more) for more in (0, 1))
    assert surcharge <= now <= later


FREE = [(-1, 0), (0, 0), (2, 0), (3, 226), (60, 226)]


@pytest.mark.parametrize(("seconds", "units"), FREE)
def test_short_calls_cost_nothing(seconds: int, units: int):
    assert Tariff.read({"rate": "226", "rate_minimum": "60", "rate_nocharge_time": "2"}).cost(seconds) == units


def test_a_discount():
    assert Tariff.read({"rate": "226", "rate_minimum": "60", "discount_percentage": "10"}).cost(60) == 204


BASES = [(226, 60, 100, 326), (226, 0, 100, 326), (226, 30, 100, 100), (226, 120, 0, 452)]


@pytest.mark.parametrize(("rate", "minimum", "surcharge", "units"), BASES)
def test_what_it_costs_to_begin(rate: int, minimum: int, surcharge: int, units: int):
    assert base_cost(rate, minimum, surcharge) == units


DOLLARS = [(0, "0.0"), (2262, "0.2262"), (226, "0.0226"), (1, "0.0001"), (10_000, "1.0"), (123_456_789, "12345.6789")]


@pytest.mark.parametrize(("units", "text"), DOLLARS)
def test_units_in_dollars(units: int, text: str):
    assert units_to_dollars(units) == text


FLOATS = [
    (0.0, "0.0"), (1.5, "1.5"), (-1.5, "-1.5"), (100000.0, "100000.0"), (1e6, "1.0e+6"), (1.2e6, "1200000.0"),
    (1234567.0, "1234567.0"), (1585338813.862144, "1585338813.862144"), (1.7e9, "1.7e+9"), (1e22, "1.0e+22"),
    (0.00001, "0.00001"), (0.000001, "0.000001"), (0.0000001, "1.0e-7"), (1.25e-9, "1.25e-9"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "text"), FLOATS)
def test_floats_as_the_vendor_writes_them(number: float, text: str):
    assert float_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back(number: float):
    assert float(float_text(number)) == number


INTEGERS = [("5", 5), ("+5", 5), ("-5", -5), ("12.5", 13), ("12.4", 12), ("-12.5", -13), ("1.0e3", 1000)]


@pytest.mark.parametrize(("text", "number"), INTEGERS)
def test_numbers_as_the_vendor_reads_them(text: str, number: int):
    assert to_integer(text) == number


@pytest.mark.parametrize("text", ["", " 5", "5 ", "1_000", "0x10", "1e3", ".5", "5.", "abc", "\u0665", "true"])
def test_what_the_vendor_reads_as_no_number(text: str):
    with pytest.raises(NoIntegerError):
        to_integer(text)


TEXTS: list[tuple[Any, str]] = [
    ("a", "a"), (5, "5"), (True, "true"), (False, "false"), (0.5, "0.5"), (["a", "b"], "ab"), ([], ""),
    ({"a": 1}, '{"a":1}'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_values_as_text(value: Any, text: str):
    assert to_text(value) == text


EMPTY: list[Any] = ["", "0", "NULL", "undefined", 0, 0.0, [], {}, None]


@pytest.mark.parametrize(("value", "empty"), [(v, True) for v in EMPTY] + [(v, False) for v in (False, True, "x", 1)])
def test_what_counts_as_empty(value: Any, empty: bool):
    assert is_empty(value) is empty


# Ratings.


def test_nothing_is_rated_without_a_rating():
    assert Tariff.read({}) is NO_TARIFF
    assert (NO_TARIFF.variables, NO_TARIFF.rate, NO_TARIFF.cost(60)) == ({}, 0, 0)


READ = [
    ({"rate": "226", "rate_minimum": "60"},
     {"account_billing": "per_minute", "reseller_billing": "per_minute", "base_cost": "226"}),
    ({"rate": "226", "account_billing": "allotment"}, {"reseller_billing": "allotment", "base_cost": "226"}),
    ({"rate": "226", "base_cost": "7", "reseller_billing": "flat_rate"}, {"account_billing": "per_minute"}),
    ({"account_billing": "flat_rate", "rate_name": "x"}, {"reseller_billing": "flat_rate"}),
]  # fmt: skip


@pytest.mark.parametrize(("rating", "added"), READ)
def test_what_the_vendor_adds_to_a_rating(rating: dict[str, str], added: dict[str, str]):
    assert Tariff.read(rating).variables == rating | added


@pytest.mark.parametrize("text", ["", "abc", "1e999", "9" * 5000, "nan"])
def test_a_rate_that_is_no_number_counts_as_none(text: str):
    assert Tariff.read({"rate": text}).rate == 0


# Which legs have one: a trunk's rating is for both ways, unless it says for which.
WAYS = [
    (None, {"inbound": [True, False], "outbound": [False, True], "internal": [False, False]}),
    ("inbound", {"inbound": [True, False], "outbound": [False, False]}),
    ("outbound", {"inbound": [False, False], "outbound": [False, True]}),
    ("inbound,outbound", {"inbound": [True, False], "outbound": [False, True]}),
]


@pytest.mark.parametrize(("direction", "expected"), WAYS)
def test_which_legs_are_rated(direction: str | None, expected: dict[str, list[bool]]):
    rating = {"rate": "226", "rate_name": "US"} | ({"direction": direction} if direction else {})
    carrier = Trunk("c" * 32, "carrier", rating=rating)
    account = replace(ACCOUNT, trunks={"carrier": carrier})
    for kind, rated in expected.items():
        legs = legs_of(KINDS[kind], account)
        assert [leg.tariff is not NO_TARIFF for leg in legs] == rated
        assert all("direction" not in leg.tariff.variables for leg in legs)


# What a list shows of it: cost, call_type, rate, rate_name.
SHOWN = [
    ({"rate": "2262", "rate_name": "US"}, ["2262", "per_minute", "0.2262", "US"]),
    ({"rate": "2262", "account_billing": "flat_rate"}, ["0", "flat_rate", "0.2262", ""]),
    ({}, ["0", "", "0.0", ""]),
]


@pytest.mark.parametrize(("rating", "expected"), SHOWN)
@pytest.mark.parametrize(("side", "parties"), [(0, INBOUND), (1, OUTBOUND)])
def test_what_a_list_shows(side: int, parties: dict[str, Any], rating: dict[str, str], expected: list[str]):
    account = replace(ACCOUNT, trunks={"carrier": Trunk("c" * 32, "carrier", rating=rating)})
    leg = legs_of(call(row(**parties)), account)[side]
    found = list_row(leg, columns(PROFILES["5"], "cdrs"), 0)
    names = ["cost", "call_type", "rate", "rate_name"]
    assert [found[name] for name in names] == expected
