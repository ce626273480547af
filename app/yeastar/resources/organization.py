"""Organization (fact sheet, section 5): a tree, of which the root can be neither changed nor deleted."""

from __future__ import annotations

from ...store.shelves import Holdings, Item
from ..attributes import ID, Attribute, Change, found
from ..bodies import Line, Whole
from ..errors import YeastarError
from ..resource import Resource


def children_of(id: int, holdings: Holdings) -> list[Item]:
    """The organizations right below that one; those below 0 are the roots."""
    return [item for item in holdings.items("organization") if _parent(item, holdings) == id]


def extensions_of(item: Item, holdings: Holdings) -> list[int]:
    """The ids of the extensions that belong to it."""
    wanted = {"type": "organization", "id": item["id"]}
    return [other["id"] for other in holdings.items("extension") if wanted in other.get("organization_list", ())]


def _parent(item: Item, holdings: Holdings) -> int:
    return int(item.get("parent_id") or 0)


def _order(item: Item, holdings: Holdings) -> int:
    """Its place among those of the same parent."""
    return 1 + [other["id"] for other in children_of(_parent(item, holdings), holdings)].index(item["id"])


def _settle(change: Change) -> None:
    """The manual knows 40002 for a change of the root and for a place where it cannot be."""
    holdings = change.holdings
    if not holdings.items("organization"):
        raise YeastarError(70120, "the PBX has no organization, of which one could be a part")
    if change.before and not _parent(change.before, holdings):
        raise YeastarError(40002, "the root cannot be changed")
    above: Item | None = found("organization", change.item["parent_id"], holdings, named=True)
    passed: set[int] = set()  # a seed document may go in circles
    while above is not None and above["id"] not in passed:
        if above["id"] == change.item.get("id"):
            raise YeastarError(40002, "it cannot be below itself")
        passed.add(above["id"])
        above = holdings.find("organization", _parent(above, holdings))


def _spare(item: Item, holdings: Holdings) -> None:
    if not _parent(item, holdings):
        raise YeastarError(40002, "the root cannot be deleted")
    if children_of(item["id"], holdings) or extensions_of(item, holdings):
        raise YeastarError(70091, "organizations or extensions belong to it")


ORGANIZATION = Resource(
    "organization",
    kind="organization",
    label="Organization",
    array="organization_list",
    attributes=(
        ID,
        Attribute("name", Line(127, required=True)),
        Attribute("parent_id", Whole(required=True), default=0, value=_parent),
        Attribute("order", default=0, value=_order),
        Attribute("ext_number", default=0, value=lambda item, holdings: len(extensions_of(item, holdings))),
        Attribute("ext_list", default=[0], value=extensions_of),
    ),
    settle=_settle,
    spare=_spare,
)
