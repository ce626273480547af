"""KAZOO: pages of /v2/accounts/{id}/cdrs as JSON, whole documents of legs, and CSV.

A call there is the caller's leg and one for each callee; here it has a row for each callee, or one for a caller that
reached none. So a file's legs are read before its first row is made.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any

from .calls import maker
from .columns import Columns
from .endings import by_cause, by_numbers, seconds, whole
from .mistakes import Reject, WrongRowError, shown
from .records import Fields, Imported, Record, csv_records, json_records, rows_of
from .source import Source
from .times import Options

# Gregorian seconds, which count from the year 0, at the beginning of 1970.
_EPOCH = 62_167_219_200

# What of a leg a row is made of.
KNOWN = (
    "call_id", "bridge_id", "other_leg_call_id", "direction", "call_direction", "caller_id_number", "caller_id_name",
    "callee_id_number", "callee_id_name", "dialed_number", "to", "request", "authorizing_id", "custom_channel_vars",
    "duration_seconds", "billing_seconds", "ringing_seconds", "hangup_cause", "channel_created_time", "unix_timestamp",
    "timestamp",
)  # fmt: skip

_NEEDED = Columns(
    {
        "who was called": ("callee_id_number", "dialed_number", "to"),
        "how long it took": ("duration_seconds", "billing_seconds"),
    }
)

# So many legs are put away at once.
_AT_ONCE = 1000


def read_csv(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """CSV with the columns of a list."""
    return _read(csv_records(source, options, _NEEDED), options)


def read_json(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """Pages, also streamed ones, rows or documents, one after the other or in arrays."""
    return _read(json_records(source, options.names, _rows_in), options)


def _rows_in(document: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(document, list):
        for place, item in enumerate(document):
            yield from _rows_in(item, f"{path}[{place}]")
    elif isinstance(document, dict) and "data" in document and document.get("status") != "error":
        yield from _rows_in(document["data"], f"{path}.data" if path else "data")
    elif document != {}:
        yield path, document


def _read(records: Iterable[Record | Reject], options: Options) -> Iterator[Imported | Reject]:
    make = maker(options.compact())
    with closing(_Legs()) as legs:
        for record in records:
            if isinstance(record, Reject):
                yield record
            elif record.fields.get("status") == "error":
                yield record.reject("status", '"error": the answer of a failure has no CDRs')
            elif isinstance(leg_id := record.fields.get("call_id"), str) and leg_id:
                legs.add(_call_of(record.fields), leg_id, record)
            else:
                yield record.reject("call_id", "is missing")
        for call_id, found in legs.calls():
            yield from rows_of(_rows(found), lambda fields, call=call_id: make(_call(fields, call)))  # type: ignore[misc]


class _Legs:
    """Legs until all of a call are there, in a file of SQLite's own that goes with the connection."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect("", isolation_level=None)
        self.connection.execute("CREATE TABLE leg (place INTEGER PRIMARY KEY, call, leg, record, UNIQUE (call, leg))")
        self.waiting: list[tuple[bytes, bytes, bytes]] = []

    def add(self, call_id: str, leg_id: str, record: Record) -> None:
        """The first of several with the same ids counts."""
        kept = marshal.dumps((record.line, record.path, *map(record.fields.get, KNOWN)), 2)
        self.waiting.append((_as_bytes(call_id), _as_bytes(leg_id), kept))
        if len(self.waiting) == _AT_ONCE:
            self._store()

    def _store(self) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT OR IGNORE INTO leg (call, leg, record) VALUES (?, ?, ?)", self.waiting)
        self.connection.execute("COMMIT")
        self.waiting.clear()

    def calls(self) -> Iterator[tuple[str, list[Record]]]:
        """Each call's id and legs, in the order of the file."""
        self._store()
        execute = self.connection.execute
        execute("CREATE TABLE call (first INTEGER PRIMARY KEY, id)")
        execute("INSERT INTO call SELECT min(place), call FROM leg GROUP BY call")
        found = execute("SELECT id, record FROM call CROSS JOIN leg ON leg.call = call.id ORDER BY first, place")
        for call_id, legs in groupby(found, itemgetter(0)):
            yield call_id.decode("utf-8", "surrogatepass"), [_record(*marshal.loads(kept)) for _, kept in legs]

    def close(self) -> None:
        self.connection.close()


