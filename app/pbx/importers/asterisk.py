"""Asterisk: Master.csv, which has no header, and the table `cdr` as CSV or as a dump of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from ...store.loading import CdrRow
from .calls import maker
from .columns import Columns
from .dumps import dump_records, is_dump
from .endings import by_cause, by_numbers, seconds
from .mistakes import Reject, WrongRowError, shown
from .records import Fields, Imported, Layouts, csv_records, first_rows, rows_of
from .source import Source
from .times import MOMENT, Options, ZoneCheck, is_time_at, iso_reader, times_apart

# As cdr_csv.c writes them; what follows is there where cdr.conf says loguniqueid, loguserfield, newcdrcolumns.
_MASTER = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
_NEWER = ("peeraccount", "linkedid", "sequence")
MASTER_COLUMNS = (*_MASTER, "uniqueid", "userfield", *_NEWER)

# As the sample of cdr_custom.conf has them, without the sequence in older ones.
_CUSTOM = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "sequence",
)  # fmt: skip

# Where the start stands in the two, and how many columns there are at least.
MASTER_START, CUSTOM_START = _MASTER.index("start"), _CUSTOM.index("start")
MASTER_LEAST, CUSTOM_LEAST = len(_MASTER), len(_CUSTOM) - 1

# The table as Asterisk's documentation makes it, for dumps that say no columns.
_TABLE_COLUMNS = (
    "calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration",
    "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
)  # fmt: skip

# What FreePBX and others put into the table besides.
KNOWN = (
    *MASTER_COLUMNS, "calldate", "did", "recordingfile", "cnum", "cnam", "outbound_cnum", "outbound_cnam", "dst_cnam",
)  # fmt: skip
_NEEDED = Columns({"who was called": ("dst",), "how long it took": ("duration", "billsec")})

# The seconds in which a channel was made, and its number.
_UNIQUE_ID = re.compile(r"(?:.*-)?([0-9]{9,10})\.[0-9]+")

# What cdr_csv and the backends of tables call it, and what the API does.
_DISPOSITIONS = {
    "ANSWERED": "ANSWERED",
    "NO ANSWER": "NO ANSWER",
    "NOANSWER": "NO ANSWER",
    "BUSY": "BUSY",
    "FAILED": "FAILED",
    "CONGESTION": "FAILED",
}
# The same where a table's column is a number: cdr.h, ast_cdr_disposition.
_BY_NUMBER = {"0": "NO ANSWER", "1": "NO ANSWER", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "FAILED"}

# Contexts that calls from outside come in by: FreePBX's names, and those of Asterisk's samples.
_FROM_OUTSIDE = ("from-trunk", "from-pstn", "from-did", "from-external", "from-outside", "incoming", "inbound")

_CHANNEL = re.compile(r"[A-Za-z0-9]+/([^/@]+)-[0-9A-Za-z]+(;[12])?")


def read_master(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The lines of Master.csv, of cdr_csv or cdr_custom. FreeSWITCH's template `asterisk` has them too, with a cause as
    disposition."""
    first = first_rows(source)
    custom = any(is_time_at(CUSTOM_START, row) for row in first)
    layouts = {18: _CUSTOM[:-1], 19: _CUSTOM} if custom else _master_layouts(first)
    return rows_of(csv_records(source, options, _NEEDED, layouts), _maker(source, options, "start"))


def _master_layouts(first: list[list[str]]) -> Layouts:
    """How many columns -> which. With one of the two that may be switched off, it shows which one that is."""
    told = any(len(row) > MASTER_LEAST and _UNIQUE_ID.fullmatch(row[MASTER_LEAST]) for row in first)
    one = "uniqueid" if told else "userfield"
    ends: list[tuple[str, ...]] = [(), (one,), ("uniqueid", "userfield"), _NEWER, (one, *_NEWER)]
    return {MASTER_LEAST + len(end): (*_MASTER, *end) for end in (*ends, MASTER_COLUMNS[MASTER_LEAST:])}


def read_table(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The rows of the table, a CSV with its columns' names or a database's dump."""
    if is_dump(source.head):
        records = dump_records(source, options.names, _TABLE_COLUMNS, {"calldate", "start"}, _NEEDED)
    else:
        records = csv_records(source, options, _NEEDED)
    return rows_of(records, _maker(source, options, "calldate"))


def _maker(source: Source, options: Options, start: str) -> Callable[[Fields], CdrRow]:
    read, make, zone = iso_reader(options.timezone), maker(options.compact()), ZoneCheck(options, source.path)
    apart = times_apart(options.timezone)

    def made(fields: Fields) -> CdrRow:
        get = fields.get
        column = start if fields.get(start) else "start"
        started = read(column, get(column) or "")
        if (later := apart(get(column) or "")) and (unique := _UNIQUE_ID.fullmatch(get("uniqueid") or "")):
            started += later * (abs(started + later - int(unique[1])) <= MOMENT)
        if not zone.done and (unique := _UNIQUE_ID.fullmatch(get("uniqueid") or "")):
            zone.see(get(column) or "", started, int(unique[1]))
        total, talk = seconds(fields, "duration"), seconds(fields, "billsec")
        from_number, to_number = get("src") or get("cnum") or "", get("dst") or ""
        context = get("dcontext") or ""
        inbound = bool(get("did")) or context.startswith(_FROM_OUTSIDE)
        call_type = "Inbound" if inbound else by_numbers(from_number, to_number)
        return make(
            {
                "timestamp": started,
                "call_from_number": from_number,
                "call_from_name": get("cnam") or _name(get("clid") or "", from_number),
                "call_to_number": to_number,
                "call_to_name": get("dst_cnam") or "",
                "call_id": get("linkedid") or get("uniqueid") or "",
                "src_trunk": _trunk(get("channel") or "") if call_type == "Inbound" else "",
                "dst_trunk": _trunk(get("dstchannel") or "") if call_type == "Outbound" else "",
                "duration": total,
                "ring_duration": max(total - talk, 0),
                "talk_duration": talk,
                "disposition": _disposition(fields),
                "call_type": call_type,
                "did_number": get("did") or "",
                "dod_number": get("outbound_cnum") or "",
                "record_file": get("recordingfile") or "",
            }
        )

    return made


def _disposition(fields: Fields) -> str:
    told = str(fields.get("disposition") or "").upper()
    found = _DISPOSITIONS.get(told) or _BY_NUMBER.get(told)
    if not found and "_" in told:
        found = by_cause(told, bool(fields.get("answer")))
    if not found:
        raise WrongRowError("disposition", f"{shown(told)} is not one of {', '.join(_DISPOSITIONS)}")
    return "VOICEMAIL" if found == "ANSWERED" and fields.get("lastapp") == "VoiceMail" else found


def _name(clid: str, number: str) -> str:
    r"""``Ann`` of ``"Ann" <2005>``; the number alone is no name."""
    name = clid.rpartition(" <")[0]
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return "" if name == number else name


@lru_cache(maxsize=4096)
def _trunk(channel: str) -> str:
    """``provider`` of ``PJSIP/provider-0000001a``."""
    found = _CHANNEL.fullmatch(channel)
    return found[1] if found else ""
