"""Firmware profiles: what PBXs of each generation have, as facts with their sources.

Setting ``firmware`` names one. The four named by a generation alone are exact: what such firmware lacks is not there.
37.7+, the default, has the rows of 37.7, and the interfaces and parameters of every generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from marshmallow import Schema

from ..settings import FIRMWARES, Settings
from .editions import edition
from .fields import Choice, VendorSchema

if TYPE_CHECKING:
    from .calls import Fields

DEFAULT = FIRMWARES[0]


class Generation(NamedTuple):
    """``version`` is what such a device reports behind its edition's number, ``cloud`` where that of the Cloud edition
    differs; ``what`` the documents of its time are called here."""

    name: str
    version: str
    what: str
    cloud: str = ""


GENERATIONS = (
    Generation("37.7", "7.0.16", "the first guide", "7.0.17"),
    Generation("37.20", "20.0.21", "the guides in between"),
    Generation("37.21", "21.0.117", "the guides since the CDR options"),
    Generation("37.23", "23.0.123", "the newest guides, and a real PBX"),
)
_FIRST = GENERATIONS[0].name

# Kinds of facts. A field stands in answers; a way is one of those below.
INTERFACE, PARAMETER, VALUE, FIELD, WAY = "interface", "parameter", "value", "field", "way"

# Ways of doing things that code asks for.
ISO_TIMES = "ISO 8601 and Unix times"
NEW_ROWS = "rows with new_id, without id and reason, whose legs share the uid"
OWN_OPTIONS = "a CDR option for fuzzy search for each kind of row"
NO_BLANK = "unknown names empty, where they were one blank"
NO_EMPTY = "what is empty left out of rows of extensions and trunks"


@dataclass(frozen=True)
class Fact:
    """``names`` are what it is about, of interfaces whose routes are like one of ``where``: parameters, ``parameter
    value``, fields, a way. Since ``since``, which may be a version between generations, ``until`` the generation that
    is the last to have it.

    ``known``: manual (the source names the firmware, or the guide's generation), observed (on a real PBX), guess (it
    came or went, the generation is a guess); ``by`` is what the source says. ``changes``: it takes the place of
    something, and 37.7+ keeps what was.
    """

    kind: str
    where: tuple[str, ...]
    names: tuple[str, ...] = ()
    since: str = _FIRST
    until: str = ""
    known: str = "manual"
    by: str = ""
    changes: bool = False


_SEARCH = ("cdr/search", "cdr/download")
_ROWS = ("cdr/list", *_SEARCH)
_EXTENSIONS = ("extension/list", "extension/search")
_LOGINS, _PAUSES = ("agent/login", "queue/agent_login"), ("agent/pause", "queue/agent_pause")
_REPORTS = ("call_report/*", "v2.0/call_report/*")
_THRESHOLDS = ("max_threshold_for_pause_time", "max_threshold_for_logout_time")
_NOT_IN_THE_FIRST = "not in the first guide"

FACTS: tuple[Fact, ...] = (
    Fact(INTERFACE, ("v2.0/cdr/*",), since="37.23", by="v2.0 CDR needs xx.23.0.123"),
    Fact(
        INTERFACE, ("v2.0/call_report/*", "v2.0/call_schedule_report/*"), since="37.21", known="guess",
        by="they report calls of xx.21.0.117 and later",
    ),
    Fact(
        INTERFACE, ("cdr/getoption", "cdr/updateoption"), since="37.20", known="guess",
        by="they came in the place of enable_fuzzy_search; an older revision has enb_fuzzy_search alone",
    ),
    Fact(INTERFACE, ("webhook/*",), since="37.20", by="from xx.20.0.21 on"),
    Fact(INTERFACE, ("wizard/initial_setup",), since="83.24.0.30", by="Software edition 83.24.0.30 or later"),
    Fact(
        INTERFACE, ("extension/getpassword", "system/sendemail"), since="37.20", known="guess", by=_NOT_IN_THE_FIRST
    ),
    Fact(
        INTERFACE, ("conference/*", "callnotes/*", "call/directly_forward_to_voicemail"), since="37.20", known="guess",
        by="named as newer interfaces",
    ),
    Fact(
        PARAMETER, _SEARCH, ("did", "disposition_code_list", "call_note_remark"), since="37.20",
        by="the guides in between are the first to have them",
    ),
    Fact(
        PARAMETER, ("cdr/list",), ("disposition_code_list", "call_note_remark"), since="37.20", known="guess",
        by="newer guides; there since search has them",
    ),
    Fact(
        PARAMETER, _SEARCH, ("enable_fuzzy_search",), until="37.20", by="replaced by the CDR options",
    ),
    Fact(PARAMETER, ("cdr/list",), ("from",), since="37.21", by="came with new_id, in xx.21.0.117"),
    Fact(PARAMETER, _SEARCH, ("page", "page_size"), since="37.23", by="the newest guides only"),
    Fact(PARAMETER, _ROWS, ("pin_code",), since="37.23", by="the newest guides only"),
    Fact(
        PARAMETER, ("cdr/updateoption",), ("enb_new_cdr_fuzzy_search",), since="37.21",
        by="the two options split with xx.21.0.117",
    ),
    Fact(
        PARAMETER, _REPORTS, ("my_report_id",), since="37.23", known="guess", by="the newest guides only"
    ),
    Fact(PARAMETER, _LOGINS, (*_THRESHOLDS, "reason"), since="37.20", known="guess", by="newer firmware"),
    Fact(PARAMETER, _PAUSES, (_THRESHOLDS[0], "reason"), since="37.20", known="guess", by="newer firmware"),
    Fact(
        VALUE, ("inbound_route/*",), ("def_dest call_flow", "did_option pattern_to_ext_list"), since="37.20",
        known="guess", by=_NOT_IN_THE_FIRST,
    ),
    Fact(
        VALUE, ("system/get_menuoptions",),
        tuple(
            f"menu {name}" for name in (
                "system_prompt", "custom_prompt", "paging_custom_prompt", "disposition_code", "message_channel",
                "message_queue", "trunk_did_id", "certificate",
            )
        ),
        since="37.20", known="guess", by="the first guide's list ends before them",
    ),
    Fact(FIELD, ("cdr/getoption",), ("enb_new_cdr_fuzzy_search",), since="37.21", by="the two options split"),
    Fact(
        FIELD, _ROWS, ("new_id",), since="37.21", by="calls made on xx.21.0.117 or later", changes=True,
    ),
    Fact(
        FIELD, _ROWS, ("call_note", "call_note_id", "enb_call_note", "did", "did_name"), since="37.23",
        known="observed", by="rows of 37.23.0.83 and 37.23.0.123", changes=True,
    ),
    Fact(FIELD, _ROWS, ("pin_code",), since="37.23", by="the newest guides, and real rows", changes=True),
    Fact(
        FIELD, ("recording/list", "recording/search"),
        ("call_from_number", "call_from_name", "call_to_number", "call_to_name"), since="37.23", known="guess",
        by="newer guides", changes=True,
    ),
    Fact(
        FIELD, _EXTENSIONS, ("timezone", "custom_presence_status"), since="37.23", known="observed",
        by="rows of 37.23.0.83; the first guides do not have them", changes=True,
    ),
    Fact(
        FIELD, ("queue/list", "queue/search"), ("client_unique_ringtone",), since="37.23", known="observed",
        by="rows of 37.23.0.83; the guides do not have it", changes=True,
    ),
    Fact(FIELD, ("queue/agent_status",), _THRESHOLDS, since="37.20", known="guess", by="newer guides"),
    Fact(
        FIELD, ("extension/get", "extension/query"), ("reg_password",), until="37.7", known="guess",
        by="in the first guide; then getpassword came", changes=True,
    ),
    Fact(
        WAY, _ROWS, (NEW_ROWS,), since="37.21", known="observed", by="calls made on xx.21.0.117 or later", changes=True
    ),
    Fact(WAY, _SEARCH, (OWN_OPTIONS,), since="37.21", by="the two options split", changes=True),
    Fact(WAY, (*_SEARCH, "call_report/*"), (ISO_TIMES,), since="37.21", by="since the CDR options"),
    Fact(WAY, _ROWS, (NO_BLANK,), since="37.23", known="observed", by="rows of a real PBX", changes=True),
    Fact(
        WAY, (*_EXTENSIONS, "trunk/list", "trunk/search"), (NO_EMPTY,), since="37.23", known="observed",
        by="rows of 37.23.0.83; the guides list them always", changes=True,
    ),
)  # fmt: skip


def _order(firmware: str) -> int:
    """Where a generation or a version stands among others: the second number of it."""
    return int(firmware.rstrip("+").split(".")[1])


def holds(fact: Fact, firmware: str) -> bool:
    """Whether a PBX with that firmware is as the fact says."""
    if firmware == DEFAULT:
        return not fact.changes or (fact.since == _FIRST and not fact.until)
    last = _order(fact.until) if fact.until else _order(firmware)
    return _order(fact.since) <= _order(firmware) <= last


@lru_cache(maxsize=64)
def has(firmware: str, way: str) -> bool:
    """Whether PBXs with that firmware do things this way."""
    return any(holds(fact, firmware) for fact in FACTS if fact.kind == WAY and way in fact.names)


@lru_cache(maxsize=4096)
def lacking(firmware: str, kind: str, route: str) -> Mapping[str, str]:
    """What an interface lacks on that firmware, and a note for each; of an interface that is not there, itself."""
    found: dict[str, str] = {}
    for fact in FACTS:
        if fact.kind == kind and not holds(fact, firmware) and any(fnmatchcase(route, like) for like in fact.where):
            word = {VALUE: "value"}.get(kind, kind)
            note = f"firmware {firmware} does not have this {word}; {_who_has(fact)}"
            found |= dict.fromkeys(fact.names or (route,), note)
    return found


def _who_has(fact: Fact) -> str:
    if fact.until:
        return f"{fact.until} does" if fact.since == fact.until else f"{fact.since} to {fact.until} do"
    newest = GENERATIONS[-1].name
    if fact.since == newest:
        return f"{newest} does"
    return f"{fact.since} and later do"


def upgrade(settings: Settings) -> int | None:
    """When calls began to be kept as new rows, in Unix seconds; None where they are not."""
    return settings.upgraded_at if has(settings.firmware, NEW_ROWS) else None


def missing_interface(firmware: str, route: str) -> str:
    """A note that says which firmware has the interface, if this one has not."""
    return "" if firmware == DEFAULT else lacking(firmware, INTERFACE, route).get(route, "")


def effective(settings: Settings) -> Settings:
    """The settings as firmware of that generation knows them."""
    return settings if settings.firmware == DEFAULT else _effective(settings)


@lru_cache(maxsize=256)
def _effective(settings: Settings) -> Settings:
    changes: dict[str, Any] = {}
    if not has(settings.firmware, ISO_TIMES):
        changes["accept_iso_times"] = False
    if has(settings.firmware, NO_BLANK) and settings.empty_name == Settings.empty_name:
        changes["empty_name"] = ""
    return replace(settings, **changes)


@lru_cache(maxsize=256)
def schema_for(takes: Callable[[Settings], VendorSchema], route: str, settings: Settings) -> VendorSchema:
    """What an interface takes on a PBX with these settings."""
    schema = takes(settings)
    for name in lacking(settings.firmware, PARAMETER, route):
        schema.fields.pop(name, None)
    for pair in lacking(settings.firmware, VALUE, route):
        name, value = pair.split()
        field = schema.fields.get(name)
        if isinstance(field, Choice):
            field.choices = tuple(choice for choice in field.choices if choice != value)
            field.allowed = frozenset(field.choices)
    return schema


def unknown_notes(firmware: str, route: str, names: list[str]) -> Iterator[str]:
    """What a person is to be told of parameters that were passed over."""
    notes = lacking(firmware, PARAMETER, route)
    others = [name for name in names if name not in notes]
    if others:
        yield f"unknown to this interface, and passed over: {', '.join(others)}"
    for name in names:
        if name in notes:
            yield f"{name}: {notes[name]}"


def present(firmware: str, route: str, row: Fields) -> Fields:
    """The row of an interface's answer without the fields that such firmware lacks."""
    lacks = lacking(firmware, FIELD, route)
    return {name: value for name, value in row.items() if name not in lacks} if lacks else row


@lru_cache(maxsize=256)
def described(firmware: str, route: str, schema: type[Schema]) -> type[Schema]:
    """What such rows hold on that firmware."""
    members = schema().fields
    kept = present(firmware, route, dict(members))
    return schema if len(kept) == len(members) else Schema.from_dict(kept, name=schema.__name__)


def firmware_version(settings: Settings) -> str:
    """What the device reports: 37 for the Appliance, 83 for the Software, 84 for the Cloud edition, then the
    generation's version."""
    which = edition(settings)
    generation = next(row for row in GENERATIONS if row.name == settings.firmware.rstrip("+"))
    version = generation.cloud if which == "C" and generation.cloud else generation.version
    return f"{_SERIES[which]}.{version}"


_SERIES = {"A": "37", "S": "83", "C": "84"}
