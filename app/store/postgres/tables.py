"""The models' tables in a schema of PostgreSQL: integers of 64 bits, texts compared byte by byte, as in SQLite."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, MetaData, String, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ..database import VERSION_STATEMENTS, VERSION_TABLE
from ..models import CDR_INDEXES, NumberSuffix, db
from .lines import Lines
from .mistakes import told_as_sqlite_would
from .parts import PART_INDEX

# Tables whose ids the database gives.
_NUMBERED = ("token", "ended_token")

_OTHERS = (
    *VERSION_STATEMENTS,
    "CREATE TABLE change (number bigint NOT NULL) WITH (fillfactor = 10)",
    "INSERT INTO change VALUES (0)",
)


def make_tables(lines: Lines, schema: str) -> None:
    """Make the schema and its tables where there are none, all of them or none; another server may be making them."""
    raw = lines.free(schema).raw
    with told_as_sqlite_would(), raw.transaction():
        raw.execute("SELECT pg_advisory_xact_lock(hashtext($1))", (f"pbx {schema}",))
        raw.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        found = raw.execute("SELECT to_regclass($1)", (f'"{schema}".{VERSION_TABLE}',)).fetchone()
        if found == (None,):
            for statement in statements():
                raw.execute(statement)


@lru_cache(maxsize=1)
def statements() -> tuple[str, ...]:
    """What makes a world's tables in the schema on the search path."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    metadata = MetaData()
    made = []
    for model in db.metadata.sorted_tables:
        if model.name == NumberSuffix.__tablename__:
            continue
        table = model.to_metadata(metadata)
        table.indexes = {index for index in table.indexes if not str(index.name).startswith("cdr_")}
        for column in table.columns:
            _retype(column)
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
    return (*made, *map(_with_id, CDR_INDEXES), PART_INDEX, *_OTHERS)


def _retype(column: Column[Any]) -> None:
    if isinstance(column.type, Integer):
        column.type = BigInteger()
        column.autoincrement = column.table.name in _NUMBERED
    elif isinstance(column.type, String):
        column.type = Text(collation="C")
    if column.primary_key and column.table.name in _NUMBERED:
        Identity()._set_parent(column)


def _with_id(index: Index) -> str:
    """An index of calls keeps ties in the order of ids, as every index of SQLite does."""
    written = str(CreateIndex(index).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return re.sub(r"\)( WHERE .*)?$", r", id)\1", written)
