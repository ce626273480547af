"""Schemas: made like another one, filled from another one, dropped. All are the default world's neighbours.

``pbx_w_<first>`` is a world, ``pbx_t_<fingerprint>`` a template, ``pbx_s_<random>`` a snapshot, which has no indexes.
Each has the table that says which version made it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg

from ..database import VERSION_TABLE
from .connection import Connection
from .lines import Lines
from .mistakes import in_sqlites_words, told_as_sqlite_would

_Connection = Connection | sqlite3.Connection

# What a world consists of. Tables that others refer to by their ids come in no order: there are no foreign keys. A
# partition is not one of them: what it holds is its table's.
_CONTENT = f"""
SELECT t.relname FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = ? AND t.relkind IN ('r', 'p') AND NOT t.relispartition
        AND t.relname NOT IN ('{VERSION_TABLE}', 'change')
"""
_NUMBERED = ("ended_token", "token")

# What makes the keys and indexes of the schema on the search path, by the names that they have: upgrades name them.
_KEYS_AND_INDEXES = """
SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', t.relname, c.conname, pg_get_constraintdef(c.oid))
    FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
    WHERE c.connamespace = ?::regnamespace AND c.contype IN ('p', 'u') AND NOT t.relispartition
UNION ALL SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indexrelid
    WHERE t.relnamespace = ?::regnamespace AND NOT t.relispartition
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""


def make_like(lines: Lines, model: str, schema: str, filled: bool = False) -> None:
    """Make a schema with the model's tables, and with what is in them if it is to be ``filled``."""
    connection = Connection(lines, model)
    content = _content(connection, model)
    made = [f'CREATE SCHEMA "{schema}"']
    for table in (*content, VERSION_TABLE, "change"):
        source = f'"{model}".{table}'
        made.append(f"CREATE TABLE {table} (LIKE {source} INCLUDING ALL EXCLUDING INDEXES)")
        if filled or table not in content:
            made.append(f"INSERT INTO {table} SELECT * FROM {source}")
    made.append("ALTER TABLE change SET (fillfactor = 10)")
    made += (statement for (statement,) in connection.execute(_KEYS_AND_INDEXES, (f'"{model}"',) * 2))
    made += (_numbering(schema, table) for table in _NUMBERED)
    _run(lines, schema, made)


def keep(lines: Lines, source: str, schema: str) -> None:
    """Make a schema that holds what the source holds at this moment, and nothing to search it by."""
    tables = (*_content(Connection(lines, source), source), VERSION_TABLE)
    made = [f'CREATE TABLE {table} AS SELECT * FROM "{source}".{table}' for table in tables]
    _run(lines, schema, ("BEGIN ISOLATION LEVEL REPEATABLE READ", f'CREATE SCHEMA "{schema}"', *made, "COMMIT"))


def replace_content(connection: sqlite3.Connection, schema: str, source: str) -> None:
    """Make a schema hold what the source holds, in the caller's transaction."""
    fill(connection, schema, source)
    for table in _NUMBERED:
        connection.execute(_numbering(schema, table))


def fill(connection: _Connection, schema: str, source: str) -> None:
    """The same for a schema that is never written. Both are of the same version, whichever it is."""
    for table in _content(connection, source):
        connection.execute(f'DELETE FROM "{schema}".{table}')
        connection.execute(f'INSERT INTO "{schema}".{table} SELECT * FROM "{source}".{table}')


def _content(connection: _Connection, schema: str) -> list[str]:
    return [table for (table,) in connection.execute(_CONTENT, (schema,))]


def _numbering(schema: str, table: str) -> str:
    """Ids go on behind those there are, and behind those there were: some may be put back."""
    name = f'"{schema}".{table}'
    highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {name})"
    sequence = f"pg_get_serial_sequence('{name}', 'id')"
    return f"SELECT setval({sequence}, greatest(nextval({sequence}), {highest}), false)"


def drop(lines: Lines, schema: str) -> bool:
    """Whether the schema is dropped: somebody may be using it, and nobody is kept waiting for that."""
    try:
        _run(lines, schema, ("SET LOCAL lock_timeout = '50ms'", f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))
    except sqlite3.OperationalError:
        return False
    return True


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


def _run(lines: Lines, schema: str, statements: Iterable[str]) -> None:
    """All of them or none; tables without a schema are this one's, which need not be there yet."""
    line = lines.free(schema)
    try:
        line.raw.execute("; ".join(statements))
    except psycopg.Error as error:
        line.roll_back()
        raise in_sqlites_words(error) from None
