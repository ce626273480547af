"""doctor: what it finds, and what it says to do; and snapshots of the default PBX by the command line."""

from __future__ import annotations

import socket

import pytest
from conftest import CLIENT, run_here


@pytest.fixture
def does(tmp_path):
    def does(*arguments, code=0, **variables):
        done = run_here(*arguments, "--instance", str(tmp_path / "kept"), **variables)
        assert (done.returncode, done.stderr) == (code, "")
        return done.stdout

    return does


def test_all_is_well(does):
    does("seed", "demo")
    told = does("doctor", "--port", "0")
    assert {line.split()[0] for line in told.splitlines()} == {"ok"}
    assert "30 extensions" in told
    assert "are sent as MM/DD/YYYY HH:mm:ss or ISO 8601" in told


def test_nothing_is_made(does, tmp_path):
    assert "is not there yet" in does("doctor", "--port", "0")
    assert not (tmp_path / "kept").exists()


def test_a_port_that_is_taken(does):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = does("doctor", "--port", str(taken.getsockname()[1]), code=1)
    assert "WRONG port" in told
    assert "choose another with --port" in told


def test_a_running_emulator_is_recognized(seeded):
    port = seeded.url.rpartition(":")[2]
    assert seeded.get("system/capacity")["errcode"] == 0
    done = run_here("doctor", "--instance", str(seeded.instance), "--port", port)
    assert done.returncode == 0, done.stdout
    assert "an emulator answers on 127.0.0.1" in done.stdout
    assert "requests" in done.stdout


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"PBX_TIMEZONE": "Mars"}, "WRONG settings  Variable PBX_TIMEZONE: 'Mars' is not allowed"),
        ({"PBX_TIMEZON": "UTC"}, "Did you mean PBX_TIMEZONE?"),
    ],
)
def test_a_wrong_setting(does, variables, told):
    assert told in does("doctor", code=1, **variables)


def test_secrets_are_not_shown(does):
    does("seed", "empty")
    told = does("doctor", "--port", "0", PBX_CLIENT_SECRET="dontshowthis", PBX_CONTROL_TOKEN="northis")
    assert "client_secret=***" in told
    assert "dontshow" not in told
    assert "northis" not in told


def test_what_surprises(does):
    does("seed", "empty")
    does("time", "freeze", "2024-03-04 09:15:00")
    told = does("doctor", "--port", "0", "--host", "0.0.0.0")
    assert "is empty" in told
    assert "it stands still" in told
    assert "`pbx-emulator time resume`" in told
    assert "The control API stays shut until PBX_CONTROL_TOKEN is set." in told
    does("settings", "timezone", "Europe/London")
    does("settings", "api_enabled", "off")
    told = does("doctor", "--port", "0", code=1)
    assert "unlike the defaults: timezone=Europe/London, api_enabled=off" in told
    assert "WRONG logins" in told


def test_a_blocked_address(serve):
    pbx = serve()
    for _ in range(5):
        pbx.login(username=CLIENT["username"], password="wrong")
    done = run_here("doctor", "--instance", str(pbx.instance), "--port", "0")
    assert done.returncode == 1
    assert "127.0.0.1 is blocked for" in done.stdout
    run_here("time", "advance", "600", "--instance", str(pbx.instance))
    assert "is blocked" not in run_here("doctor", "--instance", str(pbx.instance), "--port", "0").stdout


def test_a_damaged_database(does, tmp_path):
    does("seed", "demo")
    path = tmp_path / "kept" / "pbx.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 10_000)
    assert "WRONG database" in does("doctor", "--port", "0", code=1)


def test_snapshots_of_the_default_pbx(does):
    does("seed", "demo")
    assert does("snapshot", "list") == "World default has no snapshots.\n"
    assert does("snapshot", "make", "full") == "Kept default as full.\n"
    does("seed", "empty")
    assert does("snapshot", "restore", "full") == "Restored default to full.\n"
    assert "5,0" in does("doctor", "--port", "0")
    assert does("snapshot", "drop", "full") == "Dropped full.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("restore", "x"), "World default has no snapshot x."),
        (("drop", "x"), "World default has no snapshot x."),
        (("make", "a/b"), "'a/b' is no name for a snapshot"),
        (("make", "x", "--world", "nobody"), "There is no world nobody."),
    ],
)
def test_snapshots_that_are_not(tmp_path, arguments, told):
    done = run_here("snapshot", *arguments, "--instance", str(tmp_path / "kept"), PBX_SEED="empty")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
