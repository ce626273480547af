"""Filters: which documents a query keeps, as the vendor's code decides it (master, and the newest line's additions).

Whoever searches asks first what can be decided in SQL, ``narrowing``, and then of each document, ``keeps``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from ..store.calls import Narrowing
from .accounts import Account
from .erlang import NoIntegerError, is_empty, to_integer, to_text
from .narrowing import narrow
from .profiles import Profile

Document = dict[str, Any]
Path = tuple[str, ...]


class _Missing:
    """Stands for a value that is not there."""


MISSING = _Missing()


class UnusablePathError(LookupError):
    """A path leads on through a value that has nothing in it."""


def value_at(document: Mapping[str, Any], path: Iterable[str]) -> Any:
    """What the keys lead to, MISSING if to nothing; a list's parts are counted from 1. Raises UnusablePathError."""
    found: Any = document
    for key in path:
        if isinstance(found, list):
            found = _part(found, key)
        elif isinstance(found, dict):
            found = found.get(key, MISSING)
        elif found is not MISSING:
            raise UnusablePathError(key)
    return found


def _part(items: list[Any], key: str) -> Any:
    try:
        place = to_integer(key)
    except NoIntegerError:
        return MISSING
    return items[place - 1] if 0 < place <= len(items) else MISSING


class Condition(NamedTuple):
    """``test`` of the value that ``path`` leads to, given ``wanted``: what that is, the test knows."""

    test: Callable[[Any, Any], bool]
    path: Path
    wanted: Any


def _text(value: Any) -> str:
    return "" if value is MISSING else to_text(value)


def _is_one_of(value: Any, wanted: frozenset[str]) -> bool:
    return _text(value) in wanted


def _is_none_of(value: Any, wanted: frozenset[str]) -> bool:
    return _text(value) not in wanted


def _is_there(value: Any, _: Any) -> bool:
    return value is not MISSING


def _is_missing(value: Any, _: Any) -> bool:
    return value is MISSING


def _has_value(value: Any, _: Any) -> bool:
    return value is not MISSING and not is_empty(value)


def _lacks_value(value: Any, _: Any) -> bool:
    return value is MISSING or is_empty(value)


def _is_from(value: Any, bound: int | None) -> bool:
    return bound is not None and bound <= value


def _is_until(value: Any, bound: int | None) -> bool:
    return bound is not None and value <= bound


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _holds_all(value: Any, wanted: list[Any] | None) -> bool:
    return wanted is not None and all(item in _items(value) for item in wanted)


def _holds_any(value: Any, wanted: list[Any] | None) -> bool:
    return wanted is not None and any(item in _items(value) for item in wanted)


def _lacks_some(value: Any, wanted: list[Any] | None) -> bool:
    """The vendor's "none" keeps whatever lacks at least one."""
    return not _holds_all(value, wanted)


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _one_or_list(text: str) -> frozenset[str]:
    """The text itself, and the strings of a JSON list."""
    return _strings(text) | {text}


def _one_or_json(text: str) -> frozenset[str]:
    """The newest line takes a JSON string, too."""
    parsed = _parsed(text)
    return _one_or_list(text) | ({parsed} if isinstance(parsed, str) else set())


def _strings(text: str) -> frozenset[str]:
    """The strings of a JSON list; none in anything else."""
    return frozenset(item for item in _items(_parsed(text)) if isinstance(item, str))


def _list(text: str) -> list[Any] | None:
    parsed = _parsed(text)
    return parsed if isinstance(parsed, list) else None


def _bound(text: str) -> int | None:
    try:
        return to_integer(text)
    except NoIntegerError:
        return None


Reader = Callable[[str], Any]
Test = Callable[[Any, Any], bool]

# Beginning of a parameter's name, behind which a path stands -> the test, and how its value is read. First fits first.
_PREFIXES: Sequence[tuple[str, Test, Reader]] = (
    ("filter_not_", _is_none_of, _one_or_list),
    ("filter_", _is_one_of, _one_or_list),
)
_NEWEST_PREFIXES: Sequence[tuple[str, Test, Reader]] = (
    ("filter_any_", _is_one_of, _strings),
    ("filter_array_intersect_all_", _holds_all, _list),
    ("filter_array_intersect_any_", _holds_any, _list),
    ("filter_array_intersect_none_", _lacks_some, _list),
    ("filter_none_", _is_none_of, _strings),
    ("filter_not_", _is_none_of, _one_or_json),
    ("filter_", _is_one_of, _one_or_json),
)

# Parameters whose value is the path.
_PATHS: Mapping[str, Test] = {
    "has_key": _is_there,
    "key_missing": _is_missing,
    "has_value": _has_value,
    "value_missing": _lacks_value,
}

_CREATED, _MODIFIED = ("pvt_created",), ("pvt_modified",)
_TIMES: Mapping[str, tuple[Test, Path]] = {
    "created_from": (_is_from, _CREATED),
    "created_to": (_is_until, _CREATED),
    "modified_from": (_is_from, _MODIFIED),
    "modified_to": (_is_until, _MODIFIED),
}


def _path(text: str) -> Path:
    return tuple(text.split("."))


def _condition(name: str, value: str, profile: Profile) -> Condition | None:
    """What the parameter asks, None if it is no filter."""
    if name in _PATHS:
        return Condition(_PATHS[name], _path(value), None)
    if name in _TIMES:
        test, path = _TIMES[name]
        return Condition(test, path, _bound(value))
    if name.endswith("call_id") and value[6:7] == "-":
        value = value[7:]
    for prefix, test, read in _NEWEST_PREFIXES if profile.rich_queries else _PREFIXES:
        if name.startswith(prefix):
            return Condition(test, _path(name.removeprefix(prefix)), read(value))
    return None


@dataclass(frozen=True)
class Filters:
    """All must hold. One that fails, because its path or its number cannot be used, keeps nothing."""

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def read(cls, pairs: Sequence[tuple[str, str]], profile: Profile) -> Filters:
        """The filters among a query's parameters; a repeated one counts each time."""
        found = (_condition(name, value, profile) for name, value in pairs)
        return cls(tuple(condition for condition in found if condition))

    @property
    def empty(self) -> bool:
        return not self.conditions

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields of a document that are looked at."""
        return frozenset(condition.path[0] for condition in self.conditions)

    def without_created(self) -> Filters:
        """The same but for created_from and created_to."""
        times = [(test, path) for test, path in _TIMES.values() if path == _CREATED]
        return Filters(tuple(condition for condition in self.conditions if condition[:2] not in times))

    def keeps(self, document: Document) -> bool:
        """Whether the document as it is stored passes."""
        try:
            return all(test(value_at(document, path), wanted) for test, path, wanted in self.conditions)
        except UnusablePathError:
            return False

    def narrowing(self, account: Account) -> Narrowing:
        """What some row of a call must have for one of its legs to pass."""
        asked = ((".".join(path), wanted) for test, path, wanted in self.conditions if test is _is_one_of)
        return narrow(asked, account)
