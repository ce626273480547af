"""Figures within one process: ten thousand rows from the database to bytes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from itertools import chain
from statistics import median

import orjson

from app.settings import Settings
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.yeastar.rows import json_row
from app.yeastar.schemas.cdr_rows import CdrOut

from . import searches
from .dataset import Dataset
from .figures import Report
from .plain import OPTIONAL
from .scale import instants_of

# The demo's zone has had no other offset since 1991.
_OFFSET = 8 * 3600

_SQL = f"""SELECT c.id, strftime('%m/%d/%Y %H:%M:%S', c.started_at + {_OFFSET}, 'unixepoch') AS time,
    c.from_text AS call_from, c.to_text AS call_to, c.started_at AS timestamp, c.uid, c.src_addr, c.src_trunk,
    c.dst_trunk, c.duration, c.ring_duration, c.talk_duration, c.disposition, c.call_type, c.did_number, c.dod_number,
    c.record_file, c.reason, f.digits AS call_from_number, c.from_name AS call_from_name,
    t.digits AS call_to_number, c.to_name AS call_to_name, c.call_id
    FROM cdr AS c JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id
    WHERE c.started_at >= ? AND c.started_at <= ? ORDER BY c.started_at, c.id"""


def ours(connection: sqlite3.Connection, start: int, end: int) -> bytes:
    """The rows as the emulator renders them."""
    page = find_cdrs(connection, CdrQuery(start=start, end=end), json_row(CdrOut, Settings()))
    return b"[%b]" % b",".join(b",".join(chain.from_iterable(batch)) for batch in page.batches)


def by_hand(connection: sqlite3.Connection, start: int, end: int) -> bytes:
    """The same rows read with sqlite3 and written with orjson."""
    cursor = connection.execute(_SQL, (start, end))
    names = [column[0] for column in cursor.description]
    return orjson.dumps([_shaped(dict(zip(names, row, strict=True))) for row in cursor])


def _shaped(row: dict[str, str | int]) -> dict[str, str | int]:
    """The row as the API shows it: parties made of name and number, no empty optional keys."""
    for party in ("call_from", "call_to"):
        number, name = row[f"{party}_number"], row[f"{party}_name"]
        row[party] = row[party] or (f"{name}<{number}>" if name else number)
        row[f"{party}_name"] = name or " "
    for key in OPTIONAL:
        if not row[key]:
            del row[key]
    return row


def barely(connection: sqlite3.Connection, start: int, end: int) -> bytes:
    """The columns as they are, with sqlite3 and orjson: less than the API's rows."""
    cursor = connection.execute(_SQL, (start, end))
    names = [column[0] for column in cursor.description]
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor])


Way = Callable[[sqlite3.Connection, int, int], bytes]


def rendering(report: Report, data: Dataset) -> None:
    """Ten thousand rows to bytes, three ways, in turns."""
    rows = min(10_000, data.rows // 4)
    world = data.world()
    connection = world.database.connection()
    windows = [instants_of(params) for params in searches.of_a_period(data, rows, 5)]
    if any(orjson.loads(ours(connection, *w)) != orjson.loads(by_hand(connection, *w)) for w in windows[:2]):
        report.note("WRONG ANSWER: rows rendered by the emulator and by hand differ")
    taken = {way: _milliseconds(way, connection, windows) for way in (ours, by_hand, barely)}
    world.database.close()
    chapter = f"{rows:,} rows from the database to bytes, in one process; CPU"
    report.add(chapter, "emulator", taken[ours], "ms")
    report.add(chapter, "sqlite3 and orjson, the API's rows", taken[by_hand], "ms")
    report.add(chapter, "sqlite3 and orjson, bare columns", taken[barely], "ms")
    report.add(chapter, "emulator, times sqlite3 and orjson", taken[ours] / taken[by_hand], most=1.3)
    report.add(chapter, "emulator, times sqlite3 and orjson with bare columns", taken[ours] / taken[barely])


def _milliseconds(way: Way, connection: sqlite3.Connection, windows: Sequence[tuple[int, int]]) -> float:
    taken = []
    for start, end in [windows[0], *windows, *windows]:
        began = time.process_time()
        way(connection, start, end)
        taken.append(time.process_time() - began)
    return median(taken[1:]) * 1000
