"""Many rows, within one process: the emulator beside what the best index gives raw SQLite, and beside fewer rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from random import Random
from typing import Any

from app.settings import Settings
from app.store.numbers import suffix_range
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.yeastar.rows import json_row
from app.yeastar.schemas.cdr_rows import CdrOut

from . import fuzzy, searches
from .contest import Result
from .dataset import DAYS, END, Dataset
from .figures import Report
from .turns import in_turns

PAGE = 100
DEEP = 1000

# How many questions make a round, and how many of them a scan is asked.
ASKED, SCANNED = 40, 3

# A pattern is rare that so few calls have, whatever the size of the table.
_FEW_CALLS = 3

# What find_cdrs gives: how many calls match, and a page of them.
Found = tuple[int, list[Any]]
Ask = Callable[[sqlite3.Connection, CdrQuery], Found]


def measure(report: Report, data: Dataset, smaller: Dataset) -> None:
    with _connections(data, smaller) as (ours, flat, few):
        _exact(report, data, ours, flat)
        _four_digits(report, data, ours, flat)
        _seven_digits(report, data, smaller, ours, few)
        _pages(report, data, ours)


@contextmanager
def _connections(data: Dataset, smaller: Dataset) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """To the emulator's database, to the flat table, and to the emulator's with fewer rows."""
    with ExitStack() as stack:
        worlds = [data.world(), smaller.world()]
        for world in worlds:
            stack.callback(world.database.close)
        flat = stack.enter_context(closing(sqlite3.connect(data.flat)))
        yield worlds[0].database.connection(), flat, worlds[1].database.connection()


def instants_of(params: searches.Params) -> tuple[int, int]:
    """Beginning and end of the time that is asked for, in Unix seconds."""
    start, end = params["start_time"], params["end_time"]
    return searches.DISPLAY.read(start, "start", False), searches.DISPLAY.read(end, "end", False)


def emulator(connection: sqlite3.Connection, query: CdrQuery) -> Found:
    """The page as bytes, as it is sent."""
    page = find_cdrs(connection, query, json_row(CdrOut, Settings()))
    rows = list(chain.from_iterable(chain.from_iterable(page.batches)))
    b",".join(rows)
    return page.total, rows


def ids(connection: sqlite3.Connection, query: CdrQuery) -> Found:
    """The ids of the page alone, to compare."""
    page = find_cdrs(connection, query, "c.id")
    return page.total, list(chain.from_iterable(chain.from_iterable(page.batches)))


_ON_FLAT = "FROM cdr WHERE from_number = ? AND started_at BETWEEN ? AND ?"


def by_flat_index(connection: sqlite3.Connection, query: CdrQuery) -> Found:
    """An exact number in a time as sqlite3 finds it by an index on number and time: bare tuples."""
    values = (query.call_from, query.start, query.end)
    rows = connection.execute(f"SELECT * {_ON_FLAT} ORDER BY started_at, id LIMIT {PAGE}", values).fetchall()
    if len(rows) < PAGE:
        return len(rows), rows
    (total,) = connection.execute(f"SELECT count(*) {_ON_FLAT}", values).fetchone()
    return total, rows


_ON_NUMBERS = (
    "FROM cdr AS c INDEXED BY cdr_from WHERE c.from_id IN"
    " (SELECT number_id FROM number_suffix WHERE suffix >= ? AND suffix < ?)"
)


def by_suffix_index(connection: sqlite3.Connection, query: CdrQuery) -> Found:
    """A part of a number as sqlite3 finds it by suffixes of the numbers and the calls of each: bare tuples."""
    values = suffix_range(query.call_from or "")
    (total,) = connection.execute(f"SELECT count(*) {_ON_NUMBERS}", values).fetchone()
    page = f"SELECT c.id {_ON_NUMBERS} ORDER BY c.started_at, c.id LIMIT {PAGE} OFFSET {query.offset}"
    return total, connection.execute(
        f"SELECT c.*, f.digits, t.digits FROM ({page}) AS hit CROSS JOIN cdr AS c ON c.id = hit.id"
        " CROSS JOIN number AS f ON f.id = c.from_id CROSS JOIN number AS t ON t.id = c.to_id",
        values,
    ).fetchall()


def by_scan(connection: sqlite3.Connection, query: CdrQuery) -> Found:
    """The same by LIKE over the flat table."""
    values = (fuzzy.like(query.call_from or ""),)
    matching = "FROM cdr WHERE from_number LIKE ? ESCAPE '\\'"
    (total,) = connection.execute(f"SELECT count(*) {matching}", values).fetchone()
    page = f"SELECT * {matching} ORDER BY started_at, id LIMIT {PAGE}"
    return total, connection.execute(page, values).fetchall()


def check(
    report: Report, ours: sqlite3.Connection, other: Callable[[CdrQuery], Found], asked: Sequence[CdrQuery]
) -> None:
    """Whether both ways find the same, in the same order."""
    for query in asked:
        total, rows = other(query)
        if ids(ours, query) != (total, [row[0] for row in rows]):
            report.note(f"WRONG ANSWER: {query} finds other calls than raw SQLite")


def _exact(report: Report, data: Dataset, ours: sqlite3.Connection, flat: sqlite3.Connection) -> None:
    asked = days_of_extensions(ASKED)
    check(report, ours, partial(by_flat_index, flat), asked)
    results = in_turns({"ours": (partial(emulator, ours), asked), "raw": (partial(by_flat_index, flat), asked)})
    chapter = f"An extension's calls of one day, of {data.rows:,}; in one process, CPU"
    report.add(chapter, "emulator, to JSON", results["ours"].cpu, "µs")
    report.add(chapter, "sqlite3 on an index of number and time, to tuples", results["raw"].cpu, "µs")
    report.add(chapter, "emulator, times sqlite3", results["ours"].cpu_ratio(results["raw"]), most=3)


def days_of_extensions(amount: int) -> list[CdrQuery]:
    """Some extensions, each on some day."""
    chance = Random(86400)
    starts = [END - chance.randrange(1, DAYS) * 86400 for _ in range(amount)]
    return [
        CdrQuery(start=start, end=start + 86399, call_from=str(chance.randrange(2000, 2030)), limit=PAGE)
        for start in starts
    ]


def _four_digits(report: Report, data: Dataset, ours: sqlite3.Connection, flat: sqlite3.Connection) -> None:
    drawn = searches.patterns(data, range(4, 5), ASKED, Random(4))
    asked = [CdrQuery(call_from=pattern, fuzzy=True, limit=PAGE) for pattern in drawn]
    check(report, ours, partial(by_suffix_index, ours), asked)
    check(report, ours, partial(by_scan, flat), asked[:SCANNED])
    found = _pattern_by_pattern(ours, asked)
    scans = in_turns({"scan": (partial(by_scan, flat), asked[:SCANNED])}, rounds=2)["scan"].cpu
    cpus = sorted(result["ours"].cpu for result in found)
    ratios = sorted(result["ours"].cpu_ratio(result["raw"]) for result in found)
    chapter = f"Four digits of a number among {data.rows:,} calls, total_number included; in one process, CPU"
    report.add(chapter, f"emulator, median of {ASKED} patterns", _median(cpus), "µs")
    report.add(chapter, "emulator, slowest pattern", cpus[-1], "µs")
    report.add(chapter, "LIKE over a flat table", scans / 1000, "ms")
    report.add(chapter, "emulator, times sqlite3 on the suffixes of numbers, median", _median(ratios), most=3)
    report.add(chapter, "the same, worst pattern", ratios[-1])
    report.add(chapter, "times as fast as LIKE, median", scans / _median(cpus), least=100)
    report.add(chapter, "the same, worst pattern", scans / cpus[-1])


def _pattern_by_pattern(ours: sqlite3.Connection, asked: Sequence[CdrQuery]) -> list[dict[str, Result]]:
    return [
        in_turns({"ours": (partial(emulator, ours), [query]), "raw": (partial(by_suffix_index, ours), [query])}, 5)
        for query in asked
    ]


def _median(values: Sequence[float]) -> float:
    """Of sorted values."""
    return values[len(values) // 2]


def _seven_digits(
    report: Report, data: Dataset, smaller: Dataset, ours: sqlite3.Connection, few: sqlite3.Connection
) -> None:
    many, fewer = rare_patterns(ours), rare_patterns(few)
    check(report, ours, partial(by_suffix_index, ours), many)
    results = in_turns({"many": (partial(emulator, ours), many), "few": (partial(emulator, few), fewer)}, rounds=15)
    chapter = f"Seven digits that at most {_FEW_CALLS} calls have; in one process, CPU"
    report.add(chapter, f"of {data.rows:,} calls", results["many"].cpu, "µs")
    report.add(chapter, f"of {smaller.rows:,} calls", results["few"].cpu, "µs")
    report.add(chapter, "the first, times the second", results["many"].cpu_ratio(results["few"]), most=1.5)


def rare_patterns(connection: sqlite3.Connection) -> list[CdrQuery]:
    """Searches for seven digits with one to three calls each."""
    chance = Random(7)
    (highest,) = connection.execute("SELECT max(id) FROM number").fetchone()
    found: list[CdrQuery] = []
    while len(found) < ASKED:
        row = connection.execute("SELECT digits FROM number WHERE id = ?", (chance.randint(1, highest),)).fetchone()
        if row is None or len(row[0]) < 10:
            continue
        query = CdrQuery(call_from=row[0][-7:], fuzzy=True, limit=PAGE)
        if 1 <= ids(connection, query)[0] <= _FEW_CALLS:
            found.append(query)
    return found


# What is leafed through.
_LEAFED = (
    ("all calls", CdrQuery(limit=PAGE)),
    ("an extension's", CdrQuery(call_from="2005", limit=PAGE)),
    ("from numbers with 200 in them", CdrQuery(call_from="200", fuzzy=True, limit=PAGE)),
    ("from numbers with 0592, an area code, in them", CdrQuery(call_from="0592", fuzzy=True, limit=PAGE)),
    ("from numbers with a 4 in them", CdrQuery(call_from="4", fuzzy=True, limit=PAGE)),
)


def _pages(report: Report, data: Dataset, ours: sqlite3.Connection) -> None:
    """The first page, and a deep one out of the blue, where there are so many: nothing is remembered of pages."""
    chapter = f"Pages of {PAGE} rows out of {data.rows:,}, page {DEEP:,} beside page 1; in one process, CPU"
    for words, query in _LEAFED:
        deep = replace(query, offset=(DEEP - 1) * PAGE)
        if ids(ours, query)[0] < deep.offset + PAGE:
            continue
        if query.fuzzy:
            check(report, ours, partial(by_suffix_index, ours), [query, deep])
        results = in_turns({"first": (partial(emulator, ours), [query]), "deep": (partial(emulator, ours), [deep])})
        report.add(chapter, f"{words}: page 1", results["first"].cpu, "µs")
        report.add(chapter, f"{words}: page {DEEP:,}", results["deep"].cpu, "µs")
        report.add(chapter, f"{words}: times page 1", results["deep"].cpu_ratio(results["first"]), most=10)
