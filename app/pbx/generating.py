"""Calls made up for a PBX: as many as wanted, of its own people or of the demo office, in a period."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from zlib import crc32

from ..store.loading import BATCH, load_cdrs
from ..store.objects import KINDS
from ..store.shelves import Holdings
from ..store.truths import keep_truths
from ..store.worlds import World
from .aftermath import Told
from .contents import is_empty, load
from .display_format import END
from .generator import busiest_hour, enough_for, rows_per_call, told_calls
from .office import demo_office, with_calls
from .own_office import own_office
from .parties import Office, OfficeError, PeriodError
from .profiles import PROFILES
from .seed_document import read_document
from .switchboard import HOUR

# How long the period is where nobody says, in days; rows after which the progress is told.
DAYS, _TOLD_EVERY = 60, 1000

# Ids keep the calls of a second apart up to 1024: in the busiest hour chance must leave room below that.
_MOST_AN_HOUR = 2_000_000

_KNOWN = (
    "SELECT DISTINCT call_id FROM cdr INDEXED BY cdr_call"
    " WHERE call_id IN (SELECT value FROM json_each(:calls)) AND id <= :highest"
)


@dataclass(frozen=True)
class Wanted:
    """``rows`` CDR rows of a profile. Instants are Unix seconds.

    With a ``start`` and no ``end`` the days are as busy as the profile says of the demo office, in proportion to how
    many people there are, and the stream is cut after so many rows: a longer one begins with the same. Else the rows
    are spread over the period, which ends at the PBX's present time unless ``end`` says, and begins ``days`` before
    unless ``start`` says. Calls start before END.
    """

    rows: int
    random_seed: int = 1
    profile: str = "office"
    start: int | None = None
    end: int | None = None
    days: int = DAYS

    def stream(self, office: Office, now: int) -> Iterator[Told]:
        """The office's calls, each leg with the truth about its call. Raises PeriodError, OfficeError."""
        profile, end, seed = PROFILES[self.profile], self.end, self.random_seed
        demo = demo_office(office.timezone)
        own = office != demo
        name = f":{self.profile}:{crc32(repr(office).encode())}" if own else f":{self.profile}"
        if self.start is not None and end is None:
            per_day = profile.per_day * len(office.extensions) / len(demo.extensions)
            told = told_calls(office, seed, self.start, END, per_day, profile, name)
            return islice(_begun_since(self.start, told), self.rows)
        end = now if end is None else end
        start = max(0, end - self.days * 86400) if self.start is None else self.start
        if start >= end:
            raise PeriodError("The period must end after it starts.")
        if own:
            profile = replace(profile, rows_per_call=rows_per_call(office, profile))
        per_day = enough_for(self.rows, start, end, office.timezone, profile, seed)
        if busiest_hour(per_day, profile) > _MOST_AN_HOUR:
            raise PeriodError(f"{self.rows:,} CDR rows are too many for so short a period.")
        told = told_calls(office, seed, start, end, per_day, profile, name)
        return islice(_begun_since(start, told), self.rows)


class Generation:
    """Calls to be made up for the PBX. Raises OfficeError where nobody could make any, and PeriodError.

    ``own``: they are those of the PBX's own people, not the demo office's; ``now`` is the PBX's present time. After the
    run ``latest`` is when the last of them starts, and ``known`` how many rows were left out because the PBX has calls
    of their ids: the same calls, most likely.
    """

    def __init__(self, world: World, wanted: Wanted) -> None:
        settings, clock = world.present()
        demo = demo_office(settings.timezone)
        self._world, self._wanted = world, wanted
        self._empty = is_empty(world.database.connection())
        self.office = demo if self._empty else _office_of(world, demo)
        self.own, self.known = self.office is not demo, 0
        self.now, self.latest = int(clock.now()), 0
        self._stream = wanted.stream(self.office, self.now)

    def run(self, told: Callable[[int], object] | None = None) -> int:
        """Add the calls and the truth about them, all or none; an empty PBX is given the demo office with them.
        Returns how many rows were added. ``told`` is called now and then with how many more rows are made."""
        with self._world.database.loading(), self._world.write() as connection:
            if self._empty and is_empty(connection):
                load(connection, read_document({**with_calls(0, ()), "cdrs": []}, self.office.timezone))
            made = _telling(self._stream, told) if told else self._stream
            return load_cdrs(connection, keep_truths(connection, self._new(connection, made)))

    def _new(self, connection: sqlite3.Connection, made: Iterator[Told]) -> Iterator[Told]:
        """Those of calls that the PBX has not. Two calls of one id would be one."""
        (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
        while batch := list(islice(made, BATCH)):
            known = _known_of(connection, batch, highest) if highest else frozenset()
            new = [leg for leg in batch if leg[0].call_id not in known]
            self.known += len(batch) - len(new)
            self.latest = batch[-1][0].started_at
            yield from new


def _known_of(connection: sqlite3.Connection, legs: list[Told], highest: int) -> frozenset[str]:
    """The ids of their calls that a row up to this id has."""
    call_ids = json.dumps(list({leg.call_id for leg, _ in legs}))
    return frozenset(call_id for (call_id,) in connection.execute(_KNOWN, {"calls": call_ids, "highest": highest}))


def generate_calls(world: World, wanted: Wanted, told: Callable[[int], object] | None = None) -> int:
    """Add made-up calls to the PBX; see Generation."""
    return Generation(world, wanted).run(told)


def _office_of(world: World, demo: Office) -> Office:
    """The PBX's own office; ``demo`` where it is that and nothing else, of which more is known than a PBX holds."""
    own = own_office(Holdings(world.database.connection(), world.settings).items, demo.timezone)
    if own == _as_held(demo.timezone):
        return demo
    if not own.extensions:
        raise OfficeError("The PBX has no extensions whose calls could be made up; add some, or name an empty PBX.")
    return own


def _as_held(timezone: str) -> Office:
    """The demo office by what a PBX holds of it."""
    document = with_calls(0, ())
    keys = {kind: row.document_key for kind, row in KINDS.items()}
    keys |= {"extension": "extensions", "ext_group": "extension_groups"}
    return own_office(lambda kind: document.get(keys[kind], []), timezone)


def _begun_since(start: int, told: Iterator[Told]) -> Iterator[Told]:
    """Without the last legs of earlier calls, and calls that return one of these."""
    for leg, truth in told:
        if leg.started_at >= start + HOUR:  # neither begins later
            yield leg, truth
            break
        if int((truth.callback_of or truth.call_id).partition(".")[0]) >= start:
            yield leg, truth
    yield from told


def _telling(stream: Iterator[Told], told: Callable[[int], object]) -> Iterator[Told]:
    for number, leg in enumerate(stream, 1):
        if number % _TOLD_EVERY == 0:
            told(_TOLD_EVERY)
        yield leg
