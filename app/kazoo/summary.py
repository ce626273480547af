"""Summary: seconds billed by direction, domain and kind of number (sheet 2.7, after the vendor's view of CDRs)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .legs import Leg

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


def summarize(legs: Iterable[Leg]) -> dict[str, Any]:
    """The seconds billed on legs from and to outside, by direction, domain, kind of number, and then "total" and the
    names of rates."""
    summary: dict[str, dict[str, dict[str, dict[str, int]]]] = {"inbound": {}, "outbound": {}}
    for leg in legs:
        if leg.phone if leg.direction == "inbound" else leg.trunk is None:
            continue
        domain = (leg.from_ if leg.direction == "inbound" else leg.to).partition("@")[2]
        kinds = summary[leg.direction].setdefault(domain, {})
        seconds = kinds.setdefault(classify(leg.dialed.partition("@")[0]), {"total": 0})
        seconds["total"] += leg.billing
        if leg.tariff.rate_name:
            seconds[leg.tariff.rate_name] = seconds.get(leg.tariff.rate_name, 0) + leg.billing
    return summary
