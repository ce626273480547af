"""What the interfaces do that repeat for each resource: list, search, get, query, create, update, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..store.shelves import SHELVES, Holdings, Item
from .attributes import Change, found
from .calls import Call, Fields
from .paging import page_of
from .relations import refuse_duplicates, refuse_if_needed
from .resource import Resource


def listing(resource: Resource, call: Call, given: Fields) -> Fields:
    """A page of rows, and how many there are in all."""
    holdings = holdings_of(call)
    return _page(resource, call, given, holdings, holdings.items(resource.kind))


def search(resource: Resource, call: Call, given: Fields) -> Fields:
    """The same of those with a text that contains ``search_value`` in any column, in whatever case."""
    holdings, wanted = holdings_of(call), given.get("search_value", "")
    items = holdings.items(resource.kind)
    if wanted:
        items = [item for item in items if any(columns_with(resource, item, holdings, wanted))]
    return _page(resource, call, given, holdings, items)


def columns_with(resource: Resource, item: Item, holdings: Holdings, wanted: str) -> Iterator[str]:
    """The columns of the thing's row that contain the text, in whatever case."""
    folded = wanted.casefold()
    for name, write in resource.columns("list", holdings.settings.firmware):
        value = write(item, holdings)
        if isinstance(value, str) and folded in value.casefold():
            yield name


def _page(resource: Resource, call: Call, given: Fields, holdings: Holdings, items: list[Item]) -> Fields:
    rows = [resource.row(item, holdings) for item in page_of(call, given, ordered(resource, given, holdings, items))]
    top = {name: value(holdings) for name, value in resource.top.items()}
    return {"total_number": len(items), **top, resource.array: rows}


def get(resource: Resource, call: Call, given: Fields) -> Fields:
    """All that is told of one. Raises 60001."""
    holdings = holdings_of(call)
    item = found(resource.kind, given["id"], holdings)
    told = resource.tell(item, holdings)
    return {resource.single: [told] if resource.single_in_list else told}


def query(resource: Resource, call: Call, given: Fields) -> Fields:
    """All that is told of several; unknown ids are passed over."""
    holdings = holdings_of(call)
    items = (holdings.find(resource.kind, id) for id in given["ids"])
    rows = [resource.tell(item, holdings) for item in items if item is not None]
    call.entry.rows = call.entry.total = len(rows)
    return {"data": rows}


def create(resource: Resource, call: Call, given: Fields) -> Fields:
    """Keep a new one. Raises 40002, 40003, and what the resource itself refuses."""
    with call.world.write() as connection:
        change = Change(connection, Holdings(connection, call.settings), {}, {}, given)
        _settle(resource, change, "create")
        SHELVES[resource.kind].add(connection, change.item)
        change.holdings.forget(resource.kind)
        resource.follow(change)
    call.entry.notes += change.notes
    return {"id": change.item["id"]}


def update(resource: Resource, call: Call, given: Fields) -> Fields:
    """Change what is given of one; all else stays. Raises 60001, and what ``create`` raises."""
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        before = found(resource.kind, given.pop("id"), holdings)
        change = Change(connection, holdings, before, dict(before), given)
        _settle(resource, change, "update")
        SHELVES[resource.kind].put(connection, change.item, before)
        holdings.forget(resource.kind)
        resource.follow(change)
    call.entry.notes += change.notes
    return {}


def _settle(resource: Resource, change: Change, deed: str) -> None:
    for name, value in change.given.items():
        resource.taken[name].keep(change.item, value, change.holdings)
    for entry in resource.attributes:
        entry.check(change)
    refuse_duplicates(resource, change.item, change.given, change.holdings, deed)
    resource.settle(change)


def delete(resource: Resource, call: Call, given: Fields) -> Fields:
    """Forget one. Raises 60001, 70091."""
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        item = found(resource.kind, given["id"], holdings)
        resource.spare(item, holdings)
        refuse_if_needed(resource.kind, item, holdings)
        SHELVES[resource.kind].drop(connection, item)
    return {}


DEEDS: Mapping[str, Callable[[Resource, Call, Any], Fields]] = {
    "list": listing,
    "search": search,
    "get": get,
    "query": query,
    "create": create,
    "update": update,
    "delete": delete,
}


def holdings_of(call: Call) -> Holdings:
    """All that the PBX holds, as it was when this request came."""
    return call.world.derived("holdings", lambda: Holdings(call.world.database.connection(), call.settings))


def ordered(resource: Resource, given: Fields, holdings: Holdings, items: list[Item]) -> list[Item]:
    """Sorted as asked for, ties by id; text whatever its case."""
    column = given.get("sort_by", resource.sorts[0])
    by_itself = not given.keys() & {"sort_by", "order_by"}
    descending = resource.newest_first if by_itself else given.get("order_by") == "desc"
    if column == "id":
        return items[::-1] if descending else items
    write = next(entry.writer() for entry in resource.attributes if entry.name == column)

    def key(item: Item) -> tuple[Any, int]:
        value = write(item, holdings)
        return (value if isinstance(value, int) else str(value or "").casefold(), item["id"])

    return sorted(items, key=key, reverse=descending)
