"""The index behind fuzzy matching: every suffix of every number, so that "contains" becomes a range of suffixes.

A million calls have some tens of thousands of numbers; they are searched instead of the calls. Letters (a SIP user's
name in a number's place) match whatever their case, as SQL's LIKE does. PostgreSQL has no suffixes: it finds parts by
an index of its own, and what is said here of suffixes is put into its words by postgres/parts.py.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator

# SQLite's lower() and LIKE fold these and no others.
_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

# Sorts after every character that can follow the pattern in a suffix.
_LAST = "\U0010ffff"

# So many at most are asked for, and counted, one by one, as those of a single call are: lists cost more than that.
_FEW = 4

# The ids of the numbers that contain a pattern, given as the values <name>_low and <name>_high (suffix_range), and of
# those that end with one.
_IDS_WITH = "SELECT number_id FROM number_suffix WHERE suffix >= :{name}_low AND suffix < :{name}_high"
IDS_ENDING = "SELECT number_id FROM number_suffix WHERE suffix = ?"

# Each of these numbers n once, for FROM: where it contains the pattern several times, only the longest suffix counts.
_EACH_WITH = (
    "number_suffix AS s CROSS JOIN number AS n ON n.id = s.number_id"
    " WHERE s.suffix >= :{name}_low AND s.suffix < :{name}_high"
    " AND instr(n.folded, :{name}_low) = length(n.folded) - length(s.suffix) + 1"
)

_NUMBER_IDS = "SELECT digits, id FROM number WHERE digits IN (SELECT value FROM json_each(:numbers))"
_NUMBER_ID = "SELECT id FROM number WHERE digits = ?"

_COUNT_MORE = """
    UPDATE number SET calls_from = number.calls_from + more.made, calls_to = number.calls_to + more.taken FROM (
        SELECT CAST(value ->> '$[0]' AS INTEGER) AS id, CAST(value ->> '$[1]' AS INTEGER) AS made,
            CAST(value ->> '$[2]' AS INTEGER) AS taken FROM json_each(:counted)
    ) AS more WHERE more.id = number.id
"""
_COUNT_MORE_OF_ONE = "UPDATE number SET calls_from = calls_from + ?, calls_to = calls_to + ? WHERE id = ?"
_COUNT = """
    UPDATE number SET calls_from = counted.made, calls_to = counted.taken FROM (
        SELECT id, sum(made) AS made, sum(taken) AS taken FROM (
            SELECT from_id AS id, count(*) AS made, 0 AS taken FROM cdr INDEXED BY cdr_from GROUP BY from_id
            UNION ALL SELECT to_id, 0, count(*) FROM cdr INDEXED BY cdr_to GROUP BY to_id
        ) AS side GROUP BY id
    ) AS counted WHERE counted.id = number.id
"""


def ids_with(name: str) -> str:
    return _IDS_WITH.format(name=name)


def each_with(name: str) -> str:
    return _EACH_WITH.format(name=name)


def fold(text: str) -> str:
    """The text with ASCII letters in lower case, as it stands in the index."""
    return text if text.isdecimal() else text.translate(_FOLD)


def suffix_range(pattern: str) -> tuple[str, str]:
    """The half-open range of suffixes that begin with the pattern."""
    folded = fold(pattern)
    return folded, folded + _LAST


def _suffixes(folded: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int]]:
    for number_id, text in folded:
        for start in range(len(text)):
            yield text[start:], number_id


def listed(texts: Collection[str]) -> tuple[str, Collection[str]]:
    """The texts as a list in JSON, "" where there are none, and those that are to be asked for one by one: they are
    few, or a list cannot carry them whole."""
    if len(texts) <= _FEW:
        return "", texts
    plain = [text for text in texts if "\0" not in text]
    return json.dumps(plain, ensure_ascii=False), [text for text in texts if "\0" in text]


def known_numbers(connection: sqlite3.Connection, numbers: Collection[str]) -> dict[str, int]:
    """The ids of those that are stored."""
    texts, odd = listed(numbers)
    found: dict[str, int] = dict(connection.execute(_NUMBER_IDS, {"numbers": texts})) if texts else {}
    for digits in odd:
        found.update((digits, number_id) for (number_id,) in connection.execute(_NUMBER_ID, (digits,)))
    return found


def add_numbers(connection: sqlite3.Connection, numbers: list[tuple[int, str]], calls: list[tuple[int, int]]) -> None:
    """Store new numbers (id, digits), each with its calls (from it, to it), and index them. Sorted first: the index is
    then written from left to right."""
    if not numbers:
        return
    folded = [(number_id, fold(digits)) for number_id, digits in numbers]
    connection.executemany(
        "INSERT INTO number (id, digits, folded, calls_from, calls_to) VALUES (?, ?, ?, ?, ?)",
        ((*number, text, *counts) for number, (_, text), counts in zip(numbers, folded, calls, strict=True)),
    )
    if _keeps_suffixes(connection):
        new = sorted(_suffixes(folded))
        connection.executemany("INSERT INTO number_suffix (suffix, number_id) VALUES (?, ?)", new)


def count_more(connection: sqlite3.Connection, calls: list[tuple[int, int, int]]) -> None:
    """So many more calls have been made from and to each number (id, calls from it, calls to it)."""
    if len(calls) > _FEW:
        connection.execute(_COUNT_MORE, {"counted": json.dumps(calls)})
    else:
        connection.executemany(_COUNT_MORE_OF_ONE, [(made, taken, number_id) for number_id, made, taken in calls])


def _keeps_suffixes(connection: sqlite3.Connection) -> bool:
    return not getattr(connection, "finds_parts", False)


def count_calls(connection: sqlite3.Connection) -> None:
    """Count the calls of every number anew."""
    connection.execute(_COUNT)


def remove_numbers(connection: sqlite3.Connection, number_ids: Iterable[int]) -> None:
    """Forget those of the numbers that no call has any more."""
    unused = "SELECT id, folded FROM number WHERE id = ? AND calls_from = 0 AND calls_to = 0"
    found = [row for number_id in number_ids for row in connection.execute(unused, (number_id,))]
    if _keeps_suffixes(connection):
        connection.executemany("DELETE FROM number_suffix WHERE suffix = ? AND number_id = ?", _suffixes(found))
    connection.executemany("DELETE FROM number WHERE id = ?", ((number_id,) for number_id, _ in found))


def clear_numbers(connection: sqlite3.Connection) -> None:
    """Forget every number."""
    for table in ("number_suffix", "number") if _keeps_suffixes(connection) else ("number",):
        connection.execute(f"DELETE FROM {table}")
