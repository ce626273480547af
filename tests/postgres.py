"""A PostgreSQL of the tests' own, in a temporary folder, for as long as the process lasts; nothing waits for the disk.

``TEST_DATABASE=postgres make test`` runs on it whatever starts a server by the fixtures of conftest.py.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

CHOSEN = os.environ.get("TEST_DATABASE") == "postgres"

_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


def binary(name: str) -> str | None:
    """A program of PostgreSQL, also where Debian hides it."""
    hidden = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(hidden[-1]) if hidden else None)


needs_postgres = pytest.mark.skipif(
    binary("initdb") is None or find_spec("psycopg") is None, reason="there is no PostgreSQL, or no psycopg"
)


# What looks into SQLite's files, or at its plans, is not there for another engine.
of_files = pytest.mark.skipif(CHOSEN, reason="this is about SQLite's files")

_kept_open: list[subprocess.Popen[bytes]] = []


@cache
def folder() -> Path:
    """Where the server's socket is. It is started now, and ends with this process."""
    place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    who = {"user": "nobody"} if os.geteuid() == 0 else {}  # PostgreSQL refuses to run as root
    if who:
        shutil.chown(place, "nobody")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **who}
    initdb, postgres = binary("initdb"), binary("postgres")
    assert initdb
    assert postgres
    how = ("-A", "trust", "-U", "pbx", "--no-sync", "-E", "UTF8", "--locale=C")
    subprocess.run([initdb, "-D", place / "data", *how], cwd=place, check=True, **quiet)
    options = [f"-c{name}={value}" for name, value in _OPTIONS.items()]
    # It ends with whoever holds the other end of its standard input, however that one ends.
    keeper = ["sh", "-c", '"$@" & read line; kill -INT $!; wait; rm -rf data', "sh"]
    command = [*keeper, postgres, "-D", place / "data", "-k", place, *options]
    _kept_open.append(subprocess.Popen(command, cwd=place, stdin=subprocess.PIPE, **quiet))
    atexit.register(_end, os.getpid(), _kept_open[0], place)
    deadline = time.monotonic() + 30
    while not (place / ".s.PGSQL.5432").exists() or not _answers(place):
        assert time.monotonic() < deadline, "PostgreSQL did not start"
        time.sleep(0.02)
    return place


def _answers(place: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(f"host={place} user=pbx dbname=postgres").close()
    except psycopg.Error:
        return False
    return True


def _end(started_by: int, server: subprocess.Popen[bytes], place: Path) -> None:
    if os.getpid() != started_by:  # a fork that comes to its end
        return
    assert server.stdin
    server.stdin.close()
    server.wait()
    shutil.rmtree(place, ignore_errors=True)


def url(schema: str) -> str:
    """The setting database_url, for a default world in that schema."""
    return f"postgresql+psycopg://pbx@/postgres?host={quote(str(folder()))}&options=-csearch_path%3D{schema}"


def url_of(instance: Path) -> str:
    """The same, for the PBXs of a folder."""
    return url(f"t{hashlib.sha1(str(Path(instance).resolve()).encode()).hexdigest()[:16]}")


def settings_of(instance: Path) -> dict[str, str]:
    """What the PBXs of a folder need besides, on the engine that the suite runs on."""
    return {"database_url": url_of(instance)} if CHOSEN else {}


def copy(source: Path, target: Path) -> None:
    """Copy a folder with a PBX that nobody uses, and its database."""
    shutil.copytree(source, target)
    if not CHOSEN:
        return
    from app.store.postgres.address import Address
    from app.store.postgres.lines import Lines
    from app.store.postgres.registry import make_registry, registry_of
    from app.store.postgres.schemas import make_like

    lines = Lines(Address(url_of(source)))
    schema = Address(url_of(target)).schema
    make_like(lines, lines.address.schema, schema, filled=True)
    make_registry(lines, registry_of(schema))
    lines.close()


def beside(instance: Path) -> list[str]:
    """The schemas of other worlds (w_), snapshots (s_) and templates (t_) of a folder's PBX, but for those that are to
    be dropped soon and that nobody finds any more."""
    import psycopg

    schema = url_of(instance).rpartition("%3D")[2]
    there = f"SELECT nspname FROM pg_namespace WHERE nspname ~ '^{schema}_[wst]_'"
    with psycopg.connect(f"host={folder()} user=pbx dbname=postgres") as connection:
        rows = connection.execute(f"{there} EXCEPT SELECT schema FROM {schema}_worlds.gone").fetchall()
    return sorted(name.removeprefix(f"{schema}_") for (name,) in rows)
