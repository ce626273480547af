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
from app.pbx.generating import PeriodError, Wanted, generate_calls
from app.pbx.generator import told_calls
from app.pbx.holidays import holidays_in
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
GROUPS = {group.party.number: {member.number for member in group.members} for group in OFFICE.groups}


@cache
def made(name: str) -> list[Told]:
    profile = PROFILES[name]
    return list(islice(told_calls(OFFICE, 3, START, None, 3 * profile.per_day, profile), 12_000))


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


# Outcome -> disposition of the last leg, and what is shown as its party.
LAST_LEG = {
    "answered": ("ANSWERED", ("", "Conference")),
    "voicemail": ("VOICEMAIL", ("Voicemail",)),
    "abandoned": ("NO ANSWER", ("Queue", "RingGroup")),
    "menu": ("ANSWERED", ("IVR",)),
    "no_answer": ("NO ANSWER", ("",)),
    "busy": ("BUSY", ("",)),
    "turned_away": ("NO ANSWER", ("",)),
    "failed": ("FAILED", ("",)),
}


@pytest.mark.parametrize("name", PROFILES)
def test_the_truth_fits_the_legs(name: str) -> None:
    whole = made(name)[-1][0].started_at - 3600
    for legs, truth in by_call(made(name)).values():
        if not START + 3600 < legs[0].started_at < whole:
            continue  # legs may be missing
        last = legs[-1]
        disposition, words = LAST_LEG[truth.outcome]
        assert (last.disposition, (last.to_text or " ").split(" ")[0] in words) == (disposition, True)
        assert truth.caller.lstrip("+").isdigit()
        assert legs[0].from_number in (truth.caller, "anonymous")
        assert bool(truth.answered_by) == (truth.outcome == "answered")
        assert bool(truth.missed_by) == (truth.outcome not in ("answered", "menu"))
        assert last.to_number in (truth.answered_by, truth.missed_by, truth.transferred_to) or truth.outcome == "menu"
        assert len({(leg.uid, leg.from_number, leg.did_number) for leg in legs}) == 1
        if truth.transferred_to:
            passed = legs[-2]
            assert (passed.to_number, last.to_number) == (truth.answered_by, truth.transferred_to)
            assert (last.call_type, last.started_at) == ("Inbound", passed.started_at + passed.duration)


@pytest.mark.parametrize("name", PROFILES)
def test_calls_back_return_missed_ones(name: str) -> None:
    calls = by_call(made(name))
    returned = [(legs[0], calls[truth.callback_of]) for legs, truth in calls.values() if truth.callback_of in calls]
    assert returned
    assert len({truth.call_id for _, (_, truth) in returned}) == len(returned)
    for leg, (missed, truth) in returned:
        assert (leg.call_type, missed[0].call_type, truth.answered_by) == ("Outbound", "Inbound", "")
        assert (leg.to_number, leg.to_name) == (missed[0].from_number, missed[0].from_name)
        assert leg.from_number in GROUPS.get(truth.missed_by, {truth.missed_by})
        assert 60 <= leg.started_at - missed[-1].started_at - missed[-1].duration < 3600


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
    "made = islice(Wanted(2000, 7, 'hotel', start=1772380800).stream('Europe/London', 0), 2000)\n"
    "print(hashlib.sha256(repr([(*leg, *truth) for leg, truth in made]).encode()).hexdigest())"
)


def test_another_process_makes_the_same() -> None:
    told = Wanted(2000, 7, "hotel", start=1772380800).stream("Europe/London", 0)
    here = hashlib.sha256(repr([(*leg, *truth) for leg, truth in told]).encode()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT, env=clean_environment(PYTHONHASHSEED="77"), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == here


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    short, long = (list(Wanted(rows, start=START).stream(ZONE, 0)) for rows in (300, 900))
    assert long[:300] == short
    assert short[0][0].started_at >= START


@pytest.mark.parametrize(("rows", "days"), [(40, 1), (250, 7), (4000, 60)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_period_is_filled_up_to_its_end(rows: int, days: int, seed: int) -> None:
    end = START + 5 * DAY + 4321
    starts = [leg.started_at for leg, _ in Wanted(rows, seed, days=days).stream(ZONE, end)]
    assert len(starts) == rows
    assert end - days * DAY <= starts[0] < starts[-1] < end
    if rows > 1000:
        assert end - starts[-1] < days * DAY / 12


def test_a_period_that_ends_before_it_starts() -> None:
    with pytest.raises(PeriodError, match="must end after it starts"):
        Wanted(10, start=START, end=START).stream(ZONE, 0)


def test_holidays_are_quiet() -> None:
    first = int(datetime(2026, 9, 24, tzinfo=ZoneInfo(ZONE)).timestamp())  # a Thursday, as the first of October is
    ordinary, holiday = (sum(1 for _ in stream(at, at + DAY, profile="office")) for at in (first, first + 7 * DAY))
    assert holiday < ordinary / 5
    assert (7, 4) in holidays_in("America/New_York")
    assert holidays_in("Africa/Cairo") == {(1, 1)}


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
