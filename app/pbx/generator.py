"""An endless, repeatable stream of an office's calls: seed, office and volume decide what happens when.

Time is cut into hours, each with its own source of chance. What happens in one depends on nothing before it,
so a stream may start and end anywhere, and a day has the same calls in every stream. The price: no hour knows
who is still talking, so at volumes far beyond an office's size an extension has two calls at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import count
from operator import itemgetter
from random import Random

from ..store.loading import CdrRow
from .parties import Office
from .scenes import SCENES, Scene, keep
from .switchboard import HOUR, QUARTER, LocalTime, Switchboard, deck

# Calls in each local hour, in thousandths of a weekday's; on Saturday and Sunday too.
WEEKDAY = (2, 1, 1, 1, 1, 2, 6, 20, 50, 115, 130, 120, 60, 70, 110, 120, 100, 58, 10, 8, 6, 4, 3, 2)
WEEKEND = (2, 1, 1, 1, 1, 1, 2, 4, 8, 12, 15, 14, 10, 10, 12, 11, 10, 8, 6, 5, 4, 3, 3, 2)

# Rows are legs. An office that has everything makes so many of a call, on average.
ROWS_PER_CALL = 1.49

# The rows of such an office: the least and the most share of each disposition, in percent.
SHARES = {
    "ANSWERED": (78, 86),
    "NO ANSWER": (8, 13),
    "BUSY": (2.5, 5),
    "FAILED": (0.7, 2),
    "VOICEMAIL": (1.5, 4),
}


def _scenes(office: Office) -> tuple[Scene, ...]:
    """What can happen in the office, each scene as often as its share says."""
    return deck({scene: share for scene, share, needs in SCENES if all(getattr(office, need) for need in needs)})


def _hour(board: Switchboard, scenes: Sequence[Scene], hour: int, per_day: float) -> list[CdrRow]:
    """The legs of all calls that start in the hour (instant // HOUR), call by call."""
    local = board.local.turn(hour * HOUR // QUARTER)
    board.chance.seed(f"{board.seed}:{hour}")
    board.running = board.below(1 << 20)
    expected = per_day * _share_of_weekday(local) * _swing(board.seed, local.toordinal())
    played = [board.pick(scenes) for _ in range(int(expected + board.random()))]
    played += [partial(keep, habit=habit) for habit in board.office.habits if habit.hour == local.hour]
    instants = sorted(hour * HOUR + board.below(HOUR) for _ in played)
    return [leg for scene, at in zip(played, instants, strict=True) for leg in scene(board, at)]


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
    board, scenes = Switchboard(office, seed), _scenes(office)
    waiting: list[CdrRow] = []
    # A leg starts in its call's hour or in the next one.
    for hour in count(start // HOUR - 1):
        waiting += _hour(board, scenes, hour, per_day)
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
