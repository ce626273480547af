"""What makes a database of each older version one of the next, by Alembic, on SQLite and on PostgreSQL.

The number of the newest file in ``versions`` is SCHEMA_VERSION. This is imported where something is to be upgraded and
nowhere else: loading Alembic and SQLAlchemy takes as long as half a server's start.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, StaticPool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from ..database import SCHEMA_VERSION, VERSION_TABLE, loading, version_of

FOLDER = Path(__file__).parent

# How long somebody else may take to upgrade the same database, in seconds. A million calls take about two.
_PATIENCE = 120

# What a migration calls knows of one migration in a process. Threads may want to upgrade several worlds.
_one_at_a_time = threading.Lock()


def upgrade_sqlite(connection: sqlite3.Connection, target: int = SCHEMA_VERSION) -> None:
    """Bring a database to the target's version, wholly or not at all; another process may be first.

    The version in the file's header counts: older programs wrote no other. Raises sqlite3.Error.
    """
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    with _one_at_a_time, loading(connection), _patient(connection), _drivers_errors(), engine.begin() as begun:
        version = version_of(connection)
        if version < target:
            config = _config(begun)
            command.stamp(config, revision_of(version), purge=True)
            command.upgrade(config, revision_of(target))
            connection.execute(f"PRAGMA user_version = {target}")


def upgrade_postgres(connect: Callable[[], Any], schema: str, target: int = SCHEMA_VERSION) -> None:
    """Bring a schema of PostgreSQL, without tables or with an older version's, to the target's version, wholly or not
    at all; another server may be first. ``connect`` makes a connection of psycopg. Raises psycopg.Error."""
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    with _one_at_a_time, _drivers_errors(), engine.begin() as begun:
        begun.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}s'"))
        begun.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"pbx {schema}"})
        begun.execute(text("SELECT set_config('search_path', quote_ident(:schema), true)"), {"schema": schema})
        # Who was first may have brought it further than this, where its program is newer.
        version = _version_in(begun, schema)
        if version and version < target:  # an older program's writers are waited for; those that come then see to it
            begun.execute(text("UPDATE change SET number = number + 1"))
        if version < target:
            command.upgrade(_config(begun, schema), revision_of(target))


def revision_of(version: int) -> str:
    """What Alembic calls a version."""
    return f"{version:04}"


def _version_in(begun: Connection, schema: str) -> int:
    """0 where there are no tables yet."""
    if not inspect(begun).has_table(VERSION_TABLE, schema=schema):
        return 0
    return int(begun.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def _config(begun: Connection, schema: str | None = None) -> Config:
    """What ``env.py`` is given: the connection, in its transaction, and the schema if the database has several."""
    config = Config(attributes={"connection": begun, "schema": schema})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


@contextmanager
def _patient(connection: sqlite3.Connection) -> Iterator[None]:
    (usual,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {usual}")


@contextmanager
def _drivers_errors() -> Iterator[None]:
    """Callers know the driver's errors, not SQLAlchemy's around them."""
    try:
        yield
    except DBAPIError as error:
        raise error.orig or error from None
