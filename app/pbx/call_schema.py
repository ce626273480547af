"""Calls in simple words: the tables of what can be said of one, and the JSON Schema made of them."""

from __future__ import annotations

from functools import cache

import jsonschema_rs

from .seed_schema import SHAPES, Json, array_of, object_of

# Key -> shape and remark.
_ANY_LEG = {
    "ring": ("seconds", "Seconds of ringing; of waiting in a queue."),
    "talk": ("seconds", "Seconds of talk; in a menu, of listening."),
    "status": ("disposition", "How it ended. Left out: ANSWERED, unless talk is 0."),
    "reason": ("text", "Why it ended, with the vendor's trailing spaces. Left out: what goes with status."),
    "record": ("record", "Whether it was recorded, or the recording's file name. Left out: false."),
    "note": ("remark", "Remark of the call note."),
    "codes": ("codes", "Disposition codes of the call note."),
}
CALL_FIELDS = {
    "call_from": ("text", "Number of the caller, or Name<number>. Left out: somebody outside, or who calls there."),
    "call_to": ("text", "Number of the callee, or Name<number>. Left out: the first extension, or what legs say."),
    "start": ("start", "Start of the call. Left out: such that it ends now."),
    **_ANY_LEG,
    "call_type": ("call_type", "Left out: told by who is inside: extensions, and numbers of up to 5 digits."),
    "trunk": ("text", "Trunk it came in or went out by. Left out: the PBX's first one."),
    "did": ("number", "Number an outside caller dialled."),
    "did_name": ("text", "Name of the DID."),
    "dod": ("number", "Number shown to an outside callee."),
    "pin": ("text", "PIN that was used."),
    "call_id": ("text", "Shared by the legs. Left out: <start>.<id of the first row>."),
    "legs": ("legs", "Where the call went, one after the other; then what legs say themselves is left out."),
}

# What a call does not say itself where its legs do.
OF_LEGS = ("call_to", "status", "ring", "talk", "reason", "record")

# How a leg says where it went; each has exactly one of them.
DESTINATIONS = {
    "extension": ("text", "An extension rings; behind a queue or ring group, that of the agent who answers."),
    "ivr": ("text", "A menu is heard."),
    "queue": ("text", "A queue; the next leg is the agent's, if any answers."),
    "ring_group": ("text", "A ring group; the next leg is that of whoever answers, if anybody does."),
    "conference": ("text", "A conference room."),
    "voicemail": ("text", "The voicemail of an extension."),
    "transfer": ("text", "Whoever talks with the caller passes the call on to this number."),
}

_MADE: dict[str, Json] = {
    "start": {
        "type": ["number", "string"],
        "maxLength": 64,
        "description": "a time in the PBX's display format, in ISO 8601, or in Unix seconds",
    },
    "record": SHAPES["text"] | {"type": ["boolean", "string"], "description": "true, false, or a file name"},
}
_LEG = object_of(
    "where a call went",
    DESTINATIONS | _ANY_LEG,
    oneOf=[{"required": [name]} for name in DESTINATIONS],
    description=f"an object with one of {', '.join(DESTINATIONS)}",
)
_MADE["legs"] = array_of("1 to 100 legs", _LEG) | {"minItems": 1, "maxItems": 100}


@cache
def schema() -> Json:
    """The JSON Schema (draft 2020-12) of ``{"calls": [call, ...]}``."""
    calls = array_of("1 to 100,000 calls", object_of("a call", CALL_FIELDS)) | {"minItems": 1, "maxItems": 100_000}
    properties = {"properties": {"calls": calls}, "required": ["calls"], "additionalProperties": False}
    return {"type": "object", "description": "an object with calls", "$defs": SHAPES | _MADE} | properties


@cache
def validator() -> jsonschema_rs.Draft202012Validator:
    """What checks calls against the schema."""
    return jsonschema_rs.Draft202012Validator(schema())
