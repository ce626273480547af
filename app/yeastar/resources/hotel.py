"""Wake-up calls, which the manual calls alarms (pages Add an Alarm, Edit an Alarm, Query Alarm List).

One is kept with the number of its extension, in a list as those of other things are.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from ...store.shelves import Holdings, Item, listed_in
from ..attributes import HIDDEN, ID, Attribute, Change, detail, found, need
from ..bodies import Line, Pattern, Whole, Word
from ..errors import YeastarError
from ..fields import JsonSchema
from ..resource import Resource

MOST_ALARMS = 23

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REPEATS = frozenset(f"every_{day}" for day in _DAYS)


class Repeats(Line):
    """``never``, or days with commas between, none of them twice."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        days = text.split(",")
        if text != "never" and not (set(days) <= _REPEATS and len(set(days)) == len(days)):
            raise ValidationError("oneof")
        return text

    words = "never, or days from every_monday to every_sunday, each once"

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"description": "never, or every_monday to every_sunday with commas between."}


class _Sleeper(Attribute):
    """The id of the extension that is woken; it stays with whom it was made for."""

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        if "extensions" not in item:
            item["extensions"] = [found("extension", value, holdings, named=True)["number"]]


def alarms_of(extension: Item, holdings: Holdings) -> list[Item]:
    by_number: dict[str, list[Item]] = holdings.made("alarms by number", _by_number)
    return by_number.get(extension["number"], [])


def _by_number(holdings: Holdings) -> dict[str, list[Item]]:
    alarms: dict[str, list[Item]] = {}
    for item in holdings.items("wakeup_call"):
        for number in listed_in(item, "extensions")[:1]:
            alarms.setdefault(number, []).append(item)
    return alarms


_REPEAT = ("extensions", "alarm_time", "repeat_type", "alarm_day")
_FAILOVERS = {"ext": "extension", "ringgroup": "ring_group"}


def _settle(change: Change) -> None:
    item, holdings = change.item, change.holdings
    item.setdefault("name", "")
    item.setdefault("repeat_type", "never")
    extension = holdings.extension((*listed_in(item, "extensions"), "")[0])
    others = [other for other in alarms_of(extension, holdings) if other["id"] != item.get("id")] if extension else []
    if any(all(other.get(key) == item.get(key) for key in _REPEAT) for other in others):
        raise YeastarError(70516, "the extension has an alarm at that time already")
    if not change.before and len(others) >= MOST_ALARMS:
        raise YeastarError(60002, f"an extension has at most {MOST_ALARMS} alarms")
    kind = _FAILOVERS.get(str(item.get("fail_dest_type")))
    need(change, fail_dest_data=kind is not None)
    if kind and "fail_dest_data" in change.given:
        found(kind, item["fail_dest_data"], holdings, named=True)
    _note_prompt(change)


def _note_prompt(change: Change) -> None:
    prompt = change.given.get("alarm_prompt")
    names = {str(item["name"]) for item in change.holdings.items("custom_prompt")}
    if prompt and prompt not in names | {name.rpartition(".")[0] for name in names}:
        change.notes.append(f"there is no custom prompt {prompt[:60]!r}; a PBX may refuse it")


def _newer(name: str, takes: fields.Field[Any], key: str = "") -> Attribute:
    """One of newer firmware, told where it was given."""
    kind = fields.Integer if isinstance(takes, Whole) else fields.String
    shown = kind(metadata={"optional": True, "description": "Where it was given."})
    return detail(name, takes, value=lambda item, holdings: item.get(key or name) or None, key=key, gives=shown)


WAKEUP_CALL = Resource(
    "wakeupcall",
    kind="wakeup_call",
    label="Alarm",
    attributes=(
        ID,
        _Sleeper("ext_id", Whole(required=True), HIDDEN),
        detail("alarm_time", Pattern("([01][0-9]|2[0-3]):[0-5][0-9]", "07:30", required=True), "00:00"),
        detail("repeat_type", Repeats(), "never"),
        detail("number_of_snoozes", Whole(least=0, most=3), 0),
        detail("snooze_duration", Whole(least=1), 10),
        detail("alarm_prompt", Line(255)),
        _newer("alarm_day", Pattern("[0-9]{4}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])", "2025/01/05")),
        _newer("repeat_option", Word("never", "every_day", "every_week", "every_month")),
        _newer("ring_timeout", Whole(least=1)),
        _newer("fail_dest_type", Word("hangup", "ext", "ringgroup")),
        _newer("fail_dest_data", Whole()),
        _newer("remark", Line(lines=True), key="name"),
    ),
    settle=_settle,
)
