"""Call notes: what somebody has noted about a call, and before; writing it anew."""

from __future__ import annotations

import sqlite3

from ...store import call_notes
from ...store.call_notes import Note, Version
from ...store.shelves import Holdings, Item
from ...store.whole_calls import call_with_uid
from ..attributes import found, name_of
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..errors import YeastarError
from .cdr_v2 import seconds_in


def get(call: Call, given: Fields) -> Fields:
    """A call's note and what it was before, the oldest first. Raises 60001."""
    holdings = holdings_of(call)
    note = _found(call, call.world.database.connection(), given)
    return {
        "history": [_shown(note, version, holdings) for version in note.history],
        "current": _shown(note, note.current, holdings),
    }


def update(call: Call, given: Fields) -> Fields:
    """Write a call's note anew; what is not given stays. Raises 60001."""
    with call.world.write() as connection:
        note = _found(call, connection, given)
        holdings = Holdings(connection, call.settings)
        codes = tuple(dict.fromkeys(given.get("disposition_code_ids", note.current.codes)))
        if "disposition_code_ids" in given:
            for code in codes:
                found("disposition_code", code, holdings, named=True)
        remark = given.get("remark", note.current.remark)
        call_notes.write(connection, note, Version(remark, codes, call.now, given["update_entry"]))
    return {}


def _found(call: Call, connection: sqlite3.Connection, given: Fields) -> Note:
    """The note of that id and, if it is given, that group. Raises 60001."""
    id = given["id"]
    uid = call_notes.uid_of(id)
    if uid is None:
        raise YeastarError(60001, f"{id[:60]!r} is the id of no note: it is a call's uid with a hyphen after the time")
    group = given.get("group_id")
    if not group:
        whole = call_with_uid(connection, uid, seconds_in(uid, call.display))
        group = whole.legs[0].call_id if whole else ""
    note = call_notes.find(connection, group, uid)
    if note is None:
        among = f" among those of {given['group_id'][:60]!r}" if given.get("group_id") else ""
        raise YeastarError(60001, f"there is no call note with the id {id[:60]!r}{among}")
    return note


def _shown(note: Note, version: Version, holdings: Holdings) -> Item:
    return {
        "id": note.id,
        "group_id": note.call_id,
        "disposition_code_list": [_code(code, holdings) for code in version.codes],
        "remark": version.remark,
        "agent_name": _agent(note, holdings),
        "registration_time": version.at,
        "update_entry": version.entry,
    }


def _code(id: int, holdings: Holdings) -> Item:
    """A call may have a code that is no longer there."""
    code = holdings.find("disposition_code", id) or {}
    texts = {key: code.get(key) for key in ("name", "description")}
    return {"id": id} | {key: text if isinstance(text, str) else "" for key, text in texts.items()}


def _agent(note: Note, holdings: Holdings) -> str:
    """The callee, if that is an extension, or else the caller."""
    people = (holdings.extension(number) for number in (note.to_number, note.from_number))
    return next((name_of(person) for person in people if person), "")
