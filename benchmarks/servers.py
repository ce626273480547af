"""The servers that are measured: started on a free port, with their CPU time and memory as the system counts them."""

from __future__ import annotations

import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-not-found, import-untyped, unused-ignore]

from . import ROOT
from .dataset import Dataset

MIB = 1 << 20

_PATIENCE = 30.0


class ServerError(Exception):
    """A server has not started; the text holds what it said."""


class Served:
    """A server's processes. To be used in a ``with`` block, which ends it."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self.process, self.log, self.port = process, log, 0

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes that belong to it, and no others."""
        processes = self.tree()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        for left in psutil.wait_procs(processes, timeout=10)[1]:
            left.kill()
        self.process.wait(10)
        self.log.close()

    def tree(self) -> list[psutil.Process]:
        """The process that was started and those below it."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def workers(self) -> list[psutil.Process]:
        return self.tree()[1:]

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree so far."""
        return sum(cpu_seconds(process) for process in self.tree())

    def memory(self) -> dict[str, float]:
        """The largest worker's memory in MiB: resident (rss), and where the system tells, its share (pss, uss)."""
        found: dict[str, float] = {}
        for process in self.workers():
            usage = process.memory_full_info()
            for kind in ("rss", "pss", "uss"):
                if hasattr(usage, kind):
                    found[kind] = max(found.get(kind, 0.0), getattr(usage, kind) / MIB)
        return found

    def said(self) -> str:
        """What it has written so far."""
        fd = self.log.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of a process: to the nanosecond from Linux, else in hundredths of a second."""
    if platform.system() == "Linux":
        # The CPU clock of another process, as clock_getcpuclockid(3) makes its number.
        return time.clock_gettime((~process.pid << 3) | 2)
    times = process.cpu_times()
    return float(times.user + times.system)


def environment(**variables: str) -> dict[str, str]:
    """The process's environment without settings of the emulator, plus those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PBX_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **variables}


def spawn(command: Sequence[str], **variables: str) -> Served:
    """Start a server, without waiting for it; its port is not known yet."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 - Served closes it
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(**variables), stdout=log, stderr=log, stdin=subprocess.DEVNULL
    )
    return Served(process, log)


def start(command: Sequence[str], **variables: str) -> Served:
    """Start a server and wait until it says where it is. Raises ServerError."""
    served = spawn(command, **variables)
    deadline = time.monotonic() + _PATIENCE
    while not (found := re.search(r" at http://127\.0\.0\.1:(\d+)", served.said())):
        if served.process.poll() is not None or time.monotonic() > deadline:
            said = served.said()
            served.__exit__()
            raise ServerError(f"{' '.join(command[-4:])} has not started:\n{said}")
        time.sleep(0.01)
    served.port = int(found[1])
    return served


def emulator(data: Dataset, keep_alive: int = 0, **variables: str) -> Served:
    """The emulator itself, as anybody starts it."""
    return start(serve_command(data.folder, 0, keep_alive), PBX_MAX_TOKENS="0", **variables)


def serve_command(folder: Path, port: int, keep_alive: int = 0) -> list[str]:
    """``pbx-emulator serve`` with the program that is installed beside this Python."""
    program = Path(sys.executable).with_name("pbx-emulator")
    command = [str(program)] if program.exists() else [sys.executable, "-m", "app"]
    given = {"--port": port, "--instance": folder, "--keep-alive": keep_alive, "--seed": "demo"}
    return [*command, "serve", *(str(part) for item in given.items() for part in item)]


def yardstick(name: str, data: Dataset, keep_alive: int = 0) -> Served:
    """The plain application or the empty one, under the emulator's own server."""
    command = [sys.executable, "-m", "benchmarks.launch", name, "--database", str(data.database)]
    return start([*command, "--keep-alive", str(keep_alive)])


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
