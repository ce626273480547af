"""The command line, thin: parse, one call, echo. A mistake is one readable sentence and exit code 2."""

from __future__ import annotations

from . import serving
from .program import main

__all__ = ["main", "serving"]
