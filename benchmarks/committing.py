"""Calls recorded one by one, each in a transaction of its own with every index live: how fast, and what readers feel.

``python -m benchmarks.committing FOLDER RATE`` is the writer: so many calls a second, until its input ends.
"""

from __future__ import annotations

import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.store.database import connect
from app.store.loading import CdrRow, load_cdrs
from app.store.models import Cdr, Number
from app.store.query import CdrQuery
from app.store.worlds import World

from . import OUT, ROOT, dataset, searches
from .dataset import END, Dataset
from .figures import Report
from .scale import emulator, instants_of
from .turns import in_turns

RATE = 1000
THREE = 3  # answer rows

# How many calls make a round of commits; how long a round of readers lasts, in seconds, and how many there are.
_COMMITS = 300
_SECONDS, _ROUNDS = 1.5, 5

_instants = count(END + 1000)


def measure(report: Report, data: Dataset) -> None:
    """In a copy of the data, which goes afterwards."""
    copied = dataset.copy(data, OUT / "copy")
    try:
        _commits(report, copied)
        _readers(report, data, copied)
    finally:
        shutil.rmtree(copied.folder)


def call() -> CdrRow:
    """The next call from one extension to another."""
    at = next(_instants)
    return dataset.odd_row(str(2000 + at % 30), at)._replace(to_number=str(2000 + at // 30 % 30))


def record(world: World) -> None:
    """Store one call."""
    with world.write() as connection:
        load_cdrs(connection, [call()])


@contextmanager
def recorder(database: Path) -> Iterator[Callable[[], None]]:
    """The same with the ORM, as one would write it, over connections tuned as the emulator's. What the emulator counts
    besides (kept_counts.py) is left out."""
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: connect(database))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    yield partial(_record_by_orm, engine)
    engine.dispose()


def _record_by_orm(engine: sqlalchemy.Engine) -> None:
    values = call()._asdict()
    with Session(engine) as session:
        caller, callee = (_number(session, values.pop(f"{side}_number")) for side in ("from", "to"))
        caller.calls_from += 1
        callee.calls_to += 1
        session.add(Cdr(**values, from_id=caller.id, to_id=callee.id))
        session.commit()


def _number(session: Session, digits: str) -> Number:
    return session.scalars(sqlalchemy.select(Number).where(Number.digits == digits)).one()


def _commits(report: Report, copied: Dataset) -> None:
    world = copied.world()
    with recorder(copied.database) as by_orm:
        turns = range(_COMMITS)
        ways = {"ours": (lambda _: record(world), turns), "orm": (lambda _: by_orm(), turns)}
        results = in_turns(ways)
    world.database.close()
    ours, orm = results["ours"], results["orm"]
    chapter = f"Calls recorded among {copied.rows:,}, one commit each, every index live"
    report.add(chapter, f"emulator, {ours.rate:,.0f} a second, CPU for a call", ours.cpu, "µs")
    report.add(chapter, f"ORM, {orm.rate:,.0f} a second, CPU for a call", orm.cpu, "µs")
    report.add(chapter, "calls a second, times the ORM's", ours.rate_ratio(orm), least=8)


def _readers(report: Report, data: Dataset, copied: Dataset) -> None:
    """Different searches with three answer rows, one after the other, without a writer and with one, in turns."""
    asked = [
        CdrQuery(start=start, end=end, call_from=params["call_from"], limit=100)
        for params in searches.of_one_number(data, THREE, 5000)
        for start, end in [instants_of(params)]
    ]
    world = copied.world()
    quiet, busy, rates = [], [], []
    for _ in range(_ROUNDS):
        quiet.append(_p99(world, asked))
        with _writer(copied) as rate:
            busy.append(_p99(world, asked))
        rates += rate
    world.database.close()
    chapter = f"Searches with {THREE} answer rows while calls are recorded, one commit each; in one process"
    report.add(chapter, "commits a second meanwhile", median(rates), least=0.95 * RATE)
    report.add(chapter, "p99 of a search, quiet", median(quiet) * 1e6, "µs")
    report.add(chapter, "p99 of a search, meanwhile", median(busy) * 1e6, "µs")
    ratio = median(during / before for during, before in zip(busy, quiet, strict=True))
    report.add(chapter, "the second, times the first", ratio, most=4)


def _p99(world: World, asked: Sequence[CdrQuery]) -> float:
    """Seconds that all but one of a hundred searches take at most."""
    connection = world.database.connection()
    taken: list[float] = []
    began = ended = time.perf_counter()
    while ended - began < _SECONDS:
        since = ended
        emulator(connection, asked[len(taken) % len(asked)])
        ended = time.perf_counter()
        taken.append(ended - since)
    return quantiles(taken, n=100)[-1]


@contextmanager
def _writer(copied: Dataset) -> Iterator[list[float]]:
    """A process that records calls in the block; afterwards the list holds how many a second."""
    command = [sys.executable, "-m", "benchmarks.committing", str(copied.folder), str(RATE)]
    rate: list[float] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()  # it has begun
        yield rate
        rate.append(float(process.communicate()[0]))


def main(folder: Path, rate: int) -> None:
    """The writer: says when it begins, and how many calls a second it has stored."""
    world = Dataset(folder, 0).world()
    record(world)
    print("ready", flush=True)
    began, stored = time.perf_counter(), 0
    while True:
        early = began + stored / rate - time.perf_counter()
        if select.select([sys.stdin], [], [], max(0.0, early))[0]:
            break
        record(world)
        stored += 1
    print(stored / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
