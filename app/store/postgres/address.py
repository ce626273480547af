"""The server's address: what the setting database_url says, without its password where anybody can read it."""

from __future__ import annotations

import re
import sqlite3
from functools import cached_property
from typing import Any

import psycopg
from psycopg import conninfo

# The schema of the default world, unless the URL's options set another search_path.
_SCHEMA = "pbx"
_SEARCH_PATH = re.compile(r"-c\s*search_path=(\w+)", re.ASCII)

# How long a writer waits for another one; what a plan is compiled for is over sooner than that.
_OPTIONS = "-c lock_timeout=5s -c jit=off -c timezone=UTC -c client_min_messages=warning"

_OLDEST = 14_00_00

# Seconds until a server that does not answer is given up.
_PATIENCE = 10


class Address:
    """``url`` is a setting that has been read."""

    def __init__(self, url: str) -> None:
        self._given = conninfo.conninfo_to_dict(re.sub(r"^postgresql\+psycopg:", "postgresql:", url))

    @cached_property
    def schema(self) -> str:
        """The default world's."""
        found = _SEARCH_PATH.search(str(self._given.get("options") or ""))
        return found[1] if found else _SCHEMA

    def __str__(self) -> str:
        """As people may read it."""
        given = self._given
        host, port = given.get("host") or "localhost", given.get("port")
        place = f"{host}:{port}" if port else host
        return f"{given.get('dbname') or given.get('user') or ''} at {place}, schema {self.schema}"

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection; each statement is a transaction unless one is begun. Raises sqlite3.OperationalError."""
        options = f"{_OPTIONS} {self._given.get('options') or ''}"
        given: dict[str, Any] = {"connect_timeout": _PATIENCE, **self._given}
        given |= {"client_encoding": "utf8", "options": options}
        try:
            raw = psycopg.connect(
                **given, autocommit=True, cursor_factory=psycopg.RawCursor, application_name="pbx-emulator"
            )
        except psycopg.Error as error:
            raise sqlite3.OperationalError(_reason(error)) from None
        if unfit := _unfit(raw.info):
            raw.close()
            raise sqlite3.OperationalError(unfit)
        return raw


def _unfit(server: psycopg.ConnectionInfo) -> str:
    """Why this program cannot use the server's database; "" where it can."""
    if server.server_version < _OLDEST:
        return f"PostgreSQL 14 or later is needed, and this is {server.parameter_status('server_version')}"
    encoding = server.parameter_status("server_encoding")
    return "" if encoding == "UTF8" else f"its encoding must be UTF8, and is {encoding}"


def _reason(error: psycopg.Error) -> str:
    """What libpq says of its last try, without the question that it asks."""
    said = [line for line in str(error).splitlines() if line and not line.startswith("\t")]
    return said[-1].rpartition("connection failed: ")[2].rstrip(".")
