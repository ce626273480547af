"""Leaps: a page far behind the first one, asked for from an instant shortly before it.

How many calls some numbers had until an instant is counted in their index, which has them in order of time: that takes
a tenth of the time in which as many are sorted. The instant is found as one opens a dictionary.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import NamedTuple

from .kept_counts import kept_count
from .plans import PARTIES, Party, Weight, first_and_last, is_cheaper_than_a_look
from .query import CdrQuery

# So often is an instant looked for at most.
_MOST_LOOKS = 16


class Border(NamedTuple):
    """So many of the calls began before the instant."""

    instant: int
    calls: int


def leap(connection: sqlite3.Connection, query: CdrQuery, weight: Weight, near: int) -> CdrQuery:
    """The same page, asked for from an instant with at most about ``near`` calls between it and the page. A pattern
    for one party is all that is asked for; ``weight`` is what it weighs."""
    party = next(party for field, party in PARTIES.items() if getattr(query, field) is not None)
    seeker = _Seeker(connection, query, party, weight, near)
    first, last = first_and_last(connection)
    low, high = seeker.around(Border(first, 0), Border(last + 1, weight.calls))
    if query.descending:
        return replace(query, end=high.instant - 1, offset=query.offset - (weight.calls - high.calls))
    return replace(query, start=low.instant, offset=query.offset - low.calls)


@dataclass(frozen=True)
class _Seeker:
    """Who looks for the instant; what it has is what ``leap`` is given."""

    connection: sqlite3.Connection
    query: CdrQuery
    party: Party
    weight: Weight
    near: int

    def around(self, low: Border, high: Border) -> tuple[Border, Border]:
        """Borders before and behind the beginning of the page, the one on the side that it is read from near to it.

        Whoever looks aims a little before the page; where that proves to be behind its beginning, four times as far
        before it."""
        back = self.query.descending
        skipped = min(self.query.offset, self.weight.calls)
        goal = self.weight.calls - skipped if back else skipped
        before = self.near // 2 + 1
        for look in range(_MOST_LOOKS):
            gap = high.calls - goal if back else goal - low.calls
            if gap <= self.near or high.instant - low.instant < 2:
                break
            aim = goal + min(before, gap // 2) if back else goal - min(before, gap // 2)
            instant = (not look and self._of_all_calls(aim)) or _evenly(aim, low, high)
            middle = self._look(max(low.instant + 1, min(instant, high.instant - 1)), aim, low, high)
            low, high = (middle, high) if middle.calls <= goal else (low, middle)
            if (middle.calls <= goal) == back:
                before *= 4
        return low, high

    def _of_all_calls(self, aim: int) -> int | None:
        """Until when the same share of all calls has begun; None where that takes longer than a look."""
        rows = kept_count(self.connection, "calls")
        rank = rows * aim // max(self.weight.calls, 1)
        back = rank > rows // 2
        skipped = rows - rank if back else rank
        if not is_cheaper_than_a_look(skipped, self.weight):
            return None
        found = self.connection.execute(
            f"SELECT started_at FROM cdr ORDER BY started_at{' DESC' if back else ''} LIMIT 1 OFFSET ?", (skipped,)
        ).fetchone()
        return found and int(found[0])

    def _look(self, instant: int, aim: int, low: Border, high: Border) -> Border:
        """How many have begun before the instant between the two. What is most likely the smaller part is counted."""
        below = aim - low.calls <= high.calls - aim
        since, until = (low.instant, instant) if below else (instant, high.instant)
        party = self.party
        counting = (
            f"SELECT count(*) FROM cdr AS c INDEXED BY {party.index} WHERE c.{party.column} IN {party.matching()}"
            " AND c.started_at >= :since AND c.started_at < :until"
        )
        values = party.values(self.query) | {"since": since, "until": until}
        (calls,) = self.connection.execute(counting, values).fetchone()
        return Border(instant, low.calls + calls if below else high.calls - calls)


def _evenly(aim: int, low: Border, high: Border) -> int:
    """Until when so many have begun, if they are spread evenly between the borders."""
    return low.instant + (high.instant - low.instant) * (aim - low.calls) // (high.calls - low.calls)
