"""Calls of real systems: one file a format, ``read(source, options)`` gives rows, IMPORTERS names them.

A format is recognised by what is in the file, whatever its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from . import asterisk, freeswitch, kazoo, yeastar
from .columns import check_names
from .dumps import is_dump
from .mistakes import FileError, Reject
from .records import Imported, first_rows
from .source import Source
from .times import Options, is_time_at

__all__ = ["IMPORTERS", "FileError", "Imported", "Importer", "Options", "Reject", "Source", "check_names", "recognised"]


# Values of a file's first lines, as those of a CSV.
_Rows = list[list[str]]


class Importer(NamedTuple):
    """``title`` says what is read; ``recognises`` is given the file's beginning and its first lines' values.

    ``known`` are its columns. ``local`` times are told on the clock of the machine that wrote them, so that its zone
    counts.
    """

    title: str
    recognises: Callable[[str, _Rows], bool]
    read: Callable[[Source, Options], Iterator[Imported | Reject]]
    known: Collection[str]
    local: bool = True


def _keys(*names: str) -> Callable[[str, _Rows], bool]:
    """Whether it is JSON with one of the keys."""
    wanted = re.compile("|".join(f'"{name}"\\s*:' for name in names))
    return lambda head, _: head.lstrip()[:1] in ("{", "[") and bool(wanted.search(head))


def _header(*names: str) -> Callable[[str, _Rows], bool]:
    """Whether the first line is a header with all of these columns."""
    return lambda _, rows: set(names) <= set(rows[0])


def _is_table(head: str, rows: _Rows) -> bool:
    named = set(rows[0])
    return is_dump(head) or ({"src", "dst", "disposition"} <= named and bool({"calldate", "start"} & named))


def _is_master(_: str, rows: _Rows) -> bool:
    """Whether a line has its start where cdr_csv or cdr_custom writes it."""
    places = ((asterisk.MASTER_START, asterisk.MASTER_LEAST), (asterisk.CUSTOM_START, asterisk.CUSTOM_LEAST))
    return any(len(row) >= least and is_time_at(place, row) for row in rows for place, least in places)


def _is_freeswitch(head: str, rows: _Rows) -> bool:
    if freeswitch.is_sql(head) or {"start_stamp", "caller_id_number"} <= set(rows[0]):
        return True
    return any(
        (len(row) >= freeswitch.CSV_LEAST and is_time_at(freeswitch.CSV_START, row)) or freeswitch.is_rate(row)
        for row in rows
    )


def _is_yeastar_csv(_: str, rows: _Rows) -> bool:
    named = set(rows[0])
    return bool({"time", "timestamp"} & named) and bool({"call_from", "call_from_number"} & named)


# In the order in which they are tried.
IMPORTERS: Mapping[str, Importer] = {
    "freeswitch-json": Importer(
        "documents of FreeSWITCH's mod_json_cdr",
        _keys("core-uuid", "channel_data", "callflow"), freeswitch.read_json, freeswitch.KNOWN, local=False,
    ),
    "kazoo-json": Importer(
        "KAZOO's pages or documents of CDRs",
        _keys("hangup_cause", "billing_seconds", "request_id"), kazoo.read_json, kazoo.KNOWN, local=False,
    ),
    "yeastar-json": Importer(
        "answers of cdr/list and cdr/search, or their rows as JSON lines",
        _keys("call_from", "call_from_number", "errcode"), yeastar.read_json, yeastar.KNOWN,
    ),
    "yeastar-csv": Importer("CSV with the API's field names, as cdr/download writes it", _is_yeastar_csv,
                            yeastar.read_csv, yeastar.KNOWN),
    "kazoo-csv": Importer("KAZOO's CSV of CDRs", _header("call_id", "duration_seconds"),
                          kazoo.read_csv, kazoo.KNOWN, local=False),
    "freeswitch-csv": Importer("FreeSWITCH's Master.csv, in any template", _is_freeswitch,
                               freeswitch.read_csv, freeswitch.KNOWN),
    "asterisk-table": Importer("Asterisk's table cdr, as CSV with a header or a database's dump", _is_table,
                               asterisk.read_table, asterisk.KNOWN),
    "asterisk-csv": Importer("Asterisk's Master.csv", _is_master, asterisk.read_master, asterisk.KNOWN),
}  # fmt: skip


def recognised(source: Source, names: Mapping[str, str]) -> str:
    """The name of the file's format. Raises FileError."""
    rows = first_rows(source)
    rows[0] = [names.get(name.strip(), name.strip()) for name in rows[0]]
    for name, importer in IMPORTERS.items():
        if importer.recognises(source.head, rows):
            return name
    if re.match(r"\s*\{", source.head) and re.search(r'"(cdrs|extensions|settings)"\s*:', source.head):
        raise FileError(f"{source.path} is a seed document: add it with `pbx-emulator seed --append {source.path}`.")
    raise FileError(
        f"{source.path} is in none of the formats that can be imported; if it is, say which (--format):"
        f" {', '.join(sorted(IMPORTERS))}. Names of columns that differ can be given (--map)."
    )
