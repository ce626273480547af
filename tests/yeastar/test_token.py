"""get_token, refresh_token, del_token: it works, then each refusal."""

from __future__ import annotations

import re

import postgres
import pytest
import requests
from conftest import CLIENT, run_here, start_server

TOKEN = re.compile(r"[A-Za-z0-9]{32}")
EXPIRED = {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
WRONG = {
    "errcode": -1,
    "errmsg": "FAILURE",
    "invalid_param_list": [{"field": "username or password", "value": "error"}],
}


def required(*fields):
    return {
        "errcode": 40002,
        "errmsg": "PARAMETER ERROR",
        "invalid_param_list": [{"field": field, "validation_type": "required"} for field in fields],
    }


@pytest.fixture
def pbx(worlds):
    return worlds()


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """A server that blocks nobody, however often a login fails."""
    pbx = start_server(tmp_path_factory.mktemp("patient"), PBX_SEED="empty", PBX_MAX_FAILED_LOGINS="0")
    yield pbx
    pbx.stop()


def alive(pbx, token):
    return pbx.get("system/information", token=token)["errcode"] == 0


def test_login(pbx):
    answer = pbx.login()
    assert list(answer) == [
        "errcode",
        "errmsg",
        "access_token_expire_time",
        "access_token",
        "refresh_token_expire_time",
        "refresh_token",
    ]
    assert (answer["errcode"], answer["errmsg"]) == (0, "SUCCESS")
    assert (answer["access_token_expire_time"], answer["refresh_token_expire_time"]) == (1800, 86400)
    assert TOKEN.fullmatch(answer["access_token"])
    assert TOKEN.fullmatch(answer["refresh_token"])
    assert answer["access_token"] != answer["refresh_token"]
    assert alive(pbx, answer["access_token"])


@postgres.of_files
def test_tokens_are_kept_hashed(pbx):
    answer = pbx.login()
    kept = b"".join(path.read_bytes() for path in pbx.instance.glob(f"worlds/{pbx.name}-*.sqlite*"))
    assert kept
    assert answer["access_token"].encode() not in kept
    assert answer["refresh_token"].encode() not in kept


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (lambda token: {"Authorization": token}, 0),
        (lambda token: {"Authorization": f"Bearer {token}"}, 10004),
        (lambda token: {"Authorization": token[:-1]}, 10004),
        (lambda token: {}, 10004),
    ],
)
def test_token_in_a_header(pbx, headers, expected):
    answer = requests.get(f"{pbx.api}/system/capacity", headers=headers(pbx.token), timeout=9).json()
    assert answer["errcode"] == expected


def test_access_token_expires_and_use_does_not_prolong_it(pbx):
    token = pbx.token
    pbx.advance(1700)
    assert alive(pbx, token)
    pbx.advance(101)
    assert pbx.get("system/information", token=token) == EXPIRED


def test_lifetimes_are_settings(worlds):
    pbx = worlds(access_token_ttl=60, refresh_token_ttl=120)
    answer = pbx.login()
    assert (answer["access_token_expire_time"], answer["refresh_token_expire_time"]) == (60, 120)
    pbx.advance(61)
    assert not alive(pbx, answer["access_token"])
    renewed = pbx.post("refresh_token", {"refresh_token": answer["refresh_token"]})
    assert alive(pbx, renewed["access_token"])
    pbx.advance(121)
    assert pbx.post("refresh_token", {"refresh_token": renewed["refresh_token"]}) == EXPIRED


def test_refresh_takes_the_place_of_both(pbx):
    old = pbx.login()
    new = pbx.post("refresh_token", {"refresh_token": old["refresh_token"]})
    assert list(new) == list(old)
    assert alive(pbx, new["access_token"])
    assert not alive(pbx, old["access_token"])
    assert pbx.post("refresh_token", {"refresh_token": old["refresh_token"]}) == EXPIRED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, required("refresh_token")),
        ({"refresh_token": ""}, required("refresh_token")),
        ({"refresh_token": 7}, required("refresh_token")),
        ({"refresh_token": None}, required("refresh_token")),
        ({"refresh_token": "A" * 32}, EXPIRED),
        ({"refresh_token": "%"}, EXPIRED),
    ],
)
def test_refresh_refused(seeded, body, expected):
    assert seeded.post("refresh_token", body) == expected


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(pbx):
    pair = pbx.login()
    assert pbx.post("refresh_token", {"refresh_token": pair["access_token"]}) == EXPIRED
    assert pbx.get("system/information", token=pair["refresh_token"]) == EXPIRED


def test_eight_tokens_and_no_more(pbx):
    pairs = [pbx.login() for _ in range(8)]
    assert [pair["errcode"] for pair in pairs] == [0] * 8
    assert pbx.login() == {"errcode": 60002, "errmsg": "MAX LIMITATION EXCEEDED"}
    assert all(alive(pbx, pair["access_token"]) for pair in pairs)
    renewed = pbx.post("refresh_token", {"refresh_token": pairs[0]["refresh_token"]})
    assert renewed["errcode"] == 0
    assert pbx.login()["errcode"] == 60002
    assert pbx.get("del_token", token=pairs[1]["access_token"])["errcode"] == 0
    assert pbx.login()["errcode"] == 0
    assert pbx.login()["errcode"] == 60002
    pbx.advance(1801)
    assert pbx.login()["errcode"] == 0


@pytest.mark.parametrize(("most", "logins"), [(2, 2), (0, 12)])
def test_token_limit_is_a_setting(worlds, most, logins):
    pbx = worlds(max_tokens=most)
    codes = [pbx.login()["errcode"] for _ in range(12)]
    assert codes == [0] * logins + [60002] * (12 - logins)


