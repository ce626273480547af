"""Figures over HTTP: what the server's processes pay for a request, beside the plain way, an empty route and mocks."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from threading import Event, Thread

from . import searches, servers, wire
from .contest import Contender, Result, contest
from .dataset import Dataset
from .figures import Report
from .load import Job, Load
from .peers import Peers
from .scene import LOGIN, Scene, differences, login, scene
from .searches import target
from .servers import Served

THREE = 3

# So many different searches that neither the database's cache nor any other holds them all.
DIFFERENT = 5000

WORDS = {
    "emulator": "emulator",
    "different": f"emulator, {DIFFERENT:,} different searches in turn",
    "empty": "empty Flask route",
    "plain": "plain ORM and marshmallow",
}


def three_rows(report: Report, generator: Load, data: Dataset, smaller: Dataset, peers: Peers) -> None:
    """A search with three answer rows, with kept connections (held to the bars) and with one for each request.

    It is asked again and again, as the canned answers are; different searches are measured beside it.
    """
    params = searches.of_one_number(data, THREE, DIFFERENT)
    for keep_alive in (True, False):
        how = "connections kept" if keep_alive else "a connection for each request"
        chapter = f"Search with {THREE} answer rows of {data.rows:,}; server CPU for a request, {how}"
        with scene(data, keep_alive) as stage, ExitStack() as stack:
            _check(report, stage, params[:20], THREE)
            contenders = [stage.ours("cdr/search", params[:1]), stage.emptily(), stage.plainly(params[:1])]
            contenders += [stage.ours("cdr/search", params, "different"), _smaller(stack, stage, smaller)]
            contenders += stack.enter_context(peers.contenders(stage, params[0]))
            results = contest(generator, contenders)
        _three_figures(report, chapter, results, smaller.rows, held=keep_alive)


def _check(report: Report, stage: Scene, params: list[searches.Params], rows: int) -> None:
    for difference in differences(stage, params, rows):
        report.note(f"WRONG ANSWER: {difference}")


def _smaller(stack: ExitStack, stage: Scene, data: Dataset) -> Contender:
    """The emulator over fewer rows, for growth."""
    served = stack.enter_context(servers.emulator(data, 5 if stage.keep_alive else 0))
    token, params = login(served.port), searches.of_one_number(data, THREE, DIFFERENT)
    requests = [wire.get(target("cdr/search", token, each), stage.keep_alive) for each in params]
    return Contender("smaller", served, requests, stage.keep_alive)


def _three_figures(report: Report, chapter: str, results: dict[str, Result], few: int, held: bool) -> None:
    ours, different, empty, plain = (results[name] for name in WORDS)
    for name, words in WORDS.items():
        report.add(chapter, f"{words}, {results[name].rate:,.0f} requests/s", results[name].cpu, "µs")
    least = 6 if held else None
    report.add(chapter, "emulator's CPU, times the empty route's", ours.cpu_ratio(empty), most=1.6 if held else None)
    report.add(chapter, "the same, different searches", different.cpu_ratio(empty))
    report.add(chapter, "plain way's CPU, times the emulator's", plain.cpu_ratio(ours), least=least)
    report.add(chapter, "requests/s, times the plain way's", ours.rate_ratio(plain), least=least)
    growth = different.cpu_ratio(results["smaller"])
    report.add(chapter, f"different searches, times the same of {few:,} rows", growth, most=2 if held else None)
    for name in sorted(results.keys() - WORDS.keys() - {"smaller"}):
        report.add(chapter, f"{name}, canned answer, {results[name].rate:,.0f} requests/s", results[name].cpu, "µs")
        ratio = ours.cpu_ratio(results[name])
        report.add(chapter, f"emulator's CPU, times that of {name}", ratio, most=1 if held else None)


def many_rows(report: Report, generator: Load, stage: Scene) -> None:
    """The search with ten thousand answer rows."""
    rows = min(10_000, stage.data.rows // 4)
    params = searches.of_a_period(stage.data, rows, 5)
    _check(report, stage, params[:2], rows)
    contenders = [stage.ours("cdr/search", params, connections=2), stage.plainly(params, connections=2)]
    results = contest(generator, contenders, rounds=5)
    chapter = f"Search with {rows:,} answer rows; server CPU for a request"
    for name, result in results.items():
        report.add(chapter, f"{name}, {result.rate:,.1f} requests/s", result.cpu / 1000, "ms")
    ours, plain = results["emulator"], results["plain"]
    report.add(chapter, "plain way's CPU, times the emulator's", plain.cpu_ratio(ours), least=12)
    report.add(chapter, "requests/s, times the plain way's", ours.rate_ratio(plain), least=12)


def other_requests(report: Report, generator: Load, stage: Scene) -> None:
    """What else clients ask: tokens, pages."""
    deep = min(1000, stage.data.rows // 1000)
    logins = [wire.post("/openapi/v1.0/get_token", LOGIN)]
    results = contest(
        generator,
        [
            Contender("get_token", stage.emulator, logins),
            stage.ours("cdr/list", [{"page": "1", "page_size": "100"}], "first page"),
            stage.ours("cdr/list", [{"page": str(deep), "page_size": "100"}], "deep page"),
        ],
        rounds=9,
    )
    chapter = "Other requests; server CPU for a request"
    report.add(chapter, "get_token", results["get_token"].cpu, "µs")
    report.add(chapter, "cdr/list, page 1 of 100 rows", results["first page"].cpu, "µs")
    report.add(chapter, f"cdr/list, page {deep:,} of 100 rows", results["deep page"].cpu, "µs")
    ratio = results["deep page"].cpu_ratio(results["first page"])
    report.add(chapter, f"cdr/list, page {deep:,}, times page 1", ratio, most=10)


def streamed(report: Report, generator: Load, stage: Scene) -> None:
    """A hundred thousand rows in one answer: how soon it begins, and what a worker holds of it."""
    rows = min(100_000, stage.data.rows // 2)
    requests = stage.ours("cdr/search", searches.of_a_period(stage.data, rows, 3)).requests
    worker_before = resident(stage.emulator)
    peak, done = dict(worker_before), Event()
    watcher = Thread(target=watch, args=(stage.emulator, peak, done))
    watcher.start()
    outcomes = [generator.run(Job(stage.emulator.port, [requests[i % 3]], 1, 1)) for i in range(7)]
    done.set()
    watcher.join()
    growth = max(peak[pid] - worker_before.get(pid, 0) for pid in peak) / servers.MIB
    chapter = f"Search with {rows:,} answer rows, streamed"
    report.add(chapter, "answer", outcomes[0].size / 1e6, "MB")
    report.add(chapter, "first byte after", median(o.first_byte for o in outcomes) * 1000, "ms", most=20)
    report.add(chapter, "last byte after", median(o.seconds for o in outcomes) * 1000, "ms")
    report.add(chapter, "growth of a worker meanwhile", growth, "MiB", most=10)


def resident(served: Served) -> dict[int, int]:
    return {process.pid: int(process.memory_info().rss) for process in served.workers()}


def watch(served: Served, peak: dict[int, int], done: Event) -> None:
    workers = served.workers()
    while not done.wait(0.003):
        for process in workers:
            peak[process.pid] = max(peak[process.pid], int(process.memory_info().rss))


def memory(report: Report, stage: Scene) -> None:
    """What the emulator's workers hold after all that was asked of them."""
    chapter = "Memory of the larger worker, after the searches above"
    found = stage.emulator.memory()
    report.add(chapter, "resident", found["rss"], "MiB", most=60)
    for kind, words in (("pss", "its share, pages in common divided (PSS)"), ("uss", "its own pages alone (USS)")):
        if kind in found:
            report.add(chapter, words, found[kind], "MiB")
