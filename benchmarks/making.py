"""Calls made up and loaded by the command, into a PBX that is empty, and what that took."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.pbx.setup import DATABASE_NAME

from . import ROOT

# A process inherits from the one that starts it how much memory it seems to have had at most: a small one starts it.
_APART = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]))
sys.exit(code)
"""


@dataclass(frozen=True)
class Made:
    """``cpu`` is user and system time in seconds; ``memory`` is the most that was resident, in MiB; ``size`` is the
    database's, in bytes."""

    rows: int
    seconds: float
    cpu: float
    memory: float
    size: int


def make(folder: Path, rows: int, days: int, end: int) -> Made:
    """Have so many rows made in the days before ``end`` (Unix seconds). Raises RuntimeError."""
    period = ("--days", str(days), "--to", str(end))
    spent = run_apart("generate", "--calls", str(rows), *period, "--instance", str(folder))
    return Made(rows, *spent, Path(folder, DATABASE_NAME).stat().st_size)


def run_apart(*arguments: str) -> tuple[float, float, float]:
    """Run the command; seconds, those of CPU, and the most memory in MiB. Raises RuntimeError: it failed."""
    command = [sys.executable, "-m", "app", *arguments]
    began = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-c", _APART, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if said.returncode:
        raise RuntimeError(f"pbx-emulator {arguments[0]} failed")
    cpu, memory = json.loads(said.stdout.splitlines()[-1])
    return seconds, cpu, memory / 1024
