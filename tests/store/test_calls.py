"""Whole calls by start and by end: what plain Python finds in the same rows, by whichever way, lazily."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections import defaultdict
from functools import cache, lru_cache
from itertools import islice

import postgres
import pytest
from conftest import database_of

from app.store import calls, narrowing
from app.store.calls import Narrowing, PhoneCall, Row
from app.store.loading import CdrRow, clear_cdrs, load_cdrs

ROWS, BEGIN, SPAN = 3000, 1_700_000_000, 4000
NUMBERS = [str(number) for number in range(2000, 2006)] + [f"+44{number}" for number in range(150)] + ["", "a'%_\\"]
DISPOSITIONS = ["ANSWERED", "ANSWERED", "ANSWERED", "NO ANSWER", "BUSY"]
TRUNKS = ["", "", "city", "Zoë"]
NOTHING = Narrowing()
ALWAYS = (0, 2**40)

# Half a character, which no request brings: to SQLite it is a text like others.
HALF = [] if postgres.CHOSEN else ["\ud800"]


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
                    duration=rng.choice([0, 0, 1, 5, 60, 700]), talk_duration=rng.choice([0, 0, 1, 5]),
                    uid=f"u{len(rows)}", dod_number=rng.choice(["", "", "", "2001", "5550101"]),
                    disposition=rng.choice(DISPOSITIONS), src_trunk=rng.choice(TRUNKS), dst_trunk=rng.choice(TRUNKS),
                    fax=rng.choice(["", '{"fax_success":"true"}']),
                )
            )  # fmt: skip
    return [row._replace(id=row_id) for row, row_id in zip(rows, ids, strict=False)]


def stored(database, rows):
    """The connection of a new database with these rows, most of them loaded together."""
    cut = len(rows) * 9 // 10
    database.make_tables()
    with database.write() as connection:
        load_cdrs(connection, rows[:cut])
    database.prepare()
    with database.write() as connection:
        load_cdrs(connection, rows[cut:])
    return database.connection()


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    database = database_of(tmp_path_factory.mktemp("calls"))
    stored(database, made_rows())
    yield database
    database.close()


@pytest.fixture
def connection(database):
    return database.connection()


@pytest.fixture
def fresh(tmp_path):
    database = database_of(tmp_path)
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


def matches(call, narrowing, begins_in_time, is_in_range):
    """Whether rows of the call have all that is asked. Of numbers count those of rows that begin in time, and numbers
    shown count where the row is in the range itself."""

    def some_row(values, *columns):
        return values is None or any(getattr(row, column) in values for row in call.rows for column in columns)

    def some_number(values, *columns):
        return values is None or any(
            getattr(row, column) in values and (is_in_range(row) if column == "dod_number" else begins_in_time(row))
            for row in call.rows
            for column in columns
        )

    def lasts(values, column):
        return values is None or (values and len(call.rows) > 1) or getattr(call.rows[0], column) in values

    return (
        some_number(narrowing.parties, "from_number", "to_number")
        and some_number(narrowing.callers, "from_number", "dod_number")
        and some_row(narrowing.call_ids, "call_id")
        and some_row(narrowing.dispositions, "disposition")
        and some_row(narrowing.trunks, "src_trunk", "dst_trunk")
        and some_row(narrowing.starts, "started_at")
        and some_row(narrowing.ends, "ended_at")
        and lasts(narrowing.durations, "duration")
        and lasts(narrowing.talks, "talk_duration")
    )


@lru_cache(maxsize=1000)
def plain_ends(start, end, narrowing):
    """What ``rows_by_end`` is to yield, the oldest first, found without any index."""
    found = defaultdict(list)
    for call in CALLS.values():
        ended = [row for row in call.rows if start <= row.ended_at <= end]
        if ended and matches(
            call, narrowing, lambda row: row.started_at <= end, lambda row: start <= row.ended_at <= end
        ):
            for row in ended:
                found[row.ended_at].append((call, row))
    return [(second, sorted(found[second], key=lambda pair: pair[1].id)) for second in sorted(found)]


@lru_cache(maxsize=1000)
def plain_starts(start, end, narrowing):
    """What ``calls_by_start`` is to yield, the oldest first."""
    found = defaultdict(list)
    for call in CALLS.values():
        if start <= call.started_at <= end and matches(
            call, narrowing, lambda row: True, lambda row: start <= row.started_at <= end
        ):
            found[call.started_at].append(call)
    return [(second, sorted(found[second], key=lambda call: call.rows[0].id)) for second in sorted(found)]


def plainly(start, end, descending, narrowing):
    return [way(start, end, narrowing)[:: -1 if descending else 1] for way in (plain_ends, plain_starts)]


def found(connection, *asked):
    return [list(calls.rows_by_end(connection, *asked)), list(calls.calls_by_start(connection, *asked))]


def seconds(rng):
    return [BEGIN + rng.randrange(SPAN + 900) for _ in range(rng.choice([0, 1, 1, 40]))]


def narrowings(rng, count):
    """Questions about one field and about several, from those that nothing matches to those that all do."""
    call_ids = [*CALLS, "unknown", *HALF, ""]
    for _ in range(count):
        fields = {
            "parties": rng.sample([*NUMBERS, "unknown", *HALF], rng.randrange(4)),
            "callers": rng.sample([*NUMBERS, "5550101", "unknown", *HALF], rng.randrange(4)),
            "call_ids": rng.sample(call_ids, rng.choice([0, 1, 5, 200])) * 2,
            "dispositions": rng.sample([*DISPOSITIONS, "FAILED"], rng.randrange(3)),
            "trunks": rng.sample([*TRUNKS, "unknown"], rng.randrange(3)),
            "starts": [*seconds(rng), 10**30] * 2,
            "ends": seconds(rng) * 2,
            "durations": rng.sample([0, 1, 5, 60, 700, -1], rng.randrange(3)),
            "talks": rng.sample([0, 1, 5, 10**30], rng.randrange(3)),
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
    assert sum(len(call.rows) == 1 for call in CALLS.values()) > 100
    several = [asked for asked in narrowings(random.Random(5), 100) if len(asked.asked) > 1]
    assert sum(bool(plain_ends(*ALWAYS, asked)) for asked in several) > 5


@cache
def asked_at_random(descending):
    """Windows and narrowings, with what plain Python finds."""
    rng = random.Random(5)
    cases = [(ALWAYS, NOTHING)]
    for asked in narrowings(rng, 100):
        start = BEGIN + rng.randrange(-100, SPAN + 900)
        window = rng.choice([ALWAYS, (start, start), (start, start + rng.randrange(2000)), (start, start - 1)])
        cases.append((window, asked))
    return [(window, asked, plainly(*window, descending, asked)) for window, asked in cases]


@pytest.mark.parametrize("few", [0, 20, 200, 10**9])
@pytest.mark.parametrize("descending", [False, True])
def test_found_as_plain_python_finds_it(connection, monkeypatch, few, descending):
    """The way is a matter of cost alone: forced along the time, chosen, and forced by the numbers."""
    monkeypatch.setattr(narrowing, "FEW", few)
    for window, asked, expected in asked_at_random(descending):
        assert found(connection, *window, descending, asked) == expected, asked


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
    for unknown in ("unknown", "", *HALF, "call"):
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
    assert call.row(8) is call.last
    with pytest.raises(KeyError):
        call.row(6)


def test_what_the_rows_of_a_call_say_together():
    (call,) = plain_calls(
        [
            blank(id=1, call_id="x", started_at=100, ring_duration=9, disposition="NO ANSWER"),
            blank(id=4, call_id="x", started_at=100, ring_duration=7, disposition="ANSWERED"),
            blank(id=3, call_id="x", started_at=101, ring_duration=6, disposition="ANSWERED", talk_duration=2),
            blank(id=2, call_id="x", started_at=100, ring_duration=0, disposition="VOICEMAIL", talk_duration=1),
            blank(id=5, call_id="x", started_at=103, ring_duration=0, disposition="ANSWERED"),
        ]
    ).values()
    assert [row.id for row in call.answered] == [5, 3, 4]
    assert call.dispositions == {"ANSWERED", "NO ANSWER", "VOICEMAIL"}
    assert call.talk_began == 100
    (silent,) = plain_calls([blank(id=1, call_id="x", started_at=5, disposition="BUSY")]).values()
    assert (silent.last.id, silent.answered, silent.talk_began) == (1, (), None)


def test_an_empty_pbx_has_no_calls(fresh):
    connection = stored(fresh, [])
    assert found(connection, *ALWAYS, False, NOTHING) == [[], []]
    assert calls.call_with_row(connection, 1) is None
    assert not calls.any_call_between(connection, *ALWAYS)


# How it is found.


told_by_sqlite = pytest.mark.skipif(postgres.CHOSEN, reason="SQLite tells which statements it runs, and how")


def plans(connection, way, narrowing):
    """What SQLite does, step by step, for every statement of a search."""
    told = []
    connection.set_trace_callback(told.append)
    list(way(connection, BEGIN, BEGIN + 100, True, narrowing))
    connection.set_trace_callback(None)
    explained = [connection.execute(f"EXPLAIN QUERY PLAN {statement}") for statement in dict.fromkeys(told)]
    return [step for steps in explained for *_, step in steps]


NARROWINGS = [
    NOTHING,
    Narrowing(parties=("2000", "+441")),
    Narrowing(callers=("2000", "5550101")),
    Narrowing(call_ids=("call 1", "call 2")),
    Narrowing(starts=(BEGIN, BEGIN + 9)),
    Narrowing(ends=(BEGIN, BEGIN + 9)),
    Narrowing(dispositions=("BUSY",), trunks=("city",)),
    Narrowing(durations=(5,), talks=(5,)),
    Narrowing(("2000",), ("2000",), ("call 1",), ("BUSY",), ("city",), (BEGIN,), (BEGIN,), (5,), (5,)),
]


@told_by_sqlite
@pytest.mark.parametrize("way", [calls.rows_by_end, calls.calls_by_start])
@pytest.mark.parametrize("few", [0, 1, 10**9])
@pytest.mark.parametrize("asked", NARROWINGS)
def test_nothing_is_scanned_and_only_what_is_few_is_sorted(connection, monkeypatch, way, asked, few):
    monkeypatch.setattr(narrowing, "FEW", few)
    steps = plans(connection, way, asked)
    known = r"SCAN (?!(json_each|wanted|led|sqlite_schema|\(subquery-\d+\)|found)( |$))"
    assert not [step for step in steps if re.match(known, step)]
    named = [asked.call_ids, asked.starts, asked.ends]
    led = any(field is not None for field in named) or ((asked.parties or asked.callers) and few > 1)
    assert any("TEMP B-TREE FOR ORDER BY" in step for step in steps) == bool(led)
    if not led:
        assert any(f"USING INDEX {'cdr_end' if way is calls.rows_by_end else 'cdr_time'}" in step for step in steps)


@told_by_sqlite
@pytest.mark.parametrize(
    ("look_up", "asked"),
    [(calls.call_with_id, ("call 1",)), (calls.call_with_row, (5,)), (calls.any_call_between, (1, 2))],
)
def test_a_single_call_is_looked_up(connection, look_up, asked):
    steps = plans(connection, lambda connection, *_: [look_up(connection, *asked)], NOTHING)
    assert steps
    assert all(step.startswith(("SEARCH ", "SCAN wanted ")) for step in steps)


def leader(connection, way=narrowing.BY_END, bounds=ALWAYS, **asked):
    """The field by which calls are looked up, and whether these are few; "" goes along the time."""
    told = Narrowing(**{field: tuple(values) for field, values in asked.items()})
    values = {"start": bounds[0], "end": bounds[1]} | {field: json.dumps(value) for field, value in told.asked.items()}
    field, led = narrowing._leader(connection, way, told, values)
    return field, len(set(led))


def test_few_rows_lead_and_many_do_not(connection):
    counts = connection.execute("SELECT digits, calls_from + calls_to FROM number ORDER BY 2").fetchall()
    rare, everybody = counts[0][0], [digits for digits, _ in counts]
    assert counts[0][1] < 100
    assert sum(count for _, count in counts) > narrowing.FEW
    assert leader(connection, parties=[rare])[0] == leader(connection, parties=["unknown"])[0] == "parties"
    assert leader(connection, callers=[rare])[0] == leader(connection, callers=["unknown"])[0] == "callers"
    assert leader(connection, parties=everybody) == leader(connection, callers=everybody) == ("", 0)
    assert leader(connection, parties=everybody, callers=[rare])[0] == "callers"
    assert leader(connection, parties=[rare], call_ids=["x"]) == ("call_ids", 1)
    assert leader(connection, parties=[rare], starts=[5]) == ("starts", 0)
    assert leader(connection, dispositions=["BUSY"], trunks=["city"], talks=[5], durations=[5]) == ("", 0)


def test_a_number_shown_by_many_does_not_lead(fresh, monkeypatch):
    monkeypatch.setattr(narrowing, "FEW", 10)
    connection = stored(fresh, [blank(call_id=f"{i}", started_at=i, dod_number="55") for i in range(20)])
    assert leader(connection, callers=["55"]) == ("", 0)
    assert leader(connection, callers=["55"], bounds=(3, 7)) == ("callers", 5)


MANY = 30


@pytest.mark.parametrize(
    ("way", "bounds", "reaching"), [(narrowing.BY_END, (1000, 2000), 2), (narrowing.BY_START, (-2000, -1000), 1)]
)
def test_many_rows_elsewhere_are_looked_up_if_the_range_has_more(fresh, monkeypatch, way, bounds, reaching):
    """Of a number that has rows before (after) the range only, those calls are found that reach into it."""
    monkeypatch.setattr(narrowing, "FEW", 10)
    rows = [blank(call_id=f"a{i}", started_at=i, from_number="1") for i in range(MANY)]
    rows.append(blank(call_id="long", started_at=5, duration=1200, to_number="1"))
    rows.append(blank(call_id="long too", started_at=5, from_number="1"))
    rows += [blank(call_id="long too", started_at=second) for second in (1500, -1500)]
    connection = stored(fresh, rows)
    assert leader(connection, way, bounds, parties=["1"]) == ("", 0)
    with fresh.write() as writer:
        load_cdrs(writer, [blank(call_id=f"b{i}", started_at=sum(bounds) // 2) for i in range(MANY + 10)])
    assert leader(connection, way, bounds, parties=["1"]) == ("parties", reaching)
    assert leader(connection, way, (0, MANY), parties=["1"]) == ("", 0)


@told_by_sqlite
@pytest.mark.parametrize("field", vars(NOTHING))
def test_what_is_empty_is_not_searched_for(connection, field):
    asked = Narrowing(**{field: (), "dispositions": ("BUSY",)} if field != "dispositions" else {field: ()})
    for way in (calls.rows_by_end, calls.calls_by_start):
        read = statements(connection, lambda way=way: list(way(connection, *ALWAYS, True, asked)))
        assert not any(" cdr " in statement for statement in read)


# One batch at a time.


def statements(connection, work):
    told = []
    connection.set_trace_callback(told.append)
    work()
    connection.set_trace_callback(None)
    return told


@told_by_sqlite
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
    other = database_of(database.path.parent)
    with other.write() as writer:
        load_cdrs(writer, fresh_rows)
    other.close()
    return connection.execute("SELECT count(*) FROM cdr").fetchone() == (before,)


@pytest.mark.parametrize("way", [calls.rows_by_end, calls.calls_by_start])
def test_a_stream_that_is_closed_or_used_up_lets_go(fresh, way):
    connection = stored(fresh, made_rows(500))
    stream = way(connection, *ALWAYS, False, NOTHING)
    next(stream)
    assert holds_a_snapshot(fresh, [blank(call_id="x", started_at=5)])
    stream.close()
    assert not holds_a_snapshot(fresh, [blank(call_id="y", started_at=5)])
    list(way(connection, *ALWAYS, False, NOTHING))
    assert not holds_a_snapshot(fresh, [blank(call_id="z", started_at=5)])


def test_a_stream_is_of_one_moment(fresh):
    """However many batches follow what another process commits."""
    rows = made_rows(1500)
    connection = stored(fresh, rows)
    stream = calls.rows_by_end(connection, *ALWAYS, False, NOTHING)
    taken = [next(stream)]
    other = database_of(fresh.path.parent)
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
        other = database_of(fresh.path.parent)
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


@told_by_sqlite
def test_a_call_of_very_many_rows_is_read_once(fresh):
    rows = [blank(call_id="x", started_at=second) for second in range(20 * calls.LARGEST_BATCH)]
    connection = stored(fresh, rows)
    stream = calls.rows_by_end(connection, *ALWAYS, False, NOTHING)
    read = statements(connection, lambda: [None for _ in stream])
    assert sum(" JOIN number " in statement and "[]" not in statement for statement in read) == 1
