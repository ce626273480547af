"""livez, readyz and metrics: for those who watch over the server. They ask nobody who he is."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from flask import Response

from .. import metrics as counted
from ..journal import journal_of
from ..store.database import DatabaseError
from .responses import guarded

if TYPE_CHECKING:
    from ..pbx.worlds import Worlds
    from ..settings import Settings

# Seconds that a check waits for somebody who writes; who asks wants an answer.
_PATIENCE = 1.0

_Check = Callable[["Worlds"], str]


class _NotReadyError(Exception):
    """What is wrong."""


def livez() -> Response:
    """Whoever reads the answer knows it."""
    return _response({"status": "alive"})


def readyz(worlds: Worlds) -> Response:
    """Whether the default PBX can be read and written, with the outcome of each check."""
    checks, ready = {}, True
    for name, check in _CHECKS.items():
        try:
            checks[name] = check(worlds)
        except (_NotReadyError, DatabaseError, sqlite3.Error, OSError) as error:
            checks[name], ready = str(error), False
    return _response({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)


def _database(worlds: Worlds) -> str:
    worlds.default.database.check(_PATIENCE)
    return "ok"


def _journal(worlds: Worlds) -> str:
    settings: Settings = worlds.default.base
    if not settings.journal:
        return "off"
    if journal_of(settings) is None:
        raise _NotReadyError("The journal cannot be used; the server's log says why.")
    return "ok"


def _disk(worlds: Worlds) -> str:
    with tempfile.TemporaryFile(dir=Path(worlds.default.base.instance)) as file:
        file.write(bytes(4096))
    return "ok"


_CHECKS: dict[str, _Check] = {"database": _database, "journal": _journal, "disk": _disk}


def metrics(worlds: Worlds) -> Response:
    """What all workers have counted, how many worlds there are, and how far the journal has come."""
    return guarded(lambda: _metrics(worlds))


def _metrics(worlds: Worlds) -> Response:
    gauges = {"pbx_worlds": ("Worlds there are, the default one included.", float(len(worlds.names())))}
    journal = journal_of(worlds.default.base)
    if journal is not None:
        gauges["pbx_journal_head"] = ("Number of the newest request in the journal.", float(journal.head))
    content, content_type = counted.exposition(gauges)
    return Response(content, content_type=content_type)


def _response(content: object, status: int = 200) -> Response:
    return guarded(lambda: Response(orjson.dumps(content), status, content_type="application/json"))
