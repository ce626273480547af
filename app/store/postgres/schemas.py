"""Schemas: made like another one, filled from another one, dropped. All are the default world's neighbours.

``pbx_w_<first>`` is a world, ``pbx_t_<fingerprint>`` a template, ``pbx_s_<random>`` a snapshot, which has no indexes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from ..database import VERSION_TABLE
from .lines import Lines
from .mistakes import in_sqlites_words, told_as_sqlite_would

# What a world consists of. Tables that others refer to by their ids come in no order: there are no foreign keys.
CONTENT = (
    "call_truth", "cdr", "client", "download", "ended_token", "extension", "extension_group", "failed_login",
    "group_member", "memory", "number", "number_suffix", "object", "revoked_token", "token",
)  # fmt: skip
_NUMBERED = ("ended_token", "token")


def make_like(lines: Lines, model: str, schema: str, filled: bool = False) -> None:
    """Make a schema with the model's tables, and with what is in them if it is to be ``filled``."""
    made = [f'CREATE SCHEMA "{schema}"']
    for table in (*CONTENT, VERSION_TABLE, "change"):
        target, source = f'"{schema}".{table}', f'"{model}".{table}'
        made.append(f"CREATE TABLE {target} (LIKE {source} INCLUDING ALL)")
        if filled or table not in CONTENT:
            made.append(f"INSERT INTO {target} SELECT * FROM {source}")
    made.append(f'ALTER TABLE "{schema}".change SET (fillfactor = 10)')
    made += (_numbering(schema, table) for table in _NUMBERED)
    _run(lines, model, "; ".join(made))


def keep(lines: Lines, source: str, schema: str) -> None:
    """Make a schema that holds what the source holds at this moment, and nothing to search it by."""
    made = [f'CREATE TABLE "{schema}".{table} AS SELECT * FROM "{source}".{table}' for table in CONTENT]
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ"
    _run(lines, source, "; ".join((begin, f'CREATE SCHEMA "{schema}"', *made, "COMMIT")))


def replace_content(connection: sqlite3.Connection, schema: str, source: str) -> None:
    """Make a schema hold what the source holds, in the caller's transaction."""
    for table in CONTENT:
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f'INSERT INTO {table} SELECT * FROM "{source}".{table}')
    for table in _NUMBERED:
        connection.execute(_numbering(schema, table))


def _numbering(schema: str, table: str) -> str:
    """Ids go on behind those there are, and behind those there were: some may be put back."""
    name = f'"{schema}".{table}'
    highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {name})"
    sequence = f"pg_get_serial_sequence('{name}', 'id')"
    return f"SELECT setval({sequence}, greatest(nextval({sequence}), {highest}), false)"


def drop(lines: Lines, schema: str) -> None:
    """Drop a schema, unless somebody is using it for long; then ``sweep`` does, another time."""
    with suppress(sqlite3.OperationalError):
        _run(lines, schema, f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def neighbours(lines: Lines, schema: str) -> list[str]:
    """The schemas of worlds, templates and snapshots beside that of a default world."""
    raw = lines.free(schema).raw
    pattern = "^" + schema + "_[wts]_[0-9a-f]+$"
    return [name for (name,) in raw.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ $1", (pattern,))]


@contextmanager
def making(lines: Lines, schema: str, alone: bool = False) -> Iterator[bool]:
    """Nobody sweeps meanwhile; ``alone``, nobody is making anything either, or the block is told that somebody is."""
    how = ("try_advisory_lock", "advisory_unlock") if alone else ("advisory_lock_shared", "advisory_unlock_shared")
    with told_as_sqlite_would(), lines.one(schema) as line:
        key = f"hashtext('making beside {schema}')"
        row = line.raw.execute(f"SELECT pg_{how[0]}({key})").fetchone()
        held = row != (False,)
        try:
            yield held
        finally:
            if held:
                line.raw.execute(f"SELECT pg_{how[1]}({key})")


def _run(lines: Lines, schema: str, statements: str) -> None:
    """All of them or none."""
    line = lines.free(schema)
    try:
        line.raw.execute(statements)
    except psycopg.Error as error:
        line.roll_back()
        raise in_sqlites_words(error) from None
