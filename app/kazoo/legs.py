"""Legs: a stored call as KAZOO's legs (section 7 of the mapping): the caller's, A, and one for each row, B.

The caller's leg is the whole call, from the first row's start to the last row's end. The other legs are their rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from ..store.calls import PhoneCall, Row
from .accounts import Account, Trunk, digest, stable_id
from .bridging import bridged_row, lost_race, whole_disposition, whole_durations
from .causes import LOSE_RACE, ending_of, hangup_code
from .costs import NO_TARIFF, Tariff
from .moments import moment, month_prefix
from .signalling import far_end, fingerprint
from .times import EPOCH

_MICROSECONDS = 1_000_000
# So much later, in microseconds, a B leg begins: the caller's leg is the first.
_B_AFTER = 20_000

# The 60 bits of a B leg's id that hold the row: the row's id times an odd number, turned into another.
_BITS = (1 << 60) - 1
_FACTOR, _TURN = 0x9E3779B97F4A7C5, 0x5A17C3D2E8F0B64
_INVERSE = pow(_FACTOR, -1, 1 << 60)
_VARIANT, _REST = 1 << 63, (1 << 62) - 1
_B_ID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-5([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(slots=True, eq=False)
class Leg:
    """One leg. ``side`` is A or B, ``row`` the row whose parties it has. Instants are Unix seconds, durations seconds.

    ``caller_number`` is the number shown to the callee, ``dialed`` the one asked for; ``from_host`` and
    ``request_host`` are where the leg comes from and goes to; ``phone`` is the number of the account's own device, ""
    if the leg leads to none; ``trunk`` is what it goes over, None if nothing, and ``tariff`` what that costs.
    """

    side: str
    account: Account
    call: PhoneCall
    row: Row
    call_id: str
    started: int
    duration: int
    ringing: int
    billing: int
    direction: str
    caller_number: str
    dialed: str
    from_host: str
    request_host: str
    phone: str
    trunk: Trunk | None
    tariff: Tariff
    cause: str
    disposition: str
    _other: Leg | None = field(default=None, init=False)

    @property
    def bridged(self) -> Row:
        """The row of the leg to the callee that the caller is bridged to; of such a leg its own."""
        return bridged_row(self.call, self.account.no_devices) if self.side == "A" else self.row

    @property
    def other_call_id(self) -> str:
        return b_call_id(self.call.call_id, self.bridged) if self.side == "A" else self.call.call_id

    @property
    def other(self) -> Leg:
        """The leg it is bridged to."""
        if self._other is None:
            call, account = self.call, self.account
            self._other = b_leg(call, self.bridged, account) if self.side == "A" else a_leg(call, account)
        return self._other

    @property
    def id(self) -> str:
        """The document's id: it begins with the month in which the call began."""
        return month_prefix(self.call.started_at) + self.call_id

    @property
    def created(self) -> int:
        """When the document was made: the Gregorian second in which the leg ended."""
        return self.started + self.duration + EPOCH

    @property
    def channel_created_time(self) -> int:
        """Unix microseconds."""
        return self.started * _MICROSECONDS + (_B_AFTER if self.side == "B" else 0)

    @property
    def interaction_time(self) -> int:
        """The Gregorian second in which the call began."""
        return self.call.started_at + EPOCH

    @property
    def interaction_key(self) -> str:
        return interaction_key(self.call.call_id)

    @property
    def interaction_id(self) -> str:
        return f"{moment(self.call.started_at).gregorian}-{self.interaction_key}"

    @property
    def media_server(self) -> str:
        return f"fs001.{self.account.realm}"

    @property
    def hangup_code(self) -> str:
        return hangup_code(self.cause)

    @property
    def owner_id(self) -> str:
        return _id_of("user", self.phone) if self.phone else ""

    @property
    def authorizing_id(self) -> str:
        return _id_of("device", self.phone) if self.phone else ""

    @property
    def authorizing_type(self) -> str:
        """What let the leg in; "" for one that goes out to a carrier."""
        if self.side == "A" and self.row.call_type == "Inbound":
            return "resource"
        if self.side == "A" and self.row.call_type == "Outbound" and self.row.fax:
            return "outbound_fax"
        return "device" if self.phone else ""

    @property
    def resource_type(self) -> str:
        """ "" for a leg that goes over no trunk. A call from or to outside has one even if its trunk is not known."""
        coming, going = self.row.call_type == "Inbound", self.row.call_type == "Outbound"
        if not (coming if self.side == "A" else going):
            return ""
        net = "onnet" if self.trunk and self.trunk.on_net else "offnet"
        return f"{net}-{'origination' if coming else 'termination'}"

    @property
    def from_(self) -> str:
        return f"{self.row.from_number}@{self.from_host}"

    @property
    def from_uri(self) -> str:
        if self.side == "A" and self.row.call_type == "Inbound":
            return f"{self.row.from_number}@{far_end(self.row.src_addr or self.from_host)[1]}"
        return f"{self.caller_number}@{self.account.realm}"

    @property
    def to(self) -> str:
        return f"{self.dialed}@{self.account.realm}"

    @property
    def request(self) -> str:
        return f"{self.dialed}@{self.request_host}"

    @property
    def recordings(self) -> list[str]:
        """The ids of the recordings; the caller's leg has those of all rows."""
        rows = self.call.rows if self.side == "A" else (self.row,)
        files = dict.fromkeys([row.record_file for row in rows if row.record_file])
        return [month_prefix(self.call.started_at) + digest(file) for file in files] if files else []

    @property
    def fax(self) -> Mapping[str, str]:
        """The fax's properties, {} for a call that is none."""
        return _fax(next((row.fax for row in self.call.rows if row.fax), "") if self.side == "A" else self.row.fax)


