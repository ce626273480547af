"""Faults: every kind as HTTP clients of both dialects meet it, how they are counted, and what is refused."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import count
from urllib.parse import urlsplit

import httpx
import postgres
import pytest
import requests
from conftest import run_here, start_server, wait_until, workers

from app.factory import application
from app.faults import rules
from app.faults.dialects import having
from app.faults.fault import Fault
from app.faults.wording import describe
from app.journal import Journal, path_in
from app.kazoo.errors import ERRORS as KAZOO_ERRORS
from app.pbx.timekeeping import advance, run, set_time
from app.pbx.worlds import open_worlds
from app.yeastar.errors import ERRORS

NINE = 1_709_543_700  # 4 March 2024, 09:15 UTC
EPOCH = 62_167_219_200
RANGE = {"created_from": NINE - 86_400 + EPOCH, "created_to": NINE + 86_400 + EPOCH}

# More rows than either dialect sends at once.
ROWS = 600
DOCUMENT = {
    "settings": {"timezone": "UTC", "max_tokens": 0},
    "cdrs": [{"timestamp": NINE + n, "call_from": "2005", "call_to": "1000", "talk_duration": 42} for n in range(ROWS)],
}

_numbers = count()


class Owner:
    """Somebody with a world of her own, a client of each dialect in it, and a look at the journal."""

    def __init__(self, pbx, worlds, verify=True):
        self.pbx, self.worlds, self.verify = pbx, worlds, verify
        self.world = worlds.make(DOCUMENT, f"w{next(_numbers)}")
        self.settings = self.world.settings
        self.journal = Journal(path_in(pbx.instance))

    @cached_property
    def pair(self):
        return self.login()

    @cached_property
    def token(self):
        return self.pair["access_token"]

    @cached_property
    def kazoo_token(self):
        return self.kazoo_login().json()["auth_token"]

    @property
    def account(self):
        return self.settings.kazoo_account_id

    def login(self):
        body = {"username": self.settings.client_id, "password": self.settings.client_secret}
        answer = requests.post(f"{self.pbx.api}/get_token", json=body, timeout=9, verify=self.verify)
        return answer.json()

    def kazoo_login(self):
        body = {"data": {"api_key": self.settings.kazoo_api_key}}
        return requests.put(f"{self.pbx.url}/v2/api_auth", json=body, timeout=9, verify=self.verify)

    def arm(self, **given):
        assert self.token
        assert self.kazoo_token
        return rules.arm(self.world, rules.read_fault(self.world, given))

    def url(self, path, **params):
        """The address of a request to either dialect, with a token."""
        if path.startswith("cdrs"):
            params, url = RANGE | {"auth_token": self.kazoo_token} | params, f"/v2/accounts/{self.account}/{path}"
        else:
            params, url = {"access_token": self.token, **params}, f"/openapi/v1.0/{path}"
        return requests.Request("GET", self.pbx.url + url, params=params).prepare().url

    def ask(self, path="cdr/search", timeout=9, **params):
        return requests.get(self.url(path, **params), timeout=timeout, verify=self.verify)

    def errcode(self, path="cdr/search", **params):
        return self.ask(path, page_size=1, **params).json()["errcode"]

    def raw(self, path, **params):
        """All bytes that come back on the connection until it is closed, and the seconds they took."""
        url = urlsplit(self.url(path, **params))
        plain = socket.create_connection((url.hostname, url.port), timeout=9)
        with self.wrapped(plain) as connection:
            begun = time.monotonic()
            target = f"{url.path}?{url.query}"
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: raw\r\n\r\n".encode())
            received = b""
            try:
                while piece := connection.recv(1 << 16):
                    received += piece
            except ssl.SSLEOFError:
                assert url.scheme == "https"
            return received, time.monotonic() - begun

    def wrapped(self, plain):
        if self.verify is True:
            return plain
        context = ssl.create_default_context(cafile=self.verify)
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def last(self):
        """What the journal tells of this world's newest request."""
        return self.journal.last(world=self.world.name)

    def noted(self, words):
        """The entry that says so, which a request may have been answered before."""
        wait_until(lambda: any(words in note for note in self.last().notes))
        return self.last()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pbx = start_server(tmp_path_factory.mktemp("failing"), PBX_SEED="empty")
    worlds = open_worlds({"instance": str(pbx.instance), **postgres.settings_of(pbx.instance)}, started=False)
    yield pbx, worlds
    worlds.close()
    assert pbx.stop() == 0
    assert not [line for line in pbx.lines if "Traceback" in line or "rror" in line]


