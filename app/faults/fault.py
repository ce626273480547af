"""Fault: one rule. It is data: which requests, how many of them, and what is done to these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

from .dialects import ANY, Dialect

# Seconds that a client can be kept waiting.
LONGEST_DELAY = 600.0

# What a rule can do -> the part of an answer that this is about. To one part, only one thing can be done.
EFFECTS: Mapping[str, str] = {
    "errcode": "answer",
    "status": "answer",
    "expire_token": "answer",
    "delay": "delay",
    "content_type": "type",
    "truncate": "end",
    "cut": "end",
    "drip": "pace",
}


class FaultError(ValueError):
    """A rule makes no sense; the text says why, and what would."""


class UnknownFaultError(FaultError):
    """There is no rule with that id."""


@dataclass(frozen=True)
class Fault:
    """It concerns requests to ``route`` (``cdr/search``, ``cdrs``; ``*``: any) by ``client`` (None: anybody), from
    ``since`` until ``until``, both included (the PBX's time in Unix seconds, None: without end). Of these it lets
    ``skip`` pass, and then goes off with ``probability``, drawn by ``seed``, ``times`` times (0: without end).

    What it does, each None where it does not: answers ``errcode`` (Yeastar) or HTTP ``status`` instead; keeps the
    client waiting ``delay`` seconds, see ``seconds``; ends the token (``expire_token``); sends ``truncate`` bytes of
    the body and closes; closes (``cut``) ``before`` the answer or after its ``headers``; sends another
    ``content_type``; sends ``drip`` bytes a second. ``seen`` and ``fired`` count requests.
    """

    id: int = 0
    route: str = ANY
    client: str | None = None
    since: float | None = None
    until: float | None = None
    skip: int = 0
    times: int = 0
    probability: float = 1.0
    seed: int = 1
    errcode: int | None = None
    status: int | None = None
    delay: float | None = None
    delay_most: float | None = None
    delay_spread: float | None = None
    distribution: str | None = None
    expire_token: bool = False
    truncate: int | None = None
    cut: str | None = None
    content_type: str | None = None
    drip: int | None = None
    seen: int = 0
    fired: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has gone off as often as it should."""
        return 0 < self.times <= self.fired

    @property
    def effects(self) -> tuple[str, ...]:
        """What it does, by the names in EFFECTS."""
        return tuple(name for name in EFFECTS if getattr(self, name) is not None and getattr(self, name) is not False)

    @property
    def parts(self) -> frozenset[str]:
        """The parts of an answer to which it does something."""
        return frozenset(EFFECTS[name] for name in self.effects)

    def met(self) -> Fault:
        """The rule after one more of its requests: ``fired`` tells whether it goes off."""
        seen = self.seen + 1
        goes_off = seen > self.skip and Random(f"{self.seed} {seen}").random() < self.probability
        return replace(self, seen=seen, fired=self.fired + goes_off)

    def seconds(self) -> float:
        """How long it keeps the client waiting this time: drawn anew for each request, but always the same."""
        draw = DISTRIBUTIONS.get(self.distribution or "")
        drawn = draw(Random(f"{self.seed} delay {self.seen}"), self) if draw else self.delay or 0.0
        most = LONGEST_DELAY if self.delay_most is None else self.delay_most
        return max(0.0, min(drawn, most))


# Ways to draw a delay: between ``delay`` and ``delay_most``; around ``delay`` with the standard deviation
# ``delay_spread``; ``delay`` on average, mostly less and now and then much more.
DISTRIBUTIONS: Mapping[str, Callable[[Random, Fault], float]] = {
    "uniform": lambda random, fault: random.uniform(fault.delay or 0.0, fault.delay_most or 0.0),
    "normal": lambda random, fault: random.gauss(fault.delay or 0.0, fault.delay_spread or 0.0),
    "exponential": lambda random, fault: random.expovariate(1 / (fault.delay or 1.0)),
}


@dataclass(frozen=True)
class Asked:
    """What rules must know of a request: ``clients`` are all names of who asks, ``now`` is the PBX's time, and
    ``token`` says whether the request came with a token that is valid and can be ended."""

    dialect: Dialect
    route: str | None
    clients: tuple[str, ...]
    now: float
    token: bool

    def concerns(self, fault: Fault) -> bool:
        """Whether this is one of the requests that the rule counts."""
        return (
            not fault.spent
            and fault.route in (ANY, self.route)
            and (fault.client is None or fault.client in self.clients)
            and (fault.since is None or self.now >= fault.since)
            and (fault.until is None or self.now <= fault.until)
            and self._can_suffer(fault)
        )

    def _can_suffer(self, fault: Fault) -> bool:
        return (
            (fault.errcode is None or fault.errcode in self.dialect.errcodes)
            and (fault.status is None or fault.status in self.dialect.statuses)
            and (self.token or not fault.expire_token)
        )


def as_json(fault: Fault) -> dict[str, Any]:
    """All fields of the rule, and whether it is ``spent``."""
    return {**asdict(fault), "spent": fault.spent}
