"""Figures of calls made up and loaded by the command: how fast, in how much memory, how large."""

from __future__ import annotations

import shutil

from . import OUT, dataset
from .dataset import Dataset
from .figures import Report
from .making import Made, make

FEW, MANY = 100_000, 400_000
DAYS = 365


def measure(report: Report, data: Dataset) -> None:
    """The whole command, for few rows and for many; and as the data that is measured was made, which may be a while
    ago."""
    few, many = _generate(FEW), _generate(MANY)
    chapter = "Calls made up and loaded by the command, indexes included"
    report.add(chapter, f"{FEW:,} rows", few.seconds, "s", most=5)
    for made in (many, dataset.made(data)):
        report.add(chapter, f"{made.rows:,} rows", made.seconds, "s")
        report.add(chapter, f"{made.rows:,} rows, for each second of CPU", made.rows / made.cpu, "rows", least=40_000)
        report.add(chapter, f"{made.rows:,} rows, memory", made.memory, "MiB")
        report.add(chapter, f"more memory than for {FEW:,}", max(0.0, made.memory - few.memory), "MiB", most=24)
        report.add(chapter, "size of the database for a row", made.size / made.rows, "bytes", most=450)


def _generate(rows: int) -> Made:
    folder = OUT / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    made = make(folder, rows, DAYS, dataset.END)
    shutil.rmtree(folder)
    return made
