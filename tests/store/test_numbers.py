"""Fuzzy matching finds what LIKE finds, whatever the pattern and whichever way is taken; the counts are true."""

from __future__ import annotations

import random

import postgres
import pytest
from conftest import database_of

from app.pbx.generator import calls
from app.pbx.office import demo_office
from app.store import plans
from app.store.kept_counts import kept_count
from app.store.loading import load_cdrs
from app.store.query import CdrQuery
from app.store.search import find_cdrs

ROWS = 4000
ODD_NUMBERS = ["a%b", "a_b", "AbC", "O'Neil", "+49%20", "*43#", "\\", "é1", "É1", "100%", "__", "", " "]


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    database = database_of(tmp_path_factory.mktemp("numbers"))
    stream = calls(demo_office("Asia/Shanghai"), 1, 1_700_000_000, None, 2000)
    rows = [next(stream) for _ in range(ROWS)]
    for place, odd in enumerate(ODD_NUMBERS):
        rows[place * 7] = rows[place * 7]._replace(from_number=odd)
        rows[place * 7 + 1] = rows[place * 7 + 1]._replace(to_number=odd)
    database.make_tables()
    with database.write() as connection:
        load_cdrs(connection, rows[:3000])
    with database.write() as connection:
        load_cdrs(connection, rows[3000:])
    yield database.connection()
    database.close()


def patterns():
    """Pieces of numbers of every length from 1 to 12, and texts that mean something to LIKE."""
    rng = random.Random(7)
    for length in range(1, 13):
        for _ in range(12):
            yield "".join(rng.choice("0123456789") for _ in range(length))
            yield ("+4420794601234567", "13800001234", "05925503399", "200020052029")[rng.randrange(4)][:length]
    yield from (
        "%",
        "_",
        "a%",
        "a_",
        "A",
        "ab",
        "ABC",
        "'",
        "\\",
        "é",
        "É",
        "É1",
        "#",
        "+",
        "+4",
        "100%",
        "%%",
        "__",
        " ",
    )


# As SQLite has it: whatever the case of ASCII letters.
LIKE = "ILIKE" if postgres.CHOSEN else "LIKE"


def like(connection, side, pattern):
    """The ids that a scan with LIKE finds, with % and _ as ordinary characters."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    statement = (
        f"SELECT c.id FROM cdr AS c JOIN number AS n ON n.id = c.{side} WHERE n.digits {LIKE} ? ESCAPE '\\'"
        " ORDER BY c.started_at, c.id"
    )
    return [number for (number,) in connection.execute(statement, (f"%{escaped}%",))]


@pytest.mark.parametrize("test_cost", [0, 3, 10**9])
def test_as_like_would(connection, monkeypatch, test_cost):
    monkeypatch.setattr(plans, "_TEST_COST", test_cost)
    found_something = 0
    for pattern in patterns():
        for field, side in (("call_from", "from_id"), ("call_to", "to_id")):
            page = find_cdrs(connection, CdrQuery(**{field: pattern}, fuzzy=True, limit=50), "c.id")
            ids = [number for batch in page.batches for (number,) in batch]
            expected = like(connection, side, pattern)
            assert (page.total, ids) == (len(expected), expected[:50]), (pattern, field)
            found_something += bool(ids)
    assert found_something > 100


def test_a_nul_or_an_emoji_is_only_a_pattern(connection):
    for pattern in ("\x00", "2\x000", "\U0010ffff", "🎉"):
        assert find_cdrs(connection, CdrQuery(call_from=pattern, fuzzy=True), "c.id").total == 0


def test_counts_are_kept(connection):
    wrong = connection.execute(
        "SELECT digits FROM number AS n WHERE calls_from <> (SELECT count(*) FROM cdr WHERE from_id = n.id)"
        " OR calls_to <> (SELECT count(*) FROM cdr WHERE to_id = n.id)"
    ).fetchall()
    assert wrong == []
    (counted,) = connection.execute("SELECT sum(calls_from) FROM number").fetchone()
    assert counted == ROWS
    assert kept_count(connection, "calls") == ROWS
    (recorded,) = connection.execute("SELECT count(*) FROM cdr WHERE record_file <> ''").fetchone()
    assert kept_count(connection, "recordings") == recorded > 0


@postgres.of_files
def test_the_way_through_a_number_needs_no_scan(connection):
    """The plan for a long pattern and for an exact number searches indexes only."""
    for query in (CdrQuery(call_from="2005"), CdrQuery(call_to="7700900", fuzzy=True)):
        plan = plans.choose_plan(connection, query).plan
        assert plan.leader
        from app.store.search import _asked, _page_statement, _values

        statement = _page_statement(_asked(query), plan, "time", False, "c.id")
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", _values(query, _asked(query)))]
        assert not [step for step in steps if step.startswith("SCAN") and step != "SCAN hit"], steps