def _record(line: int, path: str, *values: Any) -> Record:
    return Record(line, {name: value for name, value in zip(KNOWN, values, strict=True) if value is not None}, "", path)


def _as_bytes(text: str) -> bytes:
    """JSON may have halves of letters in its texts, which no row is made of, but which are compared here."""
    return text.encode("utf-8", "surrogatepass")


def _call_of(leg: Fields) -> str:
    """What all legs of a call share."""
    outbound = _direction(leg) == "outbound"
    found = leg.get("bridge_id") or (outbound and leg.get("other_leg_call_id")) or leg.get("call_id")
    return str(found)


def _direction(leg: Fields) -> str:
    return str(leg.get("direction") or leg.get("call_direction") or "inbound")


def _rows(legs: list[Record]) -> Iterator[Record]:
    """The legs that become rows, each with the caller's beside it under the key ``caller``."""
    callers = [leg for leg in legs if _direction(leg.fields) != "outbound"]
    caller = callers[0].fields if callers else {}
    reached = [leg for leg in legs if _direction(leg.fields) == "outbound"]
    for leg in reached or callers:
        yield leg._replace(fields={**leg.fields, "caller": caller})


def _call(leg: Fields, call_id: str) -> Fields:
    """The row by the API's names."""
    caller = leg["caller"]
    total, talk = seconds(leg, "duration_seconds"), seconds(leg, "billing_seconds")
    ring = seconds(leg, "ringing_seconds") if "ringing_seconds" in leg else max(total - talk, 0)
    from_number = _text(leg, "caller_id_number")
    to_number = _text(leg, "callee_id_number") or _text(leg, "dialed_number") or _user(_text(leg, "to"))
    call_type = _call_type(leg, caller, from_number, to_number)
    original = _text(caller, "caller_id_number") or from_number
    name = _text(leg, "caller_id_name")
    goes_out = call_type == "Outbound" and original != from_number
    asked = _text(caller, "dialed_number") or _user(_text(caller, "to"))
    return {
        "timestamp": _started(leg),
        "call_from_number": original if goes_out else from_number,
        "call_from_name": "" if name == from_number else name,
        "call_to_number": to_number,
        "call_to_name": _text(leg, "callee_id_name"),
        "call_id": call_id,
        "duration": total,
        "ring_duration": ring,
        "talk_duration": talk,
        "disposition": by_cause(_text(leg, "hangup_cause"), talk > 0),
        "call_type": call_type,
        "did_number": asked if call_type == "Inbound" and asked != to_number else "",
        "dod_number": from_number if goes_out else "",
    }


def _text(leg: Fields, name: str) -> str:
    value = leg.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _user(address: str) -> str:
    return address.partition("@")[0]


def _started(leg: Fields) -> int:
    """Unix seconds. A row's timestamp is its start in Gregorian seconds, a document's its end."""
    micro, unix, gregorian = (whole(leg.get(name)) for name in ("channel_created_time", "unix_timestamp", "timestamp"))
    if micro is not None:
        return micro // 1_000_000
    if unix is not None:
        return unix
    if gregorian is None:
        raise WrongRowError("timestamp", f"{shown(leg.get('timestamp'))} is not Gregorian seconds, a whole number")
    return gregorian - _EPOCH - (seconds(leg, "duration_seconds") if "call_direction" in leg else 0)


def _call_type(leg: Fields, caller: Fields, from_number: str, to_number: str) -> str:
    """A call from outside was let in by no device; one out asks another domain, or no extension's number."""
    variables = caller.get("custom_channel_vars")
    let_in = variables if isinstance(variables, dict) else caller
    if caller and not let_in.get("authorizing_id"):
        return "Inbound"
    domain, own = (_text(leg, name).partition("@")[2] for name in ("request", "to"))
    if domain and own and domain != own:
        return "Outbound"
    return by_numbers(from_number if not caller else "", to_number)
