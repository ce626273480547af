"""PostgreSQL behind the program: several servers at one database, two loads at once, and what is told when it fails."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count

import postgres
import psycopg
import pytest
import requests
from conftest import CLIENT, ROOT, run_here, start_server
from world_storm import calls_in, document

from app.pbx import worlds_in_postgres
from app.pbx.generating import Wanted, generate_calls
from app.pbx.setup import open_world
from app.pbx.worlds import open_worlds
from app.store.database import SCHEMA_VERSION
from app.store.postgres.schemas import make_like, making, neighbours
from app.store.postgres.sql import translated

pytestmark = postgres.needs_postgres

_schemas = (f"shared{number}" for number in count(1))


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Two, each with a folder of its own, as if on two machines."""
    url = postgres.url("servers")
    folders = (tmp_path_factory.mktemp("machine") for _ in range(2))
    two = [start_server(folder, PBX_SEED="empty", PBX_MAX_TOKENS="0", PBX_DATABASE_URL=url) for folder in folders]
    yield two
    for server in two:
        assert server.stop() == 0
        assert not [line for line in server.lines if "a fault of the emulator" in line]


def test_a_token_is_everywhere_at_once_and_gone_everywhere_at_once(servers):
    for one, other in (servers, servers[::-1]) * 3:
        token = one.login()["access_token"]
        assert other.get("system/capacity", token=token)["errcode"] == 0
        assert one.get("del_token", token=token)["errcode"] == 0
        assert other.get("system/capacity", token=token)["errcode"] == 10004


def test_settings_calls_and_the_clock_are_seen_by_the_other(servers):
    one, other = servers
    for format in ("DD/MM/YYYY", "YYYY/MM/DD", "MM/DD/YYYY"):
        changed = requests.patch(f"{one.url}/_pbx/settings", json={"date_format": format}, timeout=9)
        assert changed.status_code == 200, changed.text
        assert other.get("system/information")["data"]["system_date_format"] == format
    for number in range(1, 4):
        (one, other)[number % 2].http.post(f"{servers[number % 2].url}/_pbx/calls", json={"calls": [{}]}, timeout=9)
        assert [server.search()["total_number"] for server in servers] == [number, number]


def test_a_world_made_on_one_is_found_on_the_other_reset_and_dropped(servers):
    one, other = servers
    made = requests.post(f"{one.url}/_pbx/worlds", json={"name": "acme", "seed": document(3)}, timeout=9).json()
    client = {"username": made["client_id"], "password": made["client_secret"]}
    token = other.post("get_token", client)["access_token"]
    assert one.get("cdr/search", token=token)["total_number"] == 3
    acme = {"world": "acme"}
    added = requests.post(f"{other.url}/_pbx/calls", params=acme, json={"calls": [{}]}, timeout=9)
    assert added.status_code == 201, added.text
    assert one.get("cdr/search", token=token)["total_number"] == 4
    assert requests.post(f"{other.url}/_pbx/reset/data", params=acme, timeout=9).status_code == 204
    assert one.get("cdr/search", token=token)["total_number"] == 3
    assert requests.delete(f"{one.url}/_pbx/worlds/acme", timeout=9).status_code == 204
    assert other.get("cdr/search", token=token)["errcode"] == 10004
    assert other.post("get_token", CLIENT)["errcode"] == 0


def test_what_a_newer_program_has_upgraded_is_left_alone(servers):
    """They say so, and would go on if that were undone."""
    one = servers[0]
    assert one.get("system/information")["errcode"] == 0
    upgraded = "UPDATE servers.alembic_version SET version_num = %s"
    with psycopg.connect(f"host={postgres.folder()} user=pbx dbname=postgres", autocommit=True) as connection:
        connection.execute(upgraded, (f"{SCHEMA_VERSION + 1:04}",))
        told = [requests.get(f"{one.url}/{path}", timeout=9) for path in ("readyz", "_pbx/settings")]
        yeastar, kazoo = one.get("system/information"), requests.put(f"{one.url}/v2/api_auth", json={}, timeout=9)
        connection.execute(upgraded, (f"{SCHEMA_VERSION:04}",))
    assert [answer.status_code for answer in told] == [503, 503]
    assert all("made by a newer version of this program" in answer.text for answer in told)
    assert (yeastar["errcode"], kazoo.status_code, kazoo.json()["message"]) == (-2, 503, "datastore_fault")
    assert one.get("system/information")["errcode"] == 0


