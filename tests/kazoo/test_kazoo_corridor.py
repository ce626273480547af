"""What every request passes: envelopes, errors and their order, CORS, tunnelling, formats."""

from __future__ import annotations

import json
import random
import re
import socket

import pytest
import requests
from crossbar import ACCOUNT, API_KEY, CALLS, EPOCH, LEGS, NINE, OFFICE, RANGE, Crossbar, stable_id

from app.kazoo.errors import ERRORS

UNKNOWN = "f" * 32
RESELLER = stable_id("reseller", ACCOUNT)
USER = stable_id("user", "2005")

FAULTY = (404, "faulty_request", {"message": "faulty request"})
NOT_FOUND = (404, "not_found", {"message": "not found"})
BAD_METHOD = (405, "invalid_method", {"message": "method not allowed"})
NO_CREDENTIALS = (401, "invalid_credentials", {"message": "invalid credentials"})


def bad_identifier(cause):
    return (404, "bad_identifier", {"message": "bad identifier", "cause": cause})


def bad_account(words):
    return (404, "bad identifier", {"message": words})


REFUSALS = [
    # Method, path, token (None: a good one), what is answered.
    ("GET", "nothing", None, NOT_FOUND),
    ("GET", "", None, NOT_FOUND),
    ("GET", f"accounts/{ACCOUNT}/cdrs/x/y", None, NOT_FOUND),
    ("GET", f"accounts/{ACCOUNT}/cdrs/a%0Ab", None, (404, "could not find cdr with supplied id", {})),
    ("GET", f"accounts/{ACCOUNT}/cdrs/legs", None, (404, "could not find cdr with supplied id", {})),
    ("GET", f"accounts/{ACCOUNT}/devices/{UNKNOWN}/cdrs", None, FAULTY),
    ("GET", f"accounts/{ACCOUNT}/devices/{UNKNOWN}/cdrs/202403-x", None, FAULTY),
    ("GET", f"accounts/{ACCOUNT}/callflows/{UNKNOWN}/cdrs/interaction", None, FAULTY),
    ("POST", f"accounts/{ACCOUNT}/cdrs", None, BAD_METHOD),
    ("DELETE", f"accounts/{ACCOUNT}/cdrs", None, BAD_METHOD),
    ("PATCH", f"accounts/{ACCOUNT}/cdrs/202403-x", None, BAD_METHOD),
    ("OPTIONS", f"accounts/{ACCOUNT}/cdrs", None, BAD_METHOD),
    ("BREW", f"accounts/{ACCOUNT}/cdrs", None, BAD_METHOD),
    ("PUT", "token_auth", None, BAD_METHOD),
    ("GET", "api_auth", None, BAD_METHOD),
    ("GET", "user_auth", None, BAD_METHOD),
    ("GET", "accounts/abc/cdrs", None, bad_account("invalid account_id 'abc'")),
    ("GET", f"accounts/{ACCOUNT}0/cdrs", None, bad_account(f"invalid account_id '{ACCOUNT}0'")),
    ("GET", "accounts/cdrs", None, bad_account("missing account_id")),
    ("GET", f"accounts/{UNKNOWN}/cdrs", None, bad_identifier(UNKNOWN)),
    ("GET", f"accounts/{ACCOUNT.upper()}/cdrs", None, bad_identifier(ACCOUNT.upper())),
    ("GET", f"accounts/{RESELLER}/cdrs", None, (403, "forbidden", {"message": "forbidden"})),
    ("GET", f"accounts/{ACCOUNT}/users/{UNKNOWN}/cdrs", None, bad_identifier(UNKNOWN)),
    ("GET", f"accounts/{ACCOUNT}/users/2005/cdrs/interaction", None, bad_identifier("2005")),
    ("GET", f"accounts/{ACCOUNT}/cdrs", "", NO_CREDENTIALS),
    ("GET", f"accounts/{ACCOUNT}/cdrs", "garbage", NO_CREDENTIALS),
    ("GET", "account/cdrs", "", (401, "invalid credentials", {})),
    # The path before the account, the method before the account, the account before the token.
    ("POST", "accounts/abc/cdrs", "", BAD_METHOD),
    ("GET", "accounts/abc/cdrs/x/y", "", NOT_FOUND),
    ("GET", "accounts/abc/cdrs", "", bad_account("invalid account_id 'abc'")),
    ("GET", f"accounts/{UNKNOWN}/cdrs", "", bad_identifier(UNKNOWN)),
    ("GET", f"accounts/{ACCOUNT}/users/{UNKNOWN}/cdrs", "", NO_CREDENTIALS),
    ("GET", f"accounts/{ACCOUNT}/devices/{UNKNOWN}/cdrs", "", NO_CREDENTIALS),
]


