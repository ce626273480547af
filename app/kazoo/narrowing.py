"""Narrowing: what filters on documents say about the rows that calls are stored as, so that SQL can leave calls out.

It must never leave out a call that has a leg which passes; what cannot be said for certain is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ..store.calls import Narrowing
from .accounts import Account, stable_id
from .causes import DISPOSITIONS_OF
from .legs import row_id_of

Texts = frozenset[str]
_NOTHING: Texts = frozenset()


def _same(wanted: Texts, account: Account) -> Texts:
    return wanted


def _dispositions(causes: Texts, account: Account) -> Texts:
    return _NOTHING.union(*(DISPOSITIONS_OF.get(cause, _NOTHING) for cause in causes))


def _names(ids: Texts, known: Mapping[str, str]) -> Texts:
    """The names behind ids; nothing if one is not known: numbers that are no extension have ids, too."""
    return frozenset(known[id] for id in ids) if ids <= known.keys() else _NOTHING


def _owners(ids: Texts, account: Account) -> Texts:
    return _names(ids, {user.id: user.name for user in account.users.values()})


def _devices(ids: Texts, account: Account) -> Texts:
    return _names(ids, {stable_id("device", user.name): user.name for user in account.users.values()})


def _trunks(ids: Texts, account: Account) -> Texts:
    return _names(ids, {trunk.id: trunk.name for trunk in account.trunks.values()})


def _phones(presences: Texts, account: Account) -> Texts:
    end = f"@{account.realm}"
    return frozenset(presence.removesuffix(end) for presence in presences if presence.endswith(end))


def _calls(ids: Texts, account: Account) -> Texts:
    """Calls by the ids of callers' legs; nothing if one may be that of another leg."""
    return ids if all(row_id_of(id) is None for id in ids) else _NOTHING


# Path -> field of Narrowing, and what rows have there whose legs have one of these values; nothing where that cannot
# be told. Each must hold for both kinds of legs: no number of callers is here, since a call out shows another.
_NARROWS: Mapping[str, tuple[str, Callable[[Texts, Account], Texts]]] = {
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
}


def narrow(asked: Iterable[tuple[str, Texts]], account: Account) -> Narrowing:
    """What some row of a call must have that has a leg with one of the texts at each path.

    Of two paths that speak of the same thing the stricter one is taken: different rows may fit them.
    """
    narrowing = Narrowing()
    for path, wanted in asked:
        if path in _NARROWS and "" not in wanted:
            name, rows_with = _NARROWS[path]
            values, known = rows_with(wanted, account), getattr(narrowing, name)
            if values and (known is None or len(values) < len(known)):
                narrowing = replace(narrowing, **{name: tuple(sorted(values))})
    return narrowing