def test_requests_end_on_a_world_that_is_dropped_reset_or_restored_meanwhile(servers):
    """None of them fails; those that come later find another world, or none."""
    one = servers[0]
    control, ended, answers = f"{one.url}/_pbx", threading.Event(), Counter()
    present = {}

    def ask(server):
        http = requests.Session()
        while not ended.is_set():
            token, account = present["token"], present["account"]
            params = {"access_token": token}
            for path in ("cdr/search", "extension/search", "queue/search", "system/information"):
                answers[http.get(f"{server.api}/{path}", params=params, timeout=9).json()["errcode"]] += 1
            found = http.get(f"{server.url}/_pbx/settings", params={"world": "storm"}, timeout=9)
            answers[found.status_code] += 1
            login = http.put(f"{server.url}/v2/api_auth", json={"data": {"api_key": present["key"]}}, timeout=9)
            if login.status_code == 201:
                sent = {"X-Auth-Token": login.json()["auth_token"]}
                url = f"{server.url}/v2/accounts/{account}/cdrs"
                answers[http.get(url, headers=sent, timeout=9).status_code] += 1

    def make():
        made = requests.post(f"{control}/worlds", json={"name": "storm", "seed": document(3)}, timeout=9).json()
        client = {"username": made["client_id"], "password": made["client_secret"]}
        present.update(account=made["kazoo"]["account_id"], key=made["kazoo"]["api_key"])
        present["token"] = one.post("get_token", client)["access_token"]
        assert requests.put(f"{control}/snapshots/kept", params={"world": "storm"}, timeout=9).status_code == 204

    make()
    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask, server) for server in servers]
        for _ in range(3):
            for change in ("reset/data", "snapshots/kept/restore"):
                changed = requests.post(f"{control}/{change}", params={"world": "storm"}, timeout=9)
                assert changed.status_code == 204, changed.text
            assert requests.delete(f"{control}/worlds/storm", timeout=9).status_code == 204
            make()
        ended.set()
    assert [done.exception() for done in asking] == [None] * 2
    assert set(answers) <= {0, 10004, 200, 401, 404}, answers
    requests.delete(f"{control}/worlds/storm", timeout=9)


@pytest.fixture
def explicit(tmp_path):
    return {"instance": str(tmp_path), "seed": "empty", "database_url": postgres.url(next(_schemas))}


def test_two_loads_at_once_are_both_kept(explicit):
    open_world(explicit).database.close()
    ready = threading.Barrier(2)

    def load(seed):
        world = open_world(explicit, started=False)
        ready.wait()
        generate_calls(world, Wanted(1_000, seed, days=30))
        world.database.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(load, (1, 2)))
    world = open_world(explicit, started=False)
    assert calls_in(world) == 2_000
    world.database.close()


def spoil(world):
    with world.write() as connection:
        connection.execute("DELETE FROM cdr")
        connection.execute("INSERT INTO memory VALUES ('state', 'clock', NULL)")


def test_what_fails_leaves_all_as_it_was(explicit):
    with closing(open_worlds(explicit)) as worlds:
        world = worlds.make(document(3), "one")
        with pytest.raises(sqlite3.IntegrityError):
            spoil(world)
        assert calls_in(world) == 3
        worlds.snapshot("one", "three")
        worlds.seed("one", document(5))
        assert calls_in(worlds.get("one")) == 5
        assert calls_in(worlds.restore("one", "three")) == 3
        assert calls_in(worlds.reset("one")) == 5
        assert worlds.snapshots("one") == ["three"]


def test_a_name_is_taken_once_however_many_want_it(explicit):
    with closing(open_worlds(explicit)) as worlds, ThreadPoolExecutor() as pool:
        futures = [pool.submit(worlds.make, "empty", "only") for _ in range(4)]
        assert sorted(type(future.exception()).__name__ for future in futures) == ["NoneType"] + ["WorldError"] * 3
        assert worlds.names() == ["default", "only"]


def kinds(worlds):
    """How many schemas of worlds (w), templates (t) and snapshots (s) there are."""
    database = worlds.default.database
    return Counter(name[len(database.schema) + 1] for name in neighbours(database.lines, database.schema))


def test_what_nobody_finds_any_more_is_dropped_a_while_later(explicit, monkeypatch):
    """Not before, by whomever; and not while somebody still reads it."""
    with closing(open_worlds(explicit)) as worlds:
        one, _ = worlds.make("empty", "one"), worlds.make("empty", "two")
        for _ in range(2):
            worlds.snapshot("one", "replaced")
        worlds.drop("one")
        worlds.sweep()
        assert kinds(worlds) == {"w": 2, "s": 2, "t": 1}
        assert calls_in(one) == 0
        monkeypatch.setattr(worlds_in_postgres, "GRACE", 0)
        with one.database.connection().one_moment():
            assert calls_in(one) == 0
            worlds.drop("two")
            assert kinds(worlds) == {"w": 1, "t": 1}
            assert calls_in(one) == 0
        worlds.sweep()
        assert kinds(worlds) == {"t": 1}


