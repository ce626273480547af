"""By which way a search enters the table of calls: through a number's index, a group's, or along the time.

An exact number always leads: its index holds its calls in order of time. For numbers that match in part, and for
groups, the counts kept with each number tell beforehand how many calls they have, and the cheaper way is taken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from .kept_counts import kept_count
from .numbers import each_with, ids_with, suffix_range
from .query import FILTERS, CdrQuery

# What things cost, in tenths of a microsecond (measured): looking at one call on the way along the time, finding a
# number's first call in an index, sorting one of a number's calls, counting one, skipping one along the time.
_TEST_COST = 3
_SEEK_COST = 7
_SORT_COST = 4
_COUNT_COST = 0.3
_SKIP_COST = 0.1

# The same for looking a number up that contains a pattern; reading all numbers one after the other takes, for each, so
# many times less.
_LOOK_UP_COST = 4
_FASTER_IN_TURN = 6

# A pattern this long is in so few numbers that they need not be counted first.
_LONG_PATTERN = 7

# Where a weight does not tell the total, it is of use only if the index may be the cheaper way, twice.
_WORTH_WEIGHING = _LOOK_UP_COST / (2 * _SEEK_COST)

# Nearer pages are not leaped to (leaps.py), nor larger ones: they would be read in more than one moment.
_FAR, _LARGEST = 1_000, 500

# An instant is found in about so many looks; in one where all calls tell where to look.
_LOOKS = 3


@dataclass(frozen=True)
class Plan:
    """``leader``: the field whose index is entered ("" goes along the time); ``table``: how FROM names it."""

    leader: str
    table: str
    fuzzy: bool = False


class Weight(NamedTuple):
    """How many numbers a condition means, and how many calls these have."""

    numbers: int
    calls: int


class Leap(NamedTuple):
    """What leaps.py has to know: ``near`` calls more or less are not worth another look."""

    weight: Weight
    near: int


class Choice(NamedTuple):
    """``total``: all matches, where that is known beforehand. ``leap``, where the page is worth one."""

    plan: Plan
    total: int | None = None
    leap: Leap | None = None


@dataclass(frozen=True)
class Party:
    """The caller or the callee of a call, as a condition on its number: equal, or containing the pattern."""

    field: str
    column: str
    calls: str
    index: str

    def matching(self) -> str:
        """The ids of the numbers that contain the pattern, by the suffix index."""
        return f"({ids_with(self.field)})"

    def clause(self, fuzzy: bool, leads: bool) -> str:
        """The condition: for the leader one that its index answers, else one that tests a single call."""
        if not fuzzy:
            hide = "" if leads else "+"
            return f"{hide}c.{self.column} = (SELECT id FROM number WHERE digits = :{self.field})"
        if leads:
            return f"c.{self.column} IN {self.matching()}"
        contains = f"instr(n.folded, :{self.field}_low) > 0"
        return f"EXISTS (SELECT 1 FROM number AS n WHERE n.id = c.{self.column} AND {contains})"

    def values(self, query: CdrQuery) -> dict[str, Any]:
        """The bounds of the pattern in the index of suffixes; nothing where there is no pattern."""
        pattern = getattr(query, self.field)
        if pattern is None:
            return {}
        low, high = suffix_range(pattern)
        return {f"{self.field}_low": low, f"{self.field}_high": high}

    def weigh(self, connection: sqlite3.Connection, query: CdrQuery, most: float) -> Weight | None:
        """The numbers that contain the pattern; None where it costs more than ``most`` to find that out."""
        values = self.values(query)
        weighing = self._weigh_looked_up
        if len(getattr(query, self.field)) < _LONG_PATTERN:
            affordable = int(most / _LOOK_UP_COST) + 1
            found, worthwhile = connection.execute(self._counting, values | {"affordable": affordable}).fetchone()
            if found == affordable < worthwhile:
                return None
            if found == worthwhile:
                weighing = self._weigh_all
        return Weight(*connection.execute(weighing, values).fetchone())

    @cached_property
    def _counting(self) -> str:
        """How many suffixes begin with the pattern, at most so many as are worth looking up, and how many these are."""
        worthwhile = f"(SELECT coalesce(max(id), 0) / {_FASTER_IN_TURN} + 1 FROM number)"
        limited = f"SELECT 1 FROM {self.matching()} AS matching LIMIT min(:affordable, {worthwhile})"
        return f"SELECT count(*), {worthwhile} FROM ({limited}) AS found"

    @cached_property
    def _weigh_all(self) -> str:
        return f"SELECT count(*), coalesce(sum({self.calls}), 0) FROM number WHERE instr(folded, :{self.field}_low) > 0"

    @cached_property
    def _weigh_looked_up(self) -> str:
        return f"SELECT count(*), coalesce(sum(n.{self.calls}), 0) FROM {each_with(self.field)}"


PARTIES: Mapping[str, Party] = {
    party.field: party
    for party in (
        Party("call_from", "from_id", "calls_from", "cdr_from"),
        Party("call_to", "to_id", "calls_to", "cdr_to"),
    )
}

# The ids of the numbers of a group's members.
GROUP_MEMBERS = (
    "(SELECT n.id FROM group_member AS m JOIN number AS n ON n.digits = m.extension"
    " WHERE m.group_id = :extension_group)"
)
_GROUP_CALLS = (
    f"(SELECT id FROM cdr INDEXED BY cdr_from WHERE from_id IN {GROUP_MEMBERS}"
    f" UNION SELECT id FROM cdr INDEXED BY cdr_to WHERE to_id IN {GROUP_MEMBERS})"
)
_GROUP_WEIGHT = f"SELECT count(*), coalesce(sum(calls_from + calls_to), 0) FROM number WHERE id IN {GROUP_MEMBERS}"

ALONG_TIME = "cdr AS c"


def _by_index(field: str) -> str:
    if field == "extension_group":
        return f"{_GROUP_CALLS} AS member CROSS JOIN cdr AS c ON c.id = member.id"
    return f"cdr AS c INDEXED BY {PARTIES[field].index}"


def choose_plan(connection: sqlite3.Connection, query: CdrQuery) -> Choice:
    """The way in that costs least, by the rule at the head of this module."""
    given = [field for field in PARTIES if getattr(query, field) is not None]
    if given and not query.fuzzy:
        leader = given[0] if len(given) == 1 else _rarer(connection, query)
        return Choice(Plan(leader, _by_index(leader)))
    return _weighed(connection, query, given)


def may_leap(query: CdrQuery) -> bool:
    """Whether the page may be worth a leap; then all that is read for it has to be as one commit left it."""
    return query.offset >= _FAR and query.fuzzy and query.limit is not None and query.limit <= _LARGEST


def _rarer(connection: sqlite3.Connection, query: CdrQuery) -> str:
    """Of caller and callee, the one with fewer calls."""
    counts = {}
    for field, party in PARTIES.items():
        statement = f"SELECT {party.calls} FROM number WHERE digits = ?"
        counts[field] = (connection.execute(statement, (getattr(query, field),)).fetchone() or (0,))[0]
    return min(counts, key=lambda field: counts[field])


def _weighed(connection: sqlite3.Connection, query: CdrQuery, given: list[str]) -> Choice:
    along_time = Plan("", ALONG_TIME, query.fuzzy)
    if not given and query.extension_group is None:
        return Choice(along_time, _kept_count(connection, query))
    rows, share = _window(connection, query)
    testing = rows * share * _TEST_COST
    alone = len(given) == 1 and _asks_nothing_else(query)
    weights = _weights(connection, query, given, testing if alone else testing * _WORTH_WEIGHING)
    if not weights:
        return Choice(along_time)
    leader = min(weights, key=lambda field: weights[field].calls)
    by_index = Plan(leader, _by_index(leader), query.fuzzy)
    weight = weights[leader]
    total = weight.calls if alone else None
    if total is not None and query.limit is not None and query.sort_by == "time":
        leap, through_index = _page_in_time(query, query.limit, rows, weight)
        return Choice(by_index if through_index else along_time, total, leap)
    cost = weight.numbers * _SEEK_COST + weight.calls * share
    if query.limit is not None and total is None:
        cost *= 2  # once for the page, which has to be sorted, and once for the count
    return Choice(by_index if cost <= testing else along_time, total)


def _page_in_time(query: CdrQuery, limit: int, rows: int, weight: Weight) -> tuple[Leap | None, bool]:
    """The leap to a page of calls that a pattern alone finds, where one is worth it; and whether to go by the index.

    Each number's calls are in order there: SQLite reads no more of them than come before the page's end."""
    numbers, calls = weight
    seeking, testing = numbers * _SEEK_COST, rows / max(calls, 1) * _TEST_COST

    def costs(reach: int) -> tuple[float, bool]:
        met = max(1, min(reach, calls))
        by_index, along_time = seeking + met * _SORT_COST, met * testing
        return min(by_index, along_time), by_index <= along_time

    straight, through_index = costs(query.offset + limit)
    if not may_leap(query):
        return None, through_index
    begun, through_index_then = costs(limit)
    skipped = min(query.offset, abs(calls - query.offset))
    looks = 1 if is_cheaper_than_a_look(int(skipped * rows / max(calls, 1)), weight) else _LOOKS
    leaping = looks * seeking + skipped * _COUNT_COST
    if straight <= leaping + begun:
        return None, through_index
    return Leap(weight, limit + int(seeking / (_SORT_COST if through_index_then else testing))), through_index_then


def is_cheaper_than_a_look(skipped: int, weight: Weight) -> bool:
    """Whether so many calls are skipped along the time before each of the numbers is looked up in the index."""
    return skipped * _SKIP_COST < weight.numbers * _SEEK_COST


def _weights(connection: sqlite3.Connection, query: CdrQuery, given: list[str], most: float) -> dict[str, Weight]:
    """What each condition that could lead means, where it does not cost more than ``most`` to find that out."""
    weighed = ((field, PARTIES[field].weigh(connection, query, most)) for field in given)
    weights = {field: weight for field, weight in weighed if weight is not None}
    if query.extension_group is not None:
        values = {"extension_group": query.extension_group}
        numbers, calls = connection.execute(_GROUP_WEIGHT, values).fetchone()
        weights["extension_group"] = Weight(2 * numbers, calls)
    return weights


def _asks_nothing_else(query: CdrQuery) -> bool:
    """Whether no condition but those on the parties narrows the search."""
    return query.extension_group is None and all(getattr(query, field) is None for field in FILTERS)


def _kept_count(connection: sqlite3.Connection, query: CdrQuery) -> int | None:
    """How many calls, or recordings, there are, as loading.py keeps count; None where something else is asked for."""
    asked = [field for field in FILTERS if getattr(query, field) is not None]
    if not asked:
        return kept_count(connection, "calls")
    return kept_count(connection, "recordings") if asked == ["recorded"] else None


def _highest(connection: sqlite3.Connection, table: str) -> int:
    """The highest id of a table: about how many rows it has."""
    (highest,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(highest)


def _window(connection: sqlite3.Connection, query: CdrQuery) -> tuple[int, float]:
    """About how many calls there are, and about which share of them lies in the time asked for."""
    rows = _highest(connection, "cdr")
    if not rows or (query.start is None and query.end is None):
        return rows, 1.0
    first, last = first_and_last(connection)
    low = max(first, first if query.start is None else query.start)
    high = min(last, last if query.end is None else query.end)
    return rows, max(0.0, (high - low + 1) / (last - first + 1))


def first_and_last(connection: sqlite3.Connection) -> tuple[int, int]:
    """When the first of all calls began, and the last; there are some."""
    first, last = connection.execute(
        "SELECT (SELECT min(started_at) FROM cdr), (SELECT max(started_at) FROM cdr)"
    ).fetchone()
    return int(first), int(last)
