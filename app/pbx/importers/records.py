"""Records of a file before they are calls: lines of a CSV, objects of JSON, by the file's own names."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...store.loading import CdrRow
from .columns import Columns, Given, Names
from .json_text import documents
from .mistakes import FileError, Reject, WrongRowError
from .source import Source

if TYPE_CHECKING:
    from .times import Options

Fields = dict[str, Any]


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


# Lines at the beginning by which a file is known: the first may be cut off.
_FIRST = 5

# How databases write that there is nothing.
_NULLS = ("NULL", r"\N")


def _dialect(source: Source) -> dict[str, Any]:
    """How the columns stand: Excel writes semicolons in half of the world, databases' own clients tabs or bars, and
    these no quotes."""
    line = _first_lines(source)[0]
    delimiter = "," if '","' in line else max(",;\t|", key=line.count)
    bare = delimiter in "\t|" and not line.startswith('"') and '"""' not in source.head
    return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE if bare else csv.QUOTE_MINIMAL}


def _first_lines(source: Source) -> list[str]:
    return re.split(r"\r\n|\n|\r", source.head.lstrip(), maxsplit=_FIRST)[:_FIRST]


def first_rows(source: Source) -> list[list[str]]:
    """The first few lines as a CSV's; one at least."""
    try:
        return list(csv.reader(_first_lines(source), **_dialect(source))) or [[]]
    except csv.Error:
        return [[]]


# How many columns a line has -> their names.
Layouts = Mapping[int, Sequence[str]]


# So many lines no text in quotes has: a quote is missing, or one too many.
_MOST_LINES = 20


class _OpenQuoteError(Exception):
    """A record has more lines."""


class _Lines:
    """Lines for a CSV's reader: ``kept`` are those of the record that is read, ``number`` is the first one's."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.number = lines, 1
        self.kept: list[str] = []
        self.again: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.kept) == _MOST_LINES:
            raise _OpenQuoteError
        line = self.again.pop() if self.again else next(self.lines)
        self.kept.append(line)
        return line

    def cut(self) -> None:
        """The record is its first line only: the others are read again."""
        self.again += reversed(self.kept[1:])
        del self.kept[1:]

    def go_on(self) -> None:
        self.number += len(self.kept)
        self.kept.clear()


def csv_records(source: Source, options: Options, columns: Columns, layouts: Layouts | None = None) -> Records:
    """The lines of a CSV: by the names in its first line, or by ``layouts`` where it has none. Raises FileError: it has
    not the columns or names.

    A stray quote makes one line wrong, not those behind it."""
    lines = _Lines(source.lines())
    dialect = _dialect(source)
    reader = csv.reader(lines, **dialect)
    header = [] if layouts else _header(reader, lines, source, options, columns)
    if layouts:
        Given(options.names, source.path).check()
    allowed = layouts or {len(header): header}
    while True:
        values, wrong = _next(reader)
        if values is None:
            return
        if wrong := wrong or _wrong(values, allowed, lines, dialect):
            lines.cut()
            yield Reject(lines.number, "", wrong, lines.kept[0])
        elif values and values != header:
            text = lines.kept[0] if len(lines.kept) == 1 else "".join(lines.kept)
            if "NULL" in text or r"\N" in text:
                values = ["" if value in _NULLS else value for value in values]
            yield Record(lines.number, dict(zip(allowed[len(values)], values, strict=True)), text)
        lines.go_on()


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str]:
    """The next record's values, None behind the last, and what is wrong with it."""
    try:
        return next(reader), ""
    except StopIteration:
        return None, ""
    except csv.Error as error:
        return [], f"is no CSV: {error}"
    except _OpenQuoteError:
        return [], f"has a quote that no other closes within {_MOST_LINES} lines"


def _wrong(values: list[str], allowed: Layouts, lines: _Lines, dialect: dict[str, Any]) -> str:
    """Why the values are not one record's; "" where they are, or where there are none."""
    more = len(lines.kept) - 1
    if values and len(values) not in allowed:
        last = f" up to line {lines.number + more}" if more else ""
        return f"has {len(values)} columns{last}, not {_either(allowed)}"
    return "has a quote that no other closes" if more and not _is_closed(lines.kept, dialect) else ""


def _is_closed(lines: Iterable[str], dialect: dict[str, Any]) -> bool:
    """Whether the quotes of a record are where they belong, so that its lines are one."""
    try:
        return bool(list(csv.reader(lines, strict=True, **dialect)))
    except csv.Error:
        return False


def _either(layouts: Layouts) -> str:
    """``13``, or ``16 to 21``."""
    return " to ".join(str(number) for number in sorted({min(layouts), max(layouts)}))


def _header(
    reader: Iterator[list[str]], lines: _Lines, source: Source, options: Options, columns: Columns
) -> list[str]:
    found, wrong = _next(reader)
    if wrong:
        raise FileError(f"{source.path}, line 1: {wrong}.")
    lines.go_on()
    theirs = [name.strip() for name in found or []]
    header = [options.names.get(name, name) for name in theirs]
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise FileError(f"The column {twice} is there twice.")
    given = Given(options.names, source.path)
    given.met(theirs)
    given.check()
    columns.check(header, source.path)
    columns.tell(header, options)
    return header


# What finds the rows in a JSON document, with the paths to them; the document's own path comes first.
RowsIn = Callable[[Any, str], Iterator[tuple[str, Any]]]


def _found(source: Source, rows: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    try:
        yield from rows
    except RecursionError:
        raise FileError(f"{source.path} is nested too deeply.") from None


def json_records(source: Source, names: Names, rows_in: RowsIn) -> Records:
    """The rows that ``rows_in`` finds in the JSON documents of the file. Raises FileError where no row has a name that
    was given."""
    given = Given(names, source.path)
    for document in documents(source):
        if isinstance(document, Reject):
            yield document
            continue
        line, within, value, text = document
        for path, row in _found(source, rows_in(value, within)):
            if not isinstance(row, dict):
                yield Reject(line, path, "is no object", json.dumps(row))
            elif names:
                given.met(row)
                yield Record(line, {names.get(key, key): value for key, value in row.items()}, text, path)
            else:
                yield Record(line, row, "" if path else text, path)
    given.check()
