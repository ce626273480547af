"""Rules in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from .dialects import ANY, dialects
from .fault import Fault


def describe(fault: Fault) -> str:
    """The rule in one line, with what it has done so far."""
    words = f"{', '.join(_which(fault))}: {' and '.join(_WORDS[name](fault) for name in fault.effects)}."
    return f"fault {fault.id}: {words} Seen {fault.seen:,}, fired {fault.fired:,}{', spent' if fault.spent else ''}."


def _which(fault: Fault) -> Iterator[str]:
    yield "any request" if fault.route == ANY else fault.route
    if fault.client is not None:
        yield f"client {fault.client}"
    if fault.since is not None:
        yield f"from {_moment(fault.since)}"
    if fault.until is not None:
        yield f"until {_moment(fault.until)}"
    if fault.skip:
        yield f"after {fault.skip:,} others"
    if fault.times:
        yield "once" if fault.times == 1 else f"{fault.times:,} times"
    if fault.probability < 1:
        yield f"with probability {fault.probability:g} (seed {fault.seed})"


def _moment(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


def _errcode(fault: Fault) -> str:
    texts = (dialect.errcodes.get(fault.errcode or 0) for dialect in dialects())
    return f"answers errcode {fault.errcode} {next(filter(None, texts), '')}".rstrip()


def _delay(fault: Fault) -> str:
    shape = f"{fault.delay:g} s"
    if fault.distribution == "uniform":
        return f"waits {fault.delay:g} to {fault.delay_most:g} s (seed {fault.seed})"
    if fault.distribution == "normal":
        shape = f"about {shape}, give or take {fault.delay_spread:g} s (seed {fault.seed})"
    if fault.distribution == "exponential":
        shape = f"{shape} on average, exponentially (seed {fault.seed})"
    return f"waits {shape}{'' if fault.delay_most is None else f', at most {fault.delay_most:g} s'}"


_WORDS: Mapping[str, Callable[[Fault], str]] = {
    "errcode": _errcode,
    "status": lambda fault: f"answers HTTP {fault.status}",
    "expire_token": lambda fault: "ends the token",
    "delay": _delay,
    "content_type": lambda fault: f"sends Content-Type {fault.content_type}",
    "truncate": lambda fault: f"cuts the body off after {fault.truncate:,} bytes",
    "cut": lambda fault: (
        f"closes the connection {'before the answer' if fault.cut == 'before' else 'after the headers'}"
    ),
    "drip": lambda fault: f"sends {fault.drip:,} bytes a second",
}
