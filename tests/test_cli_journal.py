"""requests and explain: the journal at the command line, while the server runs and afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

import pytest
from conftest import CLIENT, ROOT, clean_environment, run_cli, run_here, start_server, wait_until

from app.journal import Journal, path_in

CALLS = {"cdrs": [{"timestamp": 1709543700 + n, "call_from": "2005", "call_to": "1000"} for n in range(3)]}


class Folder:
    def __init__(self, pbx):
        self.pbx, self.journal = pbx, Journal(path_in(pbx.instance))

    def does(self, *arguments):
        done = run_here(*arguments, "--instance", str(self.pbx.instance))
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def lines(self, *arguments):
        return self.does("requests", *arguments).splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A server that was asked six things, the last one in a world of its own."""
    pbx = start_server(tmp_path_factory.mktemp("asked"), PBX_SEED="empty")
    made = run_here("worlds", "make", "hers", "--set", "timezone=UTC", "--instance", str(pbx.instance)).stdout
    facts = dict(re.findall(r"^(Client \w+) +(\S+)$", made, re.MULTILINE))
    pbx.search(call_from="2005", start_time="2024-03-04 09:15:00")
    pbx.get("cdr/list", page=1)
    pbx.get("cdr/nothing")
    pbx.login(**{**CLIENT, "password": "wrong"})
    pbx.http.get(f"{pbx.url}/v2/accounts/x/cdrs", timeout=9)
    token = pbx.login(username=facts["Client ID"], password=facts["Client Secret"])["access_token"]
    pbx.search(token=token, page="x")
    yield Folder(pbx)
    pbx.stop()


def test_requests(folder):
    lines = folder.lines()
    told = [re.split(r"  +", line) for line in lines]
    assert [fields[2:4] for fields in told] == [
        ["default", "get_token"], ["default", "cdr/search"], ["default", "cdr/list"],
        ["default", "GET /openapi/v1.0/cdr/nothing"], ["default", "get_token"], ["default", "cdrs"],
        ["hers", "get_token"], ["hers", "cdr/search"],
    ]  # fmt: skip
    assert [fields[5] for fields in told] == [
        "0", "0", "0", "10001 INTERFACE NOT EXISTED", "-1 FAILURE", told[5][5], "0", "40002 PARAMETER ERROR",
    ]  # fmt: skip
    assert told[1][4] == CLIENT["username"]
    assert told[1][6] == "0/0"
    assert all(re.fullmatch(r"[0-9]+\.[0-9] ms", fields[-1]) for fields in told)
    assert all(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", fields[0]) for fields in told)
    assert folder.journal.get(int(told[1][1])).route == "cdr/search"


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--limit", "3"), 3), (("--world", "hers"), 2), (("--dialect", "kazoo"), 1), (("--dialect", "yeastar"), 7),
        (("--client", CLIENT["username"]), 4), (("--method", "POST"), 3), (("--route", "cdr/search"), 2),
        (("--errcode", "10001"), 1), (("--errcode", "-1"), 1), (("--status", "200", "--dialect", "yeastar"), 7),
        (("--since", "2024-03-04T00:00:00Z"), 8), (("--since", "2090-03-04T00:00:00Z", "--limit", "1"), 0),
        (("--until", "1709543700"), 0), (("--route", "cdr/search", "--world", "default"), 1),
    ],
)  # fmt: skip
def test_filters(folder, options, count):
    done = run_here("requests", *options, "--instance", str(folder.pbx.instance))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, count)
    assert done.stderr == ("" if count else "The journal has no such requests.\n")


def test_by_request_id(folder):
    entry = folder.journal.last(route="cdr/list")
    (line,) = folder.lines("--request-id", entry.request_id)
    assert f"  {entry.id}  " in line
    by_id = folder.does("explain", entry.request_id)
    assert by_id == folder.does("explain", str(entry.id)) == folder.does("explain", "last", "--route", "cdr/list")
    assert by_id.splitlines()[0] == line


def test_explain(folder):
    told = folder.does("explain")
    assert 'Refused with 40002 PARAMETER ERROR: page "x" is not a whole number from 1 on.' in told
    told = folder.does("explain", "--route", "cdr/search", "--world", "default")
    assert "Nothing matched: no calls are stored." in told
    assert '  start_time "2024-03-04 09:15:00", no time, so nothing matches' in told
    assert "wrong secret" in folder.does("explain", "--errcode", "-1")
    assert len(folder.does("explain", "--dialect", "kazoo").splitlines()) > 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("explain", "7"), "The journal has no request 7; `pbx-emulator requests` lists those it has."),
        (("explain", "0123456789abcdef"), "The journal has no request 0123456789abcdef"),
        (("explain", "\u0661"), "The journal has no request"),
        (("explain", "--world", "none"), "The journal has no such request"),
        (("explain", "--since", "yesterday"), "'yesterday' is not a time; this PBX reads"),
        (("requests", "--since", "1", "--world", "none"), "There is no world none."),
    ],
)
def test_mistakes(folder, arguments, sentence):
    done = run_here(*arguments, "--instance", str(folder.pbx.instance))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {sentence}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["requests", "explain"])
def test_no_journal(tmp_path, command):
    done = run_here(command, "--instance", str(tmp_path))
    sentence = f"Error: There is no journal in {tmp_path}: no server was asked anything there.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_follow(serve):
    """What comes is shown, also of a server that starts later; Ctrl-C ends it without complaint."""
    pbx = serve(CALLS)
    pbx.get("cdr/list")
    told = []
    with subprocess.Popen(
        [sys.executable, "-m", "app", "requests", "--follow", "--limit", "1", "--instance", str(pbx.instance)],
        cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as follower:  # fmt: skip
        thread = threading.Thread(target=lambda: told.extend(follower.stdout))
        thread.start()
        try:
            wait_until(lambda: told)
            pbx.search(call_from="2005")
            wait_until(lambda: len(told) == 2)
        finally:
            follower.send_signal(2)
            thread.join()
        assert follower.stderr.read() == ""
        assert follower.wait() == 0
    assert "cdr/list" in told[0]
    assert "cdr/search" in told[1]
    pbx.stop()
    done = run_cli("explain", "--instance", str(pbx.instance))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 rows matched, and all were sent." in done.stdout
    assert "  call_from" in done.stdout
