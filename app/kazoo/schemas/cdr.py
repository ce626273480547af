"""CDR: FIELDS, the fields of a document, each with where its value comes from; rows.py has the columns of a list.

``source`` says how one is known: documentation (the page on CDRs), master (read in the vendor's code), observed (seen
in a document), guess. A value that the PBX does not have is made up in signalling.py, or left out: see LEFT_OUT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from .. import signalling
from ..filters import MISSING, Document, UnusablePathError, value_at
from ..legs import Leg
from ..profiles import PROFILES, Profile
from .rows import COLUMNS, Column, columns, row

__all__ = ["COLUMNS", "FIELDS", "LEFT_OUT", "Column", "choose_fields", "columns", "document", "row", "stored"]

_NEWEST = PROFILES["5"]


@dataclass(frozen=True)
class Field:
    """A field of a document: text, unless ``type`` says otherwise. One that is empty text is left out."""

    name: str
    value: Callable[[Leg], Any]
    source: str = "documentation"
    type: str = "string"


_number = partial(Field, type="integer")
_object = partial(Field, type="object")


def _ecallmgr(leg: Leg) -> str:
    return f"ecallmgr@apps001.{leg.account.realm}"


def _user_agent(leg: Leg) -> str:
    """The far end's; none for a leg to a menu or a queue, which is inside the switch."""
    if leg.phone:
        return signalling.PHONE_AGENT
    return signalling.CARRIER_AGENT if leg.resource_type else ""


def _local_sdp(leg: Leg) -> str:
    """The side that calls describes its session at once, the other one when it answers."""
    if leg.side == "A" and not leg.billing:
        return ""
    return signalling.sdp(leg.call_id, "FreeSWITCH", signalling.SWITCH_ADDRESS, leg.started)


def _remote_sdp(leg: Leg) -> str:
    if (leg.side == "B" and not leg.billing) or not _user_agent(leg):
        return ""
    known = signalling.far_end(leg.row.src_addr)[0] if leg.side == "A" else leg.trunk and leg.trunk.host
    return signalling.sdp(leg.call_id, "-", known or signalling.PEER_ADDRESS, leg.started + 1)


def _channel_name(leg: Leg) -> str:
    return f"sofia/sipinterface_1/{leg.from_ if leg.side == 'A' else leg.request}"


def _trunk_name(leg: Leg) -> dict[str, str]:
    return {"trunk": leg.trunk.name} if leg.trunk else {}


# Keys of custom_channel_vars. All values are strings, but for the list of recordings.
CHANNEL_VARIABLES = (
    Field("account_id", lambda leg: leg.account.id),
    Field("authorizing_id", lambda leg: leg.authorizing_id),
    Field("authorizing_type", lambda leg: leg.authorizing_type),
    Field("bridge_id", lambda leg: leg.call.call_id),
    Field("ecallmgr_node", _ecallmgr),
    Field("fetch_id", lambda leg: signalling.fetch_id(leg.call_id)),
    Field("owner_id", lambda leg: leg.owner_id, "observed"),
    Field("realm", lambda leg: leg.account.realm),
    Field("username", lambda leg: leg.phone),
    Field("resource_type", lambda leg: leg.resource_type),
    Field("global_resource", lambda leg: leg.resource_type and str(bool(leg.trunk and leg.trunk.is_global)).lower()),
    Field("resource_id", lambda leg: leg.trunk.id if leg.trunk else ""),
    Field("media_recordings", lambda leg: leg.recordings or "", "master", "array"),
    Field("reseller_id", lambda leg: leg.account.reseller_id),
)


def channel_variables(leg: Leg) -> Document:
    """The custom channel variables, those of its trunk's rating last."""
    found = ((field.name, field.value(leg)) for field in CHANNEL_VARIABLES)
    return {name: value for name, value in found if value != ""} | dict(leg.tariff.variables)


