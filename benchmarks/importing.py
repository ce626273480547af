"""Figures of calls imported by the command, from files in each format: how fast, in how much memory."""

from __future__ import annotations

import shutil

from app.cli.exporting import WRITTEN

from . import OUT, dataset
from .figures import Report
from .making import make, run_apart

FEW, MANY = 20_000, 100_000
DAYS = 60


def measure(report: Report) -> None:
    """Export made calls in the format, and import them into an empty PBX; few of them, and many."""
    chapter = f"{MANY:,} calls imported by the command, indexes included"
    memory: dict[tuple[str, int], float] = {}
    for rows in (FEW, MANY):
        folder = OUT / "exported"
        shutil.rmtree(folder, ignore_errors=True)
        make(folder / "from", rows, DAYS, dataset.END)
        for name in WRITTEN:
            file, into = str(folder / name), folder / "into"
            run_apart("export", "--format", name, file, "--instance", str(folder / "from"))
            _, cpu, memory[name, rows] = run_apart("import", file, "--instance", str(into))
            shutil.rmtree(into)
            if rows == MANY:
                report.add(chapter, f"{name}, for each second of CPU", rows / cpu, "rows")
        shutil.rmtree(folder)
    for name in WRITTEN:
        more = max(0.0, memory[name, MANY] - memory[name, FEW])
        report.add(chapter, f"{name}, more memory than for {FEW:,}", more, "MiB", most=32)
