"""The demo office, as a seed document: thirty people, their PBX, and their calls of the last sixty days."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from random import Random
from typing import Any

from .aftermath import Told
from .demo_boxes import boxes
from .demo_sounds import sounds
from .document_rows import as_document_row
from .generator import per_day_for, told_calls
from .parties import Branch, Group, Habit, Line, Office, Party

DAYS, ROWS = 60, 5000

# Number, name, ring strategy, and the people by their place in PEOPLE.
CallGroup = tuple[str, str, str, Iterable[int]]

# Extensions from 2000 on, in this order.
PEOPLE = (
    ("Amelia", "Hart"),
    ("Tom", "Becker"),
    ("Zoë", "Müller"),
    ("伟", "李"),
    ("Marta", "Nowak"),
    ("Kristin", "Hale"),
    ("Jonas", "Lindqvist"),
    ("Priya", "Raman"),
    ("Renée", "Dubois"),
    ("Samuel", "Okafor"),
    ("静", "王"),
    ("Diego", "Peña"),
    ("Hannah", "Cole"),
    ("Viktor", "Petrov"),
    ("Aisha", "Rahman"),
    ("Peter", "Novák"),
    ("Laura", "Conti"),
    ("芳", "陈"),
    ("Oliver", "Grant"),
    ("Inês", "Carvalho"),
    ("Daniel", "Weiß"),
    ("Mei", "Tanaka"),
    ("Kwame", "Mensah"),
    ("Sofia", "Lund"),
    ("Юрий", "Волков"),
    ("Chloe", "Martin"),
    ("Ahmed", "Saleh"),
    ("Nora", "Fitzgerald"),
    ("Luis", "Ibáñez"),
    ("Grace", "Kim"),
)
FIRST_EXTENSION = 2000

# Who is not available, by their place in PEOPLE.
PRESENCES = {3: "away", 8: "lunch", 13: "do_not_disturb", 19: "business_trip", 24: "off_work"}

# Extension groups after the one with everybody: members by their place in PEOPLE.
DEPARTMENTS: dict[str, Iterable[int]] = {
    "Sales": range(4, 12),
    "Support": range(12, 20),
    "Reception": range(3),
    "Finance": range(20, 24),
    "Warehouse": range(24, 28),
    "Management": (0, 5, 12, 20, 29),
}
EVERYBODY = "Default_All_Extensions"

# Main numbers and branches stand below. What trunks cost, and whether they lead to another account of the same
# operator, only the second dialect tells.
TRUNKS: tuple[dict[str, Any], ...] = (
    {"name": "peer-to-34", "type": "peer", "address": "192.168.34.1:5060"},
    {"name": "to28.41", "type": "peer", "address": "192.168.28.41:5060"},
    {
        "name": "SIP-Xiamen",
        "type": "register",
        "address": "203.0.113.10:5060",
        "rating": {"account_billing": "flat_rate", "rate_name": "Fujian"},
    },
    {
        "name": "SIP-International",
        "type": "register",
        "address": "198.51.100.24:5060",
        "rating": {"account_billing": "per_minute", "rate": 226, "rate_name": "International"}
        | {"rate_minimum": 60, "rate_increment": 60, "surcharge": 0},
    },
    {"name": "FXO-Reserve", "type": "FXO"},
    {"name": "Branch-Quanzhou", "type": "peer", "address": "192.168.36.1:5060", "on_net": True},
)
ADDRESS: dict[str, str] = {trunk["name"]: trunk.get("address", "") for trunk in TRUNKS}
BRANCHES = {
    "peer-to-34": ("1000", "1001", "1002", "21000"),
    "to28.41": ("21000", "21001", "21015"),
    "Branch-Quanzhou": ("3600", "3601", "3602", "3605"),
}

# Trunk, outside number, its name. The first three lead to the menu, the others to queue 0, queue 1.
LINES = (
    ("SIP-Xiamen", "05925503300", "Main number"),
    ("SIP-International", "+441632960330", "UK number"),
    ("FXO-Reserve", "05925503399", ""),
)
HOTLINES = (("SIP-Xiamen", "05925503310", "Sales"), ("SIP-Xiamen", "05925503320", "Support"))
# Every third extension has a line of its own: this, and the extension's last two digits.
OWN_LINE = ("SIP-Xiamen", "059255034")
# A line for faxes, and the place in PEOPLE of whoever has the machine.
FAX_LINES = ((("SIP-Xiamen", "05925503390", "Fax"), 0),)

QUEUES: tuple[CallGroup, ...] = (
    ("6400", "Sales", "ring_all", DEPARTMENTS["Sales"]),
    ("6401", "Support", "least_recent", DEPARTMENTS["Support"]),
)
RING_GROUPS: tuple[CallGroup, ...] = (("6300", "Front Desk", "ring_all", (0, 1, 2, 5)),)
MENUS = (("6200", "Main Menu"), ("6201", "English Menu"))
# A key of each menu -> where it leads: the groups to which callers of a menu are passed.
KEYS = {0: ("ring_group", "1"), 1: ("queue", "1"), 2: ("queue", "2")}
CONFERENCES = (("6500", "Team Room"), ("6501", "Board Room"))
ROLES = ("Administrator", "Supervisor", "Operator", "Employee", "Human Resource", "Accounting")
PHONEBOOKS = ("Customers", "Suppliers")
# Name, and the id (by place, from 1 on) of the one above.
ORGANIZATIONS = (("Demo Office", 0), ("Sales", 1), ("Support", 1), ("Administration", 1), ("Finance", 4))
DISPOSITION_CODES = ("Resolved", "Follow-up", "Complaint", "Wrong number", "Order placed")
PIN_LISTS = {"International": ("2283", "3301", "7414")}
CONTACTS = (
    "Harbour Hotel", "Nordwind GmbH", "陈晓明", "Blue Kite Travel", "Søren Østergård", "Café Lumière",
    "林氏贸易", "Ellen Brandt", "Quayside Dental", "Íñigo Sáez", "Paper & Twine Ltd", "Anna Kowalczyk",
    "Дмитрий Орлов", "Golden Pear Foods", "Jürgen Voß", "Nguyễn Văn An", "Rosa's Bakery", "T. O'Neill",
    "山田太郎", "Atlas Freight",
)  # fmt: skip

# Kristin Hale's calls in the vendor's manual, every value as it is printed there.
MANUAL = {
    "call_type": "Outbound",
    "dod_number": "2005",
    "call_from_number": "2005",
    "call_from_name": "Kristin Hale",
    "call_to_name": " ",
    "src_addr": "",
}
MANUAL_ROWS: tuple[dict[str, Any], ...] = (
    {
        "id": 2710,
        "timestamp": 1653893621,
        "uid": "202205301453416CEAB",
        "dst_trunk": "peer-to-34",
        "duration": 7,
        "talk_duration": 7,
        "disposition": "ANSWERED",
        "reason": "src hangup    ",
        "call_to_number": "1000",
        "call_id": "1718690912.7",
    },
    {
        "id": 2711,
        "timestamp": 1653893700,
        "uid": "2022053014550020730",
        "dst_trunk": "peer-to-34",
        "disposition": "NO ANSWER",
        "reason": "dst extension_busy_no_forward    ",
        "call_to_number": "21000",
        "call_id": "1718689712.3",
    },
    {
        "id": 2712,
        "timestamp": 1653893749,
        "uid": "202205301455494E686",
        "dst_trunk": "to28.41",
        "duration": 54,
        "ring_duration": 2,
        "talk_duration": 52,
        "disposition": "ANSWERED",
        "record_file": "20220530145555-1653893749.6-2005-21000-Outbound.wav",
        "reason": "dst hangup    ",
        "call_to_number": "21000",
        "call_id": "1718689653.0",
    },
)


def demo_office(timezone: str) -> Office:
    """The demo office as the generator sees it; ``timezone`` is an IANA name."""
    people = tuple(Party(_number(i), _name(*PEOPLE[i]), _device(i)) for i in range(len(PEOPLE)))
    queues = [_group("Queue", people, *queue) for queue in QUEUES]
    branches = {trunk: Branch(trunk, ADDRESS[trunk], numbers) for trunk, numbers in BRANCHES.items()}
    return Office(
        timezone=timezone,
        extensions=people,
        lines=tuple(_line(*line) for line in LINES),
        menus=tuple(Party(*menu) for menu in MENUS),
        groups=(*queues, *(_group("RingGroup", people, *group) for group in RING_GROUPS)),
        hotlines=tuple((_line(*line), queue) for line, queue in zip(HOTLINES, queues, strict=True)),
        direct={person.number: _own_line(person) for person in people[2::3]},
        fax_lines=tuple((_line(*line), people[place]) for line, place in FAX_LINES),
        branches=tuple(branches.values()),
        conferences=tuple(Party(*room) for room in CONFERENCES),
        contacts=CONTACTS,
        pins=tuple(pin for pins in PIN_LISTS.values() for pin in pins),
        disposition_codes=tuple(range(1, len(DISPOSITION_CODES) + 1)),
        habits=(Habit(people[5], branches["peer-to-34"], "1000", 14),),
    )


def demo_document(seed: int, now: int, timezone: str) -> dict[str, Any]:
    """The demo office with its calls up to ``now`` (Unix seconds), ready for JSON.

    Members and agents are extension numbers. The three calls of the vendor's manual come first.
    """
    return with_calls(seed, demo_calls(seed, now, timezone))


def with_calls(seed: int, made: Iterable[Told]) -> dict[str, Any]:
    """The same with these calls."""
    return {
        "extensions": _extensions(Random(f"{seed}:extensions")),
        "extension_groups": _extension_groups(),
        "trunks": [{"id": i, **trunk} for i, trunk in enumerate(TRUNKS, 1)],
        "ivrs": [{"id": i, "number": number, "name": name, **_keys()} for i, (number, name) in enumerate(MENUS, 1)],
        "queues": _call_groups(QUEUES, "agents"),
        "ring_groups": _call_groups(RING_GROUPS, "members"),
        "roles": _named(ROLES),
        "organizations": [
            {"id": i, "name": name, "parent_id": above} for i, (name, above) in enumerate(ORGANIZATIONS, 1)
        ],
        "phonebooks": _named(PHONEBOOKS),
        "disposition_codes": _named(DISPOSITION_CODES),
        "conferences": [{"id": i, "number": n, "name": name} for i, (n, name) in enumerate(CONFERENCES, 1)],
        "pin_lists": [
            {"id": i, "name": name, "pin_list": ",".join(pins)} for i, (name, pins) in enumerate(PIN_LISTS.items(), 1)
        ],
        **sounds(),
        **boxes(),
        "cdrs": _cdrs(made),
    }


def demo_calls(seed: int, now: int, timezone: str) -> list[Told]:
    """The calls of the demo office up to ``now``, but for those of the manual."""
    start = now - DAYS * 86400
    return list(told_calls(demo_office(timezone), seed, start, now, per_day_for(ROWS, start, now, timezone)))


def _cdrs(made: Iterable[Told]) -> list[dict[str, Any]]:
    printed = [MANUAL | row for row in MANUAL_ROWS]
    first = printed[-1]["id"] + 1
    return printed + [as_document_row(row._replace(id=i)) for i, (row, _) in enumerate(made, first)]


def _number(place: int) -> str:
    return str(FIRST_EXTENSION + place)


def _name(first: str, last: str) -> str:
    """As it is written where it is from."""
    return f"{last}{first}" if unicodedata.name(last[0]).startswith("CJK") else f"{first} {last}"


def _device(place: int) -> str:
    """The address of the telephone on the desk; every seventh has none, but a soft phone somewhere."""
    return f"192.168.5.{20 + place}:5060" if place % 7 != 6 else ""


def _line(trunk: str, number: str, name: str) -> Line:
    return Line(trunk, ADDRESS[trunk], number, name)


def _own_line(person: Party) -> Line:
    trunk, prefix = OWN_LINE
    return _line(trunk, prefix + person.number[-2:], "")


def _group(word: str, people: tuple[Party, ...], number: str, name: str, _: str, places: Iterable[int]) -> Group:
    return Group(word, Party(number, name), tuple(people[place] for place in places))


def _extensions(chance: Random) -> list[dict[str, Any]]:
    return [
        {
            "id": place + 1,
            "number": _number(place),
            "first_name": first,
            "last_name": last,
            "caller_id_name": _name(first, last),
            "email_addr": _mail(place, first, last),
            "mobile_number": f"139{chance.randrange(10**8):08}",
            "presence_status": PRESENCES.get(place, "available"),
            **_reached(place),
        }
        for place, (first, last) in enumerate(PEOPLE)
    ]


def _reached(place: int) -> dict[str, Any]:
    """By the telephone on the desk, or on the way."""
    device = _device(place)
    return {"online": ["sip_phone"], "ip": device} if device else {"online": ["linkus_mobile"]}


def _mail(place: int, first: str, last: str) -> str:
    """An address in plain letters: the name if it can be spelled so, else the extension."""
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".casefold()).encode("ascii", "ignore").decode()
    return f"{plain if len(plain) > 1 else _number(place)}@example.com"


def _extension_groups() -> list[dict[str, Any]]:
    groups: dict[str, Iterable[int]] = {EVERYBODY: range(len(PEOPLE)), **DEPARTMENTS}
    return [
        {"id": i, "name": name, "members": [_number(place) for place in places]}
        for i, (name, places) in enumerate(groups.items(), 1)
    ]


def _call_groups(groups: Iterable[CallGroup], people: str) -> list[dict[str, Any]]:
    return [
        {"id": i, "number": n, "name": name, "ring_strategy": ring, people: [_number(p) for p in places]}
        for i, (n, name, ring, places) in enumerate(groups, 1)
    ]


def _keys() -> dict[str, str]:
    pairs = ((f"press{key}_dest", to) for key, to in KEYS.items())
    return {f"{name}{ending}": text for name, to in pairs for ending, text in zip(("", "_value"), to, strict=True)}


def _named(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"id": i, "name": name} for i, name in enumerate(names, 1)]
