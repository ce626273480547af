"""Account: the KAZOO account that a PBX is, with its users, its resources and what its numbers are.

Ids are made of names (section 7.1 of the mapping), so that they are the same after every restart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from ..store import clients, objects
from .costs import Tariff
from .signalling import far_end

if TYPE_CHECKING:
    from ..store.worlds import World


def digest(text: str) -> str:
    """32 hexadecimal digits that are always the same for a text."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def stable_id(kind: str, name: str) -> str:
    """The id of a ``user``, ``device``, ``trunk``, ``reseller`` or ``cluster`` of that name."""
    return digest(f"{kind}:{name}")


@dataclass(frozen=True)
class User:
    """Somebody who can log in: an extension, whose number is the user's name, or an API client, by its client id.

    ``extension`` is "" for an API client, who is an administrator.
    """

    id: str
    name: str
    password: str
    extension: str = ""


@dataclass(frozen=True)
class Trunk:
    """A resource: a trunk by its name.

    ``host`` is the far end's, "" if unknown; ``on_net`` says that it leads to another account of the same cluster;
    ``rating`` are the custom channel variables that say what legs over it cost, in the vendor's names and units.
    """

    id: str
    name: str
    host: str = ""
    on_net: bool = False
    is_global: bool = False
    rating: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def tariff(self) -> Tariff:
        """The rating, read."""
        return Tariff.read(self.rating)


@dataclass(frozen=True)
class Account:
    """``users`` by id, ``trunks`` by name; ``no_devices`` are the numbers of queues, menus and the like."""

    id: str
    name: str
    realm: str
    reseller_id: str
    users: Mapping[str, User]
    trunks: Mapping[str, Trunk]
    no_devices: frozenset[str]

    def trunk(self, name: str) -> Trunk:
        """The trunk of that name; one that the PBX no longer has is a plain carrier."""
        return self.trunks.get(name) or Trunk(stable_id("trunk", name), name)

    @cached_property
    def names_by_user_id(self) -> Mapping[str, str]:
        return {user.id: user.name for user in self.users.values()}

    @cached_property
    def names_by_device_id(self) -> Mapping[str, str]:
        return {stable_id("device", user.name): user.name for user in self.users.values()}

    @cached_property
    def names_by_trunk_id(self) -> Mapping[str, str]:
        return {trunk.id: trunk.name for trunk in self.trunks.values()}


def account_of(world: World) -> Account:
    """The PBX's account as it is now; ``world.present()`` has been asked for this request."""
    return world.derived("kazoo account", lambda: _read(world))


def _read(world: World) -> Account:
    settings, _ = world.present()
    connection = world.database.connection()
    stored = [(kind, name, orjson.loads(text)) for kind, name, text in objects.documents(connection)]
    admins = [User(stable_id("user", id), id, secret) for id, secret in clients.secrets(connection).items()]
    people = [
        User(stable_id("user", number), number, settings.client_secret, number)
        for number in objects.extension_numbers(connection)
    ]
    return Account(
        id=settings.kazoo_account_id,
        name=settings.kazoo_account_name,
        realm=settings.kazoo_realm,
        reseller_id=stable_id("reseller", settings.kazoo_account_id),
        users={user.id: user for user in (*admins, *people)},
        trunks={name: _trunk(name, document) for kind, name, document in stored if kind == "trunk"},
        no_devices=frozenset(str(document["number"]) for _, _, document in stored if document.get("number")),
    )


def _trunk(name: str, document: Mapping[str, Any]) -> Trunk:
    rating = document.get("rating")
    return Trunk(
        id=stable_id("trunk", name),
        name=name,
        host=far_end(str(document.get("address") or ""))[0],
        on_net=document.get("on_net") is True,
        is_global=document.get("global_resource") is True,
        rating={key: _text(value) for key, value in rating.items()} if isinstance(rating, dict) else {},
    )


def _text(value: Any) -> str:
    """A value of a rating as a channel variable: lists with commas, true and false in small letters."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
