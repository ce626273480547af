"""Identity: who is asking, what they may see, and how much they may still ask."""

from __future__ import annotations

import threading
from base64 import b64decode
from math import ceil
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..store.buckets import Buckets, path_beside
from . import tokens
from .calls import Call, Identity
from .credentials import user_with, why_unknown
from .errors import CrossbarError

if TYPE_CHECKING:
    from ..store.worlds import World

# Tokens of the rate-limit bucket that a request takes, and that a login takes.
REQUEST_COST = 1
LOGIN_COST = 35

# Kinds of tokens; those with a prefix stand behind it in an Authorization header.
AUTH_TOKEN, BASIC, BEARER, UNKNOWN = "x-auth-token", "basic", "bearer", "unknown"
_PREFIXES = {"Basic ": BASIC, "Bearer ": BEARER}


def sent_token(call: Call) -> tuple[str, str] | None:
    """The token that counts, and its kind: by header or parameter, X-Auth-Token before Authorization."""
    token = call.request.headers.get("X-Auth-Token", call.value("auth_token"))
    if token is not None:
        return _text(token), AUTH_TOKEN
    authorization = call.request.headers.get("Authorization", call.value("authorization"))
    if authorization is None:
        return None
    text = _text(authorization)
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix):
            return text.removeprefix(prefix), kind
    return text, UNKNOWN


def _text(value: Any) -> str:
    """A parameter of a body may be anything; what is no text is no token."""
    return value if isinstance(value, str) else ""


def early(call: Call) -> None:
    """Find out who is asking; nobody without a token, or with one that is none.

    Raises CrossbarError for a token that has expired or was deleted.
    """
    sent = sent_token(call)
    if sent is None:
        return
    call.token, kind = sent
    if kind == BASIC:
        call.identity = _by_password(call, call.token)
    elif kind != UNKNOWN:
        call.identity = tokens.read(call.world, call.token, call.now)


def _by_password(call: Call, token: str) -> Identity | None:
    """The user that base64 of "account id:MD5 of name and password" names."""
    try:
        account_id, _, credentials = b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        return None
    user = user_with(call, "md5", credentials)
    if user is None or account_id != call.account.id:
        return None
    return Identity(account_id, user.id, "cb_basic_auth")


def authenticate(call: Call) -> None:
    """Raises CrossbarError unless somebody known is asking."""
    if call.identity is None:
        raise CrossbarError("credentials", note=_why_nobody(call))


def _why_nobody(call: Call) -> str:
    """Why nobody known is asking."""
    sent = sent_token(call)
    if sent is None:
        return "no auth token came along: send one as the header X-Auth-Token"
    token, kind = sent
    if kind == BASIC:
        return _why_no_password(call, token)
    if kind == UNKNOWN:
        return "Bearer or Basic, written so, and a blank must stand before what is sent as Authorization"
    return tokens.why_none(call.world, token)


def _why_no_password(call: Call, token: str) -> str:
    """What is wrong with base64 of "account id:MD5 of name and password"."""
    shape = 'Basic takes base64 of "account id:MD5 of name:password"'
    try:
        account_id, colon, credentials = b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        return f"what stands behind Basic is no base64 of UTF-8: {shape}"
    if not colon:
        return f"there is no colon in what stands behind Basic: {shape}"
    if user_with(call, "md5", credentials) is not None:
        return f"name and password are right, but the account is not {account_id[:40]!r}: it is {call.account.id}"
    return f"{why_unknown(call, 'md5', credentials)}: {shape}"


def authorize(call: Call, account_id: str) -> None:
    """Raises CrossbarError unless the one who asks, known already, belongs to the account."""
    if call.identity is None or call.identity.account_id != account_id:
        note = f"the URL names the account {account_id}, and the auth token is one of {call.account.id}"
        raise CrossbarError("forbidden", note=note)


def spend(call: Call, cost: int) -> None:
    """Take tokens from the bucket of the client's address and the account in the URL.

    Raises CrossbarError where there are not enough.
    """
    size, refill = call.settings.kazoo_bucket_size, call.settings.kazoo_bucket_refill
    if not size:
        return
    name = f"{call.address or 'no_ip'}/{call.path.get('account_id') or 'no_account'}"
    buckets = buckets_of(call.world)
    remaining = buckets.spend(name, cost, size, refill, call.instant)
    if remaining is None:
        call.remaining = buckets.spend(name, 0, size, refill, call.instant)
        raise CrossbarError("too_many", note=_why_too_many(name, cost, call.remaining or 0, size, refill))
    call.consumed += cost
    call.remaining = remaining


def _why_too_many(name: str, cost: int, left: int, size: int, refill: int) -> str:
    has = f"bucket {name} has {left:,} of {size:,} tokens, and this takes {cost}"
    if cost > size or not refill:
        more = "it never holds as many (setting kazoo_bucket_size)" if cost > size else "it is never refilled"
        return f"{has}: {more}"
    seconds = ceil((cost - left) / refill)
    return f"{has}: in {seconds:,} s it has them, for it regains {refill:,} a second (setting kazoo_bucket_refill)"


_buckets: WeakKeyDictionary[World, Buckets] = WeakKeyDictionary()
_opening = threading.Lock()


def buckets_of(world: World) -> Buckets:
    """The PBX's buckets, in a file beside its database; opened once for a process."""
    with _opening:
        if world not in _buckets:
            _buckets[world] = Buckets(path_beside(world.database.path))
        return _buckets[world]
