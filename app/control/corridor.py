"""The way of every request below /_pbx: route -> guard -> world -> load -> answer.

The route comes first as the table says who may come in: what describes this API is open to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response

from ..paths import find_rows
from ..store.worlds import DEFAULT
from . import guard
from .calls import Call
from .endpoints import ENDPOINTS, Endpoint
from .inputs import load, read_body, read_query, read_segments
from .problems import Problem
from .responses import guarded

if TYPE_CHECKING:
    from flask import Request

    from ..pbx.worlds import Worlds


def answer(request: Request, worlds: Worlds) -> Response:
    """The answer, whatever happens on the way to it."""
    return guarded(lambda: _answer(request, worlds))


def _answer(request: Request, worlds: Worlds) -> Response:
    rows, places = find_rows(ENDPOINTS, read_segments(request))
    row = rows.get("GET" if request.method == "HEAD" else request.method)
    if row is None or not row.open:
        guard.check(request, worlds.default.base)
    if row is None:
        return _no_row(request, rows)
    query = read_query(request)
    world = worlds.get(query.pop("world", DEFAULT)) if row.world else worlds.default
    asked = load(row.asks, query, "parameter", also=("world",) if row.world else ())
    body = load(row.takes, read_body(request), "field")
    return _response(row, row.answer(Call(request, worlds, world, places, asked, body, ENDPOINTS)))


def _no_row(request: Request, rows: dict[str, Endpoint]) -> Response:
    if not rows:
        raise Problem(404, f"Nothing is at {request.path}; /_pbx/docs lists what there is.")
    allowed = ", ".join(sorted({*rows, "OPTIONS", *(["HEAD"] if "GET" in rows else [])}))
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": allowed})
    detail = f"{request.path} takes {allowed}, not {request.method}; /_pbx/docs lists what there is."
    raise Problem(405, detail, headers={"Allow": allowed})


def _response(row: Endpoint, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if row.gives is None:
        return Response(status=row.status)
    return Response(orjson.dumps(answer), row.status, content_type="application/json")
