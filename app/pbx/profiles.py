"""PROFILES: how telephones are used in places of different kinds: when, what for, and how it ends."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from .endings import ANSWERED, BUSY, FAILED, NO_ANSWER, VOICEMAIL, Ending

# Calls in each local hour, in thousandths of a weekday's; on Saturday and Sunday too.
WEEKDAY = (2, 1, 1, 1, 1, 2, 6, 20, 50, 115, 130, 120, 60, 70, 110, 120, 100, 58, 10, 8, 6, 4, 3, 2)
WEEKEND = (2, 1, 1, 1, 1, 1, 2, 4, 8, 12, 15, 14, 10, 10, 12, 11, 10, 8, 6, 5, 4, 3, 3, 2)
SHIFTS = (1, 1, 1, 1, 1, 1, 2, 9, 60, 96, 106, 100, 80, 74, 84, 90, 90, 78, 58, 42, 14, 6, 3, 2)
SHIFTS_WEEKEND = (1, 1, 1, 1, 1, 1, 1, 4, 30, 56, 62, 60, 50, 46, 50, 52, 50, 44, 34, 24, 9, 4, 2, 2)
HOUSE = (12, 8, 5, 4, 5, 14, 38, 70, 75, 62, 55, 48, 46, 44, 50, 60, 68, 70, 66, 60, 52, 44, 28, 16)
NIGHT = (120, 105, 90, 80, 70, 60, 40, 15, 5, 3, 3, 3, 3, 3, 3, 3, 4, 6, 12, 27, 55, 80, 105, 105)


@dataclass(frozen=True)
class Profile:
    """``weekday`` and ``weekend`` are as above; a holiday has ``holidays`` times a weekend day's calls, None: there
    are none. ``per_day`` is how many calls a weekday has where nobody says, ``scenes`` how many in a hundred are of
    each of scenes.SCENES.

    ``inbound``, ``outbound`` and ``internal`` say how many in a hundred attempts end in which way. The others are
    shares of one: callers who hang up in a menu, or while a group rings; missed callers who are called back; answered
    callers who are passed on. ``rows_per_call`` is measured over a year of two million rows, with the rows of calls
    back. ``at_once``: nobody minds who is talking already.
    """

    about: str
    per_day: float
    rows_per_call: float
    weekday: tuple[int, ...]
    weekend: tuple[int, ...]
    holidays: float | None
    scenes: Mapping[str, int]
    inbound: Mapping[Ending, int]
    outbound: Mapping[Ending, int]
    internal: Mapping[Ending, int]
    lost_in_menu: float
    lost_in_group: float
    called_back: float
    passed_on: float
    at_once: bool = False

    def share_of_weekday(self, local: datetime, holidays: Container[date]) -> float:
        """The part of a weekday's calls that the hour beginning then gets."""
        if self.holidays is not None and local.date() in holidays:
            return self.weekend[local.hour] * self.holidays / 1000
        return (self.weekday if local.weekday() < 5 else self.weekend)[local.hour] / 1000


