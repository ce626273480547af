"""What this dialect is, as a part of an OpenAPI document: made from the tables of interfaces, fields, columns, errors.

``examples.json`` has a request and its answer for each interface, recorded from a running PBX (tests/recorded.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .accept import CSV_TYPES, JSON_TYPES
from .endpoints import ENDPOINTS, Endpoint
from .errors import ERRORS
from .listing import LARGEST_CHUNK, PAGE_SIZE
from .profiles import PROFILES, Profile
from .schemas.auth import API_AUTH, AUTH_DATA, USER_AUTH
from .schemas.cdr import CHANNEL_VARIABLES, FIELDS, Field, columns

if TYPE_CHECKING:
    from apispec import APISpec

    from ..settings import Settings

Json = dict[str, Any]

SECURITY: Mapping[str, Json] = {
    "auth_token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "token_in_query": {"type": "apiKey", "in": "query", "name": "auth_token"},
}

DESCRIPTION = (
    "KAZOO's Crossbar is below /v2/. Times are Gregorian seconds, which are Unix seconds + 62167219200. Lists also "
    "take filters: filter_FIELD, filter_not_FIELD, has_key, key_missing, has_value, value_missing. "
    "jsonp=NAME wraps an answer in the call of a function, as application/javascript."
)

_TAG = "kazoo"

# Statuses that have nothing to do with what an interface is asked: another method, /v1/, a fault of ours.
_ELSEWHERE = (405, 410, 500)

_STRING, _INTEGER = {"type": "string"}, {"type": "integer"}


def _parameter(schema: Json, description: str, **more: Any) -> Json:
    return {"schema": schema, "description": description, **more}


_FLAG = {"type": "boolean"}
_FORM = {
    "accept": _parameter({"type": "string"}, "csv, or a type, that counts for more than the header Accept."),
    "file_name": _parameter(_STRING, "Of a CSV file."),
}
_RANGE = {
    "created_from": _parameter(_INTEGER, "First Gregorian second; left out: as wide a range as is allowed."),
    "created_to": _parameter(_INTEGER, "Last Gregorian second; left out: now."),
}
_LIST = {
    **_RANGE,
    "page_size": _parameter({"type": "integer", "minimum": 1}, f"Rows of a page; left out: {PAGE_SIZE}."),
    "paginate": _parameter(_FLAG, "false: all rows at once."),
    "start_key": _parameter(_STRING, "Where the page begins: next_start_key of the one before."),
    "end_key": _parameter(_STRING, "Where the list ends."),
    "ascending": _parameter(_FLAG, "The oldest first."),
    "chunk_size": _parameter({"type": "integer", "minimum": 1, "maximum": LARGEST_CHUNK}, "Rows sent at a time."),
    "is_chunked": _parameter(_FLAG, "false: not streamed."),
}
_BOTH_ORDERS = {"descending": _parameter(_FLAG, "The newest first; it counts more than ascending.")}
_OFFSET = {"utc_offset": _parameter({"type": "number"}, "Seconds by which the column datetime is shifted.")}
_RICH = {
    "fields": _parameter(_STRING, "JSON list of paths into document and row, which are shown alone."),
    "bookmark": _parameter(_STRING, "Another name of start_key."),
}
_DOCUMENTS = {"full_docs": _parameter(_FLAG, "Documents instead of rows.")}

_PLACES = {
    "account_id": "The account.",
    "user_id": "A user of the account.",
    "parent": "What else an account has, such as devices; none of it has CDRs.",
    "parent_id": "Which one.",
    "auth_token": "The token itself, also sent as such.",
    "interaction_id": "The interaction, or the document of one of its legs.",
    "cdr_id": "The document: YYYYMM- and the id of the call.",
}


def parameters_of(row: Endpoint, settings: Settings) -> Mapping[str, Json]:
    """The parameters of the query that make a difference."""
    profile = PROFILES[settings.kazoo_version]
    rich = (_RICH | (_DOCUMENTS if settings.kazoo_full_docs else {})) if profile.rich_queries else {}
    paged = _LIST | (_BOTH_ORDERS if profile.both_orders else {})
    return {
        "list_legs": paged | _OFFSET | rich | _FORM,
        "list_interactions": paged | _OFFSET | rich | _FORM,
        "list_call": paged | _FORM,
        "summary": _RANGE | _FORM,
        "show": _FORM,
    }.get(row.answer.__name__, {})


def tags() -> list[Json]:
    return [{"name": _TAG, "description": "KAZOO: authentication and CDRs"}]


def interfaces() -> Iterator[str]:
    """Method and path of all, as examples name them."""
    yield from (f"{row.method} {row.path}" for row in ENDPOINTS)


@lru_cache(maxsize=1)
def examples() -> Mapping[str, Json]:
    """Method and path -> the ``path``'s places, what was ``asked`` and ``answered``."""
    read: Mapping[str, Json] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
    return read


