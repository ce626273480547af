"""A tape of byte strings on which all workers record at once, without locks; its last part is kept, the rest is gone.

A piece of the tape is a file, whose name says where it begins and how much it takes. The operating system appends a
record in one stroke, whoever else is appending: what one worker records is there for the others at once, nobody waits
for anybody, and who is killed on the way leaves half a record behind that nobody takes for one. A record that begins
behind the end of its piece does not count: its writer goes on to the next piece with it.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import threading
import weakref
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

# Before its bytes, a record has a mark (no UTF-8 has its first byte), their size, their checksum and a tag. One
# without bytes forgets those before it that have its tag; with _ALL, all.
_HEAD = struct.Struct("=4sIIQ")
_MARK = b"\xffPBX"
_ALL = 0

# A piece's first place on the tape, and its length.
_NAME = re.compile("([0-9]{1,18})-([0-9]{1,18})", re.ASCII)

_KEPT_PIECES = 2

# Bytes that are looked through at a time, and of the largest record, mark and all.
_BLOCK = 1 << 20
_LARGEST = _BLOCK // 2


class Record(NamedTuple):
    """Where a record's bytes are. ``number`` grows from record to record, for ever, by more than 1."""

    number: int
    tag: int
    piece: _Piece
    place: int
    size: int

    def content(self) -> bytes:
        return os.pread(self.piece.descriptor, self.size, self.place)


class _Piece:
    """A file of the tape in the folder, opened."""

    def __init__(self, folder: Path, begin: int, length: int, flags: int) -> None:
        self.begin, self.length, self.process = begin, length, os.getpid()
        self.descriptor = os.open(folder / f"{begin}-{length}", flags | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, self.descriptor)
        self.records: list[Record] = []
        self.forgetting: list[tuple[int, int]] = []  # numbers and tags
        self._seen = 0

    @property
    def end(self) -> int:
        """The number of its newest record."""
        return self.begin + os.fstat(self.descriptor).st_size

    def append(self, record: bytes) -> int | None:
        """The record's number, None if it does not count. Raises OSError."""
        if os.write(self.descriptor, record) != len(record):
            raise OSError("the disk is full")
        end = os.lseek(self.descriptor, 0, os.SEEK_CUR)
        return self.begin + end if end - len(record) < self.length else None

    def look_on(self) -> None:
        """Find the records that have been added."""
        while block := os.pread(self.descriptor, _BLOCK, self._seen):
            taken = self._take(block)
            if not taken and len(block) == _BLOCK:
                taken = _BLOCK - len(_MARK) + 1  # no record begins in it
            self._seen += taken
            if len(block) < _BLOCK:
                return

    def _take(self, block: bytes) -> int:
        """Take in the whole records of the block; returns where it is to be read on from."""
        at = 0
        while at < len(block) and self._seen + at < self.length:
            size = _size_of_whole(block, at)
            if size is None:
                # Somebody is at it. Or was killed at it, and others have gone on behind.
                following = block.find(_MARK, at + 1)
                if following < 0:
                    break
                at = following
                continue
            tag = _HEAD.unpack_from(block, at)[3]
            place = self._seen + at + _HEAD.size
            at += _HEAD.size + size
            number = self.begin + self._seen + at
            if size:
                self.records.append(Record(number, tag, self, place, size))
            else:
                self.forgetting.append((number, tag))
        return at


def _size_of_whole(data: bytes, at: int) -> int | None:
    """The size of the whole, sound record that begins there; None if none does."""
    if len(data) < at + _HEAD.size or not data.startswith(_MARK, at):
        return None
    _, size, checksum, _ = _HEAD.unpack_from(data, at)
    begin = at + _HEAD.size
    whole = begin + size <= len(data) and crc32(memoryview(data)[begin : begin + size]) == checksum
    return size if whole else None


