"""The PBX's calls in the formats of others, as importers read them. What a format has no place for is left out."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from ..store.loading import CdrRow
from ..store.query import CdrQuery
from ..store.search import find_cdrs
from .display_format import DisplayFormat
from .document_rows import as_document_row
from .importers.asterisk import MASTER_COLUMNS
from .importers.endings import CAUSES
from .importers.freeswitch import CSV_COLUMNS

_NUMBERS = {"from_number": "f.digits", "to_number": "t.digits"}
_ROW = ", ".join(_NUMBERS.get(field, f"c.{field}") for field in CdrRow._fields)

# A file's bytes, part by part.
Pieces = Generator[bytes, None, None]

# How a time is written on the machine's own clock.
Clock = Callable[[int], str]


def stored_rows(connection: sqlite3.Connection, query: CdrQuery) -> Iterator[CdrRow]:
    """The rows that the query finds, as they are kept."""
    for batch in find_cdrs(connection, query, _ROW).batches:
        yield from map(CdrRow._make, batch)


def clock_of(timezone: str) -> Clock:
    """What writes ``2020-01-02 03:04:05`` in the zone."""
    write = DisplayFormat("YYYY/MM/DD", "24", timezone).write
    return lambda instant: write(instant).replace("/", "-")


def lines(rows: Iterator[CdrRow], clock: Clock) -> Pieces:
    """Every row as a line of JSON by the API's names, with all that is kept of it."""
    for row in rows:
        yield orjson.dumps(as_document_row(row)) + b"\n"


def asterisk_csv(rows: Iterator[CdrRow], clock: Clock) -> Pieces:
    """Master.csv with unique ids, user fields and the newer columns; texts in quotes, seconds without."""
    for row in rows:
        line = _master_line(row, clock)
        yield _quoted(line.get(column, "") for column in MASTER_COLUMNS)


def _master_line(row: CdrRow, clock: Clock) -> Mapping[str, str | int]:
    inbound, mark = row.call_type == "Inbound", f"{row.id or 0:08x}"
    return {
        "src": row.from_number,
        "dst": row.to_number,
        "dcontext": "from-trunk" if inbound else "from-internal",
        "clid": f'"{row.from_name}" <{row.from_number}>' if row.from_name else row.from_number,
        "channel": f"SIP/{row.src_trunk or row.from_number}-{mark}",
        "dstchannel": f"SIP/{row.dst_trunk or row.to_number}-{mark}",
        "lastapp": "VoiceMail" if row.disposition == "VOICEMAIL" else "Dial",
        "start": clock(row.started_at),
        "answer": clock(row.started_at + row.duration - row.talk_duration) if _was_answered(row) else "",
        "end": clock(row.started_at + row.duration),
        "duration": row.duration,
        "billsec": row.talk_duration,
        "disposition": "ANSWERED" if row.disposition == "VOICEMAIL" else row.disposition,
        "amaflags": "DOCUMENTATION",
        "uniqueid": row.call_id,
        "linkedid": row.call_id,
        "sequence": row.id or 0,
    }


def _was_answered(row: CdrRow) -> bool:
    return row.disposition in ("ANSWERED", "VOICEMAIL")


def _quoted(values: Iterator[str | int]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(list(values))
    return text.getvalue().encode()


def freeswitch_csv(rows: Iterator[CdrRow], clock: Clock) -> Pieces:
    """Lines of the template `example`: everything in quotes."""
    for row in rows:
        leg = _leg(row) | {
            "start_stamp": clock(row.started_at),
            "answer_stamp": clock(row.started_at + row.duration - row.talk_duration) if _was_answered(row) else "",
            "end_stamp": clock(row.started_at + row.duration),
        }
        yield _quoted(str(leg.get(column, "")) for column in CSV_COLUMNS)


def freeswitch_json(rows: Iterator[CdrRow], clock: Clock) -> Pieces:
    """A document a row, with what an importer looks for."""
    for row in rows:
        leg = _leg(row)
        answered = row.started_at + row.duration - row.talk_duration if _was_answered(row) else 0
        variables: dict[str, Any] = {
            "direction": "inbound",
            "uuid": leg["uuid"],
            "call_uuid": row.call_id,
            "start_epoch": row.started_at,
            "answer_epoch": answered,
            "end_epoch": row.started_at + row.duration,
            "duration": row.duration,
            "billsec": row.talk_duration,
            "hangup_cause": leg["hangup_cause"],
            "last_app": "voicemail" if row.disposition == "VOICEMAIL" else "bridge",
        }
        profile = {key: leg[key] for key in ("caller_id_name", "caller_id_number", "destination_number", "context")}
        profile |= {"callee_id_name": row.to_name, "network_addr": row.src_addr}
        document = {
            "core-uuid": str(uuid5(NAMESPACE_URL, "core")),
            "variables": {key: str(value) for key, value in variables.items()},
            "callflow": [{"caller_profile": profile}],
        }
        yield orjson.dumps(document) + b"\n"


def _leg(row: CdrRow) -> dict[str, str | int]:
    """What both of FreeSWITCH's formats say. A leg has an id of its own: here that of its row made one."""
    return {
        "caller_id_name": row.from_name or row.from_number,
        "caller_id_number": row.from_number,
        "destination_number": row.to_number,
        "context": "public" if row.call_type == "Inbound" else "default",
        "duration": row.duration,
        "billsec": row.talk_duration,
        "hangup_cause": CAUSES[row.disposition],
        "uuid": str(uuid5(NAMESPACE_URL, f"{row.call_id} {row.id}")),
    }


# Name of a format -> what writes it.
WRITERS: Mapping[str, Callable[[Iterator[CdrRow], Clock], Pieces]] = {
    "yeastar-lines": lines,
    "asterisk-csv": asterisk_csv,
    "freeswitch-csv": freeswitch_csv,
    "freeswitch-json": freeswitch_json,
}
