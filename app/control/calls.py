"""Call: one request to our own API, as the answers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..journal import Journal, journal_of
from .problems import Problem

if TYPE_CHECKING:
    from flask import Request

    from ..pbx.worlds import Worlds
    from ..settings import Settings
    from ..store.worlds import World
    from .endpoints import Endpoint


@dataclass(frozen=True)
class Call:
    """``world`` is the one asked for, the default one where an interface has nothing to do with worlds. ``path``,
    ``query`` and ``body`` hold the places of the path, the query's parameters and the body's fields, checked; what
    was not given is not in them. ``rows`` is the table of all interfaces."""

    request: Request
    worlds: Worlds
    world: World
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    rows: tuple[Endpoint, ...]

    @property
    def server(self) -> Settings:
        """The settings of the process."""
        return self.worlds.default.base

    @property
    def journal(self) -> Journal:
        """Raises Problem (409, 503) where there is none."""
        journal = journal_of(self.server)
        if journal is None and not self.server.journal:
            raise Problem(409, "The journal is switched off; start the server with --journal.")
        if journal is None:
            raise Problem(503, "The journal cannot be used; the server's log says why.")
        return journal
