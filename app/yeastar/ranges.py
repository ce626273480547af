"""Ranges: which bytes of a file a request wants (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Request

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*", re.ASCII | re.IGNORECASE)

# So many digits of a place are read: with that many, it is beyond the end of any file.
_DIGITS = 18


def part_asked(request: Request, size: int) -> range | None:
    """The places of the bytes asked for; an empty range where the file has none of them, None for the whole file.

    The whole is also the answer to several ranges at once, to what is no range, and to If-Range: files have no marks
    that it could name.
    """
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or "If-Range" in request.headers:
        return None
    first, last = (int(text[:_DIGITS]) if text else None for text in found.groups())
    if first is None:
        return None if last is None else range(max(0, size - last), size)
    if last is not None and last < first:
        return None
    return range(first, size if last is None else min(last + 1, size))
