"""Organization: the tree, or the branches that a search finds."""

from __future__ import annotations

from typing import Any

from ..calls import Call, Fields
from ..deeds import holdings_of
from ..paging import page_of
from ..resources.organization import ORGANIZATION, children_of

# Value of is_all -> the keys that it leaves out. Where it is not given, extensions are counted.
_LEFT_OUT = {0: ("ext_list",), 1: (), 2: ("ext_number", "ext_list")}


def find(call: Call, given: Fields) -> Fields:
    """A page of the roots, or of what has ``search_value`` in its name, each with all that is below it."""
    holdings, wanted = holdings_of(call), given.get("search_value", "").casefold()
    left_out = _LEFT_OUT[given.get("is_all", 0)]
    chosen = children_of(0, holdings)
    if wanted:
        chosen = [item for item in holdings.items("organization") if wanted in item["name"].casefold()]
    if given.get("order_by") == "desc":
        chosen.reverse()

    def branch(item: dict[str, Any], *above: int) -> dict[str, Any]:
        below = [child for child in children_of(item["id"], holdings) if child["id"] not in above]
        row = ORGANIZATION.row(item, holdings)
        extensions = row.pop("ext_list")
        row |= {"children": [branch(child, item["id"], *above) for child in below], "ext_list": extensions}
        return {key: value for key, value in row.items() if key not in left_out}

    rows = [branch(item) for item in page_of(call, given, chosen)]
    return {"organization_list": rows}
