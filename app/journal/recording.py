"""Recording: one request, from its first moment until its entry is in the journal."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from .. import metrics
from ..clock import Clock
from . import Journal
from .entries import Entry
from .keeping import keep

if TYPE_CHECKING:
    from ..settings import Settings

log = logging.getLogger("pbx")

REQUEST_ID_HEADER = "X-PBX-Request-Id"


class Answer(Protocol):
    """What a recording must know of a response: it is Werkzeug's, which this room has no business with."""

    response: Any
    headers: Any
    status_code: int

    @property
    def is_streamed(self) -> bool: ...

    @property
    def content_length(self) -> int | None: ...

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]: ...


class Recording:
    """Fills in what every dialect's entries have; the dialect fills in the rest of ``entry`` on its way.

    ``journal`` is None where nothing is recorded: all can be called nevertheless.
    """

    def __init__(self, journal: Journal | None, dialect: str, method: str, path: str, address: str | None) -> None:
        self._begun = time.perf_counter_ns()
        self._journal = journal
        self._ended = False
        self._settings: Settings | None = None
        self._secret = ""
        self.entry = Entry(dialect, "default", method, path, address or "", f"{random.getrandbits(64):016x}")

    def of(self, world: object, settings: Settings, now: float) -> None:
        """Say which PBX was asked, with its settings and its time at this moment (Unix seconds)."""
        self._settings = settings
        self.entry.world = getattr(world, "name", "default")
        self.entry.at = now

    def hide(self, secret: str) -> None:
        """The request's token, which is to be found nowhere in the entry; a word such as Bearer may stand before it."""
        self._secret = secret.rpartition(" ")[2]

    def answered(self, answer: Answer) -> None:
        """Take the answer in: the entry is appended at once, or when the last of a stream has been sent."""
        entry = self.entry
        entry.status = answer.status_code
        entry.size = answer.content_length if answer.is_streamed else sum(map(len, answer.response))
        if self._journal is not None and (self._settings is None or self._settings.request_id_header):
            answer.headers.add(REQUEST_ID_HEADER, entry.request_id)
        if entry.size is None:
            answer.response = self._followed(answer.response)
            answer.call_on_close(self._end)  # where nobody has come to want its first byte
        else:
            self._end()

    def _followed(self, pieces: Iterable[Any]) -> Iterator[Any]:
        """The pieces of a stream. When the last is through, the client has not seen its end yet."""
        whole = False
        try:
            yield from pieces
            whole = True
        finally:
            if not whole:
                self.entry.notes.append(f"the answer was cut off when {self.entry.rows or 0} rows had been written")
            self._end()

    def _end(self) -> None:
        """Count the request, append the entry. Whatever goes wrong here, the client gets its answer."""
        if self._ended:
            return
        self._ended = True
        entry = self.entry
        try:
            entry.duration = (time.perf_counter_ns() - self._begun) // 1000
            outcome = entry.status if entry.errcode is None else entry.errcode
            metrics.count(entry.dialect, entry.route, outcome, entry.duration / 1e6)
            if self._journal is not None:
                self._finish()
                self._journal.append(entry)
        except OSError as error:  # such as a full disk, which every request meets: a line is enough
            log.error("a request could not be journaled: %s", error)
        except Exception:
            log.exception("a request could not be journaled")

    def _finish(self) -> None:
        entry, settings = self.entry, self._settings
        known = (settings.client_secret, settings.kazoo_api_key) if settings else ()
        keep(entry, (self._secret, *known))
        if settings is None:  # the PBX could not tell its time
            entry.at = Clock().now()
