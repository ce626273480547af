"""A PBX's own lines: its trunks' numbers, where inbound routes lead them, and by which its people call out.

A seed document may have put anything anywhere; what is not as the PBX keeps it is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..store.shelves import Item, listed_in
from .parties import Line

# What a PBX holds of a kind, by id, as its shelf has it.
Items = Callable[[str], list[Item]]

# A number that is dialled. A DID pattern that has anything else stands for several.
NUMBER = re.compile(r"\+?[0-9]{3,32}")


class Way(NamedTuple):
    """Where calls by the line go: the kind and the id of the destination."""

    line: Line
    kind: str
    id: int


def ways_in(items: Items) -> list[Way]:
    """What the inbound routes say, in their order; those to nothing that has an id are left out."""
    routes = sorted(items("inbound_route"), key=lambda route: whole(route.get("pos")) or int(route["id"]))
    return [
        Way(line, str(route.get("def_dest")), to)
        for route in routes
        if (to := whole(route.get("def_dest_value"))) is not None
        for line in _lines_of(route, items)
    ]


def trunk_lines(items: Items) -> list[Line]:
    """Each trunk with each of its numbers; with none where it has none that is known."""
    return [line for trunk in _trunks(items).values() for line in _numbered(trunk, _numbers_of(trunk, items))]


def lines_out(items: Items) -> list[Line]:
    """What outbound routes lead to, with the number that each shows; every trunk where there are no routes."""
    trunks, routes = _trunks(items), items("outbound_route")
    if not routes:
        return [_line(trunk, _shown(trunk)) for trunk in trunks.values()]
    led = [(trunk, route) for route in routes for trunk in _trunks_of(route, trunks)]
    return [_line(trunk, _dialled(route.get("outbound_cid")) or _shown(trunk)) for trunk, route in led]


def _trunks(items: Items) -> dict[int, Item]:
    return {item["id"]: item for item in items("trunk") if item.get("enable", 1)}


def _trunks_of(route: Item, trunks: dict[int, Item]) -> Iterator[Item]:
    ids = (whole(entry.get("id")) for entry in listed_in(route, "trunks") if isinstance(entry, dict))
    return (trunks[id] for id in ids if id in trunks)


def _lines_of(route: Item, items: Items) -> Iterator[Line]:
    """The route's DIDs on each of its trunks, or whatever numbers these have."""
    entries = [entry for entry in listed_in(route, "did_pattern_list") if isinstance(entry, dict)]
    dids = [(did, str(entry.get("did_name") or "")) for entry in entries if (did := _dialled(entry.get("did_pattern")))]
    if not dids and (did := _dialled(route.get("did_number"))):
        dids = [(did, "")]
    for trunk in _trunks_of(route, _trunks(items)):
        yield from _numbered(trunk, dids or ([("", "")] if entries else _numbers_of(trunk, items)))


def _numbered(trunk: Item, dids: list[tuple[str, str]]) -> list[Line]:
    return [_line(trunk, *did) for did in dids or [("", "")]]


def _numbers_of(trunk: Item, items: Items) -> list[tuple[str, str]]:
    """Those of its list; all that the PBX has where there is no other trunk."""
    entries = (entry for entry in listed_in(trunk, "did_list") if isinstance(entry, dict))
    listed = [(did, str(entry.get("did_name") or "")) for entry in entries if (did := _dialled(entry.get("did")))]
    if not listed and len(items("trunk")) == 1:
        listed = [(did, "") for item in items("trunk_did") if (did := _dialled(item["name"]))]
    return listed


def _line(trunk: Item, number: str, name: str = "") -> Line:
    host = trunk.get("hostname")
    address = f"{host}:{trunk.get('port') or 5060}" if host else trunk.get("address")
    return Line(str(trunk["name"]), str(address or ""), number, name)


def _shown(trunk: Item) -> str:
    return _dialled(trunk.get("def_outbound_cid"))


def _dialled(value: object) -> str:
    """The number, or "" for what is none."""
    return value if isinstance(value, str) and NUMBER.fullmatch(value) else ""


def whole(value: object) -> int | None:
    """The whole number that is there, as such or as text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None
