"""Records of a file before they are calls: lines of a CSV, objects of JSON, by the file's own names."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...store.loading import CdrRow
from .json_text import documents
from .mistakes import FileError, Reject, WrongRowError
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


def csv_records(source: Source, names: Names, layouts: Layouts | None = None) -> Records:
    """The lines of a CSV: by the names in its first line, or by ``layouts`` where it has none."""
    kept: list[str] = []

    def keeping() -> Iterator[str]:
        for line in source.lines():
            kept.append(line)
            yield line

    reader = csv.reader(keeping(), **_dialect(source))
    header = [] if layouts else _header(next(reader, []), names)
    allowed = layouts or {len(header): header}
    line, kept[:] = reader.line_num + 1, []
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(line, "", f"is no CSV: {error}", "".join(kept))
            values = []
        text = kept[0] if len(kept) == 1 else "".join(kept)
        if values and len(values) not in allowed:
            yield Reject(line, "", f"has {len(values)} columns, not {_either(allowed)}", text)
        elif values and values != header:
            if "NULL" in text or r"\N" in text:
                values = ["" if value in _NULLS else value for value in values]
            yield Record(line, dict(zip(allowed[len(values)], values, strict=True)), text)
        line = reader.line_num + 1
        kept.clear()


def _either(layouts: Layouts) -> str:
    """``13``, or ``16 to 21``."""
    return " to ".join(str(number) for number in sorted({min(layouts), max(layouts)}))


def _header(found: list[str], names: Names) -> list[str]:
    header = [names.get(name.strip(), name.strip()) for name in found]
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise FileError(f"The column {twice} is there twice.")
    return header


# What finds the rows in a JSON document, with the paths to them; the document's own path comes first.
RowsIn = Callable[[Any, str], Iterator[tuple[str, Any]]]


def _found(source: Source, rows: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    try:
        yield from rows
    except RecursionError:
        raise FileError(f"{source.path} is nested too deeply.") from None


def json_records(source: Source, names: Names, rows_in: RowsIn) -> Records:
    """The rows that ``rows_in`` finds in the JSON documents of the file."""
    for document in documents(source):
        if isinstance(document, Reject):
            yield document
            continue
        line, within, value, text = document
        for path, row in _found(source, rows_in(value, within)):
            if not isinstance(row, dict):
                yield Reject(line, path, "is no object", json.dumps(row))
            elif names:
                yield Record(line, {names.get(key, key): value for key, value in row.items()}, text, path)
            else:
                yield Record(line, row, "" if path else text, path)
