"""Credentials: the hash of a name and a password, whose it is, and what is wrong with one that is nobody's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import Account, User
    from .calls import Call

# Ways to hash name and password: the vendor's word for each.
_HASHES: Mapping[str, Callable[[bytes], Any]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha": partial(hashlib.sha1, usedforsecurity=False),
}
_SHAPES = {"md5": re.compile("[0-9a-f]{32}"), "sha": re.compile("[0-9a-f]{40}")}


# What clients hash, in words -> what that is of a name, a password and the account's realm. Only the first is right.
_HASHED: Mapping[str, Callable[[str, str, str], str]] = {
    "name and password": lambda name, password, realm: f"{name}:{password}",
    "name and password with a line break behind": lambda name, password, realm: f"{name}:{password}\n",
    "password and name, in that order": lambda name, password, realm: f"{password}:{name}",
    "name and password without the colon": lambda name, password, realm: f"{name}{password}",
    "the password alone": lambda name, password, realm: password,
    "the name alone": lambda name, password, realm: name,
    "the name with no password": lambda name, password, realm: f"{name}:",
    "the name in capitals and the password": lambda name, password, realm: f"{name.upper()}:{password}",
    "name@realm and the password": lambda name, password, realm: f"{name}@{realm}:{password}",
    "name, realm and password": lambda name, password, realm: f"{name}:{realm}:{password}",
}


def user_with(call: Call, method: str, credentials: str) -> User | None:
    """The user whose "name:password" has this hash, in hexadecimal digits."""
    hashes = call.world.derived(f"kazoo {method}", lambda: _hashes(call.account, method))
    return hashes.get(credentials.lower())


def why_unknown(call: Call, method: str, credentials: str) -> str:
    """Why credentials by that method are nobody's: hashed by the other one, the hash of something else, or none."""
    wanted = credentials.lower()
    found = next((name for name, shape in _SHAPES.items() if shape.fullmatch(wanted)), None)
    if found is None:
        return f"the credentials are no {method} in hexadecimal digits, which must be that of name:password"
    mistakes = call.world.derived(f"kazoo {found} mistakes", lambda: _mistakes(call.account, found))
    hashed = mistakes.get(wanted)
    if found != method:
        return f"the credentials are the {found} of {hashed or 'something'}, where the method is {method}"
    if hashed:
        return f"the credentials are the {method} of {hashed}; they must be that of name:password"
    return f"the credentials are the {method} of no name and password here: one of the two is wrong"


def _hashes(account: Account, method: str) -> dict[str, User]:
    """Users by hash. The vendor keeps names in lower case, so a name is taken so or as it is.

    Looking a hash up tells nothing of those that are kept: Python salts its own hash of it.
    """
    as_they_are = [(user.name, user) for user in account.users.values()]
    lowered = [(name.lower(), user) for name, user in as_they_are]
    return {_hash(method, f"{name}:{user.password}"): user for name, user in (*lowered, *as_they_are)}


def _mistakes(account: Account, method: str) -> dict[str, str]:
    """What is hashed, and whose it is, by hash."""
    return {
        _hash(method, text(name, user.password, account.realm)): f"{words} (user {user.name})"
        for words, text in reversed(list(_HASHED.items()))
        for user in account.users.values()
        for name in (user.name.lower(), user.name)
    }


def _hash(method: str, text: str) -> str:
    digits: str = _HASHES[method](text.encode("utf-8", "surrogatepass")).hexdigest()
    return digits
