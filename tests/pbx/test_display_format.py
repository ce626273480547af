"""The display format: what it writes, what it reads, what it refuses, and that SQLite writes the same."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pbx.display_format import END, DisplayFormat, Edge, Misread

DATES = ("MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD")
ZONES = (
    "Asia/Shanghai",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",  # 5:45
    "Pacific/Apia",  # left out a whole day in 2011
    "Africa/Monrovia",  # -0:44:30 until 1972
    "Africa/Casablanca",  # four changes a year
    "UTC",
)
FORMATS = [DisplayFormat(date, clock, "Asia/Shanghai") for date in DATES for clock in ("24", "12")]
US24, US12, EU24, EU12, ISO24, ISO12 = FORMATS
LONDON = DisplayFormat("DD/MM/YYYY", "24", "Europe/London")
SEED = 1653893621  # the timestamp of the vendor's example row


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


WRITTEN = [
    (US24, SEED, "05/30/2022 14:53:41"),
    (US12, SEED, "05/30/2022 02:53:41 PM"),
    (EU24, SEED, "30/05/2022 14:53:41"),
    (EU12, SEED, "30/05/2022 02:53:41 PM"),
    (ISO24, SEED, "2022/05/30 14:53:41"),
    (ISO12, SEED, "2022/05/30 02:53:41 PM"),
    (US12, utc("2022-05-29 16:00:00"), "05/30/2022 12:00:00 AM"),
    (US12, utc("2022-05-29 16:59:59"), "05/30/2022 12:59:59 AM"),
    (US12, utc("2022-05-29 17:00:00"), "05/30/2022 01:00:00 AM"),
    (US12, utc("2022-05-30 03:59:59"), "05/30/2022 11:59:59 AM"),
    (US12, utc("2022-05-30 04:00:00"), "05/30/2022 12:00:00 PM"),
    (US12, utc("2022-05-30 15:59:59"), "05/30/2022 11:59:59 PM"),
    (US24, 0, "01/01/1970 08:00:00"),
    (DisplayFormat("YYYY/MM/DD", "12", "America/New_York"), 0, "1969/12/31 07:00:00 PM"),
    (DisplayFormat("YYYY/MM/DD", "24", "Africa/Monrovia"), 0, "1969/12/31 23:15:30"),
    (DisplayFormat("YYYY/MM/DD", "24", "UTC"), END - 1, "2099/12/31 23:59:59"),
]


@pytest.mark.parametrize(("display", "instant", "text"), WRITTEN)
def test_it_writes_and_reads_back(display: DisplayFormat, instant: int, text: str) -> None:
    assert display.write(instant) == text
    assert display.read(text, "start", accept_iso=False) == instant
    assert display.read(text, "end", accept_iso=True) == instant


def test_the_texts_about_the_format() -> None:
    assert US24.pattern == "MM/DD/YYYY HH:mm:ss"
    assert EU12.pattern == "DD/MM/YYYY hh:mm:ss AM"
    assert US24.compact(SEED) == US12.compact(SEED) == "20220530145341"
    assert ISO12.system_date_format == "YYYY/MM/DD"
    assert US24.system_time_format(SEED) == "hh:mm:ss"
    assert US12.system_time_format(SEED) == "hh:mm:ss PM"
    assert US12.system_time_format(SEED - 6 * 3600) == "hh:mm:ss AM"


READ = [
    # ISO 8601 in its forms; without offset it is the PBX's clock
    (US24, "2022-05-30T14:53:41", SEED, SEED),
    (US12, "2022-05-30T14:53:41", SEED, SEED),
    (US24, "20220530T145341", SEED, SEED),
    (US24, "2022-W22-1T14:53:41", SEED, SEED),
    (US24, "2022-150T14:53:41", SEED, SEED),
    (US24, "2022-05-30T14:53", SEED - 41, SEED - 41),
    (US24, "2022-05-29T24:00", utc("2022-05-29 16:00:00"), utc("2022-05-29 16:00:00")),
    (US24, "2022-05-30T06:53:41Z", SEED, SEED),
    (US24, "20220530T065341Z", SEED, SEED),
    (US24, "2022-05-30T02:53:41-04:00", SEED, SEED),
    (US24, "2022-05-30T12:38:41+0545", SEED, SEED),
    # a fraction: the seconds that lie between the bounds
    (US24, "2022-05-30T14:53:41.000", SEED, SEED),
    (US24, "2022-05-30T14:53:41.5", SEED + 1, SEED),
    (US24, "2022-05-30T06:53:41,999Z", SEED + 1, SEED),
    (US24, "2022-05-30T06:53:41.00000000001Z", SEED + 1, SEED),
    # Unix seconds
    (US24, "1653893621", SEED, SEED),
    (US24, "0", 0, 0),
    (US24, "4102444799", END - 1, END - 1),
    # outside 1970..2099 a time is only a bound
    (US24, "12/31/1969 00:00:00", 0, -1),
    (US24, "01/01/0001 00:00:00", 0, -1),
    (US24, "06/01/2150 00:00:00", END, END - 1),
    (US24, "12/31/9999 23:59:59", END, END - 1),
    (US24, "0001-01-01T00:00:00+14:00", -1, -1),
    (US24, "9999-12-31T23:59:59-12:00", END, END),
    (LONDON, "01/01/0001 00:00:00", 0, -1),
    # 2022-10-30: 01:00 to 01:59:59 twice
    (LONDON, "30/10/2022 00:59:59", utc("2022-10-29 23:59:59"), utc("2022-10-29 23:59:59")),
    (LONDON, "30/10/2022 01:00:00", utc("2022-10-30 00:00:00"), utc("2022-10-30 01:00:00")),
    (LONDON, "30/10/2022 01:59:59", utc("2022-10-30 00:59:59"), utc("2022-10-30 01:59:59")),
    (LONDON, "2022-10-30T01:30:00", utc("2022-10-30 00:30:00"), utc("2022-10-30 01:30:00")),
    (LONDON, "30/10/2022 02:00:00", utc("2022-10-30 02:00:00"), utc("2022-10-30 02:00:00")),
    # 2022-03-27: 01:00 to 01:59:59 never
    (LONDON, "27/03/2022 00:59:59", utc("2022-03-27 00:59:59"), utc("2022-03-27 00:59:59")),
    (LONDON, "27/03/2022 01:00:00", utc("2022-03-27 01:00:00"), utc("2022-03-27 00:59:59")),
    (LONDON, "27/03/2022 01:59:59", utc("2022-03-27 01:00:00"), utc("2022-03-27 00:59:59")),
    (LONDON, "27/03/2022 02:00:00", utc("2022-03-27 01:00:00"), utc("2022-03-27 01:00:00")),
    # 2011-12-30 never
    (
        DisplayFormat("YYYY/MM/DD", "12", "Pacific/Apia"),
        "2011/12/30 12:00:00 PM",
        utc("2011-12-30 10:00:00"),
        utc("2011-12-30 09:59:59"),
    ),
]


@pytest.mark.parametrize(("display", "text", "start", "end"), READ)
def test_it_reads(display: DisplayFormat, text: str, start: int, end: int) -> None:
    assert display.read(text, "start", accept_iso=True) == start
    assert display.read(text, "end", accept_iso=True) == end


REFUSED = [
    # text, what the sentence says of it
    (US24, "", "is empty"),
    (US24, "30/05/2022 14:53:41", "looks like DD/MM/YYYY HH:mm:ss (24 hours)"),
    (EU24, "05/30/2022 14:53:41", "looks like MM/DD/YYYY HH:mm:ss (24 hours)"),
    (US24, "2022/05/30 14:53:41", "looks like YYYY/MM/DD HH:mm:ss (24 hours)"),
    (US24, "05/06/2022 02:53:41 PM", "looks like MM/DD/YYYY hh:mm:ss AM (12 hours)"),
    (EU12, "05/06/2022 14:53:41", "looks like DD/MM/YYYY HH:mm:ss (24 hours)"),
    (US12, "05/30/2022 02:53:41", "looks like MM/DD/YYYY HH:mm:ss (24 hours)"),
    (US24, "02/31/2022 00:00:00", "does not exist"),
    (US24, "02/29/2023 00:00:00", "does not exist"),
    (US24, "01/01/0000 00:00:00", "does not exist"),
    (US24, "05/30/2022 25:00:00", "does not exist"),
    (US24, "05/30/2022 24:00:00", "does not exist"),
    (US24, "05/30/2022 23:59:60", "does not exist"),
    (US24, "05/30/2022 23:60:00", "does not exist"),
    (US12, "05/30/2022 00:00:00 AM", "does not exist"),
    (US12, "05/30/2022 13:00:00 PM", "does not exist"),
    (US24, "05/30/2022 14:53:41 PM", "mixes 24 hours"),
    (US12, "05/30/2022 02:53:41 pm", "upper-case"),
    (US12, "05/30/2022 02:53:41PM", "is not a time"),
    (US24, "05/30/2022  14:53:41", "is not a time"),
    (US24, " 05/30/2022 14:53:41", "blanks around it"),
    (US24, "05/30/2022 14:53:41\n", "blanks around it"),
    (US24, "5/30/2022 14:53:41", "two digits"),
    (US24, "05/30/2022 9:53:41", "two digits"),
    (US24, "5/30/2022, 2:53:41 PM", "two digits"),
    (US24, "05/30/2022 14:53", "no seconds"),
    (US24, "05/30/2022", "no time of day"),
    (US24, "2022-05-30", "no time of day"),
    (US24, "2022-05-30 00:00:00", "a blank where ISO 8601 has a T"),
    (US24, "2022-05-30T14:53:41 08:00", "lost the + of its UTC offset"),
    (US24, "2022-05-30t14:53:41", "is not a time"),
    (US24, "2022-05-30T25:00:00", "is not a time"),
    (US24, "2022-02-31T00:00:00", "is not a time"),
    (US24, "0000-01-01T00:00:00", "is not a time"),
    (US24, "9999-12-31T24:00:00", "is not a time"),
    (US24, "2022-05-30T", "is not a time"),
    (US24, "T", "is not a time"),
    (US24, "1653893621000", "looks like milliseconds"),
    (US24, "4102444800", "too large"),
    (US24, "20220530145341", "too large"),
    (US24, "-1", "is not a time"),
    (US24, "1653893621.5", "is not a time"),
    (US24, "٠٥/30/2022 14:53:41", "is not a time"),  # noqa: RUF001 - digits, but not ASCII
    (US24, "１６５３８９３６２１", "is not a time"),  # noqa: RUF001
    (US24, "05/30/2022 14:53:41\0", "is not a time"),
    (US24, "\ud800🎉", "is not a time"),
    (US24, "9" * 100_000, "too long"),
    (US24, "2022-05-30T14:53:41." + "9" * 100_000, "too long"),
]


@pytest.mark.parametrize(("display", "text", "reason"), REFUSED, ids=lambda value: repr(value)[:40])
@pytest.mark.parametrize("accept_iso", [True, False])
def test_it_refuses_and_says_what_to_write(display: DisplayFormat, text: str, reason: str, accept_iso: bool) -> None:
    with pytest.raises(Misread) as caught:
        display.read(text, "start", accept_iso)
    sentence = str(caught.value)
    assert reason in sentence
    assert f"{display.pattern} such as {display.write(SEED)}" in sentence
    assert ("ISO 8601 such as 2022-05-30T06:53:41Z" in sentence) == accept_iso
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence.encode()) < 400


@pytest.mark.parametrize("text", ["1653893621", "2022-05-30T14:53:41", "2022-05-30T06:53:41.5Z"])
def test_without_accept_iso_only_the_display_format_counts(text: str) -> None:
    with pytest.raises(Misread, match="which are not accepted here; this PBX reads MM/DD/YYYY"):
        US24.read(text, "end", accept_iso=False)


def test_the_sentence() -> None:
    with pytest.raises(Misread) as caught:
        US24.read("30/05/2022 14:53:41", "start", accept_iso=True)
    assert str(caught.value) == (
        "'30/05/2022 14:53:41' looks like DD/MM/YYYY HH:mm:ss (24 hours); this PBX reads "
        "MM/DD/YYYY HH:mm:ss such as 05/30/2022 14:53:41, ISO 8601 such as 2022-05-30T06:53:41Z, "
        "and Unix seconds such as 1653893621."
    )


def test_an_unknown_zone_is_not_a_misread_text() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        DisplayFormat("MM/DD/YYYY", "24", "Mars/Olympus").write(SEED)


displays = st.builds(DisplayFormat, st.sampled_from(DATES), st.sampled_from(("24", "12")), st.sampled_from(ZONES))


@lru_cache
def changes(zone: str) -> list[int]:
    """Where the zone's offset changes, found in steps of a day, which are smaller than the module's."""

    clock = ZoneInfo(zone)

    def offset(instant: int) -> timedelta | None:
        return datetime.fromtimestamp(instant, clock).utcoffset()

    days = pairwise((day, offset(day)) for day in range(0, END + 1, 86_400))
    changed = [(day, before) for (day, before), (_, after) in days if before != after]
    return [next(s for s in range(day, day + 86_401, 30) if offset(s) != before) for day, before in changed]


@given(displays, st.integers(0, END - 1), st.none() | st.integers(-7_300, 7_300))
@settings(max_examples=500, deadline=None)
def test_what_is_written_is_read_as_bounds_around_it(display: DisplayFormat, instant: int, near: int | None) -> None:
    if near is not None and (change := changes(display.timezone)):
        instant = change[instant % len(change)] + near
    text = display.write(instant)
    start, end = (display.read(text, edge, accept_iso=False) for edge in ("start", "end"))
    assert start <= instant <= end
    assert display.write(start) == display.write(end) == text
    local = datetime.fromtimestamp(instant, ZoneInfo(display.timezone))
    folds = {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    assert (start == end) == (len(folds) == 1)
    elsewhere = datetime.fromtimestamp(instant, ZoneInfo("America/St_Johns"))
    assert display.read(elsewhere.isoformat(), "start", accept_iso=True) == instant


@given(displays, st.integers(-2_000_000, END + 2_000_000), st.sampled_from(("start", "end")))
@settings(max_examples=300, deadline=None)
def test_a_bound_is_where_the_clock_passes_the_time(display: DisplayFormat, seconds: int, edge: Edge) -> None:
    """A start is the first second that shows the time or more, an end the last that shows it or less."""
    zone = ZoneInfo(display.timezone)
    wall = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    bound = display.read(wall.isoformat(), edge, accept_iso=True)
    before, shown, after = (datetime.fromtimestamp(bound + near, zone).replace(tzinfo=None) for near in (-1, 0, 1))
    if edge == "start":
        assert bound == END or shown >= wall
        assert bound == 0 or before < wall
    else:
        assert bound == -1 or shown <= wall
        assert bound == END - 1 or after > wall


@given(
    st.sampled_from(FORMATS),
    st.text() | st.text("0123456789/-:. TZWAPM+", max_size=30) | st.integers().map(str),
    st.sampled_from(("start", "end")),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(display: DisplayFormat, text: str, edge: Edge, accept_iso: bool) -> None:
    try:
        assert -1 <= display.read(text, edge, accept_iso) <= END
    except Misread as error:
        str(error).encode()


@pytest.mark.parametrize("zone", ZONES)
def test_sqlite_writes_the_same(zone: str) -> None:
    """Against the standard library, not only against each other."""
    rng = random.Random(zone)
    when = [rng.randrange(END) for _ in range(1_000)] + list(range(0, 172_800, 1_200))
    when += [c + d for c in changes(zone) for d in (-3_601, -3_600, -1, 0, 1, 3_599, 3_600)]
    locals_ = [datetime.fromtimestamp(instant, ZoneInfo(zone)) for instant in when]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE cdr (id INTEGER PRIMARY KEY, started_at INTEGER)")
    connection.executemany("INSERT INTO cdr (started_at) VALUES (?)", [(instant,) for instant in when])
    for date in DATES:
        layout = date.replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")
        for clock, time_layout in (("24", " %H:%M:%S"), ("12", " %I:%M:%S %p")):
            display = DisplayFormat(date, clock, zone)
            expected = [local.strftime(layout + time_layout) for local in locals_]
            assert [display.write(instant) for instant in when] == expected
            rows = connection.execute(f"SELECT {display.sql('cdr.started_at')} FROM cdr ORDER BY id")
            assert [text for (text,) in rows] == expected
    connection.close()


@pytest.mark.parametrize("display", [US24, US12, DisplayFormat("DD/MM/YYYY", "12", "America/New_York")])
def test_the_expression_fits_into_any_statement(display: DisplayFormat) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (t INTEGER, ring INTEGER)")  # named like our subquery's own column
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(SEED, 5), (None, 5)])
    statement = f"""SELECT {display.sql("t")}, {display.sql("t.t")}, {display.sql("t + ring")},
        json_object('time', {display.sql("t")}) FROM t ORDER BY {display.sql("t")} DESC"""
    first, second = connection.execute(statement).fetchall()
    text = display.write(SEED)
    assert first == (text, text, display.write(SEED + 5), f'{{"time":"{text}"}}')
    assert second == (None, None, None, '{"time":null}')
    assert connection.execute(f"SELECT {display.sql('1653893616 + 5')}").fetchone() == (text,)
    connection.close()


def test_a_zone_at_rest_costs_one_comparison_or_none() -> None:
    assert DisplayFormat("MM/DD/YYYY", "24", "UTC").sql_offset("x") == "(0)"
    assert US24.sql_offset("x").startswith("(CASE WHEN x<684867600 THEN ")  # 1991-09-15, China's last change
    assert US24.sql_offset("x").endswith(" ELSE 28800 END)")
    assert len(US24.sql("started_at")) < 800


def test_importing_it_does_not_import_dateutil() -> None:
    code = "import sys, app.pbx.display_format as d; sys.exit('dateutil' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
