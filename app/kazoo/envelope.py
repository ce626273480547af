"""What goes out: the envelope around data or an error, the trailer behind a stream, and the headers of either."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response

from .moments import moment

if TYPE_CHECKING:
    from .calls import Call
    from .errors import CrossbarError

Fields = dict[str, Any]

JSON_TYPE = "application/json"
_VENDORS_BUCKET = 100

# Answers that have no body, and so no type.
_WITHOUT_BODY = (204, 406)

_JSONP_TYPE = "application/javascript"

_ALLOWED_HEADERS = (
    "content-type, depth, user-agent, x-http-method-override, x-file-size, x-requested-with, if-modified-since,"
    " x-file-name, cache-control, x-auth-token, x-kazoo-cluster-id, if-match, authorization"
)
_EXPOSED_HEADERS = "content-type, x-auth-token, x-request-id, x-kazoo-cluster-id, location, etag"

# A request with one of these comes from a page of another site.
_CROSS_ORIGIN = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")


@lru_cache(maxsize=8)
def _node(realm: str) -> str:
    """What names the server that answered: the MD5 of a node's name in base64 for URLs."""
    return urlsafe_b64encode(hashlib.md5(f"kazoo_apps@{realm}".encode(), usedforsecurity=False).digest())[:22].decode()


def success(call: Call, data: Any, extras: Mapping[str, Any]) -> Fields:
    """The envelope around data; ``extras``, such as paging keys, stand at its end. data None is left out."""
    body: Fields = {} if data is None else {"data": data}
    return body | {"status": "success"} | _frame(call) | dict(extras)


def failure(call: Call, error: CrossbarError) -> Fields:
    """The envelope around an error."""
    row = error.row
    body = {"data": error.data, "error": str(row.status), "message": row.message, "status": "error"}
    frame = _frame(call)
    if call.profile.undefined_token:
        frame.setdefault("auth_token", "undefined")
    return body | frame


def _frame(call: Call) -> Fields:
    profile = call.profile
    frame: Fields = {"auth_token": call.token} if call.token else {}
    frame["request_id"] = call.request_id
    frame["node"] = _node(call.settings.kazoo_realm)
    if call.identity is not None or profile.always_versioned:
        frame["version"] = profile.version
    frame["timestamp"] = moment(call.now).combined
    if profile.tokens:
        frame["tokens"] = {"consumed": call.consumed, "remaining": _left(call)}
    if profile.metadata:
        frame["metadata"] = {}
    return frame


def _left(call: Call) -> int:
    """Tokens left in the bucket. One without limit is always full, and as large as the vendor's."""
    if call.remaining is not None:
        return call.remaining
    return call.settings.kazoo_bucket_size or _VENDORS_BUCKET


def trailer(call: Call, paging: Mapping[str, Any]) -> bytes:
    """What ends a streamed list, as the vendor writes it by hand: no tokens, and nothing that is empty."""
    numbers = str if call.profile.text_trailer else int
    fields: Fields = {key: numbers(value) if isinstance(value, int) else value for key, value in paging.items()}
    fields |= {
        "status": "success",
        "request_id": call.request_id,
        "node": _node(call.settings.kazoo_realm),
        "version": call.profile.version,
        "timestamp": moment(call.now).combined,
        "auth_token": call.token,
    }
    shown = ", ".join(
        f'"{key}":{orjson.dumps(value).decode()}' for key, value in fields.items() if value not in ("", None)
    )
    return f"], {shown}}}".encode()


def response(call: Call, status: int, envelope: Fields, content_type: str = JSON_TYPE) -> Response:
    """The envelope as it is sent: indented or wrapped in a function's call where that was asked for."""
    content = _json(call, envelope)
    function = _function(call)
    if function:
        return finished(call, Response(b"%b(%b);" % (function, content), status, content_type=_JSONP_TYPE))
    return finished(call, Response(content, status, content_type=content_type))


def _json(call: Call, envelope: Fields) -> bytes:
    try:
        return orjson.dumps(envelope, option=_format(call))
    except TypeError:  # a number beyond 64 bits, which the vendor repeats whole
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def stream(call: Call, rows: Iterable[list[bytes]], paging: Fields, content_type: str) -> Response:
    """A list as it comes, chunk by chunk; ``paging`` is read when the last one is through."""
    function = _function(call)
    pieces = _pieces(call, rows, paging, b"%b(" % function if function else b"", b");" if function else b"")
    return finished(call, Response(pieces, content_type=_JSONP_TYPE if function else content_type))


def _pieces(call: Call, rows: Iterable[list[bytes]], paging: Fields, before: bytes, after: bytes) -> Iterator[bytes]:
    yield before + b'{"data":['
    between = b""
    for chunk in rows:
        yield between + b",".join(chunk)
        between = b","
    yield trailer(call, paging) + after


def row_bytes(call: Call, row: Fields) -> bytes:
    """A row of a streamed list."""
    return orjson.dumps(row, option=_format(call))


def _format(call: Call) -> int:
    return orjson.OPT_INDENT_2 if call.pretty else 0


def _function(call: Call) -> bytes:
    """The function's name that the client's script waits for."""
    return str(call.value("jsonp") or "").encode("utf-8", "replace")


def as_header(text: str) -> str:
    """Text as WSGI wants it in a header, to be sent in UTF-8."""
    return text.encode("utf-8", "replace").decode("latin-1")


def finished(call: Call, answer: Response) -> Response:
    """The answer with the headers that every answer has."""
    answer.headers["x-request-id"] = as_header(call.request_id)
    if answer.status_code in _WITHOUT_BODY:
        del answer.headers["Content-Type"]
    if answer.status_code >= 400 or is_cross_origin(call):
        _add_cors_headers(call, answer)
    return answer


def is_cross_origin(call: Call) -> bool:
    """Whether a page of another site asks."""
    return any(name in call.request.headers for name in _CROSS_ORIGIN)


def _add_cors_headers(call: Call, answer: Response) -> None:
    """Let a page of another site read the answer. A method that is asked about is always among those allowed."""
    wanted = call.request.headers.get("Access-Control-Request-Method", "")
    methods = dict.fromkeys(filter(None, (wanted, "OPTIONS", *call.allowed)))
    answer.headers["access-control-allow-origin"] = "*"
    answer.headers["access-control-allow-methods"] = ", ".join(methods)
    answer.headers["access-control-allow-headers"] = _ALLOWED_HEADERS
    answer.headers["access-control-expose-headers"] = _EXPOSED_HEADERS
    answer.headers["access-control-max-age"] = "86400"
