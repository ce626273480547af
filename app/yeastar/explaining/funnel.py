"""The funnel: how many rows each condition of a search leaves, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...journal.explanation import Step
from ...pbx.display_format import Misread
from ...settings import Settings
from ..understanding import iso, values_of
from .asked import Asked, on_page
from .patience import Patience
from .searches import Query

# Seconds for counting.
_SECONDS = 0.4

_Words = Callable[[Settings, Query, Any], str]


def _number(side: str) -> _Words:
    def words(settings: Settings, query: Query, value: Any) -> str:
        how = f"{side} {'a number with' if query.fuzzy else 'exactly'} {value!r}"
        for when in ("before", "since"):
            instant = getattr(query, f"exact_{when}", None)
            how += f", and exactly that {when} {iso(settings, instant)}" if instant is not None else ""
        return how

    return words


def _dids(settings: Settings, query: Query, pairs: Any) -> str:
    named = [f"{did} by {trunk or 'any trunk'}" for did, trunk in pairs]
    return f"over the DID {', or '.join(named)}" if named else "over no DID that can be read"


def _generation(settings: Settings, query: Query, which: Any) -> str:
    if query.generation is not None:
        return f"of the {which} generation of rows"
    when = "at" if which == "new" else "before"
    return f"that began {when} {iso(settings, settings.upgraded_at)}{' or later' * (which == 'new')}"


def _since(settings: Settings, query: Query, instant: Any) -> str:
    return f"that began at {iso(settings, instant)} or later"


def _until(settings: Settings, query: Query, instant: Any) -> str:
    return f"that began at {iso(settings, instant)} or earlier"


def _with(words: str) -> _Words:
    return lambda settings, query, value: f"{words} {value!r}"


def _any_of(words: str) -> _Words:
    return lambda settings, query, ids: f"{words} {' or '.join(map(str, ids)) or 'that cannot be read'}"


def _compared(what: str) -> _Words:
    return lambda settings, query, pair: f"with {what} {pair[0]} {pair[1]}"


# Parameter -> what it asks of calls, or of recordings.
_WORDS: Mapping[str, _Words] = {
    "start_time": _since,
    "time_begin": _since,
    "end_time": _until,
    "time_end": _until,
    "call_from": _number("from"),
    "caller": _number("from"),
    "call_to": _number("to"),
    "callee": _number("to"),
    "extension_group": lambda settings, query, group: f"whose caller or callee is in extension group {group}",
    "ext_group": _any_of("with a leg from or to somebody in extension group"),
    "queue_list": _any_of("with a leg to queue"),
    "ids": _any_of("with the id"),
    "status": lambda settings, query, status: f"that came to {status}",
    "last_status": lambda settings, query, status: f"that came to {status} at last",
    "did": _dids,
    "call_note_remark": lambda settings, query, text: f"whose remark has {text!r} in it",
    "disposition_code_list": _any_of("with the disposition code"),
    "pin_code": _with("with the PIN code"),
    "account_code": _with("with a leg whose PIN code is"),
    "routing_duration": _compared("seconds until somebody answered"),
    "segments": _compared("legs"),
    "disconnected_by": _with("ended by"),
    "from": _generation,
}


def funnel_of(asked: Asked, answered: int | None) -> list[Step]:
    """The steps from all calls to the rows sent. Raises YeastarError for a search that is refused.

    What would take too long to be counted is one step, with what was ``answered``: the total of then, if there was one.
    """
    query = asked.query()
    steps = [Step(f"{asked.kind.stored} stored", asked.count(asked.everything()))]
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


def _conditions(asked: Asked, query: Query) -> Iterator[tuple[str, Query]]:
    """Each condition in words, and the query with it and all before it."""
    narrowed = replace(asked.everything(), fuzzy=query.fuzzy)
    values = dict(values_of(asked.schema, asked.given))
    for name, sets in asked.kind.conditions.items():
        if name in values:
            narrowed = _narrowed(narrowed, query, sets, values[name])
            yield f'{name} "{asked.given[name]}": {_words(asked.settings, query, name, values[name])}', narrowed


def _narrowed(narrowed: Query, query: Query, sets: tuple[str, ...], value: Any) -> Query:
    """The query with one more condition: what that sets, or its value where another one has made it all impossible."""
    if isinstance(value, Misread):
        return replace(narrowed, impossible=True)
    fields = {field: getattr(query, field) for field in sets if hasattr(query, field)}
    return replace(narrowed, **fields if any(one is not None for one in fields.values()) else {sets[0]: value})


def _words(settings: Settings, query: Query, name: str, value: Any) -> str:
    if isinstance(value, Misread):
        return "which is no time, so nothing matches"
    return _WORDS[name](settings, query, value)


def _page(query: Query, total: int) -> Iterator[Step]:
    if query.limit is not None:
        page = query.offset // query.limit + 1
        yield Step(f"page {page:,} of {query.limit:,} rows", on_page(query, total))
