"""Rows of a table in a dump: the INSERT statements of mysqldump, pg_dump and sqlite3, and pg_dump's COPY."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .columns import Columns, Given, Names
from .mistakes import FileError, Reject
from .records import Record, Records
from .source import Source

# A table whose name has cdr in it, with the schema before it or without.
_TABLE = r"(?:[`\"\[]?\w+[`\"\]]?\s*\.\s*)?[`\"\[]?(\w*cdr\w*)[`\"\]]?"
_OF_CREATE, _OF_INSERT = r"CREATE TABLE (?:IF NOT EXISTS )?", r"(?:INSERT|REPLACE)\s[^(']*?\bINTO\s+"
_CREATE = re.compile(rf"\s*{_OF_CREATE}{_TABLE}\s*\(", re.IGNORECASE)
_INSERT = re.compile(rf"\s*{_OF_INSERT}", re.IGNORECASE)
_INTO = re.compile(rf"\s*{_OF_INSERT}{_TABLE}\s*(?:\(([^)]*)\)\s*)?VALUES", re.IGNORECASE)
_COPY = re.compile(r"COPY\s+(.*?)\s*(?:\(([^)]*)\))?\s*FROM stdin;", re.IGNORECASE)
_ANY = re.compile(rf"\s*(?:{_OF_CREATE}|{_OF_INSERT}|COPY\s+){_TABLE}[\s(]", re.IGNORECASE)

# What begins a part of CREATE TABLE that is no column, unless it is in quotes.
_NO_COLUMN = re.compile(r"(?:PRIMARY|UNIQUE|KEY|INDEX|FULLTEXT|CONSTRAINT|CHECK|FOREIGN|LIKE)\b", re.IGNORECASE)
_GAP = re.compile(r"[\s,]*")
_WITHIN = re.compile(r"\([^()]*\)|'(?:[^'\\]|\\.|'')*'")

_ESCAPED = {quote: re.compile(rf"\\(.)|{quote * 2}" if quote else r"\\(.)", re.DOTALL) for quote in ("", "'", '"')}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b", "f": "\f", "v": "\v"}

# Dumps in which a backslash is a letter as any other.
_PLAIN = re.compile(r"standard_conforming_strings = on|PostgreSQL database dump|^PRAGMA ", re.MULTILINE)

# So many characters on several lines are no row of values: a quote is missing.
_LONGEST = 1 << 16


class _Words(NamedTuple):
    """How a dump writes. ``row`` is all between parentheses; ``value`` one with the comma behind it: the letters before
    a quote, what is in single quotes, in double quotes, in none."""

    row: re.Pattern[str]
    value: re.Pattern[str]
    unescaped: Callable[[str, str], str]


def _words(single: str, double: str, unescaped: Callable[[str, str], str]) -> _Words:
    return _Words(
        re.compile(rf"\((?:[^'\"()]++|{single}|{double})*+\)", re.DOTALL),
        re.compile(rf"\s*(?:(\w*)\s*{single}|{double}|([^,'\"]*?))\s*(?:::[\w ]+)?,", re.DOTALL),
        unescaped,
    )


def _unescaped(text: str, quote: str) -> str:
    if "\\" not in text and (not quote or quote * 2 not in text):
        return text
    return _ESCAPED[quote].sub(lambda found: _ESCAPES.get(found[1], found[1]) if found[1] else quote, text)


def _undoubled(text: str, quote: str) -> str:
    return text.replace(quote * 2, quote)


_OF_MYSQL = _words(r"'((?:[^'\\]++|\\.|'')*+)'", r'"((?:[^"\\]++|\\.|"")*+)"', _unescaped)
_OF_OTHERS = _words(r"'((?:[^']++|'')*+)'", r'"((?:[^"]++|"")*+)"', _undoubled)


def is_dump(head: str) -> bool:
    """Whether a file that begins so is a dump with a table of CDRs."""
    return any(_ANY.match(line) for line in head.splitlines())


class _Lines:
    """The file's lines, of which the last can be given back; ``number`` is that of the last."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.lines = source.lines()
        self.number = 0
        self.back: str | None = None

    def next(self) -> str:
        """ "" at the end."""
        line, self.back = self.back if self.back is not None else next(self.lines, ""), None
        self.number += bool(line)
        return line

    def give_back(self, line: str) -> None:
        self.back = line
        self.number -= bool(line)


def dump_records(source: Source, names: Names, usual: Sequence[str], starts: set[str], needed: Columns) -> Records:
    """The rows of the tables whose name has cdr in it, and which have one of the columns ``starts``.

    ``usual`` are the columns of a table of which the dump does not say them. Raises FileError: it is cut off, or has
    not the ``needed`` columns or names.
    """
    words = _OF_OTHERS if _PLAIN.search(source.head) else _OF_MYSQL
    lines, made = _Lines(source), dict[str, list[str]]()
    given = Given(names, source.path)

    def named(table: str, listed: str | None) -> list[str]:
        """A table's columns, none where it is another one."""
        theirs = _listed(listed) if listed else made.get(table) or list(usual)
        columns = [names.get(name, name) for name in theirs]
        if starts.isdisjoint(columns):
            return []
        given.met(theirs)
        needed.check(columns, source.path)
        return columns

    while line := lines.next():
        if create := _CREATE.match(line):
            made[create[1]] = _made_columns(line[create.end() :], lines)
        elif copy := _COPY.match(line):
            table = re.fullmatch(_TABLE, copy[1], re.IGNORECASE)
            yield from _copied(lines, named(table[1], copy[2]) if table else [])
        elif _INSERT.match(line):
            number, line = lines.number, _to_values(line, lines)
            into = _INTO.match(line)
            if into and (columns := named(into[1], into[2])):
                yield from _Inserted(lines, line, into.end(), number, columns, words).rows()
    given.check()


