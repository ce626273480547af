"""ERRORS: every refusal of the dialect by a name of ours, with status, message and data, and how we know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorRow:
    """HTTP ``status`` and ``message`` as the wire has them; ``text`` is data.message ("": data is {}).

    ``source``: master (read in the vendor's code), observed, guess.
    """

    name: str
    status: int
    message: str
    text: str
    meaning: str
    source: str = "master"


_ROWS = (
    ErrorRow("validation", 400, "validation error", "", "A field of the request breaks a rule; data names them."),
    ErrorRow("envelope", 400, "invalid request envelope", "", "The body of a PUT or POST has no data.", "guess"),
    ErrorRow("credentials", 401, "invalid_credentials", "invalid credentials", "No token, or not one; a bad login."),
    ErrorRow("expired", 401, "invalid credentials", "", "The token has expired, or has been deleted."),
    ErrorRow("forbidden", 403, "forbidden", "forbidden", "The token's account is neither the URL's nor above it."),
    ErrorRow("account_id", 404, "bad identifier", "", "The account's id is missing, or is not 32 characters long."),
    ErrorRow("identifier", 404, "bad_identifier", "bad identifier", "No such account, user or CDR."),
    ErrorRow("api_key", 404, "bad identifier", "", "No such API key, or an id of no known form; data lists it."),
    ErrorRow("faulty", 404, "faulty_request", "faulty request", "A resource that has no CDRs."),
    ErrorRow("page_size", 404, "faulty_request", "page size must be at least 1", "page_size is 0 or below."),
    ErrorRow("page_size_text", 404, "faulty_request", "invalid page size", "page_size is not a number."),
    ErrorRow("chunk_size", 404, "faulty_request", "chunk size must be at least 1", "chunk_size is 0 or below."),
    ErrorRow("chunk_size_big", 404, "faulty_request", "chunk size must be lower than 50", "chunk_size is above 50."),
    ErrorRow("chunk_size_text", 404, "faulty_request", "invalid chunk size", "chunk_size is not a number."),
    ErrorRow("fields", 404, "faulty_request", "invalid fields query string", "fields is no JSON list of paths."),
    ErrorRow("not_found", 404, "not_found", "not found", "No such path."),
    ErrorRow("utc_offset", 404, "utc_offset must be a number", "", "utc_offset is not a number."),
    ErrorRow("cdr", 404, "could not find cdr with supplied id", "", "A CDR's id does not begin with YYYYMM-."),
    ErrorRow("legs", 404, "could not find legs for supplied id", "", "Legs by the id of an unknown CDR."),
    ErrorRow("method", 405, "invalid_method", "method not allowed", "The path does not take this method."),
    ErrorRow("not_acceptable", 406, "", "", "No type that Accept takes; the body is empty.", "guess"),
    ErrorRow("gone", 410, "gone", "", "API version 1; data tells to use version 2."),
    ErrorRow("too_large", 413, "validation error", "", "The body is larger than 8,000,000 bytes."),
    ErrorRow("range", 416, "range not satisfiable", "", "More rows than may be sent neither in pages nor as a stream."),
    ErrorRow("too_many", 429, "too_many_requests", "too many requests", "The rate-limit bucket is empty."),
    ErrorRow("fault", 500, "unspecified_fault", "unspecified fault", "A fault of the emulator."),
    ErrorRow("datastore", 503, "datastore_fault", "datastore fatal error", "utc_offset cannot be used, or the like."),
    ErrorRow("no_view", 503, "datastore missing view", "", "Legs of a month without calls.", "guess"),
)

ERRORS: Mapping[str, ErrorRow] = {row.name: row for row in _ROWS}

JsonObject = dict[str, Any]


class CrossbarError(Exception):
    """An answer with status error. ``data`` takes the place of the table's; ``note`` tells the person behind the
    client what the wire does not."""

    def __init__(self, name: str, data: Any = None, note: str = "", **details: Any) -> None:
        self.row = ERRORS[name]
        super().__init__(f"{self.row.status} {self.row.message}")
        self.data = data if data is not None else _data(self.row, details)
        self.note = note


def _data(row: ErrorRow, details: JsonObject) -> JsonObject:
    return {"message": row.text, **details} if row.text else details


def invalid(field: str, rule: str, note: str = "", **details: Any) -> CrossbarError:
    """400 for one field that breaks one rule; ``details`` are message, cause and the like. The note repeats it."""
    return CrossbarError("validation", {field: {rule: details}}, note or f"{field}: {details.get('message', rule)}")
