"""The pytest plugin: a PBX for each test, on one server for each run, of which nothing is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import ROOT, clean_environment, wait_until

from app.testing import PbxError, connect, serve

pytest_plugins = ["pytester"]

# Without plugins that have nothing to do with it, which take their time.
OTHERS = ("cacheprovider", "hypothesispytest", "anyio", "schemathesis")
PLAIN = (*(word for name in OTHERS for word in ("-p", f"no:{name}")), "-W", "error")

CLIENT = """
import json, urllib.request

def note(pbx):
    with open("urls", "a") as urls:
        urls.write(f"{pbx.base_url}\\n")

def login(pbx, **also):
    body = json.dumps({"username": pbx.client_id, "password": pbx.client_secret} | also).encode()
    with urllib.request.urlopen(f"{pbx.api_url}/get_token", body, timeout=9) as answer:
        return json.load(answer)

def search(pbx):
    url = f"{pbx.api_url}/cdr/search?access_token={login(pbx)['access_token']}"
    with urllib.request.urlopen(url, timeout=9) as answer:
        return json.load(answer)
"""


@pytest.fixture(autouse=True)
def client(pytester, monkeypatch):
    """A project with a client, and nothing of ours in its environment."""
    for name in [name for name in os.environ if name.startswith(("PBX_", "PYTEST_ADDOPTS", "PYTHONWARNINGS"))]:
        monkeypatch.delenv(name)
    pytester.makepyfile(client=CLIENT)


def is_gone(url):
    try:
        connect(url)
    except PbxError:
        return True
    return False


def url_in(pytester):
    """The address that a test of the project has written down; its server is gone by now, or soon."""
    urls = set((pytester.path / "urls").read_text().split())
    (url,) = urls
    return url


def test_the_plugin_is_there_without_a_word(pytester):
    assert pytester.runpytest_subprocess("--markers").stdout.str().count("@pytest.mark.pbx(") == 1


WORLDS = """
    import pytest
    from client import login, note, search

    seen = []

    @pytest.mark.parametrize("number", range(3))
    def test_each_has_one_of_its_own(pbx, pbx_server, number):
        note(pbx)
        pbx.add_call(call_from=str(1000 + number))
        assert [row["call_from_number"] for row in search(pbx)["data"]] == [str(1000 + number)]
        pbx.assert_asked("cdr/search", times=1)
        assert pbx.world not in seen
        assert pbx_server.info["worlds"] == 2  # the default one, and this
        seen.append(pbx.world)

    def test_and_others_beside_it(pbx, pbx_server):
        with pbx_server.new_world() as another:
            assert login(pbx, username=another.client_id)["errcode"] == -1
            assert search(another)["total_number"] == 0

    @pytest.fixture
    def filled(pbx):
        pbx.add_call()

    @pytest.mark.usefixtures("filled")
    def test_through_another_fixture(pbx):
        assert search(pbx)["total_number"] == 1

    @pytest.mark.pbx(seed={"extensions": [{"number": "2005"}]}, timezone="Europe/London", at="2024-03-04 09:00:00")
    class TestMarked:
        def test_of_the_class(self, pbx):
            assert (pbx.settings()["timezone"], pbx.now) == ("Europe/London", 1709542800)
            pbx.group("All", ["2005"])

        @pytest.mark.pbx(timezone="Asia/Tokyo", rate=0)
        def test_the_nearest_wins(self, pbx):
            assert (pbx.settings()["timezone"], pbx.now) == ("Asia/Tokyo", 1709510400)
            pbx.group("All", ["2005"])
