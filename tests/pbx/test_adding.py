"""Calls in simple words: what is made of them, and what is refused."""

from __future__ import annotations

import pytest

from app.clock import Clock
from app.pbx.adding import CallError, add_calls
from app.pbx.worlds import open_worlds

NOON = 1_709_553_600  # 4 March 2024, 12:00 UTC

OFFICE = {
    "settings": {"timezone": "UTC"},
    "extensions": [{"number": "2001", "name": "Ann"}, {"number": "2002", "name": "Bo"}],
    "queues": [{"name": "Sales", "number": "6400"}],
    "ivrs": [{"name": "Main", "number": "6200"}],
    "trunks": [{"name": "Line one"}, {"name": "Line two"}],
}
SHOWN = (
    "SELECT coalesce(c.from_text, c.from_name || '<' || f.digits || '>') AS call_from,"
    " coalesce(c.to_text, c.to_name || '<' || t.digits || '>') AS call_to, c.*"
    " FROM cdr AS c JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id ORDER BY c.id"
)
SRC, DST, BUSY = "src hangup    ", "dst hangup    ", "dst extension_busy_no_forward    "


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    opened = open_worlds({"instance": str(tmp_path_factory.mktemp("adding")), "seed": "empty"})
    yield opened
    opened.close()


@pytest.fixture
def world(worlds):
    return worlds.make(OFFICE, clock=Clock(rate=0).set(NOON))


def rows(world):
    cursor = world.database.connection().execute(SHOWN)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


CASES = [
    (
        {},
        {
            "call_from": "<+12025550123>", "call_to": "Ann<2001>", "call_type": "Inbound", "src_trunk": "Line one",
            "started_at": NOON - 65, "duration": 65, "ring_duration": 5, "talk_duration": 60, "reason": SRC,
            "disposition": "ANSWERED", "record_file": "", "uid": "20240304115855 9E3B1".replace(" ", ""),
        },
    ),
    ({"call_from": "2005", "call_to": "+442071234567", "talk": 42, "start": "2024-03-04 09:15:00"},
     {"call_type": "Outbound", "dst_trunk": "Line one", "src_trunk": "", "talk_duration": 42, "duration": 47,
      "started_at": 1_709_543_700, "call_id": "1709543700.1"}),
    ({"call_from": "2001"}, {"call_type": "Internal", "call_from": "Ann<2001>", "call_to": "Bo<2002>"}),
    ({"call_to": "05925503301"}, {"call_from": "Ann<2001>", "call_type": "Outbound"}),
    ({"call_from": "Zoë<+4930>", "trunk": "Line two", "did": "5500", "did_name": "Hotline"},
     {"call_from": "Zoë<+4930>", "src_trunk": "Line two", "did_number": "5500", "did_name": "Hotline"}),
    ({"talk": 0}, {"disposition": "NO ANSWER", "ring_duration": 20, "duration": 20}),
    ({"status": "BUSY"}, {"disposition": "BUSY", "duration": 0, "reason": BUSY, "started_at": NOON}),
    ({"status": "FAILED", "reason": SRC}, {"disposition": "FAILED", "reason": SRC}),
    ({"status": "VOICEMAIL", "call_to": "2002"},
     {"call_to": "Voicemail Bo<2002>", "disposition": "VOICEMAIL", "talk_duration": 15}),
    ({"call_type": "Internal", "call_from": "+44", "call_id": "7.7", "pin": "12", "dod": "99"},
     {"call_type": "Internal", "src_trunk": "", "call_id": "7.7", "pin_code": "12", "dod_number": "99"}),
    ({"record": True, "note": "Back at six", "codes": [3, 4], "start": NOON},
     {"record_file": "20240304120005-1709553600.1-+12025550123-2001-Inbound.wav",
      "call_note_remark": "Back at six", "disposition_codes": ",3,4,"}),
    ({"record": "mine.wav", "start": "03/04/2024 12:00:00"}, {"record_file": "mine.wav", "started_at": NOON}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "wanted"), CASES)
def test_a_call(world, call, wanted):
    (added,) = add_calls(world, [call])
    (row,) = rows(world)
    assert {name: row[name] for name in wanted} == wanted
    assert (added.call_id, added.ids, added.started_at) == (row["call_id"], [row["id"]], row["started_at"])


