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

    return _html(page(call.rows, _base(call), bool(call.server.control_token)), SECURITY_POLICY)


def vendors_openapi(call: Call) -> Response:
    from ...vendors import as_json

    return Response(as_json(call.world.present()[0]), content_type="application/json")


def vendors_docs(call: Call) -> Response:
    from ...vendors import document
    from ..page import SECURITY_POLICY, vendors_page

    return _html(vendors_page(document(call.world.present()[0]), _base(call)), SECURITY_POLICY)


def _base(call: Call) -> str:
    return call.request.url_root.rstrip("/")


def _html(text: str, policy: str) -> Response:
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Response(text, headers=headers, content_type="text/html; charset=utf-8")
