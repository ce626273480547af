"""The real server on a real port, over the real database file."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import postgres
import pytest
import requests

from app.pbx.worlds import open_worlds
from app.settings import Settings, explicit_settings
from app.store.database import Database
from app.store.worlds import DEFAULT, World

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's requests are curl's")

# What is not about SQLite's files, on PostgreSQL: the others would start what they do not look at.
_ON_POSTGRES = ("yeastar/", "kazoo/", "store/", "test_control.py", "test_faults.py", "test_other_worlds.py")

ROOT = Path(__file__).resolve().parent.parent
CLIENT = {"username": Settings().client_id, "password": Settings().client_secret}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Whether a module is not for the engine that the suite runs on."""
    if not postgres.CHOSEN or collection_path.is_dir():
        return None
    name = collection_path.relative_to(ROOT / "tests").as_posix()
    return None if name.startswith(_ON_POSTGRES) else True


@dataclass
class Pbx:
    """A running server, with the verbs a client of it needs."""

    process: subprocess.Popen[str]
    instance: Path
    url: str
    banner: str
    lines: list[str]
    verify: Any = True
    name: str = DEFAULT
    client: dict[str, str] = field(default_factory=lambda: CLIENT)
    kazoo_account_id: str = Settings().kazoo_account_id
    kazoo_api_key: str = Settings().kazoo_api_key
    _token: str = ""
    _world: World | None = None
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def api(self) -> str:
        return f"{self.url}/openapi/v1.0"

    def login(self, **body: Any) -> dict[str, Any]:
        return self.post("get_token", body or self.client)

    @property
    def token(self) -> str:
        """An access token of the configured client, got once."""
        if not self._token:
            self._token = self.login()["access_token"]
        return self._token

    def get(self, path: str, token: str | None = None, **params: Any) -> Any:
        """The answer to a GET as JSON; HTTP status is always 200."""
        params = {"access_token": self.token if token is None else token, **params}
        response = self.http.get(f"{self.api}/{path}", params=params, timeout=30, verify=self.verify)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json"
        return response.json()

    def post(self, path: str, body: Any, token: str | None = None, **kwargs: Any) -> Any:
        params = {} if token is None else {"access_token": token}
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        response = self.http.post(
            f"{self.api}/{path}", params=params, data=data, timeout=30, verify=self.verify, **kwargs
        )
        assert response.status_code == 200
        return response.json()

    def search(self, **params: Any) -> Any:
        return self.get("cdr/search", **params)

    @property
    def world(self) -> World:
        """The PBX behind the server, to be changed from outside as the command line would."""
        if self._world is None:
            self._world = World(database_of(self.instance), Settings())
        return self._world

    def advance(self, seconds: float) -> None:
        """Move the PBX's clock."""
        self.world.set_clock(self.world.clock.advance(seconds))

    def settings(self, **values: Any) -> None:
        self.world.change_settings(explicit_settings(values, environ={}))

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.http.close()
        if self._world is not None:
            self._world.database.close()
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=15)
        assert self.process.stdout
        self.process.stdout.close()
        return code


class BesidePbx(Pbx):
    """A PBX beside the default one of a running server: milliseconds, where a server of its own takes a second."""

    def __init__(self, server: Pbx, document: Any, settings: dict[str, Any]) -> None:
        body = {"seed": document, "settings": settings}
        made = server.http.post(f"{server.url}/_pbx/worlds", json=body, timeout=30)
        assert made.status_code == 201, made.text
        about = made.json()
        super().__init__(server.process, server.instance, server.url, server.banner, server.lines)
        self.name = about["name"]
        self.client = {"username": about["client_id"], "password": about["client_secret"]}
        self.kazoo_account_id, self.kazoo_api_key = about["kazoo"]["account_id"], about["kazoo"]["api_key"]

    @property
    def world(self) -> World:
        if self._world is None:
            settings = {"instance": str(self.instance), **postgres.settings_of(self.instance)}
            self._worlds = open_worlds(settings, started=False)
            self._world = self._worlds.get(self.name)
        return self._world

    def drop(self) -> None:
        if self._world is not None:
            self._worlds.close()
        self.http.delete(f"{self.url}/_pbx/worlds/{self.name}", timeout=30)
        self.http.close()


def database_of(instance: Path) -> Database:
    """The database of the PBX in the folder, on the engine that the suite runs on."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "pbx.sqlite"
    if not postgres.CHOSEN:
        return Database(path)
    from app.store.postgres.opening import opened

    return opened(postgres.url_of(instance), path)


def _variables_of(arguments: Sequence[str]) -> dict[str, str]:
    """What a command about a folder needs on the engine that the suite runs on."""
    if not postgres.CHOSEN or "--instance" not in arguments:
        return {}
    return {"PBX_DATABASE_URL": postgres.url_of(Path(arguments[arguments.index("--instance") + 1]))}


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment without any setting of ours, plus those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PBX_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default", **variables}


def run_cli(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`pbx-emulator ARGUMENTS`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT, env=clean_environment(**(_variables_of(arguments) | variables)),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def run_here(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Like ``run_cli``, without a process of its own: several times as fast."""
    from app.cli import main

    output, error = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, clean_environment(**(_variables_of(arguments) | variables)), clear=True),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(error),
        pytest.raises(SystemExit) as end,
    ):
        main(arguments, prog_name="pbx-emulator")
    code: Any = end.value.code
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), error.getvalue())