# Where each leg went, when, how long it rang and talked, and how it ended.
ROUTES = [
    (
        [{"ivr": "Main"}, {"queue": "6400", "ring": 20}, {"extension": "2001", "talk": 33}, {"transfer": "2002"}],
        [
            ("IVR Main<6200>", 0, 0, 10, "ANSWERED", DST),
            ("Queue Sales<6400>", 10, 20, 33, "ANSWERED", SRC),
            ("Ann<2001>", 25, 5, 33, "ANSWERED", DST),
            ("Bo<2002>", 63, 5, 60, "ANSWERED", SRC),
        ],
    ),
    ([{"queue": "Sales"}], [("Queue Sales<6400>", 0, 15, 0, "NO ANSWER", SRC)]),
    (
        [{"queue": "Sales", "ring": 3}, {"extension": "2002", "ring": 9}],
        [("Queue Sales<6400>", 0, 3, 60, "ANSWERED", SRC), ("Bo<2002>", 0, 3, 60, "ANSWERED", SRC)],
    ),
    (
        [{"ring_group": "Support<6300>"}, {"extension": "2001", "status": "NO ANSWER"}, {"voicemail": "2001"}],
        [
            ("RingGroup Support<6300>", 0, 15, 0, "NO ANSWER", SRC),
            ("Ann<2001>", 15, 20, 0, "NO ANSWER", SRC),
            ("Voicemail Ann<2001>", 35, 0, 15, "VOICEMAIL", SRC),
        ],
    ),
    ([{"conference": "6500"}], [("Conference 6500<6500>", 0, 0, 60, "ANSWERED", SRC)]),
    ([{"ivr": "Main", "talk": 0, "reason": BUSY}], [("IVR Main<6200>", 0, 0, 0, "NO ANSWER", BUSY)]),
]


@pytest.mark.parametrize(("legs", "wanted"), ROUTES)
def test_legs(world, legs, wanted):
    (added,) = add_calls(world, [{"legs": legs, "start": NOON}])
    found = rows(world)
    names = ("call_to", "started_at", "ring_duration", "talk_duration", "disposition", "reason")
    assert [tuple(row[name] for name in names) for row in found] == [(to, NOON + at, *rest) for to, at, *rest in wanted]
    assert all(row["duration"] == row["ring_duration"] + row["talk_duration"] for row in found)
    assert {row["call_id"] for row in found} == {added.call_id}
    assert {row["call_from"] for row in found} == {"<+12025550123>"}


def test_no_call_starts_before_time_does(worlds):
    (added,) = add_calls(worlds.make("empty", clock=Clock(rate=0).set(5)), [{}])
    assert added.started_at == 0


def test_an_empty_pbx_has_calls_too(worlds):
    world = worlds.make("empty")
    add_calls(world, [{}, {"call_from": "1000"}, {"call_to": "+44"}])
    found = [(row["call_from"], row["call_to"], row["call_type"]) for row in rows(world)]
    assert found == [
        ("<+12025550123>", "<1000>", "Inbound"),
        ("<1000>", "<1001>", "Internal"),
        ("<1000>", "<+44>", "Outbound"),
    ]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"talk": "x"}, r'calls\[1\].talk: "x" is not allowed; expected seconds'),
        ({"talk": -1}, r"talk: -1 is not allowed"),
        ({"cal_to": "1"}, r"calls\[1\].cal_to: .* did you mean call_to"),
        ({"status": "answered"}, r"status: .* expected one of ANSWERED, NO ANSWER"),
        ({"start": "tomorrow"}, r"calls\[1\].start: 'tomorrow' is not a time"),
        ({"start": 1e12}, r"start"),
        ({"legs": []}, r"expected an array of 1 to 100 legs"),
        ({"legs": [{"talk": 1}]}, r"calls\[1\].legs\[0\]: .* one of extension, ivr"),
        ({"legs": [{"ivr": "1", "queue": "1"}]}, r"one of extension, ivr"),
        ({"legs": [{"ivr": "1"}], "call_to": "1"}, r"calls\[1\].call_to: the legs say this"),
        ({"legs": [{"ivr": "1"}], "status": "BUSY"}, r"calls\[1\].status: the legs say this"),
        ({"legs": [{"ivr": "1"}], "talk": 5}, r"calls\[1\].talk: the legs say this; give it to one of them"),
        ({"start": "1960-01-01 00:00:00"}, r"calls\[1\].start: '1960-01-01 00:00:00' is too early or too late"),
        ({"start": "9999-12-31 23:59:59"}, r"too late; calls start from 1970 to 2099"),
        ({"start": -1}, r"'-1' is not a time"),
        (3, r"calls\[1\]: 3 is not allowed; expected an object"),
    ],
)
def test_one_mistake_and_nothing_is_added(world, call, told):
    with pytest.raises(CallError, match=told):
        add_calls(world, [{}, call])
    assert rows(world) == []
