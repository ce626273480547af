"""Call: one request to our own API, as the answers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..journal import Journal, journal_of
from ..pbx.sources import BUILT_IN, Source
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

    def source(self, given: str | Mapping[str, Any]) -> Source:
        """What a PBX is filled from, as the store takes it. Raises Problem (422)."""
        return str(self.file(given)) if isinstance(given, str) and given not in BUILT_IN else given

    def file(self, name: str) -> Path:
        """A file in the folder that is set for them, whatever the name leads through; it need not be there.

        A device or a pipe has no end, or none that comes soon: these are no files. Raises Problem (422)."""
        folder = Path(self.server.seed_folder).resolve()
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder) and (path.is_file() or not path.exists()):
                return path
        except (OSError, RuntimeError):  # a name that is too long, links in a circle, a folder nobody may look into
            pass
        raise Problem(
            422, f"{name!r} is no file in {folder}, the folder of seed documents; the setting seed_folder says another."
        )

    @property
    def journal(self) -> Journal:
        """Raises Problem (409, 503) where there is none."""
        journal = journal_of(self.server)
        if journal is None and not self.server.journal:
            raise Problem(409, "The journal is switched off; start the server with --journal.")
        if journal is None:
            raise Problem(503, "The journal cannot be used; the server's log says why.")
        return journal
