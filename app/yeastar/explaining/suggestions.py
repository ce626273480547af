"""Suggestions: the smallest changes by which a search that found nothing finds some, each tried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from ...journal.explanation import Suggestion
from ...journal.keeping import MASKED, is_cut
from . import mended, numbers, others, times
from .asked import Asked
from .changes import Change
from .patience import Patience

_MOST = 5

# Of one kind of change so many at most, so that others have their turn.
_MOST_OF_A_KIND = 2

# Seconds after which no more is tried, and those that one search may take.
_SECONDS, _SECONDS_EACH = 0.4, 0.15

_Kind = Callable[[Asked], Iterator[Change]]

# Kinds of changes, the smallest first. Those of a later row are tried only where the earlier ones found nothing.
_ROUNDS: tuple[tuple[_Kind, ...], ...] = (
    (
        others.pages,
        times.rewritten,
        times.exchanged,
        numbers.rewritten,
        numbers.in_part,
        numbers.other_way,
        others.groups,
        others.dids,
        times.nearest,
        others.without_one,
    ),
    (others.without_two,),
    (others.without_any,),
)


class _Base(NamedTuple):
    """A search to be changed, and what has been done to it already."""

    asked: Asked
    before: str = ""


class _Finder:
    """Tries changes, and keeps those that help."""

    def __init__(self, patience: Patience) -> None:
        self.found: list[Suggestion] = []
        self._patience = patience
        self._tried: list[Mapping[str, str]] = []

    def take(self, base: _Base, kind: _Kind) -> None:
        """Try the changes of a kind."""
        changes, helped = kind(base.asked), 0
        while helped < _MOST_OF_A_KIND and len(self.found) < _MOST and not self._patience.is_over:
            change = self._patience.spent(lambda: next(changes, None), None)
            if change is None:
                return
            helped += self._try(base, change)

    def last_resort(self, base: _Base) -> None:
        """What is found with no condition at all takes no time to be counted."""
        *_, change = others.without_any(base.asked)
        self._try(base, change)

    def _try(self, base: _Base, change: Change) -> bool:
        if change.given in self._tried or not all(map(_is_whole, change.given.values())):
            return False
        self._tried.append(change.given)
        suggestion = self._patience.spent(lambda: _suggestion(base, change), None)
        if suggestion is not None:
            self.found.append(suggestion)
        return suggestion is not None


def _is_whole(text: str) -> bool:
    """Whether the journal has it as it was sent."""
    return MASKED not in text and not is_cut(text)


def _suggestion(base: _Base, change: Change) -> Suggestion | None:
    """The change, if it finds something; where only its page finds nothing, with the first."""
    words, given = f"{base.before}{change.words}", change.given
    found = base.asked.found(given)
    if found and found.total and not found.rows:
        words, given = f"{words}; and send page=1", {**given, "page": "1"}
        found = base.asked.found(given)
    return Suggestion(words, given, found.total) if found and found.rows else None


def suggestions_for(asked: Asked) -> tuple[list[Suggestion], bool]:
    """At most five, the smallest change first; and whether all that could be tried was."""
    with Patience(asked.connection, _SECONDS, _SECONDS_EACH) as patience:
        finder = _Finder(patience)
        bases = list(_bases(asked))
        if bases[0].asked is not asked:
            finder.take(_Base(asked), mended.rewritten)
        for kinds in _ROUNDS:
            for base in bases:
                if not finder.found:
                    for kind in kinds:
                        finder.take(base, kind)
    if not finder.found and asked.conditions():
        with Patience(asked.connection, _SECONDS_EACH, _SECONDS_EACH) as patience:
            finder = _Finder(patience)
            finder.last_resort(bases[0])
            patience.lost = True
    return finder.found, not patience.lost


def _bases(asked: Asked) -> Iterator[_Base]:
    """The search, with nothing in it that is refused; and the same with times that can be read."""
    before = ""
    if mended.refused(asked):
        first = next(mended.rewritten(asked))
        asked, before = replace(asked, given=first.given), f"{first.words}, and "
    yield _Base(asked, before)
    readable = times.readable(asked)
    if readable:
        yield _Base(replace(asked, given=readable.given), f"{before}{readable.words}, and ")