PROFILES: dict[str, Profile] = {
    "office": Profile(
        about="an office: busy from nine to six, quiet at noon and at weekends",
        per_day=400,
        rows_per_call=1.546,
        weekday=WEEKDAY,
        weekend=WEEKEND,
        holidays=0.5,
        scenes={
            "menu": 26, "hotline": 9, "direct line": 12, "outside": 32, "fax in": 1, "fax out": 1, "to branch": 3,
            "from branch": 2, "inside": 12, "conference": 2,
        },
        inbound={ANSWERED: 62, NO_ANSWER: 13, VOICEMAIL: 18, BUSY: 7},
        outbound={ANSWERED: 72, NO_ANSWER: 16, BUSY: 8, FAILED: 4},
        internal={ANSWERED: 74, NO_ANSWER: 14, VOICEMAIL: 6, BUSY: 6},
        lost_in_menu=0.09,
        lost_in_group=0.12,
        called_back=0.35,
        passed_on=0.06,
    ),
    "callcentre": Profile(
        about="a call centre: shifts from eight to eight every day, most calls come through menus and queues",
        per_day=2500,
        rows_per_call=2.026,
        weekday=SHIFTS,
        weekend=SHIFTS_WEEKEND,
        holidays=0.7,
        scenes={
            "menu": 48, "hotline": 22, "direct line": 2, "outside": 18, "fax in": 1, "to branch": 1, "from branch": 1,
            "inside": 5, "conference": 2,
        },
        inbound={ANSWERED: 60, NO_ANSWER: 16, VOICEMAIL: 16, BUSY: 8},
        outbound={ANSWERED: 55, NO_ANSWER: 30, BUSY: 10, FAILED: 5},
        internal={ANSWERED: 80, NO_ANSWER: 10, VOICEMAIL: 2, BUSY: 8},
        lost_in_menu=0.12,
        lost_in_group=0.18,
        called_back=0.5,
        passed_on=0.12,
    ),
    "hotel": Profile(
        about="a hotel: every day alike, mornings and evenings busy, guests ring the front desk and each other",
        per_day=900,
        rows_per_call=1.461,
        weekday=HOUSE,
        weekend=HOUSE,
        holidays=1.2,
        scenes={
            "menu": 8, "hotline": 4, "direct line": 10, "outside": 18, "fax in": 1, "fax out": 1, "from branch": 2,
            "inside": 20, "desk": 34, "conference": 2,
        },
        inbound={ANSWERED: 68, NO_ANSWER: 24, VOICEMAIL: 2, BUSY: 6},
        outbound={ANSWERED: 68, NO_ANSWER: 20, BUSY: 6, FAILED: 6},
        internal={ANSWERED: 70, NO_ANSWER: 25, VOICEMAIL: 1, BUSY: 4},
        lost_in_menu=0.06,
        lost_in_group=0.08,
        called_back=0.1,
        passed_on=0.08,
    ),
    "night": Profile(
        about="a night service: most calls come from eight in the evening to six, and half of them reach nobody",
        per_day=250,
        rows_per_call=1.781,
        weekday=NIGHT,
        weekend=NIGHT,
        holidays=1.3,
        scenes={"menu": 40, "hotline": 25, "direct line": 10, "outside": 18, "from branch": 2, "inside": 5},
        inbound={ANSWERED: 40, NO_ANSWER: 22, VOICEMAIL: 34, BUSY: 4},
        outbound={ANSWERED: 60, NO_ANSWER: 30, BUSY: 4, FAILED: 6},
        internal={ANSWERED: 60, NO_ANSWER: 30, VOICEMAIL: 8, BUSY: 2},
        lost_in_menu=0.2,
        lost_in_group=0.35,
        called_back=0.4,
        passed_on=0.04,
    ),
}  # fmt: skip

# What comes of it in the demo office, measured over a million rows: percent of all calls. Tests hold each within a
# tenth of it, or 0.6.
PROPORTIONS: dict[str, dict[str, float]] = {
    "office": {
        "Inbound": 48.3, "Outbound": 38.1, "Internal": 13.6,
        "answered": 74.1, "voicemail": 3.7, "abandoned": 3.4, "menu": 2.3, "no_answer": 9.8, "busy": 4.9,
        "turned_away": 0.3, "failed": 1.5,
        "of several legs": 31.0, "passed on": 2.0, "calls back": 3.1, "withheld": 1.4, "abroad": 15.4, "recorded": 53.1,
    },
    "callcentre": {
        "Inbound": 69.4, "Outbound": 24.1, "Internal": 6.5,
        "answered": 69.7, "voicemail": 1.5, "abandoned": 9.8, "menu": 5.4, "no_answer": 8.9, "busy": 3.4,
        "turned_away": 0.1, "failed": 1.2,
        "of several legs": 56.7, "passed on": 5.8, "calls back": 6.3, "withheld": 2.0, "abroad": 17.2, "recorded": 51.1,
    },
    "hotel": {
        "Inbound": 24.9, "Outbound": 19.5, "Internal": 55.7,
        "answered": 78.8, "voicemail": 0.5, "abandoned": 3.2, "menu": 0.5, "no_answer": 13.0, "busy": 3.0,
        "turned_away": 0.0, "failed": 1.1,
        "of several legs": 38.7, "passed on": 1.4, "calls back": 0.4, "withheld": 0.7, "abroad": 8.0, "recorded": 56.5,
    },
    "night": {
        "Inbound": 69.3, "Outbound": 26.2, "Internal": 4.5,
        "answered": 55.0, "voicemail": 5.5, "abandoned": 16.5, "menu": 7.2, "no_answer": 12.4, "busy": 1.8,
        "turned_away": 0.0, "failed": 1.6,
        "of several legs": 43.6, "passed on": 1.4, "calls back": 9.6, "withheld": 2.0, "abroad": 17.5, "recorded": 41.5,
    },
}  # fmt: skip

# The demo office's calls: an office's as they were before there were holidays, calls back and calls passed on.
DEMO = replace(PROFILES["office"], rows_per_call=1.49, holidays=None, called_back=0.0, passed_on=0.0, at_once=True)
