"""What interfaces give. These schemas only describe: nothing is rendered by them, tests hold the answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, fields

from ...faults.fields import FIELDS
from ...pbx.seed_schema import PBX_SETTINGS
from .takes import fault_schema


def _about(help: str, always: bool, null: bool = False) -> dict[str, Any]:
    return {"required": always, "allow_none": null, "metadata": {"description": help}}


def _text(help: str, always: bool = True, null: bool = False) -> fields.String:
    return fields.String(**_about(help, always, null))


def _whole(help: str, always: bool = True, null: bool = False) -> fields.Integer:
    return fields.Integer(**_about(help, always, null))


def _number(help: str, always: bool = True) -> fields.Float:
    return fields.Float(**_about(help, always))


def _flag(help: str) -> fields.Boolean:
    return fields.Boolean(**_about(help, always=True))


def _any(help: str, always: bool = True, null: bool = False, **schema: Any) -> fields.Raw:
    return fields.Raw(required=always, allow_none=null, metadata={"description": help, **schema})


def _list(of: fields.Field[Any], help: str, always: bool = True) -> fields.List[Any]:
    return fields.List(of, **_about(help, always))


def _each(schema: type[Schema], help: str) -> fields.List[Any]:
    return _list(fields.Nested(schema), help)


def _one(schema: type[Schema]) -> fields.Nested:
    return fields.Nested(schema, required=True)


class InfoOut(Schema):
    name = _text("Always pbx-emulator.")
    version = _text("Of this program.")
    yeastar = _text("Path of Yeastar's API.")
    kazoo = _text("Path of KAZOO's.")
    worlds = _whole("How many there are, the default one included.")
    workers = _whole("Worker processes, as set.")
    journal = _flag("Whether requests are journaled.")
    docs = _text("Path of the page on this API.")
    openapi = _text("Path of its OpenAPI document.")


class OpenApiOut(Schema):
    class Meta:
        unknown = INCLUDE

    openapi = _text("Version of OpenAPI.")


def _type_alone(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A setting's JSON Schema without rules that a masked value breaks."""
    return {key: schema[key] for key in ("type", "enum", "items") if key in schema}


SettingsOut: type[Schema] = Schema.from_dict(
    {name: _any(setting.help, **_type_alone(setting.reader.schema)) for name, setting in PBX_SETTINGS.items()},
    name="SettingsOut",
)


class WorldListedOut(Schema):
    name = _text("Its name.")
    seed = _text("What it was last filled from.", null=True)
    made_at = _whole("When it was made, in Unix seconds of real time; null for the default one.", null=True)


class WorldsOut(Schema):
    worlds = _each(WorldListedOut, "The default one first.")


class ClockOut(Schema):
    now = _number("The PBX's time in Unix seconds.")
    iso = _text("The same in ISO 8601.")
    shown = _text("The same in the PBX's display format.")
    timezone = _text("The PBX's time zone.")
    rate = _number("How many times as fast as the real clock it runs.")
    frozen = _flag("Whether it stands still.")
    note = _text("What it means that the clock went backwards; only then.", always=False)


class KazooOut(Schema):
    account_id = _text("Id of the account.")
    account_name = _text("Its name.")
    realm = _text("Its SIP realm.")
    api_key = _text("Its API key.")


class WorldOut(WorldListedOut):
    client_id = _text("Client ID of its API client.")
    client_secret = _text("Client Secret of its API client.")
    kazoo = _one(KazooOut)
    clock = _one(ClockOut)


class ClientOut(Schema):
    client_id = _text("Client ID.")
    client_secret = _text("Client Secret, if asked for.", always=False)


class ClientsOut(Schema):
    clients = _each(ClientOut, "Those that may log in.")


class ContentsOut(Schema):
    extensions = _whole("Extensions.")
    extension_groups = _whole("Extension groups.")
    objects = _whole("Other objects.")
    cdr_rows = _whole("CDR rows.")


class SeedOut(Schema):
    contents = _one(ContentsOut)


class ImportOut(SeedOut):
    added = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Integer()), **_about("Ids by the document's keys.", always=True)
    )


