"""The same on PostgreSQL: a schema of an older version becomes one of this version, and keeps what it holds."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count

import postgres
import psycopg
import pytest
from conftest import ROOT, clean_environment, run_here, wait_until

from app.pbx.setup import open_world
from app.pbx.worlds import open_worlds
from app.store.database import SCHEMA_VERSION, DatabaseError
from app.store.migrations import upgrade_postgres
from app.store.postgres.address import Address

pytestmark = postgres.needs_postgres

_numbers = count(1)

COLUMNS = """SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, ordinal_position"""
INDEXES = "SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = %s ORDER BY 1"
CONSTRAINTS = """SELECT t.relname, c.conname, pg_get_constraintdef(c.oid), t.reloptions FROM pg_constraint AS c
    JOIN pg_class AS t ON t.oid = c.conrelid WHERE c.connamespace = %s::regnamespace ORDER BY 1, 2"""


def connect(**how):
    return psycopg.connect(f"host={postgres.folder()} user=pbx dbname=postgres", **how)


def ask(statement, *values):
    with connect(autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def schema():
    """An empty one."""
    name = f"upgraded_{next(_numbers)}"
    ask(f"CREATE SCHEMA {name}")
    return name


@pytest.fixture
def old(schema):
    """One of version 1, with a client."""
    upgrade_postgres(connect, schema, 1)
    ask(f"INSERT INTO {schema}.client VALUES ('mine', 'secret', false)")
    return schema


def version(schema):
    return int(ask(f"SELECT version_num FROM {schema}.alembic_version")[0][0])


def list_clients(tmp_path, schema):
    return run_here("clients", "list", "--instance", str(tmp_path), PBX_DATABASE_URL=postgres.url(schema))


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    """The schema of a PBX that this version has made."""
    explicit = {"instance": str(tmp_path_factory.mktemp("new")), "database_url": postgres.url("made_new")}
    open_world(explicit, started=False).database.close()
    return "made_new"


@pytest.mark.parametrize("of", [0, *range(1, SCHEMA_VERSION)])
def test_it_is_like_a_new_one(schema, new, of):
    if of:
        upgrade_postgres(connect, schema, of)
    upgrade_postgres(connect, schema)
    for question in (COLUMNS, INDEXES, CONSTRAINTS):
        assert ask(question, schema) == ask(question, new)
    assert version(schema) == version(new) == SCHEMA_VERSION


def test_it_is_upgraded_when_it_is_opened(old, tmp_path):
    explicit = {"instance": str(tmp_path), "database_url": postgres.url(old)}
    database = open_world(explicit, started=False).database
    assert database.connection().execute("SELECT client_id FROM client").fetchall() == [("mine",)]
    database.close()
    assert version(old) == SCHEMA_VERSION


def test_it_is_wholly_upgraded_or_not_at_all(old, tmp_path):
    ask(f"CREATE TABLE {old}.call_truth (mine int)")
    before = ask(COLUMNS, old)
    told = list_clients(tmp_path, old)
    assert (told.returncode, told.stdout) == (2, "")
    assert 'relation "call_truth" already exists' in told.stderr
    assert "Traceback" not in told.stderr
    assert (version(old), ask(COLUMNS, old)) == (1, before)


OPEN_IT = """
import sys
from app.pbx.setup import open_world
world = open_world({"instance": sys.argv[1], "database_url": sys.argv[2]}, started=False)
print(world.database.connection().execute("SELECT client_id FROM client").fetchall())
"""


def test_several_servers_open_it_at_once(old, tmp_path):
    """The first one upgrades; the other waits for it and finds it done."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    command = [sys.executable, "-c", OPEN_IT, str(tmp_path), postgres.url(old)]
    with connect() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"pbx {old}",))
        both = [
            subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        wait_until(lambda: ask(waiting) == [(2,)], 30)
    for process in both:
        assert process.communicate(timeout=30) == ("[('mine',)]\n", None)
        assert process.returncode == 0
    assert version(old) == SCHEMA_VERSION


def test_who_is_writing_is_waited_for(old, tmp_path):
    explicit = {"instance": str(tmp_path), "database_url": postgres.url(old)}
    with ThreadPoolExecutor(1) as pool:
        with connect() as writing:
            writing.execute(f"UPDATE {old}.change SET number = number + 1")
            opening = pool.submit(open_world, explicit, started=False)
            wait_until(lambda: ask("SELECT count(*) FROM pg_locks WHERE NOT granted") != [(0,)])
            assert version(old) == 1
        opening.result().database.close()
    assert version(old) == SCHEMA_VERSION


def make_newer(schema):
    ask(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION + 1:04}'")


def test_a_newer_one_is_refused(schema, tmp_path):
    upgrade_postgres(connect, schema)
    make_newer(schema)
    told = list_clients(tmp_path, schema)
    assert (told.returncode, told.stdout) == (2, "")
    assert "was made by a newer version of this program" in told.stderr
    assert "Traceback" not in told.stderr


def test_who_was_first_may_have_been_newer(schema):
    """It waits for a program that knows more than this one, and leaves what that one has made."""
    upgrade_postgres(connect, schema)
    make_newer(schema)
    upgrade_postgres(connect, schema)
    assert version(schema) == SCHEMA_VERSION + 1


# Other worlds, snapshots and templates


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The settings of a PBX with another world, and a snapshot of each."""
    explicit = {
        "instance": str(tmp_path_factory.mktemp("kept")), "seed": "empty", "database_url": postgres.url("kept"),
    }  # fmt: skip
    with closing(open_worlds(explicit)) as worlds:
        worlds.make("empty", "other")
        for name in ("default", "other"):
            worlds.snapshot(name, "kept")
    return explicit


@contextmanager
def newer(schema):
    """It is of a newer version meanwhile."""
    make_newer(schema)
    yield
    ask(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION:04}'")


def schemas_of(kept):
    """The schemas by what they are."""
    default = Address(kept["database_url"]).schema
    found = {"default": default, "world": f"{default}_w_{ask(f'SELECT first FROM {default}_worlds.world')[0][0]}"}
    found["template"] = ask(f"SELECT base FROM {default}_worlds.world")[0][0]
    rows = ask(f"SELECT world, schema FROM {default}_worlds.snapshot")
    return found | {f"snapshot of {('default', 'other')[world]}": schema for world, schema in rows}


def make_old(schema, is_snapshot):
    """What is in the place of a schema is of version 1, with a client. Snapshots had no index, and none before version
    5; these did not tell which one they were."""
    ask(f"DROP SCHEMA {schema} CASCADE")
    ask(f"CREATE SCHEMA {schema}")
    first = f"of_{schema}" if is_snapshot else schema
    if is_snapshot:
        ask(f"CREATE SCHEMA {first}")
    upgrade_postgres(connect, first, 5 if is_snapshot else 1)
    ask(f"INSERT INTO {first}.client VALUES ('old', 'secret', false)")
    if is_snapshot:
        tables = [name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = %s", first)]
        for table in set(tables) - {"change", "alembic_version"}:
            ask(f"CREATE TABLE {schema}.{table} AS SELECT * FROM {first}.{table}")


def has_old_client(world):
    return ("old",) in world.database.connection().execute("SELECT client_id FROM client").fetchall()


@pytest.mark.parametrize(
    ("what", "command"),
    [
        ("world", ("settings", "--world", "other")),
        ("template", ("worlds", "reset", "other")),
        ("snapshot of other", ("snapshot", "restore", "kept", "--world", "other")),
        ("snapshot of default", ("snapshot", "restore", "kept")),
    ],
)
def test_newer_ones_are_refused(kept, what, command):
    schema = schemas_of(kept)[what]
    with newer(schema):
        done = run_here(*command, "--instance", kept["instance"], PBX_DATABASE_URL=kept["database_url"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.partition("Error: ")[2] == (
        f"The database schema {schema} was made by a newer version of this program; use that one.\n"
    )


def test_worlds_have_the_tables_keys_and_indexes_of_the_default_one(kept):
    """By their names too: the next version's upgrade names them."""
    found = schemas_of(kept)
    for question in (COLUMNS, INDEXES, CONSTRAINTS):
        assert ask(question, found["default"]) == ask(question, found["world"]) == ask(question, found["template"])


def test_what_a_newer_program_has_upgraded_meanwhile_is_left_alone(kept):
    """Neither read, with what was known, nor written."""
    found = schemas_of(kept)
    with closing(open_worlds(kept, started=False)) as worlds:
        for what, world in (("default", worlds.default), ("world", worlds.get("other"))):
            assert world.settings
            with newer(found[what]):
                with pytest.raises(DatabaseError, match="made by a newer version"):
                    world.present()
                with pytest.raises(DatabaseError, match="made by a newer version"), world.database.write():
                    pass
            assert world.settings


def test_a_writer_that_waited_for_a_newer_program_writes_nothing(kept):
    """The version that counts is the one that the other has left."""
    schema = schemas_of(kept)["default"]
    with closing(open_world(kept, started=False).database) as database, ThreadPoolExecutor(1) as pool:

        def write():
            with database.write():
                pass

        with connect() as upgrading:
            upgrading.execute(f"UPDATE {schema}.change SET number = number + 1")
            upgrading.execute(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION + 1:04}'")
            writing = pool.submit(write)
            wait_until(lambda: ask("SELECT count(*) FROM pg_locks WHERE NOT granted") != [(0,)])
        with pytest.raises(DatabaseError, match="made by a newer version"):
            writing.result()
    ask(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION:04}'")


def test_older_worlds_snapshots_and_templates_are_upgraded(kept):
    found = schemas_of(kept)
    for what in ("default", "world", "template", "snapshot of other"):
        make_old(found[what], what.startswith("snapshot"))
    ask(f"DELETE FROM {found['default']}.client")  # the others have it
    ask(f"DROP TABLE {found['default']}_worlds.gone")  # as in registries of version 5
    with closing(open_worlds(kept, started=False)) as worlds:
        assert has_old_client(worlds.get("other"))
        assert version(found["world"]) == SCHEMA_VERSION
        for question in (COLUMNS, INDEXES, CONSTRAINTS):
            assert ask(question, found["world"]) == ask(question, found["default"])
        with worlds.get("other").write() as connection:
            connection.execute("DELETE FROM client")
        assert not has_old_client(worlds.reset("other"))
        assert version(found["template"]) == SCHEMA_VERSION
        assert has_old_client(worlds.restore("other", "kept"))
        worlds.sweep()
    snapshots = ask("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", f"{found['default']}_s_")
    assert len(snapshots) == 2
