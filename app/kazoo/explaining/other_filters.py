"""Other filters: those that were meant, by the fields and values that documents really have."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from ...store.counting import for_seconds
from ..erlang import to_text
from ..filters import MISSING, Condition, Document, Filters, UnusablePathError, value_at
from ..schemas.cdr import stored
from .asked import LATEST, Asked, Pairs

# So many documents are looked at, and for so many seconds at most.
_SAMPLES, _SECONDS = 2_000, 0.2

# So many other fields, and other values, are tried for a filter.
_MOST_FIELDS, _MOST_VALUES = 4, 2

_NOISE = re.compile(r"[\W_]+")


def other_filters(asked: Asked) -> Iterator[tuple[str, Pairs]]:
    """What to change of one filter, in words, and all parameters then."""
    for place, (name, value, condition) in enumerate(asked.conditions):
        if condition.wanted is None and name not in _PATHS:
            continue
        others = [other for at, (_, _, other) in enumerate(asked.conditions) if at != place]
        documents = _documents(asked, others)
        fields = [(name, value, condition)]
        if not _is_known(condition, documents):
            fields = [*_other_fields(name, value, condition, documents)]
        for other_name, other_value, other in fields:
            for text in _values(other_name, other_value, other, documents):
                if (other_name, text) != (name, value):
                    pair = (other_name, text)
                    pairs = tuple(pair if known == (name, value) else known for known in asked.pairs)
                    yield f"Instead of {name}={value} send {other_name}={text}", pairs


# Parameters whose value is the path.
_PATHS = ("has_key", "key_missing", "has_value", "value_missing")


def _documents(asked: Asked, conditions: Iterable[Condition]) -> list[Document]:
    """Documents of the list without one of its filters; where there are none, of any time."""
    listing = replace(asked.bare, filters=Filters(tuple(conditions)))
    for start, end in ((listing.start, listing.end), (0, LATEST)):
        found: list[Document] = []
        try:
            with for_seconds(asked.call.world.database.connection(), _SECONDS):
                placed = asked.placed(replace(listing, start=start, end=end))
                found.extend(stored(leg, asked.call.profile) for _, leg in islice(placed, _SAMPLES))
        except TimeoutError:
            pass
        if found:
            return found
    return []


def _at(document: Document, path: tuple[str, ...]) -> Any:
    try:
        return value_at(document, path)
    except UnusablePathError:
        return MISSING


def _is_known(condition: Condition, documents: list[Document]) -> bool:
    return any(_at(document, condition.path) is not MISSING for document in documents)


def _other_fields(
    name: str, value: str, condition: Condition, documents: list[Document]
) -> Iterator[tuple[str, str, Condition]]:
    """The same filter of the fields that are nearest to the one that no document has."""
    wanted = ".".join(condition.path)
    paths = sorted({path for document in documents[:50] for path in _paths(document)})
    for path in islice(_nearest_paths(wanted, paths), _MOST_FIELDS):
        other = condition._replace(path=tuple(path.split(".")))
        if name in _PATHS:
            yield name, path, other
        elif name.endswith(wanted):
            # The older lines take what stands before the field for a part of it.
            beginning = name.removesuffix(wanted)
            yield beginning + path, value, other


def _paths(document: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in document.items():
        yield before + name
        if isinstance(value, dict):
            yield from _paths(value, f"{before}{name}.")


def _nearest_paths(wanted: str, paths: list[str]) -> Iterator[str]:
    """Paths with the same last part, then those that hold the word, then those that are written alike."""
    told = set()
    last, plain = wanted.rpartition(".")[2].lower(), _plain(wanted)
    ranked = (
        [path for path in paths if path.rpartition(".")[2].lower() == last],
        [path for path in paths if _plain(path) == plain],
        [path for path in paths if path.lower().endswith(f"_{last}") or path.lower().startswith(f"{last}_")],
        difflib.get_close_matches(wanted, paths, _MOST_FIELDS, 0.6),
    )
    for path in (path for group in ranked for path in group):
        if path not in told:
            told.add(path)
            yield path


def _values(name: str, value: str, condition: Condition, documents: list[Document]) -> Iterator[str]:
    """The value as it is, and those like it that documents have, written as the filter takes them."""
    yield value
    if name in _PATHS or not isinstance(condition.wanted, frozenset):
        return
    found = {_at(document, condition.path) for document in documents if _is_plain(_at(document, condition.path))}
    there = sorted({to_text(value) for value in found})
    listed = "_any_" in name or "_none_" in name
    if listed and value in there:
        yield json.dumps([value], ensure_ascii=False)
    for wanted in sorted(condition.wanted) or [value]:
        for text in islice(_alike(wanted, there), _MOST_VALUES):
            yield json.dumps([text], ensure_ascii=False) if listed else text


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and value is not MISSING


def _alike(wanted: str, there: list[str]) -> Iterator[str]:
    """Values that are the same but for case, blanks and signs; then those that are written much alike."""
    plain = _plain(wanted)
    same = [text for text in there if plain and _plain(text) == plain]
    yield from same
    if not same:
        yield from difflib.get_close_matches(wanted, there, _MOST_VALUES, 0.8)


def _plain(text: str) -> str:
    return _NOISE.sub("", text.lower())
