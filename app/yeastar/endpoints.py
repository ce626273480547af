"""ENDPOINTS: one row an interface, in the manual's order. What is not here does not exist (10001)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .answers import cdr, system, token
from .calls import Call
from .fields import VendorSchema
from .schemas.cdr import CdrListIn, CdrOptionsIn, CdrSearchIn
from .schemas.system import MenuOptionsIn
from .schemas.token import GetTokenIn, RefreshTokenIn


@dataclass(frozen=True)
class Endpoint:
    """``takes`` reads the query of a GET or the JSON body of a POST; ``source`` says how the interface is known."""

    path: str
    method: str
    answer: Callable[[Call, Any], Any]
    takes: type[VendorSchema] | None = None
    token: bool = True
    version: str = "v1.0"
    source: str = "manual"


_ROWS = (
    Endpoint("get_token", "POST", token.get_token, GetTokenIn, token=False),
    Endpoint("refresh_token", "POST", token.refresh_token, RefreshTokenIn, token=False, source="clients"),
    Endpoint("del_token", "GET", token.del_token),
    Endpoint("system/information", "GET", system.information),
    Endpoint("system/capacity", "GET", system.capacity),
    Endpoint("system/get_menuoptions", "GET", system.get_menuoptions, MenuOptionsIn),
    Endpoint("cdr/list", "GET", cdr.find, CdrListIn),
    Endpoint("cdr/search", "GET", cdr.find, CdrSearchIn),
    Endpoint("cdr/download", "GET", cdr.download, CdrSearchIn),
    Endpoint("cdr/getoption", "GET", cdr.getoption),
    Endpoint("cdr/updateoption", "POST", cdr.updateoption, CdrOptionsIn),
)

# The route of files behind links, which are elsewhere.
DOWNLOAD = "api/download"

# Method and path below /openapi/ -> row.
ENDPOINTS = {(row.method, f"{row.version}/{row.path}"): row for row in _ROWS}
