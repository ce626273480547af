"""JSON of any length, document by document; of a long one, row by row: what an answer holds is never held at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from .mistakes import SHOWN, FileError, Reject
from .source import Source

# A line up to so many characters is read at once; a longer one is a document with many rows.
_SHORT = 1 << 20

# So near the end of what has been read, in characters, a mistake may be one only because the rest is missing, and a
# number may go on; the longest that is read at once is \uD83D\uDE00.
_NEAR = 16

_DECODER = json.JSONDecoder(strict=False)
_BLANK = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
# The beginning of a word or of an escaped letter.
_BEGUN = re.compile(r"t(ru?)?|f(a(ls?)?)?|n(ul?)?|-|u[0-9A-Fa-f]*")


class Document(NamedTuple):
    """``line`` is where it begins; ``path`` leads to it from the one that it is a part of; ``text`` is what it was,
    where that is short."""

    line: int
    path: str
    value: Any
    text: str = ""


def documents(source: Source) -> Iterator[Document | Reject]:
    """The documents, one a line or over as many lines as they like; those that hold many rows are read row by row.

    A line that is no JSON is a wrong one. Raises FileError where nobody can say where the next document begins.
    """
    text = _Text(source)
    while text.next(_BETWEEN):  # commas between answers do no harm
        line, short = text.line(), text.short_line()
        if short is None:
            yield from _streamed(text)
            continue
        found = _of_line(line, short)
        if found is None:
            yield from _streamed(text)
        else:
            text.at += len(short)
            yield from found


def _of_line(line: int, text: str) -> list[Document | Reject] | None:
    """What stands in one line; None where that goes on in the next."""
    try:
        return [Document(line, "", orjson.loads(text), text)]
    except orjson.JSONDecodeError as error:
        text = text.strip()
        if several := _several(line, text):
            return several
        if text[0] not in "{[" or text[0] + text[-1] in ("{}", "[]"):
            return [Reject(line, "", f"is not JSON, column {error.colno}: {error.msg}", text)]
        return None


def _several(line: int, text: str) -> list[Document | Reject]:
    """The documents that stand in one line, as they do where files without line ends were put together."""
    found: list[Document | Reject] = []
    at = 0
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        found.append(Document(line, "", value, text[at:end]))
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    return found


def _streamed(text: _Text) -> Iterator[Document]:
    """The parts of one document: an array's items, an answer's rows, and the rest of it."""
    line, first = text.line(), text.next()
    if first == "[":
        yield from _items(text, "")
    elif first == "{":
        rest: dict[str, Any] = {}
        for key in text.members():
            if key == "data" and text.next() == "[":
                rest[key] = []
                yield from _items(text, key)
            else:
                rest[key] = text.value()
        yield Document(line, "", rest)
    else:
        yield Document(line, "", text.value())


def _items(text: _Text, path: str) -> Iterator[Document]:
    text.at_once, place = True, 0
    for line in text.places("[", "]"):
        for value in text.several() or [text.value()]:
            yield Document(line, f"{path}[{place}]", value)
            place += 1


class _Text:
    """What has been read of the file and is still wanted; ``at`` is how far it has been looked at."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.blocks = source.blocks()
        self.text, self.at = "", 0
        self.at_once = True
        self.counted, self.lines, self.before = 0, 1, 0  # lines up to ``counted``; what was before ``text`` in its line

    def line(self) -> int:
        """The number of the line at which it is."""
        self.lines += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.lines

    def more(self) -> bool:
        """Read on, at least as much again as is wanted still; False at the file's end."""
        self.line()
        begin = self.text.rfind("\n", 0, self.at)
        self.before = self.at - begin - 1 if begin >= 0 else self.before + self.at
        kept = len(self.text) - self.at
        parts = [self.text[self.at :]]
        while kept >= 0 and (block := next(self.blocks, "")):
            parts.append(block)
            kept -= len(block)
        self.text, self.at, self.counted = "".join(parts), 0, 0
        return len(parts) > 1

    def next(self, blank: re.Pattern[str] = _BLANK) -> str:
        """The next character that is not blank; it is there afterwards. "" at the end."""
        while True:
            self.at = blank.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def short_line(self) -> str | None:
        """The rest of this line with its end, None where it is long."""
        while (end := self.text.find("\n", self.at)) < 0:
            if len(self.text) - self.at > _SHORT:
                return None
            if not self.more():
                return self.text
        return self.text[self.at : end + 1] if end - self.at <= _SHORT else None

    def places(self, begin: str, end: str) -> Iterator[int]:
        """Go into the brackets, and to one item after the other, each of which is to be read before the next. Its
        line."""
        self.expect(begin)
        ends = self.next() == end
        while not ends:
            yield self.line()
            ends = self.next() == end
            if not ends:
                self.expect(",")
                self.next()
        self.expect(end)

    def members(self) -> Iterator[str]:
        """Go through an object: its keys; the value of each is to be read before the next."""
        for _ in self.places("{", "}"):
            if self.next() != '"':
                raise self.wrong("Expecting property name enclosed in double quotes", self.at)
            key: str = self.value()
            self.expect(":")
            yield key

    def several(self) -> list[Any]:
        """The next items of an array, as many as have been read, where they are objects in one line without a blank
        between; [] where they are not. Several times as fast as one by one."""
        if not self.at_once:
            return []
        line_end = self.text.find("\n", self.at)
        end = self.text.rfind("},{", self.at, line_end if line_end >= 0 else None) + 1
        if end == 0:
            return []
        try:
            # Where the end is not that of an item, it is in the middle of a text or of brackets, which is no JSON.
            found: list[Any] = orjson.loads(f"[{self.text[self.at : end]}]")
        except orjson.JSONDecodeError:
            self.at_once = False
            return []
        self.at = end
        return found

    def expect(self, sign: str) -> None:
        """Go behind the sign. Raises FileError: it is not there."""
        if self.next() != sign:
            raise self.wrong(f"Expecting {sign!r}", self.at)
        self.at += 1

    def value(self) -> Any:
        """The value that begins here. Raises FileError."""
        self.next()
        whole = False  # whether the file has been read to its end
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                unfinished = error.pos >= len(self.text) - _NEAR or error.msg.startswith("Unterminated")
                if whole or not unfinished:
                    raise self.wrong(error.msg, error.pos) from None
            except RecursionError:
                raise FileError(f"{self.source.path} is nested too deeply.") from None
            except ValueError:  # Python reads no number of thousands of digits
                raise self.wrong("a number is too long", self.at) from None
            else:
                if whole or end < len(self.text) - _NEAR or not isinstance(value, (int, float)):
                    self.at = end
                    return value
            whole = not self.more()

    def wrong(self, reason: str, place: int) -> FileError:
        """What is wrong at a place in what has been read, which is the file's end where something is missing."""
        self.at = min(place, len(self.text))
        line, rest = self.line(), self.text[self.at : self.at + SHOWN].rstrip()
        if not rest or reason.startswith("Unterminated") or (_BEGUN.fullmatch(rest) and not self.more()):
            return FileError(f"{self.source.path}, line {line}: the file is cut off in the middle of its JSON.")
        begin = self.text.rfind("\n", 0, self.at)
        column = self.at - begin if begin >= 0 else self.before + self.at + 1
        return FileError(f"{self.source.path}, line {line}, column {column}: is not JSON: {reason} at {rest!r}.")
