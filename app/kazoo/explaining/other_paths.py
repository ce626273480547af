"""Other paths: the user, the interaction or the whole account that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace

from ...store.calls import Narrowing, call_with_id, calls_by_start
from ..legs import a_leg
from ..times import to_unix
from .asked import ONE_CALL, Asked

# The second in which a call began may be wrong by so many.
_BEHIND = 60


def other_paths(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Why another path, and what is asked for there."""
    if asked.owner:
        yield from _other_users(asked)
    if asked.kind == ONE_CALL:
        yield from _other_interactions(asked)


def _other_users(asked: Asked) -> Iterator[tuple[str, Asked]]:
    users = asked.call.account.users
    if asked.owner not in users:
        names = {user.name.lower(): user for user in users.values()} | {user.id: user for user in users.values()}
        wanted = asked.owner.lower()
        for name in [wanted] if wanted in names else difflib.get_close_matches(wanted, names, 2, 0.8):
            user = names[name]
            yield f"The user {user.name} has the id {user.id}", replace(asked, owner=user.id)
    if asked.kind != ONE_CALL:
        yield "Ask for the whole account, not for one user", replace(asked, owner="")


def _other_interactions(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """The interaction with the call id that was sent, or one that began then, or soon before or behind."""
    connection, account = asked.call.world.database.connection(), asked.call.account
    for call_id in dict.fromkeys((asked.wanted, asked.wanted[7:])):
        whole = call_with_id(connection, call_id)
        if whole is not None:
            wanted = a_leg(whole, account).interaction_id
            yield f"The call {call_id} is the interaction {wanted}", replace(asked, wanted=wanted)
    second, _, key = asked.wanted.partition("-")
    if not second.isdecimal() or len(second) > 15:
        return
    begun = to_unix(int(second))
    for _, found in calls_by_start(connection, begun - _BEHIND, begun + _BEHIND, False, Narrowing()):
        for whole in found:
            leg = a_leg(whole, account)
            if leg.interaction_key == key or whole.started_at == begun:
                why = "has this key" if leg.interaction_key == key else "began in this second"
                yield f"An interaction that {why} is {leg.interaction_id}", replace(asked, wanted=leg.interaction_id)
