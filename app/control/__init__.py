"""Our own API: below /_pbx what testers need of a PBX, and for operators /livez, /readyz and /metrics.

The way of a request is in ``corridor.py``, the table of interfaces in ``endpoints.py``. Both are imported when the
first request comes: most servers never get one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Request, Response, current_app, request

if TYPE_CHECKING:
    from ..pbx.worlds import Worlds

blueprint = Blueprint("control", __name__)

PREFIX = "/_pbx"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route(PREFIX, methods=METHODS, provide_automatic_options=False)
@blueprint.route(f"{PREFIX}/", methods=METHODS, provide_automatic_options=False)
@blueprint.route(f"{PREFIX}/<path:path>", methods=METHODS, provide_automatic_options=False)
def any_request(path: str = "") -> Response:
    """Any request below /_pbx."""
    from .corridor import answer

    return answer(_request(), _worlds())


@blueprint.route("/livez", strict_slashes=False)
@blueprint.route("/livez/", strict_slashes=False)
def livez() -> Response:
    """Whether there is a process that answers."""
    from . import health

    return health.livez()


@blueprint.route("/readyz", strict_slashes=False)
@blueprint.route("/readyz/", strict_slashes=False)
def readyz() -> Response:
    """Whether the PBX can be used, and if not, why."""
    from . import health

    return health.readyz(_worlds())


@blueprint.route("/metrics", strict_slashes=False)
@blueprint.route("/metrics/", strict_slashes=False)
def metrics() -> Response:
    """What was counted, for Prometheus."""
    from . import health

    return health.metrics(_worlds())


def _request() -> Request:
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    return asked


def _worlds() -> Worlds:
    worlds: Worlds = current_app.extensions["pbx"]
    return worlds