@pytest.mark.parametrize(("method", "path", "token", "expected"), REFUSALS)
def test_refusals(small, method, path, token, expected):
    answer = small.ask(path, method, token)
    status, message, data = expected
    envelope = answer.json()
    assert (answer.status_code, envelope["message"], envelope["data"]) == (status, message, data)
    assert (envelope["status"], envelope["error"]) == ("error", str(status))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"] == envelope["request_id"]


PARAMETERS = [
    ("cdrs", {"page_size": "0"}, (404, "faulty_request", {"message": "page size must be at least 1"})),
    ("cdrs", {"page_size": "-1"}, (404, "faulty_request", {"message": "page size must be at least 1"})),
    ("cdrs", {"page_size": "abc"}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs", {"page_size": ""}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs/interaction", {"page_size": "1.5"}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs", {"chunk_size": "-1"}, (404, "faulty_request", {"message": "chunk size must be at least 1"})),
    ("cdrs", {"chunk_size": "51"}, (404, "faulty_request", {"message": "chunk size must be lower than 50"})),
    ("cdrs", {"utc_offset": "abc"}, (404, "utc_offset must be a number", {})),
    ("cdrs", {"utc_offset": ""}, (404, "utc_offset must be a number", {})),
    (f"users/{USER}/cdrs", {"utc_offset": "nine"}, (404, "utc_offset must be a number", {})),
    ("cdrs/interaction", {"utc_offset": "abc"}, (503, "datastore_fault", {"message": "datastore fatal error"})),
    ("cdrs", {"page_size": "1_0"}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs", {"page_size": "٣"}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs", {"page_size": " 2"}, (404, "faulty_request", {"message": "invalid page size"})),
    ("cdrs/summary", {"page_size": "0"}, (404, "faulty_request", {"message": "page size must be at least 1"})),
    *(
        ("cdrs", {"utc_offset": text}, (404, "utc_offset must be a number", {}))
        for text in ("1_0", "٣", " 5", "1.", ".5")
    ),
    ("cdrs", {"fields": "{"}, (404, "faulty_request", {"message": "invalid fields query string"})),
    ("cdrs/abc", {}, (404, "could not find cdr with supplied id", {})),
    ("cdrs/202403", {}, (404, "could not find cdr with supplied id", {})),
    ("cdrs/202403-", {}, bad_identifier("202403-")),
    ("cdrs/legs/202403-", {}, (404, "could not find legs for supplied id", {})),
    ("cdrs/legs/00000000000-x", {}, (503, "datastore missing view", {})),
    ("cdrs/202403-unknown", {}, bad_identifier("202403-unknown")),
    ("cdrs/202404-1709543700.1", {}, bad_identifier("202404-1709543700.1")),
    ("cdrs/202403-%2e%2e%2fetc", {}, bad_identifier("202403-../etc")),
    ("cdrs/legs/202403-unknown", {}, (404, "could not find legs for supplied id", {})),
    ("cdrs/legs/abc", {}, (404, "bad identifier", ["abc"])),
    ("cdrs/legs/63700000000-00000000", {}, (503, "datastore missing view", {})),
]


@pytest.mark.parametrize(("path", "params", "expected"), PARAMETERS)
def test_wrong_parameters(small, path, params, expected):
    answer = small.ask(f"{small.account}/{path}", params={**RANGE, **params})
    envelope = answer.json()
    assert (answer.status_code, envelope["message"], envelope["data"]) == expected


@pytest.mark.parametrize("path", ["cdrs", "cdrs/interaction", f"users/{USER}/cdrs", "cdrs/legs/queue", "cdrs/summary"])
@pytest.mark.parametrize(
    ("first", "last", "words", "cause"),
    [
        (63700000000, 63702682001, "created_to 63702682001 is more than 2682000 seconds from created_from 63700000000",
         63702682001),
        (63700000001, 63700000000, "created_to 63700000000 is prior to created_from 63700000001", 63700000001),
    ],
)  # fmt: skip
def test_a_range_too_wide_or_reversed(small, path, first, last, words, cause):
    if path == "cdrs/legs/queue":
        path = "cdrs/legs/202403-queue.1"
    answer = small.ask(f"{small.account}/{path}", params={"created_from": first, "created_to": last})
    envelope = answer.json()
    assert (answer.status_code, envelope["message"]) == (400, "validation error")
    assert envelope["data"] == {"created_from": {"date_range": {"message": words, "cause": cause}}}


def test_a_time_beyond_all_numbers(small):
    """It comes back whole, however long it is."""
    for far in (2**63, 2**64, 10**30):
        answer = small.ask(f"{small.account}/cdrs", params={"created_from": far, "created_to": 1})
        found = answer.json()["data"]["created_from"]["date_range"]
        assert (answer.status_code, found["cause"]) == (400, far)
    for listing in ("cdrs", "cdrs/interaction", f"users/{USER}/cdrs"):
        for digits in (20, 700):
            assert small.ask(f"{small.account}/{listing}", params={"created_to": "9" * digits}).json()["data"] == []
    summary = small.ask(f"{small.account}/cdrs/summary", params={"created_to": "9" * 30})
    assert summary.json()["data"] == {"inbound": {}, "outbound": {}}


def test_a_body_in_chunks_that_are_none(small):
    host, port = small.pbx.url.removeprefix("http://").split(":")
    head = f"PUT /v2/api_auth HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=9) as connection:
        connection.sendall(head.encode() + b"ZZ\r\n{}\r\n0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"the body cannot be read"' in answer


@pytest.mark.parametrize(
    "params",
    [
        {"created_from": 63700000000, "created_to": 63702682000},
        {"created_from": "abc", "created_to": "-5"},
        {"created_from": "0"},
        {"created_to": "1e10"},
        {"_": "1709543700000", "unknown": "x"},
    ],
)
def test_ranges_that_are_taken(small, params):
    assert small.ask(f"{small.account}/cdrs", params=params).json()["data"] == []


def test_without_a_range_the_last_31_days_and_an_hour_are_listed(worlds):
    client = Crossbar(worlds(OFFICE))
    pbx = client.pbx
    # The earliest legs ended 50 seconds past nine.
    for now, legs in ((NINE + 86_400, LEGS), (NINE + 50 + 2_682_000, LEGS), (NINE + 51 + 2_682_000, LEGS - 2)):
        pbx.advance(now - pbx.world.clock.now() + 0.5)
        client._token = ""
        for params in ({}, {"created_from": "abc", "created_to": "-5"}, {"created_from": "0", "created_to": "1e10"}):
            assert len(client.ask(f"{client.account}/cdrs", params=params).json()["data"]) == legs
    pbx.settings(kazoo_maximum_range="60")
    assert client.ask(f"{client.account}/cdrs").json()["data"] == []
    wide = {"created_from": 63700000000, "created_to": 63700000061}
    assert "more than 60 seconds" in client.ask(f"{client.account}/cdrs", params=wide).text


ENVELOPE = ["data", "status", "auth_token", "request_id", "node", "version", "timestamp", "tokens", "metadata"]


def test_the_envelope(small):
    answer = small.ask(f"{small.account}/cdrs/202403-1709543700.1")
    envelope = answer.json()
    assert set(envelope) == {*ENVELOPE, "revision"}
    assert envelope["auth_token"] == small.token
    assert re.fullmatch("[0-9a-f]{32}", envelope["request_id"])
    assert re.fullmatch("[A-Za-z0-9_-]{22}", envelope["node"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", envelope["timestamp"])
    assert envelope["tokens"]["consumed"] == 1
    assert isinstance(envelope["tokens"]["remaining"], int)
    assert answer.headers["Content-Type"] == "application/json"


def test_an_error_without_token_names_neither_version_nor_token(small):
    envelope = small.ask(f"{small.account}/cdrs", token="").json()
    assert not {"version", "auth_token"} & set(envelope)


def test_the_request_id_comes_back(small):
    answer = small.ask(f"{small.account}/cdrs", headers={"X-Request-ID": "mine-1"})
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("mine-1", "mine-1")
    answer = small.ask(f"{small.account}/cdrs", headers={"X-Request-ID": "für mich".encode()})
    assert answer.headers["x-request-id"].encode("latin-1").decode() == answer.json()["request_id"] == "für mich"


def test_the_account_alias(small):
    assert len(small.ask("account/cdrs", params=RANGE).json()["data"]) == LEGS
    assert len(small.ask("account/cdrs/", params=RANGE).json()["data"]) == LEGS


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//v2/{}/cdrs", 200),
        ("/v2/{}/cdrs/", 200),
        ("/v2//{}/cdrs", 404),
        ("/v2/{}//cdrs", 404),
        ("/v2/{}/cdrs//", 404),
    ],
)
def test_slashes(small, path, status):
    url = small.pbx.url + path.format(small.account)
    answer = requests.get(url, headers={"X-Auth-Token": small.token}, params=RANGE, timeout=9)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")


def test_the_former_version_is_gone(small):
    answer = requests.get(f"{small.pbx.url}/v1/{small.account}/cdrs", timeout=9)
    assert (answer.status_code, answer.json()["message"], answer.json()["error"]) == (410, "gone", "410")


def test_cors(small):
    preflight = {"Origin": "http://ui.example", "Access-Control-Request-Method": "GET"}
    answer = small.ask(f"{small.account}/cdrs", "OPTIONS", token="", headers=preflight)
    assert (answer.status_code, answer.content) == (200, b"")
    headers = answer.headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-methods"] == "GET, OPTIONS"
    assert {"content-type", "x-auth-token", "x-file-name", "if-match"} <= set(
        headers["access-control-allow-headers"].split(", ")
    )
    assert {"x-auth-token", "x-request-id"} <= set(headers["access-control-expose-headers"].split(", "))
    assert headers["access-control-max-age"] == "86400"
    listed = small.ask(f"{small.account}/cdrs", headers={"Origin": "http://ui.example"}, params=RANGE)
    assert listed.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in small.ask(f"{small.account}/cdrs", params=RANGE).headers


@pytest.mark.parametrize(("headers", "params"), [({"X-Pretty-Print": "true"}, {}), ({}, {"pretty_print": "true"})])
@pytest.mark.parametrize("path", ["cdrs/202403-1709543700.1", "cdrs"])
def test_pretty_print(small, path, headers, params):
    plain = small.ask(f"{small.account}/{path}", params=RANGE)
    pretty = small.ask(f"{small.account}/{path}", params={**RANGE, **params}, headers=headers)
    assert plain.text.count("\n") == 0
    assert pretty.text.count("\n") > 40
    assert pretty.json()["data"] == plain.json()["data"]


@pytest.mark.parametrize("path", ["cdrs/202403-1709543700.1", "cdrs", "cdrs/interaction"])
def test_jsonp(small, path):
    answer = small.ask(f"{small.account}/{path}", params={**RANGE, "jsonp": "take"})
    assert answer.headers["Content-Type"] == "application/javascript"
    assert (answer.text[:5], answer.text[-2:]) == ("take(", ");")
    assert json.loads(answer.text[5:-2])["status"] == "success"


def test_a_verb_in_a_post(small):
    listed = small.ask(f"{small.account}/cdrs", "POST", params={**RANGE, "verb": "get"})
    assert (listed.status_code, len(listed.json()["data"])) == (200, LEGS)
    body = {"data": {}, "verb": "GET", **RANGE}
    assert len(small.ask(f"{small.account}/cdrs", "POST", json=body).json()["data"]) == LEGS
    login = small.ask("api_auth", "POST", "", json={"data": {"api_key": API_KEY}, "verb": "PUT"})
    assert login.status_code == 201
    refused = small.ask(f"{small.account}/cdrs", "POST", params={"verb": "DELETE"})
    assert refused.status_code == 405


@pytest.mark.parametrize(
    ("accept", "status", "content_type"),
    [
        (None, 200, "application/json"),
        ("*/*", 200, "application/json"),
        ("application/json", 200, "application/json"),
        ("application/x-json", 200, "application/x-json"),
        ("text/csv", 200, "text/csv"),
        ("text/comma-separated-values", 200, "text/csv"),
        ("application/octet-stream", 200, "text/csv"),
        ("text/html", 406, None),
        ("image/png, text/html;q=0.3", 406, None),
    ],
)
@pytest.mark.parametrize("path", ["cdrs", "cdrs/interaction", "cdrs/202403-queue.1", "cdrs/legs/202403-queue.1"])
def test_accept(small, path, accept, status, content_type):
    answer = small.ask(f"{small.account}/{path}", params=RANGE, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers.get("Content-Type")) == (
        status,
        content_type or answer.headers.get("Content-Type"),
    )
    if status == 406:
        assert answer.content == b""
        assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        (f"accounts/{ACCOUNT}/cdrs", "", 401),
        (f"accounts/{RESELLER}/cdrs", None, 403),
        (f"accounts/{ACCOUNT}/users/{UNKNOWN}/cdrs", None, 406),
        (f"accounts/{ACCOUNT}/cdrs/abc", None, 406),
        (f"accounts/{ACCOUNT}/cdrs?page_size=0", None, 406),
    ],
)
def test_accept_is_looked_at_behind_who_asks_and_before_what(small, path, token, status):
    assert small.ask(path, token=token, headers={"Accept": "text/html"}).status_code == status


