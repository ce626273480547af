"""Secrets never reach a log: what looks like a token's parameter is masked in whatever is written."""

from __future__ import annotations

import logging
import re

_SECRET_NAMES = ("access_token", "refresh_token", "password")


def _any_spelling(name: str) -> str:
    """A pattern for the name with any of its letters percent-encoded."""
    return "".join(f"(?:{re.escape(letter)}|%{ord(letter):02x})" for letter in name)


_SECRETS = re.compile(
    rf"((?:{'|'.join(map(_any_spelling, _SECRET_NAMES))})(?:=|%3d|[\"']\s*:\s*[\"']))[^&\s\"'#]+",
    re.IGNORECASE,
)

# Whoever reads a log must not be shown lines that a request made up.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) not in "\n\t"}


def mask(text: str) -> str:
    """The text with every secret's value replaced by ***."""
    return _SECRETS.sub(r"\1***", text).translate(_CONTROLS)


class MaskingFormatter(logging.Formatter):
    """A log format whose result, exceptions included, is masked."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
