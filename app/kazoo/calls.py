"""Call: one request to the dialect, with the PBX it is for as that PBX is now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .accounts import Account, account_of
from .inputs import is_true
from .profiles import PROFILES, Profile

if TYPE_CHECKING:
    from flask import Request

    from ..journal.entries import Entry
    from ..journal.recording import Recording
    from ..settings import Settings
    from ..store.worlds import World

Fields = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """Who is asking. ``owner_id`` is the user's id, None for an API key; ``method`` is the vendor's module that let
    them in (``cb_user_auth``, ``cb_api_auth``); ``token_id`` names the token where it can be revoked."""

    account_id: str
    owner_id: str | None
    method: str
    token_id: str = ""


@dataclass
class Call:
    """``now`` is the PBX's time in Unix seconds, ``instant`` the same with its fraction; ``verb`` the method after
    tunnelling.

    ``allowed`` are the path's methods, ``accept`` the type to answer in. ``query`` are the URL's parameters as pairs,
    in order; ``body`` is the envelope of a body, {} without one; ``path`` what the places of the endpoint's path stand
    for. ``token`` is the token as sent, or as just made; ``consumed`` and ``remaining`` are tokens of the rate limit.
    ``notes`` tell the person behind the client what the wire does not. ``recording`` and its ``entry`` are for the
    journal.
    """

    request: Request
    world: World
    settings: Settings
    instant: float
    request_id: str
    recording: Recording
    entry: Entry
    verb: str = "GET"
    allowed: tuple[str, ...] = ()
    accept: str = "application/json"
    query: tuple[tuple[str, str], ...] = ()
    body: Fields = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    token: str = ""
    identity: Identity | None = None
    notes: list[str] = field(default_factory=list)
    consumed: int = 0
    remaining: int | None = None

    def enter(self, world: World) -> None:
        """Be asked of this PBX, as it is now, and no more of the one before."""
        self.world = world
        self.settings, clock = world.present()
        self.instant = clock.now()
        self.recording.of(world, self.settings, self.instant)

    @property
    def now(self) -> int:
        return int(self.instant)

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.remote_addr or ""

    @cached_property
    def account(self) -> Account:
        return account_of(self.world)

    @property
    def profile(self) -> Profile:
        return PROFILES[self.settings.kazoo_version]

    @cached_property
    def pretty(self) -> bool:
        """Whether the client wants indentation: by header, else by parameter."""
        return is_true(self.request.headers.get("X-Pretty-Print") or self.value("pretty_print"))

    def value(self, name: str) -> Any:
        """A parameter wherever it stands: in the body's data, the query, the body's top level. None where nowhere."""
        data = self.body.get("data")
        if isinstance(data, dict) and name in data:
            return data[name]
        for key, value in self.query:
            if key == name:
                return value
        return self.body.get(name)
