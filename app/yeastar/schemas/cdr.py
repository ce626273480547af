"""CDR: the parameters of cdr/list and cdr/search, the options. The rows are in cdr_rows.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...pbx.display_format import Misread
from ...store.query import DISPOSITIONS, SORTS, CdrQuery
from ..fields import Choice, DidList, Flag, Number, NumberList, Text, Time, VendorSchema
from ..paging import PagedIn, offset_and_size
from ..profiles import NEW_ROWS, OWN_OPTIONS, has

# Field of CdrQuery -> the vendor's parameter, where they differ.
_PARAMETERS = {
    "start": "start_time",
    "end": "end_time",
    "disposition": "status",
    "dids": "did",
    "disposition_codes": "disposition_code_list",
}
_SHARED = ("call_from", "call_to", "extension_group", "call_note_remark", "pin_code")


@dataclass(frozen=True)
class Search:
    """A search as understood: the query, and notes for the person who wonders at its answer."""

    query: CdrQuery
    notes: tuple[str, ...] = ()


class Paged(PagedIn):
    """What lists of calls share, and lists of what belongs to calls."""

    sort_by = Choice(*SORTS)
    order_by = Choice("asc", "desc")

    def paging(self, given: dict[str, Any], always: bool) -> dict[str, Any]:
        """The slice of the matches asked for; without ``always``, all of them when no page is asked for."""
        if not always and "page" not in given and "page_size" not in given:
            return {}
        first, size = offset_and_size(given)
        return {"limit": size, "offset": min(first, 2**62)}

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

    def order(self, given: dict[str, Any]) -> dict[str, Any]:
        by_uid = given.get("sort_by") == "uid" and has(self.settings.firmware, NEW_ROWS)
        return super().order(given) | ({"sort_by": "call_uid"} if by_uid else {})


class CdrListIn(_Listing):
    """Parameters of cdr/list. ``from`` tells rows of newer firmware (``new``) from older ones (``legacy``)."""

    def understand(self, given: dict[str, Any]) -> Search:
        which = given.get("from")
        asked = self.conditions(given) | (self._made(which) if which else {})
        never = which == "legacy" and has(self.settings.firmware, NEW_ROWS) and not self.settings.upgraded_at
        notes = ("from: no call is older than the firmware: the setting upgraded_at is 0",) if never else ()
        return Search(CdrQuery(**asked, **self.paging(given, always=True)), notes)

    def _made(self, which: str) -> dict[str, Any]:
        """By when the firmware came, where it makes new rows of its own; else by whether they have a ``new_id``."""
        if not has(self.settings.firmware, NEW_ROWS):
            return {"generation": which}
        return {"made_since" if which == "new" else "made_before": self.settings.upgraded_at}


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
        query = CdrQuery(**asked, **self.fuzziness(given), **self.paging(given, always=False))
        return Search(query, (*notes, *_odd_notes(given)))

    def fuzziness(self, given: dict[str, Any]) -> dict[str, Any]:
        """Whether numbers match in part: as the request or an option says, or as one option for each kind of row."""
        settings = self.settings
        if not has(settings.firmware, OWN_OPTIONS):
            return {"fuzzy": bool(given.get("enable_fuzzy_search", settings.enb_fuzzy_search))}
        new, upgraded = settings.enb_new_cdr_fuzzy_search, settings.upgraded_at
        differ = upgraded and new != settings.enb_fuzzy_search and given.keys() & {"call_from", "call_to"}
        if not differ:
            return {"fuzzy": bool(new)}
        return {"fuzzy": True, "exact_before" if new else "exact_since": upgraded}


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
