"""Calls made up and loaded by the command, into a PBX that is empty: how fast, in how much memory, how large."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.pbx.setup import DATABASE_NAME

from . import OUT, ROOT, dataset
from .figures import Report

FEW, MANY = 100_000, 400_000
DAYS = 365


@dataclass(frozen=True)
class Made:
    """``cpu`` is user and system time; ``memory`` is the most that was resident, in MiB; ``size`` in bytes."""

    seconds: float
    cpu: float
    memory: float
    size: int


def measure(report: Report) -> None:
    """The whole command, for few rows and for many."""
    few, many = _generate(FEW), _generate(MANY)
    chapter = "Calls made up and loaded by the command, indexes included"
    report.add(chapter, f"{FEW:,} rows", few.seconds, "s", most=5)
    report.add(chapter, f"{MANY:,} rows", many.seconds, "s")
    report.add(chapter, f"{MANY:,} rows, for each second of CPU", MANY / many.cpu, "rows", least=40_000)
    report.add(chapter, f"memory for {MANY:,} rows", many.memory, "MiB")
    report.add(chapter, f"more memory than for {FEW:,}", max(0.0, many.memory - few.memory), "MiB", most=24)
    report.add(chapter, "size of the database for a row", many.size / MANY, "bytes", most=450)


def _generate(rows: int) -> Made:
    folder = OUT / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    period = ("--days", str(DAYS), "--to", str(dataset.END))
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "generate", "--calls", str(rows), *period, "--instance", str(folder)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError("pbx-emulator generate failed")
    size = Path(folder, DATABASE_NAME).stat().st_size
    shutil.rmtree(folder)
    return Made(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, size)