def test_templates_are_made_once_and_the_longest_unused_go(explicit, monkeypatch):
    monkeypatch.setattr(worlds_in_postgres, "MOST_KEPT", 2)
    monkeypatch.setattr(worlds_in_postgres, "GRACE", 0)
    with closing(open_worlds(explicit)) as worlds:
        for name, calls in (("first", 1), ("second", 1), ("third", 2), ("fourth", 3), ("fifth", 4)):
            worlds.make(document(calls), name)
        assert kinds(worlds)["t"] == 4, "worlds are reset to them"
        for name in ("second", "third", "fourth", "fifth"):
            worlds.drop(name)
        worlds.make(document(5))
        assert kinds(worlds)["t"] == 3
        assert calls_in(worlds.reset("first")) == 1


def test_what_was_left_half_made_is_swept_at_the_next_start(explicit):
    with closing(open_worlds(explicit)) as worlds:
        worlds.make("empty", "it")
        worlds.snapshot("it", "x")
        before = kinds(worlds)
        database = worlds.default.database
        for kind in "wst":
            make_like(database.lines, database.schema, f"{database.schema}_{kind}_0123")
        with making(database.lines, database.schema):
            worlds.sweep()
            assert kinds(worlds) != before, "somebody may be making them"
        worlds.sweep()
        assert kinds(worlds) == before


def test_a_database_server_that_was_restarted_is_found_again(explicit):
    """What it was saying is over, as after a restart; another one answers."""
    world = open_world(explicit)
    connection = world.database.connection()
    end = "SELECT pg_terminate_backend(CAST(? AS int4), 5000)"
    for use in (calls_in, lambda world: world.set_clock(world.clock), lambda world: world.settings.timezone):
        other = open_world(explicit, started=False)
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert other.database.connection().execute(end, (process,)).fetchone() == (True,)
        use(world)
        other.database.close()
    world.database.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root:geheim@host/db", "is not allowed; expected postgresql+psycopg://user:password@host/database"),
        ("postgresql+psycopg://pbx:geheim@/x?host=/nowhere", "No such file or directory"),
        ("postgresql+psycopg://pbx:geheim@127.0.0.1:1/x", "Connection refused"),
        (
            "postgresql+psycopg://pbx:geheim@host/x?colour=red",
            "database_url cannot be read: invalid URI query parameter",
        ),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence(tmp_path, url, told):
    done = run_here("clients", "list", "--instance", str(tmp_path), PBX_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(
    ("sqlite", "postgresql"),
    [
        ("SELECT ? FROM cdr INDEXED BY cdr_time WHERE id = ?", "SELECT $1 FROM cdr  WHERE id = $2"),
        ("a CROSS JOIN b ON c LIMIT -1", "a JOIN b ON c "),
        (":a IS NULL OR x = :b OR y = :a", "$1::text IS NULL OR x = $2 OR y = $1"),
        ("min(a, max(b)), min(c)", "least(a, max(b)), min(c)"),
        ("iif(a, 'it''s (', f(b, c))", "CASE WHEN a THEN 'it''s (' ELSE f(b, c) END"),
        ("o.document ->> 'key'", "(o.document::json ->> 'key')"),
        ("document ->> '$.list[0]'", "(document::json #>> '{list,0}')"),
        ("CAST(x || y AS BLOB)", "convert_to(x || y, 'UTF8')"),
    ],
)
def test_sql(sqlite, postgresql):
    assert translated(sqlite).sql == postgresql


PARTITIONS = (ROOT / "docs" / "scaling.md").read_text().partition("So make few.")[2].split("```")[1].removeprefix("sql")


def test_a_table_in_partitions_is_reset_kept_and_restored(tmp_path):
    """They are made as docs/scaling.md says."""
    explicit = {"instance": str(tmp_path), "seed": "demo", "database_url": postgres.url("parted")}
    with closing(open_worlds(explicit)) as worlds:
        connection = worlds.default.database.connection()

        def calls():
            return connection.execute("SELECT count(*) FROM cdr").fetchone()[0]

        before = calls()
        script = PARTITIONS.replace("= pbx;", "= parted;").replace("'pbx'", "'parted'")
        psql = [postgres.binary("psql"), "-qXv", "ON_ERROR_STOP=1", "-h", postgres.folder(), "-U", "pbx", "postgres"]
        subprocess.run(psql, input=script, text=True, check=True, stdout=subprocess.DEVNULL)
        worlds.snapshot("default", "whole")
        worlds.reset("default")
        assert calls() > 5_000
        connection.execute("ALTER TABLE cdr DETACH PARTITION cdr_2026_01")
        connection.execute("DROP TABLE cdr_2026_01")
        worlds.restore("default", "whole")
        assert calls() == before
