"""What a seed document may hold: the tables of its fields, and the JSON Schema made of them.

The schema is published as docs/seed.schema.json.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema_rs

from ..settings import SETTINGS
from ..store.objects import DEVICES, KINDS, PRESENCES
from ..store.query import CALL_TYPES, DISPOSITIONS
from .fax import FAX_FIELDS

PBX_SETTINGS = {name: setting for name, setting in SETTINGS.items() if setting.scope == "pbx"}

Json = dict[str, Any]


def _integer(low: int, high: int, words: str = "a whole number") -> Json:
    return {
        "type": "integer",
        "minimum": low,
        "maximum": high,
        "description": f"{words} from {low} to {high}",
    }


def _text(longest: int, shortest: int = 0, words: str = "text of {} characters, none a control character") -> Json:
    size = f"{shortest} to {longest}" if shortest else f"at most {longest}"
    return {
        "type": "string",
        "minLength": shortest,
        "maxLength": longest,
        "not": {"type": "string", "pattern": r"[\x00-\x1F\x7F-\x9F]"},
        "description": words.format(size),
    }


def _words(*allowed: str) -> Json:
    return {"enum": list(allowed), "description": "one of " + ", ".join(allowed)}


# What values look like, by name. A description says what is allowed, also in the text of a mistake.
SHAPES: dict[str, Json] = {
    "id": _integer(1, 2**53 - 1),
    "parent": _integer(0, 2**53 - 1),
    "flag": _integer(0, 1),
    "boolean": {"type": "boolean", "description": "true or false"},
    "instant": _integer(0, 4_102_444_799, "Unix seconds, a whole number"),
    "seconds": _integer(0, 2**31 - 1, "seconds, a whole number"),
    "price": _integer(0, 2**31 - 1, "1/10000 dollars, a whole number"),
    "text": _text(512),
    "name": _text(512, 1),
    "number": _text(64),
    "remark": _text(512, words="null, or text of {} characters, none a control character")
    | {"type": ["string", "null"]},
    "detail": _text(
        512, words="true, false, a whole number from 0 on, or text of {} characters, none a control character"
    )
    | {"type": ["boolean", "integer", "string"], "minimum": 0, "maximum": 2**53 - 1},
    "disposition": _words(*DISPOSITIONS),
    "call_type": _words(*CALL_TYPES),
    "presence": _words(*PRESENCES),
    "devices": {
        "type": "array",
        "items": _words(*DEVICES),
        "description": f"an array of {', '.join(DEVICES)}",
    },
    "codes": {
        "type": ["array", "string"],
        "items": _integer(0, 999_999_999),
        "maxItems": 100,
        "maxLength": 1000,
        "pattern": "^([0-9]{1,9}(,[0-9]{1,9})*)?$",
        "not": {"type": "string", "pattern": "[^0-9,]"},
        "description": 'an array of at most 100 ids of disposition codes, or text such as "3,4"',
    },
    "extension": _text(64, 1, "text of {} digits, letters or * # + . _ -")
    | {"not": {"type": "string", "pattern": "[^0-9A-Za-z*#+._-]"}},
    "extensions": {
        "type": "array",
        "items": {"$ref": "#/$defs/extension"},
        "uniqueItems": True,
        "description": "an array of extension numbers, each of them once",
    },
}

# Key -> shape and remark. The keys of a call are the vendor's, in the vendor's order.
CDR_FIELDS = {
    "id": ("id", "Left out: the next one after the highest of the document."),
    "time": ("text", "Accepted and ignored: it follows from timestamp."),
    "call_from": ("text", "The caller as shown; Name<number> or a number gives what call_from_* leave out."),
    "call_to": ("text", "The callee as shown; Name<number> or a number gives what call_to_* leave out."),
    "timestamp": ("instant", "Start of the call."),
    "uid": ("text", "Left out: the local start as YYYYMMDDHHmmss and five hexadecimal digits."),
    "src_addr": ("text", "Address of the caller's device."),
    "src_trunk": ("text", "Trunk the call came in by."),
    "dst_trunk": ("text", "Trunk the call went out by."),
    "duration": ("seconds", "From start to end."),
    "ring_duration": ("seconds", "From start to answer."),
    "talk_duration": ("seconds", "From answer to end."),
    "disposition": ("disposition", "Left out: ANSWERED when talk_duration is above 0, else NO ANSWER."),
    "call_type": (
        "call_type",
        "Left out: Inbound by src_trunk or DID, Outbound by dst_trunk or DOD, else Internal.",
    ),
    "did_number": ("number", "Number an outside caller dialled."),
    "dod_number": ("number", "Number shown to an outside callee."),
    "record_file": ("text", "File name of the recording."),
    "reason": ("text", "Why the call ended, with the vendor's trailing spaces."),
    "call_from_number": ("number", "Empty when withheld."),
    "call_from_name": ("text", "Blank when unknown."),
    "call_to_number": ("number", "Empty when withheld."),
    "call_to_name": ("text", "Blank when unknown."),
    "call_id": ("text", "Shared by the legs of a call. Left out: <timestamp>.<id>."),
    "call_note": ("remark", "Stands in for call_note_remark."),
    "call_note_id": ("text", "Accepted and ignored."),
    "enb_call_note": ("flag", "Accepted and ignored."),
    "call_note_remark": ("text", "Remark of the call note."),
    "disposition_code_list": ("codes", "Disposition codes of the call note."),
    "did": ("number", "Stands in for did_number."),
    "did_name": ("text", "Name of the DID."),
    "pin_code": ("text", "PIN that was used."),
    "new_id": ("text", "Identifier of the row on newer firmware."),
    "fax": ("fax", "What is told of a fax. Left out: the call is none."),
}
FREE_ID = ("id", "Left out: the lowest that is free.")
EXTENSION_FIELDS = {
    "id": FREE_ID,
    "number": ("extension", "Number that is dialled."),
    "caller_id_name": ("text", "Name that is shown. Left out: first_name and last_name."),
    "name": ("text", "Stands in for caller_id_name."),
    "first_name": ("text", "First name."),
    "last_name": ("text", "Last name."),
    "email_addr": ("text", "E-mail address."),
    "mobile_number": ("number", "Mobile number."),
    "presence_status": ("presence", "Left out: available."),
    "online": ("devices", "What is online. Left out: nothing."),
    "ip": ("text", "Address of the telephone that is online, as ip:port."),
}
GROUP_FIELDS = {"id": FREE_ID, "name": ("name", "Name."), "members": ("extensions", "The members' numbers.")}
OBJECT_FIELDS = {"id": FREE_ID, "name": ("name", "Name."), "number": ("extension", "Number that is dialled.")}

# What KAZOO's interfaces tell of a trunk, which is a resource to them; it may have anything else besides.
TRUNK_FIELDS = {
    "address": ("text", "The far end, as ip:port."),
    "on_net": ("boolean", "Whether it leads to another account of the same operator. Left out: false."),
    "global_resource": ("boolean", "Whether it is the operator's, for all accounts. Left out: false."),
    "rating": ("rating", "What calls over it cost."),
}
RATING_FIELDS = {
    "account_billing": ("text", "per_minute, flat_rate, flat_rate_burst, limits_disabled, or any other text."),
    "reseller_billing": ("text", "The same for the reseller."),
    "rate": ("price", "Price of a minute."),
    "base_cost": ("price", "Price of the start of a call."),
    "surcharge": ("price", "Added to each call."),
    "rate_name": ("text", "Name of the rate."),
    "rate_description": ("text", "Description of the rate."),
    "rate_minimum": ("seconds", "The least that is billed."),
    "rate_increment": ("seconds", "Steps in which is billed."),
    "rate_nocharge_time": ("seconds", "Calls up to this long cost nothing."),
}

# Kind of object -> what its objects may have besides, of a shape of its own.
OWN_FIELDS = {"trunk": TRUNK_FIELDS, "pause_reason": {"code": ("number", "Feature code, such as *01.")}}

# Key of the document -> keys whose values may stand once in it.
ONCE = {"extensions": ("id", "number"), "extension_groups": ("id", "name"), "cdrs": ("id",)}
ONCE |= {kind.document_key: kind.once for kind in KINDS.values()}


def properties_of(fields: dict[str, tuple[str, str]]) -> Json:
    return {key: {"$ref": f"#/$defs/{shape}", "description": remark} for key, (shape, remark) in fields.items()}


def object_of(what: str, fields: dict[str, tuple[str, str]], *required: str, **more: Any) -> Json:
    rest = {"properties": properties_of(fields), "required": list(required), "additionalProperties": False}
    return {"type": "object", "description": f"an object that describes {what}"} | rest | more


_DETAILS = {field: ("detail", remark) for field, remark in FAX_FIELDS.items()}
SHAPES["fax"] = object_of(
    "a fax", _DETAILS, minProperties=1, description=f"an object with at least one of {', '.join(FAX_FIELDS)}"
)
SHAPES["rating"] = object_of("what calls cost", RATING_FIELDS)


def array_of(what: str, items: Json) -> Json:
    return {"type": "array", "items": items, "description": f"an array of {what}"}


def _settings_schema() -> Json:
    properties = {}
    for name, setting in PBX_SETTINGS.items():
        default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        properties[name] = {**setting.reader.schema, "default": default, "description": setting.help}
    words = "an object with the PBX's settings by name"
    return {"type": "object", "properties": properties, "additionalProperties": False, "description": words}


def _objects_schema() -> Json:
    """The arrays of objects. An object has a name and whatever the vendor's has, or it is only the name."""
    arrays = {}
    for kind in KINDS.values():
        own = {kind.extensions: ("extensions", "Extension numbers.")} if kind.extensions else {}
        own |= OWN_FIELDS.get(kind.kind, {})
        own |= {kind.parent: ("parent", "Id of the one it belongs to; 0 for none.")} if kind.parent else {}
        items = {"$ref": "#/$defs/any_object"} | ({"properties": properties_of(own)} if own else {})
        arrays[kind.document_key] = array_of(kind.document_key.replace("_", " "), items)
    return arrays


