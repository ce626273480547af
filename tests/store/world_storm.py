"""One of several processes that make, use, reset and drop worlds all at once: ``world_storm.py SETTINGS NUMBER``."""

from __future__ import annotations

import json
import random
import sys
from contextlib import closing
from typing import Any

from app.pbx.worlds import Worlds, open_worlds
from app.store import opened, tokens
from app.store.loading import CdrRow, load_cdrs
from app.store.registry import WorldError
from app.store.worlds import World

TURNS = 25

CALL = CdrRow(None, 1, "2001", "", "2002", "", None, None, "u", "c", "", "", "", 1, 0, 1, *[""] * 12)


def document(calls: int, **settings: Any) -> dict[str, Any]:
    """A seed document with so many calls from 2001."""
    party = {"call_from_number": "2001", "call_to_number": "2002"}
    rows = [{"timestamp": 1_700_000_000 + i, **party} for i in range(calls)]
    return {"settings": settings, "extensions": [{"number": "2001"}], "cdrs": rows}


def calls_in(world: World) -> int:
    (count,) = world.database.connection().execute("SELECT count(*) FROM cdr").fetchone()
    return int(count)


def clear(world: World) -> None:
    with world.write() as connection:
        connection.execute("DELETE FROM cdr")


def login(world: World) -> tokens.TokenPair:
    """A pair of tokens of the world's client."""
    settings, clock = world.present()
    with world.write() as connection:
        return tokens.issue(connection, settings.client_id, int(clock.now()), (1800, 86400), 0, world.number)


def accepts(world: World, token: str) -> bool:
    return tokens.owner(world.database.connection(), token, int(world.clock.now()), {}) is not None


def use_own(worlds: Worlds, name: str, calls: int) -> None:
    """A world of one's own is what it was made, whatever others do."""
    world = worlds.make(document(calls), name)
    token = login(world).access
    assert calls_in(world) == calls
    clear(world)
    world = worlds.reset(name)
    assert calls_in(world) == calls
    assert worlds.of_token(token) is world
    assert accepts(world, token)
    worlds.drop(name)
    assert worlds.of_token(token) is worlds.default


def use_shared(worlds: Worlds, verb: str) -> None:
    """A world that all share is made with 50 calls, and 10 at a time are written: no reader ever sees others."""
    if verb == "write":
        with worlds.get("shared").write() as connection:
            load_cdrs(connection, [CALL] * 10)
    elif verb == "reset":
        worlds.reset("shared")
    else:
        getattr(worlds, verb)("shared", "any")
    both = "SELECT (SELECT count(*) FROM cdr), (SELECT value FROM memory WHERE name = 'calls')"
    rows, counted = worlds.get("shared").database.connection().execute(both).fetchone()
    assert rows == int(counted) >= 50, (rows, counted)
    assert rows % 10 == 0, rows


def use_contested(worlds: Worlds, verb: str) -> None:
    try:
        worlds.make("empty", "contested") if verb == "make" else getattr(worlds, verb)("contested")
    except WorldError as error:
        if error.kind not in ("taken", "unknown"):
            raise


def storm(worlds: Worlds, number: int) -> None:
    chance = random.Random(number)
    for _ in range(TURNS // 3 if worlds.default.base.database_url else TURNS):
        use_own(worlds, f"own{number}", number + 1)
        use_shared(worlds, chance.choice(["write", "write", "write", "reset", "restore", "snapshot"]))
        use_contested(worlds, chance.choice(["make", "drop", "reset"]))


if __name__ == "__main__":
    opened._FEW = opened._MOST_OPEN = 2  # connections come and go all the time
    with closing(open_worlds(json.loads(sys.argv[1]), started=False)) as found:
        storm(found, int(sys.argv[2]))
