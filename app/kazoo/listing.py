"""Listing: what a request for a list asks, read as the vendor reads it, in the order in which it complains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from .errors import CrossbarError, invalid
from .filters import Filters
from .inputs import is_false, is_true
from .paging import END, Key, UnreadableKeyError, decode
from .schemas.cdr import FIELD_NAMES
from .times import EPOCH, to_gregorian

if TYPE_CHECKING:
    from .calls import Call

PAGE_SIZE = 50

LARGEST_CHUNK = 50


@dataclass(frozen=True)
class Listing:
    """``start`` and ``end`` are Gregorian seconds, both included. ``page_size`` is None where all is wanted at once;
    ``chunk`` rows are sent at a time.

    ``fields`` are paths into document and row, () for the row as it is; ``full_docs`` asks for documents instead of
    rows. ``first`` is the key that the list begins
    with, as the client sent it, ``last`` the one it ends with; ``impossible`` says that one of them cannot be read:
    nothing comes after it.
    """

    start: int
    end: int
    page_size: int | None
    descending: bool
    chunked: bool
    chunk: int
    filters: Filters
    fields: tuple[str, ...] = ()
    full_docs: bool = False
    first: Key | None = None
    last: Key | None = None
    impossible: bool = False

    def first_key(self, prefix: Key) -> Key:
        """The key with which the list begins: the client's, else the one where the range does."""
        if self.first is not None:
            return self.first
        return (*prefix, self.end, END) if self.descending else (*prefix, self.start)


def read_listing(call: Call, filters_created: bool = False) -> Listing:
    """The list that is asked for. Raises CrossbarError.

    ``filters_created``: created_from and created_to are filters of the legs besides being the range of the list.
    """
    chunk, page_size = _chunk(call), _page_size(call)
    filters = Filters.read(call.query, call.profile)
    if not filters_created:
        filters = filters.without_created()
    for name in sorted(filters.names - FIELD_NAMES):
        call.notes.append(f"no document has a field {name}: filters look at the document, not at the rows of a list")
    fields = _fields(call)
    start, end = read_range(call)
    first, last, impossible = None, None, False
    try:
        first, last = _first(call), _key(call, "end_key")
    except UnreadableKeyError as error:
        impossible = True
        call.notes.append(f"nothing is listed: {error}")
    chunked = call.value("is_chunked")
    return Listing(
        start=start,
        end=end,
        page_size=page_size,
        descending=_descending(call),
        chunked=chunked is None or is_true(chunked),
        chunk=chunk,
        filters=filters,
        fields=fields,
        full_docs=call.profile.rich_queries and call.settings.kazoo_full_docs and is_true(call.value("full_docs")),
        first=first,
        last=last,
        impossible=impossible,
    )


def _first(call: Call) -> Key | None:
    """Where the list begins; the newest line has another name for it, too."""
    bookmark = _key(call, "bookmark") if call.profile.rich_queries else None
    return _key(call, "start_key") if bookmark is None else bookmark


def _key(call: Call, name: str) -> Key | None:
    text = call.value(name)
    return decode(str(text)) if text else None


def _descending(call: Call) -> bool:
    """The newest first, unless asked otherwise: ``descending`` is listened to before ``ascending``."""
    descending, ascending = call.value("descending"), call.value("ascending")
    if call.profile.both_orders and descending is not None:
        return is_true(descending)
    return not is_true(ascending)


def _fields(call: Call) -> tuple[str, ...]:
    """The paths that the newest line is asked for: a JSON list, or a JSON string with commas."""
    value = call.value("fields")
    if value is None or not call.profile.rich_queries:
        return ()
    try:
        asked = orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        raise CrossbarError("fields") from None
    paths = asked.split(",") if isinstance(asked, str) else asked
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise CrossbarError("fields")
    return tuple(filter(None, paths))


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+([eE][+-]?[0-9])?)?")
_LONGEST_OFFSET = 15

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")


def _integer(value: object) -> int | None:
    text = str(value)
    return int(text) if _INTEGER.fullmatch(text) else None


def _page_size(call: Call) -> int | None:
    return None if is_false(call.value("paginate")) else _size(call, "page_size", PAGE_SIZE)


def _chunk(call: Call) -> int:
    size = _size(call, "chunk_size", LARGEST_CHUNK)
    if size > LARGEST_CHUNK:
        raise CrossbarError("chunk_size_big")
    return size


def _size(call: Call, name: str, default: int) -> int:
    """A number above 0. Raises CrossbarError, which has a row for each name and way to be wrong."""
    value = call.value(name)
    size = default if value is None else _integer(value)
    if size is None:
        raise CrossbarError(f"{name}_text")
    if size < 1:
        raise CrossbarError(name)
    return size


def read_range(call: Call) -> tuple[int, int]:
    """First and last Gregorian second; what is not given, or is no number above 0, is the widest range up to now."""
    widest = call.settings.kazoo_maximum_range
    end = positive(call.value("created_to")) or to_gregorian(call.now)
    start = positive(call.value("created_from")) or end - widest
    if end < EPOCH:
        call.notes.append("created_to is before 1970: KAZOO's times are Gregorian seconds, Unix seconds + 62167219200")
    if end < start:
        raise invalid(
            "created_from", "date_range", message=f"created_to {end} is prior to created_from {start}", cause=start
        )
    if end - start > widest:
        words = f"created_to {end} is more than {widest} seconds from created_from {start}"
        raise invalid("created_from", "date_range", message=words, cause=end)
    return start, end


def positive(value: object) -> int | None:
    """The parameter as a number above 0; None for anything else."""
    number = _integer(value)
    return number if number is not None and number > 0 else None


def read_utc_offset(call: Call) -> float | None:
    """Seconds to shift the column ``datetime`` by; None for what is no number."""
    value = call.value("utc_offset")
    if value is None:
        return 0
    text = str(value)
    if len(text) > _LONGEST_OFFSET or not _NUMBER.fullmatch(text):
        return None
    return float(text)
