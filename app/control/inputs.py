"""What comes in: the path's segments, the query's parameters, the body's JSON; checked against a schema."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import orjson
from marshmallow import Schema, ValidationError

from ..journal.explanation import printable
from .fields import UNKNOWN, Takes
from .problems import Problem

if TYPE_CHECKING:
    from flask import Request

# Bytes of a body; more is read and forgotten, in blocks of so many bytes: a client that still sends hears no answer.
_LARGEST_BODY = 64 << 20
_MOST_PASSED_OVER, _BLOCK = 256, 1 << 18

_WITH_BODY = ("POST", "PUT", "PATCH")


def read_segments(request: Request) -> list[str]:
    """What stands between the slashes behind /_pbx, decoded one by one: a client's id may hold an encoded slash.
    Empty segments do not count."""
    raw = str(request.environ.get("RAW_URI") or "")
    path = raw.partition("?")[0].partition("#")[0]
    segments = [unquote(segment) for segment in path.split("/")] if path.startswith("/") else request.path.split("/")
    behind = segments[segments.index("_pbx") + 1 :] if "_pbx" in segments else []
    return [segment for segment in behind if segment]


def read_query(request: Request) -> dict[str, str]:
    """The query's parameters. Raises Problem where one is given twice."""
    parameters = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Problem(422, f"The parameter {name} is given {len(values)} times; it can be given once.")
        parameters[name] = values[0]
    return parameters


def read_body(request: Request) -> dict[str, Any]:
    """The body's object; {} where there is no body. Raises Problem: 400, 413, 422."""
    if request.method not in _WITH_BODY:
        return {}
    try:
        content = _read(request)
    except Exception as error:  # the server's own, for chunks that are none, or a connection that ended
        raise Problem(400, "The body cannot be read: its chunks are none, or the connection ended.") from error
    if len(content) > _LARGEST_BODY:
        raise Problem(413, f"A body may have at most {_LARGEST_BODY:,} bytes.")
    return _parse(content) if content.strip() else {}


def _read(request: Request) -> bytes:
    content: bytes = request.stream.read(_LARGEST_BODY + 1)
    if len(content) > _LARGEST_BODY:
        for _ in range(_MOST_PASSED_OVER):
            if not request.stream.read(_BLOCK):
                break
    return content


def _parse(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise Problem(422, 'The body must be a JSON object: {"name": value, ...}.')
    return body


def load(
    takes: type[Schema] | None, given: Mapping[str, Any], noun: str, also: Iterable[str] = ()
) -> Mapping[str, Any]:
    """What was given, checked; ``noun`` is what one part of it is called, ``also`` names parts that were taken out.

    Raises Problem: 422."""
    schema = (takes or Takes)()
    try:
        loaded: Mapping[str, Any] = schema.load(given)
    except ValidationError as error:
        messages = cast(dict[str, list[str]], error.messages)
        known = [*also, *schema.fields]
        raise Problem.of_mistakes(
            f"{_short(name)}: {_unknown(name, known, noun) if message == UNKNOWN else message}"
            for name, told in messages.items()
            for message in told
        ) from None
    return loaded


def _short(name: str) -> str:
    return printable(name if len(name) <= 60 else f"{name[:57]}...")


def _unknown(name: str, known: list[str], noun: str) -> str:
    if not known:
        return f"there is no such {noun}; none is taken here"
    near = difflib.get_close_matches(name[:60], known, 1, 0.7)
    return f"there is no such {noun}; " + (f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}")
