"""The handle: each of its verbs on a real server, and what it says when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
import requests
from conftest import ROOT, clean_environment, wait_until

from app.faults.fields import FIELDS
from app.journal import Entry
from app.testing import Pbx, PbxError, Request, Server, connect, serve
from app.testing.handle import FaultFields
from app.testing.servers import shared

MORNING = 1709543700  # 2024-03-04 09:15:00 in London


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    with shared((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "handle") as server:
        yield server


@pytest.fixture
def pbx(server):
    with server.new_world(timezone="Europe/London") as pbx:
        yield pbx


def login(pbx):
    body = {"username": pbx.client_id, "password": pbx.client_secret}
    return requests.post(f"{pbx.api_url}/get_token", json=body, timeout=9).json()


def get(pbx, path, token, **params):
    return requests.get(f"{pbx.api_url}/{path}", params={"access_token": token, **params}, timeout=9)


def search(pbx, **params):
    return get(pbx, "cdr/search", login(pbx)["access_token"], **params).json()


def test_a_client_needs_its_address_and_credentials(server, pbx):
    assert repr(server) == f"<Server {pbx.base_url}>"
    assert repr(pbx) == f"<Pbx {pbx.world} at {pbx.base_url}>"
    assert login(pbx)["errcode"] == 0
    body = {"data": {"api_key": pbx.kazoo_api_key}}
    token = requests.put(f"{pbx.kazoo_url}/api_auth", json=body, timeout=9).json()
    assert token["data"]["account_id"] == pbx.kazoo_account_id
    assert server.info["name"] == "pbx-emulator"
    assert server.world(pbx.world).client_secret == pbx.client_secret
    assert server.world().world == "default"


def test_calls(pbx):
    default = pbx.add_call()
    assert (len(default.ids), default.started_at <= pbx.now) == (1, True)
    call = pbx.add_call(call_from="2005", call_to="+442071234567", start="2024-03-04 09:15:00", talk=42, trunk="city")
    assert (call.started_at, call.call_id) == (MORNING, f"{MORNING}.2")
    (row,) = search(pbx, call_to="+442071234567")["data"]
    assert (row["talk_duration"], row["dst_trunk"], row["disposition"]) == (42, "city", "ANSWERED")
    missed = pbx.add_call(call_from="2005", call_to="2006", status="NO ANSWER", ring=25)
    (row,) = search(pbx, status="NO ANSWER")["data"]
    assert (row["id"], row["ring_duration"]) == (missed.ids[0], 25)


@pytest.mark.parametrize(
    "start",
    [
        "03/04/2024 09:15:00",
        "2024-03-04T09:15:00Z",
        MORNING,
        datetime(2024, 3, 4, 9, 15),
        datetime(2024, 3, 4, 9, 15, tzinfo=UTC),
    ],
    ids=str,
)
def test_times_can_be_written_in_many_ways(pbx, start):
    assert pbx.add_call(start=start).started_at == MORNING
    assert pbx.at(start) == pbx.now == MORNING


def test_legs(pbx):
    pbx.extension("2005", "Kristin Hale")
    legs = [{"ivr": "Welcome<6500>"}, {"queue": "Support<6400>", "ring": 20}, {"extension": "2005", "talk": 95}]
    assert len(pbx.add_call(call_from="+442071234567", legs=legs).ids) == 3
    rows = search(pbx)["data"]
    assert [row["call_to"] for row in rows] == ["IVR Welcome<6500>", "Queue Support<6400>", "Kristin Hale<2005>"]


def test_what_it_holds(pbx, tmp_path):
    first = pbx.extension("2005", "Kristin Hale", email_addr="k@example.com")
    assert pbx.extension("2006") == first + 1
    sales = pbx.group("Sales", ["2005"])
    pbx.add_call(call_from="2005", call_to="+12025550123")
    assert search(pbx, extension_group=sales)["total_number"] == 1
    assert pbx.add_calls(40, seed=7) == 40
    (tmp_path / "office.toml").write_text('[[extensions]]\nnumber = "2007"\n')
    (tmp_path / "office.json").write_text('{"extensions": [{"number": "2008"}]}')
    assert pbx.load(tmp_path / "office.toml")["extensions"] == [first + 2]
    assert pbx.load(str(tmp_path / "office.json"))["extensions"] == [first + 3]
    assert list(pbx.load({"trunks": ["city"]})) == ["trunks"]


def test_settings(pbx):
    pbx.display_format("DD/MM/YYYY", 12)
    pbx.timezone("America/New_York")
    pbx.add_call(start=MORNING)
    assert search(pbx)["data"][0]["time"] == "04/03/2024 04:15:00 AM"
    assert pbx.settings(max_tokens=1)["max_tokens"] == 1
    assert pbx.settings()["client_secret"] == "***"


def test_the_clock(pbx):
    assert pbx.at(MORNING) == MORNING
    assert pbx.advance(days=1, hours=1, minutes=1, seconds=1.5) == MORNING + 90061.5
    assert pbx.now == MORNING + 90061.5
    assert pbx.advance(seconds=-1.5) == MORNING + 90060
    assert pbx.run(3600) >= MORNING + 90060
    wait_until(lambda: pbx.now > MORNING + 90070)
    stopped = pbx.freeze()
    assert pbx.now == stopped
    pbx.resume()
    assert abs(pbx.now - datetime.now(UTC).timestamp()) < 60
    assert pbx.at(MORNING, frozen=False) >= MORNING
    wait_until(lambda: pbx.now > MORNING)


def test_a_clock_that_cannot_show_the_time_runs_on(pbx):
    with pytest.raises(PbxError, match=r"The PBX's clock shows times from 1970 to 2099\."):
        pbx.at(datetime(9999, 1, 1))
    before = pbx.now
    wait_until(lambda: pbx.now > before)


def test_a_world_begins_as_it_is_told(server):
    document = {"settings": {"date_format": "YYYY/MM/DD"}, "extensions": [{"number": "2005"}]}
    with server.new_world(seed=document, name="hers", at=MORNING, max_tokens=1) as pbx:
        assert (pbx.world, pbx.now) == ("hers", MORNING)
        settings = pbx.settings()
        assert (settings["date_format"], settings["max_tokens"]) == ("YYYY/MM/DD", 1)
    with server.new_world(at=MORNING, rate=3600) as pbx:
        wait_until(lambda: pbx.now > MORNING + 10)
    with pytest.raises(PbxError, match="There is no world hers"):
        server.world("hers")


def test_what_goes_wrong(pbx):
    token = login(pbx)["access_token"]
    fault = pbx.fail("cdr/search", 10004, times=1)
    assert get(pbx, "cdr/search", token).json()["errcode"] == 10004
    assert get(pbx, "cdr/search", token).json()["errcode"] == 0
    assert [(one["id"], one["fired"], one["spent"]) for one in pbx.faults()] == [(fault["id"], 1, True)]
    pbx.disarm(fault["id"])
    assert pbx.faults() == []
    pbx.fail("*", 503, since=datetime.fromtimestamp(pbx.now - 60, UTC))
    assert get(pbx, "cdr/search", token).status_code == 503
    pbx.disarm()
    pbx.slow("cdr/search", 0.1)
    assert get(pbx, "cdr/search", token).elapsed.total_seconds() > 0.1
    pbx.fail("system/information", cut="before")
    with pytest.raises(requests.ConnectionError):
        get(pbx, "system/information", token)


def test_what_was_asked(pbx, server):
    with server.new_world() as another:
        login(another)
    token = login(pbx)["access_token"]
    get(pbx, "cdr/search", token, page=2, call_from="2005")
    get(pbx, "cdr/search", token, start_time="nonsense")
    asked = pbx.requests()
    assert [one.route for one in asked] == ["get_token", "cdr/search", "cdr/search"]
    assert all(isinstance(one, Request) and one.world == pbx.world for one in asked)
    assert asked[0].parameters == {"username": pbx.client_id, "password": "***"}
    assert asked[1].parameters == {"access_token": "***", "page": "2", "call_from": "2005"}
    assert "nonsense" in asked[2].notes[0]
    assert pbx.requests("cdr/search", after=asked[1].id) == asked[2:]
    assert pbx.requests("*", errcode=10004) == []
    assert (pbx.count(), pbx.count("cdr/search", method="GET"), pbx.count(since=pbx.now + 60)) == (3, 2, 0)
    assert "nonsense" in pbx.explain_last()
    assert pbx.explain(asked[2]) == pbx.explain(asked[2].request_id) == pbx.explain_last("cdr/search")
    assert pbx.explain(asked[1].id) != pbx.explain_last()
    pbx.reset_journal()
    assert pbx.requests() == []


@pytest.fixture
def asked(pbx):
    """A PBX that has been asked for pages 1 and 2, and for its options."""
    token = login(pbx)["access_token"]
    for page in (1, 2):
        get(pbx, "cdr/search", token, page=page, sort_by="time")
    body = {"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 0}
    requests.post(f"{pbx.api_url}/cdr/updateoption?access_token={token}", json=body, timeout=9)
    return pbx


PASSING = [
    (("cdr/search",), {}),
    (("cdr/search",), {"times": 2}),
    (("cdr/search",), {"at_least": 2}),
    (("cdr/search",), {"times": 1, "page": 2}),
    (("cdr/search",), {"page": "2", "sort_by": "time", "page_size": None}),
    (("cdr/updateoption",), {"enb_fuzzy_search": 1}),
    (("cdr/updateoption",), {"enb_fuzzy_search": "1"}),
    (("del_token",), {"times": 0}),
    (("*",), {"times": 4}),
]

FAILING = [
    (("cdr/search",), {"times": 3}, "cdr/search was asked 2 times, expected 3."),
    (("cdr/search",), {"times": 1}, "cdr/search was asked 2 times, expected 1."),
    (("del_token",), {}, "del_token was asked 0 times, expected at least 1."),
    (("cdr/search",), {"at_least": 3}, "cdr/search was asked 2 times, expected at least 3."),
    (("cdr/search",), {"page": 3}, "cdr/search was asked 0 times with page=3, expected at least 1."),
    (
        ("cdr/search",),
        {"page": 3},
        "   3 GET cdr/search  page='2', sort_by='time'  -> errcode 0 SUCCESS, 0 of 0 rows\n",
    ),
    (("cdr/search",), {"page": 3}, "but page was '2', not '3'"),
    (("cdr/search",), {"page": 1, "times": 2}, "cdr/search was asked once with page=1, expected 2."),
    (("cdr/search",), {"call_to": "x"}, "but call_to was not sent"),
    (("cdr/search",), {"sort_by": None}, "but sort_by was sent, 'time'"),
    (("cdr/search",), {"access_token": "x"}, "access_token is a secret, which the journal does not keep"),
]


@pytest.mark.parametrize(("route", "expected"), PASSING, ids=str)
def test_assert_asked(asked, route, expected):
    asked.assert_asked(*route, **expected)


def test_assert_asked_fails(asked):
    for route, expected, told in FAILING:
        with pytest.raises(AssertionError) as raised:
            asked.assert_asked(*route, **expected)
        assert told in str(raised.value)
        assert str(raised.value).count("\n   4 ") == 1, "all that was asked is listed"


def test_assert_not_asked(asked):
    asked.assert_not_asked("del_token")
    asked.assert_not_asked("cdr/search", page=3)
    with pytest.raises(AssertionError, match=r"cdr/search was asked once with page=2, expected 0\."):
        asked.assert_not_asked("cdr/search", page=2)


def test_many_requests_are_cut_short_in_a_message(pbx):
    token = login(pbx)["access_token"]
    for _ in range(51):
        get(pbx, "system/information", token)
    with pytest.raises(AssertionError) as raised:
        pbx.assert_asked("cdr/search")
    lines = str(raised.value).splitlines()
    assert lines[3] == "     ... 2 more ..."
    assert lines[4].startswith("   3 GET system/information")


def test_wait_for(pbx):
    threading.Timer(0.1, login, (pbx,)).start()
    pbx.wait_for("get_token", errcode=0)
    pbx.wait_for("get_token", timeout=0)
    with pytest.raises(AssertionError, match=r"get_token was asked once within 0\.05 seconds, expected 2\."):
        pbx.wait_for("get_token", times=2, timeout=0.05)


def test_what_it_was_before(pbx):
    pbx.add_call()
    pbx.snapshot()
    pbx.add_call()
    pbx.snapshot("two")
    pbx.restore()
    assert search(pbx)["total_number"] == 1
    pbx.restore("two")
    assert search(pbx)["total_number"] == 2
    pbx.at(MORNING)
    pbx.fail("cdr/search", 10004)
    pbx.reset()
    assert (pbx.faults(), pbx.requests(), pbx.now > MORNING) == ([], [], True)
    assert search(pbx)["total_number"] == 0


REFUSED = [
    (lambda pbx: pbx.fail("cdr/serach", 10004), "There is no route 'cdr/serach'. Did you mean cdr/search?", 422),
    (lambda pbx: pbx.assert_not_asked("cdr/serach"), "There is no route 'cdr/serach'. Did you mean cdr/search?", 422),
    (lambda pbx: pbx.wait_for("cdr/serach"), "There is no route 'cdr/serach'.", 422),
    (lambda pbx: pbx.fail("cdr/search", 12345), "errcode 12345 is none of the vendor's", 422),
    (lambda pbx: pbx.disarm(7), "There is no fault 7; none is armed.", 404),
    (lambda pbx: pbx.settings(timezone="Mars"), "settings.timezone: 'Mars' is not allowed; expected an IANA", 422),
    (lambda pbx: pbx.settings(port=1), "settings.port: belongs to the server, not to the PBX", 422),
    (
        lambda pbx: pbx.add_call(caller="1"),
        'calls[0].caller: "caller" is not a key here; did you mean call_type',
        422,
    ),
    (lambda pbx: pbx.group("Sales", ["99"]), 'extension_groups[0].members[0]: "99" is not an extension', 422),
    (lambda pbx: pbx.at("tomorrow"), "'tomorrow' is not a time; this PBX reads MM/DD/YYYY HH:mm:ss", 422),
    (lambda pbx: pbx.run(-1), "rate: -1 is not allowed", 422),
    (lambda pbx: pbx.restore("never"), "has no snapshot never.", 404),
    (lambda pbx: pbx.snapshot("../x"), "'../x' is no name for a snapshot", 422),
    (lambda pbx: pbx.requests(page=1), "page: there is no such parameter", 422),
    (lambda pbx: pbx.explain_last(), "The journal has no request last", 404),
    (lambda pbx: pbx.load("none.json"), "The file none.json cannot be read: No such file or directory.", 0),
    (lambda pbx: pbx.load(ROOT / "setup.cfg"), "setup.cfg is not JSON: Expecting value: line 1", 0),
    (lambda pbx: pbx.add_call(talk=timedelta(1)), "datetime.timedelta(days=1) is not allowed here; expected text,", 0),
    (lambda pbx: pbx.run(float("nan")), "This cannot be sent as JSON: Out of range float values are not", 0),
    (lambda pbx: pbx.timezone("\ud800"), "This cannot be sent as JSON: 'utf-8' codec can't encode", 0),
    (lambda pbx: pbx.requests("\ud800"), "There is no route '?'.", 422),
    (lambda pbx: pbx.restore(""), "'' is no name.", 0),
    (lambda pbx: pbx.explain("\ud800"), "'\\ud800' is no name.", 0),
    (lambda pbx: pbx.group("Sales", "2005"), 'members: "2005" is not allowed; expected an array', 422),
]


@pytest.mark.parametrize(("deed", "told", "status"), REFUSED, ids=[told for _, told, _ in REFUSED])
def test_refused(pbx, deed, told, status):
    with pytest.raises(PbxError) as raised:
        deed(pbx)
    assert told in str(raised.value)
    assert raised.value.status == status


def test_documents_must_be_objects(pbx, tmp_path):
    for name, content, told in (("a.toml", "x", "is not TOML"), ("b.json", "[]", "holds no object")):
        (tmp_path / name).write_text(content)
        with pytest.raises(PbxError, match=told):
            pbx.load(tmp_path / name)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("127.0.0.1:8088", "is no address of a server"),
        ("ftp://127.0.0.1", "is no address of a server"),
        ("http://127.0.0.1:1", "No PBX answers at http://127.0.0.1:1: "),
        ("http://127.0.0.1:port", "is no address of a server"),
        ("http://127.0.0.1:80\n", "is no address of a server"),
        ("http://no such host", "is no address of a server"),
        ("http://user:word@127.0.0.1", "is no address of a server"),
        ("http://127.0.0.1/?x=1", "is no address of a server"),
        (8088, "8088 is no address of a server"),
    ],
)
def test_there_is_no_server(url, told):
    with pytest.raises(PbxError, match=told):
        connect(url)


def test_another_server(pbx):
    with pytest.raises(PbxError, match=r"is no PBX Emulator: GET /v2/_pbx/info was answered with 404\."):
        connect(pbx.kazoo_url)
    with pytest.raises(PbxError, match=r"/openapi/v1\.0 is no PBX Emulator: .* Give the server's root"):
        connect(pbx.api_url)


def test_what_a_connection_is_refused_for(pbx, tmp_path):
    with pytest.raises(PbxError, match=r"The request cannot be sent: Invalid header value"):
        connect(pbx.base_url, "line\nbreak")
    secure = pbx.base_url.replace("http:", "https:")
    with pytest.raises(PbxError, match=r"The file none\.pem cannot be trusted: No such file or directory\."):
        connect(secure, ca="none.pem")
    (tmp_path / "empty.pem").touch()
    with pytest.raises(PbxError, match=r"empty\.pem cannot be trusted: "):
        connect(secure, ca=str(tmp_path / "empty.pem"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"seed": "dmo"}, """seed: 'dmo' is not there; expected "empty", "demo", the path of a seed document"""),
        ({"seed": None}, "seed: None is not there; expected"),
        ({"seed": ROOT / "setup.cfg"}, "setup.cfg is not JSON"),
        ({"sed": "demo"}, "no setting named sed. Besides settings there are seed, name, at, rate; did you mean seed?"),
        ({"timezon": "UTC"}, "settings.timezon: there is no setting named timezon. Did you mean timezone?"),
    ],
)
def test_a_world_that_cannot_be_made(server, given, told):
    with pytest.raises(PbxError) as raised:
        server.new_world(**given)
    assert told in str(raised.value)


def test_a_server_with_tls_in_a_folder_of_ones_own(tmp_path):
    with serve(workers=1, tls=True, instance=tmp_path / "kept") as server, server.new_world() as pbx:
        body = {"username": pbx.client_id, "password": pbx.client_secret}
        answer = requests.post(f"{pbx.api_url}/get_token", json=body, verify=server.ca, timeout=9)
        assert answer.json()["errcode"] == 0
        with pytest.raises(PbxError, match=r"certificate verify failed.* Give the file of the authority .*ca\.pem\."):
            connect(server.url)
    assert (tmp_path / "kept" / "pbx.sqlite").is_file()


def test_a_server_that_cannot_start(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with (
        pytest.raises(PbxError, match=r"The PBX did not start\. Error: There is no seed document none\.json"),
        serve(seed="none.json"),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


SERVED = """
import os, sys
from app import testing
with testing.serve(workers=1, control_token="secret", allowed_networks=["127.0.0.0/8", "10.0.0.0/8"]) as server:
    assert server.world().settings()["allowed_networks"] == ["127.0.0.0/8", "10.0.0.0/8"]
    print(server.url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_no_server_is_left(tmp_path, killed):
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=clean_environment(TMPDIR=str(tmp_path), PBX_NONSENSE="1"), text=True,
    )  # fmt: skip
    url = process.stdout.readline().strip()
    with pytest.raises(PbxError, match="needs the token") as raised:
        connect(url)
    assert raised.value.status == 401
    assert connect(f"{url}/", "secret").info["worlds"] == 1
    if killed:
        process.kill()
    process.communicate(timeout=15)
    assert killed or process.returncode == 0
    wait_until(lambda: not any(tmp_path.iterdir()))
    with pytest.raises(PbxError, match="No PBX answers"):
        connect(url)


def test_it_needs_the_standard_library_only():
    code = "import sys; before = set(sys.modules); import app.testing; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    foreign = {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names - {"app"}
    assert foreign == set()
    ours = {name for name in done.stdout.split() if name.startswith("app.")}
    assert {name.split(".")[1] for name in ours} == {"_version", "sharing", "testing"}


def test_its_types_are_those_of_the_server():
    assert {"route", *FaultFields.__annotations__} == set(FIELDS)
    assert {field.name for field in fields(Entry)} >= {field.name for field in fields(Request)} - {"understood"}


def test_everything_is_documented():
    public = {name: getattr(kind, name) for kind in (Pbx, Server, Request) for name in dir(kind) if name[0] != "_"}
    assert [name for name, item in public.items() if callable(item) and not item.__doc__] == []
