"""The searches that are asked: drawn from the data by a seeded chance, each with a known number of answer rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from random import Random
from urllib.parse import quote, urlencode

from app.pbx.display_format import DisplayFormat
from app.settings import Settings

from . import dataset
from .dataset import Dataset

Params = dict[str, str]

DEFAULTS = Settings()
DISPLAY = DisplayFormat.of(DEFAULTS)


def target(path: str, token: str, params: Params) -> str:
    """Path and query of a request to the API."""
    query = urlencode({"access_token": token, **params}, quote_via=quote)
    return f"/openapi/v1.0/{path}?{query}"


def of_one_number(data: Dataset, rows: int, amount: int) -> list[Params]:
    """Different searches for an extension's calls in some days, each with so many rows."""
    chance = Random(rows)
    with closing(sqlite3.connect(data.flat)) as connection:
        callers = [str(number) for number in range(2000, 2030)]
        instants = {number: [row[0] for row in connection.execute(_CALLS_FROM, (number,))] for number in callers}
    found: list[Params] = []
    while len(found) < amount:
        number = chance.choice(callers)
        window = _window(instants[number], rows, chance)
        if window:
            found.append({**_between(*window), "call_from": number})
    return found


_CALLS_FROM = "SELECT started_at FROM cdr WHERE from_number = ? ORDER BY started_at"


def of_a_period(data: Dataset, rows: int, amount: int) -> list[Params]:
    """Different searches for all calls in a time, each with so many rows."""
    chance, instants = Random(rows), dataset.times(data)
    return [{**_between(*window)} for window in _windows(instants, rows, chance, amount)]


def _windows(instants: list[int], rows: int, chance: Random, amount: int) -> Iterator[tuple[int, int]]:
    while amount:
        if window := _window(instants, rows, chance):
            amount -= 1
            yield window


def _window(instants: list[int], rows: int, chance: Random) -> tuple[int, int] | None:
    """A time that holds exactly so many of the instants, as wide as it can be; None if chance has missed."""
    first = chance.randrange(1, max(2, len(instants) - rows))
    last = first + rows
    if last >= len(instants):
        return None
    start, end = instants[first - 1] + 1, instants[last] - 1
    exact = instants[first] >= start and instants[last - 1] <= end
    return (start, end) if exact else None


def _between(start: int, end: int) -> Params:
    return {"start_time": DISPLAY.write(start), "end_time": DISPLAY.write(end)}


def patterns(data: Dataset, lengths: range, amount: int, chance: Random) -> list[str]:
    """Parts of numbers that occur, so many of each length."""
    known = dataset.numbers(data)
    found: list[str] = []
    for length in lengths:
        long_enough = [number for number in known if len(number) >= length]
        for _ in range(amount):
            number = chance.choice(long_enough)
            start = chance.randrange(len(number) - length + 1)
            found.append(number[start : start + length])
    return found


_ALPHABETS = ("0123456789", "0123456789", "0123456789+", "0123456789%_+*#", "0123456789abcdeoSIPUZ ._%")


def random_patterns(amount: int, longest: int, chance: Random) -> list[str]:
    """Texts of 1 to ``longest`` characters that need not occur; LIKE's wildcards, signs and letters among them."""
    found = ["%", "_", "+", "%%", "_%", "a_B", "ZO", "zoË", "ANON", "user_7", "\\", "\\%", "'", "0%5", "+49 3", "#31"]
    while len(found) < amount:
        alphabet = chance.choice(_ALPHABETS)
        found.append("".join(chance.choices(alphabet, k=chance.randint(1, longest))))
    return found[:amount]
