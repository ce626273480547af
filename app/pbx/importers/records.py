"""Records of a file before they are calls: lines of a CSV, objects of JSON, by the file's own names."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import orjson

from ...store.loading import CdrRow
from .mistakes import SHOWN, FileError, Reject, WrongRowError
from .source import Source

Fields = dict[str, Any]

# Name in the file -> the name that the format has for it (--map).
Names = Mapping[str, str]


class Record(NamedTuple):
    """``line`` is where it begins; ``text`` what it was, "" where ``fields`` say it; ``path`` leads to it in JSON."""

    line: int
    fields: Fields
    text: str = ""
    path: str = ""

    def reject(self, column: str, reason: str) -> Reject:
        """It, as a wrong line."""
        where = ".".join(filter(None, (self.path, column)))
        return Reject(self.line, where, reason, self.text or json.dumps(self.fields, ensure_ascii=False))


Records = Iterator[Record | Reject]


class Imported(NamedTuple):
    """A row and the record that it was."""

    row: CdrRow
    record: Record


def rows_of(records: Iterable[Record | Reject], made: Callable[[Fields], CdrRow]) -> Iterator[Imported | Reject]:
    """Each record made a row, which raises WrongRowError for one that is none."""
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        try:
            yield Imported(made(record[1]), record)
        except WrongRowError as error:
            yield record.reject(error.column, error.reason)


def _delimiter(source: Source) -> str:
    """What stands between the columns: Excel writes semicolons in half of the world."""
    line = _first_line(source)
    return "," if '","' in line else max(",;\t", key=line.count)


def _first_line(source: Source) -> str:
    return source.head.lstrip().partition("\n")[0]


def columns_of(source: Source) -> list[str]:
    """The first line as a CSV's."""
    try:
        return next(csv.reader([_first_line(source)], delimiter=_delimiter(source)), [])
    except csv.Error:
        return []


def csv_records(source: Source, names: Names, columns: Sequence[str] = (), least: int = 0) -> Records:
    """The lines of a CSV: by the names in its first line, or by these ``columns``, of which only so many must be."""
    kept: list[str] = []

    def keeping() -> Iterator[str]:
        for line in source.lines():
            kept.append(line)
            yield line

    reader = csv.reader(keeping(), delimiter=_delimiter(source))
    header = list(columns) or _header(next(reader, []), names)
    least = least or len(header)
    line, kept[:] = reader.line_num + 1, []
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(line, "", f"is no CSV: {error}", "".join(kept))
            values = []
        if values and not least <= len(values) <= len(header):
            yield Reject(line, "", f"has {len(values)} columns, not {len(header)}", "".join(kept))
        elif values and values != header:
            yield Record(line, dict(zip(header, values, strict=False)), "".join(kept))
        line = reader.line_num + 1
        kept.clear()


def _header(found: list[str], names: Names) -> list[str]:
    header = [names.get(name.strip(), name.strip()) for name in found]
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise FileError(f"The column {twice} is there twice.")
    return header


def json_records(source: Source, names: Names, rows_in: Callable[[Any], Iterator[tuple[str, Any]]]) -> Records:
    """The rows that ``rows_in`` finds in each of the JSON documents of the file, with the paths to them."""
    for line, document, text in _documents(source):
        if isinstance(document, Reject):
            yield document
            continue
        for path, row in rows_in(document):
            if not isinstance(row, dict):
                yield Reject(line, path, "is no object", json.dumps(row))
            elif names:
                yield Record(line, {names.get(key, key): value for key, value in row.items()}, text, path)
            else:
                yield Record(line, row, "" if path else text, path)


def _documents(source: Source) -> Iterator[tuple[int, Any, str]]:
    """The documents, each with the line where it begins: one a line, or over as many lines as they like."""
    lines = enumerate(source.lines(), 1)
    for number, line in lines:
        text = line.strip()
        if not text:
            continue
        try:
            yield number, orjson.loads(text), text
        except orjson.JSONDecodeError as error:
            if several := _several(source, number, text):
                yield from several
            elif text[0] not in "{[" or text[0] + text[-1] in ("{}", "[]"):
                yield number, Reject(number, "", f"is not JSON, column {error.colno}: {error.msg}", text), text
            else:
                yield from _spanning(source, number, "".join(chain((line,), (later for _, later in lines))))


def _several(source: Source, number: int, text: str) -> list[tuple[int, Any, str]]:
    """The documents that stand in one line, as they do where files without line ends were put together."""
    if "}{" not in text and "][" not in text:
        return []
    try:
        return list(_spanning(source, number, text))
    except FileError:
        return []


def _spanning(source: Source, first: int, text: str) -> Iterator[tuple[int, Any, str]]:
    """Documents over several lines. Where one is broken nobody can say where the next one begins."""
    try:
        yield first, orjson.loads(text), ""
        return
    except orjson.JSONDecodeError:
        decoder, at, line = json.JSONDecoder(strict=False), 0, first
    while (begin := _after_blank(text, at)) < len(text):
        line += text.count("\n", at, begin)
        try:
            document, at = decoder.raw_decode(text, begin)
        except (json.JSONDecodeError, RecursionError) as error:
            raise FileError(_not_json(source, first, text, error)) from None
        yield line, document, ""
        line += text.count("\n", begin, at)


def _after_blank(text: str, at: int) -> int:
    """Where the next document begins: commas between answers do no harm."""
    while at < len(text) and (text[at].isspace() or text[at] == ","):
        at += 1
    return at


def _not_json(source: Source, first: int, text: str, error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return f"{source.path} is nested too deeply."
    line = first + error.lineno - 1
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        return f"{source.path}, line {line}: the file is cut off in the middle of its JSON."
    near = text[error.pos :][:SHOWN]
    return f"{source.path}, line {line}, column {error.colno}: is not JSON: {error.msg} at {near!r}."
