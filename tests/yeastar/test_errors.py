"""The table of errors is the vendor's, and what it says is what is answered."""

from __future__ import annotations

from app.yeastar.errors import ERRORS, YeastarError

# The manual's table, written out once more by hand.
MANUAL = {
    -2: "INTERNAL SERVER ERROR", -1: "FAILURE", 0: "SUCCESS", 1: "PARTIAL SUCCESS", 2: "PROCESSING",
    10001: "INTERFACE NOT EXISTED", 10002: "API VERSION OUT OF MAINTENANCE", 10003: "API VERSION UNSUPPORTED",
    10004: "TOKEN EXPIRED", 10005: "ACCESS DENIED", 10009: "OPERATION FAILED", 40001: "PARAMETER SYNTAX ERROR",
    40002: "PARAMETER ERROR", 40003: "DUPLICATE KEY VALUE", 40004: "FILE SIZE EXCEEDED", 60001: "DATA NOT FOUND",
    60002: "MAX LIMITATION EXCEEDED", 60101: "ROLE NOT EXISTED", 70004: "ACCOUNT IP BLOCKED",
    70082: "OVERLOAD_TASK_RUNNING", 70084: "ACTION FORBIDDEN", 70087: "IP FORBIDDEN",
    70091: "CONNECTION_RELATION_EXISTED", 70093: "PHONEBOOK_NOT_EXISTED", 70106: "RATE_NOT_EXISTED",
    70120: "ORGANIZATION DISABLED", 70123: "API UNAVAILABLE", 70128: "CONTACTS_NOT_EXISTED",
    # Not in the manual: a real PBX was seen to answer the code, not the text.
    70103: "HOST_PORT_EXISTED",
    70130: "CAHNNEL ID NOT FOUND", 70132: "OPERATION NOT SUPPORTED", 70510: "MAX PARTICIPANTS EXCEEDED",
    70514: "TRUNK NOT AVAILABLE", 70515: "TRUNK NOT EXISTED", 70516: "WAKEUP CALL ALREADY EXISTED",
}  # fmt: skip


def test_the_table():
    assert {code: row.text for code, row in ERRORS.items()} == MANUAL
    assert {row.source for row in ERRORS.values()} == {"official", "observed", "guess"}
    assert all(row.meaning for row in ERRORS.values())


def test_the_envelope_begins_with_code_and_text():
    error = YeastarError(70004, block_expire_time=7)
    assert list(error.envelope.items()) == [
        ("errcode", 70004),
        ("errmsg", "ACCOUNT IP BLOCKED"),
        ("block_expire_time", 7),
    ]
