"""What every request passes: paths, methods, User-Agent, networks, the API's switch, faults inside."""

from __future__ import annotations

import http.client
import json

import pytest
import requests
from conftest import start_server

NOT_EXISTED = {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/openapi/v1.0/nothing"),
        ("GET", "/openapi/v1.0/cdr/detail"),
        ("GET", "/openapi/v1.0/cdr/search/"),
        ("GET", "/openapi/v1.0/CDR/search"),
        ("GET", "/openapi/v1.0"),
        ("GET", "/openapi/v1.0/"),
        ("GET", "/openapi/"),
        ("GET", "/openapi"),
        ("GET", "/openapi/v2.0/system/information"),
        ("GET", "/openapi/v1.1/cdr/search"),
        ("GET", "/openapi/v9.9/cdr/search"),
        ("GET", "/openapi/v1.0/../etc/passwd"),
        ("GET", "/openapi/v1.0/%00"),
        ("GET", "/openapi/v1.0/%ff%fe"),
        ("GET", "/openapi/v1.0/get_token"),
        ("POST", "/openapi/v1.0/cdr/search"),
        ("PUT", "/openapi/v1.0/cdr/search"),
        ("DELETE", "/openapi/v1.0/del_token"),
        ("PATCH", "/openapi/v1.0/get_token"),
        ("OPTIONS", "/openapi/v1.0/cdr/search"),
        ("BREW", "/openapi/v1.0/cdr/search"),
        ("POST", "/api/download/x.csv"),
    ],
)
def test_what_does_not_exist(seeded, method, path):
    url = f"{seeded.url}{path}"
    answer = requests.request(method, url, params={"access_token": seeded.token}, timeout=9, allow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, NOT_EXISTED)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path", ["//openapi/v1.0/cdr/search", "/openapi//v1.0///cdr//search", "///openapi/v1.0/cdr/search"]
)
def test_slashes_are_merged(seeded, path):
    answer = requests.get(
        f"{seeded.url}{path}", params={"access_token": seeded.token, "page_size": 1}, timeout=9, allow_redirects=False
    )
    assert answer.status_code == 200
    assert answer.json()["errcode"] == 0


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/api", "/openapiv1.0", "/v3/accounts"])
def test_other_paths_get_a_problem_document(seeded, path):
    answer = requests.get(f"{seeded.url}{path}", timeout=9)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def bare(pbx, path, **headers):
    """A GET with these headers and no others but Host."""
    connection = http.client.HTTPConnection(pbx.url.removeprefix("http://"), timeout=9)
    connection.putrequest("GET", f"/openapi/v1.0/{path}", skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def test_user_agent(seeded):
    path = f"system/capacity?access_token={seeded.token}"
    assert bare(seeded, path, User_Agent="OpenAPI")["errcode"] == 0
    assert bare(seeded, path) == {"errcode": 40002, "errmsg": "PARAMETER ERROR"}
    assert bare(seeded, path, User_Agent="") == {"errcode": 40002, "errmsg": "PARAMETER ERROR"}
    assert bare(seeded, "nothing") == NOT_EXISTED


def test_user_agent_is_a_setting(worlds):
    pbx = worlds(require_user_agent=False)
    assert bare(pbx, f"system/capacity?access_token={pbx.token}")["errcode"] == 0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server whose settings change while it runs."""
    pbx = start_server(tmp_path_factory.mktemp("guarded"), PBX_SEED="empty", PBX_MAX_TOKENS="0")
    yield pbx
    pbx.stop()


@pytest.mark.parametrize(
    ("networks", "errcode"),
    [
        ("127.0.0.0/8", 0),
        ("10.0.0.0/255.0.0.0, 127.0.0.1", 0),
        ("10.0.0.0/8,192.168.1.7", 70087),
        ("::1", 70087),
        ("", 0),
    ],
)
def test_allowed_networks(guarded, networks, errcode):
    pbx = guarded
    pbx.settings(allowed_networks=networks)
    assert pbx.login()["errcode"] == errcode
    assert pbx.get("nothing", token="x")["errcode"] == (errcode or 10001)
    if errcode:
        assert pbx.login() == {"errcode": 70087, "errmsg": "IP FORBIDDEN"}


def test_api_switched_off(worlds):
    pbx = worlds()
    token = pbx.token
    pbx.settings(api_enabled=False)
    assert pbx.login() == {"errcode": 70123, "errmsg": "API UNAVAILABLE"}
    assert pbx.get("cdr/search", token=token)["errcode"] == 70123
    pbx.settings(api_enabled=True)
    assert pbx.get("cdr/search", token=token)["errcode"] == 0


def test_a_fault_inside_is_minus_two_and_a_trace_in_the_log(serve):
    pbx = serve()
    token = pbx.token
    with pbx.world.write() as connection:
        connection.execute("ALTER TABLE cdr RENAME TO lost")
    assert pbx.get("cdr/search", token=token) == {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}
    assert pbx.get("system/capacity", token=token)["errcode"] == 0
    pbx.stop()
    log = "".join(pbx.lines)
    assert "Traceback" in log
    assert "no such table: cdr" in log or 'relation "cdr" does not exist' in log
    assert token not in log


def test_head_has_no_body(seeded):
    answer = requests.head(f"{seeded.api}/system/capacity", params={"access_token": seeded.token}, timeout=9)
    assert (answer.status_code, answer.content) == (200, b"")
