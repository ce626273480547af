"""What comes in: the path's segments, the query's pairs, the body's envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

import orjson

from .errors import CrossbarError, invalid

if TYPE_CHECKING:
    from flask import Request

# The vendor's limit for a body, in bytes.
_LARGEST_BODY = 8_000_000

# So much more is read and forgotten, in blocks of so many bytes.
_MOST_PASSED_OVER, _BLOCK = 256, 1 << 18


def read_segments(environ: Mapping[str, Any]) -> list[str]:
    """What stands between the slashes behind /v2/, decoded one by one: an id may hold an encoded slash."""
    raw = str(environ.get("RAW_URI") or "")
    path = raw.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        return str(environ["PATH_INFO"]).lstrip("/").split("/")[1:]
    return [unquote(segment) for segment in path.lstrip("/").split("/")[1:]]


def read_query(text: str) -> tuple[tuple[str, str], ...]:
    """The query's parameters as pairs, in order. One without = is "true"."""
    pairs = []
    for part in filter(None, text.split("&")):
        name, equals, value = part.partition("=")
        pairs.append((unquote_plus(name), unquote_plus(value) if equals else "true"))
    return tuple(pairs)


def read_body(request: Request) -> dict[str, Any]:
    """The body's envelope with its keys in lower case; {} where there is no body. Raises CrossbarError."""
    try:
        content = request.stream.read(_LARGEST_BODY + 1)
        if len(content) > _LARGEST_BODY:
            _pass_over(request)
    except Exception as error:  # the server's own, for chunks that are none, or a connection that ended
        raise invalid("json", "invalid", message="the body cannot be read", target="body") from error
    if not content:
        return {}
    if len(content) > _LARGEST_BODY:
        raise _too_large()
    envelope = _parse(content)
    if request.method in _WITH_ENVELOPE and not isinstance(envelope.get("data"), (dict, list)):
        rule = ("required", "Field is required but missing") if "data" not in envelope else _WRONG_TYPE
        raise CrossbarError("envelope", {"data": {rule[0]: {"message": rule[1]}}})
    return envelope


def _pass_over(request: Request) -> None:
    """Read on, within reason: a client that is still sending does not hear the answer."""
    for _ in range(_MOST_PASSED_OVER):
        if not request.stream.read(_BLOCK):
            return


# Methods whose body must have data.
_WITH_ENVELOPE = ("PUT", "POST", "PATCH")

_WRONG_TYPE = ("type", "Value did not match type(s): object, array")


def _parse(content: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise invalid("json", "invalid", message=f"{error.msg} around {error.pos}", target="body") from None
    try:
        orjson.dumps(parsed)
    except TypeError:
        raise invalid("json", "invalid", message="nested too deeply", target="body") from None
    if not isinstance(parsed, dict):
        raise invalid("json", "invalid", message="All JSON must be valid", target="body")
    return {key.lower(): value for key, value in parsed.items()}


def _too_large() -> CrossbarError:
    details = {"message": f"Payload or Files must not be more than {_LARGEST_BODY} bytes", "target": _LARGEST_BODY}
    return CrossbarError("too_large", {"file": {"maxSize": details}})


def header_text(value: str) -> str:
    """A header's value, which clients send in UTF-8 and WSGI hands on byte by byte."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def is_true(value: Any) -> bool:
    """Whether a parameter says yes."""
    return str(value).lower() in ("true", "1", "yes", "on")


def is_false(value: Any) -> bool:
    """Whether a parameter says no."""
    return str(value).lower() in ("false", "0", "no", "off")