def test_revoke(pbx):
    pair = pbx.login()
    other = pbx.login()
    assert pbx.get("del_token", token=pair["access_token"]) == {"errcode": 0, "errmsg": "SUCCESS"}
    assert pbx.get("system/information", token=pair["access_token"]) == EXPIRED
    assert pbx.get("del_token", token=pair["access_token"]) == EXPIRED
    assert pbx.post("refresh_token", {"refresh_token": pair["refresh_token"]}) == EXPIRED
    assert alive(pbx, other["access_token"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({**CLIENT, "password": "wrong"}, WRONG),
        ({**CLIENT, "username": "nobody"}, WRONG),
        ({**CLIENT, "username": CLIENT["username"].lower()}, WRONG),
        ({**CLIENT, "password": CLIENT["password"] + " "}, WRONG),
        ({**CLIENT, "password": "密" * 40}, WRONG),
        ({"username": CLIENT["username"]}, required("password")),
        ({"password": CLIENT["password"]}, required("username")),
        ({}, required("username", "password")),
        ({"username": 1, "password": 2}, required("username", "password")),
        ({"username": None, "password": []}, required("username", "password")),
        ({"username": "", "password": ""}, required("username", "password")),
        ([], required("username", "password")),
        ("null", required("username", "password")),
        ('"text"', required("username", "password")),
        ("42", required("username", "password")),
        ("", required("username", "password")),
        ("  \n", required("username", "password")),
    ],
)
def test_login_refused(patient, body, expected):
    assert patient.post("get_token", body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"username=a&password=b",
        b'{"username": "a" "password": "b"}',
        b'{"username": "\xff\xfe"}',
        b"{'username': 'a'}",
        b"\x00",
        b"[" * 5000,
        b'{"username": NaN}',
        b'{"username": "\\ud800"}',
    ],
)
def test_a_body_that_is_not_json(seeded, body):
    answer = seeded.post("get_token", body)
    assert (answer["errcode"], answer["errmsg"]) == (-2, "INTERNAL SERVER ERROR")
    ((only,),) = (answer["invalid_param_list"],)
    assert list(only) == ["value"]
    assert only["value"]


def test_a_body_that_is_too_large(seeded):
    answer = seeded.post("get_token", b'{"username": "' + b"a" * (3 << 20) + b'"}')
    assert answer["errcode"] == 40002
    assert answer["invalid_param_list"] == [{"field": "body", "validation_type": "max"}]


def test_content_type_does_not_matter(pbx):
    for content_type in ("application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"):
        assert pbx.post("get_token", pbx.client, headers={"Content-Type": content_type})["errcode"] == 0


def test_five_failures_block_the_address(serve):
    pbx = serve()
    wrong = {**pbx.client, "password": "wrong"}
    token = pbx.token
    assert [pbx.login(**wrong)["errcode"] for _ in range(5)] == [-1] * 5
    blocked = pbx.login()
    now = pbx.get("system/information", token=token)["data"]["timestamp"]
    assert blocked["errmsg"] == "ACCOUNT IP BLOCKED"
    assert list(blocked) == ["errcode", "errmsg", "block_expire_time"]
    assert 595 <= blocked["block_expire_time"] - now <= 600
    assert pbx.login(**wrong) == blocked
    assert pbx.post("refresh_token", {"refresh_token": "x"}) == blocked
    assert alive(pbx, token)
    pbx.advance(601)
    assert pbx.login()["errcode"] == 0


def test_a_block_can_be_ended(serve):
    pbx = serve()

    def block():
        while pbx.login(**{**pbx.client, "password": "wrong"})["errcode"] == -1:
            pass
        assert pbx.login()["errcode"] == 70004

    block()
    pbx.settings(max_failed_logins=0)
    assert pbx.login()["errcode"] == 0
    pbx.settings(max_failed_logins=5)
    block()
    assert run_here("reset", "--instance", str(pbx.instance)).returncode == 0
    assert pbx.login()["errcode"] == 0


def test_a_success_starts_the_count_anew(pbx):
    wrong = {**pbx.client, "password": "wrong"}
    for _ in range(3):
        assert [pbx.login(**wrong)["errcode"] for _ in range(2)] == [-1, -1]
        assert pbx.login()["errcode"] == 0
    assert pbx.login(username="a")["errcode"] == 40002
    assert [pbx.login(**wrong)["errcode"] for _ in range(5)] == [-1] * 5
    assert pbx.login()["errcode"] == 70004


@pytest.mark.parametrize(("most", "seconds", "answers"), [(2, 5, [-1, -1, 70004, 70004]), (0, 5, [-1] * 4)])
def test_the_block_is_a_setting(worlds, most, seconds, answers):
    pbx = worlds(max_failed_logins=most, login_block_seconds=seconds)
    assert [pbx.login(**{**pbx.client, "password": "x"})["errcode"] for _ in range(4)] == answers
    pbx.advance(6)
    assert pbx.login()["errcode"] == 0


def test_the_block_is_for_one_address(pbx):
    for _ in range(5):
        pbx.login(**{**pbx.client, "password": "x"})
    assert pbx.login()["errcode"] == 70004
    session = requests.Session()
    session.mount("http://", _From("127.0.0.9"))
    assert session.post(f"{pbx.api}/get_token", json=pbx.client, timeout=9).json()["errcode"] == 0
    session.close()


class _From(requests.adapters.HTTPAdapter):
    """Connections that come from a given address of this machine."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)
