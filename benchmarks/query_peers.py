"""Other tools that search, when asked for: Datasette over the same rows, json-server over as many as it can hold."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import venv
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

from . import searches, servers, wire
from .contest import Contender, contest
from .dataset import Dataset
from .figures import Report
from .load import Load
from .peers import FOLDER, PROGRAMS, started
from .scale import instants_of
from .scene import answer, login
from .searches import Params, target
from .servers import Served

PYTHON = FOLDER / "python"
PAGE, THREE = 100, 3

# A search may take long here; Datasette ends one after a second, unless told (milliseconds).
_MINUTE = 60_000


@dataclass(frozen=True)
class Peer:
    """A tool that answers searches: how it is started over the data, where it finds calls from a number in a time
    (``small``) and from numbers that contain a pattern (``fuzzy``), and the ids in its answer."""

    name: str
    start: Callable[[Dataset], Served]
    small: Callable[[Params], str]
    fuzzy: Callable[[Params], str]
    ids: Callable[[Any], list[int]]


def install(report: Report) -> bool:
    """Fetch Datasette with pip, once, into an environment of its own. Returns whether it is there."""
    program = PYTHON / "bin" / "datasette"
    if not program.exists():
        print("Fetching Datasette from the Python package index ...", flush=True)
        venv.create(PYTHON, clear=True, with_pip=True)
        command = [str(PYTHON / "bin" / "python"), "-m", "pip", "install", "--quiet", "datasette <1"]
        subprocess.run(command, check=False)
    if not program.exists():
        report.note("Datasette is left out: pip could not fetch it.")
    return program.exists()


def measure(report: Report, generator: Load, data: Dataset, fewer: Dataset) -> None:
    """The emulator beside Datasette over all rows; beside json-server over fewer."""
    if install(report):
        _beside(report, generator, data, DATASETTE, (5, 100))
    if (PROGRAMS / "json-server").exists():
        _beside(report, generator, fewer, JSON_SERVER, (None, None))
    else:
        report.note("json-server is left out: npm has not fetched it.")


def _beside(
    report: Report, generator: Load, data: Dataset, peer: Peer, bars: tuple[float | None, float | None]
) -> None:
    small = searches.of_one_number(data, THREE, 500)
    patterns = searches.patterns(data, range(4, 5), 20, Random(4))
    fuzzy = [{"call_from": pattern, "enable_fuzzy_search": "1", "page_size": str(PAGE)} for pattern in patterns]
    with ExitStack() as stack:
        ours = stack.enter_context(servers.emulator(data, 5))
        theirs = stack.enter_context(peer.start(data))
        asked = _Asked(report, generator, data, peer, ours, theirs, login(ours.port))
        asked.compare(f"a number in a time, {THREE} answer rows", small, peer.small, (8, 15), bars[0])
        asked.compare("four digits over everything", fuzzy, peer.fuzzy, (1, 5), bars[1])


@dataclass(frozen=True)
class _Asked:
    """The emulator and a tool over the same rows, both running."""

    report: Report
    generator: Load
    data: Dataset
    peer: Peer
    ours: Served
    theirs: Served
    token: str

    def compare(
        self,
        words: str,
        params: Sequence[Params],
        path: Callable[[Params], str],
        how: tuple[int, int],
        least: float | None,
    ) -> None:
        """Ask both the same over so many connections in so many rounds."""
        mine = [wire.get(target("cdr/search", self.token, each)) for each in params]
        other = [wire.get(path(each)) for each in params]
        for one, another in list(zip(mine, other, strict=True))[:5]:
            expected = [row["id"] for row in answer(self.ours.port, one)["data"]]
            if self.peer.ids(answer(self.theirs.port, another)) != expected:
                self.report.note(f"WRONG ANSWER: {self.peer.name} finds other calls: {another.splitlines()[0]}")
        connections, rounds = how
        contenders = [
            Contender("ours", self.ours, mine, connections=connections),
            Contender("theirs", self.theirs, other, connections=connections),
        ]
        results = contest(self.generator, contenders, rounds)
        ours, theirs = results["ours"], results["theirs"]
        chapter = f"Beside {self.peer.name}, {self.data.rows:,} rows; server CPU for a request"
        self.report.add(chapter, f"{words}: emulator, {ours.rate:,.0f} requests/s", ours.cpu, "µs")
        self.report.add(chapter, f"{words}: {self.peer.name}, {theirs.rate:,.1f} requests/s", theirs.cpu, "µs")
        self.report.add(chapter, f"{words}: its CPU, times the emulator's", theirs.cpu_ratio(ours), least=least)
        self.report.add(chapter, f"{words}: requests/s, times its", ours.rate_ratio(theirs), least=least)


def _start_datasette(data: Dataset) -> Served:
    port = servers.free_port()
    options = ("--setting", "sql_time_limit_ms", str(_MINUTE), "--setting", "suggest_facets", "off")
    served = servers.spawn([str(PYTHON / "bin" / "datasette"), "serve", str(data.flat), "-p", str(port), *options])
    return started(served, port, "/flat.json")


def _datasette(conditions: dict[str, Any]) -> str:
    return f"/flat/cdr.json?{urlencode({**conditions, '_sort': 'started_at', '_size': PAGE, '_shape': 'objects'})}"


def _datasette_small(params: Params) -> str:
    start, end = instants_of(params)
    return _datasette({"from_number__exact": params["call_from"], "started_at__gte": start, "started_at__lte": end})


DATASETTE = Peer(
    "Datasette",
    _start_datasette,
    _datasette_small,
    lambda params: _datasette({"from_number__contains": params["call_from"]}),
    lambda found: [row["id"] for row in found["rows"]],
)


def _start_json_server(data: Dataset) -> Served:
    file, port = FOLDER / "calls.json", servers.free_port()
    with closing(sqlite3.connect(data.flat)) as flat:
        cursor = flat.execute("SELECT * FROM cdr")
        names = [column[0] for column in cursor.description]
        file.write_text(json.dumps({"cdr": [dict(zip(names, row, strict=True)) for row in cursor]}))
    command = [str(PROGRAMS / "json-server"), "--host", "127.0.0.1", "--port", str(port), "--read-only", "--quiet"]
    return started(servers.spawn([*command, str(file)]), port, "/cdr/1")


def _json_server(conditions: dict[str, Any]) -> str:
    return f"/cdr?{urlencode({**conditions, '_sort': 'started_at,id', '_limit': PAGE})}"


def _json_server_small(params: Params) -> str:
    start, end = instants_of(params)
    return _json_server({"from_number": params["call_from"], "started_at_gte": start, "started_at_lte": end})


JSON_SERVER = Peer(
    "json-server",
    _start_json_server,
    _json_server_small,
    lambda params: _json_server({"from_number_like": params["call_from"].replace("+", "\\+")}),
    lambda found: [row["id"] for row in found],
)
