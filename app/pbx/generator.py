"""An endless, repeatable stream of an office's calls: seed, office and volume decide what happens when.

Time is cut into hours, each with its own source of chance. What happens in one depends on nothing before it,
so a stream may start and end anywhere, and a day has the same calls in every stream. The price: no hour knows
who is still talking, so at volumes far beyond an office's size an extension has two calls at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import count
from math import log
from operator import itemgetter
from random import Random
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from ..store.loading import CdrRow

Item = TypeVar("Item")

# Seconds. Every zone of our time is shifted, and changes its clocks, by whole quarters of an hour.
HOUR, QUARTER = 3600, 900

# Calls in each local hour, in thousandths of a weekday's; on Saturday and Sunday too.
WEEKDAY = (2, 1, 1, 1, 1, 2, 6, 20, 50, 115, 130, 120, 60, 70, 110, 120, 100, 58, 10, 8, 6, 4, 3, 2)
WEEKEND = (2, 1, 1, 1, 1, 1, 2, 4, 8, 12, 15, 14, 10, 10, 12, 11, 10, 8, 6, 5, 4, 3, 3, 2)

# Rows are legs. An office that has everything makes so many of a call, on average.
ROWS_PER_CALL = 1.5

# The rows of such an office: the least and the most share of each disposition, in percent.
SHARES = {
    "ANSWERED": (78, 86),
    "NO ANSWER": (8, 13),
    "BUSY": (2.5, 5),
    "FAILED": (0.7, 2),
    "VOICEMAIL": (1.5, 4),
}

# The side that ended it, the cause, and four parts that are always empty. No other causes are known.
SRC_HANGUP = "src hangup    "
DST_HANGUP = "dst hangup    "
DST_BUSY = "dst extension_busy_no_forward    "

# Shares of one: how often it happens where it can.
WITHHELD, RECORDED, NOTED, PINNED = 0.03, 0.75, 0.04, 0.3
LOST_IN_MENU, ASKED_BY_NUMBER, LOST_IN_GROUP = 0.09, 0.15, 0.12

# Nobody waits longer, in seconds. With the menu's announcement before it this stays below an HOUR.
LONGEST_WAIT = 600

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

# No common factor with a power of ten: neighbours in rank get numbers far apart, and none twice too early.
SCATTER = 61_803_399


class Party(NamedTuple):
    """A number and its owner's name, "" where unknown; ``address`` is the device's ``ip:port`` or ""."""

    number: str
    name: str
    address: str = ""


class Line(NamedTuple):
    """An outside number of the office, its trunk, and the ``ip:port`` of the trunk's far end."""

    trunk: str
    address: str
    number: str
    name: str


class Group(NamedTuple):
    """People who take calls together. ``word``, Queue or RingGroup, is shown before the name."""

    word: str
    party: Party
    members: tuple[Party, ...]


class Branch(NamedTuple):
    """A branch office behind a peer trunk, and the numbers it answers."""

    trunk: str
    address: str
    numbers: tuple[str, ...]


class Habit(NamedTuple):
    """Every day within two hours of the local ``hour``, ``caller`` rings ``number`` at the branch."""

    caller: Party
    branch: Branch
    number: str
    hour: int


@dataclass(frozen=True)
class Office:
    """Who can call and be called. What needs a part that is left empty does not happen.

    ``timezone`` is an IANA name. ``lines`` lead to a menu and are what the office calls out by; ``hotlines``
    lead to groups; ``direct`` has extensions' own lines by extension; ``contacts`` name frequent outsiders.
    """

    timezone: str
    extensions: tuple[Party, ...]
    lines: tuple[Line, ...]
    menus: tuple[Party, ...] = ()
    groups: tuple[Group, ...] = ()
    hotlines: tuple[tuple[Line, Group], ...] = ()
    direct: Mapping[str, Line] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    conferences: tuple[Party, ...] = ()
    contacts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    disposition_codes: tuple[int, ...] = ()
    habits: tuple[Habit, ...] = ()

    def __post_init__(self) -> None:
        if len(self.extensions) < 2 or not self.lines:
            raise ValueError("An office needs at least two extensions and one line to have calls.")


class Ending(NamedTuple):
    """How an attempt to reach somebody ends: seconds of ringing (least, most) and of talk (least, mean)."""

    disposition: str
    ring: tuple[int, int]
    talk: tuple[int, int]
    reasons: tuple[str, ...]


