"""Json: an answer in one piece, as most are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Json(Response):
    """An answer of JSON in one piece. Its headers are complete: Werkzeug need not copy them to see what is missing."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content, content_type="application/json")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.is_streamed or environ["REQUEST_METHOD"] == "HEAD":  # a fault makes a stream of it
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        pieces: Iterable[bytes] = self.response  # type: ignore[assignment]
        return pieces
