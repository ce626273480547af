"""An endless, repeatable stream of an office's calls: seed, office, profile and volume decide what happens when.

Time is cut into hours, each with its own source of chance. What happens in one depends on nothing before it,
so a stream may start and end anywhere, and a day has the same calls in every stream. The price: no hour knows
who is still talking from the one before, so that now and then an extension has two calls at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from itertools import count
from math import sqrt
from random import Random

from ..store.loading import CdrRow
from .aftermath import Aftermath, Told
from .holidays import holidays_in
from .parties import Office, OfficeError
from .profiles import DEMO, Profile
from .scenes import SCENES, Scene, keep
from .switchboard import HOUR, LAST_ID, QUARTER, LocalTime, Switchboard, deck

# Calls by which rows_per_call measures, on an ordinary Tuesday (Unix seconds).
_MEASURED, _TUESDAY = 20_000, 5 * 86400


class _Hours:
    """What happens in each hour of a stream."""

    def __init__(self, office: Office, seed: int, per_day: float, profile: Profile, stream: str = "") -> None:
        self._board = Switchboard(office, seed, profile)
        self._aftermath = Aftermath(self._board)
        self._scenes = _scenes(office, profile)
        if not self._scenes:
            raise OfficeError("Nobody there has anybody to call: that takes two extensions, or a trunk.")
        self._holidays = _holidays(profile, office.timezone)
        self._per_day, self._stream = per_day, stream

    def play(self, hour: int) -> Iterator[Told]:
        """The legs of all calls that start in the hour (instant // HOUR), call by call."""
        board = self._board
        local = board.local.turn(hour * HOUR // QUARTER)
        board.chance.seed(f"{board.seed}{self._stream}:{hour}")
        board.running, board.ids_from = board.below(1 << 20), 0
        board.talking.clear()
        share = board.profile.share_of_weekday(local, self._holidays)
        expected = self._per_day * share * _swing(board.seed, local.toordinal())
        chosen = [board.pick(self._scenes) for _ in range(int(expected + board.random()))]
        chosen += [partial(keep, habit=habit) for habit in board.office.habits if habit.hour == local.hour]
        instants = sorted(hour * HOUR + board.below(HOUR) for _ in chosen)
        played = [scene(board, at) for scene, at in zip(chosen, instants, strict=True)]
        # Calls back may begin in the next hour, whose own calls and calls back have other ids.
        board.ids_from = (1 + hour % 2) * (LAST_ID + 1)
        return self._aftermath.told(played)


def _scenes(office: Office, profile: Profile) -> Sequence[Scene]:
    """What can happen in the office, each scene as often as its share says."""
    found = ((*SCENES[name], share) for name, share in profile.scenes.items())
    return deck({scene: share for scene, needs, share in found if all(getattr(office, need) for need in needs)})


def _holidays(profile: Profile, timezone: str) -> Container[date]:
    return () if profile.holidays is None else holidays_in(timezone)


@lru_cache(maxsize=8)
def _swing(seed: int, day: int) -> float:
    """How busy a day is, by its ordinal: 1 on average."""
    return 0.85 + 0.3 * Random(f"{seed}:day:{day}").random()


def _started_at(told: Told) -> int:
    return told[0][1]


def told_calls(
    office: Office,
    seed: int,
    start: int,
    end: int | None = None,
    per_day: float = 400.0,
    profile: Profile = DEMO,
    stream: str = "",
) -> Iterator[Told]:
    """The legs that start from ``start`` on and before ``end``, in the order of time, each with the truth about its
    call; their ``id`` is None.

    Instants are Unix seconds; ``end`` None is endless. ``per_day`` is the mean number of calls on a weekday, calls
    back not counted, each of which has about ``profile.rows_per_call`` legs. Calls of two streams of one seed have
    ids and all else by chance, and the same people outside. Raises OfficeError.
    """
    return _told(_Hours(office, seed, per_day, profile, stream), start, end)


def _told(hours: _Hours, start: int, end: int | None) -> Iterator[Told]:
    waiting: list[Told] = []
    # A leg starts in its call's hour or in the next one, and so does a call back.
    for hour in count(start // HOUR - 1):
        waiting += hours.play(hour)
        waiting.sort(key=_started_at)
        border = (hour + 1) * HOUR if end is None else min((hour + 1) * HOUR, end)
        due = bisect_left(waiting, border, key=_started_at)
        yield from waiting[bisect_left(waiting, start, key=_started_at) : due]
        if border == end:
            return
        del waiting[:due]


def calls(
    office: Office,
    seed: int,
    start: int,
    end: int | None = None,
    per_day: float = 400.0,
    profile: Profile = DEMO,
) -> Iterator[CdrRow]:
    """The legs of ``told_calls`` alone."""
    return (leg for leg, _ in told_calls(office, seed, start, end, per_day, profile))


def per_day_for(
    rows: float, start: int, end: int, timezone: str, profile: Profile = DEMO, seed: int | None = None
) -> float:
    """The ``per_day`` by which an office that has everything makes about ``rows`` legs from start to end; more
    exactly so where the seed tells how busy each day is."""
    if start >= end:
        raise ValueError("The period must end after it starts.")
    local, holidays, weekdays = LocalTime(timezone), _holidays(profile, timezone), 0.0
    for hour in range(start // HOUR, (end - 1) // HOUR + 1):
        inside = min(end, (hour + 1) * HOUR) - max(start, hour * HOUR)
        begins = local.turn(hour * HOUR // QUARTER)
        swing = 1.0 if seed is None else _swing(seed, begins.toordinal())
        weekdays += profile.share_of_weekday(begins, holidays) * swing * inside / HOUR
    return rows / profile.rows_per_call / weekdays


def rows_per_call(office: Office, profile: Profile) -> float:
    """What ``profile.rows_per_call`` is in an office that lacks things, to a hundredth."""
    ordinary, day = replace(profile, holidays=None), (_TUESDAY, _TUESDAY + 86400)
    rows, played = 0, set[str]()
    for _, truth in told_calls(office, 0, *day, _MEASURED, ordinary):
        rows += 1
        if not truth.callback_of:
            played.add(truth.call_id)
    return rows / len(played)


def busiest_hour(per_day: float, profile: Profile) -> float:
    """How many calls the busiest hour has, about."""
    return per_day * max(*profile.weekday, *profile.weekend) / 1000


def enough_for(rows: int, start: int, end: int, timezone: str, profile: Profile, seed: int) -> float:
    """The ``per_day`` by which it makes at least ``rows`` legs, almost certainly, and few more: what chance may take
    away is a matter of how many calls there are, and of hours that have a whole number of them; and the profile's rows
    for a call are known to a thousandth."""
    hours = (end - start) / HOUR
    return per_day_for(1.001 * rows + 3 * sqrt(rows / 2 + hours) + 3, start, end, timezone, profile, seed)
