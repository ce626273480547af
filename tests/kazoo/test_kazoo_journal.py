"""What the journal tells of requests to the second dialect, and how it says that their parameters were read."""

from __future__ import annotations

import hashlib
import json
import socket
from base64 import b64encode

import postgres
import pytest
import requests
from conftest import start_server, wait_until
from crossbar import ACCOUNT, API_KEY, CALLS, EPOCH, LEGS, NINE, OFFICE, RANGE, Asking, Crossbar, stable_id

from app.journal import path_in
from app.journal.entries import Entry
from app.journal.recording import REQUEST_ID_HEADER
from app.kazoo.endpoints import ENDPOINTS
from app.kazoo.understanding import read_by, understood
from app.settings import Settings

CDRS = f"accounts/{ACCOUNT}/cdrs"
USER = stable_id("user", "2000")


@pytest.fixture(scope="module")
def asking(small):
    return Asking(small)


@pytest.fixture(scope="module")
def mine(tmp_path_factory, filled_with):
    """A client of a server that this module may change."""
    instance = tmp_path_factory.mktemp("mine") / "instance"
    postgres.copy(filled_with(OFFICE), instance)
    pbx = start_server(instance, PBX_SEED="empty")
    yield Asking(Crossbar(pbx))
    assert pbx.stop() == 0


READ_BY = {"kazoo_version": "5", "kazoo_maximum_range": 2_682_000, "kazoo_full_docs": False}
KNOWN = {"client": ACCOUNT, "errmsg": ""}

# path, parameters, what the entry says
TOLD = [
    (CDRS, RANGE, {
        **KNOWN, "status": 200, "route": "cdrs", "rows": LEGS, "total": None, "settings": READ_BY, "owner": "",
        "query": [["created_from", str(RANGE["created_from"])], ["created_to", str(RANGE["created_to"])]],
        "path": f"/v2/{CDRS}", "body": None, "notes": [], "cut": False, "world": "default", "address": "127.0.0.1",
    }),
    (CDRS, {**RANGE, "page_size": 3}, {**KNOWN, "rows": 3}),
    (CDRS, {**RANGE, "is_chunked": "false", "page_size": 4}, {**KNOWN, "rows": 4}),
    (CDRS, {**RANGE, "filter_call_direction": "nowhere"}, {**KNOWN, "rows": 0}),
    (f"{CDRS}?page_size", {}, {"query": [["page_size", "true"]], "status": 404, "errmsg": "faulty_request"}),
    (f"{CDRS}/interaction", RANGE, {**KNOWN, "route": "cdrs/interaction", "rows": CALLS}),
    (f"{CDRS}/summary", RANGE, {**KNOWN, "route": "cdrs/summary", "rows": None}),
    (f"accounts/{ACCOUNT}/users/{USER}/cdrs", RANGE, {**KNOWN, "route": "cdrs"}),
    (f"{CDRS}/202403-nothing", {}, {
        "status": 404, "errmsg": "bad_identifier", "route": "cdrs/{cdr_id}", "client": ACCOUNT, "rows": None,
    }),
    ("accounts/short/cdrs", {}, {"status": 404, "errmsg": "bad identifier", "route": "cdrs"}),
    (f"accounts/{'0' * 32}/cdrs", {}, {"status": 404, "errmsg": "bad_identifier", "route": "cdrs"}),
    ("nothing", {}, {"status": 404, "errmsg": "not_found", "route": None, "client": ACCOUNT}),
    ("", {}, {"status": 404, "route": None, "path": "/v2/"}),
    (CDRS, {**RANGE, "filter_colour": "red"}, {
        "notes": ["no document has a field colour: filters look at the document, not at the rows of a list"],
    }),
    (CDRS, {**RANGE, "start_key": "g2w"}, {
        "rows": 0, "notes": ["nothing is listed: 'g2w' is no paging key: it is cut short"],
    }),
    ("token_auth", {}, {**KNOWN, "route": "token_auth", "rows": None}),
    ("account/cdrs", RANGE, {**KNOWN, "route": "cdrs", "rows": LEGS}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "params", "told"), TOLD, ids=[f"{case[0][-30:]} {str(case[1])[:30]}" for case in TOLD]
)
def test_what_is_told(asking, path, params, told):
    answer, entry = asking.ask(path, params=params)
    assert {name: getattr(entry, name) for name in told} == told
    assert entry.size in (None, len(answer.content))
    assert abs(entry.at - asking.crossbar.pbx.world.clock.now()) < 5
    assert 0 < entry.duration < 9_000_000


