"""What the journal costs a search: the same server with it and without it, in turns."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from app.journal import Journal
from app.journal.entries import Entry

from . import searches, servers, wire
from .contest import Contender, contest
from .dataset import Dataset
from .figures import Report
from .load import Load
from .over_http import DIFFERENT, THREE
from .scene import login
from .searches import DEFAULTS, target
from .servers import Served

CHAPTER = "The journal"

# The two differ by less than most rounds do from each other.
ROUNDS = 60


def measure(report: Report, generator: Load, data: Dataset) -> None:
    """A search with three answer rows with the journal and without, and a look at a full journal."""
    with servers.emulator(data, 5) as journaling, servers.emulator(data, 5, PBX_JOURNAL="off") as silent:
        params = searches.of_one_number(data, THREE, DIFFERENT)
        contenders = [_asked("on", journaling, params), _asked("off", silent, params)]
        results = contest(generator, contenders, ROUNDS)
    on, off = results["on"], results["off"]
    report.add(CHAPTER, f"search with {THREE} answer rows, server CPU, journal on", on.cpu, "µs")
    report.add(CHAPTER, "the same, journal off", off.cpu, "µs")
    report.add(CHAPTER, "journal on, times off", on.cpu_ratio(off), most=1.10)
    _full(report)


def _asked(name: str, served: Served, params: list[searches.Params]) -> Contender:
    token = login(served.port)
    return Contender(name, served, [wire.get(target("cdr/search", token, each)) for each in params])


def _full(report: Report) -> None:
    """A journal of the default size with as many entries as it holds."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal", DEFAULTS.journal_bytes, DEFAULTS.journal_rows)
        report.add(CHAPTER, "append an entry", _appending(journal) * 1e6, "µs", most=10)
        took = []
        for _ in range(5):
            began = time.perf_counter()
            found = journal.count(world="default", route="cdr/list")
            took.append(time.perf_counter() - began)
        report.add(CHAPTER, f"count some of {found * 2:,} entries", median(took) * 1000, "ms")
        began = time.perf_counter()
        journal.clear("default")
        report.add(CHAPTER, "clear a world's", (time.perf_counter() - began) * 1000, "ms")


def _appending(journal: Journal) -> float:
    """Seconds for an entry, while the journal is filled."""
    query = [("access_token", "***"), ("start_time", "03/04/2026 00:00:00"), ("call_from", "2005")]
    routes = ("cdr/list", "cdr/search")
    entries = [_entry(route, query) for route in routes]
    began = time.perf_counter()
    for turn in range(DEFAULTS.journal_rows):
        journal.append(entries[turn % 2])
    return (time.perf_counter() - began) / DEFAULTS.journal_rows


def _entry(route: str, query: list[tuple[str, str]]) -> Entry:
    path = f"/openapi/v1.0/{route}"
    return Entry("yeastar", "default", "GET", path, "127.0.0.1", "0123456789abcdef", route=route, query=query)
