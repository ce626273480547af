"""A PostgreSQL that cannot be used, or not as it must be: what is told, and that it is used again afterwards."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import postgres
import psycopg
import pytest
import requests
from conftest import run_here, start_server

from app.store.postgres.address import Address
from app.store.postgres.database import PostgresDatabase
from app.store.postgres.lines import Lines
from app.store.postgres.opening import opened

pytestmark = postgres.needs_postgres

READ_ONLY = "%20-cdefault_transaction_read_only%3Don"


@pytest.fixture
def server():
    """A connection beside the program's."""
    with psycopg.connect(f"host={postgres.folder()} user=pbx dbname=postgres", autocommit=True) as connection:
        yield connection


def told(instance, url):
    """What a command says that finds no database that it can use."""
    done = run_here("seed", "empty", "--instance", str(instance), PBX_DATABASE_URL=url)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_another_encoding(tmp_path, server, encoding):
    server.execute(f"CREATE DATABASE {encoding} ENCODING '{encoding}' TEMPLATE template0")
    url = postgres.url("encoded").replace("/postgres?", f"/{encoding.lower()}?")
    assert f"cannot be used: its encoding must be UTF8, and is {encoding}." in told(tmp_path, url)


def test_a_database_that_can_only_be_read(tmp_path):
    assert "CREATE SCHEMA in a read-only transaction." in told(tmp_path, postgres.url("only_read") + READ_ONLY)


def test_several_addresses(tmp_path):
    url = "postgresql+psycopg://pbx@127.0.0.1:1,127.0.0.1:2/pbx"
    assert told(tmp_path, url).endswith(
        'cannot be used: connection to server at "127.0.0.1", port 2 failed: Connection refused.\n'
    )


def test_a_transaction_that_fails_on_a_new_connection_leaves_nothing_behind(tmp_path, server):
    """As when a replica has taken the primary's place, and can only be read as yet."""
    url = postgres.url("failing_over")
    with closing(opened(url, tmp_path / "pbx.sqlite")) as database:
        database.make_tables()
    with closing(
        PostgresDatabase(Lines(Address(url + READ_ONLY)), "failing_over", tmp_path / "pbx.sqlite")
    ) as database:
        connection = database.connection()
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        server.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
        with pytest.raises(sqlite3.OperationalError, match="read-only"), database.write():
            pass
        assert connection.execute("SELECT number FROM change").fetchone() == (0,)


def test_servers_that_start_at_once_make_one_database(tmp_path):
    for attempt in range(3):
        ready = threading.Barrier(2)

        def make(path: Path, url: str = postgres.url(f"at_once_{attempt}"), ready: threading.Barrier = ready) -> bool:
            with closing(opened(url, path)) as database:
                database.connection()
                ready.wait(9)
                database.make_tables()
                return database.has_tables()

        with ThreadPoolExecutor() as pool:
            assert list(pool.map(make, (tmp_path / "one", tmp_path / "other"))) == [True, True]


def test_a_database_that_comes_and_goes_under_a_server(tmp_path, server):
    server.execute("CREATE DATABASE away TEMPLATE template0")
    url = postgres.url("public").replace("/postgres?", "/away?")
    pbx = start_server(tmp_path, PBX_DATABASE_URL=url, PBX_SEED="demo")
    crossbar = f"{pbx.url}/v2/accounts/{pbx.kazoo_account_id}/cdrs"
    asked = {"access_token": pbx.token}

    def codes():
        statuses = [requests.get(f"{pbx.url}{path}", timeout=9).status_code for path in ("/readyz", "/_pbx/worlds")]
        refused = requests.get(crossbar, timeout=9)
        assert refused.headers["Content-Type"].startswith("application/json")
        searched = requests.get(f"{pbx.api}/cdr/search", params=asked, timeout=9).json()["errcode"]
        return [searched, refused.status_code, *statuses]

    assert codes() == [0, 401, 200, 200]
    server.execute("ALTER DATABASE away ALLOW_CONNECTIONS false")
    server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'away'")
    assert codes() == codes() == [-2, 503, 503, 503]
    server.execute("ALTER DATABASE away ALLOW_CONNECTIONS true")
    assert codes() == codes() == [0, 401, 200, 200]
    assert pbx.stop() == 0
    assert not [line for line in pbx.lines if "a fault of the emulator" in line]
