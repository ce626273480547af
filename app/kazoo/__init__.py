"""The second dialect: KAZOO's Crossbar under /v2/. This page is the way of every request.

read -> faults -> token -> route -> account -> authenticate -> authorize -> accept -> answer -> envelope, in the
vendor's order: a token that has died is refused before anything else, a path or method before the account, the account
before a missing token. Faults are what a tester has armed: off unless asked.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Request, Response, current_app, request

from ..faults import effects, rules
from ..journal import journal_of
from ..journal.recording import Recording
from ..store.database import DatabaseError
from . import failing, identity, tokens
from .accept import choose, tunnelled
from .calls import Call
from .endpoints import Endpoint, find_endpoints
from .envelope import JSON_TYPE, failure, finished, is_cross_origin, response, success
from .errors import ERRORS, CrossbarError
from .inputs import header_text, read_body, read_query, read_segments
from .understanding import read_by

if TYPE_CHECKING:
    from ..pbx.worlds import Worlds
    from ..store.worlds import World

log = logging.getLogger("pbx")
blueprint = Blueprint("kazoo", __name__)

PREFIXES = ("/v2/", "/v1/")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

# More hints are not logged of one request.
_MOST_NOTES = 20

_UNUSABLE = "%r: the database cannot be used, answered with 503"
_FAULT = "%r: a fault of the emulator, answered with 500"

_GONE = "API version 1 is not supported. Please upgrade your code to use version 2."


@blueprint.route("/<any(v1, v2):version>", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/<any(v1, v2):version>/", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/<any(v1, v2):version>/<path:path>", methods=METHODS, provide_automatic_options=False)
def corridor(version: str, path: str = "") -> Response:
    """Any request below /v2/, or the former /v1/."""
    try:
        call = _call()
        return _journaled(call, _guarded(call, version, path))
    except (DatabaseError, sqlite3.Error):
        log.exception(_UNUSABLE, path[:400])
        return broken("datastore")
    except Exception:
        log.exception(_FAULT, path[:400])
        return broken("fault")


def _guarded(call: Call, version: str, path: str) -> Response:
    """The answer, whatever happens on the way to it."""
    try:
        return _answer(call, version)
    except CrossbarError as error:
        call.notes += filter(None, [error.note])
        return _refused(call, error)
    except (DatabaseError, sqlite3.Error):
        log.exception(_UNUSABLE, path[:400])
        return _refused(call, CrossbarError("datastore"))
    except Exception:
        log.exception(_FAULT, path[:400])
        return _refused(call, CrossbarError("fault"))
    finally:
        for note in call.notes[:_MOST_NOTES]:
            log.info("hint: %r: %.400s", path[:400], note)


def broken(key: str = "fault") -> Response:
    """What is left to say when nothing can be found out about the request or the PBX: a row of ERRORS."""
    row = ERRORS[key]
    envelope = {"data": {"message": row.text}, "error": str(row.status), "message": row.message, "status": "error"}
    return Response(orjson.dumps(envelope), row.status, content_type=JSON_TYPE)


def unknown_method() -> Response:
    """What a method gets that HTTP itself hardly knows."""
    call = _call()
    return _journaled(call, _refused(call, CrossbarError("method")))


def _journaled(call: Call, answer: Response) -> Response:
    """The answer, of which the journal tells."""
    entry = call.entry
    entry.query, entry.body, entry.notes = list(call.query), call.body or None, call.notes
    entry.settings = read_by(call.settings)
    if entry.route is None:
        entry.route = _route_name(call)
    if call.identity is not None:
        entry.client, entry.owner = call.identity.account_id, call.identity.owner_id or ""
    call.recording.hide(call.token)
    effects.sent(call.request.environ, answer, call.recording.answered)
    return answer


def _route_name(call: Call) -> str | None:
    """The interface of a request that was refused before anybody asked."""
    segments = read_segments(call.request.environ)
    if segments[:1] == ["account"]:
        segments = ["accounts", "", *segments[1:]]
    return next((row.route for row in find_endpoints(segments)[0].values()), None)


def _call() -> Call:
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    worlds: Worlds = current_app.extensions["pbx"]
    world = worlds.default
    recording = Recording(journal_of(world.base), "kazoo", asked.method, asked.path, asked.remote_addr)
    settings, clock = world.present()
    instant = clock.now()
    recording.of(world, settings, instant)
    request_id = header_text(asked.headers.get("X-Request-ID", "")) or secrets.token_hex(16)
    query = read_query(asked.environ.get("QUERY_STRING", ""))
    return Call(asked, world, settings, instant, request_id, recording, recording.entry, verb=asked.method, query=query)


def _refused(call: Call, error: CrossbarError) -> Response:
    call.entry.errmsg = error.row.message
    if not error.row.message:
        return finished(call, Response(b"", error.row.status))
    return response(call, error.row.status, failure(call, error))


def _answer(call: Call, version: str) -> Response:
    if version == "v1" and not call.profile.version_1:
        raise CrossbarError("gone", {"message": _GONE})
    call.body = read_body(call.request)
    if call.verb == "POST":
        call.verb = str(call.value("verb") or "POST").upper()
    _find_world(call)
    if rules.live(call.world):
        failing.strike(call, _route_name(call))
    identity.early(call)
    endpoint = _route(call)
    if endpoint is None:
        return _options(call)
    _check_account(call)
    identity.spend(call, identity.REQUEST_COST if endpoint.token else identity.LOGIN_COST)
    if endpoint.token:
        identity.authenticate(call)
        _authorize(call)
    _accept(call, endpoint)
    _check_user(call)
    answer = endpoint.answer(call, call.body.get("data", {}))
    if isinstance(answer, Response):
        return answer
    return response(call, 201 if call.verb == "PUT" else 200, success(call, answer, {}), call.accept)


def _find_world(call: Call) -> None:
    """The PBX that the request is for: its token's account is there, or what a login names, or the path's account."""
    worlds: Worlds = current_app.extensions["pbx"]
    sent = identity.sent_token(call)
    account_id = tokens.account_in(sent[0]) if sent else None
    segments = read_segments(call.request.environ)
    if account_id is None and segments[:1] == ["accounts"]:
        account_id = segments[1] if len(segments) > 1 else None
    if account_id is not None:
        world = worlds.of_account(account_id) or worlds.default
    else:
        world = _login_world(worlds, call.body.get("data"))
    if world is not worlds.default:
        call.enter(world)


def _login_world(worlds: Worlds, sent: Any) -> World:
    """The PBX that a login names."""
    given = sent if isinstance(sent, dict) else {}
    for name, find in (
        ("api_key", worlds.of_api_key),
        ("account_realm", worlds.of_realm),
        ("realm", worlds.of_realm),
        ("account_name", worlds.of_account_name),
    ):
        if isinstance(given.get(name), str):
            return find(given[name])
    return worlds.default


def _route(call: Call) -> Endpoint | None:
    """The row that answers; None for a browser's question what is allowed."""
    segments = read_segments(call.request.environ)
    if segments[:1] == ["account"]:
        if call.identity is None:
            raise CrossbarError("expired", note="the alias /account needs a token")
        segments = ["accounts", call.identity.account_id, *segments[1:]]
    rows, call.path = find_endpoints(segments)
    if not rows:
        raise CrossbarError("not_found")
    call.entry.route = next(iter(rows.values())).route
    call.allowed = tuple(rows)
    if call.verb == "OPTIONS" and is_cross_origin(call):
        return None
    if call.verb not in rows:
        raise CrossbarError("method")
    return rows[call.verb]


