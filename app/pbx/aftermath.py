"""What becomes of calls once they are played: callers are passed on or called back; and the truth about each call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..store.loading import CdrRow
from ..store.truths import CallTruth
from .endings import ANSWERED, DST_BUSY
from .parties import Party
from .scenes import WITHHELD_NUMBER
from .switchboard import HOUR, Switchboard

Told = tuple[CdrRow, CallTruth]

# Missed callers are called back so many seconds later, at least and at most. Less than an HOUR: see generator.py.
_SOONEST, _LATEST = 60, 3000

_OUTCOMES = {"ANSWERED": "answered", "VOICEMAIL": "voicemail", "BUSY": "busy", "FAILED": "failed"}


class Aftermath:
    """What becomes of the calls of a stream."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        office = board.office
        self._others_trunks = {"", *(branch.trunk for branch in office.branches)}
        self._answering: dict[str, tuple[Party, ...]] = {party.number: (party,) for party in office.extensions}
        groups = (*office.groups, *(group for _, group in office.hotlines))
        self._answering |= {group.party.number: group.members for group in groups}

    def told(self, played: Iterable[list[CdrRow]]) -> Iterator[Told]:
        """The legs of the calls, each with the truth about its call; a call back comes right after what it returns."""
        board = self._board
        passed_on, called_back = board.profile.passed_on, board.profile.called_back
        for legs in played:
            truth = self._truth(legs)
            if truth.answered_by:
                if passed_on and board.random() < passed_on:
                    truth = self._pass_on(legs, truth)
            elif called_back and truth.missed_by and board.random() < called_back:
                yield from self._called_back(legs, truth)
            for leg in legs:
                yield leg, truth

    def _truth(self, legs: list[CdrRow], callback_of: str = "") -> CallTruth:
        """The last leg tells how the call ended."""
        last = legs[-1]
        caller, whom, outcome = last.from_number, last.to_number, _outcome(last)
        if caller == WITHHELD_NUMBER:
            caller = self._board.outsider().number
        answered, missed = ("", "") if outcome == "menu" else (whom, "") if outcome == "answered" else ("", whom)
        return CallTruth(last.call_id, caller, outcome, answered, "", missed, callback_of)

    def _pass_on(self, legs: list[CdrRow], truth: CallTruth) -> CallTruth:
        """Somebody inside who talks with a caller from outside passes him on to a colleague."""
        board, last = self._board, legs[-1]
        at, to = last.started_at + last.duration, board.free(board.office.extensions, last.started_at + last.duration)
        inside = last.call_type == "Inbound" and not last.fax and to.number not in (last.to_number, last.from_number)
        if not inside or at >= legs[0].started_at + HOUR:
            return truth
        call = last._replace(record_file="", call_note_remark="", disposition_codes="")
        legs.append(board.reach(call, at, to, ANSWERED))
        return truth._replace(transferred_to=to.number)

    def _called_back(self, legs: list[CdrRow], missed: CallTruth) -> Iterator[Told]:
        """Who missed somebody from outside, or one of the group that did, rings the number that was shown."""
        board, last = self._board, legs[-1]
        at = last.started_at + last.duration + _SOONEST + board.below(_LATEST - _SOONEST)
        if last.src_trunk in self._others_trunks or not board.office.ways_out or at >= legs[0].started_at + HOUR:
            return
        if last.from_number == WITHHELD_NUMBER:
            return
        caller = board.free(self._answering[last.to_number], at)
        call = board.call(at, caller, "Outbound", went=board.way_out(caller))
        leg = board.reach(call, at, Party(last.from_number, last.from_name), board.pick(board.outbound))
        yield leg, self._truth([leg], missed.call_id)


def _outcome(last: CdrRow) -> str:
    """One of truths.OUTCOMES."""
    if last.disposition == "NO ANSWER":
        return "turned_away" if last.reason == DST_BUSY else "abandoned" if last.to_text else "no_answer"
    if last.to_text and last.to_text.startswith("IVR "):
        return "menu"
    return _OUTCOMES[last.disposition]
