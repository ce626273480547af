"""For `gunicorn wsgi:app -c config/gunicorn.conf.py`: the options `pbx-emulator serve` runs with, and the address."""

from app.server import gunicorn_options, log_to_stderr
from app.settings import Settings, explicit_settings

_settings = Settings(**explicit_settings())
globals().update(gunicorn_options(_settings))
bind = f"{_settings.host}:{_settings.port}"

log_to_stderr()
