"""What `serve` says when it is ready: where, as whom, what time it is there, and two requests to paste."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

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
    base = f"{'https' if settings.tls else 'http'}://{_host(settings.host)}:{port}"
    curl = "curl -sk" if settings.tls else "curl -s"
    body = orjson.dumps({"username": pbx.client_id, "password": pbx.client_secret}).decode()
    kept = shlex.quote(str(Path(settings.instance).resolve() / "token.json"))
    token = rf"""$(sed 's/.*"access_token":"\([^"]*\).*/\1/' {kept})"""
    calls, newest = world.database.connection().execute("SELECT count(*), max(started_at) FROM cdr").fetchone()
    until = now if newest is None else newest
    start, end = (quote(display.write(instant), safe="/:") for instant in (until - 7 * _DAY, until))
    search = f"access_token={token}&start_time={start}&end_time={end}&page_size=3"
    return f"""
  PBX Emulator at {base}
    Client ID       {pbx.client_id}
    Client Secret   {pbx.client_secret}
    PBX clock       {display.write(now)} in {pbx.timezone}
    display format  {display.pattern}
    call records    {calls:,}

  Paste into another terminal, to log in and to search:

{curl} {base}/openapi/v1.0/get_token -d {shlex.quote(body)} | tee {kept}

{curl} "{base}/openapi/v1.0/cdr/search?{search}"

  Ctrl-C stops it.
"""


def _host(host: str) -> str:
    """The address as it stands in a URL that this machine can open."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"[{here}]" if ":" in here and not here.startswith("[") else here
