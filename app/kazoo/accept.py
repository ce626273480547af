"""Accept: which of the types that an endpoint has is sent."""

from __future__ import annotations

from collections.abc import Iterator

JSON_TYPES = ("application/json", "application/x-json")
CSV_TYPES = ("text/csv", "text/comma-separated-values", "application/octet-stream")


def choose(accept: str | None, provided: tuple[str, ...]) -> str | None:
    """The best of the types provided, by weight, then by how exactly and how early it is asked for; None when none
    will do. Asking for nothing asks for the first."""
    if not accept or not accept.strip():
        return provided[0]
    ranges = sorted(_ranges(accept), key=lambda item: (-item[1], item[0].count("*")))
    refused = {kind for kind, weight in ranges if weight == 0}
    for kind, weight in ranges:
        for candidate in provided:
            if weight > 0 and candidate not in refused and _matches(kind, candidate):
                return candidate
    return None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media ranges of an Accept header with their weights."""
    for item in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if kind:
            yield kind, weight


def _matches(kind: str, candidate: str) -> bool:
    return kind in ("*/*", candidate) or (kind.endswith("/*") and candidate.startswith(kind[:-1]))


def tunnelled(value: str, chosen: str) -> str:
    """What the parameter ``accept`` makes of the choice: a type that is not provided leaves it."""
    wanted = "text/csv" if value == "csv" else value.partition(";")[0].strip().lower()
    return wanted if wanted in (*JSON_TYPES, *CSV_TYPES) else chosen
