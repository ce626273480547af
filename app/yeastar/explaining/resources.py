"""Why a search of resources found what it found: the columns that have the text, and what would find some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...journal.entries import Entry
from ...journal.explanation import Explanation, Step, Suggestion
from ...settings import Settings
from ...store.shelves import Holdings
from ..deeds import columns_with
from ..families import Takes
from ..resource import Resource
from ..understanding import given_in, takes_of
from .changes import Change, send

if TYPE_CHECKING:
    from ...store.worlds import World

_MOST = 5


def searched(route: str) -> Resource | None:
    """The resource that the interface of that route searches; None for any other interface."""
    takes = takes_of(route)
    return takes.resource if isinstance(takes, Takes) and takes.deed == "search" else None


def explained(explanation: Explanation, world: World, resource: Resource) -> Explanation:
    """The explanation, with what the things there are now tell of it."""
    entry = explanation.entry
    holdings = Holdings(world.database.connection(), Settings(**entry.settings))
    text = str(given_in(entry).get("search_value", ""))
    stored, columns = _columns(resource, holdings, text)
    steps = [Step(f"rows of {resource.path}/list", stored)]
    if text:
        steps.append(Step(f'search_value "{text}": in a column of text', columns.total))
    notes = [*explanation.notes, *(f"In {name}: {count:,}." for name, count in columns.by_name.items())]
    explanation = replace(explanation, funnel=steps, notes=notes)
    if columns.total or not stored:
        return explanation
    return replace(explanation, suggestions=list(_suggestions(resource, holdings, entry, text)))


class _Columns:
    """How many rows have the text, and how often each column has it."""

    def __init__(self) -> None:
        self.total = 0
        self.by_name: Counter[str] = Counter()


def _columns(resource: Resource, holdings: Holdings, text: str) -> tuple[int, _Columns]:
    found, items = _Columns(), holdings.items(resource.kind)
    for item in items if text else ():
        names = list(columns_with(resource, item, holdings, text))
        found.total += bool(names)
        found.by_name.update(names)
    if not text:
        found.total = len(items)
    return len(items), found


def _suggestions(resource: Resource, holdings: Holdings, entry: Entry, text: str) -> Iterator[Suggestion]:
    """The first few changes that find some."""
    given = {name: str(value) for name, value in given_in(entry).items() if name != "page"}
    found = 0
    for change in _changes(given, text):
        _, columns = _columns(resource, holdings, change.given.get("search_value", ""))
        if columns.total and found < _MOST:
            found += 1
            yield Suggestion(change.words, change.given, columns.total)


def _changes(given: dict[str, str], text: str) -> Iterator[Change]:
    """The text without blanks around it, each word of it, then none of it."""
    for part in dict.fromkeys((text.strip(), *text.split())):
        if part and part != text:
            yield Change(send(search_value=part), given | {"search_value": part})
    yield Change(send(search_value=None), {name: value for name, value in given.items() if name != "search_value"})
