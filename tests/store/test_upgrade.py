"""A database of an older version becomes one of this version when it is opened, and keeps what it holds."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial

import postgres
import pytest
import requests
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import ROOT, clean_environment, run_here, start_server
from sqlalchemy import create_engine
from version_1 import PRAGMAS, VERSION_1

from app.pbx.setup import open_world
from app.pbx.worlds import open_worlds
from app.store import migrations
from app.store.calls import Narrowing, rows_by_end
from app.store.database import (
    SCHEMA_VERSION,
    Database,
    DatabaseError,
    check_schema,
    is_older,
    upgrade,
)
from app.store.migrations import revision_of
from app.store.models import db

pytestmark = pytest.mark.skipif(postgres.CHOSEN, reason="test_upgrade_postgres.py is about PostgreSQL")

ROWS = "SELECT * FROM cdr ORDER BY id"
SHAPE = """SELECT m.type, m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_schema AS m
    LEFT JOIN pragma_table_xinfo(m.name) AS c WHERE m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"""
INDEXES = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"


@pytest.fixture(scope="module")
def version_1(tmp_path_factory):
    path = tmp_path_factory.mktemp("version_1") / "pbx.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1 + PRAGMAS)
    connection.close()
    return path


@pytest.fixture
def old(version_1, tmp_path):
    """A copy of it, in a folder of its own."""
    (tmp_path / "old").mkdir()
    return shutil.copy(version_1, tmp_path / "old" / "pbx.sqlite")


def ask(path, statement):
    connection = sqlite3.connect(path)
    answer = connection.execute(statement).fetchall()
    connection.close()
    return answer


def version(path):
    return ask(path, "PRAGMA user_version")[0][0]


def test_it_keeps_its_rows_and_is_of_this_version_afterwards(old):
    before = ask(old, ROWS)
    world = open_world({"instance": str(old.parent)}, started=False)
    connection = world.database.connection()
    assert connection.execute(ROWS).fetchall() == [(*row, "") for row in before]
    ended = rows_by_end(connection, 0, 2**40, False, Narrowing(parties=("2005",)))
    assert [(second, row.id, row.fax) for second, group in ended for _, row in group] == [
        (1653893628, 2710, ""), (1653893700, 2711, ""),
    ]  # fmt: skip
    assert world.settings.timezone == "Europe/London"
    world.database.close()
    assert version(old) == SCHEMA_VERSION


def take_back_what_alembic_keeps(path):
    """Programs before Alembic's kept nothing but the number in the header."""
    ask(path, "DROP TABLE alembic_version")


@pytest.mark.parametrize("of", range(1, SCHEMA_VERSION + 1))
def test_it_is_like_a_new_one(old, tmp_path, of):
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrations.upgrade_sqlite(connection, of)
    if of > 1:
        take_back_what_alembic_keeps(old)
    open_world({"instance": str(old.parent)}, started=False).database.close()
    open_world({"instance": str(tmp_path / "new")}, started=False).database.close()
    new = tmp_path / "new" / "pbx.sqlite"
    if of == SCHEMA_VERSION:  # nothing was to be upgraded, so that Alembic has not been there
        take_back_what_alembic_keeps(new)
    for question in (SHAPE, INDEXES, "SELECT * FROM alembic_version" if of < SCHEMA_VERSION else "SELECT 1"):
        assert ask(old, question) == ask(new, question)
    assert version(old) == SCHEMA_VERSION


@pytest.mark.filterwarnings("ignore:.* expression-based index")
def test_every_change_of_the_models_has_its_migration(old):
    """Defaults and indexes with expressions are not compared here; ``test_it_is_like_a_new_one`` does."""
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        upgrade(connection)
    engine = create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        lacking = produce_migrations(context, db.metadata).upgrade_ops
    engine.dispose()
    assert lacking.is_empty(), (
        f"see docs/migrations.md; what the next file in versions/ needs:\n{render_python_code(lacking)}"
    )


def test_every_older_version_leads_to_this_one():
    script = ScriptDirectory(str(migrations.FOLDER))
    found = [revision.revision for revision in script.walk_revisions()]
    assert found == [revision_of(number) for number in range(SCHEMA_VERSION, 0, -1)]


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """One more migration than this program has."""
    folder = tmp_path / "100% ours"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next.py").write_text(
        f'revision, down_revision = "{revision_of(SCHEMA_VERSION + 1)}", "{revision_of(SCHEMA_VERSION)}"\n'
        "from alembic import op\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE next (x)')\n"
    )
    monkeypatch.setattr(migrations, "FOLDER", folder)
    return SCHEMA_VERSION + 1


