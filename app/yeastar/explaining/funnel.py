"""The funnel: how many rows each condition of a search leaves, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...journal.explanation import Step
from ...pbx.display_format import Misread
from ...settings import Settings
from ...store.query import CdrQuery
from ..understanding import iso, values_of
from .asked import CONDITIONS, Asked, on_page
from .patience import Patience

# Parameter -> the field of CdrQuery that it sets, where they differ.
_FIELDS = {
    "start_time": "start",
    "end_time": "end",
    "status": "disposition",
    "did": "dids",
    "disposition_code_list": "disposition_codes",
    "from": "generation",
}

# Seconds for counting.
_SECONDS = 0.4

_Words = Callable[[Settings, CdrQuery, Any], str]


def _number(side: str) -> _Words:
    return lambda settings, query, value: f"{side} {'a number with' if query.fuzzy else 'exactly'} {value!r}"


def _dids(settings: Settings, query: CdrQuery, pairs: Any) -> str:
    named = [f"{did} by {trunk or 'any trunk'}" for did, trunk in pairs]
    return f"over the DID {', or '.join(named)}" if named else "over no DID that can be read"


def _codes(settings: Settings, query: CdrQuery, codes: Any) -> str:
    return f"with the disposition code {' or '.join(map(str, codes)) or 'that cannot be read'}"


# Parameter -> what it asks of calls.
_WORDS: Mapping[str, _Words] = {
    "start_time": lambda settings, query, instant: f"that began at {iso(settings, instant)} or later",
    "end_time": lambda settings, query, instant: f"that began at {iso(settings, instant)} or earlier",
    "call_from": _number("from"),
    "call_to": _number("to"),
    "extension_group": lambda settings, query, group: f"whose caller or callee is in extension group {group}",
    "status": lambda settings, query, status: f"that came to {status}",
    "did": _dids,
    "call_note_remark": lambda settings, query, text: f"whose remark has {text!r} in it",
    "disposition_code_list": _codes,
    "pin_code": lambda settings, query, code: f"with the PIN code {code!r}",
    "from": lambda settings, query, which: f"of the {which} generation of rows",
}


def funnel_of(asked: Asked, answered: int | None) -> list[Step]:
    """The steps from all calls to the rows sent. Raises YeastarError for a search that is refused.

    What would take too long to be counted is one step, with what was ``answered``: the total of then, if there was one.
    """
    query = asked.query()
    steps = [Step("calls stored", asked.count(CdrQuery()))]
    conditions = list(_conditions(asked, query))
    seconds = _SECONDS if answered is not None else _SECONDS * 10
    with Patience(asked.connection, seconds, seconds) as patience:
        for place, (words, narrowed) in enumerate(conditions):
            left = patience.spent(partial(asked.count, narrowed), None) if steps[-1].left else 0
            if left is None:
                words = f"{' and '.join(words for words, _ in conditions[place:])} (not counted again)"
                steps.append(Step(words, answered or 0))
                break
            steps.append(Step(words, left))
    return steps + list(_page(query, steps[-1].left))


def _conditions(asked: Asked, query: CdrQuery) -> Iterator[tuple[str, CdrQuery]]:
    """Each condition in words, and the query with it and all before it."""
    narrowed = CdrQuery(fuzzy=query.fuzzy)
    values = dict(values_of(asked.schema, asked.given))
    for name in CONDITIONS:
        if name in values:
            narrowed, words = _narrowed(asked.settings, narrowed, query, name, values[name])
            yield f'{name} "{asked.given[name]}": {words}', narrowed


def _narrowed(settings: Settings, narrowed: CdrQuery, query: CdrQuery, name: str, value: Any) -> tuple[CdrQuery, str]:
    """The query with one more condition, and what that asks."""
    if isinstance(value, Misread):
        return replace(narrowed, impossible=True), "which is no time, so nothing matches"
    field = _FIELDS.get(name, name)
    return replace(narrowed, **{field: value}), _WORDS[name](settings, query, value)


def _page(query: CdrQuery, total: int) -> Iterator[Step]:
    if query.limit is not None:
        page = query.offset // query.limit + 1
        yield Step(f"page {page:,} of {query.limit:,} rows", on_page(query, total))
