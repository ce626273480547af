"""What goes wrong because a tester has armed it: a row of the table of errors, a token that has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from ..faults import effects, rules
from ..faults.dialects import Dialect, register
from ..faults.fault import Asked, Fault
from . import identity, tokens
from .accounts import account_of
from .endpoints import ENDPOINTS
from .errors import CrossbarError

if TYPE_CHECKING:
    from ..store.worlds import World
    from .calls import Call

_LOGINS = frozenset(row.route for row in ENDPOINTS if not row.token)

# Status -> the row of the table of errors that is meant. 410 is not among them: only /v1/ answers it.
_ROWS: Mapping[int, str] = {
    400: "validation",
    401: "expired",
    403: "forbidden",
    404: "identifier",
    405: "method",
    406: "not_acceptable",
    413: "too_large",
    416: "range",
    429: "too_many",
    500: "fault",
    503: "datastore",
}
_ROWS_OF_LOGINS: Mapping[int, str] = {**_ROWS, 400: "envelope", 401: "credentials"}


def _clients(world: World) -> Iterable[str]:
    account = account_of(world)
    return (account.id, *account.users)


_DIALECT = register(Dialect("KAZOO", {row.route: row.token for row in ENDPOINTS}, {}, frozenset(_ROWS), _clients))


def strike(call: Call, route: str | None) -> None:
    """Do to the request what a tester wants, before the PBX looks at it. Raises CrossbarError."""
    who = _who(call, route)
    ends = call.identity is not None and bool(call.identity.token_id)
    struck = rules.strike(call.world, Asked(_DIALECT, route, who, call.instant, ends))
    if not struck:
        return
    call.entry.client, call.entry.owner = (*who, "", "")[:2]
    effects.begin(struck, call.world, call.request.environ, call.notes)
    for fault in struck:
        if fault.expire_token:
            call.notes.append(effects.noted(fault, "ended the auth token"))
            tokens.revoke(call.world, call.token, call.now)
            call.world.present()  # what this thread remembers of tokens is from before
        if fault.status is not None:
            _refuse(call, fault, fault.status, route)


def _who(call: Call, route: str | None) -> tuple[str, ...]:
    """The account and the user that ask; nobody for a token that opens nothing. A login's is the account that it leads
    to."""
    if route in _LOGINS:
        return (call.account.id,)
    try:
        identity.early(call)
    except CrossbarError:
        call.identity = None
    if call.identity is None:
        return ()
    return tuple(filter(None, (call.identity.account_id, call.identity.owner_id)))


def _refuse(call: Call, fault: Fault, status: int, route: str | None) -> NoReturn:
    name = (_ROWS_OF_LOGINS if route in _LOGINS else _ROWS)[status]
    if status == 401:
        call.identity = None
    details = {"cause": call.request.path.rpartition("/")[2]} if name == "identifier" else {}
    raise CrossbarError(name, note=effects.noted(fault, f"answered HTTP {status} instead"), **details)
