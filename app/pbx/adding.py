"""Calls in simple words, added to a PBX; what anybody left out is made up sensibly."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ..store.loading import CdrRow, load_cdrs
from ..store.worlds import World
from .call_legs import Leg, in_order
from .call_schema import OF_LEGS, schema, validator
from .display_format import END, DisplayFormat
from .parties import Party
from .seed_document import as_codes, new_uid
from .seed_mistakes import SeedError, mistakes_by, name_and_number, refuse
from .switchboard import NO_CALL, leg_to, shown_as
from .timekeeping import TimeError, read_instant

Call = Mapping[str, Any]

# Somebody outside, in a range kept free for fiction, and who is inside where nobody is.
OUTSIDER, INSIDER = "+12025550123", "1000"
TRUNK = "Trunk"

# A number of up to so many digits is an extension's, even if the PBX has no such extension.
_INTERNAL_DIGITS = 5

# Destinations that are objects of the PBX, and the word that is shown before their names.
_WORDS = {"ivr": "IVR", "queue": "Queue", "ring_group": "RingGroup", "conference": "Conference"}


class CallError(ValueError):
    """A call cannot be added. Each line of the text is a mistake: path, value, what is allowed."""


@dataclass(frozen=True)
class Added:
    """A call that is stored: the ids of its rows, its legs in order, and its start in Unix seconds."""

    call_id: str
    ids: list[int]
    started_at: int


def add_calls(world: World, calls: Sequence[Call]) -> list[Added]:
    """Add calls (see call_schema.CALL_FIELDS) to the PBX, all of them or none. Raises CallError."""
    try:
        refuse(mistakes_by(validator(), schema(), {"calls": calls}))
    except SeedError as error:
        raise CallError(str(error)) from None
    settings, clock = world.present()
    starts = [_start(place, call, lambda text: read_instant(settings, text)) for place, call in enumerate(calls)]
    compact = DisplayFormat.of(settings).compact
    now = int(clock.now())
    with world.write() as connection:
        people = _People(connection)
        (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
        made: list[list[CdrRow]] = []
        for call, start in zip(calls, starts, strict=True):
            rows = _rows(call, people, now, start, highest + 1, compact)
            made.append(rows)
            highest += len(rows)
        load_cdrs(connection, (row for rows in made for row in rows))
    return [Added(rows[0].call_id, [row.id or 0 for row in rows], rows[0].started_at) for rows in made]


def _start(place: int, call: Call, read: Callable[[str], int]) -> int | None:
    """Unix seconds of the call's start, if it says. Raises CallError."""
    if "legs" in call and (said := next((name for name in OF_LEGS if name in call), None)):
        raise CallError(f"calls[{place}].{said}: the legs say this; give it to one of them, or leave the legs out")
    start = call.get("start")
    if start is None:
        return None
    try:
        instant = read(start if isinstance(start, str) else str(int(start)))
    except TimeError as error:
        raise CallError(f"calls[{place}].start: {error}") from None
    if not isinstance(start, str) or 0 < instant < END:  # what lies outside is read as the nearest inside
        return instant
    raise CallError(f"calls[{place}].start: {start!r} is too early or too late; calls start from 1970 to 2099")


