"""Authentication: api_auth and user_auth, which let clients in, and token_auth, which looks after their tokens."""

from __future__ import annotations

import hmac
import re
from typing import Any

from ...store.dids import is_own_number
from .. import tokens
from ..accounts import Account, stable_id
from ..calls import Call, Fields, Identity
from ..credentials import user_with, why_unknown
from ..errors import CrossbarError
from ..identity import authenticate
from ..schemas.auth import API_AUTH, USER_AUTH

LANGUAGE = "en-us"

# What the vendor's user interface asks of the installation. Ours transcribes no voice messages.
_CAPABILITIES = {"voicemail": {"transcription": {"available": False, "default": False}}}

_NO_PART_OF_A_NAME = re.compile("[^a-z0-9]+")


def api_auth(call: Call, given: Any) -> Fields:
    """A new token for the account's API key; ``given`` is the data of the body."""
    key = API_AUTH.read(given)["api_key"]
    if not _same(key, call.settings.kazoo_api_key):
        raise CrossbarError("api_key", [key], _why_no_key(key, call.settings.kazoo_api_key))
    return _let_in(call, Identity(call.account.id, None, "cb_api_auth"))


def user_auth(call: Call, given: Any) -> Fields:
    """A new token for a user's hashed name and password; ``given`` is the data of the body."""
    sent = USER_AUTH.read(given)
    method = sent.get("method", "md5")
    user = user_with(call, method, sent["credentials"])
    if user is None:
        raise CrossbarError("credentials", note=why_unknown(call, method, sent["credentials"]))
    if not _names_account(call, sent):
        raise CrossbarError("credentials", note=_why_no_account(call.account, sent))
    return _let_in(call, Identity(call.account.id, user.id, "cb_user_auth"))


def get_user_auth(call: Call, given: Any) -> Fields:
    """What a token stands for, where it is both in the path and the one that is used."""
    if not _same(call.path["auth_token"], call.token):
        raise CrossbarError("credentials", note="the token in the path is not the one that the request came with")
    return _auth_data(call)


def get_token_auth(call: Call, given: Any) -> Fields:
    """What the token that is used stands for."""
    data = _auth_data(call)
    return data | {"id": call.token, "method": _identity(call).method}


def delete_token_auth(call: Call, given: Any) -> None:
    """End the token that is used. One that a password made anew for each request cannot be ended."""
    tokens.revoke(call.world, call.token, call.now)
    call.token, call.identity = "", None


def _let_in(call: Call, identity: Identity) -> Fields:
    call.token, call.identity = tokens.issue(call.world, identity, call.now), identity
    return _auth_data(call)


def _identity(call: Call) -> Identity:
    authenticate(call)
    assert call.identity is not None
    return call.identity


def _auth_data(call: Call) -> Fields:
    identity, account = _identity(call), call.account
    owner = {} if identity.owner_id is None else {"owner_id": identity.owner_id}
    return {
        "account_id": identity.account_id,
        **owner,
        "account_name": account.name,
        "language": LANGUAGE,
        "reseller_id": account.reseller_id,
        "is_reseller": False,
        "is_master_account": False,
        "cluster_id": stable_id("cluster", account.realm),
        "apps": [],
        "capabilities": _CAPABILITIES,
        "ui_config": {},
    }


def _names_account(call: Call, sent: Fields) -> bool:
    """Whether any of what was sent names the account: the vendor takes the first that is known."""
    account = call.account
    realm = sent.get("account_realm", sent.get("realm"))
    return (
        (isinstance(realm, str) and realm.lower() == account.realm.lower())
        or ("account_name" in sent and _normalized(sent["account_name"]) == _normalized(account.name))
        or sent.get("account_id") == account.id
        or ("phone_number" in sent and is_own_number(call.world.database.connection(), sent["phone_number"]))
    )


def _why_no_account(account: Account, sent: Fields) -> str:
    """Which of what was sent names no account, or another one than the user's."""
    known = {
        "account_name": repr(account.name),
        "account_realm": repr(account.realm),
        "realm": repr(account.realm),
        "account_id": account.id,
        "phone_number": "one of its own numbers",
    }
    wrong = [f"{name} {str(sent[name])[:100]!r} is not {value}" for name, value in known.items() if name in sent]
    if wrong:
        return f"the credentials are right, but nothing names their account: {'; '.join(wrong)}"
    return "the credentials are right, but no account is named: send account_name, account_realm or phone_number"


def _why_no_key(sent: str, ours: str) -> str:
    if sent.lower() == ours.lower():
        return "the api_key is right but for upper and lower case (setting kazoo_api_key)"
    return "no PBX here has this api_key; this one's is the setting kazoo_api_key"


def _normalized(name: str) -> str:
    """A name as the vendor compares it."""
    return _NO_PART_OF_A_NAME.sub("", name.lower())


def _same(one: str, other: str) -> bool:
    """Whether they are equal, compared in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
