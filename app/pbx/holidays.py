"""Public holidays by time zone: those of the whole country that the zone lies in, by rules that hold for any year.

A stream of calls has to be the same for ever, so they are rules, kept as they are today in years past and to come, and
no dates that governments name from year to year: no days off in lieu, and none by a moon that is watched.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, partial

# Month/day; or a feast and how many days later; or the n-th of a weekday in a month, -1 the last. Countries by their
# ISO codes. Source: the library holidays 0.109, nationwide (of the United Kingdom England, where its zone lies),
# without what cannot be said in these words; compared with it day by day for 2026 to 2040. It is not used itself: its
# dates change with its versions, and it holds python-dateutil below 3.
RULES = {
    "AR": "1/1 easter-48 easter-47 3/24 4/2 easter-3 easter-2 5/1 5/25 6/17 6/20 7/9 8/17 10/12 11/20 12/8 12/25",
    "AT": "1/1 1/6 easter+1 5/1 easter+39 easter+50 easter+60 8/15 10/26 11/1 12/8 12/25 12/26",
    "AU": "1/1 1/26 easter-2 easter+1 4/25 12/25 12/26",
    "BE": "1/1 easter easter+1 5/1 easter+39 easter+49 easter+50 7/21 8/15 11/1 11/11 12/25",
    "BR": "1/1 easter-2 4/21 5/1 9/7 10/12 11/2 11/15 11/20 12/25",
    "CA": "1/1 easter-2 7/1 mon1/9 12/25",
    "CH": "1/1 easter+39 8/1 12/25",
    "CN": "1/1 spring-1 spring spring+1 spring+2 qingming 5/1 5/2 dragonboat midautumn 10/1 10/2 10/3",
    "CZ": "1/1 easter-2 easter+1 5/1 5/8 7/5 7/6 9/28 10/28 11/17 12/24 12/25 12/26",
    "DE": "1/1 easter-2 easter+1 5/1 easter+39 easter+50 10/3 12/25 12/26",
    "DK": "1/1 easter-3 easter-2 easter easter+1 easter+39 easter+49 easter+50 12/25 12/26",
    "ES": "1/1 1/6 easter-2 5/1 8/15 10/12 11/1 12/6 12/8 12/25",
    "FI": "1/1 1/6 easter-2 easter easter+1 5/1 easter+39 easter+49 12/6 12/24 12/25 12/26",
    "FR": "1/1 easter+1 5/1 5/8 easter+39 easter+50 7/14 8/15 11/1 11/11 12/25",
    "GB": "1/1 easter-2 easter+1 mon1/5 mon-1/5 mon-1/8 12/25 12/26",
    "GR": "1/1 1/6 pascha-48 3/25 pascha-2 pascha+1 5/1 pascha+50 8/15 10/28 12/25 12/26",
    "HK": "1/1 spring spring+1 spring+2 qingming easter-2 easter-1 easter+1 5/1 dragonboat 7/1 midautumn+1 10/1 12/25"
    " 12/26",
    "IE": "1/1 mon1/2 3/17 easter+1 mon1/5 mon1/6 mon1/8 mon-1/10 12/25 12/26",
    "IN": "1/26 easter-2 8/15 10/2 12/25",
    "IT": "1/1 1/6 easter easter+1 4/25 5/1 6/2 8/15 10/4 11/1 12/8 12/25 12/26",
    "JP": "1/1 mon2/1 2/11 2/23 4/29 5/3 5/4 5/5 mon3/7 8/11 mon3/9 mon2/10 11/3 11/23",
    "KR": "1/1 spring-1 spring spring+1 3/1 5/1 5/5 6/6 7/17 8/15 midautumn-1 midautumn midautumn+1 10/3 10/9 12/25",
    "MX": "1/1 mon1/2 mon3/3 5/1 9/16 mon3/11 12/25",
    "NL": "1/1 easter easter+1 4/27 easter+39 easter+49 easter+50 12/25 12/26",
    "NO": "1/1 easter-3 easter-2 easter easter+1 5/1 5/17 easter+39 easter+49 easter+50 12/25 12/26",
    "NZ": "1/1 1/2 2/6 easter-2 easter+1 4/25 mon1/6 mon4/10 12/25 12/26",
    "PL": "1/1 1/6 easter easter+1 5/1 5/3 easter+49 easter+60 8/15 11/1 11/11 12/24 12/25 12/26",
    "PT": "1/1 easter-2 easter 4/25 5/1 easter+60 6/10 8/15 10/5 11/1 12/1 12/8 12/25",
    "RU": "1/1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 2/23 3/8 5/1 5/9 6/12 11/4",
    "SE": "1/1 1/6 easter-2 easter easter+1 5/1 easter+39 easter+49 6/6 12/25 12/26",
    "SG": "1/1 spring spring+1 easter-2 5/1 8/9 12/25",
    "TR": "1/1 4/23 5/1 5/19 7/15 8/30 10/29",
    "TW": "1/1 spring-2 spring-1 spring spring+1 spring+2 2/28 4/4 qingming 5/1 dragonboat midautumn 9/28 10/10 10/25"
    " 12/25",
    "US": "1/1 mon3/1 mon3/2 mon-1/5 6/19 7/4 mon1/9 mon2/10 11/11 thu4/11 12/25",
    "VN": "1/1 spring-1 spring spring+1 spring+2 spring+3 4/30 5/1 9/2 11/24",
    "ZA": "1/1 3/21 easter-2 easter+1 4/27 5/1 6/16 8/9 9/24 12/16 12/25 12/26",
}
OTHERS = "1/1"

_RULE = re.compile(
    r"(?P<weekday>[a-z]{3})(?P<nth>-?[1-5])/(?P<weekday_month>[0-9]+)"
    r"|(?P<month>[0-9]+)/(?P<day>[0-9]+)|(?P<feast>[a-z]+)(?P<later>[+-][0-9]+)?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Feasts of the Chinese calendar, by the same library's tables: how many days after the date they are in each year from
# 1970 to 2099, a letter a year (0 to 9, then a for 10, and so on).
_MOONS = {
    "spring": (
        (1, 20),
        "h7qe3mbti8rg5odvk9sh7qf3lbui8rg4nc2k9ti6pe3lbuj8rg5nc2l9sh6oe3mbuj8qf4nc2lash6pd3mcuj8qf4nd1k9sg6pe3"
        "mbui7qg4nd2k9sh6pe4lati7qg5nc1",
    ),
    "dragonboat": (
        (5, 25),
        "e3lbuk8rg5ncvlash6oe3mbuj8qf5ocvlash6pe3mcti8qf5odvk9sg6pf3mbui7qg5od2k9sh6pe4latj7qg5ncvk9sh7pe3mat"
        "j8qg5ncukash7pd2lbtj8rf4ncukat",
    ),
    "midautumn": (
        (9, 5),
        "ash6pf3mcui7qg5odwk9sh6pf4mbuj7qg6ndvk9sh7pe3matj8qg5ocvkash7qe3mbtj8rf5ncukath6pe2lbuj8rg4ncvkasi6o"
        "e3lbuj7qf5ncvl9sh6od3mbuj8pf4o",
    ),
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2099

# From these years on the Qingming feast is on the 4th of April, not on the 5th: years that four divides, and leaves 1,
# 2, 3 of. By the same library.
_QINGMING = (1976, 2009, 2042, 2075)


def _of_moon(name: str, year: int) -> date:
    """A feast of the Chinese calendar."""
    (month, day), later = _MOONS[name]
    return date(year, month, day) + timedelta(int(later[year - _FIRST_YEAR], 36))


def _qingming(year: int) -> date:
    return date(year, 4, 4 if year >= _QINGMING[year % 4] else 5)


def _pascha(year: int) -> date:
    from dateutil.easter import EASTER_ORTHODOX, easter

    return easter(year, EASTER_ORTHODOX)


def _easter(year: int) -> date:
    from dateutil.easter import easter

    return easter(year)


_FEASTS: dict[str, Callable[[int], date]] = {
    "easter": _easter,
    "pascha": _pascha,
    "qingming": _qingming,
    **{name: partial(_of_moon, name) for name in _MOONS},
}


class Holidays:
    """Days that are holidays by these rules, in years from 1970 to 2099; in others there are none."""

    def __init__(self, rules: str) -> None:
        self._rules = [found for rule in rules.split() if (found := _RULE.fullmatch(rule))]
        self._years: dict[int, frozenset[date]] = {}

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        if day.year not in self._years:
            known = _FIRST_YEAR <= day.year <= _LAST_YEAR
            self._years[day.year] = frozenset(_day(rule, day.year) for rule in self._rules) if known else frozenset()
        return day in self._years[day.year]


def _day(rule: re.Match[str], year: int) -> date:
    if rule["month"]:
        return date(year, int(rule["month"]), int(rule["day"]))
    if rule["feast"]:
        return _FEASTS[rule["feast"]](year) + timedelta(int(rule["later"] or 0))
    month, nth = int(rule["weekday_month"]), int(rule["nth"])
    first = date(year, month, 1) if nth > 0 else date(year, month, monthrange(year, month)[1] - 6)
    return first + timedelta((_WEEKDAYS.index(rule["weekday"]) - first.weekday()) % 7 + 7 * max(nth - 1, 0))


@cache
def holidays_in(timezone: str) -> Holidays:
    """Those of the country that the zone, an IANA name, is of."""
    return Holidays(RULES.get(country_of(timezone), OTHERS))


def country_of(timezone: str) -> str:
    """The ISO code of the country, "" where the zone is no country's."""
    from importlib.resources import files

    zones = files("tzdata") / "zoneinfo"
    for line in (zones / "zone.tab").read_text().splitlines():
        if not line.startswith("#") and line.split("\t")[2] == timezone:
            return line[:2]
    for line in (zones / "tzdata.zi").read_text().splitlines():
        if line.startswith("L ") and line.split(" ")[2] == timezone:
            return country_of(line.split(" ")[1])
    return ""