def test_csv_cannot_be_had_where_there_is_none(small):
    answer = small.ask("token_auth", params={"accept": "csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert small.ask("token_auth", headers={"Accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize(
    ("body", "status", "message", "data"),
    [
        (b"{", 400, "validation error", "json"),
        (b"[]", 400, "validation error", "json"),
        (b"\xff", 400, "validation error", "json"),
        (b"{}", 400, "invalid request envelope", "data"),
        (b'{"api_key": "x"}', 400, "invalid request envelope", "data"),
        (b'{"data": "x"}', 400, "invalid request envelope", "data"),
        (b'{"data": null}', 400, "invalid request envelope", "data"),
        (b'{"data": ' + b"[" * 300 + b"]" * 300 + b"}", 400, "validation error", "json"),
        (b'{"data": ' + b"[" * 5000, 400, "validation error", "json"),
    ],
)
def test_bodies_that_are_no_envelopes(small, body, status, message, data):
    answer = small.ask("api_auth", "PUT", "", data=body)
    envelope = answer.json()
    assert (answer.status_code, envelope["message"], list(envelope["data"])) == (status, message, [data])


def test_a_body_beyond_all_measure(small):
    body = b'{"data": "' + b"x" * 8_000_000 + b'"}'
    for data in (body, iter([body])):
        answer = small.ask("api_auth", "PUT", "", data=data)
        assert (answer.status_code, list(answer.json()["data"]["file"])) == (413, ["maxSize"])


def test_a_get_with_an_empty_object_as_body_is_a_get(small):
    assert len(small.ask(f"{small.account}/cdrs", params=RANGE, data=b"{}").json()["data"]) == LEGS


NAMES = ["created_from", "created_to", "page_size", "chunk_size", "start_key", "end_key", "utc_offset", "paginate",
         "ascending", "is_chunked", "fields", "filter_call_id", "filter_a.b", "filter_any_x", "has_key", "modified_to",
         "accept", "file_name", "auth_token", "authorization", "verb", "pretty_print", ""]  # fmt: skip
ODD = ["", "0", "-1", "1e400", "nan", "inf", "9" * 30, "9" * 700, "9" * 5000, "-" + "9" * 30, "1.5", "true", "null",
       "[]", "{}", "[" * 300, '"x"', "%00", "%ff", "%ed%a0%80", "\u202e", "g2wAAAACbgUAb0ZX1A5oAWpq", "g2wAAAAB", "a/b",
       "Basic x", "Bearer e30.e30.e30", "62167219200", "63866614400"]  # fmt: skip
SEGMENTS = ["v2", "accounts", "account", ACCOUNT, RESELLER, "users", USER, "cdrs", "interaction", "legs", "summary",
            "202403-queue.1", "00000000000-abc", "99999999999-abc", "000000-x", "999999-x", "token_auth", "user_auth",
            "api_auth", "", "...", "%2F", "%00", "%ff", "x" * 300]  # fmt: skip


LISTS = ["cdrs", "cdrs/interaction", f"users/{USER}/cdrs", "cdrs/summary", "cdrs/legs/202403-queue.1"]
BODIES = [b"", b"{}", b'{"data": {"verb": "GET"}}', b'{"data": [1]}', b"\xff", b'{"verb": 7, "data": {}}']


def test_whatever_is_asked_is_answered_as_the_table_says(small):
    """Paths, queries and bodies at random: never a fault, never anything but an envelope, CSV or nothing."""
    chance = random.Random(1)
    known = {(row.status, row.message) for row in ERRORS.values() if row.name != "fault"}
    for _ in range(600):
        path = "/".join(chance.choices(SEGMENTS, k=chance.randint(1, 7)))
        if chance.random() < 0.7:
            path = f"{small.account}/{chance.choice([*LISTS, path])}"
        query = "&".join(f"{chance.choice(NAMES)}={chance.choice(ODD)}" for _ in range(chance.randint(0, 4)))
        method = chance.choice(["GET"] * 6 + ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
        body = chance.choice(BODIES)
        answer = small.ask(f"{path}?{query}", method, chance.choice([None, None, None, "", "x"]), data=body)
        if answer.status_code >= 400:
            message = answer.json()["message"] if answer.content else ""
            assert (answer.status_code, message) in known, (method, path, query, answer.text)
        small._token = "" if method == "DELETE" else small._token
    assert not [line for line in small.pbx.lines if "Traceback" in line or "fault of the emulator" in line]


VERSIONS = {
    "4.3": {"envelope": {"metadata", "tokens"}, "datetime": "2024-03-04 09:15:00"},
    "master": {"envelope": {"metadata"}, "datetime": "2024-03-04_09:15:00"},
    "5": {"envelope": set(), "datetime": "2024-03-04 09:15:00"},
}


def test_versions(serve):
    client = Crossbar(serve(OFFICE))
    for version in VERSIONS:
        client.pbx.settings(kazoo_version=version)
        check_version(client, version)


def check_version(client, version):
    expected = VERSIONS[version]
    document = client.ask(f"{client.account}/cdrs/202403-1709543700.1").json()
    assert {*ENVELOPE} - set(document) == expected["envelope"]
    rows = client.get("cdrs", paginate="false")["data"]
    assert rows[-1]["datetime"] == expected["datetime"]
    assert ("disposition" in rows[0], "unix_timestamp_micro" in rows[0]) == (version == "4.3", version != "4.3")
    interactions = client.get("cdrs/interaction", paginate="false")["data"]
    assert ("inception_direction" in interactions[0]) == (version == "4.3")
    listed = client.get("cdrs")
    assert listed["page_size"] == (LEGS if version == "5" else str(LEGS))
    ascending = client.get("cdrs", descending="false", paginate="false")["data"]
    assert (ascending == rows) == (version != "5")
    assert ascending in (rows, rows[::-1])
    assert client.get("cdrs", ascending="true", paginate="false")["data"] == rows[::-1]
    refused = client.ask(f"{client.account}/cdrs", token="").json()
    assert refused.get("auth_token") == ("undefined" if version == "4.3" else None)
    assert ("version" in refused) == (version == "4.3")
    former = requests.get(
        f"{client.pbx.url}/v1/{client.account}/cdrs", headers={"X-Auth-Token": client.token}, timeout=9
    )
    assert former.status_code == (200 if version == "4.3" else 410)
    lost = CALLS - sum(map(len, client.pages("cdrs/interaction", page_size=2)))
    assert (lost > 0) == (version != "5")
    lost = len(client.get(f"users/{USER}/cdrs/interaction")["data"]) - sum(
        map(len, client.pages(f"users/{USER}/cdrs/interaction", page_size=1))
    )
    assert (lost > 0) == (version == "4.3")
    # The queue's call began in the range and ended after it.
    narrow = {"created_from": NINE + EPOCH, "created_to": NINE + 310 + EPOCH}
    begun = {row["call_id"] for row in client.get("cdrs/interaction", **narrow)["data"]}
    assert ("queue.1" in begun) == (version == "5")
