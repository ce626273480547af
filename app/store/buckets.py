"""Rate-limit buckets that all workers share: a small file, mapped into memory and locked for microseconds.

They are not kept in the database, where a commit for each request would make every worker read all it knows anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import weakref
from pathlib import Path

# The file: a mark that names its layout, then slots. A slot: the name's digest (zeros: free), the tokens that were
# left, and when that was (the PBX's time in Unix seconds).
_MARK = b"PBX buckets 1\n".ljust(32, b"\0")
_SLOT = struct.Struct("=16sdd")
_SLOTS = 4096
_LENGTH = len(_MARK) + _SLOTS * _SLOT.size
_FREE = bytes(16)

# A bucket lies in one of so many slots behind the one that its name points to.
_PROBES = 8

# Seconds by which one worker's time may lie behind another's that was here first; more is a clock that was set back.
_BEHIND = 1.0


def path_beside(database: Path) -> Path:
    """Where the buckets are of the PBX with this database."""
    return database.with_suffix(".buckets")


class Buckets:
    """The buckets in the file at ``path``, of which a process opens one only: the lock holds off other processes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        weakref.finalize(self, os.close, self._file)
        self._lock = threading.Lock()
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            _make_usable(self._file)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._map = mmap.mmap(self._file, _LENGTH)
        _in_this_process.add(self)

    def spend(self, name: str, cost: int, size: int, refill: int, now: float) -> int | None:
        """Take ``cost`` tokens from the bucket of that name; returns how many whole ones are left.

        None says that there are not enough; then nothing is taken. A bucket begins full, with ``size`` tokens, and
        regains ``refill`` a second. ``now`` is the PBX's time in Unix seconds, which may stand still or be set back.
        """
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                place, left, last = self._find(digest, size, now)
                left = min(float(size), left + max(0.0, now - last) * refill)
                paid = left >= cost
                if paid:
                    left -= cost
                _SLOT.pack_into(self._map, place, digest, left, last if now < last <= now + _BEHIND else now)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        return int(left) if paid else None

    def _find(self, digest: bytes, size: int, now: float) -> tuple[int, float, float]:
        """Where the bucket lies, its tokens, and since when. A new one takes a free slot, else the stalest."""
        first = int.from_bytes(digest[:4], "little")
        places = [len(_MARK) + (first + probe) % _SLOTS * _SLOT.size for probe in range(_PROBES)]
        stalest, since = places[0], float("inf")
        for place in places:
            owner, left, last = _SLOT.unpack_from(self._map, place)
            if owner == digest and left >= 0:
                return place, left, last
            if owner in (digest, _FREE):
                return place, float(size), now
            if last < since:
                stalest, since = place, last
        return stalest, float(size), now

    def renew_lock(self) -> None:
        """After a fork: a thread that held the lock is not in this process."""
        self._lock = threading.Lock()


_in_this_process: weakref.WeakSet[Buckets] = weakref.WeakSet()


def _renew_locks() -> None:
    for buckets in _in_this_process:
        buckets.renew_lock()


os.register_at_fork(after_in_child=_renew_locks)


def _make_usable(file: int) -> None:
    """Start afresh in a file that is not ours or not whole. It never gets shorter: others may have it mapped."""
    if os.pread(file, len(_MARK), 0) != _MARK or os.fstat(file).st_size < _LENGTH:
        os.pwrite(file, _MARK + bytes(_LENGTH - len(_MARK)), 0)
