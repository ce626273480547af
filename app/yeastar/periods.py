"""Periods: a day, a month or a year, written in the order of the display format: 2024/03/04, 2024/03, 2024."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..pbx.display_format import Misread
from .errors import YeastarError
from .fields import JsonSchema, Text, VendorSchema
from .strict_times import go_date

if TYPE_CHECKING:
    from ..pbx.display_format import DisplayFormat


class Period(NamedTuple):
    """A day, a month or a year as ``time`` names it, in Unix seconds. Its parts are hours, days or months, which are
    numbered from ``first`` to ``last``; ``part`` is what SQLite's strftime calls them."""

    start: int
    end: int
    part: str
    first: int
    last: int


def read_period(text: str, display: DisplayFormat) -> Period:
    """The period that the text names in the order of the display format. Raises Misread."""
    for left_out in ((), ("DD",), ("DD", "MM")):
        order = [part for part in display.date_format.split("/") if part not in left_out]
        if re.fullmatch("/".join("[0-9]{4}" if part == "YYYY" else "[0-9]{2}" for part in order), text, re.ASCII):
            named = dict(zip(order, map(int, text.split("/")), strict=True))
            return _period(text, display, named)
    raise Misread(f"{text[:60]!r} is no day, month or year such as {display.date_format}")


def _period(text: str, display: DisplayFormat, named: Mapping[str, int]) -> Period:
    year, month, day = (named.get(part) for part in ("YYYY", "MM", "DD"))
    assert year is not None  # each order has it
    if not 1 <= year <= 9999 or (month is not None and not 1 <= month <= 12):
        raise Misread(f"{text!r} is a month or a year that does not exist")
    days = monthrange(year, month or 12)[1]
    plain = replace(display, date_format="YYYY/MM/DD", time_format="24")
    begin = f"{year:04}/{month or 1:02}/{day or 1:02} 00:00:00"
    end = f"{year:04}/{month or 12:02}/{days if day is None else day:02} 23:59:59"
    numbered = ("%m", 1, 12) if month is None else ("%d", 1, days) if day is None else ("%H", 0, 23)
    return Period(plain.read(begin, "start", False), plain.read(end, "end", False), *numbered)


class PeriodText(Text):
    """``time``: a Period, or the Misread that says what it should be."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return read_period(text, cast(VendorSchema, self.parent).display)
        except Misread as misread:
            return misread

    def as_schema(self) -> JsonSchema:
        date = cast(VendorSchema, self.parent).display.date_format
        return {"type": "string", "description": f"A day, {date}, or a month or a year in the same order."}


class StrictPeriod(PeriodText):
    """Raises YeastarError 40002 that names the valid format."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        period = super()._deserialize(value, attr, data, **kwargs)
        if isinstance(period, Misread):
            valid = go_date(cast(VendorSchema, self.parent).display)
            wrong = [{"field": attr, "valid_msg": f"{attr} format invalid, valid format: {valid}"}]
            raise YeastarError(40002, f"{attr}: {period}", invalid_param_list=wrong)
        return period
