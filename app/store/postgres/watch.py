"""A watch over statements: another thread that asks whether they have taken long enough, and then breaks them off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors

# Seconds between two questions.
_PAUSE = 0.005


class Watch:
    """``handler`` says whether to break off what runs."""

    def __init__(self, handler: Callable[[], bool]) -> None:
        self._handler = handler
        self._lock = threading.Lock()
        self._running: psycopg.Connection[Any] | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    @contextmanager
    def over(self, raw: psycopg.Connection[Any]) -> Iterator[None]:
        """A statement runs in the block. Raises QueryCanceled where it took long enough before."""
        if self._handler():
            raise errors.QueryCanceled
        self._running = raw
        try:
            yield
        finally:
            with self._lock:  # no sooner than a cancellation that is under way has arrived
                self._running = None

    def _look(self) -> None:
        while not self._ended.wait(_PAUSE):
            if self._running is None or not self._handler():
                continue
            with self._lock:
                if self._running is not None:
                    self._running.cancel()

    def end(self) -> None:
        self._ended.set()
