"""exec: a command has a PBX for as long as it runs, and nothing of it is left behind."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import ROOT, clean_environment, run_cli, wait_until

from app.settings import Settings

TELL = """
import json, os, sys, urllib.request
told = {name: value for name, value in os.environ.items() if name.startswith("PBX_")}
body = json.dumps({"username": told["PBX_CLIENT_ID"], "password": told["PBX_CLIENT_SECRET"]}).encode()
answer = urllib.request.urlopen(told["PBX_URL"] + "/openapi/v1.0/get_token", body)
print(json.dumps(told | {"errcode": json.load(answer)["errcode"]}))
"""


@pytest.fixture
def temporary(tmp_path):
    """Where temporary folders are made, and must be gone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    yield folder
    wait_until(lambda: not any(folder.iterdir()))


def listens(url):
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.fixture
def start(temporary):
    """Starts exec with a command in a session of its own, which ends with the test, however that ends."""
    started = []

    def start(*command, **options):
        started.append(subprocess.Popen(
            [sys.executable, "-m", "app", "exec", "--seed", "empty", "--workers", "1", *command],
            cwd=ROOT, env=clean_environment(TMPDIR=str(temporary)), stdout=subprocess.PIPE, text=True,
            start_new_session=True, **options,
        ))  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_whom_to_trust(temporary):
    script = 'curl -s --cacert "$PBX_CA" "$PBX_URL/livez" || cat "$PBX_CA"'
    done = run_cli("exec", "--seed", "empty", "--workers=1", "--tls", "--", "sh", "-c", script, TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (0, "")
    assert "alive" in done.stdout or "BEGIN CERTIFICATE" in done.stdout


def test_a_command_has_a_pbx(tmp_path, temporary):
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"settings": {"client_id": "hers", "timezone": "Europe/London"}}))
    command = f'{sys.executable} -c "$TELL" && {sys.executable} -m app time && exit 7'
    done = run_cli(
        "exec", "--seed", str(seed), "--", "sh", "-c", command,
        TMPDIR=str(temporary), TELL=TELL, PBX_INSTANCE=str(tmp_path / "other"), PBX_PORT="1", PBX_FIRMWARE="37.7",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (7, "")
    told, clock = done.stdout.splitlines()
    facts = json.loads(told)
    assert facts.pop("errcode") == 0
    assert not listens(facts.pop("PBX_URL"))
    assert Path(facts.pop("PBX_INSTANCE")).parent == temporary
    settings = Settings()
    assert facts == {
        "PBX_CLIENT_ID": "hers",
        "PBX_CLIENT_SECRET": settings.client_secret,
        "PBX_KAZOO_ACCOUNT_ID": settings.kazoo_account_id,
        "PBX_KAZOO_API_KEY": settings.kazoo_api_key,
        "PBX_FIRMWARE": "37.7",
        "PBX_PORT": "1",
    }
    assert clock.endswith("in Europe/London; the clock runs.")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("no-such-program",), 127, "Error: no-such-program is not found."),
        (("./no-such-program",), 127, "Error: ./no-such-program is not found."),
        (("./setup.cfg",), 126, "Error: ./setup.cfg is not executable."),
        (("--seed", "none.json", "true"), 2, "Error: There is no seed document none.json"),
        (("--threads", "none", "true"), 2, "Error: Option --threads: 'none' is not allowed"),
        ((), 2, "Missing argument 'COMMAND...'."),
    ],
)
def test_a_command_that_cannot_run(temporary, arguments, code, told):
    done = run_cli("exec", *arguments, TMPDIR=str(temporary))
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_what_is_no_program_after_all(tmp_path, temporary):
    program, instance = tmp_path / "program", tmp_path / "kept"
    program.write_bytes(b"\0")
    program.chmod(0o755)
    arguments = ("--instance", str(instance), "--seed", "empty", "--workers=1", str(program))
    done = run_cli("exec", *arguments, TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (126, f"Error: {program} cannot be run: Exec format error.\n")
    assert (instance / "pbx.sqlite").is_file(), "a folder of one's own is kept"


SIGNALLED = """
import os, signal, sys, time
came = []
def note(number, frame):
    came.append(number)
    print(signal.Signals(number).name, flush=True)
for name in ("SIGINT", "SIGTERM"):
    signal.signal(getattr(signal, name), note)
print(os.environ["PBX_URL"], flush=True)
while len(came) < 2:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("terminal", [False, True])
def test_signals_reach_the_command(start, terminal):
    """Each of them once: a terminal sends Ctrl-C to the command itself."""
    ours, theirs = pty.openpty()
    becoming = (lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)) if terminal else None
    process = start("--", sys.executable, "-c", SIGNALLED, stdin=theirs, preexec_fn=becoming)
    url = process.stdout.readline().strip()
    os.write(ours, b"\x03") if terminal else process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "SIGINT\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "SIGTERM\n"
    assert process.wait(15) == 128 + signal.SIGKILL
    assert process.stdout.read() == ""
    process.stdout.close()
    os.close(ours)
    os.close(theirs)
    assert not listens(url)


def test_ctrl_c_while_the_server_starts(start, temporary):
    process = start("--", "true", stderr=subprocess.STDOUT)
    wait_until(lambda: list(temporary.rglob("users")))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=15)[0] == "\nAborted!\n"
    assert process.returncode == 130


def test_nothing_is_left_when_it_is_killed(start):
    process = start("--", sys.executable, "-c", "import os; print(os.environ['PBX_URL'], flush=True); input()")
    url = process.stdout.readline().strip()
    assert listens(url)
    process.kill()
    process.wait(15)
    process.stdout.close()
    wait_until(lambda: not listens(url))