"""


def test_worlds_of_tests(pytester, monkeypatch):
    monkeypatch.setenv("PBX_CLIENT_ID", "mine")
    monkeypatch.setenv("PBX_PORT", "1")
    monkeypatch.setenv("PBX_NONSENSE", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    pytester.makepyfile(WORLDS)
    pytester.runpytest_subprocess(*PLAIN, "--strict-markers").assert_outcomes(passed=7)
    assert is_gone(url_in(pytester))
    assert list(pytester.path.rglob("instance-*")) == []


def test_what_a_failing_test_shows(pytester):
    pytester.makepyfile("""
        import pytest
        from client import search

        def test_it_fails(pbx):
            search(pbx)
            assert False

        def test_it_fails_otherwise(pbx):
            search(pbx)
            pbx.assert_asked("cdr/search", times=2)

        @pytest.fixture
        def broken(pbx):
            raise RuntimeError

        def test_its_fixture_fails(broken):
            pass

        def test_its_pbx_is_gone(pbx):
            pbx.drop()
            assert False

        def test_it_passes(pbx):
            search(pbx)

        @pytest.mark.pbx("demo")
        def test_names_are_missing(pbx):
            pass

        def test_it_cannot_be_done(pbx):
            pbx.add_call(talk="long")

        @pytest.mark.pbx(time_zone="UTC")
        def test_no_setting(pbx):
            pass

        def test_no_server(pbx_noproc):
            pass
    """)
    result = pytester.runpytest_subprocess(*PLAIN)
    result.assert_outcomes(passed=1, failed=4, errors=4)
    result.stdout.re_match_lines(
        [
            r"Write @pytest\.mark\.pbx\(seed='demo'\), with the names\.",
            r"settings\.time_zone: there is no setting named time_zone\. Did you mean timezone\?",
            r"pbx_noproc needs a server that runs: give its address as --pbx-url .*, in the variable PBX_URL, or as",
            r"_+ test_it_fails _+",
            r"-+ requests to PBX \w{8} -+",
            r"The PBX was asked, oldest first:",
            r"   1 POST get_token  username='\w+', password='\*\*\*'  -> errcode 0 SUCCESS",
            r"   2 GET cdr/search  -> errcode 0 SUCCESS, 0 of 0 rows",
            r"_+ test_it_fails_otherwise _+",
            r"E +AssertionError: cdr/search was asked once, expected 2\.",
        ],
        consecutive=False,
    )
    told = result.stdout.str()
    assert told.count("- requests to PBX") == 4, "of those that have said nothing themselves"
    assert "The PBX was asked nothing." in told
    for module in ("asked", "handle", "control"):
        assert f"{module}.py" not in told, "the way through the handle is nobody's business"
    assert 'calls[0].talk: "long" is not allowed' in told


def test_another_server(pytester, monkeypatch):
    pytester.makepyfile("""
        import os

        def test_one(pbx, pbx_server):
            assert pbx.base_url == pbx_server.url == os.environ["EXPECTED"]
            assert len(pbx.add_call().ids) == 1

        def test_two(pbx_noproc):
            assert pbx_noproc.base_url == os.environ["EXPECTED"]
            assert pbx_noproc.requests() == []
    """)
    with serve(workers=1, control_token="secret", tls=True) as server:
        monkeypatch.setenv("EXPECTED", server.url)
        monkeypatch.setenv("PBX_URL", "http://127.0.0.1:1")
        trusted = ("--pbx-url", server.url, "--pbx-ca", server.ca)
        result = pytester.runpytest_subprocess(*PLAIN, *trusted, "--pbx-token", "secret")
        result.assert_outcomes(passed=2)
        result = pytester.runpytest_subprocess(*PLAIN, *trusted)
        result.assert_outcomes(errors=2)
        assert "Give it to pytest as --pbx-token" in result.stdout.str()
        assert connect(server.url, "secret", server.ca).info["worlds"] == 1
    monkeypatch.delenv("PBX_URL")
    pytester.makeini(f"[pytest]\npbx_url = {server.url}")
    result = pytester.runpytest_subprocess(*PLAIN)
    result.assert_outcomes(errors=2)
    assert result.stdout.str().count(f"\nNo PBX answers at {server.url}: ") == 2


def test_a_server_that_does_not_start(pytester, monkeypatch):
    (pytester.mkdir("broken") / "gunicorn.py").write_text("raise RuntimeError('this is not gunicorn')")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "broken"))
    pytester.makepyfile("def test_it(pbx): pass")
    result = pytester.runpytest_subprocess(*PLAIN)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["The PBX did not start. Traceback *", "RuntimeError: this is not gunicorn"])
    assert list(pytester.path.rglob("instance-*")) == []


CROSS_TALK = """
    import pytest
    from client import note, search

    @pytest.mark.parametrize("number", range(TESTS))
    def test_alone(pbx, number):
        note(pbx)
        calls = 1 + number % 3
        for _ in range(calls):
            pbx.add_call(call_from=str(10000 + number))
        pbx.at(1700000000 + number)
        pbx.fail("del_token", 10004)
        found = search(pbx)
        assert [row["call_from_number"] for row in found["data"]] == [str(10000 + number)] * calls
        assert pbx.now == 1700000000 + number
        assert [request.route for request in pbx.requests()] == ["get_token", "cdr/search"]
        pbx.assert_asked("get_token", times=1, username=pbx.client_id)
        assert len(pbx.faults()) == 1
"""

# MANY_TESTS=16,1000 asks for so many workers and tests.
WORKERS, TESTS = map(int, os.environ.get("MANY_TESTS", "4,60").split(","))


def test_many_tests_at_once(pytester):
    pytester.makepyfile(CROSS_TALK.replace("TESTS", str(TESTS)))
    pytester.runpytest_subprocess(*PLAIN, f"--numprocesses={WORKERS}").assert_outcomes(passed=TESTS)
    url = url_in(pytester)  # there was one server for all
    wait_until(lambda: is_gone(url))
    wait_until(lambda: not list(pytester.path.rglob("instance-*")))


def test_no_server_is_left_when_pytest_is_killed(pytester):
    pytester.makepyfile("""
        import time
        from client import note

        def test_it(pbx):
            note(pbx)
            time.sleep(60)
    """)
    command = [sys.executable, "-m", "pytest", *PLAIN, "-n2", f"--basetemp={pytester.path / 'temp'}"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written = pytester.path / "urls"
    wait_until(lambda: written.exists() and written.read_text(), 30)
    url = url_in(pytester)
    assert not is_gone(url)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: is_gone(url))
    wait_until(lambda: not list(pytester.path.rglob("instance-*")))


def test_pytest_starts_as_fast_as_without():
    """What the plugin imports is there already when pytest imports it."""
    code = "import sys, pytest; before = set(sys.modules); import app.pytest_plugin; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == {"app", "app._version", "app.pytest_plugin"}
    assert re.search(
        r"^pytest11 =\n    pbx_emulator = pbx_emulator\.pytest_plugin$", (ROOT / "setup.cfg").read_text(), re.M
    )
