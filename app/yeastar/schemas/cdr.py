"""CDR: the parameters of cdr/list and cdr/search, the options, the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import Schema

from ...pbx.display_format import DisplayFormat, Misread
from ...store.query import DISPOSITIONS, SORTS, CdrQuery
from ..fields import Choice, DidList, Flag, Number, NumberList, Text, Time, VendorSchema
from ..rows import IntegerColumn, TextColumn

if TYPE_CHECKING:
    from ...settings import Settings

PAGE_SIZE = 10_000

# Field of CdrQuery -> the vendor's parameter, where they differ.
_PARAMETERS = {
    "start": "start_time",
    "end": "end_time",
    "disposition": "status",
    "dids": "did",
    "disposition_codes": "disposition_code_list",
    "generation": "from",
}
_SHARED = ("call_from", "call_to", "extension_group", "call_note_remark", "pin_code")


@dataclass(frozen=True)
class Search:
    """A search as understood: the query, and notes for the person who wonders at its answer."""

    query: CdrQuery
    notes: tuple[str, ...] = ()


class Paged(VendorSchema):
    """What lists of calls share, and lists of what belongs to calls."""

    page = Number(least=1)
    page_size = Number(least=1, most=PAGE_SIZE, cut=True)
    sort_by = Choice(*SORTS)
    order_by = Choice("asc", "desc")

    def paging(self, given: dict[str, Any], always: bool) -> dict[str, Any]:
        """The slice of the matches asked for; without ``always``, all of them when no page is asked for."""
        if not always and "page" not in given and "page_size" not in given:
            return {}
        size = given.get("page_size", PAGE_SIZE)
        return {"limit": size, "offset": min((given.get("page", 1) - 1) * size, 2**62)}

    def order(self, given: dict[str, Any]) -> dict[str, Any]:
        """The oldest first, unless asked otherwise."""
        return {"sort_by": given.get("sort_by", "time"), "descending": given.get("order_by") == "desc"}


class _Listing(Paged):
    """What cdr/list and cdr/search share."""

    disposition_code_list = NumberList()
    call_note_remark = Text()
    pin_code = Text()

    def conditions(self, given: dict[str, Any]) -> dict[str, Any]:
        asked = {field: given.get(name) for field, name in _PARAMETERS.items()}
        asked |= {name: given.get(name) for name in _SHARED}
        return asked | self.order(given)


class CdrListIn(_Listing):
    """Parameters of cdr/list. ``from`` tells rows of newer firmware (``new``) from older ones (``legacy``)."""

    def understand(self, given: dict[str, Any]) -> Search:
        return Search(CdrQuery(**self.conditions(given), **self.paging(given, always=True)))


# `from` is a word of Python's.
CdrListIn._declared_fields["from"] = Choice("new", "legacy")


class CdrSearchIn(_Listing):
    """Parameters of cdr/search, of every generation of the manual together."""

    reads_blank = ("start_time", "end_time")

    start_time = Time("start")
    end_time = Time("end")
    call_from = Text()
    call_to = Text()
    extension_group = Number()
    status = Choice(*DISPOSITIONS)
    enable_fuzzy_search = Flag()
    did = DidList()

    def understand(self, given: dict[str, Any]) -> Search:
        asked = self.conditions(given)
        notes = [f"{_PARAMETERS[edge]}: {asked[edge]}" for edge in ("start", "end") if isinstance(asked[edge], Misread)]
        if notes:
            asked |= {"start": None, "end": None, "impossible": True}
        fuzzy = bool(given.get("enable_fuzzy_search", self.settings.enb_fuzzy_search))
        query = CdrQuery(**asked, fuzzy=fuzzy, **self.paging(given, always=False))
        return Search(query, (*notes, *_odd_notes(given)))


def _odd_notes(given: dict[str, Any]) -> list[str]:
    """What a person would want to be told of values that are read as they stand and find nothing."""
    lists = [name for name in ("did", "disposition_code_list") if given.get(name) == ()]
    return [f"{name}: nothing in it can be read, so no call matches" for name in lists] + blank_notes(
        given, "call_from", "call_to"
    )


def blank_notes(given: dict[str, Any], *numbers: str) -> list[str]:
    """A note for each of these parameters whose number has a blank where a + was meant."""
    return [
        f"{name}: {given[name]!r} begins with a blank; a + in a URL is a blank, write it as %2B"
        for name in numbers
        if given.get(name, "").startswith(" ")
    ]


class CdrOptionsIn(VendorSchema):
    """Body of cdr/updateoption; what is left out stays."""

    from_body = True

    enb_fuzzy_search = Flag()
    enb_new_cdr_fuzzy_search = Flag()


def shown_time(settings: Settings) -> str:
    """The start of a call, in the display format."""
    return DisplayFormat.of(settings).sql("c.started_at")


def shown_party(side: str, number: str) -> str:
    """Name<number>, the bare number of a party without a name, or the text the PBX put there."""
    return (
        f"coalesce(c.{side}_text,"
        f" CASE c.{side}_name WHEN '' THEN {number} ELSE c.{side}_name || '<' || {number} || '>' END)"
    )


def shown_name(side: str) -> Any:
    """The name alone; for a party without one, what the setting says."""

    def expression(settings: Settings) -> str:
        unknown = settings.empty_name.replace("'", "''")
        return f"CASE c.{side}_name WHEN '' THEN '{unknown}' ELSE c.{side}_name END"

    return expression


class CdrOut(Schema):
    """A row of cdr/list and cdr/search, as the seed document shows it (fact sheet, section 4.3)."""

    id = IntegerColumn("c.id")
    time = TextColumn(shown_time)
    call_from = TextColumn(shown_party("from", "f.digits"))
    call_to = TextColumn(shown_party("to", "t.digits"))
    timestamp = IntegerColumn("c.started_at")
    uid = TextColumn("c.uid")
    src_addr = TextColumn("c.src_addr")
    src_trunk = TextColumn("c.src_trunk", optional=True)
    dst_trunk = TextColumn("c.dst_trunk", optional=True)
    duration = IntegerColumn("c.duration", optional=True)
    ring_duration = IntegerColumn("c.ring_duration", optional=True)
    talk_duration = IntegerColumn("c.talk_duration", optional=True)
    disposition = TextColumn("c.disposition")
    call_type = TextColumn("c.call_type")
    did_number = TextColumn("c.did_number", optional=True)
    dod_number = TextColumn("c.dod_number", optional=True)
    record_file = TextColumn("c.record_file", optional=True)
    reason = TextColumn("c.reason")
    call_from_number = TextColumn("f.digits")
    call_from_name = TextColumn(shown_name("from"))
    call_to_number = TextColumn("t.digits")
    call_to_name = TextColumn(shown_name("to"))
    call_id = TextColumn("c.call_id")
