"""Authorization: get_token, refresh_token, del_token."""

from __future__ import annotations

from ...store import clients, tokens
from .. import token_notes
from ..calls import Call, Fields
from ..errors import YeastarError


def get_token(call: Call, given: Fields) -> Fields:
    """A new pair for a client that proves who it is; failures in a row block the address it calls from."""
    call.entry.client = given["username"]
    _refuse_blocked(call)
    settings = call.settings
    with call.world.write() as connection:
        known = clients.knows(connection, given["username"], given["password"])
        if known:
            clients.login_succeeded(connection, call.address)
        else:
            left = clients.login_failed(
                connection, call.address, call.now, settings.max_failed_logins, settings.login_block_seconds
            )
    if not known:
        note = token_notes.of_login(call, given, left)
        raise YeastarError(-1, note, invalid_param_list=[{"field": "username or password", "value": "error"}])
    try:
        with call.world.write() as connection:
            pair = tokens.issue(
                connection, given["username"], call.now, _lifetimes(call), settings.max_tokens, call.world.number
            )
    except tokens.TokenLimitError:
        raise YeastarError(60002, token_notes.of_limit(call, given["username"])) from None
    return _pair_fields(call, pair)


def refresh_token(call: Call, given: Fields) -> Fields:
    """A new pair in the place of the refresh token's own."""
    _refuse_blocked(call)
    with call.world.write() as connection:
        pair = tokens.renew(connection, given["refresh_token"], call.now, _lifetimes(call), call.world.number)
    if pair is None:
        raise YeastarError(10004, token_notes.of_refresh_token(call, given["refresh_token"]))
    call.entry.client = tokens.owner(call.world.database.connection(), pair.access, call.now, {}) or ""
    return _pair_fields(call, pair)


def del_token(call: Call, given: Fields) -> Fields:
    """End the token the request came with, and its refresh token."""
    with call.world.write() as connection:
        tokens.revoke(connection, call.token)
    return {}


def _refuse_blocked(call: Call) -> None:
    if not call.settings.max_failed_logins:
        return
    until = clients.blocked_until(call.world.database.connection(), call.address, call.now)
    if until is not None:
        raise YeastarError(70004, token_notes.of_block(call, until), block_expire_time=until)


def _lifetimes(call: Call) -> tuple[int, int]:
    return call.settings.access_token_ttl, call.settings.refresh_token_ttl


def _pair_fields(call: Call, pair: tokens.TokenPair) -> Fields:
    access_seconds, refresh_seconds = _lifetimes(call)
    return {
        "access_token_expire_time": access_seconds,
        "access_token": pair.access,
        "refresh_token_expire_time": refresh_seconds,
        "refresh_token": pair.refresh,
    }
