"""Ways to find something out within this process: they take turns, as the servers of a contest do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .contest import Result

# What is asked, and what each question is asked of.
Way = tuple[Callable[[Any], object], Sequence[Any]]


def in_turns(ways: Mapping[str, Way], rounds: int = 9) -> dict[str, Result]:
    """Every way's rounds, by name: all its questions in each; a first round, to warm up, does not count."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, (ask, questions) in ways.items():
            found = _round(ask, questions)
            if turn:
                measured[name].append(found)
    return {name: Result(*zip(*found, strict=True)) for name, found in measured.items()}


def _round(ask: Callable[[Any], object], questions: Sequence[Any]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    for question in questions:
        ask(question)
    used, seconds = time.process_time() - cpu, time.perf_counter() - began
    return used / len(questions) * 1e6, len(questions) / seconds
