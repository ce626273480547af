"""What is remembered, listed: a thousand extensions beside a thousand calls."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from app.pbx.contents import add
from app.pbx.generating import Wanted, generate_calls
from app.pbx.setup import open_world

from . import servers, wire
from .contest import Contender, contest
from .dataset import Dataset
from .figures import Report
from .load import Load
from .scene import answer, login
from .searches import target

ROWS = 1000
ROUNDS = 15


def measure(report: Report, generator: Load) -> None:
    """One page of each, all of it."""
    with TemporaryDirectory() as name:
        data = Dataset(Path(name), ROWS)
        _make(data)
        with servers.emulator(data, 5) as served:
            token = login(served.port)
            params = {"page": "1", "page_size": str(ROWS), "sort_by": "id"}
            asked = {
                path: wire.get(target(path, token, params if path != "cdr/list" else {**params, "sort_by": "time"}))
                for path in ("extension/list", "cdr/list")
            }
            for path, request in asked.items():
                rows = len(answer(served.port, request)["data"])
                if rows != ROWS:
                    report.note(f"WRONG ANSWER: {path} has {rows:,} rows")
            contenders = [Contender(path, served, [request]) for path, request in asked.items()]
            results = contest(generator, contenders, ROUNDS)
    chapter = f"Lists of {ROWS:,}; server CPU for a request"
    report.add(chapter, "extension/list", results["extension/list"].cpu, "µs")
    report.add(chapter, "cdr/list", results["cdr/list"].cpu, "µs")
    report.add(
        chapter, "extension/list, times cdr/list", results["extension/list"].cpu_ratio(results["cdr/list"]), most=3
    )


def _make(data: Dataset) -> None:
    """A PBX with so many extensions and calls."""
    world = open_world({"instance": str(data.folder), "seed": "empty"})
    extensions = [
        {"number": str(3000 + number), "first_name": "Ann", "last_name": str(number)} for number in range(ROWS)
    ]
    add(world, {"extensions": extensions})
    generate_calls(world, Wanted(ROWS))
    world.database.close()
