"""The OpenAPI document, made from the table of interfaces."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from .._version import __version__
from ..pbx.seed_schema import schema as seed_schema
from . import PREFIX
from .endpoints import PLACES, SUBJECTS, Endpoint
from .problems import PROBLEM_TYPE, TITLES
from .schemas.gives import ProblemOut
from .schemas.takes import OneWorld

if TYPE_CHECKING:
    from marshmallow import Schema

_DESCRIPTION = (
    "What testers need of a PBX besides the vendors' APIs. Every refusal is a problem document (RFC 9457). Fields and "
    "parameters that are not listed are refused. Without a token it answers on the machine's own addresses only; with "
    "one (PBX_CONTROL_TOKEN) every request must have it."
)


@lru_cache(maxsize=1)
def as_json(rows: tuple[Endpoint, ...]) -> bytes:
    return orjson.dumps(document(rows))


@lru_cache(maxsize=1)
def document(rows: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The document as JSON has it."""
    spec = APISpec(
        title="PBX Emulator: control API",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": _DESCRIPTION},
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        tags=[{"name": subject, "description": title} for subject, title in SUBJECTS.items()],
        security=[{"token": []}, {}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, schema in _seed_schemas().items():
        spec.components.schema(name, schema)
    for row in rows:
        spec.path(f"{PREFIX}/{row.path}", operations={row.method.lower(): _operation(row)})
    made: dict[str, Any] = orjson.loads(orjson.dumps(spec.to_dict()))
    return made


def _seed_schemas() -> dict[str, Any]:
    """The schema of seed documents and what it is made of, each a component of its own: most readers of OpenAPI know no
    references but those that begin at the document's root."""
    whole = seed_schema()
    parts = {_part(name): schema for name, schema in whole.pop("$defs").items()}
    whole.pop("$schema")
    schemas: dict[str, Any] = _rooted({"SeedDocument": whole, **parts})
    return schemas


def _part(name: str) -> str:
    return "Seed" + name.title().replace("_", "")


def _rooted(schema: Any) -> Any:
    """The JSON Schema with its references to ``$defs`` led to the components."""
    if isinstance(schema, list):
        return [_rooted(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/components/schemas/{_part(value.rpartition('/')[2])}" if key == "$ref" else _rooted(value)
        for key, value in schema.items()
    }


def _name(schema: type[Schema] | Schema) -> str:
    named = schema if isinstance(schema, type) else type(schema)
    return named.__name__.removesuffix("Out")


def _operation(row: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{row.subject}_{row.answer.__name__}",
        "tags": [row.subject],
        "summary": row.summary,
        "parameters": _parameters(row),
        "responses": {str(row.status): _answer(row), **{str(status): _problem(status) for status in refusals(row)}},
    }
    if row.takes is not None:
        content: dict[str, Any] = {"schema": row.takes}
        if row.example is not None:
            content["example"] = row.example
        operation["requestBody"] = {"content": {"application/json": content}}
    if row.open:
        operation["security"] = []
    return operation


def _parameters(row: Endpoint) -> list[dict[str, Any]]:
    places = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}, "description": PLACES[name][0]}
        for name in PLACES
        if f"{{{name}}}" in row.path
    ]
    schemas = [*([OneWorld] if row.world else []), *([row.asks] if row.asks else [])]
    return [*places, *({"in": "query", "schema": schema} for schema in schemas)]


def refusals(row: Endpoint) -> list[int]:
    """The statuses of the row's problem documents."""
    found = {500, *row.refuses}
    if not row.open:
        found |= {401, 403, 422, 503}
    if row.world or "{" in row.path:
        found.add(404)
    if row.takes is not None:
        found |= {400, 413}
    return sorted(found)


def _answer(row: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(row.status).phrase}
    if row.gives is not None:
        answer["content"] = {"application/json": {"schema": row.gives}}
    elif row.path.endswith("docs"):
        answer["content"] = {"text/html": {"schema": {"type": "string"}}}
    return answer


def _problem(status: int) -> dict[str, Any]:
    return {"description": TITLES[status], "content": {PROBLEM_TYPE: {"schema": ProblemOut}}}
