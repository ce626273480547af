"""What this dialect is, as a part of an OpenAPI document: made from the table of interfaces, schemas and errors.

``examples.json`` has a request and its answer for each interface, recorded from a running PBX (tests/recorded.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from . import profiles
from .endpoints import DOWNLOAD, ENDPOINTS, Endpoint
from .errors import ERRORS
from .families import deed_of
from .fields import VendorSchema, schema_of

if TYPE_CHECKING:
    from apispec import APISpec

    from ..settings import Settings

Json = dict[str, Any]

SECURITY: Mapping[str, Json] = {
    "access_token": {"type": "apiKey", "in": "query", "name": "access_token"},
    "raw_token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The token as it is, without the word Bearer.",
    },
}

DESCRIPTION = (
    "Yeastar's OpenAPI is below /openapi/: HTTP status is 200 for every answer, and errcode tells. Every request needs "
    "a User-Agent. Parameters that are not listed are passed over. What is not emulated answers 10001, as what does "
    "not exist does; x-state says it. x-source says how an interface is known, x-editions in whose manual it was seen: "
    "A(ppliance), C(loud), S(oftware)."
)

_SOURCES = {
    "manual": "a page of its own in the manual",
    "clients": "clients that use it",
    "live": "a real PBX that answered it",
    "list": "a list of names only",
    "inferred": "its siblings",
}

# Whose first part of the path is the interface itself.
_WITHOUT_FOLDER = "authorization"
_FILES = "files"


class Plugin(MarshmallowPlugin):
    """Describes schemas: what is taken as the fields say, what is given with all keys but the optional ones."""

    def __init__(self) -> None:
        super().__init__(schema_name_resolver=_name)  # type: ignore[arg-type]


class _Converter(OpenAPIConverter):
    def schema2jsonschema(self, schema: Schema) -> Json:
        made: Json = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        made.pop("additionalProperties", None)
        needed = [name for name, field in schema.fields.items() if not _may_lack(field)]
        made["required"] = schema.required if isinstance(schema, VendorSchema) else needed
        return made


Plugin.Converter = _Converter


def _name(schema: type[Schema] | Schema) -> str | None:
    """The component's name; None for what is written where it stands."""
    name = (schema if isinstance(schema, type) else type(schema)).__name__
    return None if name.startswith("_") else name.removesuffix("Out")


def _may_lack(field: fields.Field[Any]) -> bool:
    return bool(getattr(field, "optional", False) or field.metadata.get("optional"))


def _own_words(converter: OpenAPIConverter, field: fields.Field[Any], **kwargs: Any) -> Json:
    """What a field says of itself, and how it is known."""
    source = field.metadata.get("source")
    return schema_of(field) | ({"x-source": source} if source else {})


def tags() -> list[Json]:
    """The folders of the interfaces, in the order of the table."""
    return [{"name": name} for name in dict.fromkeys([*map(_tag, ENDPOINTS.values()), _FILES])]


def _tag(row: Endpoint) -> str:
    folder, slash, _ = row.path.partition("/")
    return folder if slash else _WITHOUT_FOLDER


def add_to(spec: APISpec, plugin: Plugin, settings: Settings) -> None:
    """Add all interfaces that a PBX with these settings has, as it has them."""
    settings, converter = profiles.effective(settings), cast(Any, plugin.converter)
    converter.add_attribute_function(_own_words)
    spec.components.schema("Refusal", _refusal())
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for (method, path), row in ENDPOINTS.items():
        if profiles.missing_interface(settings.firmware, row.route):
            continue
        operation = _Operation(row, converter, settings, examples().get(f"{method} {path}", {})).made()
        spec.path(f"/openapi/{path}", operations={method.lower(): operation})
    spec.path(f"/{DOWNLOAD}/{{name}}", operations={"get": _file(examples().get(f"GET {DOWNLOAD}", {}))})


@lru_cache(maxsize=1)
def examples() -> Mapping[str, Json]:
    """Method and path -> what was ``asked`` and ``answered``."""
    read: Mapping[str, Json] = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
    return read


_REFUSAL: Json = {"$ref": "#/components/schemas/Refusal"}


def _refusal() -> Json:
    rows = [row for row in ERRORS.values() if row.code]
    problem = {name: {"type": "string"} for name in ("field", "validation_type", "value", "valid_msg")}
    problem["validation_type"]["description"] = "required, number, oneof, max or min."
    return {
        "type": "object",
        "description": "; ".join(f"{row.code} {row.text}: {row.meaning.rstrip('.')}" for row in rows) + ".",
        "properties": {
            "errcode": {"type": "integer", "enum": [row.code for row in rows]},
            "errmsg": {"type": "string", "enum": list(dict.fromkeys(row.text for row in rows))},
            "invalid_param_list": {"type": "array", "items": {"type": "object", "properties": problem}},
            "duplicate_field_list": {"type": "array", "items": {"type": "object"}},
            "submsg": {"type": "string"},
            "block_expire_time": {"type": "integer", "description": "Unix seconds."},
        },
        "required": ["errcode", "errmsg"],
    }


