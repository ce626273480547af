"""Suggesting: which changes of a request find something. Each one was tried out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from math import inf

from ...journal.explanation import Suggestion
from ..errors import CrossbarError
from .asked import Asked
from .changes import ALL, Change, other_times
from .funnel import count_listed

MOST = 5

# Seconds after which no other change is tried.
_LONGEST = 0.8

# The key of a change that was tried already: where, and with what.
_Tried = set[tuple[str, object]]


def suggestions_for(asked: Asked) -> list[Suggestion]:
    """At most five changes that find something, the smallest first: two at a time only where no single one does."""
    until = time.perf_counter() + _LONGEST
    tried: _Tried = {_key(asked)}
    single = list(_all_changes(asked, until))
    found = list(islice(_working(single, asked, tried, until), MOST))
    if found:
        return found
    double = (_both(first, second) for first in single for second in _second_changes(first, until))
    found = list(islice(_working(double, asked, tried, until), MOST))
    return found or list(islice(_working(_last_resort(asked), asked, set(), inf), 1))


def _last_resort(asked: Asked) -> Iterator[Change]:
    """What is counted at once, where there was no time for the rest."""
    bare = Change("Leave out all parameters", asked.with_pairs(()))
    yield bare
    yield from (_both(bare, change) for change in other_times(bare.asked))


def own_account(asked: Asked) -> list[Suggestion]:
    """The same of the PBX's own account, where another's was asked for."""
    change = Change(f"Ask for the account of this PBX: ask {asked.path}", asked)
    return [replace(suggestion, parameters=None) for suggestion in _working([change], asked, set(), inf)]


def _all_changes(asked: Asked, until: float) -> Iterator[Change]:
    for changes in ALL:
        if time.perf_counter() < until:
            yield from changes(asked)


def _second_changes(first: Change, until: float) -> Iterator[Change]:
    """What else to change: the time, which is wrong most often."""
    if time.perf_counter() < until:
        yield from other_times(first.asked)


def _both(first: Change, second: Change) -> Change:
    return Change(f"{first.words}. {second.words}", second.asked)


def _working(changes: Iterable[Change], asked: Asked, tried: _Tried, until: float) -> Iterator[Suggestion]:
    for change in changes:
        if time.perf_counter() > until:
            return
        key = _key(change.asked)
        if key in tried:
            continue
        tried.add(key)
        try:
            count = count_listed(change.asked)
        except CrossbarError:
            continue
        if count.rows:
            words = change.words if count.whole else f"{change.words} (at least; counted no further)"
            same = change.asked.pairs == asked.pairs  # only the path is another
            yield Suggestion(words, None if same else change.asked.parameters, count.rows)


def _key(asked: Asked) -> tuple[str, object]:
    return asked.path, frozenset(asked.pairs)
