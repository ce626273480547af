"""Numbers found by a part of them: by pg_trgm's index, which has every three characters that follow each other.

SQLite finds them by a table of suffixes (../numbers.py); what is asked of that is asked here of the index. PostgreSQL
looks at the pattern each time to see whether the index is worth it: parts that are shorter than three characters are
looked for in every number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from ..numbers import IDS_ENDING, each_with, ids_with

# LIKE takes a pattern's own characters as they are behind this.
_ESCAPED = r"replace(replace(replace({}, '\', '\\'), '%', '\%'), '_', '\_')"


def _like(column: str, pattern: str) -> str:
    return f"{column} LIKE '%' || {_ESCAPED.format(pattern)}"


def _about_any(words: Callable[[str], str]) -> re.Pattern[str]:
    """The words, whatever the name in them, and the row and the column."""
    before, *behind = map(re.escape, words("NAME").split("NAME"))
    pattern = before + r"(?P<NAME>\w+)" + "(?P=NAME)".join(behind)
    return re.compile(pattern.replace("ROW", r"(?P<ROW>\w+)").replace("COLUMN", r"(?P<COLUMN>\w+)"))


def _tested(name: str) -> str:
    return f"+ROW.COLUMN IN ({ids_with(name)})"


# What SQLite is asked, and how PostgreSQL is asked the same. Of a single call's number it is asked whether it is one of
# those: they may be too many for PostgreSQL to keep them, and then it would look through all of them for each call.
_WORDS = (
    (
        _about_any(_tested),
        f"EXISTS (SELECT 1 FROM number AS n WHERE n.id = ROW.COLUMN AND {_like('n.folded', ':NAME_low')} || '%')",
    ),
    (_about_any(each_with), f"number AS n WHERE {_like('n.folded', ':NAME_low')} || '%'"),
    (_about_any(ids_with), f"SELECT id FROM number WHERE {_like('folded', ':NAME_low')} || '%'"),
    (re.compile(re.escape(IDS_ENDING)), f"SELECT id FROM number WHERE {_like('folded', '?')}"),
)


# The calls of some numbers are to be sorted: PostgreSQL takes them for more than they are, and would look for them
# along the time, whose order it knows.
_CALLS_OF_NUMBERS = re.compile("cdr AS c INDEXED BY cdr_(?:from|to) ")


def asks_for_parts(statement: str) -> bool:
    return "number_suffix" in statement


def in_parts(statement: str) -> str:
    """The statement without suffixes."""
    if not asks_for_parts(statement):
        return statement
    statement = _sorted(statement)
    for asked, said in _WORDS:
        statement = asked.sub(partial(_said, said), statement)
    return statement


def _sorted(statement: str) -> str:
    if not _CALLS_OF_NUMBERS.search(statement):
        return statement
    return statement.replace("ORDER BY c.started_at", "ORDER BY c.started_at + 0")


def _said(words: str, found: re.Match[str]) -> str:
    for name, given in found.groupdict().items():
        words = words.replace(name, given)
    return words


# The index. Its operators are where the extension is, which no world has on its path: another program of the database
# may have made it in any schema. What is made here is made in "public", so that it outlives every world.
_LACKING = (
    "The extension pg_trgm is needed in the database %, and it cannot be made: %. Install PostgreSQL''s contrib modules"
    " beside the server, and let an administrator run in that database: CREATE EXTENSION pg_trgm SCHEMA public"
)
PART_INDEX = f"""
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pbx pg_trgm'));
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE SCHEMA IF NOT EXISTS public;
        CREATE EXTENSION pg_trgm SCHEMA public;
    END IF;
    EXECUTE (
        SELECT format('CREATE INDEX number_part ON number USING gin (folded %I.gin_trgm_ops)', n.nspname)
        FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
    );
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE EXCEPTION '{_LACKING}', current_database(), SQLERRM;
END $$
"""
