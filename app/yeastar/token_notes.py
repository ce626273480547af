"""What is told, beside the answer, of a login or a token that was refused: why, and since when. No secret is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..store import clients, tokens

if TYPE_CHECKING:
    from ..store.ended import Fate
    from .calls import Call, Fields

# What became of a token, in words that "3 s ago" can follow.
_FATES: Mapping[str, str] = {
    "expired": "expired",
    "revoked": "was ended by del_token",
    "replaced": "was replaced by refresh_token",
    "removed": "ended, for its client was removed,",
}
_LONGEST = 60

# Names by which other APIs take a token.
_OTHER_NAMES = ("token", "accesstoken", "accessToken", "auth_token", "api_key")
_OTHER_HEADERS = ("X-Auth-Token", "X-Access-Token", "Access-Token")


_RIGHT_WAY = "send it as access_token in the query, or alone in the header Authorization"


def of_access_token(call: Call) -> str:
    """Why the request's access token opens nothing."""
    bare = call.token.removeprefix("Bearer ").strip()
    if bare != call.token:
        return f"the token came behind the word Bearer in the header: {_RIGHT_WAY}; {_good(call, bare)}"
    return _of_token(call, call.token, "access") if call.token else _missing(call)


def of_refresh_token(call: Call, token: str) -> str:
    """Why the refresh token gives no new pair."""
    return _of_token(call, token, "refresh")


def _missing(call: Call) -> str:
    named = next((name for name in _OTHER_NAMES if name in call.query), None)
    if named:
        return f"no access token was sent: {named} is not its name; {_RIGHT_WAY}"
    header = next((name for name in _OTHER_HEADERS if name in call.request.headers), None)
    if header:
        return f"no access token was sent: this API knows no header {header}; {_RIGHT_WAY}"
    return f"no access token was sent; {_RIGHT_WAY}"


def _good(call: Call, token: str) -> str:
    fate = tokens.fate(call.world.database.connection(), token)
    if fate is not None and (fate.kind, fate.why) == ("access", "valid") and fate.at > call.now:
        return "the token itself is valid"
    return _of_token(call, token, "access")


def _of_token(call: Call, token: str, wanted: str) -> str:
    fate = tokens.fate(call.world.database.connection(), token)
    if fate is None:
        return f"the {wanted} token is unknown{_unknown(call, token)}"
    told = _fate(fate, call.now)
    if fate.kind == wanted:
        return f"the {wanted} token {told}"
    other = {"access": "the request wants an access token", "refresh": "refresh_token wants a refresh token"}[wanted]
    return f"{other}, and this is {'an access' if fate.kind == 'access' else 'a refresh'} token, which {told}"


def _fate(fate: Fate, now: int) -> str:
    if fate.why == "valid" and fate.at > now:
        return "is valid as such"
    return f"{_FATES.get(fate.why, 'expired')}{ago(fate.at, now)}"


def ago(instant: int, now: int) -> str:
    """`` 3 s ago``; nothing where a clock that was set back makes it the future."""
    return f" {now - instant:,} s ago" if instant <= now else ""


def _unknown(call: Call, token: str) -> str:
    """What an unknown token looks like."""
    if token.startswith("eyJ"):
        return ": it looks like KAZOO's; get_token gives this API's"
    if len(token) != tokens.TOKEN_LENGTH:
        return f": it has {len(token):,} characters, and tokens have {tokens.TOKEN_LENGTH}"
    number = tokens.world_of(token)
    if number == call.world.number:
        return (
            ": this PBX gave it, but no longer knows it; it ended long ago, or the PBX was restored to an earlier time"
        )
    if number <= call.world.number or number < _PLAUSIBLE:
        return ": another world gave it, which is not there any more, or is not the one that is asked"
    return " to every PBX here"


# A token that was made up leads to one of 15 million worlds. Nobody has made as many as this.
_PLAUSIBLE = 20_000


def of_login(call: Call, given: Fields, left: int | None) -> str:
    """Why the login failed; ``left`` says how many more may fail, see clients.login_failed."""
    return _why_not(call, str(given["username"]), str(given["password"])) + _tries(call, left)


def _why_not(call: Call, client_id: str, secret: str) -> str:
    connection = call.world.database.connection()
    known = clients.secrets(connection)
    if clients.knows(connection, secret, client_id):
        call.recording.hide(client_id)
        return "client ID and secret have changed places: username is the ID, password the secret"
    if client_id not in known:
        from difflib import get_close_matches  # here, because hardly anybody needs it

        near = get_close_matches(client_id[:_LONGEST], known, 1, 0.5)
        meant = f"; did you mean {near[0]}?" if near else ""
        return f"there is no client {_shown(client_id)}{meant}"
    if secret.strip() == known[client_id]:
        return f"wrong secret for client {client_id}: it has blanks around it"
    return f"wrong secret for client {client_id}"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _tries(call: Call, left: int | None) -> str:
    settings = call.settings
    seconds = f"{settings.login_block_seconds:,} s"
    if left is None:
        return ""
    if left == 0:
        return f"; that was failure {settings.max_failed_logins} in a row, and {call.address} is blocked for {seconds}"
    return f"; {left} {'try' if left == 1 else 'tries'} left before {call.address} is blocked for {seconds}"


def of_block(call: Call, until: int) -> str:
    """Why the address may not log in."""
    return f"too many logins failed: {call.address} is blocked for another {until - call.now:,} s"


def of_limit(call: Call, client_id: str) -> str:
    """Why the client gets no further token."""
    first = tokens.next_to_expire(call.world.database.connection(), client_id, call.now)
    expires = f"; the first expires in {first - call.now:,} s" if first else ""
    most = f"{call.settings.max_tokens:,}"
    return f"the client holds {most} valid access tokens, and may hold no more{expires}; del_token ends one"