def start_server(instance: Path, *arguments: str, **variables: str) -> Pbx:
    """`pbx-emulator serve` on a free port, once it says that it is ready."""
    variables = _variables_of(("--instance", str(instance))) | variables
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--instance", str(instance), *arguments],
        cwd=ROOT, env=clean_environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    banner = ""
    for line in process.stdout:
        banner += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"PBX Emulator at (\S+)", banner)
    if not found:
        process.wait(timeout=15)
        process.stdout.close()
        raise AssertionError(f"the server did not start:\n{banner}")
    lines: list[str] = []
    # What the server says later is read all the time, so that it never waits for somebody to listen.
    threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True).start()
    return Pbx(process, instance, found[1], banner, lines)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """A PBX with the demo office, for tests that only read; its client may have any number of tokens."""
    pbx = start_server(tmp_path_factory.mktemp("demo"), PBX_MAX_TOKENS="0")
    yield pbx
    assert pbx.stop() == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """A server for tests that each make a PBX of their own on it (offices.py)."""
    pbx = start_server(tmp_path_factory.mktemp("server"), PBX_SEED="empty")
    yield pbx
    pbx.stop()
    assert not [line for line in pbx.lines if "a fault of the emulator" in line], "".join(pbx.lines)


@pytest.fixture(scope="session")
def filled_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any] | None], Path]:
    """A folder with a PBX filled from a document (None: left bare), made once for all tests that want a copy of it."""
    made: dict[str, Path] = {}

    def folder(document: dict[str, Any] | None) -> Path:
        text = json.dumps(document)
        if text not in made:
            made[text] = tmp_path_factory.mktemp("filled")
            seed = made[text] / "seed.json"
            seed.write_text(text)
            source = "empty" if document is None else str(seed)
            done = run_here("seed", source, "--instance", str(made[text]))
            assert done.returncode == 0, done.stderr
        return made[text]

    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, filled_with: Callable[[dict[str, Any] | None], Path]) -> Any:
    """A client of the second dialect at an office of six calls, for tests that only read."""
    from crossbar import OFFICE, Crossbar

    instance = tmp_path_factory.mktemp("small") / "instance"
    postgres.copy(filled_with(OFFICE), instance)
    pbx = start_server(instance, PBX_SEED="empty")
    yield Crossbar(pbx)
    assert pbx.stop() == 0


@pytest.fixture(scope="session")
def demo(seeded: Pbx) -> Any:
    """A client of the second dialect at the demo office."""
    from crossbar import Crossbar

    return Crossbar(seeded)


@pytest.fixture
def serve(tmp_path: Path, filled_with: Callable[[dict[str, Any] | None], Path]) -> Iterator[Callable[..., Pbx]]:
    """Start servers of the test's own: ``serve(document or None, PBX_...=...)``."""
    started: list[Pbx] = []

    def start(document: dict[str, Any] | None = None, *arguments: str, **variables: str) -> Pbx:
        instance = Path(tempfile.mkdtemp(dir=tmp_path)) / "instance"
        postgres.copy(filled_with(document), instance)
        pbx = start_server(instance, *arguments, **{"PBX_SEED": "empty", **variables})
        started.append(pbx)
        return pbx

    yield start
    for pbx in started:
        pbx.stop()


@pytest.fixture
def worlds(server: Pbx) -> Iterator[Callable[..., BesidePbx]]:
    """Make PBXs of the test's own on the one server: ``worlds(document or "empty", date_format=...)``."""
    made: list[BesidePbx] = []

    def make(document: Any = "empty", **settings: Any) -> BesidePbx:
        made.append(BesidePbx(server, document, settings))
        return made[-1]

    yield make
    for pbx in made:
        pbx.drop()


@pytest.fixture
def pbx(server: Pbx, request: pytest.FixtureRequest) -> Any:
    """A PBX of the test's own, with its module's OFFICE, or the demo office."""
    yield from _own_office(server, request)


@pytest.fixture(scope="module")
def shared(server: Pbx, request: pytest.FixtureRequest) -> Any:
    """The same for a module's tests that change nothing: their requests are all refused, or only read."""
    yield from _own_office(server, request)


def _own_office(server: Pbx, request: pytest.FixtureRequest) -> Iterator[Any]:
    from offices import OwnPbx

    own = OwnPbx(server, getattr(request.module, "OFFICE", "demo"))
    yield own
    own.drop()


def wait_until(true: Callable[[], Any], seconds: float = 5.0) -> Any:
    """What ``true`` returns once it is true; an assertion error after a while. Files that it looks at may be going."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            if result := true():
                return result
        time.sleep(0.01)
    raise AssertionError("it did not become true")


def workers(pbx: Pbx) -> tuple[int, int]:
    """The two worker processes of a server, once both are there: the first one answers before the second is made."""
    first, second = wait_until(lambda: len(found := children(pbx)) == 2 and found, 10)
    return first, second


def children(pbx: Pbx) -> list[int]:
    """The processes that a server has started, dead ones among them until it has noticed."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, parent in pairs if parent == pbx.process.pid]


@contextmanager
def only(pbx: Pbx, worker: int) -> Iterator[None]:
    """Requests are answered by this worker: the others are held."""
    held = [pid for pid in children(pbx) if pid != worker]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)
