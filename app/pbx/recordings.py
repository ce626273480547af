"""What is heard in a recording: a tone as long as the talk, or a tester's own file in its place.

WAV: 8,000 samples a second of 16 bits, one channel. Nothing is kept: any part of any recording is made when it is asked
for, the same every time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sin
from struct import pack
from zlib import crc32

from ..store import own_files

RATE = 8000
BYTES_A_SECOND = 2 * RATE
HEADER = 44

# A WAV file's size stands in 32 bits.
LONGEST = (0xFFFFFFFF - HEADER) // BYTES_A_SECOND

# Tones are multiples of this many hertz, so that each repeats after the same number of samples.
_STEP = 10
_LOWEST, _TONES = 300, 61
_LOUDNESS = 8000

# So many bytes, about, are made or read at a time.
_PIECE = 1 << 16


@dataclass(frozen=True)
class Tone:
    """The tone for a recording of that name, ``seconds`` long; another name is likely to have another one."""

    name: str
    seconds: int

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return HEADER + BYTES_A_SECOND * self._length

    @property
    def hertz(self) -> int:
        return _LOWEST + _STEP * (crc32(self.name.encode(errors="replace")) % _TONES)

    def pieces(self, part: range) -> Iterator[bytes]:
        """The bytes of the file at these places."""
        head = self._head()[part.start : part.stop]
        if head:
            yield head
        block = self._block()
        at, end = max(part.start, HEADER) - HEADER, part.stop - HEADER
        while at < end:
            begin = at % len(block)
            piece = block[begin : begin + end - at]
            yield piece
            at += len(piece)

    @property
    def _length(self) -> int:
        return min(self.seconds, LONGEST)

    def _head(self) -> bytes:
        sound = BYTES_A_SECOND * self._length
        layout = pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, BYTES_A_SECOND, 2, 16)
        return pack("<4sI4s", b"RIFF", HEADER - 8 + sound, b"WAVE") + layout + pack("<4sI", b"data", sound)

    def _block(self) -> bytes:
        """Some whole periods."""
        samples = RATE // _STEP
        wave = (round(_LOUDNESS * sin(2 * pi * self.hertz * sample / RATE)) for sample in range(samples))
        period = pack(f"<{samples}h", *wave)
        return period * (_PIECE // len(period))


@dataclass(frozen=True)
class OwnSound:
    """A tester's own file."""

    file: own_files.OwnFile

    @property
    def size(self) -> int:
        return self.file.size

    def pieces(self, part: range) -> Iterator[bytes]:
        """The bytes of the file at these places; fewer where it has become shorter. Raises OSError: it is gone."""
        with os.fdopen(own_files.opened(self.file), "rb") as file:
            file.seek(part.start)
            left = len(part)
            while left > 0 and (piece := file.read(min(left, _PIECE))):
                left -= len(piece)
                yield piece


def sound(folder: str, name: str, seconds: int) -> Tone | OwnSound:
    """What the recording of that name holds; ``folder`` is where own files are, "" for none."""
    found = own_files.find(folder, name)
    return OwnSound(found) if found else Tone(name, seconds)


def size_sql(folder: str) -> str:
    """SQL for the same recording's size, over a row c of the calls."""
    tone = f"{HEADER} + {BYTES_A_SECOND} * min(c.talk_duration, {LONGEST})"
    if not folder:
        return tone
    quoted = folder.replace("'", "''")
    return f"coalesce(own_size('{quoted}', c.record_file), {tone})"
