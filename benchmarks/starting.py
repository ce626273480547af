"""Figures of the start: from the command to the first answer, with the demo data in place."""

from __future__ import annotations

import json
import shutil
import socket
import time
from pathlib import Path
from statistics import median

from . import OUT, servers
from .figures import Report
from .scene import LOGIN, login
from .searches import target
from .wire import ask, get, post

_PATIENCE = 15.0


def first_answer(report: Report, starts: int = 7) -> None:
    """Start the server on a filled folder again and again: once for a login, once for a search with an old token."""
    folder = OUT / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    with servers.start(servers.serve_command(folder, 0), PBX_MAX_TOKENS="0") as served:
        token = login(served.port)
    search = get(target("cdr/search", token, {"call_from": "2005", "page_size": "3"}))
    requests = {"get_token": post("/openapi/v1.0/get_token", LOGIN), "cdr/search": search}
    taken = {name: [_start(folder, request) for _ in range(starts)] for name, request in requests.items()}
    chapter = "Start to first answer, demo data in place"
    for name, seconds in taken.items():
        report.add(chapter, f"{name}, median of {starts}", median(seconds) * 1000, "ms", most=300)
        report.add(chapter, f"{name}, slowest", max(seconds) * 1000, "ms")


def _start(folder: Path, request: str) -> float:
    """Seconds until the request is answered, counted from before the process is there."""
    port = servers.free_port()
    began = time.perf_counter()
    with servers.spawn(servers.serve_command(folder, port), PBX_MAX_TOKENS="0"):
        _wait_for_listener(port, began + _PATIENCE)
        answer = ask(port, request)
        seconds = time.perf_counter() - began
    if json.loads(answer.content())["errcode"]:
        raise RuntimeError(f"the first answer is not a good one: {answer.content()[:200]!r}")
    return seconds


def _wait_for_listener(port: int, deadline: float) -> None:
    while time.perf_counter() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.001)
    raise TimeoutError("the server has not started")
