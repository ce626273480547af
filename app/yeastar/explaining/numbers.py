"""What numbers may have been meant to be: with a prefix or without, a name's, the other party's."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from ...store.numbers import IDS_ENDING, fold
from .asked import Asked
from .changes import Change, send

_SEPARATORS = re.compile(r"[\s()./\-\u2010-\u2015]+")
_WILDCARDS = re.compile(r"[%*_?]+")
_NAME_AND_NUMBER = re.compile(r"\s*[^<>]*<([^<>]*)>\s*")

# So much of a number's end is enough to know it by, and so much of its beginning may be another prefix: 00, +44, 0.
_LEAST_END, _LONGEST_PREFIX = 6, 4

# So many numbers are tried, and of a text so many characters are looked at.
_MOST, _LONGEST = 3, 40


def rewritten(asked: Asked) -> Iterator[Change]:
    """The numbers given, written otherwise, and those of the PBX that they may stand for."""
    for name in _given(asked):
        text = asked.text(name)
        for value, why in (*_spellings(text), *_stored(asked, name, text), *_by_name(asked, text)):
            if value and value != text:
                yield Change(f"{send(**{name: value})}: {why}", asked.changed(**{name: value}))


def in_part(asked: Asked) -> Iterator[Change]:
    """The same numbers, in part; what others take for a wildcard is a character here."""
    names = _given(asked)
    if not names or not asked.takes("enable_fuzzy_search"):
        return
    if not asked.query().fuzzy:
        values: dict[str, str | None] = {"enable_fuzzy_search": "1"}
        yield Change(f"{send(**values)}: numbers then match in part", asked.changed(**values))
    for name in names:
        pieces = [piece for piece in _WILDCARDS.split(asked.text(name)) if piece]
        if pieces and pieces != [asked.text(name)]:
            values = {name: max(pieces, key=len), "enable_fuzzy_search": "1"}
            yield Change(
                f"{send(**values)}: there are no wildcards, but numbers match in part", asked.changed(**values)
            )


def other_way(asked: Asked) -> Iterator[Change]:
    """Caller and callee in each other's place."""
    names = _given(asked)
    if names:
        caller, callee = asked.kind.parties
        values = {caller: asked.text(callee) or None, callee: asked.text(caller) or None}
        yield Change(f"{send(**values)}: the calls went the other way", asked.changed(**values))


def _given(asked: Asked) -> list[str]:
    return [name for name in asked.kind.parties if asked.text(name)]


def _spellings(text: str) -> Iterator[tuple[str, str]]:
    """The text as it may have been meant, and why."""
    if text.startswith(" ") and text.strip().isdigit():
        yield f"+{text.strip()}", "a + in a URL is a blank, write it as %2B"
    yield text.strip(), "without the blanks around it"
    with_name = _NAME_AND_NUMBER.fullmatch(text)
    if with_name:
        yield with_name[1], "the number alone, without the name"
    if any(map(str.isdigit, text)):
        yield _SEPARATORS.sub("", text), "without blanks and separators"


def _stored(asked: Asked, name: str, text: str) -> Iterator[tuple[str, str]]:
    """Numbers that calls have and that end as this one does, or with which this one ends."""
    calls = "calls_from" if name == asked.kind.parties[0] else "calls_to"
    short = fold(text[:_LONGEST]).strip()
    statement = (
        f"SELECT n.digits FROM number AS n WHERE n.id IN ({IDS_ENDING})"
        f" AND n.{calls} > 0 AND n.digits <> ? ORDER BY n.{calls} DESC LIMIT {_MOST}"
    )
    for end in _ends(short):
        for (digits,) in asked.connection.execute(statement, (end, text)):
            yield digits, f"that is how calls have {end}" if end != short else "that is how calls have it"
    yield from _within(asked.connection, calls, text[:_LONGEST])


def _ends(text: str) -> Iterator[str]:
    """The text, and what is left of it without a prefix: of digits alone, as long as that tells numbers apart."""
    yield text
    digits = "".join(filter(str.isdecimal, text))
    for start in range(_LONGEST_PREFIX + 1):
        end = digits[start:]
        if len(end) >= _LEAST_END and end != text:
            yield end


def _within(connection: sqlite3.Connection, calls: str, text: str) -> Iterator[tuple[str, str]]:
    """Numbers with which the text ends: an outside line's digit may stand before them."""
    ends = [text[start:] for start in range(1, len(text) - 1)]
    if not ends:
        return
    marks = ", ".join("?" * len(ends))
    statement = (
        f"SELECT digits FROM number WHERE digits IN ({marks}) AND {calls} > 0 ORDER BY length(digits) DESC LIMIT 1"
    )
    for (digits,) in connection.execute(statement, ends):
        yield digits, "without its prefix"


def _by_name(asked: Asked, text: str) -> Iterator[tuple[str, str]]:
    """Numbers of the extensions with that name."""
    wanted = text.strip().casefold()
    rows = asked.connection.execute("SELECT number, caller_id_name, first_name, last_name FROM extension ORDER BY id")
    named = [
        (number, caller_id or f"{first} {last}".strip())
        for number, caller_id, first, last in rows
        if wanted in {part.casefold() for part in (caller_id, first, last, f"{first} {last}", *caller_id.split())}
    ]
    for number, name in named[:_MOST]:
        yield number, f"calls are found by numbers, and this is {name}'s"
