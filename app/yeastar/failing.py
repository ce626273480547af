"""What goes wrong because a tester has armed it: an errcode, a page of a web server, a token that has expired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response

from ..faults import effects, rules
from ..faults.dialects import Dialect, register
from ..faults.fault import Asked, Fault
from ..store import clients, tokens
from .endpoints import DOWNLOAD, ENDPOINTS
from .errors import ERRORS, YeastarError
from .inputs import peek_object

if TYPE_CHECKING:
    from ..store.worlds import World
    from .calls import Call

# The PBX itself answers everything with 200. These come from a web server before it, as a page of HTML.
_STATUSES = frozenset({400, 403, 404, 408, 413, 429, 500, 502, 503, 504})

_PAGE = "<html>\n<head><title>{0}</title></head>\n<body>\n<center><h1>{0}</h1></center>\n</body>\n</html>\n"


def _clients(world: World) -> Iterable[str]:
    return clients.secrets(world.database.connection())


_DIALECT = register(
    Dialect(
        "Yeastar",
        {row.route: row.token for row in ENDPOINTS.values()} | {DOWNLOAD: True},
        {code: row.text for code, row in ERRORS.items() if code != 0},
        _STATUSES,
        _clients,
    )
)


def _extras(call: Call, errcode: int) -> Mapping[str, Any]:
    """What the vendor's envelope has besides errcode and errmsg."""
    return {"block_expire_time": call.now + call.settings.login_block_seconds} if errcode == 70004 else {}


class PageError(Exception):
    """A web server before the PBX has answered, with this HTTP status."""

    def __init__(self, status: int, note: str) -> None:
        super().__init__(f"HTTP {status}: {note}")
        self.note = note
        self.title = HTTPStatus(status).phrase
        self.page = Response(_PAGE.format(f"{status} {self.title}"), status, content_type="text/html")


def strike(call: Call) -> None:
    """Do to the request what a tester wants, before the PBX looks at it. Raises YeastarError, PageError."""
    client, token = _who(call)
    entry = call.entry
    asked = Asked(_DIALECT, entry.route, (client,), entry.at, bool(client and token))
    struck = rules.strike(call.world, asked)
    if not struck:
        return
    entry.client = client
    effects.begin(struck, call.world, call.request.environ, entry.notes)
    for fault in struck:
        _answer(call, fault, token)


def _who(call: Call) -> tuple[str, str]:
    """The client that asks, "" for nobody known, and the valid access token by which it does, "" where none is asked
    for. A login's client is the one that it names."""
    connection = call.world.database.connection()
    if call.entry.route == "get_token":
        return str(peek_object(call.request).get("username", "")), ""
    if call.entry.route == "refresh_token":
        fate = tokens.fate(connection, str(peek_object(call.request).get("refresh_token", "")))
        return (fate.client_id if fate else ""), ""
    token = call.query.get("access_token") or call.request.headers.get("Authorization", "")
    return tokens.owner(connection, token, call.now, call.world.tokens_seen()) or "", token


def _answer(call: Call, fault: Fault, token: str) -> None:
    if fault.expire_token:
        call.entry.notes.append(effects.noted(fault, "ended the access token"))
        with call.world.write() as connection:
            tokens.expire(connection, token, call.now)
        call.world.present()  # what this thread remembers of tokens is from before
    if fault.errcode is not None:
        note = effects.noted(fault, f"answered {fault.errcode} instead")
        raise YeastarError(fault.errcode, note, **_extras(call, fault.errcode))
    if fault.status is not None:
        raise PageError(fault.status, effects.noted(fault, f"answered HTTP {fault.status} instead"))
