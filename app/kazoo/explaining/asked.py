"""Asked: a list that was asked for, or might have been, so that it can be made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...journal.keeping import MASKED
from ..answers.cdr import legs_by_start, read_interaction
from ..calls import Call
from ..errors import CrossbarError
from ..filters import Condition, Filters
from ..listed import Placed, by_end, by_start
from ..listing import Listing, read_listing, read_utc_offset
from ..times import to_gregorian
from ..understanding import ELSEWHERE, call_again

if TYPE_CHECKING:
    from ...journal.entries import Entry
    from ...store.worlds import World

LEGS, INTERACTIONS, ONE_CALL, SUMMARY = "cdrs", "cdrs/interaction", "cdrs/legs/{interaction_id}", "cdrs/summary"
LISTS = (LEGS, INTERACTIONS, ONE_CALL, SUMMARY)

# The Gregorian second behind all others.
LATEST = to_gregorian(10**12)

Pairs = tuple[tuple[str, str], ...]

# Parameters of a list that may as well stand in a body; filters are looked for in the URL alone.
_ANYWHERE = (
    "created_from", "created_to", "page_size", "paginate", "start_key", "bookmark", "end_key", "ascending",
    "descending", "is_chunked", "chunk_size", "fields", "full_docs", "utc_offset",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A list of the ``kind`` of a route; all parameters stand in the URL. ``owner`` is a user's id, "" for the whole
    account; ``wanted`` the id of an interaction or of one of its documents, "" for other kinds of lists."""

    call: Call
    kind: str
    owner: str = ""
    wanted: str = ""

    @property
    def pairs(self) -> Pairs:
        return self.call.query

    @property
    def parameters(self) -> dict[str, Any]:
        """Them, by name; those sent several times as lists."""
        found: dict[str, Any] = {}
        for name, value in self.pairs:
            known = found.get(name)
            found[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
        return found

    @property
    def path(self) -> str:
        """Where it is asked for."""
        user = f"/users/{self.owner}" if self.owner else ""
        return f"/v2/accounts/{self.call.account.id}{user}/{self.kind.partition('{')[0]}{self.wanted}"

    def sending(self, values: Mapping[str, str | None]) -> Asked:
        """The same with these parameters; None leaves one out."""
        left = tuple((name, value) for name, value in self.pairs if name not in values)
        return self.with_pairs((*left, *((name, value) for name, value in values.items() if value is not None)))

    def with_pairs(self, pairs: Pairs) -> Asked:
        """The same with these and no other parameters."""
        return replace(self, call=replace(self.call, query=pairs, notes=[]))

    @cached_property
    def listing(self) -> Listing:
        """Raises CrossbarError where the request is refused."""
        call = self.call
        if self.owner and self.owner not in call.account.users:
            raise CrossbarError("identifier", cause=self.owner)
        if self.kind == LEGS and read_utc_offset(call) is None:
            raise CrossbarError("utc_offset")
        if self.kind == ONE_CALL:
            _ = self.interaction
        return read_listing(call, self.kind == INTERACTIONS and call.profile.filters_created)

    @cached_property
    def interaction(self) -> str:
        """The interaction's id. Raises CrossbarError."""
        return read_interaction(self.call, self.wanted)

    @property
    def bare(self) -> Listing:
        """The listing without filters, from its beginning to its end."""
        return replace(self.listing, filters=Filters(), first=None, last=None, impossible=False)

    @cached_property
    def conditions(self) -> list[tuple[str, str, Condition]]:
        """The filters, each with the parameter that it is. A summary has none."""
        if self.kind == SUMMARY:
            return []
        kept = self.listing.filters.conditions
        return [
            (name, value, condition)
            for name, value in self.pairs
            for condition in Filters.read([(name, value)], self.call.profile).conditions
            if condition in kept
        ]

    def placed(self, listing: Listing) -> Iterator[Placed]:
        """The legs of such a list, in all its pages. Raises CrossbarError."""
        if self.kind == INTERACTIONS:
            return by_start(self.call, listing, self.owner)
        if self.kind == ONE_CALL:
            return legs_by_start(self.call, listing, self.interaction)
        return by_end(self.call, listing, self.owner)


def asked_by(entry: Entry, world: World) -> Asked:
    """What the entry's request asked for, with the settings of that moment."""
    settings, _ = world.present()
    call = call_again(entry, replace(settings, **entry.settings), world)
    values = {name: call.value(name) for name in _ANYWHERE}
    left = tuple((name, value) for name, value in call.query if name not in ELSEWHERE and values.get(name) is None)
    sent = tuple((name, str(value)) for name, value in values.items() if value is not None)
    call = replace(call, query=(*sent, *left), body={})
    behind, _, rest = entry.path.partition("/cdrs")
    _, _, owner = behind.partition("/users/")
    kind = str(entry.route)
    wanted = rest.partition("/legs/")[2] if kind == ONE_CALL else ""
    if kind == SUMMARY and owner in call.account.users:
        owner = ""  # it is the account's, whoever's it is called
    return Asked(call, kind, owner, wanted)


def is_whole(entry: Entry) -> bool:
    """Whether enough of the request was kept to ask it again."""
    values = [value for name, value in entry.query if name not in ELSEWHERE]
    return not entry.cut and not any(MASKED in value for value in (*values, entry.path))
