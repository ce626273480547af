"""What can go wrong in a dialect. Each dialect registers itself when it is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.worlds import World

# The route of a rule that concerns every request.
ANY = "*"


@dataclass(frozen=True)
class Dialect:
    """``routes`` are its interfaces as the journal names them, with True for those that ask for a token that can
    expire; ``errcodes`` (with their texts) and ``statuses`` (HTTP) what it can answer instead of what it would have;
    ``clients`` names those that a world has."""

    name: str
    routes: Mapping[str, bool]
    errcodes: Mapping[int, str]
    statuses: frozenset[int]
    clients: Callable[[World], Iterable[str]]


_dialects: dict[str, Dialect] = {}


def register(dialect: Dialect) -> Dialect:
    """Make the dialect known."""
    _dialects[dialect.name] = dialect
    return dialect


def dialects() -> Iterator[Dialect]:
    """All dialects of this program that have been imported, by name."""
    yield from (_dialects[name] for name in sorted(_dialects))


def having(route: str) -> tuple[Dialect, ...]:
    """The dialects with that route; all of them for ``*``."""
    return tuple(dialect for dialect in dialects() if route == ANY or route in dialect.routes)
