"""Why a report has the rows it has: the calls of its time, and the ids in it that nothing has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...journal.explanation import Explanation, Step
from ...settings import Settings
from ...store.query import CdrQuery
from ...store.reports import Span
from ...store.search import find_cdrs
from ...store.shelves import Holdings
from ..attributes import name_of
from ..errors import YeastarError
from ..schemas.report import Asked
from ..understanding import given_in, iso, schema_of

if TYPE_CHECKING:
    from ...store.worlds import World

# Parameter -> what it holds ids of, and what these are called.
_IDS = {
    "ext_id_list": {"extension": "extension", "ext_group": "extension group"},
    "agent_id_list": {"extension": "extension"},
    "queue_id_list": {"queue": "queue"},
    "queue_id": {"queue": "queue"},
    "ring_group_id_list": {"ring_group": "ring group"},
    "ivr_id_list": {"ivr": "ivr"},
}

# So many of those there are are named.
_MOST = 5


def explained(explanation: Explanation, world: World) -> Explanation:
    """The explanation, with what the calls and the things there are now tell of it."""
    entry = explanation.entry
    schema = schema_of(entry)
    try:
        asked = schema.read(given_in(entry))[0] if schema else None
    except YeastarError:
        return explanation
    if not isinstance(asked, Asked):
        return explanation
    holdings = Holdings(world.database.connection(), Settings(**entry.settings))
    notes = [*explanation.notes, *_groups(asked.given, holdings), *_strangers(asked.given, holdings)]
    return replace(explanation, funnel=list(_steps(asked, world, Settings(**entry.settings))), notes=notes)


def _steps(asked: Asked, world: World, settings: Settings) -> Iterator[Step]:
    def count(query: CdrQuery) -> int:
        return find_cdrs(world.database.connection(), replace(query, limit=0), "c.id").total

    query = CdrQuery()
    yield Step("rows of calls stored", count(query))
    if asked.span is None:
        yield Step("of a time that cannot be read", 0)
        return
    if asked.span.start > Span.start:
        query = replace(query, start=asked.span.start)
        yield Step(f"that began at {iso(settings, asked.span.start)} or later", count(query))
    if asked.span.end < Span.end:
        query = replace(query, end=asked.span.end)
        yield Step(f"that began at {iso(settings, asked.span.end)} or earlier", count(query))


def _groups(given: Mapping[str, Any], holdings: Holdings) -> Iterator[str]:
    """The ids that an extension group has, and whom they mean."""
    groups = ((id, holdings.find("ext_group", id)) for id in dict.fromkeys(given.get("ext_id_list", ())))
    for id, group in islice(((id, group) for id, group in groups if group), _MOST):
        extension, named = holdings.find("extension", id), f"the extension group {name_of(group)}"
        meant = f"the extension {name_of(extension)}, not {named}" if extension else f"{named}, whose members are meant"
        yield f"ext_id_list: {id} is {meant}."


def _strangers(given: Mapping[str, Any], holdings: Holdings) -> Iterator[str]:
    """The ids that nothing has, and those there are."""
    for name, kinds in _IDS.items():
        ids = given.get(name, ())
        ids = ids if isinstance(ids, tuple) else (ids,)
        lost = [id for id in ids if all(holdings.find(kind, id) is None for kind in kinds)]
        if lost:
            there = [f"{item['id']} ({name_of(item)})" for item in holdings.items(next(iter(kinds)))[:_MOST]]
            what = " or ".join(kinds.values())
            gone, known = ", ".join(map(str, lost[:_MOST])), ", ".join(there) or "none"
            yield f"{name}: there is no {what} {gone}; there are {known}."
