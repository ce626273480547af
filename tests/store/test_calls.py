"""Whole calls by start and by end: what plain Python finds in the same rows, by whichever way, lazily."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections import defaultdict
from itertools import islice

import pytest

from app.store import calls, orm
from app.store.calls import Narrowing, PhoneCall, Row
from app.store.database import Database
from app.store.loading import CdrRow, clear_cdrs, load_cdrs

ROWS, BEGIN, SPAN = 3000, 1_700_000_000, 4000
NUMBERS = [str(number) for number in range(2000, 2006)] + [f"+44{number}" for number in range(150)] + ["", "a'%_\\"]
DISPOSITIONS = ["ANSWERED", "ANSWERED", "ANSWERED", "NO ANSWER", "BUSY"]
TRUNKS = ["", "", "city", "Zoë"]
NOTHING = Narrowing()
ALWAYS = (0, 2**40)


def blank(**columns):
    row = dict.fromkeys(CdrRow._fields, "") | dict.fromkeys(("id", "from_text", "to_text"))
    row |= dict.fromkeys(("duration", "ring_duration", "talk_duration"), 0)
    return CdrRow(**row | columns)


def made_rows(count=ROWS, seed=3):
    """Rows with many ties, of calls of one row and of many, in no order; their parties, trunks and ends differ."""
    rng = random.Random(seed)
    ids = rng.sample(range(1, 10 * count), count)
    rows = []
    while len(rows) < count:
        call_id, first = f"call {len(rows)}", BEGIN + rng.randrange(SPAN)
        for _ in range(rng.choice([1, 1, 1, 2, 3, 9, 300 if rng.random() < 0.02 else 4])):
            rows.append(
                blank(
                    started_at=first + rng.choice([0, 0, 1, 20, rng.randrange(900)]), call_id=call_id,
                    from_number=rng.choice(NUMBERS[:6] if rng.random() < 0.5 else NUMBERS),
                    to_number=rng.choice(NUMBERS), to_name="Zoë", to_text=rng.choice([None, "IVR x<1>"]),
                    duration=rng.choice([0, 0, 1, 5, 60, 700]), uid=f"u{len(rows)}",
                    disposition=rng.choice(DISPOSITIONS), src_trunk=rng.choice(TRUNKS), dst_trunk=rng.choice(TRUNKS),
                    fax=rng.choice(["", '{"fax_success":"true"}']),
                )
            )  # fmt: skip
    return [row._replace(id=row_id) for row, row_id in zip(rows, ids, strict=False)]


def stored(database, rows):
    """The connection of a new database with these rows, most of them loaded together."""
    cut = len(rows) * 9 // 10
    with orm.transaction(database) as session:
        load_cdrs(orm.driver_connection(session), rows[:cut])
    database.connection().execute("PRAGMA journal_mode = WAL")
    with database.write() as connection:
        load_cdrs(connection, rows[cut:])
    return database.connection()


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("calls") / "pbx.sqlite")
    stored(database, made_rows())
    yield database
    database.close()


@pytest.fixture
def connection(database):
    return database.connection()


@pytest.fixture
def fresh(tmp_path):
    database = Database(tmp_path / "pbx.sqlite")
    yield database
    database.close()


def plain_calls(rows):
    """The calls of these rows, by their ids."""
    found = defaultdict(list)
    for row in rows:
        found[row.call_id].append(Row(**{field: getattr(row, field) for field in Row._fields}))
    return {
        call_id: PhoneCall(call_id, tuple(sorted(legs, key=lambda leg: (leg.started_at, leg.id))))
        for call_id, legs in found.items()
    }


CALLS = plain_calls(made_rows())


def matches(call, narrowing):
    def some_row(values, *columns):
        return values is None or any(getattr(row, column) in values for row in call.rows for column in columns)

    return (
        some_row(narrowing.parties, "from_number", "to_number")
        and some_row(narrowing.call_ids, "call_id")
        and some_row(narrowing.dispositions, "disposition")
        and some_row(narrowing.trunks, "src_trunk", "dst_trunk")
    )


def plainly(start, end, descending, narrowing):
    """What ``rows_by_end`` and ``calls_by_start`` are to yield, found without any index."""
    ended, started = defaultdict(list), defaultdict(list)
    for call in CALLS.values():
        if matches(call, narrowing):
            started[call.rows[0].started_at].append(call)
            for row in call.rows:
                ended[row.started_at + row.duration].append((call, row))
    for group in ended.values():
        group.sort(key=lambda pair: pair[1].id)
    for group in started.values():
        group.sort(key=lambda call: call.rows[0].id)
    return [
        [(second, found[second]) for second in sorted(found, reverse=descending) if start <= second <= end]
        for found in (ended, started)
    ]


def found(connection, *asked):
    return [list(calls.rows_by_end(connection, *asked)), list(calls.calls_by_start(connection, *asked))]


def narrowings(rng, count):
    """Questions about one field and about several, from those that nothing matches to those that all do."""
    call_ids = [*CALLS, "unknown", "\ud800", ""]
    for _ in range(count):
        fields = {
            "parties": rng.sample([*NUMBERS, "unknown", "\ud800"], rng.randrange(4)),
            "call_ids": rng.sample(call_ids, rng.choice([0, 1, 5, 200])) * 2,
            "dispositions": rng.sample([*DISPOSITIONS, "FAILED"], rng.randrange(3)),
            "trunks": rng.sample([*TRUNKS, "unknown"], rng.randrange(3)),
        }
        asked = rng.sample(sorted(fields), rng.choice([1, 1, 1, 2, 3, 4]))
        yield Narrowing(**{field: tuple(fields[field]) for field in asked})


def test_the_rows_are_what_the_comparison_needs():
    sizes = [len(call.rows) for call in CALLS.values()]
    assert len(CALLS) > 500
    assert max(sizes) > 250
    assert sum(call.rows[0].ended_at < call.ended_at for call in CALLS.values()) > 100
    assert sum(min(row.id for row in call.rows) != call.rows[0].id for call in CALLS.values()) > 100
    assert max(len(group) for _, group in plainly(*ALWAYS, False, NOTHING)[0]) > 3


@pytest.mark.parametrize("few", [0, 200, 10**9])
@pytest.mark.parametrize("descending", [False, True])
def test_found_as_plain_python_finds_it(connection, monkeypatch, few, descending):
    """The way is a matter of cost alone: forced along the time, chosen, and forced by the numbers."""
    monkeypatch.setattr(calls, "FEW", few)
    rng = random.Random(few + descending)
    assert found(connection, *ALWAYS, descending, NOTHING) == plainly(*ALWAYS, descending, NOTHING)
    for narrowing in narrowings(rng, 60):
        start = BEGIN + rng.randrange(-100, SPAN + 900)
        window = rng.choice([ALWAYS, (start, start), (start, start + rng.randrange(2000)), (start, start - 1)])
        assert found(connection, *window, descending, narrowing) == plainly(*window, descending, narrowing), narrowing


@pytest.mark.parametrize("descending", [False, True])
def test_every_second_from_first_to_last(connection, descending):
    """Windows that cut calls, at each second of a busy stretch."""
    for start in range(BEGIN + 1000, BEGIN + 1200, 7):
        window = (start, start + start % 40)
        assert found(connection, *window, descending, NOTHING) == plainly(*window, descending, NOTHING)


@pytest.mark.parametrize("window", [(-(10**30), 10**30), (-(2**63), 2**63 - 1), (10**30, 10**40), (5, -(10**30))])
def test_bounds_beyond_all_numbers(connection, window):
    everything = found(connection, *ALWAYS, False, NOTHING)
    assert found(connection, *window, False, NOTHING) == (everything if window[0] < 0 else [[], []])
    assert calls.any_call_between(connection, *window) == (window[0] < 0)


def test_a_call_by_its_id_or_a_row(connection):
    for call in islice(CALLS.values(), 300):
        assert calls.call_with_id(connection, call.call_id) == call
        assert calls.call_with_row(connection, call.rows[-1].id) == call
    for unknown in ("unknown", "", "\ud800", "call"):
        assert calls.call_with_id(connection, unknown) is None
    for unknown in (0, -1, 10**9, 2**63, 10**40):
        assert calls.call_with_row(connection, unknown) is None


def test_any_call_between(connection):
    first = min(call.started_at for call in CALLS.values())
    assert calls.any_call_between(connection, first, first)
    assert calls.any_call_between(connection, first - 100, first)
    assert not calls.any_call_between(connection, first - 100, first - 1)
    assert not calls.any_call_between(connection, first + 1, first)


def test_what_a_call_says_of_itself():
    (call,) = plain_calls(
        [
            blank(id=8, call_id="x", started_at=100, duration=50),
            blank(id=9, call_id="x", started_at=90, duration=10),
            blank(id=7, call_id="x", started_at=110, duration=40),
            blank(id=5, call_id="x", started_at=100, duration=50),
        ]
    ).values()
    assert [row.id for row in call.rows] == [9, 5, 8, 7]
    assert (call.started_at, call.ended_at, call.last.id) == (90, 150, 8)


def test_an_empty_pbx_has_no_calls(fresh):
    connection = stored(fresh, [])
    assert found(connection, *ALWAYS, False, NOTHING) == [[], []]
    assert calls.call_with_row(connection, 1) is None
    assert not calls.any_call_between(connection, *ALWAYS)


# How it is found.


def plans(connection, way, narrowing):
    """What SQLite does, step by step, for every statement of a search."""
    told = []
    connection.set_trace_callback(told.append)
    list(way(connection, BEGIN, BEGIN + 100, True, narrowing))
    connection.set_trace_callback(None)
    explained = [connection.execute(f"EXPLAIN QUERY PLAN {statement}") for statement in dict.fromkeys(told)]
    return [step for steps in explained for *_, step in steps]


@pytest.mark.parametrize("way", [calls.rows_by_end, calls.calls_by_start])
@pytest.mark.parametrize("few", [0, 10**9])
@pytest.mark.parametrize(
    "narrowing",
    [
        NOTHING,
        Narrowing(parties=("2000", "+441")),
        Narrowing(call_ids=("call 1", "call 2")),
        Narrowing(dispositions=("BUSY",), trunks=("city",)),
        Narrowing(("2000",), ("call 1",), ("BUSY",), ("city",)),
    ],
)
def test_nothing_is_scanned_and_only_what_is_few_is_sorted(connection, monkeypatch, way, narrowing, few):
    monkeypatch.setattr(calls, "FEW", few)
    steps = plans(connection, way, narrowing)
    assert not [step for step in steps if re.match(r"SCAN (?!(json_each|wanted|led|sqlite_schema)\b)", step)]
    led = narrowing.call_ids is not None or (narrowing.parties is not None and few > 0)
    assert any("TEMP B-TREE FOR ORDER BY" in step for step in steps) == led
    if not led:
        assert any(f"USING INDEX {'cdr_end' if way is calls.rows_by_end else 'cdr_time'}" in step for step in steps)


@pytest.mark.parametrize(
    ("look_up", "asked"),
    [(calls.call_with_id, ("call 1",)), (calls.call_with_row, (5,)), (calls.any_call_between, (1, 2))],
)
def test_a_single_call_is_looked_up(connection, look_up, asked):
    steps = plans(connection, lambda connection, *_: [look_up(connection, *asked)], NOTHING)
    assert steps
    assert all(step.startswith(("SEARCH ", "SCAN wanted ")) for step in steps)


def test_few_parties_lead_and_many_do_not(connection):
    def leader(**asked):
        return calls._leader(connection, {field: json.dumps(values) for field, values in asked.items()})

    counts = connection.execute("SELECT digits, calls_from + calls_to FROM number ORDER BY 2").fetchall()
    assert counts[0][1] < 100
    assert sum(count for _, count in counts) > calls.FEW
    assert leader(parties=[counts[0][0]]) == "parties"
    assert leader(parties=[digits for digits, _ in counts]) == ""
    assert leader(parties=["unknown"]) == "parties"
    assert leader(parties=[counts[0][0]], call_ids=["x"]) == "call_ids"
    assert leader(dispositions=["BUSY"]) == ""


# One batch at a time.


def statements(connection, work):
    told = []
    connection.set_trace_callback(told.append)
    work()
    connection.set_trace_callback(None)
    return told


def test_nothing_is_read_before_it_is_asked_for(connection):
    streams = []
    for way in (calls.rows_by_end, calls.calls_by_start):
        assert statements(connection, lambda way=way: streams.append(way(connection, *ALWAYS, True, NOTHING))) == []
    read = statements(connection, lambda: list(islice(streams[0], 20)))
    assert sum(" JOIN number " in statement for statement in read) == 1
    more = statements(connection, lambda: list(streams[0]))
    batches = sum(" JOIN number " in statement for statement in more)
    assert ROWS / calls.LARGEST_BATCH < batches < ROWS / calls.LARGEST_BATCH + 6


def test_streams_of_one_connection_do_not_disturb_each_other(connection):
    streams = [
        calls.rows_by_end(connection, *ALWAYS, False, NOTHING),
        calls.rows_by_end(connection, *ALWAYS, False, Narrowing(parties=("2000",))),
        calls.rows_by_end(connection, *ALWAYS, True, NOTHING),
    ]
    seconds = [[] for _ in streams]
    for _ in range(ROWS):
        for stream, taken in zip(streams, seconds, strict=True):
            taken += islice(stream, 1)
            assert calls.any_call_between(connection, *ALWAYS)
    assert seconds[0] == seconds[2][::-1] == plainly(*ALWAYS, False, NOTHING)[0]
    assert seconds[1] == plainly(*ALWAYS, False, Narrowing(parties=("2000",)))[0]


def holds_a_snapshot(database, fresh_rows):
    """Whether the connection still sees the calls as they were before another one adds to them."""
    connection = database.connection()
    (before,) = connection.execute("SELECT count(*) FROM cdr").fetchone()
    other = Database(database.path)
    with other.write() as writer:
        load_cdrs(writer, fresh_rows)
    other.close()
    return connection.execute("SELECT count(*) FROM cdr").fetchone() == (before,)


@pytest.mark.parametrize("way", [calls.rows_by_end, calls.calls_by_start])
def test_a_stream_that_is_closed_or_used_up_lets_go(fresh, way):
    connection = stored(fresh, made_rows(500))
    stream = way(connection, *ALWAYS, False, NOTHING)
    next(stream)
    assert holds_a_snapshot(fresh, [blank(call_id="x")])
    stream.close()
    assert not holds_a_snapshot(fresh, [blank(call_id="y")])
    list(way(connection, *ALWAYS, False, NOTHING))
    assert not holds_a_snapshot(fresh, [blank(call_id="z")])


def test_a_stream_is_of_one_moment(fresh):
    """However many batches follow what another process commits."""
    rows = made_rows(1500)
    connection = stored(fresh, rows)
    stream = calls.rows_by_end(connection, *ALWAYS, False, NOTHING)
    taken = [next(stream)]
    other = Database(fresh.path)
    with other.write() as writer:
        clear_cdrs(writer)
    other.close()
    taken += stream
    assert sorted(row.id for _, group in taken for _, row in group) == sorted(row.id for row in rows)
    assert found(connection, *ALWAYS, False, NOTHING) == [[], []]


def test_calls_are_of_the_moment_of_their_rows(fresh, monkeypatch):
    """Also those of the last batch, which are read when no more rows are to come."""
    connection = stored(fresh, [blank(call_id="x", started_at=5), blank(call_id="y", started_at=5)])
    whole_calls = calls._whole_calls

    def after_a_reset(*arguments):
        other = Database(fresh.path)
        with other.write() as writer:
            clear_cdrs(writer)
        other.close()
        return whole_calls(*arguments)

    monkeypatch.setattr(calls, "_whole_calls", after_a_reset)
    ((second, group),) = calls.calls_by_start(connection, *ALWAYS, False, NOTHING)
    assert (second, [call.call_id for call in group]) == (5, ["x", "y"])


def test_memory_stays_flat(fresh):
    """Four times the seconds take no more of it."""
    connection = stored(fresh, made_rows(12 * calls.LARGEST_BATCH))

    def peak(seconds):
        stream = calls.rows_by_end(connection, *ALWAYS, True, NOTHING)
        tracemalloc.start()
        for _ in islice(stream, seconds):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        stream.close()
        return most

    (seconds,) = connection.execute("SELECT count(DISTINCT started_at + duration) FROM cdr").fetchone()
    assert peak(seconds) < 1.5 * peak(seconds // 4)


def test_a_call_of_very_many_rows_is_read_once(fresh):
    rows = [blank(call_id="x", started_at=second) for second in range(20 * calls.LARGEST_BATCH)]
    connection = stored(fresh, rows)
    stream = calls.rows_by_end(connection, *ALWAYS, False, NOTHING)
    read = statements(connection, lambda: [None for _ in stream])
    assert sum(" JOIN number " in statement and "[]" not in statement for statement in read) == 1
