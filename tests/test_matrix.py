"""matrix: a command with each of several firmwares, and what its grid says."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from conftest import ROOT, clean_environment, run_cli, run_here, wait_until

ASK = """
import json, os, sys, urllib.request
url = os.environ["PBX_URL"] + "/openapi/v1.0/"
body = json.dumps({"username": os.environ["PBX_CLIENT_ID"], "password": os.environ["PBX_CLIENT_SECRET"]}).encode()
token = json.load(urllib.request.urlopen(url + "get_token", body))["access_token"]
errcode = json.load(urllib.request.urlopen(url + "cdr/getoption?access_token=" + token))["errcode"]
about = json.load(urllib.request.urlopen(url + "system/information?access_token=" + token))["data"]
print("before the last line")
print(os.environ["PBX_FIRMWARE"], about["firmware_version"], about["device_name"], errcode, end="")
cases = {"37.7": "<failure/>", "37.23": ""}[os.environ["PBX_FIRMWARE"]]
more = '<testcase name="more"><skipped/></testcase>' if not cases else ""
with open(sys.argv[1], "w") as file:
    file.write(f'<suites><testsuite><testcase classname="t" name="one">{cases}</testcase>{more}</testsuite></suites>')
sys.exit(bool(cases))
"""

FAST = ("--seed", "empty", "--workers", "1")


@pytest.fixture
def grids(tmp_path):
    """Two firmwares, without and with what the command has written: what each run of matrix said."""
    folder = tmp_path
    (folder / "ask.py").write_text(ASK)
    junit, old = folder / "junit.xml", folder / "old.xml"
    old.write_text("<testsuite><testcase name='old'/></testsuite>")
    command = ("--", sys.executable, str(folder / "ask.py"), str(junit))
    options = ("--profiles", "37.23,37.7,37.23", "--device-name", "Mine", *FAST)
    return [
        run_cli("matrix", *options, *more, *command, PBX_FIRMWARE="37.20", PBX_INSTANCE=str(folder / "other"))
        for more in (("--junit", str(old)), ("--junit", str(junit)))
    ]


def test_a_row_for_each_firmware_or_each_test(grids):
    of_firmwares, of_tests = grids
    check_a_row_for_each_firmware(of_firmwares)
    check_a_row_for_each_test(of_tests)


def check_a_row_for_each_firmware(done):
    assert done.returncode == 1
    said, grid = done.stdout.split("--- end of firmware 37.7 ---\n\n")
    assert said == "--- firmware 37.7 ---\nbefore the last line\n37.7 37.7.0.16 Mine 10001"
    head, rule, *rows = grid.splitlines()
    assert head.split() == ["firmware", "outcome", "seconds", "last", "line"]
    assert set(rule) == {"-", " "}
    assert [row.split("  ")[0] for row in rows] == ["37.23", "37.7"]
    assert "passed" in rows[0]
    assert rows[0].endswith("37.23 37.23.0.123 Mine 0")
    assert "failed (1)" in rows[1]
    assert rows[1].endswith("37.7 37.7.0.16 Mine 10001")
    told = [line.split(",")[0] for line in done.stderr.splitlines() if "hint" not in line]
    assert told[1::2] == ["37.23: passed", "37.7: failed (1)"]
    assert ["has not written" in line for line in told[::2]] == [True, True]


def check_a_row_for_each_test(done):
    assert done.returncode == 1
    rows = [row.split() for row in done.stdout.splitlines()[-5:]]
    assert rows[0] == ["test", "37.23", "37.7"]
    assert rows[2:4] == [["t::one", "passed", "failed"], ["more", "skipped", "-"]]
    assert rows[4][:3] == ["the", "command", "passed"]


def test_who_stops_a_run_stops_all(tmp_path):
    begun = tmp_path / "begun"
    script = f"trap 'exit 3' TERM; touch {begun}; while :; do sleep 0.02; done"
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "matrix", *FAST, "--", "sh", "-c", script],
        cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(begun.exists, 30)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert [line.split()[:3] for line in output.splitlines()[-1:]] == [["37.7", "failed", "(3)"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--profiles", "37.8", "--", "true"), "'37.8' is no firmware; there are 37.7+, 37.7, 37.20, 37.21, 37.23."),
        (("--profiles", "", "--", "true"), "'' is no firmware"),
        (("--profiles", "37.7,", "--", "true"), "'' is no firmware"),
        (("--", "no-such-program"), "no-such-program is not found, or not executable."),
        ((), "Missing argument 'COMMAND...'."),
        (("--firmware", "37.7", "--", "true"), "No such option"),
        (("--instance", "x", "--", "true"), "No such option"),
        (("--port", "none", "--", "true"), "Option --port: 'none' is not allowed"),
    ],
)
def test_mistakes(arguments, sentence):
    done = run_here("matrix", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
