"""Secrets never reach a log: what looks like a token's parameter is masked in whatever is written."""

from __future__ import annotations

import logging
import re

# What names of secrets end with.
_SECRET_NAMES = ("token", "secret", "password", "api_key", "credentials", "authorization")


def _any_spelling(name: str) -> str:
    """A pattern for the name with any of its letters percent-encoded."""
    return "".join(f"(?:{re.escape(letter)}|%{ord(letter):02x})" for letter in name)


# A secret may stand in quotes, in a query, in JSON, in either of them percent-encoded, in a header, or in a path. A
# header's name and value may be a pair in a list of them.
_QUOTE = r"(?:[\"'\\]|%2[27]|%5c)"
_BLANK = r"(?:\s|%20|\+)"
_NAMES = "|".join(map(_any_spelling, _SECRET_NAMES))
_NAMED = f"(?:{_NAMES})(?:{_QUOTE}*(?:=|%3d)|{_QUOTE}+{_BLANK}*(?::|%3a){_BLANK}*)"
_HEADER = rf"\b(?:authorization|x-auth-token)(?:[\s:=]+|{_QUOTE}+,\s*)"
_PATH = f"{_any_spelling('user_auth')}(?:/|%2f)+"
_SCHEME = f"(?:(?:basic|bearer){_BLANK}+)?"

# What begins like a JWT is one, wherever it stands.
_JWT = r"(?<![\w-])eyJ[\w-]+(?:\.|%2e)[^&\s\"'#]+"
_SECRETS = re.compile(rf"((?:{_NAMED}|{_HEADER}|{_PATH}){_QUOTE}*{_SCHEME})[^&\s\"'#]+|{_JWT}", re.IGNORECASE)

# Whoever reads a log must not be shown lines that a request made up.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) not in "\n\t"}
_LINE_BREAK = {ord("\n"): "\\x0a"}


def mask(text: str) -> str:
    """The text with every secret's value replaced by ***."""
    return _SECRETS.sub(r"\1***", text).translate(_CONTROLS)


class MaskingFormatter(logging.Formatter):
    """A log format whose result, exceptions included, is masked, and whose message is one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return super().formatMessage(record).translate(_LINE_BREAK)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
