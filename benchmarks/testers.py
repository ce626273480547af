"""What a test pays for a PBX of its own: a ready server, a new world, a reset; inside the server and outside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from app import testing
from app.pbx.worlds import Worlds, open_worlds

from .figures import Report

CHAPTER = "Worlds, as tests use them"
ROWS = 10_000
_TURNS = 30


def measure(report: Report) -> None:
    """The same deeds by a function call in the server's place, and by the handle over HTTP."""
    with TemporaryDirectory() as name:
        path = Path(name) / "office.json"
        path.write_text(json.dumps(_document()), encoding="utf-8")
        with closing(open_worlds({"instance": f"{name}/pbx", "seed": "empty"})) as worlds:
            _inside(report, worlds, path)
        _through_the_handle(report, path)


def _document() -> dict[str, object]:
    calls = [
        {"timestamp": 1_700_000_000 + number, "call_from": f"2{number % 1000:03}", "call_to": "1000"}
        for number in range(ROWS)
    ]
    return {"cdrs": calls}


def _inside(report: Report, worlds: Worlds, path: Path) -> None:
    seed = str(path)
    worlds.drop(worlds.make(seed).name)  # the template is made once
    world = worlds.make(seed, "hers")
    rows = f"{ROWS:,} rows, inside the server"
    _add(report, f"make a world of {rows}", lambda: worlds.make(seed), most=5)
    _add(report, f"reset one of {rows}", lambda: worlds.reset(world.name), most=5)
    _add(report, f"snapshot of {rows}", lambda: worlds.snapshot(world.name, "kept"))
    _add(report, f"restore one of {rows}", lambda: worlds.restore(world.name, "kept"), most=5)


def _through_the_handle(report: Report, path: Path) -> None:
    began = time.perf_counter()
    with testing.serve() as server:
        report.add(CHAPTER, "a server for tests is ready", (time.perf_counter() - began) * 1000, "ms")
        server.new_world(seed=path).drop()
        pbx = server.new_world(seed=path)
        _add(report, "the handle: make an empty world and drop it", lambda: server.new_world().drop())
        _add(report, f"the handle: make a world of {ROWS:,} rows from a file", lambda: server.new_world(seed=path))
        _add(report, f"the handle: reset one of {ROWS:,} rows", pbx.reset)
        pbx.snapshot()
        _add(report, f"the handle: restore one of {ROWS:,} rows", pbx.restore)
        _add(report, "the handle: add a call", pbx.add_call)
        _add(report, "the handle: move the clock", lambda: pbx.advance(minutes=31))


def _add(report: Report, name: str, deed: Callable[[], object], most: float | None = None) -> None:
    """The median of some turns, in milliseconds."""
    taken = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - began)
    report.add(CHAPTER, name, median(taken) * 1000, "ms", most=most)
