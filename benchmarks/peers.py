"""Other tools that answer for an API: Prism and Mockoon with one canned answer, from the npm registry, when asked."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from . import OUT, servers
from .contest import Contender
from .figures import Report
from .scene import Scene, answer
from .searches import Params, target
from .servers import Served
from .wire import ask, get

# json-server is for query_peers.py; what came after 0.17 is a beta.
PACKAGES = ("@stoplight/prism-cli", "@mockoon/cli", "json-server@0.17")
FOLDER = OUT / "peers"
PROGRAMS = FOLDER / "node_modules" / ".bin"
PATH = "openapi/v1.0/cdr/search"

_PATIENCE = 30.0


@dataclass(frozen=True)
class Peers:
    """Which of the tools are there; none when they were not asked for."""

    tools: tuple[str, ...] = ()

    @contextmanager
    def contenders(self, stage: Scene, params: Params) -> Iterator[list[Contender]]:
        """The tools, each started with the emulator's own answer to the search as its canned one."""
        request = get(target("cdr/search", stage.token, params), stage.keep_alive)
        with ExitStack() as stack:
            found = []
            for tool in self.tools:
                canned = answer(stage.emulator.port, request)
                served = stack.enter_context(_start(tool, canned))
                if answer(served.port, request) != canned:
                    raise servers.ServerError(f"{tool} does not answer as it was told")
                found.append(Contender(tool, served, [request], stage.keep_alive))
            yield found


def install(report: Report) -> Peers:
    """Fetch the tools with npm, once. A sentence in the report tells what is missing."""
    npm = shutil.which("npm")
    if npm is None:
        report.note("Prism, Mockoon and json-server are left out: npm is not installed.")
        return Peers()
    if not (FOLDER / "node_modules").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        print("Fetching Prism, Mockoon and json-server from the npm registry ...", flush=True)
        command = [npm, "install", "--prefix", str(FOLDER), "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
        if subprocess.run(command, check=False, cwd=FOLDER).returncode:
            report.note("Prism, Mockoon and json-server are left out: npm could not fetch them.")
            return Peers()
    return Peers(tuple(name for name, tool in TOOLS.items() if (PROGRAMS / tool.program).exists()))


def _openapi(canned: Any, _: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}, "example": canned}}
    operation = {"responses": {"200": {"description": "canned", "content": content}}}
    return {"openapi": "3.0.3", "info": {"title": "canned", "version": "1"}, "paths": {f"/{PATH}": {"get": operation}}}


def _environment(canned: Any, port: int) -> dict[str, Any]:
    response = {
        "uuid": "b2a1c4de-0000-4000-8000-000000000001",
        "body": json.dumps(canned),
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "disableTemplating": True,
        "default": True,
    }
    route_id = "b2a1c4de-0000-4000-8000-000000000002"
    route = {"uuid": route_id, "type": "http", "method": "get", "endpoint": PATH, "responses": [response]}
    return {
        "uuid": "b2a1c4de-0000-4000-8000-000000000003",
        "name": "canned",
        "port": port,
        "hostname": "127.0.0.1",
        "rootChildren": [{"type": "route", "uuid": route_id}],
        "routes": [route],
    }


@dataclass(frozen=True)
class Tool:
    """A tool's program, the document that holds its canned answer, and the rest of its command line."""

    program: str
    document: Callable[[Any, int], dict[str, Any]]
    command: tuple[str, ...]


# Prism as its manual starts it writes a line for each step of each request; silent, it is spared that.
TOOLS = {
    "Prism": Tool("prism", _openapi, ("mock", "{file}", "--host", "127.0.0.1", "--port", "{port}")),
    "Prism, silent": Tool(
        "prism", _openapi, ("mock", "{file}", "--host", "127.0.0.1", "--port", "{port}", "--verboseLevel", "silent")
    ),
    "Mockoon": Tool("mockoon-cli", _environment, ("start", "--data", "{file}", "--disable-log-to-file", "--repair")),
}


def _start(name: str, canned: Any) -> Served:
    tool, port = TOOLS[name], servers.free_port()
    file = FOLDER / f"{tool.program}.json"
    file.write_text(json.dumps(tool.document(canned, port)))
    arguments = [part.format(file=file, port=port) for part in tool.command]
    return started(servers.spawn([str(PROGRAMS / tool.program), *arguments]), port, f"/{PATH}")


def started(served: Served, port: int, path: str) -> Served:
    """The server, once it answers there. Raises ServerError."""
    served.port = port
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            ask(port, get(path))
            return served
        except OSError:
            if served.process.poll() is not None or time.monotonic() > deadline:
                said = served.said()
                served.__exit__()
                raise servers.ServerError(said) from None
            time.sleep(0.05)
