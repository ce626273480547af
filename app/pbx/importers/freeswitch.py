"""FreeSWITCH: CSV of mod_cdr_csv in its template `example`, and the documents of mod_json_cdr."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ...store.loading import CdrRow
from .calls import maker
from .endings import by_cause, by_numbers, seconds
from .mistakes import Reject, WrongRowError, shown
from .records import Fields, Imported, csv_records, json_records, rows_of
from .source import Source
from .times import Options, iso_reader

# The template `example` of cdr_csv.conf.xml; older samples end before the codecs.
CSV_COLUMNS = (
    "caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp",
    "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec", "write_codec",
)  # fmt: skip
CSV_LEAST = 13


def read_csv(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The lines of a Master.csv: the callers' legs, one a call."""
    read, make = iso_reader(options.timezone), maker(options.compact())

    def made(fields: Fields) -> CdrRow:
        return make(_call(fields, read("start_stamp", fields["start_stamp"]), bool(fields["answer_stamp"])))

    return rows_of(csv_records(source, options.names, CSV_COLUMNS, CSV_LEAST), made)


def read_json(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """Documents of callers' legs. A callee's leg, which names its originator, is told by the caller's."""
    make = maker(options.compact())
    apart = [0]

    def legs(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
        if isinstance(document, list):
            for place, item in enumerate(document):
                yield from legs(item, f"{path}[{place}]")
        elif isinstance(document, dict) and _of_callee(document):
            apart[0] += 1
        else:
            yield path, document

    yield from rows_of(json_records(source, {}, legs), lambda fields: make(_of_document(fields, options.names)))
    if apart[0]:
        options.notes.append(f"{apart[0]:,} callees' legs left out: the callers' tell of them")


def _of_callee(document: Fields) -> bool:
    variables = document.get("variables")
    return isinstance(variables, dict) and bool(variables.get("originator"))


def _call(fields: Fields, started: int, answered: bool) -> Fields:
    """The leg by the API's names."""
    get = fields.get
    total, talk = seconds(fields, "duration"), seconds(fields, "billsec")
    from_number, to_number = get("caller_id_number") or "", get("destination_number") or ""
    name = get("caller_id_name") or ""
    return {
        "timestamp": started,
        "call_from_number": from_number,
        "call_from_name": "" if name == from_number else name,
        "call_to_number": to_number,
        "call_to_name": get("callee_id_name") or "",
        "call_id": get("call_uuid") or get("uuid") or "",
        "src_addr": get("network_addr") or "",
        "duration": total,
        "ring_duration": max(total - talk, 0),
        "talk_duration": talk,
        "disposition": by_cause(get("hangup_cause") or "", answered),
        "call_type": by_numbers(from_number, to_number),
    }


def _of_document(document: Fields, names: Any) -> Fields:
    """The leg of a document: its variables, and the parties of its first profile. Values may be written as in URLs."""
    variables = document.get("variables")
    if not isinstance(variables, dict):
        raise WrongRowError("variables", "is missing")
    # Only what is encoded has a time with %20 in it: a + or % of a name then stands for itself.
    plain = unquote if "%20" in str(variables.get("start_stamp")) else str
    fields = {names.get(key, key): plain(str(value)) for key, value in variables.items()}
    for name, value in _profile(document).items():
        if isinstance(value, str):
            fields.setdefault(name, plain(value))
    epoch = fields.get("start_epoch", "")
    if not epoch.isdecimal():
        raise WrongRowError("variables.start_epoch", f"{shown(epoch)} is not Unix seconds, a whole number")
    answered = fields.get("answer_epoch", "0") not in ("", "0")
    call = _call(fields, int(epoch), answered)
    if answered and fields.get("last_app") == "voicemail":
        call["disposition"] = "VOICEMAIL"
    return call


def _profile(document: Fields) -> Fields:
    """The caller's profile; callflow is an array, in older versions an object."""
    flow = document.get("callflow")
    if isinstance(flow, list):
        flow = flow[-1] if flow else None
    profile = flow.get("caller_profile") if isinstance(flow, dict) else None
    return profile if isinstance(profile, dict) else {}
