"""Paging: the parameters page and page_size of lists, and what they leave of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from .fields import Number, VendorSchema

if TYPE_CHECKING:
    from .calls import Call, Fields

T = TypeVar("T")

# The most rows of a page, and how many it has where nobody says. Documented for company contacts, and taken for all.
PAGE_SIZE = 10_000


class PagedIn(VendorSchema):
    """What every list takes that has pages."""

    page = Number(least=1)
    page_size = Number(least=1, most=PAGE_SIZE, cut=True)


def offset_and_size(given: Fields) -> tuple[int, int]:
    """How many things are before the page, and how many it may have."""
    size = given.get("page_size", PAGE_SIZE)
    return (given.get("page", 1) - 1) * size, size


def page_of(call: Call, given: Fields, items: Sequence[T]) -> Sequence[T]:
    """The things on the page. The journal is told of them."""
    first, size = offset_and_size(given)
    page = items[first : first + size]
    call.entry.rows, call.entry.total = len(page), len(items)
    return page