def _options(call: Call) -> Response:
    answer = finished(call, Response(b"", 200))
    del answer.headers["Content-Type"]
    return answer


def _check_account(call: Call) -> None:
    account_id = call.path.get("account_id")
    if account_id is None:
        return
    if len(account_id) != 32:
        words = f"invalid account_id '{account_id}'" if account_id else "missing account_id"
        raise CrossbarError("account_id", {"message": words})
    if account_id not in (call.account.id, call.account.reseller_id):
        raise CrossbarError("identifier", cause=account_id)


def _authorize(call: Call) -> None:
    account_id = call.path.get("account_id")
    if account_id is not None:
        identity.authorize(call, account_id)


def _accept(call: Call, endpoint: Endpoint) -> None:
    """The type to answer in. The vendor's HTTP framework refuses with an empty body."""
    chosen = choose(call.request.headers.get("Accept"), endpoint.types)
    if chosen is None:
        raise CrossbarError("not_acceptable")
    call.accept = chosen
    wanted = call.value("accept")
    if wanted is not None and endpoint.csv:
        call.accept = tunnelled(str(wanted), chosen)


def _check_user(call: Call) -> None:
    user_id = call.path.get("user_id")
    if user_id is not None and user_id not in call.account.users:
        raise CrossbarError("identifier", cause=user_id)
