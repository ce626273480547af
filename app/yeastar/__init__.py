"""The first dialect: Yeastar's OpenAPI under /openapi/. This page is the way of every request.

admit (networks, the API's switch, the interface, User-Agent) -> authenticate -> load -> answer -> envelope.
HTTP status is 200 for every answer, failures too; only errcode tells.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Request, Response, current_app, request

from ..store import tokens
from .answers import cdr
from .calls import Call
from .endpoints import ENDPOINTS, Endpoint
from .errors import YeastarError, parameter_error
from .fields import VendorSchema
from .inputs import read_object, read_query
from .networks import allowed
from .schemas.cdr import Search

if TYPE_CHECKING:
    from ..settings import Settings

log = logging.getLogger("pbx")
blueprint = Blueprint("yeastar", __name__)

PREFIXES = ("/openapi/", cdr.DOWNLOAD_PATH)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route("/openapi/", methods=METHODS, provide_automatic_options=False, strict_slashes=False)
@blueprint.route("/openapi/<path:path>", methods=METHODS, provide_automatic_options=False)
def corridor(path: str = "") -> Response:
    """Any request below /openapi/."""
    return _guarded(path, lambda call: _interface(call, path))


@blueprint.route(f"{cdr.DOWNLOAD_PATH}<path:name>", methods=METHODS, provide_automatic_options=False)
def download(name: str) -> Response:
    """The file behind a link that an interface gave."""
    return _guarded(name, lambda call: _file(call, name))


def _guarded(what: str, answer: Any) -> Response:
    """The answer as a response, whatever happens on the way to it."""
    world = current_app.extensions["pbx"]
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    try:
        settings, clock = world.present()
        call = Call(asked, read_query(asked), world, settings, int(clock.now()))
        return _response(answer(call))
    except YeastarError as error:
        if error.note:
            _tell(f"{what}: {error}: {error.note}")
        return _response(error.envelope)
    except Exception:
        log.exception("%s: a fault of the emulator, answered with -2", _printable(what))
        return _response(YeastarError(-2).envelope)


def _printable(text: str) -> str:
    """Text of a client's as it may stand in a log line: one line, not too long."""
    short = text if len(text) <= 400 else text[:399] + "…"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in short)


def _response(answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(orjson.dumps(answer), content_type="application/json")


def _interface(call: Call, path: str) -> Any:
    _admit(call)
    endpoint = ENDPOINTS.get((call.request.method, path))
    if endpoint is None:
        raise YeastarError(10001)
    _require_user_agent(call)
    if endpoint.token:
        _authenticate(call)
    answer = endpoint.answer(call, _load(call, endpoint, path))
    return answer if isinstance(answer, Response) else {"errcode": 0, "errmsg": "SUCCESS", **answer}


def _file(call: Call, name: str) -> Response:
    _admit(call)
    if call.request.method != "GET":
        raise YeastarError(10001)
    _require_user_agent(call)
    _authenticate(call)
    return cdr.fetch(call, name)


def _admit(call: Call) -> None:
    settings = call.settings
    if settings.allowed_networks and not allowed(call.address, settings.allowed_networks):
        raise YeastarError(70087, f"{call.address} is in none of the allowed networks")
    if not settings.api_enabled:
        raise YeastarError(70123, "the setting api_enabled is off")


def _require_user_agent(call: Call) -> None:
    if call.settings.require_user_agent and not call.request.environ.get("HTTP_USER_AGENT"):
        raise YeastarError(40002, "the request has no User-Agent header")


def _authenticate(call: Call) -> None:
    """The token stands in the query; a raw Authorization header also works, one with Bearer does not."""
    call.token = call.query.pop("access_token", "") or call.request.headers.get("Authorization", "")
    client_id = tokens.owner(call.world.database.connection(), call.token, call.now, call.world.tokens_seen())
    if client_id is None:
        raise YeastarError(10004, "the access token is missing, unknown, expired or revoked")
    call.client_id = client_id


def _load(call: Call, endpoint: Endpoint, path: str) -> Any:
    """The parameters as understood."""
    if endpoint.takes is None:
        return {}
    schema = _schema(endpoint.takes, call.settings)
    given = read_object(call.request) if endpoint.method == "POST" else call.query
    if given is None:
        raise parameter_error(dict.fromkeys(schema.required or ["body"], "required"))
    understood, unknown = schema.read(given)
    if unknown:
        _tell(f"{path}: unknown to this interface, and passed over: {', '.join(unknown)}")
    if isinstance(understood, Search):
        for note in understood.notes:
            _tell(f"{path}: {note}")
    return understood


@lru_cache(maxsize=256)
def _schema(takes: type[VendorSchema], settings: Settings) -> VendorSchema:
    return takes(settings)


def _tell(note: str) -> None:
    """Say, beside the answer, what the wire does not."""
    log.info("hint: %s", _printable(note))
