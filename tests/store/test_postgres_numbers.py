"""Numbers in PostgreSQL: found by a part of them through pg_trgm, and loaded with the same counts as in SQLite."""

from __future__ import annotations

import random

import postgres
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pbx.setup import open_world
from app.pbx.worlds import open_worlds
from app.store import loading
from app.store.loading import CdrRow, load_cdrs
from app.store.migrations import upgrade_postgres
from app.store.numbers import IDS_ENDING, each_with, fold, ids_with, suffix_range
from app.store.postgres.parts import in_parts
from app.store.postgres.sql import translated

pytestmark = postgres.needs_postgres

BLANK = dict.fromkeys(CdrRow._fields, "") | dict.fromkeys(("id", "from_text", "to_text"))
BLANK |= dict.fromkeys(("duration", "ring_duration", "talk_duration"), 0)

# What means something to LIKE, to SQL, or to nobody; digits of other scripts are letters here.
LETTERS = "0123456789%_\\'\"+* aAbBzZéÉß\uff11\uff12\u0663\u0130\u0131Σς\u2400🙂"
PARTS = st.text(LETTERS, min_size=1, max_size=5) | st.text("0123\\%_", min_size=1, max_size=7)


def rows(numbers, first=0):
    """Two rows a call, from each number to the next."""
    for place, (caller, callee) in enumerate(zip(numbers, [*numbers[1:], numbers[0]], strict=True), first):
        call = {"started_at": place, "call_id": f"call {place // 2}", "record_file": "a" * (place % 3)}
        yield CdrRow(**BLANK | call | {"from_number": caller, "to_number": callee})


