"""FIELDS: the fields of a rule as they are given: their types, what is allowed, and what they are for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .fault import DISTRIBUTIONS, LONGEST_DELAY, FaultError

_HEADER = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")
_CUTS = ("before", "headers")


@dataclass(frozen=True)
class Field:
    """How a field of a rule is read: ``kind`` is the JSON type, ``allowed`` what is allowed in words, ``fits`` whether
    a value of that type is."""

    kind: type
    allowed: str
    help: str
    fits: Callable[[Any], bool] = lambda value: True

    def read(self, name: str, value: Any) -> Any:
        """Raises FaultError."""
        kinds = (int, float) if self.kind is float else (self.kind,)
        right = isinstance(value, kinds) and (self.kind is bool or not isinstance(value, bool))
        if not right or (self.kind is float and not math.isfinite(value)) or not self.fits(value):
            raise FaultError(f"{name}: {short(value)} is not allowed; expected {self.allowed}.")
        return float(value) if self.kind is float else value


def short(value: Any) -> str:
    """A value as a sentence can hold it."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def _whole(least: int, help: str) -> Field:
    return Field(int, f"a whole number of at least {least}", help, lambda value: least <= value < 1 << 53)


def _seconds(help: str) -> Field:
    return Field(float, f"seconds from 0 to {LONGEST_DELAY:g}", help, lambda value: 0 <= value <= LONGEST_DELAY)


def _word(words: Iterable[str], help: str) -> Field:
    known = tuple(words)
    return Field(str, " or ".join(known), help, lambda value: value in known)


def _text(help: str) -> Field:
    return Field(str, "text", help, bool)


# These may be text or a number, and the PBX's settings say how text is read.
INSTANTS = ("since", "until")
_INSTANT = "PBX's time: in its display format, ISO 8601, or Unix seconds."

FIELDS: Mapping[str, Field] = {
    "route": _text("Interface, as the journal names it: cdr/search, cdrs/interaction, ... (*: any)."),
    "client": _text("Only requests of this client: a client ID, or a KAZOO account's or user's id."),
    "since": _text(f"Not before this {_INSTANT}"),
    "until": _text(f"Not after this {_INSTANT}"),
    "skip": _whole(0, "Let so many requests pass first."),
    "times": _whole(1, "Go off so many times. Left out: without end."),
    "probability": Field(
        float, "a number above 0, at most 1", "How likely it goes off at each request.", lambda p: 0 < p <= 1
    ),
    "seed": Field(
        int, "a whole number", "Of the random numbers: same seed, same sequence.", lambda n: abs(n) < 1 << 53
    ),
    "errcode": Field(int, "a whole number", "Yeastar: answer this errcode instead."),
    "status": Field(int, "a whole number", "Answer this HTTP status instead."),
    "delay": _seconds("Keep the client waiting so many seconds."),
    "delay_most": _seconds("Wait at most so long; without a distribution: evenly from delay to this."),
    "delay_spread": _seconds("Standard deviation of a normal distribution around delay."),
    "distribution": _word(DISTRIBUTIONS, "Draw the delay: uniform from delay to delay_most, normal, or exponential."),
    "expire_token": Field(bool, "true or false", "End the request's token; its refresh token stays."),
    "truncate": _whole(0, "Send so many bytes of the body, and close the connection."),
    "cut": _word(_CUTS, "Close the connection before the answer, or after its headers."),
    "content_type": Field(
        str,
        "1 to 200 printable ASCII characters",
        "Send this Content-Type.",
        lambda text: _HEADER.fullmatch(text) is not None,
    ),
    "drip": _whole(1, "Send so many bytes a second."),
}
