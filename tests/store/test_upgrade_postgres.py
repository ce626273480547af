"""The same on PostgreSQL: a schema of an older version becomes one of this version, and keeps what it holds."""

from __future__ import annotations

import subprocess
import sys
from itertools import count

import postgres
import psycopg
import pytest
from conftest import ROOT, clean_environment

from app.pbx.setup import open_world
from app.store.database import SCHEMA_VERSION
from app.store.migrations import upgrade_postgres

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


def command(tmp_path, schema):
    arguments = [sys.executable, "-m", "app", "clients", "list", "--instance", str(tmp_path)]
    environment = clean_environment(PBX_DATABASE_URL=postgres.url(schema))
    return subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("of", [0, *range(1, SCHEMA_VERSION)])
def test_it_is_like_a_new_one(schema, tmp_path, of):
    if of:
        upgrade_postgres(connect, schema, of)
    upgrade_postgres(connect, schema)
    new = f"new_{schema}"
    explicit = {"instance": str(tmp_path), "database_url": postgres.url(new)}
    open_world(explicit, started=False).database.close()
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
    process = command(tmp_path, old)
    output, error = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert 'relation "call_truth" already exists' in error
    assert "Traceback" not in error
    assert (version(old), ask(COLUMNS, old)) == (1, before)


def test_several_servers_open_it_at_once(old, tmp_path):
    """The first one upgrades; the other waits for it and finds it done."""
    with connect() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"pbx {old}",))
        both = [command(tmp_path, old) for _ in range(2)]
        with pytest.raises(subprocess.TimeoutExpired):
            both[0].wait(timeout=1)
    for process in both:
        output, error = process.communicate(timeout=30)
        assert (process.returncode, error) == (0, "")
        assert "mine" in output
    assert version(old) == SCHEMA_VERSION


def test_a_newer_one_is_refused(schema, tmp_path):
    upgrade_postgres(connect, schema)
    ask(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION + 1:04}'")
    process = command(tmp_path, schema)
    output, error = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert "was made by a newer version of this program" in error
    assert "Traceback" not in error


def test_who_was_first_may_have_been_newer(schema):
    """It waits for a program that knows more than this one, and leaves what that one has made."""
    upgrade_postgres(connect, schema)
    ask(f"UPDATE {schema}.alembic_version SET version_num = '{SCHEMA_VERSION + 1:04}'")
    upgrade_postgres(connect, schema)
    assert version(schema) == SCHEMA_VERSION + 1
