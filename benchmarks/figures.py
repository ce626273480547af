"""Figures: what was measured beside its bar, as a table for people and a JSON file for comparing runs."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-not-found, import-untyped, unused-ignore]


@dataclass(frozen=True)
class Figure:
    """``most`` or ``least`` is the bar, where there is one."""

    chapter: str
    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the bar is kept; True where there is none."""
        too_much = self.most is not None and self.value > self.most
        too_little = self.least is not None and self.value < self.least
        return not (too_much or too_little)

    @property
    def bar(self) -> str:
        if self.most is not None:
            return f"<= {_number(self.most)}"
        return f">= {_number(self.least)}" if self.least is not None else ""

    @property
    def verdict(self) -> str:
        return ("ok" if self.ok else "OVER") if self.bar else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


@dataclass
class Report:
    """Figures as they come in; each is shown at once."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, chapter: str, name: str, value: float, unit: str = "", **bar: float | None) -> None:
        """A figure, with ``most`` or ``least`` as its bar."""
        figure = Figure(chapter, name, value, unit, bar.get("most"), bar.get("least"))
        if not self.figures or self.figures[-1].chapter != chapter:
            print(f"\n{chapter}", flush=True)
        self.figures.append(figure)
        measured = f"{_number(value)} {unit}".strip()
        print(f"  {name:<66} {measured:>12}  {figure.bar:<9} {figure.verdict}".rstrip(), flush=True)

    def note(self, text: str) -> None:
        """A sentence that belongs to the figures: something skipped, something wrong."""
        self.notes.append(text)
        print(f"  {text}", flush=True)

    @property
    def over(self) -> list[Figure]:
        return [figure for figure in self.figures if not figure.ok]

    def save(self, path: Path, about: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        figures = [{**asdict(figure), "ok": figure.ok} for figure in self.figures]
        document = {"machine": machine(), **about, "figures": figures, "notes": self.notes}
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "gunicorn": version("gunicorn"),
        "flask": version("flask"),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def machine_line() -> str:
    """The same in one line."""
    about = machine()
    return (
        f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['system']}, Python"
        f" {about['python']}, SQLite {about['sqlite']}, gunicorn {about['gunicorn']}, Flask {about['flask']}"
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())
