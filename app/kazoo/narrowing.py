"""Narrowing: what filters on documents say about the rows that calls are stored as, so that SQL can leave calls out.

It must never leave out a call that has a leg which passes; what cannot be said for certain is not said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..store.calls import Narrowing
from .accounts import Account
from .causes import DISPOSITIONS_OF
from .legs import row_id_of
from .times import to_unix

Texts = frozenset[str]

# What rows have; None where that cannot be told.
Found = frozenset[Any] | None


def _same(wanted: Texts, account: Account) -> Found:
    return wanted


def _dispositions(causes: Texts, account: Account) -> Found:
    return frozenset().union(*(DISPOSITIONS_OF.get(cause, ()) for cause in causes))


def _names(ids: Texts, known: Mapping[str, str]) -> Found:
    """The names behind ids, if all are known: what is no extension or a trunk no longer there has an id, too."""
    return frozenset(known[id] for id in ids) if ids <= known.keys() else None


def _owners(ids: Texts, account: Account) -> Found:
    return _names(ids, account.names_by_user_id)


def _devices(ids: Texts, account: Account) -> Found:
    return _names(ids, account.names_by_device_id)


def _trunks(ids: Texts, account: Account) -> Found:
    return _names(ids, account.names_by_trunk_id)


def _phones(presences: Texts, account: Account) -> Found:
    end = f"@{account.realm}"
    return frozenset(presence.removesuffix(end) for presence in presences if presence.endswith(end))


def _calls(ids: Texts, account: Account) -> Found:
    """Calls by the ids of callers' legs, unless one may be that of another leg."""
    return ids if all(row_id_of(id) is None for id in ids) else None


# A number as documents have it, as text.
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,30}")


def _numbers(texts: Texts) -> frozenset[int]:
    return frozenset(int(text) for text in texts if _NUMBER.fullmatch(text))


def _instants(seconds: Texts, account: Account) -> Found:
    return frozenset(map(to_unix, _numbers(seconds)))


def _interactions(ids: Texts, account: Account) -> Found:
    """The first half of an interaction's id is the second in which it began."""
    return _instants(frozenset(id.rpartition("-")[0] for id in ids), account)


def _microseconds(instants: Texts, account: Account) -> Found:
    return frozenset(instant // 1_000_000 for instant in _numbers(instants))


def _seconds(seconds: Texts, account: Account) -> Found:
    return _numbers(seconds)


def _billed(seconds: Texts, account: Account) -> Found:
    """What is said to a mailbox is not billed on the leg to the callee."""
    return None if "0" in seconds else _numbers(seconds)


# Path -> field of Narrowing, and what some row of the call has there if one of its legs has one of these values. It
# must hold for both kinds of legs.
_NARROWS: Mapping[str, tuple[str, Callable[[Texts, Account], Found]]] = {
    "caller_id_number": ("callers", _same),
    "callee_id_number": ("parties", _same),
    "presence_id": ("parties", _phones),
    "custom_channel_vars.owner_id": ("parties", _owners),
    "custom_channel_vars.authorizing_id": ("parties", _devices),
    "custom_channel_vars.username": ("parties", _same),
    "call_id": ("call_ids", _calls),
    "other_leg_call_id": ("call_ids", _calls),
    "custom_channel_vars.bridge_id": ("call_ids", _same),
    "hangup_cause": ("dispositions", _dispositions),
    "custom_channel_vars.resource_id": ("trunks", _trunks),
    "custom_application_vars.trunk": ("trunks", _same),
    "interaction_id": ("starts", _interactions),
    "interaction_time": ("starts", _instants),
    "channel_created_time": ("starts", _microseconds),
    "timestamp": ("ends", _instants),
    "pvt_created": ("ends", _instants),
    "pvt_modified": ("ends", _instants),
    "duration_seconds": ("durations", _seconds),
    "billing_seconds": ("talks", _billed),
}

# What no call passes.
_NO_CALL = Narrowing(call_ids=())


def narrow(asked: Iterable[tuple[str, Texts]], account: Account) -> Narrowing:
    """What some row of a call must have that has a leg with one of the texts at each path.

    Of two paths that speak of the same thing the stricter one is taken: different rows may fit them. A value that is
    missing counts as "".
    """
    narrowing = Narrowing()
    for path, wanted in asked:
        if not wanted:
            return _NO_CALL
        if path in _NARROWS and "" not in wanted:
            name, rows_with = _NARROWS[path]
            values, known = rows_with(wanted, account), getattr(narrowing, name)
            if values is not None and (known is None or len(values) < len(known)):
                narrowing = replace(narrowing, **{name: tuple(sorted(values))})
    return narrowing
