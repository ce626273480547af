"""Holidays: movable ones fall on the days that calendars show."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.pbx.holidays import RULES, Holidays, country_of, holidays_in


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Shanghai", "CN"), ("PRC", "CN"), ("Asia/Calcutta", "IN"), ("US/Eastern", "US"), ("America/Denver", "US"),
        ("Europe/Oslo", "NO"), ("Europe/London", "GB"), ("America/Argentina/Salta", "AR"), ("UTC", ""),
        ("Etc/GMT+5", ""),
    ],
)  # fmt: skip
def test_the_country_of_a_zone(zone: str, country: str) -> None:
    assert country_of(zone) == country


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Asia/Shanghai", "2024-02-10 2025-01-29 2026-02-17 2026-04-05 2026-06-19 2026-09-25 2026-10-01 2033-01-31"),
        ("Asia/Hong_Kong", "2026-02-17 2026-04-03 2026-09-26"),
        ("Europe/Berlin", "2026-04-03 2026-04-06 2026-05-14 2026-05-25 2026-10-03"),
        ("Europe/London", "2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-26"),
        ("Europe/Athens", "2026-04-10 2026-04-13 2026-06-01"),
        ("America/New_York", "2026-01-19 2026-05-25 2026-07-04 2026-09-07 2026-11-26"),
        ("Asia/Tokyo", "2026-01-12 2026-07-20 2026-09-21"),
        ("Australia/Sydney", "2026-04-03 2026-04-25"),
        ("Africa/Cairo", "2026-01-01"),
        ("UTC", "1970-01-01 2099-01-01"),
    ],
)
def test_days_that_are_holidays(zone: str, days: str) -> None:
    assert [day for day in days.split() if date.fromisoformat(day) not in holidays_in(zone)] == []


def test_other_days_are_not() -> None:
    days = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    for country, zone in (("CN", "Asia/Shanghai"), ("US", "America/Chicago"), ("", "Africa/Cairo")):
        rules = len(RULES.get(country, "1/1").split())
        assert sum(day in holidays_in(zone) for day in days) == rules
    for zone in ("Asia/Shanghai", "Europe/Athens"):
        assert date(1969, 1, 1) not in holidays_in(zone)
        assert date(2100, 1, 1) not in holidays_in(zone)


@pytest.mark.parametrize("year", [1970, 2026, 2099])
def test_every_rule_makes_a_day(year: int) -> None:
    """Two may fall on the same one."""
    for country, rules in RULES.items():
        holidays = Holidays(rules)
        days = sum(date(year, 1, 1) + timedelta(day) in holidays for day in range(365))
        assert len(rules.split()) - 2 <= days <= len(rules.split()), country
    assert len(RULES) == 36  # docs/generator.md says so
