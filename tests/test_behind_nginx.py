"""Two servers of one PBX behind a real nginx, which has the configuration that docs/scaling.md gives.

The third address of that configuration is where nobody listens: a server that is down.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import postgres
import pytest
import requests
import trustme
from conftest import CLIENT, ROOT, start_server

CONFIG = (ROOT / "config" / "nginx.conf").read_text(encoding="utf-8")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def needs_all(test):
    return postgres.needs_postgres(pytest.mark.skipif(NGINX is None, reason="there is no nginx")(test))


# What is around the file that is included in `http`, as far as it is not the system's.
_AROUND = """
daemon off;
worker_processes 1;
pid {0}/pid;
error_log {0}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {0}/body;
    proxy_temp_path {0}/proxy;
    fastcgi_temp_path {0}/fastcgi;
    uwsgi_temp_path {0}/uwsgi;
    scgi_temp_path {0}/scgi;
    include {0}/pbx.conf;
}}
"""

# Who may use /_pbx, for the test: this machine has more addresses than one.
INSIDE, OUTSIDE = "127.0.0.2", "127.0.0.1"


def test_the_page_shows_the_file():
    assert f"```nginx\n{CONFIG}```" in (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Both start at once, on an empty database."""
    settings = {
        "PBX_DATABASE_URL": postgres.url("behind"), "PBX_SEED": "empty", "PBX_MAX_TOKENS": "0", "PBX_KEEP_ALIVE": "75",
        "PBX_WORKERS": "1",
    }  # fmt: skip
    folders = [tmp_path_factory.mktemp("machine") for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        two = list(pool.map(lambda folder: start_server(folder, **settings), folders))
    requests.post(f"{two[0].url}/_pbx/calls", json={"calls": [{"record": True}]}, timeout=9).raise_for_status()
    yield two
    for server in two:
        assert server.stop() == 0
        assert not [line for line in server.lines if "a fault of the emulator" in line]


@pytest.fixture(scope="module")
def pbx(servers, tmp_path_factory):
    """The PBX as clients reach it: by nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(OUTSIDE).private_key_and_cert_chain_pem.write_to_path(folder / "pbx.pem")
    with socket.create_server((OUTSIDE, 0)) as listener, socket.socket() as down:
        listener.setblocking(False)
        down.bind((OUTSIDE, 0))  # it is nobody else's, and nobody listens
        port = listener.getsockname()[1]
        addresses = [server.url.removeprefix("http://") for server in servers] + [f"{OUTSIDE}:{down.getsockname()[1]}"]
        (folder / "pbx.conf").write_text(_configured(folder, port, addresses))
        (folder / "nginx.conf").write_text(_AROUND.format(folder) + ("user root;" if os.geteuid() == 0 else ""))
        # It takes the listening socket from us, as one nginx does from another: the port is never anybody else's.
        running = subprocess.Popen(
            [NGINX, "-p", folder, "-c", folder / "nginx.conf"], env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        yield replace(
            servers[0], url=f"https://{OUTSIDE}:{port}", verify=str(folder / "ca.pem"), http=requests.Session()
        )
        running.terminate()
        running.wait(timeout=9)


def _configured(folder, port, addresses):
    """The documented file, with the addresses of now."""
    text = CONFIG
    values = {f"server 10.0.0.1{number}:8088": f"server {address}" for number, address in enumerate(addresses, 1)}
    values |= {"listen 443": f"listen {OUTSIDE}:{port}", "/etc/nginx/pbx.key": f"{folder}/pbx.pem"}
    values |= {"/etc/nginx/pbx.pem": f"{folder}/pbx.pem", "allow 10.0.0.0/8": f"allow {INSIDE}"}
    for documented, now in values.items():
        assert documented in text
        text = text.replace(documented, now)
    return text


def raw(url, target, verify=None, source=OUTSIDE):
    """The status and the body of the answer to a GET whose target is these very bytes."""
    host, _, port = url.partition("://")[2].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=9, source_address=(source, 0)) as plain:
        connection = (
            ssl.create_default_context(cafile=verify).wrap_socket(plain, server_hostname=host) if verify else plain
        )
        connection.sendall(b"GET %s HTTP/1.0\r\nHost: pbx\r\nUser-Agent: test\r\n\r\n" % target)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
        if verify:
            connection.close()
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


@needs_all
def test_any_server_answers_any_request(pbx, servers):
    before = [asked(server) for server in servers]
    token = pbx.login()["access_token"]
    assert [pbx.get("system/capacity", token=token)["errcode"] for _ in range(8)] == [0] * 8
    assert pbx.get("del_token", token=token)["errcode"] == 0
    assert [pbx.get("system/capacity", token=token)["errcode"] for _ in range(4)] == [10004] * 4
    here = [asked(server) - count for server, count in zip(servers, before, strict=True)]
    assert sum(here) == 14
    assert min(here) > 2


def asked(server):
    """How many requests the server had, as far as its own journal knows."""
    return len(server.http.get(f"{server.url}/_pbx/requests?limit=1000", timeout=9).json()["requests"])


TARGETS = {
    "%20": b"start_time=11/01/2026%2000:00:00",
    "plus": b"start_time=11/01/2026+00:00:00",
    "%2B": b"call_to=%2B15550100",
    "bytes beyond ASCII": b"call_to=\xc3\xa9\xff",
    "odd characters": b'call_to=|<>"{}\\^`%zz%00#',
    "100 kB": b"call_to=" + b"1" * 100_000,
}


@needs_all
@pytest.mark.parametrize("query", TARGETS.values(), ids=TARGETS)
def test_requests_arrive_as_they_were_sent(pbx, servers, query):
    target = b"/openapi/v1.0/cdr/search?access_token=%s&" % pbx.token.encode() + query
    assert raw(pbx.url, target, pbx.verify) == raw(servers[0].url, target)


@needs_all
def test_what_nginx_refuses(pbx, servers):
    target = b"/openapi/v1.0/cdr/search?access_token=%s&start_time=11/01/2026 00:00:00" % pbx.token.encode()
    assert raw(servers[0].url, target)[0] == 200
    assert raw(pbx.url, target, pbx.verify)[0] == 400


@needs_all
def test_a_body_beyond_nginxs_own_limit_arrives(pbx, servers):
    body = json.dumps(CLIENT) + " " * 1_200_000
    assert pbx.post("get_token", body) == servers[0].post("get_token", body)


def file_of(pbx, route, **params):
    """The URL of a file that a route gives a link to."""
    link = pbx.get(route, **params)
    return f"{pbx.url}{link['download_resource_url']}?access_token={pbx.token}"


@needs_all
def test_a_recording_is_fetched_in_pieces(pbx):
    whole = file_of(pbx, "recording/download", id=1)
    size = len(pbx.http.get(whole, verify=pbx.verify, timeout=9).content)
    piece = pbx.http.get(
        file_of(pbx, "recording/download", id=1), headers={"Range": "bytes=100-199"}, verify=pbx.verify, timeout=9
    )
    assert (piece.status_code, piece.headers["Content-Range"]) == (206, f"bytes 100-199/{size}")
    assert len(piece.content) == 100
    assert pbx.http.get(whole, verify=pbx.verify, timeout=9).json()["errcode"] == 60001


@needs_all
def test_an_answer_that_breaks_off_does_not_look_whole(pbx, servers):
    calls = file_of(pbx, "cdr/download")
    servers[0].http.post(f"{servers[0].url}/_pbx/faults", json={"truncate": 40, "times": 1}, timeout=9)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        pbx.http.get(calls, verify=pbx.verify, timeout=9)


@needs_all
@pytest.mark.parametrize(
    "path", [b"/_pbx/info", b"/_pbx", b"//_pbx/info", b"/%5fpbx/info", b"/x/../_pbx/info", b"/readyz", b"/metrics"]
)
def test_what_is_ours_is_for_those_inside(pbx, path):
    """They need the token: a server does not take what a proxy passes on for its own machine's."""
    status, told = raw(pbx.url, path, pbx.verify)
    assert (status, b"nginx" in told) == (403, True)
    status, told = raw(pbx.url, path, pbx.verify, source=INSIDE)
    assert b"nginx" not in told
    if path == b"/_pbx/info":
        assert (status, b"was passed on by a proxy" in told) == (403, True)


@needs_all
def test_failed_logins_block_all_who_come_by_nginx(pbx, servers):
    for _ in range(5):
        assert pbx.post("get_token", {"username": "nobody", "password": "wrong"})["errcode"] != 0
    assert pbx.login()["errcode"] == 70004
    assert servers[0].login()["errcode"] == 70004  # the same machine, as nginx is
    servers[0].http.post(f"{servers[0].url}/_pbx/clock/advance", json={"by": 600}, timeout=9)
    assert pbx.login()["errcode"] == 0