class _Operation:
    """One row as an operation."""

    def __init__(self, row: Endpoint, converter: Any, settings: Settings, example: Json) -> None:
        self.row, self.converter, self.settings, self.example = row, converter, settings, example

    def made(self) -> Json:
        row = self.row
        version = "" if row.version == "v1.0" else row.version.partition(".")[0] + "_"
        made: Json = {
            "operationId": version + row.path.replace("/", "_"),
            "tags": [_tag(row)],
            **_words(row),
            "x-state": row.state,
            "x-source": row.source,
            "x-editions": row.editions,
            **({"x-lacks": row.lacks} if row.lacks else {}),
            "responses": {"200": self._answer()},
            "security": [{name: []} for name in SECURITY] if row.token else [],
        }
        if row.takes is not None:
            made |= self._taken(profiles.schema_for(row.takes, row.route, self.settings))
        return made

    def _taken(self, schema: VendorSchema) -> Json:
        asked = self.example.get("asked", {})
        if self.row.method == "GET":
            parameters = self.converter.schema2parameters(schema, location="query")
            told = ({"required": one["name"] in schema.required} | _example(asked, one["name"]) for one in parameters)
            return {"parameters": [one | more for one, more in zip(parameters, told, strict=True)]}
        content = {"schema": self.converter.schema2jsonschema(schema), **({"example": asked} if asked else {})}
        return {"requestBody": {"required": True, "content": {"application/json": content}}}

    def _answer(self) -> Json:
        if self.row.answer is None:
            content: Json = {"schema": _REFUSAL, "example": {"errcode": 10001, "errmsg": ERRORS[10001].text}}
        else:
            content = {"schema": {"oneOf": [self._success(), _REFUSAL]}}
            if "answered" in self.example:
                content["example"] = self.example["answered"]
        return {"description": "What is asked for, or a refusal.", "content": {"application/json": content}}

    def _success(self) -> Json:
        head: Json = {"errcode": {"type": "integer", "const": 0}, "errmsg": {"type": "string", "const": "SUCCESS"}}
        assert self.row.gives is not None, self.row
        given: Json = self.converter.schema2jsonschema(self.row.gives(self.settings)())
        return given | {"properties": head | given["properties"], "required": [*head, *given["required"]]}


def _example(asked: Mapping[str, Any], name: str) -> Json:
    return {"example": asked[name]} if name in asked else {}


def _words(row: Endpoint) -> Json:
    if row.answer is None:
        return {"summary": "Not emulated.", "description": f"Known from {_SOURCES[row.source]}."}
    told = " ".join((deed_of(row.answer).__doc__ or "").split())
    summary, _, more = told.partition(". ")
    missing = f"Missing here: {row.lacks}." if row.lacks else ""
    words = filter(None, (more, missing, f"Known from {_SOURCES[row.source]}."))
    return {"summary": summary.rstrip(".") + ".", "description": " ".join(words)}


def _file(example: Json) -> Json:
    """The interface of files behind links, which is in no table."""
    sound = {"schema": {"type": "string", "contentMediaType": "audio/wav"}}
    text: Json = {"schema": {"type": "string"}} | ({"example": example["answered"]} if example else {})
    name = {"in": "path", "name": "name", "required": True, "schema": {"type": "string"}}
    wanted = {"in": "header", "name": "Range", "schema": {"type": "string"}, "description": "bytes=FIRST-LAST"}
    return {
        "operationId": "api_download",
        "tags": [_FILES],
        "summary": "The file behind a link that an interface gave.",
        "description": f"Its name is the last part of a download_resource_url. Known from {_SOURCES['manual']}.",
        "x-state": "emulated",
        "x-source": "manual",
        "x-editions": "ACS",
        "parameters": [name, wanted],
        "responses": {
            "200": {
                "description": "The file, or a refusal.",
                "content": {"audio/wav": sound, "text/csv": text, "application/json": {"schema": _REFUSAL}},
            },
            "206": {"description": "The part of a recording that was asked for.", "content": {"audio/wav": sound}},
            "416": {"description": "The recording has none of the bytes that were asked for."},
        },
        "security": [{scheme: []} for scheme in SECURITY],
    }


def interfaces() -> Iterator[str]:
    """Method and path of all that are emulated, as examples name them."""
    yield from (f"{method} {path}" for (method, path), row in ENDPOINTS.items() if row.answer)
    yield f"GET {DOWNLOAD}"
