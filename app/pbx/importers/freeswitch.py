"""FreeSWITCH: CSV of mod_cdr_csv in any of its templates, and the documents of mod_json_cdr."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from ...store.loading import CdrRow
from .calls import maker
from .columns import Columns, Given
from .dumps import dump_records, is_dump
from .endings import by_cause, by_numbers, seconds, whole
from .mistakes import Reject, WrongRowError, shown
from .records import Fields, Imported, csv_records, first_rows, json_records, rows_of
from .source import Source
from .times import Options, is_time_at, iso_reader

# The templates of cdr_csv.conf.xml: `sql`, and the one in the program itself; `example`; `linksys`; `snom`. They begin
# alike, and whoever has a template of their own has put more behind it.
_SQL = (
    "caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp",
    "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode",
)  # fmt: skip
CSV_COLUMNS = (*_SQL, "read_codec", "write_codec")
_MORE = tuple(f"column {number}" for number in range(len(CSV_COLUMNS) + 1, 41))
_LAYOUTS = {number: (*CSV_COLUMNS, *_MORE)[:number] for number in range(len(_SQL), 41)}

# The template `opencdrrate`: without a start, which is that of the talk.
_RATE = (
    "uuid", "signal_bond", "direction", "caller_id_number", "destination_number", "answer_stamp", "end_stamp",
    "billsec", "accountcode", "userfield", "network_addr", "caller_id_name", "sip_gateway_name",
)  # fmt: skip

_NEEDED = Columns({"who was called": ("destination_number",), "how long it took": ("duration", "billsec")})

# Where a time always stands in the two.
CSV_START, RATE_END = CSV_COLUMNS.index("start_stamp"), _RATE.index("end_stamp")
CSV_LEAST, RATE_LEAST = len(_SQL), len(_RATE)


def is_rate(values: Sequence[str]) -> bool:
    """Whether a line is one of the template `opencdrrate`."""
    return len(values) == RATE_LEAST and is_time_at(RATE_END, values) and not is_time_at(CSV_START, values)


def is_sql(head: str) -> bool:
    """Whether a dump is one of FreeSWITCH's table, or its log in the template `sql`."""
    return is_dump(head) and bool(
        re.search(r"\bstart_stamp\b|VALUES\s*\((\s*[\"'][^\"']*[\"'],){4}\s*.[0-9]{4}-", head)
    )


def read_csv(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """The lines of a Master.csv, or the statements of the template `sql`: the callers' legs, one a call."""
    read, make = iso_reader(options.timezone), maker(options.compact())

    def made(fields: Fields) -> CdrRow:
        answered = fields.get("answer_stamp")
        return make(_call(fields, read("start_stamp", fields.get("start_stamp") or ""), bool(answered)))

    def rated(fields: Fields) -> CdrRow:
        answered = fields["answer_stamp"]
        column = "answer_stamp" if answered else "end_stamp"
        return make(_call({**fields, "duration": fields["billsec"]}, read(column, fields[column]), bool(answered)))

    if is_dump(source.head):
        return rows_of(dump_records(source, options.names, _SQL, {"start_stamp"}, _NEEDED), made)
    first = first_rows(source)
    if any(is_rate(values) for values in first):
        return rows_of(csv_records(source, options, _NEEDED, {RATE_LEAST: _RATE}), rated)
    named = "start_stamp" in {options.names.get(name, name) for name in first[0]}
    return rows_of(csv_records(source, options, _NEEDED, None if named else _LAYOUTS), made)


def read_json(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """Documents of callers' legs. A callee's leg, which names its originator, is told by the caller's."""
    make, given = maker(options.compact()), Given(options.names, source.path)
    apart = [0]

    def legs(document: Any, path: str) -> Iterator[tuple[str, Any]]:
        if isinstance(document, list):
            for place, item in enumerate(document):
                yield from legs(item, f"{path}[{place}]")
        elif isinstance(document, dict) and _of_callee(document):
            apart[0] += 1
        else:
            yield path, document

    yield from rows_of(json_records(source, {}, legs), lambda fields: make(_of_document(fields, given)))
    given.check()
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


# What of the variables, of which there may be two hundred, a row is made of.
_VARIABLES = (
    "caller_id_number", "destination_number", "caller_id_name", "callee_id_name", "call_uuid", "uuid", "network_addr",
    "duration", "billsec", "hangup_cause", "last_app", "start_epoch", "start_uepoch", "answer_epoch", "answer_uepoch",
)  # fmt: skip

KNOWN = tuple(dict.fromkeys((*CSV_COLUMNS, *_RATE, *_VARIABLES)))

# And what of the profile, where no variable says it.
_OF_PROFILE = _VARIABLES[: _VARIABLES.index("duration")]


def _of_document(document: Fields, given: Given) -> Fields:
    """The leg of a document: its variables, and the parties of its first profile. Values may be written as in URLs."""
    variables = document.get("variables")
    if not isinstance(variables, dict):
        raise WrongRowError("variables", "is missing")
    # Only what is encoded has a time with %20 in it: a + or % of a name then stands for itself.
    plain = unquote if "%20" in str(variables.get("start_stamp")) else str
    names = given.names
    given.met(variables if names else ())
    named = {names.get(key, key): value for key, value in variables.items()} if names else variables
    fields = {key: plain(str(named[key])) for key in _VARIABLES if key in named}
    profile = _profile(document)
    for name in _OF_PROFILE:
        if name not in fields and isinstance(value := profile.get(name), str):
            fields[name] = plain(value)
    started = _epoch(fields, "start") or _flow_time(document, "created")
    if not started:
        epoch = fields.get("start_epoch", "")
        raise WrongRowError("variables.start_epoch", f"{shown(epoch)} is not Unix seconds, a whole number")
    answered = bool(_epoch(fields, "answer") or _flow_time(document, "answered"))
    call = _call(fields, started, answered)
    if answered and fields.get("last_app") == "voicemail":
        call["disposition"] = "VOICEMAIL"
    return call


def _epoch(fields: Fields, name: str) -> int:
    """Unix seconds of a variable, which there may be in microseconds only; 0 without."""
    found = whole(fields.get(f"{name}_epoch"))
    return found if found is not None else (whole(fields.get(f"{name}_uepoch")) or 0) // 1_000_000


def _flow_time(document: Fields, name: str) -> int:
    """Unix seconds at which the first part of the call's flow did so, which is in microseconds; 0 without."""
    flow = document.get("callflow")
    first = flow[-1] if isinstance(flow, list) and flow else flow
    times = first.get("times") if isinstance(first, dict) else None
    return (whole(times.get(f"{name}_time")) or 0) // 1_000_000 if isinstance(times, dict) else 0


def _profile(document: Fields) -> Fields:
    """The caller's profile; callflow is an array, in older versions an object."""
    flow = document.get("callflow")
    if isinstance(flow, list):
        flow = flow[-1] if flow else None
    profile = flow.get("caller_profile") if isinstance(flow, dict) else None
    return profile if isinstance(profile, dict) else {}
