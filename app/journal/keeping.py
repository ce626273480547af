"""What of a request is kept: no secrets, and not more than a person wants to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ..masking import mask

if TYPE_CHECKING:
    from .entries import Entry

MASKED = "***"

# Characters of one text that are kept, characters of all of them, and levels of a body.
_LONGEST = 500
_MOST = 8_000
_DEEPEST = 8

# What the emptiest of parameters counts for.
_LEAST = 8

# A parameter with such a name holds a secret, whatever it is; two of them come with every other request.
_SECRET_NAME = re.compile("token|secret|passw|api.?key|credential|authorization|(?<!enb_)vm_pin", re.IGNORECASE)
_USUAL = frozenset({"access_token", "auth_token"})

# Without one of these in it, a text has nothing to mask: names, the beginning of a JWT, letters in hexadecimal.
_HINTS = ("token", "auth", "passw", "secret", "api_key", "cred", "eyj", "%")

_MOST_NOTES = 20

# A secret that stands in another's place is known by itself, unless it is so short that it may be anything.
_SHORTEST_SECRET = 12


def is_cut(text: str) -> bool:
    """Whether a kept text is only the beginning of what came."""
    return len(text) > _LONGEST and text.endswith(" characters)")


def keep(entry: Entry, secrets: Sequence[str]) -> None:
    """Leave in the entry what may be kept of what the client sent; ``secrets`` are masked wherever they stand."""
    kept, text = [], entry.path + entry.client
    for name, value in entry.query:
        if name in _USUAL:
            kept.append((name, MASKED if value else value))
        else:
            kept.append((name, value))
            text += name + value
    if entry.body is None and not entry.notes and _may_stand(text, secrets):
        entry.query = kept
        return
    keeper = _Keeper(secrets)
    entry.query, entry.body = keeper.pairs(entry.query), keeper.json(entry.body)
    entry.method, entry.path, entry.client = map(keeper.text, (entry.method, entry.path, entry.client))
    entry.notes = list(map(keeper.text, entry.notes[:_MOST_NOTES]))
    entry.cut = keeper.cut


def _may_stand(text: str, secrets: Sequence[str]) -> bool:
    """Whether there is nothing to mask in it, or to cut. Most requests are so, and to know it costs a tenth."""
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            return False
    for secret in secrets:
        if secret in text and len(secret) >= _SHORTEST_SECRET:
            return False
    return len(text) <= _LONGEST


class _Keeper:
    """Keeps what one request says, parameters as long as there is room; ``cut`` says that there was too much."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.cut = False
        self._left = _MOST
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]

    def text(self, text: str) -> str:
        """A text, cut where it is too long, which it says."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASKED)
        kept = text[:_LONGEST]
        lowered = kept.lower()
        if any(hint in lowered for hint in _HINTS):
            kept = mask(kept)
        self._left -= len(kept) + _LEAST
        if len(text) > _LONGEST:
            self.cut = True
            kept += f"… ({len(text):,} characters)"
        return kept

    def pairs(self, given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """A query's parameters."""
        return [(self.text(name), self._value(name, value)) for name, value in takewhile(self._has_room, given)]

    def _value(self, name: str, value: str) -> str:
        return MASKED if value and _SECRET_NAME.search(name) else self.text(value)

    def json(self, value: Any, level: int = 0) -> Any:
        """A body, or a part of it."""
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, (dict, list)):
            return value
        if level >= _DEEPEST:
            self.cut = True
            return "…"
        if isinstance(value, list):
            return [self.json(item, level + 1) for item in takewhile(self._has_room, value)]
        return {
            self.text(name): MASKED if item and _SECRET_NAME.search(name) else self.json(item, level + 1)
            for name, item in takewhile(self._has_room, value.items())
        }

    def _has_room(self, item: Any) -> bool:
        """Whether there is room for one more, whatever it is; it takes some."""
        self._left -= _LEAST
        self.cut = self.cut or self._left <= 0
        return self._left > 0
