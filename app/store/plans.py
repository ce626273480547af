"""By which way a search enters the table of calls: through a number's index, a group's, or along the time.

An exact number always leads: its index holds its calls in order of time. For numbers that match in part, and for
groups, the counts kept with each number tell beforehand how many calls they have, and the cheaper way is taken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .kept_counts import kept_count
from .numbers import suffix_range
from .query import FILTERS, CdrQuery

# What things cost, in steps from one entry of an index to the next (measured: about 0.2 microseconds): looking at one
# call on the way along the time, and finding a number's first call.
_TEST_COST = 3
_SEEK_COST = 12

# A pattern this short has so many suffixes that all numbers are read instead, two in a step.
_SHORT_PATTERN = 2


@dataclass(frozen=True)
class Plan:
    """``leader``: the field whose index is entered ("" goes along the time); ``table``: how FROM names it."""

    leader: str
    table: str
    fuzzy: bool = False


@dataclass(frozen=True)
class Party:
    """The caller or the callee of a call, as a condition on its number: equal, or containing the pattern."""

    field: str
    column: str
    calls: str
    index: str

    def matching(self) -> str:
        """The ids of the numbers that contain the pattern, by the suffix index."""
        return (
            f"(SELECT number_id FROM number_suffix WHERE suffix >= :{self.field}_low AND suffix < :{self.field}_high)"
        )

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

    def is_short(self, query: CdrQuery) -> bool:
        """Whether weighing the pattern means reading every number."""
        return len(getattr(query, self.field)) <= _SHORT_PATTERN

    def weigh(self, connection: sqlite3.Connection, query: CdrQuery) -> tuple[int, int]:
        """How many numbers contain the pattern, and how many calls they have."""
        values = self.values(query)
        which = f"instr(folded, :{self.field}_low) > 0" if self.is_short(query) else f"id IN {self.matching()}"
        statement = f"SELECT count(*), coalesce(sum({self.calls}), 0) FROM number WHERE {which}"
        numbers, calls = connection.execute(statement, values).fetchone()
        return numbers, calls


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


def choose_plan(connection: sqlite3.Connection, query: CdrQuery) -> tuple[Plan, int | None]:
    """The way in that costs least, by the rule at the head of this module; and all matches, where known beforehand."""
    given = [field for field in PARTIES if getattr(query, field) is not None]
    if given and not query.fuzzy:
        leader = given[0] if len(given) == 1 else _rarer(connection, query)
        return Plan(leader, _by_index(leader)), None
    return _weighed(connection, query, given)


def _rarer(connection: sqlite3.Connection, query: CdrQuery) -> str:
    """Of caller and callee, the one with fewer calls."""
    counts = {}
    for field, party in PARTIES.items():
        statement = f"SELECT {party.calls} FROM number WHERE digits = ?"
        counts[field] = (connection.execute(statement, (getattr(query, field),)).fetchone() or (0,))[0]
    return min(counts, key=lambda field: counts[field])


def _weighed(connection: sqlite3.Connection, query: CdrQuery, given: list[str]) -> tuple[Plan, int | None]:
    along_time = Plan("", ALONG_TIME, query.fuzzy)
    if not given and query.extension_group is None:
        return along_time, _kept_count(connection, query)
    rows, share = _window(connection, query)
    steps = rows * share
    if (
        any(PARTIES[field].is_short(query) for field in given)
        and steps * _TEST_COST < _highest(connection, "number") / 2
    ):
        return along_time, None
    weights = _weights(connection, query, given)
    leader = min(weights, key=lambda field: weights[field][1])
    numbers, calls = weights[leader]
    total = calls if len(given) == len(weights) == 1 and _asks_nothing_else(query) else None
    if total and query.limit is not None and query.sort_by == "time":
        steps = min(steps, (query.offset + query.limit) * rows / total)
    by_index = numbers * _SEEK_COST + calls * share
    if query.limit is not None and total is None:
        by_index *= 2  # once for the page, which has to be sorted, and once for the count
    if by_index <= steps * _TEST_COST:
        return Plan(leader, _by_index(leader), query.fuzzy), total
    return along_time, total


def _weights(connection: sqlite3.Connection, query: CdrQuery, given: list[str]) -> dict[str, tuple[int, int]]:
    """For each condition that could lead: how many numbers it means, and how many calls these have."""
    weights = {field: PARTIES[field].weigh(connection, query) for field in given}
    if query.extension_group is not None:
        values = {"extension_group": query.extension_group}
        numbers, calls = connection.execute(_GROUP_WEIGHT, values).fetchone()
        weights["extension_group"] = (2 * numbers, calls)
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
    first, last = connection.execute(
        "SELECT (SELECT min(started_at) FROM cdr), (SELECT max(started_at) FROM cdr)"
    ).fetchone()
    low = max(first, first if query.start is None else query.start)
    high = min(last, last if query.end is None else query.end)
    return rows, max(0.0, (high - low + 1) / (last - first + 1))