class CallOut(Schema):
    call_id = _text("Shared by its rows.")
    ids = _list(fields.Integer(), "Of its rows, one a leg.")
    started_at = _whole("Unix seconds.")


class CallsOut(Schema):
    calls = _each(CallOut, "In the order given.")


class GenerateOut(Schema):
    rows = _whole("CDR rows added.")


class ImportCallsOut(SeedOut):
    format = _text("What was imported.")
    added = _whole("CDR rows added.")
    there = _whole("CDR rows that were there already.")
    rejected = _whole("Lines that are wrong, and were left out.")
    mistakes = _list(fields.String(), "What is wrong with the first of these.")
    notes = _list(fields.String(), "What else there is to know about it.")


class SnapshotsOut(Schema):
    snapshots = _list(fields.String(), "Their labels.")


FaultOut: type[Schema] = Schema.from_dict(
    {name: _any(field.help, null=True, **fault_schema(name, field.kind)) for name, field in FIELDS.items()}
    | {
        "id": _whole("Its number."),
        "seen": _whole("Requests that it counted."),
        "fired": _whole("How often it has gone off."),
        "spent": _flag("Whether it will not go off any more."),
    },
    name="FaultOut",
)


class FaultsOut(Schema):
    faults = _each(FaultOut, "In the order in which they were armed.")


class DisarmedOut(Schema):
    disarmed = _whole("How many there were.")


class ReadingOut(Schema):
    parameter = _text("Name.")
    given = _text("As sent; null where it was not.", null=True)
    value = _any("What it was read as.")
    why = _text("For what reason.")


class EntryOut(Schema):
    id = _whole("Number in the journal.")
    request_id = _text("Also the answer's X-PBX-Request-Id.")
    at = _number("The PBX's time in Unix seconds.")
    dialect = _text("yeastar or kazoo.")
    world = _text("Name of the world that was asked.")
    client = _text("Client ID or account; empty where nobody is known.")
    owner = _text("User in the account.")
    address = _text("Where it came from.")
    method = _text("HTTP method.")
    path = _text("Path.")
    route = _text("Interface; null where there is none.", null=True)
    query = _list(fields.List(fields.String()), "Parameters as received, in pairs.")
    body = _any("JSON of the body, without secrets.")
    cut = _flag("Whether some of it was too long to be kept.")
    settings = _any("Settings by which parameters were read.", type="object")
    understood = _each(ReadingOut, "Parameters as understood.")
    status = _whole("HTTP status.")
    errcode = _whole("Yeastar's errcode; null elsewhere.", null=True)
    errmsg = _text("What the error is called.")
    rows = _whole("Rows sent, where there is a list.", null=True)
    total = _whole("Out of so many.", null=True)
    size = _whole("Bytes of the answer's body.", null=True)
    duration = _whole("Microseconds, of real time.")
    notes = _list(fields.String(), "Hints.")


class EntriesOut(Schema):
    requests = _each(EntryOut, "In the order asked for.")
    head = _whole("Every entry up to now has at most this number: give it as after later.")


class CountOut(Schema):
    count = _whole("How many there are.")


class WaitOut(CountOut):
    reached = _flag("Whether there were as many as waited for.")


class StepOut(Schema):
    condition = _text("One condition.")
    left = _whole("Rows left by it and all before it.")


class SuggestionOut(Schema):
    change = _text("One sentence.")
    parameters = _any("The parameters after the change; null where it is none of these.")
    rows = _whole("What it finds; tried out.")


class ExplanationOut(Schema):
    request_id = _text("Of the request.")
    id = _whole("Number in the journal.")
    route = _text("Interface.", null=True)
    summary = _text("One sentence.")
    readings = _each(ReadingOut, "How parameters were read.")
    funnel = _each(StepOut, "Rows left after each condition.")
    suggestions = _each(SuggestionOut, "What would have found some.")
    notes = _list(fields.String(), "Hints, and what has changed since.")
    text = _text("All of it, for a person.")


class ProblemOut(Schema):
    """A problem document (RFC 9457)."""

    type = _text("Always about:blank.")
    title = _text("What the status means here.")
    status = _whole("HTTP status.")
    detail = _text("What to do, for a person.")
    mistakes = _list(fields.String(), "The parts of detail, where it has several.", always=False)