@pytest.mark.parametrize(
    ("method", "path", "headers", "told"),
    [
        ("GET", CDRS, {"X-Auth-Token": "no"}, {"status": 401, "errmsg": "invalid_credentials", "client": ""}),
        ("BREW", CDRS, {}, {"status": 405, "errmsg": "invalid_method", "route": "cdrs"}),
        ("DELETE", f"{CDRS}/interaction", {}, {"status": 405, "errmsg": "invalid_method", "route": "cdrs/interaction"}),
        ("GET", CDRS, {"Accept": "image/png"}, {"status": 406, "errmsg": "", "route": "cdrs"}),
        ("OPTIONS", CDRS, {"Origin": "http://x"}, {"status": 200, "route": "cdrs"}),
        ("GET", CDRS, {"Accept": "text/csv"}, {"status": 200, "route": "cdrs", "rows": LEGS}),
        ("GET", f"{CDRS}/interaction", {"Accept": "text/csv"}, {"status": 200, "rows": CALLS}),
    ],
)
def test_what_else_is_told(asking, method, path, headers, told):
    _, entry = asking.ask(path, method, headers=headers, params=RANGE)
    assert {name: getattr(entry, name) for name in told} == told


def test_a_token_that_has_died_is_told_with_the_interface(mine):
    _ = mine.crossbar.token
    mine.crossbar.pbx.advance(3601)
    told = [mine.ask(path)[1] for path in (CDRS, "account/cdrs")]
    mine.crossbar.pbx.advance(-3601)
    for entry in told:
        assert (entry.status, entry.errmsg, entry.route) == (401, "invalid credentials", "cdrs")
        assert entry.notes[0].startswith("the auth token has expired")


MD5 = hashlib.md5(b"2000:secret").hexdigest()


@pytest.mark.parametrize(
    ("path", "data", "told"),
    [
        ("api_auth", {"api_key": API_KEY}, {"status": 201, "client": ACCOUNT, "body": {"data": {"api_key": "***"}}}),
        ("api_auth", {"api_key": "x" * 64}, {"status": 404, "client": "", "body": {"data": {"api_key": "***"}}}),
        ("api_auth", {}, {"status": 400, "errmsg": "validation error", "body": {"data": {}}}),
        ("user_auth", {"credentials": MD5, "account_name": "demo"}, {
            "status": 401, "body": {"data": {"credentials": "***", "account_name": "demo"}},
        }),
    ],
)  # fmt: skip
def test_logins(asking, path, data, told):
    _, entry = asking.ask(path, "PUT", token="", json={"data": data})
    assert {name: getattr(entry, name) for name in told} == told
    assert entry.route == path


def test_a_body_that_is_no_json(asking):
    _, entry = asking.ask("api_auth", "PUT", token="", data=f'{{"data": {{"api_key": "{API_KEY}"')
    assert (entry.status, entry.errmsg, entry.body, entry.route) == (400, "validation error", None, "api_auth")


def test_version_1(asking):
    head = asking.journal.head
    requests.get(f"{asking.crossbar.pbx.url}/v1/{CDRS}", timeout=9)
    (entry,) = asking.journal.read(after=head)
    assert (entry.status, entry.errmsg, entry.route) == (410, "gone", "cdrs")


def test_a_fault_of_the_emulator(mine):
    _, world = mine.crossbar.token, mine.crossbar.pbx.world
    with world.write() as connection:
        connection.execute("ALTER TABLE cdr RENAME TO lost")
    _, entry = mine.ask(CDRS, params={"page_size": "1"})
    with world.write() as connection:
        connection.execute("ALTER TABLE lost RENAME TO cdr")
    assert entry.status >= 500
    assert (entry.errmsg, entry.route, entry.client) == ("datastore_fault", "cdrs", ACCOUNT)