@pytest.fixture
def her(server):
    return Owner(*server)


BOTH = pytest.mark.parametrize("path", ["cdr/search", "cdrs"])
SAID = "fault 1 armed by a tester: "


# Every kind


@pytest.mark.parametrize("code", [code for code in ERRORS if code != 0])
def test_any_errcode_of_the_vendor(her, code):
    her.arm(route="cdr/search", errcode=code, times=1)
    answer = her.ask(page_size=1)
    extras = {"block_expire_time"} if code == 70004 else set()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert list(answer.json().items())[:2] == [("errcode", code), ("errmsg", ERRORS[code].text)]
    assert answer.json().keys() == {"errcode", "errmsg"} | extras
    entry = her.last()
    assert (entry.errcode, entry.errmsg, entry.client) == (code, ERRORS[code].text, her.settings.client_id)
    assert entry.notes == [f"{SAID}answered {code} instead"]
    assert her.errcode() == 0


@pytest.mark.parametrize("status", sorted(having("cdrs")[0].statuses))
@pytest.mark.parametrize("route", ["cdrs", "api_auth"])
def test_any_status_of_kazoo(her, route, status):
    her.arm(route=route, status=status, times=1)
    answer = her.ask("cdrs") if route == "cdrs" else her.kazoo_login()
    rows = {row.message for row in KAZOO_ERRORS.values() if row.status == status}
    assert answer.status_code == status
    entry = her.last()
    assert (entry.status, entry.notes[-1]) == (status, f"{SAID}answered HTTP {status} instead")
    assert entry.errmsg in rows
    assert entry.client == her.account
    if status != 406:
        envelope = answer.json()
        assert (envelope["status"], envelope["error"], envelope["message"]) == ("error", str(status), entry.errmsg)
        assert {"data", "request_id", "timestamp"} <= envelope.keys()
    assert her.ask("cdrs").status_code == 200


@pytest.mark.parametrize("status", sorted(having("cdr/search")[0].statuses))
def test_a_status_of_yeastars_comes_from_a_web_server_before_the_pbx(her, status):
    her.arm(route="cdr/search", status=status, times=1)
    answer = her.ask()
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert f"<title>{status} " in answer.text
    entry = her.last()
    assert (entry.status, entry.errcode, entry.notes) == (status, None, [f"{SAID}answered HTTP {status} instead"])
    assert her.errcode() == 0


def test_a_rule_for_all_routes_concerns_both_dialects(her):
    her.arm(route="*", status=503)
    assert [her.ask(path).status_code for path in ("cdr/search", "system/information", "cdrs", "cdrs/summary")] == [
        503
    ] * 4
    assert her.kazoo_login().status_code == 503
    assert her.ask("no/such").status_code == 503
    assert rules.disarm(her.world) == 1
    assert her.ask("cdrs").status_code == 200
    her.arm(route="*", errcode=10004)
    her.arm(route="*", status=401)
    assert her.ask("cdr/search").json()["errcode"] == 10004
    assert her.ask("cdrs").status_code == 401


@BOTH
def test_delay(her, path):
    her.arm(route=path, delay=0.15, times=1)
    begun = time.monotonic()
    assert her.ask(path, page_size=1).status_code == 200
    assert time.monotonic() - begun >= 0.15
    assert her.last().notes == [f"{SAID}waited 0.150 s"]
    assert her.last().duration >= 150_000


def test_a_client_that_gives_up_frees_its_thread(her):
    her.arm(route="cdr/search", delay=600)
    with pytest.raises(requests.ReadTimeout):
        her.ask(timeout=0.1)
    assert re.match(rf"{SAID}waited 0\.\d+ of 600\.000 s, then the client left", her.noted("the client left").notes[0])


