"""Who may use our own API: whoever is at this machine, or has the token. Pages of other sites may not."""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .problems import Problem

if TYPE_CHECKING:
    from flask import Request

    from ..settings import Settings

# What stands in a URL, but in no Host and no Origin.
_MORE = re.compile(r"[/?#@\\\s]")

# What proxies add to a request that they pass on.
_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def check(request: Request, settings: Settings) -> None:
    """Raises Problem (401, 403) unless the request may pass.

    Who has the token may come from anywhere: no page of another site can send it, as we allow none to.
    """
    if settings.control_token:
        _check_token(request, settings.control_token)
        return
    _check_reach(request, settings)
    _check_page(request)


def _check_token(request: Request, token: str) -> None:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode("utf-8", "replace"), token.encode()):
        raise Problem(
            401,
            "This API needs the token that the server was given as control_token (PBX_CONTROL_TOKEN): "
            "send it as Authorization: Bearer <token>.",
            headers={"WWW-Authenticate": 'Bearer realm="PBX Emulator"'},
        )


def _check_reach(request: Request, settings: Settings) -> None:
    """Without a token, nobody from elsewhere. Behind another server than our own, the address set says nothing."""
    address = request.remote_addr or ""
    passed_on = next((name for name in _OF_PROXIES if name in request.headers), None)
    if not is_loopback(settings.host):
        reached = f"The server listens on {settings.host}, where others reach it"
    elif not is_loopback(address):
        reached = f"The request comes from {address}, not from this machine" if address else "Its sender is not known"
    elif passed_on:
        reached = f"The request was passed on by a proxy ({passed_on}), which others reach"
    else:
        return
    raise Problem(403, f"{reached}: then this API needs a token. Set PBX_CONTROL_TOKEN and restart the server.")


def _check_page(request: Request) -> None:
    """No page of another site, whatever name it has made this machine's address go by."""
    host = request.headers.get("Host", "")
    if not is_loopback(_host_in(f"//{host}")):
        raise Problem(403, f"The Host header {host!r} does not name this machine; use http://127.0.0.1 or localhost.")
    origin = request.headers.get("Origin")
    if origin is not None and not is_loopback(_host_in(origin)):
        raise Problem(403, f"A page of {origin!r} may not use this API.")
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Problem(403, "A page of another site may not use this API.")


def _host_in(url: str) -> str:
    """The host that a URL names; "" where it names more than a host and a port, which no browser sends."""
    if _MORE.search(url.partition("//")[2]):
        return ""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether the host, a name or an address, is this machine as only itself can reach it."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
