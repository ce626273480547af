"""Figures of fuzzy searches beside LIKE: the same answers for every pattern, and how much faster."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from statistics import median

from app.settings import Settings
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.yeastar.rows import json_row
from app.yeastar.schemas.cdr_rows import CdrOut

from . import searches
from .dataset import Dataset
from .figures import Report
from .scene import Scene, answer
from .searches import target
from .wire import get

PAGE = 100
LONGEST = 12

# LIKE reads all rows for each pattern: beyond so many rows there are fewer patterns.
MILLION = 1_000_000

CHAPTER = f"Fuzzy search over everything, total_number included, page_size={PAGE}"

COLUMNS = {"call_from": "from_number", "call_to": "to_number"}


def like(pattern: str) -> str:
    """The pattern for LIKE ... ESCAPE: whatever contains the text, wildcards taken as they stand."""
    escaped = pattern
    for wildcard in ("\\", "%", "_"):
        escaped = escaped.replace(wildcard, "\\" + wildcard)
    return f"%{escaped}%"


def expected(flat: sqlite3.Connection, patterns: dict[str, str]) -> tuple[int, list[int]]:
    """By LIKE over the flat table: how many calls match, and the ids of the first page."""
    where = " AND ".join(f"{COLUMNS[side]} LIKE ? ESCAPE '\\'" for side in patterns)
    found = flat.execute(
        f"SELECT id FROM cdr WHERE {where} ORDER BY started_at, id", [like(p) for p in patterns.values()]
    ).fetchall()
    return len(found), [row[0] for row in found[:PAGE]]


def sweep(report: Report, stage: Scene) -> None:
    """Ask for many patterns over HTTP; each answer must be LIKE's."""
    amount, wrong = 200 if stage.data.rows <= MILLION else 40, 0
    with closing(sqlite3.connect(stage.data.flat)) as flat:
        for patterns in _sweep_patterns(stage.data, amount):
            params = {**patterns, "enable_fuzzy_search": "1", "page_size": str(PAGE)}
            answered = answer(stage.emulator.port, get(target("cdr/search", stage.token, params)))
            got = answered["total_number"], [row["id"] for row in answered["data"]]
            if got != (right := expected(flat, patterns)):
                wrong += 1
                report.note(f"WRONG ANSWER: {patterns}: {got[0]} calls, LIKE finds {right[0]}")
    report.add(CHAPTER, f"answers of {amount} patterns (1 to {LONGEST} characters) other than LIKE's", wrong, most=0)


def _sweep_patterns(data: Dataset, amount: int) -> list[dict[str, str]]:
    """Patterns for the caller, for the callee, and some for both; LIKE reads the whole table for the last."""
    chance = Random(2005)
    drawn = searches.patterns(data, range(1, LONGEST + 1), max(1, amount // 20), chance)
    drawn += searches.random_patterns(amount - len(drawn), LONGEST, chance)
    asked: list[dict[str, str]] = []
    for place, pattern in enumerate(drawn[:amount]):
        if place % 10 == 9:
            asked.append({"call_from": pattern, "call_to": chance.choice(drawn)[:2]})
        else:
            asked.append({("call_from", "call_to")[place % 2]: pattern})
    return asked


@dataclass(frozen=True)
class Timing:
    """Milliseconds for one pattern: the emulator, and LIKE over the flat table."""

    ours: float
    flat: float

    @property
    def times(self) -> float:
        """How many times as fast as LIKE."""
        return self.flat / self.ours


def speed(report: Report, data: Dataset) -> None:
    """Patterns of one and two characters, and longer ones, beside LIKE. The flat table's LIKE is held to the bar."""
    for words, lengths, amount, bar in (
        ("3 to 10 characters", range(3, 11), 4, 100),
        ("1 and 2 characters", range(1, 3), 6, 10),
    ):
        drawn = [
            ({("call_from", "call_to")[place % 2]: pattern})
            for place, pattern in enumerate(searches.patterns(data, lengths, amount, Random(7)))
        ]
        timings, joined = _timings(data, drawn), _joined(data, drawn[::amount])
        report.add(CHAPTER, f"{words}: emulator, p50", median(t.ours for t in timings), "ms")
        report.add(CHAPTER, f"{words}: emulator, slowest pattern", max(t.ours for t in timings), "ms")
        report.add(CHAPTER, f"{words}: LIKE over the joined tables, p50", median(joined), "ms")
        report.add(CHAPTER, f"{words}: LIKE over a flat table, p50", median(t.flat for t in timings), "ms")
        report.add(CHAPTER, f"{words}: times as fast as the last, p50", median(t.times for t in timings), least=bar)
        report.add(CHAPTER, f"{words}: the same, worst pattern", min(t.times for t in timings))
        share = sum(t.times >= bar for t in timings) / len(timings)
        report.add(CHAPTER, f"{words}: patterns at least {bar} times as fast", 100 * share, "%")


def _timings(data: Dataset, drawn: Sequence[dict[str, str]]) -> list[Timing]:
    world = data.world()
    ours = world.database.connection()
    tries = 2 if data.rows <= MILLION else 1
    with closing(sqlite3.connect(data.flat)) as flat:
        found = []
        for patterns in drawn:
            mine = _best(partial(_ours, ours, patterns), 5)
            found.append(Timing(mine, _best(partial(_scan, flat, _FLAT, patterns), tries)))
    world.database.close()
    return found


def _joined(data: Dataset, drawn: Sequence[dict[str, str]]) -> list[float]:
    world = data.world()
    connection = world.database.connection()
    found = [_best(partial(_scan, connection, _JOINED, patterns), 1) for patterns in drawn]
    world.database.close()
    return found


def _ours(connection: sqlite3.Connection, patterns: dict[str, str]) -> None:
    query = CdrQuery(fuzzy=True, limit=PAGE, call_from=patterns.get("call_from"), call_to=patterns.get("call_to"))
    page = find_cdrs(connection, query, json_row(CdrOut, Settings()))
    b",".join(chain.from_iterable(chain.from_iterable(page.batches)))


# FROM and WHERE of a scan, with the number's column by side.
_FLAT = ("FROM cdr AS c WHERE {} LIKE ?", {"call_from": "c.from_number", "call_to": "c.to_number"})
_JOINED = (
    "FROM cdr AS c JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id WHERE {} LIKE ?",
    {"call_from": "f.digits", "call_to": "t.digits"},
)


def _scan(connection: sqlite3.Connection, source: tuple[str, dict[str, str]], patterns: dict[str, str]) -> None:
    """The count and the page, as tuples: what LIKE costs before anything is rendered."""
    ((side, pattern),) = patterns.items()
    matching, values = source[0].format(source[1][side]), (like(pattern),)
    connection.execute(f"SELECT count(*) {matching}", values).fetchone()
    connection.execute(f"SELECT c.* {matching} ORDER BY c.started_at, c.id LIMIT {PAGE}", values).fetchall()


def _best(call: Callable[[], None], times: int) -> float:
    """Milliseconds of the fastest of some calls."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000
