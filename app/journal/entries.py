"""Entry: one request and its answer, as the journal keeps it; Filters: what can be asked of entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import orjson


@dataclass
class Entry:
    """``id`` is the number in the journal, 0 as long as it is not there; ``at`` the PBX's time in Unix seconds.

    ``client`` is the client id or the account, ``owner`` the user in the account; both are empty where nobody is known.
    ``route`` names the interface (``cdr/search``, ``cdrs/interaction``), None where there is none. ``query`` holds the
    URL's parameters as pairs, ``body`` the JSON of the body, both without secrets; ``cut`` says that some of it was too
    long to be kept. ``settings`` are those of the PBX's by which parameters are read. ``errcode`` is None in dialects
    that have none; ``errmsg`` is what the error is called. ``rows`` were sent out of ``total``, where there is a list;
    ``size`` bytes, where that is known before they are sent. ``duration`` is in microseconds, of real time.
    """

    dialect: str
    world: str
    method: str
    path: str
    address: str
    request_id: str
    id: int = 0
    at: float = 0.0
    route: str | None = None
    client: str = ""
    owner: str = ""
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None
    cut: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    errcode: int | None = None
    errmsg: str = ""
    rows: int | None = None
    total: int | None = None
    size: int | None = None
    duration: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """How a parameter was read: as ``value``, for the reason in ``why``. ``given`` is None where it was not sent."""

    parameter: str
    given: str | None
    value: Any
    why: str = ""


def from_json(number: int, content: bytes) -> Entry | None:
    """The entry of that number; None for what is none, such as one of another version of this program."""
    try:
        entry = Entry(**orjson.loads(content))
    except (orjson.JSONDecodeError, TypeError):
        return None
    entry.id = number
    return entry


class Filters(TypedDict, total=False):
    """What entries are asked for; each one given must hold. ``client`` is a client id, an account or its user;
    ``since`` and ``until`` are the PBX's time in Unix seconds, both included."""

    world: str
    dialect: str
    client: str
    method: str
    route: str
    status: int
    errcode: int
    request_id: str
    since: float
    until: float


# Filters that ask for something else than that an entry's field of this name has the value.
_TESTS: Mapping[str, Callable[[Entry, Any], bool]] = {
    "client": lambda entry, wanted: wanted in (entry.client, entry.owner),
    "since": lambda entry, first: entry.at >= first,
    "until": lambda entry, last: entry.at <= last,
}


def passes(entry: Entry, filters: Filters) -> bool:
    """Whether every filter holds. Raises AttributeError for a name that is no filter."""
    for name, wanted in filters.items():
        test = _TESTS.get(name)
        if not (test(entry, wanted) if test else getattr(entry, name) == wanted):
            return False
    return True
