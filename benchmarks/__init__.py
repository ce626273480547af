"""What ``make bench`` runs: the emulator's speed beside yardsticks, on the same machine, at the same time."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).resolve().parent / "out"
