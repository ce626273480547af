"""What a request carries: a query string, or a JSON object of at most 1 MiB."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson

from .errors import parameter_error, unreadable

if TYPE_CHECKING:
    from flask import Request

MOST_BYTES = 1 << 20

# How much of a body that is too large is read and thrown away, so that the client can finish and hear the answer.
_MOST_DISCARDED = 64 << 20


def read_pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query string as they come. Bytes that are no UTF-8 become U+FFFD."""
    query = request.environ.get("QUERY_STRING", "")
    if not query.isascii():  # our own server writes such bytes as %XX
        return parse_qsl(query, keep_blank_values=True)
    pairs = [pair.partition("=") for pair in query.replace("+", " ").split("&") if pair]
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]


def _unquoted(text: str) -> str:
    """As ``parse_qsl`` has it, which takes twice as long: it looks for what is not ASCII in each of them."""
    return unquote_to_bytes(text).decode(errors="replace") if "%" in text else text


def first_of_each(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The parameters by name; of a repeated one the first counts."""
    return dict(reversed(pairs))


def read_object(request: Request) -> dict[str, Any] | None:
    """The body as a JSON object; None for an empty body and for JSON of another type.

    Raises YeastarError: -2 with the parser's words for what is not JSON, 40002 for a body that is too large.
    """
    body = request.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        _discard(request)
        raise parameter_error({"body": "max"}, f"the body is larger than {MOST_BYTES} bytes")
    if not body.strip():
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable(str(error), _looks(body)) from None
    return document if isinstance(document, dict) else None


# The beginning of a body that is no JSON -> what it looks like.
_LOOKS = (
    (re.compile(rb"\s*[\w.%-]+=[^{]"), "it looks like a form, and has to be a JSON object"),
    (re.compile(rb"\s*\{\s*'"), "JSON has double quotes, not single ones"),
    (re.compile(rb"\s*\{\s*[A-Za-z_]"), "in JSON, names stand in double quotes"),
    (re.compile(rb"\s*<"), "it looks like XML, and has to be a JSON object"),
    (re.compile(rb"\s*--"), "it looks like a multipart form, and has to be a JSON object"),
    (re.compile(rb"\xef\xbb\xbf"), "it begins with a byte order mark"),
)


def _looks(body: bytes) -> str:
    return next((words for shape, words in _LOOKS if shape.match(body)), "")


def peek_object(request: Request) -> dict[str, Any]:
    """The body as ``read_object`` will find it afterwards; {} where that will not be an object."""
    body = request.stream.read(MOST_BYTES + 1)
    rest = request.stream
    request.__dict__["stream"] = _Again(body, rest.read)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


class _Again:
    """A stream whose beginning has been read already."""

    def __init__(self, begun: bytes, read: Callable[[int], bytes]) -> None:
        self._begun, self._read = begun, read

    def read(self, size: int) -> bytes:
        taken, self._begun = self._begun[:size], self._begun[size:]
        return taken + self._read(size - len(taken)) if len(taken) < size else taken


def _discard(request: Request) -> None:
    left = _MOST_DISCARDED
    while left > 0 and (chunk := request.stream.read(65536)):
        left -= len(chunk)
