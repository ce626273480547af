"""What newer firmware leaves out of rows where it is empty."""

from __future__ import annotations

from marshmallow import fields

from ..store.shelves import Holdings, Item
from .attributes import Attribute
from .fields import OPTIONAL
from .profiles import NO_EMPTY, has


def lean(entry: Attribute) -> Attribute:
    """The same text, left out where it is empty and such firmware does so (observed on 37.23.0.83)."""
    written = entry.writer()

    def write(item: Item, holdings: Holdings) -> str | None:
        text: str | None = written(item, holdings)
        return text or (None if has(holdings.settings.firmware, NO_EMPTY) else text)

    entry.value, entry.gives = write, fields.String(metadata=OPTIONAL)
    return entry