ANSWERED = Ending("ANSWERED", (2, 20), (4, 170), (SRC_HANGUP, SRC_HANGUP, DST_HANGUP))
NO_ANSWER = Ending("NO ANSWER", (10, 60), (0, 0), (SRC_HANGUP,))
TURNED_AWAY = Ending("NO ANSWER", (0, 0), (0, 0), (DST_BUSY,))
BUSY = Ending("BUSY", (0, 4), (0, 0), (DST_BUSY,))
FAILED = Ending("FAILED", (0, 0), (0, 0), (DST_HANGUP,))
VOICEMAIL = Ending("VOICEMAIL", (20, 31), (3, 25), (SRC_HANGUP,))


def deck(shares: Mapping[Item, int]) -> tuple[Item, ...]:
    """Each item as often as its share says, to draw from."""
    return tuple(item for item, share in shares.items() for _ in range(share))


NUMBERS = deck({(prefix, 10**digits): people for prefix, digits, people in PLANS})
INBOUND = deck({ANSWERED: 62, NO_ANSWER: 13, VOICEMAIL: 18, BUSY: 7})
OUTBOUND = deck({ANSWERED: 72, NO_ANSWER: 16, BUSY: 8, FAILED: 4})
TO_BRANCH = deck({ANSWERED: 66, NO_ANSWER: 16, BUSY: 6, FAILED: 3, TURNED_AWAY: 9})
INTERNAL = deck({ANSWERED: 74, NO_ANSWER: 14, VOICEMAIL: 6, BUSY: 6})

