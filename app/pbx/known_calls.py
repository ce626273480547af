"""Calls that are there already: what makes it harmless to import a file again.

A row with a ``new_id`` is known by it, one with an id by that, any other one by what it says. Never by ``uid``, which
the legs of a call share.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter

from ..store.loading import BATCH, CdrRow
from .importers.mistakes import WrongRowError

_BY_ID = "SELECT started_at, call_id FROM cdr WHERE id = ?"
_BY_NEW_ID = "SELECT 1 FROM cdr INDEXED BY cdr_call WHERE call_id = ? AND started_at = ? AND new_id = ? LIMIT 1"
_OF_UID = (
    "SELECT count(*) FROM cdr AS c INDEXED BY cdr_call JOIN number AS f ON f.id = c.from_id"
    " JOIN number AS t ON t.id = c.to_id WHERE c.call_id = ? AND c.started_at = ? AND c.id <= ? AND f.digits = ?"
    " AND t.digits = ? AND {} = ? AND c.duration = ? AND c.talk_duration = ? AND c.disposition = ?"
)
_ALIKE, _ALIKE_BEHIND = _OF_UID.format("c.uid"), _OF_UID.format("substr(c.uid, 15)")

# A uid that begins with the start on the PBX's clock, which may have been set anew; what is behind is compared.
_STARTS_UID = re.compile("[0-9]{14}([0-9A-F]{5})")


class KnownCalls:
    """What the PBX holds, and what this load has added. Rows are asked about in the order in which they are added,
    each before it is."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        (self.before,) = connection.execute("SELECT coalesce(max(id), 0) FROM cdr").fetchone()
        self.highest: int = self.before
        # Rows that may not be stored yet, by id: those of this batch, and of the one before.
        self.fresh: dict[int, CdrRow] = {}
        self.older: dict[int, CdrRow] = {}
        self.new_ids: set[int] = set()
        self.met = Counter[int]()

    def has(self, row: CdrRow) -> bool:
        """Whether the row is there. Raises WrongRowError where another call has its id."""
        if row.new_id and self._has_new_id(row):
            return True
        if row.id is not None:
            if self._has_id(row, row.id):
                return True
        elif not row.new_id and self._has_alike(row):
            return True
        self._remember(row)
        return False

    def _remember(self, row: CdrRow) -> None:
        row_id = self.highest + 1 if row.id is None else row.id  # else the one that it will be given
        if row_id > self.highest:
            self.highest = row_id
        if len(self.fresh) == BATCH:
            self.older, self.fresh = self.fresh, {}
        self.fresh[row_id] = row
        if row.new_id:
            self.new_ids.add(hash(row.new_id))

    def _has_id(self, row: CdrRow, row_id: int) -> bool:
        if row_id > self.highest:  # as almost always
            return False
        fresh = self.fresh.get(row_id) or self.older.get(row_id)
        found = (fresh.started_at, fresh.call_id) if fresh else self.connection.execute(_BY_ID, (row_id,)).fetchone()
        if found is None:
            return False
        if found != (row.started_at, row.call_id):
            raise WrongRowError("id", f"{row_id} is the id of another call; import into an empty PBX, or a new world")
        return True

    def _has_new_id(self, row: CdrRow) -> bool:
        if hash(row.new_id) in self.new_ids:
            return True
        key = (row.call_id, row.started_at, row.new_id)
        return bool(self.before and self.connection.execute(_BY_NEW_ID, key).fetchone())

    def _has_alike(self, row: CdrRow) -> bool:
        """A file may hold two rows that say the same: the second is there if two are."""
        if not self.before:
            return False
        of_start = _STARTS_UID.fullmatch(row.uid)
        uid = of_start[1] if of_start else row.uid
        key = (row.from_number, row.to_number, uid, row.duration, row.talk_duration, row.disposition)
        alike = _ALIKE_BEHIND if of_start else _ALIKE
        (there,) = self.connection.execute(alike, (row.call_id, row.started_at, self.before, *key)).fetchone()
        if not there:
            return False
        mark = hash((row.call_id, row.started_at, *key))
        self.met[mark] += 1
        return self.met[mark] <= int(there)
