"""Patience: SQL that ends when it has taken long enough. Among a million calls some searches take half a second."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")

# Steps of SQLite's machine between two looks at the time.
_STEPS = 10_000


class Patience:
    """While it is entered, what is run on the connection by ``spent`` takes ``each`` seconds at most, and
    ``all_in_all`` together. ``lost`` says that something was given up."""

    def __init__(self, connection: sqlite3.Connection, all_in_all: float, each: float) -> None:
        self._connection = connection
        self._each = each
        self._end = time.monotonic() + all_in_all
        self._deadline = self._end
        self.lost = False

    def __enter__(self) -> Patience:
        self._connection.set_progress_handler(lambda: time.monotonic() > self._deadline, _STEPS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.set_progress_handler(None, 0)

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def spent(self, work: Callable[[], Result], otherwise: Result) -> Result:
        """What ``work`` returns, or ``otherwise`` where that would take too long."""
        self._deadline = min(time.monotonic() + self._each, self._end)
        try:
            return work()
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            self.lost = True
            return otherwise
