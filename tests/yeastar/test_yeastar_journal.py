"""What the journal tells of requests to the first dialect, and how it says that their parameters were read."""

from __future__ import annotations

import json
import socket
from urllib.parse import quote, urlencode

import pytest
import requests
from conftest import CLIENT, only, start_server, wait_until, workers
from office import SMALL_OFFICE

from app.journal import Journal, path_in
from app.journal.entries import Entry
from app.journal.recording import REQUEST_ID_HEADER
from app.settings import Settings
from app.yeastar.understanding import read_by, understood

ID = CLIENT["username"]


class Asking:
    """A client of a server, who looks into the server's journal."""

    def __init__(self, pbx):
        self.pbx = pbx
        self.journal = Journal(path_in(pbx.instance))

    def ask(self, method, path, token=None, body=None, **params):
        """The answer, and the one entry that tells of it."""
        head = self.journal.head
        query = {**({} if token is None else {"access_token": token}), **params}
        url = f"{self.pbx.url}{path}" if path.startswith("/") else f"{self.pbx.api}/{path}"
        data = body if isinstance(body, (str, bytes)) else None if body is None else json.dumps(body)
        answer = requests.request(method, url, params=query, data=data, timeout=9)
        (entry,) = self.journal.read(after=head)
        assert entry.request_id == answer.headers[REQUEST_ID_HEADER]
        return answer, entry


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journaled")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SMALL_OFFICE))
    pbx = start_server(folder / "pbx", PBX_SEED=str(seed), PBX_MAX_TOKENS="0", PBX_MAX_FAILED_LOGINS="0")
    yield Asking(pbx)
    assert pbx.stop() == 0


OK = {"errcode": 0, "errmsg": "SUCCESS", "status": 200, "client": ID}
READ_BY = {
    "timezone": "Asia/Shanghai", "date_format": "MM/DD/YYYY", "time_format": "24",
    "accept_iso_times": True, "enb_fuzzy_search": 0, "enb_new_cdr_fuzzy_search": 0,
    "firmware": "37.7+", "upgraded_at": 0,
}  # fmt: skip

