"""Calls of real systems: one file a format, ``read(source, options)`` gives rows, IMPORTERS names them.

A format is recognised by what is in the file, whatever its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from . import asterisk, freeswitch, kazoo, yeastar
from .mistakes import FileError, Reject
from .records import Imported, columns_of
from .source import Source
from .times import Options

__all__ = ["IMPORTERS", "FileError", "Imported", "Importer", "Options", "Reject", "Source", "recognised"]


class Importer(NamedTuple):
    """``title`` says what is read; ``recognises`` is given the file's beginning and the columns of its first line.

    ``local`` times are told on the clock of the machine that wrote them, so that its zone counts.
    """

    title: str
    recognises: Callable[[str, list[str]], bool]
    read: Callable[[Source, Options], Iterator[Imported | Reject]]
    local: bool = True


def _keys(*names: str) -> Callable[[str, list[str]], bool]:
    """Whether it is JSON with one of the keys."""
    wanted = re.compile("|".join(f'"{name}"\\s*:' for name in names))
    return lambda head, _: head.lstrip()[:1] in ("{", "[") and bool(wanted.search(head))


def _header(*names: str) -> Callable[[str, list[str]], bool]:
    """Whether the first line is a header with all of these columns."""
    return lambda _, columns: set(names) <= set(columns)


_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def _time_in(place: int, least: int) -> Callable[[str, list[str]], bool]:
    """Whether the first line has a time in this column, and so many columns at least."""
    return lambda _, columns: len(columns) >= least and bool(_STAMP.fullmatch(columns[place]))


def _is_table(head: str, columns: list[str]) -> bool:
    if re.search(r"^\s*INSERT INTO [`\"]?\w*cdr", head, re.IGNORECASE | re.MULTILINE):
        return True
    return {"src", "dst", "disposition"} <= set(columns) and bool({"calldate", "start"} & set(columns))


def _is_yeastar_csv(head: str, columns: list[str]) -> bool:
    named = set(columns)
    return bool({"time", "timestamp"} & named) and bool({"call_from", "call_from_number"} & named)


# In the order in which they are tried.
IMPORTERS: Mapping[str, Importer] = {
    "freeswitch-json": Importer(
        "documents of FreeSWITCH's mod_json_cdr",
        _keys("core-uuid", "channel_data", "callflow"), freeswitch.read_json, local=False,
    ),
    "kazoo-json": Importer(
        "KAZOO's pages or documents of CDRs",
        _keys("hangup_cause", "billing_seconds", "request_id"), kazoo.read_json, local=False,
    ),
    "yeastar-json": Importer(
        "answers of cdr/list and cdr/search, or their rows as JSON lines",
        _keys("call_from", "call_from_number", "errcode"), yeastar.read_json,
    ),
    "yeastar-csv": Importer("CSV with the API's field names, as cdr/download writes it", _is_yeastar_csv,
                            yeastar.read_csv),
    "kazoo-csv": Importer("KAZOO's CSV of CDRs", _header("call_id", "duration_seconds"), kazoo.read_csv, local=False),
    "asterisk-table": Importer("Asterisk's table cdr, as CSV with a header or a dump of MySQL's", _is_table,
                               asterisk.read_table),
    "asterisk-csv": Importer("Asterisk's Master.csv", _time_in(9, asterisk.MASTER_LEAST), asterisk.read_master),
    "freeswitch-csv": Importer("FreeSWITCH's Master.csv, template example", _time_in(4, freeswitch.CSV_LEAST),
                               freeswitch.read_csv),
}  # fmt: skip


def recognised(source: Source, names: Mapping[str, str]) -> str:
    """The name of the file's format. Raises FileError."""
    columns = [names.get(name.strip(), name.strip()) for name in columns_of(source)]
    for name, importer in IMPORTERS.items():
        if importer.recognises(source.head, columns):
            return name
    if re.match(r"\s*\{", source.head) and re.search(r'"(cdrs|extensions|settings)"\s*:', source.head):
        raise FileError(f"{source.path} is a seed document: add it with `pbx-emulator seed --append {source.path}`.")
    raise FileError(
        f"{source.path} is in none of the formats that can be imported; if it is, say which (--format):"
        f" {', '.join(sorted(IMPORTERS))}. Names of columns that differ can be given (--map)."
    )
