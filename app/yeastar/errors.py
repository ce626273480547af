"""ERRORS: every errcode of the vendor with its errmsg, and how we know; YeastarError carries one to the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorRow:
    """One row of the vendor's error table. ``source``: official (the vendor's page), observed (seen on a real PBX,
    where it adds to the page), guess (cut off in every copy of the page that could be seen)."""

    code: int
    text: str
    meaning: str
    source: str


_ROWS = (
    ErrorRow(-2, "INTERNAL SERVER ERROR", "A fault in the server; also a body that cannot be parsed.", "observed"),
    ErrorRow(-1, "FAILURE", "Failed; at get_token: wrong client ID or secret.", "official"),
    ErrorRow(0, "SUCCESS", "Done.", "official"),
    ErrorRow(1, "PARTIAL SUCCESS", "Partly done.", "official"),
    ErrorRow(2, "PROCESSING", "The request is still being worked on.", "official"),
    ErrorRow(10001, "INTERFACE NOT EXISTED", "No such interface, method or API version.", "observed"),
    ErrorRow(10002, "API VERSION OUT OF MAINTENANCE", "The version is no longer maintained.", "official"),
    ErrorRow(10003, "API VERSION UNSUPPORTED", "The version is not supported.", "official"),
    ErrorRow(10004, "TOKEN EXPIRED", "The access token is missing, unknown, expired or revoked.", "observed"),
    ErrorRow(10005, "ACCESS DENIED", "No permission.", "official"),
    ErrorRow(10009, "OPERATION FAILED", "Feature disabled or permission insufficient.", "official"),
    ErrorRow(40001, "PARAMETER SYNTAX ERROR", "The parameters cannot be parsed.", "official"),
    ErrorRow(40002, "PARAMETER ERROR", "A parameter is missing or has a bad value; no User-Agent.", "observed"),
    ErrorRow(40003, "DUPLICATE KEY VALUE", "A unique value is in use.", "official"),
    ErrorRow(40004, "FILE SIZE EXCEEDED", "The uploaded file is too large.", "official"),
    ErrorRow(60001, "DATA NOT FOUND", "Nothing found.", "official"),
    ErrorRow(60002, "MAX LIMITATION EXCEEDED", "A quota is reached; at get_token: too many tokens.", "observed"),
    ErrorRow(60101, "ROLE NOT EXISTED", "No such role.", "official"),
    ErrorRow(70004, "ACCOUNT IP BLOCKED", "The address is blocked after failed logins.", "official"),
    ErrorRow(70082, "OVERLOAD_TASK_RUNNING", "A heavy task is running already.", "official"),
    ErrorRow(70084, "ACTION FORBIDDEN", "The action is not allowed.", "official"),
    ErrorRow(70087, "IP FORBIDDEN", "The address is not in the permitted list.", "official"),
    ErrorRow(70091, "CONNECTION_RELATION_EXISTED", "The object is referenced by another.", "official"),
    ErrorRow(70093, "PHONEBOOK_NOT_EXISTED", "No such phonebook.", "official"),
    ErrorRow(70103, "HOST_PORT_EXISTED", "Another trunk has the host and port; only the code was seen.", "guess"),
    ErrorRow(70106, "RATE_NOT_EXISTED", "A call rate must be set up first.", "official"),
    ErrorRow(70120, "ORGANIZATION DISABLED", "The organization feature is off.", "official"),
    ErrorRow(70123, "API UNAVAILABLE", "The API is switched off.", "official"),
    ErrorRow(70128, "CONTACTS_NOT_EXISTED", "No such contact.", "official"),
    ErrorRow(70130, "CAHNNEL ID NOT FOUND", "No such channel; the misspelling is the vendor's.", "official"),
    ErrorRow(70132, "OPERATION NOT SUPPORTED", "The channel does not support the operation.", "official"),
    ErrorRow(70510, "MAX PARTICIPANTS EXCEEDED", "The conference is full.", "official"),
    ErrorRow(70514, "TRUNK NOT AVAILABLE", "The SMS trunk cannot be used.", "official"),
    ErrorRow(70515, "TRUNK NOT EXISTED", "No such SMS trunk.", "official"),
    ErrorRow(70516, "WAKEUP CALL ALREADY EXISTED", "There is such a wake-up call already.", "guess"),
)

ERRORS: Mapping[int, ErrorRow] = {row.code: row for row in _ROWS}


class YeastarError(Exception):
    """An answer with an errcode other than 0. ``extras`` follow errcode and errmsg in the envelope; ``note`` tells the
    person behind the client what the wire does not."""

    def __init__(self, code: int, note: str = "", **extras: Any) -> None:
        super().__init__(f"{code} {ERRORS[code].text}")
        self.code = code
        self.note = note
        self.extras = extras

    @property
    def envelope(self) -> dict[str, Any]:
        return {"errcode": self.code, "errmsg": ERRORS[self.code].text, **self.extras}


def parameter_error(problems: Mapping[str, str], note: str = "") -> YeastarError:
    """40002 naming each field with the check it failed (required, number, oneof, max, min)."""
    invalid = [{"field": field, "validation_type": check} for field, check in problems.items()]
    return YeastarError(40002, note, invalid_param_list=invalid)


def unreadable(words: str, looks: str) -> YeastarError:
    """-2 for a body that is not JSON, with the parser's words, as a real PBX answers; ``looks`` is for the note."""
    note = f"the body cannot be read as JSON: {words}{f'; {looks}' if looks else ''}"
    return YeastarError(-2, note, invalid_param_list=[{"value": words}])