def test_disarming_ends_the_waiting(her):
    fault = her.arm(route="cdr/search", delay=600, errcode=10004)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(her.errcode)
        wait_until(lambda: rules.armed(her.world)[0].fired)
        rules.disarm(her.world, fault.id)
        assert waiting.result() == 10004
    assert her.last().notes[0].endswith("then it was disarmed")


def test_who_waits_keeps_nobody_from_being_answered(her):
    """More wait than the server has threads: others are answered nevertheless."""
    her.arm(route="cdr/search", delay=600)
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(her.ask, "cdr/search", page_size=1) for _ in range(16)]
        wait_until(lambda: rules.armed(her.world)[0].fired == 16)
        begun = time.monotonic()
        for _ in range(8):
            assert requests.get(f"{her.pbx.url}/livez", timeout=9).status_code == 200
        assert time.monotonic() - begun < 2
        rules.disarm(her.world)
        assert {answer.result().status_code for answer in waiting} == {200}


def test_yeastar_token_expires_in_the_middle_of_a_scan(her):
    her.arm(route="cdr/search", expire_token=True, skip=2, times=1)
    assert [her.errcode(page=page) for page in (1, 2, 3, 4)] == [0, 0, 10004, 10004]
    assert her.errcode("system/information") == 10004
    again = requests.post(f"{her.pbx.api}/refresh_token", json={"refresh_token": her.pair["refresh_token"]}, timeout=9)
    her.token = again.json()["access_token"]
    assert her.errcode() == 0
    her.arm(route="*", expire_token=True, times=1)
    assert her.errcode() == 10004
    entry = her.last()
    assert entry.notes[0] == "fault 2 armed by a tester: ended the access token"
    assert (entry.client, entry.errcode) == (her.settings.client_id, 10004)
    her.token = her.login()["access_token"]
    assert her.errcode() == 0


def test_kazoo_token_ends_in_the_middle_of_a_scan(her):
    her.arm(route="cdrs", expire_token=True, skip=1, times=1)
    assert [her.ask("cdrs", page_size=1).status_code for _ in range(3)] == [200, 401, 401]
    envelope = her.ask("cdrs/interaction").json()
    assert (envelope["error"], envelope["message"]) == ("401", "invalid credentials")
    her.kazoo_token = her.kazoo_login().json()["auth_token"]
    assert her.ask("cdrs").status_code == 200


def test_requests_without_a_token_that_could_end_are_not_counted(her):
    her.arm(route="*", expire_token=True, times=1)
    her.login(), her.kazoo_login()
    her.token, token = "nobody's", her.token
    assert her.errcode() == 10004
    assert rules.armed(her.world)[0].seen == 0
    her.token = token
    assert her.errcode() == 10004
    assert rules.armed(her.world)[0].spent


@BOTH
def test_wrong_content_type(her, path):
    her.arm(route=path, content_type="text/html; charset=utf-8", times=1)
    answer = her.ask(path, page_size=1)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.json()["data"]
    assert her.last().notes == [f"{SAID}sent as text/html; charset=utf-8"]


