"""Problem documents (RFC 9457): what our own API says when it cannot do what was asked."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response

from ..faults.rules import FaultError, UnknownFaultError
from ..pbx.adding import CallError
from ..pbx.parties import OfficeError, PeriodError
from ..pbx.seed_mistakes import SeedError
from ..pbx.timekeeping import TimeError
from ..settings import SettingError
from ..store.database import DatabaseError
from ..store.registry import WorldError

log = logging.getLogger("pbx")

PROBLEM_TYPE = "application/problem+json"

# What a status means here; others go by their own names.
TITLES = {
    400: "The request cannot be read",
    401: "A token is needed",
    403: "Not allowed from there",
    404: "It is not there",
    405: "Not with this method",
    409: "It cannot be done as things are",
    413: "Too large",
    422: "What was asked makes no sense",
    500: "A fault of the emulator",
    503: "Not now",
}

# What the rooms below raise -> the status; the first that fits counts. Their texts are written for whoever asked.
_STATUS: Mapping[type[Exception], int] = {
    UnknownFaultError: 404,
    FaultError: 422,
    CallError: 422,
    OfficeError: 409,
    PeriodError: 422,
    SettingError: 422,
    SeedError: 422,
    TimeError: 422,
    DatabaseError: 503,
}
_STATUS_OF_WORLDS = {
    "unknown": 404,
    "no_snapshot": 404,
    "bad_name": 422,
    "taken": 409,
    "key_taken": 409,
    "default": 409,
    "busy": 409,
    "broken": 409,
}

# Seconds after which to try again what another writer was in the way of.
_RETRY = {"Retry-After": "1"}


class Problem(Exception):  # noqa: N818 - what RFC 9457 calls it
    """``detail`` is written for the person who must fix the request; ``mistakes`` are its parts where it has several;
    ``headers`` go with the answer."""

    def __init__(
        self, status: int, detail: str, mistakes: list[str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.mistakes, self.headers = status, detail, mistakes or [], headers or {}

    @classmethod
    def of_mistakes(cls, told: Iterable[str]) -> Problem:
        """What was asked makes no sense, for one reason or several; a text may hold several, each on its line."""
        lines = [line for text in told for line in text.splitlines()]
        return cls(422, "\n".join(lines), lines if len(lines) > 1 else None)

    @property
    def response(self) -> Response:
        title = TITLES.get(self.status) or HTTPStatus(self.status).phrase
        body: dict[str, Any] = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        if self.mistakes:
            body["mistakes"] = self.mistakes
        return Response(orjson.dumps(body), self.status, self.headers, content_type=PROBLEM_TYPE)


def problem_of(error: Exception) -> Problem:
    """What to answer when this was raised."""
    if isinstance(error, Problem):
        return error
    text = str(error)
    if isinstance(error, WorldError):
        return Problem(_STATUS_OF_WORLDS[error.kind], text)
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return Problem.of_mistakes([text]) if status == 422 else Problem(status, text)
    if isinstance(error, (sqlite3.Error, OSError)):
        return _of_the_machine(error)
    log.exception("a fault of the emulator, answered with 500", exc_info=error)
    return Problem(500, "This is a fault of the emulator; the server's log has the details.")


def _of_the_machine(error: sqlite3.Error | OSError) -> Problem:
    """A database or a file that cannot be used now."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return Problem(503, "Somebody else is writing to the PBX all the time; try again.", headers=_RETRY)
    log.warning("a request was answered with 503: %s", error)
    if isinstance(error, OSError):
        return Problem(503, f"A file cannot be used: {error.strerror or error}.")
    return Problem(503, f"The database cannot be used: {error}.")
