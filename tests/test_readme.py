"""The README's commands work as they are written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, clean_environment, needs_curl

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


def until_ready(process):
    """The banner of a server that has just been started, and its address."""
    banner = ""
    for line in process.stdout:
        banner += line
        if "Ctrl-C" in line:
            break
    return banner, re.search(r"PBX Emulator at (\S+)", banner)[1]


def start(command, folder, **variables):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=clean_environment(PATH=path, **variables), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def run(command):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True).stdout


def stop(process):
    """What Ctrl-C in a terminal does: an interrupt for the whole foreground group."""
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=15)
    process.stdout.close()


def test_the_two_commands_are_the_first_ones():
    assert [text.strip() for text in blocks("")] == ["make run", "make test"]


@needs_curl
def test_make_run_and_ask_it_something(tmp_path):
    process = start("exec make run PORT=0", ROOT, PBX_INSTANCE=str(tmp_path / "instance"))
    try:
        banner, url = until_ready(process)
        searched, explained, kazoo, *_ = (text.replace("http://127.0.0.1:8088", url) for text in blocks("sh"))
        answer = run(searched)
        shown = blocks("json")[0].split(" ...")[0]
        assert answer.startswith(shown)
        assert [row["id"] for row in json.loads(answer)["data"]] == [2710, 2711, 2712]
        nothing, explanation = run(searched + explained.replace("curl -s", "echo; curl -s")).splitlines()[1:]
        assert json.loads(nothing) == {"errcode": 0, "errmsg": "SUCCESS", "total_number": 0, "data": []}
        first = json.loads(explanation)["suggestions"][0]
        assert first["parameters"]["start_time"] == "05/30/2022 00:00:00"
        assert first["rows"] >= 3
        assert len(json.loads(run(kazoo))["data"]) == 2
        pasted = "\n".join(line for line in banner.splitlines() if line.startswith("curl "))
        login, search, kazoo_login, kazoo_list = run(pasted.replace("curl -s ", "curl -sw '\\n' ")).splitlines()
        assert json.loads(login)["errcode"] == 0
        assert len(json.loads(search)["data"]) == 3
        assert json.loads(kazoo_login)["status"] == "success"
        assert len(json.loads(kazoo_list)["data"]) == 3
    finally:
        stop(process)


def test_a_pbx_of_your_own(tmp_path):
    (tmp_path / "office.json").write_text(blocks("json")[1])
    process = start(blocks("sh")[3].replace("serve", "serve --port 0"), tmp_path)
    try:
        banner, _ = until_ready(process)
        assert (
            "Loaded office.json: the PBX holds 2 extensions, 1 extension groups, 1 other objects and 1 CDR rows"
            in banner
        )
        assert re.search(r"PBX clock +\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M in Europe/London", banner)
    finally:
        stop(process)
