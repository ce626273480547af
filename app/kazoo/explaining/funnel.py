"""The funnel: what a list holds, counted exactly where that is quick, else as far as one gets in a while."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from ...journal.explanation import Step
from ...store import counting
from ...store.counting import for_seconds
from ..errors import CrossbarError
from ..filters import Condition, Filters
from ..listing import Listing, read_utc_offset
from ..moments import moment
from ..schemas.cdr import stored
from ..summary import is_summed_up
from ..times import to_unix
from .asked import INTERACTIONS, ONE_CALL, SUMMARY, Asked

# Seconds for which legs are looked at one by one, all at once and then, where that is not enough, for each step.
_FOR_ALL, _FOR_ONE = 1.2, 0.15


_AT_LEAST = " (at least: counted no further)"


class Count(NamedTuple):
    """``rows`` were found, and if that is not the ``whole`` truth, there may be more."""

    rows: int
    whole: bool = True

    def step(self, condition: str) -> Step:
        return Step(condition if self.whole else condition + _AT_LEAST, self.rows)


def is_exact(step: Step) -> bool:
    """Whether a step was counted to its end."""
    return not step.condition.endswith(_AT_LEAST)


def shown(step: Step) -> str:
    """How much a step leaves, in words."""
    return f"{'' if is_exact(step) else 'at least '}{step.left:,}"


def count_listed(asked: Asked, seconds: float = _FOR_ONE) -> Count:
    """What the list holds in all its pages. Raises CrossbarError where it is refused."""
    listing = asked.listing
    if asked.kind == INTERACTIONS and read_utc_offset(asked.call) is None:
        raise CrossbarError("datastore")  # as soon as there is a row
    if asked.kind == SUMMARY:
        return _count(asked, asked.bare, seconds)
    plain = listing.filters.empty and listing.first is None and listing.last is None and not listing.impossible
    if plain and not asked.owner and asked.kind != ONE_CALL:
        return Count(in_range(asked))
    return _count(asked, listing, seconds)


def in_range(asked: Asked) -> int:
    """The account's legs that ended in the range, or the interactions that began there."""
    connection = asked.call.world.database.connection()
    start, end = to_unix(asked.listing.start), to_unix(asked.listing.end)
    if asked.kind == INTERACTIONS:
        return counting.calls_begun(connection, start, end)
    return counting.rows_ended(connection, start, end) + counting.calls_ended(connection, start, end)


def all_stored(asked: Asked) -> int:
    """The account's legs, or interactions, of all times."""
    connection = asked.call.world.database.connection()
    calls = counting.calls(connection)
    return calls if asked.kind == INTERACTIONS else calls + counting.rows(connection)


def _count(asked: Asked, listing: Listing, seconds: float) -> Count:
    found = 0
    try:
        with for_seconds(asked.call.world.database.connection(), seconds):
            for _, leg in asked.placed(listing):
                found += asked.kind != SUMMARY or is_summed_up(leg)
    except TimeoutError:
        return Count(found, False)
    return Count(found)


def count_steps(asked: Asked) -> list[Count]:
    """What is left before the first filter, and after each of them."""
    conditions = tuple(condition for _, _, condition in asked.conditions)
    found = [0] * (len(conditions) + 1)
    names = frozenset(condition.path[0] for condition in conditions)
    filters = [Filters((condition,)) for condition in conditions]
    try:
        with for_seconds(asked.call.world.database.connection(), _FOR_ALL):
            for _, leg in asked.placed(asked.bare):
                found[0] += 1
                document = stored(leg, asked.call.profile, names) if filters else {}
                for place, one in enumerate(filters, 1):
                    if not one.keeps(document):
                        break
                    found[place] += 1
    except TimeoutError:
        return _one_by_one(asked, conditions, found)
    return [Count(rows) for rows in found]


def _one_by_one(asked: Asked, conditions: tuple[Condition, ...], least: list[int]) -> list[Count]:
    """The same for a list that is long: what the conditions leave may be found quickly where all is not."""
    counts = [Count(least[0], False)]
    for place in range(1, len(conditions) + 1):
        narrowed = replace(asked.bare, filters=Filters(conditions[:place]))
        counts.append(_count(asked, narrowed, _FOR_ONE))
    # Of what is left at last there was as much before.
    most = list(accumulate((count.rows for count in reversed(counts)), max))[::-1]
    return [Count(rows, count.whole) for rows, count in zip(most, counts, strict=True)]


def funnel_of(asked: Asked) -> Iterator[Step]:
    """What is stored, and how much each condition leaves of it. Raises CrossbarError where the request is refused."""
    listing, call = asked.listing, asked.call
    what = "interactions" if asked.kind == INTERACTIONS else "legs"
    yield Step(f"{what} are stored", all_stored(asked))
    if asked.kind != ONE_CALL:
        yield Step(f"{_happened(asked)} from {_iso(listing.start)} to {_iso(listing.end)}", in_range(asked))
    if asked.kind == SUMMARY:
        yield count_listed(asked, _FOR_ALL).step("come from outside, or go out over a trunk: nothing else is summed up")
        return
    if asked.owner or asked.kind == ONE_CALL or asked.conditions:
        counts = count_steps(asked)
        if asked.owner and asked.kind != ONE_CALL:
            name = call.account.users[asked.owner].name
            yield counts[0].step(f"belong to the user {asked.owner} ({name})")
        if asked.kind == ONE_CALL:
            yield counts[0].step(f"belong to the interaction {asked.interaction}")
        for (name, value, condition), count in zip(asked.conditions, counts[1:], strict=True):
            yield count.step(f"pass {name}={value} ({words_of(condition)})")
    keys = [f"{name}={value}" for name, value in asked.pairs if name in ("start_key", "bookmark", "end_key") and value]
    if keys:
        yield _count(asked, listing, _FOR_ALL).step(f"lie within {', '.join(keys)}")


def _iso(second: int) -> str:
    return moment(to_unix(second)).combined


def _happened(asked: Asked) -> str:
    return "began" if asked.kind == INTERACTIONS else "ended"


def words_of(condition: Condition) -> str:
    """What the filter asks."""
    wanted = condition.wanted
    shown = sorted(wanted) if isinstance(wanted, frozenset) else wanted
    test = condition.test.__name__.strip("_").replace("_", " ")
    return f"{'.'.join(condition.path)} {test}{'' if shown is None else ' ' + json.dumps(shown, ensure_ascii=False)}"
