"""Server: a running PBX Emulator on which worlds are made; the ways to one: connect, serve, shared."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..sharing import StartError, Use, alone, arguments_of
from .control import Control, Instant, Json, PbxError, instant, read_document, segment
from .handle import Pbx

__tracebackhide__ = True

# What a world is filled from: "empty", "demo", the path of a seed document (JSON or TOML), or a document.
Seed = str | os.PathLike[str] | Mapping[str, Any]

# What new_world takes besides settings.
_OF_A_WORLD = ("seed", "name", "at", "rate")

# A run's tests ask in one journal, in which nobody's requests are to push out another's.
_JOURNAL = {"journal_rows": 1_000_000, "journal_bytes": 1 << 28}

# Seconds a server may take to end.
_ENDING = 15.0


class Server:
    """A running server. ``url`` is its root; with https, ``ca`` is the file of the authority that clients must trust,
    empty where it is one of the system's."""

    def __init__(self, url: str, token: str = "", ca: str = "") -> None:
        self._control = Control(url, token, ca)
        self.url = self._control.url
        self.ca = ca

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    @property
    def info(self) -> Json:
        """Name and version, and where its interfaces are."""
        answer: Json = self._control.ask("GET", "info")
        return answer

    def new_world(
        self,
        *,
        seed: Seed = "empty",
        name: str | None = None,
        at: Instant | None = None,
        rate: float | None = None,
        **settings: Any,
    ) -> Pbx:
        """A PBX of its own, with a client of its own. ``with server.new_world() as pbx:`` drops it at the end.

        ``settings`` are the PBX's (``timezone="Europe/London"``). ``at`` is the time it shows; there the clock stands
        still, unless ``rate`` says how fast it runs. Raises PbxError.
        """
        body: Json = {"seed": _seed(seed), "name": name, "settings": settings, "rate": rate}
        if at is not None:
            body |= {"at": instant(at), "rate": 0 if rate is None else rate}
        given = {key: value for key, value in body.items() if value is not None}
        try:
            return Pbx(self._control, self._control.ask("POST", "worlds", given))
        except PbxError as error:
            raise PbxError(f"{error}{_meant(settings)}", error.status) from None

    def world(self, name: str = "default") -> Pbx:
        """A world that is there. Raises PbxError: there is none of that name."""
        return Pbx(self._control, self._control.ask("GET", f"worlds/{segment(name)}"))


def _meant(settings: Mapping[str, Any]) -> str:
    """What else can be said of a world, where the server has taken a name for a setting that it has not."""
    near = [near for name in settings for near in get_close_matches(name, _OF_A_WORLD, 1)]
    return f" Besides settings there are {', '.join(_OF_A_WORLD)}; did you mean {near[0]}?" if near else ""


def _seed(seed: Seed) -> str | Mapping[str, Any]:
    if isinstance(seed, Mapping) or seed in ("empty", "demo"):
        return seed
    try:
        return read_document(Path(seed))
    except (PbxError, TypeError) as error:
        if isinstance(error, PbxError) and os.path.lexists(seed):
            raise
        allowed = '"empty", "demo", the path of a seed document (JSON or TOML), or a document'
        raise PbxError(f"seed: {seed!r} is not there; expected {allowed}.") from None


def connect(url: str, token: str = "", ca: str = "") -> Server:
    """The server that runs at the address, its root. Raises PbxError: nobody answers there, or somebody else."""
    Control(url, token, ca).check()
    return Server(url, token, ca)


@contextmanager
def serve(**settings: Any) -> Iterator[Server]:
    """Start a server on a free port, with an empty PBX unless ``seed`` says otherwise, and stop it at the end.

    ``settings`` are those of ``pbx-emulator serve`` (``workers=1``, ``tls=True``); variables of the environment do not
    count. What it keeps is in a temporary folder unless ``instance`` names one. Raises PbxError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="pbx-emulator-", ignore_cleanup_errors=True) as folder:
        use = Use(Path(folder) / "users")
        instance = os.path.abspath(settings.get("instance") or folder)
        given = {"seed": "empty", **settings, "instance": instance}
        process = None
        try:
            process = _start(use, given, instance == folder)
            own = Path(instance) / "tls" / "ca.pem"
            yield Server(use.address, settings.get("control_token", ""), str(own) if own.exists() else "")
        finally:
            use.end()
            if process:
                process.wait(_ENDING)


@contextmanager
def shared(folder: Path) -> Iterator[Server]:
    """The server of all processes that name this folder: the first of them starts it, it ends with the last.

    Raises PbxError: it does not start."""
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / "starting"):
        use = Use(folder / "users")
        process = None
        if not _answers(use.address):
            instance = tempfile.mkdtemp(prefix="instance-", dir=folder)
            settings = {"seed": "empty", "instance": Path(instance).name, **_JOURNAL}  # whose path may be too long
            try:
                process = _start(use, settings, True, folder)
            except BaseException:
                use.end()
                shutil.rmtree(instance, ignore_errors=True)
                raise
    try:
        yield Server(use.address)
    finally:
        with alone(folder / "starting"):
            last = use.is_the_last
            use.end()
            if process and last:
                process.wait(_ENDING)
            elif process:
                process.returncode = 0  # it goes on without us, which is no reason for a warning


def _answers(address: str) -> bool:
    try:
        return bool(address and connect(address))
    except PbxError:
        return False


def _start(
    use: Use, settings: Mapping[str, Any], temporary: bool, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """What it says is in a file, and becomes the text of the PbxError when it does not start."""
    log = use.path.with_name("server.log")
    arguments = arguments_of({"port": 0, **settings}) + ["--remove-instance"] * temporary
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PBX_")}
    with log.open("wb") as output:
        try:
            return use.start(arguments, environment, output, subprocess.STDOUT, folder)
        except StartError:
            raise PbxError(f"The PBX did not start. {log.read_text(errors='replace').strip()}") from None