def _fax(name: str) -> Field:
    return Field(name, lambda leg: leg.fax.get(name, ""))


FIELDS = (
    Field("app_name", lambda leg: "freeswitch"),
    Field("app_version", lambda leg: _NEWEST.version),
    Field("node", _ecallmgr),
    Field("msg_id", lambda leg: signalling.message_id(leg.call_id, leg.started + leg.duration), "observed"),
    Field("event_category", lambda leg: "cdr", "guess"),
    Field("event_name", lambda leg: "report", "guess"),
    Field("call_id", lambda leg: leg.call_id),
    Field("interaction_id", lambda leg: leg.interaction_id),
    Field("interaction_key", lambda leg: leg.interaction_key, "master"),
    _number("interaction_time", lambda leg: leg.interaction_time, "master"),
    Field("other_leg_call_id", lambda leg: leg.other_call_id),
    Field("presence_id", lambda leg: leg.phone and f"{leg.phone}@{leg.account.realm}"),
    Field("caller_id_name", lambda leg: leg.row.from_name),
    Field("caller_id_number", lambda leg: leg.caller_number),
    Field("callee_id_name", lambda leg: leg.row.to_name),
    Field("callee_id_number", lambda leg: leg.row.to_number),
    Field("other_leg_caller_id_name", lambda leg: leg.other.row.from_name),
    Field("other_leg_caller_id_number", lambda leg: leg.other.caller_number),
    Field("other_leg_destination_number", lambda leg: leg.other.dialed),
    Field("other_leg_direction", lambda leg: leg.other.direction),
    Field("call_direction", lambda leg: leg.direction),
    Field("from", lambda leg: leg.from_),
    Field("from_uri", lambda leg: leg.from_uri),
    Field("from_tag", lambda leg: signalling.tags(leg.call_id)[0]),
    Field("to", lambda leg: leg.to),
    Field("to_uri", lambda leg: leg.to),
    Field("to_tag", lambda leg: signalling.tags(leg.call_id)[1]),
    Field("request", lambda leg: leg.request),
    Field("user_agent", _user_agent),
    Field("local_sdp", _local_sdp),
    Field("remote_sdp", _remote_sdp),
    _number("timestamp", lambda leg: leg.created),
    _number("channel_created_time", lambda leg: leg.channel_created_time),
    _number("duration_seconds", lambda leg: leg.duration),
    _number("ringing_seconds", lambda leg: leg.ringing),
    _number("billing_seconds", lambda leg: leg.billing),
    Field("hangup_cause", lambda leg: leg.cause),
    Field("hangup_code", lambda leg: leg.hangup_code),
    Field("disposition", lambda leg: leg.disposition),
    Field("media_server", lambda leg: leg.media_server),
    Field("switch_hostname", lambda leg: leg.media_server, "observed"),
    Field("switch_nodename", lambda leg: f"freeswitch@{leg.media_server}", "observed"),
    Field("switch_uri", lambda leg: f"sip:{signalling.SWITCH}", "observed"),
    Field("switch_url", lambda leg: f"sip:mod_sofia@{signalling.SWITCH}", "observed"),
    Field("channel_name", _channel_name, "observed"),
    Field("channel_state", lambda leg: "REPORTING", "observed"),
    Field("channel_call_state", lambda leg: "HANGUP", "observed"),
    _object("custom_channel_vars", channel_variables),
    _object("custom_application_vars", _trunk_name),
    _object("custom_sip_headers", lambda leg: {}),
    _fax("fax_success"),
    _fax("fax_ecm_used"),
    _fax("fax_t38"),
    _fax("fax_result_text"),
    _fax("fax_result_code"),
    _fax("fax_transferred_pages"),
    _fax("fax_total_pages"),
    _fax("fax_bad_rows"),
    _fax("fax_transfer_rate"),
)


