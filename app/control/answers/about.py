"""The server itself: what it is, and what describes this API."""

from __future__ import annotations

from typing import Any

from flask import Response

from ..._version import __version__
from ..calls import Call


def root(call: Call) -> Response:
    return Response(status=302, headers={"Location": f"{call.request.script_root}/_pbx/docs"})


def info(call: Call) -> dict[str, Any]:
    return {
        "name": "pbx-emulator",
        "version": __version__,
        "yeastar": "/openapi/v1.0",
        "kazoo": "/v2",
        "worlds": len(call.worlds.names()),
        "workers": call.server.workers,
        "journal": call.server.journal,
        "docs": "/_pbx/docs",
        "openapi": "/_pbx/openapi.json",
    }


def openapi(call: Call) -> Response:
    from ..document import as_json

    return Response(as_json(call.rows), content_type="application/json")


def docs(call: Call) -> Response:
    from ..page import SECURITY_POLICY, page

    html = page(call.rows, call.request.url_root.rstrip("/"), bool(call.server.control_token))
    headers = {"Content-Security-Policy": SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
    return Response(html, headers=headers, content_type="text/html; charset=utf-8")
