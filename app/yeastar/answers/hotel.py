"""Hotel: wake-up calls by the extension that is woken, and a guest who leaves."""

from __future__ import annotations

import sqlite3

from ...store import voicemail
from ...store.shelves import SHELVES, Holdings, Item, listed_in
from ..attributes import found
from ..calls import Call, Fields
from ..deeds import create, holdings_of, update
from ..errors import YeastarError
from ..paging import page_of
from ..resources.hotel import WAKEUP_CALL, alarms_of


def create_alarm(call: Call, given: Fields) -> Fields:
    """Keep a new one. Raises 60001, 60002 for too many, 70516 for one that is there already."""
    return create(WAKEUP_CALL, call, given)


def update_alarm(call: Call, given: Fields) -> Fields:
    """Change what is given of one. Raises 60001, 70516."""
    return update(WAKEUP_CALL, call, given)


def list_alarms(call: Call, given: Fields) -> Fields:
    """A page of the extensions that have any, with theirs."""
    holdings = holdings_of(call)
    sleepers = [extension for extension in holdings.items("extension") if alarms_of(extension, holdings)]
    rows = [_row(extension, holdings) for extension in page_of(call, given, sleepers)]
    return {"data": rows}


def get_alarms(call: Call, given: Fields) -> Fields:
    """Those of one extension. Raises 60001 where there is no such extension."""
    holdings = holdings_of(call)
    return {"data": _row(found("extension", given["ext_id"], holdings), holdings)}


def query_alarms(call: Call, given: Fields) -> Fields:
    """Those of several extensions; unknown ids are passed over."""
    holdings = holdings_of(call)
    extensions = (holdings.find("extension", id) for id in dict.fromkeys(given["ext_id"]))
    rows = [_row(extension, holdings) for extension in extensions if extension is not None]
    call.entry.rows = call.entry.total = len(rows)
    return {"data": rows}


def _row(extension: Item, holdings: Holdings) -> Item:
    alarms = [WAKEUP_CALL.tell(item, holdings) for item in alarms_of(extension, holdings)]
    return {"ext_id": extension["id"], "wakeup_call": alarms}


def delete_alarms(call: Call, given: Fields) -> Fields:
    """Forget some of an extension's, or all. Raises 60001 where one of them is not there, or there is none."""
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        alarms = alarms_of(found("extension", given["ext_id"], holdings), holdings)
        wanted = set(given.get("wakeup_call_id", [item["id"] for item in alarms]))
        missing = wanted.difference(item["id"] for item in alarms)
        if missing or not wanted:
            raise YeastarError(60001, f"the extension has no alarm {min(missing)}" if missing else "it has no alarm")
        for item in alarms:
            if item["id"] in wanted:
                SHELVES["wakeup_call"].drop(connection, item)
    return {}


def checkout(call: Call, given: Fields) -> Fields:
    """Make an extension nobody's, who may not call out. Raises 60001."""
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        guest = found("extension", given["ext_id"], holdings)
        empty = dict.fromkeys(("first_name", "email_addr", "mobile_number", "title"), "")
        names = {"last_name": guest["number"], "caller_id_name": guest["number"]}
        SHELVES["extension"].put(connection, guest | empty | names | {"presence_status": "available"}, guest)
        for item in alarms_of(guest, holdings):
            SHELVES["wakeup_call"].drop(connection, item)
        for message in voicemail.messages(connection, guest["number"]):
            voicemail.delete(connection, message)
        _forbid_calling_out(connection, guest["number"], holdings)
    return {}


def _forbid_calling_out(connection: sqlite3.Connection, number: str, holdings: Holdings) -> None:
    for route in holdings.items("outbound_route"):
        permitted = listed_in(route, "members")
        if number in permitted:
            rest = [member for member in permitted if member != number]
            SHELVES["outbound_route"].put(connection, route | {"members": rest}, route)