# method, path, parameters, body, what the entry says
TOLD = [
    ("GET", "cdr/search", {"call_from": "2005"}, None, {
        **OK, "route": "cdr/search", "rows": 1, "total": 1, "dialect": "yeastar", "world": "default", "method": "GET",
        "path": "/openapi/v1.0/cdr/search", "address": "127.0.0.1", "settings": READ_BY, "body": None, "notes": [],
        "query": [["access_token", "***"], ["call_from", "2005"]], "cut": False, "owner": "",
    }),
    ("GET", "cdr/search", {"call_from": "nobody"}, None, {**OK, "rows": 0, "total": 0}),
    ("GET", "cdr/search", {"page": "2", "page_size": "3"}, None, {**OK, "rows": 3, "total": 8}),
    ("GET", "cdr/list", {"page_size": "5"}, None, {**OK, "route": "cdr/list", "rows": 5, "total": 8}),
    ("GET", "cdr/search", {"colour": "red"}, None, {
        **OK, "rows": 8, "notes": ["unknown to this interface, and passed over: colour"],
    }),
    ("GET", "cdr/search", {"call_from": [" 2005", "1"]}, None, {
        **OK, "rows": 0, "query": [["access_token", "***"], ["call_from", " 2005"], ["call_from", "1"]],
        "notes": ["call_from: ' 2005' begins with a blank; a + in a URL is a blank, write it as %2B"],
    }),
    ("GET", "cdr/search", {"status": "NOPE"}, None, {
        "errcode": 40002, "errmsg": "PARAMETER ERROR", "route": "cdr/search", "client": ID, "rows": None, "total": None,
    }),
    ("GET", "cdr/search", {"call_from": "x" * 2000}, None, {**OK, "cut": True}),
    ("GET", "system/information", {}, None, {**OK, "route": "system/information", "rows": None, "total": None}),
    ("POST", "cdr/updateoption", {}, {"enb_fuzzy_search": 0}, {
        **OK, "route": "cdr/updateoption", "method": "POST", "body": {"enb_fuzzy_search": 0},
    }),
    ("GET", "cdr/nothing", {}, None, {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED", "route": None}),
    ("POST", "cdr/search", {}, None, {"errcode": 10001, "route": None, "method": "POST"}),
    ("GET", "/openapi/v2.0/cdr/find", {}, None, {"errcode": 10001, "path": "/openapi/v2.0/cdr/find"}),
    ("GET", "/openapi/", {}, None, {"errcode": 10001, "route": None}),
    ("GET", "/api/download/none.csv", {}, None, {"errcode": 60001, "route": "api/download", "client": ID}),
    ("POST", "/api/download/none.csv", {}, None, {"errcode": 10001, "route": None}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "params", "body", "told"), TOLD, ids=[f"{case[1]} {str(case[2])[:30]}" for case in TOLD]
)
def test_what_is_told(asking, method, path, params, body, told):
    answer, entry = asking.ask(method, path, asking.pbx.token, body, **params)
    assert {name: getattr(entry, name) for name in told} == told
    assert entry.size == len(answer.content)
    assert entry.errcode == answer.json()["errcode"]
    assert abs(entry.at - asking.pbx.world.clock.now()) < 5
    assert 0 < entry.duration < 9_000_000


def test_refused_tokens(asking):
    for token, note in ((None, "no access token was sent"), ("", "no access"), ("unknown", "is unknown: it has 7")):
        _, entry = asking.ask("GET", "cdr/search", token, call_from="2005")
        assert (entry.errcode, entry.route, entry.client) == (10004, "cdr/search", "")
        assert [note in told for told in entry.notes] == [True]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (CLIENT, {"errcode": 0, "client": ID, "body": {**CLIENT, "password": "***"}}),
        ({**CLIENT, "password": "wrong"}, {"errcode": -1, "client": ID, "body": {**CLIENT, "password": "***"}}),
        ({"username": "me", "password": ""}, {"errcode": 40002, "body": {"username": "me", "password": ""}}),
        ({"username": "me", "password": "x"}, {"errcode": -1, "client": "me"}),
        ({"username": ID}, {"errcode": 40002, "client": "", "body": {"username": ID}}),
        ("", {"errcode": 40002, "body": None}),
        ("[1]", {"errcode": 40002, "body": None}),
        ("username=me&password=secret", {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR", "body": None}),
    ],
)
def test_logins(asking, body, told):
    _, entry = asking.ask("POST", "get_token", body=body)
    assert {name: getattr(entry, name) for name in told} == told
    assert (entry.route, entry.query) == ("get_token", [])


def test_a_refresh_tells_whose_it_was(asking):
    pair = asking.pbx.login()
    _, entry = asking.ask("POST", "refresh_token", body={"refresh_token": pair["refresh_token"]})
    assert (entry.errcode, entry.client, entry.body) == (0, ID, {"refresh_token": "***"})
    _, entry = asking.ask("POST", "refresh_token", body={"refresh_token": pair["refresh_token"]})
    assert (entry.errcode, entry.client) == (10004, "")
    assert entry.notes[0].startswith("the refresh token was replaced by refresh_token ")


def test_downloads(asking):
    token = asking.pbx.token
    answer, entry = asking.ask("GET", "cdr/download", token, call_from="2005")
    assert (entry.route, entry.errcode) == ("cdr/download", 0)
    answer, entry = asking.ask("GET", answer.json()["download_resource_url"], token)
    assert (entry.route, entry.errcode, entry.rows, entry.total) == ("api/download", 0, 1, 1)
    assert answer.text.count("\n") == 2


def test_a_request_of_another_network(asking):
    asking.pbx.settings(allowed_networks="10.0.0.0/8")
    _, entry = asking.ask("GET", "cdr/search", "token")
    asking.pbx.settings(allowed_networks="")
    assert (entry.errcode, entry.route) == (70087, "cdr/search")
    assert entry.notes == ["127.0.0.1 is in none of the allowed networks"]


def test_a_fault_of_the_emulator(asking):
    token = asking.pbx.token
    with asking.pbx.world.write() as connection:
        connection.execute("ALTER TABLE cdr RENAME TO lost")
    _, entry = asking.ask("GET", "cdr/search", token, call_from="2005")
    with asking.pbx.world.write() as connection:
        connection.execute("ALTER TABLE lost RENAME TO cdr")
    assert (entry.errcode, entry.errmsg, entry.route, entry.client) == (-2, "INTERNAL SERVER ERROR", "cdr/search", ID)
    assert entry.query == [["access_token", "***"], ["call_from", "2005"]]


def test_the_time_is_the_pbx_s(asking):
    world = asking.pbx.world
    real = world.clock
    world.set_clock(real.set(1_709_543_700.0).run(0))
    now = world.clock.now()
    _, entry = asking.ask("GET", "cdr/nothing")
    world.set_clock(real)
    assert entry.at == now
    assert asking.journal.count(since=now, until=now) == 1
    assert asking.journal.count(until=now - 1) == 0


def test_the_header_can_be_switched_off(asking):
    asking.pbx.settings(request_id_header=False)
    head = asking.journal.head
    answer = requests.get(f"{asking.pbx.api}/cdr/nothing", timeout=9)
    asking.pbx.settings(request_id_header=True)
    assert REQUEST_ID_HEADER not in answer.headers
    assert asking.journal.count(after=head) == 1
    answer = requests.get(f"{asking.pbx.api}/cdr/nothing", timeout=9)
    assert len(answer.headers[REQUEST_ID_HEADER]) == 16


def test_it_outlasts_servers_and_can_be_switched_off(serve):
    pbx = serve()
    journal = Journal(path_in(pbx.instance))
    for switched, count in (("on", 1), ("off", 1), ("on", 2)):
        pbx.stop()
        pbx = start_server(pbx.instance, PBX_SEED="empty", PBX_JOURNAL=switched)
        answer = requests.get(f"{pbx.api}/cdr/nothing", timeout=9)
        assert answer.json()["errcode"] == 10001
        assert (REQUEST_ID_HEADER in answer.headers) == (switched == "on")
        assert journal.count() == count
    pbx.stop()
    assert journal.last().request_id == answer.headers[REQUEST_ID_HEADER]


def test_a_journal_that_cannot_be_kept_costs_no_answer(tmp_path):
    path_in(tmp_path).write_text("in the way")
    pbx = start_server(tmp_path, PBX_SEED="empty")
    assert requests.get(f"{pbx.api}/cdr/nothing", timeout=9).json()["errcode"] == 10001
    pbx.stop()
    assert "Requests are not journaled" in "".join(pbx.lines)


def test_our_own_paths_are_not_told_of(asking):
    head = asking.journal.head
    assert requests.get(f"{asking.pbx.url}/favicon.ico", timeout=9).status_code == 404
    assert asking.journal.head == head


def test_a_stream_is_told_of_when_it_has_ended(seeded):
    asking = Asking(seeded)
    answer, entry = asking.ask("GET", "cdr/search", seeded.token)
    total = answer.json()["total_number"]
    assert (entry.rows, entry.total, entry.size, entry.notes) == (total, total, None, [])
    assert total > 5000


def test_a_stream_that_is_cut_tells_so(seeded):
    journal = Journal(path_in(seeded.instance))
    head = journal.head
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(seeded.url.rpartition(":")[2])))
        query = urlencode({"access_token": seeded.token})
        head_line = f"GET /openapi/v1.0/cdr/search?{query} HTTP/1.1\r\n"
        client.sendall(f"{head_line}Host: x\r\nUser-Agent: x\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    (entry,) = wait_until(lambda: journal.read(after=head))
    assert 0 < entry.rows < entry.total
    assert entry.notes == [f"the answer was cut off when {entry.rows} rows had been written"]


def test_all_workers_write_one_journal(asking):
    entries = []
    for worker in workers(asking.pbx):
        with only(asking.pbx, worker):
            entries += [asking.ask("GET", "cdr/search", asking.pbx.token, page_size=n)[1] for n in range(1, 4)]
    assert len(entries) == 6
    numbers = [entry.id for entry in entries]
    assert numbers == sorted(set(numbers))
    assert [entry.rows for entry in entries] == [1, 2, 3, 1, 2, 3]


def test_no_secret_is_in_the_files(asking):
    pbx, head = asking.pbx, asking.journal.head
    pair, password = pbx.login(), "Wrong0Password1Of2Somebody"
    token, refresh, secret = pair["access_token"], pair["refresh_token"], CLIENT["password"]
    url, encoded = f"{pbx.api}/cdr/search", "".join(f"%{ord(letter):02X}" for letter in "access_token")
    named = (
        f"{url}?access_token={token}", f"{url}?{encoded}={token}", f"{url}?access%5Ftoken%3D{token}",
        f"{url}&access_token={token}", f"{url}?token={token}&call_to={secret}&password={password}",
        f"{url}?access_token={token}%26call_from=2005", f"{pbx.url}/api/download/{token}.csv?access_token={token}",
        f"{url}?call_from={quote(secret + ' ' + secret)}",
    )  # fmt: skip
    elsewhere = (f"{url}/{token}", f"{url}?call_from={token}", f"{url}?{token}", f"{url}?call_from=2005%20{token}")
    for address in (*named, *elsewhere):
        for headers in ({}, {"Authorization": token}, {"Authorization": f"Bearer {token}"}):
            if headers or address in named:
                requests.get(address, headers=headers, timeout=9)
    bodies = (
        CLIENT, {**CLIENT, "password": password}, {"username": secret, "password": ID}, {"username": ID, "x": secret},
        {"username": ID, "password": [secret]}, {"refresh_token": refresh}, {"client_secret": secret},
        f'{{"username": "{ID}", "password": "{secret}"', f"username={ID}&password={secret}", [secret], secret,
    )  # fmt: skip
    for body in bodies:
        for path in ("get_token", "refresh_token", f"cdr/updateoption?access_token={token}"):
            pbx.post(path, body)
    requests.get(f"{pbx.api}/del_token", params={"access_token": token}, timeout=9)
    assert asking.journal.count(after=head) == 1 + 3 * len(named) + 2 * len(elsewhere) + 3 * len(bodies) + 1
    kept = b"".join(path.read_bytes() for path in path_in(pbx.instance).iterdir())
    told = kept.split(b"\xffPBX")
    for word in (token, refresh, secret, password):
        assert [entry for entry in told if word.encode() in entry] == []


DEFAULTS = Settings()


def read(route="cdr/search", settings=DEFAULTS, **params):
    """How the parameters were read, by name."""
    pairs = [
        (name, value) for name, values in params.items() for value in ([values] if isinstance(values, str) else values)
    ]
    entry = Entry("yeastar", "default", "GET", "/", "", "", route=route, query=pairs, settings=read_by(settings))
    readings = understood(entry)
    assert len({reading.parameter for reading in readings}) == len(readings)
    return {reading.parameter: reading for reading in readings}


PARIS = Settings(timezone="Europe/Paris", date_format="DD/MM/YYYY", time_format="12")


@pytest.mark.parametrize(
    ("settings", "given", "value", "why"),
    [
        (Settings(), "03/04/2026 10:00:00", "2026-03-04T10:00:00+08:00", "MM/DD/YYYY HH:mm:ss"),
        (PARIS, "03/04/2026 10:00:00 PM", "2026-04-03T22:00:00+02:00", "DD/MM/YYYY hh:mm:ss AM"),
        (PARIS, "2026-04-03T10:00:00Z", "2026-04-03T12:00:00+02:00", "ISO 8601"),
        (PARIS, "1709543700", "2024-03-04T10:15:00+01:00", "Unix seconds"),
        (PARIS, "03/04/2026 10:00:00", None, "has no"),
        (PARIS, "", None, "is empty"),
        (Settings(accept_iso_times=False), "1709543700", None, "not accepted here"),
        (Settings(), "13/04/2026 10:00:00", None, "looks like DD/MM/YYYY"),
    ],
)
def test_how_a_time_was_read(settings, given, value, why):
    reading = read(settings=settings, start_time=given)["start_time"]
    assert (reading.given, reading.value) == (given, value)
    assert why in reading.why or value is None


@pytest.mark.parametrize(
    ("params", "name", "value", "why"),
    [
        ({"call_from": "2005"}, "call_from", "2005", "numbers that are exactly this"),
        ({"call_from": "2005", "enable_fuzzy_search": "1"}, "call_from", "2005", "numbers that contain it"),
        ({"call_from": "2005"}, "enable_fuzzy_search", 0, "the PBX's CDR option enb_fuzzy_search"),
        ({"call_to": " 44"}, "call_to", " 44", "begins with a blank"),
        ({"call_to": ["1", "2"]}, "call_to", "1", "sent 2 times, and the first counts"),
        ({"call_to": ""}, "call_to", None, "empty, which is as good as not sent"),
        ({"extension_group": "7"}, "extension_group", 7, "a member"),
        ({"extension_group": "seven"}, "extension_group", None, "refused (number)"),
        ({"status": "ANSWERED"}, "status", "ANSWERED", ""),
        ({"status": "answered"}, "status", None, "refused (oneof)"),
        ({"did": "5550100:city,1"}, "did", [["5550100", "city"], ["1", ""]], "no trunk: any"),
        ({"disposition_code_list": "3,x"}, "disposition_code_list", [3], ""),
        ({"page": "2"}, "page", 2, ""),
        ({"page": "2"}, "page_size", 10_000, "the most there is"),
        ({"page_size": "99999"}, "page_size", 10_000, "cut down"),
        ({"page_size": "5"}, "page", 1, "the first"),
        ({}, "page", None, "all matches in one answer"),
        ({}, "sort_by", "time", "unless asked otherwise"),
        ({}, "order_by", "asc", "the oldest first"),
        ({"order_by": "desc"}, "order_by", "desc", ""),
        ({"colour": "red"}, "colour", None, "unknown to this interface"),
        ({"call_from": "x" * 500 + "… (501 characters)"}, "call_from", None, "too long"),
    ],
)
def test_how_a_parameter_was_read(params, name, value, why):
    reading = read(**params)[name]
    assert reading.value == value
    assert why in reading.why
    if name in params:
        assert reading.given == (params[name] if isinstance(params[name], str) else params[name][0])
    else:
        assert reading.given is None


def test_the_option_decides_where_the_search_does_not_say():
    readings = read(settings=Settings(enb_fuzzy_search=1), call_from="2005")
    assert (readings["enable_fuzzy_search"].value, readings["call_from"].why) == (1, "numbers that contain it")


def test_lists_have_pages_and_other_requests_no_readings():
    assert read("cdr/list")["page"].value == 1
    assert read("cdr/list", call_from="2005")["call_from"].why.startswith("unknown")
    assert read("cdr/download", page="1")["page"].value == 1
    assert read("system/information", colour="red") == read(None, a="b") == {}


def test_an_entry_of_the_journal_is_understood(asking):
    _, entry = asking.ask("GET", "cdr/search", asking.pbx.token, start_time="03/04/2024 00:00:00", call_from="2005")
    assert [(reading.parameter, reading.value) for reading in understood(entry)][:2] == [
        ("start_time", "2024-03-04T00:00:00+08:00"), ("call_from", "2005"),
    ]  # fmt: skip