def _database(leg: Leg) -> str:
    """The database of the month, whose name holds slashes as they stand in a URL."""
    account_id = leg.account.id
    return f"account%2F{account_id[:2]}%2F{account_id[2:4]}%2F{account_id[4:]}-{leg.id[:6]}"


# What a document has where it is kept, and filters see, but nobody is shown.
PRIVATE_FIELDS = (
    Field("_id", lambda leg: leg.id, "master"),
    Field("pvt_type", lambda leg: "cdr", "master"),
    _number("pvt_created", lambda leg: leg.created, "master"),
    _number("pvt_modified", lambda leg: leg.created, "master"),
    Field("pvt_account_id", lambda leg: leg.account.id, "master"),
    Field("pvt_account_db", _database, "master"),
    _number("pvt_vsn", lambda leg: 2, "guess"),
)

# What filters can ask for.
FIELD_NAMES = frozenset(field.name for field in (*FIELDS, *PRIVATE_FIELDS))

_NO_HEADERS = "the PBX keeps no SIP headers; the object itself is there, empty"

# What the vendor's documents can have and these never do -> why.
LEFT_OUT: Mapping[str, str] = {
    "digits_dialed": "the PBX does not keep the keys pressed, and nothing in the vendor's code sets it",
    "custom_sip_headers.in": _NO_HEADERS,
    "custom_sip_headers.out": _NO_HEADERS,
    r"custom_sip_headers.^[a-zA-z0-9_\-]+$": _NO_HEADERS,
    "authorizing_type mobile": "the PBX has no mobile devices",
    "recording_url": "recordings are kept by id; the column of a row is empty",
    "call_priority": "the PBX has no priorities; the column of a row is empty",
    "e164_destination": "the PBX does not bring numbers into the international form",
    "e164_origination": "the PBX does not bring numbers into the international form",
    "did_classifier": "the PBX does not classify numbers",
    "is_conference": "a conference is a callee like any other",
}

# What the lines before the newest say instead.
_OLDER = {"app_name": "ecallmgr", "event_category": "call_event", "event_name": "CHANNEL_DESTROY"}


@lru_cache(maxsize=256)
def _among(fields: tuple[Field, ...], names: frozenset[str]) -> tuple[Field, ...]:
    return tuple(field for field in fields if field.name in names)


def _fields(leg: Leg, profile: Profile, chosen: tuple[Field, ...] = FIELDS) -> Document:
    found = ((field.name, field.value(leg)) for field in chosen)
    fields = {name: value for name, value in found if value != ""}
    if profile is _NEWEST:
        return fields
    words = _OLDER | {"app_version": profile.version}
    return {name: words.get(name, value) for name, value in fields.items()}


def document(leg: Leg, profile: Profile = _NEWEST) -> Document:
    """The leg's whole document, as it is shown."""
    return _fields(leg, profile) | {"id": leg.id}


def stored(leg: Leg, profile: Profile = _NEWEST, names: frozenset[str] | None = None) -> Document:
    """The leg's document as it is kept, with the vendor's private fields, which filters see; of the others only those
    of these names, if any are given."""
    shown = _fields(leg, profile, FIELDS if names is None else _among(FIELDS, names))
    kept = PRIVATE_FIELDS if names is None else _among(PRIVATE_FIELDS, names)
    return shown | {field.name: field.value(leg) for field in kept}


def choose_fields(fields: Mapping[str, Any], paths: Iterable[str]) -> Document:
    """What the dotted paths lead to in document and row, each where it stands there, and the id."""
    chosen: Document = {}
    for path in paths:
        keys = path.split(".")
        try:
            value = value_at(fields, keys)
        except UnusablePathError:
            continue
        if value is not MISSING:
            _put(chosen, keys, value)
    return {**chosen, "id": fields["id"]}


def _put(chosen: Document, keys: list[str], value: Any) -> None:
    """Set the value at a path, unless something else than an object is there already."""
    place: Any = chosen
    for key in keys[:-1]:
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            return
    place[keys[-1]] = value
