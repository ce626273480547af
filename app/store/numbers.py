"""The index behind fuzzy matching: every suffix of every number, so that "contains" becomes a range of suffixes.

A million calls have some tens of thousands of numbers; they are searched instead of the calls. Letters (a SIP user's
name in a number's place) match whatever their case, as SQL's LIKE does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

# SQLite's lower() and LIKE fold these and no others.
_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

# Sorts after every character that can follow the pattern in a suffix.
_LAST = "\U0010ffff"


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


def add_numbers(connection: sqlite3.Connection, numbers: list[tuple[int, str]]) -> None:
    """Store new numbers (id, digits) and index them. Sorted first: the index is then written from left to right."""
    folded = [(number_id, fold(digits)) for number_id, digits in numbers]
    connection.executemany(
        "INSERT INTO number (id, digits, folded, calls_from, calls_to) VALUES (?, ?, ?, 0, 0)",
        ((number_id, digits, text) for (number_id, digits), (_, text) in zip(numbers, folded, strict=True)),
    )
    connection.executemany("INSERT INTO number_suffix (suffix, number_id) VALUES (?, ?)", sorted(_suffixes(folded)))


def count_calls(connection: sqlite3.Connection) -> None:
    """Count the calls of every number anew."""
    for side in ("from", "to"):
        connection.execute(
            f"UPDATE number SET calls_{side} = counted.calls FROM (SELECT {side}_id, count(*) AS calls FROM cdr"
            f" INDEXED BY cdr_{side} GROUP BY {side}_id) AS counted WHERE counted.{side}_id = number.id"
        )


def remove_numbers(connection: sqlite3.Connection, number_ids: Iterable[int]) -> None:
    """Forget those of the numbers that no call has any more."""
    unused = "SELECT id, folded FROM number WHERE id = ? AND calls_from = 0 AND calls_to = 0"
    found = [row for number_id in number_ids for row in connection.execute(unused, (number_id,))]
    connection.executemany("DELETE FROM number_suffix WHERE suffix = ? AND number_id = ?", _suffixes(found))
    connection.executemany("DELETE FROM number WHERE id = ?", ((number_id,) for number_id, _ in found))