def _listed(text: str) -> list[str]:
    return [name.strip(' \t\r\n`"[]') for name in text.split(",")]


def _made_columns(text: str, lines: _Lines) -> list[str]:
    """The columns of a CREATE TABLE, up to its end, or to where rows begin."""
    while not text.rstrip().endswith(";") and len(text) < _LONGEST and (line := lines.next()):
        if _INSERT.match(line) or _COPY.match(line):
            lines.give_back(line)
            break
        text += line
    while text != (text := _WITHIN.sub("", text)):
        pass
    parts = [part.split() for part in text.partition(")")[0].split(",")]
    return [part[0].strip('`"[]') for part in parts if part and not _NO_COLUMN.match(part[0])]


def _to_values(line: str, lines: _Lines) -> str:
    """The beginning of an INSERT up to its values: columns may stand on lines of their own."""
    while "VALUES" not in line.upper() and ";" not in line and len(line) < _LONGEST and (more := lines.next()):
        line += more
    return line


class _Inserted:
    """The rows of an INSERT, on one line or on many. ``at`` is where in ``text`` the values begin, ``number`` the line
    in which the text does."""

    def __init__(self, lines: _Lines, text: str, at: int, number: int, columns: list[str], words: _Words) -> None:
        self.lines, self.text, self.at = lines, text, at
        self.number = number + text.count("\n", 0, at)
        self.columns, self.words = columns, words

    def rows(self) -> Iterator[Record | Reject]:
        while self._goes_on():
            row = self._row()
            if not row:
                yield Reject(self.number, "", "is no row of values such as ('a',1)", self.text[self.at :])
                return
            values = self._values(row)
            if len(values) == len(self.columns):
                yield Record(self.number, dict(zip(self.columns, values, strict=True)), row)
            else:
                yield Reject(self.number, "", f"has {len(values)} values, not {len(self.columns)}", row)
            self.number += row.count("\n")
            self.at += len(row)

    def _goes_on(self) -> bool:
        """Whether there is another row, and go to where it begins."""
        while True:
            begin = _GAP.match(self.text, self.at).end()  # type: ignore[union-attr]
            self.number += self.text.count("\n", self.at, begin)
            self.at = begin
            if begin < len(self.text):
                return self.text[begin] == "("
            goes_on, self.text, self.at = self.text.rstrip().endswith(","), self.lines.next(), 0
            if goes_on and not self.text:
                raise self._cut_off()
            if not self.text.lstrip().startswith(("(", ",")):
                self.lines.give_back(self.text)
                return False

    def _row(self) -> str:
        """The row with its parentheses; "" where there is none. Texts may have line ends in them."""
        while not (found := self.words.row.match(self.text, self.at)):
            if len(self.text) - self.at > _LONGEST:
                return ""
            line = self.lines.next()
            if not line:
                raise self._cut_off()
            self.text, self.at = self.text[self.at :] + line, 0
        return found[0]

    def _cut_off(self) -> FileError:
        return FileError(f"{self.lines.path}, line {self.number}: the file is cut off in the middle of its rows.")

    def _values(self, row: str) -> list[str]:
        return [_value(self.words.unescaped, *found) for found in self.words.value.findall(row[1:-1] + ",")]


def _value(unescaped: Callable[[str, str], str], letters: str, single: str, double: str, bare: str) -> str:
    if bare:
        return _bare(bare)
    if letters:
        return _of_letters(letters, single)
    return unescaped(single, "'") if single else unescaped(double, '"')


def _bare(word: str) -> str:
    if word[:2] in ("0x", "0X"):
        return _of_letters("x", word[2:])
    return "" if word.upper() in ("NULL", "DEFAULT") else word


def _of_letters(letters: str, text: str) -> str:
    """A text with letters before its quote: bytes as hexadecimal digits, or one with escapes."""
    if letters not in "xX":
        return _unescaped(text, "'")
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return text


def _copied(lines: _Lines, columns: list[str]) -> Iterator[Record | Reject]:
    """The lines of a COPY up to its end; without ``columns`` they are passed over."""
    while (line := lines.next()) and line.rstrip("\r\n") != "\\.":
        if not columns:
            continue
        values = [_of_copy(value) if "\\" in value else value for value in line.rstrip("\r\n").split("\t")]
        if len(values) == len(columns):
            yield Record(lines.number, dict(zip(columns, values, strict=True)), line)
        else:
            yield Reject(lines.number, "", f"has {len(values)} values, not {len(columns)}", line)
    if not line:
        raise FileError(f"{lines.path}, line {lines.number}: the file is cut off in the middle of its rows.")


def _of_copy(value: str) -> str:
    return "" if value == r"\N" else _unescaped(value, "")
