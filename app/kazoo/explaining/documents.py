"""Documents: the one that was meant by an id that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...journal.explanation import Suggestion
from ...store.calls import call_with_id, call_with_row
from ..accounts import account_of
from ..legs import legs_of, row_id_of
from ..moments import month_prefix

if TYPE_CHECKING:
    from ...journal.entries import Entry
    from ...store.worlds import World


def other_documents(entry: Entry, world: World) -> list[Suggestion]:
    """The document of the leg whose call id was sent, without its month or with another."""
    behind, _, wanted = entry.path.partition("/cdrs/")
    connection, account = world.database.connection(), account_of(world)
    for call_id in dict.fromkeys((wanted, wanted[7:])):
        row_id = row_id_of(call_id)
        whole = call_with_id(connection, call_id) if row_id is None else call_with_row(connection, row_id)
        for leg in legs_of(whole, account) if whole else ():
            if leg.call_id == call_id:
                month = month_prefix(whole.started_at) if whole else ""
                words = f"The leg {call_id} is of the month {month[:6]}: ask {behind}/cdrs/{leg.id}"
                return [Suggestion(words, None, 1)]
    return []