def add_to(spec: APISpec, settings: Settings) -> None:
    """Add all interfaces as a PBX with these settings has them."""
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for name, schema in _components(PROFILES[settings.kazoo_version]).items():
        spec.components.schema(name, schema)
    for status, refusal in _refusals().items():
        spec.components.response(f"Crossbar{status}", refusal)
    for path, rows in groupby(ENDPOINTS, key=lambda row: row.path):
        operations = {row.method.lower(): _operation(row, settings) for row in rows}
        spec.path(f"/v2/{path}", operations=operations)


def _object(members: Mapping[str, Json], required: tuple[str, ...] | None = None, **more: Any) -> Json:
    needed = list(members) if required is None else list(required)
    return {"type": "object", "properties": dict(members), **({"required": needed} if needed else {}), **more}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _members(fields: tuple[Field, ...]) -> dict[str, Json]:
    return {field.name: {"type": field.type, "x-source": field.source} for field in fields}


def _components(profile: Profile) -> dict[str, Json]:
    names = ("auth_token", "request_id", "node", "version", "timestamp")
    frame: Json = dict.fromkeys(names, _STRING)
    tokens = _object({"consumed": _INTEGER, "remaining": _INTEGER})
    frame |= {"tokens": tokens} if profile.tokens else {}
    frame |= {"metadata": {"type": "object"}} if profile.metadata else {}
    numbers = {"type": ["integer", "string"]}
    paging = {"start_key": _STRING, "page_size": numbers, "next_start_key": _STRING}
    always = ("status", "request_id", "node", "timestamp")
    done: Json = {"status": {"const": "success"}, **frame, **paging, "revision": _STRING}
    refused: Json = {"data": {}, "error": _STRING, "message": _STRING, "status": {"const": "error"}, **frame}
    document = {**_members(FIELDS), "id": _STRING}
    document["custom_channel_vars"] = _object(_members(CHANNEL_VARIABLES), ())
    row = {column.name: {"type": column.type} for column in columns(profile, "cdrs")}
    oldest = {column.name: {"type": column.type} for column in columns(profile, "interaction")}
    seconds = {
        "type": "object",
        "description": "By kind of number: total, and by rate.",
        "additionalProperties": _INTEGER,
    }
    domains = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": seconds}}
    return {
        "CrossbarAnswer": _object(done, always),
        "CrossbarRefusal": _object(refused, ("data", "error", "message", *always)),
        "CrossbarIdentity": _object(
            AUTH_DATA, tuple(name for name in AUTH_DATA if name not in ("owner_id", *_OF_TOKEN))
        ),
        "CdrRow": _object(row),
        "InteractionRow": _object(oldest),
        # A field that is empty is left out.
        "CdrDocument": _object(document, ()),
        "CdrSummary": _object(
            {"inbound": domains, "outbound": domains}, description="Seconds, by direction and domain."
        ),
    }


# What token_auth tells besides.
_OF_TOKEN = ("id", "method")


