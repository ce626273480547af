"""Summary: seconds billed by direction, domain and kind of number (sheet 2.7, after the vendor's view of CDRs)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ..store.calls import PhoneCall, one_moment
from ..store.talk import talk_from_outside, talk_to_outside
from .accounts import Account
from .costs import Tariff
from .legs import Leg, a_leg

_CARIBBEAN = "684|264|268|242|246|441|284|345|767|809|829|849|473|671|876|664|670|787|939|869|758|784|721|868|649|340"

# Kind -> what the number called looks like; the first that fits (master).
_CLASSIFIERS = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        ("tollfree_us", r"\+1(800|888|877|866|855)\d{7}"),
        ("toll_us", r"\+1900\d{7}"),
        ("emergency", r"911|933"),
        ("caribbean", rf"\+?1({_CARIBBEAN})\d{{7}}"),
        ("did_us", r"\+?1?[2-9]\d{2}[2-9]\d{6}"),
        ("international", r"\+[2-9]\d{7,}"),
    )
)


@lru_cache(maxsize=4096)
def classify(number: str) -> str:
    """The kind of a number."""
    return next((kind for kind, pattern in _CLASSIFIERS if pattern.fullmatch(number)), "unknown")


# Direction, domain, kind of number, "total" or the name of a rate -> seconds.
_Counted = dict[str, dict[str, dict[str, dict[str, int]]]]


def summarize(legs: Iterable[Leg]) -> dict[str, Any]:
    """The seconds billed on legs from and to outside, by direction, domain, kind of number, and then "total" and the
    names of rates."""
    counted: _Counted = {"inbound": {}, "outbound": {}}
    for leg in filter(is_summed_up, legs):
        address = leg.from_ if leg.direction == "inbound" else leg.to
        _count(counted[leg.direction], address, leg.dialed, leg.tariff, leg.billing)
    return _in_order(counted)


def is_summed_up(leg: Leg) -> bool:
    """Whether the leg comes from outside, or goes out over a trunk."""
    return not leg.phone if leg.direction == "inbound" else leg.trunk is not None


def summary_of(connection: sqlite3.Connection, account: Account, start: int, end: int) -> dict[str, Any]:
    """What ``summarize`` makes of all legs that ended from ``start`` to ``end`` (Unix seconds), both included; legs
    that are alike are added up where they are stored."""
    counted: _Counted = {"inbound": {}, "outbound": {}}
    with one_moment(connection):
        # Numbers that have no device are not the account's own callers; an @ in a number is part of the domain.
        for row in talk_from_outside(connection, start, end, ("", *account.no_devices), "@"):
            leg = a_leg(PhoneCall("", (row,)), account)
            _count(counted["inbound"], leg.from_, leg.dialed, leg.tariff, leg.billing)
        for trunk, number, seconds in talk_to_outside(connection, start, end):
            tariff = account.trunk(trunk).tariff.toward("outbound")
            _count(counted["outbound"], f"{number}@{account.realm}", number, tariff, seconds)
    return _in_order(counted)


def _count(
    domains: dict[str, dict[str, dict[str, int]]], address: str, dialed: str, tariff: Tariff, billed: int
) -> None:
    kinds = domains.setdefault(address.partition("@")[2], {})
    seconds = kinds.setdefault(classify(dialed.partition("@")[0]), {"total": 0})
    seconds["total"] += billed
    if tariff.rate_name:
        seconds[tariff.rate_name] = seconds.get(tariff.rate_name, 0) + billed


def _in_order(counted: _Counted) -> dict[str, Any]:
    """The same in the order of the alphabet, the total before the rates."""
    return {
        direction: {
            domain: {
                kind: dict(sorted(seconds.items(), key=lambda item: (item[0] != "total", item)))
                for kind, seconds in sorted(kinds.items())
            }
            for domain, kinds in sorted(domains.items())
        }
        for direction, domains in counted.items()
    }
