"""What else may have been meant otherwise: groups, DIDs, the page; and what a search finds that asks for less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..paging import PAGE_SIZE
from .asked import Asked
from .changes import Change, send

# So many groups or DIDs are tried.
_MOST = 5

# So many digits are enough to know a DID by.
_LEAST_DIGITS = 4

# Of how many calls, the newest, the DIDs are looked through.
_NEWEST = 50_000


def pages(asked: Asked) -> Iterator[Change]:
    """A page that there is."""
    query = asked.query()
    total = asked.count(query) if query.offset else 0
    if not total:
        return
    last = (total - 1) // (query.limit or PAGE_SIZE) + 1
    for page, why in ((last, "the last page there is"), (1, "the first page")):
        yield Change(f"{send(page=str(page))}: {why}", asked.changed(page=str(page)))


def groups(asked: Asked) -> Iterator[Change]:
    """Extension groups that there are, where the one given is unknown or empty."""
    text = asked.text("extension_group")
    if not text:
        return
    names = dict(asked.connection.execute("SELECT id, name FROM extension_group ORDER BY id"))
    members = "SELECT group_id FROM group_member WHERE {} = ? ORDER BY group_id"
    given = asked.query().extension_group
    if asked.connection.execute(members.format("group_id"), (given,)).fetchone():
        return
    why = f"group {given} ({names[given]}) has no members" if given in names else f"there is no extension group {given}"
    of_number = [group for (group,) in asked.connection.execute(members.format("extension"), (text,))]
    for group in list(dict.fromkeys([*of_number, *names]))[:_MOST]:
        value = {"extension_group": str(group)}
        yield Change(f"{send(**value)} ({names.get(group, '')}): {why}", asked.changed(**value))


def dids(asked: Asked) -> Iterator[Change]:
    """The DIDs with which there are calls, where one of those given is written otherwise or has another trunk."""
    text = asked.text("did").replace("\x00", "")
    if not text:
        return
    known = asked.connection.execute(
        "SELECT did_number, did_name, src_trunk, count(*)"
        f" FROM (SELECT did_number, did_name, src_trunk FROM cdr ORDER BY id DESC LIMIT {_NEWEST}) AS newest"
        " WHERE did_number <> '' OR did_name <> '' GROUP BY 1, 2, 3 ORDER BY 4 DESC"
    ).fetchall()
    tried = 0
    for part in filter(None, text.split(",")):
        did, _, trunk = (piece.strip() for piece in part.partition(":"))
        for number, name, known_trunk, _ in known:
            if tried < _MOST and _same_did(did, trunk, number, name, known_trunk):
                tried += 1
                value = {"did": f"{number or name}:{known_trunk}".rstrip(":")}
                yield Change(f"{send(**value)}: that is how calls have it", asked.changed(**value))


def _same_did(did: str, trunk: str, number: str, name: str, known_trunk: str) -> bool:
    """Whether a DID and a trunk as they were sent may be those of calls."""
    if not did:
        return bool(trunk) and trunk == known_trunk
    if did.casefold() in (number.casefold(), name.casefold()):
        return True
    digits, known = ("".join(filter(str.isdecimal, text)) for text in (did, number))
    return min(len(digits), len(known)) >= _LEAST_DIGITS and (known.endswith(digits) or digits.endswith(known))


def without_one(asked: Asked) -> Iterator[Change]:
    """Each condition left out; start and end also together."""
    for name in asked.conditions():
        yield _without(asked, name)
    if all(name in asked.conditions() for name in asked.kind.edges):
        yield _without(asked, *asked.kind.edges)


def without_two(asked: Asked) -> Iterator[Change]:
    """Each two conditions left out."""
    conditions = asked.conditions()
    for one, other in combinations(conditions, 2):
        if (one, other) != tuple(asked.kind.edges):
            yield _without(asked, one, other)


def without_any(asked: Asked) -> Iterator[Change]:
    """All conditions left out; and first all but one each."""
    conditions = asked.conditions()
    for kept in conditions:
        yield _without(asked, *(name for name in conditions if name != kept))
    yield _without(asked, *conditions)


def _without(asked: Asked, *names: str) -> Change:
    values = dict.fromkeys(names)
    return Change(send(**values), asked.changed(**values))
