"""What is listed: legs in the order of a listing's keys, from its first key on, as far as its filters let them through.

A key is worked out before its leg is made, so that what is passed over costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..store.calls import Narrowing, PhoneCall, Row, calls_by_start, rows_by_end
from .legs import Leg, a_id, a_leg, b_id, b_leg, interaction_key, legs_of
from .paging import Key, order
from .schemas.cdr import stored
from .times import to_gregorian, to_unix

if TYPE_CHECKING:
    from .accounts import Account
    from .calls import Call
    from .listing import Listing

# A leg with its place in the listing.
Placed = tuple[Key, Leg]

# A place, and how to make what may stand there.
_Place = tuple[Key, Callable[[], Leg | None]]


def by_end(call: Call, listing: Listing, owner: str) -> Iterator[Placed]:
    """Legs in the order of (end, id); the user's own if there is an ``owner``."""
    return _kept(call, _ends(call, listing, owner), listing, strict=False)


def by_start(call: Call, listing: Listing, owner: str) -> Iterator[Placed]:
    """The first leg of each call, or the first of the user's, in the order of (begin, interaction key)."""
    lossy = listing.descending and ("users" if owner else "accounts") in call.profile.lossy_pages
    return _kept(call, _starts(call, listing, owner), listing, strict=lossy)


def of_call(call: Call, listing: Listing, interaction_id: str, legs: list[Leg]) -> Iterator[Placed]:
    """The legs of one call by their beginnings."""
    legs = sorted(legs, key=lambda leg: (leg.channel_created_time, leg.id), reverse=listing.descending)
    places: list[_Place] = [((interaction_id, leg.channel_created_time, leg.id), partial(_itself, leg)) for leg in legs]
    return _kept(call, iter(places), listing, strict=False)


def _itself(leg: Leg) -> Leg:
    return leg


def prefix_of(owner: str) -> Key:
    """What keys begin with."""
    return (owner,) if owner else ()


def _ends(call: Call, listing: Listing, owner: str) -> Iterator[_Place]:
    prefix, account = prefix_of(owner), call.account
    for second, ended in rows_by_end(call.world.database.connection(), *_search(call, listing, owner)):
        found: list[tuple[str, PhoneCall, Row | None]] = [(b_id(phone, row), phone, row) for phone, row in ended]
        found += [(a_id(phone_call), phone_call, None) for phone_call, row in ended if row is phone_call.last]
        found.sort(key=itemgetter(0), reverse=listing.descending)
        for leg_id, phone_call, row in found:
            yield (*prefix, to_gregorian(second), leg_id), partial(_leg, phone_call, row, account, owner)


def _leg(phone_call: PhoneCall, row: Row | None, account: Account, owner: str) -> Leg | None:
    leg = a_leg(phone_call, account) if row is None else b_leg(phone_call, row, account)
    return leg if not owner or leg.owner_id == owner else None


def _starts(call: Call, listing: Listing, owner: str) -> Iterator[_Place]:
    prefix, account = prefix_of(owner), call.account
    make = partial(_first_owned, account=account, owner=owner) if owner else partial(a_leg, account=account)
    for second, begun in calls_by_start(call.world.database.connection(), *_search(call, listing, owner)):
        found = [(interaction_key(phone_call.call_id), phone_call) for phone_call in begun]
        found.sort(key=itemgetter(0), reverse=listing.descending)
        for key, phone_call in found:
            yield (*prefix, to_gregorian(second), key), partial(make, phone_call)


def _first_owned(phone_call: PhoneCall, account: Account, owner: str) -> Leg | None:
    """The earliest of the user's legs."""
    owned = (leg for leg in legs_of(phone_call, account) if leg.owner_id == owner)
    return min(owned, key=lambda leg: leg.channel_created_time, default=None)


def _search(call: Call, listing: Listing, owner: str) -> tuple[int, int, bool, Narrowing]:
    """First and last second to look at, in Unix seconds, in which order, and what the calls must have."""
    narrowing = listing.filters.narrowing(call.account)
    if owner and narrowing.parties is None:
        extension = call.account.users[owner].extension
        narrowing = replace(narrowing, parties=(extension,) if extension else ())
    start, end = listing.start, listing.end
    at = len(prefix_of(owner))
    begun = listing.first[at] if listing.first is not None and len(listing.first) > at else None
    if isinstance(begun, int):
        start, end = (start, min(end, begun)) if listing.descending else (max(start, begun), end)
    if listing.impossible:
        start, end = 1, 0
    return to_unix(start), to_unix(end), listing.descending, narrowing


def _kept(call: Call, places: Iterator[_Place], listing: Listing, strict: bool) -> Iterator[Placed]:
    """The legs from the listing's first key on, up to its last, that pass its filters.

    ``strict`` leaves out the first key's own.
    """
    first, last = (None if key is None else order(key) for key in (listing.first, listing.last))
    sign = -1 if listing.descending else 1
    filters, profile = listing.filters, call.profile
    for key, make in places:
        place = order(key) if first is not None or last is not None else ()
        if first is not None:
            side = _compare(place, first) * sign
            if side < 0 or (strict and side == 0):
                continue
            first = None if side > 0 else first
        if last is not None and _compare(place, last) * sign > 0:
            return
        leg = make()
        if leg is not None and (filters.empty or filters.keeps(stored(leg, profile, filters.names))):
            yield key, leg


def _compare(one: Any, other: Any) -> int:
    """1 where the one comes behind the other, -1 where it comes before it, 0 where they are equal."""
    return 1 if one > other else -1 if one < other else 0
