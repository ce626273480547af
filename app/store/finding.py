"""Which world a request is meant for, by what it carries: a matter of microseconds."""

from __future__ import annotations

import sqlite3

from . import tokens
from .opened import Opened, OpenedWorlds
from .registry import ONLY_ONE, Entry, Key, Registry, WorldError, as_key, keys_in
from .world_files import WorldFiles
from .worlds import DEFAULT, World


class WorldFinder:
    """The default world and those in the folder ``worlds`` beside it, for all threads of a process.

    A request asks once for its world, and keeps it to its end: that it is reset, restored or dropped meanwhile does not
    concern it. WorldError: broken says that somebody has removed a world's database.
    """

    def __init__(self, default: World) -> None:
        self.default = default
        self._files = WorldFiles(default.database.path.parent / "worlds")
        self._registry, self._opened = self._found()

    def _found(self) -> tuple[Registry, Opened]:
        """Where other worlds are written down, and what finds them."""
        registry = Registry(self._files.registry)
        return registry, OpenedWorlds(registry, self._files.database, self.default.base, self._claim)

    def find(self, name: str) -> World | None:
        """The world of that name."""
        return self.default if name == DEFAULT else self._opened.find("name", name)

    def get(self, name: str) -> World:
        """The world of that name. Raises WorldError: unknown."""
        world = self.find(name)
        if world is None:
            raise WorldError("unknown", name)
        return world

    def of_token(self, token: str) -> World:
        """The world that a Yeastar token leads to, which has to decide on it; the default one for what is none."""
        number = tokens.world_of(token)
        return (number and self._opened.find("number", number)) or self.default

    def of_client(self, client_id: str) -> World:
        """The world that has the API client; the default one when no other has."""
        return self._opened.find("client", client_id) or self.default

    def of_api_key(self, key: str) -> World:
        """The world with that KAZOO API key; the default one when no other has it."""
        return self._opened.find("api_key", key) or self.default

    def of_account(self, account_id: str) -> World | None:
        """The world whose KAZOO account has this id."""
        other = self._opened.find("account", account_id)
        if other is None and account_id == self.default.settings.kazoo_account_id:
            return self.default
        return other

    def of_realm(self, realm: str) -> World:
        """The only world whose KAZOO account has that realm; the default one when it or no other has."""
        return self._of_shared("realm", realm, self.default.settings.kazoo_realm)

    def of_account_name(self, name: str) -> World:
        """The only world whose KAZOO account has that name; the default one when it or no other has."""
        return self._of_shared("account_name", name, self.default.settings.kazoo_account_name)

    def _of_shared(self, kind: str, value: str, defaults: str) -> World:
        key = as_key(kind, value)
        if key == as_key(kind, defaults):
            return self.default
        return self._opened.find(*key) or self.default

    def names(self) -> list[str]:
        """All worlds, the default one first, then in the order in which they were made."""
        return [DEFAULT, *(entry.name for entry in self.entries())]

    def entries(self) -> list[Entry]:
        """What the registry has of all worlds but the default one, in the order in which they were made."""
        return self._registry.entries()

    def keys(self, entry: Entry) -> frozenset[Key]:
        """The API clients of a world, its KAZOO account's id, API key, realm and name."""
        return self._registry.keys(entry.number)

    def close(self) -> None:
        """Close every connection, as must be done before a fork."""
        self.default.database.close()
        self._opened.close()
        self._registry.close()

    def _claim(self, entry: Entry, connection: sqlite3.Connection) -> None:
        """Make the keys that a world is about to have its own. Raises WorldError: key_taken."""
        keys = keys_in(connection)
        if keys != self._registry.keys(entry.number):
            self._refuse_defaults(keys)
            self._registry.switch(entry, entry, keys)

    def _refuse_defaults(self, keys: frozenset[Key]) -> None:
        """Raises WorldError where the default world has one of the keys: key_taken."""
        connection, settings = self.default.database.connection(), self.default.settings
        has = {Key("account", settings.kazoo_account_id), Key("api_key", settings.kazoo_api_key)}
        has |= {Key("client", client_id) for (client_id,) in connection.execute("SELECT client_id FROM client")}
        for key in keys & has:
            raise WorldError("key_taken", ONLY_ONE[key.kind], key.value)
