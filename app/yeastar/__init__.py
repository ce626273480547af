"""The first dialect: Yeastar's OpenAPI under /openapi/. This page is the way of every request.

faults -> admit (networks, the API's switch, the interface, User-Agent) -> authenticate -> load -> answer -> envelope.
HTTP status is 200 for every answer, failures too; only errcode tells. Faults are what a tester has armed: off unless
asked.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Request, Response, current_app, request

from ..faults import effects, rules
from ..journal import journal_of
from ..journal.recording import Recording
from ..store import tokens
from ..store.database import DatabaseError
from . import failing, links, profiles, token_notes
from .answers import download as downloads
from .calls import Call, Fields
from .endpoints import DOWNLOAD, ENDPOINTS, Endpoint
from .errors import YeastarError, parameter_error
from .inputs import first_of_each, peek_object, read_object, read_pairs
from .networks import allowed
from .responses import Json
from .schemas.cdr import Search
from .understanding import read_by

if TYPE_CHECKING:
    from ..journal.entries import Entry
    from ..pbx.worlds import Worlds
    from ..store.worlds import World

log = logging.getLogger("pbx")
blueprint = Blueprint("yeastar", __name__)

PATH = "/openapi/"
PREFIXES = (PATH, links.PATH)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route(PATH, methods=METHODS, provide_automatic_options=False, strict_slashes=False)
@blueprint.route(f"{PATH}<path:path>", methods=METHODS, provide_automatic_options=False)
def corridor(path: str = "") -> Response:
    """Any request below /openapi/."""
    return answered(*_asked(), path)


def answered(asked: Request, worlds: Worlds, path: str) -> Response:
    """The answer to any request below /openapi/, where ``path`` follows. Nothing on its way needs Flask's context."""
    return _journaled(asked, worlds, path, lambda call: _interface(call, path))


@blueprint.route(f"{links.PATH}<path:name>", methods=METHODS, provide_automatic_options=False)
def download(name: str) -> Response:
    """The file behind a link that an interface gave."""
    return _journaled(*_asked(), name, lambda call: _file(call, name))


def unknown_method() -> Response:
    """What a method gets that HTTP itself hardly knows."""
    asked, worlds = _asked()
    return _journaled(asked, worlds, asked.path, _no_interface)


def _no_interface(call: Call) -> Any:
    raise YeastarError(10001)


def _asked() -> tuple[Request, Worlds]:
    """What Flask has routed here, and the PBXs it may be for."""
    return request._get_current_object(), current_app.extensions["pbx"]  # type: ignore[attr-defined]


def _journaled(asked: Request, worlds: Worlds, what: str, answer: Callable[[Call], Any]) -> Response:
    """The answer to any request, of which the journal tells."""
    recording = Recording(journal_of(worlds.default.base), "yeastar", asked.method, asked.path, asked.remote_addr)
    response = _guarded(what, recording, lambda: answer(_call(asked, worlds, recording)))
    effects.sent(asked.environ, response, recording.answered)
    return response


def _call(asked: Request, worlds: Worlds, recording: Recording) -> Call:
    entry = recording.entry
    entry.query = read_pairs(asked)
    query = first_of_each(entry.query)
    recording.hide(query.get("access_token") or asked.headers.get("Authorization", ""))
    world = _world(asked, worlds, query)
    settings, clock = world.present()
    settings = profiles.effective(settings)
    now = clock.now()
    recording.of(world, settings, now)
    entry.settings = read_by(settings)
    return Call(asked, query, world, settings, int(now), recording, entry)


def _world(asked: Request, worlds: Worlds, query: Fields) -> World:
    """The PBX that the request is for: its token leads there, or the client or the refresh token in its body."""
    token = query.get("access_token") or asked.headers.get("Authorization")
    if token:
        return worlds.of_token(token)
    if asked.method != "POST":
        return worlds.default
    sent = peek_object(asked)
    refresh = sent.get("refresh_token")
    if refresh:
        return worlds.of_token(str(refresh))
    world = worlds.of_client(str(sent.get("username", "")))
    # Where ID and secret have changed places, it is the ID's PBX that can tell, and knows what is to be masked.
    return world if world is not worlds.default else worlds.of_client(str(sent.get("password", "")))


