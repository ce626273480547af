"""The one module that knows every room: it puts the application together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import PathConverter

from . import control, kazoo, yeastar
from .pbx.worlds import open_worlds
from .settings import explicit_settings
from .waiting import handed_out

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .pbx.worlds import Worlds


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The application over the PBX that flags (``config``), variables and file describe."""
    worlds = open_worlds(explicit_settings(config))
    worlds.close()  # a server that forks now must not take connections along
    return application(worlds)


class _AnyPath(PathConverter):
    """All the rest of a path, line breaks included: no client's mistake falls out of the room it was meant for."""

    regex = "(?s:[^/].*?)"


def application(worlds: Worlds) -> Flask:
    """The application over PBXs that are open already."""
    app = Flask("pbx_emulator", static_folder=None, template_folder=None)
    app.extensions["pbx"] = worlds
    app.url_map.merge_slashes = False
    app.url_map.converters = {**app.url_map.converters, "path": _AnyPath}
    app.register_blueprint(yeastar.blueprint)
    app.register_blueprint(kazoo.blueprint)
    app.register_blueprint(control.blueprint)
    app.register_error_handler(HTTPException, _refused)
    app.after_request(_handed_out)
    app.wsgi_app = _merging_slashes(_short_way(app, worlds))  # type: ignore[assignment, method-assign]
    return app


def _handed_out(response: Response) -> Response:
    """A long answer may have a slow reader: it takes no thread from others."""
    if response.is_streamed:
        pieces: Any = response.response
        if hasattr(pieces, "close"):
            response.call_on_close(pieces.close)
        response.response = handed_out(pieces)
    return response


def _short_way(app: Flask, worlds: Worlds) -> WSGIApplication:
    """The vendor's interfaces are asked without Flask between: its routes, context and hooks, which lead to the same
    place, would take a quarter of a small request's time."""
    whole = app.wsgi_app

    def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        usual = environ["REQUEST_METHOD"] in yeastar.METHODS and "HTTP_UPGRADE" not in environ
        if not usual or not environ["PATH_INFO"].startswith(yeastar.PATH):
            return whole(environ, start_response)
        request = app.request_class(environ, populate_request=False)  # else the two hold each other
        response = _handed_out(yeastar.answered(request, worlds, request.path.removeprefix(yeastar.PATH)))
        return response(environ, start_response)

    return asked


def _merging_slashes(application: WSGIApplication) -> WSGIApplication:
    """The PBX takes // in a path for /, without a redirect."""

    def merged(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        path = environ["PATH_INFO"]
        if "//" in path:
            environ["PATH_INFO"] = re.sub("/{2,}", "/", path)
        return application(environ, start_response)

    return merged


def _refused(error: HTTPException) -> Response:
    """What no route takes: the vendor's words on the vendor's paths, a problem document on all others."""
    if request.path.startswith(yeastar.PREFIXES) or request.path + "/" in yeastar.PREFIXES:
        return yeastar.unknown_method()
    if f"{request.path}/".startswith(kazoo.PREFIXES):
        return kazoo.unknown_method() if (error.code or 500) < 500 else kazoo.broken()
    problem = {"type": "about:blank", "title": error.name, "status": error.code, "detail": _detail(error)}
    response = Response(orjson.dumps(problem), status=error.code or 500, content_type="application/problem+json")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def _detail(error: HTTPException) -> str:
    if error.code == 404:
        return (
            f"Nothing is at {request.path}. Yeastar's API is below /openapi/v1.0/, KAZOO's below /v2/; "
            "/_pbx/docs lists what testers can do."
        )
    return error.description or error.name
