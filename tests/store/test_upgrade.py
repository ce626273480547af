"""A database of an older version becomes one of this version when it is opened, and keeps what it holds."""

from __future__ import annotations

import shutil
import sqlite3
import threading

import pytest
from conftest import run_here, start_server

from app.pbx.setup import open_world
from app.store.calls import Narrowing, rows_by_end
from app.store.database import APPLICATION_ID, SCHEMA_VERSION, UPGRADES, Database, is_older, upgrade

# Version 1 as it was released: its tables, and the smallest PBX with two calls.
VERSION_1 = """
CREATE TABLE number (id INTEGER NOT NULL, digits VARCHAR NOT NULL, folded VARCHAR NOT NULL,
    calls_from INTEGER NOT NULL, calls_to INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (digits));
CREATE TABLE number_suffix (suffix VARCHAR NOT NULL, number_id INTEGER NOT NULL, PRIMARY KEY (suffix, number_id))
    WITHOUT ROWID;
CREATE TABLE cdr (id INTEGER NOT NULL, started_at INTEGER NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER NOT NULL,
    from_name VARCHAR NOT NULL, to_name VARCHAR NOT NULL, from_text VARCHAR, to_text VARCHAR, uid VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL, src_addr VARCHAR NOT NULL, src_trunk VARCHAR NOT NULL, dst_trunk VARCHAR NOT NULL,
    duration INTEGER NOT NULL, ring_duration INTEGER NOT NULL, talk_duration INTEGER NOT NULL,
    disposition VARCHAR NOT NULL, call_type VARCHAR NOT NULL, did_number VARCHAR NOT NULL, did_name VARCHAR NOT NULL,
    dod_number VARCHAR NOT NULL, record_file VARCHAR NOT NULL, reason VARCHAR NOT NULL, pin_code VARCHAR NOT NULL,
    call_note_remark VARCHAR NOT NULL, disposition_codes VARCHAR NOT NULL, new_id VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE INDEX cdr_time ON cdr (started_at);
CREATE INDEX cdr_from ON cdr (from_id, started_at);
CREATE INDEX cdr_to ON cdr (to_id, started_at);
CREATE TABLE extension (id INTEGER NOT NULL, number VARCHAR NOT NULL, caller_id_name VARCHAR NOT NULL,
    first_name VARCHAR NOT NULL, last_name VARCHAR NOT NULL, email_addr VARCHAR NOT NULL,
    mobile_number VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (number));
CREATE TABLE extension_group (id INTEGER NOT NULL, name VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE group_member (group_id INTEGER NOT NULL, extension VARCHAR NOT NULL, PRIMARY KEY (group_id, extension))
    WITHOUT ROWID;
CREATE TABLE object (kind VARCHAR NOT NULL, id INTEGER NOT NULL, name VARCHAR NOT NULL, document VARCHAR NOT NULL,
    PRIMARY KEY (kind, id));
CREATE TABLE client (client_id VARCHAR NOT NULL, secret VARCHAR NOT NULL, configured BOOLEAN NOT NULL,
    PRIMARY KEY (client_id));
CREATE TABLE token (id INTEGER NOT NULL, client_id VARCHAR NOT NULL, access_hash BLOB NOT NULL,
    access_expires INTEGER NOT NULL, refresh_hash BLOB NOT NULL, refresh_expires INTEGER NOT NULL, PRIMARY KEY (id),
    UNIQUE (access_hash), UNIQUE (refresh_hash));
CREATE INDEX ix_token_client_id ON token (client_id);
CREATE TABLE failed_login (address VARCHAR NOT NULL, count INTEGER NOT NULL, blocked_until INTEGER NOT NULL,
    PRIMARY KEY (address));
CREATE TABLE download (name VARCHAR NOT NULL, client_id VARCHAR NOT NULL, "query" VARCHAR NOT NULL,
    expires INTEGER NOT NULL, PRIMARY KEY (name));
CREATE TABLE memory (layer VARCHAR NOT NULL, name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (layer, name));
INSERT INTO number VALUES (1, '2005', '2005', 2, 0), (2, '1000', '1000', 0, 2);
INSERT INTO number_suffix VALUES
    ('2005', 1), ('005', 1), ('05', 1), ('5', 1), ('1000', 2), ('000', 2), ('00', 2), ('0', 2);
INSERT INTO cdr VALUES
    (2710, 1653893621, 1, 2, 'Kristin Hale', '', NULL, NULL, '202205301453416CEAB', '1718690912.7', '', '', 'city',
     7, 0, 7, 'ANSWERED', 'Outbound', '', '', '2005', '', 'src hangup    ', '', '', '', ''),
    (2711, 1653893700, 1, 2, 'Kristin Hale', '', NULL, NULL, '2022053014550020730', '1718689712.3', '', '', 'city',
     0, 0, 0, 'NO ANSWER', 'Outbound', '', '', '2005', '', 'dst hangup    ', '', '', '', '');
INSERT INTO extension VALUES (1, '2005', 'Kristin Hale', '', '', '', '');
INSERT INTO client VALUES ('mine', 'secret', 0);
INSERT INTO memory VALUES ('state', 'calls', '2'), ('stored', 'timezone', '"Europe/London"');
"""
PRAGMAS = f"PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"

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


def test_it_is_like_a_new_one(old, tmp_path):
    open_world({"instance": str(old.parent)}, started=False).database.close()
    open_world({"instance": str(tmp_path / "new")}, started=False).database.close()
    for question in (SHAPE, INDEXES):
        assert ask(old, question) == ask(tmp_path / "new" / "pbx.sqlite", question)


def test_one_of_the_version_between_is_taken_too(old):
    connection = sqlite3.connect(old)
    connection.executescript("; ".join((*UPGRADES[1], "PRAGMA user_version = 2")))
    connection.close()
    open_world({"instance": str(old.parent)}, started=False).database.close()
    assert version(old) == SCHEMA_VERSION
    assert ask(old, "SELECT count(*) FROM ended_token") == [(0,)]


def test_every_older_version_leads_to_this_one():
    assert sorted(UPGRADES) == list(range(1, SCHEMA_VERSION))


def test_commands_and_the_server_take_it(old):
    told = run_here("clients", "list", "--instance", str(old.parent))
    assert (told.returncode, told.stderr) == (0, "")
    assert "mine" in told.stdout
    assert version(old) == SCHEMA_VERSION


def test_the_server_takes_it(old):
    pbx = start_server(old.parent)
    try:
        assert [row["id"] for row in pbx.search(call_from="2005")["data"]] == [2710, 2711]
        assert version(old) == SCHEMA_VERSION
    finally:
        assert pbx.stop() == 0


def test_it_is_wholly_upgraded_or_not_at_all(old):
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE revoked_token (mine)")
    connection.close()
    before = old.read_bytes()
    told = run_here("settings", "--instance", str(old.parent))
    assert (told.returncode, told.stdout) == (2, "")
    assert "revoked_token already exists" in told.stderr
    assert version(old) == 1
    assert old.read_bytes() == before


def test_several_processes_open_it_at_once(old):
    """The first one upgrades; the others wait for it and find it done."""
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
