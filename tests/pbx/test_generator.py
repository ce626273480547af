"""The generator: repeatable whatever the window, and every row as the vendor's manual describes rows."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import groupby, islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pbx.endings import DST_BUSY, DST_HANGUP, SRC_HANGUP
from app.pbx.fax import FAX_FIELDS
from app.pbx.generator import calls, enough_for, per_day_for
from app.pbx.parties import Branch, Group, Habit, Line, Office, OfficeError, Party
from app.pbx.profiles import DEMO, PROFILES
from app.pbx.scenes import LONGEST_WAIT, SCENES
from app.pbx.switchboard import PLANS, REMARKS
from app.store.loading import CdrRow

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86400


def instant(text: str, zone: ZoneInfo = ZONE) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def local(moment: int, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromtimestamp(moment, zone)


def office(timezone: str = "Asia/Shanghai") -> Office:
    """An office that has everything, three or four of each at the most."""
    names = ("Ann Gray", "Zoë Müller", "李伟", "", "Kristin Hale", "Bo Ek")
    people = tuple(Party(str(2000 + i), name, f"192.168.5.{20 + i}:5060") for i, name in enumerate(names))
    main = Line("SIP-Main", "203.0.113.10:5060", "5503300", "Main")
    spare = Line("FXO", "", "5503301", "")
    branch = Branch("peer-to-34", "192.168.34.1:5060", ("1000", "21000"))
    queue = Group("Queue", Party("6400", "Support"), people[2:])
    team = Group("RingGroup", Party("6300", "Front Desk"), people[:3])
    return Office(
        timezone=timezone,
        extensions=people,
        lines=(main, spare),
        menus=(Party("6200", "Main Menu"),),
        groups=(queue, team),
        hotlines=((Line("SIP-Main", "203.0.113.10:5060", "5503310", "Support"), queue),),
        direct={"2004": Line("SIP-Main", "203.0.113.10:5060", "5503404", "Kristin")},
        fax_lines=((Line("SIP-Main", "203.0.113.10:5060", "5503390", "Fax"), people[5]),),
        branches=(branch,),
        conferences=(Party("6500", "Team Room"),),
        contacts=("Renée Dubois", "陈晓明"),
        pins=("2283", "3301"),
        disposition_codes=(1, 2, 3),
        habits=(Habit(people[4], branch, "1000", 14),),
    )


# The rows of such an office in the demo: the least and the most share of each disposition, in percent.
SHARES = {
    "ANSWERED": (78, 86),
    "NO ANSWER": (8, 13),
    "BUSY": (2.5, 5),
    "FAILED": (0.7, 2),
    "VOICEMAIL": (1.5, 4),
}

OFFICE = office()
START = instant("2026-03-02")
TRUNKS = {"SIP-Main", "FXO", "peer-to-34"}
EXTENSIONS = {party.number for party in OFFICE.extensions}
MONTH = list(calls(OFFICE, 5, START, START + 30 * DAY, 60))


@pytest.fixture(scope="module")
def rows() -> list[CdrRow]:
    return list(islice(calls(OFFICE, 7, START, None, 3000), 20_000))


@pytest.fixture(scope="module")
def legs(rows: list[CdrRow]) -> list[list[CdrRow]]:
    """The calls whose legs are all among the rows."""
    found = defaultdict(list)
    for row in rows:
        found[row.call_id].append(row)
    whole = rows[-1].started_at - 3600
    return [call for call_id, call in found.items() if START < int(call_id.split(".")[0]) < whole]


def word(row: CdrRow) -> str:
    """IVR, Queue, RingGroup, Conference, Voicemail, or "" for a person."""
    return row.to_text.split()[0] if row.to_text else ""


# Repeatable, whatever the window.


def test_same_seed_same_rows() -> None:
    assert list(calls(office(), 5, START, START + 30 * DAY, 60)) == MONTH
    assert [*islice(calls(OFFICE, 5, START, None, 60), len(MONTH))] == MONTH


def test_another_seed_makes_other_calls_of_other_people() -> None:
    other = list(calls(OFFICE, 6, START, START + 30 * DAY, 60))
    assert not {row.uid for row in other} & {row.uid for row in MONTH}
    callers = Counter(row.from_number for row in other if row.from_name == "陈晓明")
    assert callers
    assert not set(callers) & {row.from_number for row in MONTH if row.from_name == "陈晓明"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 30 * DAY), st.integers(0, 2 * DAY))
def test_a_window_has_what_any_longer_one_has_then(begin: int, length: int) -> None:
    first, end = START + begin, min(START + begin + length, START + 30 * DAY)
    assert list(calls(OFFICE, 5, first, end, 60)) == [r for r in MONTH if first <= r.started_at < end]


def test_windows_laid_end_to_end_make_the_month() -> None:
    step = 7 * 3600 + 1234
    parts = [calls(OFFICE, 5, t, min(t + step, START + 30 * DAY), 60) for t in range(START, START + 30 * DAY, step)]
    assert [row for part in parts for row in part] == MONTH


def test_a_window_has_legs_of_a_call_that_began_an_hour_before() -> None:
    hour_of_call = [int(row.call_id.split(".")[0]) // 3600 for row in MONTH]
    late = [row for row, hour in zip(MONTH, hour_of_call, strict=True) if row.started_at // 3600 > hour]
    assert late
    for row in late:
        assert row in calls(OFFICE, 5, row.started_at, row.started_at + 1, 60)


def test_order_and_bounds(rows: list[CdrRow]) -> None:
    assert all(a.started_at <= b.started_at for a, b in pairwise(rows))
    assert rows[0].started_at >= START
    assert MONTH[-1].started_at < START + 30 * DAY
    assert list(calls(OFFICE, 5, START, START)) == []
    assert list(calls(OFFICE, 5, START, START - DAY)) == []


# How much, when, by whom.


def test_shares_of_dispositions(rows: list[CdrRow]) -> None:
    counted = Counter(row.disposition for row in rows)
    assert set(counted) == set(SHARES)
    for disposition, (least, most) in SHARES.items():
        assert least <= 100 * counted[disposition] / len(rows) <= most, disposition


def test_tables_add_up() -> None:
    for profile in PROFILES.values():
        assert sum(profile.weekday) == 1000
        assert len(profile.weekday) == len(profile.weekend) == 24
        assert set(profile.scenes) <= set(SCENES)
        shares = (profile.scenes, profile.inbound, profile.outbound, profile.internal)
        assert [sum(table.values()) for table in shares] == [100] * 4
    assert sum(people for _, _, people in PLANS) == 20


@pytest.mark.parametrize("rows_wanted", [1000, 10_000])
@pytest.mark.parametrize("timezone", ["Asia/Kathmandu", "America/New_York"])
def test_per_day_for_so_many_rows(rows_wanted: int, timezone: str) -> None:
    here, end = office(timezone), START + 45 * DAY + 4321
    per_day = per_day_for(rows_wanted, START, end, timezone)
    made = sum(1 for _ in calls(here, 3, START, end, per_day))
    assert made == pytest.approx(rows_wanted, rel=0.08)


def test_enough_for_ten_million_rows_whatever_a_thousandth_does() -> None:
    end, office_profile = START + 5 * 365 * DAY, PROFILES["office"]
    most = enough_for(10_000_000, START, end, "Asia/Shanghai", office_profile, 1)
    assert 1.001 < most / per_day_for(10_000_000, START, end, "Asia/Shanghai", office_profile, 1) < 1.01


def test_per_day_for_no_time() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        per_day_for(1000, START, START, "Asia/Shanghai")


def test_rows_per_call(rows: list[CdrRow]) -> None:
    assert len(rows) / len({row.call_id for row in rows}) == pytest.approx(DEMO.rows_per_call, rel=0.03)


def test_office_hours_are_busy_and_nights_and_weekends_are_not() -> None:
    def between(first: int, last: int, weekend: bool = False) -> int:
        moments = [local(row.started_at) for row in MONTH]
        return sum(first <= m.hour < last and (m.weekday() > 4) == weekend for m in moments)

    assert between(9, 18) > 0.8 * len(MONTH)
    assert between(12, 14) / 2 < 0.7 * between(10, 12) / 2
    assert 0 < between(0, 7) + between(20, 24) < 0.06 * len(MONTH)
    assert 0 < between(0, 24, weekend=True) < 0.1 * len(MONTH)


def test_some_days_are_busier_than_others(rows: list[CdrRow]) -> None:
    days = [len(list(legs)) for _, legs in groupby(rows, lambda row: local(row.started_at).date())]
    assert len(days) > 4
    assert max(days[:4]) > 1.1 * min(days[:4])


def test_outsiders_are_many_and_some_call_again_and_again(rows: list[CdrRow]) -> None:
    outside = [r.from_number if r.call_type == "Inbound" else r.to_number for r in rows if r.call_type != "Internal"]
    numbers = Counter(outside)
    assert 2500 < len(numbers) < 6000
    assert sum(amount for _, amount in numbers.most_common(100)) > len(outside) / 5
    assert len(set(outside[:5000])) < len(set(outside[:10_000])) < len(numbers)
    assert any(number.startswith("+") for number in numbers)
    assert all(re.fullmatch(r"\+?\d{4,15}|anonymous", number) for number in numbers)


def test_some_callers_withhold_their_number(rows: list[CdrRow]) -> None:
    withheld = [row for row in rows if row.from_number == "anonymous"]
    assert 0.01 < len(withheld) / len(rows) < 0.04
    assert {(row.call_type, row.from_name, row.from_text) for row in withheld} == {("Inbound", "", None)}


def test_names_are_those_of_the_office_and_its_contacts(rows: list[CdrRow]) -> None:
    names = {row.from_name for row in rows} | {row.to_name for row in rows if not row.to_text}
    assert names == {party.name for party in OFFICE.extensions} | {*OFFICE.contacts, ""}
    number_of = {row.from_number for row in rows if row.from_name == "陈晓明"}
    assert len(number_of) == 1


# The fields of a row.


def test_types_and_what_is_never_set(rows: list[CdrRow]) -> None:
    for row in rows:
        assert row.id is None
        assert row.from_text is None
        assert row.new_id == ""
        assert all(type(v) in (str, int) for k, v in row._asdict().items() if k not in ("id", "from_text", "to_text"))


def test_durations(rows: list[CdrRow]) -> None:
    for row in rows:
        assert row.duration == row.ring_duration + row.talk_duration
        assert min(row.ring_duration, row.talk_duration) >= 0
        assert (row.talk_duration > 0) == (row.disposition in ("ANSWERED", "VOICEMAIL"))
        assert row.disposition != "FAILED" or row.duration == 0


def test_reasons_are_the_known_ones_in_six_parts(rows: list[CdrRow]) -> None:
    assert SRC_HANGUP == "src hangup    "
    assert DST_HANGUP == "dst hangup    "
    assert DST_BUSY == "dst extension_busy_no_forward    "
    assert {row.reason for row in rows} == {SRC_HANGUP, DST_HANGUP, DST_BUSY}
    assert all(row.reason.count(" ") == 5 for row in rows)
    assert {row.reason for row in rows if row.disposition == "BUSY"} == {DST_BUSY}


def test_uid_and_call_id(rows: list[CdrRow], legs: list[list[CdrRow]]) -> None:
    for row in rows:
        begun, running = row.call_id.split(".")
        assert re.fullmatch(r"\d{14}[0-9A-F]{5}", row.uid)
        assert row.uid[:14] == local(int(begun)).strftime("%Y%m%d%H%M%S")
        assert str(int(running)) == running
    assert len({call[0].uid for call in legs}) == len(legs)


def test_ids_are_unique_however_much_is_called() -> None:
    seven = START + 7 * 3600
    uids = defaultdict(set)
    for row in calls(OFFICE, 1, seven, seven + 3600, 1_000_000):
        uids[row.call_id].add(row.uid)
    assert len(uids) > 15_000
    assert all(len(own) == 1 for own in uids.values())
    assert len(set().union(*uids.values())) == len(uids)


@pytest.mark.parametrize(
    ("call_type", "filled", "empty"),
    [
        ("Inbound", ("src_trunk", "did_number"), ("dst_trunk", "dod_number", "pin_code")),
        ("Outbound", ("dst_trunk", "dod_number", "src_addr"), ("src_trunk", "did_number", "did_name")),
        (
            "Internal",
            ("src_addr",),
            ("src_trunk", "dst_trunk", "did_number", "did_name", "dod_number", "pin_code"),
        ),
    ],
)
def test_fields_by_call_type(
    rows: list[CdrRow], call_type: str, filled: tuple[str, ...], empty: tuple[str, ...]
) -> None:
    chosen = [row for row in rows if row.call_type == call_type]
    assert len(chosen) > 0.05 * len(rows)
    for row in chosen:
        assert all(getattr(row, name) for name in filled)
        assert not any(getattr(row, name) for name in empty)
        assert (row.from_number in EXTENSIONS) == (call_type != "Inbound")


def test_trunks_lines_and_addresses(rows: list[CdrRow]) -> None:
    assert {row.src_trunk for row in rows} == {row.dst_trunk for row in rows} == TRUNKS | {""}
    for row in rows:
        assert re.fullmatch(r"|\d+\.\d+\.\d+\.\d+:5060", row.src_addr)
    own = {(row.src_trunk, row.did_number, row.did_name) for row in rows if row.src_trunk.startswith(("SIP", "FXO"))}
    assert own == {
        ("SIP-Main", "5503300", "Main"),
        ("FXO", "5503301", ""),
        ("SIP-Main", "5503310", "Support"),
        ("SIP-Main", "5503404", "Kristin"),
        ("SIP-Main", "5503390", "Fax"),
    }


def test_what_outside_callees_see(rows: list[CdrRow]) -> None:
    for row in rows:
        if row.dst_trunk == "peer-to-34":
            assert row.dod_number == row.from_number
        elif row.call_type == "Outbound" and row.from_number == "2004":
            assert row.dod_number == "5503404"
        elif row.call_type == "Outbound":
            lines = {("SIP-Main", "5503300"), ("FXO", "5503301"), ("SIP-Main", "5503390")}
            assert (row.dst_trunk, row.dod_number) in lines
            assert row.dod_number != "5503390" or row.from_number == "2005"


def test_recordings(rows: list[CdrRow]) -> None:
    form = re.compile(r"(\d{14})-(\d+\.\d+)-(\+?\w+)-(\+?\w+)-(Internal|Inbound|Outbound)\.wav")
    recorded = [row for row in rows if row.record_file]
    assert 0.25 < len(recorded) / len(rows) < 0.45
    for row in recorded:
        found = form.fullmatch(row.record_file)
        assert found
        begun = local(row.started_at + row.ring_duration).strftime("%Y%m%d%H%M%S")
        assert found.groups() == (begun, row.call_id, row.from_number, row.to_number, row.call_type)
        assert (row.disposition, row.to_text) == ("ANSWERED", None)
    assert len({row.record_file for row in recorded}) == len(recorded)


def test_notes_and_pins(rows: list[CdrRow]) -> None:
    noted = [row for row in rows if row.call_note_remark]
    assert noted
    assert {row.call_note_remark for row in noted} == set(REMARKS)
    assert {row.disposition_codes for row in noted} == {",1,", ",2,", ",3,"}
    assert {row.disposition_codes for row in rows if not row.call_note_remark} == {""}
    assert {row.pin_code for row in rows} == {"", "2283", "3301"}
    assert all(row.to_number.startswith("+") for row in rows if row.pin_code)


# Faxes.


def faxes(rows: list[CdrRow], call_type: str) -> list[dict[str, str]]:
    return [json.loads(row.fax) for row in rows if row.fax and row.call_type == call_type]


def test_some_calls_are_faxes(rows: list[CdrRow], legs: list[list[CdrRow]]) -> None:
    share = sum(bool(call[0].fax) for call in legs) / len(legs)
    assert 0.01 < share < 0.025
    assert min(len(faxes(rows, "Inbound")), len(faxes(rows, "Outbound"))) > 50
    for call in legs:
        assert len(call) == 1 or not any(leg.fax for leg in call)


def test_a_fax_goes_from_machine_to_machine(rows: list[CdrRow]) -> None:
    for row in rows:
        if row.did_number == "5503390":
            assert (row.to_number, row.disposition, bool(row.fax)) == ("2005", "ANSWERED", True)
        if row.dod_number == "5503390":
            assert bool(row.fax) == (row.disposition == "ANSWERED")
        if row.fax:
            assert (row.did_number or row.dod_number, row.record_file) == ("5503390", "")


@pytest.mark.parametrize("call_type", ["Inbound", "Outbound"])
def test_the_details_of_faxes_fit_together(rows: list[CdrRow], call_type: str) -> None:
    for fax in faxes(rows, call_type):
        assert list(fax) == list(FAX_FIELDS)
        total, done = int(fax["fax_total_pages"]), int(fax["fax_transferred_pages"])
        assert 0 <= done <= total
        assert total >= 1
        assert fax["fax_transfer_rate"] in ("9600", "14400")
        assert {fax[f"fax_{name}"] for name in ("success", "ecm_used", "t38")} <= {"true", "false"}
        assert fax["fax_bad_rows"] == "0" or fax["fax_ecm_used"] == "false"
        success = (fax["fax_result_code"], fax["fax_result_text"], fax["fax_success"]) == ("0", "OK", "true")
        assert success == (fax["fax_success"] == "true") == (done == total) == (fax["fax_result_code"] == "0")


def test_some_faxes_fail(rows: list[CdrRow]) -> None:
    told = Counter(fax["fax_result_text"] for kind in ("Inbound", "Outbound") for fax in faxes(rows, kind))
    assert len(told) == 4
    assert 0.75 < told["OK"] / told.total() < 0.95


# Calls and their legs.


def test_legs_share_what_belongs_to_the_call(legs: list[list[CdrRow]]) -> None:
    shared = (
        "uid",
        "from_number",
        "from_name",
        "src_addr",
        "src_trunk",
        "call_type",
        "did_number",
        "did_name",
    )
    for call in legs:
        assert len({tuple(getattr(leg, name) for name in shared) for leg in call}) == 1
        assert call[0].started_at == int(call[0].call_id.split(".")[0])


def test_ways_through_the_house(legs: list[list[CdrRow]]) -> None:
    ways = {(call[0].call_type, *map(word, call)) for call in legs}
    assert ways == {
        ("Inbound", "IVR"),
        ("Inbound", "IVR", "Queue"),
        ("Inbound", "IVR", "Queue", ""),
        ("Inbound", "IVR", "RingGroup"),
        ("Inbound", "IVR", "RingGroup", ""),
        ("Inbound", "IVR", ""),
        ("Inbound", "IVR", "Voicemail"),
        ("Inbound", "Queue"),
        ("Inbound", "Queue", ""),
        ("Inbound", ""),
        ("Inbound", "Voicemail"),
        ("Outbound", ""),
        ("Internal", ""),
        ("Internal", "Voicemail"),
        ("Internal", "Conference"),
    }


def test_menu_legs(legs: list[list[CdrRow]]) -> None:
    for call in legs:
        if word(call[0]) == "IVR":
            menu, *rest = call
            assert (menu.to_text, menu.to_number, menu.to_name) == (
                "IVR Main Menu<6200>",
                "6200",
                "Main Menu",
            )
            assert (menu.disposition, menu.ring_duration) == ("ANSWERED", 0)
            assert menu.reason == (DST_HANGUP if rest else SRC_HANGUP)
            assert all(leg.started_at >= menu.started_at + menu.duration for leg in rest)


def test_group_legs_wait_and_agents_answer(legs: list[list[CdrRow]]) -> None:
    members = {group.party.number: {m.number for m in group.members} for group in OFFICE.groups}
    for call in legs:
        for leg, nxt in zip(call, [*call[1:], None], strict=True):
            if word(leg) not in ("Queue", "RingGroup"):
                continue
            assert 3 <= leg.ring_duration <= LONGEST_WAIT
            if nxt is None:
                assert (leg.disposition, leg.talk_duration, leg.reason) == ("NO ANSWER", 0, SRC_HANGUP)
            else:
                assert nxt.to_number in members[leg.to_number]
                assert leg.disposition == nxt.disposition == "ANSWERED"
                assert (leg.talk_duration, leg.reason) == (nxt.talk_duration, nxt.reason)
                assert leg.started_at + leg.ring_duration == nxt.started_at + nxt.ring_duration


def test_voicemail_legs(rows: list[CdrRow]) -> None:
    for row in rows:
        assert (row.disposition == "VOICEMAIL") == (word(row) == "Voicemail")
    shown = {row.to_text for row in rows if row.disposition == "VOICEMAIL"}
    assert {"Voicemail 李伟<2002>", "Voicemail 2003<2003>"} < shown


def test_nobody_calls_himself(rows: list[CdrRow]) -> None:
    assert not [row for row in rows if row.from_number == row.to_number]


def test_a_habit_is_kept_every_day() -> None:
    kept = {local(r.started_at).date() for r in MONTH if (r.from_number, r.to_number) == ("2004", "1000")}
    assert len(kept) == 30


# Time zones.


@pytest.mark.parametrize(
    ("timezone", "date", "hours"),
    [
        ("Europe/London", "2026-03-29", 23),
        ("Europe/London", "2026-10-25", 25),
        ("Europe/London", "2026-07-01", 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-07-01", 24),
    ],
)
def test_local_times_on_odd_days(timezone: str, date: str, hours: float) -> None:
    zone = ZoneInfo(timezone)
    start = instant(date, zone)
    end = instant((datetime.fromisoformat(date) + timedelta(days=1)).isoformat(), zone)
    assert (end - start) / 3600 == hours
    made = list(calls(office(timezone), 1, start, end, 3000))
    for row in made:
        begun = local(int(row.call_id.split(".")[0]), zone)
        assert row.uid[:14] == begun.strftime("%Y%m%d%H%M%S")
        if row.record_file:
            recorded = local(row.started_at + row.ring_duration, zone)
            assert row.record_file[:14] == recorded.strftime("%Y%m%d%H%M%S")
    assert {local(row.started_at, zone).date().isoformat() for row in made} == {date}


def test_the_hour_that_is_skipped_and_the_hour_that_comes_twice() -> None:
    zone, here = ZoneInfo("Europe/London"), office("Europe/London")
    spring, autumn = instant("2026-03-29", zone), instant("2026-10-25", zone)
    after = {row.uid[8:10] for row in calls(here, 1, spring + 3600, spring + 2 * 3600, 90_000)}
    assert {"02"} <= after <= {"00", "02"}
    for nth in (1, 2):
        begun = [row.uid[8:10] for row in calls(here, 1, autumn + nth * 3600, autumn + (nth + 1) * 3600, 90_000)]
        assert begun.count("01") > 0.9 * len(begun) > 0


# Offices that lack things.


def test_an_office_with_little_has_what_it_can() -> None:
    bare = Office("Europe/London", OFFICE.extensions[:2], OFFICE.lines[:1])
    made = list(islice(calls(bare, 1, START, None, 500), 500))
    assert {row.call_type for row in made} == {"Outbound", "Internal"}
    assert not any(row.pin_code or row.disposition_codes for row in made)


@pytest.mark.parametrize(
    ("people", "lines", "kinds"), [(1, 1, {"Outbound"}), (2, 0, {"Internal"}), (2, 1, {"Outbound", "Internal"})]
)
def test_the_smallest_offices(people: int, lines: int, kinds: set[str]) -> None:
    small = Office("Europe/London", OFFICE.extensions[:people], OFFICE.lines[:lines])
    made = list(islice(calls(small, 1, START, None, 500), 300))
    assert {row.call_type for row in made} == kinds
    assert not [row for row in made if row.from_number == row.to_number]


def test_an_office_too_small_for_calls() -> None:
    with pytest.raises(OfficeError, match="Nobody there has anybody to call"):
        calls(Office("Europe/London", OFFICE.extensions[:1]), 1, START)