NO_LINE = Line("", "", "", "")
NO_CALL = CdrRow(
    None, 0, "", "", "", "", None, None, "", "", "", "", "", 0, 0, 0,
    "", "", "", "", "", "", "", "", "", "", "",
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
    """What the calls of one stream draw on: the office, chance, the local time and a running number."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.seed = office, seed
        self.chance = Random()
        self.random = self.chance.random
        self.local = LocalTime(office.timezone)
        self.people = Random(f"{seed}:people").randrange(10**9)
        self.running = 0
        possible = {scene: share for scene, share, needs in SCENES if all(getattr(office, n) for n in needs)}
        self.scenes = deck(possible)
        self.direct = tuple(party for party in office.extensions if party.number in office.direct)

    def hour(self, hour: int, per_day: float) -> list[CdrRow]:
        """The legs of all calls that start in the hour (instant // HOUR), call by call."""
        local = self.local.turn(hour * HOUR // QUARTER)
        self.chance.seed(f"{self.seed}:{hour}")
        self.running = self.below(1 << 20)
        expected = per_day * _share_of_weekday(local) * _swing(self.seed, local.toordinal())
        scenes = [self.pick(self.scenes) for _ in range(int(expected + self.random()))]
        scenes += [partial(_keep, habit=habit) for habit in self.office.habits if habit.hour == local.hour]
        instants = sorted(hour * HOUR + self.below(HOUR) for _ in scenes)
        return [leg for scene, at in zip(scenes, instants, strict=True) for leg in scene(self, at)]

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        return int(self.random() * limit)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.random() * len(items))]

    def seconds(self, least: int, mean: int) -> int:
        """A duration: many short ones, few long ones."""
        return least - int(mean * log(1.0 - self.random()))

    def outsider(self) -> Party:
        """Somebody outside, those who call often more likely."""
        rank = min(int(REGULARS * ((1.0 - self.random()) ** (-1 / LOYALTY) - 1.0)), LAST_RANK)
        turn, plan = divmod(rank, len(NUMBERS))
        prefix, amount = NUMBERS[plan]
        digits = str(amount + (turn * SCATTER + self.people * (plan + 1)) % amount)[1:]
        contacts = self.office.contacts
        return Party(prefix + digits, contacts[rank] if rank < len(contacts) else "")

    def call(
        self, at: int, caller: Party, kind: str, came: Line = NO_LINE, went: Line = NO_LINE, pin: str = ""
    ) -> CdrRow:
        """What all legs of a new call share. A running number keeps apart the calls of a second."""
        self.running += 1
        return NO_CALL._replace(
            from_number=caller.number,
            from_name=caller.name,
            uid=f"{self.local.stamp(at)}{self.running * 40503 & 0xFFFFF:05X}",
            call_id=f"{at}.{self.running & 0x3FF}",
            src_addr=caller.address or came.address,
            src_trunk=came.trunk,
            dst_trunk=went.trunk,
            call_type=kind,
            did_number=came.number,
            did_name=came.name,
            dod_number=went.number,
            pin_code=pin,
        )

    def reach(self, call: CdrRow, at: int, to: Party, ending: Ending, ring: int | None = None) -> CdrRow:
        """The leg that tries to reach ``to``; ``ring`` where the seconds of ringing are settled already."""
        if ring is None:
            ring = ending.ring[0] + self.below(ending.ring[1] - ending.ring[0] + 1)
        talk = self.seconds(*ending.talk) if ending.talk[1] else 0
        shown = _shown("Voicemail", to) if ending is VOICEMAIL else None
        leg = _leg(call, at, to, shown, ring, talk, ending.disposition, self.pick(ending.reasons))
        return self.with_extras(leg) if ending is ANSWERED else leg

    def with_extras(self, leg: CdrRow) -> CdrRow:
        """An answered leg with its recording and its call note, if it gets them."""
        if self.random() < RECORDED:
            begun = self.local.stamp(leg.started_at + leg.ring_duration)
            name = f"{begun}-{leg.call_id}-{leg.from_number}-{leg.to_number}-{leg.call_type}.wav"
            leg = leg._replace(record_file=name)
        if self.random() < NOTED:
            codes = self.office.disposition_codes
            chosen = f",{self.pick(codes)}," if codes else ""
            leg = leg._replace(call_note_remark=self.pick(REMARKS), disposition_codes=chosen)
        return leg


def _leg(
    call: CdrRow, at: int, to: Party, shown: str | None, ring: int, talk: int, disposition: str, reason: str
) -> CdrRow:
    return call._replace(
        started_at=at,
        to_number=to.number,
        to_name=to.name,
        to_text=shown,
        duration=ring + talk,
        ring_duration=ring,
        talk_duration=talk,
        disposition=disposition,
        reason=reason,
    )


def _shown(word: str, party: Party) -> str:
    return f"{word} {party.name or party.number}<{party.number}>"


def _outside_caller(board: Switchboard) -> Party:
    return Party("anonymous", "") if board.random() < WITHHELD else board.outsider()


def _from_menu(board: Switchboard, at: int) -> list[CdrRow]:
    """An outside caller hears a menu, and hangs up, dials an extension, or is passed to a group."""
    call = board.call(at, _outside_caller(board), "Inbound", came=board.pick(board.office.lines))
    menu, heard, lost = board.pick(board.office.menus), 4 + board.below(26), board.random() < LOST_IN_MENU
    reason = SRC_HANGUP if lost else DST_HANGUP
    leg = _leg(call, at, menu, _shown("IVR", menu), 0, heard, "ANSWERED", reason)
    if lost:
        return [leg]
    if board.random() < ASKED_BY_NUMBER:
        return [leg, board.reach(call, at + heard, board.pick(board.office.extensions), board.pick(INBOUND))]
    return [leg, *_through_group(board, call, at + heard, board.pick(board.office.groups))]


def _through_group(board: Switchboard, call: CdrRow, at: int, group: Group) -> list[CdrRow]:
    """The group's leg, which rings as long as the caller waits, and the leg of whoever answers."""
    wait = min(board.seconds(3, 35), LONGEST_WAIT)
    party, shown = group.party, _shown(group.word, group.party)
    if board.random() < LOST_IN_GROUP:
        return [_leg(call, at, party, shown, wait, 0, "NO ANSWER", SRC_HANGUP)]
    ring = min(wait, 2 + board.below(12))
    taken = board.reach(call, at + wait - ring, board.pick(group.members), ANSWERED, ring)
    return [_leg(call, at, party, shown, wait, taken.talk_duration, "ANSWERED", taken.reason), taken]


def _to_hotline(board: Switchboard, at: int) -> list[CdrRow]:
    line, group = board.pick(board.office.hotlines)
    return _through_group(board, board.call(at, _outside_caller(board), "Inbound", came=line), at, group)


def _to_direct_line(board: Switchboard, at: int) -> list[CdrRow]:
    to = board.pick(board.direct)
    call = board.call(at, _outside_caller(board), "Inbound", came=board.office.direct[to.number])
    return [board.reach(call, at, to, board.pick(INBOUND))]


def _to_outside(board: Switchboard, at: int) -> list[CdrRow]:
    """A call out shows the caller's direct line if there is one; one abroad may need a PIN."""
    caller, to, pins = board.pick(board.office.extensions), board.outsider(), board.office.pins
    line = board.office.direct.get(caller.number) or board.pick(board.office.lines)
    pinned = pins and to.number.startswith("+") and board.random() < PINNED
    call = board.call(at, caller, "Outbound", went=line, pin=board.pick(pins) if pinned else "")
    return [board.reach(call, at, to, board.pick(OUTBOUND))]


def _to_branch(board: Switchboard, at: int) -> list[CdrRow]:
    branch = board.pick(board.office.branches)
    return _over_peer(board, at, board.pick(board.office.extensions), branch, board.pick(branch.numbers))


def _keep(board: Switchboard, at: int, habit: Habit) -> list[CdrRow]:
    return _over_peer(board, at, habit.caller, habit.branch, habit.number)


def _over_peer(board: Switchboard, at: int, caller: Party, branch: Branch, number: str) -> list[CdrRow]:
    """Over a peer trunk the extension itself is shown."""
    call = board.call(at, caller, "Outbound", went=Line(branch.trunk, "", caller.number, ""))
    return [board.reach(call, at, Party(number, ""), board.pick(TO_BRANCH))]


def _from_branch(board: Switchboard, at: int) -> list[CdrRow]:
    branch, to = board.pick(board.office.branches), board.pick(board.office.extensions)
    came = Line(branch.trunk, branch.address, to.number, "")
    call = board.call(at, Party(board.pick(branch.numbers), ""), "Inbound", came=came)
    return [board.reach(call, at, to, board.pick(INBOUND))]


def _inside(board: Switchboard, at: int) -> list[CdrRow]:
    people = board.office.extensions
    first = board.below(len(people))
    to = people[(first + 1 + board.below(len(people) - 1)) % len(people)]
    return [board.reach(board.call(at, people[first], "Internal"), at, to, board.pick(INTERNAL))]


def _to_conference(board: Switchboard, at: int) -> list[CdrRow]:
    room = board.pick(board.office.conferences)
    call = board.call(at, board.pick(board.office.extensions), "Internal")
    talk = board.seconds(60, 900)
    return [_leg(call, at, room, _shown("Conference", room), 0, talk, "ANSWERED", SRC_HANGUP)]


Scene = Callable[[Switchboard, int], list[CdrRow]]

# Percent of all calls, and what an office must have for them.
SCENES: tuple[tuple[Scene, int, tuple[str, ...]], ...] = (
    (_from_menu, 27, ("menus", "groups")),
    (_to_hotline, 9, ("hotlines",)),
    (_to_direct_line, 12, ("direct",)),
    (_to_outside, 33, ()),
    (_to_branch, 3, ("branches",)),
    (_from_branch, 2, ("branches",)),
    (_inside, 12, ()),
    (_to_conference, 2, ("conferences",)),
)


def _share_of_weekday(local: datetime) -> float:
    """The part of a weekday's calls that the hour beginning then gets."""
    return (WEEKDAY if local.weekday() < 5 else WEEKEND)[local.hour] / 1000


@lru_cache(maxsize=8)
def _swing(seed: int, day: int) -> float:
    """How busy a day is, by its ordinal: 1 on average."""
    return 0.85 + 0.3 * Random(f"{seed}:day:{day}").random()


_started_at = itemgetter(CdrRow._fields.index("started_at"))


def calls(office: Office, seed: int, start: int, end: int | None = None, per_day: float = 400.0) -> Iterator[CdrRow]:
    """The legs that start from ``start`` on and before ``end``, in the order of time; their ``id`` is None.

    Instants are Unix seconds; ``end`` None is endless. ``per_day`` is the mean number of calls on a weekday,
    each of which has about ROWS_PER_CALL legs.
    """
    board = Switchboard(office, seed)
    waiting: list[CdrRow] = []
    # A leg starts in its call's hour or in the next one.
    for hour in count(start // HOUR - 1):
        waiting += board.hour(hour, per_day)
        waiting.sort(key=_started_at)
        border = (hour + 1) * HOUR if end is None else min((hour + 1) * HOUR, end)
        due = bisect_left(waiting, border, key=_started_at)
        yield from waiting[bisect_left(waiting, start, key=_started_at) : due]
        if border == end:
            return
        del waiting[:due]


def per_day_for(rows: int, start: int, end: int, timezone: str) -> float:
    """The ``per_day`` by which an office that has everything makes about ``rows`` legs from start to end."""
    if start >= end:
        raise ValueError("The period must end after it starts.")
    local, weekdays = LocalTime(timezone), 0.0
    for hour in range(start // HOUR, (end - 1) // HOUR + 1):
        inside = min(end, (hour + 1) * HOUR) - max(start, hour * HOUR)
        weekdays += _share_of_weekday(local.turn(hour * HOUR // QUARTER)) * inside / HOUR
    return rows / ROWS_PER_CALL / weekdays
