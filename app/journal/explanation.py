"""Explanation: why a request was answered as it was, as far as the PBX can still tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .entries import Entry, Reading


@dataclass(frozen=True)
class Step:
    """One condition of a list, and how many rows are ``left`` by it and all before it."""

    condition: str
    left: int


@dataclass(frozen=True)
class Suggestion:
    """A change of the request, in words and as the parameters it then has (None: it is none of these), and how many
    ``rows`` it finds; that was tried out."""

    change: str
    parameters: Mapping[str, Any] | None
    rows: int


@dataclass(frozen=True)
class Explanation:
    """``summary`` is one sentence. What is empty does not apply: only lists have a funnel, and only where nothing was
    found although something is there are there suggestions, the smallest change first. ``notes`` are those of the
    moment, and what has changed since."""

    entry: Entry
    summary: str
    readings: list[Reading] = field(default_factory=list)
    funnel: list[Step] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "request_id": entry.request_id,
            "id": entry.id,
            "route": entry.route,
            "summary": self.summary,
            "readings": [asdict(reading) for reading in self.readings],
            "funnel": [asdict(step) for step in self.funnel],
            "suggestions": [asdict(suggestion) for suggestion in self.suggestions],
            "notes": self.notes,
            "text": self.text,
        }

    @property
    def text(self) -> str:
        """All of it, for a person; what a client sent cannot do anything to her screen."""
        return "\n".join(map(printable, self._lines()))

    def _lines(self) -> Iterator[str]:
        yield self.summary
        yield from _listed("How it was read:", (_read(reading) for reading in self.readings))
        yield from _listed("What was left:", (f"{step.left:>9,}  {step.condition}" for step in self.funnel))
        yield from _listed(
            "What finds some:", (f"{suggestion.change} ({_rows(suggestion.rows)})" for suggestion in self.suggestions)
        )
        yield from _listed("Besides:", self.notes)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def printable(line: str) -> str:
    """The line, with signs that no screen shows written out."""
    return line if line.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


def _listed(title: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    found = [f"  {line}" for line in lines]
    if found:
        yield from ("", title, *found)


def _read(reading: Reading) -> str:
    sent = "not sent" if reading.given is None else f'"{reading.given}"'
    value = "" if reading.value is None else f" read as {reading.value}"
    return f"{reading.parameter} {sent}{value}{f', {reading.why}' if reading.why else ''}"
