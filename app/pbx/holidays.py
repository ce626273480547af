"""Public holidays that lie on the same date every year: a few, enough for a stream of calls to have some."""

from __future__ import annotations

# Beginning of a time zone's IANA name -> month and day; the longest that fits counts.
HOLIDAYS: dict[str, frozenset[tuple[int, int]]] = {
    "": frozenset({(1, 1)}),
    "America/": frozenset({(1, 1), (7, 4), (12, 25)}),
    "Asia/Shanghai": frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}),
    "Australia/": frozenset({(1, 1), (1, 26), (4, 25), (12, 25), (12, 26)}),
    "Europe/": frozenset({(1, 1), (5, 1), (12, 25), (12, 26)}),
}


def holidays_in(timezone: str) -> frozenset[tuple[int, int]]:
    return HOLIDAYS[max((begin for begin in HOLIDAYS if timezone.startswith(begin)), key=len)]