def test_a_stream_is_told_of_when_it_has_ended_or_was_cut(demo):
    asking = Asking(demo)
    answer, entry = asking.ask(CDRS, params={"paginate": "false"})
    assert entry.rows == len(answer.json()["data"]) > 3000
    assert (entry.size, entry.notes) == (None, [])
    head = asking.journal.head
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(demo.pbx.url.rpartition(":")[2])))
        line = f"GET /v2/{CDRS}?paginate=false&auth_token={demo.token} HTTP/1.1\r\n"
        client.sendall(f"{line}Host: x\r\nUser-Agent: x\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    (cut,) = wait_until(lambda: asking.journal.read(after=head))
    assert 0 < cut.rows < entry.rows
    assert cut.notes == [f"the answer was cut off when {cut.rows} rows had been written"]
    assert cut.query == [["paginate", "false"], ["auth_token", "***"]]


def test_the_header_can_be_switched_off(mine):
    pbx, head = mine.crossbar.pbx, mine.journal.head
    pbx.settings(request_id_header=False)
    answer = requests.get(f"{pbx.url}/v2/nothing", headers={"X-Request-ID": "mine"}, timeout=9)
    pbx.settings(request_id_header=True)
    assert REQUEST_ID_HEADER not in answer.headers
    assert answer.headers["x-request-id"] == "mine"
    assert mine.journal.count(after=head, dialect="kazoo", status=404) == 1


def test_no_secret_is_in_the_files(mine):
    pbx, head = mine.crossbar.pbx, mine.journal.head
    token, url = Crossbar(pbx).token, f"{pbx.url}/v2"
    basic = b64encode(f"{ACCOUNT}:{MD5}".encode()).decode()
    for address in (
        f"{CDRS}", f"{CDRS}?auth_token={token}", f"{CDRS}?auth%5Ftoken={token}", f"user_auth/{token}",
        f"{CDRS}/{token}",
        f"{CDRS}?filter_x={token}", f"{token}", f"{CDRS}?api_key={API_KEY}&credentials={MD5}", f"{CDRS}?x={API_KEY}",
        f"{CDRS}?authorization=Basic%20{basic}", f"{CDRS}?start_key={token}", f"{CDRS}?{token}",
    ):  # fmt: skip
        for headers in (
            {}, {"X-Auth-Token": token}, {"Authorization": f"Bearer {token}"}, {"Authorization": f"Basic {basic}"},
        ):  # fmt: skip
            requests.get(f"{url}/{address}", headers=headers, timeout=9)
    for data in (
        {"api_key": API_KEY}, {"credentials": MD5, "account_name": "demo"}, {"credentials": [MD5]},
        {"API_KEY": API_KEY}, {"x": API_KEY}, [token], {"auth_token": token},
    ):  # fmt: skip
        for path in ("api_auth", "user_auth"):
            body = {"data": data, "auth_token": token, "password": MD5}
            requests.put(f"{url}/{path}", data=json.dumps(body), timeout=9)
            requests.put(f"{url}/{path}", data=json.dumps(body)[:-1], timeout=9)
    requests.delete(f"{url}/token_auth", headers={"X-Auth-Token": token}, timeout=9)
    assert mine.journal.count(after=head) == 1 + 12 * 4 + 7 * 4 + 1
    told = b"".join(path.read_bytes() for path in path_in(pbx.instance).iterdir()).split(b"\xffPBX")
    for word in (token, basic, MD5, API_KEY, token.rpartition(".")[2]):
        assert [entry for entry in told if word.encode() in entry] == []


def test_routes():
    assert {row.route for row in ENDPOINTS} == {
        "api_auth", "user_auth", "user_auth/{auth_token}", "token_auth", "cdrs", "cdrs/interaction", "cdrs/summary",
        "cdrs/legs/{interaction_id}", "cdrs/{cdr_id}",
    }  # fmt: skip


DEFAULTS = Settings()


def read(*pairs, route="cdrs", settings=DEFAULTS, at=NINE, body=None):
    """How the parameters were read, by name."""
    entry = Entry(
        "kazoo",
        "default",
        "GET",
        "/",
        "",
        "",
        route=route,
        query=list(pairs),
        settings=read_by(settings),
        at=at,
        body=body,
    )
    return {reading.parameter: reading for reading in understood(entry)}


@pytest.mark.parametrize(
    ("pairs", "name", "value", "why"),
    [
        ((), "created_to", "2024-03-04T09:15:00Z", "the PBX's time"),
        ((), "created_from", "2024-02-02T08:15:00Z", "2,682,000 seconds before created_to"),
        ((("created_to", str(NINE - 60 + EPOCH)),), "created_to", "2024-03-04T09:14:00Z", "Gregorian"),
        ((("created_from", str(NINE - 60 + EPOCH)),), "created_from", "2024-03-04T09:14:00Z", "Gregorian"),
        ((("created_to", "now"),), "created_to", "2024-03-04T09:15:00Z", "no number of seconds above 0, so it is the"),
        ((("created_from", "12"),), "created_from", None, "refused: created_to"),
        ((), "page_size", 50, ""),
        ((("page_size", "7"),), "page_size", 7, ""),
        ((("page_size", "0"),), "page_size", None, "refused: page size must be at least 1"),
        ((("page_size", "x"),), "page_size", None, "refused: invalid page size"),
        ((("chunk_size", "99"),), "chunk_size", None, "refused: chunk size must be"),
        ((("fields", "{"),), "fields", None, "refused: invalid fields"),
        ((("fields", '["a","b.c"]'),), "fields", ["a", "b.c"], "parts of document and row"),
        ((("paginate", "false"),), "paginate", False, "all at once"),
        ((), "descending", True, "the newest first"),
        ((("ascending", "true"),), "descending", False, "the oldest first; ascending=true"),
        ((("descending", "false"),), "descending", False, "the oldest first"),
        ((("start_key", "g2wAAAABYQFq"),), "start_key", [1], "the place in the list"),
        ((("start_key", "x"),), "start_key", None, "no paging key, so nothing is listed"),
        ((("bookmark", "g2wAAAABYQFq"),), "bookmark", [1], "the place in the list"),
        ((("utc_offset", "3600"),), "utc_offset", 3600, "shifted by"),
        ((("filter_call_direction", "inbound"),), "filter_call_direction", ["inbound"], "call_direction is one of"),
        ((("filter_not_x.y", '["a","b"]'),), "filter_not_x.y", ['["a","b"]', "a", "b"], "x.y is none of; no document"),
        ((("has_key", "owner_id"),), "has_key", None, "owner_id is there"),
        ((("colour", "red"),), "colour", None, "nothing in the list depends on it"),
        ((("filter_x", "v" * 500 + "… (501 characters)"),), "filter_x", None, "too long"),
    ],
)
def test_how_a_parameter_was_read(pairs, name, value, why):
    reading = read(*pairs)[name]
    assert reading.value == value
    assert why in reading.why
    assert reading.given == dict(pairs).get(name)


def test_how_a_range_is_read_is_a_setting():
    day = Settings(kazoo_maximum_range=86_400)
    assert read(settings=day)["created_from"].value == "2024-03-03T09:15:00Z"
    assert read(route="cdrs/summary", settings=day).keys() == {"created_from", "created_to"}
    assert read(body={"data": {"page_size": 3}})["page_size"].value == 3


def test_other_requests_have_no_readings():
    assert read(("page_size", "1"), route="cdrs/{cdr_id}") == read(route="api_auth") == read(route=None) == {}


def test_an_entry_of_the_journal_is_understood(asking):
    _, entry = asking.ask(
        CDRS, params={**RANGE, "filter_call_direction": "inbound", "auth_token": asking.crossbar.token}
    )
    told = {reading.parameter: reading.value for reading in understood(entry)}
    assert (told["created_from"], told["created_to"]) == ("2024-03-03T09:15:00Z", "2024-03-05T09:15:00Z")
    assert told["filter_call_direction"] == ["inbound"]
    assert "auth_token" not in told
