"""The second dialect over the same calls: a page beside a page of the first, and a long list as a stream."""

from __future__ import annotations

import json
from random import Random
from statistics import median
from threading import Event, Thread

from app.kazoo.times import to_gregorian

from . import dataset, servers, wire
from .contest import Contender, contest
from .dataset import Dataset
from .figures import Report
from .load import Job, Load
from .over_http import resident, watch
from .scene import answer, login
from .searches import DEFAULTS, DISPLAY, target
from .servers import Served

PAGE = 50
LEGS = 100_000

# Wide enough for so many legs at once.
_WIDEST = 10 * 365 * 86400

_ACCOUNT = f"/v2/accounts/{DEFAULTS.kazoo_account_id}"


def measure(report: Report, generator: Load, data: Dataset) -> None:
    """Pages and a stream of one server."""
    with servers.emulator(data, 5, PBX_KAZOO_MAXIMUM_RANGE=str(_WIDEST)) as served:
        token = _login(served.port)
        _pages(report, generator, data, served, token)
        _stream(report, generator, data, served, token)


def _login(port: int) -> str:
    body = json.dumps({"data": {"api_key": DEFAULTS.kazoo_api_key}})
    token: str = answer(port, wire.put("/v2/api_auth", body))["auth_token"]
    return token


def _listing(path: str, token: str, first: int, last: int, more: str = "") -> str:
    """The text of a request for what began or ended from ``first`` to ``last`` (Unix seconds)."""
    span = f"created_from={to_gregorian(first)}&created_to={to_gregorian(last)}"
    return wire.get(f"{_ACCOUNT}/{path}?auth_token={token}&{span}{more}")


def _pages(report: Report, generator: Load, data: Dataset, served: Served, token: str) -> None:
    """Pages of fifty rows that begin anywhere among all calls."""
    chance, instants = Random(PAGE), dataset.times(data)
    spans = [(instants[-1] - 31 * 86400 - shift, instants[-1] - shift) for shift in _shifts(instants, chance)]
    yeastar = login(served.port)
    searches = [
        {"start_time": DISPLAY.write(first), "end_time": DISPLAY.write(last), "page": "1", "page_size": str(PAGE)}
        for first, last in spans
    ]
    contenders = [
        Contender("yeastar", served, [wire.get(target("cdr/search", yeastar, each)) for each in searches]),
        Contender("legs", served, [_listing("cdrs", token, *span) for span in spans]),
        Contender("interactions", served, [_listing("cdrs/interaction", token, *span) for span in spans]),
        Contender(
            "inbound", served, [_listing("cdrs", token, *span, "&filter_call_direction=inbound") for span in spans]
        ),
    ]
    results = contest(generator, contenders, rounds=9)
    chapter = f"A page of {PAGE} rows out of {data.rows:,} calls; server CPU for a request"
    report.add(chapter, "cdr/search", results["yeastar"].cpu, "µs")
    for name, words in (("legs", "/cdrs"), ("interactions", "/cdrs/interaction"), ("inbound", "/cdrs, filtered")):
        report.add(chapter, words, results[name].cpu, "µs")
        ratio = results[name].cpu_ratio(results["yeastar"])
        report.add(chapter, f"{words}, times cdr/search", ratio, most=None if name == "inbound" else 3)


def _shifts(instants: list[int], chance: Random) -> list[int]:
    """So many seconds before the newest call."""
    return [chance.randrange(max(1, instants[-1] - instants[0] - 40 * 86400)) for _ in range(500)]


def _stream(report: Report, generator: Load, data: Dataset, served: Served, token: str) -> None:
    """A list without pages: how soon it begins, and what a worker holds of it."""
    instants = dataset.times(data)
    last = instants[-1]
    first = instants[-min(LEGS * 6 // 10, len(instants))]
    request = _listing("cdrs", token, first, last + 86400, "&paginate=false")
    idle = resident(served)
    peak, done = dict(idle), Event()
    watcher = Thread(target=watch, args=(served, peak, done))
    watcher.start()
    outcomes = [generator.run(Job(served.port, [request], 1, 1)) for _ in range(5)]
    done.set()
    watcher.join()
    legs = wire.ask(served.port, request).content().count(b'"call_id":')
    chapter = f"/cdrs?paginate=false, {legs:,} legs, streamed"
    report.add(chapter, "answer", outcomes[0].size / 1e6, "MB")
    report.add(chapter, "first byte after", median(o.first_byte for o in outcomes) * 1000, "ms", most=50)
    report.add(chapter, "last byte after", median(o.seconds for o in outcomes) * 1000, "ms")
    growth = max(peak[pid] - idle.get(pid, 0) for pid in peak) / servers.MIB
    report.add(chapter, "growth of a worker meanwhile", growth, "MiB", most=30)
