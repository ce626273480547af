"""The command line, thin: parse, one call, echo. A mistake is one readable sentence and exit code 2."""

from __future__ import annotations

from . import (
    clock,
    doctor,
    exporting,
    faults,
    generating,
    importing,
    journal,
    keeping,
    matrix,
    running,
    serving,
    worlds,
)
from .program import main

__all__ = [
    "clock", "doctor", "exporting", "faults", "generating", "importing", "journal", "keeping", "main", "matrix",
    "running", "serving", "worlds",
]  # fmt: skip
