"""What `serve` says when it is ready: where, as whom, what time it is there, and for each dialect what to paste."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from .kazoo.times import to_gregorian
from .pbx.display_format import DisplayFormat

if TYPE_CHECKING:
    from .settings import Settings
    from .store.worlds import World

_DAY = int(timedelta(days=1).total_seconds())


def banner(world: World, settings: Settings, port: int) -> str:
    """The text; ``port`` is the one listened on."""
    pbx = world.settings
    display = DisplayFormat.of(pbx)
    now = int(world.clock.now())
    base = address(settings, port)
    curl = "curl -sk" if settings.tls else "curl -s"
    calls, newest = world.database.connection().execute("SELECT count(*), max(started_at) FROM cdr").fetchone()
    until = now if newest is None else newest
    return f"""
  PBX Emulator at {base}
    Client ID       {pbx.client_id}
    Client Secret   {pbx.client_secret}
    PBX clock       {display.write(now)} in {pbx.timezone}
    display format  {display.pattern}
    call records    {calls:,}
    control API     {base}/_pbx/docs
    why the last request was answered so
                    {base}/_pbx/requests/last/explain

  Paste into another terminal, to log in and to search:

{_yeastar(pbx, base, curl, _kept(settings, "token.json"), until)}

  The same calls as KAZOO's, of account {pbx.kazoo_account_id}:

{_kazoo(pbx, base, curl, _kept(settings, "kazoo-token.json"), until)}

  Ctrl-C stops it.
"""


def address(settings: Settings, port: int) -> str:
    """The server's root, as this machine can open it."""
    return f"{'https' if settings.tls else 'http'}://{_host(settings.host)}:{port}"


def _kept(settings: Settings, name: str) -> str:
    """Where a login's answer is kept for the request after it."""
    return shlex.quote(str(Path(settings.instance).resolve() / name))


def _yeastar(pbx: Settings, base: str, curl: str, kept: str, until: int) -> str:
    """A login, and a search in the week up to the newest call."""
    body = orjson.dumps({"username": pbx.client_id, "password": pbx.client_secret}).decode()
    write = DisplayFormat.of(pbx).write
    start, end = (quote(write(instant), safe="/:") for instant in (until - 7 * _DAY, until))
    search = f"access_token={_token(kept, 'access_token')}&start_time={start}&end_time={end}&page_size=3"
    return f"""{curl} {base}/openapi/v1.0/get_token -d {shlex.quote(body)} | tee {kept}

{curl} "{base}/openapi/v1.0/cdr/search?{search}\""""


def _kazoo(pbx: Settings, base: str, curl: str, kept: str, until: int) -> str:
    """A login, and the calls of the week up to the newest."""
    body = orjson.dumps({"data": {"api_key": pbx.kazoo_api_key}}).decode()
    start, end = map(to_gregorian, (until - 7 * _DAY, until))
    listing = f"accounts/{pbx.kazoo_account_id}/cdrs/interaction?created_from={start}&created_to={end}&page_size=3"
    return f"""{curl} -X PUT {base}/v2/api_auth -d {shlex.quote(body)} | tee {kept}

{curl} -H "X-Auth-Token: {_token(kept, "auth_token")}" "{base}/v2/{listing}\""""


def _token(kept: str, name: str) -> str:
    """The shell's words for the token in a login's answer."""
    return rf"""$(sed 's/.*"{name}":"\([^"]*\).*/\1/' {kept})"""


def _host(host: str) -> str:
    """The address as it stands in a URL that this machine can open."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"[{here}]" if ":" in here and not here.startswith("[") else here
