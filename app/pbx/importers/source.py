"""Source: a file as it came, gzipped or not, in one encoding or another, read as lines of text."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, cast

from .mistakes import FileError

_GZIP = b"\x1f\x8b"
# How archives that are not unpacked here begin -> the usual end of their names.
_ARCHIVES = {b"PK\x03\x04": ".zip", b"BZh": ".bz2", b"\xfd7zXZ\0": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
_BLOCK = 1 << 20
# So much of a file is looked at to find out what it is, in characters.
_HEAD = 1 << 16
# Whoever watches is told after so many lines, or pieces of so many characters.
_WATCHED, _PIECE = 2000, 1 << 18

# Byte order mark -> the encoding it tells of.
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Watch = Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """A file that can be read more than once. ``assumed`` says of the encoding how it is known, where it was not
    given; ``head`` is its beginning; ``watch`` is told how many bytes of it have been read."""

    path: Path
    zipped: bool
    encoding: str
    assumed: str
    head: str
    watch: Watch | None = None

    @classmethod
    def open(cls, path: Path, encoding: str | None = None) -> Source:
        """The file, read once to its end. Raises FileError: it cannot be read, is cut off, or is not text."""
        if encoding is not None:
            _check_codec(encoding)
        try:
            with path.open("rb") as file:
                begin = file.read(max(map(len, _ARCHIVES)))
            if archive := next((end for mark, end in _ARCHIVES.items() if begin.startswith(mark)), None):
                raise FileError(f"{path} is a {archive} archive; unpack it, and import what is in it.")
            source = cls(path, begin.startswith(_GZIP), "", "", "")
            if encoding is None:
                encoding, assumed = source._detected()
            else:
                assumed = ""
            source = replace(source, encoding=encoding, assumed=assumed)
            return replace(source, head=source._head())
        except (OSError, EOFError, zlib.error) as error:
            raise FileError(_unreadable(path, error)) from None

    def watched(self, watch: Watch | None) -> Source:
        return replace(self, watch=watch)

    def lines(self) -> Iterator[str]:
        """The lines with their ends as they stand. Raises FileError where the encoding is not the file's."""
        with self._reading() as (raw, text):
            for number, line in enumerate(text):
                yield line
                if self.watch and number % _WATCHED == 0:
                    self.watch(raw.tell())

    def blocks(self) -> Iterator[str]:
        """The text in pieces, none empty. Raises FileError as ``lines`` does."""
        with self._reading() as (raw, text):
            while block := text.read(_PIECE):
                yield block
                if self.watch:
                    self.watch(raw.tell())

    @contextmanager
    def _reading(self) -> Iterator[tuple[BufferedReader, TextIOWrapper]]:
        with self.path.open("rb") as raw, self._text(raw) as text:
            try:
                yield raw, text
            except UnicodeDecodeError as error:
                raise FileError(f"{self.path} is not {self.encoding}: {error.reason}; see --encoding.") from None
            if self.watch:
                self.watch(raw.tell())

    def _unzipped(self, raw: BufferedReader) -> IO[bytes]:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.zipped else raw

    def _text(self, raw: BufferedReader) -> TextIOWrapper:
        return TextIOWrapper(self._unzipped(raw), encoding=self.encoding, newline="")

    def _detected(self) -> tuple[str, str]:
        """The encoding and how it is known: by its byte order mark, UTF-8 if all of it is, else Latin-1."""
        with self.path.open("rb") as raw, self._unzipped(raw) as file:
            block = file.read(_BLOCK)
            if not block:
                raise FileError(f"{self.path} is empty.")
            encoding = next((name for mark, name in _MARKS.items() if block.startswith(mark)), "utf-8")
            if encoding != "utf-16" and b"\0" in block:
                raise FileError(f"{self.path} is no text: it holds zero bytes. If it is UTF-16, say --encoding utf-16.")
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                while block:
                    decoder.decode(block)
                    block = file.read(_BLOCK)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                while file.read(_BLOCK):
                    pass  # to its end: is it whole?
                return "latin-1", "Latin-1 assumed, as it is not UTF-8"
        return encoding, "UTF-8" if encoding.startswith("utf-8") else "UTF-16"

    def _head(self) -> str:
        with self.path.open("rb") as raw, self._text(raw) as text:
            try:
                return text.read(_HEAD)
            except UnicodeError as error:
                raise FileError(f"{self.path} is not {self.encoding}: {error}; see --encoding.") from None


def _check_codec(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):  # no such name; of bytes to bytes, such as hex; of nothing
        raise FileError(f"There is no encoding {encoding}; write utf-8, latin-1, cp1252, or utf-16.") from None


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, EOFError):
        return f"{path} is cut off: its gzip data ends early. Fetch it anew; nothing of it was imported."
    if isinstance(error, (zlib.error, gzip.BadGzipFile)):
        return f"{path} is damaged: its gzip data cannot be unpacked ({error})."
    return f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
