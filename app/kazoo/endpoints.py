"""ENDPOINTS: one row an interface. What is not here answers 404, one of these with another method 405."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..paths import find_rows
from .accept import CSV_TYPES, JSON_TYPES
from .answers import auth, cdr
from .calls import Call


@dataclass(frozen=True)
class Endpoint:
    """``path`` stands below /v2/, with {places} for one segment each, filled in as ``call.path``. ``answer`` returns
    data for the envelope, or a whole response. ``token`` says whether one is asked for; ``csv`` whether the answer
    can also be CSV. ``source`` says how the interface is known."""

    path: str
    method: str
    answer: Callable[[Call, dict[str, Any]], Any]
    token: bool = True
    csv: bool = False
    source: str = "documentation"

    @property
    def route(self) -> str:
        """What the journal calls it: its path behind account and user."""
        _, cdrs, rest = self.path.partition("cdrs")
        return cdrs + rest or self.path

    @property
    def types(self) -> tuple[str, ...]:
        return (*JSON_TYPES, *CSV_TYPES) if self.csv else JSON_TYPES


_ACCOUNT = "accounts/{account_id}"
_USER = f"{_ACCOUNT}/users/{{user_id}}"
_OTHER = f"{_ACCOUNT}/{{parent}}/{{parent_id}}"

# In the order in which a path is looked for: names come before places.
ENDPOINTS = (
    Endpoint("api_auth", "PUT", auth.api_auth, token=False),
    Endpoint("user_auth", "PUT", auth.user_auth, token=False),
    Endpoint("user_auth/{auth_token}", "GET", auth.get_user_auth),
    Endpoint("token_auth", "GET", auth.get_token_auth),
    Endpoint("token_auth", "DELETE", auth.delete_token_auth),
    Endpoint(f"{_ACCOUNT}/cdrs", "GET", cdr.list_legs, csv=True),
    Endpoint(f"{_ACCOUNT}/cdrs/interaction", "GET", cdr.list_interactions, csv=True),
    Endpoint(f"{_ACCOUNT}/cdrs/summary", "GET", cdr.summary, csv=True, source="code"),
    Endpoint(f"{_ACCOUNT}/cdrs/legs/{{interaction_id}}", "GET", cdr.list_call, csv=True),
    Endpoint(f"{_ACCOUNT}/cdrs/{{cdr_id}}", "GET", cdr.show, csv=True),
    Endpoint(f"{_USER}/cdrs", "GET", cdr.list_legs, csv=True),
    Endpoint(f"{_USER}/cdrs/interaction", "GET", cdr.list_interactions, csv=True),
    Endpoint(f"{_USER}/cdrs/summary", "GET", cdr.summary, csv=True, source="code"),
    Endpoint(f"{_USER}/cdrs/legs/{{interaction_id}}", "GET", cdr.list_call, csv=True, source="code"),
    Endpoint(f"{_USER}/cdrs/{{cdr_id}}", "GET", cdr.show, csv=True, source="code"),
    Endpoint(f"{_OTHER}/cdrs", "GET", cdr.no_cdrs, source="code"),
    Endpoint(f"{_OTHER}/cdrs/{{cdr_id}}", "GET", cdr.no_cdrs, source="code"),
    Endpoint(f"{_OTHER}/cdrs/legs/{{interaction_id}}", "GET", cdr.no_cdrs, source="code"),
)

# Nouns that begin a new part of a path: behind accounts/ one of these cannot be an account's id.
_NOUNS = ("cdrs", "users")


def find_endpoints(segments: list[str]) -> tuple[dict[str, Endpoint], dict[str, str]]:
    """The rows of the first path that fits, by method, and what its places stand for; nothing where none fits."""
    if segments[-1:] == [""]:
        segments = segments[:-1]
    if segments[:1] == ["accounts"] and (len(segments) == 1 or segments[1] in _NOUNS):
        segments = ["accounts", "", *segments[1:]]
    return find_rows(ENDPOINTS, segments)
