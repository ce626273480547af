"""What interfaces take: parameters of the query, which are texts, and fields of the body, which have JSON's types."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE

from ...faults.fields import FIELDS, INSTANTS
from ...pbx.call_schema import schema as call_schema
from ...pbx.import_formats import FORMATS
from ...pbx.profiles import PROFILES
from ...pbx.seed_schema import PBX_SETTINGS
from ...settings import SETTINGS
from ..fields import (
    CONTENT,
    DOCUMENT,
    DURATION,
    FLAG,
    INSTANT,
    OBJECT,
    PATH,
    SOURCE,
    TRUTH,
    Takes,
    Value,
    decimal,
    integer,
    number,
    one_of,
    others,
    text,
    whole,
)

_MOST_ROWS, _MOST_DAYS = 1_000_000, 3650
_MOST_ENTRIES, _MOST_SECONDS, _HIGHEST = 10_000, 60, 2**53

_JSON_TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}

_SOURCES = "demo, empty, the path of a seed document in the server's seed_folder, or a document"


class WithSecrets(Takes):
    secrets = Value(FLAG, "Whether secrets are shown.", default=False)


class _Settings(Takes):
    class Meta:
        unknown = INCLUDE  # the settings' own table has better words for a wrong name


SettingsIn: type[Takes] = _Settings.from_dict(
    {name: Value(others("a value", setting.reader.schema), setting.help) for name, setting in PBX_SETTINGS.items()},
    name="SettingsIn",
)  # type: ignore[assignment]


class WorldIn(Takes):
    name = Value(text(), "Its name: letters, digits, hyphens and underscores. Left out: a random one.")
    seed = Value(SOURCE, f"What fills it: {_SOURCES}.", default="empty")
    settings = Value(OBJECT, "Its settings, by name, over those of the seed.", default={})
    at = Value(INSTANT, "The time that its clock shows. Left out: the real time.")
    rate = Value(number(0, 1_000_000), "How many times as fast as the real one its clock runs; 0 stops it.", default=1)


class ClientIn(Takes):
    client_id = Value(text(), "Left out: a random one.")
    client_secret = Value(text(), "Left out: a random one.")


class SeedIn(Takes):
    seed = Value(SOURCE, f"What fills it: {_SOURCES}.", required=True)


class ImportIn(Takes):
    document = Value(others("an object", {"type": "object", "allOf": [DOCUMENT]}), "A seed document.")
    file = Value(PATH, "Or its path in the server's seed_folder.")


def _calls() -> dict[str, Any]:
    whole_schema = call_schema()
    calls: dict[str, Any] = _inlined(whole_schema["properties"]["calls"], whole_schema["$defs"])
    return calls


def _inlined(schema: Any, shapes: dict[str, Any]) -> Any:
    """The JSON Schema with what it refers to in the place of the reference."""
    if isinstance(schema, list):
        return [_inlined(item, shapes) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = shapes[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    return {key: _inlined(value, shapes) for key, value in schema.items()}


class CallsIn(Takes):
    calls = Value(others("an array of calls", _calls()), "Calls in simple words; all can be left out.", required=True)


class GenerateIn(Takes):
    rows = Value(whole(1, _MOST_ROWS), "CDR rows to make.", required=True)
    random_seed = Value(whole(0, _HIGHEST), "Same seed, same calls.", default=1)
    profile = Value(one_of(*PROFILES), "How telephones are used (docs/generator.md).", default="office")
    days = Value(whole(1, _MOST_DAYS), "They are spread over so many days, up to the PBX's present time.", default=60)


class ImportCallsIn(Takes):
    content = Value(CONTENT, "What a file with calls of a real PBX holds.")
    file = Value(PATH, "Or the path of such a file in the server's seed_folder.")
    format = Value(one_of(*FORMATS), "What it is. Left out: what is in it.")
    timezone = Value(SETTINGS["timezone"].reader, "IANA zone of the times in it. Left out: the PBX's.")
    date_format = Value(SETTINGS["date_format"].reader, "How dates are written in it. Left out: what fits.")
    time_format = Value(SETTINGS["time_format"].reader, "How times are written in it. Left out: what fits.")
    names = Value(OBJECT, "Columns that have other names in it, by ours.", default={})
    pseudonymise = Value(text(), "Give people other numbers and names: the same for the same key.")
    strict = Value(TRUTH, "Whether nothing is added where a line is wrong.", default=False)
    dry_run = Value(TRUTH, "Whether to say only what would be added.", default=False)


class ClockSetIn(Takes):
    at = Value(INSTANT, "The time that it shows from now on.", required=True)


class ClockFreezeIn(Takes):
    at = Value(INSTANT, "The time at which it stands still. Left out: the time that it shows.")


class ClockAdvanceIn(Takes):
    by = Value(DURATION, "Seconds, or 31m, 2h, 1d, 1w; below 0 it is set back.", required=True)


class ClockRunIn(Takes):
    rate = Value(number(0, 1_000_000), "So many times as fast as the real one; 0 stops it.", required=True)


def fault_schema(name: str, kind: type) -> dict[str, Any]:
    """The JSON Schema of a fault's field, as far as types go."""
    return {"type": ["string", "number"] if name in INSTANTS else _JSON_TYPES[kind]}


class _Fault(Takes):
    class Meta:
        unknown = INCLUDE  # the faults' own table has better words for a wrong name


FaultIn: type[Takes] = _Fault.from_dict(
    {
        name: Value(others(field.allowed, fault_schema(name, field.kind)), field.help, nullable=True)
        for name, field in FIELDS.items()
    },
    name="FaultIn",
)  # type: ignore[assignment]


class RequestFilter(Takes):
    """Which entries of the journal; every one given must hold."""

    world = Value(text(), "Of this world.")
    dialect = Value(one_of("yeastar", "kazoo"), "Of this API.")
    client = Value(text(), "Of this client: a client ID, or the id of a KAZOO account or user.")
    method = Value(text(), "With this HTTP method.")
    route = Value(text(), "To this interface: cdr/search, get_token, cdrs/interaction, ...")
    status = Value(integer(100, 599), "Answered with this HTTP status.")
    errcode = Value(integer(-(2**31), 2**31), "Answered with this errcode.")
    since = Value(INSTANT, "Not before this time of the PBX.")
    until = Value(INSTANT, "Not after this time of the PBX.")


class RequestList(RequestFilter):
    after = Value(integer(0, _HIGHEST), "Only entries with higher numbers, such as an earlier head.", default=0)
    limit = Value(integer(1, _MOST_ENTRIES), "At most so many.", default=100)
    order = Value(one_of("newest", "oldest"), "Which come first.", default="newest")


class RequestCount(RequestFilter):
    after = Value(integer(0, _HIGHEST), "Only entries with higher numbers, such as an earlier head.", default=0)


class RequestWait(RequestCount):
    count = Value(integer(1, 1_000_000), "Wait until there are so many.", default=1)
    timeout = Value(decimal(0, _MOST_SECONDS), "Wait at most so many seconds, of real time.", default=5)


class OneWorld(Takes):
    world = Value(text(), "The world that it is about.", default="default")


class OfWorld(Takes):
    world = Value(text(), "Only those of this world. Left out: all.")
