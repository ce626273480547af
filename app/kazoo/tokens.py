"""Auth tokens: JWTs that this PBX signs, and reads again.

A token is good until it expires by the PBX's clock, is deleted, or its user is gone or has another password. Claims and
header have the vendor's names; the vendor signs with RS256 and has neither ``iat`` nor ``jti``.

PyJWT is imported when the first token is made or read: it brings along what a PBX without KAZOO clients never needs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

from ..store import revoked
from .accounts import account_of
from .calls import Identity
from .errors import CrossbarError

if TYPE_CHECKING:
    from ..store.worlds import World

_ALGORITHM = "HS256"
_ISSUER = "kazoo"

# The name under which the secret is kept, in the memory's layer of states.
_SECRET = "kazoo_secret"
_SECRET_BYTES = 32

# A thread remembers so many tokens that were good, until anybody writes.
_MOST_KNOWN = 1000

# Characters of an account's id.
_ID_LENGTH = 32

Claims = dict[str, Any]


class _Known(NamedTuple):
    identity: Identity
    expires: int


def issue(world: World, identity: Identity, now: int) -> str:
    """A new token that says so. ``now`` is the PBX's time in Unix seconds; ``identity.token_id`` is not looked at."""
    import jwt

    secret = _secret(world) or _make_secret(world)
    claims: Claims = {"iss": _ISSUER, "identity_sig": _identity_sig(world, secret, identity)}
    claims["account_id"] = identity.account_id
    if identity.owner_id is not None:
        claims["owner_id"] = identity.owner_id
    expires = now + world.settings.kazoo_token_ttl
    claims |= {"method": identity.method, "iat": now, "exp": expires, "jti": secrets.token_hex(16)}
    key_id = hashlib.sha256(secret).hexdigest()[:32]
    return jwt.encode(claims, secret, _ALGORITHM, {"kid": key_id})


def account_in(token: str) -> str | None:
    """The account that a JWT names, whoever has signed it; None for what is none. Basic tokens name it as well."""
    for part in token.split(".")[1:2] or [token]:
        try:
            content = urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
            found = json.loads(content).get("account_id") if content.startswith("{") else content.partition(":")[0]
        except (ValueError, AttributeError, RecursionError):
            return None
        return found if isinstance(found, str) and len(found) == _ID_LENGTH else None
    return None


def read(world: World, token: str, now: int) -> Identity | None:
    """Whose token this is; None for what is no token of this PBX. Raises CrossbarError for one that has ended."""
    tokens: dict[str, _Known] = world.derived("kazoo tokens", dict)
    known = tokens.get(token)
    if known is None:
        known = _look_at(world, token)
        if known is None:
            return None
        if len(tokens) >= _MOST_KNOWN:
            tokens.clear()
        tokens[token] = known
    if known.expires <= now:
        ago, life = now - known.expires, world.settings.kazoo_token_ttl
        note = f"the auth token has expired, {ago:,} s ago; a new one lives {life:,} s (setting kazoo_token_ttl)"
        raise CrossbarError("expired", note=note)
    return known.identity


def why_none(world: World, token: str) -> str:
    """What is wrong with a text that is no token of this PBX."""
    import jwt

    if not token:
        return "the auth token is empty"
    if token.lower().startswith(("bearer ", "basic ")):
        return f"there is {token[:6].strip()} before the token, which belongs into Authorization, not into X-Auth-Token"
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        claims: Claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return "the auth token is none: it is no JWT"
    if algorithm != _ALGORITHM:
        return f"the auth token is not ours: it is signed with {str(algorithm)[:20]!r}, and ours with {_ALGORITHM}"
    if _claims(world, token) is None:
        return f"the auth token's signature is wrong, or another PBX's: {_whose(world, claims.get('account_id'))}"
    return "the auth token's user is gone, or has another password now: log in again"


def _whose(world: World, account_id: Any) -> str:
    account = account_of(world)
    if account_id == account.id:
        return f"it names the account of this one (world {world.name}), which never signed it so"
    return f"it names the account {str(account_id)[:40]!r}, which no PBX here has"


def revoke(world: World, token: str, now: int) -> None:
    """End a token at once, in every worker. What is no token of this PBX is passed over."""
    claims = _claims(world, token)
    if claims is not None:
        with world.write() as connection:
            revoked.revoke(connection, claims["jti"], claims["exp"], now)


def _look_at(world: World, token: str) -> _Known | None:
    """What a token says that is signed and not deleted, whether it has expired or not."""
    claims = _claims(world, token)
    if claims is None:
        return None
    if revoked.is_revoked(world.database.connection(), claims["jti"]):
        raise CrossbarError("expired", note="the auth token was deleted before it expired: log in again")
    identity = Identity(claims["account_id"], claims.get("owner_id"), claims["method"], claims["jti"])
    expected = _identity_sig(world, _secret(world) or b"", identity)
    if not expected or not hmac.compare_digest(expected, claims["identity_sig"]):
        return None
    return _Known(identity, claims["exp"])


def _claims(world: World, token: str) -> Claims | None:
    """What is in a token that this PBX signed."""
    import jwt

    secret = _secret(world)
    if secret is None:
        return None
    try:
        # PyJWT would judge instants by the wall clock.
        claims: Claims = jwt.decode(token, secret, [_ALGORITHM], {"verify_exp": False, "verify_iat": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    return claims


def _identity_sig(world: World, secret: bytes, identity: Identity) -> str:
    """What ties a token to its user as that user is now: "" for one who is gone. The vendor's users have a secret that
    changes with their password; the account's never does."""
    password = ""
    if identity.owner_id is not None:
        user = account_of(world).users.get(identity.owner_id)
        if user is None:
            return ""
        password = user.password
    key = password.encode("utf-8", "surrogatepass") + secret
    signature = hmac.digest(key, (identity.owner_id or identity.account_id).encode(), "sha256")
    return urlsafe_b64encode(signature).rstrip(b"=").decode()


def _secret(world: World) -> bytes | None:
    """The installation's secret; None before the first token was made."""
    return world.derived("kazoo secret", lambda: _stored_secret(world))


def _stored_secret(world: World) -> bytes | None:
    row = (
        world.database.connection()
        .execute("SELECT value FROM memory WHERE layer = 'state' AND name = ?", (_SECRET,))
        .fetchone()
    )
    return bytes.fromhex(json.loads(row[0])) if row else None


def _make_secret(world: World) -> bytes:
    """The installation's secret, made now unless another worker was first."""
    made = json.dumps(secrets.token_hex(_SECRET_BYTES))
    with world.write() as connection:
        connection.execute("INSERT INTO memory VALUES ('state', ?, ?) ON CONFLICT DO NOTHING", (_SECRET, made))
    world.present()  # forgets that there was none
    secret = _secret(world)
    assert secret is not None
    return secret
