"""Why a request in the journal was answered as it was. What a dialect knows of that is in its ``explaining``.

Modules of the dialects are imported when somebody asks: a server that is never asked starts without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .journal.entries import Entry, Reading
from .journal.explanation import Explanation
from .store.registry import WorldError

if TYPE_CHECKING:
    from .store.finding import WorldFinder
    from .store.worlds import World


class _Dialect(NamedTuple):
    """``understood`` tells how a request's parameters were read, ``explain`` all of it; see Explanation. Its world is
    None where it is gone."""

    understood: Callable[[Entry], list[Reading]]
    explain: Callable[[Entry, World | None], Explanation]


def _yeastar() -> _Dialect:
    from .yeastar import explaining, understanding

    return _Dialect(understanding.understood, explaining.explain)


def _kazoo() -> _Dialect:
    from .kazoo import explaining, understanding

    return _Dialect(understanding.understood, explaining.explain)


_DIALECTS: Mapping[str, Callable[[], _Dialect]] = {"yeastar": _yeastar, "kazoo": _kazoo}


def readings(entry: Entry) -> list[Reading]:
    """How the request's parameters were read; empty where nothing of them is known."""
    return _DIALECTS[entry.dialect]().understood(entry) if entry.dialect in _DIALECTS else []


def explain(worlds: WorldFinder, entry: Entry) -> Explanation:
    """Why the request was answered as it was, as far as that can still be told."""
    if entry.dialect not in _DIALECTS:
        return Explanation(entry, f"The journal has it from a dialect {entry.dialect}, which is unknown here.")
    world, note = _world(worlds, entry)
    explanation = _DIALECTS[entry.dialect]().explain(entry, world)
    notes = [*explanation.notes, *([note] if note else []), *([_CUT] if entry.cut else [])]
    return replace(explanation, notes=notes)


_CUT = "Some of what was sent is too long to be kept in the journal, and missing here."


def _world(worlds: WorldFinder, entry: Entry) -> tuple[World | None, str]:
    """The PBX that was asked, and what to say where it is gone."""
    try:
        world = worlds.find(entry.world)
    except WorldError as error:
        return None, f"{error} What was in it cannot be told any more."
    if world is None:
        return None, f"There is no world {entry.world} any more; what was in it cannot be told."
    return world, ""
