"""Asterisk: Master.csv of cdr_csv, which has no header, and the table `cdr` as CSV or as a dump of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from ...store.loading import CdrRow
from .asterisk_dump import dump_records
from .calls import maker
from .endings import by_cause, by_numbers, seconds
from .mistakes import Reject, WrongRowError, shown
from .records import Fields, Imported, csv_records, rows_of
from .source import Source
from .times import Options, iso_reader

# As cdr_csv.c writes them: the last five each only where cdr.conf says so.
MASTER_COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield", "peeraccount", "linkedid",
    "sequence",
)  # fmt: skip

MASTER_LEAST = 16

# What cdr_csv and the backends of tables call it, and what the API does.
_DISPOSITIONS = {
    "ANSWERED": "ANSWERED",
    "NO ANSWER": "NO ANSWER",
    "NOANSWER": "NO ANSWER",
    "BUSY": "BUSY",
    "FAILED": "FAILED",
    "CONGESTION": "FAILED",
}

# Contexts that calls from outside come in by: FreePBX's names, and those of Asterisk's samples.
_FROM_OUTSIDE = ("from-trunk", "from-pstn", "from-did", "from-external", "from-outside", "incoming", "inbound")

_CHANNEL = re.compile(r"[A-Za-z0-9]+/([^/@]+)-[0-9A-Za-z]+(;[12])?")


def read_master(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The lines of Master.csv. FreeSWITCH's template `asterisk` has them too, with a cause as disposition."""
    return rows_of(csv_records(source, options.names, MASTER_COLUMNS, MASTER_LEAST), _maker(options, "start"))


def read_table(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The rows of the table, a CSV with its columns' names or the INSERT statements of mysqldump."""
    dump = "INSERT INTO" in source.head.upper()
    records = dump_records(source, options.names) if dump else csv_records(source, options.names)
    return rows_of(records, _maker(options, "calldate"))


def _maker(options: Options, start: str) -> Callable[[Fields], CdrRow]:
    read, make = iso_reader(options.timezone), maker(options.compact())

    def made(fields: Fields) -> CdrRow:
        get = fields.get
        column = start if start in fields else "start"
        total, talk = seconds(fields, "duration"), seconds(fields, "billsec")
        from_number, to_number = get("src") or get("cnum") or "", get("dst") or ""
        context = get("dcontext") or ""
        inbound = bool(get("did")) or context.startswith(_FROM_OUTSIDE)
        call_type = "Inbound" if inbound else by_numbers(from_number, to_number)
        return make(
            {
                "timestamp": read(column, get(column) or ""),
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
    found = _DISPOSITIONS.get(told) or (by_cause(told, bool(fields.get("answer"))) if "_" in told else "")
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
