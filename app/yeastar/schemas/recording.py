"""Recordings: the parameters of recording/list, recording/search and recording/download, the rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from ...pbx.display_format import Misread
from ...pbx.recordings import size_sql
from ...store.query import CdrQuery
from ..errors import parameter_error
from ..fields import Choice, JsonSchema, Number, NumberList, Text, VendorSchema
from ..profiles import FIELD, lacking
from ..rows import IntegerColumn, TextColumn
from .cdr import Paged, Search, blank_notes
from .cdr_rows import shown_name, shown_party, shown_time, shown_uid

if TYPE_CHECKING:
    from ...settings import Settings

_UNIX_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)


class UnixTime(fields.Field[Any]):
    """A bound in Unix seconds, or the Misread that says how to write it: such a bound finds nothing, as a misread time
    of cdr/search does."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | Misread:
        if _UNIX_SECONDS.fullmatch(value):
            return int(value)
        return Misread(f"{value[:40]!r} is not in Unix seconds; write it such as 1709514900")

    def as_schema(self) -> JsonSchema:
        return {"type": "integer", "description": "Unix seconds."}


class RecordingListIn(Paged):
    """Parameters of recording/list."""

    sort_by = Choice("id", "time")

    def understand(self, given: dict[str, Any]) -> Search:
        return Search(self.query(given))

    def query(self, given: dict[str, Any], **asked: Any) -> CdrQuery:
        return CdrQuery(recorded=True, **asked, **self.order(given), **self.paging(given, always=True))


class RecordingSearchIn(RecordingListIn):
    """Parameters of recording/search."""

    reads_blank = ("start_time", "end_time")

    start_time = UnixTime()
    end_time = UnixTime()
    caller = Text()
    callee = Text()
    ids = NumberList()

    def understand(self, given: dict[str, Any]) -> Search:
        bounds = {"start": given.get("start_time"), "end": given.get("end_time")}
        notes = [f"{edge}_time: {bound}" for edge, bound in bounds.items() if isinstance(bound, Misread)]
        if notes:
            bounds = {"impossible": True}
        if given.get("ids") == ():
            notes.append("ids: nothing in it can be read, so no recording matches")
        notes += blank_notes(given, "caller", "callee")
        parties = {"call_from": given.get("caller"), "call_to": given.get("callee")}
        return Search(self.query(given, **bounds, **parties, ids=given.get("ids")), tuple(notes))


class RecordingDownloadIn(VendorSchema):
    """Parameters of recording/download: one of the two; of both the id counts."""

    id = Number()
    file = Text()

    def understand(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise parameter_error({"id": "required", "file": "required"}, "one of id and file is needed")
        return given


def _size(settings: Settings) -> str:
    return size_sql(settings.recordings)


class RecordingOut(Schema):
    """A row of recording/list and recording/search (fact sheet, section 6.2)."""

    id = IntegerColumn("c.id")
    time = TextColumn(shown_time)
    uid = TextColumn(shown_uid)
    call_from = TextColumn(shown_party("from", "f.digits"))
    call_to = TextColumn(shown_party("to", "t.digits"))
    duration = IntegerColumn("c.duration")
    size = IntegerColumn(_size)
    call_type = TextColumn("c.call_type")
    file = TextColumn("c.record_file")


class NewerRecordingOut(RecordingOut):
    """The same as the manual's later revisions have it."""

    call_from_number = TextColumn("f.digits")
    call_from_name = TextColumn(shown_name("from"))
    call_to_number = TextColumn("t.digits")
    call_to_name = TextColumn(shown_name("to"))


def row_of(settings: Settings) -> type[Schema]:
    """The row as that firmware has it."""
    return RecordingOut if lacking(settings.firmware, FIELD, "recording/list") else NewerRecordingOut
