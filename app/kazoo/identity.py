"""Identity: who is asking, what they may see, and how much they may still ask."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..store.buckets import Buckets, path_beside
from . import tokens
from .accounts import Account, User
from .calls import Call, Identity
from .errors import CrossbarError

if TYPE_CHECKING:
    from ..store.worlds import World

# Tokens of the rate-limit bucket that a request takes, and that a login takes.
REQUEST_COST = 1
LOGIN_COST = 35

# Ways to hash name and password: the vendor's word for each.
_HASHES: Mapping[str, Callable[[bytes], Any]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha": partial(hashlib.sha1, usedforsecurity=False),
}

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


def user_with(call: Call, method: str, credentials: str) -> User | None:
    """The user whose "name:password" has this hash, in hexadecimal digits."""
    hashes = call.world.derived(f"kazoo {method}", lambda: _hashes(call.account, method))
    return hashes.get(credentials.lower())


def _hashes(account: Account, method: str) -> dict[str, User]:
    """Users by hash. The vendor keeps names in lower case, so a name is taken so or as it is.

    Looking a hash up tells nothing of those that are kept: Python salts its own hash of it.
    """
    as_they_are = [(user.name, user) for user in account.users.values()]
    lowered = [(name.lower(), user) for name, user in as_they_are]
    return {_hash(method, name, user.password): user for name, user in (*lowered, *as_they_are)}


def _hash(method: str, name: str, password: str) -> str:
    digits: str = _HASHES[method](f"{name}:{password}".encode("utf-8", "surrogatepass")).hexdigest()
    return digits


def authenticate(call: Call) -> None:
    """Raises CrossbarError unless somebody known is asking."""
    if call.identity is None:
        raise CrossbarError("credentials")


def authorize(call: Call, account_id: str) -> None:
    """Raises CrossbarError unless the one who asks, known already, belongs to the account."""
    if call.identity is None or call.identity.account_id != account_id:
        raise CrossbarError("forbidden")


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
        raise CrossbarError("too_many", note=f"bucket {name} has not the {cost} tokens that this takes")
    call.consumed += cost
    call.remaining = remaining


_buckets: WeakKeyDictionary[World, Buckets] = WeakKeyDictionary()
_opening = threading.Lock()


def buckets_of(world: World) -> Buckets:
    """The PBX's buckets, in a file beside its database; opened once for a process."""
    with _opening:
        if world not in _buckets:
            _buckets[world] = Buckets(path_beside(world.database.path))
        return _buckets[world]