def _data(row: Endpoint, settings: Settings) -> Json | None:
    """What data is, in an answer that is no error; None where there is none."""
    rich = PROFILES[settings.kazoo_version].rich_queries
    shapes: Mapping[str, Json | None] = {
        "no_cdrs": None,
        "list_legs": _rows("CdrRow", rich),
        "list_interactions": _rows("InteractionRow", rich),
        "list_call": {"type": "array", "items": _ref("CdrDocument")},
        "show": _ref("CdrDocument"),
        "summary": _ref("CdrSummary"),
        "delete_token_auth": {},
    }
    return shapes.get(row.answer.__name__, _ref("CrossbarIdentity"))


def _rows(name: str, rich: bool) -> Json:
    others = {"type": "object", "description": "What fields or full_docs ask for instead."}
    return {"type": "array", "items": {"anyOf": [_ref(name), others]} if rich else _ref(name)}


def _operation(row: Endpoint, settings: Settings) -> Json:
    example = examples().get(f"{row.method} {row.path}", {})
    told = " ".join((row.answer.__doc__ or "").split())
    made: Json = {
        "operationId": "_".join(("kazoo", row.method.lower(), *_words(row.path))),
        "tags": [_TAG],
        "summary": told.partition(". ")[0].partition(";")[0].rstrip(".") + ".",
        "description": told,
        "x-state": "emulated",
        "x-source": row.source,
        "parameters": [*_places(row, example), *_query(row, settings, example)],
        "responses": _responses(row, settings, example),
        "security": [{name: []} for name in SECURITY] if row.token else [],
    }
    body = {"api_auth": API_AUTH, "user_auth": USER_AUTH}.get(row.answer.__name__)
    if body is not None:
        content = {"schema": _object({"data": body.as_schema()})} | ({"example": example["asked"]} if example else {})
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _words(path: str) -> list[str]:
    return [part.strip("{}") for part in path.split("/")]


def _places(row: Endpoint, example: Json) -> Iterator[Json]:
    for name, description in _PLACES.items():
        if f"{{{name}}}" in row.path:
            place = {"in": "path", "name": name, "required": True, "schema": _STRING, "description": description}
            yield place | ({"example": example["path"][name]} if name in example.get("path", {}) else {})


def _query(row: Endpoint, settings: Settings, example: Json) -> Iterator[Json]:
    asked = example.get("asked", {}) if row.method == "GET" else {}
    for name, parameter in parameters_of(row, settings).items():
        yield {"in": "query", "name": name, **parameter} | ({"example": asked[name]} if name in asked else {})


def _responses(row: Endpoint, settings: Settings, example: Json) -> Json:
    data = _data(row, settings)
    responses: Json = {}
    if data is not None:
        success = {"allOf": [_ref("CrossbarAnswer"), _object({"data": data}, ("data",) if data else ())]}
        content: Json = {kind: {"schema": success} for kind in JSON_TYPES}
        content[JSON_TYPES[0]] |= {"example": example["answered"]} if example else {}
        if row.csv:
            content[CSV_TYPES[0]] = {"schema": _STRING}
            responses["204"] = {"description": "A CSV file without rows."}
        status = "201" if row.method == "PUT" else "200"
        responses = {status: {"description": "What is asked for.", "content": content}} | responses
    responses |= {status: {"$ref": f"#/components/responses/Crossbar{status}"} for status in _refusals()}
    if data is None and example:
        content = {JSON_TYPES[0]: {"schema": _ref("CrossbarRefusal"), "example": example["answered"]}}
        responses["404"] = {"description": ERRORS["faulty"].meaning, "content": content}
    return responses


def _refusals() -> dict[str, Json]:
    """The answers to what is refused, by status."""
    made: dict[str, Json] = {}
    rows = sorted((row for row in ERRORS.values() if row.status not in _ELSEWHERE), key=lambda row: row.status)
    for status, found in groupby(rows, key=lambda row: row.status):
        alike = list(found)
        made[str(status)] = {"description": " ".join(dict.fromkeys(row.meaning for row in alike))}
        if any(row.message for row in alike):
            made[str(status)]["content"] = {kind: {"schema": _ref("CrossbarRefusal")} for kind in JSON_TYPES}
    return made