@pytest.mark.parametrize("by", ["the models", "an upgrade", "a program before Alembic"])
def test_the_next_version_takes_one_of_this(old, tmp_path, next_version, by):
    path = tmp_path / "new" / "pbx.sqlite" if by == "the models" else old
    open_world({"instance": str(path.parent)}, started=False).database.close()
    if by == "a program before Alembic":
        take_back_what_alembic_keeps(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrations.upgrade_sqlite(connection, next_version)
    assert version(path) == next_version
    assert ask(path, "SELECT * FROM next UNION ALL SELECT version_num FROM alembic_version") == [
        (revision_of(next_version),)
    ]


def make_newer(path):
    ask(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def test_commands_take_it(old):
    told = run_here("clients", "list", "--instance", str(old.parent))
    assert (told.returncode, told.stderr) == (0, "")
    assert "mine" in told.stdout
    assert version(old) == SCHEMA_VERSION


def test_the_server_takes_it(old):
    """And tells when a newer program has taken it from there."""
    pbx = start_server(old.parent)
    try:
        assert [row["id"] for row in pbx.search(call_from="2005")["data"]] == [2710, 2711]
        assert version(old) == SCHEMA_VERSION
        make_newer(old)
        told = requests.get(f"{pbx.url}/readyz", timeout=9)
        assert told.status_code == 503
        assert "made by a newer version of this program" in told.json()["checks"]["database"]
    finally:
        assert pbx.stop() == 0


@pytest.mark.parametrize("table", ["revoked_token", "call_truth"])
def test_it_is_wholly_upgraded_or_not_at_all(old, table):
    """What the first step or the last one makes is in the way."""
    ask(old, f"CREATE TABLE {table} (mine)")
    before = old.read_bytes()
    told = run_here("settings", "--instance", str(old.parent))
    assert (told.returncode, told.stdout) == (2, "")
    assert f"table {table} already exists" in told.stderr
    assert "Traceback" not in told.stderr
    assert version(old) == 1
    assert old.read_bytes() == before


OPEN_IT = """
import sys
from pathlib import Path
from app.store.database import Database
database = Database(Path(sys.argv[1]))
assert database.is_older()
print("ready", flush=True)
assert database.prepare()
assert not database.is_older()
"""


def test_several_processes_open_it_at_once(old):
    """The first one upgrades; the other waits for it and finds it done."""
    command = [sys.executable, "-c", OPEN_IT, str(old)]
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # so that both are there before either can
        both = [
            subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        assert [process.stdout.readline() for process in both] == ["ready\n"] * 2
        assert [process.poll() for process in both] == [None, None]
        connection.execute("COMMIT")
    for process in both:
        assert process.communicate(timeout=30) == ("", None)
        assert process.returncode == 0
    assert version(old) == SCHEMA_VERSION


def test_several_threads_open_it_at_once(old):
    databases = [Database(old) for _ in range(4)]
    assert all(is_older(database.connection()) for database in databases)
    threads = [threading.Thread(target=upgrade, args=(database.connection(),)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(is_older(database.connection()) for database in databases)
    for database in databases:
        database.close()
    assert version(old) == SCHEMA_VERSION


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory):
    """A folder with a world, and a snapshot of it and of the default one."""
    instance = tmp_path_factory.mktemp("kept")
    worlds = open_worlds({"instance": str(instance), "seed": "empty"})
    worlds.make("empty", "other")
    for name in ("default", "other"):
        worlds.snapshot(name, "kept")
    worlds.close()
    return instance


@pytest.fixture
def kept(kept_once, tmp_path):
    """A copy of it."""
    return shutil.copytree(kept_once, tmp_path / "kept")


def paths_of(kept, pattern):
    found = list((kept / "worlds").glob(pattern))
    assert found
    return found


@pytest.mark.parametrize(
    ("pattern", "command"),
    [
        ("other-*.sqlite", ("settings", "--world", "other")),
        ("other-*.snapshots/kept.sqlite", ("snapshot", "restore", "kept", "--world", "other")),
        ("default.snapshots/kept.sqlite", ("snapshot", "restore", "kept")),
    ],
)
def test_a_newer_world_or_snapshot_is_refused(kept, pattern, command):
    (newer,) = paths_of(kept, pattern)
    make_newer(newer)
    told = run_here(*command, "--instance", str(kept))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.partition("Error: ")[2] == (
        f"The database {newer} was made by a newer version of this program."
        " Use that version, or another folder (--instance).\n"
    )
    assert version(kept / "pbx.sqlite") == SCHEMA_VERSION


def test_the_server_refuses_a_newer_snapshot_and_goes_on(kept):
    (newer,) = paths_of(kept, "default.snapshots/kept.sqlite")
    make_newer(newer)
    worlds = open_worlds({"instance": str(kept), "seed": "empty"})
    with pytest.raises(DatabaseError, match="newer version"):
        worlds.restore("default", "kept")
    assert check_schema(worlds.default.database.connection(), kept / "pbx.sqlite")
    worlds.close()


def test_older_worlds_snapshots_and_what_a_world_is_reset_to_are_upgraded(kept, version_1):
    for pattern in ("other-*.sqlite", "other-*.base", "*.snapshots/kept.sqlite"):
        for path in paths_of(kept, pattern):
            shutil.copy(version_1, path)
    worlds = open_worlds({"instance": str(kept), "seed": "empty"}, started=False)
    connection = worlds.get("other").database.connection()
    assert len(connection.execute(ROWS).fetchall()) == 2
    back = (lambda: worlds.reset("other"), *(partial(worlds.restore, name, "kept") for name in ("other", "default")))
    for bring_back in back:
        connection = bring_back().database.connection()
        assert len(connection.execute(ROWS).fetchall()) == 2
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    worlds.close()
