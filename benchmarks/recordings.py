"""An hour's recording as a stream, and pages of the list of recordings."""

from __future__ import annotations

from statistics import median
from threading import Event, Thread

from app.pbx.recordings import Tone
from app.pbx.switchboard import NO_CALL
from app.store.loading import load_cdrs

from . import OUT, dataset, servers, wire
from .contest import Contender, contest
from .dataset import Dataset
from .figures import Report
from .load import Job, Load
from .over_http import resident, watch
from .scene import answer, login
from .searches import target

HOUR = 3600
PAGE = 50
ROUNDS = 7


def measure(report: Report, generator: Load, data: Dataset) -> None:
    """Both, each with a server of its own."""
    _pages(report, generator, data)
    _stream(report, generator)


def _pages(report: Report, generator: Load, data: Dataset) -> None:
    """The first page, one in the middle, and a page of calls for comparison."""
    with servers.emulator(data, 5) as served:
        token = login(served.port)

        def asked(name: str, path: str, page: int) -> Contender:
            params = {"page": str(page), "page_size": str(PAGE)}
            return Contender(name, served, [wire.get(target(path, token, params))])

        total = answer(served.port, wire.get(target("recording/list", token, {"page_size": "1"})))["total_number"]
        middle = max(1, total // PAGE // 2)
        contenders = [
            asked("first", "recording/list", 1),
            asked("middle", "recording/list", middle),
            asked("calls", "cdr/list", 1),
        ]
        results = contest(generator, contenders, rounds=9)
    chapter = f"Pages of {PAGE} of {total:,} recordings; server CPU for a request"
    report.add(chapter, "recording/list, page 1", results["first"].cpu, "µs")
    report.add(chapter, f"recording/list, page {middle:,}", results["middle"].cpu, "µs")
    report.add(chapter, "recording/list, times cdr/list", results["first"].cpu_ratio(results["calls"]))


def _stream(report: Report, generator: Load) -> None:
    """How soon it begins, how long it takes, and what a worker holds of it."""
    data = Dataset(OUT / "recordings", 1)
    _make(data)
    with servers.emulator(data, PBX_ONE_TIME_LINKS="off") as served:
        token = login(served.port)
        given = answer(served.port, wire.get(target("recording/download", token, {"id": "1"})))
        request = wire.get(f"{given['download_resource_url']}?access_token={token}", keep_alive=False)
        before = resident(served)
        peak, done = dict(before), Event()
        watcher = Thread(target=watch, args=(served, peak, done))
        watcher.start()
        outcomes = [generator.run(Job(served.port, [request], 1, 1, keep_alive=False)) for _ in range(ROUNDS)]
        done.set()
        watcher.join()
    growth = max(peak[pid] - before[pid] for pid in peak) / servers.MIB
    chapter = f"A recording of {HOUR // 60} minutes, streamed"
    if outcomes[0].size < Tone("", HOUR).size:
        report.note(f"WRONG ANSWER: the recording has {outcomes[0].size:,} bytes")
    report.add(chapter, "answer", outcomes[0].size / 1e6, "MB")
    report.add(chapter, "first byte after", median(o.first_byte for o in outcomes) * 1000, "ms", most=20)
    report.add(chapter, "last byte after", median(o.seconds for o in outcomes) * 1000, "ms")
    report.add(chapter, "growth of a worker meanwhile", growth, "MiB", most=4)


def _make(data: Dataset) -> None:
    """A PBX with one call, of an hour."""
    call = NO_CALL._replace(id=1, started_at=dataset.END - HOUR, duration=HOUR, talk_duration=HOUR)
    world = data.world()
    if not world.database.connection().execute("SELECT 1 FROM cdr").fetchone():
        with world.write() as connection:
            load_cdrs(connection, [call._replace(disposition="ANSWERED", record_file="an-hour.wav")])
    world.database.close()
