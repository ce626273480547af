"""Profiles: the proportions that docs/generator.md tells, and the hidden truth about every call."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from conftest import ROOT, clean_environment

from app.clock import Clock
from app.pbx.aftermath import Told
from app.pbx.contents import fill_from
from app.pbx.display_format import END
from app.pbx.generating import PeriodError, Wanted, generate_calls
from app.pbx.generator import told_calls
from app.pbx.office import demo_office
from app.pbx.profiles import PROFILES, PROPORTIONS
from app.pbx.setup import open_world
from app.store.loading import CdrRow
from app.store.truths import OUTCOMES, CallTruth
from app.store.worlds import World

ZONE = "Asia/Shanghai"
DAY = 86400
START = int(datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE)).timestamp())
OFFICE = demo_office(ZONE)


@cache
def made(name: str) -> list[Told]:
    profile = PROFILES[name]
    return list(islice(told_calls(OFFICE, 3, START, None, profile.per_day, profile), 24_000))


def by_call(told: Sequence[Told]) -> dict[str, tuple[list[CdrRow], CallTruth]]:
    legs = defaultdict(list)
    for leg, _ in told:
        legs[leg.call_id].append(leg)
    return {truth.call_id: (legs[truth.call_id], truth) for _, truth in told}


@pytest.mark.parametrize("name", PROFILES)
def test_the_proportions_are_those_told(name: str) -> None:
    calls = by_call(made(name)).values()
    counted = Counter[str]()
    for legs, truth in calls:
        first = legs[0]
        counted[first.call_type] += 1
        counted[truth.outcome] += 1
        counted["of several legs"] += len(legs) > 1
        counted["passed on"] += bool(truth.transferred_to)
        counted["calls back"] += bool(truth.callback_of)
        counted["withheld"] += first.from_number == "anonymous"
        counted["abroad"] += "+" in first.from_number + first.to_number
        counted["recorded"] += any(leg.record_file for leg in legs)
    assert set(counted) <= set(PROPORTIONS[name]) == set(PROPORTIONS["office"])
    assert set(OUTCOMES) < set(PROPORTIONS[name])
    for what, percent in PROPORTIONS[name].items():
        assert 100 * counted[what] / len(calls) == pytest.approx(percent, rel=0.1, abs=0.6), what
    played = len(calls) - counted["calls back"]
    assert len(made(name)) / played == pytest.approx(PROFILES[name].rows_per_call, rel=0.03)


def stream(start: int, end: int | None = None, timezone: str = ZONE, profile: str = "callcentre") -> Iterator[Told]:
    return told_calls(demo_office(timezone), 5, start, end, 2000, PROFILES[profile])


def test_windows_laid_end_to_end_make_the_day() -> None:
    step, end = 2 * 3600 + 777, START + DAY
    parts = [list(stream(at, min(at + step, end))) for at in range(START, end, step)]
    whole = list(stream(START, end))
    assert [told for part in parts for told in part] == whole
    assert len({(leg.call_id, leg.uid) for leg, _ in whole}) == len({leg.call_id for leg, _ in whole})


DIGEST = (
    "import hashlib\nfrom itertools import islice\nfrom app.pbx.generating import Wanted\n"
    "from app.pbx.office import demo_office\n"
    "made = islice(Wanted(2000, 7, 'hotel', start=1772380800).stream(demo_office('Europe/London'), 0), 2000)\n"
    "print(hashlib.sha256(repr([(*leg, *truth) for leg, truth in made]).encode()).hexdigest())"
)


def test_another_process_makes_the_same() -> None:
    told = Wanted(2000, 7, "hotel", start=1772380800).stream(demo_office("Europe/London"), 0)
    here = hashlib.sha256(repr([(*leg, *truth) for leg, truth in told]).encode()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT, env=clean_environment(PYTHONHASHSEED="77"), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == here


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    short, long = (list(Wanted(rows, start=START).stream(OFFICE, 0)) for rows in (300, 900))
    assert long[:300] == short
    assert short[0][0].started_at >= START


@pytest.mark.parametrize(("rows", "days"), [(40, 1), (250, 7), (4000, 60)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_period_is_filled_up_to_its_end(rows: int, days: int, seed: int) -> None:
    end = START + 5 * DAY + 4321
    starts = [leg.started_at for leg, _ in Wanted(rows, seed, days=days).stream(OFFICE, end)]
    assert len(starts) == rows
    assert end - days * DAY <= starts[0] < starts[-1] < end
    if rows > 1000:
        assert end - starts[-1] < days * DAY / 12


@pytest.mark.parametrize(
    ("rows", "end", "words"),
    [
        (10, START, "must end after it starts"),
        (10, START - DAY, "must end after it starts"),
        (100_000, START + 1, "100,000 CDR rows are too many for so short a period"),
    ],
)
def test_periods_that_are_none_or_too_short(rows: int, end: int, words: str) -> None:
    with pytest.raises(PeriodError, match=words):
        Wanted(rows, start=START, end=end).stream(OFFICE, 0)


def test_an_hour_has_as_many_rows_as_are_wanted() -> None:
    told = list(Wanted(8_000, start=START, end=START + 3600).stream(OFFICE, 0))
    assert len(told) == 8_000
    assert len({truth.call_id for _, truth in told}) == len({leg.uid for leg, _ in told})


def test_streams_end_with_the_time_that_rows_can_have() -> None:
    told = list(Wanted(10_000, start=END - DAY).stream(OFFICE, 0))
    assert 0 < len(told) < 10_000
    assert told[-1][0].started_at < END
    assert [leg.started_at < DAY for leg, _ in Wanted(5, start=0).stream(OFFICE, 0)] == [True] * 5
    assert next(Wanted(5, days=60).stream(OFFICE, DAY))[0].started_at >= 0


def test_holidays_are_quiet() -> None:
    """Spring Festival, by no fixed date: Tuesday to Thursday, a week after ordinary ones."""
    first = int(datetime(2026, 2, 10, tzinfo=ZoneInfo(ZONE)).timestamp())
    ordinary, holiday = (sum(1 for _ in stream(at, at + 3 * DAY, profile="office")) for at in (first, first + 7 * DAY))
    assert holiday < ordinary / 5


def test_the_nights_when_clocks_change() -> None:
    """Half past one is skipped in spring, and comes twice in autumn."""
    hours = []
    for day in (datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 7, 5)):
        midnight = int(day.replace(tzinfo=ZoneInfo("Europe/London")).timestamp())
        begun = {leg.uid[8:10]: 0 for leg, _ in stream(midnight, midnight + 5 * 3600, "Europe/London", "night")}
        for leg, _ in stream(midnight, midnight + 5 * 3600, "Europe/London", "night"):
            begun[leg.uid[8:10]] += 1
        hours.append(begun)
    spring, autumn, summer = hours
    assert "01" not in spring
    assert autumn["01"] > 1.5 * summer["01"] > 0


# In a PBX.


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = open_world({"instance": str(tmp_path_factory.mktemp("profiles")), "seed": "empty"}, started=False)
    opened.set_clock(Clock(0.0, START + 30 * DAY, 0.0))
    yield opened
    opened.database.close()


def asked(world: World, question: str) -> list[tuple[object, ...]]:
    return world.database.connection().execute(question).fetchall()


def test_every_call_keeps_its_truth_until_it_goes(world: World) -> None:
    told: list[int] = []
    assert generate_calls(world, Wanted(3000, profile="night", days=20), told.append) == 3000
    assert told == [1000, 1000, 1000]
    ids = "SELECT DISTINCT call_id FROM cdr ORDER BY 1"
    assert asked(world, "SELECT call_id FROM call_truth ORDER BY 1") == asked(world, ids)
    hidden = asked(
        world,
        "SELECT count(*), min(caller) FROM call_truth AS t JOIN cdr AS c USING (call_id)"
        " JOIN number AS n ON n.id = c.from_id WHERE n.digits = 'anonymous'",
    )
    assert hidden[0][0]
    assert hidden[0][1] != "anonymous"
    assert asked(world, "SELECT count(*) FROM call_truth WHERE callback_of <> ''")[0][0]
    fill_from(world, "empty")
    assert asked(world, "SELECT count(*) FROM call_truth") == [(0,)]


def test_so_do_the_demos(world: World) -> None:
    fill_from(world, "demo")
    by_hand = 3  # the manual's
    calls, truths = asked(world, "SELECT count(DISTINCT call_id), (SELECT count(*) FROM call_truth) FROM cdr")[0]
    assert calls == truths + by_hand  # type: ignore[operator]


def test_nothing_on_the_wire_is_made_of_the_truth() -> None:
    for folder in ("yeastar", "kazoo", "control", "journal", "explain.py"):
        place = ROOT / "app" / folder
        for path in [place] if place.is_file() else place.rglob("*.py"):
            assert "truths" not in path.read_text(), path
            assert "call_truth" not in path.read_text(), path