@BOTH
def test_cut_before_the_answer(her, path):
    her.arm(route=path, cut="before")
    assert her.raw(path)[0] == b""
    with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        her.ask(path)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        httpx.get(her.url(path), timeout=9)
    url = urlsplit(her.url(path))
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=9)
    connection.request("GET", f"{url.path}?{url.query}", headers={"User-Agent": "x"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    entry = her.last()
    assert (entry.status, entry.size) == (200, 0)
    assert entry.notes == [f"{SAID}the connection was closed before the answer"]


def test_cut_before_an_answer_without_a_body(her):
    her.arm(route="*", cut="before")
    nothing = {"created_from": EPOCH + 1, "created_to": EPOCH + 2, "accept": "csv"}
    assert her.raw("cdrs", **nothing)[0] == b""
    assert her.last().status == 204


@BOTH
@pytest.mark.parametrize("page_size", [1, ROWS])
def test_cut_after_the_headers(her, path, page_size):
    her.arm(route=path, cut="headers")
    received, _ = her.raw(path, page_size=page_size)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.endswith(b"\r\n\r\n")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        her.ask(path, page_size=page_size)
    assert her.noted("after the headers").status == 200


@pytest.mark.parametrize(
    ("path", "params", "promised"),
    [
        ("cdr/search", {"page_size": 1}, "Content-Length"),
        ("cdr/search", {}, "chunked"),
        ("cdrs", {"is_chunked": "false"}, "Content-Length"),
        ("cdrs", {}, "chunked"),
        ("cdrs", {"accept": "csv"}, "Content-Length"),
    ],
)
def test_truncated_body(her, path, params, promised):
    her.arm(route=path, truncate=100)
    received, _ = her.raw(path, **params)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = re.findall(rb"Content-Length: (\d+)", head)
    if promised == "chunked":
        assert b"Transfer-Encoding: chunked" in head
        assert not lengths
        sizes = [int(size, 16) for size in re.findall(rb"(?:^|\r\n)([0-9a-f]+)\r\n", body, re.IGNORECASE)]
        assert sum(sizes) == 100
        assert 0 not in sizes
    else:
        assert int(lengths[0]) > 100
        assert len(body) == 100
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        her.ask(path, **params)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(her.url(path, **params), timeout=9)
    note = her.noted("cut off after").notes[0]
    assert re.fullmatch(rf"{SAID}the body was cut off after 100( of [\d,]+)? bytes", note)
    assert ("of" in note.partition("100")[2]) == (promised != "chunked")


def test_a_body_that_is_shorter_is_sent_whole(her):
    her.arm(route="cdr/search", truncate=10_000, errcode=10004)
    assert her.errcode() == 10004
    assert her.last().notes[1] == f"{SAID}wanted to cut the body off after 10,000 bytes, but it has only 42"
    her.arm(route="cdrs", truncate=10**6)
    size = len(her.ask("cdrs").content)
    her.noted(f"wanted to cut the body off after 1,000,000 bytes, but it has only {size:,}")


@pytest.mark.parametrize(
    ("path", "params", "bytes_a_second"),
    [("cdr/search", {"page_size": 1}, 2_000), ("cdr/search", {}, 800_000), ("cdrs", {}, 800_000)],
)
def test_slow_drip(her, path, params, bytes_a_second):
    whole = len(her.ask(path, **params).content)
    her.arm(route=path, drip=bytes_a_second)
    begun = time.monotonic()
    with requests.get(her.url(path, **params), stream=True, timeout=9) as answer:
        pieces = [len(piece) for piece in answer.iter_content(whole // 3)]
    assert abs(sum(pieces) - whole) < 10
    assert time.monotonic() - begun >= whole / bytes_a_second * 0.9
    assert her.noted("bytes a second").notes == [f"{SAID}sent at {bytes_a_second:,} bytes a second"]


@BOTH
def test_over_tls(tls, path):
    her = Owner(*tls)
    her.arm(route=path, cut="before", times=1)
    assert her.raw(path)[0] == b""
    her.arm(route=path, cut="headers", times=1)
    assert her.raw(path)[0].endswith(b"\r\n\r\n")
    her.arm(route=path, truncate=100, times=2)
    assert her.raw(path, page_size=1)[0].startswith(b"HTTP/1.1 200 OK")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        her.ask(path)
    her.arm(route=path, delay=600, times=1)
    with pytest.raises(requests.ReadTimeout):
        her.ask(path, timeout=0.1)
    assert her.noted("the client left")
    assert her.ask(path).status_code == 200


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    pbx = start_server(tmp_path_factory.mktemp("tls"), "--tls", "--workers", "1", PBX_SEED="empty")
    worlds = open_worlds({"instance": str(pbx.instance), **postgres.settings_of(pbx.instance)}, started=False)
    yield pbx, worlds, str(pbx.instance / "tls" / "ca.pem")
    worlds.close()
    assert pbx.stop() == 0


def test_without_a_server_the_client_is_told_by_an_exception(server):
    _, worlds = server
    her = Owner(*server)
    client = application(worlds).test_client()
    for how in ({"cut": "before"}, {"cut": "headers"}, {"truncate": 7}):
        her.arm(route="cdr/search", times=1, **how)
        with pytest.raises(ConnectionResetError):
            _ = client.get("/openapi/v1.0/cdr/search", query_string={"access_token": her.token}).data
    assert client.get("/openapi/v1.0/cdr/getoption", query_string={"access_token": her.token}).json["errcode"] == 0


# Together


def test_one_rule_can_do_several_things(her):
    her.arm(route="cdr/search", delay=0.1, errcode=10004, content_type="text/plain", drip=1000, times=1)
    begun = time.monotonic()
    answer = her.ask()
    assert time.monotonic() - begun >= 0.14
    assert (answer.headers["Content-Type"], answer.json()["errcode"]) == ("text/plain", 10004)
    assert len(her.last().notes) == 4


def test_rules_that_do_the_same_take_turns(her):
    her.arm(route="*", content_type="text/plain")
    her.arm(route="cdr/search", errcode=10004, times=1)
    her.arm(route="cdr/search", errcode=70123, times=2)
    her.arm(route="*", status=503, times=1)
    answers = [her.ask(page_size=1) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 503, 200]
    assert [a.json()["errcode"] for a in answers if a.status_code == 200] == [10004, 70123, 70123, 0]
    assert {answer.headers["Content-Type"] for answer in answers} == {"text/plain"}
    assert [(fault.seen, fault.fired, fault.spent) for fault in rules.armed(her.world)] == [
        (5, 5, False), (1, 1, True), (2, 2, True), (1, 1, True),
    ]  # fmt: skip


# Which requests


def test_other_worlds_are_not_concerned(her, server):
    his = Owner(*server)
    her.arm(route="*", errcode=10004)
    assert (her.errcode(), his.errcode()) == (10004, 0)


def test_a_rule_is_for_a_route_and_a_client(her):
    her.arm(route="cdr/search", client=her.settings.client_id, errcode=10005)
    assert her.errcode("cdr/getoption") == 0
    assert her.errcode() == 10005
    advance(her.world, 2000)  # her token has expired: nobody knows who asks
    assert her.errcode() == 10004
    rules.disarm(her.world)
    her.arm(route="cdr/search", errcode=10005)
    assert her.errcode() == 10005
    assert her.last().client == ""


def test_clients_of_logins(her):
    her.arm(route="get_token", client=her.settings.client_id, errcode=-1)
    her.arm(route="refresh_token", client=her.settings.client_id, errcode=70004)
    her.arm(route="api_auth", client=her.account, status=500)
    assert her.login()["errcode"] == -1
    body = {"refresh_token": her.pair["refresh_token"]}
    assert requests.post(f"{her.pbx.api}/refresh_token", json=body, timeout=9).json()["errcode"] == 70004
    assert her.kazoo_login().status_code == 500
    assert [fault.fired for fault in rules.armed(her.world)] == [1, 1, 1]
    rules.disarm(her.world)
    assert requests.post(f"{her.pbx.api}/refresh_token", json=body, timeout=9).json()["errcode"] == 0


def test_links_are_a_route(her):
    link = her.pbx.url + her.ask("cdr/download").json()["download_resource_url"]
    her.arm(route="api/download", errcode=60001, times=1)
    answers = [requests.get(link, params={"access_token": her.token}, timeout=9) for _ in range(2)]
    assert answers[0].json()["errcode"] == 60001
    assert answers[1].headers["Content-Type"] == "text/csv; charset=utf-8"


def test_skip_and_times(her):
    her.arm(route="cdr/search", errcode=10004, skip=2, times=2)
    assert [her.errcode() for _ in range(6)] == [0, 0, 10004, 10004, 0, 0]


def test_a_window_follows_the_clock(her):
    run(her.world, 0)
    set_time(her.world, NINE)
    her.arm(route="cdrs", status=503, since="03/04/2024 09:20:00", until="2024-03-04T09:25:00Z")
    seen = []
    for _ in range(4):
        seen.append(her.ask("cdrs", page_size=1).status_code)
        advance(her.world, 299)
    assert seen == [200, 200, 503, 200]
    set_time(her.world, NINE + 300)
    assert her.ask("cdrs").status_code == 503


def test_chance_repeats_itself(her):
    def pattern(**given):
        rules.disarm(her.world)
        her.arm(route="cdr/getoption", errcode=10004, probability=0.5, **given)
        return [her.errcode("cdr/getoption") for _ in range(12)]

    first = pattern(seed=7)
    assert Counter(first).keys() == {0, 10004}
    assert pattern(seed=7) == first
    assert pattern(seed=8) != first


def test_delays_are_drawn_from_a_distribution():
    def drawn(**given):
        return [Fault(seed=3, seen=n, **given).seconds() for n in range(1, 2001)]

    even = drawn(delay=1.0, delay_most=3.0, distribution="uniform")
    assert even == drawn(delay=1.0, delay_most=3.0, distribution="uniform")
    assert 1 <= min(even) < 1.05 < 2.95 < max(even) <= 3
    normal = drawn(delay=2.0, delay_spread=0.5, distribution="normal")
    assert 1.95 < sum(normal) / 2000 < 2.05
    assert 0.6 < sum(abs(seconds - 2) < 0.5 for seconds in normal) / 2000 < 0.75
    rare = drawn(delay=2.0, distribution="exponential")
    assert 1.85 < sum(rare) / 2000 < 2.15
    assert max(drawn(delay=200.0, delay_most=400.0, distribution="exponential")) == 400
    assert max(drawn(delay=600.0, distribution="exponential")) == 600
    assert min(drawn(delay=0.1, delay_spread=5.0, distribution="normal")) == 0
    assert set(drawn(delay=1.5)) == {1.5}


@pytest.mark.parametrize("times", [1, 7])
def test_counted_right_by_several_workers_and_threads(her, times):
    assert workers(her.pbx)
    her.arm(route="cdr/search", errcode=10004, times=times)
    her.arm(route="cdr/search", content_type="text/plain")
    barrier = threading.Barrier(16)

    def ask(_):
        barrier.wait()
        return her.errcode()

    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(ask, range(16)))
    assert codes == {10004: times, 0: 16 - times}
    assert [(fault.seen, fault.fired) for fault in rules.armed(her.world)] == [(times, times), (16, 16)]


# Kept


def test_rules_stay_through_a_reset_and_come_back_with_a_snapshot(her):
    her.arm(route="cdr/search", errcode=10004)
    name = her.world.name
    her.worlds.snapshot(name, "one")
    her.world = her.worlds.reset(name, keep_clock=True)
    assert her.errcode() == 10004
    assert rules.disarm(her.world) == 1
    assert her.errcode() == 0
    her.world = her.worlds.restore(name, "one")
    assert her.errcode() == 10004
    assert [fault.id for fault in rules.armed(her.world)] == [1]


def test_no_id_is_given_twice(her):
    assert [her.arm(route="*", delay=1).id for _ in range(3)] == [1, 2, 3]
    assert rules.disarm(her.world, 2) == 1
    assert rules.disarm(her.world) == 2
    assert rules.disarm(her.world) == 0
    assert rules.armed(her.world) == ()
    assert her.arm(route="*", delay=1).id == 4
    with pytest.raises(rules.UnknownFaultError, match=r"^There is no fault 3; armed are 4\.$"):
        rules.disarm(her.world, 3)


def test_as_json(her):
    fault = her.arm(route="cdr/search", errcode=10004, since=NINE, times=1)
    told = rules.as_json(fault)
    assert {name: value for name, value in told.items() if value} == {
        "id": 1, "route": "cdr/search", "since": NINE, "times": 1, "probability": 1, "seed": 1, "errcode": 10004,
    }  # fmt: skip
    assert {"fired", "seen", "spent"} < told.keys()
    assert rules.read_fault(her.world, {k: v for k, v in told.items() if k not in ("id", "seen", "fired", "spent")})


TOLD = [
    (Fault(1, errcode=10004, route="cdr/search", times=1), "cdr/search, once: answers errcode 10004 TOKEN EXPIRED."),
    (Fault(1, delay=0.5, status=503), "any request: answers HTTP 503 and waits 0.5 s."),
    (
        Fault(1, delay=1.0, delay_most=3.0, distribution="uniform", client="x", probability=0.25, seed=9, times=3),
        "any request, client x, 3 times, with probability 0.25 (seed 9): waits 1 to 3 s (seed 9).",
    ),
    (
        Fault(1, delay=1.0, delay_spread=0.2, distribution="normal", skip=2, since=NINE),
        "any request, from 2024-03-04T09:15:00Z, after 2 others: waits about 1 s, give or take 0.2 s (seed 1).",
    ),
    (
        Fault(1, delay=1.0, delay_most=9.0, distribution="exponential", until=NINE + 0.5),
        "any request, until 2024-03-04T09:15:00.500000Z: waits 1 s on average, exponentially (seed 1), at most 9 s.",
    ),
    (Fault(1, expire_token=True, drip=1000), "any request: ends the token and sends 1,000 bytes a second."),
    (
        Fault(1, truncate=9, content_type="a/b"),
        "any request: sends Content-Type a/b and cuts the body off after 9 bytes.",
    ),
    (Fault(1, cut="before"), "any request: closes the connection before the answer."),
    (Fault(1, cut="headers"), "any request: closes the connection after the headers."),
]


@pytest.mark.parametrize(("fault", "words"), TOLD)
def test_described(fault, words):
    assert describe(fault) == f"fault 1: {words} Seen 0, fired 0."


# Refused

REFUSED = [
    ({"route": "cdr/serach", "errcode": 1}, "There is no route 'cdr/serach'. Did you mean cdr/search?"),
    ({"route": "zzz", "errcode": 1}, "There is no route 'zzz'. There are *, api_auth, "),
    ({"rout": "*", "errcode": 1}, "A fault has no field 'rout'. Did you mean route?"),
    ({"zzz": 1}, "A fault has no field 'zzz'. There are route, client, "),
    ({"id": 3, "errcode": 10004}, "A fault has no field 'id'."),
    ({"errcode": "10004"}, "errcode: '10004' is not allowed; expected a whole number."),
    ({"errcode": True}, "errcode: True is not allowed; expected a whole number."),
    ({"errcode": 10004.0}, "errcode: 10004.0 is not allowed; expected a whole number."),
    ({"errcode": 12345}, "errcode 12345 is none of the vendor's; expected one of -2, -1, 1, "),
    ({"errcode": 0}, "errcode 0 is success, and no fault; expected one of -2, "),
    ({"route": "cdrs", "errcode": 10004}, "cdrs is an interface of KAZOO, which has no errcodes: give a status."),
    ({"status": 200}, "status 200 is answered by none of the APIs when something goes wrong; expected KAZOO 400, "),
    (
        {"route": "cdrs", "status": 502},
        "status 502 is never answered by KAZOO when something goes wrong; expected 400, ",
    ),
    ({"route": "cdr/list", "status": 401}, "status 401 is never answered by Yeastar when something goes wrong"),
    ({"errcode": 10004, "status": 503}, "errcode and status do not go together: an answer has the one or the other."),
    ({"errcode": 10004, "expire_token": True}, "errcode and expire_token do not go together: the vendor's own answer"),
    ({"route": "cdr/search"}, "A fault must do something: give one of errcode, status, expire_token, delay, "),
    ({"expire_token": False}, "A fault must do something: "),
    ({"delay": 0}, "A fault must do something: "),
    ({"expire_token": 1}, "expire_token: 1 is not allowed; expected true or false."),
    ({"route": "get_token", "expire_token": True}, "expire_token: requests to get_token come with no access token"),
    ({"route": "api_auth", "expire_token": True}, "expire_token: requests to api_auth come with no access token"),
    ({"delay": 601}, "delay: 601 is not allowed; expected seconds from 0 to 600."),
    ({"delay": -1}, "delay: -1 is not allowed"),
    ({"delay": float("nan")}, "delay: nan is not allowed"),
    ({"delay": 3, "delay_most": 2}, "delay_most 2 is below delay 3."),
    ({"delay": 3, "delay_spread": 2}, "delay_spread has no meaning for a fixed delay."),
    ({"delay": 3, "distribution": "normal"}, "delay_spread must be above 0 for a delay with the distribution normal."),
    ({"delay_spread": 1, "distribution": "normal"}, "delay must be above 0 for a delay with the distribution normal."),
    ({"delay": 1, "distribution": "uniform"}, "delay_most must be above 0 for a delay with the distribution uniform."),
    ({"delay": 1, "distribution": "poisson"}, "distribution: 'poisson' is not allowed; expected uniform or normal or"),
    ({"delay": 1, "probability": 0}, "probability: 0 is not allowed; expected a number above 0, at most 1."),
    ({"delay": 1, "probability": 1.5}, "probability: 1.5 is not allowed"),
    ({"delay": 1, "times": -1}, "times: -1 is not allowed; expected a whole number of at least 1."),
    ({"delay": 1, "skip": -1}, "skip: -1 is not allowed"),
    ({"drip": 0}, "drip: 0 is not allowed; expected a whole number of at least 1."),
    ({"truncate": -1}, "truncate: -1 is not allowed"),
    ({"truncate": 1, "cut": "before"}, "cut and truncate do not go together: a connection is closed once."),
    ({"drip": 1, "cut": "headers"}, "cut and drip do not go together: no body is sent."),
    ({"errcode": 10004, "cut": "before"}, "cut before and errcode do not go together: no answer is sent."),
    ({"cut": "after"}, "cut: 'after' is not allowed; expected before or headers."),
    ({"content_type": "a\r\nX: y"}, "content_type: 'a\\r\\nX: y' is not allowed; expected 1 to 200 printable ASCII"),
    ({"content_type": ""}, "content_type: '' is not allowed"),
    ({"delay": 1, "since": "tomorrow"}, "since: 'tomorrow' is not allowed; "),
    ({"delay": 1, "since": -5}, "since: -5 is not allowed; expected a time of the PBX from 1970 to 2099."),
    ({"delay": 1, "since": NINE + 9, "until": NINE + 8}, "until is before since: the fault could never go off."),
    ({"delay": 1, "until": NINE - 1}, "until has passed: the PBX's clock shows 03/04/2024 09:15:00 already."),
    ({"delay": 1, "client": "nobody"}, " has no client 'nobody'."),
    ({"delay": 1, "client": ""}, "client: '' is not allowed; expected text."),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refused(her, given, words):
    run(her.world, 0)
    set_time(her.world, NINE)
    with pytest.raises(rules.FaultError) as refused:
        rules.read_fault(her.world, given)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith((".", "?"))


def test_a_client_of_the_other_dialect_could_never_ask(her):
    with pytest.raises(rules.FaultError, match=r"has no client '.*' that could ask cdr/search\."):
        her.arm(route="cdr/search", client=her.account, delay=1)
    with pytest.raises(rules.FaultError, match=r"that could ask cdrs\."):
        her.arm(route="cdrs", client=her.settings.client_id, delay=1)
    assert her.arm(route="*", client=her.account, delay=1).client == her.account


# By command


def test_on_the_command_line(her):
    def fault(*arguments, code=0):
        where = ("--instance", str(her.pbx.instance), "--world", her.world.name)
        done = run_here("fault", *arguments, *where)
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    told = "fault 1: cdr/search, once: answers errcode 10004 TOKEN EXPIRED."
    assert fault("arm", "cdr/search", "--errcode", "10004", "--times", "1") == f"Armed {told} Seen 0, fired 0.\n"
    assert (her.errcode(), her.errcode()) == (10004, 0)
    assert fault("list") == f"{told} Seen 1, fired 1, spent.\n"
    assert "Did you mean cdr/search?" in fault("arm", "cdr/serach", "--expire-token", code=2)
    assert fault("disarm", "7", code=2) == "Error: There is no fault 7; armed are 1.\n"
    assert fault("disarm") == "Disarmed 1 fault.\n"
    assert fault("list") == "No fault is armed.\n"
