"""Worlds: made, listed, shown, dropped, reset, kept and restored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...clock import Clock
from ...faults import rules
from ...journal import journal_of
from ...pbx.contents import filled_from
from ...pbx.timekeeping import reset_clock
from ...store.opened import OpenedWorld
from ...store.worlds import World
from ..calls import Call
from . import clock
from .settings import read_settings


def list_worlds(call: Call) -> dict[str, Any]:
    others = [{"name": entry.name, "seed": entry.source, "made_at": entry.made_at} for entry in call.worlds.entries()]
    return {"worlds": [_listed(call.worlds.default), *others]}


def make(call: Call) -> dict[str, Any]:
    settings = read_settings(call.body["settings"])
    made = call.worlds.make(call.source(call.body["seed"]), call.body.get("name"), settings, _clock(call, settings))
    return _shown(made)


def _clock(call: Call, settings: dict[str, Any]) -> Clock:
    """The clock of a new world; what is said of its display format already counts."""
    rate = float(call.body["rate"])
    if "at" not in call.body:
        return Clock() if rate == 1 else Clock().run(rate)
    at = clock.read_at(replace(call.worlds.default.settings, **settings), call.body["at"])
    return Clock(rate=rate).set(at)


def show(call: Call) -> dict[str, Any]:
    return _shown(call.worlds.get(call.path["name"]))


def drop(call: Call) -> None:
    call.worlds.drop(call.path["name"])


def _listed(world: World) -> dict[str, Any]:
    if isinstance(world, OpenedWorld):
        return {"name": world.name, "seed": world.entry.source, "made_at": world.entry.made_at}
    return {"name": world.name, "seed": filled_from(world), "made_at": None}


def _shown(world: World) -> dict[str, Any]:
    settings = world.settings
    account = {
        "account_id": settings.kazoo_account_id,
        "account_name": settings.kazoo_account_name,
        "realm": settings.kazoo_realm,
        "api_key": settings.kazoo_api_key,
    }
    return {
        **_listed(world),
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "kazoo": account,
        "clock": clock.shown(world),
    }


def reset(call: Call) -> None:
    """Data, clock, faults, journal."""
    world = call.worlds.reset(call.world.name)
    rules.disarm(world)
    journal = journal_of(call.server)
    if journal is not None:
        journal.clear(world.name)


def reset_data(call: Call) -> None:
    call.worlds.reset(call.world.name, keep_clock=True)


def reset_journal(call: Call) -> None:
    call.journal.clear(call.world.name)


def reset_faults_and_clock(call: Call) -> None:
    rules.disarm(call.world)
    reset_clock(call.world)


def list_snapshots(call: Call) -> dict[str, Any]:
    return {"snapshots": call.worlds.snapshots(call.world.name)}


def snapshot(call: Call) -> None:
    call.worlds.snapshot(call.world.name, call.path["label"])


def restore(call: Call) -> None:
    call.worlds.restore(call.world.name, call.path["label"])


def drop_snapshot(call: Call) -> None:
    call.worlds.drop_snapshot(call.world.name, call.path["label"])
