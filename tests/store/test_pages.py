"""Pages: wherever one begins, it has the rows that plain Python finds there, in order, while rows come and go."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import postgres
import pytest
from conftest import database_of

from app.store import leaps, plans
from app.store.loading import CdrRow, load_cdrs
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.store.worlds import store_settings

ROWS, BEGIN = 3000, 1_700_000_000
NUMBERS = [str(number) for number in range(2000, 2010)] + [f"+44200{number}" for number in range(60)] + ["a200b", ""]
PATTERNS = ["200", "2", "0", "2005", "+442", "A200", "2002", "999"]


def call(rng, started_at):
    """A call of two numbers that some patterns are in more than once."""
    row = dict.fromkeys(CdrRow._fields, "") | dict.fromkeys(("id", "from_text", "to_text"))
    row |= dict.fromkeys(("duration", "ring_duration", "talk_duration"), 0)
    row |= {"started_at": started_at, "call_id": f"call {rng.random()}", "disposition": "BUSY"}
    return CdrRow(**row | {"from_number": rng.choice(NUMBERS), "to_number": rng.choice(NUMBERS[:12])})


def some_calls(rng, amount):
    """Many in the same second, most of them in a few hours, some years apart: nothing is spread evenly."""
    spans = [30, 30, 9_000, 9_000, 100_000_000]
    return [call(rng, BEGIN + rng.randrange(rng.choice(spans))) for _ in range(amount)]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """As many rows as are kept: each that comes makes the oldest go."""
    database = database_of(tmp_path_factory.mktemp("pages"))
    database.make_tables()
    database.prepare()
    with database.write() as connection:
        store_settings(connection, {"cdr_retention_rows": ROWS})
        load_cdrs(connection, some_calls(random.Random(1), ROWS))
    yield database
    database.close()


@pytest.fixture
def leaping(monkeypatch):
    """Every page that can be leaped to is, and how often an instant was looked for."""
    looks = []
    look = leaps._Seeker._look
    monkeypatch.setattr(plans, "_FAR", 1)
    monkeypatch.setattr(plans, "_LOOKS", 0)
    monkeypatch.setattr(plans, "_COUNT_COST", 0)
    monkeypatch.setattr(leaps._Seeker, "_look", lambda *given: looks.append(given) or look(*given))
    return looks


ALL = (
    "SELECT c.started_at, c.id, f.digits, t.digits FROM cdr AS c"
    " JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id"
)


def expected(rows, query):
    """Total and page, from all rows in order of time."""
    found = [
        row[1]
        for row in rows
        if all(pattern is None or pattern.lower() in row[place] for pattern, place in _asked(query))
    ]
    found = found[::-1] if query.descending else found
    return len(found), found[query.offset : query.offset + query.limit]


def _asked(query):
    return (query.call_from, 2), (query.call_to, 3)


def page(connection, query):
    found = find_cdrs(connection, query, "c.id")
    return found.total, [number for batch in found.batches for (number,) in batch]


def some_page(rng):
    field = rng.choice(["call_from", "call_to"])
    return CdrQuery(
        **{field: rng.choice(PATTERNS)}, fuzzy=True, descending=rng.random() < 0.5, limit=rng.choice([1, 7, 100]),
        offset=rng.choice([0, 1, 99, rng.randrange(1200), rng.randrange(3500)]),
    )  # fmt: skip


@pytest.mark.parametrize("seek_cost", [0, 7, 10**6])
def test_any_page_in_any_order_while_rows_come_and_go(database, leaping, monkeypatch, seek_cost):
    monkeypatch.setattr(plans, "_SEEK_COST", seek_cost)
    rng = random.Random(seek_cost)
    connection = database.connection()
    for _ in range(8):
        with database.write() as writing:
            load_cdrs(writing, some_calls(rng, 20))
        rows = sorted(connection.execute(ALL).fetchall())
        for _ in range(25):
            query = some_page(rng)
            assert page(connection, query) == expected(rows, query), query
    assert len(leaping) > 50 or seek_cost == 10**6


@pytest.mark.parametrize("descending", [False, True])
def test_a_page_that_is_leaped_to_is_of_one_moment(database, leaping, monkeypatch, descending):
    """What is written between the counting and the page is in neither."""
    rng = random.Random(7)
    query = CdrQuery(call_from="200", fuzzy=True, descending=descending, limit=50, offset=900)
    rows = sorted(database.connection().execute(ALL).fetchall())
    look = leaps._Seeker._look

    def write():
        with database.write() as connection:
            load_cdrs(connection, some_calls(rng, 30))

    def disturbed(*given):
        with ThreadPoolExecutor() as others:
            others.submit(write).result()
        return look(*given)

    monkeypatch.setattr(leaps._Seeker, "_look", disturbed)
    assert page(database.connection(), query) == expected(rows, query)
    assert leaping
    now = sorted(database.connection().execute(ALL).fetchall())
    monkeypatch.setattr(leaps._Seeker, "_look", look)
    assert now != rows
    assert page(database.connection(), query) == expected(now, query)


def test_turning_pages_gives_every_row_once(database, leaping):
    connection = database.connection()
    query = CdrQuery(call_from="200", fuzzy=True, limit=250)
    total, _ = page(connection, query)
    met = [
        number
        for offset in range(0, total + 250, 250)
        for number in page(connection, CdrQuery(call_from="200", fuzzy=True, limit=250, offset=offset))[1]
    ]
    assert len(met) == len(set(met)) == total > 1000


@postgres.of_files
@pytest.mark.parametrize("descending", [False, True])
def test_a_far_page_costs_little_more_than_the_first(tmp_path, descending):
    """Counted in steps of SQLite's machine, of which a page without a leap takes 37 times as many as the first."""
    database = database_of(tmp_path)
    database.make_tables()
    rng = random.Random(3)
    rows = [call(rng, BEGIN + second)._replace(from_number=f"200{second % 5}") for second in range(8000)]
    with database.write() as connection:
        load_cdrs(connection, rows)

    def steps(offset):
        counted = []
        connection.set_progress_handler(lambda: counted.append(1), 10)
        page(connection, CdrQuery(call_from="200", fuzzy=True, descending=descending, limit=100, offset=offset))
        connection.set_progress_handler(None, 0)
        return len(counted)

    assert steps(7000) < 5 * steps(0)
    database.close()
