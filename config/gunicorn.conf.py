"""For `gunicorn wsgi:app -c config/gunicorn.conf.py`: the options `pbx-emulator serve` runs with, and the address.

They belong together: without them gunicorn logs tokens, and refuses URLs that the PBX takes.
"""

import sys
from pathlib import Path
from typing import Any

from app.banner import banner
from app.metrics import share
from app.server import gunicorn_options, log_to_stderr
from app.settings import SettingError, Settings, explicit_settings
from app.tls import CertificateError

try:
    _settings = Settings(**explicit_settings())
    globals().update(gunicorn_options(_settings))
    share(Path(_settings.instance))
except (SettingError, CertificateError, OSError) as _error:
    print(f"Error: {_error}", file=sys.stderr)
    sys.exit(2)

bind = f"{_settings.host}:{_settings.port}"
log_to_stderr()


def when_ready(server: Any) -> None:
    """Say where it is, as `serve` does."""
    worlds = server.app.wsgi().extensions["pbx"]
    print(banner(worlds.default, _settings, server.LISTENERS[0].getsockname()[1]), flush=True)
    worlds.close()  # before the workers are forked
