"""The load: a process of its own that keeps some connections busy with requests until a job is done.

It reads one job a line, as JSON, and answers each with one line. Each connection has one request under way; a
connection that ends with its answer is closed at once, as most clients do, and another one is opened.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from statistics import median

from . import ROOT
from .wire import Answer, open_connection, receive


@dataclass(frozen=True)
class Job:
    """``amount`` requests, taking turns with ``requests``, over so many connections at a time."""

    port: int
    requests: Sequence[str]
    amount: int
    connections: int = 8
    keep_alive: bool = True


@dataclass(frozen=True)
class Outcome:
    """``seconds`` for all, ``first_byte`` the median's, ``size`` the bytes of all answers, ``failures`` bad ones."""

    seconds: float
    first_byte: float
    size: int
    failures: int


class Connections:
    """The connections of a job, and the requests that are under way on them."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = [request.encode() for request in job.requests]
        self.sent = count()
        self.answers: list[tuple[float, int, bool]] = []
        self.selector = selectors.DefaultSelector()

    def send(self, connection: socket.socket | None = None) -> None:
        """Send the next request, if there is one left, over this connection or a new one."""
        place = next(self.sent)
        if place >= self.job.amount:
            if connection is not None:
                connection.close()
            return
        if connection is None:
            connection = open_connection(self.job.port)
        answer = Answer(time.perf_counter())
        connection.sendall(self.requests[place % len(self.requests)])
        self.selector.register(connection, selectors.EVENT_READ, answer)

    def take_in(self) -> None:
        """Wait for bytes, and go on with the connections that have them."""
        for key, _ in self.selector.select(60):
            answer: Answer = key.data
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            receive(connection, answer)
            if answer.done:
                self.selector.unregister(connection)
                self.answers.append((answer.first_byte, len(answer.body), answer.good))
                self.go_on(connection, answer)

    def go_on(self, connection: socket.socket, answer: Answer) -> None:
        if self.job.keep_alive and not answer.last:
            self.send(connection)
        else:
            connection.close()
            self.send()


def run(job: Job) -> Outcome:
    """Do the job. Raises ConnectionError."""
    connections = Connections(job)
    began = time.perf_counter()
    for _ in range(min(job.connections, job.amount)):
        connections.send()
    while connections.selector.get_map():
        connections.take_in()
    seconds = time.perf_counter() - began
    first_bytes, sizes, good = zip(*connections.answers, strict=True)
    return Outcome(seconds, median(first_bytes), sum(sizes), good.count(False))


class Load:
    """The process, seen from the bench. To be used in a ``with`` block."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.load"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def run(self, job: Job) -> Outcome:
        """Have the job done. Raises RuntimeError when an answer was not a good one."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(asdict(job)), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator has ended")
        outcome = Outcome(**json.loads(line))
        if outcome.failures:
            raise RuntimeError(f"{outcome.failures} of {job.amount} answers are not good: {job.requests[0]!r}")
        return outcome


def main() -> None:
    """Job after job, until there are no more."""
    for line in sys.stdin:
        print(json.dumps(asdict(run(Job(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