def _guarded(what: str, recording: Recording, answer: Callable[[], Any]) -> Response:
    """The answer as a response, whatever happens on the way to it."""
    entry = recording.entry
    try:
        return _response(entry, answer())
    except YeastarError as error:
        if error.note:
            entry.notes.append(error.note)
            log.info("hint: %s", _printable(f"{what}: {error}: {error.note}"))
        return _response(entry, error.envelope)
    except failing.PageError as error:
        entry.notes.append(error.note)
        entry.errmsg = error.title
        return error.page
    except (DatabaseError, sqlite3.Error):
        log.exception("%s: the database cannot be used, answered with -2", _printable(what))
        return _response(entry, YeastarError(-2).envelope)
    except Exception:
        log.exception("%s: a fault of the emulator, answered with -2", _printable(what))
        return _response(entry, YeastarError(-2).envelope)


def _printable(text: str) -> str:
    """Text of a client's as it may stand in a log line: one line, not too long."""
    short = text if len(text) <= 400 else text[:399] + "…"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in short)


def _response(entry: Entry, answer: Any) -> Response:
    if isinstance(answer, Response):
        entry.errcode, entry.errmsg = 0, "SUCCESS"
        return answer
    entry.errcode, entry.errmsg = answer["errcode"], answer["errmsg"]
    return Json(orjson.dumps(answer))


def _interface(call: Call, path: str) -> Any:
    endpoint = ENDPOINTS.get((call.request.method, path))
    call.entry.route = endpoint.route if endpoint else None
    _strike(call)
    _admit(call)
    if endpoint is None:
        raise YeastarError(10001)
    if missing := profiles.missing_interface(call.settings.firmware, endpoint.route):
        raise YeastarError(10001, missing)
    if endpoint.answer is None:
        raise YeastarError(10001, "a PBX has this interface; it is not emulated")
    _require_user_agent(call)
    if endpoint.token:
        _authenticate(call)
    answer = endpoint.answer(call, _load(call, endpoint, path))
    if isinstance(answer, Response):
        return answer
    return {"errcode": 0, "errmsg": "SUCCESS", **answer}


def _file(call: Call, name: str) -> Response:
    call.entry.route = DOWNLOAD if call.request.method == "GET" else None
    _strike(call)
    _admit(call)
    if call.entry.route is None:
        raise YeastarError(10001)
    _require_user_agent(call)
    _authenticate(call)
    return downloads.fetch(call, name)


def _strike(call: Call) -> None:
    if rules.live(call.world):
        failing.strike(call)


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
        raise YeastarError(10004, token_notes.of_access_token(call))
    call.client_id = call.entry.client = client_id


def _load(call: Call, endpoint: Endpoint, path: str) -> Any:
    """The parameters as understood."""
    if endpoint.takes is None:
        return {}
    schema = profiles.schema_for(endpoint.takes, endpoint.route, call.settings)
    given: Fields | None = call.query
    if endpoint.method == "POST":
        given = call.entry.body = read_object(call.request)
    if given is None:
        raise parameter_error(dict.fromkeys(schema.required or ["body"], "required"))
    understood, unknown = schema.read(given)
    for note in profiles.unknown_notes(call.settings.firmware, endpoint.route, unknown) if unknown else ():
        _tell(call, path, note)
    if isinstance(understood, Search):
        for note in understood.notes:
            _tell(call, path, note)
    return understood


def _tell(call: Call, path: str, note: str) -> None:
    """Say, beside the answer, what the wire does not."""
    call.entry.notes.append(note)
    log.info("hint: %s", _printable(f"{path}: {note}"))
