"""Commands that a server has no use for: ``program`` loads them when one of them is asked for, or the list of all."""

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
    worlds,
)

__all__ = [
    "clock", "doctor", "exporting", "faults", "generating", "importing", "journal", "keeping", "matrix", "running",
    "worlds",
]  # fmt: skip
