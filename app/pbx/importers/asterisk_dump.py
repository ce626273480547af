"""The INSERT statements of mysqldump, as records."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .mistakes import Reject
from .records import Names, Record, Records
from .source import Source

# The table as Asterisk's documentation makes it, for dumps that say no columns.
TABLE_COLUMNS = (
    "calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration",
    "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
)  # fmt: skip

_CREATE = re.compile(r"\s*CREATE TABLE [`\"]?(\w*cdr\w*)[`\"]?", re.IGNORECASE)
_COLUMN = re.compile(r"\s*[`\"](\w+)[`\"]\s")
_INSERT = re.compile(r"\s*INSERT INTO [`\"]?\w*cdr\w*[`\"]?\s*(?:\(([^)]*)\)\s*)?VALUES\s*", re.IGNORECASE)

# A value and what stands behind it; texts have '' or \' for a quote.
_VALUE = re.compile(r"\s*(?:'((?:[^'\\]|\\.|'')*)'|([^',()\s]+))\s*([,)])", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a"}


def dump_records(source: Source, names: Names) -> Records:
    """The rows that are inserted into a table whose name has cdr in it, one statement a line."""
    columns: list[str] = []
    creating, going_on = False, False
    for number, line in enumerate(source.lines(), 1):
        if _CREATE.match(line):
            creating, columns = True, []
        elif creating and (column := _COLUMN.match(line)):
            columns.append(column[1])
        elif creating and line.startswith(")"):
            creating = False
        insert = _INSERT.match(line)
        if insert or (going_on and line.lstrip().startswith("(")):
            listed = [name.strip(' `"') for name in insert[1].split(",")] if insert and insert[1] else None
            columns = listed or columns or list(TABLE_COLUMNS)
            named = [names.get(name, name) for name in columns]
            yield from _rows(line, insert.end() if insert else 0, number, named)
            going_on = not line.rstrip().endswith(";")


def _rows(line: str, at: int, number: int, columns: list[str]) -> Iterator[Record | Reject]:
    """The rows of a statement, or of a line of one."""
    while (begin := line.find("(", at)) >= 0:
        values: list[str] = []
        at = begin + 1
        while value := _VALUE.match(line, at):
            values.append(_unescaped(value[1]) if value[1] is not None else _bare(value[2]))
            at = value.end()
            if value[3] == ")":
                break
        else:
            yield Reject(number, "", "is no row of values: the statement is cut off", line[begin:])
            return
        text = line[begin:at]
        if len(values) == len(columns):
            yield Record(number, dict(zip(columns, values, strict=True)), text)
        else:
            yield Reject(number, "", f"has {len(values)} values, not {len(columns)}", text)


def _bare(word: str) -> str:
    return "" if word.upper() == "NULL" else word


def _unescaped(text: str) -> str:
    if "\\" not in text and "''" not in text:
        return text
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]) if found[1] else "'", text)
