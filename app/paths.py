"""Paths of interfaces with {places} in them: which rows of a table a path is for. Names come before places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Row(Protocol):
    """What a table's row must have."""

    @property
    def path(self) -> str: ...

    @property
    def method(self) -> str: ...


Found = TypeVar("Found", bound=Row)


def find_rows(rows: Iterable[Found], segments: list[str]) -> tuple[dict[str, Found], dict[str, str]]:
    """The rows of the first path that fits, by method, and what its places stand for; nothing where none fits."""
    found: dict[str, Found] = {}
    places: dict[str, str] = {}
    for row in rows:
        fits = _places(row.path, segments)
        if fits is not None and (not found or row.path == next(iter(found.values())).path):
            found[row.method], places = row, fits
    return found, places


def _places(path: str, segments: list[str]) -> dict[str, str] | None:
    """What the places of the path stand for, None where the path does not fit."""
    names = path.split("/") if path else []
    if len(names) != len(segments):
        return None
    places = {}
    for name, segment in zip(names, segments, strict=True):
        if name.startswith("{"):
            places[name[1:-1]] = segment
        elif name != segment:
            return None
    return places
