"""Calls made up for a PBX: as many as wanted, of the demo office, in a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ..store.loading import load_cdrs
from ..store.truths import keep_truths
from ..store.worlds import World
from .aftermath import Told
from .contents import fill, is_empty
from .generator import enough_for, told_calls
from .office import demo_office, with_calls
from .profiles import PROFILES
from .seed_document import read_document

# How long the period is where nobody says, in days; rows after which the progress is told.
DAYS, _TOLD_EVERY = 60, 1000


class PeriodError(ValueError):
    """The period ends before it starts."""


@dataclass(frozen=True)
class Wanted:
    """``rows`` CDR rows of a profile. Instants are Unix seconds.

    With a ``start`` and no ``end`` the days are as busy as the profile says, and the stream is cut after so many rows:
    a longer one begins with the same. Else the rows are spread over the period, which ends at the PBX's present time
    unless ``end`` says, and begins ``days`` before unless ``start`` says.
    """

    rows: int
    random_seed: int = 1
    profile: str = "office"
    start: int | None = None
    end: int | None = None
    days: int = DAYS

    def stream(self, timezone: str, now: int) -> Iterator[Told]:
        """The calls, each leg with the truth about its call. Raises PeriodError."""
        office, profile, end = demo_office(timezone), PROFILES[self.profile], self.end
        if self.start is not None and end is None:
            return islice(told_calls(office, self.random_seed, self.start, None, profile.per_day, profile), self.rows)
        end = now if end is None else end
        start = end - self.days * 86400 if self.start is None else self.start
        if start >= end:
            raise PeriodError("The period must end after it starts.")
        per_day = enough_for(self.rows, start, end, timezone, profile, self.random_seed)
        return islice(told_calls(office, self.random_seed, start, end, per_day, profile), self.rows)


def generate_calls(world: World, wanted: Wanted, told: Callable[[int], object] | None = None) -> int:
    """Add made-up calls of the demo office to the PBX, and the truth about them.

    An empty PBX is given the demo office first. ``told`` is called now and then with how many more rows there are.
    Returns how many there were to add: ``wanted.rows``, but for the very last calls of a short period.
    Raises PeriodError.
    """
    zone = world.settings.timezone
    stream = wanted.stream(zone, int(world.clock.now()))
    if is_empty(world.database.connection()):
        fill(world, read_document({**with_calls(0, ()), "cdrs": []}, zone), unless_filled=True)
    with world.database.loading(), world.write() as connection:
        return load_cdrs(connection, keep_truths(connection, _telling(stream, told) if told else stream))


def _telling(stream: Iterator[Told], told: Callable[[int], object]) -> Iterator[Told]:
    for number, leg in enumerate(stream, 1):
        if number % _TOLD_EVERY == 0:
            told(_TOLD_EVERY)
        yield leg