def schema() -> Json:
    """The JSON Schema (draft 2020-12) of seed documents, as data of the caller's own."""
    parties = [(party, f"{party}_number") for party in ("call_from", "call_to")]
    needs = [{"anyOf": [{"required": [key]} for key in keys], "description": " or ".join(keys)} for keys in parties]
    words = "an object with a name, or just the name: " + SHAPES["name"]["description"]
    named = {"type": ["object", "string"], "properties": properties_of(OBJECT_FIELDS), "required": ["name"]}
    arrays = {
        "extensions": array_of("extensions", object_of("an extension", EXTENSION_FIELDS, "number")),
        "extension_groups": array_of("extension groups", object_of("a group", GROUP_FIELDS, "name", "members")),
        **_objects_schema(),
        "cdrs": array_of("calls", object_of("a leg of a call", CDR_FIELDS, "timestamp", allOf=needs)),
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Seed document of pbx-emulator",
        "type": "object",
        "description": "an object: what a PBX holds",
        "properties": {"$schema": {"type": "string", "description": "text; ignored"}}
        | {"settings": _settings_schema()}
        | arrays,
        "additionalProperties": False,
        "$defs": SHAPES | {"any_object": SHAPES["name"] | named | {"description": words}},
    }
    return deepcopy(document)  # the tables stay their own


@cache
def cached_schema() -> Json:
    """``schema()``, for reading only."""
    return schema()


@cache
def validator() -> jsonschema_rs.Draft202012Validator:
    """What checks a document against the schema."""
    return jsonschema_rs.Draft202012Validator(cached_schema())
