"""What a stream of calls draws on: chance, the office and its profile, local time, outside numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import log
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from ..store.loading import CdrRow
from .endings import VOICEMAIL, Ending
from .parties import Line, Office, Party
from .profiles import Profile

Item = TypeVar("Item")

# Seconds. Every zone of our time is shifted, and changes its clocks, by whole quarters of an hour.
HOUR, QUARTER = 3600, 900

# Shares of one: how often it happens where it can.
RECORDED, NOTED = 0.75, 0.04

REMARKS = (
    "Call back tomorrow morning",
    "Wants a quote for 20 units",
    "Rechnung bitte per E-Mail an Zoë Müller",
    "Ticket opened, waiting for the log files",
    "客户要求下周二再联系",
)

# Outside numbers: what they begin with, how many digits follow, and how many of twenty people have one.
# Those from abroad lie in ranges kept free for fiction, where the country has one.
PLANS = (
    ("05925", 6, 5),
    ("1380", 7, 4),
    ("1590", 7, 3),
    ("1860", 7, 2),
    ("02155", 6, 2),
    ("+442079460", 3, 1),
    ("+447700900", 3, 1),
    ("+1212555", 4, 1),
    ("+493023125", 3, 1),
)

# People rank by how often they call: (1 + r / REGULARS) ** -LOYALTY of all calls are with ranks from r on. So
# new people come as long as calls do: about 2,300 numbers in 10,000 rows, 46,000 in a million.
REGULARS, LOYALTY, LAST_RANK = 100, 0.5, 10**9

# Numbers after the point of calls' ids lie in ranges of so many: 0 to LAST_ID and so on.
LAST_ID = 0x3FF

# No common factor with a power of ten: neighbours in rank get numbers far apart, and none twice too early.
SCATTER = 61_803_399


def deck(shares: Mapping[Item, int]) -> tuple[Item, ...]:
    """Each item as often as its share says, to draw from."""
    return tuple(item for item, share in shares.items() for _ in range(share))


NUMBERS = deck({(prefix, 10**digits): people for prefix, digits, people in PLANS})

_RECORD_FILE = CdrRow._fields.index("record_file")

NO_LINE = Line("", "", "", "")
NO_CALL = CdrRow(
    None, 0, "", "", "", "", None, None, "", "", "", "", "", 0, 0, 0,
    "", "", "", "", "", "", "", "", "", "", "", "",
)  # fmt: skip


class LocalTime:
    """Local wall time for instants (Unix seconds), looked up once a quarter of an hour."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self.turn(0)

    def turn(self, quarter: int) -> datetime:
        """The local time at which the quarter (instant // QUARTER) begins."""
        local = datetime.fromtimestamp(quarter * QUARTER, self._zone)
        self._quarter = quarter
        self._date = f"{local.year:04}{local.month:02}{local.day:02}"
        self._shift = (local.hour * 60 + local.minute) * 60 - quarter * QUARTER
        return local

    def stamp(self, instant: int) -> str:
        """The instant as local ``YYYYMMDDHHmmss``."""
        if instant // QUARTER != self._quarter:
            self.turn(instant // QUARTER)
        minute, second = divmod(instant + self._shift, 60)
        hour, minute = divmod(minute, 60)
        return f"{self._date}{hour * 10000 + minute * 100 + second:06}"


class Switchboard:
    """What the calls of one stream draw on: the office, its profile, chance, the local time and a running number.

    ``ids_from`` is the lowest number that ids of calls have after their point. ``inbound`` and the like are decks of
    endings. ``talking`` tells until when each number is in a call of the hour that is played, ``places``
    where each extension stands among all.
    """

    def __init__(self, office: Office, seed: int, profile: Profile) -> None:
        self.office, self.seed, self.profile = office, seed, profile
        self.chance = Random()
        self.random = self.chance.random
        self.local = LocalTime(office.timezone)
        self.people = Random(f"{seed}:people").randrange(10**9)
        self.running = self.ids_from = 0
        self.direct = tuple(party for party in office.extensions if party.number in office.direct)
        self.inbound, self.outbound = deck(profile.inbound), deck(profile.outbound)
        self.internal = deck(profile.internal)
        self.talking: dict[str, int] = {}
        self.places = {party.number: place for place, party in enumerate(office.extensions)}
        self._regulars = len(office.regulars)

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        return int(self.random() * limit)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.random() * len(items))]

    def free(self, people: Sequence[Party], at: int) -> Party:
        """One of them, in no other call of the hour if any is not."""
        return self.or_free(people[int(self.random() * len(people))], people, at)

    def or_free(self, chosen: Party, people: Iterable[Party], at: int) -> Party:
        """The chosen one, or one of the people if he is in another call of the hour and any of them is not."""
        until = self.talking.get
        if until(chosen[0], 0) <= at or self.profile.at_once:
            return chosen
        return self.pick([party for party in people if until(party.number, 0) <= at] or [chosen])

    def seconds(self, least: int, mean: int) -> int:
        """A duration: many short ones, few long ones."""
        return least - int(mean * log(1.0 - self.random()))

    def outsider(self) -> Party:
        """Somebody outside, those who call often more likely."""
        rank = min(int(REGULARS * ((1.0 - self.random()) ** (-1 / LOYALTY) - 1.0)), LAST_RANK)
        if rank < self._regulars:
            return self.office.regulars[rank]
        turn, plan = divmod(rank, len(NUMBERS))
        prefix, amount = NUMBERS[plan]
        digits = str(amount + (turn * SCATTER + self.people * (plan + 1)) % amount)[1:]
        contacts = self.office.contacts
        return Party(prefix + digits, contacts[rank] if rank < len(contacts) else "")

    def way_out(self, caller: Party) -> Line:
        """The line that somebody inside calls out by; those outside see his extension where the line has no number."""
        office = self.office
        own = None if office.outgoing else office.direct.get(caller.number)
        line = own or self.pick(office.ways_out)
        return line if line.number else line._replace(number=caller.number)

    def call(
        self, at: int, caller: Party, kind: str, came: Line = NO_LINE, went: Line = NO_LINE, pin: str = ""
    ) -> CdrRow:
        """What all legs of a new call share. A running number keeps apart the calls of a second."""
        self.running += 1
        uid = f"{self.local.stamp(at)}{self.running * 40503 & 0xFFFFF:05X}"
        call_id = f"{at}.{self.ids_from + (self.running & LAST_ID)}"
        # By place, in the order of CdrRow's fields: half of the time that _replace takes, for every call.
        return CdrRow(
            None, 0, caller.number, caller.name, "", "", None, None, uid, call_id, caller.address or came.address,
            came.trunk, went.trunk, 0, 0, 0, "", kind, came.number, came.name, went.number, "", "", pin, "", "", "", "",
        )  # fmt: skip

    def reach(self, call: CdrRow, at: int, to: Party, ending: Ending, ring: int | None = None) -> CdrRow:
        """The leg that tries to reach ``to``; ``ring`` where the seconds of ringing are settled already."""
        if ring is None:
            ring = ending.ring[0] + self.below(ending.ring[1] - ending.ring[0] + 1)
        talk = self.seconds(*ending.talk) if ending.talk[1] else 0
        shown = shown_as("Voicemail", to) if ending is VOICEMAIL else None
        leg = leg_to(call, at, to, shown, ring, talk, ending.disposition, self.pick(ending.reasons))
        self.talking[to.number] = self.talking[call.from_number] = at + ring + talk
        return self.with_extras(leg) if ending.disposition == "ANSWERED" else leg

    def with_extras(self, leg: CdrRow) -> CdrRow:
        """An answered leg with its recording and its call note, if it gets them."""
        if self.random() < RECORDED:
            begun = self.local.stamp(leg.started_at + leg.ring_duration)
            name = f"{begun}-{leg.call_id}-{leg.from_number}-{leg.to_number}-{leg.call_type}.wav"
            leg = CdrRow._make((*leg[:_RECORD_FILE], name, *leg[_RECORD_FILE + 1 :]))  # a quarter of _replace's time
        if self.random() < NOTED:
            codes = self.office.disposition_codes
            chosen = f",{self.pick(codes)}," if codes else ""
            leg = leg._replace(call_note_remark=self.pick(REMARKS), disposition_codes=chosen)
        return leg


def leg_to(
    call: CdrRow, at: int, to: Party, shown: str | None, ring: int, talk: int, disposition: str, reason: str
) -> CdrRow:
    # By place, as in Switchboard.call.
    return CdrRow._make((
        call[0], at, call[2], call[3], to.number, to.name, call[6], shown, *call[8:13], ring + talk, ring, talk,
        disposition, *call[17:22], reason, *call[23:],
    ))  # fmt: skip


def shown_as(word: str, party: Party) -> str:
    return f"{word} {party.name or party.number}<{party.number}>"