def some_numbers(seed, count=400):
    rng = random.Random(seed)
    odd = ["".join(rng.choices(LETTERS, k=rng.randint(1, 12))) for _ in range(count // 2)]
    return [*odd, *(rng.choice(["+4930", "20", "0171"]) + str(rng.randrange(10**7)) for _ in range(count // 2)), ""]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """An empty PBX in SQLite, and one in PostgreSQL with another world."""
    explicit = [{"instance": str(tmp_path_factory.mktemp("numbers")), "seed": "empty"} for _ in range(2)]
    explicit[1]["database_url"] = postgres.url("numbers")
    opened = [open_worlds(each) for each in explicit]
    opened[1].make("empty", name="other")
    yield [worlds.default for worlds in opened]
    for worlds in opened:
        worlds.close()


@pytest.fixture(scope="module")
def connections(both):
    for world in both:
        with world.write() as connection:
            load_cdrs(connection, rows(some_numbers(1)))
    return [world.database.connection() for world in both]


ASKED = (
    f"SELECT digits FROM number WHERE id IN ({ids_with('part')})",
    f"SELECT n.digits FROM {each_with('part')}",
    "SELECT digits FROM number WHERE instr(folded, :part_low) > 0",
)


@given(part=PARTS)
@settings(max_examples=150, deadline=None)
def test_both_engines_find_the_same(connections, part):
    low, high = suffix_range(part)
    found = [sorted(connection.execute(asked, {"part_low": low, "part_high": high}).fetchall())
             for connection in connections for asked in ASKED]  # fmt: skip
    assert all(each == found[0] for each in found), part
    ending = f"SELECT digits FROM number WHERE id IN ({IDS_ENDING})"
    one, other = (sorted(connection.execute(ending, (fold(part),)).fetchall()) for connection in connections)
    assert one == other


def ask(statement, database="postgres", **how):
    with psycopg.connect(f"host={postgres.folder()} user=pbx dbname={database}", autocommit=True, **how) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


PART_INDEXES = "SELECT schemaname FROM pg_indexes WHERE indexname = 'number_part' AND schemaname LIKE 'numbers%'"


def test_a_calls_number_is_not_looked_for_among_all_that_match():
    """PostgreSQL keeps no more of them than fit its memory, and would go through all for each call."""
    for column in ("c.from_id", "f.to_id"):
        said = in_parts(
            f"SELECT 1 FROM cdr AS c WHERE NOT (+{column} IN ({ids_with('call_from')}) OR c.from_name = '')"
        )
        assert f"NOT (EXISTS (SELECT 1 FROM number AS n WHERE n.id = {column} AND n.folded LIKE '%' || " in said


def test_every_world_has_the_index(both):
    schemas = {name for (name,) in ask(PART_INDEXES)}
    assert "numbers" in schemas
    assert any(name.startswith("numbers_w_") for name in schemas)


@pytest.mark.parametrize("part", ["4930", "+49", "a%1_020"])
def test_the_index_answers(connections, part):
    connection = connections[1]
    with connection.transaction("BEGIN"):
        connection.execute("SET LOCAL enable_seqscan = off")  # there are too few numbers to be worth an index
        for statement in (ids_with("part"), f"SELECT n.id FROM {each_with('part')}"):
            plan = connection.execute(f"EXPLAIN {statement}", {"part_low": part}).fetchall()
            assert any("Index Scan on number_part" in line for (line,) in plan)


@pytest.mark.parametrize(("table", "order"), [
    ("cdr AS c INDEXED BY cdr_from", "c.started_at + 0 DESC"), ("cdr AS c", "c.started_at DESC"),
])  # fmt: skip
def test_calls_of_some_numbers_are_not_looked_for_along_the_time(table, order):
    statement = f"SELECT c.id FROM {table} WHERE c.from_id IN ({ids_with('part')}) ORDER BY c.started_at DESC"
    assert translated(statement).sql.endswith(f"ORDER BY {order}")


def known(world):
    """What is known of numbers and calls, and the counts."""
    connection = world.database.connection()
    return [connection.execute(statement).fetchall() for statement in (
        "SELECT id, digits, folded, calls_from, calls_to FROM number ORDER BY id",
        "SELECT id, started_at, from_id, to_id, call_id, record_file FROM cdr ORDER BY id",
        "SELECT name, CAST(value AS INTEGER) FROM memory WHERE layer = 'state' AND name LIKE '%calls' ORDER BY name",
        "SELECT name, CAST(value AS INTEGER) FROM memory WHERE layer = 'state' AND name = 'recordings'",
    )]  # fmt: skip


COUNTED = """SELECT count(*) FROM number AS n WHERE calls_from <> (SELECT count(*) FROM cdr WHERE from_id = n.id)
    OR calls_to <> (SELECT count(*) FROM cdr WHERE to_id = n.id)"""


def test_loads_in_many_batches_come_to_the_same(both, connections, monkeypatch):
    monkeypatch.setattr(loading, "BATCH", 40)
    monkeypatch.setattr(loading, "_MOST_NEW", 30)
    monkeypatch.setattr(loading, "_MOST_REMEMBERED", 60)
    for world in both:
        with world.write() as connection:
            loading.clear_cdrs(connection)
            load_cdrs(connection, rows(some_numbers(2, 300)))
        with world.write() as connection:
            load_cdrs(connection, rows(some_numbers(2, 300)[:200] + some_numbers(3, 100), first=250))
        assert world.database.connection().execute(COUNTED).fetchone() == (0,)
    assert known(both[0]) == known(both[1])


def test_a_nul_is_found_again(both):
    """PostgreSQL keeps another character in its place; neither JSON nor a second load makes two numbers of one."""
    for world in both:
        for first in (10_000, 10_002):
            with world.write() as connection:
                load_cdrs(connection, rows(["4\0", "4\0"], first))
        statement = "SELECT calls_from FROM number WHERE digits = ?"
        assert world.database.connection().execute(statement, ("4\0",)).fetchall() == [(4,)]


@pytest.fixture(scope="module")
def poor():
    """A database whose owner is another than who has a schema of the last version without the index in it."""
    ask("CREATE ROLE poor LOGIN")
    ask("CREATE DATABASE poor")
    ask("CREATE SCHEMA pbx AUTHORIZATION poor", "poor")
    upgrade_postgres(as_poor, "pbx", 5)
    return "pbx"


def as_poor():
    return psycopg.connect(f"host={postgres.folder()} user=poor dbname=poor")


def test_who_may_not_make_the_extension_is_told_what_to_do(poor):
    with pytest.raises(psycopg.Error) as refused:
        upgrade_postgres(as_poor, poor)
    assert str(refused.value).partition("\n")[0] == (
        "The extension pg_trgm is needed in the database poor, and it cannot be made: permission denied for database"
        " poor. Install PostgreSQL's contrib modules beside the server, and let an administrator run in that database:"
        " CREATE EXTENSION pg_trgm SCHEMA public"
    )
    ask("CREATE SCHEMA elsewhere", "poor")
    ask("GRANT USAGE ON SCHEMA elsewhere TO poor", "poor")
    ask("CREATE EXTENSION pg_trgm SCHEMA elsewhere", "poor")
    upgrade_postgres(as_poor, poor)
    (found,) = ask("SELECT indexdef FROM pg_indexes WHERE indexname = 'number_part'", "poor")
    assert found[0].endswith("USING gin (folded elsewhere.gin_trgm_ops)")


def test_it_may_be_in_any_schema(poor, tmp_path):
    url = postgres.url("office").replace("/postgres?", "/poor?")
    open_world({"instance": str(tmp_path), "database_url": url}, started=False).database.close()
    assert ask("SELECT count(*) FROM pg_indexes WHERE indexname = 'number_part'", "poor") == [(2,)]
