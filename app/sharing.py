"""A server that several processes use, and that ends with the last of them, however that one ends.

Each holds a lock on a file (fcntl's: it ends with its process, and a fork does not have it). When the server is ready,
it writes its address there, and waits for a lock that it gets when nobody else has one.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

_PACKAGE = str(__package__)
_FOLDER = str(Path(__file__).resolve().parent.parent)

# The command line, in an interpreter whose working directory is nobody's business: it may hold modules of any name.
_MAIN = """
import importlib, sys
folder, package, *arguments = sys.argv[1:]
sys.path.append(folder)
importlib.import_module(package).main(arguments, prog_name="pbx-emulator")
"""

# What somebody wants to be warned of in the programs tested is not about the server.
_WARNINGS = "PYTHONWARNINGS"

# Seconds between two looks at whether a server is ready, and how many it may take.
_PAUSE = 0.005
_MOST_SECONDS = 120.0


def arguments_of(settings: Mapping[str, Any]) -> list[str]:
    """Settings by name as arguments of ``serve``; None is not given."""
    arguments = []
    for name, value in settings.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            text = ",".join(value) if isinstance(value, (list, tuple)) else value
            arguments.append(f"--{option}={text}")
    return arguments


class StartError(Exception):
    """The server has ended, or taken too long, before it was ready."""


class Use:
    """This process's share in the server of a file. There must be only one at a time of any file in a process.

    To begin waits for a server to be gone that nobody used any more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._descriptor, fcntl.LOCK_SH)

    @property
    def address(self) -> str:
        """Where the server is; empty as long as it is not ready."""
        written = os.pread(self._descriptor, 1000, 0)
        return written.decode().strip() if written.endswith(b"\n") else ""

    @property
    def is_the_last(self) -> bool:
        """Whether nobody else uses the server now."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        fcntl.lockf(self._descriptor, fcntl.LOCK_SH)
        return True

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: IO[bytes] | int,
        errors: IO[bytes] | int | None,
        folder: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start ``serve`` with the arguments in the folder, and wait until its ``address`` is there.

        Raises StartError when it ends instead; what it says goes to ``output`` and ``errors``.
        """
        os.ftruncate(self._descriptor, 0)
        environment = {name: value for name, value in environment.items() if name != _WARNINGS}
        command = [sys.executable, "-P", "-c", _MAIN, _FOLDER, f"{_PACKAGE}.cli"]
        process = subprocess.Popen(
            [*command, "serve", "--while-used", str(self.path.resolve()), *arguments],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            start_new_session=True,  # Ctrl-C is for who uses it
        )  # fmt: skip
        try:
            self._wait_for(process)
        except BaseException:  # Ctrl-C, too: then what it would need is gone in a moment
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        return process

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        """Until it has written its address. Raises StartError."""
        deadline = time.monotonic() + _MOST_SECONDS
        while not self.address:
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartError
            time.sleep(_PAUSE)

    def end(self) -> None:
        """Use it no more."""
        os.close(self._descriptor)


def end_when_unused(path: Path, address: str) -> None:
    """The server's part: say that it is ready, and where, and end this process when nobody uses it any more."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(descriptor, f"{address}\n".encode(), 0)
    threading.Thread(target=_wait_and_end, args=(descriptor, threading.get_ident()), daemon=True).start()


def _wait_and_end(descriptor: int, thread: int) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_EX)  # kept to the very end: who comes now waits for it
    os.ftruncate(descriptor, 0)
    signal.pthread_kill(thread, signal.SIGQUIT)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
