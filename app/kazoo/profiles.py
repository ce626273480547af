"""PROFILES: what differs between the vendor's lines of versions, one row a line. Setting ``kazoo_version`` chooses.

How each is known: the fact sheet's table of version differences. ``version`` is what the envelope calls itself: seen
for 4.3, a guess for the other two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One line of versions.

    ``datetime`` formats the row's column of that name; ``disposition``, ``unix_micro`` and ``inception`` say which
    columns a row has besides; ``text_trailer`` that numbers behind a streamed list are strings; ``tokens`` and
    ``metadata`` that the envelope has them; ``undefined_token`` that an error without token says "undefined",
    ``always_versioned`` that it names the version; ``both_orders`` that ``descending=false`` works as
    ``ascending=true`` does; ``filters_created`` that interactions are also filtered by when they ended;
    ``lossy_pages`` in which interaction listings the row at the border of two descending pages gets lost;
    ``version_1`` that /v1/ is served; ``rich_queries`` that there are filters by several values, ``fields``,
    ``full_docs`` and ``bookmark``.
    """

    version: str
    datetime: str = "%04d-%02d-%02d %02d:%02d:%02d"
    disposition: bool = False
    unix_micro: bool = True
    inception: bool = False
    text_trailer: bool = False
    tokens: bool = True
    metadata: bool = False
    undefined_token: bool = False
    always_versioned: bool = False
    both_orders: bool = True
    filters_created: bool = False
    lossy_pages: frozenset[str] = frozenset()
    version_1: bool = False
    rich_queries: bool = False


PROFILES: Mapping[str, Profile] = {
    "4.3": Profile(
        version="4.3.70",
        disposition=True,
        unix_micro=False,
        inception=True,
        text_trailer=True,
        tokens=False,
        undefined_token=True,
        always_versioned=True,
        both_orders=False,
        filters_created=True,
        lossy_pages=frozenset({"accounts", "users"}),
        version_1=True,
    ),
    "master": Profile(
        version="5.0.0",
        datetime="%04d-%02d-%02d_%02d:%02d:%02d",
        text_trailer=True,
        both_orders=False,
        filters_created=True,
        lossy_pages=frozenset({"accounts"}),
    ),
    "5": Profile(version="5.3.0", metadata=True, rich_queries=True),
}
