"""Waiting: a request that only waits lets others have a thread in its place, so that they need not wait with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext

# So many requests of a process may wait at once and hold no thread of the others'.
_MOST = 200

# How to make room in this process: our own server says it. Behind another one, who waits holds a thread.
_make_room: Callable[[], AbstractContextManager[None]] = nullcontext


def room_for_others() -> AbstractContextManager[None]:
    """For as long as the block lasts, others have this thread's place."""
    return _make_room()


def handed_out(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a long answer. Its reader may be slow, or stop reading: others do not wait for that one."""
    with room_for_others():
        yield from pieces


class Threads(ThreadPoolExecutor):
    """The threads that answer requests; one more for each that only waits. From now on they are the process's."""

    def __init__(self, most: int) -> None:
        global _make_room
        super().__init__(max_workers=most)
        self._usual = most
        self._waiting = 0
        _make_room = self._room

    @contextmanager
    def _room(self) -> Iterator[None]:
        self._count(1)
        try:
            self.submit(int)  # whoever is in the queue gets the new thread
            yield
        finally:
            self._count(-1)

    def _adjust_thread_count(self) -> None:
        """Make a thread for what was submitted. Which threads are idle is only guessed, and too many at times: while
        some wait, none counts as idle."""
        while self._waiting and self._idle_semaphore.acquire(timeout=0):
            pass
        super()._adjust_thread_count()

    def _count(self, more: int) -> None:
        with self._shutdown_lock:
            self._waiting += more
            self._max_workers = self._usual + min(self._waiting, _MOST)
