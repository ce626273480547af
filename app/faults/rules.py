"""The rules of a world: kept in its memory, seen and counted by all workers together.

All rules that concern a request act on it together, in the order in which they were armed. One that would do something
to a part of the answer to which an earlier one does something already (see fault.EFFECTS) waits for another request,
and does not count this one. So two rules that answer an errcode once each fail two requests, and a rule that delays
all requests delays these as well.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, NamedTuple

from ..store.worlds import remember
from .fault import Asked, Fault, FaultError, UnknownFaultError, as_json
from .reading import read_fault

if TYPE_CHECKING:
    from ..store.worlds import World

__all__ = [
    "Fault",
    "FaultError",
    "UnknownFaultError",
    "arm",
    "armed",
    "as_json",
    "disarm",
    "live",
    "read_fault",
    "strike",
]

# Where they are in the memory: a row of the layer that a reset of the data keeps, and a snapshot brings back.
_LAYER, _NAME = "state", "faults"
_KNOWN = frozenset(field.name for field in fields(Fault))


class _Kept(NamedTuple):
    """``last`` is the highest id that was ever given: none is given twice."""

    last: int = 0
    faults: tuple[Fault, ...] = ()


def armed(world: World) -> tuple[Fault, ...]:
    """All rules of the world, spent ones too, in the order in which they were armed."""
    return _kept(world.database.connection()).faults


def arm(world: World, fault: Fault) -> Fault:
    """Add a rule that ``read_fault`` has read; returns it with its id."""
    with world.write() as connection:
        last, faults = _kept(connection)
        fault = replace(fault, id=last + 1)
        _keep(connection, _Kept(fault.id, (*faults, fault)))
    return fault


def disarm(world: World, fault_id: int | None = None) -> int:
    """Take away the rule with that id, or all; returns how many there were. Who waits for one waits no longer.

    Raises UnknownFaultError.
    """
    with world.write() as connection:
        last, faults = _kept(connection)
        left = tuple(fault for fault in faults if fault_id not in (None, fault.id))
        if fault_id is not None and len(left) == len(faults):
            ids = ", ".join(str(fault.id) for fault in faults)
            raise UnknownFaultError(f"There is no fault {fault_id}; {f'armed are {ids}' if ids else 'none is armed'}.")
        _keep(connection, _Kept(last, left))
    return len(faults) - len(left)


def live(world: World) -> tuple[Fault, ...]:
    """The rules that can still go off, remembered until anybody writes: asked at every request, after ``present``."""
    return world.derived("faults", lambda: _live(world.database.connection()))


def _live(connection: sqlite3.Connection) -> tuple[Fault, ...]:
    return tuple(fault for fault in _kept(connection).faults if not fault.spent)


def strike(world: World, asked: Asked) -> tuple[Fault, ...]:
    """The rules that go off at the request, all of whose rules have counted it then."""
    if not any(map(asked.concerns, live(world))):
        return ()
    with world.write() as connection:
        last, faults = _kept(connection)
        after, struck = _meet(faults, asked)
        _keep(connection, _Kept(last, after))
    world.present()  # what this thread remembers of the world it had before it wrote
    return struck


def _meet(faults: Iterable[Fault], asked: Asked) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The rules after the request, and those of them that go off."""
    after, struck = [], []
    taken: frozenset[str] = frozenset()
    for fault in faults:
        met = fault.met() if asked.concerns(fault) and not taken & fault.parts else fault
        after.append(met)
        if met.fired > fault.fired:
            struck.append(met)
            taken |= met.parts
    return tuple(after), tuple(struck)


def _kept(connection: sqlite3.Connection) -> _Kept:
    row = connection.execute("SELECT value FROM memory WHERE layer = ? AND name = ?", (_LAYER, _NAME)).fetchone()
    if row is None:
        return _Kept()
    last, faults = json.loads(row[0])
    return _Kept(last, tuple(Fault(**{name: fault[name] for name in fault.keys() & _KNOWN}) for fault in faults))


def _keep(connection: sqlite3.Connection, kept: _Kept) -> None:
    remember(connection, _LAYER, _NAME, [kept.last, [asdict(fault) for fault in kept.faults]])
