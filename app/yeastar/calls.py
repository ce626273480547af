"""Call: one request to the dialect, with the PBX it is for as that PBX is now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..pbx.display_format import DisplayFormat

if TYPE_CHECKING:
    from flask import Request

    from ..journal.entries import Entry
    from ..journal.recording import Recording
    from ..settings import Settings
    from ..store.worlds import World


@dataclass
class Call:
    """``query`` holds the parameters of the URL; ``now`` is the PBX's time in Unix seconds; ``client_id`` and ``token``
    are empty where no token is asked for. ``recording`` and its ``entry`` are for the journal."""

    request: Request
    query: dict[str, str]
    world: World
    settings: Settings
    now: int
    recording: Recording
    entry: Entry
    client_id: str = ""
    token: str = ""

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.remote_addr or ""

    @cached_property
    def display(self) -> DisplayFormat:
        return DisplayFormat.of(self.settings)


Fields = dict[str, Any]
