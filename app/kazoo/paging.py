"""Paging keys: a place in a listing as text, which clients hand back as it is.

A key is a list of numbers, strings and the empty object, in Erlang's external term format and then in base64 for URLs,
without padding (read in the vendor's code; its documentation has two of the test vectors).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence

# Sorts after every number and string: the end of all keys that begin alike.
END: dict[str, str] = {}

KeyPart = int | str | dict[str, str]
Key = tuple[KeyPart, ...]

_VERSION = 131
_SMALL_INTEGER, _INTEGER, _SMALL_BIG, _LARGE_BIG = 97, 98, 110, 111
_SMALL_TUPLE, _NIL, _LIST, _BINARY = 104, 106, 108, 109
_EMPTY_OBJECT = bytes((_SMALL_TUPLE, 1, _NIL))


class UnreadableKeyError(ValueError):
    """The text is no paging key."""


def encode(key: Sequence[KeyPart]) -> str:
    """The key as text."""
    parts = b"".join(map(_part, key))
    term = bytes((_VERSION, _LIST)) + len(key).to_bytes(4) + parts + bytes((_NIL,))
    return urlsafe_b64encode(term).rstrip(b"=").decode()


def _part(part: KeyPart) -> bytes:
    if isinstance(part, str):
        text = part.encode("utf-8", "surrogatepass")
        return bytes((_BINARY,)) + len(text).to_bytes(4) + text
    if isinstance(part, dict):
        return _EMPTY_OBJECT
    if 0 <= part < 256:
        return bytes((_SMALL_INTEGER, part))
    if -(2**31) <= part < 2**31:
        return bytes((_INTEGER,)) + part.to_bytes(4, signed=True)
    size = (abs(part).bit_length() + 7) // 8
    head = bytes((_SMALL_BIG, size)) if size < 256 else bytes((_LARGE_BIG,)) + size.to_bytes(4)
    return head + bytes((part < 0,)) + abs(part).to_bytes(size, "little")


def decode(text: str) -> Key:
    """The key behind the text. Raises UnreadableKeyError."""
    try:
        term = b64decode(text.encode("ascii").rstrip(b"=") + b"=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
        return _Reader(term).key()
    except (ValueError, IndexError, binascii.Error) as error:
        raise UnreadableKeyError(f"{text!r} is no paging key: {error}") from None


class _Reader:
    """Reads one term, byte by byte."""

    def __init__(self, term: bytes) -> None:
        self.term, self.at = term, 0

    def take(self, size: int) -> bytes:
        taken = self.term[self.at : self.at + size]
        if len(taken) != size:
            raise ValueError("it is cut short")
        self.at += size
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def key(self) -> Key:
        if self.take(2) != bytes((_VERSION, _LIST)):
            raise ValueError("it holds no list")
        size = int.from_bytes(self.take(4))
        if size > 16:
            raise ValueError("it is too long")
        key = tuple(self.part() for _ in range(size))
        if self.take(len(self.term) - self.at) != bytes((_NIL,)):
            raise ValueError("it does not end where it should")
        return key

    def part(self) -> KeyPart:
        kind = self.byte()
        if kind == _BINARY:
            return self.take(int.from_bytes(self.take(4))).decode("utf-8", "surrogatepass")
        if kind == _SMALL_INTEGER:
            return self.byte()
        if kind == _INTEGER:
            return int.from_bytes(self.take(4), signed=True)
        if kind in (_SMALL_BIG, _LARGE_BIG):
            size = int.from_bytes(self.take(1 if kind == _SMALL_BIG else 4))
            negative = self.byte()
            number = int.from_bytes(self.take(size), "little")
            return -number if negative else number
        if bytes((kind,)) + self.take(2) == _EMPTY_OBJECT:
            return END
        raise ValueError("it holds something else than numbers and strings")


def order(key: Sequence[KeyPart]) -> tuple[tuple[int, int | str], ...]:
    """By what keys are compared: numbers before strings before the empty object, the shorter of two that begin alike
    first."""
    return tuple((0, part) if isinstance(part, int) else (1, part) if isinstance(part, str) else (2, 0) for part in key)
