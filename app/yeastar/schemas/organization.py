"""Organization: the parameters of list and search."""

from __future__ import annotations

from ..fields import Choice, Number, Text, VendorSchema
from .family import PAGE_SIZE


class OrganizationListIn(VendorSchema):
    """``is_all``: 0 with the number of extensions, 1 also with their ids, 2 with neither."""

    page = Number(least=1)
    page_size = Number(least=1, most=PAGE_SIZE, cut=True)
    sort_by = Choice("id")
    order_by = Choice("asc", "desc")
    is_all = Number(least=0, most=2)


class OrganizationSearchIn(OrganizationListIn):
    search_value = Text()
