"""The office of a PBX's own people: who can call and be called by what it holds."""

from __future__ import annotations

from collections.abc import Iterator

from ..store.shelves import Item, listed_in
from .own_lines import NUMBER, Items, Way, lines_out, trunk_lines, ways_in, whole
from .parties import Group, Line, Office, Party

# Kinds whose members take calls together -> the word before their names, and the key of their members.
_GROUPS = {"queue": ("Queue", "agents"), "ring_group": ("RingGroup", "members")}

# A kind and an id -> what can be called.
_Places = dict[tuple[str, int], Party | Group]


def own_office(items: Items, timezone: str) -> Office:
    """Who can call and be called in a PBX that holds these ``items``; ``timezone`` is an IANA name.

    What has no number cannot be called, nor can a group that nobody is in. Where there are no inbound routes, every
    trunk's calls may reach everything; where there are no outbound ones, calls go out by every trunk.
    """
    places = dict(_places(items))
    routed = bool(items("inbound_route"))
    ways = ways_in(items) if routed else _everywhere(trunk_lines(items), places)
    known = [(way.line, way.kind, places[way.kind, way.id]) for way in ways if (way.kind, way.id) in places]
    to_menus = {line: to for line, kind, to in reversed(known) if kind == "ivr" and isinstance(to, Party)}
    to_people = {to.number: line for line, kind, to in reversed(known) if kind == "extension" and isinstance(to, Party)}
    pins = (pin for item in items("pin_list") for pin in str(item.get("pin_list", "")).split(","))
    return Office(
        timezone=timezone,
        extensions=_parties(places, "extension"),
        lines=tuple(reversed(to_menus)),
        menus=_parties(places, "ivr"),
        groups=tuple(place for place in places.values() if isinstance(place, Group)),
        hotlines=tuple((line, to) for line, _, to in known if isinstance(to, Group)),
        direct=to_people,
        outgoing=tuple(lines_out(items)),
        leads=to_menus if routed else {},
        keys=dict(_keys(items, places)),
        conferences=_parties(places, "conference"),
        regulars=tuple(_contacts(items)),
        pins=tuple(filter(str.isdigit, pins)),
        disposition_codes=tuple(item["id"] for item in items("disposition_code")),
    )


def _places(items: Items) -> Iterator[tuple[tuple[str, int], Party | Group]]:
    people = {item["number"]: _person(item) for item in items("extension")}
    teams: dict[int | None, Item] = {item["id"]: item for item in items("ext_group")}
    for item in items("extension"):
        yield ("extension", item["id"]), people[item["number"]]
    for kind in ("ivr", "conference"):
        for item in items(kind):
            if (party := _party(item)).number:
                yield (kind, item["id"]), party
    for kind, (word, key) in _GROUPS.items():
        for item in items(kind):
            numbers = dict.fromkeys(_numbers_in(listed_in(item, key), teams))
            members = tuple(people[number] for number in numbers if number in people)
            if members and (party := _party(item)).number:
                yield (kind, item["id"]), Group(word, party, members)


def _numbers_in(entries: list[object], teams: dict[int | None, Item]) -> Iterator[str]:
    """Extensions are listed by their numbers, extension groups by what they are."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict) and entry.get("type") == "ext_group":
            yield from listed_in(teams.get(whole(entry.get("id")), {}), "members")


def _everywhere(lines: list[Line], places: _Places) -> Iterator[Way]:
    """All lines lead to menus; those to groups and people are shared out among them."""
    for line in lines:
        yield from (Way(line, kind, id) for kind, id in places if kind == "ivr")
    for place, (kind, id) in enumerate(places):
        if lines and kind not in ("ivr", "conference"):
            yield Way(lines[place % len(lines)], kind, id)


def _keys(items: Items, places: _Places) -> Iterator[tuple[str, tuple[Group, ...]]]:
    """The groups that a menu has keys for; of a menu without keys nobody knows."""
    for item in items("ivr"):
        menu = places.get(("ivr", item["id"]))
        keyed = [(item.get(f"press{key}_dest"), whole(item.get(f"press{key}_dest_value"))) for key in range(10)]
        if isinstance(menu, Party) and any(kind for kind, _ in keyed):
            led = (places.get((str(kind), id)) for kind, id in keyed if id is not None)
            yield menu.number, tuple(to for to in led if isinstance(to, Group))


def _contacts(items: Items) -> Iterator[Party]:
    """The PBX's contacts, each by his first number."""
    for item in items("company_contact"):
        numbers = (str(entry.get("number")) for entry in listed_in(item, "number_list") if isinstance(entry, dict))
        if number := next(filter(NUMBER.fullmatch, numbers), ""):
            yield Party(number, str(item["name"]))


def _person(item: Item) -> Party:
    """An extension; its telephone's address shows where it is online."""
    address = item.get("ip") if "sip_phone" in listed_in(item, "online") else ""
    return Party(item["number"], item["caller_id_name"], str(address or ""))


def _party(item: Item) -> Party:
    number = item.get("number")
    return Party(number if isinstance(number, str) else "", str(item["name"]))


def _parties(places: _Places, wanted: str) -> tuple[Party, ...]:
    return tuple(place for (kind, _), place in places.items() if kind == wanted and isinstance(place, Party))
