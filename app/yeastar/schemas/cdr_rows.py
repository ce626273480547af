"""Rows of cdr/list and cdr/search, as each generation of firmware has them (fact sheet, section 4.3).

Since xx.21 there are two kinds: legacy rows of the calls made before, and new rows (profiles.py, NEW_ROWS).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from marshmallow import Schema

from ...pbx.display_format import DisplayFormat
from ...store.call_notes import note_id_sql
from ...store.query import CALL_UID
from ..profiles import FIELD, NEW_ROWS, has, lacking
from ..rows import IntegerColumn, JsonColumn, TextColumn, columns, csv_row, json_row

if TYPE_CHECKING:
    from ...settings import Settings


def either(settings: Settings, legacy: str, new: str) -> str:
    """SQL of what differs between legacy rows and new ones, on a PBX that has one kind of them or both."""
    if not _has_both(settings):
        return new if has(settings.firmware, NEW_ROWS) else legacy
    return legacy if legacy == new else f"CASE WHEN c.started_at < {settings.upgraded_at} THEN {legacy} ELSE {new} END"


def _has_both(settings: Settings) -> bool:
    return has(settings.firmware, NEW_ROWS) and bool(settings.upgraded_at)


def shown_uid(settings: Settings) -> str:
    """The row's own; of a new row, that of its call's first."""
    return either(settings, "c.uid", CALL_UID)


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
    """A row as the seed document shows it."""

    id = IntegerColumn("c.id")
    time = TextColumn(shown_time)
    call_from = TextColumn(shown_party("from", "f.digits"))
    call_to = TextColumn(shown_party("to", "t.digits"))
    timestamp = IntegerColumn("c.started_at")
    uid = TextColumn(shown_uid)
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


_HAS_NOTE = "(c.call_note_remark <> '' OR c.disposition_codes <> '')"
_CODES = """(SELECT json_group_array(json_object('name', o.name)) FROM object AS o
    WHERE o.kind = 'disposition_code' AND instr(c.disposition_codes, ',' || o.id || ',') > 0)"""
_NOTE = f"json_object('remark', c.call_note_remark, 'disposition_code_list', json({_CODES}))"


class EveryCdrOut(CdrOut):
    """A row with the fields of all generations, in the order of real rows."""

    call_note = JsonColumn(f"CASE WHEN {_HAS_NOTE} THEN {_NOTE} END")
    call_note_id = TextColumn(f"CASE WHEN {_HAS_NOTE} THEN {note_id_sql()} ELSE '' END")
    enb_call_note = IntegerColumn(f"iif({_HAS_NOTE}, 1, 0)")
    did = TextColumn("c.did_number")
    did_name = TextColumn("c.did_name")
    pin_code = TextColumn("c.pin_code")
    # As real ones look: the start of the call, and a number that no other row has.
    new_id = TextColumn("CASE c.new_id WHEN '' THEN printf('%08X-%08X', c.started_at, c.id) ELSE c.new_id END")


# SQL of a column that a row does not have.
_ABSENT = "''"

# What the other kind of row does not have.
_LEGACY, _NEW = ("id", "reason"), ("new_id",)


@lru_cache(maxsize=16)
def _kind(firmware: str, without: tuple[str, ...]) -> type[Schema]:
    """The rows of that firmware, without these fields."""
    lacks = (*lacking(firmware, FIELD, "cdr/list"), *without)
    kept = {name: field for name, field in columns(EveryCdrOut).items() if name not in lacks}
    return Schema.from_dict(dict(kept), name="CdrOut")


def legacy_row(firmware: str) -> type[Schema]:
    return _kind(firmware, _NEW)


def new_row(firmware: str) -> type[Schema]:
    return _kind(firmware, _LEGACY)


def row_of(settings: Settings) -> type[Schema]:
    """The rows of calls made now."""
    return new_row(settings.firmware) if has(settings.firmware, NEW_ROWS) else legacy_row(settings.firmware)


@lru_cache(maxsize=64)
def json_of(settings: Settings) -> str:
    """SQL of a row as JSON."""
    if not _has_both(settings):
        return json_row(row_of(settings), settings)
    legacy, new = legacy_row(settings.firmware), new_row(settings.firmware)
    return either(settings, json_row(legacy, settings), json_row(new, settings))


@lru_cache(maxsize=64)
def csv_of(settings: Settings) -> Mapping[str, str]:
    """SQL of the columns of a CSV file, by name: those of both kinds of rows, where there are both."""
    if not _has_both(settings):
        return csv_row(row_of(settings), settings)
    legacy, new = (csv_row(kind(settings.firmware), settings) for kind in (legacy_row, new_row))
    shown = {}
    for name in columns(EveryCdrOut):
        one, other = legacy.get(name, _ABSENT), new.get(name, _ABSENT)
        if _ABSENT in (one, other):
            one, other = _as_text(one), _as_text(other)
        shown[name] = either(settings, one, other)
    return {name: sql for name, sql in shown.items() if sql != _ABSENT}


def _as_text(sql: str) -> str:
    """A number stands where a row of the other kind has an empty text."""
    return sql if sql == _ABSENT else f"CAST({sql} AS TEXT)"
