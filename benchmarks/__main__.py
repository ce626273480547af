"""``python -m benchmarks``: measure everything, show the figures beside their bars, keep them as JSON."""

from __future__ import annotations

import argparse
import sys
import time

from . import (
    OUT,
    committing,
    dataset,
    fuzzy,
    generating,
    importing,
    in_process,
    journal,
    kazoo,
    over_http,
    peers,
    query_peers,
    recordings,
    reports,
    resources,
    scale,
    starting,
    testers,
)
from .figures import Report, machine_line
from .load import Load
from .scene import scene

# The three-row search is compared with itself over so many rows.
FEW = 100_000


def main() -> int:
    """The exit code is 0 whatever was measured, unless --strict."""
    given = _arguments()
    began = time.perf_counter()
    print(machine_line())
    data = dataset.provide(OUT, given.rows)
    tenth = dataset.provide(OUT, given.rows // 10)
    few = dataset.provide(OUT, min(FEW, given.rows // 10))
    report = Report()
    tools = peers.install(report) if given.peers else peers.Peers()
    with Load() as generator:
        over_http.three_rows(report, generator, data, few, tools)
        with scene(data, keep_alive=True) as stage:
            over_http.other_requests(report, generator, stage)
            over_http.many_rows(report, generator, stage)
            over_http.streamed(report, generator, stage)
            fuzzy.sweep(report, stage)
            over_http.memory(report, stage)
        kazoo.measure(report, generator, data)
        recordings.measure(report, generator, data)
        reports.measure(report, generator)
        journal.measure(report, generator, data)
        resources.measure(report, generator)
        if given.peers:
            query_peers.measure(report, generator, data, few)
    testers.measure(report)
    fuzzy.speed(report, data)
    in_process.rendering(report, data)
    scale.measure(report, data, tenth)
    committing.measure(report, data)
    generating.measure(report, data)
    importing.measure(report)
    starting.first_answer(report)
    return _finish(report, given, time.perf_counter() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="calls in the database (%(default)s)")
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure Prism, Mockoon, json-server and Datasette, fetched with npm and pip",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a bar is missed")
    given = parser.parse_args()
    if given.rows < 10_000:
        parser.error("--rows: at least 10,000 are needed")
    return given


def _finish(report: Report, given: argparse.Namespace, seconds: float) -> int:
    path = OUT / f"figures-{given.rows}.json"
    report.save(path, {"rows": given.rows, "seconds": round(seconds)})
    over = report.over
    print(f"\n{len(over)} of {sum(bool(f.bar) for f in report.figures)} bars missed, {seconds:.0f} s.")
    if given.rows < 1_000_000:
        print("The bars are meant for 1,000,000 rows.")
    wrong = any(note.startswith("WRONG") for note in report.notes)
    return 1 if given.strict and (over or wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
