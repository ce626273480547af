"""What the API itself gives: answers of cdr/list and cdr/search, their rows as JSON lines, and CSV of cdr/download."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...store.loading import CdrRow
from ..display_format import DisplayFormat
from ..seed_schema import CDR_FIELDS
from .calls import maker
from .columns import Columns
from .endings import whole
from .mistakes import FileError, Reject, WrongRowError, shown
from .records import Fields, Imported, Record, Records, csv_records, json_records, rows_of
from .source import Source
from .times import Options, detected, read_or_none

# Zones are whole quarters of an hour apart, and at most a day. Seconds.
_QUARTER, _DAY = 900, 86400

KNOWN = tuple(CDR_FIELDS)
_COLUMNS = Columns(
    {
        "who was called": ("call_to_number", "call_to"),
        "how long it took": ("duration", "talk_duration", "ring_duration"),
    },
    KNOWN,
)


def read_csv(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """CSV with the API's field names, in any order."""
    return _rows(source, options, lambda file: csv_records(file, options, _COLUMNS))


def read_json(source: Source, options: Options) -> Iterator[Imported | Reject]:
    """Answers or rows, one after the other, or in arrays."""
    return _rows(source, options, lambda file: json_records(file, options.names, rows_in))


def rows_in(document: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The rows of an answer, or of several, with their paths."""
    if isinstance(document, list):
        for place, item in enumerate(document):
            yield from rows_in(item, f"{path}[{place}]")
    elif isinstance(document, dict) and isinstance(document.get("data"), list):
        within = f"{path}.data" if path else "data"
        for place, item in enumerate(document["data"]):
            yield f"{within}[{place}]", item
    elif not (isinstance(document, dict) and document.get("errcode") == 0):  # a success without rows
        yield path, document


def _rows(source: Source, options: Options, records: Callable[[Source], Records]) -> Iterator[Imported | Reject]:
    def times() -> Iterator[str]:
        for record in records(source.watched(None)):
            if isinstance(record, Record) and isinstance(text := record.fields.get("time"), str):
                yield text

    instant = _Instants(source, options, times)
    make = maker(options.compact())

    def made(fields: Fields) -> CdrRow:
        if "errcode" in fields and "uid" not in fields:
            raise WrongRowError("errcode", f"{shown(fields['errcode'])}: the answer of a failure has no rows")
        if not fields.get("timestamp") or instant.unchecked:
            fields["timestamp"] = instant.of(fields)
        return make(fields)

    return rows_of(records(source), made)


class _Instants:
    """When calls started: by the timestamp, else by the time in the display format that all times of the file have."""

    def __init__(self, source: Source, options: Options, times: Callable[[], Iterator[str]]) -> None:
        self.source, self.options, self.times = source, options, times
        self.display: DisplayFormat | None = None
        self.unchecked = True  # whether time and timestamp of a row have not been compared yet

    def of(self, fields: Fields) -> Any:
        """The timestamp. Raises WrongRowError, FileError."""
        text, stamp = fields.get("time"), fields.get("timestamp")
        if stamp:
            if isinstance(text, str) and text:
                self.unchecked = False
                self._compare(text, stamp)
            return stamp
        if not isinstance(text, str) or not text:
            raise WrongRowError("timestamp", "is missing, and there is no time either")
        if self.display is None:
            self.display = detected(self.options, self.times(), self.source.path)
        found = read_or_none(self.display, text)
        if found is None:
            raise WrongRowError("time", f"{shown(text)} is not {self.display.pattern}")
        return found

    def _compare(self, text: str, stamp: Any) -> None:
        """Whether the file was written in the zone that it is read in."""
        known = whole(stamp)
        read = [found for display in self.options.formats() if (found := read_or_none(display, text)) is not None]
        if known is None or known in read:
            return
        apart = [known - found for found in read if (known - found) % _QUARTER == 0 and abs(known - found) <= _DAY]
        if not apart:
            return
        zone = self.options.timezone
        told = f"time {text} and timestamp {known} are {abs(apart[0]) / 3600:g} hours apart in {zone}"
        if self.options.given:
            raise FileError(f"{self.source.path}: {told}: it was written in another zone; see --timezone.")
        self.options.notes.append(f"{told}: it was written in another zone; the timestamps count")
