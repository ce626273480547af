"""Answer rows, compiled: a schema's declared fields become one SQL expression that SQLite renders as JSON.

The declared order is the order of the keys. Fields that always stand are written by json_object in runs; a field that
is left out when empty is a CASE between two runs. Ten thousand rows cost a tenth of dumping them with marshmallow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

if TYPE_CHECKING:
    from ..settings import Settings

# SQL over c (cdr), f and t (its numbers), or how to make it for a PBX with these settings.
Expression = str | Callable[["Settings"], str]


class _FromSql:
    """A field of an answer row with the SQL it comes from; ``optional``: the key is left out when it is empty."""

    empty: str

    def __init__(self, sql: Expression, *, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sql, self.optional = sql, optional

    def expression(self, settings: Settings) -> str:
        return self.sql if isinstance(self.sql, str) else self.sql(settings)

    def json(self, expression: str) -> str:
        return expression


class TextColumn(_FromSql, fields.String):
    """A string."""

    empty = "''"

    def json(self, expression: str) -> str:
        return f"json_quote({expression})"


class IntegerColumn(_FromSql, fields.Integer):
    """An Integer; 0 counts as empty."""

    empty = "0"


class JsonColumn(_FromSql, fields.Raw):
    """An object, or null: SQL of JSON text, or NULL."""

    empty = "NULL"

    def expression(self, settings: Settings) -> str:
        return f"json({super().expression(settings)})"


Column = TextColumn | IntegerColumn | JsonColumn
_COLUMNS = (TextColumn, IntegerColumn, JsonColumn)


def columns(schema: type[Schema]) -> dict[str, Column]:
    """The schema's columns by key, in declared order."""
    return {name: field for name, field in schema().fields.items() if isinstance(field, _COLUMNS)}


@lru_cache(maxsize=64)
def json_row(schema: type[Schema], settings: Settings) -> str:
    """SQL of one column: the row as a JSON object in UTF-8 bytes. The first and the last field must always stand."""
    parts: list[str] = []
    for optional, run in groupby(columns(schema).items(), key=lambda item: item[1].optional):
        fields_of_run = dict(run)
        parts += _optional(fields_of_run, settings) if optional else [_object(fields_of_run, settings)]
    parts[1:] = [part if part.startswith("CASE") else f"',' || ltrim({part}, '{{')" for part in parts[1:]]
    parts[:-1] = [part if part.startswith("CASE") else f"rtrim({part}, '}}')" for part in parts[:-1]]
    return f"CAST({' || '.join(parts)} AS BLOB)"


def _object(run: dict[str, Column], settings: Settings) -> str:
    pairs = (f"'{name}', {column.expression(settings)}" for name, column in run.items())
    return f"json_object({', '.join(pairs)})"


def _optional(run: dict[str, Column], settings: Settings) -> list[str]:
    parts = []
    for name, column in run.items():
        value = column.expression(settings)
        parts.append(f"CASE WHEN {value} = {column.empty} THEN '' ELSE ',\"{name}\":' || {column.json(value)} END")
    return parts


def csv_row(schema: type[Schema], settings: Settings) -> dict[str, str]:
    """SQL of the row's values by key, for a CSV line."""
    return {name: column.expression(settings) for name, column in columns(schema).items()}
