"""The hidden truth, worked out anew from the rows alone as somebody would who has only these; and how rows fit."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest

from app.pbx.generating import Wanted
from app.pbx.office import demo_office
from app.pbx.profiles import PROFILES
from app.store.loading import CdrRow
from app.store.truths import CallTruth

START, ROWS = 1_772_380_800, 10_000
OFFICE = demo_office("Asia/Shanghai")
PEOPLE = {person.number for person in OFFICE.extensions}
MEMBERS = {group.party.number: {member.number for member in group.members} for group in OFFICE.groups}

# Percent of talks that begin while one of the two talks already, at most; docs/generator.md tells about how many.
AT_ONCE = {"office": 2.5, "callcentre": 11, "hotel": 3.5, "night": 1.5}


class Seen(NamedTuple):
    """What the rows of a call tell."""

    outcome: str
    answered_by: str
    transferred_to: str
    missed_by: str


class Call(NamedTuple):
    legs: list[CdrRow]
    truth: CallTruth


@cache
def calls(name: str) -> dict[str, Call]:
    """The calls of a profile whose legs are all there, in order."""
    found: dict[str, Call] = {}
    last = 0
    for leg, truth in Wanted(ROWS, 9, name, start=START).stream(OFFICE, 0):
        found.setdefault(leg.call_id, Call([], truth)).legs.append(leg)
        last = leg.started_at
    return {id: call for id, call in found.items() if call.legs[0].started_at < last - 3600}


def place(leg: CdrRow) -> str:
    """IVR, Queue, RingGroup, Conference, Voicemail, or "" for a telephone."""
    return leg.to_text.split(" ")[0] if leg.to_text else ""


def seen(legs: list[CdrRow]) -> Seen:
    talked = [leg for leg in legs if leg.disposition == "ANSWERED" and place(leg) in ("", "Conference")]
    if talked:
        return Seen("answered", talked[0].to_number, talked[1].to_number if talked[1:] else "", "")
    last = legs[-1]
    if last.disposition == "ANSWERED":
        return Seen("menu", "", "", "")
    waited = place(last) in ("Queue", "RingGroup")
    unanswered = "abandoned" if waited else "turned_away" if last.reason.startswith("dst ") else "no_answer"
    return Seen(unanswered if last.disposition == "NO ANSWER" else last.disposition.lower(), "", "", last.to_number)


@pytest.mark.parametrize("name", PROFILES)
def test_the_truth_is_what_the_rows_tell(name: str) -> None:
    wrong = [
        call
        for call in calls(name).values()
        if seen(call.legs) != call.truth[2:6] or call.legs[0].from_number not in (call.truth.caller, "anonymous")
    ]
    assert not wrong


@pytest.mark.parametrize("name", PROFILES)
def test_calls_back_are_found_in_the_rows(name: str) -> None:
    """Whoever missed a call rings the number within the hour; a few do so by chance."""
    missed, returned, by_chance = defaultdict(list), set(), 0
    for id, (legs, _) in calls(name).items():
        first, end = legs[0], legs[-1].started_at + legs[-1].duration
        if first.call_type == "Inbound" and first.from_number != "anonymous" and (by := seen(legs).missed_by):
            missed[first.from_number].append((end, id, MEMBERS.get(by, {by})))
    for (leg, *_), truth in calls(name).values():
        after = [
            id
            for end, id, people in missed.get(leg.to_number, ())
            if leg.call_type == "Outbound" and end + 60 <= leg.started_at < end + 3600 and leg.from_number in people
        ]
        if truth.callback_of:
            assert truth.callback_of in after
            assert truth.callback_of not in returned
            returned.add(truth.callback_of)
        by_chance += bool(after) and not truth.callback_of
    assert len(returned) > 20
    assert by_chance < 0.03 * len(calls(name))


@pytest.mark.parametrize("name", PROFILES)
def test_legs_follow_each_other(name: str) -> None:
    for legs, _ in calls(name).values():
        assert legs[0].started_at == int(legs[0].call_id.split(".")[0])
        assert len({(leg.uid, leg.call_type, leg.from_number, leg.src_trunk, leg.did_number) for leg in legs}) == 1
        for leg in legs:
            assert leg.duration == leg.ring_duration + leg.talk_duration
        for leg, following in pairwise(legs):
            assert leg.disposition == "ANSWERED"
            if place(leg) in ("Queue", "RingGroup"):
                assert following.to_number in MEMBERS[leg.to_number]
                assert leg.started_at + leg.ring_duration == following.started_at + following.ring_duration
                assert (leg.talk_duration, leg.reason) == (following.talk_duration, following.reason)
            else:
                assert following.started_at == leg.started_at + leg.duration
    assert len({legs[0].uid for legs, _ in calls(name).values()}) == len(calls(name))


@pytest.mark.parametrize("name", PROFILES)
def test_few_have_two_calls_at_once(name: str) -> None:
    talks = defaultdict(list)
    for legs, _ in calls(name).values():
        for leg in legs:
            answered = leg.started_at + leg.ring_duration
            if leg.talk_duration and place(leg) in ("", "Conference"):
                for number in PEOPLE & {leg.from_number, leg.to_number}:
                    talks[number].append((answered, answered + leg.talk_duration))
    counted = Counter[bool]()
    for mine in talks.values():
        busy = 0
        for begin, end in sorted(mine):
            counted[begin < busy] += 1
            busy = max(busy, end)
    assert 100 * counted[True] / counted.total() < AT_ONCE[name]