class Tape:
    """The tape in the folder, of which at most ``most_bytes`` are kept and ``most_rows`` records shown.

    Without ``most_bytes`` it is the one that others make, as large as they make it. Raises OSError.
    """

    def __init__(self, folder: Path, most_bytes: int | None = None, most_rows: int | None = None) -> None:
        self._folder, self._most_rows = folder, most_rows
        self._length = most_bytes // _KEPT_PIECES if most_bytes else None
        self._of_this_thread = threading.local()
        self._reading = threading.Lock()
        self._pieces: dict[int, _Piece] = {}
        if most_bytes:
            folder.mkdir(mode=0o700, exist_ok=True)
            self._next_piece(None)

    def append(self, content: bytes, tag: int) -> int:
        """Record the bytes, of which there must be some; returns their number. Raises ValueError, OSError."""
        piece = getattr(self._of_this_thread, "piece", None)
        if piece is None or piece.process != os.getpid():
            piece = self._next_piece(None)
        record = _HEAD.pack(_MARK, len(content), crc32(content), tag) + content
        if len(record) > min(piece.length, _LARGEST):
            raise ValueError(f"{len(record)} bytes are too many for a record")
        while (number := piece.append(record)) is None:
            piece = self._next_piece(piece)
        return number

    def forget(self, tag: int = _ALL) -> None:
        """Forget all records there are, or those with the tag."""
        if self._names():
            self.append(b"", tag)

    @property
    def head(self) -> int:
        """No record there is has a higher number, and every later one will."""
        with self._reading:
            return max((piece.end for piece in self._look()), default=0)

    def records(self, after: int = 0, tag: int | None = None) -> list[Record]:
        """What is recorded with a number above ``after``, and the tag if one is given; the oldest first."""
        with self._reading:
            pieces = self._look()
            for piece in pieces:
                piece.look_on()
            found = [record for piece in pieces for record in piece.records]
            forgotten = {tagged: number for piece in pieces for number, tagged in piece.forgetting}
        if self._most_rows:
            found = found[-self._most_rows :]
        first = bisect_right(found, max(after, forgotten.get(_ALL, 0)), key=lambda record: record.number)
        return [
            record
            for record in found[first:]
            if tag in (None, record.tag) and record.number > forgotten.get(record.tag, 0)
        ]

    def _look(self) -> list[_Piece]:
        """The pieces that are kept, the older first."""
        pieces = {}
        for begin, length in self._names()[-_KEPT_PIECES:]:
            try:
                pieces[begin] = self._pieces.get(begin) or _Piece(self._folder, begin, length, os.O_RDONLY)
            except FileNotFoundError:
                continue  # it has just gone
        self._pieces = pieces
        return list(pieces.values())

    def _names(self) -> list[tuple[int, int]]:
        """Where the pieces begin that are in the folder, and how long they are; the oldest first."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        found = filter(None, map(_NAME.fullmatch, names))
        return sorted((int(name[1]), int(name[2])) for name in found)

    def _next_piece(self, full: _Piece | None) -> _Piece:
        """The piece for this thread to write on, behind the full one; the oldest make room for one that is new."""
        while True:
            piece = self._opened(full)
            # Whoever was slow may have made a piece again that had made room already: nobody would read it.
            if any(begin == piece.begin for begin, _ in self._names()[-_KEPT_PIECES:]):
                self._of_this_thread.piece = piece
                return piece
            (self._folder / f"{piece.begin}-{piece.length}").unlink(missing_ok=True)

    def _opened(self, full: _Piece | None) -> _Piece:
        names, spare = self._names(), []
        if not names:
            if self._length is None:
                raise FileNotFoundError(errno.ENOENT, "no tape is there", str(self._folder))
            names = [(0, self._length)]
        begin, length = names[-1]
        wanted = self._length or length
        if length != wanted or (full and full.begin >= begin):
            # Records of those who have not noticed yet may stand behind the end of a piece: they have numbers, too.
            begin += 2 * length
            spare = names[: 1 - _KEPT_PIECES]
        piece = _Piece(self._folder, begin, wanted, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for old_begin, old_length in spare:  # only now: where a piece is missing, a newer one can be seen
            (self._folder / f"{old_begin}-{old_length}").unlink(missing_ok=True)
        return piece
