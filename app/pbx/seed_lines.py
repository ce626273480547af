"""Where in a JSON file something is: a mistake is told with its line."""

from __future__ import annotations

import json
import re

_BLANK = re.compile(r"[ \t\r\n]*")
_PATH = re.compile(r"([\w$-]+(?:\[\d+\])*(?:\.[\w$-]+(?:\[\d+\])*)*): ")
_STEP = re.compile(r"\[(\d+)\]|[\w$-]+")
_DECODER = json.JSONDecoder(strict=False)


def with_lines(mistakes: str, text: str) -> str:
    """The mistakes, one in a line of their own as ``path: what is wrong``, each with the line of ``text``, which is
    JSON, where it is; of something that is missing, that of what it is missing in."""
    return "\n".join(_with_line(mistake, text) for mistake in mistakes.split("\n"))


def _with_line(mistake: str, text: str) -> str:
    path = _PATH.match(mistake)
    if path is None:
        return mistake
    steps = [int(found[1]) if found[1] else found[0] for found in _STEP.finditer(path[1])]
    return f"{mistake} (line {text.count(chr(10), 0, _place(text, steps)) + 1})"


def _place(text: str, steps: list[str | int]) -> int:
    """Where the value begins that the steps lead to, as far as there is one."""
    at = _after_blank(text, 0)
    for step in steps:
        found = _item(text, at, step) if isinstance(step, int) else _member(text, at, step)
        if found is None:
            break
        at = found
    return at


def _item(text: str, at: int, wanted: int) -> int | None:
    if text[at : at + 1] != "[":
        return None
    at = _after_blank(text, at + 1)
    for _ in range(wanted):
        if text[at : at + 1] == "]":
            return None
        at = _next(text, at)
    return at


def _member(text: str, at: int, wanted: str) -> int | None:
    if text[at : at + 1] != "{":
        return None
    at = _after_blank(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = _after_blank(text, _after_blank(text, at) + 1)  # behind the colon
        if key == wanted:
            return at
        at = _next(text, at)
    return None


def _next(text: str, at: int) -> int:
    """Where the value begins that comes behind the one that begins here; or where the last one's bracket is."""
    _, at = _DECODER.raw_decode(text, at)
    at = _after_blank(text, at)
    return _after_blank(text, at + 1) if text[at : at + 1] == "," else at


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