class _People:
    """Whom and what the PBX knows: extensions, and objects that calls go to or by."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.names: dict[str, str] = dict(
            connection.execute("SELECT number, caller_id_name FROM extension ORDER BY id").fetchall()
        )
        self.objects: dict[str, list[Party]] = {}
        for kind, name, document in connection.execute("SELECT kind, name, document FROM object ORDER BY kind, id"):
            if kind in _WORDS or kind == "trunk":
                number = str(orjson.loads(document).get("number", ""))
                self.objects.setdefault(kind, []).append(Party(number, name))

    @property
    def trunk(self) -> str:
        return self.objects["trunk"][0].name if "trunk" in self.objects else TRUNK

    def extension(self, but: str = "") -> str:
        """The first extension, another one than ``but``."""
        return next((number for number in self.names if number != but), INSIDER if but != INSIDER else "1001")

    def is_inside(self, number: str) -> bool:
        return number in self.names or (number.isdigit() and len(number) <= _INTERNAL_DIGITS)

    def party(self, text: str) -> Party:
        """``Name<number>``, or a number with the name that it has here."""
        name, number = name_and_number(text)
        return Party(number, name or self.names.get(number, ""))

    def destination(self, leg: Leg) -> Party:
        """What the leg goes to: an object by its name or its number, or else what the text says."""
        for known in self.objects.get(leg.kind, ()):
            if leg.to in known:
                return known
        return self.party(leg.to)


def _rows(
    call: Call, people: _People, now: int, start: int | None, first_id: int, compact: Callable[[int], str]
) -> list[CdrRow]:
    """The rows of a call, numbered from ``first_id`` on; one without a ``start`` ends ``now``."""
    legs = in_order(list(_legs(call, people)))
    if start is None:
        start = max(0, now - max(leg.start + leg.ring + leg.talk for leg in legs))
    shared = _shared(call, people, legs[0])._replace(call_id=call.get("call_id") or f"{start}.{first_id}")
    rows = []
    for id, leg in enumerate(legs, first_id):
        row = _row(shared, leg, people, start + leg.start)
        row = row._replace(id=id, uid=new_uid(id, row.started_at, compact))
        rows.append(row._replace(record_file=_recording(row, leg.said.get("record", False), compact)))
    return rows


def _legs(call: Call, people: _People) -> Iterator[Mapping[str, Any]]:
    """The legs as they were said; the call itself is the only one where there are none."""
    if "legs" in call:
        yield from call["legs"]
    else:
        caller = name_and_number(call.get("call_from", ""))[1]
        yield {**call, "extension": call.get("call_to") or people.extension(but=caller)}


def _shared(call: Call, people: _People, first: Leg) -> CdrRow:
    """What all legs of a call have in common."""
    inside = first.kind in _WORDS or people.is_inside(people.party(first.to).number)
    caller = people.party(call.get("call_from") or (OUTSIDER if inside else people.extension()))
    from_inside = people.is_inside(caller.number)
    kind = call.get("call_type") or ("Inbound" if not from_inside else "Internal" if inside else "Outbound")
    trunk = call.get("trunk", people.trunk)
    return NO_CALL._replace(
        from_number=caller.number,
        from_name=caller.name,
        src_trunk=trunk if kind == "Inbound" else "",
        dst_trunk=trunk if kind == "Outbound" else "",
        call_type=kind,
        did_number=call.get("did", ""),
        did_name=call.get("did_name", ""),
        dod_number=call.get("dod", ""),
        pin_code=call.get("pin", ""),
        call_note_remark=call.get("note") or "",
        disposition_codes=as_codes(call.get("codes")),
    )


def _row(shared: CdrRow, leg: Leg, people: _People, start: int) -> CdrRow:
    to = people.destination(leg)
    word = "Voicemail" if leg.status == "VOICEMAIL" else _WORDS.get(leg.kind)
    row = leg_to(shared, start, to, shown_as(word, to) if word else None, leg.ring, leg.talk, leg.status, leg.reason)
    if leg.said.get("note"):
        row = row._replace(call_note_remark=leg.said["note"])
    if leg.said.get("codes"):
        row = row._replace(disposition_codes=as_codes(leg.said["codes"]))
    return row


def _recording(row: CdrRow, record: bool | str, compact: Callable[[int], str]) -> str:
    """The file's name as the PBX gives it, unless it is given."""
    if record is not True:
        return record or ""
    begun = compact(row.started_at + row.ring_duration)
    return f"{begun}-{row.call_id}-{row.from_number}-{row.to_number}-{row.call_type}.wav"