def legs_of(call: PhoneCall, account: Account) -> list[Leg]:
    """All legs of a call: the caller's, then one for each row."""
    return [a_leg(call, account), *(b_leg(call, row, account) for row in call.rows)]


def find_leg(call: PhoneCall, account: Account, wanted_id: str) -> Leg | None:
    """The leg of the call whose document has this id."""
    if a_id(call) == wanted_id:
        return a_leg(call, account)
    row_id = row_id_of(wanted_id.removeprefix(month_prefix(call.started_at)))
    if row_id is None:
        return None
    try:
        row = call.row(row_id)
    except KeyError:
        return None
    return b_leg(call, row, account) if b_id(call, row) == wanted_id else None


def a_leg(call: PhoneCall, account: Account) -> Leg:
    """The caller's leg."""
    row = call.rows[0]
    inbound = row.call_type == "Inbound"
    trunk = account.trunk(row.src_trunk) if inbound and row.src_trunk else None
    host = far_end(row.src_addr)[0] or (trunk.host if trunk else "") if inbound else ""
    ending = ending_of(*whole_disposition(call))
    return Leg(
        "A", account, call, row, call.call_id, row.started_at, *whole_durations(call),
        direction="inbound",
        caller_number=row.from_number,
        dialed=row.did_number or row.to_number if inbound else row.to_number,
        from_host=host or account.realm,
        request_host=account.realm,
        phone="" if inbound or row.from_number in account.no_devices else row.from_number,
        trunk=trunk,
        tariff=trunk.tariff.toward("inbound") if trunk else NO_TARIFF,
        cause=ending.cause,
        disposition=ending.disposition,
    )  # fmt: skip


def b_leg(call: PhoneCall, row: Row, account: Account) -> Leg:
    """The leg to the row's callee. What a caller says to a mailbox is no part of it."""
    outbound = row.call_type == "Outbound"
    trunk = account.trunk(row.dst_trunk) if outbound and row.dst_trunk else None
    ending = ending_of(row.disposition, row.reason)
    lost = row.disposition == "NO ANSWER" and lost_race(call, row)
    return Leg(
        "B", account, call, row, b_call_id(call.call_id, row), row.started_at,
        row.duration, row.ring_duration, 0 if row.disposition == "VOICEMAIL" else row.talk_duration,
        direction="outbound",
        caller_number=row.dod_number or row.from_number if outbound else row.from_number,
        dialed=row.to_number,
        from_host=account.realm,
        request_host=trunk.host or account.realm if trunk else account.realm,
        phone="" if outbound or row.to_number in account.no_devices else row.to_number,
        trunk=trunk,
        tariff=trunk.tariff.toward("outbound") if trunk else NO_TARIFF,
        cause=LOSE_RACE if lost else ending.b_cause,
        disposition=ending.b_disposition,
    )  # fmt: skip


def a_id(call: PhoneCall) -> str:
    """The id of the document of the caller's leg."""
    return month_prefix(call.started_at) + call.call_id


def b_id(call: PhoneCall, row: Row) -> str:
    """The id of the document of the leg to the row's callee."""
    return month_prefix(call.started_at) + b_call_id(call.call_id, row)


@lru_cache(maxsize=1024)
def interaction_key(call_id: str) -> str:
    """What tells a call from others that began in the same second."""
    return fingerprint(call_id)[:8]


def b_call_id(call_id: str, row: Row) -> str:
    """The id of the leg to the row's callee: a UUID of version 5 from which ``row_id_of`` reads the row's id."""
    held = f"{(row.id * _FACTOR & _BITS) ^ _TURN:015x}"
    made = hashlib.sha1(f"{call_id}\0{row.uid}".encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    rest = f"{int.from_bytes(made[:8]) & _REST | _VARIANT:016x}"
    return f"{held[:8]}-{held[8:12]}-5{held[12:]}-{rest[:4]}-{rest[4:]}"


def row_id_of(call_id: str) -> int | None:
    """The row's id if this is the id of a leg to a callee; None if it has not that shape.

    Any UUID of version 5 has the shape: whoever finds the row compares the id of its leg.
    """
    match = _B_ID.fullmatch(call_id)
    return (int("".join(match.groups()), 16) ^ _TURN) * _INVERSE & _BITS if match else None


_id_of = lru_cache(maxsize=8192)(stable_id)


@lru_cache(maxsize=256)
def _fax(text: str) -> Mapping[str, str]:
    """The properties in the JSON text."""
    properties: dict[str, str] = orjson.loads(text) if text else {}
    return properties
