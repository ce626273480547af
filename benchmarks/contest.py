"""A contest: servers take turns under the same load, in many short rounds, and medians count.

What counts is the CPU time that a server's processes use for a request. Requests a second swing threefold on a busy
machine, CPU time by a third; the ratio of two contenders within a round moves least, because both meet the same
neighbours there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .load import Job, Load
from .servers import Served

ROUNDS = 25
ROUND_SECONDS = 0.15

# A first round of so many requests for each connection tells how many make a round.
_TRIAL = 16


@dataclass(frozen=True)
class Contender:
    """A server and what it is asked: requests enough that none of them comes again soon."""

    name: str
    served: Served
    requests: Sequence[str]
    keep_alive: bool = True
    connections: int = 8

    def job(self, amount: int, first: int = 0) -> Job:
        """So many of the requests, beginning with the one in the first place."""
        asked = [self.requests[(first + i) % len(self.requests)] for i in range(min(amount, len(self.requests)))]
        return Job(self.served.port, asked, amount, self.connections, self.keep_alive)


@dataclass(frozen=True)
class Result:
    """Round by round, microseconds of the server's CPU for a request, and requests a second."""

    cpus: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def cpu(self) -> float:
        return median(self.cpus)

    @property
    def rate(self) -> float:
        return median(self.rates)

    def cpu_ratio(self, other: Result) -> float:
        """How many times the other's CPU: the median of the rounds' ratios."""
        return median(mine / others for mine, others in zip(self.cpus, other.cpus, strict=True))

    def rate_ratio(self, other: Result) -> float:
        """How many times the other's requests a second, likewise."""
        return median(mine / others for mine, others in zip(self.rates, other.rates, strict=True))


def contest(load: Load, contenders: Sequence[Contender], rounds: int = ROUNDS) -> dict[str, Result]:
    """Every contender's rounds, by name."""
    amounts = {contender.name: _calibrate(load, contender) for contender in contenders}
    measured: dict[str, list[tuple[float, float]]] = {contender.name: [] for contender in contenders}
    for turn in range(rounds):
        for contender in contenders:
            amount = amounts[contender.name]
            measured[contender.name].append(_round(load, contender.served, contender.job(amount, turn * amount)))
    return {name: Result(*zip(*found, strict=True)) for name, found in measured.items()}


def _calibrate(load: Load, contender: Contender) -> int:
    """How many requests make a round; asking them also warms the server up."""
    load.run(contender.job(contender.connections))
    trial = contender.job(contender.connections)
    seconds = load.run(trial).seconds
    if seconds < ROUND_SECONDS:
        trial = contender.job(_TRIAL * contender.connections)
        seconds = load.run(trial).seconds
    fitting = int(ROUND_SECONDS * trial.amount / seconds)
    return max(contender.connections, fitting // contender.connections * contender.connections)


def _round(load: Load, served: Served, job: Job) -> tuple[float, float]:
    before = served.cpu_seconds()
    outcome = load.run(job)
    used = served.cpu_seconds() - before
    return used / job.amount * 1e6, job.amount / outcome.seconds
