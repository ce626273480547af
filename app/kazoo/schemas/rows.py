"""Rows: COLUMNS, what a list shows of each leg, in order, as the vendor's code has them (master).

The vendor works them out from the document; so must these be, but without making one (test_documents.py compares).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import floor
from typing import Any, NamedTuple

from ..costs import PER_MINUTE, units_to_dollars
from ..legs import Leg
from ..moments import date_and_time, moment
from ..profiles import PROFILES, Profile

_NEWEST = PROFILES["5"]


class Column(NamedTuple):
    """A column of a list's row: text, unless ``type`` says otherwise. ``value`` is given the seconds by which
    ``datetime`` is shifted; ``json_only`` columns are not in a CSV."""

    name: str
    value: Callable[[Leg, float], Any]
    json_only: bool = False
    type: str = "string"


def _user(address: str) -> str:
    return address.partition("@")[0]


def _calling_from(leg: Leg) -> str:
    return leg.caller_number if leg.side == "A" else _user(leg.from_uri)


def _authorizing_id(leg: Leg) -> str:
    """An account cannot let its own calls in."""
    found = leg.authorizing_id
    return "" if found == leg.account.id else found


def _cost(leg: Leg) -> str:
    return str(leg.tariff.cost(leg.billing)) if leg.tariff.account_billing == PER_MINUTE else "0"


def _unix_micro(leg: Leg) -> str:
    """Seconds with a fraction: those of a caller's leg are whole."""
    return f"{leg.started}.02" if leg.side == "B" else moment(leg.started).unix_float


def _datetime(layout: str) -> Column:
    return Column("datetime", lambda leg, offset: date_and_time(layout, leg.started + floor(offset)))


COLUMNS = (
    Column("id", lambda leg, _: leg.id),
    Column("call_id", lambda leg, _: leg.call_id),
    Column("caller_id_number", lambda leg, _: leg.caller_number),
    Column("caller_id_name", lambda leg, _: leg.row.from_name),
    Column("callee_id_number", lambda leg, _: leg.row.to_number),
    Column("callee_id_name", lambda leg, _: leg.row.to_name),
    Column("duration_seconds", lambda leg, _: leg.duration, type="integer"),
    Column("billing_seconds", lambda leg, _: leg.billing, type="integer"),
    Column("timestamp", lambda leg, _: moment(leg.started).gregorian),
    Column("hangup_cause", lambda leg, _: leg.cause),
    Column("disposition", lambda leg, _: leg.disposition),
    Column("other_leg_call_id", lambda leg, _: leg.other_call_id),
    Column("owner_id", lambda leg, _: leg.owner_id),
    Column("to", lambda leg, _: leg.to),
    Column("from", lambda leg, _: leg.from_),
    Column("direction", lambda leg, _: leg.direction),
    Column("request", lambda leg, _: leg.request),
    Column("authorizing_id", lambda leg, _: _authorizing_id(leg)),
    Column("cost", lambda leg, _: _cost(leg)),
    Column("dialed_number", lambda leg, _: _user(leg.dialed)),
    Column("calling_from", lambda leg, _: _calling_from(leg)),
    _datetime(_NEWEST.datetime),
    Column("unix_timestamp", lambda leg, _: moment(leg.started).unix),
    Column("unix_timestamp_micro", lambda leg, _: _unix_micro(leg)),
    Column("rfc_1036", lambda leg, _: moment(leg.started).rfc_1036),
    Column("iso_8601", lambda leg, _: moment(leg.started).date),
    Column("iso_8601_combined", lambda leg, _: moment(leg.started).combined),
    Column("call_type", lambda leg, _: leg.tariff.account_billing),
    Column("rate", lambda leg, _: units_to_dollars(leg.tariff.rate)),
    Column("rate_name", lambda leg, _: leg.tariff.rate_name),
    Column("bridge_id", lambda leg, _: leg.call.call_id),
    Column("recording_url", lambda leg, _: ""),
    Column("media_recordings", lambda leg, _: leg.recordings, type="array"),
    Column("media_server", lambda leg, _: leg.media_server),
    Column("call_priority", lambda leg, _: ""),
    Column("interaction_id", lambda leg, _: leg.interaction_id),
)

_DIRECTIONS = {"inbound": "origination", "outbound": "termination"}

# Kind of list -> what the oldest line has behind all others.
INCEPTION_COLUMNS = {
    "interaction": Column(
        "inception_direction", lambda leg, _: "origination" if leg.phone else "termination", json_only=True
    ),
    "user_interaction": Column("inception_direction", lambda leg, _: _DIRECTIONS[leg.direction], json_only=True),
}


@lru_cache(maxsize=64)
def columns(profile: Profile, listing: str) -> tuple[Column, ...]:
    """The columns of a list: ``cdrs``, ``interaction`` or, for one user's, ``user_interaction``."""
    shown = {"disposition": profile.disposition, "unix_timestamp_micro": profile.unix_micro}
    chosen = [column for column in COLUMNS if shown.get(column.name, True)]
    chosen = [_datetime(profile.datetime) if column.name == "datetime" else column for column in chosen]
    if profile.inception and listing in INCEPTION_COLUMNS:
        chosen.append(INCEPTION_COLUMNS[listing])
    return tuple(chosen)


def row(leg: Leg, columns: Iterable[Column], utc_offset: float) -> dict[str, Any]:
    """The leg as a row of these columns; ``datetime`` is shifted by so many seconds."""
    return {column.name: column.value(leg, utc_offset) for column in columns}
